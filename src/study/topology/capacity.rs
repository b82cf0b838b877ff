//! The most that one set of hosts can send to another, by maximum flow over the wired network.

use super::index;
use crate::fabric::Graph;
use crate::fabric::graph::VertexId;
use crate::kernel::maxflow::{ENDLESS, FlowNetwork};
use std::collections::BTreeMap;

/// Largest flow from hosts to other hosts, bytes per second: adapters, cables and what boxes inspect
/// bind, hosts pass nothing on.
pub fn between(graph: &Graph, from: &[VertexId], to: &[VertexId]) -> f64 {
    if from.is_empty() || to.is_empty() {
        return 0.0;
    }
    let n = graph.vertices.len();
    let mut network = FlowNetwork::new(n);
    // What a box passes on is a capacity between where it receives and where it sends.
    let mut sends: Vec<usize> = (0..n).collect();
    for (vertex, rate) in graph.inspection.iter() {
        if let Some(rate) = rate {
            let out = network.vertex();
            network.arc(index(vertex), out, rate.0, 0);
            sends[index(vertex)] = out;
        }
    }
    let (source, sink) = (network.vertex(), network.vertex());
    // Hosts are the source and the sink themselves: only their adapters bind.
    let mut end: Vec<Option<usize>> = vec![None; n];
    from.iter().for_each(|&host| end[index(host)] = Some(source));
    to.iter().for_each(|&host| end[index(host)] = Some(sink));
    let mut capacity: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for link in graph.links.rows() {
        let ends = [link.from, link.to].map(|v| match (graph.is_host(v), end[index(v)]) {
            (true, None) => None,
            (true, Some(host)) => Some((host, host)),
            (false, _) => Some((sends[index(v)], index(v))),
        });
        let [Some((a, _)), Some((_, b))] = ends else { continue };
        if a != sink && b != source {
            let sum = capacity.entry((a, b)).or_default();
            *sum = sum.saturating_add(link.rate.0).min(ENDLESS);
        }
    }
    for ((a, b), rate) in capacity {
        network.arc(a, b, rate, 0);
    }
    // Rates are bits per second.
    network.max_flow(source, sink) as f64 / 8.0
}
