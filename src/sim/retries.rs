//! What follows an attempt that comes to nothing: back-off and another one, or the request has
//! failed.

use super::event::{Event, RequestId, Step};
use super::legs::Train;
use super::requests::Place;
use super::sites::Verdict;
use super::world::{Job, World};
use crate::kernel::queue::Phase;
use crate::kernel::time::Span;
use crate::probe::{Fact, Probe, Stage};
use crate::work::Wake;

/// Waits of TCP before it sends a SYN again: 1 s, doubled (RFC 6298 §2.1, §5.5); Linux up to 6.4 gives
/// up after six of them (`tcp_syn_retries`, 127 s), later ones after 131 s (`tcp_syn_linear_timeouts`).
const SYN: (Span, u8) = (Span::from_secs(1), 6);
/// Waits before other segments are sent again: 200 ms, doubled up to 120 s; Linux gives up after 15
/// (`tcp_retries2`, 924.6 s; kernel documentation, ip-sysctl).
const DATA: (Span, u8) = (Span::from_ms(200), 15);
const LONGEST: Span = Span::from_secs(120);

impl<P: Probe> World<P> {
    /// `503 SlowDown`: back to the client, wait, try again on whatever the balancer picks.
    pub(super) fn refuse(&mut self, id: RequestId) {
        let job = self.requests[id].job;
        if !self.requests[id].attempt.orphan {
            self.tell(Fact::Refused(job));
        }
        self.turn_away(id, Stage::Throttled);
    }

    /// Back to the client, which waits and tries again; meanwhile the request is in `stage`.
    pub(super) fn turn_away(&mut self, id: RequestId, stage: Stage) {
        self.requests[id].place = Place::Elsewhere;
        if self.requests[id].attempt.orphan {
            return self.orphan_ends(id);
        }
        self.stage(id, stage);
        self.leave_balancer(id, Verdict::Failed);
        let mut back = Span::ZERO;
        if let Some(connection) = self.requests[id].connection.take() {
            back = self.leg(id, connection, false, self.now, Train::LONE);
            match stage {
                Stage::Outage => self.close(connection),
                _ => self.park(connection),
            }
        }
        self.attempt_ends(id);
        if !self.leaves_it_to_its_twin(id) {
            self.try_again(id, back, false);
        }
    }

    /// The client backs off and tries again, or gives the request up; it learns of the need `back`
    /// from now.
    pub(super) fn try_again(&mut self, id: RequestId, back: Span, timed_out: bool) {
        let attempts = self.client_spec(self.requests[id].client).retry.attempts;
        let request = &mut self.requests[id];
        request.tries += 1;
        request.attempt_number += 1;
        request.attempt.hedge = false;
        if request.attempt_number >= attempts || !self.pays_for_retry(id, timed_out) {
            return self.after(back, Phase::Arrive, Event::Request(id, Step::Failed));
        }
        let wait = self.back_off(id);
        self.tell(Fact::Retried(self.requests[id].job));
        self.after(back + wait, Phase::Arrive, Event::Request(id, Step::Retry));
    }

    /// How long the client waits before its next attempt.
    fn back_off(&self, id: RequestId) -> Span {
        let request = &self.requests[id];
        let spec = &self.client_spec(request.client).retry;
        let doublings = request.attempt_number.saturating_sub(1).min(40);
        let longest = spec.cap.0.min(spec.base.0.saturating_mul(1 << doublings));
        let [a, b, c] = request.key;
        let draw = self.chance.backoff.uniform([a, b, c, u64::from(request.tries)]);
        Span((draw * longest as f64) as u64)
    }

    /// The request has failed. A load goes on without it; the reader of a training job backs off
    /// once more and asks anew.
    pub(super) fn fails(&mut self, id: RequestId) {
        let now = self.now;
        let (job, op, read) = {
            let request = &self.requests[id];
            (request.job, request.op, request.read)
        };
        self.tell(Fact::Failed(job));
        if P::TRACES {
            self.mark_unanswered(id);
        }
        self.disarm(id);
        let ticket = self.reads[read].order.ticket;
        if let Job::Training(training) = &mut self.jobs[job] {
            training.note(now, ticket, &self.requests[id].stretches);
            self.wake(job, Wake::Failed(ticket));
        }
        let goes_on = match &self.jobs[job] {
            Job::Training(training) => !training.stopped(),
            Job::Load(_) => false,
            // A copy is to be whole in the end, and others wait for what a cache fetches.
            Job::Delivery(_) | Job::Cache(_) => true,
        };
        if !goes_on {
            self.forget(id);
            return self.range_failed(read);
        }
        let wait = self.back_off(id);
        let request = &mut self.requests[id];
        let stage = request.stretches.last().map_or(Stage::ClientCpu, |stretch| stretch.stage);
        request.stretches.clear();
        (request.issued, request.attempt_number, request.attempt.spent) = (now, 0, 0);
        // A second attempt that was left alone is the first one from here on.
        request.attempt.hedge = false;
        self.stage(id, stage);
        self.tell(Fact::Issued(job, op));
        self.request_begins(id);
        self.after(wait, Phase::Arrive, Event::Request(id, Step::Retry));
    }

    /// Nobody answers: what the client sends vanishes, and TCP sends it again.
    pub(super) fn vanishes(&mut self, id: RequestId, in_set_up: bool) {
        self.requests[id].place = Place::Elsewhere;
        if self.requests[id].attempt.orphan {
            return self.orphan_ends(id);
        }
        self.stage(id, Stage::Outage);
        let attempt = &mut self.requests[id].attempt;
        (attempt.silence, attempt.in_set_up) = (0, in_set_up);
        attempt.leg = super::patience::Leg::Lost;
        self.await_retransmission(id);
    }

    fn await_retransmission(&mut self, id: RequestId) {
        let attempt = &self.requests[id].attempt;
        let (first, _) = if attempt.in_set_up { SYN } else { DATA };
        let wait = wait(first, attempt.silence);
        self.after(wait, Phase::Arrive, Event::Request(id, Step::Retransmit));
    }

    /// TCP tries once more: somebody may be there again, and knows nothing of the connection.
    pub(super) fn retransmits(&mut self, id: RequestId) {
        let request = &self.requests[id];
        let (controller, attempt) = (request.controller, request.attempt);
        if !self.is_silent(controller) {
            return if attempt.in_set_up { self.set_up(id) } else { self.reset(id) };
        }
        let (_, most) = if attempt.in_set_up { SYN } else { DATA };
        if attempt.silence >= most {
            return self.attempt_times_out(id);
        }
        self.requests[id].attempt.silence += 1;
        self.await_retransmission(id);
    }
}

/// TCP's wait before retransmission `i`, from 0.
fn wait(first: Span, i: u8) -> Span {
    Span(first.0 << i).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linux: 127 s for a SYN up to 6.4, 924.6 s for data (ip-sysctl).
    #[test]
    fn tcp_gives_up_when_linux_does() {
        let all = |(first, most)| (0..=most).fold(Span::ZERO, |sum, i| sum + wait(first, i));
        assert_eq!(all(SYN), Span::from_secs(127));
        assert_eq!(all(DATA), Span::from_ms(924_600));
    }
}
