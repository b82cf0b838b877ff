//! Which coalitions a gap needs, and running them: every coalition with the same seeds.

use super::{Cause, CoalitionRuns, Gap, Run, Runs, Simulated};
use crate::metrics::summary::{RunSummary, TrainingSummary};
use crate::model::{Disturb, Disturbance, Scenario};
use crate::sim::{self, RunError};
use crate::study::shapley::{Coalition, MOST_EXACT, Orders, all, rank};
use rayon::prelude::*;
use std::sync::Arc;

/// Most causes at all: bits of a coalition.
const MOST_CAUSES: usize = 60;

/// Why a scenario has no gap to compute.
#[derive(Debug, thiserror::Error)]
pub enum GapError {
    /// Nothing distinguishes production from the laboratory.
    #[error("the scenario has no disturbance that is on, so production is the laboratory")]
    NoDisturbance,
    /// More causes than a coalition has bits.
    #[error("{0} disturbances are more than the {MOST_CAUSES} that can be told apart")]
    TooMany(usize),
    /// A run failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What has to be run for a scenario's gap.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The scenario, with cold caches as a disturbance if it has caches.
    scenario: Scenario,
    /// Place of each cause in the scenario's disturbances.
    causes: Vec<usize>,
    coalitions: Vec<Coalition>,
    orders: Option<Orders>,
    notes: Vec<String>,
}

impl Plan {
    /// Plans the gap of `scenario`: all coalitions of up to `exact_up_to` causes (at most 16), of
    /// more those along `permutations` orders, in pairs of an order and its reverse.
    ///
    /// # Errors
    /// No disturbance is on, or more are than a coalition can hold.
    pub fn new(
        scenario: &Scenario,
        exact_up_to: usize,
        permutations: usize,
    ) -> Result<Plan, GapError> {
        let mut scenario = scenario.clone();
        let mut notes = Vec::new();
        notes.extend(add_cold_cache(&mut scenario));
        let off: Vec<&str> =
            scenario.production.iter().filter(|d| !d.on).map(|d| d.name.as_str()).collect();
        if !off.is_empty() {
            notes.push(format!("left out, since the scenario switches it off: {}", off.join(", ")));
        }
        let on = scenario.production.iter().enumerate().filter(|(_, d)| d.on);
        let causes: Vec<usize> = on.map(|(i, _)| i).collect();
        let n = causes.len();
        match n {
            0 => return Err(GapError::NoDisturbance),
            n if n > MOST_CAUSES => return Err(GapError::TooMany(n)),
            _ => {}
        }
        let (mut coalitions, orders) = if n <= exact_up_to.min(MOST_EXACT) {
            ((0..=all(n)).collect::<Vec<Coalition>>(), None)
        } else {
            let orders = Orders::draw(n, permutations.div_ceil(2).max(2), scenario.seed);
            let mut met = orders.coalitions();
            met.extend((0..n).flat_map(|i| [1 << i, all(n) & !(1 << i)]));
            notes.push(format!(
                "{n} causes have 2^{n} coalitions: shares are sampled along {} orders ({} and their \
                 reverses), {} coalitions",
                orders.count(),
                orders.count() / 2,
                met.len()
            ));
            (met.into_iter().collect(), Some(orders))
        };
        coalitions.sort_by_key(rank);
        notes.extend(scope(&scenario));
        Ok(Plan { scenario, causes, coalitions, orders, notes })
    }

    /// Runs it takes: coalitions times replicates.
    pub fn runs(&self) -> u64 {
        self.coalitions.len() as u64 * u64::from(self.scenario.replicates)
    }

    /// The scenario with exactly the causes of `coalition` on.
    pub fn twin(&self, coalition: Coalition) -> Scenario {
        self.scenario.with_disturbances(|place| {
            self.causes
                .iter()
                .position(|&cause| cause == place)
                .is_some_and(|i| coalition >> i & 1 == 1)
        })
    }

