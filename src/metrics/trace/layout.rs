//! What a trace shows where: processes and groups of threads, from the names of a cluster.

use super::lanes::{Group, Lanes};
use super::writer::Writer;
use crate::probe::{GpuId, Owner, StationId};
use std::io::Write;

/// A job by name.
#[derive(Debug, Clone, Default)]
pub struct JobLayout {
    /// Its name.
    pub name: String,
    /// The accelerator of each rank; none of a load.
    pub gpus: Vec<GpuId>,
    /// Reader workers per rank.
    pub workers: u32,
}

/// A capacity that transfers share.
#[derive(Debug, Clone)]
pub struct ResourceLayout {
    /// Its name.
    pub name: String,
    /// Whether it is a cable or an adapter, rather than a device, CPU or cache.
    pub network: bool,
    /// Units of the solver it can carry.
    pub units: u64,
}

/// Names of everything that a trace shows.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Jobs, loads, neighbours.
    pub jobs: Vec<JobLayout>,
    /// Compute nodes.
    pub nodes: Vec<String>,
    /// First accelerator of each node, and one past the last.
    pub first_gpu: Vec<u32>,
    /// Stations: controllers, devices, decode cores of each node.
    pub stations: Vec<String>,
    /// Controllers.
    pub controllers: u32,
    /// Devices in one storage node, and in all.
    pub devices_per_node: u32,
    /// All devices.
    pub devices: u32,
    /// What transfers share.
    pub resources: Vec<ResourceLayout>,
}

/// Process of the alerts; the others follow in the order of [`Layout`].
pub(super) const ALERTS: u32 = 1;

impl Layout {
    fn job_pid(&self, job: usize) -> u32 {
        2 + job as u32
    }

    fn node_pid(&self, node: u32) -> u32 {
        2 + self.jobs.len() as u32 + node
    }

    fn controller_pid(&self, controller: u32) -> u32 {
        self.node_pid(self.nodes.len() as u32) + controller
    }

    fn storage_pid(&self, device: u32) -> u32 {
        self.controller_pid(self.controllers) + device / self.devices_per_node.max(1)
    }

    /// Process of the counters of cables and adapters; of devices, CPUs and caches.
    pub(super) fn counters_pid(&self, network: bool) -> u32 {
        self.storage_pid(self.devices) + u32::from(!network)
    }

    /// The process with the largest number.
    pub(super) fn last_pid(&self) -> u32 {
        self.counters_pid(false)
    }

    /// Reader workers of the job that has most.
    fn stride(&self) -> u64 {
        u64::from(self.jobs.iter().map(|job| job.workers).max().unwrap_or(0)) + 1
    }

    fn node_of(&self, gpu: GpuId) -> u32 {
        self.first_gpu.partition_point(|first| *first <= gpu.0) as u32 - 1
    }

    /// Its number within its node.
    fn local(&self, gpu: GpuId) -> u32 {
        gpu.0 - self.first_gpu[self.node_of(gpu) as usize]
    }

    /// The steps of a job.
    pub(super) fn steps(&self, job: usize) -> Group {
        Group { pid: self.job_pid(job), place: 0 }
    }

    /// An accelerator.
    pub(super) fn gpu(&self, gpu: GpuId) -> (Group, String) {
        let place = u64::from(self.local(gpu)) * self.stride();
        let group = Group { pid: self.node_pid(self.node_of(gpu)), place };
        (group, format!("GPU {}", self.local(gpu)))
    }

    /// Whoever reads: a worker beside its accelerator, a client of a load after all accelerators of
    /// its node, a neighbour with its job.
    pub(super) fn worker(&self, of: Owner) -> (Group, String) {
        let job = &self.jobs[of.job.0 as usize];
        if let Some(&gpu) = job.gpus.get(of.owner as usize) {
            let (group, name) = self.gpu(gpu);
            let place = group.place + 1 + u64::from(of.worker);
            return (Group { place, ..group }, format!("{name} worker {}", of.worker));
        }
        let after = u64::from(of.job.0 + 1) << 16;
        match of.node {
            Some(node) => {
                let place = after + u64::from(of.owner);
                let group = Group { pid: self.node_pid(node), place };
                (group, format!("{} client {}", job.name, of.owner))
            }
            None => {
                let pid = self.job_pid(of.job.0 as usize);
                (Group { pid, place: after }, format!("{} requests", job.name))
            }
        }
    }

    /// The slots of a controller.
    pub(super) fn slots(&self, controller: u32) -> Group {
        Group { pid: self.controller_pid(controller), place: 0 }
    }

    /// A device.
    pub(super) fn device(&self, device: u32) -> (Group, String) {
        let place = u64::from(device % self.devices_per_node.max(1));
        (Group { pid: self.storage_pid(device), place }, format!("device-{place}"))
    }

    /// The process of a station's counters, and what their names begin with.
    pub(super) fn station(&self, station: StationId) -> (u32, String) {
        let number = station.0;
        if number < self.controllers {
            (self.controller_pid(number), String::new())
        } else if number < self.controllers + self.devices {
            let (group, name) = self.device(number - self.controllers);
            (group.pid, format!("{name} "))
        } else {
            (self.node_pid(number - self.controllers - self.devices), "decode ".into())
        }
    }

    /// Whether something that arrives there is to be decoded.
    pub(super) fn decodes(&self, station: StationId) -> bool {
        station.0 >= self.controllers + self.devices
    }

    /// Names all processes and reserves threads in the order in which they are to stand.
    pub(super) fn open<W: Write>(&self, out: &mut Writer<W>, lanes: &mut Lanes) {
        out.process(ALERTS, "alerts");
        for (i, job) in self.jobs.iter().enumerate() {
            out.process(self.job_pid(i), &format!("job {}", job.name));
        }
        for (i, name) in (0..).zip(&self.nodes) {
            out.process(self.node_pid(i), &format!("node {name}"));
        }
        for i in 0..self.controllers {
            out.process(self.controller_pid(i), &self.stations[i as usize]);
        }
        let per_node = self.devices_per_node.max(1);
        for first in (0..self.devices).step_by(per_node as usize) {
            // A device is called after its storage node.
            let device = &self.stations[(self.controllers + first) as usize];
            let name = device.rsplit_once('/').map_or(device.as_str(), |(node, _)| node);
            out.process(self.storage_pid(first), name);
        }
        out.process(self.counters_pid(true), "network, % of rate");
        out.process(self.counters_pid(false), "devices, CPUs and caches, % of rate");
        for (number, job) in (0..).zip(&self.jobs) {
            for (rank, &gpu) in (0..).zip(&job.gpus) {
                lanes.reserve(self.gpu(gpu).0);
                for worker in 0..job.workers {
                    let job = crate::probe::JobId(number);
                    let owner = Owner { job, owner: rank, worker, run: 0, node: None };
                    lanes.reserve(self.worker(owner).0);
                }
            }
        }
    }
}
