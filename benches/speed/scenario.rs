//! Whole runs. Of unet3d on H100 nodes in a fat-tree, whole objects from an erasure-coded store that
//! is a little too small, items are events. Of a load on one gateway items are requests.

use crate::common::{closed, lab, nic, poisson, training};
use divan::{Bencher, black_box, counter::ItemsCount};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

/// Simulated seconds.
const HORIZON_S: u64 = 2;

/// `gpus` H100 in nodes of eight, a controller for every four nodes, two storage nodes each.
fn unet3d(gpus: u32, k: u32) -> Scenario {
    let mut scenario = lab(8, 1_024);
    scenario.horizon = Some(Span::from_secs(HORIZON_S));
    let line = Rate(400_000_000_000);
    let group = &mut scenario.groups[GroupId(0)];
    group.count = gpus / 8;
    group.storage_nic = nic(line);
    group.client.request_cpu = Dist::Lognormal { median: 2e-4, sigma: 0.4 };
    let fabric = &mut scenario.fabrics[FabricId(0)];
    fabric.topology = Topology::FatTree { k, link: line };
    (fabric.forwarding, fabric.host_propagation) = (Span::from_ns(600), Span::from_ns(15));
    fabric.switch_propagation = Span::from_ns(100);
    let store = &mut scenario.store;
    store.controllers = gpus / 32;
    store.controller.nic = Nic { ports: 2, ..nic(line) };
    store.controller.backend_rate = Rate(800_000_000_000);
    store.controller.get_service = Dist::Lognormal { median: 2e-3, sigma: 0.5 };
    store.media = Some(Media {
        nodes: gpus / 16 + 8,
        devices_per_node: 24,
        device: Device {
            name: "NVMe".into(),
            read_rate: Rate(56_000_000_000),
            write_rate: Rate(24_000_000_000),
            read_iops: 1e6,
            write_iops: 3e5,
            read_latency: Dist::Lognormal { median: 9e-5, sigma: 0.3 },
            write_latency: Dist::Constant(3e-5),
            io_size: Bytes(128 << 10),
            queue_depth: 64,
        },
        node_rate: Rate(800_000_000_000),
        redundancy: Redundancy::Erasure { data: 8, parity: 3 },
        placement: Placement::Hash,
    });
    let data = &mut scenario.datasets[DatasetId(0)];
    data.sample_bytes = Dist::Normal { mean: 146_600_628.0, sd: 68_341_808.0, floor: 1e6 };
    scenario.training.push(training(gpus, 7, 0.323, 1_000));
    scenario
}

#[divan::bench(args = [(64, 8), (256, 8), (1_024, 10)], sample_count = 1, sample_size = 1)]
fn unet3d_fat_tree(bencher: Bencher, (gpus, k): (u32, u32)) {
    let scenario = Arc::new(unet3d(gpus, k));
    let events = run_replicate(&scenario, 0).events;
    bencher
        .counter(ItemsCount::new(events))
        .bench_local(|| black_box(run_replicate(&scenario, 0).events));
}

/// One gateway of eight slots and 1 ms of service: 32 clients that think for 10 ms, or as many
/// requests as keep it 80 % busy.
#[divan::bench(args = ["closed", "open"], sample_count = 5)]
fn load_on_a_gateway(bencher: Bencher, arrivals: &str) {
    const REQUESTS: u64 = 50_000;
    let mut scenario = lab(0, 8);
    scenario.store.controller.get_service = Dist::Exponential { mean: 1e-3 };
    scenario.loads.push(match arrivals {
        "closed" => closed(32, Dist::Exponential { mean: 1e-2 }, REQUESTS),
        _ => poisson(0.8 * 8.0 / 1e-3, REQUESTS),
    });
    let scenario = Arc::new(scenario);
    bencher
        .counter(ItemsCount::new(REQUESTS))
        .bench_local(|| black_box(run_replicate(&scenario, 0).events));
}
