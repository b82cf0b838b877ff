//! Everything reports need: one scenario's replicates, aggregated in replicate order.

use super::accounts::AccountOutcome;
use super::bottleneck::{Finding, find};
pub use super::estimate::LatencyOutcome;
use super::estimate::{Estimate, estimate, pool};
use super::faults::{FaultOutcome, faults};
use super::health::{AlertOutcome, merge};
use crate::metrics::summary::{
    BottleneckShare, ClassSummary, LinkSummary, PolicyCounts, RequestSummary, RunSummary,
    StageShare, StationSummary, TrainingSummary,
};
use xxhash_rust::xxh3::xxh3_128;

/// A training job over all replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct JobOutcome {
    /// Job name.
    pub name: String,
    /// Ranks.
    pub gpus: u64,
    /// Replicates in which all steps were done before the horizon.
    pub finished: u64,
    /// Steps done.
    pub steps: Estimate,
    /// Samples consumed.
    pub samples: Estimate,
    /// Seconds from first start-up to last barrier (or horizon).
    pub duration_s: Estimate,
    /// Accelerator utilisation as MLPerf Storage v1.0 defines it, 0–1.
    pub accelerator_utilisation: Estimate,
    /// Samples per second, start-up included.
    pub samples_per_s: Estimate,
    /// Samples per second without the first step.
    pub steady_samples_per_s: Estimate,
    /// The most the job could consume.
    pub ceiling_samples_per_s: Estimate,
    /// Payload consumed per second, start-up included.
    pub bytes_per_s: Estimate,
    /// First batch, the largest over ranks.
    pub first_batch_s: Estimate,
    /// First batch, mean over ranks.
    pub first_batch_mean_s: Estimate,
}

/// Requests of one job over all replicates; counts are sums, rates are means.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestOutcome {
    /// Job name.
    pub job: String,
    /// Requests taken up by clients.
    pub issued: u64,
    /// Requests answered.
    pub answered: u64,
    /// Requests still under way at the end.
    pub in_flight_end: u64,
    /// `503` answers.
    pub refused: u64,
    /// Requests that failed: their clients gave them up.
    pub failed: u64,
    /// Connections reset because a controller was or went away.
    pub resets: u64,
    /// Reads that took other shards than usual because drives had failed.
    pub degraded: u64,
    /// Requests that waited for failed drives.
    pub stranded: u64,
    /// What its clients' policies did.
    pub policies: PolicyCounts,
    /// Payload of answered requests, bytes.
    pub bytes: u64,
    /// Answered from a cache on the node.
    pub cache_hits: u64,
    /// Answered per second.
    pub requests_per_s: Estimate,
    /// Payload per second.
    pub bytes_per_s: Estimate,
    /// From taking up to first byte.
    pub first_byte: LatencyOutcome,
    /// From taking up to last byte.
    pub total: LatencyOutcome,
    /// (stage name, mean seconds per request).
    pub stages: Vec<(&'static str, Estimate)>,
}

/// Traffic of one class over all replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassOutcome {
    /// Its requests, under the name of the class.
    pub requests: RequestOutcome,
    /// Times a request was not let in, over all replicates.
    pub denied: u64,
    /// Payload answered and all-reduced, a replicate.
    pub bytes: Estimate,
    /// The same per second.
    pub bytes_per_s: Estimate,
    /// Of this, all-reduces.
    pub gradient_bytes: Estimate,
    /// What a request waited on average before its payload moved: to be let in, throttled, for a
    /// controller slot.
    pub waited_s: Estimate,
    /// What its payload moved on average.
    pub transfer_s: Estimate,
}

/// A share of the data stall: a stage, or what held transfers.
#[derive(Debug, Clone, PartialEq)]
pub struct StallShare {
    /// Stage or bottleneck.
    pub name: String,
    /// GPU-seconds of data stall.
    pub gpu_seconds: Estimate,
    /// Share of all data stall, 0–1: a quotient of means.
    pub share: f64,
}

/// A station over all replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct StationOutcome {
    /// Name.
    pub name: String,
    /// `controller`, `device`, `decode`.
    pub kind: &'static str,
    /// Slots, queue depth or cores.
    pub servers: u64,
    /// Mean share of servers busy, 0–1.
    pub utilisation: Estimate,
    /// Departures per second.
    pub throughput_per_s: Estimate,
    /// Time average of those inside.
    pub in_flight: Estimate,
    /// Most inside at once, over all replicates.
    pub in_flight_max: u64,
    /// Those that came, over all replicates.
    pub arrivals: u64,
    /// Those that left, over all replicates.
    pub departures: u64,
    /// Those that were lost when the station went away, over all replicates.
    pub expelled: u64,
    /// From coming to leaving.
    pub latency: LatencyOutcome,
    /// From coming to the beginning of service.
    pub wait: LatencyOutcome,
}

