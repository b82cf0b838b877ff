//! One replicate, or all of them in parallel: ordered in, ordered out.

use super::World;
use crate::metrics::summary::RunSummary;
use crate::metrics::{Fingerprint, Meters};
use crate::model::Scenario;
use crate::probe::Probe;
use rayon::prelude::*;
use std::sync::Arc;

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The thread pool could not be made.
    #[error("cannot start {threads} worker threads: {source}")]
    Threads {
        /// How many were wanted.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
}

/// Runs replicate `replicate` with the standard probes.
pub fn run_replicate(scenario: &Arc<Scenario>, replicate: u64) -> RunSummary {
    let stations =
        |world: &World<()>| (world.plant.gpus(), world.plant.stations.len(), world.jobs.len());
    let (gpus, stations, jobs) = stations(&World::new(scenario.clone(), replicate, ()));
    let probe = (Fingerprint::default(), Meters::new(gpus, stations, jobs));
    let mut world = World::new(scenario.clone(), replicate, probe);
    world.play();
    world.finish(replicate)
}

/// Runs one replicate with a probe of the caller's; returns it.
pub fn run_with<P: Probe>(scenario: &Arc<Scenario>, replicate: u64, probe: P) -> P {
    let mut world = World::new(scenario.clone(), replicate, probe);
    world.play();
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
    let threads = threads.min(scenario.replicates as usize);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| RunError::Threads { threads, source })?;
    let one = |replicate: u64| {
        let summary = run_replicate(scenario, replicate);
        done(&summary);
        summary
    };
    Ok(pool.install(|| (0..u64::from(scenario.replicates)).into_par_iter().map(one).collect()))
}
