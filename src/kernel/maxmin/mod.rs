//! Weighted max-min sharing with caps, in integers.
//!
//! A *flow* crosses resources (its *hops*); a hop with divisor d carries 1/d of the flow. Rates are
//! whole numbers of [`UNIT`]ths of a byte per second, so a resource's load is an exact sum whatever
//! the order of additions, and two solutions of the same flow set cannot drift apart.
//!
//! **The max-min point.** A resource that limits somebody is *saturated* and has a *level*: rate per
//! unit weight. Rates are max-min fair if and only if every flow either runs at its cap or crosses
//! a saturated resource on which no flow has a higher rate per weight (Bertsekas & Gallager, *Data
//! Networks*, 2nd ed., §6.5.2). That resource (or the cap) *owns* the flow.
//!
//! **The update.** [`MaxMin::solve`] re-solves a set S of resources at a time, beginning with those
//! that the changed flows press on or set free. *Free* are the new flows and those that a resource
//! of S owns; all others keep their rates for the time being. Free flows are shared out by
//! progressive filling, each held below its cap and below the levels of saturated resources outside
//! S. Then it is looked at what that does to the neighbours:
//! - a resource outside S that a flow of another rate crosses joins S if it is saturated (its level
//!   can no longer be trusted) or may now be over capacity, and what it owns becomes free;
//! - a resource of S whose level has fallen may have members that keep a higher rate per weight,
//!   and one that lost capacity may not hold even those that keep their rates: they become free.
//!
//! If anything joined or became free, the filling is done again.
//!
//! *It ends*: S and the free flows only grow, and there are finitely many. *It ends at the max-min
//! point*: a free flow is owned by its cap; or by a resource of S, which filling made saturated and
//! none of whose members is above its level (free ones by filling, the others because they were not
//! above the level before, or were looked at); or by a saturated resource outside S, none of whose
//! members changed, so that it still is saturated and the flow still among its largest. A flow that
//! is not free is owned by its cap or by such a resource. Loads in S are within capacity by filling,
//! saturated ones outside are unchanged, the others were checked. So the condition above holds for
//! every flow.
//!
//! Levels are rounded down to whole units: a saturated resource may leave fewer units idle than it
//! has members.

pub mod classes;
mod fill;
pub mod oracle;
mod solve;

use super::id::Table;
use crate::define_id;
use fill::Fill;

/// Rate units in one byte per second: 2^16. The largest rate is 2^46 B/s, 562 Tb/s.
pub const UNIT: u64 = 1 << 16;
/// The weight of an ordinary flow; weights are multiples of 1/256.
pub const WEIGHT_ONE: u32 = 256;
/// The rate of a flow that nothing limits.
pub const UNLIMITED: u64 = 1 << 62;

/// Fixed-point scale of a hop's share of the weight, so that 1/divisor keeps its digits.
const WEIGHT_SCALE: u64 = 1 << 34;

define_id!(
    /// Something of limited capacity that flows share.
    ResourceId,
    /// A flow; its number is used again after it is removed.
    FlowId,
);

/// A resource on a flow's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// Which.
    pub resource: ResourceId,
    /// The hop carries 1/divisor of the flow (≥ 1). Another share is several hops over the same
    /// resource: 2/3 is 1/2 and 1/6.
    pub divisor: u32,
}

/// What holds a flow down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Its own cap.
    Cap,
    /// A saturated resource.
    Resource(ResourceId),
}

/// A flow whose rate a solve has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which flow.
    pub flow: FlowId,
    /// Rate before, units.
    pub before: u64,
}

#[derive(Debug, Clone)]
struct Flow {
    hops: Vec<Hop>,
    /// Where the resource of each hop lists this flow.
    positions: Vec<u32>,
    weight: u32,
    cap: u64,
    rate: u64,
    owner: Owner,
    /// Its place in the owner's list.
    owned_at: u32,
    alive: bool,
    /// Free in the solve with this number.
    solve: u32,
}

#[derive(Debug, Clone)]
struct Resource {
    capacity: u64,
    /// Rate per unit weight at which its flows are held; meaningful while it owns any.
    level: u64,
    owned: Vec<FlowId>,
    members: Vec<(FlowId, u32)>,
}

/// What a solve has to know of a resource that it only passes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It owns nobody.
    Slack,
    /// It owns flows: it is saturated.
    Saturated,
    /// It is in S, at this place of the filling.
    InS(u32),
}

/// What the load of a resource would grow by in the round with this number.
#[derive(Debug, Clone, Copy, Default)]
struct Increase {
    units: u64,
    round: u32,
}

/// The sharing problem and its current solution.
#[derive(Debug, Clone, Default)]
pub struct MaxMin {
    resources: Table<ResourceId, Resource>,
    /// The columns that every hop of a changing flow touches, apart, so that they stay in cache.
    loads: Table<ResourceId, u64>,
    states: Table<ResourceId, State>,
    increases: Table<ResourceId, Increase>,
    flows: Table<FlowId, Flow>,
    free: Vec<FlowId>,
    dirty: Vec<ResourceId>,
    dirty_flows: Vec<FlowId>,
    changes: Vec<Change>,
    touched: Vec<ResourceId>,
    fill: Fill,
    solve: u32,
    round: u32,
    visits: u64,
}

