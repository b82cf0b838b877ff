//! Ways up from an existing cluster: the cheapest design to get to, and steps on the way.

use super::runs::{Runs, RunsError};
use super::solve::{Goal, Terms, solve};
use super::{Answer, Designs, Row, bill, row};
use crate::model::Scenario;
use crate::spec::brief::Brief;

/// A step on the way from what there is to the chosen upgrade.
#[derive(Debug, Clone)]
pub struct Step {
    /// The design.
    pub design: usize,
    /// What it costs to get there from what there is, US dollars.
    pub cost_usd: f64,
}

/// Ways up from an existing cluster.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// The cheapest design to get to that keeps all constraints; none: there is none.
    pub best: Option<Step>,
    /// Whether that is as sure as was asked.
    pub guaranteed: bool,
    /// Cheaper ones that bring less, each on the way to the next: nothing is bought in vain.
    pub steps: Vec<Step>,
}

/// Ways up from an existing cluster: the same constraints, the least to be bought.
pub fn upgrade(
    brief: &Brief,
    known: Designs<'_>,
    answer: &Answer,
    from: &Scenario,
    runs: &mut Runs<'_>,
) -> Result<Upgrade, RunsError> {
    let scenarios: Vec<Option<Scenario>> =
        known.designs.iter().map(|design| runs.scenario(design.point).ok()).collect();
    let cost = |from: &Scenario, to: usize| {
        scenarios[to].as_ref().map_or(f64::INFINITY, |to| bill::upgrade(from, to))
    };
    let costs: Vec<f64> = (0..known.designs.len()).map(|i| cost(from, i)).collect();
    let mut terms = answer.terms.clone();
    terms.goal = Goal::Known(costs.clone());
    // All candidates' floors are their costs: the cheapest run first, and the first that fits ends it.
    let solved = solve(brief, known.columns, known.designs, &terms, runs)?;
    let best = solved.best().map(|design| Step { design, cost_usd: costs[design] });
    let rows = row::rows(brief, &known, &terms, &solved, runs);
    let between = |from: usize, to: usize| {
        scenarios[from].as_ref().map_or(f64::INFINITY, |from| cost(from, to))
    };
    let steps =
        best.as_ref().map_or(Vec::new(), |best| steps(&terms, &rows, &costs, best, between));
    Ok(Upgrade { best, guaranteed: solved.choice.guaranteed, steps })
}

/// Cheaper designs that were run, each on the way to the next: backwards from the end, each leads to
/// the next without anything bought in vain, and misses its bounds by more.
fn steps(
    terms: &Terms,
    rows: &[Row],
    costs: &[f64],
    best: &Step,
    between: impl Fn(usize, usize) -> f64,
) -> Vec<Step> {
    let missed = |row: &Row| {
        let each = terms.limits().map(|(_, limit)| {
            row.mean(limit.metric).map_or(f64::INFINITY, |mean| -limit.slack(mean))
        });
        each.fold(f64::NEG_INFINITY, f64::max)
    };
    let mut ahead: Vec<&Row> =
        rows.iter().filter(|row| row.replicates > 0 && costs[row.design] < best.cost_usd).collect();
    ahead.sort_by(|a, b| costs[b.design].total_cmp(&costs[a.design]));
    let (mut last, mut next) = (f64::NEG_INFINITY, best.clone());
    let mut steps: Vec<Step> = Vec::new();
    for row in ahead {
        let step = Step { design: row.design, cost_usd: costs[row.design] };
        let on_the_way =
            step.cost_usd + between(step.design, next.design) <= next.cost_usd * (1.0 + 1e-9);
        if step.cost_usd > 0.0 && step.cost_usd < next.cost_usd && missed(row) > last && on_the_way
        {
            last = missed(row);
            next = step.clone();
            steps.push(step);
        }
    }
    steps.reverse();
    steps
}
