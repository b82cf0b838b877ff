//! A transfer spread over all shortest ways: at every switch evenly over the cables on.

use super::{Route, Router};
use crate::fabric::graph::{Graph, LinkId, VertexId};
use crate::kernel::time::Span;
use std::collections::BTreeMap;

/// A part of a transfer, as a fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Numerator, at most `of`.
    pub part: u64,
    /// Denominator.
    pub of: u64,
}

/// Largest denominator kept: beyond it, a share is rounded to a multiple of its inverse.
const FINEST: u128 = 1 << 32;

impl Share {
    /// All of it.
    pub const ONE: Share = Share { part: 1, of: 1 };

    fn reduced(part: u128, of: u128) -> Share {
        let common = gcd(part, of);
        let (mut part, mut of) = (part / common, of / common);
        if of > FINEST {
            part = (part * FINEST / of).max(1);
            of = FINEST;
        }
        Share { part: part as u64, of: of as u64 }
    }

    /// One of `n` equal parts of it.
    pub fn split(self, n: u64) -> Share {
        Share::reduced(self.part.into(), u128::from(self.of) * u128::from(n))
    }

    /// Both together.
    pub fn plus(self, other: Share) -> Share {
        let [a, b, c, d] = [self.part, self.of, other.part, other.of].map(u128::from);
        Share::reduced(a * d + c * b, b * d)
    }

    /// What the wire carries of it if only this share of the packets (rounded to 1/1000) is not sent
    /// again.
    pub fn sent_at(self, efficiency: f64) -> Share {
        let of = (efficiency * 1_000.0 + 0.5).max(1.0) as u64;
        Share::reduced(u128::from(self.part) * 1_000, u128::from(self.of) * u128::from(of))
    }

    /// Divisors whose inverses sum to it, by the greedy method of Fibonacci (1202): the largest
    /// inverse that fits, again and again, which ends because numerators fall.
    pub fn divisors(self) -> impl Iterator<Item = u32> {
        let (mut part, mut of) = (u128::from(self.part), u128::from(self.of));
        std::iter::from_fn(move || {
            if part == 0 {
                return None;
            }
            let divisor = of.div_ceil(part);
            // What is left below 2^-32 of the transfer is left out.
            let divisor = u32::try_from(divisor).ok()?;
            (part, of) = (part * u128::from(divisor) - of, of * u128::from(divisor));
            let common = gcd(part, of);
            (part, of) = (part / common, of / common);
            Some(divisor)
        })
    }
}

/// Greatest common divisor; of 0 and b it is b.
fn gcd(mut a: u128, mut b: u128) -> u128 {
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b
}

impl Router {
    /// All shortest ways at once.
    pub(super) fn spread(&self, graph: &Graph, from: VertexId, to: VertexId) -> Route {
        // All ways are equally long, so every vertex is met at one distance only.
        let mut level = BTreeMap::from([(from, (Share::ONE, Span::ZERO))]);
        let mut route = Route { links: Vec::new(), latency: Span::ZERO };
        let mut choices: Vec<LinkId> = Vec::new();
        while !level.contains_key(&to) {
            let mut next: BTreeMap<VertexId, (Share, Span)> = BTreeMap::new();
            for (at, (share, latency)) in level {
                self.choices(graph, at, to, &mut choices);
                let part = share.split(choices.len() as u64);
                for &link in &choices {
                    let latency = latency + graph.links[link].latency;
                    route.links.push((link, part));
                    next.entry(graph.links[link].to)
                        .and_modify(|(sum, longest)| {
                            *sum = sum.plus(part);
                            *longest = (*longest).max(latency);
                        })
                        .or_insert((part, latency));
                }
            }
            level = next;
        }
        route.latency = level[&to].1;
        route
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_sums_of_inverses() {
        for (part, of) in [(1, 1), (1, 7), (2, 3), (5, 6), (3, 7), (20, 19), (7, 12), (0, 5)] {
            let share = Share { part, of };
            let sum = share.divisors().fold(Share { part: 0, of: 1 }, |sum, divisor| {
                sum.plus(Share { part: 1, of: divisor.into() })
            });
            // 0/1 and 0/5 are the same.
            assert_eq!(sum.part * of, part * sum.of, "{share:?}");
        }
        assert_eq!(Share { part: 2, of: 3 }.divisors().collect::<Vec<_>>(), [2, 6]);
        assert_eq!(Share::ONE.sent_at(0.95).divisors().collect::<Vec<_>>(), [1, 19]);
    }

    #[test]
    fn what_is_too_fine_is_rounded() {
        let mut share = Share::ONE;
        for n in [97, 89, 83, 79, 73, 71] {
            share = share.split(n);
        }
        let exact = 1.0 / (97.0 * 89.0 * 83.0 * 79.0 * 73.0 * 71.0_f64);
        let got = share.part as f64 / share.of as f64;
        assert!((got - exact).abs() <= 1.0 / FINEST as f64, "{got} {exact}");
    }
}
