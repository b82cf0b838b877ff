//! What happens to a resource's flows at a level: they open, rise, or are settled.

use super::{
    FlowId, MaxMin, Owner, ResourceId, State, Told, UNLIMITED, at_level, level_of, part, share,
    touch,
};

/// A hop of a flow that a resource takes over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taker {
    level: u64,
    flow: FlowId,
    share: u64,
    part: u64,
}

impl MaxMin {
    /// The level at which a resource fills up, `candidate` being that with all foreign flows as they
    /// are: those above it are taken over. Leaves them in `takers`, with the open ones of others.
    pub(super) fn take(&mut self, id: ResourceId, candidate: u64) -> u64 {
        self.takers.clear();
        let (gauge, lists) = (&self.gauges[id], &self.lists[id]);
        if gauge.high <= candidate && !self.has_guests_of_others(id) {
            return candidate;
        }
        let mut high = 0;
        self.visits += lists.members.len() as u64;
        for &(id_of, hop) in &lists.members {
            let flow = &self.flows[id_of];
            if flow.state == State::Pending || flow.owner == Owner::Resource(id) {
                continue;
            }
            let divisor = flow.hops[hop as usize].divisor;
            let rate = match flow.owner {
                Owner::Resource(owner) if self.gauges[owner].open => {
                    let taker = Taker { level: UNLIMITED, flow: id_of, share: 0, part: 0 };
                    self.takers.push(taker);
                    continue;
                }
                Owner::Resource(owner) => at_level(self.gauges[owner].level, flow.weight),
                Owner::Cap => flow.rate,
            };
            let level = level_of(rate, flow.weight);
            high = high.max(level);
            if level > candidate {
                self.takers.push(Taker {
                    level,
                    flow: id_of,
                    share: share(rate, divisor),
                    part: part(flow.weight, divisor),
                });
            }
        }
        self.takers.sort_unstable_by_key(|taker| (std::cmp::Reverse(taker.level), taker.flow));
        let (mut candidate, mut with, mut taken) = (candidate, *gauge, 0);
        while let Some(next) = self.takers.get(taken).filter(|next| next.level > candidate) {
            with.foreign -= next.share;
            with.weight += next.part;
            taken += 1;
            if with.weight > 0 {
                candidate = candidate.max(with.candidate());
            }
        }
        self.gauges[id].high = high;
        self.takers.truncate(taken);
        candidate
    }

    /// Whether flows cross a resource that are open and that another one owns: guests not pending.
    fn has_guests_of_others(&self, id: ResourceId) -> bool {
        let is_pending = |flow: &&FlowId| self.flows[**flow].state == State::Pending;
        let pending = self.lists[id].pending.iter().filter(is_pending).count();
        self.gauges[id].guests as usize != pending
    }

    /// What a resource owns is worth another rate per weight elsewhere (`None`: its rate is open).
    fn tell(&mut self, id: ResourceId, from: Option<u64>, to: Option<u64>) {
        let told = &self.lists[id].told;
        self.visits += told.len() as u64;
        for told in told {
            let gauge = &mut self.gauges[told.resource];
            let count = u64::from(told.count);
            let load = |level| count * share(at_level(level, told.weight), told.divisor);
            let weight = || count * part(told.weight, told.divisor);
            match from {
                Some(level) => gauge.foreign -= load(level),
                None => {
                    gauge.weight -= weight();
                    gauge.guests -= told.count;
                }
            }
            match to {
                Some(level) => {
                    gauge.foreign += load(level);
                    gauge.high = gauge.high.max(level);
                }
                None => {
                    gauge.weight += weight();
                    gauge.guests += told.count;
                }
            }
            touch(&mut self.touched, self.operation, gauge, told.resource);
        }
    }

