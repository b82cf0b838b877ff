//! The store at several sites: which site serves a request, and what each site has of its own: a
//! load balancer, request-rate limits, a shared cache.

use super::event::{Event, RequestId};
use super::plant::Network;
use super::world::{Job, World};
use crate::kernel::id::Id;
use crate::kernel::maxmin::Hop;
use crate::kernel::queue::Phase;
use crate::kernel::rng::Streams;
use crate::kernel::time::{Span, Time};
use crate::model::{
    Dataset, DatasetId, Op, ReplicaChoice, Scenario, Site, SiteId, Throttle, WanId,
};
use crate::probe::{JobId, Probe};
use crate::storage::balancer::LoadBalancer;
use crate::storage::cache::Lru;
use crate::storage::throttle::Bucket;
use crate::work::Wake;
use crate::work::delivery::DeliveryJob;
use crate::work::epoch::Sizes;
use std::ops::Range;

/// From one site to another as the network's metric leads: round trip of the links between them, and
/// price of 2³⁰ bytes (1e-9 dollars).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Distance {
    pub round_trip: Span,
    pub price: i128,
}

/// What a request that leaves its controller says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It answered so long after it was picked.
    Answered(Span),
    /// It refused or reset the request, or kept it waiting for too long.
    Failed,
    /// Its client had given the request up before.
    Unknown,
}

/// What one site has.
#[derive(Debug, Clone)]
struct Place {
    controllers: Range<u32>,
    storage_nodes: Range<u32>,
    balancer: LoadBalancer,
    get_bucket: Option<Bucket>,
    put_bucket: Option<Bucket>,
    cache: Option<Lru>,
}

/// The store's state by site.
#[derive(Debug, Clone)]
pub(super) struct Sites {
    places: Vec<Place>,
    /// Site of each controller.
    of: Vec<SiteId>,
    /// Whether any site's balancer ejects outliers.
    ejects: bool,
    /// The sites that hold a copy of a dataset and may, and can, send it to a site: by both.
    copies: Vec<Vec<Vec<SiteId>>>,
    /// From site to site; `None`: there is no way.
    distances: Vec<Vec<Option<Distance>>>,
    /// By dataset: whether it may go from site to site; `None`: it has no rule.
    rules: Vec<Option<Vec<Vec<bool>>>>,
}

impl Sites {
    pub(super) fn new(scenario: &Scenario) -> Sites {
        let store = &scenario.store;
        let bucket = |rate: fn(&Throttle) -> f64| {
            let throttle = store.controller.throttle.as_ref()?;
            Some(Bucket::new(rate(throttle) * f64::from(throttle.prefixes), throttle.burst_s))
        };
        let place = |site: &Site| Place {
            controllers: site.controllers.clone(),
            storage_nodes: site.storage_nodes.clone(),
            balancer: LoadBalancer::of(&store.balancer, site.controllers.len() as u32),
            get_bucket: bucket(|t| t.get_per_s),
            put_bucket: bucket(|t| t.put_per_s),
            cache: store.cache.as_ref().map(|c| Lru::new(c.capacity.0)),
        };
        let places: Vec<Place> = scenario.places().rows().iter().map(place).collect();
        let ids = || (0..places.len()).map(SiteId::from_index);
        let distances =
            ids().map(|from| ids().map(|to| distance(scenario, from, to)).collect()).collect();
        let rule = |(dataset, data): (DatasetId, &Dataset)| {
            data.allowed_regions.as_ref()?;
            let may = |from| ids().map(|to| scenario.may_pass(dataset, from, to)).collect();
            Some(ids().map(may).collect())
        };
        let rules = scenario.datasets.iter().map(rule).collect();
        let mut of = vec![SiteId(0); store.controllers as usize];
        for (site, place) in places.iter().enumerate() {
            for controller in place.controllers.clone() {
                of[controller as usize] = SiteId::from_index(site);
            }
        }
        let ejects = store.balancer.ejection.is_some();
        let mut sites = Sites { places, of, ejects, copies: Vec::new(), distances, rules };
        let copies_for = |dataset, home| {
            let held = scenario.replicas(dataset).into_iter();
            held.filter(|site| sites.may_serve(dataset, *site, home)).collect()
        };
        let all = |dataset| scenario.sites.ids().map(|home| copies_for(dataset, home)).collect();
        sites.copies = scenario.datasets.ids().map(all).collect();
        sites
    }

