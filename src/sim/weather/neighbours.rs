//! Requests of others, straight at the controllers: they take slots, service, drives and the
//! controllers' adapters, but have no client of ours, no connection and no slow start, are not
//! counted by our token bucket and neither ask nor fill caches. One that is turned away comes back
//! as a client of the first node group would.

use crate::fabric::{Cap, Host};
use crate::kernel::dist::Dist;
use crate::kernel::id::Id;
use crate::kernel::maxmin::Hop;
use crate::kernel::rng::Streams;
use crate::model::{Arrivals, Dataset, DatasetId, GroupId, Load, Op, Scenario};
use crate::probe::{Bottleneck, JobId, Probe};
use crate::sim::event::RequestId;
use crate::sim::world::{Job, World};
use crate::work::LoadJob;
use crate::work::epoch::Sizes;

/// Objects of others: so many that hardly one is asked for twice.
const OBJECTS: u64 = 1 << 40;

/// Jobs of a scenario that are not neighbours.
pub(in crate::sim) fn own_jobs(scenario: &Scenario) -> usize {
    let caches = scenario.cached_sites().count();
    scenario.training.len() + scenario.loads.len() + scenario.deliveries.len() + caches
}

impl<P: Probe> World<P> {
    /// Makes a load of every neighbour, after all jobs of ours.
    pub(in crate::sim) fn hire_neighbours(&mut self, streams: &Streams) {
        let scenario = self.scenario.clone();
        let datasets = scenario.datasets.len();
        for (i, neighbour) in scenario.neighbours().enumerate() {
            let data = Dataset {
                name: neighbour.name.into(),
                objects: OBJECTS,
                samples_per_object: 1,
                sample_bytes: neighbour.size.clone(),
                replicas: Vec::new(),
                allowed_regions: None,
            };
            let spec = Load {
                name: neighbour.name.into(),
                group: GroupId(0),
                op: neighbour.op,
                dataset: DatasetId::from_index(datasets + i),
                arrivals: Arrivals::Open {
                    interval: Dist::Exponential { mean: 1.0 / neighbour.requests_per_s },
                },
                requests: None,
                class: neighbour.class,
            };
            let job = LoadJob::new(&spec, data.objects, Sizes::new(&data, streams), None, streams);
            // No clients: the first number past ours, which no pool has.
            self.open(Job::Load(Box::new(job)), 0, 0, 1);
        }
    }

    /// Whether a job's requests are a neighbour's.
    pub(in crate::sim) fn is_foreign(&self, job: JobId) -> bool {
        job.index() >= self.own_jobs
    }

    /// The controller's adapter for a neighbour's payload; the port by hash, as for any connection.
    pub(in crate::sim) fn foreign_hop(&self, id: RequestId) -> Hop {
        let request = &self.requests[id];
        let network = &self.plant.storage;
        let at = network.graph.host(Host::Controller(request.controller));
        let ports = match request.op {
            Op::Get => &network.graph.out[at],
            Op::Put => &network.graph.into[at],
        };
        let [a, b, c] = request.key;
        let port = self.chance.path.below(ports.len() as u64, [a, b, c]);
        Hop { resource: network.resources[ports[port as usize].index()], divisor: 1 }
    }

    /// What caps a neighbour's transfer: the service's rate per connection and the controller core
    /// that serves it. Of its client and path nothing is known.
    pub(in crate::sim) fn foreign_cap(&self) -> Option<Cap> {
        let store = &self.scenario.store;
        let connection =
            store.connection_rate.map(|rate| (rate.bytes_per_s(), Bottleneck::Connection));
        let core = (1.0 / store.controller.cpu_s_per_byte, Bottleneck::ControllerCpu);
        let caps = connection.into_iter().chain([core]).filter(|(rate, _)| rate.is_finite());
        caps.map(|(rate, kind)| Cap::new(rate, kind)).reduce(Cap::tighter)
    }
}
