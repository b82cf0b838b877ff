//! Sites and the links between them.

use super::{Defined, at_most, cluster};
use crate::kernel::id::{Id, Table};
use crate::kernel::time::Span;
use crate::model::{GroupId, NodeGroup, Scenario, Site, SiteId, Store, Wan, WanId};
use crate::spec::error::{Diagnostic, Place, nearest};
use crate::spec::reader::{Context, Reader};
use crate::spec::values::Names;
use std::collections::BTreeMap;

/// Most sites, and most links between them: ways are worked out for every pair of sites.
const MOST: usize = 256;

/// Longest round trip between sites.
const HOUR: Span = Span::from_secs(3_600);

/// All `[[site]]`. `[store]` describes the service at one site: each has a copy of it, in the numbers
/// it says itself or else in those of `[store]`; afterwards the store's numbers are those of all
/// sites together.
pub fn sites(
    top: &Reader<'_>,
    groups: &Table<GroupId, NodeGroup>,
    store: &mut Store,
) -> Table<SiteId, Site> {
    let readers = top.children("site");
    let mut table = Table::new();
    if readers.is_empty() {
        return table;
    }
    too_many(top, "site", readers.len());
    let mut defined = Defined::default();
    let mut housed: BTreeMap<GroupId, Place> = BTreeMap::new();
    let (mut controllers, mut storage_nodes) = (0u32, 0u32);
    for r in &readers {
        let name: String = r.get("name");
        defined.add(r, &name, "sites");
        let here = r.opt("controllers").unwrap_or(store.controllers);
        let own: Option<u32> = r.opt("storage_nodes");
        let nodes = match (&store.media, here) {
            (None, _) | (_, 0) => 0,
            (Some(media), _) => own.unwrap_or(media.nodes),
        };
        if own.is_some() && nodes == 0 && r.sound() {
            let (message, help) = match store.media {
                None => ("the store has no media", "add [store.media], or remove the key"),
                Some(_) => ("no gateway leads to these storage nodes", "set `controllers` above 0"),
            };
            r.error_at("storage_nodes", message.into(), "nobody can reach them", help.into());
        }
        if nodes > 0 {
            redundancy_fits(r, store, nodes);
        }
        let next = (controllers.saturating_add(here), storage_nodes.saturating_add(nodes));
        table.push(Site {
            region: r.opt("region"),
            groups: groups_of(r, groups, &mut housed),
            name,
            controllers: controllers..next.0,
            storage_nodes: storage_nodes..next.1,
            trunk: r.opt("trunk"),
            cache: r.child("cache").map(|c| cluster::cache(&c)),
        });
        (controllers, storage_nodes) = next;
    }
    if top.context.sound("site") && top.context.sound("nodes") {
        homeless(top, groups, &housed);
    }
    store.controllers = controllers;
    if let Some(media) = &mut store.media {
        media.nodes = storage_nodes;
    }
    table
}

fn too_many(top: &Reader<'_>, key: &str, n: usize) {
    if n > MOST {
        let message = format!("{n} tables [[{key}]] are more than {MOST}");
        top.error_at(key, message, "too many", "simulate a part of it".into());
    }
}

fn redundancy_fits(r: &Reader<'_>, store: &Store, nodes: u32) {
    let Some(media) = &store.media else { return };
    let (width, drives) = (media.redundancy.width(), nodes.saturating_mul(media.devices_per_node));
    if width > drives && r.sound() && r.context.sound("store") {
        let message = format!("{width} shards of an object do not fit on {drives} drives");
        let help = format!(
            "every site holds whole objects: at least {width} drives, here {nodes} storage nodes × {}",
            media.devices_per_node
        );
        r.error_at("storage_nodes", message, "too few", help);
    }
}

