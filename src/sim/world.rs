//! The world of one replicate: state, dispatch, and the loop.

use super::accounts::Accounts;
use super::classes::Classes;
use super::connections::Connection;
use super::effect::in_effect;
use super::event::{Cargo, ConnectionId, DecodeId, Event, ReadId, RequestId};
use super::paths::Routes;
use super::plant::Plant;
use super::pool::Policies;
use super::ports::Ports;
use super::reads::Read;
use super::requests::Request;
use super::site_caches::SiteCache;
use super::sites::Sites;
use super::weather::Weather;
use crate::disturb::Delays;
use crate::fabric::{Done, Fluid};
use crate::kernel::id::{Id, Pool, Table};
use crate::kernel::maxmin::{Hop, ResourceId};
use crate::kernel::queue::{EventKey, EventQueue, Phase};
use crate::kernel::rng::{Keyed, Purpose, Streams, name_word};
use crate::kernel::time::{Span, Time};
use crate::model::{Scenario, Tcp, class};
use crate::probe::{Fact, GpuId, JobId, Probe};
use crate::storage::cache::Lru;
use crate::storage::station::Station;
use crate::work::bursts::Bursts;
use crate::work::delivery::DeliveryJob;
use crate::work::epoch::Sizes;
use crate::work::slow::Slow;
use crate::work::{Command, LoadJob, Ticket, TrainingJob, Wake};
use std::rc::Rc;
use std::sync::Arc;

/// A job of either kind.
#[derive(Debug)]
pub(super) enum Job {
    Training(Box<TrainingJob>),
    Load(Box<LoadJob>),
    Delivery(Box<DeliveryJob>),
    /// What a site's cache fetches, by its place.
    Cache(u32),
}

/// A decode waiting or running.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decode {
    pub job: JobId,
    pub ticket: Ticket,
    pub span: Span,
    pub node: u32,
    pub queued: Time,
    pub began: Time,
}

/// Chance that belongs to requests, keyed by what they are for.
#[derive(Debug, Clone)]
pub(super) struct RequestChance {
    pub service: Keyed,
    pub media: Keyed,
    pub client: Keyed,
    pub cache: Keyed,
    pub backoff: Keyed,
    pub path: Keyed,
    pub placement: Keyed,
    pub balance: Keyed,
    pub object: Keyed,
    pub copy: Keyed,
    pub loss: Keyed,
    pub queue: Keyed,
}

impl RequestChance {
    fn new(streams: &Streams, store: &str) -> RequestChance {
        let keyed = |purpose| streams.keyed(store, purpose);
        RequestChance {
            service: keyed(Purpose::Service),
            media: keyed(Purpose::Media),
            client: keyed(Purpose::ClientCpu),
            cache: keyed(Purpose::Cache),
            backoff: keyed(Purpose::Backoff),
            path: keyed(Purpose::Path),
            placement: keyed(Purpose::Placement),
            balance: keyed(Purpose::Balance),
            object: keyed(Purpose::Object),
            copy: keyed(Purpose::Copy),
            loss: keyed(Purpose::Loss),
            queue: keyed(Purpose::Queue),
        }
    }
}

/// The words that stand for names in the addresses of draws.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub jobs: Vec<u64>,
    pub datasets: Vec<u64>,
}

impl Names {
    fn of(scenario: &Scenario) -> Names {
        let jobs = scenario.training.iter().map(|job| &job.name);
        let jobs = jobs.chain(scenario.loads.iter().map(|load| &load.name));
        let jobs = jobs.chain(scenario.deliveries.iter().map(|delivery| &delivery.name));
        let caches = scenario.cached_sites().map(|site| &scenario.sites[site].name);
        let jobs = jobs.chain(caches);
        let datasets = scenario.datasets.rows().iter().map(|data| &data.name);
        // A neighbour has objects of its own.
        let others: Vec<u64> = scenario.neighbours().map(|n| name_word(n.name)).collect();
        Names {
            jobs: jobs.map(|name| name_word(name)).chain(others.iter().copied()).collect(),
            datasets: datasets.map(|name| name_word(name)).chain(others).collect(),
        }
    }
}

