//! Choices among equal ways that are not by hash.

use super::{Path, Router};
use crate::fabric::graph::{Graph, LinkId, VertexId};
use std::collections::BTreeMap;

/// How full a cable is: compared first by its load in eighths of what it can carry now (CONGA keeps
/// three bits of it: Alizadeh et al., SIGCOMM 2014, §3.3), then by transfers per rate, which stands
/// for the queue before a full one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Congestion {
    eighths: u64,
    /// Transfers per 2^-16 TB/s.
    crowd: u64,
}

impl Congestion {
    /// Of a cable with `load` of `capacity` (one unit for both) that `flows` transfers cross.
    pub fn new(load: u64, capacity: u64, flows: usize) -> Congestion {
        if capacity == 0 {
            return Congestion { eighths: u64::MAX, crowd: u64::MAX };
        }
        let eighths = (u128::from(load) * 8).div_ceil(u128::from(capacity));
        let crowd = ((flows as u128) << 64) / u128::from(capacity);
        let narrow = |x: u128| u64::try_from(x).unwrap_or(u64::MAX);
        Congestion { eighths: narrow(eighths), crowd: narrow(crowd) }
    }

    const NONE: Congestion = Congestion { eighths: 0, crowd: 0 };
}

impl Router {
    /// By the destination's number among the hosts: at a vertex with n cables on, the (d/s mod n)th,
    /// where s is the product of the numbers of cables met before (Zahavi, Johnson, Kerbyson & Lang,
    /// "Optimized InfiniBand fat-tree routing for shift all-to-all communication patterns", 2010).
    pub(super) fn by_destination(&self, graph: &Graph, from: VertexId, to: VertexId) -> Path {
        let number = (0..to.0).filter(|&v| graph.is_host(VertexId(v))).count();
        let mut rest = number;
        self.walk(graph, from, to, |_, choices| {
            let pick = rest % choices.len();
            rest /= choices.len();
            pick
        })
    }

    /// The shortest path whose fullest cable is least full, as the network is now and as seen by
    /// somebody who sees all of it; ties go to the way with the emptier cable next, then by hash.
    /// Cables that every way takes do not count: they tell no way from another.
    pub(super) fn least_loaded(
        &self,
        graph: &Graph,
        from: VertexId,
        to: VertexId,
        hash: u64,
        congestion: impl Fn(LinkId) -> Congestion,
    ) -> Path {
        let levels = self.levels(graph, from, to);
        // From the destination back: the least that the fullest cable from each vertex on can be.
        let mut ahead = BTreeMap::from([(to, Congestion::NONE)]);
        let mut choices = Vec::new();
        let mut cost = BTreeMap::new();
        for level in levels.iter().rev() {
            let links: usize = level
                .iter()
                .map(|at| {
                    self.choices(graph, *at, to, &mut choices);
                    choices.len()
                })
                .sum();
            for &at in level {
                self.choices(graph, at, to, &mut choices);
                let mut least = None;
                for &link in &choices {
                    let here = if links > 1 { congestion(link) } else { Congestion::NONE };
                    let worst = here.max(ahead[&graph.links[link].to]);
                    cost.insert(link, (worst, here));
                    least = Some(least.map_or(worst, |least: Congestion| least.min(worst)));
                }
                ahead.insert(at, least.expect("a vertex on a way has a way on"));
            }
        }
        self.walk(graph, from, to, |at, choices| {
            let least = choices.iter().map(|link| cost[link]).min().expect("a way on");
            let equals = choices.iter().filter(|link| cost[*link] == least).count();
            let nth = self.scatter(graph, at, equals, hash);
            let mut equal = (0..choices.len()).filter(|&i| cost[&choices[i]] == least);
            equal.nth(nth).expect("counted")
        })
    }

    /// The vertices on shortest ways, by distance from `from`, `to` left out.
    fn levels(&self, graph: &Graph, from: VertexId, to: VertexId) -> Vec<Vec<VertexId>> {
        let mut levels = Vec::new();
        let mut level = vec![from];
        let mut choices = Vec::new();
        while level != [to] {
            let mut next = Vec::new();
            for &at in &level {
                self.choices(graph, at, to, &mut choices);
                next.extend(choices.iter().map(|&link| graph.links[link].to));
            }
            next.sort_unstable();
            next.dedup();
            levels.push(std::mem::replace(&mut level, next));
        }
        levels
    }
}
