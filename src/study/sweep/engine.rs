//! Runs what a journal lacks of a plan, on as many threads as wanted. Only points under way are
//! held in memory.

use super::journal::{Journal, JournalError, Record};
use super::plan::words;
use super::progress::{Known, Shard, Status, status};
use super::{Plan, Point};
use crate::metrics::summary::RunSummary;
use crate::model::Scenario;
use crate::sim;
use crate::study::Metric;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Why a sweep stopped before its end; what is in the journal stays.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The thread pool could not be made.
    #[error("cannot start {threads} worker threads: {source}")]
    Threads {
        /// How many were wanted.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
}

/// A point that can be run.
#[derive(Clone)]
struct Ready {
    scenario: Arc<Scenario>,
    metrics: Arc<Vec<Metric>>,
}

/// A point under way.
struct Active {
    ready: Option<Ready>,
    known: BTreeMap<u32, Known>,
    /// Replicates given out and not back.
    out: Vec<u32>,
}

struct State<'j> {
    journal: &'j mut Journal,
    active: BTreeMap<u64, Active>,
    /// The next point to look at.
    cursor: u64,
    error: Option<JournalError>,
}

/// What a thread does next.
enum Task {
    /// Read the scenario of a point.
    Load(u64),
    /// Run a replicate.
    Run(u64, u32, Ready),
    /// Wait until another thread is done.
    Wait,
    /// Nothing is left.
    End,
}

struct Engine<'a, 'j> {
    plan: &'a Plan,
    shard: Shard,
    state: Mutex<State<'j>>,
    changed: Condvar,
    done: &'a (dyn Fn(u64) + Sync),
}

/// Runs every replicate of the points of `shard` that `journal` lacks, on `threads` threads (0: one
/// a core). `done` is told the number of each point that becomes complete. What a journal holds at
/// the end does not depend on the threads, its order does.
///
/// # Errors
/// The journal cannot be written. Points that fail are recorded, not errors.
pub fn run(
    plan: &Plan,
    shard: Shard,
    journal: &mut Journal,
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
) -> Result<(), SweepError> {
    let threads = threads.min(sim::MOST_THREADS);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| SweepError::Threads { threads, source })?;
    let state = State { journal, active: BTreeMap::new(), cursor: 0, error: None };
    let engine = Engine { plan, shard, state: Mutex::new(state), changed: Condvar::new(), done };
    pool.broadcast(|_| engine.work());
    let state = engine.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    state.error.map_or(Ok(()), |error| Err(error.into()))
}

