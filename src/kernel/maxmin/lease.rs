//! Quiet resources: what flows may do without telling them.

use super::{
    Flow, FlowId, MaxMin, Owner, ResourceId, State, UNIT, at_level, level_of, part, share,
};
use std::ops::Range;

impl Flow {
    /// Whether its lease holds it: there is a quiet resource to protect, and no lower cap.
    pub(super) fn lease_matters(&self) -> bool {
        (self.loud as usize) < self.hops.len() && self.lease < self.cap
    }

    /// Puts a hop over a resource that is somewhere `among` its hops at a place.
    fn bring(&mut self, id: ResourceId, to: usize, among: Range<usize>) {
        let is_it = |at: &usize| self.hops[*at].resource == id;
        let from = among.clone().find(is_it).expect("what a member crosses is among its hops");
        self.hops.swap(from, to);
    }
}

impl MaxMin {
    /// Books a flow's lease with the quiet resources it crosses, where it held `before`. Those that
    /// it may fill become loud.
    pub(super) fn book(&mut self, id: FlowId, before: u64) {
        let flow = &self.flows[id];
        for hop in &flow.hops[flow.loud as usize..] {
            let lists = &mut self.lists[hop.resource];
            lists.leased -= share(before, hop.divisor);
            lists.leased = lists.leased.saturating_add(share(flow.lease, hop.divisor));
            if lists.leased >= self.gauges[hop.resource].capacity {
                self.overbooked.push(hop.resource);
            }
        }
        while let Some(resource) = self.overbooked.pop() {
            if !self.gauges[resource].loud {
                self.make_loud(resource);
            }
        }
    }

    /// Gives a flow a lease beyond the position of the sweep.
    pub(super) fn renew(&mut self, id: FlowId) {
        let position = at_level(self.position, self.flows[id].weight);
        let flow = &mut self.flows[id];
        let before = flow.lease;
        let more = if flow.state == State::Pending { before } else { 0 };
        let lease = (position + position / 2).max(before.saturating_add(more));
        flow.lease = lease.saturating_add(UNIT << 10).min(flow.cap);
        self.book(id, before);
    }

    /// From now on a resource is told of the rates of what crosses it.
    pub(super) fn make_loud(&mut self, id: ResourceId) {
        self.gauges[id].loud = true;
        let (mut foreign, mut weight, mut guests, mut high, mut high_cap) = (0, 0, 0, 0, 0);
        self.drop_gone(id);
        for m in 0..self.lists[id].members.len() {
            let member = self.lists[id].members[m].flow;
            let flow = &mut self.flows[member];
            let loud = flow.loud as usize;
            flow.bring(id, loud, loud..flow.hops.len());
            flow.loud += 1;
            let divisor = flow.hops[loud].divisor;
            let open = match flow.owner {
                Owner::Resource(owner) => self.gauges[owner].open,
                Owner::Cap => flow.state == State::Pending,
            };
            if open {
                weight += part(flow.weight, divisor);
                guests += 1;
                if flow.state == State::Pending {
                    self.lists[id].pending.push(member);
                }
            } else {
                let rate = self.rate(member);
                foreign += share(rate, divisor);
                high = high.max(level_of(rate, self.flows[member].weight));
            }
            match self.flows[member].owner {
                Owner::Resource(owner) => self.join_edge(member, loud, owner),
                Owner::Cap => high_cap = high,
            }
        }
        self.visits += self.lists[id].members.len() as u64;
        let gauge = &mut self.gauges[id];
        (gauge.foreign, gauge.weight, gauge.guests, gauge.high) = (foreign, weight, guests, high);
        (self.lists[id].leased, self.lists[id].high_cap) = (0, high_cap);
        self.touch(id);
    }

    /// From now on a resource that owns nobody and is not half full only reads leases, which are cut
    /// to a quarter more than the rates.
    pub(super) fn make_quiet(&mut self, id: ResourceId) {
        self.gauges[id].loud = false;
        let mut leased = 0;
        self.drop_gone(id);
        for m in 0..self.lists[id].members.len() {
            let member = self.lists[id].members[m].flow;
            let rate = self.rate(member);
            let flow = &mut self.flows[member];
            let lease = (rate + rate / 4).min(flow.cap);
            let quiet = flow.hops.len() - flow.loud as usize;
            if quiet == 0 {
                flow.lease = lease;
            } else if flow.lease > lease {
                let before = std::mem::replace(&mut flow.lease, lease);
                for hop in &flow.hops[flow.loud as usize..] {
                    let leased = match hop.resource == id {
                        true => &mut leased,
                        false => &mut self.lists[hop.resource].leased,
                    };
                    *leased -= share(before, hop.divisor) - share(lease, hop.divisor);
                }
            }
            let flow = &mut self.flows[member];
            flow.loud -= 1;
            let last = flow.loud as usize;
            flow.bring(id, last, 0..last + 1);
            leased += share(flow.lease, flow.hops[last].divisor);
            if let Owner::Resource(owner) = flow.owner {
                if flow.lease_matters() {
                    let low = &mut self.lists[owner].low_lease;
                    *low = (*low).min(level_of(flow.lease, flow.weight));
                }
                let edge = flow.hops[last].edge;
                self.leave_edge(edge);
            }
        }
        self.visits += self.lists[id].members.len() as u64;
        self.lists[id].leased = leased;
    }
}
