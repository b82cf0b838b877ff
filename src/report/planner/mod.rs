//! The answer to a plan, as an output folder, a screen and a JSON object.

mod json;
mod screen;
mod tables;

pub use json::json;
pub use screen::{describe, screen};

use super::cost::usd;
use super::json::pretty;
use super::store::{folder_name, place_of, save};
use super::{ReportError, Timing, chart, manifest};
use crate::spec::brief::{Brief, Method};
use crate::study::metric::{is_fraction, label};
use crate::study::planner::Answer;
use crate::study::sweep::Plan;
use crate::study::words::{figures, percent};
use serde_json::json as object;
use std::path::{Path, PathBuf};

/// What a report needs beside the answer.
#[derive(Debug, Clone, Copy)]
pub struct PlanContext<'a> {
    /// The plan.
    pub brief: &'a Brief,
    /// All that the answer depends on, as text: equal texts mean equal answers.
    pub key: &'a str,
    /// Designs that there are; of a local search more than were looked at.
    pub designs: u64,
    /// Whether the designs come from a table.
    pub table: Option<&'a str>,
    /// Where output folders go.
    pub out_root: &'a Path,
    /// What the machine took.
    pub timing: Timing,
}

/// Folder of a plan's journal and results below `out_root`.
pub fn folder(plan: &Plan, out_root: &Path) -> PathBuf {
    out_root.join(folder_name(&plan.study.name))
}

/// Where the output folder is.
pub fn place(context: &PlanContext<'_>) -> PathBuf {
    place_of(context.out_root, &context.brief.study.name, "plan-", context.key)
}

/// Writes the output folder and says where it is. A folder of the same answer is replaced; on an
/// error nothing is left behind.
///
/// # Errors
/// The folder cannot be written.
pub fn write(answer: &Answer, context: &PlanContext<'_>) -> Result<PathBuf, ReportError> {
    let mut files = tables::tables(answer, context.brief);
    if let Some(figure) = chart::trade_off(answer, context.brief) {
        files.push(("figures/trade_off.svg".to_owned(), figure.into_bytes()));
    }
    files.push(("result.json".to_owned(), pretty(&json(answer, context))));
    let own = object!({
        "table": context.table,
        "seed": context.brief.study.seed,
        "replicates": answer.replicates[0],
    });
    let name = &context.brief.study.name;
    files.push((
        "manifest.json".to_owned(),
        manifest::of_verb("plan", name, own, &files, &["timing.json"]),
    ));
    files.push(("timing.json".to_owned(), pretty(&context.timing)));
    save(&place(context), &files)
}

/// What a figure is called where people read: `USD a useful GPU-hour`.
pub(super) fn called(name: &str) -> String {
    match name {
        "cost_per_useful_gpu_hour" => "USD a useful GPU-hour".to_owned(),
        "cost_per_owned_gpu_hour" => "USD an owned GPU-hour".to_owned(),
        "cost_per_million_samples" => "USD a million samples".to_owned(),
        "cost_per_sample" => "USD a sample".to_owned(),
        "total_cost_per_hour" => "USD an hour".to_owned(),
        "fixed_per_hour" => "USD an hour of fixed costs".to_owned(),
        "total_cost_per_year" => "USD a year".to_owned(),
        "idle_cost_per_hour" => "USD an hour burnt idle".to_owned(),
        "run_total_cost" => "USD a run".to_owned(),
        "capex" => "USD of capital".to_owned(),
        "npv_cost_own" => "USD present value of owning".to_owned(),
        "npv_cost_rent" => "USD present value of renting".to_owned(),
        "contracted_it_kw" => "kW of IT power".to_owned(),
        "rack_units" => "rack units".to_owned(),
        "upgrade_cost" => "USD to be bought".to_owned(),
        "first_byte_ms_p99" => "ms of TTFB, p99".to_owned(),
        _ => label(name),
    }
}

/// A figure's value where people read.
pub(super) fn said(name: &str, value: f64) -> String {
    match name {
        // Bounds and intervals are often tenths apart.
        _ if is_fraction(name) => format!("{} %", (1_000.0 * value).round() / 10.0),
        _ if name.contains("cost") || ["capex", "fixed_per_hour"].contains(&name) => usd(value),
        _ => figures(value),
    }
}

/// How sure the choice is, in a sentence.
fn sureness(answer: &Answer, brief: &Brief) -> String {
    let selection = &brief.selection;
    let delta = answer.solved.choice.delta;
    match (selection.method, answer.solved.choice.guaranteed, delta) {
        (Method::Ocba, ..) => {
            "a fixed budget of replicates was spent where it tells most: no guarantee".to_owned()
        }
        (Method::Kn, true, Some(delta)) => {
            let name = &brief.study.metrics[brief.objectives[0].metric];
            format!(
                "with probability {} at least, the best of those that keep every bound by its \
                 tolerance, if it is the best by {} or more (Kim and Nelson)",
                percent(selection.confidence),
                said(name, delta)
            )
        }
        (Method::Kn, true, None) => {
            format!("with probability {} at least", percent(selection.confidence))
        }
        (Method::Kn, false, _) => {
            "by means alone: there are not replicates enough for a guarantee".to_owned()
        }
    }
}
