//! Ledgers of simulated runs.

use crate::cost::ledger::USEFUL;
use crate::cost::{GapCause, GapLedger, Hours, Ledger, Moved};
use crate::metrics::summary::{Account, BottleneckShare, RunSummary, StageShare};
use crate::model::{DatasetId, Scenario};
use crate::study::family::pattern;
use crate::study::gap::{CauseShare, Gap};
use std::collections::BTreeMap;

/// (state, detail) and its GPU-seconds.
type Rows = BTreeMap<(usize, String), f64>;

/// The ledgers of replicates, all with the same rows: those with time in any of them.
pub fn ledgers(scenario: &Scenario, runs: &[RunSummary]) -> Vec<Ledger> {
    let states: Vec<&'static str> =
        runs[0].gpu_seconds.by_state.iter().map(|(state, _)| *state).collect();
    let rows: Vec<Rows> = runs.iter().map(rows_of).collect();
    let mut totals: BTreeMap<(usize, String), f64> = BTreeMap::new();
    for (key, seconds) in rows.iter().flatten() {
        *totals.entry(key.clone()).or_default() += seconds;
    }
    let mut keys: Vec<(&(usize, String), f64)> =
        totals.iter().filter(|(_, total)| **total > 0.0).map(|(key, sum)| (key, *sum)).collect();
    // Within a state the longest first.
    keys.sort_by(|a, b| a.0.0.cmp(&b.0.0).then(b.1.total_cmp(&a.1)));
    runs.iter()
        .zip(&rows)
        .map(|(run, rows)| {
            let hours = |(key, _): &(&(usize, String), f64)| Hours {
                state: states[key.0].to_string(),
                detail: key.1.clone(),
                gpu_hours: rows.get(*key).copied().unwrap_or(0.0) / 3600.0,
            };
            let states = keys.iter().map(hours).collect();
            ledger(scenario, run, states)
        })
        .collect()
}

/// GPU-seconds of a run by state and what they were due to.
fn rows_of(run: &RunSummary) -> Rows {
    let mut rows = Rows::new();
    for (i, (state, seconds)) in run.gpu_seconds.by_state.iter().enumerate() {
        let parts = match *state {
            "data_stall" => data(&run.stall_by_stage, &run.stall_by_bottleneck),
            "straggler_wait" => waits(run),
            _ => Vec::new(),
        };
        let mut left = *seconds;
        let split = !parts.is_empty();
        for (detail, part) in parts {
            left -= part;
            *rows.entry((i, detail)).or_default() += part;
        }
        // What no part explains; rounding leaves dust.
        if !split || left > DUST * seconds.abs() {
            *rows.entry((i, String::new())).or_default() += left;
        }
    }
    rows
}

/// Parts of a sum below this are rounding.
const DUST: f64 = 1e-9;

/// Time by stage, transfers by what held them.
fn data(stages: &[StageShare], holders: &[BottleneckShare]) -> Vec<(String, f64)> {
    let mut parts = Vec::new();
    for share in stages {
        let name = share.stage.replace('_', " ");
        if share.stage != "transfer" {
            parts.push((name, share.gpu_seconds));
            continue;
        }
        let mut left = share.gpu_seconds;
        for holder in holders {
            left -= holder.gpu_seconds;
            parts.push((format!("{name}: {}", pattern(&holder.name)), holder.gpu_seconds));
        }
        if left > DUST * share.gpu_seconds {
            parts.push((name, left));
        }
    }
    parts
}

/// Waits at barriers by the state of the rank that was waited for; those for a rank that lacked data
/// by where its data was, which is what was lost to data in all less the stalls themselves.
fn waits(run: &RunSummary) -> Vec<(String, f64)> {
    let lost = data(&run.lost_by_stage, &run.lost_by_bottleneck);
    let mut by_place: BTreeMap<String, f64> = BTreeMap::new();
    for (detail, seconds) in lost {
        *by_place.entry(detail).or_default() += seconds;
    }
    for (detail, seconds) in data(&run.stall_by_stage, &run.stall_by_bottleneck) {
        *by_place.entry(detail).or_default() -= seconds;
    }
    let mut parts = Vec::new();
    for (cause, seconds) in &run.straggler_wait_by_cause {
        if *cause != "data_stall" {
            parts.push((format!("for ranks in {}", cause.replace('_', " ")), *seconds));
            continue;
        }
        let told = by_place.iter().filter(|(_, part)| **part > DUST * seconds);
        let told: Vec<(String, f64)> =
            told.map(|(detail, part)| (format!("for data: {detail}"), *part)).collect();
        let sum: f64 = told.iter().map(|(_, part)| part).sum();
        // Dust is spread over the parts, so that they sum to the wait.
        let scale = if sum > 0.0 { seconds / sum } else { 1.0 };
        parts.extend(told.into_iter().map(|(detail, part)| (detail, part * scale)));
    }
    parts
}

