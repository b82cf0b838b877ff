//! Connections between clients and controllers: pools, set-up, paths and what caps them.

use super::event::{ConnectionId, Event, RequestId, Step};
use super::legs::RDMA_PACKET;
use super::patience::Leg;
use super::requests::Request;
use super::transport::Flight;
use super::world::World;
use crate::fabric::rdma::goodput_share;
use crate::fabric::{Cap, tcp};
use crate::kernel::maxmin::Hop;
use crate::kernel::queue::Phase;
use crate::kernel::time::{Span, Time};
use crate::model::{Op, Scenario, Tcp, Transport, WanId};
use crate::probe::{Bottleneck, JobId, Probe, Stage};
use std::rc::Rc;

/// A connection between a client and a controller.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub client: u32,
    pub node: u32,
    pub controller: u32,
    /// What picks its way among equal ones, and what delays it beyond that way, each direction.
    pub hash: u64,
    pub longer: Span,
    /// The transport, if it is TCP, with what is lost on the links between sites that it crosses.
    pub tcp: Option<Rc<Tcp>>,
    /// When a part of a payload last ended on it.
    pub moved: Time,
    /// How often the controller had gone away when the connection was opened.
    pub crashes: u32,
    pub up: Vec<Hop>,
    pub down: Vec<Hop>,
    pub latency_up: Span,
    pub latency_down: Span,
    /// What jitter adds to the round trip that a full window spans, in the mean.
    pub jitter: Span,
    pub window: Option<tcp::Window>,
    pub flight: Flight,
    /// What caps the steady part of a transfer, and a burst of slow start.
    pub cap: Option<Cap>,
    pub burst_cap: Option<Cap>,
    pub used: Time,
}

/// The transport to the store, if it is TCP.
pub(super) fn tcp(scenario: &Scenario) -> Option<Rc<Tcp>> {
    match &scenario.fabrics[scenario.storage_fabric].transport {
        Transport::Tcp(tcp) => Some(Rc::new(tcp.clone())),
        Transport::Rdma(_) => None,
    }
}

impl Connection {
    pub(super) fn round_trip(&self) -> Span {
        self.latency_up + self.latency_down
    }

    /// The way that a payload takes.
    pub(super) fn payload_way(&self, op: Op) -> &[Hop] {
        if op == Op::Get { &self.down } else { &self.up }
    }

    /// The round trip that a window spans, jitter included.
    pub(super) fn mean_round_trip(&self) -> Span {
        self.round_trip() + self.jitter
    }
}

impl<P: Probe> World<P> {
    /// Picks a controller and a connection to it, as soon as the client has one to spare.
    pub(super) fn connect(&mut self, id: RequestId) {
        if !self.sets_out(id) {
            return;
        }
        let controller = self.pick_controller(id);
        let counted = self.site_cache(controller).is_none();
        let request = &mut self.requests[id];
        request.controller = controller;
        request.attempt.counted = counted;
        let client = request.client;
        if request.foreign {
            return self.arrives(id);
        }
        if let Some(connection) = self.idle_connection(client, controller) {
            self.requests[id].connection = Some(connection);
            return self.send(id);
        }
        self.make_room(client);
        let connection = self.new_connection(id);
        self.requests[id].connection = Some(connection);
        self.set_up_begins(id);
        if self.set_up_round_trips() > 0 && self.is_silent(controller) {
            return self.vanishes(id, true);
        }
        self.set_up(id);
    }

    fn set_up_round_trips(&self) -> u32 {
        match self.transport() {
            Transport::Tcp(tcp) => tcp.setup_round_trips,
            Transport::Rdma(_) => 0,
        }
    }

