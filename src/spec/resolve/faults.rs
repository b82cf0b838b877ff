//! Faults: who fails by which law, or a list of events.

use super::cables;
use super::production::never_ending;
use crate::kernel::dist::Dist;
use crate::kernel::time::{Span, Time};
use crate::model::{Disturb, FaultCourse, FaultKind, FaultTarget, Scenario, Site};
use crate::spec::cells::{Cell, Cells};
use crate::spec::error::{Diagnostic, nearest};
use crate::spec::reader::{Context, Reader};
use crate::spec::values::Names;
use std::ops::Range;

/// What a file of events holds.
const COLUMNS: [&str; 3] = ["t_s", "target", "state"];
/// Later than any run can last, seconds.
const LATEST_S: f64 = 1.8e7;

/// A `faults` table.
pub fn read(r: &Reader<'_>) -> Disturb {
    let detection = r.get("detection");
    let (failure, repair) = (r.opt::<Dist>("time_to_failure"), r.opt::<Dist>("time_to_repair"));
    let (targets, file) = (r.opt::<Names>("targets"), r.opt::<String>("events"));
    let none = FaultCourse::Events(Vec::new());
    let course = match (targets, failure, repair, file) {
        (Some(names), Some(time_to_failure), Some(time_to_repair), None) => {
            never_ending(r, "time_to_failure", &time_to_failure, &time_to_repair);
            FaultCourse::Renewal { targets: targets_of(r, &names), time_to_failure, time_to_repair }
        }
        (None, None, None, Some(file)) => events(r, &file),
        (targets, failure, repair, file) => {
            let given = [
                ("targets", targets.is_some()),
                ("time_to_failure", failure.is_some()),
                ("time_to_repair", repair.is_some()),
            ];
            incomplete(r, given, file.is_some());
            none
        }
    };
    Disturb::Faults { course, detection }
}

fn incomplete(r: &Reader<'_>, given: [(&str, bool); 3], events: bool) {
    if !r.sound() {
        return;
    }
    let help = "either targets = [\"controller:*\"] with time_to_failure = { exponential = \"30 d\" } \
                and time_to_repair = \"1 h\", or events = \"events.csv\"";
    let wrong = given.iter().find(|(_, there)| *there == events);
    let (key, _) = wrong.expect("something is missing, or too much");
    let message = match events {
        true => format!("`{key}` does not go with `events`: the file says who fails and when"),
        false => format!("these faults lack `{key}`"),
    };
    r.error_at(key, message, if events { "one of the two" } else { "missing" }, help.into());
}

fn targets_of(r: &Reader<'_>, names: &Names) -> Vec<FaultTarget> {
    if names.0.is_empty() && r.sound() {
        let help = "for example targets = [\"controller:*\"]".to_string();
        r.error_at("targets", "nobody is named".into(), "an empty list", help);
    }
    let mut targets = Vec::new();
    for (i, (text, place)) in names.0.iter().enumerate() {
        let path = format!("{}.{i}", r.join("targets"));
        r.context.remember(&path, place);
        match FaultTarget::parse(text) {
            Some(target) => targets.push(target),
            None => r.context.report(&path, no_target(text, Diagnostic::error(place, "", ""))),
        }
    }
    targets
}

/// What is wrong with a target; `finding` knows the place.
fn no_target(text: &str, mut finding: Diagnostic) -> Diagnostic {
    let words = FaultKind::ALL.map(FaultKind::name);
    let kind = text.split(':').next().unwrap_or_default().trim();
    finding.message = format!("\"{text}\" names no box");
    finding.label = "not a kind and a name".into();
    let near = nearest(kind, words).filter(|_| text.contains(':'));
    finding.help(match near {
        Some(near) => format!("did you mean `{near}:`?"),
        None => {
            format!("write kind:name, for example \"site:dublin\"; kinds: {}", words.join(", "))
        }
    })
}

/// Reads a file of events.
fn events(r: &Reader<'_>, file: &str) -> FaultCourse {
    let nothing = FaultCourse::Events(Vec::new());
    let path = r.join("events");
    let cells = match Cells::read(&r.context.base.join(file), "columns t_s, target and state") {
        Ok(cells) => cells,
        Err(found) => {
            for finding in found.iter() {
                let mut finding = finding.clone();
                finding.place.get_or_insert_with(|| r.place_of("events"));
                r.context.report(&path, finding);
            }
            return nothing;
        }
    };
    let mut columns = [usize::MAX; 3];
    for (i, cell) in cells.header.iter().enumerate() {
        match COLUMNS.iter().position(|name| *name == cell.text) {
            Some(which) => columns[which] = i,
            None => wrong(r, cell, "no such column", &format!("columns: {}", COLUMNS.join(", "))),
        }
    }
    if let Some(missing) = columns.iter().position(|column| *column == usize::MAX) {
        let message = format!("no column `{}`", COLUMNS[missing]);
        wrong(r, &cells.header[0], &message, "the header is t_s,target,state");
        return nothing;
    }
    let mut course: Vec<(FaultTarget, Vec<(Time, Time)>)> = Vec::new();
    let mut last = Time::ZERO;
    for row in &cells.rows {
        let [at, target, state] = columns.map(|column| &row[column]);
        let (time, who) = (time(r, at, last), who(r, target));
        let (Some(time), Some(who)) = (time, who) else { continue };
        last = time;
        let slot = course.iter().position(|(known, _)| *known == who).unwrap_or_else(|| {
            r.context.remember(&format!("{path}.{}", course.len()), &target.place);
            course.push((who, Vec::new()));
            course.len() - 1
        });
        let outages = &mut course[slot].1;
        let down = outages.last().is_some_and(|(_, until)| *until == Time::NEVER);
        match state.text.as_str() {
            "down" if !down => outages.push((time, Time::NEVER)),
            "up" if down => {
                let outage = outages.last_mut().expect("it is down");
                outage.1 = time;
                if outage.0 == time {
                    wrong(r, at, "it is down for no time", "an outage has a length");
                }
            }
            "down" | "up" => {
                let message = format!("\"{}\" is {} already", target.text, state.text);
                wrong(r, state, &message, "down and up take turns, beginning with down");
            }
            other => {
                let message = format!("\"{other}\" is no state");
                wrong(r, state, &message, "write `down` or `up`");
            }
        }
    }
    FaultCourse::Events(course)
}

