//! The health log: what a monitor that evaluates rules at a fixed interval would have alerted on.
//! It listens to facts and states none.
//!
//! At evaluation k, k intervals after the start, a rule sees what happened before that instant. What
//! an evaluation means to an alert stands at [`Alarm`]. Cables and what
//! else transfers share are watched where their loads are known, by the fluid network.

mod jobs;
mod log;

pub use log::{Alert, Log};

use crate::kernel::stats::{Alarm, LevelWatch, WindowedCounts};
use crate::kernel::time::{Span, Time};
use crate::model::{Bound, Health, Rule};
use crate::probe::{Fact, GpuId, GpuState, JobId, Probe, StationId};
use jobs::JobMonitor;

/// What a cluster has that is watched.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// The job on each accelerator.
    pub job_of_gpu: Vec<Option<JobId>>,
    /// Jobs of ours; those after them are neighbours, whose requests nobody here watches.
    pub jobs: usize,
    /// Slots of each controller; controller i is station i.
    pub slots: Vec<u32>,
}

/// Rules over facts.
#[derive(Debug, Clone)]
pub struct Monitor {
    spec: Health,
    /// Number of the next evaluation, and when it is (ps).
    next: u64,
    due: u64,
    jobs: Vec<JobMonitor>,
    job_of_gpu: Vec<Option<JobId>>,
    stalled: Vec<bool>,
    /// By job: how many of its accelerators wait for data.
    stalls: Vec<Option<LevelWatch>>,
    /// By controller: how many wait there.
    queues: Vec<LevelWatch>,
    /// By controller: whether it is away.
    downs: Vec<LevelWatch>,
    /// Caches on nodes, the shared cache.
    caches: Vec<CacheMonitor>,
    /// Evaluations since anything was counted.
    quiet: u64,
}

#[derive(Debug, Clone)]
struct CacheMonitor {
    bound: Bound,
    counts: WindowedCounts<2>,
    alarm: Alarm,
}

/// How many evaluations a span takes, rounded up.
fn intervals(span: Span, interval: Span) -> u64 {
    span.0.div_ceil(interval.0)
}

/// The same of a window, which is one interval at least.
fn window(bound: &Bound, interval: Span) -> u64 {
    intervals(bound.window, interval).max(1)
}

/// A watch over a level whose whole is `capacity`.
pub fn level_watch(bound: &Bound, interval: Span, capacity: u64) -> LevelWatch {
    let hold = intervals(bound.hold, interval);
    LevelWatch::new(interval, window(bound, interval), hold, bound.over, capacity)
}

impl Monitor {
    /// A monitor of what is `watched`, before anything has happened.
    pub fn new(spec: &Health, watched: Watched) -> Monitor {
        let Watched { job_of_gpu, jobs, slots } = watched;
        let interval = spec.interval;
        let gpus_of = |job: usize| {
            job_of_gpu.iter().filter(|of| **of == Some(JobId(job as u32))).count() as u64
        };
        let stall = |job| {
            let bound = spec.bound(Rule::DataStall)?;
            let gpus = gpus_of(job);
            (gpus > 0).then(|| level_watch(&bound, interval, gpus))
        };
        let queue = |slots: &u32| {
            let bound = spec.bound(Rule::Queue)?;
            Some(level_watch(&bound, interval, (*slots).into()))
        };
        let down = |_: &u32| Some(level_watch(&spec.bound(Rule::Down)?, interval, 1));
        let caches = spec.bound(Rule::CacheHits).map_or(Vec::new(), |bound| {
            let counts = WindowedCounts::new(window(&bound, interval));
            let alarm = Alarm::new(intervals(bound.hold, interval));
            vec![CacheMonitor { bound, counts, alarm }; 2]
        });
        Monitor {
            next: 1,
            due: if spec.on { interval.0 } else { u64::MAX },
            jobs: (0..jobs).filter_map(|_| JobMonitor::new(spec)).collect(),
            stalls: (0..jobs).map(stall).collect(),
            queues: slots.iter().filter_map(queue).collect(),
            downs: slots.iter().filter_map(down).collect(),
            stalled: vec![false; job_of_gpu.len()],
            job_of_gpu,
            caches,
            quiet: 0,
            spec: spec.clone(),
        }
    }

