//! Buffers of switch ports: bursts that do not fit are dropped, and queues that stand are waited in.

use super::event::{ConnectionId, RequestId};
use super::plant::Plant;
use super::world::World;
use crate::fabric::graph::Role;
use crate::fabric::queue;
use crate::kernel::id::Id;
use crate::kernel::maxmin::{Hop, UNIT};
use crate::kernel::time::Span;
use crate::model::{Op, Scenario};
use crate::probe::Probe;

/// The ports of the storage network's switches.
#[derive(Debug, Clone)]
pub(super) struct Ports {
    /// Most one port queues, bytes.
    buffer: f64,
    /// By resource; none: it is no switch's port.
    ports: Vec<Option<Port>>,
}

/// One of them.
#[derive(Debug, Clone, Copy, Default)]
struct Port {
    /// Bytes of rounds on their way through it.
    in_rounds: u64,
    /// Most that steady transfers through it may have on their way.
    in_windows: u64,
}

impl Ports {
    /// The ports, if the scenario gives them a buffer.
    pub(super) fn new(scenario: &Scenario, plant: &Plant) -> Option<Box<Ports>> {
        let buffer = scenario.fabrics[scenario.storage_fabric].buffer?.0 as f64;
        let network = &plant.storage;
        let mut ports = vec![None; plant.resources.len()];
        for (link, resource) in network.graph.links.rows().iter().zip(&network.resources) {
            if network.graph.roles[link.from] != Role::Host {
                ports[resource.index()] = Some(Port::default());
            }
        }
        Some(Box::new(Ports { buffer, ports }))
    }
}

impl Port {
    fn of(&mut self, in_round: bool) -> &mut u64 {
        if in_round { &mut self.in_rounds } else { &mut self.in_windows }
    }
}

impl<P: Probe> World<P> {
    /// A round of `bytes` begins: what does not fit into a port on its way is dropped. Returns what
    /// gets through.
    ///
    /// A port takes what it sends on in a round trip and what it queues; what is beyond both, over
    /// all rounds on their way through it, is lost, from the tail of the round that begins last
    /// (Phanishayee et al., FAST 2008).
    pub(super) fn enter_ports(
        &mut self,
        id: RequestId,
        connection: ConnectionId,
        bytes: u64,
    ) -> u64 {
        let Some(ports) = &mut self.ports else { return bytes };
        let of = &mut self.connections[connection];
        let round_trip = of.round_trip().as_s();
        let hops = of.payload_way(self.requests[id].op);
        // In slow start acknowledgements let bytes go at twice the rate at which they came: half of
        // a round queues.
        let opening = of.window.is_some_and(|window| window.bytes < window.threshold);
        let acknowledged = self.requests[id].left < self.requests[id].bytes;
        let mut fits = match opening && acknowledged {
            true => bytes.min(bytes / 2 + ports.buffer as u64),
            false => bytes,
        };
        for hop in hops {
            if let Some(port) = ports.ports[hop.resource.index()] {
                let rate = self.fabric.share().capacity(hop.resource) as f64 / UNIT as f64;
                let room = (ports.buffer + rate * round_trip) as u64;
                fits = fits.min(room.saturating_sub(port.in_rounds));
            }
        }
        of.flight.dropped = bytes - fits;
        self.enter(id, connection, fits, true);
        fits
    }

    /// `bytes` begin to move at the steady rate: a window of them, or without a window all, may be
    /// on their way.
    pub(super) fn fill_ports(&mut self, id: RequestId, connection: ConnectionId, bytes: u64) {
        let window = self.connections[connection].window.map_or(bytes, |w| w.bytes as u64);
        self.enter(id, connection, bytes.min(window), false);
    }

