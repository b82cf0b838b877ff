//! Managed delivery.

use super::classes::class_of;
use super::sites::site_called;
use super::{Defined, NO_DATASET, first, look_up};
use crate::kernel::id::Table;
use crate::model::{Dataset, DatasetId, Delivery, DeliveryKind, GroupId, Scenario, SiteId};
use crate::spec::error::nearest;
use crate::spec::reader::Reader;

/// All `[[delivery]]`; the rest of the scenario is read.
pub fn deliveries(top: &Reader<'_>, scenario: &Scenario, names: &mut Defined) -> Vec<Delivery> {
    let mut all = Vec::new();
    for r in top.children("delivery") {
        let name: String = r.get("name");
        names.add(&r, &name, "jobs");
        if scenario.sites.is_empty() && r.sound() {
            let help = "a delivery copies from site to site: add [[site]] tables".to_string();
            r.error_at("kind", "there are no sites".into(), "from where to where?", help);
        }
        if let Some(delivery) = delivery(&r, name, scenario) {
            all.push(delivery);
        }
    }
    all
}

fn delivery(r: &Reader<'_>, name: String, scenario: &Scenario) -> Option<Delivery> {
    let goal = match r.choice()? {
        "prefetch" => for_job(r, scenario)?,
        _ => Goal {
            dataset: dataset(r, &scenario.datasets),
            to: site(r, "to", scenario)?,
            group: None,
            holds: None,
        },
    };
    let group = match (r.opt::<String>("nodes"), goal.group) {
        (Some(name), _) => {
            look_up(r, "nodes", &name, &scenario.groups, |g| &g.name).unwrap_or_else(first)
        }
        (None, Some(group)) => group,
        (None, None) => {
            if scenario.groups.len() > 1 && r.sound() {
                let message = format!("{} does not say which `nodes` move it", r.title);
                let names: Vec<&str> =
                    scenario.groups.rows().iter().map(|g| g.name.as_str()).collect();
                let help = format!("there are several groups: {}", names.join(", "));
                r.error_at("nodes", message, "`nodes` is missing", help);
            }
            first()
        }
    };
    let from = match r.has("from") {
        true => site(r, "from", scenario)?,
        false => source(r, &goal, group, scenario)?,
    };
    let kind = match r.choice()? {
        "prefetch" => DeliveryKind::Prefetch,
        _ => DeliveryKind::Replicate,
    };
    let delivery = Delivery {
        name,
        kind,
        group,
        dataset: goal.dataset,
        from,
        to: goal.to,
        concurrency: r.get("concurrency"),
        rate: r.opt("rate"),
        start: r.get("start"),
        holds: goal.holds,
        class: class_of(r, "class", &scenario.classes),
    };
    check(r, scenario, &delivery);
    Some(delivery)
}

/// What is copied where.
struct Goal {
    dataset: DatasetId,
    to: SiteId,
    group: Option<GroupId>,
    holds: Option<u32>,
}

fn for_job(r: &Reader<'_>, scenario: &Scenario) -> Option<Goal> {
    let name: String = r.get("training");
    let Some(place) = scenario.training.iter().position(|job| job.name == name) else {
        if r.sound() {
            let known = || scenario.training.iter().map(|job| job.name.as_str());
            let help = match nearest(&name, known()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("defined: {}", known().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("there is no [[training]] called \"{name}\"");
            r.error_at("training", message, "unknown name", help);
        }
        return None;
    };
    let job = &scenario.training[place];
    let waits: bool = r.get("wait");
    Some(Goal {
        dataset: job.dataset,
        to: scenario.site_of(job.group)?,
        group: Some(job.group),
        holds: waits.then_some(place as u32),
    })
}

fn dataset(r: &Reader<'_>, datasets: &Table<DatasetId, Dataset>) -> DatasetId {
    let Some(name) = r.opt::<String>("dataset") else { return NO_DATASET };
    look_up(r, "dataset", &name, datasets, |d| &d.name).unwrap_or(NO_DATASET)
}

fn site(r: &Reader<'_>, key: &str, scenario: &Scenario) -> Option<SiteId> {
    let name: String = r.get(key);
    site_called(r, key, &name, &r.place_of(key), &scenario.sites)
}

/// The copy that costs least to move.
fn source(r: &Reader<'_>, goal: &Goal, group: GroupId, scenario: &Scenario) -> Option<SiteId> {
    let home = scenario.site_of(group)?;
    scenario.datasets.rows().get(goal.dataset.0 as usize)?;
    let copies = scenario.replicas(goal.dataset).into_iter().filter(|site| *site != goal.to);
    let far = copies.filter_map(|site| Some((scenario.passage(site, home)?, site)));
    let best = far.min_by_key(|(p, site)| (p.price, p.round_trip, *site)).map(|(_, site)| site);
    if best.is_none() && r.sound() {
        let message = "there is no other copy that could be read".to_string();
        let help = "give the dataset `replicas` at another site, or a [[wan]] to it".to_string();
        r.error_at("kind", message, "copied from where?", help);
    }
    best
}

fn check(r: &Reader<'_>, scenario: &Scenario, delivery: &Delivery) {
    if !r.sound() || !r.context.sound("site") || !r.context.sound("wan") {
        return;
    }
    let to = &scenario.sites[delivery.to];
    let key = if r.has("to") { "to" } else { "kind" };
    if !to.serves() {
        let message = format!("\"{}\" has no gateway that could take a copy", to.name);
        r.error_at(key, message, "no store here", "set `controllers` above 0 there".into());
        return;
    }
    let held = scenario.replicas(delivery.dataset);
    if held.contains(&delivery.to) {
        let message = format!("\"{}\" holds a copy already", to.name);
        let help = "name the sites that hold one at the start: replicas = [\"frankfurt\"]";
        r.error_at(key, message, "nothing to copy", help.into());
    } else if !held.contains(&delivery.from) {
        let message = format!("\"{}\" holds no copy", scenario.sites[delivery.from].name);
        r.error_at("from", message, "nothing to read", "name a site that holds one".into());
    }
    for (from, to) in scenario.legs_of(delivery) {
        if scenario.passage(from, to).is_none() {
            let ends = [from, to].map(|site| scenario.sites[site].name.as_str());
            let message = format!("no way leads from \"{}\" to \"{}\"", ends[0], ends[1]);
            r.error_at("kind", message, "cannot be moved", "add a [[wan]]".into());
        }
    }
}
