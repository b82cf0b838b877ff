//! Quantiles of the values of the last few intervals.

use super::histogram::{BUCKETS, bucket, edges};
use std::collections::VecDeque;

/// A histogram with the buckets of [`Histogram`](super::Histogram), to which the intervals of a
/// window are added and from which they are taken again. A quantile is within 1/256 of the exact one.
/// Every value in the window takes two bytes.
#[derive(Debug, Clone)]
pub struct WindowedHistogram {
    window: usize,
    now: Vec<u16>,
    closed: VecDeque<Vec<u16>>,
    counts: Vec<u32>,
    total: u64,
}

impl WindowedHistogram {
    /// A window of `window` intervals.
    ///
    /// # Panics
    /// If that is zero.
    pub fn new(window: u64) -> WindowedHistogram {
        assert!(window > 0, "a window needs a length");
        WindowedHistogram {
            window: window as usize,
            now: Vec::new(),
            closed: VecDeque::new(),
            counts: Vec::new(),
            total: 0,
        }
    }

    /// A value in the interval under way.
    #[inline]
    pub fn add(&mut self, value: u64) {
        self.now.push(bucket(value) as u16);
    }

    /// The interval is over.
    pub fn roll(&mut self) {
        // Most of what is never asked never has a value.
        if self.counts.is_empty() && !self.now.is_empty() {
            self.counts.resize(BUCKETS, 0);
        }
        let mut spare = Vec::new();
        if self.closed.len() == self.window {
            spare = self.closed.pop_front().expect("a window is not empty");
            spare.iter().for_each(|&bucket| self.counts[usize::from(bucket)] -= 1);
            self.total -= spare.len() as u64;
            spare.clear();
        }
        let closed = std::mem::replace(&mut self.now, spare);
        closed.iter().for_each(|&bucket| self.counts[usize::from(bucket)] += 1);
        self.total += closed.len() as u64;
        self.closed.push_back(closed);
    }

    /// Values in the window.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The middle of the bucket of the `q`-quantile: the smallest value that at least a fraction `q`
    /// do not exceed. None of none, and before there was a whole window.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        if self.total == 0 || self.closed.len() < self.window {
            return None;
        }
        let rank = (q * self.total as f64 * (1.0 - 4.0 * f64::EPSILON)).ceil() as u64;
        let rank = rank.clamp(1, self.total);
        let mut seen = 0;
        let index = self.counts.iter().position(|&n| {
            seen += u64::from(n);
            seen >= rank
        })?;
        let (low, high) = edges(index);
        Some(low + (high - low) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The exact quantile of the values of the window, sorted, is within 1/256. A bound: no false
        /// alarms.
        #[test]
        fn as_of_the_sorted_values(
            window in 1..4u64,
            all in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..40), 1..12),
        ) {
            let mut histogram = WindowedHistogram::new(window);
            for (i, values) in all.iter().enumerate() {
                values.iter().for_each(|&value| histogram.add(value));
                histogram.roll();
                let from = (i + 1).checked_sub(window as usize);
                let mut inside: Vec<u64> =
                    from.map_or(Vec::new(), |from| all[from..=i].concat());
                inside.sort_unstable();
                for percent in [1, 50, 99, 100] {
                    let rank = (inside.len() * percent).div_ceil(100);
                    let exact = inside.get(rank.saturating_sub(1)).copied();
                    let got = histogram.quantile(percent as f64 / 100.0);
                    prop_assert_eq!(got.is_some(), exact.is_some());
                    if let (Some(got), Some(exact)) = (got, exact) {
                        prop_assert!(got.abs_diff(exact) as f64 <= exact as f64 / 256.0 + 0.5);
                    }
                }
            }
        }
    }
}
