//! Ways through the networks: what a transfer crosses, and what becomes of it when routes change.

use super::connections::Connection;
use super::event::{Cargo, ConnectionId, Event, RequestId};
use super::plant::{Network, Plant};
use super::sites::Crossing;
use super::world::World;
use crate::fabric::graph::LinkId;
use crate::fabric::{Congestion, Graph, Host, Router};
use crate::kernel::id::Id;
use crate::kernel::maxmin::{FlowId, Hop, ResourceId};
use crate::kernel::queue::Phase;
use crate::kernel::time::{Span, Time};
use crate::model::{Op, PathPolicy, Routing, Scenario};
use crate::probe::{JobId, Probe};

/// What a message or transfer crosses one way, and how long its head takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub hops: Vec<Hop>,
    pub latency: Span,
}

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Net {
    Storage,
    Compute,
}

/// The routes of one network.
#[derive(Debug, Clone)]
struct Table {
    /// What routing knows.
    known: Router,
    /// As if nothing ever failed: the way on which to wait if none is left.
    whole: Router,
    /// What is up now.
    true_now: Router,
}

/// A transfer of a ring all-reduce.
#[derive(Debug, Clone, Copy)]
struct RingFlow {
    flow: FlowId,
    from: u32,
    to: u32,
    hash: u64,
    latency: Span,
}

/// The all-reduce of a job.
#[derive(Debug, Clone, Default)]
struct Ring {
    flows: Vec<RingFlow>,
    /// When its last transfer ended, and how many flowlets it has begun.
    ended: Time,
    flowlets: u64,
}

/// State of a cable that has ever failed.
#[derive(Debug, Clone, Copy, Default)]
struct Condition {
    /// Why it is down, counted; 0: it is up.
    reasons: u32,
    changes: u32,
    since: Time,
}

/// All routes, and which cables are down.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    tables: [Table; 2],
    /// By resource; empty before the first change.
    cables: Vec<Condition>,
    rings: Vec<Ring>,
    /// Whether transfers are yet to follow what routing has learnt at this instant.
    stale: bool,
}

impl Routes {
    pub(super) fn new(scenario: &Scenario) -> Routes {
        let of = |fabric: Option<_>| {
            let routing = fabric.map_or(Routing::default(), |id| scenario.fabrics[id].routing);
            let router = Router::new(routing);
            Table { known: router.clone(), whole: router.clone(), true_now: router }
        };
        let tables = [of(Some(scenario.storage_fabric)), of(scenario.compute_fabric)];
        Routes { tables, cables: Vec::new(), rings: Vec::new(), stale: false }
    }

    fn routing(&self, net: Net) -> &Routing {
        self.tables[net as usize].known.routing()
    }

    fn ring(&mut self, job: JobId) -> &mut Ring {
        let place = job.0 as usize;
        if self.rings.len() <= place {
            self.rings.resize(place + 1, Ring::default());
        }
        &mut self.rings[place]
    }
}

impl Plant {
    fn network(&self, net: Net) -> &Network {
        match (net, &self.compute) {
            (Net::Compute, Some(compute)) => compute,
            _ => &self.storage,
        }
    }

    /// Where collectives run.
    fn ring_net(&self) -> Net {
        if self.compute.is_some() { Net::Compute } else { Net::Storage }
    }

    /// The cable whose resource it is, if it is one.
    fn cable(&self, resource: ResourceId) -> Option<(Net, LinkId)> {
        let own = |net| {
            let resources = &self.network(net).resources;
            let first = resources.first()?.index();
            let place = resource.index().checked_sub(first)?;
            (place < resources.len()).then(|| (net, LinkId::from_index(place)))
        };
        let compute = || self.compute.as_ref().and_then(|_| own(Net::Compute));
        own(Net::Storage).or_else(compute)
    }
}

impl<P: Probe> World<P> {
    /// The way between two hosts by the network's policy; if routing knows none, the one there would
    /// be if nothing had failed: what takes it waits.
    pub(super) fn way(&mut self, net: Net, from: Host, to: Host, hash: u64) -> Way {
        let network = self.plant.network(net);
        let Network { graph, resources, .. } = network;
        let (from, to) = (graph.host(from), graph.host(to));
        let share = self.fabric.share();
        let congestion = |link: LinkId| {
            let id = resources[link.index()];
            Congestion::new(share.load(id), share.capacity(id), share.members(id))
        };
        let table = &mut self.routes.tables[net as usize];
        let route = match table.known.route(graph, from, to, hash, congestion) {
            Some(route) => route,
            None => table
                .whole
                .route(graph, from, to, hash, congestion)
                .expect("the reader checks that every node reaches the store"),
        };
        let efficiency = match table.known.routing().policy {
            PathPolicy::Spray { efficiency } => efficiency,
            _ => 1.0,
        };
        Way { hops: network.hops(&route, efficiency), latency: route.latency }
    }

    /// Both ways of a new connection.
    pub(super) fn ways(&mut self, node: u32, controller: u32, hash: u64) -> (Way, Way) {
        let (near, far) = (Host::Node(node), Host::Controller(controller));
        (self.way(Net::Storage, near, far, hash), self.way(Net::Storage, far, near, hash))
    }