impl<'j> Engine<'_, 'j> {
    fn lock(&self) -> MutexGuard<'_, State<'j>> {
        // Nothing that holds the lock panics halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        loop {
            let task = {
                let mut state = self.lock();
                loop {
                    match self.next(&mut state) {
                        Task::Wait => {
                            state =
                                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                        }
                        task => break task,
                    }
                }
            };
            match task {
                Task::Load(point) => self.load(point),
                Task::Run(point, replicate, ready) => self.replicate(point, replicate, &ready),
                Task::Wait | Task::End => return,
            }
        }
    }

    /// What is to be done next, and notes that it is being done.
    fn next(&self, state: &mut State<'_>) -> Task {
        if state.error.is_some() {
            return Task::End;
        }
        for (&point, active) in &mut state.active {
            if let (Some(ready), Some(replicate)) = (&active.ready, self.wanted(active)) {
                active.out.push(replicate);
                return Task::Run(point, replicate, ready.clone());
            }
        }
        while state.cursor < self.plan.points() {
            let point = state.cursor;
            state.cursor += 1;
            if !self.shard.has(point) {
                continue;
            }
            match self.reopen(state, point) {
                Ok(active) if matches!(self.status(&active), Status::Wants(_)) => {
                    state.active.insert(point, active);
                    return Task::Load(point);
                }
                Ok(_) => {}
                Err(error) => {
                    state.error = Some(error);
                    return Task::End;
                }
            }
        }
        if state.active.is_empty() { Task::End } else { Task::Wait }
    }

    /// A point with what the journal knows of it.
    fn reopen(&self, state: &mut State<'_>, point: u64) -> Result<Active, JournalError> {
        let mut known = BTreeMap::new();
        for replicate in 0..self.plan.study.replicates {
            if let Some(record) = state.journal.get(point, replicate)? {
                known.insert(replicate, self.known(&record));
            }
        }
        Ok(Active { ready: None, known, out: Vec::new() })
    }

    fn known(&self, record: &Record) -> Known {
        let decisive = self.plan.study.precision.as_ref().map(|precision| precision.metric);
        match &record.result {
            Ok((_, values)) => Known::Run(decisive.and_then(|m| values.get(m).copied().flatten())),
            Err(_) => Known::Failed,
        }
    }

    fn status(&self, active: &Active) -> Status {
        let known = |replicate| active.known.get(&replicate).copied().unwrap_or(Known::Open);
        status(&self.plan.study, known)
    }

    /// A replicate that can be given out.
    fn wanted(&self, active: &Active) -> Option<u32> {
        let Status::Wants(below) = self.status(active) else { return None };
        // What stands behind a failed replicate is not wanted any more.
        let failed = active.known.iter().find(|(_, known)| **known == Known::Failed);
        let below = failed.map_or(below, |(&replicate, _)| below.min(replicate));
        (0..below).find(|r| !active.known.contains_key(r) && !active.out.contains(r))
    }

    fn load(&self, point: u64) {
        let ready = ready(self.plan, &self.plan.point(point));
        match ready {
            Ok(ready) => {
                let mut state = self.lock();
                if let Some(active) = state.active.get_mut(&point) {
                    active.ready = Some(ready);
                }
                drop(state);
                self.changed.notify_all();
            }
            Err(why) => self.record(&Record { point, replicate: 0, result: Err(why) }),
        }
    }

    fn replicate(&self, point: u64, replicate: u32, ready: &Ready) {
        let result = guarded(&ready.scenario, replicate).and_then(|run| {
            let fingerprint = u128::from_str_radix(&run.fingerprint, 16)
                .map_err(|_| format!("`{}` is no fingerprint", run.fingerprint))?;
            Ok((fingerprint, ready.metrics.iter().map(|metric| metric.of(&run)).collect()))
        });
        self.record(&Record { point, replicate, result });
    }

    /// Makes a record durable, then lets others know.
    fn record(&self, record: &Record) {
        let mut state = self.lock();
        if let Err(error) = state.journal.append(record) {
            state.error.get_or_insert(error);
        } else if let Some(active) = state.active.get_mut(&record.point) {
            active.out.retain(|out| *out != record.replicate);
            active.known.insert(record.replicate, self.known(record));
            let ended = !matches!(self.status(active), Status::Wants(_));
            if ended && active.out.is_empty() {
                state.active.remove(&record.point);
                (self.done)(record.point);
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// The scenario and metrics of a point, or everything that is wrong with it.
fn ready(plan: &Plan, point: &Point) -> Result<Ready, String> {
    let fields = plan.fields(point);
    let loaded = plan.base.load(&fields).map_err(|wrong| words(&wrong))?;
    let metric = |name: &String| Metric::parse(name, &loaded.scenario).map_err(|e| e.to_string());
    let metrics: Result<Vec<Metric>, String> = plan.study.metrics.iter().map(metric).collect();
    Ok(Ready { metrics: Arc::new(metrics?), scenario: Arc::new(loaded.scenario) })
}

/// A replicate of a scenario; a run that breaks off costs its point, not the night's sweep.
pub(in crate::study) fn guarded(
    scenario: &Arc<Scenario>,
    replicate: u32,
) -> Result<RunSummary, String> {
    let run = || sim::try_replicate(scenario, u64::from(replicate)).map_err(|e| e.to_string());
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("unknown");
        Err(format!("the simulation broke off, which is a bug worth reporting: {text}"))
    })
}
