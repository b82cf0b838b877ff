//! Disturbances.

use super::classes::class_of;
use super::{Defined, faults};
use crate::kernel::dist::Dist;
use crate::kernel::id::Table;
use crate::kernel::time::Span;
use crate::model::{
    Arrivals, CablePattern, ClassId, Course, Disturb, Disturbance, Jitter, Op, Scenario,
    TrafficClass, Transport,
};
use crate::spec::error::Diagnostic;
use crate::spec::files;
use crate::spec::reader::{Context, Reader};
use crate::spec::values::{Names, check_name};

/// Every `[production.NAME]`, in file order. `names` holds those of jobs, with whom neighbours
/// share the reports.
pub fn disturbances(
    top: &Reader<'_>,
    classes: &Table<ClassId, TrafficClass>,
    names: &mut Defined,
) -> Vec<Disturbance> {
    let mut colds = 0;
    let mut all = Vec::new();
    for (name, reader) in top.entries("production", "kind") {
        if let Err(complaint) = check_name(&name) {
            let message = format!("the name \"{name}\" {}", complaint.message);
            let finding = Diagnostic::error(&reader.place, message, complaint.label);
            reader.context.report(&reader.path, finding);
        }
        let on = reader.get("on");
        let Some(what) = disturb(&reader, &name, classes) else { continue };
        if matches!(what, Disturb::NoisyNeighbour { .. }) {
            names.add_as(&reader, &name, "jobs or neighbours", &reader.place.clone());
        }
        if what == Disturb::ColdCache {
            colds += 1;
            if colds > 1 {
                let message = "caches are cold only once".to_string();
                reader.error_at("kind", message, "a second cold_cache", "remove one".into());
            }
        }
        all.push(Disturbance { name, on, what });
    }
    all
}

fn disturb(r: &Reader<'_>, name: &str, classes: &Table<ClassId, TrafficClass>) -> Option<Disturb> {
    let spell = || (r.get::<Dist>("interval"), r.get::<Dist>("duration"));
    let Some(kind) = r.choice() else {
        if r.has("kind") {
            // Reading it says what is wrong with it.
            let _: Option<String> = r.opt("kind");
        } else if r.sound() {
            let message = format!("[production.{name}] does not say of which kind it is");
            let kinds = crate::spec::raw::production::KINDS.join(", ");
            r.error_at("kind", message, "`kind` is missing", format!("one of {kinds}"));
        }
        return None;
    };
    Some(match kind {
        "latency" => Disturb::Latency { added: r.get("added") },
        "jitter" => Disturb::Jitter(jitter(r)),
        "spikes" => {
            let (interval, duration) = spell();
            never_ending(r, "interval", &interval, &duration);
            Disturb::Spikes { interval, duration, height: r.get("height") }
        }
        "loss" => Disturb::Loss { rate: r.get("rate") },
        "background" => Disturb::Background { cables: cables(r), course: course(r) },
        "noisy_neighbour" => Disturb::NoisyNeighbour {
            op: if r.get::<String>("op") == "put" { Op::Put } else { Op::Get },
            requests_per_s: r.get("requests"),
            size: r.get("size"),
            class: class_of(r, "class", classes),
        },
        "cold_cache" => Disturb::ColdCache,
        "rebuild" => {
            let (interval, duration) = spell();
            never_ending(r, "interval", &interval, &duration);
            Disturb::Rebuild {
                interval,
                duration,
                devices: r.get("devices"),
                share: at_most(r, "share", 0.99),
            }
        }
        "link_faults" => {
            let (interval, duration) = spell();
            never_ending(r, "interval", &interval, &duration);
            let remaining = r.get("remaining");
            Disturb::LinkFaults { cables: cables(r), interval, duration, remaining }
        }
        "controller_faults" => {
            let (interval, duration) = spell();
            never_ending(r, "interval", &interval, &duration);
            Disturb::ControllerFaults { interval, duration, detection: r.get("detection") }
        }
        "faults" => faults::read(r),
        "stragglers" => Disturb::Stragglers {
            share: r.get("share"),
            slowdown: r.get("slowdown"),
            redraw: r.opt("redraw"),
        },
        "decode_shortage" => Disturb::DecodeShortage {
            cores_taken: r.get("cores_taken"),
            slowdown: r.get("slowdown"),
        },
        "burstiness" => {
            Disturb::Burstiness { burst: lasting(r, "burst"), peak: r.get("peak_to_mean") }
        }
        other => unreachable!("`{other}` is no kind"),
    })
}

