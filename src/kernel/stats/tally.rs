//! Mean and spread of observations in one pass.

use serde::Serialize;

/// Count, mean, variance, smallest and largest of observations, none of them kept (B. P. Welford,
/// "Note on a method for calculating corrected sums of squares and products", Technometrics 4
/// (1962) 419–420; it does not cancel as Σx² − (Σx)²/n does).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tally {
    count: u64,
    mean: f64,
    /// Σ(x − mean)².
    squares: f64,
    min: f64,
    max: f64,
}

impl Tally {
    /// No observations yet.
    pub const fn new() -> Tally {
        Tally { count: 0, mean: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }

    /// Takes one observation, a finite number.
    #[inline]
    pub fn add(&mut self, x: f64) {
        debug_assert!(x.is_finite(), "a tally was given {x}");
        self.count += 1;
        let before = x - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (x - self.mean);
        self.min = self.min.min(x);
        self.max = self.max.max(x);
    }

    /// Takes all the observations of `other` (T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms
    /// for computing the sample variance", The American Statistician 37 (1983) 242–247).
    pub fn merge(&mut self, other: &Tally) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let apart = other.mean - self.mean;
        self.mean += apart * m / (n + m);
        self.squares += other.squares + apart * apart * n * m / (n + m);
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many observations.
    pub fn count(&self) -> u64 {
        self.count
    }
    /// Their mean; none of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }
    /// Their unbiased variance (divided by n − 1); two are needed.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }
    /// Their standard deviation; two are needed.
    pub fn sd(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }
    /// The smallest.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }
    /// The largest.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }
}

impl Default for Tally {
    fn default() -> Self {
        Tally::new()
    }
}

impl FromIterator<f64> for Tally {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut tally = Tally::new();
        values.into_iter().for_each(|x| tally.add(x));
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 1, 2 … n: mean (n + 1)/2, variance n(n + 1)/12; on a base of 1e9, where Σx² would have
    /// lost nine digits. Tolerance 1e-9 relative.
    #[test]
    fn matches_the_closed_form_far_from_zero() {
        let tally: Tally = (1..=1000).map(|i| 1e9 + f64::from(i)).collect();
        assert_eq!(tally.count(), 1000);
        assert!((tally.mean().unwrap() - 1e9 - 500.5).abs() < 1e-5);
        let variance = 1000.0 * 1001.0 / 12.0;
        assert!((tally.variance().unwrap() / variance - 1.0).abs() < 1e-9);
        assert_eq!((tally.min(), tally.max()), (Some(1e9 + 1.0), Some(1e9 + 1000.0)));
    }

    #[test]
    fn says_nothing_of_too_few() {
        let mut tally = Tally::new();
        assert_eq!((tally.mean(), tally.sd(), tally.min(), tally.max()), (None, None, None, None));
        tally.add(3.0);
        assert_eq!((tally.mean(), tally.variance()), (Some(3.0), None));
    }

    proptest! {
        /// Two tallies merged are one tally of everything, to rounding (1e-9).
        #[test]
        fn merging_is_adding(
            a in prop::collection::vec(-1e3..1e3f64, 0..50),
            b in prop::collection::vec(-1e3..1e3f64, 2..50),
        ) {
            let mut merged: Tally = a.iter().copied().collect();
            merged.merge(&b.iter().copied().collect());
            let whole: Tally = a.iter().chain(&b).copied().collect();
            prop_assert_eq!(merged.count(), whole.count());
            prop_assert!((merged.mean().unwrap() - whole.mean().unwrap()).abs() < 1e-9);
            let (v, w) = (merged.variance().unwrap(), whole.variance().unwrap());
            prop_assert!((v - w).abs() <= 1e-9 * w.max(1.0));
            prop_assert_eq!((merged.min(), merged.max()), (whole.min(), whole.max()));
        }
    }
}
