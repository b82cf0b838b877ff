//! The bottleneck that is named and the sentence of advice, against numbers worked out by hand.

use super::{outcome, sample};
use gapcast::report;
use gapcast::study::Outcome;
use std::collections::BTreeSet;

#[test]
fn equal_controllers_are_named_as_a_set() {
    let found = outcome(2).bottleneck;
    assert_eq!(found.name, "all 4 controller-* NIC out");
    assert_eq!(found.kind, "adapter");
    assert!(
        found.headline.contains("97–98 % busy, hold 58 % of the time lost to data"),
        "{}",
        found.headline
    );
    assert!(found.advice.contains("takes at least 1."), "{}", found.advice);
    assert!(found.advice.contains("now 400 Gb/s"), "{}", found.advice);
}

#[test]
fn one_hot_leaf_is_named_alone() {
    let mut run = sample::run(0);
    run.lost_by_bottleneck.retain(|holder| holder.name.starts_with("leaf"));
    run.lost_by_bottleneck[0].gpu_seconds *= 6.0;
    let found = Outcome::new(vec![run]).bottleneck;
    assert_eq!(found.name, "leaf-3 → spine uplinks");
    assert!((found.utilisation.unwrap() - 0.88).abs() < 1e-9);
    assert!(found.headline.starts_with("leaf-3 → spine uplinks, 88 % busy, holds 54 %"));
}

/// Moves the whole stall into one stage.
fn stalled_in(stage: &str) -> Outcome {
    let mut run = sample::run(0);
    let stall = run.gpu_seconds.by_state[1].1;
    for share in &mut run.lost_by_stage {
        share.share = f64::from(u8::from(share.stage == stage));
        share.gpu_seconds = stall * share.share;
    }
    run.lost_by_bottleneck.clear();
    Outcome::new(vec![run])
}

#[test]
fn every_stage_has_a_name_and_a_sentence() {
    let mut said = BTreeSet::new();
    for stage in gapcast::probe::Stage::ALL {
        let found = stalled_in(stage.name()).bottleneck;
        assert_eq!(found.stage, stage.name());
        assert!((found.share_of_stall - 1.0).abs() < 1e-12);
        assert!(found.advice.starts_with("Data stalls take 28 % of GPU time"), "{}", found.advice);
        assert!(!found.name.contains('_'), "{}: a word for people", found.name);
        assert!(said.insert(found.name.clone()), "two stages are called {}", found.name);
    }
    assert_eq!(stalled_in("start_up").bottleneck.kind, "start_up");
    assert_eq!(stalled_in("controller_queue").bottleneck.name, "all 4 controller-* slots");
}

#[test]
fn no_stall_is_said_to_be_none() {
    let mut run = sample::run(0);
    run.gpu_seconds.by_state = vec![("useful", 3700.0), ("data_stall", 0.0), ("unallocated", 0.0)];
    run.lost_by_stage.iter_mut().for_each(|s| (s.share, s.gpu_seconds) = (0.0, 0.0));
    run.lost_by_bottleneck.clear();
    let outcome = Outcome::new(vec![run]);
    assert_eq!((outcome.bottleneck.name.as_str(), outcome.bottleneck.kind), ("none", "none"));
    assert!(outcome.bottleneck.advice.starts_with("Data stalls take 0 % of GPU time"));
    let figures = report::chart::figures(&outcome);
    assert!(figures.iter().all(|(name, _)| *name != "stall_by_stage.svg"));
}

/// 64 GPUs at a third or so of their ceiling; the controllers' 4 × 100 Gb/s adapters half busy.
fn held_at(slow_down: f64) -> Outcome {
    let mut run = sample::run(0);
    run.requests.truncate(1);
    for link in run.links.iter_mut().filter(|link| link.name.starts_with("controller")) {
        link.utilisation = 0.5;
    }
    run.training[0].samples_per_s = run.training[0].ceiling_samples_per_s / slow_down;
    Outcome::new(vec![run])
}

/// At three times the pace links half busy carry 1.5 times their capacity: 600 of 400 Gb/s.
#[test]
fn the_capacity_that_the_ceiling_takes_is_told() {
    let found = held_at(3.0).bottleneck;
    assert!((found.capacity_factor.unwrap() - 1.5).abs() < 1e-12);
    let expected = "takes at least 1.5× their capacity (600 Gb/s, now 400 Gb/s).";
    assert!(found.advice.ends_with(expected), "{}", found.advice);
}

/// At 1.2 times the pace they would be 60 % busy: more capacity is not what the numbers ask for.
#[test]
fn capacity_that_suffices_is_not_to_be_bought() {
    let found = held_at(1.2).bottleneck;
    assert!((found.capacity_factor.unwrap() - 0.6).abs() < 1e-12);
    let expected = "their mean load would be 60 %, so bursts, not mean demand, fill them.";
    assert!(found.advice.ends_with(expected), "{}", found.advice);
}

/// A load's bytes do not grow with the GPUs' pace: half of the bytes, half of the growth.
#[test]
fn loads_do_not_grow_with_the_gpus() {
    let mut run = held_at(3.0).runs.remove(0);
    let mut load = run.requests[0].clone();
    load.job = "ingest".into();
    run.requests.push(load);
    let found = Outcome::new(vec![run]).bottleneck;
    assert!((found.capacity_factor.unwrap() - 0.5 * 2.0).abs() < 1e-12);
}

/// The sample's stall is 1,094 GPU-seconds; a first batch after 12 s on 64 GPUs is 768 of them.
#[test]
fn a_stall_that_is_mostly_the_first_batch_is_told() {
    let mut run = sample::run(0);
    let stall = run.gpu_seconds.by_state[1].1;
    run.training[0].first_batch_mean_s = 12.0;
    run.straggler_wait_by_cause.clear();
    let found = Outcome::new(vec![run]).bottleneck;
    assert!((found.first_batch_share - 768.0 / stall).abs() < 1e-12);
    let expected = "; 70 % of that time is the first batch, which a longer run dilutes.";
    assert!(found.advice.ends_with(expected), "{}", found.advice);
}

/// Little's law: 1,000 requests a second that take 0.2 s are 200 in flight, twice the pace 400.
#[test]
fn latency_is_answered_by_requests_in_flight() {
    let mut run = stalled_in("round_trip").runs.remove(0);
    run.training[0].samples_per_s = run.training[0].ceiling_samples_per_s / 2.0;
    run.requests[0].requests_per_s = 1000.0;
    run.requests[0].total.mean_s = 0.2;
    let found = Outcome::new(vec![run]).bottleneck;
    assert_eq!((found.name.as_str(), found.kind), ("round trips", "latency"));
    let expected = "at 200 ms a request the GPUs' ceiling takes 400 requests in flight \
                    (Little's law), the run kept 200.";
    assert!(found.advice.ends_with(expected), "{}", found.advice);
}