    fn may_serve(&self, dataset: DatasetId, site: SiteId, home: SiteId) -> bool {
        let may = |rule: &Vec<Vec<bool>>| rule[site.index()][home.index()];
        self.distance(home, site).is_some() && self.rules[dataset.index()].as_ref().is_none_or(may)
    }

    /// The sites that hold a copy of a dataset and may, and can, send it to `home`.
    fn copies(&self, dataset: DatasetId, home: SiteId) -> &[SiteId] {
        &self.copies[dataset.index()][home.index()]
    }

    /// The site of a controller.
    pub(super) fn of(&self, controller: u32) -> SiteId {
        self.of[controller as usize]
    }

    fn place(&mut self, controller: u32) -> (&mut Place, u32) {
        let site = self.of(controller);
        let place = &mut self.places[site.index()];
        let local = controller - place.controllers.start;
        (place, local)
    }

    /// Picks one of the site's controllers, another one than `avoid` if that can be.
    fn pick(
        &mut self,
        now: Time,
        site: SiteId,
        object: impl FnOnce() -> u64,
        chance: impl FnOnce() -> u64,
        avoid: Option<u32>,
    ) -> u32 {
        let place = &mut self.places[site.index()];
        let first = place.controllers.start;
        let avoid = avoid.filter(|not| place.controllers.contains(not));
        first
            + match avoid {
                Some(not) => place.balancer.pick_other(now, object, chance, not - first),
                None => place.balancer.pick(now, object, chance),
            }
    }

    /// A request left its controller.
    pub(super) fn release(&mut self, now: Time, controller: u32, verdict: Verdict) {
        let (place, local) = self.place(controller);
        place.balancer.release(local);
        self.judge(now, controller, verdict);
    }

    /// What a request says of its controller.
    pub(super) fn judge(&mut self, now: Time, controller: u32, verdict: Verdict) {
        let (place, local) = self.place(controller);
        match verdict {
            Verdict::Answered(took) => place.balancer.outcome(now, local, Some(took)),
            Verdict::Failed => place.balancer.outcome(now, local, None),
            Verdict::Unknown => {}
        }
    }

    /// The health check finds a controller well or not.
    pub(super) fn set_healthy(&mut self, controller: u32, healthy: bool) {
        let (place, local) = self.place(controller);
        place.balancer.set_healthy(local, healthy);
    }

    /// The request-rate limit of the controller's site.
    pub(super) fn bucket(&mut self, controller: u32, op: Op) -> &mut Option<Bucket> {
        let (place, _) = self.place(controller);
        match op {
            Op::Get => &mut place.get_bucket,
            Op::Put => &mut place.put_bucket,
        }
    }

    /// The cache that the controllers of a site share.
    pub(super) fn cache(&mut self, site: SiteId) -> &mut Option<Lru> {
        &mut self.places[site.index()].cache
    }

    /// The storage nodes that a controller reaches: those of its site.
    pub(super) fn storage_nodes(&self, controller: u32) -> Range<u32> {
        self.places[self.of(controller).index()].storage_nodes.clone()
    }

    /// How far one site is from another.
    pub(super) fn distance(&self, from: SiteId, to: SiteId) -> Option<Distance> {
        self.distances[from.index()][to.index()]
    }
}

