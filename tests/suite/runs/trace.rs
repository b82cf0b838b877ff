//! The trace of a run, read by a checker that shares nothing with its writer: slices nest, times of
//! accelerators and counts of requests are those of the summary, counters go forward.

use crate::common;

use common::recipe::{SPREAD, cook, fixed, recipes};
use common::storm::{STORM, in_a_storm};
use gapcast::kernel::time::{Span, Time};
use gapcast::metrics::trace::{TraceError, Window};
use gapcast::model::{Policy, Scenario};
use gapcast::sim::{self, TraceRunError};
use gapcast::spec;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn whole() -> Window {
    Window { from: Time::ZERO, until: Time::NEVER, step: Span::from_ms(50), limit: 1 << 30 }
}

fn trace(scenario: &Arc<Scenario>, window: Window) -> String {
    let alerts = sim::run_replicate(scenario, 0).health;
    let bytes = sim::trace(scenario, 0, Vec::new(), window, &alerts).expect("a trace");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Picoseconds of a time in microseconds, from its text: no float on the way.
fn ps(event: &Value) -> u64 {
    let text = event["ts"].to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    assert!(rest.len() <= 6 && !text.contains(['e', '-']), "{text}");
    whole.parse::<u64>().unwrap() * 1_000_000 + format!("{rest:0<6}").parse::<u64>().unwrap()
}

/// A slice: process, thread, name, depth, from, to, arguments.
#[derive(Debug, Clone)]
struct Slice {
    pid: u64,
    tid: u64,
    name: String,
    depth: usize,
    from: u64,
    to: u64,
    args: Value,
}

/// What a trace holds.
#[derive(Default)]
struct Seen {
    slices: Vec<Slice>,
    processes: BTreeMap<u64, String>,
    threads: BTreeMap<(u64, u64), String>,
    counters: BTreeMap<(u64, String), Vec<(u64, f64)>>,
    arrows: BTreeMap<String, Vec<char>>,
    instants: usize,
}

/// Reads a trace and fails if a slice does not nest, a time goes backwards on a thread, a counter
/// goes backwards, a thread has no name or an arrow has one end alone.
fn check(text: &str) -> Seen {
    let json: Value = serde_json::from_str(text).expect("valid JSON");
    let mut seen = Seen::default();
    let mut open: BTreeMap<(u64, u64), (u64, Vec<Slice>)> = BTreeMap::new();
    for event in json["traceEvents"].as_array().expect("a list") {
        let pid = event["pid"].as_u64().expect("a process");
        let thread = (pid, event["tid"].as_u64().unwrap_or(0));
        let name = event["name"].as_str().unwrap_or_default().to_owned();
        match event["ph"].as_str().expect("a phase") {
            "M" => {
                let of = event["args"]["name"].as_str().unwrap_or_default().to_owned();
                match name.as_str() {
                    "process_name" => assert!(seen.processes.insert(pid, of).is_none()),
                    "thread_name" => assert!(seen.threads.insert(thread, of).is_none()),
                    "process_sort_index" | "thread_sort_index" => {}
                    other => panic!("{other}"),
                }
            }
            "B" => {
                let (last, stack) = open.entry(thread).or_default();
                let from = ps(event);
                assert!(from >= *last, "{thread:?} goes back to {from} from {last}");
                *last = from;
                let (depth, args) = (stack.len(), event["args"].clone());
                stack.push(Slice { pid, tid: thread.1, name, depth, from, to: 0, args });
            }
            "E" => {
                let (last, stack) = open.get_mut(&thread).expect("something is open");
                let to = ps(event);
                assert!(to >= *last, "{thread:?} goes back to {to} from {last}");
                *last = to;
                let slice = stack.pop().expect("something is open");
                seen.slices.push(Slice { to, ..slice });
            }
            "C" => {
                let values = event["args"].as_object().expect("values");
                let value = values.values().next().and_then(Value::as_f64).expect("a number");
                let points = seen.counters.entry((pid, name)).or_default();
                assert!(points.last().is_none_or(|(at, _)| *at < ps(event)), "{event}");
                assert!(value >= 0.0);
                points.push((ps(event), value));
            }
            "i" => seen.instants += usize::from(name != "goes away"),
            ph @ ("s" | "f") => {
                let id = event["id"].as_u64().expect("an id").to_string();
                seen.arrows.entry(id).or_default().push(ph.chars().next().unwrap());
            }
            other => panic!("an event of phase {other}"),
        }
    }
    for (thread, (_, stack)) in &open {
        assert!(stack.is_empty(), "{thread:?} ends with {stack:?} open");
        assert!(seen.threads.contains_key(thread), "{thread:?} has no name");
    }
    for pid in open.keys().map(|t| t.0).chain(seen.counters.keys().map(|c| c.0)) {
        assert!(seen.processes.contains_key(&pid), "process {pid} has no name");
    }
    seen
}

/// Σ of the lengths of slices of that name, ps.
fn time_in(seen: &Seen, name: &str) -> u128 {
    let of = seen.slices.iter().filter(|s| s.name == name && s.depth == 1);
    let gpu = of.filter(|s| seen.threads[&(s.pid, s.tid)].starts_with("GPU"));
    gpu.map(|s| u128::from(s.to - s.from)).sum()
}

/// Checks the trace of a whole run against its summary.
fn against_summary(scenario: Scenario) -> Seen {
    let scenario = Arc::new(scenario);
    let run = sim::run_replicate(&scenario, 0);
    let text = trace(&scenario, whole());
    let seen = check(&text);
    // The summary is in seconds; a picosecond of a run of seconds is below its last digit, so sums
    // are compared as the summary rounds them.
    let mut busy = 0;
    for (name, gpu_s) in &run.gpu_seconds.by_state {
        let sum = time_in(&seen, name);
        if *name != "unallocated" {
            busy += sum;
            assert_eq!(sum as f64 / 1e12, *gpu_s, "{name}");
        }
    }
    let owned = (run.gpu_seconds.owned * 1e12).round() as u128;
    let idle = run.gpu_seconds.by_state.iter().find(|(name, _)| *name == "unallocated").unwrap().1;
    assert!((busy as f64 + idle * 1e12 - owned as f64).abs() <= owned as f64 * 1e-12);
    let requests = seen.slices.iter().filter(|s| s.name == "GET" || s.name == "PUT");
    let (done, cut): (Vec<_>, Vec<_>) = requests.partition(|s| s.args.get("finished").is_none());
    let sum = |of: fn(&gapcast::metrics::summary::RequestSummary) -> u64| {
        run.requests.iter().map(of).sum::<u64>()
    };
    assert_eq!(done.len() as u64, sum(|r| r.answered), "answered");
    assert_eq!(cut.len() as u64, sum(|r| r.in_flight_end + r.failed), "under way, or failed");
    let bytes: u64 = done.iter().map(|s| s.args["bytes"].as_u64().unwrap()).sum();
    assert_eq!(bytes, sum(|r| r.bytes), "bytes");
    let fired = run.health.iter().filter(|alert| alert.from_s.is_some()).count();
    assert_eq!(seen.instants, fired, "alerts");
    seen
}

/// Every stage of a request is inside it, and they fill it without a gap: stages of no length are
/// left out.
fn stages_fill_requests(seen: &Seen) {
    let mut inside: BTreeMap<(u64, u64), Vec<&Slice>> = BTreeMap::new();
    for slice in &seen.slices {
        let thread = inside.entry((slice.pid, slice.tid)).or_default();
        if slice.name == "GET" || slice.name == "PUT" {
            let own = thread.iter().filter(|s| s.depth == slice.depth + 1);
            let own: Vec<_> = own.filter(|s| s.from >= slice.from && s.to <= slice.to).collect();
            let sum: u64 = own.iter().map(|s| s.to - s.from).sum();
            assert_eq!(sum, slice.to - slice.from, "{slice:?}");
        }
        thread.push(slice);
    }
}

#[test]
fn all_features_at_once() {
    for back in 0..3 {
        let seen = against_summary(fixed(back, Policy::RoundRobin));
        stages_fill_requests(&seen);
        assert!(!seen.counters.is_empty());
        let whole = |ends: &Vec<char>| ends.contains(&'s') && ends.contains(&'f');
        assert!(seen.arrows.values().all(whole), "an arrow has two ends");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    /// Small scenarios over all features, cut off by a horizon or not.
    #[test]
    fn any_scenario(recipe in recipes()) {
        against_summary(cook(&recipe));
    }

    /// The same at two sites, in classes, under faults.
    #[test]
    fn any_storm(
        recipe in recipes(),
        apart in any::<[u8; SPREAD]>(),
        bytes in any::<[u8; STORM]>(),
    ) {
        against_summary(in_a_storm(&recipe, &apart, &bytes));
    }
}

fn shipped(name: &str, horizon: &str) -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let set = [("run.horizon".to_owned(), format!("\"{horizon}\""))];
    Arc::new(spec::load_with(&path, &set).expect("a shipped scenario").scenario)
}

/// Hosts at sites are called what reports call them.
#[test]
fn names_are_those_of_reports() {
    let scenario = shipped("site-failure.toml", "100 ms");
    let run = sim::run_replicate(&scenario, 0);
    let seen = check(&trace(&scenario, whole()));
    let there = |name: &str| seen.processes.values().any(|process| process == name);
    let of = |kind| run.stations.iter().filter(move |station| station.kind == kind);
    for station in of("decode") {
        let node = station.name.trim_end_matches(" decode cores");
        assert!(node.contains('/') && there(&format!("node {node}")), "{node}");
    }
    for station in of("device") {
        let node = station.name.rsplit_once('/').expect("a device of a node").0;
        assert!(there(node), "{node}");
    }
}

/// With controllers that crash and cables that fail.
#[test]
fn production() {
    let scenario = shipped("production.toml", "12 s");
    let seen = against_summary(Arc::unwrap_or_clone(scenario));
    assert!(seen.slices.iter().any(|s| s.name == "outage"), "a request met an outage");
    assert!(seen.slices.iter().any(|s| s.name == "away"), "a controller went away");
    let names: Vec<_> = seen.processes.values().collect();
    assert!(names.iter().any(|name| name.starts_with("node ")), "{names:?}");
}

/// Twice the same bytes; a window holds what the whole trace holds of it, cut to it.
#[test]
fn windows_and_repetition() {
    let scenario = shipped("quickstart.toml", "3 s");
    let text = trace(&scenario, whole());
    assert!(text == trace(&scenario, whole()), "two runs, two traces");
    let (from, until) = (1_500_000_000_000, 1_700_000_000_000);
    let window = Window { from: Time(from), until: Time(until), ..whole() };
    let (all, part) = (check(&text), check(&trace(&scenario, window)));
    for state in ["useful", "data_stall", "straggler_wait"] {
        let clipped = all.slices.iter().filter(|s| s.name == state && s.depth == 1);
        let clipped = clipped.filter(|s| all.threads[&(s.pid, s.tid)].starts_with("GPU"));
        let sum: u128 =
            clipped.map(|s| u128::from(s.to.min(until).saturating_sub(s.from.max(from)))).sum();
        assert_eq!(time_in(&part, state), sum, "{state}");
    }
    assert!(part.slices.iter().all(|s| s.from >= from && s.to <= until));
}

#[test]
fn too_large_is_an_error() {
    let scenario = shipped("quickstart.toml", "3 s");
    let window = Window { limit: 1 << 20, ..whole() };
    match sim::trace(&scenario, 0, Vec::new(), window, &[]) {
        Err(TraceRunError::Trace(TraceError::TooLarge { limit_mib, .. })) => {
            assert_eq!(limit_mib, 1);
        }
        other => panic!("{:?}", other.map(|bytes| bytes.len())),
    }
}

/// From the command line: plain and compressed, nothing left behind on an error, usage errors first.
#[test]
fn from_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let quick = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
        let output = Command::new(env!("CARGO_BIN_EXE_gapcast"))
            .args(["run", quick.to_str().unwrap(), "--set", "run.horizon=\"2 s\"", "-q"])
            .args(["--replicates", "2", "--trace-until", "1.8 s"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(run(&["--trace", "a.json", "--trace-replicate", "1"]), (Some(0), String::new()));
    assert_eq!(run(&["--trace", "a.json.gz", "--trace-replicate", "1"]).0, Some(0));
    let plain = std::fs::read(folder.path().join("a.json")).expect("a trace");
    let packed = std::fs::read(folder.path().join("a.json.gz")).expect("a trace");
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut unpacked)
        .expect("gzip");
    assert!(plain == unpacked && packed.len() * 5 < plain.len());
    check(std::str::from_utf8(&plain).unwrap());
    assert_eq!(run(&["--trace", "b.json", "--trace-replicate", "2"]).0, Some(2));
    assert_eq!(run(&["--trace", "b.json", "--trace-from", "1.9 s"]).0, Some(2));
    assert_eq!(run(&["--trace", "b.json", "--trace-from", "soon"]).0, Some(2));
    assert_eq!(run(&["--trace", "missing/b.json"]).0, Some(1));
    let names = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.json", "a.json.gz", "outputs"]);
}
