//! Selecting the best feasible of many designs, with a guarantee, in as few replicates as it takes.
//!
//! **What is guaranteed.** Replicates are taken as independent and normal. Let b be the best design
//! that keeps every constraint by its tolerance, and let every other design that does not break one by
//! its tolerance be worse than b by the indifference δ at least. Then b is chosen with probability
//! 1 − α at least. If others are within δ of b, one of those may be chosen instead.
//!
//! **Why.** Of k candidates, each is tested against each constraint by a sequential test whose
//! error is e/k (D. Batur and S.-H. Kim, ACM TOMACS 20(3), 2010), e that constraint's share of α; and
//! each pair is compared by Kim and Nelson's test with the variance of the paired difference, error
//! e'/(k − 1). A design may end others only once all its constraints are decided (S. Andradóttir and
//! S.-H. Kim, *Fully sequential procedures for comparing constrained systems via simulation*, Naval
//! Research Logistics 57(5), 2010). The choice is wrong only if a test of b, a constraint's test of a
//! design that breaks it, or a pair of b errs: by Bonferroni at most the sum of shares.
//!
//! **Floors.** Of a candidate that has not run, a lower bound of its objective may be known. A feasible
//! design a ends it unseen when a's mean is below the floor by the region of a comparison with a
//! constant: were the candidate b, a's mean would lie above the floor by δ at least, so this errs as
//! seldom as a pair does, and takes the place of that pair in the sum. Candidates run in the order of
//! their floors, a few at a time: which of them are under way, and when, cannot raise any test's error.
//!
//! Every decision is a function of the first replicates of the designs, so threads cannot matter.

use crate::kernel::stats::{Tally, kn_eta, kn_h2, kn_width};
use std::collections::BTreeMap;

/// Candidates under way at a time that are not yet decided, and replicates drawn at a time for them.
const WAVE: usize = 8;

/// Replicates of a candidate that are drawn at a time at most. Errors are bounded over the whole paths
/// of sums, so a look at every fourth replicate errs no more often than one at each.
const STRIDE: usize = 4;

/// One replicate of a design.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// Its objective, to be made small.
    pub objective: f64,
    /// By how much it keeps each constraint; negative: it breaks it.
    pub slacks: Vec<f64>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Lower bounds of the candidates' objectives; −∞ where nothing is known.
    pub floors: Vec<f64>,
    /// Tolerance of each constraint, and the probability with which any of its verdicts may err.
    pub constraints: Vec<(f64, f64)>,
    /// The indifference δ.
    pub delta: Delta,
    /// The probability with which any comparison may err.
    pub error: f64,
    /// Replicates before a design is judged.
    pub first: u32,
    /// Replicates after which it is judged by its mean.
    pub at_most: u32,
}

/// δ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delta {
    /// In the objective's unit.
    Absolute(f64),
    /// As a share of the first mean of a design that keeps all constraints.
    Share(f64),
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It is the best.
    Chosen,
    /// Feasible or not, another is better.
    Beaten {
        /// The other.
        by: usize,
    },
    /// It breaks a constraint: the first that was decided.
    Infeasible {
        /// Position of the constraint.
        constraint: usize,
    },
    /// Never run: its floor is above another's objective.
    Cut {
        /// The other.
        by: usize,
    },
    /// It cannot be run.
    Failed(String),
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The best; none: no candidate is feasible.
    pub best: Option<usize>,
    /// What became of each.
    pub fates: Vec<Fate>,
    /// Replicates of each that were looked at.
    pub draws: Vec<Vec<Draw>>,
    /// The indifference in the objective's unit, once there was a feasible design.
    pub delta: Option<f64>,
    /// Whether every verdict was reached before `at_most` replicates (or the table's end).
    pub guaranteed: bool,
}

/// Where replicates come from.
pub trait Source {
    /// Why they may not come at all.
    type Error;

    /// For each (candidate, from, to) its replicates from..to, fewer if there are no more; or why
    /// the design cannot be run.
    ///
    /// # Errors
    /// The whole plan has to stop.
    fn draw(
        &mut self,
        wanted: &[(usize, u32, u32)],
    ) -> Result<Vec<Result<Vec<Draw>, String>>, Self::Error>;
}

impl Choice {
    /// Replicates in all.
    pub fn replicates(&self) -> u64 {
        self.draws.iter().map(|draws| draws.len() as u64).sum()
    }
}

/// A candidate under way.
struct Active {
    draws: Vec<Draw>,
    /// Sums of the objective over the first n replicates.
    sums: Vec<f64>,
    /// Whether each constraint is decided; all are feasible then.
    decided: Vec<bool>,
    /// Replicates after which there are no more.
    most: u32,
    /// Replicates up to which it was compared with constants.
    cut_at: u32,
}

impl Active {
    fn n(&self) -> u32 {
        self.draws.len() as u32
    }

    fn feasible(&self) -> bool {
        self.decided.iter().all(|done| *done)
    }

