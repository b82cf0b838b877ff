//! The production gap: what production gives less than the laboratory, and which cause takes which
//! part of it.
//!
//! Every coalition of causes has a goodput in every replicate, replicate r of all of them with the
//! same chance (common random numbers). All figures are taken replicate by replicate, then
//! estimated from the replicates; since they are linear in the goodputs, so are their means.

mod conclude;
mod measured;
mod simulate;

pub use conclude::{Scale, conclusion, may_be_nothing};
pub use measured::{Goodputs, Measured, read_measured};
pub use simulate::{GapError, Plan};

use super::estimate::{CONFIDENCE, Estimate};
use super::paired::{VarianceReduction, variance_reduction};
use super::shapley::{self, Coalition, Orders, all};
use crate::kernel::stats::{ExactSum, mean_interval};
use std::collections::BTreeMap;

/// Unless said otherwise, all coalitions of so many causes are run; of more, those along sampled orders.
pub const EXACT: u8 = 8;
/// Orders that are sampled then: pairs of an order and its reverse.
pub const ORDERS: u32 = 32;

/// A cause of the gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its name.
    pub name: String,
    /// What it is called in scenario files; `measured` if it is from a file of goodputs.
    pub kind: &'static str,
}

/// One run of one coalition.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Useful samples (or bytes) per second.
    pub goodput: f64,
    /// What only a simulation tells.
    pub simulated: Option<Simulated>,
}

/// What a simulated run tells beside its goodput.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Length of the run, seconds.
    pub end_s: f64,
    /// Training jobs that the horizon cut off.
    pub jobs_cut: usize,
    /// 128-bit hash of the run's fact stream.
    pub fingerprint: String,
}

/// All runs of a coalition.
#[derive(Debug, Clone, PartialEq)]
pub struct CoalitionRuns {
    /// The causes that are on.
    pub coalition: Coalition,
    /// Replicates, in order.
    pub runs: Vec<Run>,
}

/// What a gap is computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Runs {
    /// Cause i is bit i of a coalition.
    pub causes: Vec<Cause>,
    /// Of what goodputs are: `samples/s`, `B/s`, what a file says, or nothing.
    pub unit: String,
    /// Numbers of the replicates.
    pub replicates: Vec<u64>,
    /// Coalitions that were run, by [`shapley::rank`].
    pub coalitions: Vec<CoalitionRuns>,
}

/// One cause's part in the gap.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseShare {
    /// Its place in [`Runs::causes`].
    pub cause: usize,
    /// Its Shapley share of the gap. The interval is of the replicates' chance, and of that of
    /// sampled orders where there are such: their half-widths squared add up, which counts chance
    /// that both share twice and is too wide rather than too narrow.
    pub share: Estimate,
    /// Half-width from sampled orders alone.
    pub half_width_of_orders: Option<f64>,
    /// Mean share over mean gap; none without a gap.
    pub of_gap: Option<f64>,
    /// What it costs alone: v(∅) − v({i}).
    pub alone: Estimate,
    /// Goodput with this one removed: v(N∖i).
    pub without: Estimate,
    /// What removing it wins back: v(N∖i) − v(N).
    pub wins_back: Estimate,
}

/// The gap and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// What it was computed from.
    pub runs: Runs,
    /// Orders that were sampled, reverses counted; none: all coalitions, exactly.
    pub orders: Option<usize>,
    /// Goodput with all causes off.
    pub lab: Estimate,
    /// Goodput with all causes on.
    pub production: Estimate,
    /// Laboratory less production.
    pub gap: Estimate,
    /// Gap over laboratory, 0–1; none if the laboratory gives nothing.
    pub relative: Option<Estimate>,
    /// Causes, largest share first.
    pub causes: Vec<CauseShare>,
    /// By how much the first cause is ahead of the second, paired; none with fewer than two.
    pub lead: Option<Estimate>,
    /// Gap less what the causes cost alone, summed: above 0 they make each other worse.
    pub interaction: Estimate,
    /// What pairing the runs of laboratory and production is worth.
    pub pairing: Option<VarianceReduction>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

impl Gap {
    /// Computes the gap from its runs: all 2^n coalitions, or with `orders` those that are met
    /// along them, and in any case those with one cause on, and with one off.
    ///
    /// # Panics
    /// If one of those is missing.
    pub fn new(runs: Runs, orders: Option<&Orders>, notes: Vec<String>) -> Gap {
        let values = Values::new(&runs);
        let n = runs.causes.len();
        let (lab, production) = (values.of(0), values.of(all(n)));
        let gaps = less(lab, production);
        let shares = values.shares(n, orders);
        let mut causes: Vec<CauseShare> =
            (0..n).map(|cause| values.cause(cause, n, &shares, &gaps)).collect();
        // Stable: equals stay in the order of the scenario.
        causes.sort_by(|a, b| b.share.mean.total_cmp(&a.share.mean));
        let lead = causes.get(..2).map(|two| shares.difference(two[0].cause, two[1].cause));
        let residual = |r: usize| {
            let alone = (0..n).flat_map(|i| [-lab[r], values.of(1 << i)[r]]);
            alone.chain([lab[r], -production[r]]).collect::<ExactSum>().value()
        };
        let relative = lab.iter().all(|&v| v > 0.0).then(|| {
            let relative: Vec<f64> = gaps.iter().zip(lab).map(|(gap, lab)| gap / lab).collect();
            mean(&relative)
        });
        Gap {
            orders: orders.map(Orders::count),
            lab: mean(lab),
            production: mean(production),
            gap: mean(&gaps),
            relative,
            causes,
            lead: lead.map(|(lead, _)| lead),
            interaction: mean(&(0..gaps.len()).map(residual).collect::<Vec<_>>()),
            pairing: variance_reduction(lab, production),
            notes,
            runs,
        }
    }

