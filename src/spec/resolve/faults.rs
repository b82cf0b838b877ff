//! Faults: who fails by which law, or a list of events.

use super::cables;
use super::production::never_ending;
use super::report_file;
use crate::kernel::dist::Dist;
use crate::kernel::time::{Span, Time};
use crate::model::{CablePattern, Disturb, FaultCourse, FaultKind, FaultTarget, Scenario};
use crate::spec::cells::{Cell, Cells};
use crate::spec::error::{Diagnostic, Diagnostics, nearest};
use crate::spec::reader::{Context, Reader};
use crate::spec::values::Names;

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
    for (text, place) in &names.0 {
        let path = format!("{}.{}", r.join("targets"), targets.len());
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
    let file = r.context.base.join(file);
    let mut found = Diagnostics::default();
    let read = Cells::read(&file, "columns t_s, target and state").map(|cells| {
        let columns = cells.columns(COLUMNS, COLUMNS.len(), &mut found);
        (cells, columns)
    });
    let (cells, columns) = match read {
        Ok((cells, [Some(t), Some(target), Some(state)])) => (cells, [t, target, state]),
        Ok(_) => {
            report_file(r, "events", &file, found);
            return nothing;
        }
        Err(wrong) => {
            report_file(r, "events", &file, wrong);
            return nothing;
        }
    };
    if cells.rows.is_empty() {
        let help = "a row for each change, for example 3600,controller:controller-0,down";
        wrong(r, &cells.header[0], "there are no events", help);
    }
    report_file(r, "events", &file, found);
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

/// Lets a link between sites go by its own name: it becomes the cable between their borders.
pub fn wans_by_name(context: &Context, scenario: &mut Scenario) {
    if !context.sound("site") || !context.sound("wan") {
        return;
    }
    let (sites, wans) = (&scenario.sites, &scenario.wans);
    for disturbance in &mut scenario.production {
        let Disturb::Faults { course, .. } = &mut disturbance.what else { continue };
        let (key, targets): (_, Vec<&mut FaultTarget>) = match course {
            FaultCourse::Renewal { targets, .. } => ("targets", targets.iter_mut().collect()),
            FaultCourse::Events(course) => ("events", course.iter_mut().map(|(t, _)| t).collect()),
        };
        for (i, target) in targets.into_iter().enumerate() {
            let pattern = &mut target.pattern;
            let named = wans.rows().iter().find(|wan| wan.name == pattern.from);
            let (FaultKind::Link, None, Some(wan)) = (target.kind, &pattern.to, named) else {
                continue;
            };
            let beside = (wans.rows().iter()).find(|other| {
                other.name != wan.name && wan.ends.iter().all(|end| other.across(*end).is_some())
            });
            if let Some(other) = beside {
                let path = format!("production.{}.{key}.{i}", disturbance.name);
                let message =
                    format!("\"{}\" and \"{}\" join the same sites", wan.name, other.name);
                let help = "name both by their ends, as \"link:oslo/border -> paris/border\": \
                            they fail together";
                let finding = Diagnostic::error(&context.place(&path), message, "which of them?");
                context.report(&path, finding.help(help));
            }
            let [from, to] = wan.ends.map(|site| sites[site].border_name());
            *pattern = CablePattern { from, to: Some(to) };
        }
    }
}

/// Targets that mean nobody.
pub fn check(context: &Context, scenario: &Scenario) {
    for disturbance in &scenario.production {
        let Disturb::Faults { course, .. } = &disturbance.what else { continue };
        let path = format!("production.{}", disturbance.name);
        // Those that could be read, whatever is wrong with others.
        if !["nodes", "store", "fabric", "site", "wan"].iter().all(|at| context.sound(at)) {
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

fn fits(context: &Context, path: &str, scenario: &Scenario, target: &FaultTarget) {
    let wans = || scenario.wans.rows().iter().map(|wan| wan.name.as_str()).collect();
    let places = scenario.places();
    let sites = || places.rows().iter();
    let nodes = || sites().flat_map(|s| s.storage_nodes.clone().map(|i| s.storage_node_name(i)));
    let names: Vec<String> = match target.kind {
        FaultKind::Link | FaultKind::Switch => {
            let wans: Vec<&str> = if target.kind == FaultKind::Link { wans() } else { Vec::new() };
            let cables = cables::all(scenario);
            return cables::pattern_fits(context, path, &cables, &wans, &target.pattern);
        }
        FaultKind::Site => scenario.sites.rows().iter().map(|site| site.name.clone()).collect(),
        FaultKind::Controller => {
            sites().flat_map(|s| s.controllers.clone().map(|i| s.controller_name(i))).collect()
        }
        FaultKind::StorageNode => nodes().collect(),
        FaultKind::Device => {
            let each = scenario.store.media.as_ref().map_or(0, |media| media.devices_per_node);
            let drives = |node: String| (0..each).map(move |d| format!("{node}/device-{d}"));
            nodes().flat_map(drives).collect()
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