#[inline]
fn share(rate: u64, divisor: u32) -> u64 {
    if divisor == 1 { rate } else { rate / u64::from(divisor) }
}

#[inline]
fn at_level(level: u64, weight: u32) -> u64 {
    if weight == WEIGHT_ONE {
        level
    } else {
        ((u128::from(level) * u128::from(weight)) >> 8).min(u128::from(UNLIMITED)) as u64
    }
}

impl MaxMin {
    /// No resources, no flows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a resource of `capacity` units.
    pub fn add_resource(&mut self, capacity: u64) -> ResourceId {
        assert!(capacity < UNLIMITED, "capacity beyond what a rate can hold");
        self.loads.push(0);
        self.states.push(State::Slack);
        self.increases.push(Increase::default());
        self.resources.push(Resource { capacity, level: 0, owned: Vec::new(), members: Vec::new() })
    }

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
                positions: Vec::new(),
                weight: 0,
                cap: 0,
                rate: 0,
                owner: Owner::Cap,
                owned_at: 0,
                alive: false,
                solve: 0,
            })
        });
        let flow = &mut self.flows[id];
        flow.weight = weight;
        flow.cap = cap.unwrap_or(UNLIMITED).min(UNLIMITED);
        flow.rate = 0;
        flow.owner = Owner::Cap;
        flow.alive = true;
        self.enter(id, hops);
        id
    }

    /// Lists a flow of rate 0 with the resources it crosses.
    fn enter(&mut self, id: FlowId, hops: &[Hop]) {
        let flow = &mut self.flows[id];
        flow.hops.clear();
        flow.hops.extend_from_slice(hops);
        flow.positions.clear();
        for (i, hop) in hops.iter().enumerate() {
            let members = &mut self.resources[hop.resource].members;
            flow.positions.push(members.len() as u32);
            members.push((id, i as u32));
        }
        self.dirty_flows.push(id);
    }

    /// Removes a flow.
    pub fn remove(&mut self, id: FlowId) {
        assert!(self.flows[id].alive, "a flow is removed once");
        self.flows[id].alive = false;
        self.leave(id);
        self.free.push(id);
    }

    /// Sends a flow over other resources: removed and added again under its own number, with its
    /// weight and cap. Its rate is 0 until the next [`solve`](Self::solve).
    pub fn reroute(&mut self, id: FlowId, hops: &[Hop]) {
        assert!(self.flows[id].alive, "only a flow under way can take another way");
        self.leave(id);
        self.enter(id, hops);
    }

    /// Takes a flow off the lists of what it crosses; its rate is 0 then.
    fn leave(&mut self, id: FlowId) {
        let flow = &mut self.flows[id];
        let rate = flow.rate;
        flow.rate = 0;
        if let Owner::Resource(owner) = flow.owner {
            self.dirty.push(owner);
        }
        self.disown(id);
        for i in 0..self.flows[id].hops.len() {
            let hop = self.flows[id].hops[i];
            let place = self.flows[id].positions[i];
            self.loads[hop.resource] -= share(rate, hop.divisor);
            if self.states[hop.resource] == State::Saturated && rate > 0 {
                self.dirty.push(hop.resource);
            }
            let members = &mut self.resources[hop.resource].members;
            members.swap_remove(place as usize);
            if let Some(&(moved, i)) = members.get(place as usize) {
                self.flows[moved].positions[i as usize] = place;
            }
        }
    }

    /// Changes a flow's cap.
    pub fn set_cap(&mut self, id: FlowId, cap: Option<u64>) {
        self.flows[id].cap = cap.unwrap_or(UNLIMITED).min(UNLIMITED);
        self.dirty_flows.push(id);
    }

    /// Changes a resource's capacity.
    pub fn set_capacity(&mut self, id: ResourceId, capacity: u64) {
        self.resources[id].capacity = capacity;
        self.dirty.push(id);
    }

    /// The flow's rate in units.
    #[inline]
    pub fn rate(&self, id: FlowId) -> u64 {
        self.flows[id].rate
    }

    /// What holds the flow down.
    #[inline]
    pub fn owner(&self, id: FlowId) -> Owner {
        self.flows[id].owner
    }

    /// The sum of what crosses the resource, units.
    #[inline]
    pub fn load(&self, id: ResourceId) -> u64 {
        self.loads[id]
    }

    /// The resource's capacity, units.
    pub fn capacity(&self, id: ResourceId) -> u64 {
        self.resources[id].capacity
    }

    /// Flows that cross the resource.
    pub fn members(&self, id: ResourceId) -> usize {
        self.resources[id].members.len()
    }

    /// Resources.
    pub fn resources(&self) -> usize {
        self.resources.len()
    }

    /// Resources a flow crosses.
    pub fn hops(&self, id: FlowId) -> impl Iterator<Item = Hop> + '_ {
        self.flows[id].hops.iter().copied()
    }

    /// Flows whose rate the last solve changed.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Flow visits that all solves so far have cost: the work measure of benchmarks.
    pub fn visits(&self) -> u64 {
        self.visits
    }
}

#[cfg(test)]
mod tests;
