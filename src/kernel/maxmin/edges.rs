//! Who tells whom: an edge goes from a resource to another that flows it owns cross, and is listed
//! at both ends. Hops of one kind are on it together.

use super::{FlowId, MaxMin, Owner, ResourceId};

/// Whom a resource tells of its level: the other loud hops of the flows it owns, those of one kind
/// at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub resource: ResourceId,
    pub divisor: u32,
    pub weight: u32,
    pub count: u32,
    edge: u32,
}

/// The other end of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Teller {
    pub owner: ResourceId,
    edge: u32,
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    owner: ResourceId,
    resource: ResourceId,
    /// Its places in the lists of both.
    told: u32,
    teller: u32,
}

/// All edges; numbers of gone ones are used again.
#[derive(Debug, Clone, Default)]
pub(super) struct Edges {
    all: Vec<Edge>,
    free: Vec<u32>,
}

impl Told {
    #[inline]
    fn is_of(&self, divisor: u32, weight: u32) -> bool {
        (self.divisor, self.weight) == (divisor, weight)
    }
}

impl MaxMin {
    /// What a teller tells.
    #[inline]
    pub(super) fn told_by(&self, teller: &Teller) -> &Told {
        &self.lists[teller.owner].told[self.edges.all[teller.edge as usize].told as usize]
    }

    /// Puts hop `at` of a flow on the edge from its owner.
    pub(super) fn join_edge(&mut self, id: FlowId, at: usize, owner: ResourceId) {
        let flow = &self.flows[id];
        let (resource, divisor, weight) =
            (flow.hops[at].resource, flow.hops[at].divisor, flow.weight);
        let (told, tellers) = (&self.lists[owner].told, &self.lists[resource].tellers);
        let listed = if told.len() <= tellers.len() {
            let is_it = |told: &Told| told.resource == resource && told.is_of(divisor, weight);
            told.iter().position(is_it)
        } else {
            let place = |teller: &Teller| self.edges.all[teller.edge as usize].told as usize;
            let of_owner = tellers.iter().filter(|teller| teller.owner == owner).map(place);
            of_owner.into_iter().find(|&place| told[place].is_of(divisor, weight))
        };
        let edge = match listed {
            Some(place) => {
                let told = &mut self.lists[owner].told[place];
                told.count += 1;
                told.edge
            }
            None => self.add_edge(owner, resource, divisor, weight),
        };
        self.flows[id].hops[at].edge = edge;
    }

    fn add_edge(
        &mut self,
        owner: ResourceId,
        resource: ResourceId,
        divisor: u32,
        weight: u32,
    ) -> u32 {
        let ends = Edge {
            owner,
            resource,
            told: self.lists[owner].told.len() as u32,
            teller: self.lists[resource].tellers.len() as u32,
        };
        let edge = match self.edges.free.pop() {
            Some(edge) => {
                self.edges.all[edge as usize] = ends;
                edge
            }
            None => {
                self.edges.all.push(ends);
                self.edges.all.len() as u32 - 1
            }
        };
        self.lists[owner].told.push(Told { resource, divisor, weight, count: 1, edge });
        self.lists[resource].tellers.push(Teller { owner, edge });
        edge
    }

    /// Takes a hop off its edge, which goes with the last one.
    pub(super) fn leave_edge(&mut self, edge: u32) {
        let ends = self.edges.all[edge as usize];
        let told = &mut self.lists[ends.owner].told;
        let here = &mut told[ends.told as usize];
        here.count -= 1;
        if here.count > 0 {
            return;
        }
        told.swap_remove(ends.told as usize);
        if let Some(moved) = told.get(ends.told as usize) {
            self.edges.all[moved.edge as usize].told = ends.told;
        }
        let tellers = &mut self.lists[ends.resource].tellers;
        tellers.swap_remove(ends.teller as usize);
        if let Some(moved) = tellers.get(ends.teller as usize) {
            self.edges.all[moved.edge as usize].teller = ends.teller;
        }
        self.edges.free.push(edge);
    }

    /// The owner of a flow has to tell its other loud resources from now on.
    pub(super) fn acquaint(&mut self, id: FlowId, owner: ResourceId) {
        for at in 0..self.flows[id].loud as usize {
            if self.flows[id].hops[at].resource != owner {
                self.join_edge(id, at, owner);
            }
        }
    }

    /// The owner of a flow, if it is a resource, no longer has to tell anybody of it.
    pub(super) fn forget(&mut self, id: FlowId) {
        let Owner::Resource(owner) = self.flows[id].owner else { return };
        for at in 0..self.flows[id].loud as usize {
            let hop = self.flows[id].hops[at];
            if hop.resource != owner {
                self.leave_edge(hop.edge);
            }
        }
    }
}
