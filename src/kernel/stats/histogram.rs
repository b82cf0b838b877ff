//! Quantiles of many integers in constant memory.

/// Up to this many values are kept as they are.
const EXACT: usize = 1_024;
/// Each power of two is cut into 2^7 = 128 buckets.
const SUB_BITS: u32 = 7;
/// Buckets that cover every u64: 128 of width one, then 128 for each of 57 powers of two.
pub(super) const BUCKETS: usize = (1 << SUB_BITS) * (64 - SUB_BITS as usize + 1);

/// Values (picoseconds, bytes …) whose count, sum, smallest and largest are exact, and whose
/// quantiles are exact up to 1,024 values and within 1/256 (0.4 %) of the exact value beyond:
/// then a value is known by its bucket, 1/128 as wide as its lower edge or narrower, and the
/// bucket answers with its middle (log-linear buckets, as in Gil Tene's HdrHistogram).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
    store: Store,
}

/// Verbatim if and only if there are at most `EXACT` values, so merging in any order gives one
/// answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Store {
    Verbatim(Vec<u64>),
    Buckets(Counts),
}

/// Counts of the buckets in use: a row of them is as wide as a power of two, and few values spread
/// over many of those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counts {
    /// The bucket that the first count is of: the first of a row.
    first: usize,
    counts: Vec<u64>,
}

impl Counts {
    #[inline]
    fn add(&mut self, bucket: usize, n: u64) {
        match self.counts.get_mut(bucket.wrapping_sub(self.first)) {
            Some(count) => *count += n,
            None => *self.reach(bucket) += n,
        }
    }

    #[cold]
    fn reach(&mut self, bucket: usize) -> &mut u64 {
        let row = bucket >> SUB_BITS << SUB_BITS;
        if self.counts.is_empty() {
            self.first = row;
        }
        let before = self.first.saturating_sub(row);
        self.counts.splice(0..0, std::iter::repeat_n(0, before));
        self.first -= before;
        let end = row + (1 << SUB_BITS) - self.first;
        self.counts.resize(end.max(self.counts.len()), 0);
        &mut self.counts[bucket - self.first]
    }

    /// Every bucket that may hold something, and how much.
    fn iter(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.counts.iter().enumerate().map(|(i, n)| (self.first + i, *n))
    }
}

impl Histogram {
    /// No values yet.
    pub fn new() -> Histogram {
        Histogram { count: 0, sum: 0, min: u64::MAX, max: 0, store: Store::Verbatim(Vec::new()) }
    }

    /// Takes one value.
    #[inline]
    pub fn add(&mut self, value: u64) {
        self.count += 1;
        self.sum += u128::from(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        match &mut self.store {
            Store::Buckets(counts) => counts.add(bucket(value), 1),
            Store::Verbatim(values) if values.len() < EXACT => values.push(value),
            Store::Verbatim(_) => self.fold().add(bucket(value), 1),
        }
    }

    /// Takes one value `n` times.
    pub fn add_many(&mut self, value: u64, n: u64) {
        let verbatim = n.min(EXACT as u64 + 1);
        (0..verbatim).for_each(|_| self.add(value));
        if n > verbatim {
            self.count += n - verbatim;
            self.sum += u128::from(value) * u128::from(n - verbatim);
            self.fold().add(bucket(value), n - verbatim);
        }
    }

    /// Takes all the values of `other`.
    pub fn merge(&mut self, other: &Histogram) {
        match &other.store {
            Store::Verbatim(values) => values.iter().for_each(|&value| self.add(value)),
            Store::Buckets(theirs) => {
                let mine = self.fold();
                theirs.iter().filter(|(_, n)| *n > 0).for_each(|(bucket, n)| mine.add(bucket, n));
                self.count += other.count;
                self.sum += other.sum;
                self.min = self.min.min(other.min);
                self.max = self.max.max(other.max);
            }
        }
    }

    /// The bucket counts, the verbatim values sorted into them first if need be.
    fn fold(&mut self) -> &mut Counts {
        if let Store::Verbatim(values) = &self.store {
            let mut counts = Counts::default();
            values.iter().for_each(|&value| counts.add(bucket(value), 1));
            self.store = Store::Buckets(counts);
        }
        match &mut self.store {
            Store::Buckets(counts) => counts,
            Store::Verbatim(_) => unreachable!("just folded"),
        }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }
    /// Their sum.
    pub fn sum(&self) -> u128 {
        self.sum
    }
    /// Their mean; none of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }
    /// The smallest.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }
    /// The largest.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The `q`-quantile, `q` in \[0, 1\] (beyond is the nearer end): the smallest value that at
    /// least a fraction `q` of the values do not exceed. 0 is the smallest, 1 the largest, both
    /// exact; none of none.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        // 0.07 × 100 comes out a hair above 7, which must not become the eighth value; the cast
        // turns what is below zero, and NaN, into zero.
        let rank = (q * self.count as f64 * (1.0 - 4.0 * f64::EPSILON)).ceil() as u64;
        let rank = rank.clamp(1, self.count.max(1));
        if rank == self.count {
            return self.max();
        }
        if rank == 1 {
            return self.min();
        }
        match &self.store {
            Store::Verbatim(values) => {
                let mut values = values.clone();
                Some(*values.select_nth_unstable(rank as usize - 1).1)
            }
            Store::Buckets(counts) => {
                let mut seen = 0;
                let (index, _) = counts.iter().find(|(_, n)| {
                    seen += n;
                    seen >= rank
                })?;
                let (low, high) = edges(index);
                Some((low + (high - low) / 2).clamp(self.min, self.max))
            }
        }
    }

