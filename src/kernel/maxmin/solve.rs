//! The update: see the module's documentation for why it ends, and where.

use super::{Change, FlowId, Increase, MaxMin, Owner, ResourceId, State, at_level, share};
use crate::kernel::id::Id;

/// By how much a hop's load changes. Rates are below 2^63, so the change fits.
#[inline]
fn change(before: u64, rate: u64, divisor: u32) -> i64 {
    share(rate, divisor) as i64 - share(before, divisor) as i64
}

impl MaxMin {
    /// Brings the rates to the max-min point after any number of changes. Returns whether anything
    /// was to be done; [`changes`](Self::changes) then lists the flows whose rate is another.
    pub fn solve(&mut self) -> bool {
        self.changes.clear();
        if self.dirty.is_empty() && self.dirty_flows.is_empty() {
            return false;
        }
        self.solve += 1;
        self.fill.begin();
        for i in 0..self.dirty.len() {
            self.join(self.dirty[i]);
        }
        for i in 0..self.dirty_flows.len() {
            self.seed(self.dirty_flows[i]);
        }
        loop {
            self.round += 1;
            self.gather();
            self.fill.run();
            let (joined, captured) = (self.grow(), self.capture());
            if !joined && !captured {
                break;
            }
        }
        self.commit();
        self.dirty.clear();
        self.dirty_flows.clear();
        true
    }

    /// Puts a resource into S; what it owns becomes free.
    fn join(&mut self, id: ResourceId) {
        if let State::InS(_) = self.states[id] {
            return;
        }
        self.states[id] = State::InS(self.fill.add_resource(id));
        for i in 0..self.resources[id].owned.len() {
            self.free_flow(self.resources[id].owned[i]);
        }
    }

    fn free_flow(&mut self, id: FlowId) {
        let flow = &mut self.flows[id];
        if flow.alive && flow.solve != self.solve {
            flow.solve = self.solve;
            self.fill.add_flow(id, flow.weight);
        }
    }

    /// Frees a new or re-capped flow and puts what it may press on into S.
    fn seed(&mut self, id: FlowId) {
        let flow = &self.flows[id];
        if !flow.alive {
            return;
        }
        let mut bound = flow.cap;
        for hop in &flow.hops {
            if self.states[hop.resource] == State::Saturated {
                bound = bound.min(at_level(self.resources[hop.resource].level, flow.weight));
            }
        }
        self.free_flow(id);
        for i in 0..self.flows[id].hops.len() {
            let hop = self.flows[id].hops[i];
            let capacity = self.resources[hop.resource].capacity;
            let rest = capacity.saturating_sub(self.loads[hop.resource]);
            let saturated = self.states[hop.resource] == State::Saturated;
            if saturated || rest < share(bound, hop.divisor) {
                self.join(hop.resource);
            }
        }
    }

    /// Gives the filling what S has for the free flows, and their limits from outside S.
    fn gather(&mut self) {
        let (fill, states) = (&mut self.fill, self.states.rows());
        fill.begin_round();
        for filled in &mut fill.resources {
            filled.left = self.resources[filled.id].capacity;
            filled.fixed = self.loads[filled.id];
        }
        self.visits += fill.flows.len() as u64;
        for local in 0..fill.flows.len() {
            let flow = &self.flows[fill.flows[local].id];
            let mut limit = flow.cap;
            let mut owner = Owner::Cap;
            let first = fill.hops.len() as u32;
            for hop in &flow.hops {
                match states[hop.resource.index()] {
                    State::Slack => {}
                    State::InS(place) => {
                        let already = share(flow.rate, hop.divisor);
                        fill.enter(local as u32, place, hop.divisor, already);
                    }
                    State::Saturated => {
                        let there = at_level(self.resources[hop.resource].level, flow.weight);
                        if there < limit {
                            limit = there;
                            owner = Owner::Resource(hop.resource);
                        }
                    }
                }
            }
            fill.limit(local, limit, owner, first);
        }
    }

