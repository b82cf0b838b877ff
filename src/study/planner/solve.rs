//! From designs and terms to a choice: candidates, their floors, shares of error.

use super::design::Design;
use super::ocba;
use super::runs::{Runs, RunsError, Values};
use super::select::{Choice, Delta, Draw, Question, Source, select};
use crate::kernel::stats::Tally;
use crate::spec::brief::{Bound, Brief, Constraint, Indifference, Limit, Method};

/// Where replicates of designs come from: a simulation, or a table.
pub trait Bench {
    /// Sees to it that these replicates (design's point, from, to) are there, if they can be.
    ///
    /// # Errors
    /// The plan has to stop.
    fn ensure(&mut self, wanted: &[(u64, u32, u32)]) -> Result<(), RunsError>;
    /// A replicate, if there is one.
    fn get(&self, design: u64, replicate: u32) -> Option<&Values>;
}

impl Bench for Runs<'_> {
    fn ensure(&mut self, wanted: &[(u64, u32, u32)]) -> Result<(), RunsError> {
        Runs::ensure(self, wanted)
    }
    fn get(&self, design: u64, replicate: u32) -> Option<&Values> {
        Runs::get(self, design, replicate)
    }
}

/// What is to be made small.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// A figure: its position, whether more is better, and what differences do not matter.
    Figure(usize, bool, Indifference),
    /// A number known of each design, by position.
    Known(Vec<f64>),
}

/// What is asked of the designs; variants of it answer what a constraint is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// What is to be made small.
    pub goal: Goal,
    /// What must hold.
    pub constraints: Vec<Constraint>,
    /// Designs that are left out, by position.
    pub without: Vec<usize>,
}

impl Terms {
    /// Those of a plan.
    pub fn of(brief: &Brief) -> Terms {
        let wanted = &brief.objectives[0];
        Terms {
            goal: Goal::Figure(wanted.metric, wanted.maximise, wanted.indifference),
            constraints: brief.constraints.clone(),
            without: Vec::new(),
        }
    }

    /// Bounds on figures, with their places among the constraints.
    pub fn limits(&self) -> impl Iterator<Item = (usize, Limit)> + '_ {
        self.constraints.iter().enumerate().filter_map(|(i, constraint)| match constraint.bound {
            Bound::Number(limit) => Some((i, limit)),
            Bound::OneOf { .. } => None,
        })
    }
}

/// An answer to terms.
#[derive(Debug, Clone)]
pub struct Solved {
    /// Designs that were not ruled out, by position; the choice counts in these.
    pub candidates: Vec<usize>,
    /// Constraints that runs decide, by position.
    pub dynamic: Vec<usize>,
    /// Their shares of error, and what is left for comparisons.
    pub shares: (Vec<f64>, f64),
    /// Who was chosen, and what became of the others.
    pub choice: Choice,
}

impl Solved {
    /// The design chosen, by position.
    pub fn best(&self) -> Option<usize> {
        self.choice.best.map(|best| self.candidates[best])
    }

    /// Mean of the goal (made small) over the replicates of the chosen.
    pub fn value(&self) -> Option<f64> {
        let draws = &self.choice.draws[self.choice.best?];
        draws.iter().map(|draw| draw.objective).collect::<Tally>().mean()
    }
}

/// A design's draws from a bench.
struct Feed<'a, B> {
    bench: &'a mut B,
    designs: &'a [Design],
    candidates: &'a [usize],
    goal: &'a Goal,
    limits: Vec<Limit>,
    names: &'a [String],
}

impl<B: Bench> Feed<'_, B> {
    fn value(&self, design: usize, values: &[Option<f64>], metric: usize) -> Result<f64, String> {
        let fixed = self.designs[design].fixed[metric];
        fixed.or(values[metric]).ok_or_else(|| format!("`{}` is not defined", self.names[metric]))
    }

    fn one(&self, design: usize, values: &[Option<f64>]) -> Result<Draw, String> {
        let objective = match self.goal {
            Goal::Figure(metric, true, _) => -self.value(design, values, *metric)?,
            Goal::Figure(metric, false, _) => self.value(design, values, *metric)?,
            Goal::Known(all) => all[design],
        };
        let slack = |limit: &Limit| Ok(limit.slack(self.value(design, values, limit.metric)?));
        let slacks = self.limits.iter().map(slack).collect::<Result<_, String>>()?;
        Ok(Draw { objective, slacks })
    }

    fn draws(&self, design: usize, from: u32, to: u32) -> Result<Vec<Draw>, String> {
        let point = self.designs[design].point;
        let known = (from..to).map_while(|replicate| self.bench.get(point, replicate));
        known.map(|values| self.one(design, values.as_ref().map_err(Clone::clone)?)).collect()
    }
}

