//! The payload on its connection: rounds, the rest, and what losses cost.

use super::event::{Cargo, ConnectionId, Event, RequestId, Step};
use super::legs::Train;
use super::world::World;
use crate::fabric::tcp::{self, Loss, Part, Round, Window};
use crate::kernel::maxmin::ResourceId;
use crate::kernel::queue::Phase;
use crate::kernel::time::{Span, Time};
use crate::model::{Op, Tcp};
use crate::probe::{Bottleneck, Probe, Stage};

/// What a connection has on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Flight {
    /// Segments that get through before the next one that is lost; none: loss does not count.
    pub clear: Option<u64>,
    /// Losses drawn for the request.
    pub draws: u64,
    /// Bytes of the round that a full port dropped.
    pub dropped: u64,
    /// Bytes that count against ports, as a round or as a window, and which.
    pub bytes: u64,
    pub in_round: bool,
    pub ports: Vec<ResourceId>,
}

/// What came of a round.
struct Outcome {
    /// How its loss was noticed, if it had one.
    loss: Option<Loss>,
    /// When the next round begins, or what was lost is sent again.
    next: Time,
}

impl<P: Probe> World<P> {
    /// The payload of the request begins on its connection.
    pub(super) fn begin_flight(&mut self, id: RequestId) {
        let Some(connection) = self.requests[id].connection else { return };
        let of = &mut self.connections[connection];
        of.flight = Flight::default();
        let round_trip = of.mean_round_trip();
        if let Some(window) = &mut of.window {
            let tcp = of.tcp.clone().expect("who has a window has TCP");
            window.restart(&tcp, round_trip, self.now);
            window.resume(self.now);
            self.draw_loss(id, connection, &tcp);
        }
    }

    /// How many segments get through before the next is lost: geometric, by inversion.
    fn draw_loss(&mut self, id: RequestId, connection: ConnectionId, tcp: &Tcp) {
        if !tcp::loss_moves_window(tcp) {
            return;
        }
        let request = &self.requests[id];
        let [a, b, c] = request.key;
        let flight = &mut self.connections[connection].flight;
        flight.draws += 1;
        let draw = self.chance.loss.uniform([a, b, c, u64::from(request.tries), flight.draws]);
        flight.clear = Some((libm::log(draw) / libm::log1p(-tcp.loss)) as u64);
    }

    /// Sends the next part of the payload.
    pub(super) fn next_part(&mut self, id: RequestId) {
        let request = &self.requests[id];
        let (connection, left) = (request.connection, request.left);
        if left == 0 {
            return self.payload_is_through(id);
        }
        self.pick_way(id);
        let mut part = Part::Rest(left);
        if let Some(connection) = connection.map(|c| &self.connections[c])
            && let Some(window) = connection.window
        {
            let tcp = connection.tcp.as_deref().expect("who has a window has TCP");
            part = window.next(tcp, connection.round_trip(), left);
        }
        let (mut bytes, in_round) = match part {
            Part::Round(bytes) => (bytes, true),
            Part::Rest(bytes) => (bytes, false),
        };
        match connection {
            Some(connection) if in_round => bytes = self.enter_ports(id, connection, bytes),
            Some(connection) => self.fill_ports(id, connection, bytes),
            None => {}
        }
        let now = self.now;
        let request = &mut self.requests[id];
        request.left -= bytes;
        (request.part, request.billed) = (bytes, 0);
        request.part_began = now;
        request.in_round = in_round;
        if bytes == 0 {
            request.part_ended = now;
            return self.round_ends(id);
        }
        if request.stretches.last().map(|s| s.stage) != Some(Stage::Transfer) {
            self.stage(id, Stage::Transfer);
        }
        let mut hops = std::mem::take(&mut self.hops);
        self.payload_hops(id, &mut hops);
        let cap = self.payload_cap(id);
        let class = self.classes.of(self.requests[id].job);
        let flow = self.fabric.start_as(class, now, &hops, bytes, cap, Cargo::Payload(id));
        self.hops = hops;
        self.requests[id].flow = Some(flow);
    }

    /// A part of the payload has left its sender.
    pub(super) fn transfer_ends(&mut self, id: RequestId, held_by: Option<Bottleneck>) {
        let now = self.now;
        let request = &mut self.requests[id];
        request.flow = None;
        request.attempt.moved += request.part;
        let part = request.part;
        self.bill(id, part);
        let request = &mut self.requests[id];
        let stretch = request.stretches.last_mut().expect("a transfer has a stretch");
        stretch.bottleneck = held_by;
        request.part_ended = now;
        if let Some(connection) = request.connection {
            let of = &mut self.connections[connection];
            of.moved = now;
            if let Some(window) = &mut of.window {
                window.sent = now;
            }
        }
        let (in_round, left, connection) = (request.in_round, request.left, request.connection);
        if in_round {
            return self.round_ends(id);
        }
        if let Some(connection) = connection {
            self.leave_ports(connection);
        }
        if let (true, Some(connection)) = (left > 0, connection) {
            let of = &mut self.connections[connection];
            let round_trip = of.mean_round_trip();
            if let (Some(window), Some(tcp)) = (&mut of.window, &of.tcp) {
                window.settled(tcp, round_trip);
            }
        }
        self.next_part(id);
    }