fn jitter(r: &Reader<'_>) -> Jitter {
    let (delay, around) = (r.opt::<Dist>("delay"), r.opt::<Span>("plus_minus"));
    let (delay, shift_s) = match (delay, around) {
        (Some(delay), None) => (delay, 0.0),
        (None, Some(d)) => (Dist::Uniform { low: 0.0, high: 2.0 * d.as_s() }, d.as_s()),
        (both, _) => {
            if r.sound() {
                let (key, message) = match both {
                    Some(_) => ("plus_minus", "the jitter is given twice"),
                    None => ("delay", "the jitter does not say how large it is"),
                };
                let help = "either delay = { exponential = \"2 ms\" } or plus_minus = \"5 ms\"";
                r.error_at(key, message.into(), "one of the two", help.into());
            }
            (Dist::Constant(0.0), 0.0)
        }
    };
    Jitter { delay, shift_s, correlation: r.get("correlation"), keeps_order: r.get("keeps_order") }
}

fn cables(r: &Reader<'_>) -> Vec<CablePattern> {
    let names: Names = r.get("links");
    if names.0.is_empty() && r.sound() {
        let help = "for example links = [\"leaf-* -> spine-*\"]".to_string();
        r.error_at("links", "no cables are named".into(), "an empty list", help);
    }
    for (i, (_, place)) in names.0.iter().enumerate() {
        r.context.remember(&format!("{}.{i}", r.join("links")), place);
    }
    names.0.iter().map(|(text, _)| CablePattern::parse(text)).collect()
}

fn course(r: &Reader<'_>) -> Course {
    let (load, trace) = (r.opt::<f64>("load"), r.opt::<String>("trace"));
    match (load, trace) {
        (Some(load), None) => {
            let peak: f64 = r.get("peak");
            if peak <= load && r.sound() {
                let message = format!("bursts of {peak} cannot make a mean load of {load}");
                let help = "`peak` must be above `load`".to_string();
                r.error_at("peak", message, "not above the load", help);
            }
            Course::OnOff { load, peak, burst: lasting(r, "burst") }
        }
        (None, Some(file)) => trace_of(r, &file),
        (both, _) => {
            if r.sound() {
                let (key, message) = match both {
                    Some(_) => ("trace", "the background is given twice"),
                    None => ("load", "the background does not say how much it is"),
                };
                let help = "either load = 0.3, or trace = \"load.csv\"";
                r.error_at(key, message.into(), "one of the two", help.into());
            }
            Course::Trace { steps: vec![(0.0, 0.0)], period_s: 1.0 }
        }
    }
}

/// A distribution of lengths of time that are not all zero.
fn lasting(r: &Reader<'_>, key: &str) -> Dist {
    let dist: Dist = r.get(key);
    if !(dist.mean() > 0.0 && dist.mean().is_finite()) && r.sound() {
        let message = format!("`{key}` has no mean length above zero");
        r.error_at(key, message, "lasts no time", "for example \"50 ms\"".into());
    }
    dist
}

/// Spells that follow each other without end in no time would stop the clock.
pub(super) fn never_ending(r: &Reader<'_>, key: &str, interval: &Dist, duration: &Dist) {
    if interval.mean() + duration.mean() < 1e-6 && r.sound() {
        let message = "a spell and the pause before it take less than a microsecond".to_string();
        let help = format!("for example {key} = {{ exponential = \"10 s\" }}");
        r.error_at(key, message, "too short", help);
    }
}

fn at_most(r: &Reader<'_>, key: &str, most: f64) -> f64 {
    let value: f64 = r.get(key);
    if value > most && r.sound() {
        let message = format!("`{key}` leaves nothing for anybody else");
        r.error_at(key, message, "too much", format!("at most {most}"));
    }
    value.min(most)
}