    /// The round trips of a connection's set-up.
    pub(super) fn set_up(&mut self, id: RequestId) {
        let connection = self.requests[id].connection.expect("a connection is set up");
        self.requests[id].attempt.leg = Leg::SetUp;
        let round_trips = self.set_up_round_trips();
        let mut span = Span::ZERO;
        for _ in 0..round_trips {
            span += self.round_trip(id, connection, self.now + span);
        }
        if span == Span::ZERO {
            return self.send(id);
        }
        let base = self.connections[connection].round_trip().times(round_trips.into());
        self.book_leg(id, Stage::SetUp, base, span);
        self.after(span, Phase::Arrive, Event::Request(id, Step::Connected));
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.scenario.fabrics[self.scenario.storage_fabric].transport
    }

    /// The client's idle connection to the controller that was used last, unless it timed out.
    fn idle_connection(&mut self, client: u32, controller: u32) -> Option<ConnectionId> {
        let pool = &mut self.pools[client as usize];
        let place = pool.iter().rposition(|(to, _)| *to == controller)?;
        let (_, connection) = pool.remove(place);
        let node_client = &self.client_spec(client).idle_timeout;
        let idle = self.now.since(self.connections[connection].used);
        if node_client.is_some_and(|limit| idle > limit) {
            // Older ones timed out as well; they fall out when they come up.
            self.close(connection);
            return None;
        }
        Some(connection)
    }

    /// How clients on a node talk to the store.
    pub(super) fn client_on(&self, node: u32) -> &crate::model::Client {
        &self.scenario.groups.rows()[self.plant.nodes[node as usize].group].client
    }

    pub(super) fn client_spec(&self, client: u32) -> &crate::model::Client {
        let job = self.clients.partition_point(|span| span.first <= client) - 1;
        let group = self.plant.nodes[self.clients[job].first_node as usize].group;
        &self.scenario.groups.rows()[group].client
    }

    fn new_connection(&mut self, id: RequestId) -> ConnectionId {
        let Request { job, client, node, controller, .. } = self.requests[id];
        let key = self.path_key(job, client, controller);
        let hash = self.chance.path.bits(key);
        let longer = self.delays.as_ref().map_or(Span::ZERO, |delays| delays.of_connection(key));
        let (up, down) = self.ways(node, controller, hash);
        let crossing = self.crossing(&down.hops);
        let jitter = self.mean_jitter(client, &crossing.wans);
        let (latency_up, latency_down) = (up.latency + longer, down.latency + longer);
        let round_trip = latency_up + latency_down;
        let window = match self.transport() {
            Transport::Tcp(spec) => Some(tcp::Window::new(spec, self.now)),
            Transport::Rdma(_) => None,
        };
        let loss = crossing.loss;
        let (cap, burst_cap) = self.connection_caps(client, round_trip, jitter, loss);
        let connection = Connection {
            client,
            node,
            controller,
            hash,
            longer,
            tcp: self.tcp_over(loss),
            moved: self.now,
            crashes: self.crashes(controller),
            up: up.hops,
            down: down.hops,
            latency_up,
            latency_down,
            jitter,
            window,
            flight: Flight::default(),
            cap,
            burst_cap,
            used: self.now,
        };
        let id = self.connections.keep(connection);
        if let Some(delays) = &mut self.delays {
            delays.opens(id.0, crossing.wans);
        }
        id
    }

    /// TCP with what is lost on links between sites besides; none if the transport is another.
    pub(super) fn tcp_over(&self, loss: f64) -> Option<Rc<Tcp>> {
        let tcp = self.tcp.as_ref()?;
        if loss == 0.0 {
            return Some(tcp.clone());
        }
        let both = 1.0 - (1.0 - tcp.loss) * (1.0 - loss);
        Some(Rc::new(Tcp { loss: both, ..(**tcp).clone() }))
    }

    /// The address of the chance of a client's next connection to a controller.
    fn path_key(&mut self, job: JobId, client: u32, controller: u32) -> [u64; 4] {
        let opened = &mut self.opened[client as usize];
        *opened += 1;
        let number = client - self.clients[job.0 as usize].first;
        let name = self.names.jobs[job.0 as usize];
        [name, number.into(), controller.into(), (*opened).into()]
    }