fn distance(scenario: &Scenario, from: SiteId, to: SiteId) -> Option<Distance> {
    if from == to {
        return Some(Distance { round_trip: Span::ZERO, price: 0 });
    }
    let passage = scenario.passage(from, to)?;
    Some(Distance { round_trip: passage.round_trip, price: passage.price })
}

/// The links between sites on a way, and the probability of a loss event on them.
#[derive(Debug, Clone)]
pub(super) struct Crossing {
    pub wans: Vec<WanId>,
    pub loss: f64,
}

impl<P: Probe> World<P> {
    /// What a way crosses between sites.
    pub(super) fn crossing(&self, hops: &[Hop]) -> Crossing {
        let wans: Vec<WanId> =
            self.links_on(hops).map(|place| WanId::from_index(place / 2)).collect();
        let through: f64 = wans.iter().map(|wan| 1.0 - self.scenario.wans[*wan].loss).product();
        Crossing { loss: 1.0 - through, wans }
    }

    /// Which directions of links between sites a way takes, as places in the graph's list of them.
    pub(super) fn links_on<'a>(&'a self, hops: &'a [Hop]) -> impl Iterator<Item = usize> + 'a {
        let Network { graph, resources, .. } = &self.plant.storage;
        let crossed = if graph.wans.is_empty() { &[] } else { hops };
        let place = move |hop: &Hop| {
            graph.wans.iter().position(|link| resources[link.index()] == hop.resource)
        };
        crossed.iter().filter_map(place)
    }

    /// Makes a job of every delivery.
    pub(super) fn hire_movers(&mut self, streams: &Streams) {
        let scenario = self.scenario.clone();
        for spec in &scenario.deliveries {
            let data = &scenario.datasets[spec.dataset];
            let job = DeliveryJob::new(spec, data.objects, Sizes::new(data, streams));
            self.unfinished += 1;
            let first_node = self.plant.first_node[spec.group.index()];
            let nodes = scenario.groups[spec.group].count;
            self.open(Job::Delivery(Box::new(job)), spec.concurrency, first_node, nodes);
        }
    }

    /// Whether a job begins only when a delivery is done.
    pub(super) fn is_held(&self, job: JobId) -> bool {
        self.scenario.deliveries.iter().any(|delivery| delivery.holds == Some(job.0))
    }

    /// A job is done: one that waited for it begins, unless it waits for another as well.
    pub(super) fn let_go(&mut self, done: JobId) {
        let Job::Delivery(job) = &self.jobs[done] else { return };
        let Some(held) = job.spec().holds else { return };
        let waits = self.jobs.rows().iter().any(|job| match job {
            Job::Delivery(job) => job.spec().holds == Some(held) && job.ended().is_none(),
            _ => false,
        });
        if !waits {
            self.after(Span::ZERO, Phase::Arrive, Event::Wake(JobId(held), Wake::Begin));
        }
    }

    /// The site that a delivery's request goes to, if it is one's.
    fn told_site(&self, id: RequestId) -> Option<SiteId> {
        let request = &self.requests[id];
        let Job::Delivery(job) = &self.jobs[request.job] else { return None };
        Some(match request.op {
            Op::Get => job.spec().from,
            Op::Put => job.spec().to,
        })
    }

