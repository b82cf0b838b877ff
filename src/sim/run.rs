//! One replicate, or all of them in parallel: ordered in, ordered out.

use super::World;
use crate::metrics::health::{Monitor, Watched};
use crate::metrics::summary::RunSummary;
use crate::metrics::{ClassMeters, Fingerprint, Meters};
use crate::model::Scenario;
use crate::probe::Probe;
use rayon::prelude::*;
use std::sync::Arc;

/// No machine gains by more threads.
pub const MOST_THREADS: usize = 1_024;

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The jobs would not be done before simulated time ends.
    #[error(
        "the jobs are not done after 213 days, the longest a run can last: less work, a faster data \
         path, or a [run] horizon"
    )]
    TooLong,
    /// Jobs wait for what does not come back.
    #[error(
        "the jobs are never done: {who} is down for good ([production.{disturbance}]): an `up` event \
         for it, or a [run] horizon"
    )]
    DownForGood {
        /// What is down.
        who: String,
        /// The disturbance that took it down.
        disturbance: String,
    },
    /// The thread pool could not be made.
    #[error("cannot start {threads} worker threads: {source}")]
    Threads {
        /// How many were wanted.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
}

impl<P: Probe> World<P> {
    /// Why a run that was played has no end.
    pub(super) fn why_endless(&self) -> RunError {
        match self.down_for_good() {
            Some((who, disturbance)) => RunError::DownForGood { who, disturbance },
            None => RunError::TooLong,
        }
    }
}

/// Runs replicate `replicate` with the standard probes.
///
/// # Panics
/// If it would last longer than 213 days; [`run`] returns that as an error.
pub fn run_replicate(scenario: &Arc<Scenario>, replicate: u64) -> RunSummary {
    try_replicate(scenario, replicate).expect("a run of at most 213 days")
}

/// Runs replicate `replicate` with the standard probes.
///
/// # Errors
/// It would last longer than 213 days, or for ever.
pub fn try_replicate(scenario: &Arc<Scenario>, replicate: u64) -> Result<RunSummary, RunError> {
    // The world says how much there is to meter; nothing is told before it plays.
    let nothing = Meters::new(0, 0, 0, 0, Monitor::new(&scenario.health, Watched::default()));
    let mut world = World::new(scenario.clone(), replicate, (Fingerprint::default(), nothing));
    let (gpus, stations) = (world.plant.gpus(), world.plant.stations.len());
    // What deliveries move is not delivered to anyone yet.
    let (jobs, own_jobs) = (world.jobs.len(), scenario.training.len() + scenario.loads.len());
    world.probe.1 = Meters::new(gpus, stations, jobs, own_jobs, world.monitor());
    world.probe.1.classes = ClassMeters::new(scenario.classes.len(), world.classes.of_jobs());
    world.play().ok_or_else(|| world.why_endless())?;
    Ok(world.finish(replicate))
}

/// Runs one replicate with a probe of the caller's; returns it.
pub fn run_with<P: Probe>(scenario: &Arc<Scenario>, replicate: u64, probe: P) -> P {
    let mut world = World::new(scenario.clone(), replicate, probe);
    world.play().expect("a run of at most 213 days");
    world.probe
}

/// Runs all replicates on `threads` threads (0: one a core), telling `done` as each ends. Results
/// are in replicate order and do not depend on the number of threads.
pub fn run(
    scenario: &Arc<Scenario>,
    threads: usize,
    done: &(dyn Fn(&RunSummary) + Sync),
) -> Result<Vec<RunSummary>, RunError> {
    // More threads than replicates would only sleep.
    let threads = threads.min(scenario.replicates as usize).min(MOST_THREADS);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| RunError::Threads { threads, source })?;
    let one = |replicate: u64| {
        let summary = try_replicate(scenario, replicate)?;
        done(&summary);
        Ok(summary)
    };
    pool.install(|| (0..u64::from(scenario.replicates)).into_par_iter().map(one).collect())
}
