//! Weighted max-min sharing with caps, in integers, brought up to date by what a change truly moves.
//!
//! A *flow* crosses resources (its *hops*); a hop with divisor d carries 1/d of the flow. Rates are
//! whole numbers of [`UNIT`]ths of a byte per second, so a resource's load is an exact sum whatever
//! the order of additions, and two solutions of the same flow set cannot drift apart.
//!
//! **The max-min point.** A resource that limits somebody is *saturated* and has a *level*: rate per
//! unit weight. Rates are max-min fair if and only if every flow either runs at its cap or crosses
//! a saturated resource on which no flow has a higher rate per weight (Bertsekas & Gallager, *Data
//! Networks*, 2nd ed., §6.5.2). That resource (or the cap) *owns* the flow. The rate of an owned flow
//! is its owner's level: it is stored there, once, so a new level is one number, however many flows
//! the resource owns, and who keeps time with it (a clock per resource) has nothing to do per flow.
//!
//! **Progressive filling** finds the point by raising all rates together; resources fill up in
//! ascending order of level. What a resource's level is depends on what happens at *lower* levels
//! alone. So after a change it is enough to go once through the levels from below, in the order of
//! filling, and to look at resources where something is different: the *sweep*.
//!
//! **The sweep.** A resource knows the load F of *foreign* flows, whose rate is settled elsewhere,
//! and the weight W of its own and of *open* ones, whose rate is not settled. If nothing else
//! changes it will fill up at its *candidate* level (C − F)/W. Resources whose candidate is not
//! their level wait in a queue, keyed by where the difference begins to matter: the smaller of the
//! two. A new flow is open, with an event at its cap. The smallest key is the *position*:
//! 1. The candidate c is below the level (or there was none): all that is known to happen before c
//!    has happened, so filling would stop here. Foreign flows of a higher rate join the own ones
//!    (the candidate rises by that, and if it rises beyond the next key, waits). All of them are
//!    settled at c; where else they cross, they are foreign with rate c.
//! 2. The candidate is above the level a: its flows are open from a on, to be settled when filling
//!    comes to the candidate (by 1) or another resource fills up before. If nothing is due before c
//!    and all neighbours keep candidates of at least c, both steps are done in one.
//! 3. An open flow meets its cap: it is settled there.
//!
//! *It ends, at the max-min point.* Position never falls: by 1, others lose flows that were above
//! their mean or gain room; by 2 an own flow that opens at a enters the mean of a neighbour whose
//! level is at least a; so every key made is at or beyond the position. What is settled at the
//! position is settled for good: it depends on flows of lower rate, which only lower levels change.
//! So every resource is opened once and settled once, every flow likewise, which bounds the work by
//! the links between what changes, and the end is that of progressive filling on the whole problem,
//! of which the resources not looked at would have gone as before.
//!
//! **Quiet resources.** Most resources of a path are far from full, and none of the above asks after
//! their load. A flow holds a *lease*: its rate is never above it. A resource whose members' leases
//! sum to less than its capacity is *quiet*: it cannot fill up whatever the rates do within their
//! leases, so nobody tells it of rates, and the `lease` module alone reads it. A lease that is to
//! be exceeded is an event of the sweep like a cap, at its level: it is renewed there, higher, and a
//! quiet resource whose leases no longer fit becomes *loud* before any rate beyond them is settled.
//! A loud one that turns out to be less than half full becomes quiet at the end.
//!
//! **Tolerance**, off unless asked for: a settled level stays if the candidate differs from it by less
//! than a share, so that the sweep ends where a change has thinned out. A resource left like that is
//! one of another capacity, by that share, in a problem that is solved as above. What a level comes
//! too late for, because another was left behind it, is due at the position, and nothing is taken
//! from there down: the sweep ends for the same reason.
//!
//! Levels are rounded down to whole units: a saturated resource may leave fewer units idle than it
//! has members, and where several levels are equal to the rounding, a level may be that much late.

pub mod classes;
mod edges;
mod lease;
mod members;
pub mod oracle;
mod settle;
mod sweep;

use super::agenda::Agenda;
use super::id::Table;
use crate::define_id;
use edges::{Edges, Teller, Told};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

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

/// A hop as its flow knows it.
#[derive(Debug, Clone, Copy)]
struct Place {
    resource: ResourceId,
    divisor: u32,
    /// If the hop is loud and another resource owns the flow: the edge from that one to this.
    edge: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Gone,
    /// Its rate is not settled, and nobody owns it.
    Pending,
    /// Its owner says what its rate is.
    Owned,
}

#[derive(Debug, Clone)]
struct Flow {
    /// Loud resources first.
    hops: Vec<Place>,
    loud: u32,
    weight: u32,
    cap: u64,
    /// Its rate if no resource owns it.
    rate: u64,
    lease: u64,
    owner: Owner,
    /// Its place in the owner's list.
    owned_at: u32,
    state: State,
    /// How often it has entered.
    entry: u32,
}

