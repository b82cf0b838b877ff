//! The result of one replicate: plain numbers, in order, nothing machine-dependent.

use super::health::Alert;
use serde::Serialize;

/// A distribution of times, in seconds. Zero count means all fields are zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Latency {
    /// How many.
    pub count: u64,
    /// Mean.
    pub mean_s: f64,
    /// Median.
    pub p50_s: f64,
    /// 90 % quantile.
    pub p90_s: f64,
    /// 99 % quantile.
    pub p99_s: f64,
    /// 99.9 % quantile.
    pub p999_s: f64,
    /// Largest.
    pub max_s: f64,
    /// Points (seconds, share at or below) of the cumulative distribution, for figures; ≤ 200.
    pub cdf: Vec<(f64, f64)>,
}

/// GPU-seconds by state, in the order of `GpuState::ALL`, and their sum.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GpuSeconds {
    /// All of them: GPUs × length of the run.
    pub owned: f64,
    /// (state name, GPU-seconds) for every state.
    pub by_state: Vec<(&'static str, f64)>,
}

/// A share of the stalled GPU time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageShare {
    /// Stage name.
    pub stage: &'static str,
    /// GPU-seconds of data stall spent there.
    pub gpu_seconds: f64,
    /// Share of all data stall, 0–1.
    pub share: f64,
}

/// Stalled GPU time in transfers, by what held them down.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BottleneckShare {
    /// `leaf-3 → spine uplinks`, `storage-2 device reads`, `TCP window` …
    pub name: String,
    /// GPU-seconds of data stall in transfers that it held.
    pub gpu_seconds: f64,
    /// Share of all data stall, 0–1.
    pub share: f64,
}

/// One training job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingSummary {
    /// Job name.
    pub name: String,
    /// Ranks.
    pub gpus: u64,
    /// Whether all steps were done before the horizon.
    pub finished: bool,
    /// Steps done, over all epochs.
    pub steps: u64,
    /// Samples consumed.
    pub samples: u64,
    /// Seconds from first start-up to last barrier (or horizon).
    pub duration_s: f64,
    /// Accelerator utilisation as MLPerf Storage v1.0 defines it, mean over ranks and epochs, 0–1.
    pub accelerator_utilisation: f64,
    /// Samples per second as v1.0 defines it (start-up included), summed over ranks.
    pub samples_per_s: f64,
    /// The same without the first step, as newer DLIO defines it.
    pub steady_samples_per_s: f64,
    /// Payload consumed per second, start-up included.
    pub bytes_per_s: f64,
    /// First batch of the first epoch: the largest over ranks.
    pub first_batch_s: f64,
    /// First batch of the first epoch: mean over ranks.
    pub first_batch_mean_s: f64,
    /// The most the job could consume: ranks · batch / compute time.
    pub ceiling_samples_per_s: f64,
}

/// How often clients' policies came into play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PolicyCounts {
    /// Attempts and requests given up because they took too long.
    pub timeouts: u64,
    /// Attempts made after one that came to nothing.
    pub retries: u64,
    /// Retries that the retry budget did not allow.
    pub unpaid: u64,
    /// GETs sent a second time.
    pub hedges: u64,
    /// Those whose answer began before the first one's.
    pub hedges_won: u64,
    /// Payload that moved for attempts that were given up, bytes.
    pub wasted_bytes: u64,
}

impl PolicyCounts {
    /// Both together.
    #[must_use]
    pub fn and(self, other: PolicyCounts) -> PolicyCounts {
        PolicyCounts {
            timeouts: self.timeouts + other.timeouts,
            retries: self.retries + other.retries,
            unpaid: self.unpaid + other.unpaid,
            hedges: self.hedges + other.hedges,
            hedges_won: self.hedges_won + other.hedges_won,
            wasted_bytes: self.wasted_bytes + other.wasted_bytes,
        }
    }

    /// Their names in files, their values and units.
    pub fn named(&self) -> [(&'static str, u64, &'static str); 6] {
        [
            ("requests_timed_out", self.timeouts, "1"),
            ("requests_retried", self.retries, "1"),
            ("requests_unpaid", self.unpaid, "1"),
            ("requests_hedged", self.hedges, "1"),
            ("requests_hedge_won", self.hedges_won, "1"),
            ("request_bytes_wasted", self.wasted_bytes, "B"),
        ]
    }
}

/// A line of a job's account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    /// Job name.
    pub job: String,
    /// `GET`, `fra-dub dublin → frankfurt`, `objects copied`.
    pub item: String,
    /// Unit of the amount.
    pub unit: &'static str,
    /// How much.
    pub amount: f64,
    /// What it costs, US dollars.
    pub usd: f64,
}

/// Requests of one job (training or load), or of a neighbour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestSummary {
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
    pub requests_per_s: f64,
    /// Payload per second.
    pub bytes_per_s: f64,
    /// From taking up to first byte.
    pub first_byte: Latency,
    /// From taking up to last byte.
    pub total: Latency,
    /// Where requests spend their time: (stage name, mean seconds per request).
    pub stages: Vec<(&'static str, f64)>,
}

