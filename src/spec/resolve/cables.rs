//! Whether disturbances of cables, drives and controllers meet any.
//!
//! Who is plugged in where is what `fabric::wire` builds; here it is only names, so that a pattern
//! that fits no cable is an error of the file. `tests/disturbed_cables.rs` holds both together.

use super::graph::host_name;
use super::ports::{self, Hosts};
use crate::model::{CablePattern, Disturb, FabricSpec, Scenario, Topology};
use crate::spec::error::{Diagnostic, nearest};
use crate::spec::reader::Context;
use std::collections::BTreeMap;

/// Names that a help lists at most.
const LISTED: usize = 12;

/// Hosts and switches by name, and which have a cable between them.
struct Cables {
    names: Vec<String>,
    /// Ends of each cable, in one direction.
    pairs: Vec<(u32, u32)>,
}

/// Reports what a disturbance would disturb and is not there.
pub fn check(context: &Context, scenario: &Scenario) {
    let mut cables: Option<Vec<Cables>> = None;
    for disturbance in &scenario.production {
        let path = format!("production.{}", disturbance.name);
        if !context.sound(&path) {
            continue;
        }
        match &disturbance.what {
            Disturb::Background { cables: patterns, .. }
            | Disturb::LinkFaults { cables: patterns, .. } => {
                let cables = cables.get_or_insert_with(|| all(scenario));
                for (i, pattern) in patterns.iter().enumerate() {
                    pattern_fits(context, &format!("{path}.links.{i}"), cables, pattern);
                }
            }
            Disturb::Rebuild { devices, .. } => {
                drives(context, &format!("{path}.devices"), scenario, *devices);
            }
            _ => {}
        }
    }
}

fn drives(context: &Context, path: &str, scenario: &Scenario, failed: u32) {
    let there = (scenario.store.media.as_ref())
        .map_or(0, |media| u64::from(media.nodes) * u64::from(media.devices_per_node));
    let (message, label, help) = match there {
        0 => (
            "the store has no drives that could fail".to_string(),
            "drives of nobody",
            "a managed service hides its media; add [store.media], or remove the disturbance",
        ),
        n if u64::from(failed) >= n => {
            (format!("{failed} drives fail of {n}"), "all of them", "leave at least one drive")
        }
        _ => return,
    };
    let finding = Diagnostic::error(&context.place(path), message, label);
    context.report(path, finding.help(help));
}

fn pattern_fits(context: &Context, path: &str, networks: &[Cables], pattern: &CablePattern) {
    let fits = |cables: &Cables, (a, b): &(u32, u32)| {
        let (a, b) = (&cables.names[*a as usize], &cables.names[*b as usize]);
        pattern.fits(a, b) || pattern.fits(b, a)
    };
    if networks.iter().any(|cables| cables.pairs.iter().any(|pair| fits(cables, pair))) {
        return;
    }
    let names = || networks.iter().flat_map(|cables| &cables.names).map(String::as_str);
    let knows = |end: &str| names().any(|name| CablePattern::parse(end).fits(name, name));
    let ends = [Some(pattern.from.as_str()), pattern.to.as_deref()];
    let stranger = ends.into_iter().flatten().find(|end| !knows(end));
    let (message, help) = match (stranger, &pattern.to) {
        (Some(end), _) => {
            let near = match end.strip_suffix('*') {
                Some(start) => nearest(start, names().map(kind)).map(|kind| format!("{kind}*")),
                None => nearest(end, names()).map(str::to_string),
            };
            let help = match near {
                Some(near) => format!("did you mean \"{near}\"? ends are {}", list(networks)),
                None => format!("ends of cables are {}", list(networks)),
            };
            (format!("no host or switch is called \"{end}\""), help)
        }
        (None, to) => {
            let to = to.as_deref().unwrap_or_default();
            let at = neighbours(networks, &pattern.from);
            let message = format!("no cable leads from \"{}\" to \"{to}\"", pattern.from);
            (message, format!("\"{}\" has cables to {at}", pattern.from))
        }
    };
    let finding = Diagnostic::error(&context.place(path), message, "fits no cable").help(help);
    context.report(path, finding);
}

/// Kinds of names with how many there are of each: `leaf-0 … leaf-7`, one of a kind alone.
fn list(networks: &[Cables]) -> String {
    short(networks.iter().flat_map(|cables| &cables.names))
}

/// A name without its number.
fn kind(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
}

fn short<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let mut kinds: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for name in names {
        kinds.entry(kind(name)).and_modify(|(_, last)| *last = name).or_insert((name, name));
    }
    let more = kinds.len().saturating_sub(LISTED);
    let words = kinds.into_values().take(LISTED).map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first} … {last}"),
    });
    let mut words: Vec<String> = words.collect();
    if more > 0 {
        words.push(format!("and {more} more kinds"));
    }
    words.join(", ")
}