    /// The next part of a payload is about to move: whether it is to take another way is the
    /// policy's matter.
    pub(super) fn pick_way(&mut self, id: RequestId) {
        let policy = self.routes.routing(Net::Storage).policy;
        let (PathPolicy::Flowlet { .. } | PathPolicy::Adaptive) = policy else { return };
        let request = &self.requests[id];
        let Some(connection) = request.connection else { return };
        let (get, first) = (request.op == Op::Get, request.left == request.bytes);
        let of = &mut self.connections[connection];
        match policy {
            PathPolicy::Flowlet { gap } if self.now.since(of.moved) > gap => {
                let word = u64::from(get);
                of.hash = self.chance.path.bits([of.hash, of.moved.0, word]);
            }
            PathPolicy::Adaptive if first => {}
            _ => return,
        }
        let (node, controller, hash) = (of.node, of.controller, of.hash);
        let (near, far) = (Host::Node(node), Host::Controller(controller));
        let (from, to) = if get { (far, near) } else { (near, far) };
        let way = self.way(Net::Storage, from, to, hash);
        self.take_way(connection, !get, way);
    }

    /// A connection goes another way from now on; true if that is one.
    fn take_way(&mut self, id: ConnectionId, up: bool, way: Way) -> bool {
        let of = &mut self.connections[id];
        let (hops, latency) = match up {
            true => (&mut of.up, &mut of.latency_up),
            false => (&mut of.down, &mut of.latency_down),
        };
        let longer = way.latency + of.longer;
        let moves = *hops != way.hops;
        *hops = way.hops;
        if std::mem::replace(latency, longer) != longer {
            let client = of.client;
            let round_trip = of.round_trip();
            let down = of.down.clone();
            let Crossing { wans, loss } = self.crossing(&down);
            let jitter = self.mean_jitter(client, &wans);
            let (cap, burst_cap) = self.connection_caps(client, round_trip, jitter, loss);
            let tcp = self.tcp_over(loss);
            let of = &mut self.connections[id];
            (of.cap, of.burst_cap, of.tcp) = (cap, burst_cap, tcp);
        }
        moves
    }

    /// The transfers of a job's all-reduce begin: edges (from, to, hash), so many bytes each.
    pub(super) fn start_ring(&mut self, job: JobId, edges: &[(u32, u32, u64)], bytes: u64) {
        let net = self.plant.ring_net();
        let now = self.now;
        let mut word = None;
        if let PathPolicy::Flowlet { gap } = self.routes.routing(net).policy {
            let ring = self.routes.ring(job);
            ring.flowlets += u64::from(now.since(ring.ended) > gap);
            word = Some(ring.flowlets);
        }
        let mut flows = Vec::with_capacity(edges.len());
        for &(from, to, hash) in edges {
            let hash = word.map_or(hash, |word| self.chance.path.bits([hash, word, 2]));
            let way = self.way(net, Host::Node(from), Host::Node(to), hash);
            let class = self.classes.reduces(job, bytes);
            let cargo = Cargo::Gradient(job);
            let flow = self.fabric.start_as(class, now, &way.hops, bytes, None, cargo);
            flows.push(RingFlow { flow, from, to, hash, latency: way.latency });
        }
        self.routes.ring(job).flows = flows;
    }

    /// All transfers of a job's all-reduce have ended: the latencies of its edges, in ring order.
    pub(super) fn end_ring(&mut self, job: JobId) -> Vec<u64> {
        let now = self.now;
        let ring = self.routes.ring(job);
        ring.ended = now;
        ring.flows.drain(..).map(|flow| flow.latency.0).collect()
    }
}

/// Failures.
impl<P: Probe> World<P> {
    /// One direction of a cable goes down, or comes back (from one of the reasons it was down for).
    /// What moves on it is not touched: its rate is the resource's matter. Routes follow as the
    /// network's routing says. Whatever is not a cable is ignored.
    pub(super) fn link_state_changed(&mut self, resource: ResourceId, up: bool) {
        let Some((net, link)) = self.plant.cable(resource) else { return };
        let Some(all) = self.routes.routing(net).reconvergence else { return };
        let local = self.routes.routing(net).local_repair;
        let now = self.now;
        if self.routes.cables.is_empty() {
            self.routes.cables = vec![Condition::default(); self.plant.resources.len()];
        }
        let cable = &mut self.routes.cables[resource.index()];
        cable.reasons = match up {
            true => cable.reasons.checked_sub(1).expect("what comes back was down"),
            false => cable.reasons + 1,
        };
        if cable.reasons != u32::from(!up) {
            // It was down before, or still is, for another reason.
            return;
        }
        (cable.changes, cable.since) = (cable.changes + 1, now);
        let change = cable.changes;
        self.routes.tables[net as usize].true_now.withdraw(link, !up);
        for (span, local) in local.map(|span| (span, true)).into_iter().chain([(all, false)]) {
            self.after(span, Phase::Complete, Event::RouteLearnt { resource, change, local });
        }
    }

