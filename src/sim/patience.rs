//! What a client does when answers do not come: time-outs, and what becomes of the work it gives up.
//!
//! As in HTTP/1.1, giving up means closing the connection: the service learns of it one way later,
//! and works on until then. From the moment the client gives up, what is left at the service is an
//! *orphan*: it has the old number, the request goes on under a new one.

use super::event::{Event, RequestId};
use super::legs::Train;
use super::requests::{Place, Request, Standing};
use super::sites::Verdict;
use super::world::World;
use crate::kernel::queue::{EventKey, Phase};
use crate::kernel::time::{Span, Time};
use crate::model::{Op, Patience};
use crate::probe::{Fact, Probe, Stage};

/// Why a request looks at the clock, in the order of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarm {
    /// Its twin is beaten: the first byte is here.
    Wins,
    /// Of an orphan: the service sees the connection closed.
    Closed,
    /// The whole request has taken too long.
    Request,
    /// The attempt has.
    Attempt,
    /// Set-up has.
    Connect,
    /// The first byte has.
    FirstByte,
    /// Time to ask a second time.
    Hedge,
}

impl Alarm {
    const ALL: [Alarm; 7] = [
        Alarm::Wins,
        Alarm::Closed,
        Alarm::Request,
        Alarm::Attempt,
        Alarm::Connect,
        Alarm::FirstByte,
        Alarm::Hedge,
    ];
}

/// The alarms of a request; one event for the first of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alarms {
    at: [Time; Alarm::ALL.len()],
    armed: Time,
    key: Option<EventKey>,
}

impl Alarms {
    /// When an alarm is due.
    pub(super) fn of(&self, alarm: Alarm) -> Time {
        self.at[alarm as usize]
    }
}

impl Default for Alarms {
    fn default() -> Alarms {
        Alarms { at: [Time::NEVER; Alarm::ALL.len()], armed: Time::NEVER, key: None }
    }
}

/// Where an attempt is, seen from its client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Leg {
    /// Not under way: being prepared, or backing off.
    #[default]
    Home,
    /// Waiting for one of the client's connections.
    Waiting,
    /// Setting up a connection.
    SetUp,
    /// Sent.
    Out,
    /// Sent to nobody: its packets vanish.
    Lost,
}

/// What the client's policies know of a request's attempt.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attempt {
    pub leg: Leg,
    /// When it set out (of a hedge: when the attempt that it stands by did).
    pub began: Time,
    /// Connections it has been granted: 0, 1 (of its client), 2 (and of its node).
    pub grants: u8,
    /// Whether the balancer counts it.
    pub counted: bool,
    /// Whether its client has given it up.
    pub orphan: bool,
    /// Whether it is the second of two.
    pub hedge: bool,
    /// The other one of two.
    pub twin: Option<RequestId>,
    /// A gateway that it had better not take.
    pub avoid: Option<u32>,
    /// Tokens of the last retry.
    pub spent: u32,
    /// Payload of this attempt that has moved.
    pub moved: u64,
    /// Retransmissions to nobody so far, and whether they are of a connection's set-up.
    pub silence: u8,
    pub in_set_up: bool,
    /// Whether its payload goes on from where it was, from other drives.
    pub resumes: bool,
    pub alarms: Alarms,
}

impl<P: Probe> World<P> {
    /// The limits of a request's client; a neighbour has none.
    pub(super) fn patience(&self, id: RequestId) -> &Patience {
        let request = &self.requests[id];
        if request.foreign { &Patience::ENDLESS } else { &self.client_on(request.node).patience }
    }

    /// Sets an alarm, in the place of an earlier one of its kind.
    pub(super) fn set_alarm(&mut self, id: RequestId, alarm: Alarm, at: Time) {
        let alarms = &mut self.requests[id].attempt.alarms;
        alarms.at[alarm as usize] = at;
        if at < alarms.armed {
            self.arm(id);
        }
    }

    fn set_alarm_after(&mut self, id: RequestId, alarm: Alarm, span: Option<Span>) {
        if let Some(span) = span {
            self.set_alarm(id, alarm, self.now.plus(span));
        }
    }

    pub(super) fn clear_alarm(&mut self, id: RequestId, alarm: Alarm) {
        self.requests[id].attempt.alarms.at[alarm as usize] = Time::NEVER;
    }

    /// No alarm rings any more.
    pub(super) fn disarm(&mut self, id: RequestId) {
        let alarms = std::mem::take(&mut self.requests[id].attempt.alarms);
        if let Some(key) = alarms.key {
            self.queue.cancel(key);
        }
    }