    /// What a sender whose burst of `bytes` kept its way busy for `busy` can have on it: its part of
    /// the buffers and of what is in flight. Infinite where ports drop nothing.
    pub(super) fn held_by_ports(
        &self,
        id: RequestId,
        connection: ConnectionId,
        bytes: u64,
        busy: Span,
    ) -> f64 {
        let Some(ports) = &self.ports else { return f64::INFINITY };
        let of = &self.connections[connection];
        let rate = bytes as f64 / busy.as_s().max(1e-12);
        let hops = of.payload_way(self.requests[id].op);
        let capacity = |hop: &Hop| {
            ports.ports[hop.resource.index()]?;
            Some(self.fabric.share().capacity(hop.resource) as f64 / UNIT as f64)
        };
        let held = |c: f64| rate * (of.round_trip().as_s() + ports.buffer / c.max(1.0));
        hops.iter().filter_map(capacity).map(held).fold(f64::INFINITY, f64::min)
    }

    /// Counts `bytes` against the ports on the way.
    fn enter(&mut self, id: RequestId, connection: ConnectionId, bytes: u64, in_round: bool) {
        let Some(ports) = &mut self.ports else { return };
        let of = &mut self.connections[connection];
        assert!(of.flight.ports.is_empty(), "a part leaves its ports before the next one begins");
        let get = self.requests[id].op == Op::Get;
        for hop in if get { &of.down } else { &of.up } {
            if let Some(port) = &mut ports.ports[hop.resource.index()] {
                *port.of(in_round) += bytes;
                of.flight.ports.push(hop.resource);
            }
        }
        (of.flight.bytes, of.flight.in_round) = (bytes, in_round);
    }

    /// The connection's part is through: a round is acknowledged, or it is broken off.
    pub(super) fn leave_ports(&mut self, connection: ConnectionId) {
        let Some(ports) = &mut self.ports else { return };
        let of = &mut self.connections[connection];
        let bytes = std::mem::take(&mut of.flight.bytes);
        for resource in of.flight.ports.drain(..) {
            if let Some(port) = &mut ports.ports[resource.index()] {
                let on_way = port.of(of.flight.in_round);
                *on_way = on_way.checked_sub(bytes).expect("a part leaves a port once");
            }
        }
    }

    /// How long a message that leaves now waits in queues on its way.
    pub(super) fn standing_wait(&self, id: RequestId, connection: ConnectionId, up: bool) -> Span {
        let Some(ports) = &self.ports else { return Span::ZERO };
        let of = &self.connections[connection];
        let round_trip = of.round_trip();
        let request = &self.requests[id];
        let [a, b, c] = request.key;
        let mut wait_s = 0.0;
        for (i, hop) in if up { &of.up } else { &of.down }.iter().enumerate() {
            let Some(port) = ports.ports[hop.resource.index()] else { continue };
            let place = (i as u64) << 1 | u64::from(up);
            let draw = self.chance.queue.uniform([a, b, c, u64::from(request.tries), place]);
            wait_s += self.wait_at(*hop, port, ports.buffer, round_trip, draw);
        }
        Span::from_s(wait_s)
    }

    fn wait_at(&self, hop: Hop, port: Port, buffer: f64, round_trip: Span, draw: f64) -> f64 {
        let share = self.fabric.share();
        let line = self.plant.resources[hop.resource].bytes_per_s;
        let capacity = share.capacity(hop.resource) as f64 / UNIT as f64;
        let load = share.load(hop.resource) as f64 / UNIT as f64;
        if capacity <= 0.0 {
            return 0.0;
        }
        let transport = self.transport();
        if load >= capacity * queue::SATURATED {
            let bdp = capacity * round_trip.as_s();
            // No more can stand there than is on its way and not in flight.
            let most = ((port.in_rounds + port.in_windows) as f64 - bdp).max(0.0);
            return queue::standing_bytes(transport, buffer, bdp, draw).min(most) / capacity;
        }
        let packet = self.packet_bytes() as f64;
        queue::open_loop_wait_s((line - capacity + load) / line, packet / line, draw)
    }
}
