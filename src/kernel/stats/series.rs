//! A level over time in constant memory: the line of a chart.

use crate::kernel::time::{Span, Time};
use serde::Serialize;

/// Width of a bin before any doubling, unless told otherwise.
const DEFAULT_WIDTH: Span = Span::from_ms(1);

/// The integral of an integer level over each of at most N equal bins of time since the start of
/// the run. When the run outgrows them, neighbours merge in pairs and the bins become twice as
/// wide; sums are integers, so the result is the one the wider bins would have given all along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Series {
    /// Level · ps in each bin; only as long as the last bin touched.
    bins: Vec<u128>,
    /// At most this many bins; even.
    capacity: usize,
    /// Width of a bin, in ps; wider than u64 once the bins reach beyond the longest run.
    width: u128,
    /// The bin last added to, whose bounds (ps) spare most additions a division.
    #[serde(skip)]
    recent: Recent,
}

/// Bounds of the bin last added to, in ps; empty at first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Recent {
    bin: usize,
    start: u64,
    end: u64,
}

impl Series {
    /// Bins of a series unless told otherwise: a chart 960 px wide gives each four.
    pub const DEFAULT_BINS: usize = 240;

    /// At most `capacity` bins, each `width` wide at first.
    ///
    /// # Panics
    /// If `capacity` is odd or zero, or `width` is zero.
    pub fn new(capacity: usize, width: Span) -> Series {
        assert!(capacity > 0 && capacity.is_multiple_of(2), "bins merge in pairs");
        assert!(width > Span::ZERO, "a bin needs a width");
        let recent = Recent::default();
        Series { bins: Vec::new(), capacity, width: width.0.into(), recent }
    }

    /// The level was `level` from `from` to `to`. Levels of overlapping times add up; a level of zero
    /// takes no room.
    ///
    /// # Panics
    /// If `to` is earlier than `from`: time ran backwards.
    #[inline]
    pub fn add(&mut self, from: Time, to: Time, level: u64) {
        let length = to.since(from).0;
        if level == 0 {
            return;
        }
        if from.0 >= self.recent.start && to.0 <= self.recent.end && length > 0 {
            self.bins[self.recent.bin] += u128::from(level) * u128::from(length);
        } else {
            self.add_slowly(from.0, to.0, level.into());
        }
    }

    /// Level · ps that fell between the start of a bin and `at`, which is in it or its end.
    pub fn put(&mut self, at: Time, amount: u128) {
        let Some(last) = at.0.checked_sub(1) else { return };
        self.reach(at);
        let bin = (u128::from(last) / self.width) as usize;
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += amount;
    }

    /// Adds to every bin between `from` and `to`, making room first.
    fn add_slowly(&mut self, from: u64, to: u64, level: u128) {
        if from == to {
            return;
        }
        self.reach(Time(to));
        // Bins wider than that are one.
        let width = u64::try_from(self.width).unwrap_or(u64::MAX);
        let (first, last) = ((from / width) as usize, ((to - 1) / width) as usize);
        if self.bins.len() <= last {
            self.bins.resize(last + 1, 0);
        }
        let start = last as u64 * width;
        if first == last {
            self.bins[last] += level * u128::from(to - from);
        } else {
            self.bins[first] += level * u128::from((first as u64 + 1) * width - from);
            let whole = level * u128::from(width);
            self.bins[first + 1..last].iter_mut().for_each(|bin| *bin += whole);
            self.bins[last] += level * u128::from(to - start);
        }
        self.recent = Recent { bin: last, start, end: start.saturating_add(width) };
    }

    /// Widens the bins until they reach `end`.
    pub fn reach(&mut self, end: Time) {
        while u128::from(end.0) > self.width * self.capacity as u128 {
            self.merge_pairs();
        }
    }

    /// Halves the bins and doubles their width.
    fn merge_pairs(&mut self) {
        let merged = self.bins.len().div_ceil(2);
        for i in 0..merged {
            self.bins[i] = self.bins[2 * i] + self.bins.get(2 * i + 1).copied().unwrap_or(0);
        }
        self.bins.truncate(merged);
        self.width *= 2;
        self.recent = Recent::default();
    }

    /// Level · ps in each bin, from the start of the run to the last bin touched.
    pub fn bins(&self) -> &[u128] {
        &self.bins
    }
    /// Width of a bin.
    pub fn bin_width(&self) -> Span {
        Span(u64::try_from(self.width).unwrap_or(u64::MAX))
    }
    /// Start and mean level of each bin of a run that ended at `end`, which they
    /// [`reach`](Self::reach); the last bin is averaged over the part of it that ran.
    pub fn means(&self, end: Time) -> impl Iterator<Item = (Time, f64)> + '_ {
        let bins = u128::from(end.0).div_ceil(self.width) as usize;
        (0..bins).map(move |i| {
            let start = i as u128 * self.width;
            let ran = u128::from(end.0).min(start + self.width) - start;
            let sum = self.bins.get(i).copied().unwrap_or(0);
            (Time(start as u64), sum as f64 / ran as f64)
        })
    }
    /// Level · ps of the whole run.
    pub fn total(&self) -> u128 {
        self.bins.iter().sum()
    }
}

impl Default for Series {
    fn default() -> Self {
        Series::new(Series::DEFAULT_BINS, DEFAULT_WIDTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_addition_is_cut_at_the_edges_of_the_bins() {
        let mut series = Series::new(4, Span(10));
        series.add(Time(5), Time(25), 3);
        assert_eq!(series.bins(), [15, 30, 15]);
        series.add(Time(25), Time(30), 2);
        assert_eq!(series.bins(), [15, 30, 25]);
        let means: Vec<_> = series.means(Time(28)).collect();
        assert_eq!(means, [(Time(0), 1.5), (Time(10), 3.0), (Time(20), 3.125)]);
    }

    #[test]
    fn bins_double_until_the_run_fits() {
        let mut series = Series::new(4, Span(10));
        series.add(Time(0), Time(40), 1);
        assert_eq!((series.bins(), series.bin_width()), (&[10, 10, 10, 10][..], Span(10)));
        series.add(Time(40), Time(41), 7);
        assert_eq!((series.bins(), series.bin_width()), (&[20, 20, 7][..], Span(20)));
        series.add(Time(81), Time(161), 1);
        assert_eq!((series.bins(), series.bin_width()), (&[47, 79, 1][..], Span(80)));
    }

    #[test]
    fn the_longest_run_fits() {
        let mut series = Series::new(2, Span(1));
        series.add(Time::ZERO, Time::NEVER, u64::MAX);
        assert_eq!(series.total(), u128::from(u64::MAX) * u128::from(u64::MAX));
    }

    #[test]
    fn an_empty_span_adds_nothing() {
        let mut series = Series::default();
        series.add(Time(7), Time(7), 9);
        assert!(series.bins().is_empty());
    }

    proptest! {
        /// Doubled bins hold exactly what bins of the final width would have held from the
        /// start, and nothing is lost.
        #[test]
        fn doubling_loses_nothing(
            adds in prop::collection::vec((0..5_000u64, 0..400u64, 0..1_000_000u64), 1..60),
        ) {
            let mut grown = Series::new(8, Span(3));
            for &(from, length, level) in &adds {
                grown.add(Time(from), Time(from + length), level);
            }
            let mut wide = Series::new(8, grown.bin_width());
            let mut total = 0;
            for &(from, length, level) in &adds {
                wide.add(Time(from), Time(from + length), level);
                total += u128::from(length) * u128::from(level);
            }
            prop_assert_eq!(grown.bins(), wide.bins());
            prop_assert_eq!(grown.total(), total);
        }
    }
}