    /// What jitter adds to the round trip that a full window spans.
    pub(super) fn mean_jitter(&mut self, client: u32, wans: &[WanId]) -> Span {
        let Transport::Tcp(spec) = self.transport() else { return Span::ZERO };
        let job = self.clients.partition_point(|span| span.first <= client) - 1;
        let group = self.plant.nodes[self.clients[job].first_node as usize].group;
        let nic = &self.scenario.groups.rows()[group].storage_nic;
        let over = Span::from_s(spec.window_limit.0 as f64 / nic.rate.bytes_per_s());
        let packets = spec.window_limit.0.div_ceil(spec.mss.0);
        let Some(delays) = &mut self.delays else { return Span::ZERO };
        let far = delays.mean_of_wans_s(wans, packets, over);
        Span::from_s((delays.mean_round_trip_s(packets, over) + far).max(0.0))
    }

    /// The tightest of what the transport, the service and the client's CPU allow one connection;
    /// second, the tightest without window and loss: a burst leaves at the path's rate.
    pub(super) fn connection_caps(
        &self,
        client: u32,
        round_trip: Span,
        jitter: Span,
        loss: f64,
    ) -> (Option<Cap>, Option<Cap>) {
        let mut caps = Vec::new();
        match self.transport() {
            Transport::Tcp(spec) => {
                let window = tcp::window_rate(spec, round_trip + jitter);
                caps.push((window, Bottleneck::Window));
                let spec = Tcp { loss: 1.0 - (1.0 - spec.loss) * (1.0 - loss), ..spec.clone() };
                caps.push((tcp::loss_rate(&spec, round_trip + jitter), Bottleneck::Loss));
            }
            Transport::Rdma(spec) => {
                let rate = spec.rate_cap.map_or(f64::INFINITY, |r| r.bytes_per_s());
                caps.push((rate, Bottleneck::LineRate));
                let loss = 1.0 - (1.0 - spec.loss) * (1.0 - loss);
                if loss > 0.0 {
                    let line = rate.min(self.slower_adapter(client) * spec.efficiency);
                    let window = line * round_trip.as_s() / RDMA_PACKET as f64;
                    let share = goodput_share(spec.recovery, loss, window);
                    caps.push((line * share, Bottleneck::Loss));
                }
            }
        }
        if let Some(rate) = self.scenario.store.connection_rate {
            caps.push((rate.bytes_per_s(), Bottleneck::Connection));
        }
        caps.push((1.0 / self.client_spec(client).cpu_s_per_byte, Bottleneck::ClientCpu));
        let controller = &self.scenario.store.controller;
        caps.push((1.0 / controller.cpu_s_per_byte, Bottleneck::ControllerCpu));
        let finite = caps.into_iter().filter(|(rate, _)| rate.is_finite());
        let caps: Vec<_> = finite.map(|(rate, kind)| Cap::new(rate, kind)).collect();
        let tightest = caps.iter().copied().reduce(Cap::tighter);
        let of_burst = caps
            .into_iter()
            .filter(|cap| !matches!(cap.kind, Bottleneck::Window | Bottleneck::Loss));
        (tightest, of_burst.reduce(Cap::tighter))
    }

    /// The slower of a client's and a controller's port, bytes per second.
    fn slower_adapter(&self, client: u32) -> f64 {
        let job = self.clients.partition_point(|span| span.first <= client) - 1;
        let group = self.plant.nodes[self.clients[job].first_node as usize].group;
        let near = self.scenario.groups.rows()[group].storage_nic.rate;
        near.bytes_per_s().min(self.scenario.store.controller.nic.rate.bytes_per_s())
    }

    /// A connection is no more; what was on its way on it leaves the ports.
    pub(super) fn close(&mut self, id: ConnectionId) {
        self.leave_ports(id);
        self.connections.release(id);
    }

    /// Puts a connection back into its client's pool.
    pub(super) fn park(&mut self, id: ConnectionId) {
        if self.is_broken(id) {
            return self.close(id);
        }
        let connection = &mut self.connections[id];
        connection.used = self.now;
        self.pools[connection.client as usize].push((connection.controller, id));
    }
}
