//! What moved between sites and what was asked of the store, by job, and what that costs.

use super::event::RequestId;
use super::world::{Job, World};
use crate::kernel::id::Id;
use crate::metrics::summary::Account;
use crate::model::{CACHE_HOST, Op, WanId};
use crate::probe::{JobId, Probe};

/// Counts of one job.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// Bytes by link between sites: two directions each.
    links: Vec<u64>,
    gets: u64,
    puts: u64,
}

/// Counts by job.
pub(super) type Accounts = Vec<Counts>;

impl<P: Probe> World<P> {
    fn counts(&mut self, job: JobId) -> &mut Counts {
        if self.accounts.len() <= job.index() {
            self.accounts.resize(job.index() + 1, Counts::default());
        }
        &mut self.accounts[job.index()]
    }

    /// Of the part of a request's payload that moves `moved` bytes have crossed its way; those billed
    /// before stay with the way that it took then.
    pub(super) fn bill(&mut self, id: RequestId, moved: u64) {
        if self.scenario.wans.is_empty() {
            return;
        }
        let request = &mut self.requests[id];
        let Some(connection) = request.connection else { return };
        let bytes = moved - std::mem::replace(&mut request.billed, moved);
        let (job, op) = (request.job, request.op);
        let of = &self.connections[connection];
        let crossed: Vec<usize> = self.links_on(of.payload_way(op)).collect();
        let all = self.plant.storage.graph.wans.len();
        let counts = self.counts(job);
        counts.links.resize(all, 0);
        for place in crossed {
            counts.links[place] += bytes;
        }
    }

    /// Bills what has moved of all parts under way: their ways change, the warm-up is over, or the run.
    pub(super) fn bill_under_way(&mut self) {
        if self.scenario.wans.is_empty() {
            return;
        }
        for id in self.requests.used() {
            if let Some(flow) = self.requests[id].flow {
                let left = self.fabric.left_bytes(self.now, flow);
                self.bill(id, self.requests[id].part.saturating_sub(left));
            }
        }
    }

    /// A request was answered by the store.
    pub(super) fn count_request(&mut self, job: JobId, op: Op) {
        let counts = self.counts(job);
        match op {
            Op::Get => counts.gets += 1,
            Op::Put => counts.puts += 1,
        }
    }

    /// The accounts of all jobs of ours: links that they crossed, requests where those have a price
    /// or there are several sites, and how far deliveries came.
    pub(super) fn close_accounts(&self) -> Vec<Account> {
        let mut all = Vec::new();
        let prices = self.scenario.store.prices;
        let tells = !prices.is_free() || !self.scenario.sites.is_empty();
        let names: Vec<String> = self.job_names();
        for (counts, name) in self.accounts.iter().zip(&names).filter(|_| tells) {
            let mut put = |item: String, unit, amount: u64, usd: f64| {
                let job = name.clone();
                all.push(Account { job, item, unit, amount: amount as f64, usd });
            };
            put("GET".into(), "requests", counts.gets, prices.get.cost(counts.gets).as_usd());
            put("PUT".into(), "requests", counts.puts, prices.put.cost(counts.puts).as_usd());
            for (place, bytes) in counts.links.iter().enumerate().filter(|(_, bytes)| **bytes > 0) {
                let network = &self.plant.storage;
                let link = network.graph.links[network.graph.wans[place]].name.clone();
                let price = self.scenario.wans[WanId::from_index(place / 2)].price;
                put(link, "B", *bytes, price.cost(*bytes).as_usd());
            }
        }
        for (id, job) in self.jobs.iter() {
            let mut put = |item: &str, unit, amount| {
                let (job, item) = (names[id.index()].clone(), item.to_string());
                all.push(Account { job, item, unit, amount, usd: 0.0 });
            };
            match job {
                Job::Delivery(job) => {
                    put("objects copied", "1", job.progress().count() as f64);
                    if let Some(at) = job.ended() {
                        put("all copied after", "s", at.as_s());
                    }
                }
                Job::Cache(place) => {
                    let cache = &self.site_caches[*place as usize];
                    let asked = cache.hits + cache.misses;
                    put("asked", "1", asked as f64);
                    put("hit ratio", "1", cache.hits as f64 / asked.max(1) as f64);
                }
                Job::Training(_) | Job::Load(_) => {}
            }
        }
        all
    }

    /// Names of all jobs and neighbours, in the order of their ids.
    pub(super) fn job_names(&self) -> Vec<String> {
        let scenario = &self.scenario;
        let names = scenario.training.iter().map(|t| &t.name);
        let names = names.chain(scenario.loads.iter().map(|l| &l.name));
        let names = names.chain(scenario.deliveries.iter().map(|d| &d.name)).cloned();
        let caches = scenario.cached_sites().map(|site| scenario.sites[site].name_of(CACHE_HOST));
        let names = names.chain(caches);
        names.chain(scenario.neighbours().map(|n| n.name.to_string())).collect()
    }
}
