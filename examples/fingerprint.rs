//! Prints one hash for each thing that must come out to the bit on every platform: chance,
//! distributions, statistics, max-min sharing and a whole run. `tests/second-platform` compares
//! what it prints on one platform with what it prints on another.

#[path = "../tests/suite/common/lab.rs"]
mod common;

use gapcast::kernel::dist::Dist;
use gapcast::kernel::maxmin::{Hop, MaxMin, Owner, UNIT, WEIGHT_ONE};
use gapcast::kernel::permute::Permutation;
use gapcast::kernel::rng::{Purpose, Streams};
use gapcast::kernel::stats::{normal_cdf, normal_pdf, normal_quantile, t_quantile};
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// XXH3-128 of words in little-endian order.
struct Words(Box<Xxh3>);

impl Words {
    fn of(words: impl IntoIterator<Item = u64>) -> String {
        let mut hash = Words(Box::new(Xxh3::new()));
        words.into_iter().for_each(|word| hash.0.update(&word.to_le_bytes()));
        hash.digits()
    }

    fn digits(&self) -> String {
        format!("{:032x}", self.0.digest128())
    }
}

fn main() {
    let seed = std::env::args().nth(1).map_or(1, |s| s.parse().expect("a seed is a number"));
    let show = |name: &str, digits: String| println!("{name:<24}{digits}");
    let streams = Streams::new(seed, 0);
    let mut draws = streams.stream("platform", Purpose::Service);
    show("stream", Words::of((0..10_000).map(|_| draws.uniform().to_bits())));
    let keyed = streams.keyed("platform", Purpose::Media);
    show("keyed", Words::of((0..10_000).map(|i| keyed.uniform([i, 7]).to_bits())));
    let order = Permutation::new(9_973, keyed, 3);
    show("permutation", Words::of((0..9_973).map(|i| order.at(i))));
    for (name, dist) in distributions() {
        let values = (0..10_000).map(|_| dist.quantile(draws.uniform()).to_bits());
        let mut words: Vec<u64> = values.collect();
        words.push(dist.mean().to_bits());
        show(name, Words::of(words));
    }
    let normal = (1..10_000).flat_map(|i| {
        let p = f64::from(i) / 10_000.0;
        let x = normal_quantile(p);
        [x, normal_cdf(x), normal_pdf(x), t_quantile(p, f64::from(i % 40 + 1))].map(f64::to_bits)
    });
    show("normal and t", Words::of(normal));
    show("max-min history", sharing(&mut draws));
    let summary = run_replicate(&Arc::new(mixed(seed)), 0);
    show("facts of a run", summary.fingerprint.clone());
    let row = serde_json::to_string(&summary).expect("a summary is plain data");
    show("summary of a run", Words::of(row.bytes().map(u64::from)));
    let job = &summary.training[0];
    let au = job.accelerator_utilisation;
    println!("{} events, {} steps, AU {au:.4}", summary.events, job.steps);
}

fn distributions() -> Vec<(&'static str, Dist)> {
    let lognormal = Dist::Lognormal { median: 2e-3, sigma: 0.7 };
    let pareto = Dist::Pareto { minimum: 1e-3, shape: 1.5 };
    vec![
        ("uniform", Dist::Uniform { low: 0.1, high: 0.7 }),
        ("exponential", Dist::Exponential { mean: 3e-3 }),
        ("lognormal", lognormal.clone()),
        ("pareto", pareto.clone()),
        ("weibull", Dist::Weibull { scale: 5e-3, shape: 0.8 }),
        ("normal", Dist::Normal { mean: 1.46e8, sd: 6.8e7, floor: 1e6 }),
        ("empirical", Dist::Empirical(vec![(0.0, 0.0), (0.3, 1e-3), (0.9, 4e-3), (1.0, 0.3)])),
        ("mixture", Dist::Mixture(vec![(0.7, lognormal), (0.3, pareto)])),
    ]
}

/// Flows with random paths, weights and caps come and go; all rates, owners and loads after each.
fn sharing(draws: &mut gapcast::kernel::rng::Stream) -> String {
    let mut net = MaxMin::new();
    let links: Vec<_> =
        (0..60).map(|_| net.add_resource((1 + draws.below(1_000_000)) * UNIT)).collect();
    let mut alive = Vec::new();
    let mut words = Vec::new();
    for _ in 0..1_500 {
        if alive.len() > 120 || (alive.len() > 20 && draws.below(2) == 0) {
            net.remove(alive.swap_remove(draws.below(alive.len() as u64) as usize));
        } else {
            let mut hops: Vec<Hop> = Vec::new();
            for _ in 0..1 + draws.below(5) {
                let resource = links[draws.below(60) as usize];
                if hops.iter().all(|hop| hop.resource != resource) {
                    hops.push(Hop { resource, divisor: 1 + draws.below(8) as u32 });
                }
            }
            let weight = WEIGHT_ONE / 2 + draws.below(1_000) as u32;
            let cap = (draws.below(3) == 0).then(|| draws.below(300_000) * UNIT + 1);
            alive.push(net.add(&hops, weight, cap));
        }
        net.solve();
        for &flow in &alive {
            let owner = match net.owner(flow) {
                Owner::Cap => u64::MAX,
                Owner::Resource(resource) => resource.0.into(),
            };
            words.extend([net.rate(flow), owner]);
        }
        words.extend(links.iter().map(|&link| net.load(link)));
    }
    Words::of(words)
}

