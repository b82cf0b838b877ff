//! What a resource carries, over time.

use crate::kernel::stats::{LevelWatch, Series};
use crate::kernel::time::Time;

/// The load of one resource, in units of the solver.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    load: u64,
    since: Time,
    series: Series,
    /// Alerts on a load that stays too high, if anybody asked.
    pub watch: Option<LevelWatch>,
}

impl Meter {
    /// Nothing moves yet.
    pub fn new() -> Meter {
        Meter { load: 0, since: Time::ZERO, series: Series::default(), watch: None }
    }

    /// The load becomes `load`; says whether it was another.
    #[inline]
    pub fn set(&mut self, now: Time, load: u64) -> bool {
        let changes = self.load != load;
        if changes {
            self.series.add(self.since, now, self.load);
            self.since = now;
            self.load = load;
            if let Some(watch) = &mut self.watch {
                watch.set(now, load);
            }
        }
        changes
    }

    /// The load over time up to `now`.
    pub fn over_time(&mut self, now: Time) -> &Series {
        self.series.add(self.since, now, self.load);
        self.since = now;
        &self.series
    }
}
