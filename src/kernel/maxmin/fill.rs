//! Progressive filling of one set of resources, with a limit per flow.

use super::{FlowId, Owner, ResourceId, WEIGHT_SCALE, at_level, share};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Debug, Clone, Copy)]
pub(super) struct FilledFlow {
    pub id: FlowId,
    pub rate: u64,
    weight: u32,
    limit: u64,
    limit_owner: Owner,
    /// The resource of S that holds it, or `NOBODY`.
    held_by: u32,
    hops: (u32, u32),
    done: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct FilledHop {
    resource: u32,
    divisor: u32,
    weight: u64,
}

#[derive(Debug, Clone)]
pub(super) struct FilledResource {
    pub id: ResourceId,
    /// Capacity, later what of it is not given away.
    pub left: u64,
    /// Load of flows that keep their rates.
    pub fixed: u64,
    /// Weight of members not yet done.
    weight: u64,
    /// The level at which it filled up, if it did.
    pub level: u64,
    pub full: bool,
    members: Vec<u32>,
}

const NOBODY: u32 = u32::MAX;

/// Working memory of a solve, kept from one to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Fill {
    pub resources: Vec<FilledResource>,
    pub flows: Vec<FilledFlow>,
    pub hops: Vec<FilledHop>,
    spare: Vec<Vec<u32>>,
    by_limit: Vec<(u64, u32)>,
    rising: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Fill {
    pub fn begin(&mut self) {
        for mut resource in self.resources.drain(..) {
            resource.members.clear();
            self.spare.push(resource.members);
        }
        self.flows.clear();
    }

    pub fn begin_round(&mut self) {
        for resource in &mut self.resources {
            resource.members.clear();
            resource.weight = 0;
            resource.level = 0;
            resource.full = false;
        }
        self.hops.clear();
        self.by_limit.clear();
    }

    pub fn add_resource(&mut self, id: ResourceId) -> u32 {
        let members = self.spare.pop().unwrap_or_default();
        self.resources.push(FilledResource {
            id,
            left: 0,
            fixed: 0,
            weight: 0,
            level: 0,
            full: false,
            members,
        });
        self.resources.len() as u32 - 1
    }

    pub fn add_flow(&mut self, id: FlowId, weight: u32) {
        self.flows.push(FilledFlow {
            id,
            rate: 0,
            weight,
            limit: 0,
            limit_owner: Owner::Cap,
            held_by: NOBODY,
            hops: (0, 0),
            done: false,
        });
    }

    /// Free flow `local` crosses resource `resource` of S, where it has `already` now.
    pub fn enter(&mut self, local: u32, resource: u32, divisor: u32, already: u64) {
        let weight = u64::from(self.flows[local as usize].weight) * WEIGHT_SCALE;
        let weight = if divisor == 1 { weight } else { weight.div_ceil(u64::from(divisor)) };
        let there = &mut self.resources[resource as usize];
        there.weight += weight;
        there.fixed -= already;
        there.members.push(local);
        self.hops.push(FilledHop { resource, divisor, weight });
    }

    /// All hops of free flow `local` from `first` on are entered; outside S it may have `limit`.
    pub fn limit(&mut self, local: usize, limit: u64, owner: Owner, first: u32) {
        let flow = &mut self.flows[local];
        flow.limit = limit;
        flow.limit_owner = owner;
        flow.held_by = NOBODY;
        flow.hops = (first, self.hops.len() as u32);
        flow.done = false;
        let level = (u128::from(limit) << 8) / u128::from(flow.weight);
        self.by_limit.push((level.min(u128::from(u64::MAX)) as u64, local as u32));
    }

    pub fn owner(&self, flow: &FilledFlow) -> Owner {
        match flow.held_by {
            NOBODY => flow.limit_owner,
            resource => Owner::Resource(self.resources[resource as usize].id),
        }
    }

    /// The level at which resource `r` would fill up if it were next.
    fn level(&self, r: u32) -> u64 {
        let resource = &self.resources[r as usize];
        // One rounding of relative size 2^-53, the same on every platform.
        (resource.left as f64 * (256 * WEIGHT_SCALE) as f64 / resource.weight as f64) as u64
    }

    /// Raises all rates together; whoever meets its limit or a full resource stays there.
    pub fn run(&mut self) {
        self.by_limit.sort_unstable();
        self.rising.clear();
        for r in 0..self.resources.len() as u32 {
            let resource = &mut self.resources[r as usize];
            resource.left = resource.left.saturating_sub(resource.fixed);
            if resource.weight > 0 {
                self.rising.push(Reverse((self.level(r), r)));
            }
        }
        let mut next_limit = 0;
        loop {
            let full = self.next_full();
            while next_limit < self.by_limit.len()
                && self.flows[self.by_limit[next_limit].1 as usize].done
            {
                next_limit += 1;
            }
            let limit = self.by_limit.get(next_limit).copied();
            match (full, limit) {
                (None, None) => break,
                (Some((level, r)), Some((limit, _))) if level < limit => self.fill_up(r, level),
                (Some((level, r)), None) => self.fill_up(r, level),
                (_, Some((_, flow))) => {
                    let rate = self.flows[flow as usize].limit;
                    self.fix(flow, rate);
                }
            }
        }
    }

    /// The resource that fills up first, and at which level. Levels only rise while flows are fixed
    /// below them, so one that has risen is put back.
    fn next_full(&mut self) -> Option<(u64, u32)> {
        loop {
            let &Reverse((level, r)) = self.rising.peek()?;
            if self.resources[r as usize].weight == 0 {
                self.rising.pop();
                continue;
            }
            let current = self.level(r);
            if current == level {
                return Some((level, r));
            }
            self.rising.pop();
            self.rising.push(Reverse((current, r)));
        }
    }

    fn fill_up(&mut self, r: u32, level: u64) {
        self.rising.pop();
        let resource = &mut self.resources[r as usize];
        resource.level = level;
        resource.full = true;
        let members = std::mem::take(&mut resource.members);
        for &flow in &members {
            let filled = &mut self.flows[flow as usize];
            if !filled.done {
                filled.held_by = r;
                let rate = at_level(level, filled.weight);
                self.fix(flow, rate);
            }
        }
        self.resources[r as usize].members = members;
    }

    fn fix(&mut self, flow: u32, rate: u64) {
        let filled = &mut self.flows[flow as usize];
        filled.done = true;
        filled.rate = rate;
        for h in filled.hops.0..filled.hops.1 {
            let hop = self.hops[h as usize];
            let resource = &mut self.resources[hop.resource as usize];
            resource.left = resource.left.saturating_sub(share(rate, hop.divisor));
            resource.weight -= hop.weight;
        }
    }
}
