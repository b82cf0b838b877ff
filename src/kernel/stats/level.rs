//! A level (queue length, busy slots, bytes resident) averaged over time.

use crate::kernel::time::Time;
use serde::Serialize;

/// The integral of an integer level over time, exact: level × picoseconds in 128 bits, so the
/// answer does not depend on how often the level was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TimeWeighted {
    /// Start of the window.
    start: Time,
    /// When the level last changed.
    last: Time,
    level: u64,
    max: u64,
    /// Level · ps from `start` to `last`; a u64 times a u64 cannot overflow it.
    integral: u128,
}

impl TimeWeighted {
    /// Watches from `start`, when the level is `level`.
    pub fn new(start: Time, level: u64) -> TimeWeighted {
        TimeWeighted { start, last: start, level, max: level, integral: 0 }
    }

    /// The level becomes `level` at `at`.
    ///
    /// # Panics
    /// If `at` is earlier than the last change: time ran backwards.
    #[inline]
    pub fn set(&mut self, at: Time, level: u64) {
        self.integral = self.integral(at);
        self.last = at;
        self.level = level;
        self.max = self.max.max(level);
    }

    /// Begins a new window at `at` (the end of the warm-up), the level staying as it is.
    pub fn restart(&mut self, at: Time) {
        debug_assert!(at >= self.last, "time ran backwards");
        *self = TimeWeighted::new(at, self.level);
    }

    /// The level now.
    pub fn level(&self) -> u64 {
        self.level
    }
    /// The highest level in the window, levels held for no time included.
    pub fn max(&self) -> u64 {
        self.max
    }
    /// Level · ps from the start of the window to `until`.
    #[inline]
    pub fn integral(&self, until: Time) -> u128 {
        self.integral + u128::from(self.level) * u128::from(until.since(self.last).0)
    }
    /// The mean level from the start of the window to `until`; of an empty window, the level.
    pub fn mean(&self, until: Time) -> f64 {
        let window = until.since(self.start);
        if window.0 == 0 {
            return self.level as f64;
        }
        self.integral(until) as f64 / window.0 as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn averages_by_time_not_by_change() {
        let mut queue = TimeWeighted::new(Time(0), 0);
        queue.set(Time(10), 4);
        queue.set(Time(10), 9);
        queue.set(Time(30), 1);
        assert_eq!(queue.integral(Time(40)), 9 * 20 + 10);
        assert_eq!(queue.mean(Time(40)), 4.75);
        assert_eq!(queue.max(), 9);
        queue.restart(Time(40));
        assert_eq!((queue.mean(Time(40)), queue.mean(Time(90)), queue.max()), (1.0, 1.0, 1));
    }

    #[test]
    fn holds_the_largest_level_for_the_longest_run() {
        let level = TimeWeighted::new(Time::ZERO, u64::MAX);
        assert_eq!(level.integral(Time::NEVER), u128::from(u64::MAX) * u128::from(u64::MAX));
    }

    #[test]
    #[should_panic(expected = "time ran backwards")]
    fn refuses_to_go_back() {
        TimeWeighted::new(Time(5), 1).set(Time(4), 2);
    }

    proptest! {
        /// Touching a level without changing it changes nothing, to the last integer.
        #[test]
        fn touching_changes_nothing(
            steps in prop::collection::vec((0..u64::MAX / 128, any::<u64>(), 0..100u64), 1..64),
        ) {
            let mut plain = TimeWeighted::new(Time(0), 0);
            let mut touched = plain;
            let mut now = 0;
            for (gap, level, percent) in steps {
                touched.set(Time(now + gap / 100 * percent), touched.level());
                now += gap;
                plain.set(Time(now), level);
                touched.set(Time(now), level);
            }
            prop_assert_eq!(plain.integral(Time(now)), touched.integral(Time(now)));
        }
    }
}
