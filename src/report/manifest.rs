//! `manifest.json`: what a folder holds and where it came from; `timing.json`: what it took.

use super::json::pretty;
use super::{Context, FORMAT_VERSION};
use crate::study::Outcome;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

/// The manifest of a folder with these files (path, content).
pub fn manifest(outcome: &Outcome, context: &Context<'_>, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let replicate = |run: &crate::metrics::summary::RunSummary| {
        json!({
            "replicate": run.replicate,
            "fingerprint": run.fingerprint,
            "events": run.events,
            "end_s": run.end_s,
        })
    };
    pretty(&json!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "scenario": context.scenario.name,
        "seed": context.scenario.seed,
        "replicates": outcome.replicates(),
        "fingerprint": outcome.fingerprint,
        "runs": outcome.runs.iter().map(replicate).collect::<Vec<Value>>(),
        "files": listed(files),
        "machine_dependent": ["timing.json"],
    }))
}

/// The manifest of a folder that another verb than `run` wrote: `own` is what only this one says.
pub fn of_verb(
    verb: &str,
    scenario: &str,
    own: Value,
    files: &[(String, Vec<u8>)],
    machine_dependent: &[&str],
) -> Vec<u8> {
    let mut all = json!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "verb": verb,
        "scenario": scenario,
    });
    let said = all.as_object_mut().expect("it is one");
    said.extend(own.as_object().cloned().unwrap_or_default());
    said.insert("files".into(), listed(files).into());
    said.insert("machine_dependent".into(), json!(machine_dependent));
    pretty(&all)
}

/// The files (path, content) of a folder, each with its hash.
pub fn listed(files: &[(String, Vec<u8>)]) -> Vec<Value> {
    let file = |(path, content): &(String, Vec<u8>)| {
        json!({
            "path": path,
            "bytes": content.len(),
            "xxh3_128": format!("{:032x}", xxh3_128(content)),
        })
    };
    files.iter().map(file).collect()
}

/// What the machine took.
pub fn timing(outcome: &Outcome, context: &Context<'_>) -> Vec<u8> {
    let timing = context.timing;
    let events: u64 = outcome.runs.iter().map(|run| run.events).sum();
    let rate = (timing.wall_s > 0.0).then(|| events as f64 / timing.wall_s);
    pretty(&json!({
        "wall_s": timing.wall_s,
        "threads": timing.threads,
        "peak_memory_bytes": timing.peak_memory_bytes,
        "events": events,
        "events_per_s": rate,
    }))
}