/// Disturbances that cannot act on this scenario: an error where that would hide something, else a
/// warning.
pub fn check(context: &Context, scenario: &Scenario) {
    let open = scenario.loads.iter().any(|l| matches!(l.arrivals, Arrivals::Open { .. }));
    let still = |dist: &Dist| dist.max() == Some(0.0);
    let decodes = scenario.training.iter().any(|job| !still(&job.decode));
    let mut bursts = 0;
    for disturbance in &scenario.production {
        let path = format!("production.{}", disturbance.name);
        let idle = match &disturbance.what {
            Disturb::Loss { .. } => {
                let fabric = &scenario.fabrics[scenario.storage_fabric];
                if matches!(fabric.transport, Transport::Rdma(_)) && context.sound("fabric") {
                    let message = "loss needs a TCP transport: this RDMA fabric is lossless";
                    let finding = Diagnostic::error(&context.place(&path), message, "has no law")
                        .help("choose a TCP transport for [fabric.storage], or remove the loss");
                    context.report(&path, finding);
                }
                None
            }
            Disturb::Burstiness { .. } => {
                bursts += 1;
                if bursts > 1 {
                    let message = "open loads come in bursts of one kind only";
                    let finding = Diagnostic::error(&context.place(&path), message, "a second one");
                    context.report(&path, finding.help("remove one of them"));
                }
                (!open).then_some("there is no [[load]] with arrivals = \"open\"")
            }
            Disturb::Stragglers { .. } => {
                scenario.training.is_empty().then_some("there is no [[training]]")
            }
            Disturb::DecodeShortage { .. } => {
                (!decodes).then_some("no [[training]] has a `decode` time")
            }
            Disturb::ColdCache => (!scenario.has_caches()).then_some("there is no cache"),
            Disturb::Rebuild { .. } => {
                scenario.store.media.is_none().then_some("the store has no [store.media]")
            }
            _ => None,
        };
        let sound = ["training", "load", "store", "nodes"].iter().all(|at| context.sound(at));
        if let Some(why) = idle.filter(|_| sound) {
            let message = format!("[production.{}] disturbs nothing: {why}", disturbance.name);
            let finding = Diagnostic::error(&context.place(&path), message, "has no effect");
            context.report(&path, finding.warning());
        }
    }
}

/// Reads a trace: columns `time_s` (rising from 0) and `share`; the last row ends the period.
fn trace_of(r: &Reader<'_>, file: &str) -> Course {
    let nothing = Course::Trace { steps: vec![(0.0, 0.0)], period_s: 1.0 };
    let path = r.context.base.join(file);
    let source = match files::read(&path) {
        Ok(source) => source,
        Err(wrong) => {
            let help = "the path is relative to the scenario".to_string();
            r.error_at("trace", wrong.message.clone(), "this file", help);
            return nothing;
        }
    };
    match parse_trace(&source.text) {
        Ok((steps, period_s)) => Course::Trace { steps, period_s },
        Err(why) => {
            let message = format!("{}: {why}", source.name);
            let help = "columns time_s,share; times rise from 0; shares lie between 0 and 1; \
                        the last row's time ends the period";
            r.error_at("trace", message, "this file", help.into());
            nothing
        }
    }
}

/// The steps of a trace and its period, or what is wrong with which line.
fn parse_trace(text: &str) -> Result<(Vec<(f64, f64)>, f64), String> {
    let mut csv = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = csv.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| {
        headers.iter().position(|h| h == name).ok_or_else(|| format!("no column `{name}`"))
    };
    let (time, share) = (column("time_s")?, column("share")?);
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for row in csv.records() {
        let row = row.map_err(|e| e.to_string())?;
        let line = row.position().map_or(0, csv::Position::line);
        let number = |i: usize| {
            let text = row.get(i).unwrap_or_default();
            text.parse::<f64>()
                .ok()
                .filter(|x| x.is_finite())
                .ok_or_else(|| format!("line {line}: \"{text}\" is not a number"))
        };
        let (t, s) = (number(time)?, number(share)?);
        let in_order = steps.last().map_or(t == 0.0, |last| t > last.0);
        if !in_order || t > 1.8e7 {
            return Err(format!("line {line}: time {t} is out of order"));
        }
        if !(0.0..=1.0).contains(&s) {
            return Err(format!("line {line}: share {s} is not between 0 and 1"));
        }
        steps.push((t, s));
    }
    match steps.as_slice() {
        [.., last] if steps.len() > 1 && last.0 >= 1e-6 => {
            let period = last.0;
            steps.pop();
            Ok((steps, period))
        }
        _ => Err("a trace needs two rows that are a microsecond apart".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_read_or_refused_with_its_line() {
        let good = parse_trace("time_s,share\n0,0.2\n1.5, 0.8\n4,0\n").unwrap();
        assert_eq!(good, (vec![(0.0, 0.2), (1.5, 0.8)], 4.0));
        for (text, why) in [
            ("time_s\n0\n", "no column `share`"),
            ("time_s,share\n0,0.2\n0,0.3\n", "line 3: time 0 is out of order"),
            ("time_s,share\n0,1.2\n", "line 2: share 1.2 is not between 0 and 1"),
            ("time_s,share\n0,x\n", "line 2: \"x\" is not a number"),
            ("time_s,share\n0,0.2\n", "two rows"),
        ] {
            assert!(parse_trace(text).unwrap_err().contains(why), "{text}");
        }
    }
}