    /// Routers have learnt that a cable is down or back, unless that has changed since.
    pub(super) fn route_learnt(&mut self, resource: ResourceId, change: u32, local: bool) {
        let cable = self.routes.cables[resource.index()];
        if cable.changes != change {
            return;
        }
        let (net, link) = self.plant.cable(resource).expect("a cable");
        let known = &mut self.routes.tables[net as usize].known;
        let gone = cable.reasons > 0;
        known.avoid(link, gone);
        if !local {
            known.withdraw(link, gone);
        }
        // A switch that fails takes many cables with it: transfers move once.
        if !self.routes.stale {
            self.routes.stale = true;
            self.after(Span::ZERO, Phase::Decide, Event::Reroute);
        }
    }

    /// Everything under way follows the routes as they are known now.
    pub(super) fn reroute(&mut self) {
        self.routes.stale = false;
        self.bill_under_way();
        let mut moved = Vec::new();
        for id in self.connections.used() {
            let mut ways = [false; 2];
            let Connection { node, controller, hash, .. } = self.connections[id];
            let (near, far) = (Host::Node(node), Host::Controller(controller));
            for (up, from, to) in [(true, near, far), (false, far, near)] {
                let hops = if up { &self.connections[id].up } else { &self.connections[id].down };
                if self.stays(Net::Storage, hops) {
                    continue;
                }
                let way = self.way(Net::Storage, from, to, hash);
                ways[usize::from(up)] = self.take_way(id, up, way);
            }
            moved.resize(id.index(), [false; 2]);
            moved.push(ways);
        }
        for id in self.requests.used() {
            let request = &self.requests[id];
            let (Some(flow), Some(connection)) = (request.flow, request.connection) else {
                continue;
            };
            if moved[connection.index()][usize::from(request.op == Op::Put)] {
                let mut hops = std::mem::take(&mut self.hops);
                self.payload_hops(id, &mut hops);
                self.fabric.reroute(self.now, flow, &hops, self.payload_cap(id));
                self.hops = hops;
            }
        }
        self.reroute_rings();
    }

    /// Whether a transfer keeps its way while others are picked anew: one that was picked by load
    /// does, if it is whole.
    fn stays(&self, net: Net, hops: &[Hop]) -> bool {
        self.routes.routing(net).policy == PathPolicy::Adaptive
            && hops.iter().all(|hop| self.routes.cables[hop.resource.index()].reasons == 0)
    }

    fn reroute_rings(&mut self) {
        let net = self.plant.ring_net();
        for job in 0..self.routes.rings.len() {
            for i in 0..self.routes.rings[job].flows.len() {
                let RingFlow { flow, from, to, hash, .. } = self.routes.rings[job].flows[i];
                if self.fabric.token(flow) != Some(Cargo::Gradient(JobId(job as u32))) {
                    continue;
                }
                let mut hops: Vec<Hop> = self.fabric.share().hops(flow).collect();
                if self.stays(net, &hops) {
                    continue;
                }
                let way = self.way(net, Host::Node(from), Host::Node(to), hash);
                self.routes.rings[job].flows[i].latency = way.latency;
                let mut anew = way.hops.clone();
                hops.sort_unstable_by_key(|hop| hop.resource);
                anew.sort_unstable_by_key(|hop| hop.resource);
                if anew != hops {
                    self.fabric.reroute(self.now, flow, &way.hops, None);
                }
            }
        }
    }

    /// When routes will lead a message of the connection around the cables on its way that are down
    /// now; none if they never will, or already would.
    pub(super) fn led_around(&mut self, connection: ConnectionId, up: bool) -> Option<Time> {
        let Routing { reconvergence, local_repair, .. } = *self.routes.routing(Net::Storage);
        let all = reconvergence?;
        let of = &self.connections[connection];
        let Network { graph, .. } = &self.plant.storage;
        let ends = (Host::Node(of.node), Host::Controller(of.controller));
        let (from, to) = if up { ends } else { (ends.1, ends.0) };
        let (from, to) = (graph.host(from), graph.host(to));
        let table = &mut self.routes.tables[Net::Storage as usize];
        if self.routes.cables.is_empty() || !table.true_now.reaches(graph, from, to) {
            return None;
        }
        let mut at = None;
        for hop in if up { &of.up } else { &of.down } {
            let cable = self.routes.cables[hop.resource.index()];
            if cable.reasons == 0 {
                continue;
            }
            let (_, link) = self.plant.cable(hop.resource).expect("a connection crosses cables");
            let beside = local_repair.filter(|_| has_beside(&mut table.known, graph, link, to));
            at = at.max(Some(cable.since + beside.unwrap_or(all)));
        }
        at.filter(|at| *at > self.now)
    }
}

/// Whether who sends into a cable has another equal way to `to`.
fn has_beside(
    router: &mut Router,
    graph: &Graph,
    link: LinkId,
    to: crate::fabric::graph::VertexId,
) -> bool {
    let at = graph.links[link].from;
    router.ways_on(graph, at, to).iter().any(|other| *other != link)
}
