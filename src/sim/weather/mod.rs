//! Disturbances of resources: what happens to cables, drives and controllers in calendar time, and
//! what becomes of the work that meets it.

mod cables;
mod controllers;
mod drives;
mod faults;
mod log;
mod neighbours;

use controllers::Condition;
use drives::Rebuild;
use faults::Failure;
use log::Log;

pub(super) use neighbours::own_jobs;

use super::event::{Event, RequestId};
use super::plant::Plant;
use super::world::World;
use crate::disturb::{Spells, Traffic};
use crate::kernel::id::Id;
use crate::kernel::maxmin::ResourceId;
use crate::kernel::queue::Phase;
use crate::kernel::rng::Streams;
use crate::kernel::time::{Span, Time};
use crate::model::{Disturb, Scenario};
use crate::probe::Probe;

/// Traffic of others leaves at least this share of a cable: a transfer of ours is slowed down, but
/// TCP beside a saturating load never stands still. Assumption: how little is left does not matter.
const LEAST: f64 = 1e-3;

/// A process, the resources it works on, and whether its spell is on.
#[derive(Debug, Clone)]
struct Process {
    kind: Kind,
    resources: Vec<ResourceId>,
    on: bool,
    /// Whom it befalls, and when it did.
    log: Log,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Traffic of others: they take their share first.
    Traffic(Traffic),
    /// Faults: this share of the rate remains.
    Fault(Spells, f64),
    /// Drives are away, and rebuilding them takes bandwidth.
    Rebuild(Box<Rebuild>),
    /// This controller is away; the health check takes that long to notice, either way.
    Outage(Spells, u32, Span),
    /// Boxes and cables are down and do not answer.
    Failure(Box<Failure>),
}

impl Process {
    /// When it changes next.
    fn next(&self) -> Time {
        let spells = match &self.kind {
            Kind::Traffic(traffic) => return traffic.next(),
            Kind::Fault(spells, _) | Kind::Outage(spells, ..) => spells,
            Kind::Rebuild(rebuild) => &rebuild.spells,
            Kind::Failure(failure) => &failure.spells,
        };
        if self.on { spells.current().until } else { spells.current().from }
    }

    fn turn(&mut self) {
        let spells = match &mut self.kind {
            Kind::Traffic(traffic) => return traffic.turn(),
            Kind::Fault(spells, _) | Kind::Outage(spells, ..) => spells,
            Kind::Rebuild(rebuild) => &mut rebuild.spells,
            Kind::Failure(failure) => &mut failure.spells,
        };
        if self.on {
            spells.advance();
        }
        self.on = !self.on;
    }

    /// Shares of a resource: (taken by others, left of the rest).
    fn effect(&self) -> (f64, f64) {
        match &self.kind {
            Kind::Traffic(traffic) => (traffic.share(), 1.0),
            Kind::Fault(_, remaining) if self.on => (0.0, *remaining),
            Kind::Rebuild(rebuild) if self.on => (0.0, 1.0 - rebuild.share),
            Kind::Failure(_) if self.on => (0.0, 0.0),
            Kind::Fault(..) | Kind::Rebuild(_) | Kind::Outage(..) | Kind::Failure(_) => (0.0, 1.0),
        }
    }
}

/// The state of all disturbances of resources.
#[derive(Debug, Clone, Default)]
pub(super) struct Weather {
    processes: Vec<Process>,
    /// Processes that work on each resource; empty without any.
    on_resource: Vec<Vec<u32>>,
    /// Rebuilds for which each drive is away; empty before the first.
    failed: Vec<u32>,
    /// Requests that wait for drives to come back.
    stranded: Vec<RequestId>,
    /// By controller; empty if none ever fails.
    controllers: Vec<Condition>,
}