/// Everything of one replicate.
pub struct World<P> {
    pub(super) scenario: Arc<Scenario>,
    pub(super) plant: Plant,
    pub(super) probe: P,
    pub(super) queue: EventQueue<Event>,
    pub(super) fabric: Fluid<Cargo>,
    pub(super) routes: Routes,
    pub(super) chance: RequestChance,
    /// What delays the ways between clients and store; none if nothing does.
    pub(super) delays: Option<Box<Delays>>,
    /// Buffers of switch ports; none if the scenario gives them none.
    pub(super) ports: Option<Box<Ports>>,
    pub(super) names: Names,
    pub(super) classes: Classes,
    pub(super) jobs: Table<JobId, Job>,
    /// First client of each job, and the nodes its clients are dealt over.
    pub(super) clients: Vec<ClientSpan>,
    /// Jobs of ours; neighbours come after them.
    pub(super) own_jobs: usize,
    pub(super) requests: Pool<RequestId, Request>,
    pub(super) reads: Pool<ReadId, Read>,
    pub(super) connections: Pool<ConnectionId, Connection>,
    /// The transport to the store, if it is TCP; connections share it.
    pub(super) tcp: Option<Rc<Tcp>>,
    /// Idle connections of each client with their controllers, last used last.
    pub(super) pools: Vec<Vec<(u32, ConnectionId)>>,
    /// Connections each client has opened so far.
    pub(super) opened: Vec<u32>,
    /// What clients keep in mind of their requests.
    pub(super) policies: Policies,
    pub(super) controllers: Vec<Station<RequestId>>,
    pub(super) sites: Sites,
    pub(super) site_caches: Vec<SiteCache>,
    /// What moved between sites and was asked of the store, by job.
    pub(super) accounts: Accounts,
    pub(super) devices: Vec<Station<RequestId>>,
    /// Earliest next start of each device, by its I/O rate: (reads, writes).
    pub(super) device_gates: Vec<(Time, Time)>,
    pub(super) node_caches: Vec<Vec<Lru>>,
    pub(super) cores: Vec<Station<DecodeId>>,
    pub(super) decodes: Pool<DecodeId, Decode>,
    /// Messages of each job's all-reduce still under way.
    pub(super) reducing: Vec<u32>,
    /// Disturbances of resources.
    pub(super) weather: Weather,
    pub(super) now: Time,
    /// When statistics began, and what each link (units × ps) had carried by then.
    pub(super) window: Time,
    pub(super) warm_up_loads: Vec<u128>,
    pub(super) events: u64,
    /// Jobs that end by themselves and have not yet.
    pub(super) unfinished: usize,
    fabric_event: Option<(Time, EventKey)>,
    done: Vec<Done<Cargo>>,
    outbox: Vec<Command>,
    /// Room for what a transfer crosses while it is put together.
    pub(super) hops: Vec<Hop>,
}

/// Clients of one job.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientSpan {
    pub first: u32,
    pub first_node: u32,
    pub nodes: u32,
}

impl<P: Probe> World<P> {
    /// The world of replicate `replicate`, before its first event.
    pub fn new(scenario: Arc<Scenario>, replicate: u64, probe: P) -> World<P> {
        let scenario = in_effect(scenario);
        let streams = Streams::new(scenario.seed, replicate);
        let mut fabric = Fluid::with_classes(class::on_links(&scenario.classes));
        fabric.tolerate(scenario.rate_tolerance);
        let plant = Plant::build(&scenario, &mut fabric);
        let store = &scenario.store;
        let media = store.media.as_ref();
        let devices = media.map_or(0, |m| (m.nodes * m.devices_per_node) as usize);
        let depth = media.map_or(1, |m| m.device.queue_depth);
        let station = || Station::new(store.controller.slots, store.controller.queue_limit);
        let caches = |node: &super::plant::NodePlant| {
            let specs = &scenario.groups.rows()[node.group].caches;
            specs.iter().map(|c| Lru::new(c.capacity.0)).collect()
        };
        let cores = |node: &super::plant::NodePlant| {
            Station::new(scenario.groups.rows()[node.group].cpu_cores, None)
        };
        let world = World {
            probe,
            queue: EventQueue::new(),
            routes: Routes::new(&scenario),
            chance: RequestChance::new(&streams, &store.name),
            delays: Delays::new(&scenario, &streams),
            ports: Ports::new(&scenario, &plant),
            names: Names::of(&scenario),
            classes: Classes::new(&scenario),
            jobs: Table::new(),
            clients: Vec::new(),
            own_jobs: super::weather::own_jobs(&scenario),
            requests: Pool::new(),
            reads: Pool::new(),
            connections: Pool::new(),
            tcp: super::connections::tcp(&scenario),
            pools: Vec::new(),
            opened: Vec::new(),
            policies: Policies::default(),
            controllers: (0..store.controllers).map(|_| station()).collect(),
            sites: Sites::new(&scenario),
            site_caches: Vec::new(),
            accounts: Vec::new(),
            devices: (0..devices).map(|_| Station::new(depth, None)).collect(),
            device_gates: vec![(Time::ZERO, Time::ZERO); devices],
            node_caches: plant.nodes.iter().map(caches).collect(),
            cores: plant.nodes.iter().map(cores).collect(),
            decodes: Pool::new(),
            reducing: Vec::new(),
            weather: Weather::new(&scenario, &plant, &streams),
            now: Time::ZERO,
            window: Time::ZERO,
            warm_up_loads: Vec::new(),
            events: 0,
            unfinished: 0,
            fabric_event: None,
            done: Vec::new(),
            outbox: Vec::new(),
            hops: Vec::new(),
            fabric,
            plant,
            scenario,
        };
        world.begun(&streams)
    }

