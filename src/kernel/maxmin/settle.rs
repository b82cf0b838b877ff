//! What happens to a resource's flows at a level: they open, rise, or are settled.

use super::{
    FlowId, MaxMin, Owner, ResourceId, State, UNLIMITED, at_level, level_of, part, share, touch,
};
use std::cmp::Reverse;

/// Flows that a resource takes over: all that another owns, or one that its cap owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Taker {
    /// The highest first; open ones before all.
    level: Reverse<u64>,
    from: From,
    share: u64,
    part: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum From {
    Resource(ResourceId),
    Cap(FlowId),
}

impl MaxMin {
    /// The level at which a resource fills up, `candidate` being that with all foreign flows as they
    /// are: those above it are taken over. Leaves them in `takers`, with the open ones of others.
    pub(super) fn take(&mut self, id: ResourceId, candidate: u64) -> u64 {
        self.takers.clear();
        let gauge = &self.gauges[id];
        if gauge.high <= candidate + self.band(candidate) && !self.has_guests_of_others(id) {
            return candidate;
        }
        let high = self.find_takers(id, candidate);
        self.takers.sort_unstable();
        let (mut candidate, mut with, mut taken) = (candidate, self.gauges[id], 0);
        let above = |level: u64, candidate: u64| level > candidate + self.band(candidate);
        while let Some(next) = self.takers.get(taken).filter(|next| above(next.level.0, candidate))
        {
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

    /// Lists what is above `candidate`, and returns what is highest of all that is settled.
    fn find_takers(&mut self, id: ResourceId, candidate: u64) -> u64 {
        let mut high = 0;
        let candidate = candidate + self.band(candidate);
        let mut takers = std::mem::take(&mut self.takers);
        self.visits += self.lists[id].tellers.len() as u64;
        for teller in &self.lists[id].tellers {
            let (owner, from) = (&self.gauges[teller.owner], From::Resource(teller.owner));
            if owner.open {
                takers.push(Taker { level: Reverse(UNLIMITED), from, share: 0, part: 0 });
                continue;
            }
            high = high.max(owner.level);
            if owner.level > candidate {
                let told = self.told_by(teller);
                let (count, rate) = (u64::from(told.count), at_level(owner.level, told.weight));
                takers.push(Taker {
                    level: Reverse(owner.level),
                    from,
                    share: count * share(rate, told.divisor),
                    part: count * part(told.weight, told.divisor),
                });
            }
        }
        if self.lists[id].high_cap > candidate {
            let high_cap = self.find_capped_takers(id, candidate, &mut takers);
            self.lists[id].high_cap = high_cap;
        }
        self.takers = takers;
        high.max(self.lists[id].high_cap)
    }

    /// The same of flows that their caps own.
    fn find_capped_takers(&self, id: ResourceId, candidate: u64, takers: &mut Vec<Taker>) -> u64 {
        let mut high = 0;
        for (id_of, divisor) in self.crossing(id) {
            let flow = &self.flows[id_of];
            if flow.state == State::Pending || flow.owner != Owner::Cap {
                continue;
            }
            let level = level_of(flow.rate, flow.weight);
            high = high.max(level);
            if level > candidate {
                takers.push(Taker {
                    level: Reverse(level),
                    from: From::Cap(id_of),
                    share: share(flow.rate, divisor),
                    part: part(flow.weight, divisor),
                });
            }
        }
        high
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
                if to == Owner::Cap {
                    let high = &mut self.lists[hop.resource].high_cap;
                    *high = (*high).max(level);
                }
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
        self.take_over(id, level);
        self.settle_pending(id, level);
        self.touch(id);
        self.rekey();
    }

    /// Settles the takers.
    fn take_over(&mut self, id: ResourceId, level: u64) {
        let mut owners = false;
        let takers = std::mem::take(&mut self.takers);
        for taker in &takers {
            match taker.from {
                From::Resource(owner) => {
                    self.lists[owner].taken = self.operation;
                    owners = true;
                }
                From::Cap(flow) => self.transfer_at(flow, id, level),
            }
        }
        self.takers = takers;
        if !owners {
            return;
        }
        self.drop_gone(id);
        // No transfer within an operation changes the members.
        for m in 0..self.lists[id].members.len() {
            let flow = self.lists[id].members[m].flow;
            if let Owner::Resource(owner) = self.flows[flow].owner
                && owner != id
                && self.lists[owner].taken == self.operation
            {
                self.transfer_at(flow, id, level);
            }
        }
    }

    fn transfer_at(&mut self, flow: FlowId, owner: ResourceId, level: u64) {
        let rate = at_level(level, self.flows[flow].weight);
        self.transfer(flow, Owner::Resource(owner), rate);
    }

    fn settle_pending(&mut self, id: ResourceId, level: u64) {
        for i in 0..self.lists[id].pending.len() {
            let flow = self.lists[id].pending[i];
            if self.flows[flow].state == State::Pending {
                self.transfer_at(flow, id, level);
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
                0 => !self.is_over(gauge),
                _ => gauge.candidate() + self.band(level) >= level,
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

    /// Takes an owned flow off its owner's lists.
    pub(super) fn disown(&mut self, id: FlowId) {
        let Owner::Resource(owner) = self.flows[id].owner else { return };
        self.forget(id);
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
