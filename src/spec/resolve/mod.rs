//! From tables to a `Scenario`: names are looked up, then checks across fields.

mod cables;
mod checks;
mod classes;
mod client;
mod cluster;
mod delivery;
mod explicit;
mod fabric;
mod faults;
mod graph;
mod health;
mod jobs;
mod money;
mod plan;
mod ports;
mod production;
mod residency;
mod routing;
mod shapes;
mod sites;
mod store;

use super::document::Node;
use super::error::{Diagnostic, Diagnostics, Place};
use super::raw;
use super::reader::{Context, Reader};
use crate::kernel::id::{Id, Table};
use crate::kernel::time::Span;
use crate::model::{DatasetId, FabricId, Scenario};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads the whole document. What comes back means something only if nothing was reported.
pub fn scenario(context: &Context, root: &Node, file_stem: &str) -> Scenario {
    let top = Reader::open(context, &raw::SCENARIO, root, String::new());
    let run = top.child("run").expect("[run] has a default");
    let (replicates, seed) = (run.get("replicates"), run.get("seed"));
    let (horizon, warm_up) = (run.opt("horizon"), run.get("warm_up"));
    let rate_tolerance = run.get("rate_tolerance");

    let groups = cluster::groups(&top);
    let (fabrics, compute_fabric, switches) = fabric::fabrics(&top);
    let mut store = store::store(&top);
    let sites = sites::sites(&top, &groups, &mut store);
    let wans = sites::wans(&top, &sites);
    let mut datasets = jobs::Datasets::read(&top, &sites);
    let mut names = Defined::default();
    let classes = classes::classes(&top);
    classes::check_tolerance(&run, &classes);
    let training = jobs::training(&top, &groups, &classes, &mut datasets, &mut names);
    let loads = jobs::loads(&top, &groups, &classes, &mut datasets, &mut names);
    let production = production::disturbances(&top, &classes, &mut names);

    let health = health::health(&top);

    let mut scenario = Scenario {
        name: top.opt("name").unwrap_or_else(|| name_from(file_stem)),
        description: top.get("description"),
        seed,
        replicates,
        horizon,
        warm_up,
        rate_tolerance,
        groups,
        fabrics,
        storage_fabric: FabricId(0),
        compute_fabric,
        store,
        classes,
        datasets: datasets.into_table(),
        training,
        loads,
        production,
        sites,
        wans,
        health,
        deliveries: Vec::new(),
        money: None,
    };
    sites::house_caches(&top, &mut scenario);
    scenario.deliveries = delivery::deliveries(&top, &scenario, &mut names);
    faults::wans_by_name(context, &mut scenario);
    checks::all(context, &scenario, &switches);
    client::check(context, &scenario);
    production::check(context, &scenario);
    sites::check(context, &scenario);
    faults::check(context, &scenario);
    residency::check(context, &scenario);
    scenario.money = money::money(&top, &scenario);
    scenario
}

/// The scenario's name when it gives none: the file's, with what a name cannot hold replaced.
fn name_from(file_stem: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = file_stem.chars().map(fit).take(64).collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() { "scenario".into() } else { name.into() }
}

/// Names of one list, each with the place it was defined at.
#[derive(Default)]
struct Defined(BTreeMap<String, Place>);

impl Defined {
    /// Notes the name of the table `reader` reads; a second one of the same name is an error.
    fn add(&mut self, reader: &Reader<'_>, name: &str, what: &str) {
        self.add_as(reader, name, what, &reader.place_of("name"));
    }

    /// The same for a name that stands at `place`.
    fn add_as(&mut self, reader: &Reader<'_>, name: &str, what: &str, place: &Place) {
        let place = place.clone();
        if let Some(first) = self.0.get(name) {
            let message = format!("there are two {what} called \"{name}\"");
            let finding = Diagnostic::error(&place, message, "the same name again")
                .related(first, "first defined here")
                .help("names tell reports and streams of chance apart: rename one of them");
            reader.context.report(&reader.join("name"), finding);
        } else {
            self.0.insert(name.to_string(), place);
        }
    }
}

/// The id of the row called `name`, with a suggestion if there is none.
fn look_up<I: Id, T>(
    reader: &Reader<'_>,
    key: &str,
    name: &str,
    rows: &Table<I, T>,
    name_of: impl Fn(&T) -> &str,
) -> Option<I> {
    if let Some((id, _)) = rows.iter().find(|(_, row)| name_of(row) == name) {
        return Some(id);
    }
    let list = if key == "nodes" { "[[nodes]]" } else { "[[dataset]]" };
    let names: Vec<&str> = rows.rows().iter().map(&name_of).filter(|n| !n.is_empty()).collect();
    if names.is_empty() && !reader.context.sound(key) {
        // A table that could not be read may be the one that is meant.
        return None;
    }
    let help = match super::error::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if names.is_empty() => format!("there is no {list} with a name; add one"),
        None => format!("defined: {}", names.join(", ")),
    };
    reader.error_at(key, format!("there is no {list} called \"{name}\""), "unknown name", help);
    None
}

/// Reports what is wrong with the file that `key` names.
fn report_file(r: &Reader<'_>, key: &str, path: &Path, found: Diagnostics) {
    for finding in found {
        // What cannot be read at all is said where the scenario names it.
        let finding = match finding.place {
            Some(_) => finding,
            None => Diagnostic {
                place: Some(r.place_of(key)),
                label: format!("{} is named here", path.display()),
                ..finding
            },
        };
        r.context.report(&r.join(key), finding);
    }
}

/// The value of `key` at most `most`, a bound that `help` explains.
fn at_most(r: &Reader<'_>, key: &str, value: Span, most: Span, help: &str) -> Span {
    if value > most && r.context.sound(&r.join(key)) {
        let message = format!("`{key}` in {} is longer than {most}", r.title);
        r.error_at(key, message, "too long", help.into());
    }
    value
}

/// The first id of a kind: stands in after an error.
fn first<I: Id>() -> I {
    I::from_index(0)
}

/// Seconds of one core per byte, over all that it does with each; none: bytes cost nothing.
fn cpu_s_per_byte(reader: &Reader<'_>) -> f64 {
    let of = |key: &str| {
        let rate: Option<crate::kernel::units::Rate> = reader.opt(key);
        rate.map_or(0.0, |rate| 1.0 / rate.bytes_per_s())
    };
    of("core_rate") + of("tls") + of("checksum") + of("compression")
}

/// Stands in for the dataset of a job after an error.
const NO_DATASET: DatasetId = DatasetId(0);