    /// What comes before the first event.
    fn begun(mut self, streams: &Streams) -> World<P> {
        self.hire(streams);
        self.warm_caches(streams);
        self.watch_resources();
        self.weather_begins();
        self
    }

    /// Makes the jobs and their clients.
    fn hire(&mut self, streams: &Streams) {
        let scenario = self.scenario.clone();
        let mut taken = vec![0u32; self.plant.nodes.len()];
        for spec in &scenario.training {
            let group = &scenario.groups[spec.group];
            let first_node = self.plant.first_node[spec.group.index()];
            let mut gpus = Vec::new();
            for node in first_node..first_node + group.count {
                let free = group.gpus - taken[node as usize];
                let take = free.min(spec.gpus - gpus.len() as u32);
                let first = self.plant.first_gpu[node as usize] + taken[node as usize];
                gpus.extend((first..first + take).map(GpuId));
                taken[node as usize] += take;
            }
            assert_eq!(gpus.len(), spec.gpus as usize, "the reader checks that the job fits");
            let data = &scenario.datasets[spec.dataset];
            let slow = Slow::all(&scenario, streams);
            let job = TrainingJob::new(spec, data, group.gpu.peak_flops, &gpus, slow, streams);
            self.unfinished += 1;
            let nodes = group.count;
            self.open(Job::Training(Box::new(job)), spec.gpus * spec.workers, first_node, nodes);
        }
        for spec in &scenario.loads {
            let group = &scenario.groups[spec.group];
            let first_node = self.plant.first_node[spec.group.index()];
            let data = &scenario.datasets[spec.dataset];
            let bursts = Bursts::of(&scenario, &spec.name, streams);
            let sizes = Sizes::new(data, streams);
            let job = LoadJob::new(spec, data.objects, sizes, bursts, streams);
            self.unfinished += usize::from(spec.is_finite());
            let clients = if job.is_open() { group.count } else { job.clients() };
            self.open(Job::Load(Box::new(job)), clients, first_node, group.count);
        }
        self.hire_movers(streams);
        self.hire_caches();
        self.hire_neighbours(streams);
    }

    pub(super) fn open(&mut self, job: Job, clients: u32, first_node: u32, nodes: u32) {
        let id = self.jobs.push(job);
        let first = self.pools.len() as u32;
        self.pools.extend((0..clients).map(|_| Vec::new()));
        self.opened.resize(self.pools.len(), 0);
        self.clients.push(ClientSpan { first, first_node, nodes });
        self.reducing.push(0);
        if !self.is_held(id) {
            self.queue.schedule(Time::ZERO, Phase::Arrive, Event::Wake(id, Wake::Begin));
        }
    }

    /// Runs to the end of the jobs or the horizon. Returns the end, or `None` if that lies beyond
    /// the longest time a run can hold.
    pub fn play(&mut self) -> Option<Time> {
        let horizon = self.scenario.horizon.map(|h| Time::ZERO + h);
        if self.scenario.warm_up > Span::ZERO {
            let at = Time::ZERO + self.scenario.warm_up;
            self.queue.schedule(at, Phase::Complete, Event::WarmUpEnds);
        }
        let endless = self.unfinished == 0;
        loop {
            let next = self.queue.peek();
            // All events of an instant are applied before the rates are solved again.
            if next != Some(self.now) && self.settle() {
                continue;
            }
            if next.is_none_or(|at| horizon.is_some_and(|end| at > end)) {
                break;
            }
            if next == Some(Time::NEVER) {
                return None;
            }
            let Some((at, event)) = self.queue.pop() else { break };
            self.now = at;
            self.events += 1;
            self.dispatch(event);
            if self.unfinished == 0 && !endless {
                break;
            }
            if P::TRACES && self.probe.has_enough(at) {
                return Some(at);
            }
        }
        match horizon {
            Some(end) if endless || self.unfinished > 0 => self.now = end,
            // Who waits for what is down for good waits for ever.
            _ if self.unfinished > 0 => return None,
            _ => {}
        }
        self.settle();
        Some(self.now)
    }

    /// Solves the rates at the end of an instant; true if that brought the next event forward.
    fn settle(&mut self) -> bool {
        self.fabric.settle(self.now);
        if P::TRACES {
            self.mark_loads();
        }
        let next = self.fabric.next_event();
        if next == self.fabric_event.map(|(at, _)| at) {
            return false;
        }
        if let Some((_, key)) = self.fabric_event.take() {
            self.queue.cancel(key);
        }
        if let Some(at) = next {
            let key = self.queue.schedule(at, Phase::Complete, Event::Fabric);
            self.fabric_event = Some((at, key));
        }
        true
    }

