//! Which cables others use or that fail, and until when those that are down hold up messages.

use super::{Kind, Log, Process};
use crate::disturb::{Spells, Traffic};
use crate::fabric::graph::LinkId;
use crate::kernel::id::Id;
use crate::kernel::maxmin::{Hop, ResourceId};
use crate::kernel::rng::Streams;
use crate::kernel::time::{Span, Time};
use crate::model::{CablePattern, Course};
use crate::probe::Probe;
use crate::sim::plant::{Network, Plant};
use crate::sim::world::World;

/// The networks, each with what tells its cables from those of the storage network of the same
/// names.
pub(super) fn networks(plant: &Plant) -> impl Iterator<Item = (&Network, &'static str)> {
    [(&plant.storage, "")].into_iter().chain(plant.compute.as_ref().map(|n| (n, "compute/")))
}

fn fits(network: &Network, link: LinkId, patterns: &[CablePattern]) -> bool {
    let graph = &network.graph;
    let ends = [graph.links[link].from, graph.links[link].to];
    let [from, to] = ends.map(|end| graph.vertices[end].as_str());
    patterns.iter().any(|pattern| pattern.fits(from, to))
}

/// Traffic on every direction of a cable that fits: bursts are each direction's own, a trace is the
/// same for all.
pub(super) fn traffic(
    plant: &Plant,
    streams: &Streams,
    name: &str,
    patterns: &[CablePattern],
    course: &Course,
) -> Vec<Process> {
    let of = |name: &str, resources| {
        let kind = Kind::Traffic(Traffic::new(streams, name, course));
        Process { kind, resources, on: false, log: Log::of(name.into()) }
    };
    let mut all = Vec::new();
    let mut own = Vec::new();
    for (network, of_network) in networks(plant) {
        for (id, link) in network.graph.links.iter() {
            if !fits(network, id, patterns) {
                continue;
            }
            let resource = network.resources[id.index()];
            match course {
                Course::OnOff { .. } => {
                    own.push(of(&format!("{name}/{of_network}{}", link.name), vec![resource]));
                }
                Course::Trace { .. } => all.push(resource),
            }
        }
    }
    if !all.is_empty() {
        own.push(of(name, all));
    }
    own
}

/// Faults of every cable of which a direction fits: both directions fail together.
pub(super) fn faults(
    plant: &Plant,
    name: &str,
    patterns: &[CablePattern],
    spells: impl Fn(&str) -> Spells,
    remaining: f64,
) -> Vec<Process> {
    let mut all = Vec::new();
    for (network, of_network) in networks(plant) {
        let graph = &network.graph;
        for (id, link) in graph.links.iter() {
            let back = graph.reverse(id);
            let first = id < back;
            if !first || !(fits(network, id, patterns) || fits(network, back, patterns)) {
                continue;
            }
            let who = format!("{of_network}{}", link.name);
            let spells = spells(&format!("{name}/{who}"));
            let resources = [id, back].map(|id| network.resources[id.index()]).to_vec();
            let (kind, log) = (Kind::Fault(spells, remaining), Log::of(who));
            all.push(Process { kind, resources, on: false, log });
        }
    }
    all
}

impl<P: Probe> World<P> {
    /// Tells routing of cables that a fault takes down, or whose fault is over.
    pub(super) fn cables_change(&mut self, process: usize, remaining: f64) {
        let Process { on, ref resources, .. } = self.weather.processes[process];
        if remaining == 0.0 {
            for resource in resources.clone() {
                self.link_state_changed(resource, !on);
            }
        }
    }

    /// Until when a small message that crosses `hops` must wait because a cable is down: the latest
    /// end of an outage there that is in force now. Transfers need not ask: they stand still.
    pub(in crate::sim) fn held_until(&self, hops: &[Hop]) -> Option<Time> {
        if self.weather.on_resource.is_empty() {
            return None;
        }
        hops.iter().filter_map(|hop| self.down_until(hop.resource)).max()
    }

    /// How much longer a message takes that crosses `hops` from `leaves` on, now or later. What goes
    /// down between now and then is not foreseen.
    pub(in crate::sim) fn held(&self, hops: &[Hop], leaves: Time) -> Span {
        // What is down for good holds until half of the longest run, so that waits can be summed.
        let wait = |until: Time| Span(until.0.min(Time::NEVER.0 / 2).saturating_sub(leaves.0));
        self.held_until(hops).map_or(Span::ZERO, wait)
    }

    fn down_until(&self, resource: ResourceId) -> Option<Time> {
        let processes = self.weather.on_resource[resource.index()].iter();
        let faults = processes.filter_map(|&i| match &self.weather.processes[i as usize] {
            Process { kind: Kind::Fault(spells, 0.0), on: true, .. } => {
                Some(spells.current().until)
            }
            Process { kind: Kind::Failure(failure), on: true, .. } => {
                Some(failure.spells.current().until)
            }
            _ => None,
        });
        faults.max()
    }
}
