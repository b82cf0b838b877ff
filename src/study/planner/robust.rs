//! Whether the choice survives: other prices, other circumstances, disturbances twice as bad. The best
//! designs are compared again by their means; this is a question of what would tip the choice, and
//! carries no guarantee.

use super::figure::{Beside, Figure, cost_of};
use super::runs::{Ready, Runs};
use super::solve::{Goal, Terms};
use super::{Designs, Row};
use crate::cost::Ledger;
use crate::kernel::stats::Tally;
use crate::model::Scenario;
use crate::spec::brief::Brief;
use rayon::prelude::*;
use std::sync::Arc;

/// Designs that are compared: the chosen and the next best.
const FINALISTS: usize = 3;

/// By how much prices are moved.
const PRICE: f64 = 0.2;

/// How large samples are where a plan names no stress of its own.
const LOAD: f64 = 1.5;

/// What became of the choice.
#[derive(Debug, Clone)]
pub struct Survival {
    /// Under what: `price.node +20 %`.
    pub what: String,
    /// The best of those compared then; none: none keeps its constraints.
    pub best: Option<usize>,
    /// Whether the chosen still keeps its constraints.
    pub keeps: bool,
    /// Goal of the chosen then (made small).
    pub value: Option<f64>,
    /// That of the best.
    pub best_value: Option<f64>,
}

/// A design under changed circumstances: means of the figures.
type Means = Vec<Option<f64>>;

/// Compares the chosen with the next best under everything that is asked.
pub fn survivals(
    brief: &Brief,
    known: &Designs<'_>,
    terms: &Terms,
    rows: &[Row],
    chosen: usize,
    runs: &mut Runs<'_>,
) -> Vec<Survival> {
    let finalists = finalists(terms, rows, chosen);
    let mut all = Vec::new();
    all.extend(prices(brief, known, terms, &finalists, runs));
    let first = brief.selection.first;
    for (what, ready) in circumstances(brief, known, &finalists, runs) {
        let means: Vec<Option<Means>> =
            ready.iter().map(|ready| ready.as_ref().map(|r| measured(r, first, runs))).collect();
        let fixed = |i: usize| {
            let ready = ready[i].as_ref();
            ready.map(|r| fixed_of(brief, r, runs)).unwrap_or_default()
        };
        let means: Vec<Option<Means>> = means
            .into_iter()
            .enumerate()
            .map(|(i, means)| means.map(|means| joined(means, &fixed(i))))
            .collect();
        all.push(survival(what, terms, &finalists, &means));
    }
    all
}

/// The chosen first, then feasible designs by their goal.
fn finalists(terms: &Terms, rows: &[Row], chosen: usize) -> Vec<usize> {
    let goal = |row: &&Row| {
        goal_of(terms, &row.figures.iter().map(|f| f.map(|f| f.mean)).collect::<Vec<_>>())
    };
    let mut others: Vec<&Row> = rows
        .iter()
        .filter(|row| row.design != chosen && row.replicates > 0 && row.feasible())
        .filter(|row| goal(row).is_some())
        .collect();
    others.sort_by(|a, b| {
        let value = |row: &&Row| goal(row).unwrap_or(f64::INFINITY);
        value(a).total_cmp(&value(b)).then(a.design.cmp(&b.design))
    });
    std::iter::once(chosen).chain(others.iter().map(|row| row.design)).take(FINALISTS).collect()
}

fn goal_of(terms: &Terms, means: &[Option<f64>]) -> Option<f64> {
    match &terms.goal {
        Goal::Figure(metric, more, _) => means[*metric].map(|v| if *more { -v } else { v }),
        Goal::Known(_) => None,
    }
}

fn survival(what: String, terms: &Terms, finalists: &[usize], means: &[Option<Means>]) -> Survival {
    let keeps = |means: &Means| {
        terms.limits().all(|(_, limit)| {
            means[limit.metric].is_some_and(|value| limit.slack(value) >= -limit.tolerance)
        })
    };
    let goal = |means: &Option<Means>| means.as_ref().and_then(|means| goal_of(terms, means));
    let mut best: Option<(f64, usize)> = None;
    for (place, means) in means.iter().enumerate() {
        let fit = means.as_ref().is_some_and(keeps);
        if let (true, Some(value)) = (fit, goal(means))
            && best.is_none_or(|(least, _)| value < least)
        {
            best = Some((value, place));
        }
    }
    Survival {
        what,
        best: best.map(|(_, place)| finalists[place]),
        keeps: means[0].as_ref().is_some_and(keeps),
        value: goal(&means[0]),
        best_value: best.map(|(value, _)| value),
    }
}