fn wrong(r: &Reader<'_>, cell: &Cell, message: &str, help: &str) {
    let finding = Diagnostic::error(&cell.place, message, "here").help(help);
    r.context.report(&r.join("events"), finding);
}

fn time(r: &Reader<'_>, cell: &Cell, last: Time) -> Option<Time> {
    let seconds = cell.text.parse::<f64>().ok().filter(|s| (0.0..LATEST_S).contains(s));
    let Some(seconds) = seconds else {
        let message = format!("\"{}\" is no time in seconds", cell.text);
        wrong(r, cell, &message, "a number from 0 to 18,000,000");
        return None;
    };
    let time = Time::ZERO + Span::from_s(seconds);
    if time < last {
        wrong(r, cell, "events are not in order of time", "sort the rows by t_s");
        return None;
    }
    Some(time)
}

fn who(r: &Reader<'_>, cell: &Cell) -> Option<FaultTarget> {
    let target = FaultTarget::parse(&cell.text);
    if target.is_none() {
        let finding = no_target(&cell.text, Diagnostic::error(&cell.place, "", ""));
        r.context.report(&r.join("events"), finding);
    }
    target
}

/// Targets that mean nobody.
pub fn check(context: &Context, scenario: &Scenario) {
    for disturbance in &scenario.production {
        let Disturb::Faults { course, .. } = &disturbance.what else { continue };
        let path = format!("production.{}", disturbance.name);
        if !["nodes", "store", "fabric"].iter().all(|at| context.sound(at)) || !context.sound(&path)
        {
            continue;
        }
        match course {
            FaultCourse::Renewal { targets, .. } => {
                for (i, target) in targets.iter().enumerate() {
                    fits(context, &format!("{path}.targets.{i}"), scenario, target);
                }
            }
            FaultCourse::Events(course) => {
                for (i, (target, _)) in course.iter().enumerate() {
                    fits(context, &format!("{path}.events.{i}"), scenario, target);
                }
            }
        }
    }
}

/// Storage nodes by name.
fn storage_nodes(scenario: &Scenario) -> Vec<String> {
    let count = scenario.store.media.as_ref().map_or(0, |media| media.nodes);
    named(scenario, "storage", count, |site| &site.storage_nodes)
}

/// Boxes `kind-0` … by name; those of a site carry its name too.
fn named(
    scenario: &Scenario,
    kind: &str,
    count: u32,
    of: impl Fn(&Site) -> &Range<u32>,
) -> Vec<String> {
    let site = |i: u32| scenario.sites.rows().iter().find(|site| of(site).contains(&i));
    let name = |i: u32| {
        let name = format!("{kind}-{i}");
        site(i).map_or(name.clone(), |site| site.name_of(&name))
    };
    (0..count).map(name).collect()
}

fn fits(context: &Context, path: &str, scenario: &Scenario, target: &FaultTarget) {
    let names: Vec<String> = match target.kind {
        FaultKind::Link | FaultKind::Switch => {
            return cables::pattern_fits(context, path, &cables::all(scenario), &target.pattern);
        }
        FaultKind::Site => scenario.sites.rows().iter().map(|site| site.name.clone()).collect(),
        FaultKind::Controller => {
            named(scenario, "controller", scenario.store.controllers, |s| &s.controllers)
        }
        FaultKind::StorageNode => storage_nodes(scenario),
        FaultKind::Device => {
            let each = scenario.store.media.as_ref().map_or(0, |media| media.devices_per_node);
            let drives = |node: String| (0..each).map(move |d| format!("{node}/device-{d}"));
            storage_nodes(scenario).into_iter().flat_map(drives).collect()
        }
    };
    if names.iter().any(|name| target.fits(name)) {
        return;
    }
    let (kind, name) = (target.kind.name(), &target.pattern.from);
    let help = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{kind}:{near}\"?"),
        None if names.is_empty() => format!("the scenario has no {}", kind.replace('_', " ")),
        None => format!("there are {}", cables::short(names.iter())),
    };
    let message = format!("no {} is called \"{name}\"", kind.replace('_', " "));
    let finding = Diagnostic::error(&context.place(path), message, "means nobody").help(help);
    context.report(path, finding);
}
