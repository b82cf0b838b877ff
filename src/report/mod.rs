//! Floor 7: results become an output folder, one screen, one JSON object. Everything is rendered
//! in memory first, so that a folder is written whole or not at all.

mod accounts;
mod busiest;
pub mod chart;
mod classes;
pub mod collisions;
pub mod cost;
pub mod flows;
pub mod gap;
mod health;
mod json;
mod manifest;
pub mod planner;
mod screen;
mod store;
pub mod sweep;
pub mod table;
pub mod topology;
mod trace;
pub mod validation;

pub use json::json;
pub use screen::screen;
pub use store::{ReportError, place};
pub use trace::write as trace;

use crate::model::Scenario;
use crate::study::Outcome;
use std::path::{Path, PathBuf};

/// Version of the output folder's and the JSON object's layout; it rises when a reader must know.
pub const FORMAT_VERSION: u32 = 1;

/// What the machine took for the run: the only numbers that differ from run to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Timing {
    /// Wall-clock seconds of the simulation.
    pub wall_s: f64,
    /// Threads it ran on.
    pub threads: usize,
    /// Most memory resident at once, bytes, where the system tells.
    pub peak_memory_bytes: Option<u64>,
}

/// What a report needs beside the outcome.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The scenario as meant.
    pub scenario: &'a Scenario,
    /// Its canonical text: equal texts mean equal scenarios.
    pub canonical: &'a str,
    /// Where output folders go.
    pub out_root: &'a Path,
    /// What the machine took.
    pub timing: Timing,
}

/// Writes the output folder of a run and says where it is. A folder of the same run is replaced;
/// on an error nothing is left behind.
pub fn write(outcome: &Outcome, context: &Context<'_>) -> Result<PathBuf, ReportError> {
    let mut files = table::tables(outcome);
    let figures = chart::figures(outcome);
    let figure = |(name, svg): (&str, String)| (format!("figures/{name}"), svg.into_bytes());
    files.extend(figures.into_iter().map(figure));
    files.push(("scenario.resolved.json".to_owned(), json::pretty(context.scenario)));
    files.push(("result.json".to_owned(), json::pretty(&json(outcome, context))));
    files.push(("manifest.json".to_owned(), manifest::manifest(outcome, context, &files)));
    files.push(("timing.json".to_owned(), manifest::timing(outcome, context)));
    store::save(&store::place(outcome, context), &files)
}
