//! A level that must not stay above a limit.

use super::alarm::{Alarm, Episode};
use crate::kernel::time::{Span, Time};
use std::collections::VecDeque;

/// Watches the mean of an integer level over the last few intervals, evaluated at every whole
/// interval. Integrals are exact, and a change of level costs the same however long the level stood.
#[derive(Debug, Clone)]
pub struct LevelWatch {
    level: u64,
    since: Time,
    /// Level · ps of the interval under way, and where that ends (ps).
    sum: u128,
    end: u64,
    interval: u64,
    /// Number of the next evaluation: it is at `next` intervals.
    next: u64,
    /// Level · ps of the last intervals, at most `window` of them, and their sum.
    recent: VecDeque<u128>,
    total: u128,
    window: usize,
    /// Most level · ps a window may hold, and what stands for 1 in the values told.
    most: u128,
    whole: f64,
    alarm: Alarm,
}

impl LevelWatch {
    /// Alerts when the mean level over `window` intervals has been more than `over` (a share of
    /// `capacity`) for `hold` intervals. The level is zero at first; before the first whole window
    /// there is no verdict.
    ///
    /// # Panics
    /// If `interval` or `window` is zero.
    pub fn new(interval: Span, window: u64, hold: u64, over: f64, capacity: u64) -> LevelWatch {
        assert!(interval > Span::ZERO && window > 0, "a window needs a length");
        let length = u128::from(interval.0) * u128::from(window);
        LevelWatch {
            level: 0,
            since: Time::ZERO,
            sum: 0,
            end: interval.0,
            interval: interval.0,
            next: 1,
            recent: VecDeque::new(),
            total: 0,
            window: window as usize,
            most: (over * capacity as f64 * length as f64) as u128,
            whole: capacity as f64 * length as f64,
            alarm: Alarm::new(hold),
        }
    }

    /// The level becomes `level`.
    #[inline]
    pub fn set(&mut self, now: Time, level: u64) {
        self.flow(now);
        self.level = level;
    }

    /// What the level · ps of the next interval are, for who knows sums instead of levels.
    pub fn add_interval(&mut self, sum: u128) {
        debug_assert!(self.level == 0 && self.sum == 0, "either levels are told or sums");
        self.close(sum);
        self.since = Time(self.end);
        self.end = self.end.saturating_add(self.interval);
    }

    /// The level as it is.
    pub fn level(&self) -> u64 {
        self.level
    }

    #[inline]
    fn flow(&mut self, now: Time) {
        if now.0 < self.end {
            self.sum += u128::from(self.level) * u128::from(now.since(self.since).0);
            self.since = now;
        } else {
            self.close_intervals(now);
        }
    }

    fn close_intervals(&mut self, now: Time) {
        let level = u128::from(self.level);
        let rest = self.end - self.since.0;
        self.close(self.sum + level * u128::from(rest));
        let whole = (now.0 - self.end) / self.interval;
        // When the window holds this level alone, all further evaluations are alike.
        let single = whole.min(self.window as u64);
        for _ in 0..single {
            self.close(level * u128::from(self.interval));
        }
        let alike = whole - single;
        self.alarm.feed(self.next, alike, self.verdict());
        self.next += alike;
        let start = u128::from(self.next - 1) * u128::from(self.interval);
        let start = u64::try_from(start).expect("the interval began by now");
        self.end = start.saturating_add(self.interval);
        self.sum = level * u128::from(now.0 - start);
        self.since = now;
    }

    fn close(&mut self, sum: u128) {
        if self.recent.len() == self.window {
            self.total -= self.recent.pop_front().expect("a window is not empty");
        }
        self.recent.push_back(sum);
        self.total += sum;
        self.alarm.feed(self.next, 1, self.verdict());
        self.next += 1;
    }

    fn verdict(&self) -> Option<f64> {
        let bad = self.total > self.most && self.recent.len() == self.window;
        bad.then(|| self.total as f64 / self.whole)
    }