    /// The burst of a round has left its sender: the next follows when it is acknowledged.
    fn round_ends(&mut self, id: RequestId) {
        let now = self.now;
        let request = &self.requests[id];
        let connection = request.connection.expect("TCP has a connection");
        let tcp = self.connections[connection].tcp.clone().expect("only TCP has rounds");
        let tcp = &*tcp;
        let (left, part_began, part) = (request.left, request.part_began, request.part);
        let round_trip = self.connections[connection].round_trip();
        let acks = self.acks(id, connection, tcp);
        let Outcome { loss, next } = self.outcome(id, connection, tcp);
        let held = self.held_by_ports(id, connection, part, now.since(part_began));
        let window = self.connections[connection].window.as_mut().expect("TCP has a window");
        match loss {
            Some(loss) => window.lost(tcp, loss),
            None => {
                let busy = now.since(part_began);
                let rtt = next.since(part_began).max(round_trip);
                let round = Round { bytes: part, rtt, busy, ends: next.max(now) };
                window.acknowledged(tcp, &round, &acks);
            }
        }
        if loss.is_none() && (left == 0 || now >= next) {
            if now >= next {
                window.open(tcp, held);
            }
            self.leave_ports(connection);
            return self.next_part(id);
        }
        let wait = Span(next.0.saturating_sub(now.0));
        match loss {
            Some(_) => self.stage(id, Stage::Retransmission),
            None => {
                let base = Span((part_began + round_trip).0.saturating_sub(now.0));
                self.book_leg(id, Stage::SlowStart, base, wait);
            }
        }
        self.after(wait, Phase::Arrive, Event::Request(id, Step::NextRound));
    }

    /// Whether the round that just left lost a segment, and what follows when.
    fn outcome(&mut self, id: RequestId, connection: ConnectionId, tcp: &Tcp) -> Outcome {
        let now = self.now;
        let request = &self.requests[id];
        let (op, left, part, began) = (request.op, request.left, request.part, request.part_began);
        let of = &self.connections[connection];
        let round_trip = of.round_trip();
        let segments = part.div_ceil(tcp.mss.0);
        // A full port drops the tail, chance a segment within.
        let lost = match of.flight.clear {
            _ if of.flight.dropped > 0 => Some(segments),
            Some(clear) if clear < segments => Some(clear),
            _ => None,
        };
        let mut acknowledged = began + round_trip;
        if (left > 0 || lost.is_some()) && self.delays.is_some() {
            // Acknowledgements come back when the round is through and so are they.
            let train = self.requests[id].last_train();
            let there = self.leg(id, connection, op == Op::Put, now, train);
            let back = self.leg(id, connection, op == Op::Get, now + there, Train::LONE);
            acknowledged = acknowledged.max(began + there + back);
        }
        let Some(before) = lost else {
            if let Some(clear) = &mut self.connections[connection].flight.clear {
                *clear -= segments;
            }
            return Outcome { loss: None, next: acknowledged };
        };
        let after = segments.saturating_sub(before + 1);
        // Each acknowledgement of what came before lets up to two more segments go, if there are any
        // that were not sent yet.
        let unsent = left - self.connections[connection].flight.dropped;
        let released = (2 * before).min(unsent.div_ceil(tcp.mss.0));
        let loss = Window::noticed(after + released);
        if self.connections[connection].flight.dropped > 0 {
            self.connections[connection].flight.dropped = 0;
        } else {
            self.draw_loss(id, connection, tcp);
        }
        // The last acknowledgement before the loss starts the clock anew.
        let answered = if before > 0 { acknowledged } else { began };
        let time_out = tcp::time_out(tcp, self.connections[connection].mean_round_trip());
        let next = match loss {
            Loss::Duplicates => acknowledged.max(now),
            Loss::TimeOut => answered + time_out,
        };
        Outcome { loss: Some(loss), next }
    }

    /// The time for the next round has come.
    pub(super) fn next_round(&mut self, id: RequestId) {
        if let Some(connection) = self.requests[id].connection {
            self.leave_ports(connection);
        }
        self.next_part(id);
    }
}