/// Where the cables of those lead that an end means.
fn neighbours(networks: &[Cables], end: &str) -> String {
    let own = CablePattern::parse(end);
    let mut found: Vec<&String> = Vec::new();
    for cables in networks {
        for (a, b) in &cables.pairs {
            let (a, b) = (&cables.names[*a as usize], &cables.names[*b as usize]);
            for (here, there) in [(a, b), (b, a)] {
                if own.fits(here, here) {
                    found.push(there);
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    short(found.into_iter())
}

/// The cables of every network in use.
fn all(scenario: &Scenario) -> Vec<Cables> {
    let own = scenario.compute_fabric.filter(|id| *id != scenario.storage_fabric);
    let ids = [Some(scenario.storage_fabric), own];
    ids.into_iter()
        .flatten()
        .map(|id| cables(&scenario.fabrics[id], &ports::hosts_of(scenario, id.0 as usize)))
        .collect()
}

/// The switch of the next port of a host: of which kind, its number, its name.
type Plugged<'a> = Box<dyn FnMut(&Hosts, u64, &str) -> u32 + 'a>;

/// The cables of one network with these hosts.
fn cables(spec: &FabricSpec, hosts: &[Hosts]) -> Cables {
    let mut cables = Cables { names: Vec::new(), pairs: Vec::new() };
    let count = |store: bool| -> u64 {
        hosts.iter().filter(|h| h.is_store == store).map(|h| h.count).sum()
    };
    let (nodes, store) = (count(false), count(true));
    let mut plugged: Plugged<'_> = match &spec.topology {
        Topology::OneSwitch => {
            let switch = cables.name("switch".into());
            Box::new(move |_, _, _| switch)
        }
        Topology::LeafSpine { leaves, storage_leaves, spines, .. } => {
            let (leaves, own) = (u64::from(*leaves), u64::from(*storage_leaves));
            let all = leaves + if store > 0 { own } else { 0 };
            let first = cables.names.len() as u32;
            for i in 0..all {
                cables.name(format!("leaf-{i}"));
            }
            for s in 0..*spines {
                let spine = cables.name(format!("spine-{s}"));
                cables.pairs.extend((first..first + all as u32).map(|leaf| (leaf, spine)));
            }
            // Hosts fill leaves in blocks; a store with leaves of its own is dealt over them.
            Box::new(move |kind, i, _| {
                first
                    + match (kind.is_store, own) {
                        (false, _) => i * leaves / nodes,
                        (true, 0) => i * leaves / store,
                        (true, own) => leaves + i % own,
                    } as u32
            })
        }
        Topology::FatTree { k, .. } => {
            let half = u64::from(k / 2);
            let edges = fat_tree(&mut cables, u64::from(*k), half);
            let mut free = 0..edges.len() as u64 * half;
            Box::new(move |kind, _, _| {
                let port = if kind.is_store { free.next_back() } else { free.next() };
                // Too few ports are an error of their own.
                edges[(port.unwrap_or(0) / half) as usize]
            })
        }
        Topology::Custom { switches, links, attachments } => {
            cables.names.extend(switches.iter().cloned());
            cables.pairs.extend(links.iter().map(|link| (link.a, link.b)));
            let mut dealt = vec![0; attachments.len()];
            Box::new(move |_, _, name| {
                let fits = |a: &crate::model::Attachment| super::graph::fits(&a.hosts, name);
                let Some(i) = attachments.iter().position(fits) else { return 0 };
                let switches = &attachments[i].switches;
                dealt[i] += 1;
                switches[(dealt[i] - 1) % switches.len()]
            })
        }
    };
    let every_port = matches!(spec.topology, Topology::FatTree { .. });
    plug_in(&mut cables, hosts, every_port, &mut plugged);
    cables
}

/// Joins hosts to the switches that `plugged` says.
fn plug_in(cables: &mut Cables, hosts: &[Hosts], every_port: bool, plugged: &mut Plugged<'_>) {
    let mut before = 0;
    for kind in hosts {
        before = if kind.is_store { 0 } else { before };
        for i in 0..kind.count {
            let name = host_name(kind, i);
            let host = cables.name(name.clone());
            // Only a fat-tree deals the ports of one host to different switches.
            for _ in 0..if every_port { kind.ports } else { 1 } {
                cables.pairs.push((host, plugged(kind, before + i, &name)));
            }
        }
        // Nodes are numbered over their groups, controllers by themselves.
        before += kind.count;
    }
}

/// Pods of k/2 edge and aggregation switches, (k/2)² cores; returns the edges.
fn fat_tree(cables: &mut Cables, k: u64, half: u64) -> Vec<u32> {
    let (mut edges, mut aggregations) = (Vec::new(), Vec::new());
    for pod in 0..k {
        let own: Vec<u32> = (0..half).map(|i| cables.name(format!("pod-{pod}/agg-{i}"))).collect();
        for i in 0..half {
            let edge = cables.name(format!("pod-{pod}/edge-{i}"));
            cables.pairs.extend(own.iter().map(|aggregation| (edge, *aggregation)));
            edges.push(edge);
        }
        aggregations.extend(own);
    }
    for core in 0..half * half {
        let name = cables.name(format!("core-{core}"));
        let joined = (0..k).map(|pod| (aggregations[(pod * half + core / half) as usize], name));
        cables.pairs.extend(joined);
    }
    edges
}

impl Cables {
    fn name(&mut self, name: String) -> u32 {
        self.names.push(name);
        self.names.len() as u32 - 1
    }
}
