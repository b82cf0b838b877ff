//! Connections that a client has at most, and the tokens that its retries are paid from.

use super::event::{Event, RequestId, Step};
use super::hedges::Seen;
use super::patience::Leg;
use super::world::World;
use crate::kernel::queue::Phase;
use crate::kernel::time::Span;
use crate::model::{Patience, RetryBudget};
use crate::probe::{Fact, Probe, Stage, Stretch};
use std::collections::VecDeque;

/// Connections in use, and who waits for one, first come, first served.
#[derive(Debug, Clone, Default)]
struct Gate {
    used: u32,
    waiting: VecDeque<RequestId>,
}

/// What clients keep in mind from request to request.
#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    /// By client, and by node.
    own: Vec<Gate>,
    shared: Vec<Gate>,
    /// Tokens of each client that has spent any.
    tokens: Vec<Option<u32>>,
    /// Times to first byte, by job.
    pub(super) seen: Vec<Seen>,
}

fn at<T: Clone + Default>(list: &mut Vec<T>, i: u32) -> &mut T {
    let i = i as usize;
    if list.len() <= i {
        list.resize(i + 1, T::default());
    }
    &mut list[i]
}

fn is_full(gate: &Gate, most: Option<u32>) -> bool {
    most.is_some_and(|most| gate.used >= most)
}

impl<P: Probe> World<P> {
    /// Takes one of the client's and one of the node's connections; false if the request has to
    /// wait: then it is woken when it has one.
    pub(super) fn takes_connection(&mut self, id: RequestId, patience: &Patience) -> bool {
        let (client, node) = (self.requests[id].client, self.requests[id].node);
        let policies = &mut self.policies;
        let gates = [
            (at(&mut policies.own, client), patience.max_connections),
            (at(&mut policies.shared, node), patience.max_connections_per_node),
        ];
        let granted = usize::from(self.requests[id].attempt.grants);
        for (gate, most) in gates.into_iter().skip(granted) {
            if is_full(gate, most) {
                gate.waiting.push_back(id);
                let request = &mut self.requests[id];
                request.attempt.leg = Leg::Waiting;
                let stretch =
                    Stretch { stage: Stage::ConnectionWait, since: self.now, bottleneck: None };
                request.stretches.push(stretch);
                return false;
            }
            gate.used += 1;
            self.requests[id].attempt.grants += 1;
        }
        true
    }

    /// Whether a second attempt would get a connection at once.
    pub(super) fn has_spare_connection(&mut self, id: RequestId, patience: &Patience) -> bool {
        let (client, node) = (self.requests[id].client, self.requests[id].node);
        let own = is_full(at(&mut self.policies.own, client), patience.max_connections);
        let shared = at(&mut self.policies.shared, node);
        !own && !is_full(shared, patience.max_connections_per_node)
    }

    /// Idle connections of the client that must be closed before another is opened: the oldest.
    pub(super) fn make_room(&mut self, client: u32) {
        let Some(most) = self.client_spec(client).patience.max_connections else { return };
        let used = at(&mut self.policies.own, client).used;
        let pool = &mut self.pools[client as usize];
        let excess = (pool.len() + used as usize).saturating_sub(most as usize).min(pool.len());
        pool.drain(..excess).for_each(|(_, id)| self.connections.release(id));
    }

    /// The attempt needs its connection no more: who waits for it is next.
    pub(super) fn give_connection_back(&mut self, id: RequestId) {
        let request = &mut self.requests[id];
        let (client, node) = (request.client, request.node);
        let grants = std::mem::take(&mut request.attempt.grants);
        for grant in (1..=grants).rev() {
            let gate = match grant {
                1 => at(&mut self.policies.own, client),
                _ => at(&mut self.policies.shared, node),
            };
            let Some(next) = gate.waiting.pop_front() else {
                gate.used -= 1;
                continue;
            };
            let attempt = &mut self.requests[next].attempt;
            (attempt.grants, attempt.leg) = (grant, Leg::Home);
            // It is in its class already.
            self.after(Span::ZERO, Phase::Arrive, Event::Request(next, Step::Admitted));
        }
    }

    /// A request that waits for a connection is given up.
    pub(super) fn leaves_the_line(&mut self, id: RequestId) {
        let request = &self.requests[id];
        let gate = match request.attempt.grants {
            0 => at(&mut self.policies.own, request.client),
            _ => at(&mut self.policies.shared, request.node),
        };
        // Who gives up has mostly waited longest: the search is short.
        if let Some(place) = gate.waiting.iter().position(|waiting| *waiting == id) {
            gate.waiting.remove(place);
        }
    }

    /// Pays for a retry; false if the client's budget does not allow it.
    pub(super) fn pays_for_retry(&mut self, id: RequestId, timed_out: bool) -> bool {
        let Some(budget) = self.patience(id).retry_budget else { return true };
        let RetryBudget { tokens, cost, timeout_cost, .. } = budget;
        let cost = if timed_out { timeout_cost } else { cost };
        let left = at(&mut self.policies.tokens, self.requests[id].client).get_or_insert(tokens);
        let Some(rest) = left.checked_sub(cost) else {
            self.tell(Fact::Unpaid(self.requests[id].job));
            return false;
        };
        *left = rest;
        self.requests[id].attempt.spent = cost;
        true
    }

    /// A request was answered: tokens come back.
    pub(super) fn earns_tokens(&mut self, id: RequestId) {
        let Some(budget) = self.patience(id).retry_budget else { return };
        let request = &mut self.requests[id];
        let spent = std::mem::take(&mut request.attempt.spent);
        let back = if request.attempt_number == 0 { budget.refund } else { spent };
        let left = at(&mut self.policies.tokens, self.requests[id].client);
        let tokens = left.get_or_insert(budget.tokens);
        *tokens = (*tokens + back).min(budget.tokens);
    }
}
