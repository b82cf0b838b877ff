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
    /// By resource: bytes of rounds on their way through it; none: it is no switch's port.
    in_flight: Vec<Option<u64>>,
}

impl Ports {
    /// The ports, if the scenario gives them a buffer.
    pub(super) fn new(scenario: &Scenario, plant: &Plant) -> Option<Box<Ports>> {
        let buffer = scenario.fabrics[scenario.storage_fabric].buffer?.0 as f64;
        let network = &plant.storage;
        let mut in_flight = vec![None; plant.resources.len()];
        for (link, resource) in network.graph.links.rows().iter().zip(&network.resources) {
            if network.graph.roles[link.from] != Role::Host {
                in_flight[resource.index()] = Some(0);
            }
        }
        Some(Box::new(Ports { buffer, in_flight }))
    }
}

impl<P: Probe> World<P> {
    /// A round of `bytes` begins: what does not fit into a port on its way is dropped. Returns what
    /// gets through.
    ///
    /// A port takes what it sends on in a round trip and what it queues; what is beyond both, over
    /// all rounds on their way through it, is lost, from the tail of the round that begins last
    /// (Phanishayee et al., FAST 2008, §4).
    pub(super) fn enter_ports(
        &mut self,
        id: RequestId,
        connection: ConnectionId,
        bytes: u64,
    ) -> u64 {
        let Some(ports) = &mut self.ports else { return bytes };
        let of = &mut self.connections[connection];
        let round_trip = of.round_trip().as_s();
        let hops = if self.requests[id].op == Op::Get { &of.down } else { &of.up };
        // In slow start acknowledgements let bytes go at twice the rate at which they came: half of
        // a round queues.
        let opening = of.window.is_some_and(|window| window.bytes < window.threshold);
        let acknowledged = self.requests[id].left < self.requests[id].bytes;
        let mut fits = match opening && acknowledged {
            true => bytes.min(bytes / 2 + ports.buffer as u64),
            false => bytes,
        };
        for hop in hops {
            if let Some(in_flight) = ports.in_flight[hop.resource.index()] {
                let rate = self.fabric.share().capacity(hop.resource) as f64 / UNIT as f64;
                let room = (ports.buffer + rate * round_trip) as u64;
                fits = fits.min(room.saturating_sub(in_flight));
            }
        }
        for hop in hops {
            if let Some(in_flight) = &mut ports.in_flight[hop.resource.index()] {
                *in_flight += fits;
                of.flight.ports.push(hop.resource);
            }
        }
        of.flight.bytes = fits;
        of.flight.dropped = bytes - fits;
        fits
    }

    /// The connection's round is acknowledged, or broken off.
    pub(super) fn leave_ports(&mut self, connection: ConnectionId) {
        let Some(ports) = &mut self.ports else { return };
        let of = &mut self.connections[connection];
        let bytes = std::mem::take(&mut of.flight.bytes);
        for resource in of.flight.ports.drain(..) {
            if let Some(in_flight) = &mut ports.in_flight[resource.index()] {
                *in_flight = in_flight.checked_sub(bytes).expect("a round leaves a port once");
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
            if ports.in_flight[hop.resource.index()].is_none() {
                continue;
            }
            let place = (i as u64) << 1 | u64::from(up);
            let draw = self.chance.queue.uniform([a, b, c, u64::from(request.tries), place]);
            wait_s += self.wait_at(*hop, ports.buffer, round_trip, draw);
        }
        Span::from_s(wait_s)
    }

    fn wait_at(&self, hop: Hop, buffer: f64, round_trip: Span, draw: f64) -> f64 {
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
            return queue::standing_bytes(transport, buffer, bdp, draw) / capacity;
        }
        let packet = self.packet_bytes() as f64;
        queue::open_loop_wait_s((line - capacity + load) / line, packet / line, draw)
    }
}
