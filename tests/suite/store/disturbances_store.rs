//! Disturbances of the store, drives, controllers and neighbours, against closed forms. Tests
//! without chance are exact to the rounding of bytes and picoseconds; the others state their rate of
//! false alarms.

use crate::common;

use common::recipe::{cook, fixed, recipes, sixty_runs};
use common::stats::{assert_mean, replicates};
use common::{FAST, closed, lab, nic, poisson};
use gapcast::disturb::Spells;
use gapcast::kernel::dist::Dist;
use gapcast::kernel::rng::Streams;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::Rate;
use gapcast::metrics::summary::{RunSummary, StationSummary};
use gapcast::model::*;
use gapcast::sim::{self, run_replicate};
use proptest::prelude::*;
use std::sync::Arc;

const FALSE_ALARM: f64 = 1e-3;
/// 1 GB/s.
const GIGABYTE: Rate = Rate(8_000_000_000);

fn disturbance(name: &str, what: Disturb) -> Disturbance {
    Disturbance { name: name.into(), on: true, what }
}

fn constant(s: f64) -> Dist {
    Dist::Constant(s)
}

fn exponential(mean: f64) -> Dist {
    Dist::Exponential { mean }
}

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

fn assert_near(what: &str, got: f64, exact: f64) {
    assert!((got - exact).abs() <= 1e-9 * exact.abs(), "{what}: {got} instead of {exact}");
}

fn drives(run: &RunSummary) -> Vec<&StationSummary> {
    run.stations.iter().filter(|s| s.kind == "device").collect()
}

/// One client that makes `requests` requests for objects of `bytes`, one after the other, to drives
/// of 1 GB/s in `nodes` storage nodes of one drive; nothing else takes time.
fn store(bytes: f64, requests: u64, nodes: u32, redundancy: Redundancy) -> Scenario {
    let mut scenario = lab(0, 16);
    scenario.datasets[DatasetId(0)].sample_bytes = constant(bytes);
    scenario.loads.push(closed(1, constant(0.0), requests));
    let device = Device {
        read_rate: GIGABYTE,
        write_rate: GIGABYTE,
        queue_depth: 4,
        ..common::device(constant(0.0))
    };
    scenario.store.media = Some(Media {
        nodes,
        devices_per_node: 1,
        device,
        node_rate: FAST,
        redundancy,
        placement: Placement::RoundRobin,
    });
    scenario
}

const CODE: Redundancy = Redundancy::Erasure { data: 4, parity: 2 };

fn rebuild(interval: f64, duration: f64, devices: u32, share: f64) -> Disturbance {
    let (interval, duration) = (constant(interval), constant(duration));
    disturbance("rebuild", Disturb::Rebuild { interval, duration, devices, share })
}

/// An object of 4 GB is read from 4 drives of 1 GB/s in 1 s; a rebuild that takes 60 % of each makes
/// that 1/(1 − 0.6) s. With a drive or two away parity is read instead: still 4 I/Os, none of them
/// there, and the read is degraded if one of the first four is away.
#[test]
fn reads_take_parity_and_a_rebuild_slows_them_by_its_share() {
    for failed in 0..3 {
        let mut scenario = store(4e9, 5, 6, CODE);
        assert_near("lab", run(scenario.clone()).end_s, 5.0);
        if failed > 0 {
            scenario.production.push(rebuild(0.0, 1e6, failed, 0.6));
        }
        let run = run(scenario);
        assert_near("end", run.end_s, if failed > 0 { 5.0 / 0.4 } else { 5.0 });
        let idle = |drives: &[&StationSummary]| drives.iter().filter(|d| d.arrivals == 0).count();
        let drives = drives(&run);
        assert_eq!(drives.iter().map(|d| d.arrivals).sum::<u64>(), 20);
        assert_eq!(idle(&drives), 2);
        let away = run.requests[0].degraded > 0;
        assert_eq!(run.requests[0].degraded, if away { 5 } else { 0 });
        assert_eq!(idle(&drives[..4]) > 0, away);
    }
}