    /// The sites that deliveries have brought an object to.
    fn brought(&self, dataset: DatasetId, object: u64) -> impl Iterator<Item = SiteId> + '_ {
        self.jobs.rows().iter().rev().filter_map(move |job| match job {
            Job::Delivery(job) if job.spec().dataset == dataset => {
                job.progress().has(object).then_some(job.spec().to)
            }
            _ => None,
        })
    }

    /// The controller that gets the request, now that it leaves its client.
    pub(super) fn pick_controller(&mut self, id: RequestId) -> u32 {
        let request = &self.requests[id];
        let ([a, b, c], tries) = (request.key, u64::from(request.tries));
        let (draw, name) = (self.chance.balance, request.name);
        if self.sites.ejects {
            // A site that nobody is sent to would else never learn that its ejections are over.
            self.sites.places.iter_mut().for_each(|place| place.balancer.sweep(self.now));
        }
        let site = self.serving_site(id);
        let avoid = self.requests[id].attempt.avoid.take();
        self.requests[id].picked = self.now;
        if let Some(cache) = self.cache_to_ask(id, site) {
            return cache;
        }
        let (object, chance) = (|| draw.bits([name]), || draw.bits([a, b, c, tries]));
        self.sites.pick(self.now, site, object, chance, avoid)
    }

    /// The site that serves the request: among those that hold a copy, may send it to the client's
    /// site and have a gateway that the health check says is well (any, if it says so of none), the
    /// one that the store's replica choice likes best. A write goes to the nearest of them.
    fn serving_site(&self, id: RequestId) -> SiteId {
        if self.scenario.sites.is_empty() {
            return SiteId(0);
        }
        let request = &self.requests[id];
        if request.foreign {
            let [a, b, c] = request.key;
            let drawn = self.chance.balance.below(
                u64::from(self.scenario.store.controllers),
                [a, b, c, u64::from(request.tries), u64::from(u32::MAX)],
            );
            return self.sites.of(drawn as u32);
        }
        if let Some(site) = self.told_site(id) {
            return site;
        }
        let home = self.plant.nodes[request.node as usize].site;
        let dataset = DatasetId((request.object >> 48) as u32);
        let mut copies = self.sites.copies(dataset, home);
        let with_brought: Vec<SiteId>;
        if request.op == Op::Get && !self.scenario.deliveries.is_empty() {
            let brought = self.brought(dataset, request.number());
            let brought = brought.filter(|s| self.sites.may_serve(dataset, *s, home));
            with_brought = copies.iter().copied().chain(brought).collect();
            copies = &with_brought;
        }
        let well = |site: &&SiteId| self.sites.places[site.index()].balancer.healthy() > 0;
        let choice = match request.op {
            Op::Get => self.scenario.store.replica_choice,
            Op::Put => ReplicaChoice::Nearest,
        };
        let rank = |site: &&SiteId| self.rank(choice, home, **site);
        let best = copies.iter().filter(well).min_by_key(rank);
        let best = best.or_else(|| copies.iter().min_by_key(rank));
        *best.expect("the reader checks that a copy can be reached")
    }

    /// The site that serves a node's reads of a dataset while all is well and nothing is loaded.
    pub(super) fn usual_site(&self, dataset: DatasetId, node: u32) -> SiteId {
        if self.scenario.sites.is_empty() {
            return SiteId(0);
        }
        let home = self.plant.nodes[node as usize].site;
        let choice = match self.scenario.store.replica_choice {
            ReplicaChoice::Cheapest => ReplicaChoice::Cheapest,
            _ => ReplicaChoice::Nearest,
        };
        let copies = self.sites.copies(dataset, home);
        let best = copies.iter().min_by_key(|site| self.rank(choice, home, **site));
        *best.expect("the reader checks that a copy can be reached")
    }

    /// Smaller is better; ties go to the nearer site, then to the one that stands first in the file.
    fn rank(&self, choice: ReplicaChoice, home: SiteId, site: SiteId) -> (u128, Span, SiteId) {
        let far = self.sites.distance(home, site).expect("only sites that can be reached");
        let first = match choice {
            ReplicaChoice::Nearest => 0,
            ReplicaChoice::LeastLoaded => {
                let balancer = &self.sites.places[site.index()].balancer;
                let waiting: u64 = balancer.outstanding().iter().map(|n| u64::from(*n)).sum();
                let gateways = balancer.healthy().max(1) as u128;
                (u128::from(waiting) << 32) / gateways
            }
            // A request costs the same everywhere: the bytes' way decides.
            ReplicaChoice::Cheapest => u128::try_from(far.price).expect("prices are not negative"),
        };
        (first, far.round_trip, site)
    }
}