    /// What happened up to `end`; an interval that is not whole by then was not evaluated.
    pub fn episodes(&mut self, end: Time) -> impl Iterator<Item = &Episode> {
        self.flow(end);
        self.alarm.episodes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Found = Vec<(u64, Option<u64>, Option<u64>, f64)>;

    fn found(watch: &mut LevelWatch, end: u64) -> Found {
        watch.episodes(Time(end)).map(|e| (e.since, e.fired, e.until, e.worst)).collect()
    }

    /// Intervals of 10: a level of 9 of 10 is not over 0.9; 10 from 25 to 68 fills the intervals
    /// that end at 40, 50 and 60; (10·5)/(10·10) and 0.8 at 30 and 70 are not over. Held two
    /// intervals, it fires at 60 and is resolved at 70.
    #[test]
    fn intervals_are_means_and_fire_after_their_hold() {
        let mut watch = LevelWatch::new(Span(10), 1, 2, 0.9, 10);
        watch.set(Time(0), 9);
        watch.set(Time(20), 0);
        watch.set(Time(25), 10);
        watch.set(Time(68), 0);
        assert_eq!(found(&mut watch, 200), [(4, Some(6), Some(7), 1.0)]);
    }

    #[test]
    fn a_level_that_stands_for_ever_costs_nothing_and_fires_once() {
        let mut watch = LevelWatch::new(Span(1), 5, 10, 0.5, 4);
        watch.set(Time(0), 3);
        assert_eq!(found(&mut watch, u64::MAX - 1), [(5, Some(15), None, 0.75)]);
    }

    /// Sums of intervals find what the levels do.
    #[test]
    fn sums_and_levels_are_alike() {
        let mut levels = LevelWatch::new(Span(10), 2, 1, 0.5, 10);
        let mut sums = LevelWatch::new(Span(10), 2, 1, 0.5, 10);
        for (i, level) in [3, 9, 9, 2, 8, 8, 8, 0].into_iter().enumerate() {
            levels.set(Time(10 * i as u64), level);
            sums.add_interval(u128::from(10 * level));
        }
        assert_eq!(found(&mut levels, 80), found(&mut sums, 80));
        assert_eq!(found(&mut sums, 80).len(), 2);
    }

    proptest! {
        /// A slow twin: the mean of every window from a sample at every picosecond, and a list of
        /// verdicts read back to front. Integers: no tolerance, no false alarms.
        #[test]
        fn as_from_a_sample_at_every_picosecond(
            changes in prop::collection::vec((0..40u64, 0..=10u64), 0..40),
            (interval, window, hold, limit) in (1..15u64, 1..4u64, 0..4u64, 0..10u64),
        ) {
            let over = limit as f64 / 10.0;
            let mut watch = LevelWatch::new(Span(interval), window, hold, over, 10);
            let (mut now, mut samples) = (0, Vec::new());
            let mut level = 0;
            for (gap, next) in changes {
                now += gap;
                samples.resize(now as usize, level);
                watch.set(Time(now), next);
                level = next;
            }
            now += 17;
            samples.resize(now as usize, level);
            let mut expected: Found = Vec::new();
            let mut since = None;
            for at in window..=now / interval {
                let (from, to) = ((at - window) * interval, at * interval);
                let sum: u64 = samples[from as usize..to as usize].iter().sum();
                let most = over * 10.0 * (window * interval) as f64;
                let value = sum as f64 / (10.0 * (window * interval) as f64);
                if sum as f64 > most.floor() {
                    let first = *since.get_or_insert(at);
                    if first == at {
                        expected.push((at, None, None, value));
                    }
                    let last = expected.last_mut().unwrap();
                    last.3 = last.3.max(value);
                    if at - first >= hold && last.1.is_none() {
                        last.1 = Some(at);
                    }
                } else if since.take().is_some() {
                    let last = expected.last_mut().unwrap();
                    last.2 = Some(at);
                    if last.1.is_none() {
                        expected.pop();
                    }
                }
            }
            prop_assert_eq!(found(&mut watch, now), expected);
        }
    }
}
