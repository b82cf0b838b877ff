//! Which assumption moves the answer: one at a time (tornado), all together (Monte Carlo bands), and
//! how much of the variance each explains (Sobol indices). Only prices and the like are drawn: the
//! simulation is not run again, its replicates are one more thing that may have come out otherwise.

use super::Priced;
use crate::cost::CellId;
use crate::kernel::dist::Dist;
use crate::kernel::rng::{Purpose, Streams};
use crate::kernel::sobol;
use crate::kernel::stats::{ExactSum, Tally};
use crate::model::Money;
use rayon::prelude::*;

/// The figure that is asked about unless another is named.
pub const TARGET: &str = "cost_per_useful_gpu_hour";

/// The useful share of GPU time: the one number of the ledger that is moved in the tornado.
const USEFUL_SHARE: &str = "useful_share";

/// Inputs whose Sobol indices are worked out where nothing is said of what varies.
const MOST_ASSUMED: usize = 10;

/// Figures with Monte Carlo bands.
const BANDS: [&str; 8] = [
    TARGET,
    "total_cost_per_hour",
    "idle_cost_per_hour",
    "run_total_cost",
    "run_idle_cost",
    "idle_cost_per_year",
    "npv_advantage_own",
    "breakeven_epochs_per_month",
];

/// A bar of the tornado.
#[derive(Debug, Clone, PartialEq)]
pub struct Swing {
    /// The input.
    pub cell: CellId,
    /// Its low and high end.
    pub ends: (f64, f64),
    /// The figure at either.
    pub at: (f64, f64),
}

impl Swing {
    /// How far the figure moves.
    pub fn size(&self) -> f64 {
        (self.at.1 - self.at.0).abs()
    }
}

/// What a figure may come out as.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// The figure.
    pub cell: CellId,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// 5 %, 50 % and 95 % quantiles.
    pub quantiles: [f64; 3],
}

/// Monte Carlo bands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bands {
    /// Draws.
    pub draws: u32,
    /// What varied.
    pub inputs: Vec<CellId>,
    /// Whether replicates varied too.
    pub runs: bool,
    /// Whether nothing was said of what varies, so that inputs were drawn evenly between the ends
    /// of the tornado.
    pub assumed: bool,
    /// Figures.
    pub bands: Vec<Band>,
}

/// How much of the variance of the figure an input explains.
#[derive(Debug, Clone, PartialEq)]
pub struct SobolIndex {
    /// The input; none: which of the replicates it was.
    pub cell: Option<CellId>,
    /// Alone.
    pub first: f64,
    /// With all that it does together with others.
    pub total: f64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// The figure.
    pub target: CellId,
    /// Largest first.
    pub tornado: Vec<Swing>,
    /// Bands.
    pub bands: Bands,
    /// Largest total first.
    pub sobol: Vec<SobolIndex>,
}

/// What is drawn.
struct Factor {
    /// The input; none: the replicate.
    cell: Option<CellId>,
    dist: Dist,
}

impl Sensitivity {
    /// Works it out for the cell `target`.
    pub fn new(priced: &Priced, money: &Money, target: CellId) -> Sensitivity {
        let tornado = tornado(priced, money, target);
        let (factors, assumed) = factors(priced, money, &tornado);
        let bands = bands(priced, &factors, money.samples, assumed);
        let sobol = indices(priced, &factors, money.samples, target);
        Sensitivity { target, tornado, bands, sobol }
    }
}

fn tornado(priced: &Priced, money: &Money, target: CellId) -> Vec<Swing> {
    let costs = &priced.costs;
    let needed = costs.sheet.needed(&[target]);
    let of_inputs = costs.inputs.iter().map(|&(i, cell)| (cell, money.inputs[i].ends(money.swing)));
    let share = costs.cell(USEFUL_SHARE);
    let u = priced.values[share];
    let ends = (u * (1.0 - money.swing), (u * (1.0 + money.swing)).min(1.0));
    let mut swings: Vec<Swing> = of_inputs
        .chain([(share, ends)])
        .filter(|(cell, ends)| ends.0 != ends.1 && needed.contains(cell))
        .map(|(cell, ends)| {
            let at = |value| costs.sheet.evaluate_only(&needed, &[(cell, value)])[target];
            Swing { cell, ends, at: (at(ends.0), at(ends.1)) }
        })
        .filter(|swing| swing.size().is_finite())
        .collect();
    // Stable: equals stay in the order of the scenario.
    swings.sort_by(|a, b| b.size().total_cmp(&a.size()));
    swings
}

/// What varies: inputs with a distribution, and the replicates. If there are none of the first, those
/// with the longest bars, evenly between their ends.
fn factors(priced: &Priced, money: &Money, tornado: &[Swing]) -> (Vec<Factor>, bool) {
    let even = |(low, high): (f64, f64)| Dist::Uniform { low, high };
    let of_input = |&(i, cell): &(usize, CellId)| {
        let dist = money.inputs[i].spread.clone()?;
        Some(Factor { cell: Some(cell), dist })
    };
    let mut factors: Vec<Factor> = priced.costs.inputs.iter().filter_map(of_input).collect();
    let assumed = factors.is_empty();
    if assumed {
        let longest = tornado.iter().filter(|swing| swing.size() > 0.0).take(MOST_ASSUMED);
        let factor = |swing: &Swing| Factor { cell: Some(swing.cell), dist: even(swing.ends) };
        factors.extend(longest.map(factor));
    }
    if priced.changes.len() > 1 {
        let dist = Dist::Uniform { low: 0.0, high: priced.changes.len() as f64 };
        factors.push(Factor { cell: None, dist });
    }
    (factors, assumed)
}