/// The groups that a site names; one that another site has as well is an error.
fn groups_of(
    r: &Reader<'_>,
    groups: &Table<GroupId, NodeGroup>,
    housed: &mut BTreeMap<GroupId, Place>,
) -> Vec<GroupId> {
    let Names(names) = r.get("nodes");
    let mut found = Vec::new();
    for (name, place) in names {
        let Some((id, _)) = groups.iter().find(|(_, group)| group.name == name) else {
            if r.context.sound("nodes") {
                let known = || groups.rows().iter().map(|group| group.name.as_str());
                unknown(r, "nodes", &place, &name, "[[nodes]]", known().collect());
            }
            continue;
        };
        if let Some(first) = housed.get(&id) {
            let message = format!("nodes \"{name}\" are in two sites");
            let finding = Diagnostic::error(&place, message, "and here again");
            let help = "make two groups of them: a group is in exactly one site";
            let finding = finding.related(first, "first here").help(help);
            r.context.report(&r.join("nodes"), finding);
            continue;
        }
        housed.insert(id, place);
        found.push(id);
    }
    found
}

fn homeless(
    top: &Reader<'_>,
    groups: &Table<GroupId, NodeGroup>,
    housed: &BTreeMap<GroupId, Place>,
) {
    for (id, group) in groups.iter().filter(|(id, _)| !housed.contains_key(id)) {
        let path = format!("nodes.{}.name", id.index());
        let message = format!("nodes \"{}\" are in no site", group.name);
        let finding = Diagnostic::error(&top.context.place(&path), message, "where are they?");
        let help = format!("write nodes = [\"{}\"] in one of the [[site]] tables", group.name);
        top.context.report(&path, finding.help(help));
    }
}

/// A name of something that is not there.
pub(super) fn unknown(
    r: &Reader<'_>,
    key: &str,
    place: &Place,
    name: &str,
    list: &str,
    known: Vec<&str>,
) {
    let message = format!("there is no {list} called \"{name}\"");
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if known.is_empty() => format!("there is no {list}; add one"),
        None => format!("defined: {}", known.join(", ")),
    };
    let finding = Diagnostic::error(place, message, "unknown name").help(help);
    r.context.report(&r.join(key), finding);
}

/// The site called `name`, which stands at `place`.
pub(super) fn site_called(
    r: &Reader<'_>,
    key: &str,
    name: &str,
    place: &Place,
    sites: &Table<SiteId, Site>,
) -> Option<SiteId> {
    let found = sites.iter().find(|(_, site)| site.name == name).map(|(id, _)| id);
    // A site whose name could not be read may be the one that is meant.
    if found.is_none() && sites.rows().iter().all(|site| !site.name.is_empty()) {
        let known = sites.rows().iter().map(|site| site.name.as_str()).collect();
        unknown(r, key, place, name, "[[site]]", known);
    }
    found
}

/// All `[[wan]]`.
pub fn wans(top: &Reader<'_>, sites: &Table<SiteId, Site>) -> Table<WanId, Wan> {
    let mut defined = Defined::default();
    let mut table = Table::new();
    let readers = top.children("wan");
    too_many(top, "wan", readers.len());
    for r in &readers {
        let name: String = r.get("name");
        defined.add(r, &name, "links between sites");
        let help = "half way round the world and back takes 0.2 s; is the unit right?";
        let round_trip = at_most(r, "round_trip", r.get("round_trip"), HOUR, help);
        // Read to check it; it stands in the file for people.
        let _: Option<String> = r.opt("as_of");
        table.push(Wan {
            name,
            ends: ends(r, sites),
            rate: r.get("rate"),
            latency: Span(round_trip.0 / 2),
            jitter: r.opt("jitter"),
            loss: r.get("loss"),
            price: r.get("price"),
        });
    }
    table
}

