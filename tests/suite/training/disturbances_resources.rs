//! Disturbances of cables, drives and controllers against closed forms. Tests without chance are
//! exact to the rounding of bytes and picoseconds (1e-9); those with it are t tests over replicates
//! with their rate of false alarms.

use crate::common;

use common::stats::{assert_mean, replicates};
use common::{closed, lab, nic};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::Rate;
use gapcast::metrics::summary::{LinkSummary, RunSummary};
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

const FALSE_ALARM: f64 = 1e-3;
/// 1 GB/s.
const CABLE: Rate = Rate(8_000_000_000);

fn disturbance(name: &str, what: Disturb) -> Disturbance {
    Disturbance { name: name.into(), on: true, what }
}

fn cables(patterns: &[&str]) -> Vec<CablePattern> {
    patterns.iter().map(|text| CablePattern::parse(text)).collect()
}

fn constant(s: f64) -> Dist {
    Dist::Constant(s)
}

/// One client that reads `requests` objects of `bytes` one after the other over adapters of 1 GB/s; nothing else takes time.
fn reader(bytes: f64, requests: u64) -> Scenario {
    let mut scenario = lab(0, 16);
    scenario.groups[GroupId(0)].storage_nic = nic(CABLE);
    scenario.store.controller.nic = nic(CABLE);
    scenario.datasets[DatasetId(0)].sample_bytes = constant(bytes);
    scenario.loads.push(closed(1, constant(0.0), requests));
    scenario
}

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

fn link<'a>(run: &'a RunSummary, name: &str) -> &'a LinkSummary {
    run.links.iter().find(|l| l.name == name).expect("there is such a link")
}

fn assert_near(what: &str, got: f64, exact: f64) {
    assert!((got - exact).abs() <= 1e-9 * exact.abs(), "{what}: {got} instead of {exact}");
}

fn traffic(patterns: &[&str], course: Course) -> Disturb {
    Disturb::Background { cables: cables(patterns), course }
}

fn trace(steps: &[(f64, f64)], period_s: f64) -> Course {
    Course::Trace { steps: steps.into(), period_s }
}

fn faults(patterns: &[&str], interval: f64, duration: f64, remaining: f64) -> Disturb {
    let (interval, duration) = (constant(interval), constant(duration));
    Disturb::LinkFaults { cables: cables(patterns), interval, duration, remaining }
}

/// 4 GB over 1 GB/s of which others take 50 % for a second, nothing for another, 90 % for a third,
/// again and again: 0.5 + 1 + 0.1 GB a lap of 3 s; 4 GB = 2 laps + 0.5 + 0.3 GB: 6 + 1 + 0.3 s. A
/// direction that the pattern does not name stays free.
#[test]
fn a_trace_is_taken_off_the_cable_exactly() {
    let steps = trace(&[(0.0, 0.5), (1.0, 0.0), (2.0, 0.9)], 3.0);
    for (pattern, end_s) in [("switch -> node-0", 7.3), ("node-0", 7.3), ("node-0 -> switch", 4.0)]
    {
        let mut scenario = reader(4e9, 1);
        scenario.production.push(disturbance("others", traffic(&[pattern], steps.clone())));
        let run = run(scenario);
        assert_near(pattern, run.end_s, end_s);
        assert_near("bytes", link(&run, "node-0 NIC in").bytes, 4e9);
    }
}

/// Others that want all of a cable leave a thousandth of it.
#[test]
fn a_thousandth_of_a_full_cable_is_left() {
    let mut scenario = reader(1e6, 1);
    for name in ["a", "b"] {
        let course = trace(&[(0.0, 0.8)], 1.0);
        scenario.production.push(disturbance(name, traffic(&["node-*"], course)));
    }
    assert_near("end", run(scenario).end_s, 1.0);
}

/// A closed loop without think time uses what others leave: the mean use of the cable is 1 − load
/// whatever the lengths of bursts, if bursts are in their steady state from the first instant on.
/// False alarms: 1 in 1,000 over all three.
#[test]
fn bursts_take_their_load_off_the_cable() {
    for (load, peak, burst) in [
        (0.3, 1.0, Dist::Exponential { mean: 1.0 }),
        (0.6, 0.8, Dist::Lognormal { median: 0.5, sigma: 1.0 }),
        // A tenth of a burst: only the steady state makes the mean right.
        (0.5, 0.9, Dist::Constant(200.0)),
    ] {
        let mut scenario = reader(1e7, 1);
        scenario.loads[0].requests = None;
        scenario.horizon = Some(Span::from_secs(20));
        let course = Course::OnOff { load, peak, burst };
        scenario.production.push(disturbance("others", traffic(&["switch -> node-0"], course)));
        let runs = replicates(scenario, 64);
        let used = |run: &RunSummary| link(run, "node-0 NIC in").utilisation;
        assert_mean("use of the cable", &runs, used, 1.0 - load, FALSE_ALARM / 3.0);
    }
}

