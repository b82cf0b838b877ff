//! The one JSON object of a run. Its keys are stable; new ones may join them.

use super::{Context, FORMAT_VERSION, health};
use crate::study::{
    AccountOutcome, Estimate, FaultOutcome, Finding, JobOutcome, LatencyOutcome, LinkOutcome,
    Outcome, RequestOutcome, StallShare, StationOutcome,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A file of JSON, ended by a line feed.
pub fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("numbers and names are valid JSON");
    text.push(b'\n');
    text
}

/// All of an outcome. Fractions are 0–1; `half_width` is that of a 95 % interval, null with one
/// replicate.
pub fn json(outcome: &Outcome, context: &Context<'_>) -> Value {
    let mut all = json!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "scenario": context.scenario.name,
        "seed": context.scenario.seed,
        "replicates": outcome.replicates(),
        "fingerprint": outcome.fingerprint,
        "end_s": estimate(&outcome.end_s),
        "bottleneck": finding(&outcome.bottleneck),
        "jobs": outcome.jobs.iter().map(job).collect::<Vec<Value>>(),
        "gpu_seconds": gpu_seconds(outcome),
        "straggler_wait_by_cause": by_name(&outcome.straggler_wait_by_cause),
        "stall_by_stage": shares("stage", &outcome.stall_by_stage),
        "stall_by_bottleneck": shares("name", &outcome.stall_by_bottleneck),
        "lost_by_stage": shares("stage", &outcome.lost_by_stage),
        "lost_by_bottleneck": shares("name", &outcome.lost_by_bottleneck),
        "faults": outcome.faults.iter().map(fault).collect::<Vec<Value>>(),
        "health": health::json(&outcome.health),
        "requests": outcome.requests.iter().map(requests).collect::<Vec<Value>>(),
        "stations": told(&outcome.stations, |s| s.utilisation.mean).map(station).collect::<Vec<_>>(),
        "links": told(&outcome.links, |l| l.utilisation.mean).map(link).collect::<Vec<_>>(),
    });
    if let Some(classes) = super::classes::json(outcome) {
        all["classes"] = classes;
    }
    if !outcome.accounts.is_empty() {
        all["accounts"] = outcome.accounts.iter().map(account).collect();
    }
    all
}

/// Stations or links of which all are told; of more of them, the busiest so many.
const ALL: usize = 10_000;
const BUSIEST: usize = 1_000;

/// The rows that are told, in order; `links.csv` and `stations.csv` have them all.
fn told<T>(rows: &[T], utilisation: impl Fn(&T) -> f64) -> impl Iterator<Item = &T> {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    if rows.len() > ALL {
        // Stable: equals stay in file order.
        places.sort_by(|a, b| utilisation(&rows[*b]).total_cmp(&utilisation(&rows[*a])));
        places.truncate(BUSIEST);
        places.sort_unstable();
    }
    places.into_iter().map(|place| &rows[place])
}

fn account(line: &AccountOutcome) -> Value {
    json!({
        "job": line.job,
        "item": line.item,
        "unit": line.unit,
        "amount": estimate(&line.amount),
        "usd": estimate(&line.usd),
    })
}

pub(super) fn estimate(estimate: &Estimate) -> Value {
    json!({ "mean": estimate.mean, "half_width": estimate.half_width })
}

fn fault(fault: &FaultOutcome) -> Value {
    json!({
        "disturbance": fault.disturbance,
        "kind": fault.kind,
        "targets": fault.targets,
        "faults": estimate(&fault.faults),
        "down_s": estimate(&fault.down_s),
        "availability": estimate(&fault.availability),
    })
}

