//! One JSON object. Rates are bytes per second, delays seconds, fractions 0–1.

use super::TopologyContext;
use crate::report::FORMAT_VERSION;
use crate::study::topology::{BoxRow, CableRow, Fabric, Latency, WanRow};
use serde_json::{Value, json as object};

/// Everything that is known about the networks.
pub fn json(fabrics: &[Fabric], context: &TopologyContext<'_>) -> Value {
    object!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "scenario": context.scenario.name,
        "fabrics": fabrics.iter().map(fabric).collect::<Vec<Value>>(),
    })
}

fn fabric(fabric: &Fabric) -> Value {
    object!({
        "name": fabric.spec.name,
        "nodes": fabric.hosts[0],
        "controllers": fabric.hosts[1],
        "boxes": fabric.boxes.iter().map(part).collect::<Vec<Value>>(),
        "cables": fabric.cables.iter().map(cable).collect::<Vec<Value>>(),
        "transceivers": fabric.cables.iter().map(CableRow::transceivers).sum::<u64>(),
        "bisection_bytes_per_s": fabric.bisection,
        "bisection_adapters_bytes_per_s": fabric.bisection_adapters,
        "store_to_nodes_bytes_per_s": fabric.from_store,
        "store_adapters_bytes_per_s": fabric.store_adapters,
        "node_adapters_bytes_per_s": fabric.node_adapters,
        "among_nodes": fabric.among_nodes.as_ref().map(latency),
        "nodes_to_store": fabric.to_store.as_ref().map(latency),
        "wans": fabric.wans.iter().map(wan).collect::<Vec<Value>>(),
    })
}

fn part(row: &BoxRow) -> Value {
    object!({
        "kind": row.kind,
        "count": row.count,
        "cables_most": row.cables_most,
        "ports_used": row.ports_used,
        "ports": row.ports,
        "down_bytes_per_s": row.down,
        "up_bytes_per_s": row.up,
        "oversubscription": row.oversubscription(),
    })
}

fn cable(row: &CableRow) -> Value {
    object!({
        "from": row.from,
        "to": row.to,
        "bits_per_s": row.rate.0,
        "length_m": row.length_m,
        "cables": row.count,
        "medium": if row.copper { "copper" } else { "optics" },
        "transceivers": row.transceivers(),
    })
}

fn latency(latency: &Latency) -> Value {
    object!({
        "min_s": latency.min.as_s(),
        "mean_s": latency.mean_s,
        "max_s": latency.max.as_s(),
        "hops": latency.hops,
        "boxes": latency.boxes,
    })
}

fn wan(row: &WanRow) -> Value {
    object!({
        "ends": row.ends,
        "bits_per_s": row.rate.0,
        "round_trip_s": row.round_trip.as_s(),
    })
}
