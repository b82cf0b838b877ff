//! Whether disturbances of cables, drives and controllers meet any.
//!
//! Here a network is only names, so that a pattern that fits no cable is an error of the file.
//! `tests/suite/network/disturbed_cables.rs` holds them and the wired network together.

use crate::model::{CablePattern, Disturb, Plan, Scenario};
use crate::spec::error::{Diagnostic, nearest};
use crate::spec::reader::Context;
use std::collections::BTreeMap;

/// Names that a help lists at most.
const LISTED: usize = 12;

/// Hosts and switches by name, and which have a cable between them.
pub(super) struct Cables {
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
                    pattern_fits(context, &format!("{path}.links.{i}"), cables, &[], pattern);
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

/// Reports a pattern that fits no cable; `wans` are links that may be named beside the ends.
pub(super) fn pattern_fits(
    context: &Context,
    path: &str,
    networks: &[Cables],
    wans: &[&str],
    pattern: &CablePattern,
) {
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
                None => nearest(end, names().chain(wans.iter().copied())).map(str::to_string),
            };
            let mut help = match near {
                Some(near) => format!("did you mean \"{near}\"? ends are {}", list(networks)),
                None => format!("ends of cables are {}", list(networks)),
            };
            if !wans.is_empty() {
                help += &format!("; links between sites are {}", wans.join(", "));
            }
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

pub(super) fn short<'a>(names: impl Iterator<Item = &'a String>) -> String {
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
pub(super) fn all(scenario: &Scenario) -> Vec<Cables> {
    let storage = scenario.storage_fabric;
    let own = scenario.compute_fabric.filter(|id| *id != storage);
    let mut networks = vec![Plan::new(scenario, &scenario.fabrics[storage], false, true)];
    networks.extend(own.map(|id| Plan::new(scenario, &scenario.fabrics[id], true, false)));
    networks.iter().map(cables).collect()
}

/// Names and cables of a plan.
fn cables(plan: &Plan<'_>) -> Cables {
    let boxes = plan.boxes.iter().map(|part| part.name.clone());
    let names = boxes.chain(plan.hosts.iter().map(|host| host.name.clone())).collect();
    let mut pairs: Vec<(u32, u32)> = plan.cables.iter().map(|c| (c.low, c.high)).collect();
    for (i, host) in (plan.boxes.len() as u32..).zip(&plan.hosts) {
        pairs.extend(host.ports.iter().map(|port| (i, *port)));
    }
    Cables { names, pairs }
}
