//! One JSON object: what `summary.csv` says. Times are seconds, rates bytes per second.

use super::FlowsContext;
use crate::report::FORMAT_VERSION;
use crate::study::flows::{FlowsOutcome, Kind, LinkLoad, Spread};
use serde_json::{Value, json as object};

/// Links in the object, the busiest first.
const LINKS: usize = 20;

/// Everything but the flows themselves.
pub fn json(outcome: &FlowsOutcome, context: &FlowsContext<'_>) -> Value {
    object!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "scenario": context.scenario.name,
        "list": context.list,
        "kind": match outcome.kind {
            Kind::Open => "open",
            Kind::Closed => "closed",
        },
        "fabric": outcome.fabric,
        "routing": outcome.policy,
        "hosts": outcome.hosts,
        "slots": outcome.slots,
        "flows": outcome.flows.len(),
        "bytes": outcome.bytes as f64,
        "batches": outcome.batches,
        "makespan_s": outcome.makespan_s,
        "bytes_per_s": outcome.goodput(),
        "completion_s": spread(&outcome.completion_s),
        "alone_s": spread(&outcome.alone_s),
        "slowdown": spread(&outcome.slowdown),
        "busiest_links": outcome.links.iter().take(LINKS).map(link).collect::<Vec<Value>>(),
    })
}

fn spread(spread: &Spread) -> Value {
    object!({ "mean": spread.mean, "p50": spread.p50, "p99": spread.p99, "max": spread.max })
}

fn link(link: &LinkLoad) -> Value {
    object!({
        "name": link.shared.name,
        "kind": link.shared.kind,
        "capacity_bytes_per_s": link.shared.bytes_per_s,
        "utilisation": link.utilisation,
        "bytes": link.bytes,
        "flows": link.flows,
    })
}
