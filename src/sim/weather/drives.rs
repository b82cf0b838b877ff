//! Drives that fail: reads take other shards, or wait when too few are left; writes skip them.
//!
//! A drive finishes what it had begun or queued when it failed; from then on nothing new is sent
//! there. Rebuilding takes its share of every drive's bandwidth and every storage adapter's, the
//! failed drives' own included.

use super::{Kind, Process};
use crate::disturb::Spells;
use crate::kernel::maxmin::ResourceId;
use crate::kernel::permute::Permutation;
use crate::kernel::rng::{Keyed, Purpose, Streams};
use crate::model::{Media, Op};
use crate::probe::{Fact, Probe, Stage};
use crate::sim::event::RequestId;
use crate::sim::plant::Plant;
use crate::sim::requests::Request;
use crate::sim::world::World;
use crate::storage::placement;

/// A rebuild that comes and goes.
#[derive(Debug, Clone)]
pub(super) struct Rebuild {
    pub spells: Spells,
    /// Share of bandwidth that it takes.
    pub share: f64,
    /// Who fails, by the spell's number.
    victim: Keyed,
    devices: u32,
    /// Drives that are away now.
    failed: Vec<u32>,
}

/// The rebuild process `name`; none without drives.
pub(super) fn rebuild(
    plant: &Plant,
    streams: &Streams,
    name: &str,
    spells: Spells,
    devices: u32,
    share: f64,
) -> Option<Process> {
    if plant.device_read.is_empty() {
        return None;
    }
    let devices = devices.min(plant.device_read.len() as u32);
    let victim = streams.keyed(name, Purpose::Victim);
    let rebuild = Rebuild { spells, share, victim, devices, failed: Vec::new() };
    let lists = [&plant.device_read, &plant.device_write, &plant.storage_out, &plant.storage_in];
    let resources: Vec<ResourceId> = lists.into_iter().flatten().copied().collect();
    let log = super::Log::of("drives".into());
    Some(Process { kind: Kind::Rebuild(Box::new(rebuild)), resources, on: false, log })
}

impl<P: Probe> World<P> {
    /// A rebuild begins or ends: drives fail or are back.
    pub(super) fn drives_change(&mut self, process: usize) {
        let all = self.plant.device_read.len();
        let weather = &mut self.weather;
        weather.failed.resize(all, 0);
        let Process { kind: Kind::Rebuild(rebuild), on, .. } = &mut weather.processes[process]
        else {
            return;
        };
        if *on {
            let number = rebuild.spells.current().number;
            let order = Permutation::new(all as u64, rebuild.victim, number);
            let devices = u64::from(rebuild.devices);
            rebuild.failed.extend((0..devices).map(|i| order.at(i) as u32));
            rebuild.failed.iter().for_each(|drive| weather.failed[*drive as usize] += 1);
            return;
        }
        for drive in rebuild.failed.drain(..) {
            weather.failed[drive as usize] -= 1;
        }
        self.drives_are_back();
    }

    /// Some drives are back: who waited for any asks again.
    pub(super) fn drives_are_back(&mut self) {
        for id in std::mem::take(&mut self.weather.stranded) {
            self.ask_drives(id);
        }
    }

    /// The request waits for no drive any more.
    pub(super) fn is_not_stranded(&mut self, id: RequestId) {
        let Request { ios, stretches, .. } = &self.requests[id];
        if *ios == 0 && stretches.last().is_some_and(|stretch| stretch.stage == Stage::Media) {
            self.weather.stranded.retain(|waiting| *waiting != id);
        }
    }

    fn media(&self) -> &Media {
        self.scenario.store.media.as_ref().expect("the request goes to media")
    }

    fn has_failed(&self, drive: u32) -> bool {
        self.weather.failed.get(drive as usize).is_some_and(|n| *n > 0)
    }

    /// The drives that take an object's bytes when it is written now.
    pub(in crate::sim) fn drives_to_write(&self, id: RequestId) -> Vec<u32> {
        let mut drives = Vec::new();
        self.shards(id, self.media().redundancy.width(), &mut drives);
        drives.retain(|drive| !self.has_failed(*drive));
        drives
    }

    /// Sends the request's I/Os to drives; if too few are left it waits until a rebuild ends.
    pub(in crate::sim) fn ask_drives(&mut self, id: RequestId) {
        let again = self.requests[id].stretches.last().is_some_and(|s| s.stage == Stage::Media);
        let (job, op) = (self.requests[id].job, self.requests[id].op);
        let (drives, degraded) = match op {
            Op::Get => self.drives_to_read(id),
            Op::Put => (self.drives_to_write(id), false),
        };
        let enough = match op {
            Op::Get => self.media().redundancy.read_width() as usize,
            Op::Put => 1,
        };
        if !again {
            self.stage(id, Stage::Media);
        }
        if drives.len() < enough {
            self.weather.stranded.push(id);
            if !again {
                self.tell(Fact::Stranded(job));
            }
            return;
        }
        if degraded {
            self.tell(Fact::Degraded(job));
        }
        self.requests[id].devices = drives;
        self.begin_ios(id);
    }

    /// The drives that serve a read, and whether they are others than usual: of several copies one,
    /// drawn for the read, so that readers spread, or else one drawn among those left; of a code the
    /// data shards, or else parity. Decoding with parity is taken as free.
    fn drives_to_read(&mut self, id: RequestId) -> (Vec<u32>, bool) {
        let mut drives = std::mem::take(&mut self.requests[id].devices);
        let redundancy = self.media().redundancy;
        let width = redundancy.read_width() as usize;
        // Of a code parity is not asked for while no drive has ever failed.
        let all = width == 1 || !self.weather.failed.is_empty();
        let count = if all { redundancy.width() } else { redundancy.read_width() };
        self.shards(id, count, &mut drives);
        let request = &self.requests[id];
        if width == 1 {
            let copies = drives.len() as u64;
            let copy = self.chance.copy.below(copies, request.key);
            drives.swap(0, copy as usize);
        }
        let [a, b, c] = request.key;
        let degraded = drives[..width].iter().any(|drive| self.has_failed(*drive));
        if degraded {
            drives.retain(|drive| !self.has_failed(*drive));
        }
        if degraded && width == 1 && !drives.is_empty() {
            let copy = self.chance.copy.below(drives.len() as u64, [a, b, c, 1]);
            drives.swap(0, copy as usize);
        }
        drives.truncate(width);
        (drives, degraded)
    }

    /// The drives of the first `count` of the shards of a request's object.
    fn shards(&self, id: RequestId, count: u32, drives: &mut Vec<u32>) {
        let request = &self.requests[id];
        let (number, name) = (request.number(), request.name);
        let at = self.sites.storage_nodes(request.controller);
        let chance = &self.chance.placement;
        placement::shards(self.media(), at, chance, (number, name), count, drives);
    }
}