fn by_name(list: &[(&'static str, Estimate)]) -> Value {
    let entry = |(name, value): &(&'static str, Estimate)| ((*name).to_owned(), estimate(value));
    Value::Object(list.iter().map(entry).collect::<Map<String, Value>>())
}

fn gpu_seconds(outcome: &Outcome) -> Value {
    let mut states = by_name(&outcome.gpu_seconds);
    states["owned"] = estimate(&outcome.gpu_seconds_owned);
    states
}

fn finding(finding: &Finding) -> Value {
    json!({
        "name": finding.name,
        "kind": finding.kind,
        "stage": if finding.stage.is_empty() { Value::Null } else { json!(finding.stage) },
        "utilisation": finding.utilisation,
        "share_of_stall": finding.share_of_stall,
        "stall_of_gpu_time": finding.stall_of_gpu_time,
        "waiting_for_stalled_of_gpu_time": finding.waiting_for_stalled,
        "first_batch_share": finding.first_batch_share,
        "capacity_factor": finding.capacity_factor,
        "next": finding.next.as_ref().map(|(name, share)| {
            json!({ "name": name, "share_of_stall": share })
        }),
        "headline": finding.headline,
        "advice": finding.advice,
    })
}

fn job(job: &JobOutcome) -> Value {
    json!({
        "name": job.name,
        "gpus": job.gpus,
        "finished_replicates": job.finished,
        "accelerator_utilisation": estimate(&job.accelerator_utilisation),
        "samples_per_s": estimate(&job.samples_per_s),
        "steady_samples_per_s": estimate(&job.steady_samples_per_s),
        "ceiling_samples_per_s": estimate(&job.ceiling_samples_per_s),
        "bytes_per_s": estimate(&job.bytes_per_s),
        "first_batch_s": estimate(&job.first_batch_s),
        "first_batch_mean_s": estimate(&job.first_batch_mean_s),
        "duration_s": estimate(&job.duration_s),
        "steps": estimate(&job.steps),
        "samples": estimate(&job.samples),
    })
}

fn shares(key: &str, shares: &[StallShare]) -> Value {
    let entry = |share: &StallShare| {
        json!({
            key: share.name,
            "gpu_seconds": estimate(&share.gpu_seconds),
            "share": share.share,
        })
    };
    shares.iter().map(entry).collect()
}

fn latency(latency: &LatencyOutcome) -> Value {
    serde_json::to_value(latency).expect("plain numbers")
}

fn requests(requests: &RequestOutcome) -> Value {
    json!({
        "job": requests.job,
        "issued": requests.issued,
        "answered": requests.answered,
        "in_flight_end": requests.in_flight_end,
        "refused": requests.refused,
        "failed": requests.failed,
        "resets": requests.resets,
        "degraded": requests.degraded,
        "stranded": requests.stranded,
        "timed_out": requests.policies.timeouts,
        "retried": requests.policies.retries,
        "unpaid_retries": requests.policies.unpaid,
        "hedged": requests.policies.hedges,
        "hedges_won": requests.policies.hedges_won,
        "wasted_bytes": requests.policies.wasted_bytes,
        "bytes": requests.bytes,
        "cache_hits": requests.cache_hits,
        "requests_per_s": estimate(&requests.requests_per_s),
        "bytes_per_s": estimate(&requests.bytes_per_s),
        "first_byte": latency(&requests.first_byte),
        "total": latency(&requests.total),
        "stages_s": by_name(&requests.stages),
    })
}

fn station(station: &StationOutcome) -> Value {
    json!({
        "name": station.name,
        "kind": station.kind,
        "servers": station.servers,
        "utilisation": estimate(&station.utilisation),
        "throughput_per_s": estimate(&station.throughput_per_s),
        "in_flight": estimate(&station.in_flight),
        "in_flight_max": station.in_flight_max,
        "arrivals": station.arrivals,
        "departures": station.departures,
        "expelled": station.expelled,
        "latency": latency(&station.latency),
        "wait": latency(&station.wait),
    })
}

fn link(link: &LinkOutcome) -> Value {
    json!({
        "name": link.name,
        "group": link.group,
        "kind": link.kind,
        "capacity_bytes_per_s": link.capacity_bytes_per_s,
        "utilisation": estimate(&link.utilisation),
        "bytes": estimate(&link.bytes),
    })
}