fn ends(r: &Reader<'_>, sites: &Table<SiteId, Site>) -> [SiteId; 2] {
    let Names(names) = r.get("sites");
    if names.len() != 2 && r.context.sound(&r.join("sites")) && r.has("sites") {
        let message = format!("a link joins two sites, not {}", names.len());
        let help = "name its two ends: sites = [\"frankfurt\", \"dublin\"]".to_string();
        r.error_at("sites", message, "two names are needed", help);
    }
    let found: Vec<Option<SiteId>> = (names.iter().take(2))
        .map(|(name, place)| site_called(r, "sites", name, place, sites))
        .collect();
    let [Some(a), Some(b)] = found[..] else { return [SiteId(0), SiteId(0)] };
    if a == b {
        let message = "a link leads from a site to itself".to_string();
        r.error_at("sites", message, "the same site", "name another site".into());
    }
    [a, b]
}

/// The sites that a dataset names as holding a copy.
pub fn replicas(r: &Reader<'_>, sites: &Table<SiteId, Site>) -> Vec<SiteId> {
    let Some(Names(names)) = r.opt("replicas") else { return Vec::new() };
    if names.is_empty() && r.sound() {
        let help = "name at least one site, or leave the key out".to_string();
        r.error_at("replicas", "a dataset without a copy".into(), "empty", help);
    }
    let mut found = Vec::new();
    for (name, place) in &names {
        let Some(id) = site_called(r, "replicas", name, place, sites) else { continue };
        if !sites[id].serves() {
            let message = format!("\"{name}\" has no gateway that could serve a copy");
            let finding = Diagnostic::error(place, message, "no store here");
            let help = "set `controllers` above 0 there, or name another site";
            r.context.report(&r.join("replicas"), finding.help(help));
        }
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// Gives every cache the node that it is, after all other groups.
pub fn house_caches(top: &Reader<'_>, scenario: &mut Scenario) {
    for (r, id) in top.children("site").iter().zip(scenario.sites.ids()) {
        let Some(cache) = r.child("cache") else { continue };
        let nic = cluster::nic(&cache, "nic").unwrap_or_else(cluster::no_nic);
        let group = scenario.groups.push(cluster::cache_host(nic));
        scenario.sites[id].groups.push(group);
    }
}

/// Whether every site whose nodes ask the store reaches a site that answers.
pub fn check(context: &Context, scenario: &Scenario) {
    let places = ["site", "wan", "nodes", "store", "training", "load"];
    if scenario.sites.is_empty() || !places.iter().all(|path| context.sound(path)) {
        return;
    }
    if !scenario.sites.rows().iter().any(Site::serves) {
        let message = "no site has a gateway".to_string();
        let finding = Diagnostic::error(&context.place("site"), message, "the store is nowhere");
        context.report("site", finding.help("set `controllers` above 0 in one of the sites"));
        return;
    }
    let reach = |from: SiteId| {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(&at) = seen.get(next) {
            next += 1;
            let across = scenario.wans.rows().iter().filter_map(|wan| wan.across(at));
            let fresh: Vec<SiteId> = across.filter(|site| !seen.contains(site)).collect();
            seen.extend(fresh);
        }
        seen
    };
    let jobs = scenario.training.iter().map(|job| (job.group, job.dataset));
    let jobs = jobs.chain(scenario.loads.iter().map(|load| (load.group, load.dataset)));
    for (group, dataset) in jobs {
        let Some(home) = scenario.site_of(group) else { continue };
        let near = reach(home);
        let copies = scenario.replicas(dataset);
        if copies.iter().any(|site| near.contains(site)) {
            continue;
        }
        let path = format!("site.{}", home.index());
        let (name, data) = (&scenario.sites[home].name, &scenario.datasets[dataset].name);
        let message = format!("nodes at \"{name}\" cannot reach any copy of \"{data}\"");
        let finding = Diagnostic::error(&context.place(&path), message, "cut off from the store");
        let names: Vec<&str> =
            copies.iter().map(|site| scenario.sites[*site].name.as_str()).collect();
        let help =
            format!("add a [[wan]] on the way to a site that holds one: {}", names.join(", "));
        context.report(&path, finding.help(help));
    }
}