    fn dispatch(&mut self, event: Event) {
        match event {
            Event::Fabric => self.transfers_end(),
            Event::Request(id, step) => self.request_step(id, step),
            Event::Alarm(id) => self.alarm(id),
            Event::Io { device, request, arrived, began } => {
                self.io_done(device, request, arrived, began);
            }
            Event::Wake(job, wake) => self.wake(job, wake),
            Event::Decoded(decode) => self.decoded(decode),
            Event::Reduced(job) => self.wake(job, Wake::Reduced),
            Event::Weather(process) => self.weather_turns(process),
            Event::HealthCheck { controller, change } => self.health_check(controller, change),
            Event::WarmUpEnds => self.warm_up_ends(),
            Event::RouteLearnt { resource, change, local } => {
                self.route_learnt(resource, change, local);
            }
            Event::Reroute => self.reroute(),
        }
    }

    /// Statistics begin anew: the meters by the fact, the links by what they have carried so far.
    fn warm_up_ends(&mut self) {
        let now = self.now;
        self.window = now;
        self.classes.gradient_bytes.fill(0);
        self.bill_under_way();
        self.accounts.clear();
        self.site_caches.iter_mut().for_each(|cache| (cache.hits, cache.misses) = (0, 0));
        let ids = (0..self.plant.resources.len()).map(ResourceId::from_index);
        self.warm_up_loads = ids.map(|id| self.fabric.load_over_time(id, now).total()).collect();
        self.tell(Fact::WarmUpEnds);
    }

    fn transfers_end(&mut self) {
        self.fabric_event = None;
        let mut done = std::mem::take(&mut self.done);
        self.fabric.advance(self.now, &mut done);
        for end in done.drain(..) {
            match end.token {
                Cargo::Payload(request) => self.transfer_ends(request, end.held_by),
                Cargo::Gradient(job) => self.gradient_ends(job),
            }
        }
        self.done = done;
    }

    #[inline(always)]
    pub(super) fn tell(&mut self, fact: Fact<'_>) {
        self.probe.on(self.now, fact);
    }

    pub(super) fn after(&mut self, span: Span, phase: Phase, event: Event) {
        // What lies beyond the longest run is never reached: `play` stops there.
        let key = self.queue.schedule(self.now.plus(span), phase, event);
        if let Event::Request(id, _) = event {
            self.requests[id].next = Some(key);
        }
    }

    /// Wakes a job and carries out what it says.
    pub(super) fn wake(&mut self, id: JobId, wake: Wake) {
        let mut outbox = std::mem::take(&mut self.outbox);
        let was_done = self.is_done(id);
        match &mut self.jobs[id] {
            Job::Training(job) => job.on(self.now, wake, &mut outbox),
            Job::Load(job) => job.on(wake, &mut outbox),
            Job::Delivery(job) => job.on(self.now, wake, &mut outbox),
            Job::Cache(place) => {
                let place = *place;
                self.outbox = outbox;
                return self.cache_wakes(place, wake);
            }
        }
        for command in outbox.drain(..) {
            self.execute(id, command);
        }
        self.outbox = outbox;
        if !was_done && self.is_done(id) {
            self.unfinished -= 1;
            self.let_go(id);
        }
    }

    fn is_done(&self, id: JobId) -> bool {
        match &self.jobs[id] {
            Job::Training(job) => job.ended().is_some(),
            Job::Load(job) => job.finished(),
            Job::Delivery(job) => job.ended().is_some(),
            Job::Cache(_) => false,
        }
    }

    fn execute(&mut self, id: JobId, command: Command) {
        match command {
            Command::Order(order) => self.begin_read(id, order),
            Command::Decode(ticket, span) => self.begin_decode(id, ticket, span),
            Command::After(span, wake) => self.after(span, Phase::Decide, Event::Wake(id, wake)),
            Command::AllReduce(bytes) => self.all_reduce(id, bytes),
            Command::State(gpu, state) => self.tell(Fact::Gpu(gpu, state)),
            Command::StallEnds(gpu) => {
                if let Job::Training(job) = &self.jobs[id] {
                    self.probe.on(self.now, Fact::StallEnds(gpu, job.stall_shares()));
                }
            }
            Command::WaitsSplit => {
                if let Job::Training(job) = &self.jobs[id] {
                    self.probe.on(self.now, Fact::WaitsSplit(job.wait_shares()));
                }
            }
            Command::WaitedFor(state, time) => self.tell(Fact::WaitedFor(state, time)),
            Command::BatchReady(gpu, batch) => self.tell(Fact::BatchReady { gpu, batch }),
            Command::Step(step) => self.tell(Fact::Step { job: id, step }),
        }
    }
}