/// Drives fail after 1 s for 2 s, three of six: too many for 4 + 2. A read of 0.8 s from 0 to 0.8 s;
/// the next, begun before, ends on what it has, at half the rate from 1 s on: 0.8 + 0.2 + 1.2 s. The
/// third waits until 3 s and ends at 3.8 s.
#[test]
fn reads_wait_when_too_few_shards_are_left() {
    let mut scenario = store(3.2e9, 3, 6, CODE);
    scenario.production.push(rebuild(1.0, 2.0, 3, 0.5));
    let run = run(scenario);
    assert_near("end", run.end_s, 3.8);
    assert_eq!((run.requests[0].stranded, run.requests[0].answered), (1, 3));
    let media = run.requests[0].stages.iter().find(|(name, _)| *name == "media").unwrap().1;
    assert_near("wait for drives", media, 0.8 / 3.0);
}

/// A write goes to all of 4 + 2 drives but those that are away, and to none of those; a write of
/// whom all drives are away waits.
#[test]
fn writes_skip_failed_drives() {
    for (failed, each) in [(0, 6), (1, 5), (4, 2)] {
        let mut scenario = store(4e6, 10, 6, CODE);
        scenario.loads[0].op = Op::Put;
        scenario.production.push(rebuild(if failed > 0 { 0.0 } else { 1e6 }, 1e6, failed, 0.1));
        let run = run(scenario);
        assert_eq!(drives(&run).iter().map(|d| d.arrivals).sum::<u64>(), 10 * each);
        assert_eq!(drives(&run).iter().filter(|d| d.arrivals > 0).count() as u64, each);
        let written = run.links.iter().filter(|l| l.name.ends_with(" write"));
        assert_near("bytes", written.map(|l| l.bytes).sum(), 1e6 * 10.0 * each as f64);
    }
    let mut scenario = store(4e6, 1, 6, CODE);
    scenario.loads[0].op = Op::Put;
    scenario.production.push(rebuild(0.0, 2.0, 6, 0.1));
    let run = run(scenario);
    assert!(run.end_s >= 2.0 && run.requests[0].stranded == 1, "{}", run.end_s);
}

/// Of three copies on three drives one is drawn for a read: with one drive away a third of the reads
/// go elsewhere, and no read there. Binomial: 3.29 sigma, one false alarm in a thousand seeds.
#[test]
fn of_copies_another_one_is_read() {
    let mut scenario = store(1.0, 9_000, 3, Redundancy::Replication { copies: 3 });
    scenario.production.push(rebuild(0.0, 1e6, 1, 0.1));
    let run = run(scenario);
    let degraded = run.requests[0].degraded as f64;
    assert!((degraded - 3_000.0).abs() < 3.29 * (9_000.0f64 * 2.0 / 9.0).sqrt(), "{degraded}");
    let mut arrivals: Vec<u64> = drives(&run).iter().map(|d| d.arrivals).collect();
    arrivals.sort_unstable();
    assert!(arrivals[0] == 0 && arrivals[1] > 4_000, "{arrivals:?}");
}

fn neighbour(name: &str, op: Op, requests_per_s: f64, bytes: f64) -> Disturbance {
    let size = constant(bytes);
    disturbance(name, Disturb::NoisyNeighbour { op, requests_per_s, size, class: ClassId::DEFAULT })
}

