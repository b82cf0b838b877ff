//! Shortest paths, and the choice among equal ones.

mod far;
mod pick;
mod spread;

pub use pick::Congestion;
pub use spread::Share;

use super::graph::{Graph, LinkId, LinkKind, VertexId};
use crate::kernel::id::Id;
use crate::kernel::time::Span;
use crate::model::{PathPolicy, Routing};
use std::collections::BTreeMap;

/// One way through a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Cables in order.
    pub links: Vec<LinkId>,
    /// Time the head of a message takes.
    pub latency: Span,
}

/// What a transfer loads, and by how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Cables with the share of the transfer that crosses them, in order of distance.
    pub links: Vec<(LinkId, Share)>,
    /// Time the head of a message takes; over several ways, on the longest: a message is whole when
    /// its last packet is there.
    pub latency: Span,
}

impl From<Path> for Route {
    fn from(path: Path) -> Route {
        let links = path.links.into_iter().map(|link| (link, Share::ONE)).collect();
        Route { links, latency: path.latency }
    }
}

/// Picks paths; remembers hop distances per destination, and which cables it has learnt are gone.
#[derive(Debug, Clone, Default)]
pub struct Router {
    routing: Routing,
    /// Hops from each vertex to a destination; `u16::MAX` where there is no way.
    tables: Vec<Vec<u16>>,
    /// By destination: which of them, if it was learnt.
    table_of: Vec<Option<u32>>,
    /// The table of hosts that are plugged into these switches, or of these vertices themselves.
    alike: BTreeMap<(bool, Vec<VertexId>), u32>,
    /// By site of the destination, then by site: the link out of its border; not yet learnt: `None`.
    far: Vec<Option<Vec<Option<LinkId>>>>,
    /// Cables that no route uses; empty: none.
    withdrawn: Vec<bool>,
    /// Cables that whoever sends into them avoids while it has others; empty: none.
    avoided: Vec<bool>,
}

fn mark(marks: &mut Vec<bool>, link: LinkId, value: bool) {
    if marks.len() <= link.index() {
        marks.resize(link.index() + 1, false);
    }
    marks[link.index()] = value;
}

fn marked(marks: &[bool], link: LinkId) -> bool {
    marks.get(link.index()).is_some_and(|mark| *mark)
}

fn is_wan(graph: &Graph, link: LinkId) -> bool {
    !graph.wans.is_empty() && graph.links[link].kind == LinkKind::Wan
}

/// Hops from every vertex to one.
#[derive(Debug, Clone, Copy)]
struct Hops<'a> {
    to: VertexId,
    table: &'a [u16],
}

impl Hops<'_> {
    #[inline]
    fn of(&self, from: VertexId) -> u16 {
        if from == self.to { 0 } else { self.table[from.index()] }
    }
}

