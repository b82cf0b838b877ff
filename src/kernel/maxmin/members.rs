//! Flows come, go, and change what they ask for: kept in the books between two sweeps.

use super::{
    Flow, FlowId, Hop, MaxMin, Member, Owner, Place, ResourceId, State, UNLIMITED, at_level,
    level_of, part, share, touch,
};

impl MaxMin {
    /// Adds a flow; it has rate 0 until the next [`solve`](Self::solve).
    ///
    /// # Panics
    /// If it has neither a hop nor a cap: its rate would be infinite.
    pub fn add(&mut self, hops: &[Hop], weight: u32, cap: Option<u64>) -> FlowId {
        assert!(weight > 0, "a flow without weight never moves");
        assert!(!hops.is_empty() || cap.is_some(), "a flow with neither hop nor cap has no rate");
        let id = self.free.pop().unwrap_or_else(|| {
            self.flows.push(Flow {
                hops: Vec::new(),
                loud: 0,
                weight: 0,
                cap: 0,
                rate: 0,
                lease: 0,
                owner: Owner::Cap,
                owned_at: 0,
                state: State::Gone,
                entry: 0,
            })
        });
        let flow = &mut self.flows[id];
        flow.weight = weight;
        flow.cap = cap.unwrap_or(UNLIMITED).min(UNLIMITED);
        self.enter(id, hops);
        id
    }

    /// Lists a flow with the resources it crosses, pending.
    fn enter(&mut self, id: FlowId, hops: &[Hop]) {
        let flow = &mut self.flows[id];
        (flow.state, flow.rate) = (State::Pending, 0);
        flow.hops.clear();
        let mut lease = flow.cap;
        for loud in [true, false] {
            for hop in hops.iter().filter(|hop| self.gauges[hop.resource].loud == loud) {
                let gauge = &self.gauges[hop.resource];
                let members = &mut self.lists[hop.resource].members;
                let most = match gauge.owns {
                    0 => gauge.capacity.saturating_mul(hop.divisor.into()),
                    _ => at_level(gauge.level.saturating_add(gauge.level / 2), flow.weight),
                };
                lease = lease.min(most);
                members.push(Member { flow: id, entry: flow.entry });
                let Hop { resource, divisor } = *hop;
                flow.hops.push(Place { resource, divisor, edge: 0 });
            }
            if loud {
                flow.loud = flow.hops.len() as u32;
            }
        }
        flow.lease = lease;
        self.lay_open(id);
        self.book(id, 0);
        self.fresh.push(id);
    }

    /// Enters the weight of a pending flow where it is heard.
    fn lay_open(&mut self, id: FlowId) {
        let flow = &self.flows[id];
        for hop in &flow.hops[..flow.loud as usize] {
            let gauge = &mut self.gauges[hop.resource];
            gauge.weight += part(flow.weight, hop.divisor);
            gauge.guests += 1;
            self.lists[hop.resource].pending.push(id);
            touch(&mut self.touched, self.operation, gauge, hop.resource);
        }
    }

    /// Removes a flow.
    pub fn remove(&mut self, id: FlowId) {
        self.leave(id);
        self.flows[id].state = State::Gone;
        self.free.push(id);
    }

    /// Sends a flow over other resources: removed and added again under its own number, with its
    /// weight and cap. Its rate is 0 until the next [`solve`](Self::solve).
    pub fn reroute(&mut self, id: FlowId, hops: &[Hop]) {
        self.leave(id);
        self.enter(id, hops);
    }

    /// Takes a flow off the books and lists of what it crosses.
    fn leave(&mut self, id: FlowId) {
        assert!(self.flows[id].state != State::Gone, "only a flow under way can leave");
        self.lift(id);
        let flow = &self.flows[id];
        for hop in &flow.hops[flow.loud as usize..] {
            self.lists[hop.resource].leased -= share(flow.lease, hop.divisor);
        }
        let flow = &mut self.flows[id];
        flow.entry = flow.entry.wrapping_add(1);
        for i in 0..self.flows[id].hops.len() {
            let resource = self.flows[id].hops[i].resource;
            let lists = &mut self.lists[resource];
            lists.gone += 1;
            if lists.gone as usize > 16 + lists.members.len() / 2 {
                self.drop_gone(resource);
            }
        }
    }

    /// Leaves only those listed that cross a resource.
    pub(super) fn drop_gone(&mut self, id: ResourceId) {
        let (lists, flows) = (&mut self.lists[id], &self.flows);
        if lists.gone > 0 {
            lists.members.retain(|member| flows[member.flow].entry == member.entry);
            lists.gone = 0;
        }
    }

    /// The flows that cross a resource and the divisors, hop by hop.
    pub(super) fn crossing(&self, id: ResourceId) -> impl Iterator<Item = (FlowId, u32)> + '_ {
        let mut last = None;
        let here = move |member: &&Member| {
            // All hops of a flow there are listed together.
            self.flows[member.flow].entry == member.entry
                && last.replace(member.flow) != Some(member.flow)
        };
        self.lists[id].members.iter().filter(here).flat_map(move |member| {
            let there = self.flows[member.flow].hops.iter().filter(move |h| h.resource == id);
            there.map(|hop| (member.flow, hop.divisor))
        })
    }

    /// Takes what a flow is worth out of the books of loud resources, between sweeps.
    fn lift(&mut self, id: FlowId) {
        let rate = self.rate(id);
        let flow = &self.flows[id];
        for hop in &flow.hops[..flow.loud as usize] {
            let gauge = &mut self.gauges[hop.resource];
            let owned = flow.owner == Owner::Resource(hop.resource);
            if flow.state == State::Pending || owned {
                gauge.weight -= part(flow.weight, hop.divisor);
            } else {
                gauge.foreign -= share(rate, hop.divisor);
            }
            if flow.state == State::Pending {
                gauge.guests -= 1;
                self.lists[hop.resource].pending.retain(|&other| other != id);
            }
            touch(&mut self.touched, self.operation, gauge, hop.resource);
        }
        self.disown(id);
    }

    /// Changes a flow's cap.
    pub fn set_cap(&mut self, id: FlowId, cap: Option<u64>) {
        let cap = cap.unwrap_or(UNLIMITED).min(UNLIMITED);
        let rate = self.rate(id);
        let flow = &mut self.flows[id];
        assert!(cap < UNLIMITED || !flow.hops.is_empty(), "neither hop nor cap");
        flow.cap = cap;
        match (flow.state, flow.owner) {
            (State::Owned, Owner::Resource(owner)) if cap >= rate => {
                let lists = &mut self.lists[owner];
                lists.low_cap = lists.low_cap.min(level_of(cap, flow.weight));
                if flow.lease_matters() {
                    lists.low_lease = lists.low_lease.min(level_of(flow.lease, flow.weight));
                }
            }
            (State::Owned, Owner::Cap) if cap == rate => {}
            (State::Owned, _) => {
                self.lift(id);
                let flow = &mut self.flows[id];
                (flow.state, flow.rate) = (State::Pending, rate);
                self.lay_open(id);
                self.fresh.push(id);
            }
            (State::Pending | State::Gone, _) => {}
        }
    }
}