/// Two Poisson streams before one exponential server are an M/M/1 queue at the sum of their rates:
/// with 30 and 40 a second at 10 ms, ours wait ρ/(μ−λ) = 0.7/30 s in the mean, and so do theirs; the
/// station is used 70 %. False alarms: 1 in 1,000 over the three.
#[test]
fn neighbours_and_we_share_one_queue() {
    let mut scenario = lab(0, 1);
    scenario.store.controller.get_service = exponential(0.01);
    // Not for them.
    let limit = Throttle { get_per_s: 1e3, put_per_s: 1.0, prefixes: 1, burst_s: 10.0 };
    scenario.store.controller.throttle = Some(limit);
    scenario.loads.push(poisson(30.0, 1));
    scenario.loads[0].requests = None;
    scenario.warm_up = Span::from_secs(30);
    scenario.horizon = Some(Span::from_secs(630));
    scenario.production.push(neighbour("next door", Op::Get, 40.0, 1.0));
    let runs = replicates(scenario, 24);
    let wait = |run: &RunSummary, job: usize| {
        let stages = &run.requests[job].stages;
        stages.iter().find(|(name, _)| *name == "controller_queue").expect("a stage").1
    };
    let alarm = FALSE_ALARM / 3.0;
    assert_mean("our wait", &runs, |run| wait(run, 0), 0.7 / 30.0, alarm);
    assert_mean("their wait", &runs, |run| wait(run, 1), 0.7 / 30.0, alarm);
    assert_mean("use", &runs, |run| run.stations[0].utilisation, 0.7, alarm);
    assert_eq!(runs[0].requests[1].job, "next door");
}

/// Neighbours use the controllers' own adapters in the direction of their payload, no node of ours,
/// and end with the run: 100 requests a second of 1 MB are 100 MB/s. False alarms: 1 in 1,000 over
/// both.
#[test]
fn neighbours_move_bytes_over_the_controllers_adapters_alone() {
    for (op, used) in [(Op::Get, "controller-0 NIC out"), (Op::Put, "controller-0 NIC in")] {
        let mut scenario = lab(0, 1_000);
        scenario.store.controller.nic = nic(GIGABYTE);
        scenario.loads.push(closed(1, constant(1.0), 200));
        let alone = run(scenario.clone());
        scenario.production.push(neighbour("next door", op, 100.0, 1e6));
        let runs = replicates(scenario, 16);
        let bytes = |run: &RunSummary, name: &str| {
            run.links.iter().find(|l| l.name == name).expect("a link").bytes
        };
        for run in &runs {
            assert!((run.end_s - alone.end_s).abs() < 0.1, "{} for {}", run.end_s, alone.end_s);
            // Bytes of our 200 requests, to the picosecond of each.
            assert!((bytes(run, "node-0 NIC in") - 200.0).abs() < 0.01);
            let others = &run.requests[1];
            assert_eq!(others.issued, others.answered + others.in_flight_end);
        }
        let per_s = |run: &RunSummary| bytes(run, used) / run.end_s;
        assert_mean(used, &runs, per_s, 1e8, FALSE_ALARM / 2.0);
    }
}

fn outages(interval: Dist, duration: Dist, detection_s: f64) -> Disturbance {
    let detection = Span::from_s(detection_s);
    disturbance("outages", Disturb::ControllerFaults { interval, duration, detection })
}

/// Reads of 1 GB at 1 GB/s; the controller is away from 2.5 s to 3.5 s. Two reads end before, the
/// third is broken off half-way, tried again every millisecond or less and begun anew at 3.5 s: four
/// reads end at 5.5 s and have moved 4.5 GB. No answer is lost, none comes twice.
#[test]
fn a_controller_that_goes_away_breaks_off_what_it_does() {
    let mut scenario = lab(0, 16);
    scenario.store.controller.nic = nic(GIGABYTE);
    scenario.datasets[DatasetId(0)].sample_bytes = constant(1e9);
    let retry = &mut scenario.groups[GroupId(0)].client.retry;
    (retry.base, retry.cap) = (Span::from_ms(1), Span::from_ms(1));
    // A load would go on without a request that has used its attempts up.
    retry.attempts = 1_000_000;
    scenario.loads.push(closed(1, constant(0.0), 4));
    scenario.production.push(outages(constant(2.5), constant(1.0), 10.0));
    let run = run(scenario);
    assert!((5.5..5.501).contains(&run.end_s), "{}", run.end_s);
    let out = run.links.iter().find(|l| l.name == "controller-0 NIC out").expect("a link");
    assert_near("bytes", out.bytes, 4.5e9);
    let (station, requests) = (&run.stations[0], &run.requests[0]);
    assert_eq!((station.arrivals, station.departures, station.expelled), (5, 4, 1));
    assert_eq!((requests.issued, requests.answered, requests.refused), (4, 4, 0));
    // About two tries a millisecond for a second.
    assert!((1_700..2_300).contains(&requests.resets), "{}", requests.resets);
    let outage = requests.stages.iter().find(|(name, _)| *name == "outage").unwrap().1;
    assert!((outage - 0.25).abs() < 1e-3, "{outage} s of four requests");
}

