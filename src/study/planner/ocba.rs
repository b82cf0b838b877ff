//! A fixed number of replicates, spent where they tell most: optimal computing budget allocation.
//! What comes out is the best guess, without a guarantee.

use super::select::{Choice, Draw, Fate, Question, Source};
use crate::kernel::stats::{Tally, normal_cdf, ocba_shares};

/// Replicates given out between two looks, at least.
const STEP: u64 = 16;

/// Spends `budget` replicates on the candidates: the first ones on all, then by the shares of Chen et
/// al. among those that keep their constraints by their means.
///
/// # Errors
/// Those of the source.
pub fn allocate<S: Source>(
    ask: &Question,
    budget: u64,
    source: &mut S,
) -> Result<Choice, S::Error> {
    let k = ask.floors.len();
    let mut draws: Vec<Vec<Draw>> = vec![Vec::new(); k];
    let mut failed: Vec<Option<String>> = vec![None; k];
    let mut ended = vec![false; k];
    let mut left = budget;
    // A budget that is too small for all is spent in the order of floors, where they are known.
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| ask.floors[a].total_cmp(&ask.floors[b]).then(a.cmp(&b)));
    let mut wanted: Vec<(usize, u32, u32)> = Vec::new();
    for &i in &order {
        let n = u64::from(ask.first).min(left);
        left -= n;
        wanted.extend((n > 0).then_some((i, 0, n as u32)));
    }
    while !wanted.is_empty() {
        for (&(i, from, to), drawn) in wanted.iter().zip(source.draw(&wanted)?) {
            match drawn {
                Ok(drawn) => {
                    ended[i] |= (drawn.len() as u32) < to - from;
                    draws[i].extend(drawn);
                }
                Err(why) => failed[i] = Some(why),
            }
        }
        wanted = next(ask, &draws, &failed, &ended, &mut left);
    }
    Ok(conclude(ask, draws, failed))
}

fn tally(draws: &[Draw]) -> Tally {
    draws.iter().map(|draw| draw.objective).collect()
}

/// Whether a design keeps all constraints by its means.
fn keeps(ask: &Question, draws: &[Draw]) -> Result<(), usize> {
    let broken = |c: &usize| {
        let mean = draws.iter().map(|draw| draw.slacks[*c]).collect::<Tally>().mean();
        mean.is_none_or(|mean| mean < 0.0)
    };
    (0..ask.constraints.len()).find(broken).map_or(Ok(()), Err)
}

fn next(
    ask: &Question,
    draws: &[Vec<Draw>],
    failed: &[Option<String>],
    ended: &[bool],
    left: &mut u64,
) -> Vec<(usize, u32, u32)> {
    let live = |i: &usize| failed[*i].is_none() && !draws[*i].is_empty();
    let all: Vec<usize> = (0..draws.len()).filter(live).collect();
    let good: Vec<usize> = all.iter().copied().filter(|&i| keeps(ask, &draws[i]).is_ok()).collect();
    let among = if good.is_empty() { all } else { good };
    if among.is_empty() || *left == 0 {
        return Vec::new();
    }
    let means: Vec<f64> = among.iter().map(|&i| tally(&draws[i]).mean().unwrap_or(0.0)).collect();
    let sds: Vec<f64> = among.iter().map(|&i| tally(&draws[i]).sd().unwrap_or(0.0)).collect();
    let shares = ocba_shares(&means, &sds, least(&means));
    let step = STEP.max(among.len() as u64 / 2).min(*left);
    let spent: u64 = among.iter().map(|&i| draws[i].len() as u64).sum();
    // Who is furthest behind its share comes first.
    let mut lacks: Vec<(f64, usize)> = among
        .iter()
        .zip(&shares)
        .filter(|(i, _)| !ended[**i])
        .map(|(&i, share)| (share * (spent + step) as f64 - draws[i].len() as f64, i))
        .filter(|(lack, _)| *lack > 0.0)
        .collect();
    lacks.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut open = step;
    let mut wanted = Vec::new();
    for (lack, i) in lacks {
        let n = (lack.ceil() as u64).min(open);
        let from = draws[i].len() as u32;
        open -= n;
        wanted.extend((n > 0).then_some((i, from, from + n as u32)));
    }
    *left -= step - open;
    wanted
}

/// The difference that equals count as: rounding of the largest mean.
fn least(means: &[f64]) -> f64 {
    1e-9 * means.iter().fold(f64::MIN_POSITIVE, |most, mean| most.max(mean.abs()))
}

fn conclude(ask: &Question, draws: Vec<Vec<Draw>>, failed: Vec<Option<String>>) -> Choice {
    let mut fates: Vec<Option<Fate>> =
        failed.into_iter().map(|why| why.map(Fate::Failed)).collect();
    let mut best: Option<(f64, usize)> = None;
    for (i, draws) in draws.iter().enumerate().filter(|(_, draws)| !draws.is_empty()) {
        if fates[i].is_some() {
            continue;
        }
        match keeps(ask, draws) {
            Err(constraint) => fates[i] = Some(Fate::Infeasible { constraint }),
            Ok(()) => {
                let mean = tally(draws).mean().expect("it was run");
                if best.is_none_or(|(least, _)| mean < least) {
                    best = Some((mean, i));
                }
            }
        }
    }
    let best = best.map(|(_, best)| best);
    let fate = |(i, fate): (usize, Option<Fate>)| match (fate, best) {
        (Some(fate), _) => fate,
        (None, Some(best)) if best == i => Fate::Chosen,
        (None, Some(best)) => Fate::Beaten { by: best },
        (None, None) => Fate::Failed("the budget did not reach it".into()),
    };
    Choice {
        best,
        fates: fates.into_iter().enumerate().map(fate).collect(),
        draws,
        delta: None,
        guaranteed: false,
    }
}

/// A lower estimate of the probability that the smallest mean is the smallest (Bonferroni; Chen et al.
/// 2000, equation 5), from means, deviations and replicates.
pub fn probability(means: &[f64], sds: &[f64], ns: &[f64]) -> f64 {
    let Some(best) = (0..means.len()).min_by(|&a, &b| means[a].total_cmp(&means[b])) else {
        return 0.0;
    };
    let of = |i: usize| sds[i] * sds[i] / ns[i];
    let wrong: f64 = (0..means.len())
        .filter(|&i| i != best)
        .map(|i| {
            let spread = (of(i) + of(best)).sqrt();
            let apart = means[i] - means[best];
            if spread > 0.0 { normal_cdf(-apart / spread) } else { f64::from(apart <= 0.0) }
        })
        .sum();
    (1.0 - wrong).max(0.0)
}