    /// A cause's name.
    pub fn name(&self, share: &CauseShare) -> &str {
        &self.runs.causes[share.cause].name
    }

    /// How many replicates.
    pub fn replicates(&self) -> usize {
        self.runs.replicates.len()
    }
}

impl From<Measured> for Gap {
    /// Attributes measured goodputs.
    fn from(measured: Measured) -> Gap {
        let cause = |name: String| Cause { name, kind: "measured" };
        let run = |goodput: f64| Run { goodput, simulated: None };
        let coalition = |((_, coalition), goodputs): ((u32, Coalition), Vec<f64>)| CoalitionRuns {
            coalition,
            runs: goodputs.into_iter().map(run).collect(),
        };
        let runs = Runs {
            causes: measured.causes.into_iter().map(cause).collect(),
            unit: measured.unit,
            replicates: measured.replicates,
            coalitions: measured.goodputs.into_iter().map(coalition).collect(),
        };
        Gap::new(runs, None, Vec::new())
    }
}

/// The names of a coalition joined by `+`; empty for the laboratory.
pub fn say<S: AsRef<str>>(coalition: Coalition, names: &[S]) -> String {
    let on = names.iter().enumerate().filter(|(i, _)| coalition >> i & 1 == 1);
    on.map(|(_, name)| name.as_ref()).collect::<Vec<_>>().join("+")
}

/// The mean of replicates, its sum exact, and its 95 % Student t interval.
fn mean(values: &[f64]) -> Estimate {
    Estimate { mean: exact_mean(values), ..mean_interval(values, CONFIDENCE) }
}

fn exact_mean(values: &[f64]) -> f64 {
    values.iter().copied().collect::<ExactSum>().value() / values.len() as f64
}

/// a − b, replicate by replicate.
fn less(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Goodputs by coalition and replicate.
struct Values(BTreeMap<Coalition, Vec<f64>>);

/// Shares by replicate, and by pair of orders where orders are sampled: [one of either][cause].
struct Shares {
    by_replicate: Vec<Vec<f64>>,
    by_pair: Vec<Vec<f64>>,
}

impl Values {
    fn new(runs: &Runs) -> Values {
        let goodputs = |c: &CoalitionRuns| c.runs.iter().map(|run| run.goodput).collect();
        Values(runs.coalitions.iter().map(|c| (c.coalition, goodputs(c))).collect())
    }

    fn of(&self, coalition: Coalition) -> &[f64] {
        &self.0[&coalition]
    }

    fn shares(&self, causes: usize, orders: Option<&Orders>) -> Shares {
        let replicates = 0..self.of(0).len();
        let Some(orders) = orders else {
            let game = |r: usize| -> Vec<f64> {
                (0..=all(causes)).map(|coalition| self.of(coalition)[r]).collect()
            };
            let by_replicate = replicates.map(|r| shapley::exact(causes, &game(r))).collect();
            return Shares { by_replicate, by_pair: Vec::new() };
        };
        let by_replicate = replicates.map(|r| orders.shares(|s| self.of(s)[r])).collect();
        let means: BTreeMap<Coalition, f64> =
            self.0.iter().map(|(&coalition, goodputs)| (coalition, exact_mean(goodputs))).collect();
        Shares { by_replicate, by_pair: orders.shares_by_pair(|s| means[&s]) }
    }

    fn cause(&self, cause: usize, causes: usize, shares: &Shares, gaps: &[f64]) -> CauseShare {
        let (lab, production) = (self.of(0), self.of(all(causes)));
        let without = self.of(all(causes) & !(1 << cause));
        let (share, half_width_of_orders) = shares.estimate(|shares| shares[cause]);
        let gap = exact_mean(gaps);
        CauseShare {
            cause,
            share,
            half_width_of_orders,
            of_gap: (gap != 0.0).then(|| share.mean / gap),
            alone: mean(&less(lab, self.of(1 << cause))),
            without: mean(without),
            wins_back: mean(&less(without, production)),
        }
    }
}

impl Shares {
    /// A figure that is linear in the shares: its estimate, and the half-width from sampled orders.
    fn estimate(&self, of: impl Fn(&[f64]) -> f64) -> (Estimate, Option<f64>) {
        let each = |list: &[Vec<f64>]| list.iter().map(|shares| of(shares)).collect::<Vec<f64>>();
        let mut estimate = mean(&each(&self.by_replicate));
        let pairs = each(&self.by_pair);
        let orders = (pairs.len() > 1).then(|| mean_interval(&pairs, CONFIDENCE).half_width);
        let orders = orders.flatten();
        if let (Some(of_replicates), Some(of_orders)) = (estimate.half_width, orders) {
            let both = of_replicates * of_replicates + of_orders * of_orders;
            estimate.half_width = Some(both.sqrt());
        }
        (estimate, orders)
    }

    fn difference(&self, a: usize, b: usize) -> (Estimate, Option<f64>) {
        self.estimate(|shares| shares[a] - shares[b])
    }
}

#[cfg(test)]
mod tests;