/// Waiting, in service, at drives, in rounds of slow start: wherever a request is when its
/// controller goes away, it is answered in the end, and an I/O of a dead request ends at its drive.
#[test]
fn whatever_a_request_does_when_its_controller_goes_away_it_is_answered() {
    let (response, service) = (SlotHeld::Response, SlotHeld::Service);
    for (op, held) in
        [(Op::Get, response), (Op::Put, response), (Op::Get, service), (Op::Put, service)]
    {
        let mut scenario = store(1e6, 2_000, 6, CODE);
        scenario.store.controller.slot_held = held;
        scenario.store.controller.nic = nic(GIGABYTE);
        scenario.store.controllers = 2;
        scenario.store.controller.slots = 3;
        scenario.store.controller.get_service = exponential(1e-3);
        scenario.store.controller.put_service = exponential(1e-3);
        let device = &mut scenario.store.media.as_mut().unwrap().device;
        device.read_latency = exponential(2e-3);
        device.write_latency = exponential(2e-3);
        scenario.loads[0].op = op;
        scenario.loads[0].arrivals = Arrivals::Closed { clients: 12, think: constant(0.0) };
        scenario.production.push(outages(exponential(0.05), exponential(0.01), 0.005));
        let run = run(scenario);
        assert_eq!(run.requests[0].answered, 2_000);
        let lost: u64 = run.stations.iter().map(|s| s.expelled).sum();
        assert!(lost > 50, "{lost}");
        for drive in drives(&run) {
            // Some I/Os of dead requests may still run when the last request is answered.
            assert!(drive.arrivals - drive.departures <= 12, "{}", drive.name);
        }
    }
}

/// Four controllers in turn. From the first outage on, a quarter of what comes is reset until the
/// balancer notices, and nothing after that: with `detection` beyond the window the answered share
/// is 3/4 to a request, with half the window a quarter of half. Poisson arrivals, 3.29 sigma: one
/// false alarm in a thousand seeds. Who is turned away does not come back within the window (one in
/// 10,000 may).
#[test]
fn until_the_balancer_notices_a_share_of_requests_is_lost() {
    let (interval, duration) = (Dist::Uniform { low: 1.0, high: 400.0 }, constant(1e4));
    let streams = Streams::new(1, 0);
    let mut onsets: Vec<f64> = (0..4)
        .map(|i| Spells::new(&streams, &format!("outages/controller-{i}"), &interval, &duration))
        .map(|spells| spells.current().from.as_s())
        .collect();
    onsets.sort_by(f64::total_cmp);
    let window = 10.0;
    assert!(onsets[1] - onsets[0] > window, "another seed: {onsets:?}");
    for (detection, lost_s) in [(100.0, window), (window / 2.0, window / 2.0), (0.0, 0.0)] {
        let mut scenario = lab(0, 1_000);
        scenario.store.controllers = 4;
        let retry = &mut scenario.groups[GroupId(0)].client.retry;
        (retry.base, retry.cap) = (Span::from_secs(100_000), Span::from_secs(100_000));
        scenario.loads.push(poisson(1_000.0, 1));
        scenario.loads[0].requests = None;
        scenario.warm_up = Span::from_s(onsets[0]);
        scenario.horizon = Some(Span::from_s(onsets[0] + window));
        scenario.production.push(outages(interval.clone(), duration.clone(), detection));
        let requests = &run(scenario).requests[0];
        let (issued, resets) = (requests.issued as f64, requests.resets as f64);
        if lost_s == window {
            assert!((resets - issued / 4.0).abs() <= 3.0, "{resets} of {issued}");
        }
        let exact = 1_000.0 * lost_s / 4.0;
        assert!((resets - exact).abs() <= 3.29 * exact.sqrt(), "{resets} for {exact}");
        assert!((requests.answered as f64 - (issued - resets)).abs() <= 3.0);
    }
}

