//! Caches as an epoch before the run would have left them.

use super::world::{Job, World};
use crate::kernel::id::Id;
use crate::kernel::rng::{Purpose, Streams};
use crate::model::{Dataset, DatasetId, Op, Training};
use crate::probe::{JobId, Probe};
use crate::storage::cache::{CacheKey, Lru};
use crate::work::epoch::{Epoch, Sizes};

/// The number of the epoch before the first: an order of its own.
const BEFORE: u32 = u32::MAX;

/// What was read last, newest first, until a cache is full of it.
struct Tail {
    room: u64,
    held: u64,
    reads: Vec<(CacheKey, u64)>,
}

impl Tail {
    fn new(room: u64) -> Tail {
        Tail { room, held: 0, reads: Vec::new() }
    }

    fn is_full(&self) -> bool {
        self.held >= self.room
    }

    /// A read of `bytes` from `offset`, in ranges.
    fn read(&mut self, object: u64, offset: u64, bytes: u64, range: Option<u64>) {
        let range = range.unwrap_or(bytes).clamp(1, bytes.max(1));
        for part in (0..bytes.div_ceil(range)).rev() {
            let size = range.min(bytes - part * range);
            self.reads.push(((object, offset + part * range), size));
            self.held += size;
        }
    }

    fn fill(&self, cache: &mut Lru) {
        for (key, bytes) in self.reads.iter().rev() {
            cache.put(*key, *bytes);
        }
    }
}

fn word(dataset: DatasetId, object: u64) -> u64 {
    (dataset.index() as u64) << 48 | object
}

impl<P: Probe> World<P> {
    /// Fills every cache, unless they start empty.
    pub(super) fn warm_caches(&mut self, streams: &Streams) {
        let scenario = self.scenario.clone();
        if scenario.caches_start_empty() || !scenario.has_caches() {
            return;
        }
        let room = |caches: &[crate::model::CacheSpec]| {
            caches.iter().map(|c| c.capacity.0).max().unwrap_or(0)
        };
        let shared = scenario.store.cache.as_ref().map_or(0, |c| c.capacity.0);
        for (i, spec) in scenario.training.iter().enumerate() {
            let group = &scenario.groups[spec.group];
            let data = &scenario.datasets[spec.dataset];
            let range = group.client.range_size.map(|r| r.0);
            let nodes: Vec<u32> = match &self.jobs[JobId(i as u32)] {
                Job::Training(job) => {
                    (0..spec.gpus).map(|r| self.plant.node_of(job.gpu(r))).collect()
                }
                _ => unreachable!("training jobs come first"),
            };
            for node in nodes[0]..=nodes[nodes.len() - 1] {
                let ranks = |rank: u32| nodes[rank as usize] == node;
                let tail = last_reads(spec, data, streams, range, room(&group.caches), ranks);
                self.node_caches[node as usize].iter_mut().for_each(|cache| tail.fill(cache));
            }
            let site = self.usual_site(spec.dataset, nodes[0]);
            if let Some(cache) = self.sites.cache(site) {
                last_reads(spec, data, streams, range, shared, |_| true).fill(cache);
            }
        }
        for (i, spec) in scenario.loads.iter().enumerate().filter(|(_, l)| l.op == Op::Get) {
            let group = &scenario.groups[spec.group];
            let range = group.client.range_size.map(|r| r.0);
            let clients = self.clients[scenario.training.len() + i];
            let data = &scenario.datasets[spec.dataset];
            let chance = streams.keyed(&spec.name, Purpose::Target);
            let sizes = Sizes::new(data, streams);
            // Reads are drawn evenly, so what is left is a random set of objects.
            let drawn = |room: u64, place: u64| {
                let mut tail = Tail::new(room);
                for i in (0..4 * data.objects).take_while(|_| room > 0) {
                    if tail.is_full() {
                        break;
                    }
                    let object = chance.below(data.objects, [u64::MAX, place, i]);
                    tail.read(word(spec.dataset, object), 0, sizes.object(object), range);
                }
                tail
            };
            for node in clients.first_node..clients.first_node + clients.nodes {
                let tail = drawn(room(&group.caches), u64::from(node - clients.first_node));
                self.node_caches[node as usize].iter_mut().for_each(|cache| tail.fill(cache));
            }
            let site = self.usual_site(spec.dataset, clients.first_node);
            if let Some(cache) = self.sites.cache(site) {
                drawn(shared, u64::MAX).fill(cache);
            }
        }
    }
}

/// The last reads of an epoch by the ranks for which `of` says so, enough to fill `room` bytes.
fn last_reads(
    spec: &Training,
    data: &Dataset,
    streams: &Streams,
    range: Option<u64>,
    room: u64,
    of: impl Fn(u32) -> bool,
) -> Tail {
    let epoch = Epoch::new(data, spec.order, BEFORE, streams.keyed(&spec.name, Purpose::Order));
    let sizes = Sizes::new(data, streams);
    let mut tail = Tail::new(room);
    let mut runs = Vec::new();
    for step in (0..spec.steps_per_epoch(data)).rev() {
        for rank in (0..spec.gpus).rev().filter(|rank| of(*rank)) {
            if tail.is_full() {
                return tail;
            }
            let place = step * u64::from(spec.gpus) + u64::from(rank);
            epoch.runs(&sizes, place * u64::from(spec.batch), spec.batch, &mut runs);
            for run in runs.iter().rev() {
                tail.read(word(spec.dataset, run.object), run.offset, run.bytes, range);
            }
        }
    }
    tail
}