impl<B: Bench> Source for Feed<'_, B> {
    type Error = RunsError;

    fn draw(
        &mut self,
        wanted: &[(usize, u32, u32)],
    ) -> Result<Vec<Result<Vec<Draw>, String>>, RunsError> {
        let design = |candidate: usize| self.candidates[candidate];
        let points: Vec<(u64, u32, u32)> =
            wanted.iter().map(|&(i, from, to)| (self.designs[design(i)].point, from, to)).collect();
        self.bench.ensure(&points)?;
        Ok(wanted.iter().map(|&(i, from, to)| self.draws(design(i), from, to)).collect())
    }
}

/// Chooses among `designs` what fulfils the terms best; `columns` names the designs' labels.
///
/// # Errors
/// Those of the bench.
pub fn solve<B: Bench>(
    brief: &Brief,
    columns: &[String],
    designs: &[Design],
    terms: &Terms,
    bench: &mut B,
) -> Result<Solved, RunsError> {
    let fits = |i: &usize| {
        !terms.without.contains(i) && designs[*i].ruled(columns, &terms.constraints).is_empty()
    };
    let candidates: Vec<usize> = (0..designs.len()).filter(fits).collect();
    let open = |metric: usize| candidates.iter().any(|&i| designs[i].fixed[metric].is_none());
    let dynamic: Vec<(usize, Limit)> =
        terms.limits().filter(|(_, limit)| open(limit.metric)).collect();
    let stated = dynamic.iter().map(|&(i, _)| terms.constraints[i].confidence);
    let shares = shares(1.0 - brief.selection.confidence, &stated.collect::<Vec<_>>());
    let floor = |&i: &usize| match &terms.goal {
        Goal::Known(all) => all[i],
        Goal::Figure(metric, true, _) => -designs[i].bounds[*metric].1,
        Goal::Figure(metric, false, _) => designs[i].bounds[*metric].0,
    };
    let delta = match &terms.goal {
        Goal::Figure(_, _, Indifference::Absolute(delta)) => Delta::Absolute(*delta),
        Goal::Figure(_, _, Indifference::Share(share)) => Delta::Share(*share),
        Goal::Known(_) => Delta::Absolute(f64::MIN_POSITIVE),
    };
    let tolerances = dynamic.iter().map(|(_, limit)| limit.tolerance);
    let ask = Question {
        floors: candidates.iter().map(floor).collect(),
        constraints: tolerances.zip(shares.0.iter().copied()).collect(),
        delta,
        error: shares.1,
        first: brief.selection.first,
        at_most: brief.selection.at_most,
    };
    let mut feed = Feed {
        bench,
        designs,
        candidates: &candidates,
        goal: &terms.goal,
        limits: dynamic.iter().map(|(_, limit)| *limit).collect(),
        names: &brief.study.metrics,
    };
    let choice = match (brief.selection.method, brief.selection.budget) {
        (Method::Ocba, Some(budget)) => ocba::allocate(&ask, budget, &mut feed)?,
        _ => select(&ask, &mut feed)?,
    };
    let dynamic = dynamic.into_iter().map(|(i, _)| i).collect();
    Ok(Solved { candidates, dynamic, shares, choice })
}

/// What constraints and comparisons may err: those that state a confidence have their own, the
/// others share half of what is left.
fn shares(all: f64, stated: &[Option<f64>]) -> (Vec<f64>, f64) {
    let own: f64 = stated.iter().flatten().map(|confidence| 1.0 - confidence).sum();
    let open = stated.iter().filter(|confidence| confidence.is_none()).count();
    let left = (all - own).max(f64::MIN_POSITIVE);
    let (each, rest) = match open {
        0 => (0.0, left),
        n => (0.5 * left / n as f64, 0.5 * left),
    };
    let of = |confidence: &Option<f64>| confidence.map_or(each, |confidence| 1.0 - confidence);
    // A test that may err as often as a coin needs no replicates.
    (stated.iter().map(of).collect(), rest.min(0.49))
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn shares_of_error_sum_to_what_is_allowed() {
        assert_eq!(shares(0.05, &[]), (vec![], 0.05));
        let (each, rest) = shares(0.05, &[None, Some(0.99), None]);
        assert!((each.iter().sum::<f64>() + rest - 0.05).abs() < 1e-15);
        assert!((each[0] - 0.01).abs() < 1e-15 && (each[1] - 0.01).abs() < 1e-15);
    }
}
