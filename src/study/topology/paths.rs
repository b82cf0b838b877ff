//! Hops and zero-load latency between hosts: over the ways with fewest cables, the fastest.

use super::index;
use crate::fabric::graph::VertexId;
use crate::fabric::{Graph, Role};
use crate::kernel::time::{PS_PER_S, Span};
use std::collections::BTreeMap;

/// Of the head of a message on an idle network, one way, over pairs of hosts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    /// Of the nearest pair.
    pub min: Span,
    /// Mean over all pairs, seconds.
    pub mean_s: f64,
    /// Of the farthest pair.
    pub max: Span,
    /// Cables of the longest shortest way.
    pub hops: u32,
    /// Boxes on it.
    pub boxes: u32,
}

/// Hosts that are plugged in alike.
struct Class {
    one: VertexId,
    count: u64,
}

/// Over all pairs of a host of `from` and another of `to`; `None` if there is no pair.
pub fn among(graph: &Graph, from: &[VertexId], to: &[VertexId]) -> Option<Latency> {
    let (here, there) = (classes(graph, from), classes(graph, to));
    let (mut min, mut max, mut hops) = (Span::MAX, Span::ZERO, 0);
    let (mut sum, mut pairs) = (0u128, 0u128);
    let mut pair = |latency: Span, steps: u32, count: u64| {
        (min, max, hops) = (min.min(latency), max.max(latency), hops.max(steps));
        sum += u128::from(latency.0) * u128::from(count);
        pairs += u128::from(count);
    };
    let mut search = Search::new(graph, here.iter().chain(&there).map(|class| class.one));
    for class in &here {
        search.run(graph, class.one);
        for other in &there {
            if other.one != class.one {
                if let Some((steps, latency)) = search.best[index(other.one)] {
                    pair(latency, steps, class.count * other.count);
                }
            } else if class.count > 1 {
                // Another of its class: over a switch they share.
                pair(beside(graph, class.one), 2, class.count * (class.count - 1));
            }
        }
    }
    let mean_s = (pairs > 0).then(|| sum as f64 / pairs as f64 / PS_PER_S as f64)?;
    Some(Latency { min, mean_s, max, hops, boxes: hops - 1 })
}

fn classes(graph: &Graph, hosts: &[VertexId]) -> Vec<Class> {
    let mut classes: BTreeMap<Vec<VertexId>, Class> = BTreeMap::new();
    for &host in hosts {
        let ports = graph.out[host].iter().map(|link| graph.links[*link].to).collect();
        classes.entry(ports).or_insert(Class { one: host, count: 0 }).count += 1;
    }
    classes.into_values().collect()
}

fn beside(graph: &Graph, host: VertexId) -> Span {
    let there_and_back = graph.out[host]
        .iter()
        .map(|&link| graph.links[link].latency + graph.links[graph.reverse(link)].latency);
    there_and_back.min().unwrap_or(Span::ZERO)
}

/// Cables and latency from a host to boxes and to some hosts over the ways with fewest cables.
struct Search {
    /// Where the cables out of each vertex lead and how long that takes: its part of `ways` begins
    /// here. Packed: a large network is searched from hundreds of hosts.
    first: Vec<usize>,
    ways: Vec<(VertexId, Span)>,
    best: Vec<Option<(u32, Span)>>,
}

impl Search {
    /// A search to boxes and to `hosts`.
    fn new(graph: &Graph, hosts: impl Iterator<Item = VertexId>) -> Search {
        let mut wanted: Vec<bool> = graph.vertices.ids().map(|v| !graph.is_host(v)).collect();
        hosts.for_each(|host| wanted[index(host)] = true);
        let (mut first, mut ways) = (vec![0], Vec::new());
        for vertex in graph.vertices.ids() {
            let out = graph.out[vertex].iter().map(|link| &graph.links[*link]);
            let out = out.filter(|link| wanted[index(link.to)]);
            ways.extend(out.map(|link| (link.to, link.latency)));
            first.push(ways.len());
        }
        Search { first, ways, best: vec![None; graph.vertices.len()] }
    }

    fn run(&mut self, graph: &Graph, from: VertexId) {
        self.best.fill(None);
        self.best[index(from)] = Some((0, Span::ZERO));
        let (mut frontier, mut next) = (vec![from], Vec::new());
        for steps in 1.. {
            for at in frontier.drain(..).filter(|at| *at == from || !graph.is_host(*at)) {
                let (_, so_far) = self.best[index(at)].expect("the frontier is reached");
                // Out of the border of one's own site there is only the way to other sites.
                let leaves =
                    graph.roles[at] == Role::Border && graph.sites[at] == graph.sites[from];
                let ways = self.first[index(at)]..self.first[index(at) + 1];
                for &(to, latency) in &self.ways[ways] {
                    if leaves && graph.sites[to] == graph.sites[from] {
                        continue;
                    }
                    let latency = so_far + latency;
                    match &mut self.best[index(to)] {
                        Some((there, known)) if *there == steps => *known = (*known).min(latency),
                        Some(_) => {}
                        none => {
                            *none = Some((steps, latency));
                            next.push(to);
                        }
                    }
                }
            }
            if next.is_empty() {
                return;
            }
            std::mem::swap(&mut frontier, &mut next);
        }
    }
}
