//! What is known of each design in the end: its figures, and its verdict.

use super::design::Ruled;
use super::select::Fate;
use super::solve::{Solved, Terms};
use super::{Designs, Knowledge};
use crate::kernel::stats::{mean_interval, t_quantile};
use crate::spec::brief::{Bound, Brief};
use crate::study::estimate::{CONFIDENCE, Estimate};

/// A design's row of the answer.
#[derive(Debug, Clone)]
pub struct Row {
    /// Position of the design.
    pub design: usize,
    /// What became of it.
    pub fate: String,
    /// Constraints that it breaks, by position: for certain, or by its means.
    pub broken: Vec<usize>,
    /// Whether all constraints could be judged.
    pub judged: bool,
    /// Replicates that it was judged by.
    pub replicates: u32,
    /// Its figures, in the order of the plan's; none: not known.
    pub figures: Vec<Option<Estimate>>,
    /// Standard deviations of its figures over replicates.
    pub sds: Vec<Option<f64>>,
}

impl Row {
    /// Whether it keeps every constraint, as far as is known.
    pub fn feasible(&self) -> bool {
        self.judged && self.broken.is_empty()
    }

    /// `feasible`, or every constraint that is broken: `infeasible:policy_region|slo_p99`.
    pub fn verdict(&self, terms: &Terms) -> String {
        let codes: Vec<String> = self.broken.iter().map(|&c| terms.constraints[c].code()).collect();
        match (codes.is_empty(), self.judged) {
            (false, _) => format!("infeasible:{}", codes.join("|")),
            (true, true) => "feasible".to_owned(),
            (true, false) => "not judged".to_owned(),
        }
    }

    /// The mean of a figure.
    pub fn mean(&self, metric: usize) -> Option<f64> {
        self.figures[metric].map(|estimate| estimate.mean)
    }
}

/// The rows of all designs.
pub fn rows<K: Knowledge>(
    brief: &Brief,
    known: &Designs<'_>,
    terms: &Terms,
    solved: &Solved,
    bench: &K,
) -> Vec<Row> {
    (0..known.designs.len()).map(|design| row(brief, known, terms, solved, bench, design)).collect()
}

fn row<K: Knowledge>(
    brief: &Brief,
    known: &Designs<'_>,
    terms: &Terms,
    solved: &Solved,
    bench: &K,
    at: usize,
) -> Row {
    let design = &known.designs[at];
    let candidate = solved.candidates.iter().position(|&i| i == at);
    let replicates = candidate.map_or(0, |i| solved.choice.draws[i].len() as u32);
    // For a trade-off of objectives every candidate ran the first replicates.
    let several = brief.objectives.len() > 1 && candidate.is_some();
    let replicates = if several { replicates.max(brief.selection.first) } else { replicates };
    let seen: Vec<&Vec<Option<f64>>> = bench.known(design.point, replicates);
    let mut figures = Vec::new();
    let mut sds = Vec::new();
    for metric in 0..brief.study.metrics.len() {
        let values: Option<Vec<f64>> = seen.iter().map(|values| values[metric]).collect();
        let values = values.filter(|values| !values.is_empty());
        let (estimate, sd) = match (design.fixed[metric], values) {
            (Some(mean), _) => (Some(Estimate { mean, half_width: None, n: 1 }), None),
            (None, Some(values)) => spread(bench.spread(at, metric), &values),
            (None, None) => (None, None),
        };
        figures.push(estimate);
        sds.push(sd);
    }
    let ruled = design.ruled(known.columns, &terms.constraints);
    let mut broken: Vec<usize> = ruled.iter().filter_map(|(place, _)| *place).collect();
    let mut judged = design.invalid.is_none();
    for (i, constraint) in terms.constraints.iter().enumerate() {
        let Bound::Number(limit) = &constraint.bound else { continue };
        match figures[limit.metric] {
            Some(estimate) if limit.slack(estimate.mean) < 0.0 && !broken.contains(&i) => {
                broken.push(i);
            }
            Some(_) => {}
            None => judged &= broken.contains(&i),
        }
    }
    // What the test decided stands, if means say otherwise by less than the tolerance.
    match candidate.map(|i| &solved.choice.fates[i]) {
        Some(Fate::Infeasible { constraint }) => {
            let constraint = solved.dynamic[*constraint];
            if !broken.contains(&constraint) {
                broken.push(constraint);
            }
        }
        Some(Fate::Chosen) => broken.clear(),
        _ => {}
    }
    broken.sort_unstable();
    let fate = fate(known, terms, solved, &ruled, candidate);
    Row { design: at, fate, broken, judged, replicates, figures, sds }
}

