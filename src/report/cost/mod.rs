//! What a scenario costs as an output folder, a screen and a JSON object.

mod compare;
mod focus;
mod json;
mod money;
mod screen;
mod tables;
mod workbook;

pub use compare::{Difference, difference_json, difference_screen, differences};
pub use json::json;
pub use money::{cause, usd};
pub use screen::screen;

use super::json::pretty;
use super::store::{place_of, save};
use super::{ReportError, Timing, chart, manifest};
use crate::model::{Money, Scenario};
use crate::study::cost::{Priced, Sensitivity};
use serde_json::json as object;
use std::path::{Path, PathBuf};

/// What a report needs beside the costs.
#[derive(Debug, Clone, Copy)]
pub struct CostContext<'a> {
    /// The scenario as meant.
    pub scenario: &'a Scenario,
    /// Its canonical text.
    pub canonical: &'a str,
    /// Name of the ledger's file; none if the runs were simulated.
    pub ledger: Option<&'a str>,
    /// A text that tells the ledger from others.
    pub key: &'a str,
    /// Month of the bill: (year, month).
    pub month: (u32, u32),
    /// Where output folders go.
    pub out_root: &'a Path,
    /// What the machine took.
    pub timing: Timing,
}

impl CostContext<'_> {
    /// What the scenario says of money.
    ///
    /// # Panics
    /// If it says nothing.
    pub fn money(&self) -> &Money {
        self.scenario.money.as_ref().expect("a scenario with prices")
    }
}

/// Where the output folder is.
pub fn place(context: &CostContext<'_>) -> PathBuf {
    let (seed, replicates) = (context.scenario.seed, context.scenario.replicates);
    let key =
        format!("{}\nseed {seed}\nreplicates {replicates}\n{}\n", context.canonical, context.key);
    place_of(context.out_root, &context.scenario.name, "cost-", &key)
}

/// Writes the output folder and says where it is. A folder of the same costs is replaced; on an error
/// nothing is left behind.
///
/// # Errors
/// The folder cannot be written.
pub fn write(
    priced: &Priced,
    sensitivity: &Sensitivity,
    context: &CostContext<'_>,
) -> Result<PathBuf, ReportError> {
    let mut files = tables::tables(priced, sensitivity, context.money());
    let figures = chart::cost_figures(priced, sensitivity);
    let figure = |(name, svg): (&str, String)| (format!("figures/{name}"), svg.into_bytes());
    files.extend(figures.into_iter().map(figure));
    files.push(("focus.csv".to_owned(), focus::focus(priced, context).done()));
    let workbook = workbook::workbook(priced, sensitivity, context);
    files.push(("tco.xlsx".to_owned(), workbook));
    files.push(("scenario.resolved.json".to_owned(), pretty(context.scenario)));
    files.push(("result.json".to_owned(), pretty(&json(priced, sensitivity, context))));
    let own = object!({
        "ledger": context.ledger,
        "seed": context.scenario.seed,
        "replicates": priced.runs.len(),
    });
    let manifest = manifest::of_verb("cost", &context.scenario.name, own, &files, &["timing.json"]);
    files.push(("manifest.json".to_owned(), manifest));
    let timing = context.timing;
    files.push(("timing.json".to_owned(), pretty(&timing)));
    save(&place(context), &files)
}