/// All kinds that disturb resources at once, and jitter, at the pace of a run of some 100 ms.
fn all_at_once() -> Vec<Disturbance> {
    let everything = vec![CablePattern::parse("*")];
    let course = Course::OnOff { load: 0.3, peak: 0.9, burst: exponential(0.005) };
    vec![
        disturbance("others", Disturb::Background { cables: everything.clone(), course }),
        disturbance(
            "flapping",
            Disturb::LinkFaults {
                cables: everything,
                interval: exponential(0.05),
                duration: exponential(0.003),
                remaining: 0.0,
            },
        ),
        disturbance(
            "rebuild",
            Disturb::Rebuild {
                interval: exponential(0.01),
                duration: exponential(0.005),
                devices: 3,
                share: 0.4,
            },
        ),
        outages(exponential(0.06), exponential(0.004), 0.002),
        neighbour("next door", Op::Get, 500.0, 2e5),
        neighbour("uploads", Op::Put, 200.0, 1e5),
        disturbance(
            "jitter",
            Disturb::Jitter(Jitter {
                delay: exponential(1e-4),
                shift_s: 0.0,
                correlation: Span::ZERO,
                keeps_order: true,
            }),
        ),
    ]
}

/// A run with everything on is the same on any number of threads and again; with everything off it
/// is the run without, to the bit.
#[test]
fn all_at_once_a_run_is_the_same_on_any_number_of_threads() {
    for policy in [Policy::RoundRobin, Policy::LeastConnections, Policy::Hash, Policy::PowerOfTwo] {
        let mut scenario = fixed(0, policy);
        scenario.replicates = 3;
        // One runs to the end of its jobs, the others to a horizon.
        let to_the_end = policy == Policy::RoundRobin;
        scenario.horizon = (!to_the_end).then(|| Span::from_ms(500));
        let clean = Arc::new(scenario.clone());
        scenario.production = all_at_once();
        let off = Arc::new(scenario.with_disturbances(|_| false));
        let scenario = Arc::new(scenario);
        let fingerprints = |scenario: &Arc<Scenario>, threads| -> Vec<String> {
            let runs = sim::run(scenario, threads, &|_| {}).expect("threads");
            let finished = |run: &RunSummary| run.training.iter().all(|job| job.finished);
            assert!(!to_the_end || runs.iter().all(finished));
            runs.into_iter().map(|run| run.fingerprint).collect()
        };
        let one = fingerprints(&scenario, 1);
        for threads in [2, 8] {
            assert_eq!(fingerprints(&scenario, threads), one);
        }
        let off = fingerprints(&off, 2);
        assert_eq!(off, fingerprints(&clean, 2));
        assert_ne!(off, one);
    }
}

proptest! {
    #![proptest_config(sixty_runs())]

    /// Random small scenarios with all disturbances at once. Closing the books asserts GPU-time,
    /// stalls, requests, bytes and Little's law at every station; beside that, who came to a
    /// station has left it, was lost there or is there, and no link carries more than it can.
    /// Deterministic laws: no false alarms.
    #[test]
    fn time_bytes_and_requests_are_conserved(recipe in recipes()) {
        let mut scenario = cook(&recipe);
        // Neighbours above what is left of a small store starve all others for ever.
        scenario.horizon = Some(scenario.horizon.unwrap_or(Span::from_ms(400)));
        scenario.production = all_at_once();
        let run = run(scenario);
        for station in &run.stations {
            let left = station.departures + station.expelled;
            prop_assert!(station.arrivals >= left, "{}", station.name);
            prop_assert!(station.arrivals - left <= station.in_flight_max, "{}", station.name);
        }
        for requests in &run.requests {
            let known = requests.answered + requests.failed + requests.in_flight_end;
            prop_assert_eq!(requests.issued, known);
        }
        for link in &run.links {
            prop_assert!(link.utilisation <= 1.0 + 1e-9, "{}: {}", link.name, link.utilisation);
        }
    }
}
