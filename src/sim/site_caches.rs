//! Read-through caches: a host at a site that keeps what was read there from other sites' copies.
//!
//! A GET whose copy lies at another site goes to the cache of its own site. A hit is answered from
//! there. A miss fetches the same range from the copy, whole, keeps it, and answers; whoever asks for
//! it (or the beginning of it) meanwhile waits for the same fetch. The cache is a client of the
//! store with a job of its own.

use super::event::{Event, RequestId, Step};
use super::world::{Job, World};
use crate::define_id;
use crate::kernel::id::{Id, Pool};
use crate::kernel::queue::Phase;
use crate::model::{DatasetId, Op, SiteId};
use crate::probe::{Fact, JobId, Probe, Stage};
use crate::storage::cache::{CacheKey, Lru};
use crate::work::{ReadOrder, Ticket, Wake};
use std::collections::BTreeMap;

define_id!(
    /// A fetch under way; the number is used again.
    FetchId,
);

/// A fetch under way, with the requests that wait for it.
#[derive(Debug, Clone)]
struct Fetch {
    key: CacheKey,
    bytes: u64,
    waiting: Vec<RequestId>,
}

/// The cache of one site.
#[derive(Debug, Clone)]
pub(super) struct SiteCache {
    site: SiteId,
    job: JobId,
    lru: Lru,
    fetches: Pool<FetchId, Fetch>,
    /// Those under way, by what they fetch and how much of it.
    under_way: BTreeMap<(CacheKey, u64), FetchId>,
    /// Fetches begun so far.
    begun: u64,
    pub hits: u64,
    pub misses: u64,
}

impl<P: Probe> World<P> {
    /// Makes the caches and their jobs.
    pub(super) fn hire_caches(&mut self) {
        let scenario = self.scenario.clone();
        for site in scenario.cached_sites() {
            let capacity = scenario.sites[site].cache.as_ref().map_or(0, |cache| cache.capacity.0);
            let place = self.site_caches.len();
            self.site_caches.push(SiteCache {
                site,
                job: JobId::from_index(self.jobs.len()),
                lru: Lru::new(capacity),
                fetches: Pool::new(),
                under_way: BTreeMap::new(),
                begun: 0,
                hits: 0,
                misses: 0,
            });
            let node = self.plant.site_caches[place].node;
            self.open(Job::Cache(place as u32), 1, node, 1);
        }
    }

    /// The number by which a request knows the cache of its site, if it is to ask it: where other
    /// controllers have their numbers, the caches follow after them.
    pub(super) fn cache_to_ask(&self, id: RequestId, serving: SiteId) -> Option<u32> {
        let request = &self.requests[id];
        if self.site_caches.is_empty() || request.foreign || request.op != Op::Get {
            return None;
        }
        if !matches!(self.jobs[request.job], Job::Training(_) | Job::Load(_)) {
            return None;
        }
        let home = self.plant.nodes[request.node as usize].site;
        let place = self.site_caches.iter().position(|cache| cache.site == home)?;
        (home != serving).then_some(self.scenario.store.controllers + place as u32)
    }

    /// Which cache a controller's number stands for, if it is one's.
    pub(super) fn site_cache(&self, controller: u32) -> Option<usize> {
        controller.checked_sub(self.scenario.store.controllers).map(|place| place as usize)
    }

    /// A request reaches the cache of its site.
    pub(super) fn ask_site_cache(&mut self, id: RequestId, place: usize) {
        let request = &self.requests[id];
        let (key, bytes) = ((request.object, request.offset), request.bytes);
        let [a, b, c] = request.key;
        let cache = &mut self.site_caches[place];
        let (hit, site) = (cache.lru.get(key, bytes), cache.site);
        if hit {
            cache.hits += 1;
        } else {
            cache.misses += 1;
        }
        self.tell(Fact::SiteCache { site: site.0, hit });
        if hit {
            self.stage(id, Stage::CacheRead);
            let spec = self.scenario.sites[site].cache.as_ref().expect("there is a cache");
            let span = spec.latency.sample_span(self.chance.cache.uniform([a, b, c, 2]));
            return self.after(span, Phase::Arrive, Event::Request(id, Step::CacheReady));
        }
        self.stage(id, Stage::CacheFill);
        let cache = &mut self.site_caches[place];
        if let Some((_, &fetch)) = cache.under_way.range((key, bytes)..=(key, u64::MAX)).next() {
            return cache.fetches[fetch].waiting.push(id);
        }
        let fetch = cache.fetches.keep(Fetch { key, bytes, waiting: vec![id] });
        cache.under_way.insert((key, bytes), fetch);
        let order = ReadOrder {
            ticket: Ticket { owner: fetch.0, worker: 0, run: 0 },
            op: Op::Get,
            dataset: DatasetId::from_index((key.0 >> 48) as usize),
            object: key.0 & ((1 << 48) - 1),
            offset: key.1,
            bytes,
            key: cache.begun,
        };
        cache.begun += 1;
        let job = cache.job;
        self.begin_read(job, order);
    }

    /// A request that its client has given up waits for no fetch; the fetch goes on.
    pub(super) fn leaves_site_cache(&mut self, id: RequestId, place: usize) {
        let request = &self.requests[id];
        let (key, bytes) = ((request.object, request.offset), request.bytes);
        let cache = &mut self.site_caches[place];
        for fetch in cache.under_way.range((key, bytes)..=(key, u64::MAX)).map(|(_, fetch)| *fetch)
        {
            cache.fetches[fetch].waiting.retain(|waiting| *waiting != id);
        }
    }

    /// A cache's job is woken: what it fetched is there, and goes to all who wait for it.
    pub(super) fn cache_wakes(&mut self, place: u32, wake: Wake) {
        let Wake::Answered(ticket) = wake else { return };
        let cache = &mut self.site_caches[place as usize];
        let id = FetchId(ticket.owner);
        let Fetch { key, bytes, waiting } = &mut cache.fetches[id];
        let (key, bytes, waiting) = (*key, *bytes, std::mem::take(waiting));
        cache.under_way.remove(&(key, bytes)).expect("a fetch ends once");
        cache.fetches.release(id);
        cache.lru.put(key, bytes);
        for id in waiting {
            self.cache_ready(id);
        }
    }
}