/// A flow that crosses a resource, one for each of its hops there, if it still is at that entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    flow: FlowId,
    entry: u32,
}

/// What a sweep reads and writes of a resource, in one cache line.
#[derive(Debug, Clone, Copy)]
struct Gauge {
    capacity: u64,
    /// Rate per unit weight of the flows it owns.
    level: u64,
    /// Load of settled flows that it does not own.
    foreign: u64,
    /// Weight of the flows it owns and of open ones.
    weight: u64,
    /// No foreign flow has a higher rate per weight.
    high: u64,
    /// Hops of open flows that it does not own, pending ones included.
    guests: u32,
    owns: u32,
    /// The operation that last touched it, and the sweep that last saw it.
    touched: u32,
    seen: u32,
    loud: bool,
    /// Its flows are open.
    open: bool,
}

/// What is read of a resource now and then.
#[derive(Debug, Clone)]
struct Lists {
    /// In the order in which they came. Those that have left stay behind until half of it is them.
    members: Vec<Member>,
    gone: u32,
    owned: Vec<FlowId>,
    told: Vec<Told>,
    /// Who tells it.
    tellers: Vec<Teller>,
    /// Pending flows that cross it, if it is loud; gone ones excluded.
    pending: Vec<FlowId>,
    /// No foreign flow that its cap owns has a higher rate per weight.
    high_cap: u64,
    /// The operation in which its flows were last taken over.
    taken: u32,
    /// No owned flow has a cap, or a lease that matters, of a lower level.
    low_cap: u64,
    low_lease: u64,
    /// Sum of the members' leases while it is quiet.
    leased: u64,
}

/// The sharing problem and its current solution.
#[derive(Debug, Clone)]
pub struct MaxMin {
    gauges: Table<ResourceId, Gauge>,
    lists: Table<ResourceId, Lists>,
    flows: Table<FlowId, Flow>,
    free: Vec<FlowId>,
    edges: Edges,
    /// Of 2^20: how far a level may be off before it is set anew.
    tolerance: u64,
    /// No resource may be quiet.
    attentive: bool,
    /// Flows that are pending since the last sweep.
    fresh: Vec<FlowId>,
    /// What the last sweep changed.
    moved: Vec<FlowId>,
    levels: Vec<ResourceId>,
    seen: Vec<ResourceId>,
    /// The sweep under way: the resources and pending flows that wait, and where it is.
    waiting: Agenda,
    limits: BinaryHeap<Reverse<(u64, FlowId)>>,
    position: u64,
    /// Resources to look at: since the last sweep, or by the operation under way.
    touched: Vec<ResourceId>,
    takers: Vec<settle::Taker>,
    overbooked: Vec<ResourceId>,
    operation: u32,
    sweep: u32,
    visits: u64,
}

#[inline]
fn share(rate: u64, divisor: u32) -> u64 {
    if divisor == 1 { rate } else { rate / u64::from(divisor) }
}

#[inline]
fn part(weight: u32, divisor: u32) -> u64 {
    let weight = u64::from(weight) * WEIGHT_SCALE;
    if divisor == 1 { weight } else { weight.div_ceil(u64::from(divisor)) }
}

#[inline]
fn at_level(level: u64, weight: u32) -> u64 {
    if weight == WEIGHT_ONE {
        level
    } else {
        ((u128::from(level) * u128::from(weight)) >> 8).min(u128::from(UNLIMITED)) as u64
    }
}

/// The level of a flow of this rate.
#[inline]
fn level_of(rate: u64, weight: u32) -> u64 {
    if weight == WEIGHT_ONE {
        rate
    } else {
        ((u128::from(rate) << 8) / u128::from(weight)).min(u128::from(UNLIMITED)) as u64
    }
}

/// Notes that a resource is to be looked at.
#[inline]
fn touch(touched: &mut Vec<ResourceId>, operation: u32, gauge: &mut Gauge, id: ResourceId) {
    if gauge.touched != operation {
        gauge.touched = operation;
        touched.push(id);
    }
}

impl Default for MaxMin {
    fn default() -> Self {
        Self::new()
    }
}

impl MaxMin {
    /// No resources, no flows.
    pub fn new() -> Self {
        MaxMin {
            gauges: Table::new(),
            lists: Table::new(),
            flows: Table::new(),
            free: Vec::new(),
            edges: Edges::default(),
            tolerance: 0,
            attentive: false,
            fresh: Vec::new(),
            moved: Vec::new(),
            levels: Vec::new(),
            seen: Vec::new(),
            waiting: Agenda::default(),
            limits: BinaryHeap::new(),
            position: 0,
            touched: Vec::new(),
            takers: Vec::new(),
            overbooked: Vec::new(),
            operation: 1,
            sweep: 0,
            visits: 0,
        }
    }

    /// The same, to be asked after loads all the time: [`reloaded`](Self::reloaded) tells of every
    /// load that changes.
    pub fn attentive() -> Self {
        MaxMin { attentive: true, ..Self::new() }
    }