    /// Settles an open flow, or one that is taken over, at a rate.
    pub(super) fn transfer(&mut self, id: FlowId, to: Owner, rate: u64) {
        let before = self.rate(id);
        let flow = &self.flows[id];
        let pending = flow.state == State::Pending;
        let open = match flow.owner {
            Owner::Resource(owner) => pending || self.gauges[owner].open,
            Owner::Cap => pending,
        };
        let level = level_of(rate, flow.weight);
        self.visits += u64::from(flow.loud);
        for hop in &flow.hops[..flow.loud as usize] {
            let here = Owner::Resource(hop.resource);
            let gauge = &mut self.gauges[hop.resource];
            let owned = !pending && flow.owner == here;
            if open || owned {
                gauge.weight -= part(flow.weight, hop.divisor);
                gauge.guests -= u32::from(!owned);
            } else {
                gauge.foreign -= share(before, hop.divisor);
            }
            if to == here {
                gauge.weight += part(flow.weight, hop.divisor);
            } else {
                gauge.foreign += share(rate, hop.divisor);
                gauge.high = gauge.high.max(level);
            }
            touch(&mut self.touched, self.operation, gauge, hop.resource);
        }
        self.disown(id);
        self.own(id, to, rate);
    }

    /// Everything due before `level` being done, the flows of a resource, the pending ones that
    /// cross it and the takers are settled there.
    pub(super) fn settle(&mut self, id: ResourceId, level: u64) {
        self.operate();
        let gauge = &mut self.gauges[id];
        let (before, open, owns) = (gauge.level, gauge.open, gauge.owns);
        if owns > 0 && (open || before != level) {
            self.tell(id, if open { None } else { Some(before) }, Some(level));
        }
        let gauge = &mut self.gauges[id];
        (gauge.level, gauge.open) = (level, false);
        if owns == 0 || before != level {
            self.levels.push(id);
        }
        let takers = std::mem::take(&mut self.takers);
        for taker in &takers {
            if self.flows[taker.flow].owner != Owner::Resource(id) {
                let rate = at_level(level, self.flows[taker.flow].weight);
                self.transfer(taker.flow, Owner::Resource(id), rate);
            }
        }
        self.takers = takers;
        self.settle_pending(id, level);
        self.touch(id);
        self.rekey();
    }

    fn settle_pending(&mut self, id: ResourceId, level: u64) {
        for i in 0..self.lists[id].pending.len() {
            let flow = self.lists[id].pending[i];
            if self.flows[flow].state == State::Pending {
                let rate = at_level(level, self.flows[flow].weight);
                self.transfer(flow, Owner::Resource(id), rate);
            }
        }
    }

    /// Raises what a resource owns to `level` in one step, if nothing can happen on the way.
    pub(super) fn raise(&mut self, id: ResourceId, level: u64) -> bool {
        let (gauge, lists) = (&self.gauges[id], &self.lists[id]);
        if level >= lists.low_cap
            || level > lists.low_lease
            || !self.is_next(id, level)
            || self.has_guests_of_others(id)
        {
            return false;
        }
        let before = gauge.level;
        self.operate();
        self.tell(id, Some(before), Some(level));
        let stands = |&other: &ResourceId| {
            let gauge = &self.gauges[other];
            match gauge.weight {
                0 => gauge.foreign <= gauge.capacity,
                _ => gauge.candidate() >= level,
            }
        };
        if !self.touched.iter().all(stands) {
            self.tell(id, Some(level), Some(before));
            // They are as they were.
            self.touched.clear();
            return false;
        }
        self.gauges[id].level = level;
        self.levels.push(id);
        self.settle_pending(id, level);
        self.touch(id);
        self.rekey();
        true
    }

    /// The flows of a resource are open from its level on.
    pub(super) fn open(&mut self, id: ResourceId) {
        self.operate();
        let before = self.gauges[id].level;
        self.gauges[id].open = true;
        self.tell(id, Some(before), None);
        self.touch(id);
        self.rekey();
    }

