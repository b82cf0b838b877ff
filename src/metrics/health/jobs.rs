//! Rules over the requests of a job.

use super::{intervals, window};
use crate::kernel::stats::{Alarm, WindowedCounts, WindowedHistogram};
use crate::kernel::time::Span;
use crate::model::{Bound, Health, Rule};

/// Attempts that ended, and those of them that must be made again.
const ENDED: usize = 0;
const AGAIN: usize = 1;

/// The rules over the requests of one job.
#[derive(Debug, Clone)]
pub(super) struct JobMonitor {
    first_byte: Option<(Bound, WindowedHistogram, Alarm)>,
    retries: Option<(Bound, WindowedCounts<2>, Alarm)>,
    errors: Option<(Bound, WindowedCounts<2>, Alarm)>,
}

impl JobMonitor {
    /// None if nothing is watched.
    pub fn new(spec: &Health) -> Option<JobMonitor> {
        let interval = spec.interval;
        let alarm = |bound: &Bound| Alarm::new(intervals(bound.hold, interval));
        let counted = |rule| {
            let bound = spec.bound(rule)?;
            Some((bound, WindowedCounts::new(window(&bound, interval)), alarm(&bound)))
        };
        let first_byte = spec
            .bound(Rule::FirstByte)
            .map(|bound| (bound, WindowedHistogram::new(window(&bound, interval)), alarm(&bound)));
        let (retries, errors) = (counted(Rule::Retries), counted(Rule::Errors));
        spec.on.then_some(JobMonitor { first_byte, retries, errors })
    }

    /// A request is answered; its first byte took so long.
    pub fn answered(&mut self, first_byte: Span) {
        if let Some((_, histogram, _)) = &mut self.first_byte {
            histogram.add(first_byte.0);
        }
        for (_, counts, _) in [&mut self.retries, &mut self.errors].into_iter().flatten() {
            counts.count(ENDED);
        }
    }

    /// An attempt failed: the client tries again.
    pub fn again(&mut self) {
        for (_, counts, _) in [&mut self.retries, &mut self.errors].into_iter().flatten() {
            counts.count(ENDED);
            counts.count(AGAIN);
        }
    }

    /// Evaluation number `at`.
    pub fn evaluate(&mut self, at: u64) {
        if let Some((bound, histogram, alarm)) = &mut self.first_byte {
            histogram.roll();
            let enough = histogram.count() >= bound.least;
            let p99 = histogram.quantile(0.99).filter(|_| enough).map(|ps| Span(ps).as_s());
            alarm.feed(at, 1, p99.filter(|p99| *p99 > bound.over));
        }
        if let Some((bound, counts, alarm)) = &mut self.retries {
            counts.roll();
            alarm.feed(at, 1, rising(bound, counts));
        }
        if let Some((bound, counts, alarm)) = &mut self.errors {
            counts.roll();
            let enough = counts.recent().filter(|recent| recent[AGAIN] >= bound.least);
            alarm.feed(at, 1, enough.map(share).filter(|share| *share > bound.over));
        }
    }

    /// Its alarms.
    pub fn alarms(&self) -> impl Iterator<Item = (Rule, &Alarm)> {
        let first_byte = self.first_byte.iter().map(|(.., alarm)| (Rule::FirstByte, alarm));
        let retries = self.retries.iter().map(|(.., alarm)| (Rule::Retries, alarm));
        let errors = self.errors.iter().map(|(.., alarm)| (Rule::Errors, alarm));
        first_byte.chain(retries).chain(errors)
    }
}

fn share(counts: [u64; 2]) -> f64 {
    counts[AGAIN] as f64 / counts[ENDED] as f64
}

/// The share of retries, if it is a multiple of that in the window before. A window in which nothing
/// ended had no retries.
fn rising(bound: &Bound, counts: &WindowedCounts<2>) -> Option<f64> {
    let (now, before) = (counts.recent()?, counts.before()?);
    let was = if before[ENDED] > 0 { share(before) } else { 0.0 };
    let enough = now[AGAIN] >= bound.least.max(1);
    enough.then(|| share(now)).filter(|now| *now > bound.over * was)
}