/// Every price a fifth lower and higher: the same runs, other sums.
fn prices(
    brief: &Brief,
    known: &Designs<'_>,
    terms: &Terms,
    finalists: &[usize],
    runs: &mut Runs<'_>,
) -> Vec<Survival> {
    let first = brief.selection.first;
    let mut made: Vec<(Scenario, Vec<Ledger>, Means)> = Vec::new();
    for &design in finalists {
        let point = known.designs[design].point;
        let Ok(scenario) = runs.scenario(point) else { return Vec::new() };
        let ledgers = runs.ledgers(point, first);
        let means = means_of(runs.known(point).take(first as usize), brief.study.metrics.len());
        made.push((scenario, ledgers, joined(means, &known.designs[design].fixed)));
    }
    let keys = made[0].0.money.as_ref().map(|money| {
        let priced = money.inputs.iter().filter(|input| input.key.starts_with("price."));
        priced.map(|input| input.key.clone()).collect::<Vec<String>>()
    });
    let mut all = Vec::new();
    for key in keys.unwrap_or_default() {
        for (factor, sign) in [(1.0 - PRICE, "−"), (1.0 + PRICE, "+")] {
            let means: Vec<Option<Means>> = made
                .iter()
                .map(|(scenario, ledgers, means)| {
                    Some(repriced(brief, scenario, ledgers, means, &key, factor))
                })
                .collect();
            let what = format!("{key} {sign}{:.0} %", 100.0 * PRICE);
            all.push(survival(what, terms, finalists, &means));
        }
    }
    all
}

/// The means of a design's figures with one price multiplied.
fn repriced(
    brief: &Brief,
    scenario: &Scenario,
    ledgers: &[Ledger],
    means: &Means,
    key: &str,
    factor: f64,
) -> Means {
    let mut scenario = scenario.clone();
    if let Some(money) = &mut scenario.money {
        for input in money.inputs.iter_mut().filter(|input| input.key == key) {
            input.value *= factor;
        }
    }
    let figure = |(i, name): (usize, &String)| match Figure::parse(name, &scenario) {
        Ok(Figure::Cost(key)) => {
            let values = ledgers.iter().map(|ledger| cost_of(&scenario, ledger, &key));
            values.collect::<Option<Tally>>().and_then(|tally| tally.mean())
        }
        _ => means[i],
    };
    brief.study.metrics.iter().enumerate().map(figure).collect()
}

/// The finalists under each stress (without one: with more load), and with each disturbance twice as bad.
fn circumstances(
    brief: &Brief,
    known: &Designs<'_>,
    finalists: &[usize],
    runs: &Runs<'_>,
) -> Vec<(String, Vec<Option<Ready>>)> {
    let plan = runs.plan();
    let scenario = |design: usize, more: &[(String, String)]| {
        let mut fields = plan.fields(&plan.point(known.designs[design].point));
        fields.extend(more.iter().cloned());
        plan.base.load(&fields).ok().map(|loaded| loaded.scenario)
    };
    let ready = |scenario: Scenario| {
        let figure = |name: &String| Figure::parse(name, &scenario).ok();
        let figures = brief.study.metrics.iter().map(figure).collect::<Option<Vec<_>>>()?;
        Some(Ready { scenario: Arc::new(scenario), figures })
    };
    let mut all = Vec::new();
    for stress in &brief.stresses {
        let each = finalists.iter().map(|&i| scenario(i, &stress.set).and_then(ready));
        all.push((stress.name.clone(), each.collect()));
    }
    if brief.stresses.is_empty() {
        let more = |&design: &usize| {
            let mut scenario = scenario(design, &[])?;
            for (_, dataset) in scenario.datasets.iter_mut() {
                dataset.sample_bytes = dataset.sample_bytes.scaled(LOAD);
            }
            ready(scenario)
        };
        all.push(("samples half as large again".into(), finalists.iter().map(more).collect()));
    }
    let Some(base) = scenario(finalists[0], &[]) else { return all };
    for (i, disturbance) in base.production.iter().enumerate().filter(|(_, d)| d.on) {
        let Some(twice) = disturbance.what.doubled() else { continue };
        let each = finalists.iter().map(|&design| {
            let mut scenario = scenario(design, &[])?;
            scenario.production.get_mut(i)?.what = twice.clone();
            ready(scenario)
        });
        all.push((format!("{} doubled", disturbance.name), each.collect()));
    }
    all
}

fn measured(ready: &Ready, first: u32, runs: &Runs<'_>) -> Means {
    let made: Vec<Vec<Option<f64>>> = runs.pool().install(|| {
        let run = |replicate: u32| ready.run(replicate).ok().map(|(_, values, _)| values);
        (0..first).into_par_iter().filter_map(run).collect()
    });
    means_of(made.iter(), ready.figures.len())
}

fn means_of<'a>(rows: impl Iterator<Item = &'a Vec<Option<f64>>>, figures: usize) -> Means {
    let rows: Vec<&Vec<Option<f64>>> = rows.collect();
    let mean = |i: usize| {
        let values = rows.iter().map(|row| row[i]).collect::<Option<Tally>>();
        values.and_then(|tally| tally.mean())
    };
    (0..figures).map(mean).collect()
}

fn fixed_of(brief: &Brief, ready: &Ready, runs: &Runs<'_>) -> Vec<Option<f64>> {
    let beside = Beside { rack_units: brief.rack_units, existing: runs.existing.as_ref() };
    ready.figures.iter().map(|figure| figure.fixed(&ready.scenario, beside)).collect()
}

/// What is known without a run goes before what runs say.
fn joined(means: Means, fixed: &[Option<f64>]) -> Means {
    let one = |(i, mean): (usize, Option<f64>)| fixed.get(i).copied().flatten().or(mean);
    means.into_iter().enumerate().map(one).collect()
}