    /// The sweep has come to where flows of an open resource meet their caps, or exceed their leases.
    pub(super) fn relieve(&mut self, id: ResourceId) {
        self.operate();
        let owned = self.lists[id].owned.clone();
        for &id_of in &owned {
            let flow = &self.flows[id_of];
            if level_of(flow.cap, flow.weight) <= self.position {
                self.transfer(id_of, Owner::Cap, flow.cap);
            } else if flow.lease_matters()
                && level_of(flow.lease, flow.weight) <= self.position + self.position / 8
            {
                self.renew(id_of);
            }
        }
        let (mut low_cap, mut low_lease) = (UNLIMITED, UNLIMITED);
        for &flow in &self.lists[id].owned {
            let flow = &self.flows[flow];
            low_cap = low_cap.min(level_of(flow.cap, flow.weight));
            if flow.lease_matters() {
                low_lease = low_lease.min(level_of(flow.lease, flow.weight));
            }
        }
        let lists = &mut self.lists[id];
        (lists.low_cap, lists.low_lease) = (low_cap, low_lease);
        self.touch(id);
        self.rekey();
    }

    pub(super) fn own(&mut self, id: FlowId, owner: Owner, rate: u64) {
        let flow = &mut self.flows[id];
        (flow.state, flow.owner, flow.rate) = (State::Owned, owner, rate);
        self.moved.push(id);
        let Owner::Resource(owner) = owner else { return };
        let (gauge, lists) = (&mut self.gauges[owner], &mut self.lists[owner]);
        if gauge.owns == 0 {
            (lists.low_cap, lists.low_lease) = (UNLIMITED, UNLIMITED);
        }
        gauge.owns += 1;
        flow.owned_at = lists.owned.len() as u32;
        lists.owned.push(id);
        lists.low_cap = lists.low_cap.min(level_of(flow.cap, flow.weight));
        if flow.lease_matters() {
            lists.low_lease = lists.low_lease.min(level_of(flow.lease, flow.weight));
        }
        self.acquaint(id, owner);
    }

    /// The owner of a flow has to tell its other loud resources.
    fn acquaint(&mut self, id: FlowId, owner: ResourceId) {
        let flow = &self.flows[id];
        for hop in &flow.hops[..flow.loud as usize] {
            if hop.resource != owner {
                add_told(&mut self.lists[owner].told, hop.resource, hop.divisor, flow.weight);
            }
        }
    }

    /// Takes an owned flow off its owner's lists.
    pub(super) fn disown(&mut self, id: FlowId) {
        let Owner::Resource(owner) = self.flows[id].owner else { return };
        let flow = &self.flows[id];
        for hop in &flow.hops[..flow.loud as usize] {
            if hop.resource != owner {
                remove_told(&mut self.lists[owner].told, hop.resource, hop.divisor, flow.weight);
            }
        }
        let flow = &mut self.flows[id];
        flow.owner = Owner::Cap;
        let place = flow.owned_at;
        let gauge = &mut self.gauges[owner];
        gauge.owns -= 1;
        gauge.open &= gauge.owns > 0;
        let owned = &mut self.lists[owner].owned;
        owned.swap_remove(place as usize);
        if let Some(&moved) = owned.get(place as usize) {
            self.flows[moved].owned_at = place;
        }
    }
}

/// One hop more of a kind has to be told.
pub(super) fn add_told(told: &mut Vec<Told>, resource: ResourceId, divisor: u32, weight: u32) {
    match told.iter_mut().find(|told| told.is_of(resource, divisor, weight)) {
        Some(told) => told.count += 1,
        None => told.push(Told { resource, divisor, weight, count: 1 }),
    }
}

/// One hop less of a kind has to be told.
pub(super) fn remove_told(told: &mut Vec<Told>, resource: ResourceId, divisor: u32, weight: u32) {
    let kind = told.iter().position(|told| told.is_of(resource, divisor, weight));
    let kind = kind.expect("what is told of is listed");
    told[kind].count -= 1;
    if told[kind].count == 0 {
        told.swap_remove(kind);
    }
}

impl Told {
    #[inline]
    fn is_of(&self, resource: ResourceId, divisor: u32, weight: u32) -> bool {
        (self.resource, self.divisor, self.weight) == (resource, divisor, weight)
    }
}