    /// The steps of the cumulative distribution: values in rising order, each with the exact
    /// fraction of values that do not exceed it. Beyond 1,024 values the steps are at the upper
    /// edges of the buckets that hold something.
    pub fn cdf(&self) -> Vec<(u64, f64)> {
        let steps: Vec<(u64, u64)> = match &self.store {
            Store::Verbatim(values) => {
                let mut values = values.clone();
                values.sort_unstable();
                values.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
            }
            Store::Buckets(counts) => {
                let held = counts.iter().filter(|(_, n)| *n > 0);
                held.map(|(index, n)| (edges(index).1.min(self.max), n)).collect()
            }
        };
        let mut seen = 0;
        let cumulate = |(value, n)| {
            seen += n;
            (value, seen as f64 / self.count as f64)
        };
        steps.into_iter().map(cumulate).collect()
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram::new()
    }
}

/// The bucket of `value`: its leading bit and the seven bits after it.
#[inline]
pub(super) fn bucket(value: u64) -> usize {
    if value < 1 << SUB_BITS {
        return value as usize;
    }
    let shift = value.ilog2() - SUB_BITS;
    // The leading bit is still in value >> shift, and counts as one more row of 128.
    ((shift as usize) << SUB_BITS) + (value >> shift) as usize
}

/// The smallest and the largest value of bucket `index`.
pub(super) fn edges(index: usize) -> (u64, u64) {
    let shift = (index >> SUB_BITS).saturating_sub(1) as u32;
    let low = (index as u64 - (u64::from(shift) << SUB_BITS)) << shift;
    (low, low + ((1u64 << shift) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::{Purpose, Streams};
    use proptest::prelude::*;

    #[test]
    fn buckets_tile_every_u64_within_the_stated_width() {
        let mut next = 0u64;
        for index in 0..BUCKETS {
            let (low, high) = edges(index);
            assert_eq!(low, next, "a gap or an overlap at bucket {index}");
            assert_eq!((bucket(low), bucket(high)), (index, index));
            assert!((high - low) as f64 <= low as f64 / 128.0, "bucket {index} is too wide");
            next = high.wrapping_add(1);
        }
        assert_eq!(next, 0, "the last bucket ends at u64::MAX");
    }

    #[test]
    fn many_at_once_are_as_one_by_one() {
        for n in [0, 1, 3, 1_023, 1_024, 1_025, 5_000] {
            let (mut many, mut single) = (Histogram::new(), Histogram::new());
            (0..5).for_each(|i| [&mut many, &mut single].into_iter().for_each(|h| h.add(i * 300)));
            many.add_many(7, n);
            (0..n).for_each(|_| single.add(7));
            assert_eq!(many, single);
        }
    }

    #[test]
    fn small_samples_are_exact() {
        let mut histogram = Histogram::new();
        assert_eq!((histogram.quantile(0.5), histogram.mean()), (None, None));
        for value in [50, 10, 40, 20, 30] {
            histogram.add(value);
        }
        // Nearest rank: the median of five is the third; 0.8 × 5 = 4 is the fourth, not the fifth.
        let quantiles = [0.0, 0.2, 0.21, 0.5, 0.8, 0.81, 1.0].map(|q| histogram.quantile(q));
        assert_eq!(quantiles, [10, 10, 20, 30, 40, 50, 50].map(Some));
        assert_eq!(histogram.mean(), Some(30.0));
        histogram.add(10);
        assert_eq!(histogram.cdf()[0], (10, 2.0 / 6.0));
    }

    /// 100,000 values over nine decades: every percentile within 1/256 of the exact order
    /// statistic. A bound, not a chance: no false alarms.
    #[test]
    fn large_samples_keep_the_stated_error() {
        let mut stream = Streams::new(7, 0).stream("histogram", Purpose::Service);
        let mut histogram = Histogram::new();
        let mut values: Vec<u64> =
            (0..100_000).map(|_| libm::exp(20.0 * stream.uniform() + 5.0) as u64).collect();
        values.iter().for_each(|&value| histogram.add(value));
        values.sort_unstable();
        for percent in 1..=100 {
            let exact = values[percent * 1000 - 1];
            let got = histogram.quantile(percent as f64 / 100.0).unwrap();
            assert!(got.abs_diff(exact) as f64 <= exact as f64 / 256.0, "{percent} %: {got}");
        }
        assert_eq!(histogram.sum(), values.iter().map(|&v| u128::from(v)).sum());
        for (value, fraction) in histogram.cdf() {
            let below = values.partition_point(|&v| v <= value);
            assert_eq!(fraction, below as f64 / 100_000.0);
        }
    }

    proptest! {
        /// Merged, however they were split and on whichever side of 1,024, they answer as one.
        #[test]
        fn merging_is_adding(
            values in prop::collection::vec(any::<u64>(), 0..2_200), cut in 0.0..1.0f64,
        ) {
            let (a, b) = values.split_at((values.len() as f64 * cut) as usize);
            let [mut left, right, whole] = [a, b, &values].map(|part| {
                let mut histogram = Histogram::new();
                part.iter().for_each(|&value| histogram.add(value));
                histogram
            });
            left.merge(&right);
            for q in [0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0] {
                prop_assert_eq!(left.quantile(q), whole.quantile(q));
            }
            prop_assert_eq!(left.cdf(), whole.cdf());
            let [l, w] = [&left, &whole].map(|h| (h.count(), h.sum(), h.min(), h.max()));
            prop_assert_eq!(l, w);
        }
    }
}