    fn mean(&self, n: u32) -> f64 {
        self.sums[n as usize - 1] / f64::from(n)
    }

    fn variance(&self, first: u32) -> f64 {
        let tally: Tally = self.draws.iter().take(first as usize).map(|d| d.objective).collect();
        tally.variance().unwrap_or(0.0)
    }
}

/// A pair: the variance of its difference, the replicates up to which it was compared, and the verdict
/// (worse, better): the first way out of the region counts, though the better's constraints may not be
/// decided by then.
#[derive(Clone, Copy)]
struct Pair {
    variance: f64,
    seen: u32,
    verdict: Option<(usize, usize)>,
}

struct Run<'q> {
    ask: &'q Question,
    /// h² of a pair and of each constraint's test.
    h2: f64,
    tests: Vec<f64>,
    active: BTreeMap<usize, Active>,
    waiting: Vec<usize>,
    fates: BTreeMap<usize, Fate>,
    ended: BTreeMap<usize, Vec<Draw>>,
    pairs: BTreeMap<(usize, usize), Pair>,
    /// Floors above this are cut, and by whom.
    cut: (f64, usize),
    delta: Option<f64>,
    guaranteed: bool,
}

/// Selects the best feasible candidate.
///
/// # Errors
/// Those of the source.
///
/// # Panics
/// If shares of error are out of range.
pub fn select<S: Source>(ask: &Question, source: &mut S) -> Result<Choice, S::Error> {
    let k = ask.floors.len();
    let pair = ask.error / (k.max(2) - 1) as f64;
    let h2 = |error: f64| kn_h2(kn_eta(error, ask.first), ask.first);
    let mut waiting: Vec<usize> = (0..k).collect();
    waiting.sort_by(|&a, &b| ask.floors[a].total_cmp(&ask.floors[b]).then(a.cmp(&b)));
    waiting.reverse();
    let mut run = Run {
        ask,
        h2: h2(pair),
        tests: ask.constraints.iter().map(|(_, error)| h2(error / k.max(1) as f64)).collect(),
        active: BTreeMap::new(),
        waiting,
        fates: BTreeMap::new(),
        ended: BTreeMap::new(),
        pairs: BTreeMap::new(),
        cut: (f64::INFINITY, 0),
        delta: None,
        guaranteed: true,
    };
    loop {
        let wanted = run.wanted();
        if wanted.is_empty() {
            return Ok(run.choice());
        }
        let drawn = source.draw(&wanted)?;
        run.take(&wanted, drawn);
        run.judge();
    }
}

