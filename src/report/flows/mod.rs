//! A list of flows that was run, as an output folder, a screen and a JSON object.

mod json;
mod screen;
mod tables;

pub use json::json;
pub use screen::screen;

use super::json::pretty;
use super::store::{place_of, save};
use super::{ReportError, Timing, chart, manifest};
use crate::model::Scenario;
use crate::study::flows::{Asked, FlowsOutcome};
use serde_json::json as object;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// What a report needs beside the outcome.
#[derive(Debug, Clone, Copy)]
pub struct FlowsContext<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its canonical text.
    pub canonical: &'a str,
    /// File name of the list.
    pub list: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What was asked beside.
    pub asked: &'a Asked,
    /// Where output folders go.
    pub out_root: &'a Path,
    /// What the machine took, all in all.
    pub timing: Timing,
    /// What parts of it took.
    pub parts: Parts,
}

/// What the parts of the work took, seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Parts {
    /// Scenario and list were read.
    pub read_s: f64,
    /// Ways were found.
    pub route_s: f64,
    /// Flows ran, by the clock on the wall.
    pub replay_s: f64,
    /// The same on the processor, where the system tells.
    pub replay_cpu_s: Option<f64>,
}

/// Where the output folder is: equal scenarios, lists and flags share one.
pub fn place(context: &FlowsContext<'_>) -> PathBuf {
    let list = xxh3_128(context.text.as_bytes());
    let (canonical, asked) = (context.canonical, context.asked);
    let key = format!("{canonical}\nlist {list:032x}\n{asked:?}\n");
    place_of(context.out_root, &context.scenario.name, "flows-", &key)
}

/// Writes the output folder and says where it is. A folder of the same list is replaced; on an error
/// nothing is left behind.
///
/// # Errors
/// The folder cannot be written.
pub fn write(outcome: &FlowsOutcome, context: &FlowsContext<'_>) -> Result<PathBuf, ReportError> {
    let mut files = tables::tables(outcome);
    let figure = chart::completion_cdf(outcome).into_bytes();
    files.push(("figures/completion_cdf.svg".to_owned(), figure));
    files.push(("scenario.resolved.json".to_owned(), pretty(context.scenario)));
    files.push(("result.json".to_owned(), pretty(&json(outcome, context))));
    let asked = context.asked;
    let own = object!({
        "list": context.list,
        "list_xxh3_128": format!("{:032x}", xxh3_128(context.text.as_bytes())),
        "links": asked.links,
        "sources": asked.sources,
        "destinations": asked.destinations,
    });
    let manifest =
        manifest::of_verb("flows", &context.scenario.name, own, &files, &["timing.json"]);
    files.push(("manifest.json".to_owned(), manifest));
    files.push(("timing.json".to_owned(), timing(outcome, context)));
    save(&place(context), &files)
}

fn timing(outcome: &FlowsOutcome, context: &FlowsContext<'_>) -> Vec<u8> {
    let (timing, parts) = (context.timing, context.parts);
    let flows = outcome.flows.len();
    let per_flow = |seconds: f64| seconds * 1e6 / flows as f64;
    pretty(&object!({
        "wall_s": timing.wall_s,
        "threads": timing.threads,
        "peak_memory_bytes": timing.peak_memory_bytes,
        "read_s": parts.read_s,
        "route_s": parts.route_s,
        "replay_s": parts.replay_s,
        "replay_cpu_s": parts.replay_cpu_s,
        "flows": flows,
        "replay_us_per_flow": per_flow(parts.replay_s),
        "replay_cpu_us_per_flow": parts.replay_cpu_s.map(per_flow),
    }))
}
