//! What resources carry, over time.

use crate::kernel::id::Table;
use crate::kernel::maxmin::{Hop, ResourceId};
use crate::kernel::stats::{LevelWatch, Series};
use crate::kernel::time::{Span, Time};

/// Equal stretches of time, one after another.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    end: u64,
    width: u64,
}

/// What each resource carries in each bin of time and in each interval of its watch, in units of the
/// solver × ps. Flows credit what they have moved when they end and when a bin or an interval does:
/// rates between are nobody's concern here.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    /// Carried so far.
    carried: Table<ResourceId, u128>,
    /// Of that, what is in the series.
    binned: Table<ResourceId, u128>,
    series: Table<ResourceId, Series>,
    /// All series have the same bins.
    bin: Stretch,
    /// Alerts on loads that stay too high, and what was carried when their interval began.
    watches: Table<ResourceId, (LevelWatch, u128)>,
    interval: Stretch,
    /// All flows have credited until then.
    credited: Time,
}

impl Default for Meters {
    fn default() -> Self {
        let width = Series::default().bin_width().0;
        Meters {
            carried: Table::new(),
            binned: Table::new(),
            series: Table::new(),
            bin: Stretch { end: width, width },
            watches: Table::new(),
            interval: Stretch { end: u64::MAX, width: u64::MAX },
            credited: Time::ZERO,
        }
    }
}

impl Meters {
    pub fn add_resource(&mut self) {
        self.carried.push(0);
        self.binned.push(0);
        self.series.push(Series::default());
    }

    /// Has all resources watched, from the start of the run on.
    pub fn watch(&mut self, interval: Span, watches: impl Iterator<Item = LevelWatch>) {
        self.watches = watches.map(|watch| (watch, 0)).collect();
        self.interval = Stretch { end: interval.0, width: interval.0 };
    }

    /// The end of the bin or interval under way, if that is before `now` and flows have to credit
    /// until then.
    pub fn ends_before(&mut self, now: Time, anything_moves: bool) -> Option<Time> {
        loop {
            let end = self.bin.end.min(self.interval.end);
            if end >= now.0 {
                return None;
            }
            if anything_moves {
                return Some(Time(end));
            }
            self.close(Time(end));
        }
    }

    /// All flows have credited until `end`, when a bin or an interval ends: the next begins.
    pub fn close(&mut self, end: Time) {
        self.credited = end;
        if end.0 == self.bin.end {
            for (id, &carried) in self.carried.iter() {
                let before = std::mem::replace(&mut self.binned[id], carried);
                if carried > before {
                    self.series[id].put(end, carried - before);
                }
            }
            if end.0 / self.bin.width >= Series::DEFAULT_BINS as u64 {
                self.bin.width *= 2;
            }
            self.bin.end = end.0.saturating_add(self.bin.width);
        }
        if end.0 == self.interval.end {
            for (id, (watch, before)) in self.watches.iter_mut() {
                let carried = self.carried[id];
                watch.add_interval(carried - std::mem::replace(before, carried));
            }
            self.interval.end = end.0.saturating_add(self.interval.width);
        }
    }

    /// Credits the resources of a flow with what it has moved, units × ps.
    pub fn credit(&mut self, moved: u128, hops: impl Iterator<Item = Hop>) {
        let (mut divisor, mut part) = (1, moved);
        for hop in hops {
            // Hops of one divisor mostly stand together: one division serves them all.
            if hop.divisor != divisor {
                (divisor, part) = (hop.divisor, moved / u128::from(hop.divisor));
            }
            self.carried[hop.resource] += part;
        }
    }

    /// Whether flows have to credit before a series is read up to `now`; they are about to.
    pub fn opens(&mut self, now: Time) -> bool {
        std::mem::replace(&mut self.credited, now) != now
    }

    /// What a resource has carried up to `now`.
    pub fn over_time(&mut self, id: ResourceId, now: Time) -> &Series {
        let carried = self.carried[id];
        let series = &mut self.series[id];
        series.put(now, carried - std::mem::replace(&mut self.binned[id], carried));
        series
    }

    /// The watch of a resource, if it has one.
    pub fn watch_of(&mut self, id: ResourceId) -> Option<&mut LevelWatch> {
        (!self.watches.is_empty()).then(|| &mut self.watches[id].0)
    }
}