impl Run<'_> {
    /// Replicates to be drawn next; none: all is decided.
    fn wanted(&mut self) -> Vec<(usize, u32, u32)> {
        let open: Vec<(usize, u32, u32)> = self
            .active
            .iter()
            .filter(|(i, one)| self.needs(**i, one))
            .map(|(&i, one)| (i, one.n(), one.most))
            .collect();
        let stride = (WAVE / open.len().max(1)).clamp(1, STRIDE) as u32;
        let mut wanted: Vec<(usize, u32, u32)> =
            open.into_iter().map(|(i, n, most)| (i, n, most.min(n + stride))).collect();
        while wanted.len() < WAVE {
            let Some(next) = self.waiting.pop() else { break };
            if self.ask.floors[next] > self.cut.0 {
                // Those behind it have higher floors still.
                self.fates.insert(next, Fate::Cut { by: self.cut.1 });
                continue;
            }
            wanted.push((next, 0, self.ask.first));
        }
        wanted
    }

    /// Whether one more replicate of a candidate could decide something.
    fn needs(&self, i: usize, one: &Active) -> bool {
        if one.n() >= one.most {
            return false;
        }
        if !one.feasible() {
            return true;
        }
        let open = |(j, other): (&usize, &Active)| {
            *j != i && other.feasible() && one.n() <= other.n() && one.n() < other.most
        };
        self.active.iter().any(open)
    }

    fn take(&mut self, wanted: &[(usize, u32, u32)], drawn: Vec<Result<Vec<Draw>, String>>) {
        for ((i, from, to), drawn) in wanted.iter().copied().zip(drawn) {
            let draws = match drawn {
                Ok(draws) => draws,
                Err(why) => {
                    self.end(i, Fate::Failed(why));
                    continue;
                }
            };
            let one = self.active.entry(i).or_insert_with(|| Active {
                draws: Vec::new(),
                sums: Vec::new(),
                decided: vec![false; self.ask.constraints.len()],
                most: self.ask.at_most,
                cut_at: 0,
            });
            let short = (draws.len() as u32) < to - from;
            for draw in draws {
                one.sums.push(one.sums.last().unwrap_or(&0.0) + draw.objective);
                one.draws.push(draw);
            }
            if short {
                one.most = one.n();
                self.guaranteed &= one.most >= self.ask.first;
            }
            if one.draws.is_empty() {
                self.end(i, Fate::Failed("there are no results of it".into()));
            }
        }
    }

    fn end(&mut self, i: usize, fate: Fate) {
        let draws = self.active.remove(&i).map(|one| one.draws).unwrap_or_default();
        self.ended.insert(i, draws);
        self.fates.insert(i, fate);
    }

    /// Draws every conclusion that can be drawn.
    fn judge(&mut self) {
        let all: Vec<usize> = self.active.keys().copied().collect();
        for &i in &all {
            self.constraints(i);
        }
        for &i in &all {
            self.floors(i);
        }
        for &i in &all {
            for &j in all.iter().filter(|&&j| j > i) {
                self.compare(i, j);
            }
        }
        // A mean may lie below the design's own floor by chance: it does not end itself.
        let above = |i: &usize| self.ask.floors[*i] > self.cut.0 && *i != self.cut.1;
        let above: Vec<usize> = self.active.keys().copied().filter(above).collect();
        for i in above {
            self.end(i, Fate::Beaten { by: self.cut.1 });
        }
    }

    /// Tests a candidate against its constraints.
    fn constraints(&mut self, i: usize) {
        let Some(one) = self.active.get_mut(&i) else { return };
        let n = one.n();
        let first = self.ask.first.min(n);
        for c in 0..one.decided.len() {
            if one.decided[c] {
                continue;
            }
            let slack = |draws: &[Draw]| draws.iter().map(|d| d.slacks[c]).collect::<Tally>();
            let variance = slack(&one.draws[..first as usize]).variance().unwrap_or(0.0);
            let mean = slack(&one.draws).mean().expect("it was run");
            let last = n >= one.most;
            let width = kn_width(self.tests[c], variance, self.ask.constraints[c].0, n);
            if mean.abs() < width && !last {
                continue;
            }
            self.guaranteed &= mean.abs() >= width;
            if mean < 0.0 {
                return self.end(i, Fate::Infeasible { constraint: c });
            }
            one.decided[c] = true;
        }
        if one.feasible() && self.delta.is_none() {
            self.delta = Some(match self.ask.delta {
                Delta::Absolute(delta) => delta,
                Delta::Share(share) => (share * one.mean(first).abs()).max(f64::MIN_POSITIVE),
            });
        }
    }

    /// Compares a feasible candidate with what is known of those that have not run.
    fn floors(&mut self, i: usize) {
        let (Some(one), Some(delta)) = (self.active.get_mut(&i), self.delta) else { return };
        if !one.feasible() {
            return;
        }
        let first = self.ask.first.min(one.n());
        let variance = one.variance(first);
        for n in one.cut_at.max(first - 1) + 1..=one.n() {
            let above = one.mean(n) + kn_width(self.h2, variance, delta, n);
            if above < self.cut.0 {
                self.cut = (above, i);
            }
        }
        one.cut_at = one.n();
    }

    /// Compares two candidates on their common replicates.
    fn compare(&mut self, i: usize, j: usize) {
        let (Some(a), Some(b), Some(delta)) =
            (self.active.get(&i), self.active.get(&j), self.delta)
        else {
            return;
        };
        if !a.feasible() && !b.feasible() {
            return;
        }
        let common = a.n().min(b.n());
        let first = self.ask.first.min(common);
        let pair = self.pairs.entry((i, j)).or_insert_with(|| {
            let pairs = a.draws.iter().zip(&b.draws).take(first as usize);
            let tally: Tally = pairs.map(|(a, b)| a.objective - b.objective).collect();
            Pair { variance: tally.variance().unwrap_or(0.0), seen: first - 1, verdict: None }
        });
        // Of equals the first stays.
        let order = |difference: f64| if difference > 0.0 { (i, j) } else { (j, i) };
        while pair.verdict.is_none() && pair.seen < common {
            pair.seen += 1;
            let difference = a.mean(pair.seen) - b.mean(pair.seen);
            let width = kn_width(self.h2, pair.variance, delta, pair.seen);
            if difference.abs() > width || width == 0.0 {
                pair.verdict = Some(order(difference));
            }
        }
        let out_of_replicates = common >= a.most.min(b.most);
        let forced = || out_of_replicates.then(|| order(a.mean(common) - b.mean(common)));
        let Some((worse, better)) = pair.verdict.or_else(forced) else { return };
        if self.active[&better].feasible() {
            self.guaranteed &= pair.verdict.is_some();
            self.end(worse, Fate::Beaten { by: better });
        }
    }

    fn choice(mut self) -> Choice {
        let left: Vec<usize> = self.active.keys().copied().collect();
        assert!(left.len() <= 1, "{} candidates are left undecided", left.len());
        let best = left.first().copied();
        for i in left {
            self.end(i, Fate::Chosen);
        }
        let k = self.ask.floors.len();
        Choice {
            best,
            fates: (0..k).map(|i| self.fates[&i].clone()).collect(),
            draws: (0..k).map(|i| self.ended.remove(&i).unwrap_or_default()).collect(),
            delta: self.delta,
            guaranteed: self.guaranteed,
        }
    }
}
