//! Hedged requests: a GET that is slow to begin is sent a second time, to another gateway; the first
//! answer to begin is taken (Dean & Barroso, *The Tail at Scale*, CACM 56(2), 2013). One that waits
//! for the cache of its site is not: there is no other to ask, and its fetch has hedges of its own.

use super::event::RequestId;
use super::patience::{Alarm, Attempt};
use super::requests::{Place, Request};
use super::world::World;
use crate::kernel::stats::Histogram;
use crate::kernel::time::Span;
use crate::model::{Hedge, Op};
use crate::probe::{Fact, Probe};

/// Answers before a quantile of them is worth something. Assumption: one beyond p95 is expected.
const ENOUGH: u64 = 20;
/// The quantile is looked up anew after so many more. Assumption: a compromise between cost and lag.
const REFRESH: u64 = 64;
/// Tells the draws of a hedge from those of the attempts.
pub(super) const HEDGES: u32 = 1 << 16;

/// Times to first byte of a job's attempts.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    times: Histogram,
    quantile: Option<Span>,
}

impl<P: Probe> World<P> {
    /// How long an attempt that sets out now is waited for.
    pub(super) fn hedge_after(&mut self, id: RequestId, hedge: Hedge) -> Option<Span> {
        match hedge {
            Hedge::After(span) => Some(span),
            Hedge::Quantile(_) => {
                let job = self.requests[id].job;
                self.policies.seen.get(job.0 as usize).and_then(|seen| seen.quantile)
            }
        }
    }

    /// A GET was answered: its time to first byte counts for those to come.
    pub(super) fn note_first_byte(&mut self, id: RequestId) {
        let Some(Hedge::Quantile(share)) = self.patience(id).hedge else { return };
        let request = &self.requests[id];
        if request.op != Op::Get {
            return;
        }
        let (job, took) = (request.job.0 as usize, request.first_byte.since(request.attempt.began));
        let all = &mut self.policies.seen;
        if all.len() <= job {
            all.resize_with(job + 1, Seen::default);
        }
        let seen = &mut all[job];
        seen.times.add(took.0);
        let n = seen.times.count();
        if n >= ENOUGH && (seen.quantile.is_none() || n.is_multiple_of(REFRESH)) {
            seen.quantile = seen.times.quantile(share).map(Span);
        }
    }

    /// Asks a second time, if the client has a connection to spare and its class room.
    pub(super) fn send_hedge(&mut self, id: RequestId) {
        let patience = *self.patience(id);
        let Request { attempt, controller, .. } = &self.requests[id];
        if attempt.twin.is_some() || self.site_cache(*controller).is_some() {
            return;
        }
        if !self.has_spare_connection(id, &patience) {
            return;
        }
        let Some(standing) = self.admit_second(id) else { return };
        let now = self.now;
        let first = &self.requests[id];
        let mut second = first.clone();
        let (whole, begins) = (first.attempt.alarms, first.first_byte);
        second.stretches.retain(|stretch| stretch.since <= now);
        second.devices.clear();
        (second.place, second.flow, second.next, second.ios) = (Place::Elsewhere, None, None, 0);
        (second.connection, second.standing) = (None, standing);
        second.tries += HEDGES;
        second.legs += HEDGES;
        second.attempt = Attempt {
            hedge: true,
            began: first.attempt.began,
            twin: Some(id),
            avoid: Some(first.controller),
            spent: first.attempt.spent,
            ..Attempt::default()
        };
        let other = self.requests.keep(second);
        self.requests[id].attempt.twin = Some(other);
        self.set_alarm(other, Alarm::Request, whole.of(Alarm::Request));
        // Its first byte may be on its way: the client does not know.
        self.set_alarm(id, Alarm::Wins, begins);
        self.tell(Fact::Hedged(self.requests[id].job));
        self.connect(other);
    }

    /// The first byte of the answer has left: once it is here the twin is beaten.
    pub(super) fn may_win(&mut self, id: RequestId) {
        let request = &self.requests[id];
        if request.attempt.twin.is_some() {
            self.set_alarm(id, Alarm::Wins, request.first_byte);
        }
    }

    /// The first byte is here (or the whole answer): the other one of two is given up.
    pub(super) fn beats_its_twin(&mut self, id: RequestId) {
        let Some(twin) = self.requests[id].attempt.twin.take() else { return };
        self.requests[twin].attempt.twin = None;
        if self.requests[id].attempt.hedge {
            self.tell(Fact::HedgeWon(self.requests[id].job));
        }
        let twin = self.cut_loose(twin);
        self.forget(twin);
    }

    /// One of two comes to nothing: it ends, the other goes on alone. False if it was alone.
    pub(super) fn leaves_it_to_its_twin(&mut self, id: RequestId) -> bool {
        let Some(twin) = self.requests[id].attempt.twin.take() else { return false };
        self.requests[twin].attempt.twin = None;
        self.forget(id);
        true
    }
}
