//! Erasure-coded reads and writes as fork–join without queueing: the slowest shard decides.

use crate::common;

use common::stats::seed;
use common::{closed, lab};
use gapcast::kernel::dist::Dist;
use gapcast::model::{Media, Op, Placement, Redundancy, Scenario};
use gapcast::sim::run_replicate;
use std::sync::Arc;

const REQUESTS: u64 = 40_000;
const MEAN_S: f64 = 0.004;

/// One client that reads or writes objects of `data` + `parity` shards, each on a node of its own,
/// so that no I/O ever waits.
fn store(data: u32, parity: u32, latency: Dist, op: Op) -> Scenario {
    let mut scenario = lab(0, 1);
    scenario.seed = seed();
    scenario.store.media = Some(Media {
        nodes: data + parity,
        devices_per_node: 1,
        device: common::device(latency),
        node_rate: common::FAST,
        redundancy: Redundancy::Erasure { data, parity },
        placement: Placement::Hash,
    });
    scenario.loads.push(closed(1, Dist::Constant(0.0), REQUESTS));
    scenario.loads[0].op = op;
    scenario
}

fn mean_media_s(scenario: Scenario) -> f64 {
    let run = run_replicate(&Arc::new(scenario), 0);
    run.requests[0].stages.iter().find(|(name, _)| *name == "media").expect("a stage").1
}

/// H_k = Σ 1/i, and Σ 1/i², for i to k.
fn harmonic(k: u32) -> (f64, f64) {
    let sum = |power: fn(f64) -> f64| (1..=k).map(|i| 1.0 / power(f64::from(i))).sum();
    (sum(|i| i), sum(|i| i * i))
}

/// The largest of n independent exponentials of mean 1/μ has mean H_n/μ and variance Σ 1/(iμ)². A
/// read waits for k shards, a write for k + m. The mean of 40,000 requests is normal to far better
/// than is needed, so the test is |z| ≤ 4.056: false alarms 1 in 20,000 for each of the ten
/// comparisons, 1 in 2,000 in all.
#[test]
fn the_slowest_of_k_exponential_shards_takes_the_harmonic_mean() {
    let latency = Dist::Exponential { mean: MEAN_S };
    for (data, parity) in [(1, 0), (2, 1), (4, 2), (8, 3), (16, 4)] {
        for (op, width) in [(Op::Get, data), (Op::Put, data + parity)] {
            let mean = mean_media_s(store(data, parity, latency.clone(), op));
            let (first, second) = harmonic(width);
            let error = MEAN_S * (second / REQUESTS as f64).sqrt();
            let z = (mean - first * MEAN_S) / error;
            println!("z {z:+.3} {op:?} {data}+{parity}: {mean:.6}, exact {:.6}", first * MEAN_S);
            assert!(z.abs() <= 4.056, "{op:?} {data}+{parity}: {mean}, z {z}");
        }
    }
}

/// Shards that all take the same time take no longer together than one: exact to the float, no
/// false alarms.
#[test]
fn constant_shards_take_the_constant_whatever_their_number() {
    for data in [1, 2, 4, 8, 16] {
        for op in [Op::Get, Op::Put] {
            let mean = mean_media_s(store(data, 2, Dist::Constant(MEAN_S), op));
            assert!((mean / MEAN_S - 1.0).abs() < 1e-12, "{op:?} {data}+2: {mean}");
        }
    }
}
