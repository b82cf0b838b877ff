//! What becomes of each traffic class's requests.

use super::RequestMeter;
use super::summary::ClassSummary;
use crate::kernel::id::Id;
use crate::kernel::time::{Span, Time};
use crate::model::ClassId;
use crate::probe::{Fact, JobId};

/// Meters of all classes; none if links do not tell traffic apart.
#[derive(Debug, Clone, Default)]
pub struct ClassMeters {
    of_job: Vec<ClassId>,
    meters: Vec<(RequestMeter, u64)>,
}

impl ClassMeters {
    /// Meters of `classes` classes, given the class of every job.
    pub fn new(classes: usize, of_job: Vec<ClassId>) -> ClassMeters {
        ClassMeters { of_job, meters: (0..classes).map(|_| Default::default()).collect() }
    }

    /// Listens.
    #[inline(always)]
    pub fn on(&mut self, now: Time, fact: &Fact<'_>) {
        if !self.meters.is_empty() {
            self.count(now, fact);
        }
    }

    fn count(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Issued(job, _) => self.of(*job).0.issued(),
            Fact::Answered(answer) => self.of(answer.job).0.answered(now, answer),
            Fact::Refused(job) => self.of(*job).0.refused(),
            Fact::Failed(job) => self.of(*job).0.failed(),
            Fact::Denied(job) => self.of(*job).1 += 1,
            Fact::WarmUpEnds => {
                for (requests, denied) in &mut self.meters {
                    requests.restart(now);
                    *denied = 0;
                }
            }
            _ => {}
        }
    }

    fn of(&mut self, job: JobId) -> &mut (RequestMeter, u64) {
        &mut self.meters[self.of_job[job.index()].index()]
    }

    /// The summaries at `end` of a `window` until then, given names and bytes of all-reduces.
    pub fn close<'a>(
        &self,
        end: Time,
        window: Span,
        classes: impl Iterator<Item = (&'a str, u128)>,
    ) -> Vec<ClassSummary> {
        let close =
            |((requests, denied), (name, gradient)): (&(RequestMeter, u64), (&str, u128))| {
                let bytes = (requests.bytes() + gradient) as f64;
                ClassSummary {
                    requests: requests.close(end, name),
                    bytes_per_s: if window > Span::ZERO { bytes / window.as_s() } else { 0.0 },
                    denied: *denied,
                    gradient_bytes: gradient as f64,
                }
            };
        self.meters.iter().zip(classes).map(close).collect()
    }
}
