//! What a scenario costs: the cost model over the replicates of a simulation or over a recorded
//! ledger, and how sure the answer is.

mod file;
mod record;
mod sensitivity;

pub use file::read_ledger;
pub use record::{gaps, ledgers};
pub use sensitivity::{Band, Bands, Sensitivity, SobolIndex, Swing, TARGET};

use super::estimate::CONFIDENCE;
use crate::cost::{CellId, Costs, Ledger, Values, What, is_cause};
use crate::kernel::id::Table;
use crate::kernel::stats::mean_interval;
use crate::model::Scenario;
use std::collections::BTreeSet;

/// The costs of a scenario with the runs that were made of it.
#[derive(Debug, Clone)]
pub struct Priced {
    /// The model, its ledger the mean run.
    pub costs: Costs,
    /// Values of its cells at the mean run.
    pub values: Values,
    /// Half-widths of their 95 % intervals over the replicates; none: one run, or the same in all.
    pub half_widths: Table<CellId, Option<f64>>,
    /// The runs.
    pub runs: Vec<Ledger>,
    /// The mean run.
    pub mean: Ledger,
    /// Ledger cells of each run that differ from the mean run's.
    changes: Vec<Vec<(CellId, f64)>>,
}

impl Priced {
    /// Prices runs, all with the same rows.
    ///
    /// # Panics
    /// If there are none, or the scenario says nothing of money.
    pub fn new(scenario: &Scenario, runs: Vec<Ledger>) -> Priced {
        let mean = Ledger::mean(&runs);
        let costs = Costs::new(scenario, &mean);
        let values = costs.evaluate(&[]);
        let changes: Vec<Vec<(CellId, f64)>> = match runs.len() {
            1 => vec![Vec::new()],
            _ => runs.iter().map(|run| differences(&costs, &Costs::new(scenario, run))).collect(),
        };
        let each: Vec<Values> = changes.iter().map(|changed| costs.evaluate(changed)).collect();
        let half = |cell: CellId| {
            let of: Vec<f64> = each.iter().map(|values| values[cell]).collect();
            let sure = of.iter().all(|value| *value == of[0]) || of.iter().any(|v| !v.is_finite());
            if sure { None } else { mean_interval(&of, CONFIDENCE).half_width }
        };
        let half_widths = costs.sheet.cells().ids().map(half).collect();
        Priced { costs, values, half_widths, runs, mean, changes }
    }

    /// The value of the cell called `key`; none if the scenario has no such cell.
    pub fn value(&self, key: &str) -> Option<f64> {
        self.costs.sheet.find(key).map(|cell| self.values[cell])
    }

    /// The half-width of the interval of the cell called `key`.
    pub fn half_width(&self, key: &str) -> Option<f64> {
        self.costs.sheet.find(key).and_then(|cell| self.half_widths[cell])
    }

    /// Whether a fix can be against this: idle time of this run, or a cause of its production gap.
    pub fn has_cause(&self, cause: &str) -> bool {
        let idle = self.costs.idle.rows.iter().any(|row| is_cause(&row.words, cause));
        let gap = self.mean.gap.iter().flat_map(|gap| &gap.causes);
        idle || gap.into_iter().any(|one| one.name == cause)
    }

    /// Names of causes: states, what they were due to, and causes of the production gap.
    pub fn causes(&self) -> Vec<String> {
        let rows = || self.costs.idle.rows.iter();
        let states = rows().map(|row| row.words[0].clone());
        let details = rows().map(|row| row.words[1].replacen("for data: ", "", 1));
        let gap = self.mean.gap.iter().flat_map(|gap| &gap.causes);
        let names = states.chain(details).chain(gap.map(|cause| cause.name.clone()));
        let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
        names.into_iter().collect()
    }

    /// What buying is compared with: `on-demand`, `reserved` or `spot`; empty: nothing.
    pub fn rented(&self) -> &'static str {
        let mut options = self.costs.options.iter().map(|(name, _)| *name);
        options.find(|name| *name != "own").unwrap_or_default()
    }

    /// The way to have the cluster whose present value is least; none if nothing is compared.
    pub fn cheapest(&self) -> Option<&'static str> {
        let options = self.costs.options.iter();
        options.min_by(|a, b| self.values[a.1].total_cmp(&self.values[b.1])).map(|best| best.0)
    }
}

/// Inputs of `other` that differ from those of `costs`, which has the same cells.
fn differences(costs: &Costs, other: &Costs) -> Vec<(CellId, f64)> {
    let cells = costs.sheet.cells().iter().zip(other.sheet.cells().rows());
    let changed = cells.filter_map(|((id, cell), new)| match (&cell.what, &new.what) {
        (What::Input(old), What::Input(new)) if old != new => Some((id, *new)),
        _ => None,
    });
    changed.collect()
}
