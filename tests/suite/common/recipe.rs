//! Small scenarios over all features, from a string of bytes: a property test shrinks the bytes
//! towards zero, and zeros mean the plainest choice everywhere.

use super::{copy, device, lab, nic, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate, UsdPerGb};
use gapcast::model::*;
use proptest::prelude::*;

/// How many bytes a recipe has.
pub const LENGTH: usize = 60;
pub type Recipe = [u8; LENGTH];

/// Any recipe.
pub fn recipes() -> impl Strategy<Value = Recipe> {
    prop::collection::vec(any::<u8>(), LENGTH).prop_map(|bytes| bytes.try_into().expect("as long"))
}

/// As many whole runs as a test of the books makes; failures are printed, not kept in files.
pub fn sixty_runs() -> ProptestConfig {
    ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() }
}

/// Reads a recipe choice by choice.
struct Cook<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl Cook<'_> {
    fn below(&mut self, n: u8) -> u32 {
        u32::from(self.bytes.next().expect("a recipe is long enough") % n)
    }
    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u8) as usize].clone()
    }
    /// A time around `scale` seconds.
    fn time(&mut self, scale: f64) -> Dist {
        self.of(&[
            Dist::Constant(0.0),
            Dist::Constant(scale),
            Dist::Exponential { mean: scale },
            Dist::Lognormal { median: scale, sigma: 0.7 },
            Dist::Mixture(vec![
                (3.0, Dist::Constant(scale)),
                (1.0, Dist::Uniform { low: 0.0, high: 4.0 * scale }),
            ]),
        ])
    }
}

fn cache(name: &str, capacity: u64) -> CacheSpec {
    CacheSpec {
        name: name.into(),
        capacity: Bytes(capacity),
        read_rate: Rate(40_000_000_000),
        latency: Dist::Constant(50e-6),
    }
}

/// The scenario of a recipe: one or two training jobs and up to two loads on up to three nodes.
pub fn cook(recipe: &Recipe) -> Scenario {
    let cook = &mut Cook { bytes: recipe.iter() };
    let mut scenario = lab(1 + cook.below(4), 1 + cook.below(16));
    data(&mut scenario, cook);
    cluster(&mut scenario, cook);
    network(&mut scenario, cook);
    store(&mut scenario, cook);
    jobs(&mut scenario, cook);
    scenario.horizon = match cook.below(3) {
        0 => None,
        1 => Some(Span::from_ms(30)),
        _ => Some(Span::from_ms(400)),
    };
    if scenario.horizon.is_some() {
        // Only here: an open load above capacity without an end starves all others for ever.
        scenario.loads.iter_mut().filter(|l| l.op == Op::Put).for_each(|l| l.requests = None);
    }
    scenario
}

fn data(scenario: &mut Scenario, cook: &mut Cook<'_>) {
    let data = &mut scenario.datasets[DatasetId(0)];
    data.objects = 200;
    data.samples_per_object = cook.of(&[1, 5]);
    data.sample_bytes = cook.of(&[
        Dist::Constant(100_000.0),
        Dist::Lognormal { median: 150_000.0, sigma: 1.0 },
        Dist::Normal { mean: 1e6, sd: 5e5, floor: 1.0 },
    ]);
}

fn cluster(scenario: &mut Scenario, cook: &mut Cook<'_>) {
    let group = &mut scenario.groups[GroupId(0)];
    group.count = 1 + cook.below(3);
    group.cpu_cores = 1 + cook.below(4);
    group.storage_nic = nic(cook.of(&[Rate(100_000_000_000), Rate(10_000_000_000)]));
    group.client.request_cpu = cook.time(20e-6);
    group.client.cpu_s_per_byte = cook.of(&[0.0, 0.5e-9]);
    group.client.range_size = cook.of(&[None, Some(Bytes(64 << 10))]);
    group.client.parallel_ranges = 1 + cook.below(4);
    group.client.idle_timeout = cook.of(&[None, Some(Span::from_ms(5))]);
    group.client.retry =
        Retry { attempts: cook.of(&[10, 2]), base: Span::from_ms(2), cap: Span::from_ms(20) };
    let tiers = [cache("RAM", 2_000_000), cache("NVMe", 20_000_000)];
    group.caches = tiers[..cook.below(3) as usize].to_vec();
}

fn network(scenario: &mut Scenario, cook: &mut Cook<'_>) {
    let tcp = |idle_restart, loss| {
        Transport::Tcp(Tcp {
            growth: 1.5,
            min_rto: Span::from_ms(2),
            idle_restart,
            loss,
            efficiency: 0.94,
            ..super::tcp(2)
        })
    };
    let fabric = &mut scenario.fabrics[FabricId(0)];
    fabric.transport =
        cook.of(&[fabric.transport.clone(), tcp(false, 0.0), tcp(true, 0.0), tcp(true, 1e-4)]);
    fabric.topology = cook.of(&[
        Topology::OneSwitch,
        Topology::LeafSpine {
            leaves: 2,
            storage_leaves: 1,
            spines: 2,
            uplink: Rate(25_000_000_000),
            uplinks: 1,
        },
        Topology::FatTree { k: 4, link: Rate(50_000_000_000) },
    ]);
    fabric.host_propagation = cook.of(&[Span::ZERO, Span::from_us(1), Span::from_us(250)]);
    fabric.switch_propagation = fabric.host_propagation;
    let mut own = fabric.clone();
    own.name = "compute".into();
    own.topology = Topology::OneSwitch;
    scenario.compute_fabric = match cook.below(3) {
        0 => None,
        1 => Some(scenario.storage_fabric),
        _ => Some(scenario.fabrics.push(own)),
    };
}

