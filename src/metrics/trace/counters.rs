//! Levels as counters: means over equal steps, so that a level that changes a million times a second
//! does not fill the disk.

use crate::kernel::time::{Span, Time};

/// A level, averaged over steps.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    level: u64,
    since: Time,
    sum: u128,
    /// What was told last.
    told: u128,
}

impl Counter {
    /// Zero so far.
    pub fn new() -> Counter {
        Counter { level: 0, since: Time::ZERO, sum: 0, told: 0 }
    }

    /// The level as it is.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// The level becomes `level`; `tell` hears of the means (level · ps in a step) of the steps that
    /// are over by now, with the start of each, where they are not those told before.
    pub fn set(&mut self, now: Time, level: u64, step: Span, mut tell: impl FnMut(Time, u128)) {
        self.close(now, step, &mut tell);
        self.sum += u128::from(self.level) * u128::from(now.since(self.since).0);
        self.since = now;
        self.level = level;
    }

    fn close(&mut self, now: Time, step: Span, tell: &mut impl FnMut(Time, u128)) {
        let start = |at: Time| at.0 / step.0 * step.0;
        let (first, last) = (start(self.since), start(now));
        if first == last {
            return;
        }
        let level = u128::from(self.level);
        let sum = self.sum + level * u128::from(first + step.0 - self.since.0);
        self.tell(Time(first), sum, tell);
        if first + step.0 < last {
            self.tell(Time(first + step.0), level * u128::from(step.0), tell);
        }
        self.sum = 0;
        self.since = Time(last);
    }

    fn tell(&mut self, at: Time, sum: u128, tell: &mut impl FnMut(Time, u128)) {
        if sum != self.told {
            tell(at, sum);
            self.told = sum;
        }
    }

    /// The last step, cut off at `end`, as if the level stood to its end.
    pub fn finish(&mut self, end: Time, step: Span, mut tell: impl FnMut(Time, u128)) {
        let next = Time((end.0 / step.0).saturating_add(1).saturating_mul(step.0));
        self.close(next, step, &mut tell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_hold_means_and_repeat_nothing() {
        let (mut counter, mut told) = (Counter::new(), Vec::new());
        for (at, level) in [(5, 4), (12, 0), (12, 2), (47, 6)] {
            counter.set(Time(at), level, Span(10), |at, sum| told.push((at.0, sum)));
        }
        counter.finish(Time(58), Span(10), |at, sum| told.push((at.0, sum)));
        // 0–10: 4 for 5; 10–20: 4 for 2 and 2 for 8; then 20 a step up to 40; 2 for 7, 6 for 3; 6.
        assert_eq!(told, [(0, 20), (10, 24), (20, 20), (40, 32), (50, 60)]);
    }
}