/// A figure of a table that gives its deviation, or of values.
fn spread(told: Option<(f64, f64)>, values: &[f64]) -> (Option<Estimate>, Option<f64>) {
    let own = mean_interval(values, CONFIDENCE);
    let tally: crate::kernel::stats::Tally = values.iter().copied().collect();
    match told {
        Some((sd, n)) if n >= 2.0 => {
            let half = t_quantile(0.5 + 0.5 * CONFIDENCE, n - 1.0) * sd / n.sqrt();
            let estimate = Estimate { mean: own.mean, half_width: Some(half), n: n as u64 };
            (Some(estimate), Some(sd))
        }
        _ => (Some(own), tally.sd()),
    }
}

/// What became of a design, in words.
fn fate(
    known: &Designs<'_>,
    terms: &Terms,
    solved: &Solved,
    ruled: &[(Option<usize>, Ruled)],
    candidate: Option<usize>,
) -> String {
    let name = |candidate: usize| known.name(solved.candidates[candidate]);
    if let Some((place, why)) = ruled.first() {
        let code = place.map_or(String::new(), |c| terms.constraints[c].code());
        return match why {
            Ruled::Invalid(why) => format!("invalid: {}", why.lines().next().unwrap_or_default()),
            Ruled::Name => format!("ruled out: {code}"),
            Ruled::Fixed(value) => format!("ruled out: {code}, known without a run: {value}"),
            Ruled::Bound(best) => format!("ruled out: {code}, cannot be better than {best}"),
        };
    }
    match candidate.map(|i| &solved.choice.fates[i]) {
        Some(Fate::Chosen) => "chosen".to_owned(),
        Some(Fate::Beaten { by }) => format!("beaten by {}", name(*by)),
        Some(Fate::Infeasible { constraint }) => {
            format!("infeasible: {}", terms.constraints[solved.dynamic[*constraint]].code())
        }
        Some(Fate::Cut { by }) => format!("not run: cannot beat {}", name(*by)),
        Some(Fate::Failed(why)) => format!("failed: {why}"),
        None => "left out".to_owned(),
    }
}

/// How many replicates a mean takes that is precise to γ: the smallest n from n₀ on with
/// t·s/√n ≤ γ/(1 + γ)·|mean|, mean and deviation as they are (A. M. Law, *Simulation Modeling and
/// Analysis*, 5th ed., 9.4.1); none beyond a million.
pub fn replicates_needed(mean: f64, sd: f64, first: u64, gamma: f64) -> Option<u64> {
    let limit = mean.abs() * gamma / (1.0 + gamma);
    let enough = |n: u64| {
        let t = t_quantile(0.5 + 0.5 * CONFIDENCE, (n - 1) as f64);
        t * sd / (n as f64).sqrt() <= limit
    };
    // The half-width falls with n: doubling, then halving.
    let first = first.max(2);
    let (mut low, mut high) = (first, first);
    while !enough(high) {
        low = high + 1;
        high = high.checked_mul(2).filter(|high| *high <= 1_000_000)?;
    }
    while low < high {
        let middle = low.midpoint(high);
        if enough(middle) { high = middle } else { low = middle + 1 }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::replicates_needed;

    #[test]
    fn precision_takes_the_smallest_number_that_does() {
        assert_eq!(replicates_needed(141_000.0, 5_000.0, 10, 0.01), Some(52));
        assert_eq!(replicates_needed(100.0, 0.0, 10, 0.01), Some(10));
        assert_eq!(replicates_needed(0.0, 1.0, 10, 0.01), None);
    }
}
