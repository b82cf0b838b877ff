//! The measured input pipeline of `data/live_training.csv` as a scenario in code.
//!
//! On the measured path one path of 1 Gb/s joins one client host and one server. A transfer is one
//! object of 1 MiB, so neither the buffers of 4 MiB nor the 4 MiB drop-tail queue can bind with up
//! to four workers: at most 4 MiB are ever in flight. What acts is the rate, the round trip of each
//! request, and slow start on each worker's first objects.
#![allow(dead_code)]

use super::common::{lab, nic, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::{Span, Time};
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;
use gapcast::probe::{Fact, GpuState, Probe};
use gapcast::sim::{run_replicate, run_with};
use serde::Deserialize;
use std::sync::Arc;

/// Runs that one prediction averages over.
pub const REPLICATES: u64 = 16;

/// A measured run.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub rtt_ms: f64,
    pub jitter: String,
    pub loss: f64,
    pub workers: u32,
    pub prefetch: u32,
    pub batch: u32,
    pub compute_s: f64,
    pub steps: u64,
    pub objects: u64,
    pub object_bytes: u64,
    pub seed: u64,
    pub au: f64,
    pub samples_per_s: f64,
    pub first_batch_s: f64,
    pub load_p50_ms: f64,
    pub load_p90_ms: f64,
}

/// The rows without jitter and loss, all of them.
pub fn rows() -> Vec<Row> {
    let data = include_str!("../data/live_training.csv");
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(data.as_bytes());
    let rows = reader.deserialize().map(|row| row.expect("a row of the measurement"));
    rows.filter(|row: &Row| row.jitter == "none" && row.loss == 0.0).collect()
}

/// What cannot be read off the set-up and is fitted on the RTT-0 rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parameters {
    /// Mean of the server's time per GET, s, exponential.
    pub server_s: f64,
    /// Client time per object, s: signing, thread hand-over, copy into a tensor.
    pub client_s: f64,
    /// Main process's time per step, s: collating, shared memory, `sleep`'s lateness.
    pub overhead_s: f64,
    /// Start of an epoch, s, and more of it per worker: they are forked one after the other.
    pub start_s: f64,
    pub start_per_worker_s: f64,
}

/// The run of `row` as a scenario.
pub fn scenario(row: &Row, p: &Parameters) -> Arc<Scenario> {
    let gigabit = Rate(1_000_000_000);
    let mut scenario = lab(1, 1 << 10);
    scenario.seed = 2026;
    let fabric = &mut scenario.fabrics[FabricId(0)];
    // A round trip crosses four cables: host, switch, host, and back.
    fabric.host_propagation = Span::from_s(row.rtt_ms * 1e-3 / 4.0);
    fabric.transport = Transport::Tcp(Tcp {
        name: "cubic".into(),
        mss: Bytes(1448),
        initial_window: 10,
        growth: 2.0,
        window_limit: Bytes(4 << 20),
        min_rto: Span::from_ms(200),
        idle_restart: true,
        setup_round_trips: 1,
        loss: 0.0,
        loss_law: LossLaw::Cubic,
        efficiency: 1448.0 / 1538.0,
    });
    scenario.groups[GroupId(0)].storage_nic = nic(gigabit);
    scenario.groups[GroupId(0)].client.request_cpu = Dist::Constant(p.client_s);
    scenario.store.controller.nic = nic(gigabit);
    scenario.store.controller.get_service = Dist::Exponential { mean: p.server_s };
    scenario.datasets[DatasetId(0)].objects = row.objects;
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(row.object_bytes as f64);
    let start = p.start_s + p.start_per_worker_s * f64::from(row.workers);
    scenario.training.push(Training {
        workers: row.workers,
        // torch's prefetch_factor counts batches per worker.
        in_flight_batches: row.workers * row.prefetch,
        step_overhead: Dist::Constant(p.overhead_s),
        start_up: Dist::Constant(start),
        ..training(1, row.batch, row.compute_s, row.steps)
    });
    Arc::new(scenario)
}

/// Figures of a run, predicted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prediction {
    pub au: f64,
    pub samples_per_s: f64,
    pub first_batch_s: f64,
}

/// Mean figures over [`REPLICATES`] runs of `row`.
pub fn predict(row: &Row, p: &Parameters) -> Prediction {
    let scenario = scenario(row, p);
    let mut sum = Prediction::default();
    for replicate in 0..REPLICATES {
        let job = &run_replicate(&scenario, replicate).training[0];
        sum.au += job.accelerator_utilisation / REPLICATES as f64;
        sum.samples_per_s += job.samples_per_s / REPLICATES as f64;
        sum.first_batch_s += job.first_batch_s / REPLICATES as f64;
    }
    sum
}

/// How long the accelerator waited before each step.
#[derive(Debug, Default)]
struct Waits {
    since: Option<Time>,
    waits: Vec<Span>,
}

impl Probe for Waits {
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        match fact {
            Fact::Gpu(_, GpuState::DataStall) => self.since = Some(now),
            Fact::Gpu(_, GpuState::Useful) => {
                self.waits.push(self.since.take().map_or(Span::ZERO, |since| now.since(since)));
            }
            _ => {}
        }
    }
}

/// p90 − p50 of the waits after the first, s, mean over the runs: what the server's scatter does.
pub fn wait_spread_s(row: &Row, p: &Parameters) -> f64 {
    let scenario = scenario(row, p);
    let one = |replicate| {
        let mut waits = run_with(&scenario, replicate, Waits::default()).waits.split_off(1);
        waits.sort_unstable();
        (waits[waits.len() * 9 / 10].as_s() - waits[waits.len() / 2].as_s()) / REPLICATES as f64
    };
    (0..REPLICATES).map(one).sum()
}
