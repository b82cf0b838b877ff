//! What a constraint is worth: the same question with a bound moved by a step, or without it; and the
//! least that has to give where nothing is feasible.

use super::runs::RunsError;
use super::solve::{Bench, Solved, Terms, solve};
use super::{Designs, Knowledge};
use crate::spec::brief::{Bound, Brief, Constraint};

/// How a constraint is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By a step to where more designs keep it.
    Looser,
    /// By a step the other way.
    Tighter,
    /// It is left out.
    Dropped,
}

impl Change {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Change::Looser => "looser",
            Change::Tighter => "tighter",
            Change::Dropped => "dropped",
        }
    }
}

/// The answer to a changed question.
#[derive(Debug, Clone)]
pub struct Worth {
    /// Position of the constraint.
    pub constraint: usize,
    /// How it is changed.
    pub change: Change,
    /// Its bound then; none: dropped.
    pub bound: Option<f64>,
    /// The best design then; none: nothing is feasible.
    pub best: Option<usize>,
    /// The goal of this design (made small).
    pub value: Option<f64>,
    /// What the design reaches of the constraint's figure; none: it is no figure.
    pub reaches: Option<f64>,
}

/// Asks again with each constraint changed in each of `changes` that can be done to it.
///
/// # Errors
/// Those of the bench.
pub fn worth<B: Bench + Knowledge>(
    brief: &Brief,
    known: &Designs<'_>,
    terms: &Terms,
    changes: &[Change],
    bench: &mut B,
) -> Result<Vec<Worth>, RunsError> {
    let mut all = Vec::new();
    for constraint in 0..terms.constraints.len() {
        for &change in changes {
            let Some((changed, bound)) = changed(terms, constraint, change) else { continue };
            let solved = solve(brief, known.columns, known.designs, &changed, bench)?;
            all.push(Worth {
                constraint,
                change,
                bound,
                best: solved.best(),
                value: solved.value(),
                reaches: reaches(terms, constraint, known, &solved, bench),
            });
        }
    }
    Ok(all)
}

/// The terms with a constraint changed, and its bound then.
fn changed(terms: &Terms, constraint: usize, change: Change) -> Option<(Terms, Option<f64>)> {
    let mut terms = terms.clone();
    if change == Change::Dropped {
        terms.constraints.remove(constraint);
        return Some((terms, None));
    }
    let Constraint { bound: Bound::Number(limit), .. } = &mut terms.constraints[constraint] else {
        return None;
    };
    let up = limit.at_least == (change == Change::Tighter);
    limit.value += if up { limit.step } else { -limit.step };
    let bound = limit.value;
    Some((terms, Some(bound)))
}

/// What the best design of a changed question reaches of the constraint's figure.
fn reaches<B: Knowledge>(
    terms: &Terms,
    constraint: usize,
    known: &Designs<'_>,
    solved: &Solved,
    bench: &B,
) -> Option<f64> {
    let Bound::Number(limit) = &terms.constraints[constraint].bound else { return None };
    let (candidate, design) = (solved.choice.best?, solved.best()?);
    let n = solved.choice.draws[candidate].len() as u32;
    let design = &known.designs[design];
    let seen = bench.known(design.point, n);
    let values: Option<Vec<f64>> = seen.iter().map(|values| values[limit.metric]).collect();
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    design.fixed[limit.metric].or_else(|| values.filter(|v| !v.is_empty()).map(mean))
}
