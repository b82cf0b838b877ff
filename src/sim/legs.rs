//! Messages on their way between a client and a controller, with what delays them.

use super::event::{ConnectionId, RequestId};
use super::world::World;
use crate::disturb::Leg;
use crate::fabric::tcp::{Ack, SEGMENTS_PER_ACK};
use crate::kernel::time::{Span, Time};
use crate::model::{Op, Tcp, Transport};
use crate::probe::{Probe, Stage, Stretch};

/// Payload of a packet where the transport is not TCP (RoCE and InfiniBand at MTU 4096).
pub(super) const RDMA_PACKET: u64 = 4_096;

/// A train of packets: how many bytes, over how long they left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Train {
    pub bytes: u64,
    pub over: Span,
}

impl Train {
    /// A request, an answer without a body, an acknowledgement.
    pub(super) const LONE: Train = Train { bytes: 1, over: Span::ZERO };
}

impl<P: Probe> World<P> {
    /// How long a message of the request takes on its connection when its last packet leaves at
    /// `leaves` (now or later).
    pub(super) fn leg(
        &mut self,
        id: RequestId,
        connection: ConnectionId,
        up: bool,
        leaves: Time,
        train: Train,
    ) -> Span {
        let of = &self.connections[connection];
        let (base, hops) = if up { (of.latency_up, &of.up) } else { (of.latency_down, &of.down) };
        // Behind a cable that is down it waits, then goes the rest of its way.
        let mut held = self.held(hops, leaves);
        if held > Span::ZERO
            && let Some(at) = self.led_around(connection, up)
        {
            held = held.min(Span(at.0.saturating_sub(leaves.0)));
        }
        if self.delays.is_none() {
            return held + base;
        }
        let packets = train.bytes.div_ceil(self.packet_bytes());
        let request = &mut self.requests[id];
        request.legs += 1;
        let ([a, b, c], number) = (request.key, u64::from(request.legs));
        let (node, over) = (request.node, train.over);
        let key = [a, b, c, number];
        let leaves = leaves + held;
        let leg = Leg { node, connection: connection.0, up, leaves, base, packets, over, key };
        let now = self.now;
        held + self.delays.as_mut().expect("there are delays").leg(now, &leg)
    }

    /// Books a way that begins now and takes `span`, undisturbed `base`.
    pub(super) fn book_leg(&mut self, id: RequestId, stage: Stage, base: Span, span: Span) {
        self.stage(id, stage);
        if span > base {
            let since = self.now + base;
            let stretch = Stretch { stage: Stage::PathDelay, since, bottleneck: None };
            self.requests[id].stretches.push(stretch);
        }
    }

    /// Books `queued` in queues after a way of `way` that begins now.
    pub(super) fn book_queue(&mut self, id: RequestId, way: Span, queued: Span) {
        if queued > Span::ZERO {
            let (stage, since) = (Stage::StandingQueue, self.now + way);
            self.requests[id].stretches.push(Stretch { stage, since, bottleneck: None });
        }
    }

    /// A round trip of lone packets that begins at `leaves`.
    pub(super) fn round_trip(
        &mut self,
        id: RequestId,
        connection: ConnectionId,
        leaves: Time,
    ) -> Span {
        let there = self.leg(id, connection, true, leaves, Train::LONE);
        there + self.leg(id, connection, false, leaves + there, Train::LONE)
    }

    /// The acknowledgements of the round that just left, if slow start may end by when they come and
    /// that varies.
    pub(super) fn acks(&mut self, id: RequestId, connection: ConnectionId, tcp: &Tcp) -> Vec<Ack> {
        let of = &self.connections[connection];
        let looks = of.window.is_some_and(|window| window.looks_at_acks(tcp));
        let Some(delays) = self.delays.as_mut().filter(|delays| looks && delays.vary()) else {
            return Vec::new();
        };
        let request = &self.requests[id];
        let up = request.op == Op::Put;
        let (base, back) = match up {
            true => (of.latency_up, of.latency_down),
            false => (of.latency_down, of.latency_up),
        };
        let [a, b, c] = request.key;
        let train = request.last_train();
        let leg = Leg {
            node: request.node,
            connection: connection.0,
            up,
            leaves: self.now,
            base,
            packets: train.bytes.div_ceil(tcp.mss.0),
            over: train.over,
            key: [a, b, c, u64::from(request.legs)],
        };
        delays.acks(self.now, &leg, back, SEGMENTS_PER_ACK)
    }

    /// The acknowledgements of a train that arrived just now: half as many lone packets on the way
    /// back (delayed acknowledgements), which what is sent next cannot overtake.
    pub(super) fn acknowledge(&mut self, id: RequestId, connection: ConnectionId, train: Train) {
        if self.delays.is_some() && matches!(self.transport(), Transport::Tcp(_)) {
            let half = Train { bytes: train.bytes.div_ceil(2), over: train.over };
            self.leg(id, connection, true, self.now, half);
        }
    }

    /// Whether ways are disturbed and one packet holds it all.
    pub(super) fn is_one_disturbed_packet(&self, bytes: u64) -> bool {
        self.delays.as_ref().is_some_and(|d| d.vary()) && bytes <= self.packet_bytes()
    }

    /// Payload of one packet.
    pub(super) fn packet_bytes(&self) -> u64 {
        match self.transport() {
            Transport::Tcp(tcp) => tcp.mss.0,
            Transport::Rdma(_) => RDMA_PACKET,
        }
    }
}