fn store(scenario: &mut Scenario, cook: &mut Cook<'_>) {
    let store = &mut scenario.store;
    store.controllers = 1 + cook.below(4);
    store.balancer.policy =
        cook.of(&[Policy::RoundRobin, Policy::LeastConnections, Policy::Hash, Policy::PowerOfTwo]);
    store.balancer.latency = cook.of(&[Span::ZERO, Span::from_us(30)]);
    store.connection_rate = cook.of(&[None, Some(Rate(700_000_000))]);
    store.cache = cook.of(&[None, Some(cache("shared", 10_000_000))]);
    let controller = &mut store.controller;
    controller.nic = nic(Rate(50_000_000_000));
    controller.get_service = cook.time(300e-6);
    controller.put_service = controller.get_service.clone();
    controller.cpu_s_per_byte = cook.of(&[0.0, 0.2e-9]);
    controller.backend_rate = Rate(100_000_000_000);
    controller.queue_limit = cook.of(&[None, Some(3)]);
    controller.slot_held = cook.of(&[SlotHeld::Response, SlotHeld::Service]);
    let limit = Throttle { get_per_s: 1_500.0, put_per_s: 500.0, prefixes: 2, burst_s: 0.01 };
    controller.throttle = cook.of(&[None, Some(limit)]);
    let device = Device {
        read_rate: Rate(16_000_000_000),
        write_rate: Rate(8_000_000_000),
        read_iops: 20_000.0,
        write_iops: 10_000.0,
        write_latency: Dist::Exponential { mean: 100e-6 },
        io_size: Bytes(128 << 10),
        ..device(cook.time(200e-6))
    };
    let device = Device { queue_depth: 1 + cook.below(8), ..device };
    let redundancy = cook.of(&[
        None,
        Some(Redundancy::Replication { copies: 3 }),
        Some(Redundancy::Erasure { data: 4, parity: 2 }),
    ]);
    let placement = cook.of(&[Placement::Hash, Placement::RoundRobin]);
    store.media = redundancy.map(|redundancy| Media {
        nodes: 3,
        devices_per_node: 2,
        device,
        node_rate: Rate(100_000_000_000),
        redundancy,
        placement,
    });
}

fn jobs(scenario: &mut Scenario, cook: &mut Cook<'_>) {
    let group = &scenario.groups[GroupId(0)];
    let (all, flops) = (group.count * group.gpus, group.gpu.peak_flops);
    let mut job = training((1 + cook.below(8)).min(all), 4, 2e-3, 12);
    job.framework = cook.of(&[Framework::Pytorch, Framework::Tensorflow]);
    job.order = cook.of(&[Order::Shuffled, Order::Sequential, Order::Sharded]);
    job.workers = 1 + cook.below(3);
    job.in_flight_batches = 1 + cook.below(8);
    job.parallel_reads = 1 + cook.below(4);
    job.epochs = 1 + cook.below(2);
    job.decode = cook.time(100e-6);
    job.step_overhead = cook.time(50e-6);
    job.start_up = job.step_overhead.scaled(40.0);
    job.compute = cook.of(&[
        job.compute.clone(),
        Compute::PerBatch(Dist::Lognormal { median: 2e-3, sigma: 0.5 }),
        Compute::Flops { flops_per_sample: flops * 2e-4, mfu: 0.4 },
    ]);
    job.gradient = cook.of(&[None, Some(Bytes(3_000_000))]);
    let rest = all - job.gpus;
    if rest > 0 {
        // A second job takes what the first leaves, on other accelerators of the same group.
        scenario.training.push(Training { name: "second".into(), gpus: rest, ..job.clone() });
    }
    scenario.training.push(job);
    let load = |name: &str, op, requests, arrivals| Load {
        name: name.into(),
        group: GroupId(0),
        op,
        dataset: DatasetId(0),
        arrivals,
        requests,
        class: ClassId::DEFAULT,
    };
    let loads = cook.below(4);
    let think = Dist::Exponential { mean: 1e-3 };
    if loads % 2 == 1 {
        let arrivals = Arrivals::Open { interval: think.clone() };
        scenario.loads.push(load("ingest", Op::Put, Some(50), arrivals));
    }
    if loads / 2 == 1 {
        let arrivals = Arrivals::Closed { clients: 5, think };
        scenario.loads.push(load("readers", Op::Get, Some(60), arrivals));
    }
}