/// A link over all replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkOutcome {
    /// Name.
    pub name: String,
    /// Reported together.
    pub group: String,
    /// `network`, `adapter`, `device`, `cpu`, `cache`.
    pub kind: &'static str,
    /// Bytes per second it can carry.
    pub capacity_bytes_per_s: f64,
    /// Mean share of capacity in use, 0–1.
    pub utilisation: Estimate,
    /// Bytes carried.
    pub bytes: Estimate,
}

/// What the replicates of one scenario say together.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The replicates themselves, in order.
    pub runs: Vec<RunSummary>,
    /// 128-bit hash over all replicates' fingerprints, 32 hexadecimal digits.
    pub fingerprint: String,
    /// Length of a run, seconds.
    pub end_s: Estimate,
    /// Training jobs.
    pub jobs: Vec<JobOutcome>,
    /// Requests by job: training jobs, then loads, then neighbours.
    pub requests: Vec<RequestOutcome>,
    /// Traffic by class; empty if links do not tell traffic apart.
    pub classes: Vec<ClassOutcome>,
    /// GPU-seconds owned: GPUs × length of the run.
    pub gpu_seconds_owned: Estimate,
    /// (state name, GPU-seconds) for every state.
    pub gpu_seconds: Vec<(&'static str, Estimate)>,
    /// Straggler wait by the state that kept the last rank longer: (state name, GPU-seconds).
    pub straggler_wait_by_cause: Vec<(&'static str, Estimate)>,
    /// Data stall by stage, in the order of `Stage::ALL`.
    pub stall_by_stage: Vec<StallShare>,
    /// Data stall in transfers by what held them, largest first.
    pub stall_by_bottleneck: Vec<StallShare>,
    /// Time lost to data by stage: stalls, and waits at barriers for ranks in a stall.
    pub lost_by_stage: Vec<StallShare>,
    /// The same in transfers by what held them, largest first.
    pub lost_by_bottleneck: Vec<StallShare>,
    /// Stations, in the order of the first replicate.
    pub stations: Vec<StationOutcome>,
    /// Links, in the order of the first replicate.
    pub links: Vec<LinkOutcome>,
    /// What failed, by disturbance.
    pub faults: Vec<FaultOutcome>,
    /// What a monitor would have alerted on, by rule and target.
    pub health: Vec<AlertOutcome>,
    /// What jobs moved between sites and asked of the store; empty where neither has a meaning.
    pub accounts: Vec<AccountOutcome>,
    /// What holds the GPUs back, and what to do.
    pub bottleneck: Finding,
}

impl Outcome {
    /// Aggregates replicates of one scenario, given in replicate order.
    ///
    /// # Panics
    /// If there are none, or they do not come from the same scenario.
    pub fn new(runs: Vec<RunSummary>) -> Outcome {
        let first = runs.first().expect("an outcome of no replicates");
        let all = |of: &dyn Fn(&RunSummary) -> f64| estimate(runs.iter().map(of));
        let mut outcome = Outcome {
            fingerprint: combined_fingerprint(&runs),
            end_s: all(&|run| run.end_s),
            jobs: (0..first.training.len())
                .map(|i| job(&rows(&runs, |r| &r.training[i])))
                .collect(),
            requests: (0..first.requests.len())
                .map(|i| requests(&rows(&runs, |r| &r.requests[i])))
                .collect(),
            classes: (0..first.classes.len())
                .map(|i| class(&rows(&runs, |r| &r.classes[i])))
                .collect(),
            gpu_seconds_owned: all(&|run| run.gpu_seconds.owned),
            gpu_seconds: (first.gpu_seconds.by_state.iter())
                .map(|&(name, _)| (name, all(&|run| value_of(&run.gpu_seconds.by_state, name))))
                .collect(),
            straggler_wait_by_cause: causes(&runs)
                .into_iter()
                .map(|name| (name, all(&|run| value_of(&run.straggler_wait_by_cause, name))))
                .collect(),
            stall_by_stage: by_stage(&runs, |run| &run.stall_by_stage),
            stall_by_bottleneck: by_holder(&runs, |r| (&r.stall_by_stage, &r.stall_by_bottleneck)),
            lost_by_stage: by_stage(&runs, |run| &run.lost_by_stage),
            lost_by_bottleneck: by_holder(&runs, |r| (&r.lost_by_stage, &r.lost_by_bottleneck)),
            stations: (0..first.stations.len())
                .map(|i| station(&rows(&runs, |r| &r.stations[i])))
                .collect(),
            links: (0..first.links.len()).map(|i| link(&rows(&runs, |r| &r.links[i]))).collect(),
            faults: faults(&runs),
            health: merge(&runs),
            accounts: super::accounts::gather(&runs),
            bottleneck: Finding::default(),
            runs,
        };
        outcome.bottleneck = find(&outcome);
        outcome
    }

    /// Replicates.
    pub fn replicates(&self) -> usize {
        self.runs.len()
    }

    /// GPU-seconds in `state`, mean over replicates; 0 if there is no such state.
    pub fn in_state(&self, state: &str) -> f64 {
        self.gpu_seconds.iter().find(|(name, _)| *name == state).map_or(0.0, |(_, e)| e.mean)
    }

    /// GPU-seconds in which a job held its accelerators, mean over replicates.
    pub fn allocated(&self) -> f64 {
        self.gpu_seconds_owned.mean - self.in_state("unallocated")
    }
}

/// The same row of every replicate.
fn rows<'a, T>(runs: &'a [RunSummary], row: impl Fn(&'a RunSummary) -> &'a T) -> Vec<&'a T> {
    runs.iter().map(row).collect()
}

