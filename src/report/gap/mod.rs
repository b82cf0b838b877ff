//! The production gap as an output folder, a screen and a JSON object.

mod json;
mod screen;
mod tables;

pub use json::json;
pub use screen::screen;

use super::json::pretty;
use super::store::{place_of, save};
use super::{ReportError, Timing, chart, manifest};
use crate::model::Scenario;
use crate::study::gap::Gap;
use serde_json::json as object;
use std::path::{Path, PathBuf};

/// What a report needs beside the gap.
#[derive(Debug, Clone, Copy)]
pub struct GapContext<'a> {
    /// What it is of: the scenario's name, or that of a file of goodputs.
    pub name: &'a str,
    /// The scenario that was simulated; none if goodputs were measured.
    pub scenario: Option<&'a Scenario>,
    /// A text that tells what was asked from whatever else could have been asked.
    pub key: &'a str,
    /// Where output folders go.
    pub out_root: &'a Path,
    /// What the machine took.
    pub timing: Timing,
}

/// Where the output folder of a gap is.
pub fn place(context: &GapContext<'_>) -> PathBuf {
    place_of(context.out_root, context.name, "gap-", context.key)
}

/// Writes the output folder of a gap and says where it is. A folder of the same gap is replaced; on
/// an error nothing is left behind.
///
/// # Errors
/// The folder cannot be written.
pub fn write(gap: &Gap, context: &GapContext<'_>) -> Result<PathBuf, ReportError> {
    let mut files = tables::tables(gap);
    files.push(("figures/gap.svg".to_owned(), chart::waterfall(gap).into_bytes()));
    if let Some(scenario) = context.scenario {
        files.push(("scenario.resolved.json".to_owned(), pretty(scenario)));
    }
    files.push(("result.json".to_owned(), pretty(&json(gap, context))));
    let own = object!({
        "seed": context.scenario.map(|scenario| scenario.seed),
        "replicates": gap.replicates(),
        "coalitions": gap.runs.coalitions.len(),
    });
    let manifest = manifest::of_verb("gap", context.name, own, &files, &["timing.json"]);
    files.push(("manifest.json".to_owned(), manifest));
    files.push(("timing.json".to_owned(), timing(gap, context)));
    save(&place(context), &files)
}

fn timing(gap: &Gap, context: &GapContext<'_>) -> Vec<u8> {
    let timing = context.timing;
    let runs = gap.runs.coalitions.len() * gap.replicates();
    pretty(&object!({
        "wall_s": timing.wall_s,
        "threads": timing.threads,
        "peak_memory_bytes": timing.peak_memory_bytes,
        "runs": runs,
        "runs_per_s": (timing.wall_s > 0.0).then(|| runs as f64 / timing.wall_s),
    }))
}
