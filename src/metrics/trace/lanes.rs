//! Threads of a trace: things that overlap stand on lanes beside each other.

use super::writer::{Track, Writer};
use crate::kernel::time::Time;
use std::collections::BTreeMap;
use std::io::Write;

/// A group of lanes: a worker, a controller's slots, a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub pid: u32,
    /// Place among the groups of its process.
    pub place: u64,
}

/// All lanes of a trace.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    groups: BTreeMap<Group, Vec<(Track, Time)>>,
    reserved: BTreeMap<Group, Track>,
    /// The last thread so far: no two of a trace have one number.
    last: u32,
}

/// Lanes of a group that have a place of their own in the order of threads.
const PLACES: u64 = 1_000;

impl Lanes {
    /// Threads have numbers above `last`: a viewer takes one whose number is its process's for the
    /// main thread.
    pub fn above(last: u32) -> Lanes {
        Lanes { last, ..Lanes::default() }
    }

    /// Keeps the next number for the first lane of a group: viewers that know nothing
    /// of places order threads by number.
    pub fn reserve(&mut self, group: Group) {
        let track = self.next(group.pid);
        self.reserved.insert(group, track);
    }

    fn next(&mut self, pid: u32) -> Track {
        self.last += 1;
        Track { pid, tid: self.last }
    }

    /// The lane for something that lasted from `from` to `to`. Of the lanes free since then it is the
    /// one that was free for the shortest time; if things come in order of their ends, that takes as
    /// few lanes as there ever were things at once. `name` names the lane of a number.
    pub fn take<W: Write>(
        &mut self,
        out: &mut Writer<W>,
        group: Group,
        (from, to): (Time, Time),
        name: impl Fn(usize) -> String,
    ) -> Track {
        let lanes = self.groups.entry(group).or_default();
        let free = lanes.iter_mut().filter(|(_, busy)| *busy <= from);
        if let Some((track, busy)) = free.max_by_key(|(_, busy)| *busy) {
            *busy = to;
            return *track;
        }
        let number = lanes.len();
        let place = group.place * PLACES + (number as u64).min(PLACES - 1);
        let track = self.reserved.remove(&group).unwrap_or_else(|| self.next(group.pid));
        out.thread(track, &name(number), place);
        self.groups.entry(group).or_default().push((track, to));
        track
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// No two things on a lane overlap, and there are as many lanes as things at once.
        #[test]
        fn as_few_lanes_as_things_at_once(
            things in prop::collection::vec((0..50u64, 1..20u64), 0..60),
        ) {
            let mut things: Vec<_> = things.into_iter().map(|(at, long)| (at, at + long)).collect();
            things.sort_by_key(|(_, to)| *to);
            let mut out = Writer::new(Vec::new(), Time::ZERO, Time::NEVER, u64::MAX, &[]);
            let (mut lanes, mut placed) = (Lanes::default(), Vec::new());
            for &(from, to) in &things {
                let group = Group { pid: 1, place: 0 };
                let on = lanes.take(&mut out, group, (Time(from), Time(to)), |_| String::new());
                let clash = placed.iter().any(|&(other, f, t)| other == on && f < to && from < t);
                prop_assert!(!clash);
                placed.push((on, from, to));
            }
            let at_once = |now| things.iter().filter(|(f, t)| (*f..*t).contains(&now)).count();
            let most = (0..80).map(at_once).max().unwrap_or(0);
            prop_assert_eq!(lanes.last as usize, most);
        }
    }
}
