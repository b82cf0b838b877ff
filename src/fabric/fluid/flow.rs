//! A transfer under way.

use super::Cap;
use crate::kernel::maxmin::ResourceId;
use crate::kernel::time::{Span, Time};
use crate::probe::Bottleneck;

/// What sets a flow's pace, and what is left to move.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// A clock on which it ends at a mark, units × ps.
    Clock { clock: ResourceId, mark: u128 },
    /// A rate of its own, and what was left at an instant, units × ps.
    Own { rate: u64, left: u128, since: Time },
}

#[derive(Debug, Clone)]
pub(super) struct Flow<T> {
    pub token: T,
    pub pace: Pace,
    /// What was left when its links were last credited with what it moves, units × ps.
    pub metered: u128,
    pub began: Time,
    pub order: u64,
    pub cap: Option<Cap>,
    /// What has held it down, since when.
    pub holder: Option<Bottleneck>,
    pub held_since: Time,
    pub held: [(Option<Bottleneck>, u64); 3],
}

impl<T> Flow<T> {
    /// Books the time since the last change of holder on it.
    pub fn hold(&mut self, now: Time) {
        let span = now.since(self.held_since);
        self.held_since = now;
        let Some(by) = self.holder.filter(|_| span > Span::ZERO) else { return };
        let slot = self
            .held
            .iter()
            .position(|(held, _)| *held == Some(by) || held.is_none())
            // More than three: the shortest gives way, the longest is what is reported.
            .unwrap_or_else(|| usize::from(self.held[2].1 >= self.held[1].1) + 1);
        let (held, time) = &mut self.held[slot];
        if *held != Some(by) {
            (*held, *time) = (Some(by), 0);
        }
        *time += span.0;
    }

    pub fn held_by(&self) -> Option<Bottleneck> {
        self.held.iter().filter(|(held, _)| held.is_some()).max_by_key(|(_, t)| *t)?.0
    }
}