/// Points in the unit cube: Sobol's while there are dimensions, else random ones. Point 0 is left out:
/// it is the origin, where unbounded distributions have no value.
fn points(dimensions: usize, count: u32) -> Vec<Vec<f64>> {
    let keyed = Streams::new(0, 0).keyed("cost inputs", Purpose::Price);
    let coordinate = |i: u32, d: usize| match dimensions <= sobol::DIMENSIONS {
        true => sobol::coordinate(i, d),
        false => keyed.uniform([u64::from(i), d as u64]),
    };
    let point = |i: u32| (0..dimensions).map(|d| coordinate(i, d)).collect();
    (1..=count).into_par_iter().map(point).collect()
}

/// The changes of the sheet that a point stands for. Inputs that were said to vary are drawn over
/// those of the replicate.
fn changes(priced: &Priced, factors: &[Factor], point: &[f64]) -> Vec<(CellId, f64)> {
    let mut changed = Vec::new();
    for (factor, &u) in factors.iter().zip(point) {
        let value = factor.dist.quantile(u);
        match factor.cell {
            Some(cell) => changed.push((cell, value)),
            None => {
                let run = (value as usize).min(priced.changes.len() - 1);
                changed.extend(&priced.changes[run]);
            }
        }
    }
    changed
}

fn bands(priced: &Priced, factors: &[Factor], draws: u32, assumed: bool) -> Bands {
    let sheet = &priced.costs.sheet;
    let figures: Vec<CellId> = BANDS.iter().filter_map(|key| sheet.find(key)).collect();
    let inputs: Vec<CellId> = factors.iter().filter_map(|factor| factor.cell).collect();
    let runs = factors.iter().any(|factor| factor.cell.is_none());
    let needed = sheet.needed(&figures);
    let drawn: Vec<Vec<f64>> = points(factors.len(), draws)
        .par_iter()
        .map(|point| {
            let values = sheet.evaluate_only(&needed, &changes(priced, factors, point));
            figures.iter().map(|cell| values[*cell]).collect()
        })
        .collect();
    let band = |(i, cell): (usize, &CellId)| {
        let mut of: Vec<f64> = drawn.iter().map(|row| row[i]).filter(|x| x.is_finite()).collect();
        of.sort_by(f64::total_cmp);
        (!of.is_empty()).then(|| summary(*cell, &of))
    };
    let bands = figures.iter().enumerate().filter_map(band).collect();
    Bands { draws, inputs, runs, assumed, bands }
}

/// Of sorted values.
fn summary(cell: CellId, of: &[f64]) -> Band {
    let mut tally = Tally::default();
    of.iter().for_each(|x| tally.add(*x));
    let (mean, sd) = (tally.mean().unwrap_or(f64::NAN), tally.sd().unwrap_or(0.0));
    let quantile = |p: f64| {
        // Linear between order statistics (type 7 of Hyndman & Fan, 1996).
        let at = p * (of.len() - 1) as f64;
        let (low, part) = (at.floor() as usize, at.fract());
        let high = (low + 1).min(of.len() - 1);
        of[low] + part * (of[high] - of[low])
    };
    Band { cell, mean, sd, quantiles: [0.05, 0.5, 0.95].map(quantile) }
}

/// The figure at a point of the first matrix, at one of the second, and at the first with each
/// coordinate of the second in turn.
type Evaluated = (f64, f64, Vec<f64>);

/// First-order indices after Saltelli et al. (Computer Physics Communications 181, 2010, 259–270,
/// table 2 b), total ones after Jansen (the same, table 2 f).
fn indices(priced: &Priced, factors: &[Factor], draws: u32, target: CellId) -> Vec<SobolIndex> {
    let (sheet, k) = (&priced.costs.sheet, factors.len());
    let needed = sheet.needed(&[target]);
    let value =
        |point: &[f64]| sheet.evaluate_only(&needed, &changes(priced, factors, point))[target];
    let rows: Vec<Evaluated> = points(2 * k, draws)
        .par_iter()
        .map(|point| {
            let (a, b) = point.split_at(k);
            let mixed = (0..k).map(|i| {
                let mut mixed = a.to_vec();
                mixed[i] = b[i];
                value(&mixed)
            });
            (value(a), value(b), mixed.collect())
        })
        .filter(|(a, b, mixed)| [*a, *b].iter().chain(mixed).all(|x| x.is_finite()))
        .collect();
    let n = rows.len() as f64;
    let mean =
        |of: &dyn Fn(&Evaluated) -> f64| rows.iter().map(of).collect::<ExactSum>().value() / n;
    let middle = mean(&|(a, b, _)| 0.5 * (a + b));
    let variance =
        mean(&|(a, b, _)| 0.5 * ((a - middle) * (a - middle) + (b - middle) * (b - middle)));
    if rows.is_empty() || variance <= 0.0 {
        return Vec::new();
    }
    let index = |i: usize| SobolIndex {
        cell: factors[i].cell,
        // About the middle: the estimator's error is smaller there.
        first: mean(&|(a, b, mixed)| (b - middle) * (mixed[i] - a)) / variance,
        total: mean(&|(a, _, mixed)| 0.5 * (a - mixed[i]) * (a - mixed[i])) / variance,
    };
    let mut all: Vec<SobolIndex> = (0..k).map(index).collect();
    all.sort_by(|a, b| b.total.total_cmp(&a.total));
    all
}
