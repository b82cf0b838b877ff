//! Predicted against measured: every row of every case, and what sets of rows say together.

use super::estimate::{Estimate, estimate};
use super::metric::Metric;
use crate::metrics::summary::RunSummary;
use crate::sim::{self, RunError};
use crate::spec::validation::{ALL, Case, Compare, ErrorKind, Statistic};
use crate::spec::{Diagnostic, Diagnostics};
use rayon::prelude::*;

/// A case with its metrics found.
#[derive(Debug)]
pub struct Prepared {
    /// The case.
    pub case: Case,
    /// For each row and comparison the metrics whose product is the prediction.
    metrics: Vec<Vec<Vec<Metric>>>,
}

impl Prepared {
    /// Finds the case's metrics.
    ///
    /// # Errors
    /// A name that is none.
    pub fn new(case: Case) -> Result<Prepared, Diagnostics> {
        let mut found = Diagnostics::default();
        let mut metrics = Vec::new();
        for row in &case.rows {
            let mut of_compare = |compare: &Compare| {
                let parse = |(name, place): &(String, crate::spec::Place)| {
                    Metric::parse(name, &row.scenario)
                        .map_err(|why| {
                            let message = format!("`{name}` is no metric here: {}", why.message);
                            let finding = Diagnostic::error(place, message, "this metric");
                            found.push(finding.help(why.help));
                        })
                        .ok()
                };
                compare.metrics.iter().filter_map(parse).collect::<Vec<Metric>>()
            };
            metrics.push(case.compares.iter().map(&mut of_compare).collect());
        }
        if found.has_errors() { Err(found) } else { Ok(Prepared { case, metrics }) }
    }

    /// Runs that predicting it takes.
    pub fn runs(&self) -> u64 {
        self.case.rows.iter().map(|row| u64::from(row.scenario.replicates)).sum()
    }

    /// The prediction of each comparison of a row by one run; none where a metric has no value.
    fn predict(&self, row: usize, run: &RunSummary) -> Vec<Option<f64>> {
        let less = &self.case.rows[row].less;
        let product = |((compare, metrics), less): ((&Compare, &Vec<Metric>), &f64)| {
            let values: Option<Vec<f64>> = metrics.iter().map(|metric| metric.of(run)).collect();
            values.map(|values| values.iter().product::<f64>() * compare.metric_scale - less)
        };
        self.case.compares.iter().zip(&self.metrics[row]).zip(less).map(product).collect()
    }
}

/// A number predicted and measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// Mean over replicates, with its interval.
    pub predicted: Estimate,
    /// As measured.
    pub measured: f64,
    /// Predicted over measured less one, or their difference.
    pub error: f64,
}

/// A row's comparisons, in the order of the case's.
#[derive(Debug, Clone, PartialEq)]
pub struct RowOutcome {
    /// None where nothing was measured or predicted.
    pub compared: Vec<Option<Compared>>,
}

/// One comparison over one group of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct SetOutcome {
    /// Position of the group in the case.
    pub group: usize,
    /// Position of the comparison in the case.
    pub compare: usize,
    /// Rows compared.
    pub rows: usize,
    /// Mean of the errors, signs kept.
    pub bias: f64,
    /// Mean of the absolute errors.
    pub mean: f64,
    /// Median of the absolute errors.
    pub median: f64,
    /// Largest absolute error.
    pub max: f64,
    /// Whether the tolerance is met; none without a tolerance.
    pub met: Option<bool>,
}

/// A case, run.
#[derive(Debug)]
pub struct CaseOutcome {
    /// The case.
    pub case: Case,
    /// Its rows, in order.
    pub rows: Vec<RowOutcome>,
    /// What sets of rows say, group by group.
    pub sets: Vec<SetOutcome>,
}

impl CaseOutcome {
    /// Whether no tolerance is missed.
    pub fn met(&self) -> bool {
        self.sets.iter().all(|set| set.met != Some(false))
    }
}

