//! The probe behind the summary.

use super::{ClassMeters, Ledger, Monitor, RequestMeter, StationMeter};
use crate::kernel::id::{Id, Table};
use crate::kernel::stats::Series;
use crate::kernel::time::{Span, Time};
use crate::probe::{Answered, Fact, JobId, Probe, StationId};

/// Ledger, station and request meters of one run.
#[derive(Debug, Clone)]
pub struct Meters {
    /// The idle ledger.
    pub ledger: Ledger,
    /// By station.
    pub stations: Table<StationId, StationMeter>,
    /// By job.
    pub requests: Table<JobId, RequestMeter>,
    /// By traffic class; empty if there are none.
    pub classes: ClassMeters,
    /// Jobs of ours; those after them are neighbours.
    own_jobs: usize,
    /// Payload delivered to our jobs over time: each answer spread over its own life.
    pub delivered: Series,
    /// The same, each answer spread between its first and its last byte.
    pub goodput: Series,
    /// (hits, misses) of node caches and of the shared cache.
    pub caches: [(u64, u64); 2],
    /// What a monitor alerts on.
    pub health: Monitor,
}

impl Meters {
    /// Meters for this many of each; of the jobs the first `own_jobs` are ours.
    pub fn new(
        gpus: u32,
        stations: usize,
        jobs: usize,
        own_jobs: usize,
        health: Monitor,
    ) -> Meters {
        Meters {
            ledger: Ledger::new(gpus),
            stations: (0..stations).map(|_| StationMeter::default()).collect(),
            requests: (0..jobs).map(|_| RequestMeter::default()).collect(),
            classes: ClassMeters::default(),
            own_jobs,
            delivered: Series::default(),
            goodput: Series::default(),
            caches: [(0, 0); 2],
            health,
        }
    }
}

impl Meters {
    #[inline(never)]
    fn answered(&mut self, now: Time, answer: &Answered<'_>) {
        self.requests[answer.job].answered(now, answer);
        if answer.job.index() >= self.own_jobs {
            return;
        }
        let rate = |over: Span| {
            // Bytes per picosecond in parts per million, so that small rates keep their digits.
            match answer.bytes.checked_mul(1_000_000) {
                Some(parts) => parts / over.0.max(1),
                None => {
                    let parts = u128::from(answer.bytes) * 1_000_000 / u128::from(over.0.max(1));
                    u64::try_from(parts).unwrap_or(u64::MAX)
                }
            }
        };
        self.delivered.add(answer.issued, now, rate(now.since(answer.issued)));
        // All at once: over the picosecond before.
        let from = answer.first_byte.min(Time(now.0.saturating_sub(1)));
        self.goodput.add(from, now, rate(now.since(from)));
    }
}

impl Probe for Meters {
    // Who tells a fact knows which one it is: inlined, only its arms are left.
    #[inline(always)]
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        self.classes.on(now, &fact);
        self.health.on(now, fact);
        match fact {
            Fact::Gpu(gpu, state) => self.ledger.set(now, gpu, state),
            Fact::StallEnds(_, shares) => self.ledger.split(shares),
            Fact::WaitsSplit(shares) => self.ledger.split_waits(shares),
            Fact::WaitedFor(state, sum) => self.ledger.waited(state, sum),
            Fact::Issued(job, _) => self.requests[job].issued(),
            Fact::Answered(answer) => self.answered(now, &answer),
            Fact::Refused(job) => self.requests[job].refused(),
            Fact::Failed(job) => self.requests[job].failed(),
            Fact::TimedOut(job) => self.requests[job].policies.timeouts += 1,
            Fact::Retried(job) => self.requests[job].policies.retries += 1,
            Fact::Unpaid(job) => self.requests[job].policies.unpaid += 1,
            Fact::Hedged(job) => self.requests[job].policies.hedges += 1,
            Fact::HedgeWon(job) => self.requests[job].policies.hedges_won += 1,
            Fact::Wasted(job, bytes) => self.requests[job].policies.wasted_bytes += bytes,
            Fact::Reset(job) => self.requests[job].reset(),
            Fact::Degraded(job) => self.requests[job].degraded(),
            Fact::Stranded(job) => self.requests[job].stranded(),
            Fact::Arrives(station) => self.stations[station].arrives(now),
            Fact::Begins { station, arrived } => self.stations[station].begins(now, arrived),
            Fact::Leaves { station, arrived, .. } => self.stations[station].leaves(now, arrived),
            Fact::Expelled { station, arrived, served } => {
                self.stations[station].expelled(now, arrived, served);
            }
            Fact::WarmUpEnds => {
                self.stations.iter_mut().for_each(|(_, meter)| meter.restart(now));
                self.requests.iter_mut().for_each(|(_, meter)| meter.restart(now));
            }
            Fact::Cache { shared, hit } => {
                let (hits, misses) = &mut self.caches[usize::from(shared)];
                *(if hit { hits } else { misses }) += 1;
            }
            Fact::Denied(_)
            | Fact::BatchReady { .. }
            | Fact::Step { .. }
            | Fact::Away { .. }
            | Fact::SiteCache { .. } => {}
        }
    }
}
