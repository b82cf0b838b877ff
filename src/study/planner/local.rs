//! Looking for good designs among too many to look at: steps from design to design. What is not
//! visited may be better, so the guarantee is that of the visited ones alone.
//!
//! From each of several starts, decision after decision is improved while the others stay. Where a
//! decision's values are numbers and one end is feasible, the other not, the boundary between is found
//! by bisection; the middle of either side is looked at too, and if it is not as its end is (there is
//! more than one boundary) all values are. Else the neighbouring values are tried. A start ends where
//! no decision can be improved.

use super::design::Design;
use super::runs::{Runs, RunsError};
use super::solve::{Goal, Terms};
use crate::kernel::stats::Tally;
use crate::spec::brief::Brief;
use std::collections::BTreeMap;

/// Values of a decision from which on bisection is tried.
const BISECT: usize = 5;

/// How good a visited design is: how much it misses constraints, then its objective.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Score {
    missed: f64,
    objective: f64,
}

/// Designs visited.
pub struct Search<'a, 'r, 'p> {
    brief: &'a Brief,
    columns: &'a [String],
    terms: &'a Terms,
    runs: &'r mut Runs<'p>,
    sizes: Vec<usize>,
    designs: BTreeMap<u64, Design>,
    scores: BTreeMap<u64, Score>,
}

/// Visits designs, best first from each start, and returns them all.
///
/// # Errors
/// Those of the runs.
pub fn visit(
    brief: &Brief,
    columns: &[String],
    terms: &Terms,
    runs: &mut Runs<'_>,
) -> Result<Vec<Design>, RunsError> {
    let sizes: Vec<usize> =
        brief.study.dims().iter().map(|dim| brief.study.axes[dim[0]].list().len()).collect();
    let (designs, scores) = Default::default();
    let mut search = Search { brief, columns, terms, runs, sizes, designs, scores };
    let starts = u64::from(brief.selection.starts).max(1);
    for start in 0..starts {
        // Starts lie on the diagonal from all first values to all last ones.
        let share = (start as f64 + 0.5) / starts as f64;
        let at = search.sizes.iter().map(|&size| ((share * size as f64) as usize).min(size - 1));
        let mut at: Vec<usize> = at.collect();
        while search.improve(&mut at)? {}
    }
    Ok(search.designs.into_values().collect())
}

impl Search<'_, '_, '_> {
    fn point(&self, at: &[usize]) -> u64 {
        at.iter()
            .zip(&self.sizes)
            .fold(0, |point, (&level, &size)| point * size as u64 + level as u64)
    }

    /// Improves each decision once; whether anything changed.
    fn improve(&mut self, at: &mut [usize]) -> Result<bool, RunsError> {
        let mut changed = false;
        for dim in 0..at.len() {
            let best = self.best_along(at, dim)?;
            changed |= best != at[dim];
            at[dim] = best;
        }
        Ok(changed)
    }

    fn along(&mut self, at: &[usize], dim: usize, level: usize) -> Result<Score, RunsError> {
        let mut there = at.to_vec();
        there[dim] = level;
        self.score(&there)
    }

    fn best_along(&mut self, at: &[usize], dim: usize) -> Result<usize, RunsError> {
        let here = self.along(at, dim, at[dim])?;
        let mut best = (here, at[dim]);
        for level in self.tried(at, dim)? {
            let score = self.along(at, dim, level)?;
            if score < best.0 {
                best = (score, level);
            }
        }
        Ok(best.1)
    }

    /// The values of a decision that are looked at.
    fn tried(&mut self, at: &[usize], dim: usize) -> Result<Vec<usize>, RunsError> {
        let size = self.sizes[dim];
        let axis = self.brief.study.dims()[dim][0];
        let numbers = self.brief.study.axes[axis].list().iter().all(|level| level.number.is_some());
        if !numbers {
            return Ok((0..size).collect());
        }
        let near = [at[dim].saturating_sub(1), (at[dim] + 1).min(size - 1)];
        if size < BISECT {
            return Ok(near.to_vec());
        }
        let ends = [self.along(at, dim, 0)?, self.along(at, dim, size - 1)?];
        let feasible = ends.map(|score| score.missed <= 0.0);
        if feasible[0] == feasible[1] {
            return Ok([near[0], near[1], 0, size - 1].to_vec());
        }
        // The feasible end is `good`; the boundary lies between.
        let (mut bad, mut good) = if feasible[1] { (0, size - 1) } else { (size - 1, 0) };
        let mut seen = vec![bad, good];
        while bad.abs_diff(good) > 1 {
            let middle = bad.midpoint(good);
            let ok = self.along(at, dim, middle)?.missed <= 0.0;
            seen.push(middle);
            if ok { good = middle } else { bad = middle }
        }
        // The middle of either side must be as its end is, or there is more than one boundary.
        let (low, high) = if feasible[1] { (0, size - 1) } else { (size - 1, 0) };
        for (middle, ok) in [(low.midpoint(bad), false), (high.midpoint(good), true)] {
            if (self.along(at, dim, middle)?.missed <= 0.0) != ok {
                return Ok((0..size).collect());
            }
            seen.push(middle);
        }
        seen.extend(near);
        Ok(seen)
    }

    fn score(&mut self, at: &[usize]) -> Result<Score, RunsError> {
        let point = self.point(at);
        if let Some(score) = self.scores.get(&point) {
            return Ok(*score);
        }
        let design = Design::new(self.brief, self.runs, point);
        let ruled = design.ruled(self.columns, &self.terms.constraints);
        let score = if ruled.is_empty() {
            let first = self.brief.selection.first;
            self.runs.ensure(&[(point, 0, first)])?;
            self.measured(&design)
        } else {
            // Ruled out for certain: worse than anything that was run.
            Score { missed: 1e12 + ruled.len() as f64, objective: f64::INFINITY }
        };
        self.designs.insert(point, design);
        self.scores.insert(point, score);
        Ok(score)
    }

    fn measured(&self, design: &Design) -> Score {
        let mean = |metric: usize| {
            let first = self.brief.selection.first as usize;
            let values = self.runs.known(design.point).take(first).map(|values| values[metric]);
            let tally: Option<Tally> =
                values.collect::<Option<Vec<f64>>>().map(|all| all.into_iter().collect());
            design.fixed[metric].or_else(|| tally?.mean())
        };
        let mut missed = 0.0;
        for (_, limit) in self.terms.limits() {
            let slack = mean(limit.metric).map_or(f64::NEG_INFINITY, |value| limit.slack(value));
            missed += (-slack / limit.tolerance).max(0.0);
        }
        let objective = match &self.terms.goal {
            Goal::Figure(metric, maximise, _) => {
                mean(*metric).map_or(f64::INFINITY, |value| if *maximise { -value } else { value })
            }
            Goal::Known(_) => 0.0,
        };
        Score { missed, objective }
    }
}