impl Weather {
    /// The weather over a plant, before its first change.
    pub(super) fn new(scenario: &Scenario, plant: &Plant, streams: &Streams) -> Weather {
        let mut weather = Weather::default();
        for disturbance in scenario.disturbances() {
            let name = &disturbance.name;
            let made = match &disturbance.what {
                Disturb::Background { cables, course } => {
                    cables::traffic(plant, streams, name, cables, course)
                }
                Disturb::LinkFaults { cables, interval, duration, remaining } => {
                    let spells = |name: &str| Spells::new(streams, name, interval, duration);
                    cables::faults(plant, name, cables, spells, *remaining)
                }
                Disturb::Rebuild { interval, duration, devices, share } => {
                    let spells = Spells::new(streams, name, interval, duration);
                    let made = drives::rebuild(plant, streams, name, spells, *devices, *share);
                    made.into_iter().collect()
                }
                Disturb::ControllerFaults { interval, duration, detection } => {
                    weather.controllers.resize(plant.controllers.len(), Condition::default());
                    let outage = |i: u32| {
                        let name = format!("{name}/controller-{i}");
                        let spells = Spells::new(streams, &name, interval, duration);
                        let kind = Kind::Outage(spells, i, *detection);
                        let log = Log::of(format!("controller-{i}"));
                        Process { kind, resources: Vec::new(), on: false, log }
                    };
                    (0..plant.controllers.len() as u32).map(outage).collect()
                }
                Disturb::Faults { course, detection } => {
                    let made = faults::all(scenario, plant, streams, name, course, *detection);
                    if made.iter().any(Process::fells_controllers) {
                        weather.controllers.resize(plant.controllers.len(), Condition::default());
                    }
                    made
                }
                _ => Vec::new(),
            };
            let named = made.into_iter().map(|process| process.named(disturbance));
            weather.processes.extend(named);
        }
        if !weather.processes.is_empty() {
            weather.on_resource = vec![Vec::new(); plant.resources.len()];
        }
        for (i, process) in weather.processes.iter().enumerate() {
            for resource in &process.resources {
                weather.on_resource[resource.index()].push(i as u32);
            }
        }
        weather
    }

    /// Share of a resource's rate that is there for us now.
    fn share(&self, resource: ResourceId) -> f64 {
        let effects = self.on_resource[resource.index()]
            .iter()
            .map(|&process| self.processes[process as usize].effect());
        let (taken, left) = effects.fold((0.0, 1.0), |(taken, left), (t, l)| (taken + t, left * l));
        (1.0 - taken).max(LEAST) * left
    }
}

impl<P: Probe> World<P> {
    /// What holds at time 0, and the first change of every process.
    pub(super) fn weather_begins(&mut self) {
        for process in 0..self.weather.processes.len() {
            self.apply(process);
            self.await_turn(process);
        }
    }

    /// A process changes.
    pub(super) fn weather_turns(&mut self, process: u32) {
        let process = process as usize;
        let now = self.now;
        self.weather.processes[process].turn();
        let Process { kind, on, log, .. } = &mut self.weather.processes[process];
        log.turn(now, *on);
        match *kind {
            Kind::Traffic(_) => {}
            Kind::Fault(_, remaining) => self.cables_change(process, remaining),
            Kind::Failure(_) => {
                self.cables_change(process, 0.0);
                self.failure_turns(process);
            }
            Kind::Rebuild(_) => self.drives_change(process),
            Kind::Outage(_, controller, detection) => {
                let on = *on;
                self.controller_changes(controller, on, detection, false);
            }
        }
        self.apply(process);
        self.await_turn(process);
    }

    fn await_turn(&mut self, process: usize) {
        let at = self.weather.processes[process].next().max(self.now);
        if at < Time::NEVER {
            self.queue.schedule(at, Phase::Complete, Event::Weather(process as u32));
        }
    }

    /// Sets the rates of the resources that a process works on.
    fn apply(&mut self, process: usize) {
        for i in 0..self.weather.processes[process].resources.len() {
            let resource = self.weather.processes[process].resources[i];
            let whole = self.plant.resources[resource].bytes_per_s;
            self.fabric.set_rate(resource, whole * self.weather.share(resource));
        }
    }
}
