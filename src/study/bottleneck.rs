//! What holds the GPUs back: the largest share of the time lost to data, and the box behind it. Every
//! word is derived from the run's own numbers.

use super::advice;
use super::family::{Set, families_of_holders, link_set, station_set};
use super::outcome::{Outcome, StallShare};
use super::words::percent;

/// Below this share of allocated GPU time, time lost to data is not worth a name.
pub const WORTH_NAMING: f64 = 0.005;

/// A device set busier than this holds reads up; below it media time is latency.
const QUEUEING: f64 = 0.7;

/// What holds the GPUs back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finding {
    /// The box, set of boxes, or cause: `leaf-3 → spine uplinks`, `TCP window`, `none`.
    pub name: String,
    /// `none`, `start_up`, `throttle`, `latency`, `pipeline`, `transport`, `controller`, `device`,
    /// `decode`, `network`, `adapter`, `cpu`, `cache`.
    pub kind: &'static str,
    /// Stage it stands for; empty when nothing stalls.
    pub stage: String,
    /// Its share of capacity in use, 0–1, if it is a box.
    pub utilisation: Option<f64>,
    /// Its share of the time lost to data (stalls, and waiting for stalled ranks), 0–1.
    pub share_of_stall: f64,
    /// Data stall as a share of allocated GPU time, 0–1.
    pub stall_of_gpu_time: f64,
    /// Waiting at a barrier for ranks in a data stall, as a share of allocated GPU time, 0–1.
    pub waiting_for_stalled: f64,
    /// Share of the time lost to data (stalls and waiting for stalled ranks) that is the wait for a
    /// job's first batch, 0–1.
    pub first_batch_share: f64,
    /// The runner-up: (name, share of the time lost to data).
    pub next: Option<(String, f64)>,
    /// Capacity that feeding the GPUs at their ceiling takes, over today's; none if it is no box.
    pub capacity_factor: Option<f64>,
    /// One line: what, how busy, how much it holds.
    pub headline: String,
    /// One sentence: what follows.
    pub advice: String,
}

/// What a finding is about, before words are put to it.
pub(super) struct Culprit {
    pub name: String,
    pub kind: &'static str,
    /// The boxes, if it is boxes.
    pub set: Option<Set>,
    pub share: f64,
}

/// Concludes what holds the GPUs back.
pub(super) fn find(outcome: &Outcome) -> Finding {
    let allocated = outcome.allocated();
    let stall = outcome.in_state("data_stall");
    let share = |spent: f64| if allocated > 0.0 { spent / allocated } else { 0.0 };
    let of_gpu_time = share(stall);
    let worst = largest(&outcome.lost_by_stage);
    let lost = of_gpu_time + share(waiting_for_stalled(outcome));
    let Some(worst) = worst.filter(|_| lost >= WORTH_NAMING) else {
        return nothing_stalls(outcome, of_gpu_time);
    };
    let culprits = culprits(outcome, worst);
    let culprit = &culprits[0];
    let mut finding = Finding {
        name: culprit.name.clone(),
        kind: culprit.kind,
        stage: worst.name.clone(),
        utilisation: culprit.set.as_ref().map(Set::utilisation),
        share_of_stall: culprit.share,
        stall_of_gpu_time: of_gpu_time,
        waiting_for_stalled: share(waiting_for_stalled(outcome)),
        first_batch_share: first_batch_share(outcome, stall + waiting_for_stalled(outcome)),
        next: runner_up(outcome, worst, &culprits),
        capacity_factor: None,
        headline: headline(culprit),
        advice: String::new(),
    };
    finding.capacity_factor = advice::capacity_factor(outcome, culprit);
    finding.advice = advice::sentence(outcome, &finding, culprit);
    finding
}

fn largest(shares: &[StallShare]) -> Option<&StallShare> {
    // Of equals the first, so that the answer does not hang on the order of a maximum.
    shares
        .iter()
        .filter(|share| share.gpu_seconds.mean > 0.0)
        .reduce(|best, share| if share.share > best.share { share } else { best })
}

/// GPU-seconds at barriers for a last rank that waited for data.
fn waiting_for_stalled(outcome: &Outcome) -> f64 {
    let mut causes = outcome.straggler_wait_by_cause.iter();
    causes.find(|(cause, _)| *cause == "data_stall").map_or(0.0, |(_, spent)| spent.mean)
}

/// Share of the `lost` GPU-seconds that GPUs spent before the first batch of their job.
fn first_batch_share(outcome: &Outcome, lost: f64) -> f64 {
    let first: f64 =
        outcome.jobs.iter().map(|job| job.first_batch_mean_s.mean * job.gpus as f64).sum();
    if lost > 0.0 { (first / lost).min(1.0) } else { 0.0 }
}

