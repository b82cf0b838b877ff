//! Boxes, cables and whole sites that go down and do not answer while they are.
//!
//! Who is down sends nothing, not even a reset: what is sent there vanishes, and clients find out by
//! their time-outs or when TCP gives up. Nodes with accelerators have no faults of their own: at a
//! site that is down they run on, cut off from other sites and from the store there.

use super::cables::networks;
use super::{Kind, Log, Process};
use crate::disturb::Spells;
use crate::fabric::graph::{LinkId, LinkKind};
use crate::kernel::dist::Dist;
use crate::kernel::id::Id;
use crate::kernel::maxmin::ResourceId;
use crate::kernel::rng::Streams;
use crate::kernel::time::Span;
use crate::model::{FaultCourse, FaultKind, FaultTarget, Op, Scenario};
use crate::probe::Probe;
use crate::sim::event::RequestId;
use crate::sim::plant::Plant;
use crate::sim::requests::Place;
use crate::sim::world::World;
use std::collections::BTreeSet;

/// What goes down together, and when.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub spells: Spells,
    controllers: Vec<u32>,
    drives: Vec<u32>,
    detection: Span,
}

/// Something that can fail: its name, and what goes down with it.
struct Unit {
    name: String,
    controllers: Vec<u32>,
    drives: Vec<u32>,
    cables: Vec<ResourceId>,
}

impl Process {
    pub(super) fn fells_controllers(&self) -> bool {
        matches!(&self.kind, Kind::Failure(failure) if !failure.controllers.is_empty())
    }
}

/// A process for everything that a disturbance makes fail.
pub(super) fn all(
    scenario: &Scenario,
    plant: &Plant,
    streams: &Streams,
    name: &str,
    course: &FaultCourse,
    detection: Span,
) -> Vec<Process> {
    let mut made = Vec::new();
    let mut add = |unit: Unit, spells: Spells, who: String| {
        let (controllers, drives) = (unit.controllers, unit.drives);
        let failure = Failure { spells, controllers, drives, detection };
        let kind = Kind::Failure(Box::new(failure));
        made.push(Process { kind, resources: unit.cables, on: false, log: Log::of(who) });
    };
    match course {
        FaultCourse::Renewal { targets, time_to_failure, time_to_repair } => {
            let mut seen = BTreeSet::new();
            for target in targets {
                for unit in units(scenario, plant, target) {
                    let who = format!("{}:{}", target.kind.name(), unit.name);
                    // One that two targets mean fails once.
                    if seen.insert(who.clone()) {
                        let spells = law(streams, name, &who, time_to_failure, time_to_repair);
                        add(unit, spells, who);
                    }
                }
            }
        }
        FaultCourse::Events(list) => {
            for (target, outages) in list {
                for unit in units(scenario, plant, target) {
                    let who = format!("{}:{}", target.kind.name(), unit.name);
                    add(unit, Spells::listed(outages), who);
                }
            }
        }
    }
    made
}

fn law(streams: &Streams, name: &str, who: &str, failure: &Dist, repair: &Dist) -> Spells {
    Spells::new(streams, &format!("{name}/{who}"), failure, repair)
}

/// Everything that a target means.
fn units(scenario: &Scenario, plant: &Plant, target: &FaultTarget) -> Vec<Unit> {
    let each = scenario.store.media.as_ref().map_or(1, |media| media.devices_per_node);
    let drive = |i: u32| plant.stations[plant.device_station(i)].name.clone();
    let drives = plant.device_read.len() as u32;
    let unit = |name: String| Unit {
        name,
        controllers: Vec::new(),
        drives: Vec::new(),
        cables: Vec::new(),
    };
    let all: Vec<Unit> = match target.kind {
        FaultKind::Link => return links(plant, target),
        FaultKind::Switch => return switches(plant, target),
        FaultKind::Site => (scenario.sites.rows().iter().enumerate())
            .map(|(i, site)| Unit {
                controllers: site.controllers.clone().collect(),
                drives: (site.storage_nodes.start * each..site.storage_nodes.end * each).collect(),
                cables: wide_area(plant, i as u32),
                ..unit(site.name.clone())
            })
            .collect(),
        FaultKind::Controller => (0..plant.controllers.len() as u32)
            .map(|i| Unit {
                controllers: vec![i],
                ..unit(plant.stations[plant.controller_station(i)].name.clone())
            })
            .collect(),
        FaultKind::StorageNode => (0..drives / each)
            .map(|node| {
                let first = drive(node * each);
                let name = first.rsplit_once('/').map_or(first.as_str(), |(node, _)| node);
                let drives = (node * each..(node + 1) * each).collect();
                Unit { drives, ..unit(name.to_string()) }
            })
            .collect(),
        FaultKind::Device => {
            (0..drives).map(|i| Unit { drives: vec![i], ..unit(drive(i)) }).collect()
        }
    };
    all.into_iter().filter(|unit| target.fits(&unit.name)).collect()
}

