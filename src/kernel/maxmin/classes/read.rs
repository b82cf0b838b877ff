//! What the solution says.

use super::ClassMaxMin;
use crate::kernel::maxmin::{FlowId, Hop, Owner, ResourceId};

impl ClassMaxMin {
    /// The flow's rate in units.
    #[inline]
    pub fn rate(&self, id: FlowId) -> u64 {
        self.net.rate(id)
    }

    /// What holds the flow down.
    pub fn owner(&self, id: FlowId) -> Owner {
        match self.net.owner(id) {
            Owner::Resource(inner) if !self.is_plain() => Owner::Resource(self.of[inner].0),
            owner => owner,
        }
    }

    /// The sum of what crosses the resource, units.
    pub fn load(&self, id: ResourceId) -> u64 {
        if self.is_plain() {
            return self.net.load(id);
        }
        self.copies(id).map(|inner| self.loads[inner]).sum()
    }

    fn copies(&self, id: ResourceId) -> impl Iterator<Item = ResourceId> + use<> {
        let link = &self.links[id];
        let count = if link.honours { self.classes.len() as u32 } else { 1 };
        (link.first.0..link.first.0 + count).map(ResourceId)
    }

    /// The resource's capacity, units.
    pub fn capacity(&self, id: ResourceId) -> u64 {
        if self.is_plain() { self.net.capacity(id) } else { self.links[id].capacity }
    }

    /// Flows that cross the resource.
    pub fn members(&self, id: ResourceId) -> usize {
        if self.is_plain() {
            return self.net.members(id);
        }
        self.copies(id).map(|inner| self.net.members(inner)).sum()
    }

    /// Resources.
    pub fn resources(&self) -> usize {
        if self.is_plain() { self.net.resources() } else { self.links.len() }
    }

    /// Resources a flow crosses.
    pub fn hops(&self, id: FlowId) -> impl Iterator<Item = Hop> + '_ {
        let outer = |hop: Hop| match self.of.rows().get(hop.resource.0 as usize) {
            Some(&(resource, _)) => Hop { resource, divisor: hop.divisor },
            None => hop,
        };
        self.net.hops(id).map(outer)
    }

    /// What sets the flow's rate: its cap, or a resource of the plain problem, which is that of a
    /// class if its link honours them.
    #[inline]
    pub fn pace(&self, id: FlowId) -> Owner {
        self.net.owner(id)
    }

    /// Resources of the plain problem.
    pub fn paces(&self) -> usize {
        self.net.resources()
    }

    /// Rate per unit weight that a resource of the plain problem sets.
    #[inline]
    pub fn level(&self, pace: ResourceId) -> u64 {
        self.net.level(pace)
    }

    /// Flows whose rate a resource of the plain problem sets.
    pub fn paced(&self, pace: ResourceId) -> usize {
        self.net.owned(pace)
    }

    /// Flows that have another [`pace`](Self::pace), or another rate of their own, since the last
    /// solve; some more than once.
    pub fn moved(&self) -> &[FlowId] {
        if self.is_plain() { self.net.moved() } else { &self.moved }
    }

    /// Resources of the plain problem that set another rate since the last solve, some more than
    /// once.
    pub fn levels(&self) -> &[ResourceId] {
        if self.is_plain() { self.net.levels() } else { &self.levels }
    }

    /// Resources whose load the last solve may have changed, some more than once; all of them only
    /// if told to [`attend`](Self::attend).
    pub fn reloaded(&self) -> &[ResourceId] {
        if self.is_plain() { self.net.reloaded() } else { &self.reloaded }
    }
}
