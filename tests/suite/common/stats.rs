//! Means over replicates against exact values.

use gapcast::kernel::stats::{Tally, t_quantile};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::Scenario;
use std::sync::Arc;

/// Seed of the statistical tests: 1, or what `GAPCAST_TEST_SEED` says, to try others by hand.
pub fn seed() -> u64 {
    std::env::var("GAPCAST_TEST_SEED").map_or(1, |text| text.parse().expect("a whole number"))
}

/// All replicates, on all cores.
pub fn replicates(mut scenario: Scenario, n: u32) -> Vec<RunSummary> {
    scenario.seed = seed();
    scenario.replicates = n;
    gapcast::sim::run(&Arc::new(scenario), 0, &|_| {}).expect("threads can be started")
}

/// Fails if the mean over replicates of one quantity is further from `exact` than a Student t
/// interval that misses the truth with probability `false_alarm`.
pub fn assert_mean(
    what: &str,
    runs: &[RunSummary],
    of: impl Fn(&RunSummary) -> f64,
    exact: f64,
    false_alarm: f64,
) {
    let mut tally = Tally::new();
    runs.iter().for_each(|run| tally.add(of(run)));
    let mean = tally.mean().expect("there are replicates");
    let error = tally.sd().expect("two or more") / (runs.len() as f64).sqrt();
    let t = (mean - exact) / error;
    let most = t_quantile(1.0 - false_alarm / 2.0, (runs.len() - 1) as f64);
    println!("t {t:+.3} of {most:.3}  {what}: {mean:.6} for {exact:.6}");
    assert!(t.abs() <= most, "{what}: mean {mean}, exact {exact}, t {t}, at most {most}");
}
