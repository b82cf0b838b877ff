//! Maximum flow by level graphs (Dinic, Soviet Math. Doklady 11, 1970) with integer capacities.

use std::collections::VecDeque;

/// A capacity that never binds.
pub const ENDLESS: u64 = u64::MAX / 4;

#[derive(Debug, Clone, Copy)]
struct Arc {
    to: usize,
    left: u64,
}

/// A network of vertices 0.. and directed capacities.
#[derive(Debug, Clone, Default)]
pub struct FlowNetwork {
    arcs: Vec<Arc>,
    /// Arcs out of each vertex; arc `a ^ 1` is the way back of `a`.
    out: Vec<Vec<usize>>,
}

impl FlowNetwork {
    /// A network of so many vertices without arcs.
    pub fn new(vertices: usize) -> FlowNetwork {
        FlowNetwork { arcs: Vec::new(), out: vec![Vec::new(); vertices] }
    }

    /// Adds a vertex.
    pub fn vertex(&mut self) -> usize {
        self.out.push(Vec::new());
        self.out.len() - 1
    }

    /// Adds a capacity from one vertex to another, and `back` the other way.
    pub fn arc(&mut self, from: usize, to: usize, capacity: u64, back: u64) {
        self.out[from].push(self.arcs.len());
        self.arcs.push(Arc { to, left: capacity });
        self.out[to].push(self.arcs.len());
        self.arcs.push(Arc { to: from, left: back });
    }

    /// The largest flow from `source` to `sink`; capacities are used up.
    pub fn max_flow(&mut self, source: usize, sink: usize) -> u64 {
        let mut total = 0u64;
        loop {
            let levels = self.levels(source);
            if levels[sink] == usize::MAX {
                return total;
            }
            let mut next = vec![0; self.out.len()];
            loop {
                let pushed = self.push(source, sink, &levels, &mut next);
                if pushed == 0 {
                    break;
                }
                total = total.saturating_add(pushed);
            }
        }
    }

    /// Steps from the source along arcs with capacity left.
    fn levels(&self, source: usize) -> Vec<usize> {
        let mut levels = vec![usize::MAX; self.out.len()];
        levels[source] = 0;
        let mut queue = VecDeque::from([source]);
        while let Some(at) = queue.pop_front() {
            for &arc in &self.out[at] {
                let Arc { to, left } = self.arcs[arc];
                if left > 0 && levels[to] == usize::MAX {
                    levels[to] = levels[at] + 1;
                    queue.push_back(to);
                }
            }
        }
        levels
    }

    /// Pushes along one way of the level graph; 0: there is none left.
    fn push(&mut self, source: usize, sink: usize, levels: &[usize], next: &mut [usize]) -> u64 {
        let mut way: Vec<usize> = Vec::new();
        let mut at = source;
        while at != sink {
            let found = loop {
                let Some(&arc) = self.out[at].get(next[at]) else { break None };
                let Arc { to, left } = self.arcs[arc];
                if left > 0 && levels[to] == levels[at] + 1 {
                    break Some(arc);
                }
                next[at] += 1;
            };
            match (found, way.pop()) {
                (Some(arc), before) => {
                    way.extend(before);
                    way.push(arc);
                    at = self.arcs[arc].to;
                }
                // A dead end: back one step, and never here again.
                (None, Some(arc)) => {
                    at = self.arcs[arc ^ 1].to;
                    next[at] += 1;
                }
                (None, None) => return 0,
            }
        }
        let least = way.iter().map(|&arc| self.arcs[arc].left).min().unwrap_or(0);
        for arc in way {
            self.arcs[arc].left -= least;
            self.arcs[arc ^ 1].left += least;
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The least cut by trying all of them: the twin (max-flow min-cut, Ford & Fulkerson 1956).
    fn least_cut(n: usize, arcs: &[(usize, usize, u64, u64)]) -> u64 {
        let cut = |side: usize| {
            let inside = |v: usize| side >> v & 1 == 1;
            let crossing = |&(from, to, forth, back): &(usize, usize, u64, u64)| {
                u64::from(inside(from) && !inside(to)) * forth
                    + u64::from(inside(to) && !inside(from)) * back
            };
            arcs.iter().map(crossing).sum::<u64>()
        };
        (0..1usize << n)
            .filter(|side| side & 1 == 1 && side >> (n - 1) & 1 == 0)
            .map(cut)
            .min()
            .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        /// Exact: the largest flow is the least cut.
        #[test]
        fn the_largest_flow_is_the_least_cut(
            arcs in prop::collection::vec((0..7usize, 0..7usize, 0..20u64, 0..20u64), 0..24)
        ) {
            let mut network = FlowNetwork::new(7);
            for &(from, to, forth, back) in &arcs {
                network.arc(from, to, forth, back);
            }
            prop_assert_eq!(network.max_flow(0, 6), least_cut(7, &arcs));
        }
    }
}
