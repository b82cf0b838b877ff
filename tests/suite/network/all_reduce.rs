//! The gradient all-reduce against its closed form.

use crate::common;

use common::{lab, nic, training};
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::{FabricId, GroupId, Scenario, Topology};
use gapcast::sim::run_replicate;
use std::sync::Arc;

const GRADIENT: u64 = 400_000_000;
const STEPS: u64 = 5;

/// Four nodes of two accelerators with 100 Gb/s adapters on two leaves: 1 µs of cable to a host,
/// 3 µs between switches, 0.5 µs in a switch.
fn scenario() -> Scenario {
    let mut scenario = lab(2, 1 << 20);
    scenario.groups[GroupId(0)].count = 4;
    scenario.groups[GroupId(0)].storage_nic = nic(Rate(100_000_000_000));
    let fabric = &mut scenario.fabrics[FabricId(0)];
    fabric.topology = Topology::LeafSpine {
        leaves: 2,
        storage_leaves: 1,
        spines: 1,
        uplink: Rate(400_000_000_000),
        uplinks: 1,
    };
    fabric.host_propagation = Span::from_us(1);
    fabric.switch_propagation = Span::from_us(3);
    fabric.forwarding = Span::from_ns(500);
    scenario
}

fn exposed_s(scenario: Scenario) -> f64 {
    let run = run_replicate(&Arc::new(scenario), 0);
    let state = run.gpu_seconds.by_state.iter().find(|(name, _)| *name == "comm_exposed");
    state.expect("a state").1
}

/// On n nodes: 2(n−1)/n of the gradient over each adapter, then 2(n−1) edges of latency, of which
/// in a ring over two leaves every other one crosses the spine. To 1e-9. Deterministic: no false
/// alarms.
#[test]
fn a_ring_takes_its_bytes_and_its_edges() {
    let near = 2.0 * 1e-6 + 0.5e-6;
    let far = 2.0 * 4e-6 + 3.0 * 0.5e-6;
    // Nodes 0 and 1 share a leaf; four nodes alternate near and far edges.
    for (gpus, nodes, edges) in [(4, 2.0, 2.0 * near), (8, 4.0, 3.0 * near + 3.0 * far)] {
        let mut scenario = scenario();
        let mut job = training(gpus, 1, 0.01, STEPS);
        job.gradient = Some(Bytes(GRADIENT));
        scenario.training.push(job);
        let step = 2.0 * (nodes - 1.0) / nodes * GRADIENT as f64 / 12.5e9 + edges;
        let wanted = f64::from(gpus) * STEPS as f64 * step;
        let got = exposed_s(scenario);
        assert!((got / wanted - 1.0).abs() < 1e-9, "{gpus} GPUs: {got}, not {wanted}");
    }
}

/// Two jobs in one group reduce between their own nodes and so do not slow each other; inside one
/// node there is nothing to cross. To 1e-9. Deterministic: no false alarms.
#[test]
fn two_jobs_of_one_group_reduce_on_their_own_nodes() {
    let job = |name: &str, gpus| {
        let mut job = training(gpus, 1, 0.01, STEPS);
        (job.name, job.gradient) = (name.into(), Some(Bytes(GRADIENT)));
        job
    };
    let mut one = scenario();
    one.training.push(job("first", 4));
    let mut two = one.clone();
    two.training.push(job("second", 4));
    let (one, two) = (exposed_s(one), exposed_s(two));
    assert!((two / (2.0 * one) - 1.0).abs() < 1e-9, "{two} instead of twice {one}");
    let mut lone = scenario();
    lone.training.push(job("first", 4));
    lone.training.push(job("second", 2));
    let got = exposed_s(lone);
    assert!((got / one - 1.0).abs() < 1e-9, "a job on one node reduces for free: {got}, {one}");
}