/// What stands behind the worst stage; of transfers several, heaviest first.
fn culprits(outcome: &Outcome, worst: &StallShare) -> Vec<Culprit> {
    let plain = |name: &str, kind| {
        vec![Culprit { name: name.to_owned(), kind, set: None, share: worst.share }]
    };
    let boxes = |station: &str, name: &str, least: f64| {
        let set = station_set(outcome, station).filter(|set| set.utilisation() >= least);
        let kind = set.as_ref().map_or("latency", |set| set.members[0].kind);
        let name = set.as_ref().map_or(name.to_owned(), |set| set.name.clone());
        vec![Culprit { name, kind, set, share: worst.share }]
    };
    match worst.name.as_str() {
        "transfer" => holders(outcome, worst),
        "controller_queue" => boxes("controller", "controller queue", 0.0),
        "media" => boxes("device", "media latency", QUEUEING),
        "decode_queue" => boxes("decode", "decode cores", 0.0),
        "start_up" => plain("worker start-up", "start_up"),
        "throttled" => plain("request-rate throttle (503)", "throttle"),
        "pipeline" => plain("reader workers", "pipeline"),
        "under_way" => plain("data still on its way when the run ended", "latency"),
        "outage" => plain("controllers that went away", "outage"),
        "timed_out" => plain("time-outs and the waits after them", "outage"),
        "retransmission" => plain("packet loss: waiting for what is sent again", "latency"),
        "standing_queue" => plain("queues in switch ports", "latency"),
        "admission" => plain("admission of the traffic class", "latency"),
        "cache_fill" => plain("fetches of the site's cache", "latency"),
        "connection_wait" => plain("the clients' connection limit", "pool"),
        "client_cpu" => plain("client CPU per request", "latency"),
        "cache_read" => plain("node cache reads", "latency"),
        "set_up" => plain("connection set-up", "latency"),
        "round_trip" => plain("round trips", "latency"),
        "controller_service" => plain("controller service time", "latency"),
        "slow_start" => plain("TCP slow start", "latency"),
        "path_delay" => plain("jitter, spikes and outages on the way", "latency"),
        "decode" => plain("decoding", "latency"),
        other => plain(other, "latency"),
    }
}

/// What held transfers, family by family.
fn holders(outcome: &Outcome, worst: &StallShare) -> Vec<Culprit> {
    let whole = if worst.share > 0.0 { worst.gpu_seconds.mean / worst.share } else { 0.0 };
    let culprit = |(family, holders): (String, Vec<&StallShare>)| {
        let held: f64 = holders.iter().map(|share| share.gpu_seconds.mean).sum();
        match link_set(outcome, &family, &holders) {
            Some(set) => Culprit {
                name: set.name.clone(),
                kind: set.members[0].kind,
                share: set.weight() / whole,
                set: Some(set),
            },
            None => Culprit {
                name: holders[0].name.clone(),
                kind: "transport",
                set: None,
                share: held / whole,
            },
        }
    };
    let list: Vec<Culprit> = families_of_holders(outcome).into_iter().map(culprit).collect();
    if list.is_empty() {
        let name = "transfers".to_owned();
        return vec![Culprit { name, kind: "transport", set: None, share: worst.share }];
    }
    list
}

/// The next heaviest: another holder of transfers, or the second stage.
fn runner_up(outcome: &Outcome, worst: &StallShare, all: &[Culprit]) -> Option<(String, f64)> {
    let holder = all.get(1).map(|next| (next.name.clone(), next.share));
    let others = outcome.lost_by_stage.iter().filter(|stage| stage.name != worst.name);
    let stage = others
        .reduce(|best, stage| if stage.share > best.share { stage } else { best })
        .map(|stage| (stage.name.replace('_', " "), stage.share));
    let next = match (holder, stage) {
        (Some(holder), Some(stage)) => Some(if holder.1 >= stage.1 { holder } else { stage }),
        (holder, stage) => holder.or(stage),
    };
    next.filter(|(_, share)| *share > 0.0)
}

fn headline(culprit: &Culprit) -> String {
    let share = percent(culprit.share);
    match &culprit.set {
        Some(set) => {
            let hold = if set.members.len() == 1 { "holds" } else { "hold" };
            format!("{}, {}, {hold} {share} of the time lost to data", set.name, set.busy())
        }
        None => format!("{}: {share} of the time lost to data", culprit.name),
    }
}

/// The finding of a run whose GPUs do not wait for data, or that has none.
fn nothing_stalls(outcome: &Outcome, of_gpu_time: f64) -> Finding {
    Finding {
        name: "none".to_owned(),
        kind: "none",
        stall_of_gpu_time: of_gpu_time,
        headline: if outcome.jobs.is_empty() {
            "no training job, so no GPU waits for data".to_owned()
        } else if of_gpu_time >= WORTH_NAMING {
            // Only a stall that has ended can be traced back; these outlast the horizon.
            "none found: the run stopped before awaited data arrived".to_owned()
        } else {
            "none: data arrives in time".to_owned()
        },
        advice: advice::nothing_stalls(outcome, of_gpu_time),
        ..Finding::default()
    }
}
