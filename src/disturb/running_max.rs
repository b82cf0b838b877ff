//! How late the last of a train of packets is when each is delayed by chance.
//!
//! Packet j before the last leaves j·δ earlier and is delayed by X_j, independent, all with the same
//! distribution function F. The train is through when its last packet is: after the last has left,
//! that takes M = max_j (X_j − j·δ). P(M ≤ x) = Π_j F(x + j·δ), so M is drawn by inversion: with
//! g = −ln F and U uniform, x solves Σ_j g(x + j·δ) = −ln U, whose left side falls with x. The first
//! terms are summed, the rest is the integral of g (midpoint rule).

use crate::kernel::dist::Dist;

/// Points at which g is kept.
const KNOTS: usize = 384;
/// Largest and smallest g kept: probabilities e^−40 and 1 − 10⁻⁹.
const G_MOST: f64 = 40.0;
const G_LEAST: f64 = 1e-9;
/// Terms that are summed one by one.
const TERMS: u64 = 6;
/// Halvings of the bracket: 2^−44 of the distribution's width.
const HALVINGS: u32 = 44;

/// The law of M for one distribution of delays.
#[derive(Debug, Clone)]
pub struct RunningMax {
    dist: Dist,
    /// Delays, rising, and g and the integral of g from there on.
    knots: Vec<Knot>,
}

#[derive(Debug, Clone, Copy)]
struct Knot {
    x: f64,
    g: f64,
    rest: f64,
}

impl RunningMax {
    /// For delays (seconds) drawn from `dist`.
    pub fn new(dist: &Dist) -> RunningMax {
        let ratio = libm::log(G_LEAST / G_MOST) / (KNOTS - 1) as f64;
        let mut knots: Vec<Knot> = (0..KNOTS)
            .map(|k| {
                let g = G_MOST * libm::exp(ratio * k as f64);
                Knot { x: dist.quantile(libm::exp(-g)), g, rest: 0.0 }
            })
            .collect();
        for k in (0..KNOTS - 1).rev() {
            let (here, next) = (knots[k], knots[k + 1]);
            knots[k].rest = next.rest + 0.5 * (here.g + next.g) * (next.x - here.x);
        }
        RunningMax { dist: dist.clone(), knots }
    }

    /// The `u`-quantile of M for `packets` packets `spacing_s` seconds apart.
    pub fn quantile(&self, u: f64, packets: u64, spacing_s: f64) -> f64 {
        let (first, last) = (self.knots[0].x, self.knots[KNOTS - 1].x);
        if packets <= 1 || last <= first {
            return self.dist.quantile(u);
        }
        let target = -libm::log(u);
        // M may lie below the smallest delay only by less than nothing: the last packet has j = 0.
        let (mut low, mut high) = (first, last);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if self.sum(middle, packets, spacing_s) > target { low = middle } else { high = middle }
        }
        high
    }

    /// The mean of M, over 64 equal slices of probability.
    pub fn mean(&self, packets: u64, spacing_s: f64) -> f64 {
        let slices = 64;
        let middle = |i: u32| (f64::from(i) + 0.5) / f64::from(slices);
        let sum: f64 = (0..slices).map(|i| self.quantile(middle(i), packets, spacing_s)).sum();
        sum / f64::from(slices)
    }

    /// Σ_j g(x + j·δ), j from 0 to packets − 1.
    fn sum(&self, x: f64, packets: u64, spacing_s: f64) -> f64 {
        if spacing_s <= 0.0 {
            return packets as f64 * self.g(x).0;
        }
        let terms = packets.min(TERMS);
        let mut sum: f64 = (0..terms).map(|j| self.g(x + j as f64 * spacing_s).0).sum();
        if packets > terms {
            let from = x + (terms as f64 - 0.5) * spacing_s;
            let to = x + (packets as f64 - 0.5) * spacing_s;
            sum += (self.g(from).1 - self.g(to).1) / spacing_s;
        }
        sum
    }

    /// g at `x`, and its integral from `x` on.
    fn g(&self, x: f64) -> (f64, f64) {
        let after = self.knots.partition_point(|knot| knot.x <= x);
        if after == 0 {
            let first = self.knots[0];
            return (first.g, first.rest + first.g * (first.x - x));
        }
        let Some(next) = self.knots.get(after) else { return (0.0, 0.0) };
        let here = self.knots[after - 1];
        let part = (x - here.x) / (next.x - here.x);
        let g = here.g + (next.g - here.g) * part;
        (g, next.rest + 0.5 * (g + next.g) * (next.x - x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::{Purpose, Streams};

    /// Twin: draw every packet and take the maximum. Theory: both are samples of one law, so the
    /// two-sample Kolmogorov–Smirnov statistic of n = 4,000 each stays below 1.95·sqrt(2/n) = 0.0436
    /// with probability 0.999: over the 24 cells, 24 seeds in a thousand are false alarms.
    #[test]
    fn the_law_is_that_of_packets_drawn_one_by_one() {
        let exponential = Dist::Exponential { mean: 2e-3 };
        let uniform = Dist::Uniform { low: 0.0, high: 10e-3 };
        let lognormal = Dist::Lognormal { median: 1e-3, sigma: 1.0 };
        let mut stream = Streams::new(1, 0).stream("packets", Purpose::Delay);
        for dist in [exponential, uniform, lognormal] {
            let law = RunningMax::new(&dist);
            for packets in [1, 3, 40, 700] {
                for spacing_s in [12e-6, 1e-3] {
                    let n = 4_000;
                    let mut draws: Vec<(f64, bool)> = Vec::new();
                    for _ in 0..n {
                        draws.push((law.quantile(stream.uniform(), packets, spacing_s), true));
                        let one = |j: u64| dist.quantile(stream.uniform()) - j as f64 * spacing_s;
                        let largest = (0..packets).map(one).fold(f64::MIN, f64::max);
                        draws.push((largest, false));
                    }
                    draws.sort_by(|a, b| a.0.total_cmp(&b.0));
                    let (mut gap, mut worst) = (0i32, 0i32);
                    for (_, law) in &draws {
                        gap += if *law { 1 } else { -1 };
                        worst = worst.max(gap.abs());
                    }
                    let statistic = f64::from(worst) / f64::from(n);
                    assert!(statistic < 0.0436, "{dist:?} {packets} {spacing_s}: {statistic}");
                }
            }
        }
    }

    #[test]
    fn a_constant_delay_stays_what_it_is() {
        let law = RunningMax::new(&Dist::Constant(3e-3));
        assert_eq!(law.quantile(0.3, 100, 1e-5), 3e-3);
        assert!((law.mean(100, 1e-5) - 3e-3).abs() < 1e-15);
    }
}
