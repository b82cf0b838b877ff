//! The update: see the module's documentation for why it ends, and where.

use super::{Change, FlowId, MaxMin, Owner, ResourceId, at_level, share};

/// By how much a hop's load changes. A load is below 2^63, so the change fits an i64.
#[inline]
fn change(before: u64, rate: u64, divisor: u32) -> i128 {
    i128::from(share(rate, divisor)) - i128::from(share(before, divisor))
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
        let resource = &mut self.resources[id];
        if resource.solve == self.solve {
            return;
        }
        resource.solve = self.solve;
        resource.local = self.fill.add_resource(id);
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
            let resource = &self.resources[hop.resource];
            if !resource.owned.is_empty() {
                bound = bound.min(at_level(resource.level, flow.weight));
            }
        }
        self.free_flow(id);
        for i in 0..self.flows[id].hops.len() {
            let hop = self.flows[id].hops[i];
            let resource = &self.resources[hop.resource];
            let rest = resource.capacity.saturating_sub(resource.load);
            if !resource.owned.is_empty() || rest < share(bound, hop.divisor) {
                self.join(hop.resource);
            }
        }
    }

    /// Gives the filling what S has for the free flows, and their limits from outside S.
    fn gather(&mut self) {
        self.fill.begin_round();
        for local in 0..self.fill.resources.len() {
            let resource = &self.resources[self.fill.resources[local].id];
            self.fill.resources[local].left = resource.capacity;
            self.fill.resources[local].fixed = resource.load;
        }
        self.visits += self.fill.flows.len() as u64;
        for local in 0..self.fill.flows.len() {
            let flow = &self.flows[self.fill.flows[local].id];
            let mut limit = flow.cap;
            let mut owner = Owner::Cap;
            let first = self.fill.hops.len() as u32;
            for hop in &flow.hops {
                let resource = &self.resources[hop.resource];
                if resource.solve == self.solve {
                    let already = share(flow.rate, hop.divisor);
                    self.fill.enter(local as u32, resource.local, hop, already);
                } else if !resource.owned.is_empty() {
                    let there = at_level(resource.level, flow.weight);
                    if there < limit {
                        limit = there;
                        owner = Owner::Resource(hop.resource);
                    }
                }
            }
            self.fill.limit(local, limit, owner, first);
        }
    }

    /// Looks at the neighbours of S; true if any had to join.
    fn grow(&mut self) -> bool {
        self.touched.clear();
        let before = self.fill.resources.len();
        for local in 0..self.fill.flows.len() {
            let rate = self.fill.flows[local].rate;
            let flow = &self.flows[self.fill.flows[local].id];
            if rate == flow.rate {
                continue;
            }
            // Hops of one divisor stand together: one division serves them all.
            let (mut divisor, mut delta) = (1, change(flow.rate, rate, 1));
            for hop in &flow.hops {
                let resource = &mut self.resources[hop.resource];
                if resource.solve == self.solve {
                    continue;
                }
                if resource.round != self.round {
                    resource.round = self.round;
                    resource.delta = 0;
                    self.touched.push(hop.resource);
                }
                if hop.divisor != divisor {
                    divisor = hop.divisor;
                    delta = change(flow.rate, rate, divisor);
                }
                resource.delta += delta;
            }
        }
        for i in 0..self.touched.len() {
            let id = self.touched[i];
            let resource = &self.resources[id];
            let load = i128::from(resource.load) + resource.delta;
            if !resource.owned.is_empty() || load > i128::from(resource.capacity) {
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
                let load = &mut self.resources[hop.resource].load;
                *load = load.wrapping_add_signed(delta as i64);
            }
        }
        for filled in &self.fill.resources {
            self.resources[filled.id].level = filled.level;
        }
    }
}
