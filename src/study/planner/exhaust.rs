//! Every valid design, run: what a choice is checked against.

use super::Project;
use super::design::{Design, Ruled};
use super::runs::{Runs, RunsError};
use super::solve::{Goal, Terms};
use crate::kernel::stats::Tally;

/// What running every valid design chooses.
#[derive(Debug, Clone)]
pub struct Exhausted {
    /// The best by its means that keeps every bound by its means.
    pub best: Option<usize>,
    /// The goal of each design (made small); none: it is not valid or breaks a bound.
    pub values: Vec<Option<f64>>,
    /// Designs that were run.
    pub designs: u64,
    /// Replicates that were run.
    pub replicates: u64,
}

/// Runs every valid design, ruled out or not, `n` times: what a choice is checked against.
///
/// # Errors
/// Those of the runs.
pub fn exhaust(
    project: &Project,
    terms: &Terms,
    designs: &[Design],
    runs: &mut Runs<'_>,
    n: u32,
) -> Result<Exhausted, RunsError> {
    let valid: Vec<usize> = (0..designs.len()).filter(|&i| designs[i].invalid.is_none()).collect();
    let wanted = valid.iter().map(|&i| (designs[i].point, 0, n));
    runs.ensure(&wanted.collect::<Vec<_>>())?;
    let mut best: Option<(f64, usize)> = None;
    let mut all = vec![None; designs.len()];
    for &i in &valid {
        let means = |metric: usize| {
            let values = runs.known(designs[i].point).take(n as usize).map(|v| v[metric]);
            let tally = values.collect::<Option<Tally>>();
            designs[i].fixed[metric].or_else(|| tally?.mean())
        };
        let named = designs[i].ruled(&project.columns, &terms.constraints);
        let allowed = !named.iter().any(|(_, why)| *why == Ruled::Name);
        let keeps = terms
            .limits()
            .all(|(_, limit)| means(limit.metric).is_some_and(|value| limit.slack(value) >= 0.0));
        let Goal::Figure(metric, maximise, _) = terms.goal else { continue };
        let Some(value) = means(metric).filter(|_| allowed && keeps) else { continue };
        let value = if maximise { -value } else { value };
        all[i] = Some(value);
        if best.is_none_or(|(least, _)| value < least) {
            best = Some((value, i));
        }
    }
    let (designs, replicates) = (valid.len() as u64, valid.len() as u64 * u64::from(n));
    Ok(Exhausted { best: best.map(|(_, best)| best), values: all, designs, replicates })
}
