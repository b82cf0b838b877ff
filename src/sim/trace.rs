//! A run that is written down: what a world tells a trace beside its facts.

use super::event::{ReadId, RequestId};
use super::requests::{Place, Request, mark_of};
use super::world::{Job, World};
use crate::kernel::id::Id;
use crate::kernel::time::Time;
use crate::metrics::health::Alert;
use crate::metrics::trace::{JobLayout, Layout, ResourceLayout, Trace, TraceError, Window};
use crate::model::{GroupId, Scenario};
use crate::probe::{Answered, JobId, Mark, Owner, Probe};
use crate::work::Ticket;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceRunError {
    /// The run did not come to an end.
    #[error(transparent)]
    Run(#[from] super::RunError),
    /// The trace cannot be written, or not to its end.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// Plays replicate `replicate` and writes its trace to `out`, with the alerts of that run.
///
/// # Errors
/// The run lasts longer than 213 days; `out` takes no more; the trace passes its limit.
pub fn trace<W: Write>(
    scenario: &Arc<Scenario>,
    replicate: u64,
    out: W,
    window: Window,
    alerts: &[Alert],
) -> Result<W, TraceRunError> {
    // Nothing is told before the world plays.
    let mut world = World::new(scenario.clone(), replicate, None);
    let about = [
        ("scenario", scenario.name.clone()),
        ("seed", scenario.seed.to_string()),
        ("replicate", replicate.to_string()),
        ("gapcast", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    world.probe = Some(Trace::new(out, world.layout(), window, &about));
    let end = world.play().ok_or_else(|| world.why_endless())?;
    world.mark_under_way();
    let trace = world.probe.expect("set above");
    Ok(trace.finish(end.min(window.until), alerts)?)
}

impl<P: Probe> World<P> {
    /// Names of everything a trace shows.
    fn layout(&self) -> Layout {
        let scenario = &self.scenario;
        let names = self.job_names();
        let job = |(id, job): (JobId, &Job)| match job {
            Job::Training(job) => JobLayout {
                name: job.spec().name.clone(),
                gpus: (0..job.spec().gpus).map(|rank| job.gpu(rank)).collect(),
                workers: job.spec().workers,
            },
            Job::Load(_) | Job::Delivery(_) | Job::Cache(_) => {
                JobLayout { name: names[id.index()].clone(), ..JobLayout::default() }
            }
        };
        let jobs = self.jobs.iter().map(job).collect();
        let node = |(group, i): (GroupId, u32)| scenario.node_name(group, i);
        let groups = scenario.groups.iter();
        let nodes = groups.flat_map(|(group, spec)| (0..spec.count).map(move |i| (group, i)));
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut unique = |name: &str| {
            // Adapters of one host on two networks have one name.
            let number = seen.entry(name.to_owned()).or_default();
            *number += 1;
            if *number == 1 { name.to_owned() } else { format!("{name} ({number})") }
        };
        let resource = |(id, info): (_, &super::plant::ResourceInfo)| ResourceLayout {
            name: unique(&info.name),
            network: !matches!(info.kind, "device" | "cpu" | "cache"),
            units: self.fabric.share().capacity(id),
        };
        Layout {
            jobs,
            nodes: nodes.map(node).collect(),
            first_gpu: self.plant.first_gpu.clone(),
            stations: self.plant.stations.rows().iter().map(|info| info.name.clone()).collect(),
            controllers: self.plant.controllers.len() as u32,
            devices_per_node: scenario.store.media.as_ref().map_or(0, |m| m.devices_per_node),
            devices: self.plant.device_read.len() as u32,
            resources: self.plant.resources.iter().map(resource).collect(),
        }
    }

    /// Loads that changed at this instant.
    pub(super) fn mark_loads(&mut self) {
        while let Some((resource, units)) = self.fabric.take_change() {
            self.probe.mark(self.now, Mark::Load { resource, units });
        }
    }

    pub(super) fn owner_of(&self, job: JobId, ticket: Ticket) -> Owner {
        let Ticket { owner, worker, run } = ticket;
        let node = (!self.is_foreign(job)).then(|| self.node_of_client(job, ticket));
        Owner { job, owner, worker, run, node }
    }

    pub(super) fn mark_read(&mut self, id: ReadId, finished: bool) {
        let read = self.reads[id];
        let owner = self.owner_of(read.job, read.order.ticket);
        let (object, bytes) = (read.order.object, read.order.bytes);
        self.probe.mark(self.now, Mark::Read { read: id.0, owner, object, bytes, finished });
    }

    pub(super) fn mark_slot(&mut self, id: RequestId, finished: bool) {
        let request = &self.requests[id];
        let (controller, op, began) = (request.controller, request.op, request.began);
        self.probe.mark(self.now, Mark::Slot { controller, request: id.0, op, began, finished });
    }

    /// A request that fails, or that the end of the run cuts off.
    pub(super) fn mark_unanswered(&mut self, id: RequestId) {
        let now = self.now;
        let request = &self.requests[id];
        let stretches: Vec<_> =
            request.stretches.iter().filter(|s| s.since <= now).copied().collect();
        let answer = Answered {
            job: request.job,
            op: request.op,
            bytes: request.bytes,
            issued: request.issued,
            first_byte: Time::NEVER,
            cached: request.tier.is_some(),
            attempts: request.attempts(),
            stretches: &stretches,
        };
        self.probe.mark(now, mark_of(id, request, &answer, false));
    }

    /// What the end of the run cuts off: requests, the reads they are of, the slots they hold.
    fn mark_under_way(&mut self) {
        for id in self.requests.used() {
            let Request { attempt, is_shade, place, .. } = &self.requests[id];
            // Of two attempts at once, the request is where the first one is.
            let second = attempt.hedge && attempt.twin.is_some();
            let (own, place) = (!is_shade && !attempt.orphan && !second, *place);
            if own {
                self.mark_unanswered(id);
            }
            if place == Place::Served {
                self.mark_slot(id, false);
            }
        }
        for id in self.reads.used() {
            self.mark_read(id, false);
        }
    }
}
