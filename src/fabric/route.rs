//! Shortest paths with equal-cost choice by hash.

use super::graph::{Graph, LinkId, VertexId};
use crate::kernel::id::Id;
use crate::kernel::time::Span;

/// One way through a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Cables in order.
    pub links: Vec<LinkId>,
    /// Time the head of a message takes.
    pub latency: Span,
}

/// Picks paths; remembers hop distances per destination.
#[derive(Debug, Clone, Default)]
pub struct Router {
    /// Hops from each vertex to the destination; `u16::MAX` where there is no way.
    distances: Vec<Option<Vec<u16>>>,
}

impl Router {
    fn distances(&mut self, graph: &Graph, to: VertexId) -> &[u16] {
        if self.distances.len() <= to.index() {
            self.distances.resize(graph.vertices.len(), None);
        }
        self.distances[to.index()].get_or_insert_with(|| {
            let mut distance = vec![u16::MAX; graph.vertices.len()];
            distance[to.index()] = 0;
            let mut frontier = vec![to];
            for hops in 1.. {
                let mut next = Vec::new();
                // Hosts pass nothing on: a way ends at one, or begins there.
                for vertex in frontier.into_iter().filter(|v| *v == to || !graph.is_host(*v)) {
                    for &link in &graph.into[vertex] {
                        let from = graph.links[link].from;
                        if distance[from.index()] == u16::MAX {
                            distance[from.index()] = hops;
                            next.push(from);
                        }
                    }
                }
                if next.is_empty() {
                    break;
                }
                frontier = next;
            }
            distance
        })
    }

    /// The path that a connection with this hash takes: at every hop, one of the cables on a
    /// shortest path, picked by the hash and the place's name (switches do not share their seed, so
    /// choices at successive hops are independent, as in well-configured fabrics).
    /// `None` if there is no way.
    pub fn path(&mut self, graph: &Graph, from: VertexId, to: VertexId, hash: u64) -> Option<Path> {
        let distance = self.distances(graph, to);
        if distance[from.index()] == u16::MAX {
            return None;
        }
        let mut path = Path { links: Vec::new(), latency: Span::ZERO };
        let mut at = from;
        while at != to {
            let choices = choices(graph, distance, at, to).count() as u64;
            let pick = scatter(hash, graph.seeds[at], choices);
            let mut choices = self::choices(graph, distance, at, to);
            let link = choices.nth(pick as usize).expect("counted");
            path.latency += graph.links[link].latency;
            path.links.push(link);
            at = graph.links[link].to;
        }
        Some(path)
    }
}

/// The cables out of `at` that lie on a shortest way to `to`.
fn choices<'a>(
    graph: &'a Graph,
    distance: &'a [u16],
    at: VertexId,
    to: VertexId,
) -> impl Iterator<Item = LinkId> + 'a {
    let closer = distance[at.index()].checked_sub(1);
    graph.out[at].iter().copied().filter(move |&link| {
        let next = graph.links[link].to;
        Some(distance[next.index()]) == closer && (next == to || !graph.is_host(next))
    })
}

/// An integer below `n` from a hash and a place's seed (the finaliser of SplitMix64, Steele, Lea &
/// Flood, OOPSLA 2014).
fn scatter(hash: u64, seed: u64, n: u64) -> u64 {
    let mut z = hash ^ seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    ((u128::from(z) * u128::from(n)) >> 64) as u64
}

/// Every shortest path between two vertices, for small networks: the twin of hashing in tests.
pub fn all_paths(graph: &Graph, from: VertexId, to: VertexId) -> Vec<Vec<LinkId>> {
    let mut router = Router::default();
    let distance = router.distances(graph, to).to_vec();
    let mut found = Vec::new();
    let mut stack = vec![(from, Vec::new())];
    while let Some((at, links)) = stack.pop() {
        if at == to {
            found.push(links);
            continue;
        }
        if distance[at.index()] == u16::MAX {
            continue;
        }
        for link in choices(graph, &distance, at, to) {
            let mut longer: Vec<LinkId> = links.clone();
            longer.push(link);
            stack.push((graph.links[link].to, longer));
        }
    }
    found.sort_unstable();
    found
}
