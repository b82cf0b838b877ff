//! The DLIO loop against MLPerf Storage's definitions and against closed forms of its pipeline.
//! Every scenario here is deterministic given its seed: no false alarms.

use crate::common;

use common::{lab, training};
use gapcast::kernel::dist::Dist;
use gapcast::metrics::summary::TrainingSummary;
use gapcast::model::{Framework, Scenario, Training};
use gapcast::sim::run_replicate;
use std::sync::Arc;

const FRAMEWORKS: [Framework; 2] = [Framework::Pytorch, Framework::Tensorflow];

fn close(got: f64, wanted: f64) {
    assert!((got / wanted - 1.0).abs() < 1e-9, "{got} instead of {wanted}");
}

/// A store that serves every sample in `service_s`, all of them at once, and the job.
fn scenario(job: Training, service_s: f64) -> Scenario {
    let mut scenario = lab(job.gpus, 1 << 20);
    scenario.store.controller.get_service = Dist::Constant(service_s);
    scenario.training.push(job);
    scenario
}

fn run(scenario: Scenario) -> TrainingSummary {
    run_replicate(&Arc::new(scenario), 0).training.remove(0)
}

/// With unlimited storage AU is 1, the v1.0 throughput is N·n·batch/(N·t_c + first load) and the
/// newer one (N−2)/(N−1)·n·batch/t_c, all to 1e-9, whichever framework hands out the batches.
#[test]
fn unlimited_storage_gives_the_definitions() {
    let (gpus, batch, compute, steps) = (8, 7, 0.323, 40u64);
    for framework in FRAMEWORKS {
        // The first load takes 0.35 s on an idle store, later ones hide behind compute.
        let job = Training { framework, ..training(gpus, batch, compute, steps) };
        let job = run(scenario(job, 0.05));
        let first = 7.0 * 0.05;
        let n = steps as f64;
        let samples = n * f64::from(gpus * batch);
        close(job.first_batch_s, first);
        close(job.first_batch_mean_s, first);
        close(job.accelerator_utilisation, 1.0);
        close(job.samples_per_s, samples / (n * compute + first));
        close(job.steady_samples_per_s, (n - 2.0) / (n - 1.0) * f64::from(gpus * batch) / compute);
        close(job.ceiling_samples_per_s, f64::from(gpus * batch) / compute);
    }
}

/// A framework overhead o after every compute leaves AU = (N−1)·t_c/((N−1)·(t_c+o) + o): the first
/// step ends with its compute, so its overhead counts into the denominator.
#[test]
fn overhead_lowers_au_by_its_share() {
    let (compute, overhead, steps) = (0.1, 0.004, 60u64);
    let step_overhead = Dist::Constant(overhead);
    let job = Training { step_overhead, ..training(4, 8, compute, steps) };
    let job = run(scenario(job, 0.01));
    let n = steps as f64;
    let after_first = (n - 1.0) * (compute + overhead) + overhead;
    close(job.accelerator_utilisation, (n - 1.0) * compute / after_first);
    close(job.samples_per_s, n * 32.0 / (0.08 + n * (compute + overhead)));
    close(job.steady_samples_per_s, (n - 2.0) * 32.0 / after_first);
}

/// Every epoch starts its workers anew and waits for its first batch again; the figures of equal
/// epochs are those of one, and the job takes as many times as long.
#[test]
fn every_epoch_pays_its_start() {
    let (compute, epochs, steps, start) = (0.2, 3, 10u64, 0.5);
    for framework in FRAMEWORKS {
        let base = training(2, 4, compute, steps);
        let start_up = Dist::Constant(start);
        let job = run(scenario(Training { framework, epochs, start_up, ..base }, 0.03));
        let first = start + 4.0 * 0.03;
        let epoch = first + steps as f64 * compute;
        assert_eq!(job.steps, u64::from(epochs) * steps);
        assert_eq!(job.samples, u64::from(epochs) * steps * 8);
        close(job.first_batch_s, first);
        close(job.duration_s, f64::from(epochs) * epoch);
        close(job.samples_per_s, steps as f64 * 8.0 / epoch);
        close(job.accelerator_utilisation, 1.0);
    }
}

/// w workers that need l for a batch against compute t_c, N = M·w steps, run-ahead 2·w: a worker
/// delivers one batch every l, so a step takes max(t_c, l/w) in the mean. All workers start
/// together, so w batches come at once every l: T = M·l + w·t_c when loading binds (l ≥ w·t_c) and
/// l + N·t_c when computing does; AU = (N−1)·t_c/(T − l − t_c). To 1e-9.
#[test]
fn the_slower_of_compute_and_workers_sets_the_pace() {
    let (batch, compute, rounds) = (8, 0.1, 12u64);
    for workers in [1u32, 2, 4] {
        for ratio in [0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0] {
            let steps = rounds * u64::from(workers);
            let load = ratio * compute;
            let base = training(1, batch, compute, steps);
            let job = Training { workers, in_flight_batches: 2 * workers, ..base };
            let job = run(scenario(job, load / f64::from(batch)));
            let (n, w) = (steps as f64, f64::from(workers));
            let total = if ratio >= w { n / w * load + w * compute } else { load + n * compute };
            close(job.duration_s, total);
            close(job.accelerator_utilisation, (n - 1.0) * compute / (total - load - compute));
            let step_s = compute.max(load / w);
            assert!((job.samples_per_s * step_s / f64::from(batch) - 1.0).abs() < 0.1);
        }
    }
}
