//! The DLIO loop against MLPerf Storage's definitions.

mod common;

use common::{lab, training};
use gapcast::kernel::dist::Dist;
use gapcast::sim::run_replicate;
use std::sync::Arc;

/// With unlimited storage AU is 1, the v1.0 throughput is N·n·batch/(N·t_c + first load) and the
/// newer one (N−2)/(N−1)·n·batch/t_c, all to 1e-9.
#[test]
fn unlimited_storage_gives_the_definitions() {
    let (gpus, batch, compute, steps) = (8, 7, 0.323, 40u64);
    let mut scenario = lab(gpus, 1 << 20);
    // The first load takes 0.5 s of service on an idle store, later ones hide behind compute.
    scenario.store.controller.get_service = Dist::Constant(0.05);
    scenario.training.push(training(gpus, batch, compute, steps));
    let summary = run_replicate(&Arc::new(scenario), 0);
    let job = &summary.training[0];
    let first = 7.0 * 0.05;
    let n = steps as f64;
    let samples = n * f64::from(gpus * batch);
    let close =
        |got: f64, wanted: f64| assert!((got / wanted - 1.0).abs() < 1e-9, "{got} {wanted}");
    close(job.first_batch_s, first);
    close(job.accelerator_utilisation, 1.0);
    close(job.samples_per_s, samples / (n * compute + first));
    close(job.steady_samples_per_s, (n - 2.0) / (n - 1.0) * f64::from(gpus * batch) / compute);
}