/// Hops from every vertex to the nearest of `ends`, which are `far` themselves.
fn distances(graph: &Graph, withdrawn: &[bool], ends: &[VertexId], far: u16) -> Vec<u16> {
    let mut distance = vec![u16::MAX; graph.vertices.len()];
    ends.iter().for_each(|end| distance[end.index()] = far);
    let (mut frontier, mut next) = (ends.to_vec(), Vec::new());
    for hops in far + 1.. {
        // Hosts pass nothing on, and borders nothing between two ends in their site: a way ends at one,
        // or begins there.
        for vertex in frontier.drain(..) {
            if !graph.passes_on(vertex) && hops > 1 {
                continue;
            }
            for &link in &graph.into[vertex] {
                let [from, _] = graph.ends[link];
                let new = distance[from.index()] == u16::MAX;
                if new && !is_wan(graph, link) && !marked(withdrawn, link) {
                    distance[from.index()] = hops;
                    next.push(from);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        std::mem::swap(&mut frontier, &mut next);
    }
    distance
}

impl Router {
    /// Routing as a scenario asks for it; nothing is gone.
    pub fn new(routing: Routing) -> Router {
        Router { routing, ..Router::default() }
    }

    /// What it was asked for.
    pub fn routing(&self) -> &Routing {
        &self.routing
    }

    /// Takes a cable out of all routes, or puts it back.
    pub fn withdraw(&mut self, link: LinkId, gone: bool) {
        if marked(&self.withdrawn, link) != gone {
            mark(&mut self.withdrawn, link, gone);
            self.tables.clear();
            self.table_of.clear();
            self.alike.clear();
            self.far.clear();
        }
    }

    /// Lets whoever sends into a cable avoid it while it has equal ways beside, or use it again.
    pub fn avoid(&mut self, link: LinkId, gone: bool) {
        mark(&mut self.avoided, link, gone);
    }

    fn learn(&mut self, graph: &Graph, to: VertexId) {
        if self.table_of.len() <= to.index() {
            self.table_of.resize(graph.vertices.len(), None);
        }
        if self.table_of[to.index()].is_some() {
            return;
        }
        let usable = |link: &LinkId| !is_wan(graph, *link) && !marked(&self.withdrawn, *link);
        let into = graph.into[to].iter().filter(|link| usable(link));
        let mut before: Vec<VertexId> = into.map(|link| graph.ends[*link][0]).collect();
        before.sort_unstable();
        before.dedup();
        // Hosts that are plugged in alike are equally far from everywhere else.
        let shared = graph.is_host(to) && !before.iter().any(|vertex| graph.is_host(*vertex));
        let (ends, far) = if shared { (before, 1) } else { (vec![to], 0) };
        let table = *self.alike.entry((shared, ends)).or_insert_with_key(|(_, ends)| {
            self.tables.push(distances(graph, &self.withdrawn, ends, far));
            self.tables.len() as u32 - 1
        });
        self.table_of[to.index()] = Some(table);
    }

    /// Hops from every vertex to `to`, which was learnt.
    fn hops(&self, to: VertexId) -> Hops<'_> {
        let table = self.table_of[to.index()].expect("learnt before it is asked for");
        Hops { to, table: &self.tables[table as usize] }
    }

    /// Whether any way is left.
    pub fn reaches(&mut self, graph: &Graph, from: VertexId, to: VertexId) -> bool {
        self.learn(graph, to);
        if graph.sites[from] == graph.sites[to] {
            return self.hops(to).of(from) != u16::MAX;
        }
        if graph.borders.is_empty() {
            return false;
        }
        let [near, far] = [from, to].map(|end| graph.borders[graph.sites[end] as usize]);
        self.learn(graph, near);
        self.learn_far(graph, from, to);
        self.hops(near).of(from) != u16::MAX
            && self.far_link(graph, near, to).is_some()
            && self.hops(to).of(far) != u16::MAX
    }

    /// The cables out of `at` that lie on a shortest way to `to`.
    pub fn ways_on(&mut self, graph: &Graph, at: VertexId, to: VertexId) -> Vec<LinkId> {
        let mut found = Vec::new();
        if self.reaches(graph, at, to) {
            self.choices(graph, at, to, &mut found);
        }
        found
    }

    /// The cables out of `at` that lie on a shortest way to `to`, in `found`.
    fn choices(&self, graph: &Graph, at: VertexId, to: VertexId, found: &mut Vec<LinkId>) {
        let heading = Router::heading(graph, at, to);
        found.clear();
        if at == heading && at != to {
            found.extend(self.far_link(graph, at, to));
            return;
        }
        let to = heading;
        let hops = self.hops(to);
        let closer = hops.of(at).checked_sub(1);
        for (&link, &next) in graph.out[at].iter().zip(&graph.next[at]) {
            if Some(hops.of(next)) == closer
                && (next == to || graph.passes_on(next))
                && !marked(&self.withdrawn, link)
            {
                found.push(link);
            }
        }
        if found.iter().any(|&link| !marked(&self.avoided, link)) {
            found.retain(|&link| !marked(&self.avoided, link));
        }
    }

    /// The shortest path on which `choose` picks, at every vertex, one of the cables on (by its place
    /// among them).
    fn walk(
        &self,
        graph: &Graph,
        from: VertexId,
        to: VertexId,
        mut choose: impl FnMut(VertexId, &[LinkId]) -> usize,
    ) -> Path {
        let mut path = Path { links: Vec::new(), latency: Span::ZERO };
        let mut choices = Vec::new();
        let mut at = from;
        while at != to {
            self.choices(graph, at, to, &mut choices);
            let link = choices[choose(at, &choices)];
            path.latency += graph.links[link].latency;
            path.links.push(link);
            at = graph.links[link].to;
        }
        path
    }

    /// The path that a connection with this hash takes: at every hop, one of the cables on a
    /// shortest path, picked by the hash and the place's name (switches do not share their seed, so
    /// choices at successive hops are independent, as in well-configured fabrics; with
    /// `shared_hash_seed` they repeat each other). `None` if there is no way.
    pub fn path(&mut self, graph: &Graph, from: VertexId, to: VertexId, hash: u64) -> Option<Path> {
        let reaches = self.reaches(graph, from, to);
        reaches.then(|| {
            self.walk(graph, from, to, |at, choices| self.scatter(graph, at, choices.len(), hash))
        })
    }

    fn scatter(&self, graph: &Graph, at: VertexId, n: usize, hash: u64) -> usize {
        let seed = if self.routing.shared_hash_seed { 0 } else { graph.seeds[at] };
        scatter(hash, seed, n as u64) as usize
    }

    /// The way of a transfer by the network's policy; `congestion` says how full a cable is (asked by
    /// the adaptive policy alone). `None` if there is none.
    pub fn route(
        &mut self,
        graph: &Graph,
        from: VertexId,
        to: VertexId,
        hash: u64,
        congestion: impl Fn(LinkId) -> Congestion,
    ) -> Option<Route> {
        if !self.reaches(graph, from, to) {
            return None;
        }
        Some(match self.routing.policy {
            PathPolicy::Ecmp | PathPolicy::Flowlet { .. } => {
                self.path(graph, from, to, hash)?.into()
            }
            PathPolicy::DestinationModulo => self.by_destination(graph, from, to).into(),
            PathPolicy::Adaptive => self.least_loaded(graph, from, to, hash, congestion).into(),
            PathPolicy::Spray { .. } => self.spread(graph, from, to),
        })
    }
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
    let mut found = Vec::new();
    if !router.reaches(graph, from, to) {
        return found;
    }
    let mut stack = vec![(from, Vec::new())];
    let mut choices = Vec::new();
    while let Some((at, links)) = stack.pop() {
        if at == to {
            found.push(links);
            continue;
        }
        router.choices(graph, at, to, &mut choices);
        for &link in &choices {
            let mut longer: Vec<LinkId> = links.clone();
            longer.push(link);
            stack.push((graph.links[link].to, longer));
        }
    }
    found.sort_unstable();
    found
}