    fn arm(&mut self, id: RequestId) {
        let alarms = &mut self.requests[id].attempt.alarms;
        if let Some(key) = alarms.key.take() {
            self.queue.cancel(key);
        }
        let first = alarms.at.iter().copied().min().unwrap_or(Time::NEVER);
        alarms.armed = first;
        if first < Time::NEVER {
            let at = first.max(self.now);
            alarms.key = Some(self.queue.schedule(at, Phase::Decide, Event::Alarm(id)));
        }
    }

    /// An alarm of the request is due, unless what it was for has come.
    pub(super) fn alarm(&mut self, id: RequestId) {
        let now = self.now;
        let alarms = &mut self.requests[id].attempt.alarms;
        alarms.key = None;
        let due = Alarm::ALL.into_iter().find(|&alarm| alarms.at[alarm as usize] <= now);
        if let Some(alarm) = due {
            alarms.at[alarm as usize] = Time::NEVER;
        }
        self.arm(id);
        let begun = self.requests[id].first_byte <= now;
        match due {
            Some(Alarm::Wins) => self.beats_its_twin(id),
            Some(Alarm::Closed) => self.orphan_is_closed(id),
            Some(Alarm::Request) => self.request_times_out(id),
            Some(Alarm::Attempt | Alarm::Connect) => self.attempt_times_out(id),
            Some(Alarm::FirstByte) if !begun => self.attempt_times_out(id),
            Some(Alarm::Hedge) if !begun => self.send_hedge(id),
            Some(Alarm::FirstByte | Alarm::Hedge) | None => {}
        }
    }

    /// The client has taken up a request.
    pub(super) fn request_begins(&mut self, id: RequestId) {
        let longest = self.patience(id).request_timeout;
        self.set_alarm_after(id, Alarm::Request, longest);
    }

    /// An attempt is about to set out; false if it must wait for a connection first.
    pub(super) fn sets_out(&mut self, id: RequestId) -> bool {
        if !self.patience(id).is_endless() {
            let patience = *self.patience(id);
            if !self.takes_connection(id, &patience) {
                return false;
            }
            self.set_alarm_after(id, Alarm::Attempt, patience.attempt_timeout);
            let request = &self.requests[id];
            if request.op == Op::Get && request.attempt.twin.is_none() {
                let after = patience.hedge.and_then(|hedge| self.hedge_after(id, hedge));
                self.set_alarm_after(id, Alarm::Hedge, after);
            }
        }
        let now = self.now;
        let request = &mut self.requests[id];
        if !request.attempt.hedge {
            request.attempt.began = now;
        }
        request.first_byte = Time::NEVER;
        request.attempt.moved = 0;
        request.attempt.leg = Leg::SetUp;
        // A cache on the node that was asked before does not answer what comes over the network.
        request.tier = None;
        (request.attempt.resumes, request.left) = (false, 0);
        true
    }

    /// The set-up of a connection begins.
    pub(super) fn set_up_begins(&mut self, id: RequestId) {
        let longest = self.patience(id).connect_timeout;
        self.set_alarm_after(id, Alarm::Connect, longest);
    }

    /// The request leaves on its connection.
    pub(super) fn sent(&mut self, id: RequestId) {
        self.requests[id].attempt.leg = Leg::Out;
        self.clear_alarm(id, Alarm::Connect);
        if self.requests[id].op == Op::Get {
            self.awaits_first_byte(id);
        }
    }

    /// All is sent (of a PUT: its body): from now on the client waits for the answer.
    pub(super) fn awaits_first_byte(&mut self, id: RequestId) {
        if !self.requests[id].attempt.orphan {
            let longest = self.patience(id).first_byte_timeout;
            self.set_alarm_after(id, Alarm::FirstByte, longest);
        }
    }

    /// The answer is here.
    pub(super) fn client_is_content(&mut self, id: RequestId) {
        if self.requests[id].tier.is_none() && !self.requests[id].foreign {
            self.note_first_byte(id);
            self.earns_tokens(id);
        }
        self.attempt_ends(id);
        self.disarm(id);
    }

    /// The attempt ends, its request or its twin goes on: no alarm of its own rings any more.
    pub(super) fn attempt_ends(&mut self, id: RequestId) {
        for alarm in Alarm::ALL {
            if alarm != Alarm::Request {
                self.clear_alarm(id, alarm);
            }
        }
        self.requests[id].attempt.leg = Leg::Home;
        self.give_connection_back(id);
        self.leave_class(id);
    }

    /// The client gives the attempt up and tries again, unless a twin of it is under way.
    pub(super) fn attempt_times_out(&mut self, id: RequestId) {
        self.tell(Fact::TimedOut(self.requests[id].job));
        let Request { controller, .. } = self.requests[id];
        if self.requests[id].attempt.counted && self.requests[id].attempt.leg == Leg::Out {
            self.sites.judge(self.now, controller, Verdict::Failed);
        }
        let id = self.cut_loose(id);
        if self.leaves_it_to_its_twin(id) {
            return;
        }
        self.stage(id, Stage::TimedOut);
        self.try_again(id, Span::ZERO, true);
    }