/// Cables of which a direction fits, both directions together.
fn links(plant: &Plant, target: &FaultTarget) -> Vec<Unit> {
    let mut units = Vec::new();
    for (network, of_network) in networks(plant) {
        let graph = &network.graph;
        for (id, link) in graph.links.iter() {
            let back = graph.reverse(id);
            let fits = |id: LinkId| {
                let ends = [graph.links[id].from, graph.links[id].to];
                let [from, to] = ends.map(|end| graph.vertices[end].as_str());
                target.pattern.fits(from, to)
            };
            if id < back && (fits(id) || fits(back)) {
                units.push(Unit {
                    name: format!("{of_network}{}", link.name),
                    controllers: Vec::new(),
                    drives: Vec::new(),
                    cables: [id, back].map(|id| network.resources[id.index()]).to_vec(),
                });
            }
        }
    }
    units
}

/// Switches, routers and firewalls with all their cables.
fn switches(plant: &Plant, target: &FaultTarget) -> Vec<Unit> {
    let mut units = Vec::new();
    for (network, of_network) in networks(plant) {
        let graph = &network.graph;
        for (id, name) in graph.vertices.iter() {
            if graph.is_host(id) || !target.fits(name) {
                continue;
            }
            let own = graph.out[id].iter().chain(&graph.into[id]);
            units.push(Unit {
                name: format!("{of_network}{name}"),
                controllers: Vec::new(),
                drives: Vec::new(),
                cables: own.map(|link| network.resources[link.index()]).collect(),
            });
        }
    }
    units
}

/// The wide-area links of a site.
fn wide_area(plant: &Plant, site: u32) -> Vec<ResourceId> {
    let network = &plant.storage;
    let graph = &network.graph;
    let of_site = |end| graph.sites[end] == site;
    let links = graph
        .links
        .iter()
        .filter(|(_, link)| link.kind == LinkKind::Wan && (of_site(link.from) || of_site(link.to)));
    links.map(|(id, _)| network.resources[id.index()]).collect()
}

impl<P: Probe> World<P> {
    /// Boxes go down or are back.
    pub(super) fn failure_turns(&mut self, process: usize) {
        let Process { kind: Kind::Failure(failure), on, .. } = &self.weather.processes[process]
        else {
            return;
        };
        let (on, detection) = (*on, failure.detection);
        let (controllers, drives) = (failure.controllers.clone(), failure.drives.clone());
        for controller in controllers {
            self.controller_changes(controller, on, detection, true);
        }
        if drives.is_empty() {
            return;
        }
        let failed = &mut self.weather.failed;
        failed.resize(self.plant.device_read.len(), 0);
        for &drive in &drives {
            let n = &mut failed[drive as usize];
            *n = if on { *n + 1 } else { *n - 1 };
        }
        if on {
            self.drives_are_lost(&drives);
        } else {
            self.drives_are_back();
        }
    }

    /// Reads that wait for these drives, or whose payload comes from them, ask others for what is
    /// missing. Writes count on what was sent to be safe.
    fn drives_are_lost(&mut self, drives: &[u32]) {
        let hit: Vec<RequestId> = self
            .requests
            .iter()
            .filter(|(_, r)| matches!(r.place, Place::Served | Place::Unslotted))
            .filter(|(_, r)| r.op == Op::Get && !r.shared_hit)
            .filter(|(_, r)| r.ios > 0 || r.left > 0 || r.flow.is_some())
            .filter(|(_, r)| r.devices.iter().any(|drive| drives.contains(drive)))
            .map(|(id, _)| id)
            .collect();
        for id in hit {
            self.asks_others(id);
        }
    }

    fn asks_others(&mut self, id: RequestId) {
        let mut id = id;
        if self.requests[id].ios > 0 {
            id = self.leave_shade(id);
        } else {
            let broken = self.requests[id].flow.is_some();
            let rest = self.stop_flow(id);
            let request = &mut self.requests[id];
            // What moves again is a byte at least, so that the transfer ends as all do.
            request.left += if broken { rest.max(1) } else { 0 };
            if let Some(connection) = request.connection {
                self.leave_ports(connection);
            }
            if let Some(next) = self.requests[id].next.take() {
                self.queue.cancel(next);
            }
            self.requests[id].attempt.resumes = true;
        }
        self.ask_drives(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Time;

    #[test]
    fn listed_outages_come_in_turn_and_end() {
        let at = |s| Time::ZERO + Span::from_secs(s);
        let mut spells = Spells::listed(&[(at(1), at(2)), (at(5), Time::NEVER)]);
        assert_eq!((spells.current().from, spells.current().until), (at(1), at(2)));
        spells.advance();
        assert_eq!(spells.at(at(7)).map(|spell| spell.until), Some(Time::NEVER));
        spells.advance();
        assert_eq!(spells.current().from, Time::NEVER);
    }
}