    /// Evaluates what is due by `now`.
    #[cold]
    fn evaluate(&mut self, now: Time) {
        // Then all windows are empty, and every rule over counts has had its say.
        let longest = self.spec.rules.iter().flatten().map(|b| window(b, self.spec.interval));
        let longest = 2 * longest.max().unwrap_or(0) + 1;
        while now.0 >= self.due {
            if self.quiet > longest {
                self.next = now.0 / self.spec.interval.0;
            }
            self.jobs.iter_mut().for_each(|job| job.evaluate(self.next));
            for cache in &mut self.caches {
                cache.counts.roll();
                cache.alarm.feed(self.next, 1, cache.verdict());
            }
            self.quiet += 1;
            self.next += 1;
            self.due = self.next.saturating_mul(self.spec.interval.0);
        }
    }

    fn gpu(&mut self, now: Time, gpu: GpuId, state: GpuState) {
        let stalls = state == GpuState::DataStall;
        let was = std::mem::replace(&mut self.stalled[gpu.0 as usize], stalls);
        let Some(job) = self.job_of_gpu[gpu.0 as usize].filter(|_| was != stalls) else { return };
        if let Some(watch) = &mut self.stalls[job.0 as usize] {
            let level = watch.level();
            watch.set(now, if stalls { level + 1 } else { level - 1 });
        }
    }

    /// One more waits at a controller, or one fewer.
    fn waits(&mut self, now: Time, station: StationId, more: bool) {
        if let Some(watch) = self.queues.get_mut(station.0 as usize) {
            let level = watch.level();
            watch.set(now, if more { level + 1 } else { level - 1 });
        }
    }

    fn job(&mut self, job: JobId) -> Option<&mut JobMonitor> {
        self.quiet = 0;
        self.jobs.get_mut(job.0 as usize)
    }

    /// Everything that fired or is pending at `end`, named by `log`.
    pub fn close(&mut self, end: Time, log: &mut Log<'_>) {
        if end.0 >= self.due {
            self.evaluate(end);
        }
        for (i, job) in self.jobs.iter().enumerate() {
            for (rule, alarm) in job.alarms() {
                log.add(rule, log.job(i), alarm.episodes());
            }
        }
        for (i, queue) in self.queues.iter_mut().enumerate() {
            log.add(Rule::Queue, log.station(i), queue.episodes(end));
        }
        for (i, down) in self.downs.iter_mut().enumerate() {
            log.add(Rule::Down, log.station(i), down.episodes(end));
        }
        for (i, stall) in self.stalls.iter_mut().enumerate() {
            if let Some(stall) = stall {
                log.add(Rule::DataStall, log.job(i), stall.episodes(end));
            }
        }
        for (cache, name) in self.caches.iter().zip(["node caches", "shared cache"]) {
            log.add(Rule::CacheHits, name, cache.alarm.episodes());
        }
    }
}

impl CacheMonitor {
    /// By how much the share of hits fell, if that is too much.
    fn verdict(&self) -> Option<f64> {
        let (now, before) = (self.counts.recent()?, self.counts.before()?);
        let of = |[hits, asked]: [u64; 2]| {
            (asked >= self.bound.least).then(|| hits as f64 / asked as f64)
        };
        let drop = of(before)? - of(now)?;
        (drop > self.bound.over).then_some(drop)
    }
}

impl Probe for Monitor {
    #[inline(always)]
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        if now.0 >= self.due {
            self.evaluate(now);
        }
        match fact {
            Fact::Gpu(gpu, state) => self.gpu(now, gpu, state),
            Fact::Answered(answer) => {
                let first_byte = answer.first_byte.since(answer.issued);
                if let Some(job) = self.job(answer.job) {
                    job.answered(first_byte);
                }
            }
            Fact::Refused(job) | Fact::Reset(job) | Fact::TimedOut(job) => {
                if let Some(job) = self.job(job) {
                    job.again();
                }
            }
            Fact::Arrives(station) => self.waits(now, station, true),
            Fact::Begins { station, .. } => self.waits(now, station, false),
            Fact::Expelled { station, served: false, .. } => self.waits(now, station, false),
            Fact::Away { station, away } => {
                if let Some(watch) = self.downs.get_mut(station.0 as usize) {
                    watch.set(now, away.into());
                }
            }
            Fact::Cache { shared, hit } => {
                self.quiet = 0;
                if let Some(cache) = self.caches.get_mut(usize::from(shared)) {
                    cache.counts.count(1);
                    if hit {
                        cache.counts.count(0);
                    }
                }
            }
            _ => {}
        }
    }
}