    /// The client gives the whole request up.
    fn request_times_out(&mut self, id: RequestId) {
        self.tell(Fact::TimedOut(self.requests[id].job));
        if let Some(twin) = self.requests[id].attempt.twin.take() {
            self.requests[twin].attempt.twin = None;
            let twin = self.cut_loose(twin);
            self.forget(twin);
        }
        let id = self.cut_loose(id);
        self.stage(id, Stage::TimedOut);
        self.requests[id].tries += 1;
        self.fails(id);
    }

    /// Takes the request back from wherever its attempt is, and says under which number it goes on.
    pub(super) fn cut_loose(&mut self, id: RequestId) -> RequestId {
        let now = self.now;
        let leg = self.requests[id].attempt.leg;
        let id = match leg {
            Leg::Out => self.leave_orphan(id),
            Leg::Waiting => {
                self.leaves_the_line(id);
                id
            }
            Leg::Home | Leg::SetUp | Leg::Lost => {
                if let Some(next) = self.requests[id].next.take() {
                    self.queue.cancel(next);
                }
                // From a cache on the node.
                self.stop_flow(id);
                self.leave_balancer(id, Verdict::Failed);
                if let Some(connection) = self.requests[id].connection.take() {
                    self.close(connection);
                }
                id
            }
        };
        self.requests[id].stretches.retain(|stretch| stretch.since <= now);
        self.attempt_ends(id);
        id
    }

    /// The balancer counts the attempt no more.
    pub(super) fn leave_balancer(&mut self, id: RequestId, verdict: Verdict) {
        let request = &mut self.requests[id];
        if std::mem::take(&mut request.attempt.counted) {
            self.sites.release(self.now, request.controller, verdict);
        }
    }

    /// The request under a new number, with nothing under way; links to it are put right.
    pub(super) fn renumber(&mut self, id: RequestId) -> RequestId {
        let mut request = Request { ios: 0, flow: None, next: None, ..self.requests[id].clone() };
        let alarms = &mut self.requests[id].attempt.alarms;
        if let Some(key) = alarms.key.take() {
            self.queue.cancel(key);
        }
        *alarms = Alarms::default();
        request.attempt.alarms.key = None;
        let twin = request.attempt.twin;
        let other = self.requests.keep(request);
        if let Some(twin) = twin {
            self.requests[twin].attempt.twin = Some(other);
        }
        self.arm(other);
        other
    }

    /// Leaves what is at the service behind, until it sees the connection closed.
    fn leave_orphan(&mut self, id: RequestId) -> RequestId {
        let live = self.renumber(id);
        let request = &mut self.requests[live];
        request.place = Place::Elsewhere;
        request.connection = None;
        request.attempt.counted = false;
        let request = &mut self.requests[id];
        request.attempt.orphan = true;
        (request.attempt.twin, request.attempt.grants) = (None, 0);
        request.standing = Standing::Outside;
        // Ways of its own from now on, lest it shares the delays of the next attempt.
        request.legs += 1 << 20;
        if request.op == Op::Put {
            self.stop_sending(id);
        }
        let way = self.requests[id]
            .connection
            .map_or(Span::ZERO, |connection| self.leg(id, connection, true, self.now, Train::LONE));
        self.set_alarm(id, Alarm::Closed, self.now.plus(way));
        live
    }

    /// The body of a PUT that is given up stops at its sender.
    fn stop_sending(&mut self, id: RequestId) {
        let request = &self.requests[id];
        let between_rounds = request.left > 0 && request.in_round;
        if request.flow.is_some() {
            self.stop_flow(id);
        } else if between_rounds && let Some(next) = self.requests[id].next.take() {
            self.queue.cancel(next);
        }
    }

    /// The service sees that nobody waits for the answer any more.
    fn orphan_is_closed(&mut self, id: RequestId) {
        let id = self.withdraw(id);
        self.orphan_ends(id);
    }

    /// Nothing is left of what a client gave up: what it moved was in vain.
    pub(super) fn orphan_ends(&mut self, id: RequestId) {
        self.leave_balancer(id, Verdict::Unknown);
        let request = &mut self.requests[id];
        let (job, bytes) = (request.job, request.attempt.moved);
        if let Some(connection) = request.connection.take() {
            self.close(connection);
        }
        if bytes > 0 {
            self.tell(Fact::Wasted(job, bytes));
        }
        self.forget(id);
    }

    /// The number is free.
    pub(super) fn forget(&mut self, id: RequestId) {
        self.disarm(id);
        self.requests[id].attempt = Attempt::default();
        self.requests.release(id);
    }
}