/// Traffic of one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassSummary {
    /// Its requests, under the name of the class.
    pub requests: RequestSummary,
    /// Times a request was not let in because the class was full.
    pub denied: u64,
    /// Bytes of all-reduces begun.
    pub gradient_bytes: f64,
    /// Payload answered and all-reduced per second.
    pub bytes_per_s: f64,
}

/// A place where requests queue: a controller, a device, a node's decode cores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StationSummary {
    /// `controller-2`, `storage-1/device-3`, `train-0 decode cores`.
    pub name: String,
    /// `controller`, `device`, `decode`.
    pub kind: &'static str,
    /// Slots, queue depth or cores.
    pub servers: u64,
    /// Mean share of servers busy, 0–1.
    pub utilisation: f64,
    /// Departures per second.
    pub throughput_per_s: f64,
    /// Time average of those inside, waiting or served.
    pub in_flight: f64,
    /// Most inside at once.
    pub in_flight_max: u64,
    /// Those that came.
    pub arrivals: u64,
    /// Those that left.
    pub departures: u64,
    /// Those that were lost when the station went away.
    pub expelled: u64,
    /// From coming to leaving.
    pub latency: Latency,
    /// From coming to the beginning of service.
    pub wait: Latency,
    /// Busy share in each bin of the run's time axis, 0–1.
    pub busy: Vec<f64>,
}

/// A capacity that transfers share: a cable, adapter, device or CPU.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkSummary {
    /// `leaf-3 → spine-0`, `controller-1 NIC out`, `storage-0/device-2 read`.
    pub name: String,
    /// Reported together: `leaf-3 → spine uplinks`.
    pub group: String,
    /// `network`, `adapter`, `device`, `cpu`, `cache`.
    pub kind: &'static str,
    /// Bytes per second it can carry.
    pub capacity_bytes_per_s: f64,
    /// Mean share of capacity in use, 0–1.
    pub utilisation: f64,
    /// Bytes carried.
    pub bytes: f64,
    /// Share of capacity in use in each bin of the run's time axis, 0–1.
    pub load: Vec<f64>,
}

/// What befell one box, cable or site by one disturbance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultSummary {
    /// Name of the disturbance.
    pub disturbance: String,
    /// Its kind: `faults`, `link_faults`, `controller_faults`, `rebuild`.
    pub kind: &'static str,
    /// `site:dublin`, `controller-2`, `leaf-0 → spine-1`.
    pub who: String,
    /// Faults.
    pub faults: u64,
    /// Seconds in faults, all together.
    pub down_s: f64,
    /// Share of the run without a fault, 0–1.
    pub availability: f64,
    /// (from, until) of the first thousand, seconds; one that the end cuts off ends with it.
    pub spells: Vec<(f64, f64)>,
}

/// The run's time axis for all series.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TimeAxis {
    /// Width of a bin in seconds.
    pub bin_s: f64,
    /// Bins, the last of which may be partly beyond the end.
    pub bins: usize,
}

/// The result of one replicate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// Number of the replicate, from 0.
    pub replicate: u64,
    /// 128-bit hash of the fact stream, 32 hexadecimal digits.
    pub fingerprint: String,
    /// Length of the run, seconds.
    pub end_s: f64,
    /// Events handled.
    pub events: u64,
    /// Training jobs.
    pub training: Vec<TrainingSummary>,
    /// Requests by job: training jobs, then loads, then neighbours.
    pub requests: Vec<RequestSummary>,
    /// Traffic by class; empty if links do not tell traffic apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassSummary>,
    /// The idle ledger of the whole cluster.
    pub gpu_seconds: GpuSeconds,
    /// Straggler wait, split by the state that kept the last rank longer: (state name, GPU-seconds).
    pub straggler_wait_by_cause: Vec<(&'static str, f64)>,
    /// Data stall by stage, in the order of `Stage::ALL`.
    pub stall_by_stage: Vec<StageShare>,
    /// Data stall in transfers by what held them, largest first.
    pub stall_by_bottleneck: Vec<BottleneckShare>,
    /// Time lost to data by stage: stalls, and waits at barriers for ranks in a stall.
    pub lost_by_stage: Vec<StageShare>,
    /// The same in transfers by what held them, largest first.
    pub lost_by_bottleneck: Vec<BottleneckShare>,
    /// Stations.
    pub stations: Vec<StationSummary>,
    /// Links.
    pub links: Vec<LinkSummary>,
    /// What jobs moved between sites and asked of the store; empty where neither has a meaning.
    pub accounts: Vec<Account>,
    /// Axis of all series.
    pub axis: TimeAxis,
    /// GPUs in each state over time: (state name, mean number of GPUs in each bin).
    pub gpu_state_over_time: Vec<(&'static str, Vec<f64>)>,
    /// Payload answered per second in each bin.
    pub bytes_over_time: Vec<f64>,
    /// Payload answered per second in each bin, each answer spread between its first and its last
    /// byte rather than over its whole life.
    pub goodput_over_time: Vec<f64>,
    /// What failed, by process.
    pub faults: Vec<FaultSummary>,
    /// What a monitor would have alerted on.
    pub health: Vec<Alert>,
}