    /// Becomes [`attentive`](Self::attentive).
    ///
    /// # Panics
    /// If there are flows already.
    pub fn attend(&mut self) {
        assert_eq!(self.free.len(), self.flows.len(), "loads are followed from the first flow on");
        self.attentive = true;
        self.gauges.iter_mut().for_each(|(_, gauge)| gauge.loud = true);
    }

    /// From now on lets levels and loads be off by `tolerance`, a share: a change that moves a level
    /// by less is not passed on. Rates then are the max-min point of a problem whose capacities
    /// differ from these by about that share.
    ///
    /// # Panics
    /// If it is not from 0 to 0.1.
    pub fn tolerate(&mut self, tolerance: f64) {
        assert!((0.0..=0.1).contains(&tolerance), "a tolerance beyond a tenth");
        self.tolerance = (tolerance * f64::from(1 << 20)) as u64;
    }

    /// Adds a resource of `capacity` units.
    pub fn add_resource(&mut self, capacity: u64) -> ResourceId {
        assert!(capacity < UNLIMITED, "capacity beyond what a rate can hold");
        self.lists.push(Lists {
            members: Vec::new(),
            gone: 0,
            owned: Vec::new(),
            told: Vec::new(),
            tellers: Vec::new(),
            pending: Vec::new(),
            high_cap: 0,
            taken: 0,
            low_cap: UNLIMITED,
            low_lease: UNLIMITED,
            leased: 0,
        });
        self.gauges.push(Gauge {
            capacity,
            level: 0,
            foreign: 0,
            weight: 0,
            high: 0,
            guests: 0,
            owns: 0,
            touched: 0,
            seen: 0,
            loud: self.attentive,
            open: false,
        })
    }

    /// Changes a resource's capacity.
    pub fn set_capacity(&mut self, id: ResourceId, capacity: u64) {
        let gauge = &mut self.gauges[id];
        gauge.capacity = capacity;
        if gauge.loud {
            touch(&mut self.touched, self.operation, gauge, id);
        } else if self.lists[id].leased >= capacity {
            self.make_loud(id);
        }
    }

    /// Changes the capacity of a resource that owns nobody and will not, as its load is below it.
    fn set_spare_capacity(&mut self, id: ResourceId, capacity: u64) {
        self.gauges[id].capacity = capacity;
    }

    /// The flow's rate in units.
    #[inline]
    pub fn rate(&self, id: FlowId) -> u64 {
        let flow = &self.flows[id];
        match (flow.state, flow.owner) {
            (State::Owned, Owner::Resource(owner)) => {
                at_level(self.gauges[owner].level, flow.weight)
            }
            _ => flow.rate,
        }
    }

    /// What holds the flow down.
    #[inline]
    pub fn owner(&self, id: FlowId) -> Owner {
        self.flows[id].owner
    }

    /// Rate per unit weight of the flows that a resource owns, units; of one that owns none it says
    /// nothing.
    #[inline]
    pub fn level(&self, id: ResourceId) -> u64 {
        self.gauges[id].level
    }

    /// Flows that the resource owns.
    #[inline]
    pub fn owned(&self, id: ResourceId) -> usize {
        self.gauges[id].owns as usize
    }

    /// The sum of what crosses the resource, units. Its cost may grow with the members.
    pub fn load(&self, id: ResourceId) -> u64 {
        let (gauge, lists) = (&self.gauges[id], &self.lists[id]);
        if gauge.loud && gauge.owns == 0 && lists.pending.is_empty() {
            return gauge.foreign;
        }
        let of = |(flow, divisor)| share(self.rate(flow), divisor);
        self.crossing(id).map(of).sum()
    }

    /// The resource's capacity, units.
    pub fn capacity(&self, id: ResourceId) -> u64 {
        self.gauges[id].capacity
    }

    /// Flows that cross the resource.
    pub fn members(&self, id: ResourceId) -> usize {
        self.lists[id].members.len() - self.lists[id].gone as usize
    }

    /// Resources.
    pub fn resources(&self) -> usize {
        self.gauges.len()
    }

    /// Resources a flow crosses, in no order.
    pub fn hops(&self, id: FlowId) -> impl Iterator<Item = Hop> + '_ {
        let hop = |place: &Place| Hop { resource: place.resource, divisor: place.divisor };
        self.flows[id].hops.iter().map(hop)
    }

    /// Flows that have another owner, or another rate of their own, since the last solve; one may be
    /// named twice.
    pub fn moved(&self) -> &[FlowId] {
        &self.moved
    }

    /// Resources whose flows have another rate since the last solve.
    pub fn levels(&self) -> &[ResourceId] {
        &self.levels
    }

    /// Loud resources that the last solve looked at: if attentive, all whose load is another.
    pub fn reloaded(&self) -> &[ResourceId] {
        &self.seen
    }

    /// Visits of a flow's hop that all solves so far have cost: the work measure of benchmarks.
    pub fn visits(&self) -> u64 {
        self.visits
    }
}

#[cfg(test)]
mod tests;