/// How many bytes it takes to spread a scenario.
pub const SPREAD: usize = 32;

/// The scenario over two sites with a link between them, its jobs in classes, its ports with buffers
/// and its packets delayed; zeros change nothing.
pub fn spread(scenario: &mut Scenario, bytes: &[u8; SPREAD]) {
    let cook = &mut Cook { bytes: bytes.iter() };
    let (apart, classes) = (cook.below(3) > 0, cook.below(4));
    if apart {
        two_sites(scenario, cook);
    }
    for i in 0..classes {
        scenario.classes.push(TrafficClass {
            name: if i == 0 { "default".into() } else { format!("class-{i}") },
            priority: cook.below(2),
            weight: 1 + cook.below(3),
            guarantee: cook.of(&[None, Some(LinkPart::Share(0.3))]),
            cap: cook.of(&[None, Some(LinkPart::Rate(Rate(8_000_000_000)))]),
            admission: cook.of(&[
                None,
                Some(Admission { limit: Limit::Requests(3), beyond: Beyond::Queue }),
                Some(Admission { limit: Limit::Requests(2), beyond: Beyond::Refuse }),
                Some(Admission { limit: Limit::Rate(Rate(4_000_000_000)), beyond: Beyond::Queue }),
            ]),
        });
    }
    if classes > 0 {
        let last = ClassId(classes - 1);
        scenario.training.iter_mut().for_each(|job| job.gradient_class = last);
        scenario.training[0].class = last;
        scenario.loads.iter_mut().for_each(|load| load.class = last);
    }
    scenario.fabrics[FabricId(0)].buffer = cook.of(&[None, Some(Bytes(256 << 10))]);
    if cook.below(2) == 1 {
        let delay = Dist::Exponential { mean: 200e-6 };
        let jitter = Jitter { delay, shift_s: 0.0, correlation: Span::ZERO, keeps_order: true };
        let what = Disturb::Jitter(jitter);
        scenario.production.push(Disturbance { name: "jitter".into(), on: true, what });
    }
}

/// All nodes and some of the gateways are at one site, the other gateways at another; a delivery may
/// copy between them, and the nodes' site may have a cache.
fn two_sites(scenario: &mut Scenario, cook: &mut Cook<'_>) {
    let store = &mut scenario.store;
    let here = store.controllers / 2;
    let nodes = store.media.as_ref().map_or(0, |media| media.nodes);
    let nodes_here = if here > 0 { nodes } else { 0 };
    store.media.iter_mut().for_each(|media| media.nodes = nodes_here + nodes);
    store.replica_choice =
        cook.of(&[ReplicaChoice::Nearest, ReplicaChoice::LeastLoaded, ReplicaChoice::Cheapest]);
    let cached = cook.of(&[None, Some(cache("regional", 8_000_000))]);
    let site = |name: &str, groups, controllers, storage_nodes, cache| Site {
        name: name.into(),
        region: None,
        groups,
        controllers,
        storage_nodes,
        trunk: None,
        cache,
    };
    let mut groups = vec![GroupId(0)];
    if cached.is_some() {
        let host = scenario.groups[GroupId(0)].clone();
        let host = NodeGroup { name: CACHE_HOST.into(), count: 1, gpus: 0, ..host };
        groups.push(scenario.groups.push(host));
    }
    let near = site("near", groups, 0..here, 0..nodes_here, cached);
    let rest = (here..store.controllers, nodes_here..nodes_here + nodes);
    scenario.sites.push(near);
    scenario.sites.push(site("away", Vec::new(), rest.0, rest.1, None));
    scenario.wans.push(Wan {
        name: "wan".into(),
        ends: [SiteId(0), SiteId(1)],
        rate: cook.of(&[Rate(80_000_000_000), Rate(5_000_000_000)]),
        latency: Span::from_us(u64::from(100 * (1 + cook.below(20)))),
        jitter: cook.of(&[None, Some(Dist::Exponential { mean: 200e-6 })]),
        loss: cook.of(&[0.0, 1e-4]),
        price: UsdPerGb(20_000_000),
    });
    if here > 0 && cook.below(2) == 1 {
        scenario.datasets[DatasetId(0)].replicas = vec![SiteId(1)];
        scenario.deliveries.push(Delivery {
            concurrency: 1 + cook.below(3),
            rate: cook.of(&[None, Some(Rate(800_000_000))]),
            start: cook.of(&[Span::ZERO, Span::from_ms(3)]),
            holds: cook.of(&[None, Some(0)]),
            ..copy(1, 0)
        });
    }
}

/// The scenario with the `back`th last choice of every list (0: the last, in which all features are
/// on), without a horizon. 239 + 1 is a multiple of every list's length.
pub fn fixed(back: u8, policy: Policy) -> Scenario {
    let mut scenario = cook(&[239 - back; LENGTH]);
    scenario.horizon = None;
    scenario.loads.iter_mut().for_each(|load| load.requests = Some(50));
    scenario.store.balancer.policy = policy;
    scenario
}