/// Runs every replicate of every row on `threads` threads (0: one a core), telling `done` as each
/// ends. The result does not depend on the number of threads.
///
/// # Errors
/// A run would not end, or the threads could not be started.
pub fn validate(
    cases: Vec<Prepared>,
    threads: usize,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<CaseOutcome>, RunError> {
    let threads = threads.min(sim::MOST_THREADS);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| RunError::Threads { threads, source })?;
    let mut plan: Vec<(usize, usize, u64)> = Vec::new();
    for (c, prepared) in cases.iter().enumerate() {
        for (r, row) in prepared.case.rows.iter().enumerate() {
            plan.extend((0..u64::from(row.scenario.replicates)).map(|replicate| (c, r, replicate)));
        }
    }
    let one = |&(c, r, replicate): &(usize, usize, u64)| {
        let run = sim::try_replicate(&cases[c].case.rows[r].scenario, replicate)?;
        let predicted = cases[c].predict(r, &run);
        done();
        Ok(predicted)
    };
    let all: Vec<Vec<Option<f64>>> =
        pool.install(|| plan.par_iter().map(one).collect::<Result<_, RunError>>())?;
    let mut all = all.into_iter();
    let gather = |prepared: Prepared| {
        let case = prepared.case;
        let mut rows = Vec::new();
        for row in &case.rows {
            let runs: Vec<_> = all.by_ref().take(row.scenario.replicates as usize).collect();
            rows.push(row_outcome(&case, &row.measured, &runs));
        }
        let sets = sets(&case, &rows);
        CaseOutcome { case, rows, sets }
    };
    Ok(cases.into_iter().map(gather).collect())
}

fn row_outcome(case: &Case, measured: &[Option<f64>], runs: &[Vec<Option<f64>>]) -> RowOutcome {
    let compared = |(i, compare): (usize, &Compare)| {
        let measured = measured[i]?;
        let values: Option<Vec<f64>> = runs.iter().map(|run| run[i]).collect();
        let predicted = estimate(values?);
        Some(Compared { predicted, measured, error: compare.error.of(predicted.mean, measured) })
    };
    RowOutcome { compared: case.compares.iter().enumerate().map(compared).collect() }
}

fn sets(case: &Case, rows: &[RowOutcome]) -> Vec<SetOutcome> {
    let mut sets = Vec::new();
    for (group, name) in case.groups.iter().enumerate() {
        for (i, compare) in case.compares.iter().enumerate() {
            let of_group =
                case.rows.iter().zip(rows).filter(|(row, _)| row.group == group || name == ALL);
            let errors: Vec<f64> =
                of_group.filter_map(|(_, row)| Some(row.compared[i]?.error)).collect();
            if !errors.is_empty() {
                sets.push(set(group, i, compare, &errors));
            }
        }
    }
    sets
}

fn set(group: usize, position: usize, compare: &Compare, errors: &[f64]) -> SetOutcome {
    let mut absolute: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    absolute.sort_by(f64::total_cmp);
    let n = absolute.len();
    let mean = absolute.iter().sum::<f64>() / n as f64;
    let median = 0.5 * (absolute[(n - 1) / 2] + absolute[n / 2]);
    let max = absolute[n - 1];
    let judged = match compare.statistic {
        Statistic::Mean => mean,
        Statistic::Median => median,
        Statistic::Max => max,
    };
    let tolerance = compare.tolerance.filter(|_| compare.judged[group]);
    SetOutcome {
        group,
        compare: position,
        rows: n,
        bias: errors.iter().sum::<f64>() / n as f64,
        mean,
        median,
        max,
        met: tolerance.map(|tolerance| judged <= tolerance),
    }
}

/// An error as people write it: `+3.2 %`, `-1.4 pt`.
pub fn error_words(kind: ErrorKind, error: f64, signed: bool) -> String {
    let unit = match kind {
        ErrorKind::Relative => "%",
        ErrorKind::Points => "pt",
    };
    let percent = 100.0 * error;
    if signed { format!("{percent:+.1} {unit}") } else { format!("{percent:.1} {unit}") }
}