fn ledger(scenario: &Scenario, run: &RunSummary, states: Vec<Hours>) -> Ledger {
    let sum = |of: &dyn Fn(&Account) -> bool| -> f64 {
        run.accounts.iter().filter(|line| of(line)).map(|line| line.amount).sum()
    };
    let moved = |of: &dyn Fn(&Account) -> bool| -> Vec<Moved> {
        let over = |wan: &crate::model::Wan| {
            let link = format!("{} ", wan.name);
            let bytes = sum(&|line| line.unit == "B" && line.item.starts_with(&link) && of(line));
            Moved { link: wan.name.clone(), bytes }
        };
        scenario.wans.rows().iter().map(over).collect()
    };
    let samples: f64 = run.training.iter().map(|job| job.samples as f64).sum();
    let dataset = scenario.money.as_ref().and_then(|money| money.replicate.as_ref());
    let dataset = dataset.map(|asked| asked.dataset);
    let readers = dataset.map(|id| readers(scenario, id)).unwrap_or_default();
    let reads = |line: &Account| readers.iter().any(|name| *name == line.job);
    let trained = !run.training.is_empty();
    let of_job = |job: &crate::metrics::summary::TrainingSummary| {
        (job.name.clone(), job.gpus as f64 * job.duration_s / 3600.0)
    };
    let mut states = states;
    // The useful row stands first, and is there even if nothing was useful.
    match states.iter().position(|row| row.state == USEFUL) {
        Some(place) => states[..=place].rotate_right(1),
        None => {
            let (state, detail) = (USEFUL.to_string(), String::new());
            states.insert(0, Hours { state, detail, gpu_hours: 0.0 });
        }
    }
    Ledger {
        hours: run.end_s / 3600.0,
        states,
        unit: "samples".to_string(),
        units: trained.then_some(samples),
        epochs: dataset.map(|id| epochs(scenario, run, id)),
        gets: sum(&|line| line.item == "GET"),
        puts: sum(&|line| line.item == "PUT"),
        dataset_gets: dataset.map(|_| sum(&|line| line.item == "GET" && reads(line))),
        dataset_moved: dataset.map(|_| moved(&reads)),
        moved: moved(&|_| true),
        internet_bytes: 0.0,
        jobs: run.training.iter().map(of_job).collect(),
        gap: None,
    }
}

/// Training jobs that read a dataset.
fn readers(scenario: &Scenario, dataset: DatasetId) -> Vec<&str> {
    let jobs = scenario.training.iter().filter(|job| job.dataset == dataset);
    jobs.map(|job| job.name.as_str()).collect()
}

/// How often the training jobs of a run read a dataset.
fn epochs(scenario: &Scenario, run: &RunSummary, dataset: DatasetId) -> f64 {
    let readers = readers(scenario, dataset);
    let done = run.training.iter().filter(|job| readers.contains(&job.name.as_str()));
    let samples: f64 = done.map(|job| job.samples as f64).sum();
    samples / scenario.datasets[dataset].samples() as f64
}

/// The production gap as the ledgers of `count` runs have it: each run its own, where the gap has as
/// many replicates with every coalition, else the mean in all.
pub fn gaps(gap: &Gap, count: usize) -> Vec<GapLedger> {
    let mean = of_gap(gap);
    if gap.orders.is_some() || gap.replicates() != count {
        return vec![mean; count];
    }
    let one = |replicate: usize| {
        let mut runs = gap.runs.clone();
        runs.replicates = vec![gap.runs.replicates[replicate]];
        for coalition in &mut runs.coalitions {
            coalition.runs = vec![coalition.runs[replicate].clone()];
        }
        let mut own = of_gap(&Gap::new(runs, None, Vec::new()));
        // The same rows in every run: those of the mean.
        let place = |cause: &GapCause| mean.causes.iter().position(|c| c.name == cause.name);
        own.causes.sort_by_key(place);
        own
    };
    (0..count).map(one).collect()
}

fn of_gap(gap: &Gap) -> GapLedger {
    let cause = |share: &CauseShare| GapCause {
        name: gap.name(share).to_string(),
        share: share.share.mean,
        alone: share.alone.mean,
    };
    GapLedger {
        unit: gap.runs.unit.clone(),
        lab: gap.lab.mean,
        production: gap.production.mean,
        causes: gap.causes.iter().map(cause).collect(),
    }
}
