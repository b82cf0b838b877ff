//! Levels as counters: means over equal steps, so that a level that changes a million times a second
//! does not fill the disk.

use crate::kernel::time::{Span, Time};

/// How long a step is, and from when on anything is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    pub step: Span,
    pub from: Time,
}

/// A level, averaged over steps.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    level: u64,
    since: Time,
    sum: u128,
    /// What was told last, and what would have been before it was time to.
    told: u128,
    early: Option<u128>,
}

impl Counter {
    /// Zero so far.
    pub fn new() -> Counter {
        Counter { level: 0, since: Time::ZERO, sum: 0, told: 0, early: None }
    }

    /// The level as it is.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// The level becomes `level`; `tell` hears of the means (level · ps in a step) of the steps that
    /// are over by now, with the start of each, where they are not those told before.
    pub fn set(&mut self, now: Time, level: u64, steps: Steps, mut tell: impl FnMut(Time, u128)) {
        self.close(now, steps, &mut tell);
        self.sum += u128::from(self.level) * u128::from(now.since(self.since).0);
        self.since = now;
        self.level = level;
    }

    fn close(&mut self, now: Time, steps: Steps, tell: &mut impl FnMut(Time, u128)) {
        let step = steps.step.0;
        let start = |at: Time| at.0 / step * step;
        let (first, last) = (start(self.since), start(now));
        if first == last {
            return;
        }
        let level = u128::from(self.level);
        let sum = self.sum + level * u128::from(first + step - self.since.0);
        self.tell(Time(first), sum, steps.from, tell);
        if first + step < last {
            self.tell(Time(first + step), level * u128::from(step), steps.from, tell);
        }
        self.sum = 0;
        self.since = Time(last);
    }

    fn tell(&mut self, at: Time, sum: u128, from: Time, tell: &mut impl FnMut(Time, u128)) {
        if sum == self.told {
            return;
        }
        self.told = sum;
        if at < from {
            self.early = Some(sum);
            return;
        }
        if let Some(early) = self.early.take().filter(|_| at > from) {
            tell(from, early);
        }
        tell(at, sum);
    }

    /// The last step, cut off at `end`, as if the level stood to its end.
    pub fn finish(&mut self, end: Time, steps: Steps, mut tell: impl FnMut(Time, u128)) {
        let step = steps.step.0;
        let next = Time((end.0 / step).saturating_add(1).saturating_mul(step));
        self.close(next, steps, &mut tell);
        if let Some(early) = self.early.take() {
            tell(steps.from, early);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(from: u64) -> Vec<(u64, u128)> {
        let (mut counter, mut told) = (Counter::new(), Vec::new());
        let steps = Steps { step: Span(10), from: Time(from) };
        for (at, level) in [(5, 4), (12, 0), (12, 2), (47, 6)] {
            counter.set(Time(at), level, steps, |at, sum| told.push((at.0, sum)));
        }
        counter.finish(Time(58), steps, |at, sum| told.push((at.0, sum)));
        told
    }

    #[test]
    fn steps_hold_means_and_repeat_nothing() {
        // 0–10: 4 for 5; 10–20: 4 for 2 and 2 for 8; then 20 a step up to 40; 2 for 7, 6 for 3; 6.
        assert_eq!(told(0), [(0, 20), (10, 24), (20, 20), (40, 32), (50, 60)]);
        // From within a step on, and from a step that repeats the one before.
        assert_eq!(told(14), [(14, 24), (20, 20), (40, 32), (50, 60)]);
        assert_eq!(told(30), [(30, 20), (40, 32), (50, 60)]);
        assert_eq!(told(55), [(55, 60)]);
    }
}