    /// Looks at the neighbours of S; true if any had to join. Slack ones join if what grows there
    /// would not fit beside all that was there: decreases are not counted, so a few may join that
    /// need not, which costs a little time and no exactness.
    fn grow(&mut self) -> bool {
        self.touched.clear();
        let before = self.fill.resources.len();
        let (states, increases) = (self.states.rows(), &mut self.increases);
        for filled in &self.fill.flows {
            let flow = &self.flows[filled.id];
            if filled.rate == flow.rate {
                continue;
            }
            // Hops of one divisor stand together: one division serves them all.
            let (mut divisor, mut delta) = (1, change(flow.rate, filled.rate, 1));
            for hop in &flow.hops {
                let state = states[hop.resource.index()];
                if state == State::Saturated {
                    self.touched.push(hop.resource);
                }
                if state != State::Slack || filled.rate < flow.rate {
                    continue;
                }
                if hop.divisor != divisor {
                    divisor = hop.divisor;
                    delta = change(flow.rate, filled.rate, divisor);
                }
                let sum = &mut increases[hop.resource];
                if sum.round != self.round {
                    *sum = Increase { units: 0, round: self.round };
                    self.touched.push(hop.resource);
                }
                sum.units = sum.units.saturating_add(delta as u64);
            }
        }
        for i in 0..self.touched.len() {
            let id = self.touched[i];
            let fits = || {
                let load = self.loads[id].saturating_add(self.increases[id].units);
                load <= self.resources[id].capacity
            };
            if self.states[id] == State::Saturated || !fits() {
                self.join(id);
            }
        }
        self.fill.resources.len() > before
    }

    /// Frees members of S that keep more than their resource's new level; true if there are any.
    fn capture(&mut self) -> bool {
        let before = self.fill.flows.len();
        for local in 0..self.fill.resources.len() {
            let filled = &self.fill.resources[local];
            let id = filled.id;
            let resource = &self.resources[id];
            let over = filled.fixed > resource.capacity;
            let level = if over { 0 } else { filled.level };
            // Nobody was above the old level, so only a lower one leaves anybody above.
            let fallen = filled.full && (resource.owned.is_empty() || level < resource.level);
            if !fallen && !over {
                continue;
            }
            for m in 0..self.resources[id].members.len() {
                let member = self.resources[id].members[m].0;
                let flow = &self.flows[member];
                if flow.rate > at_level(level, flow.weight) {
                    self.free_flow(member);
                }
            }
        }
        self.fill.flows.len() > before
    }

    pub(super) fn disown(&mut self, id: FlowId) {
        let flow = &mut self.flows[id];
        if let Owner::Resource(owner) = flow.owner {
            let place = flow.owned_at as usize;
            flow.owner = Owner::Cap;
            let owned = &mut self.resources[owner].owned;
            owned.swap_remove(place);
            if owned.is_empty() && self.states[owner] == State::Saturated {
                self.states[owner] = State::Slack;
            }
            if let Some(&moved) = owned.get(place) {
                self.flows[moved].owned_at = place as u32;
            }
        }
    }

    fn own(&mut self, id: FlowId, owner: Owner) {
        if self.flows[id].owner == owner {
            return;
        }
        self.disown(id);
        self.flows[id].owner = owner;
        if let Owner::Resource(owner) = owner {
            let owned = &mut self.resources[owner].owned;
            self.flows[id].owned_at = owned.len() as u32;
            owned.push(id);
        }
    }

    /// Takes the filling over.
    fn commit(&mut self) {
        for local in 0..self.fill.flows.len() {
            let filled = &self.fill.flows[local];
            let (id, rate, owner) = (filled.id, filled.rate, self.fill.owner(filled));
            self.own(id, owner);
            let flow = &mut self.flows[id];
            let before = std::mem::replace(&mut flow.rate, rate);
            if rate == before {
                continue;
            }
            self.changes.push(Change { flow: id, before });
            let (mut divisor, mut delta) = (1, change(before, rate, 1));
            for hop in &self.flows[id].hops {
                if hop.divisor != divisor {
                    divisor = hop.divisor;
                    delta = change(before, rate, divisor);
                }
                let load = &mut self.loads[hop.resource];
                *load = load.wrapping_add_signed(delta);
            }
        }
        for filled in &self.fill.resources {
            let resource = &mut self.resources[filled.id];
            resource.level = filled.level;
            self.states[filled.id] =
                if resource.owned.is_empty() { State::Slack } else { State::Saturated };
        }
    }
}