/// A small cluster that uses much of what can be: TCP with idle restart, a throttle, two caches,
/// erasure-coded media, decode, every kind of jitter, a training job and two loads.
fn mixed(seed: u64) -> Scenario {
    let mut scenario = common::lab(4, 16);
    scenario.seed = seed;
    scenario.horizon = Some(Span::from_secs(20));
    let group = &mut scenario.groups[GroupId(0)];
    group.count = 2;
    group.cpu_cores = 8;
    group.storage_nic = common::nic(Rate(10_000_000_000));
    group.client.request_cpu = Dist::Lognormal { median: 1e-4, sigma: 0.5 };
    group.client.cpu_s_per_byte = 1e-9;
    group.client.range_size = Some(Bytes(4 << 20));
    group.client.parallel_ranges = 3;
    group.caches.push(cache("node NVMe", 200));
    let fabric = &mut scenario.fabrics[FabricId(0)];
    (fabric.forwarding, fabric.host_propagation) = (Span::from_ns(600), Span::from_ns(25));
    fabric.topology = Topology::LeafSpine {
        leaves: 2,
        storage_leaves: 1,
        spines: 2,
        uplink: Rate(10_000_000_000),
        uplinks: 1,
    };
    fabric.transport = tcp();
    let store = &mut scenario.store;
    store.controllers = 3;
    store.balancer = Balancer {
        policy: Policy::PowerOfTwo,
        latency: Span::from_us(50),
        decay: None,
        ejection: None,
    };
    store.controller.nic = common::nic(Rate(25_000_000_000));
    store.controller.get_service = Dist::Weibull { scale: 4e-3, shape: 0.9 };
    store.controller.put_service = Dist::Exponential { mean: 6e-3 };
    store.controller.cpu_cores = 8;
    store.controller.cpu_s_per_byte = 2e-10;
    store.controller.throttle =
        Some(Throttle { get_per_s: 400.0, put_per_s: 50.0, prefixes: 1, burst_s: 0.2 });
    store.cache = Some(cache("shared cache", 500));
    store.media = Some(media());
    let data = &mut scenario.datasets[DatasetId(0)];
    data.objects = 400;
    data.sample_bytes = Dist::Normal { mean: 9e6, sd: 4e6, floor: 1e5 };
    let mut job = common::training(8, 3, 0.05, 12);
    job.epochs = 2;
    job.decode =
        Dist::Mixture(distributions().into_iter().map(|(_, d)| (1.0, d)).take(4).collect());
    job.step_overhead = Dist::Pareto { minimum: 1e-3, shape: 2.5 };
    scenario.training.push(job);
    let put = Load { op: Op::Put, name: "ingest".into(), ..common::poisson(8.0, 60) };
    scenario.loads.extend([put, common::closed(5, Dist::Exponential { mean: 0.05 }, 200)]);
    scenario
}

fn cache(name: &str, mb: u64) -> CacheSpec {
    CacheSpec {
        name: name.into(),
        capacity: Bytes(mb * 1_000_000),
        read_rate: Rate(40_000_000_000),
        latency: Dist::Lognormal { median: 1e-4, sigma: 0.3 },
    }
}

fn tcp() -> Transport {
    Transport::Tcp(Tcp {
        name: "cubic".into(),
        mss: Bytes(1_448),
        initial_window: 10,
        growth: 1.5,
        window_limit: Bytes(6 << 20),
        min_rto: Span::from_ms(200),
        idle_restart: true,
        setup_round_trips: 2,
        loss: 1e-5,
        loss_law: LossLaw::Cubic,
        hystart: HyStart::Off,
        queue_threshold: None,
        efficiency: 1_448.0 / 1_538.0,
    })
}

fn media() -> Media {
    Media {
        nodes: 6,
        devices_per_node: 2,
        device: Device {
            name: "drive".into(),
            read_rate: Rate(24_000_000_000),
            write_rate: Rate(8_000_000_000),
            read_iops: 5e4,
            write_iops: 2e4,
            read_latency: Dist::Exponential { mean: 2e-3 },
            write_latency: Dist::Lognormal { median: 1e-3, sigma: 0.4 },
            io_size: Bytes(1 << 20),
            queue_depth: 4,
        },
        node_rate: Rate(25_000_000_000),
        redundancy: Redundancy::Erasure { data: 4, parity: 2 },
        placement: Placement::Hash,
    }
}