/// Up 1 s, down 5 s, again and again: 3.5 GB take 3.5 s and three outages. At a quarter of the rate
/// a lap of 6 s moves 2.25 GB: 3.5 GB take 6 + 1 + 0.25/0.25 s. Both directions fail together.
#[test]
fn a_link_that_is_down_delays_a_transfer_by_just_that_time() {
    for pattern in ["node-0", "switch -> node-0", "node-0 -> switch", "controller-0"] {
        for (remaining, end_s) in [(0.0, 3.5 + 15.0), (0.25, 8.0)] {
            let mut scenario = reader(3.5e9, 1);
            let what = faults(&[pattern], 1.0, 5.0, remaining);
            scenario.production.push(disturbance("flapping", what));
            let run = run(scenario);
            assert_near(pattern, run.end_s, end_s);
            assert_near("bytes", link(&run, "node-0 NIC in").bytes, 3.5e9);
        }
    }
}

/// A round trip of 1 ms each way; the cable is up for 10.5 ms and down for 5 ms. Requests of no size
/// go out at 0, 2, 4 … 10 ms; the answer of the sixth would leave at 11 ms and waits until 15.5 ms,
/// a lap later the same.
#[test]
fn small_messages_wait_for_a_link_that_is_down() {
    let mut scenario = reader(1.0, 6);
    scenario.fabrics[FabricId(0)].host_propagation = Span::from_us(500);
    scenario.production.push(disturbance("flapping", faults(&["node-0"], 0.0105, 0.005, 0.0)));
    let run = run(scenario);
    assert!((run.end_s - 0.016_5).abs() < 1e-6, "{}", run.end_s);
    assert!((run.requests[0].total.max_s - 0.006_5).abs() < 1e-6);
}

/// Others with 40 % of a cable that runs at half and at 80 %: 0.6 · 0.5 · 0.8 of the rate is left.
#[test]
fn disturbances_of_one_cable_multiply() {
    let mut scenario = reader(1e9, 1);
    let always = |remaining| faults(&["node-*"], 0.0, 1e6, remaining);
    scenario.production = vec![
        disturbance("others", traffic(&["node-0"], trace(&[(0.0, 0.4)], 1.0))),
        disturbance("dirty fibre", always(0.5)),
        disturbance("worse fibre", always(0.8)),
    ];
    assert_near("end", run(scenario).end_s, 1.0 / (0.6 * 0.5 * 0.8));
}

/// The ring of an all-reduce between two nodes crosses the compute network alone: 1 GB each way at
/// 1 GB/s. Cables of both networks have the same names and each its own course.
#[test]
fn cables_of_the_compute_network_are_disturbed_too() {
    let mut scenario = lab(1, 1);
    scenario.groups[GroupId(0)].count = 2;
    scenario.groups[GroupId(0)].compute_nic = Some(nic(CABLE));
    let own = FabricSpec { name: "compute".into(), ..scenario.fabrics[FabricId(0)].clone() };
    scenario.compute_fabric = Some(scenario.fabrics.push(own));
    let mut job = common::training(2, 1, 1e-3, 1);
    job.gradient = Some(gapcast::kernel::units::Bytes(1_000_000_000));
    scenario.training.push(job);
    let lab = run(scenario.clone()).end_s;
    let course = trace(&[(0.0, 0.75)], 1.0);
    scenario.production.push(disturbance("others", traffic(&["node-*"], course)));
    assert!((run(scenario).end_s - lab - 3.0).abs() < 1e-6);
}

/// What is off is as if it were not written, to the bit; and one disturbance does not move
/// another's chance: traffic on a cable that nobody uses changes nothing about the reader's.
#[test]
fn disturbances_are_off_when_they_are_off_and_do_not_meddle() {
    let bursts = |load| Course::OnOff { load, peak: 1.0, burst: Dist::Exponential { mean: 0.1 } };
    let ours = disturbance("ours", traffic(&["switch -> node-0"], bursts(0.4)));
    let idle = disturbance("idle", traffic(&["node-0 -> switch"], bursts(0.4)));
    let mut scenario = reader(1e7, 1_000);
    let clean = run(scenario.clone());
    scenario.production = vec![ours.clone()];
    let disturbed = run(scenario.clone());
    assert!(disturbed.end_s > 1.2 * clean.end_s);
    scenario.production = vec![idle, ours];
    let both = run(scenario.clone());
    assert_eq!(both.fingerprint, disturbed.fingerprint);
    let off = run(scenario.with_disturbances(|_| false));
    assert_eq!((off.fingerprint, off.events), (clean.fingerprint, clean.events));
}
