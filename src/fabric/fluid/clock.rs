//! Time as the flows see it that move at one rate.

use crate::kernel::maxmin::FlowId;
use crate::kernel::time::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Where on a clock a flow ends; ties go to the smaller order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// Units × ps.
    pub at: u128,
    pub order: u64,
    pub flow: FlowId,
}

/// What a flow on it has moved since the clock began, units × ps, and where its flows end. Marks of
/// flows that have left stay behind until they surface or are swept.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    shown: u128,
    since: Time,
    rate: u64,
    /// The earliest first.
    marks: BinaryHeap<Reverse<Mark>>,
    /// It is due at another time, and that is noted.
    pub reset: bool,
}

impl Clock {
    /// What it shows at `now`.
    #[inline]
    pub fn shows(&self, now: Time) -> u128 {
        self.shown + u128::from(self.rate) * u128::from(now.since(self.since).0)
    }

    /// From `now` on it runs at another rate.
    pub fn set_rate(&mut self, now: Time, rate: u64) {
        self.shown = self.shows(now);
        (self.since, self.rate) = (now, rate);
    }

    pub fn runs(&self) -> bool {
        self.rate > 0
    }

    /// When it shows `mark`, if it keeps its rate: never early.
    pub fn when(&self, mark: u128) -> Time {
        let left = mark.saturating_sub(self.shown);
        let wait = match u64::try_from(left) {
            Ok(0) => 0,
            _ if self.rate == 0 => return Time::NEVER,
            Ok(left) => left.div_ceil(self.rate).into(),
            Err(_) => left.div_ceil(self.rate.into()),
        };
        Time(u64::try_from(u128::from(self.since.0) + wait).unwrap_or(Time::NEVER.0))
    }

    /// The first mark that `stands`; others before it are dropped.
    pub fn next_mark(&mut self, stands: impl Fn(&Mark) -> bool) -> Option<Mark> {
        while let Some(Reverse(mark)) = self.marks.peek() {
            if stands(mark) {
                return Some(*mark);
            }
            self.marks.pop();
        }
        None
    }

    pub fn add_mark(&mut self, mark: Mark) {
        self.marks.push(Reverse(mark));
    }

    /// Takes the first mark.
    pub fn pop_mark(&mut self) {
        self.marks.pop();
    }

    /// Marks on it, those of flows that have left included.
    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    /// Drops all marks that do not stand.
    pub fn sweep(&mut self, stands: impl Fn(&Mark) -> bool) {
        self.marks.retain(|Reverse(mark)| stands(mark));
    }
}