    /// Runs everything on `threads` threads (0: one a core), telling `done` as each run ends. The
    /// result does not depend on the number of threads.
    ///
    /// # Errors
    /// A run would last longer than 213 days, or threads cannot be started.
    pub fn run(&self, threads: usize, done: &(dyn Fn() + Sync)) -> Result<Gap, GapError> {
        let most = usize::try_from(self.runs()).unwrap_or(sim::MOST_THREADS);
        let threads = threads.min(most).min(sim::MOST_THREADS);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|source| RunError::Threads { threads, source })?;
        let replicates = u64::from(self.scenario.replicates);
        let one = |item: u64| {
            let coalition = self.coalitions[(item / replicates) as usize];
            let summary = sim::try_replicate(&Arc::new(self.twin(coalition)), item % replicates)?;
            done();
            Ok(self.figures(&summary))
        };
        // Only what the gap needs is kept of a run; runs come back in the order they were planned.
        let runs: Vec<Run> = pool.install(|| {
            (0..self.runs()).into_par_iter().map(one).collect::<Result<_, RunError>>()
        })?;
        Ok(self.gap(&runs))
    }

    fn figures(&self, run: &RunSummary) -> Run {
        let simulated = Simulated {
            end_s: run.end_s,
            jobs_cut: run.training.iter().filter(|job| !job.finished).count(),
            fingerprint: run.fingerprint.clone(),
        };
        Run { goodput: goodput(&self.scenario, run), simulated: Some(simulated) }
    }

    fn gap(&self, runs: &[Run]) -> Gap {
        let per = self.scenario.replicates as usize;
        let coalitions = self.coalitions.iter().zip(runs.chunks_exact(per));
        let coalitions: Vec<CoalitionRuns> = coalitions
            .map(|(&coalition, runs)| CoalitionRuns { coalition, runs: runs.to_vec() })
            .collect();
        let mut notes = self.notes.clone();
        notes.extend(cuts(runs));
        let cause = |&place: &usize| {
            let Disturbance { name, what, .. } = &self.scenario.production[place];
            Cause { name: name.clone(), kind: what.kind() }
        };
        let runs = Runs {
            causes: self.causes.iter().map(cause).collect(),
            unit: if self.scenario.training.is_empty() { "B/s" } else { "samples/s" }.to_owned(),
            replicates: (0..u64::from(self.scenario.replicates)).collect(),
            coalitions,
        };
        Gap::new(runs, self.orders.as_ref(), notes)
    }
}

/// Useful work per second: samples of all training jobs, each over its own duration, start-up
/// included; where nothing trains, bytes that loads were answered.
pub fn goodput(scenario: &Scenario, run: &RunSummary) -> f64 {
    let samples = |job: &TrainingSummary| match job.duration_s {
        duration if duration > 0.0 => job.samples as f64 / duration,
        _ => 0.0,
    };
    if !run.training.is_empty() {
        return run.training.iter().map(samples).sum();
    }
    // Requests of noisy neighbours are answered too, but they are not the scenario's work.
    let own = |job: &str| scenario.loads.iter().any(|load| load.name == job);
    run.requests.iter().filter(|r| own(&r.job)).map(|r| r.bytes_per_s).sum()
}

/// Makes cold caches a disturbance where there are caches and the scenario does not speak of them;
/// says so.
fn add_cold_cache(scenario: &mut Scenario) -> Option<String> {
    let declared = scenario.production.iter().any(|d| d.what == Disturb::ColdCache);
    if declared || !scenario.has_caches() {
        return None;
    }
    let mut name = "cold_cache".to_owned();
    while scenario.production.iter().any(|d| d.name == name) {
        name.push('_');
    }
    let note = format!(
        "`{name}` was added as a cause: there are caches, and they start empty unless \
         [production.cold_cache] says `on = false`"
    );
    scenario.production.push(Disturbance { name, on: true, what: Disturb::ColdCache });
    Some(note)
}

/// What the goodput leaves out.
fn scope(scenario: &Scenario) -> Option<String> {
    if scenario.training.is_empty() {
        let warm_up = if scenario.warm_up.0 > 0 { ", the warm-up left out" } else { "" };
        return Some(format!(
            "nothing trains: goodput is the payload that loads were answered per second{warm_up}"
        ));
    }
    let loads = !scenario.loads.is_empty();
    loads.then(|| "goodput counts samples of training alone, not what loads were answered".into())
}

/// What the horizon did.
fn cuts(runs: &[Run]) -> Option<String> {
    let cut = |run: &&Run| run.simulated.as_ref().is_some_and(|s| s.jobs_cut > 0);
    match runs.iter().filter(cut).count() {
        0 => None,
        n => Some(format!(
            "the horizon cut training off in {n} of {} runs: goodput is of the samples until then, \
             not of the same work",
            runs.len()
        )),
    }
}