/// Causes of straggler wait in any replicate: each lists only those it saw.
fn causes(runs: &[RunSummary]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (name, _) in runs.iter().flat_map(|run| &run.straggler_wait_by_cause) {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

fn value_of(list: &[(&'static str, f64)], name: &str) -> f64 {
    list.iter().find(|(n, _)| *n == name).map_or(0.0, |(_, value)| *value)
}

/// One field's estimate over the replicates' rows.
fn over<T>(rows: &[&T], of: impl Fn(&T) -> f64) -> Estimate {
    estimate(rows.iter().map(|row| of(row)))
}

/// One count's sum over the replicates' rows.
fn sum<T>(rows: &[&T], of: impl Fn(&T) -> u64) -> u64 {
    rows.iter().map(|row| of(row)).sum()
}

fn combined_fingerprint(runs: &[RunSummary]) -> String {
    let text: String = runs.iter().map(|run| format!("{}\n", run.fingerprint)).collect();
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

fn job(rows: &[&TrainingSummary]) -> JobOutcome {
    assert!(rows.iter().all(|row| row.name == rows[0].name), "replicates of different scenarios");
    JobOutcome {
        name: rows[0].name.clone(),
        gpus: rows[0].gpus,
        finished: sum(rows, |r| u64::from(r.finished)),
        steps: over(rows, |r| r.steps as f64),
        samples: over(rows, |r| r.samples as f64),
        duration_s: over(rows, |r| r.duration_s),
        accelerator_utilisation: over(rows, |r| r.accelerator_utilisation),
        samples_per_s: over(rows, |r| r.samples_per_s),
        steady_samples_per_s: over(rows, |r| r.steady_samples_per_s),
        ceiling_samples_per_s: over(rows, |r| r.ceiling_samples_per_s),
        bytes_per_s: over(rows, |r| r.bytes_per_s),
        first_batch_s: over(rows, |r| r.first_batch_s),
        first_batch_mean_s: over(rows, |r| r.first_batch_mean_s),
    }
}

fn requests(rows: &[&RequestSummary]) -> RequestOutcome {
    let stages = rows[0].stages.iter().map(|(name, _)| *name);
    RequestOutcome {
        job: rows[0].job.clone(),
        issued: sum(rows, |r| r.issued),
        answered: sum(rows, |r| r.answered),
        in_flight_end: sum(rows, |r| r.in_flight_end),
        refused: sum(rows, |r| r.refused),
        failed: sum(rows, |r| r.failed),
        resets: sum(rows, |r| r.resets),
        degraded: sum(rows, |r| r.degraded),
        stranded: sum(rows, |r| r.stranded),
        policies: rows.iter().map(|r| r.policies).fold(PolicyCounts::default(), PolicyCounts::and),
        bytes: sum(rows, |r| r.bytes),
        cache_hits: sum(rows, |r| r.cache_hits),
        requests_per_s: over(rows, |r| r.requests_per_s),
        bytes_per_s: over(rows, |r| r.bytes_per_s),
        first_byte: pool(rows.iter().map(|r| &r.first_byte)),
        total: pool(rows.iter().map(|r| &r.total)),
        stages: stages.map(|name| (name, over(rows, |r| value_of(&r.stages, name)))).collect(),
    }
}

fn class(rows: &[&ClassSummary]) -> ClassOutcome {
    let of = |row: &ClassSummary, names: &[&str]| -> f64 {
        names.iter().map(|name| value_of(&row.requests.stages, name)).sum()
    };
    let bytes = |row: &ClassSummary| row.requests.bytes as f64 + row.gradient_bytes;
    ClassOutcome {
        requests: requests(&rows.iter().map(|row| &row.requests).collect::<Vec<_>>()),
        denied: sum(rows, |r| r.denied),
        bytes: over(rows, bytes),
        bytes_per_s: over(rows, |r| r.bytes_per_s),
        gradient_bytes: over(rows, |r| r.gradient_bytes),
        waited_s: over(rows, |r| of(r, &["admission", "throttled", "controller_queue"])),
        transfer_s: over(rows, |r| of(r, &["transfer", "slow_start"])),
    }
}

fn station(rows: &[&StationSummary]) -> StationOutcome {
    assert!(rows.iter().all(|row| row.name == rows[0].name), "replicates of different scenarios");
    StationOutcome {
        name: rows[0].name.clone(),
        kind: rows[0].kind,
        servers: rows[0].servers,
        utilisation: over(rows, |r| r.utilisation),
        throughput_per_s: over(rows, |r| r.throughput_per_s),
        in_flight: over(rows, |r| r.in_flight),
        in_flight_max: rows.iter().map(|r| r.in_flight_max).max().unwrap_or(0),
        arrivals: sum(rows, |r| r.arrivals),
        departures: sum(rows, |r| r.departures),
        expelled: sum(rows, |r| r.expelled),
        latency: pool(rows.iter().map(|r| &r.latency)),
        wait: pool(rows.iter().map(|r| &r.wait)),
    }
}

fn link(rows: &[&LinkSummary]) -> LinkOutcome {
    assert!(rows.iter().all(|row| row.name == rows[0].name), "replicates of different scenarios");
    LinkOutcome {
        name: rows[0].name.clone(),
        group: rows[0].group.clone(),
        kind: rows[0].kind,
        capacity_bytes_per_s: rows[0].capacity_bytes_per_s,
        utilisation: over(rows, |r| r.utilisation),
        bytes: over(rows, |r| r.bytes),
    }
}

/// Estimates of GPU-seconds under each name, and each name's share of `whole`.
fn shares(
    runs: &[RunSummary],
    names: &[String],
    of: impl Fn(&RunSummary, &str) -> f64,
    whole: f64,
) -> Vec<StallShare> {
    let share = |name: &String| {
        let gpu_seconds = estimate(runs.iter().map(|run| of(run, name)));
        let share = if whole > 0.0 { gpu_seconds.mean / whole } else { 0.0 };
        StallShare { name: name.clone(), gpu_seconds, share }
    };
    names.iter().map(share).collect()
}

/// All GPU-seconds of a split, mean over replicates.
fn whole(runs: &[RunSummary], split: impl Fn(&RunSummary) -> &Vec<StageShare>) -> f64 {
    estimate(runs.iter().map(|run| split(run).iter().map(|s| s.gpu_seconds).sum::<f64>())).mean
}

fn by_stage(runs: &[RunSummary], split: fn(&RunSummary) -> &Vec<StageShare>) -> Vec<StallShare> {
    let names: Vec<String> = split(&runs[0]).iter().map(|s| s.stage.to_owned()).collect();
    let of = |run: &RunSummary, name: &str| {
        split(run).iter().find(|s| s.stage == name).map_or(0.0, |s| s.gpu_seconds)
    };
    shares(runs, &names, of, whole(runs, split))
}

/// Stages and holders of one split of a run.
type StagesAndHolders =
    for<'a> fn(&'a RunSummary) -> (&'a Vec<StageShare>, &'a Vec<BottleneckShare>);

fn by_holder(runs: &[RunSummary], split: StagesAndHolders) -> Vec<StallShare> {
    let mut names: Vec<String> = Vec::new();
    for share in runs.iter().flat_map(|run| split(run).1) {
        if !names.contains(&share.name) {
            names.push(share.name.clone());
        }
    }
    let of = |run: &RunSummary, name: &str| {
        split(run).1.iter().find(|s| s.name == name).map_or(0.0, |s| s.gpu_seconds)
    };
    let mut list = shares(runs, &names, of, whole(runs, |run| split(run).0));
    // Stable: equals stay in order of first appearance.
    list.sort_by(|a, b| b.gpu_seconds.mean.total_cmp(&a.gpu_seconds.mean));
    list
}
