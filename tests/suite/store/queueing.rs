//! Controllers and devices as queues against queueing theory.
//!
//! Every comparison is a two-sided t test over independent replicates, so its false-alarm rate is
//! stated for an arbitrary seed; the seed in the repository is fixed, so the tests are repeatable.
//! A test of several quantities splits its rate of 1 in 1,000 among them.

use crate::common;

use common::stats::{assert_mean, replicates};
use common::{closed, lab, poisson};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::{DatasetId, Media, Placement, ReadFirst, Redundancy, Scenario, SlotHeld};

const REPLICATES: u32 = 24;
const FALSE_ALARM: f64 = 1e-3;

/// A controller of `servers` slots with this service under Poisson arrivals of `rate` a second,
/// from empty; the first 2,000 arrivals or so are warm-up, the next `arrivals` are measured.
fn open_queue(servers: u32, service: Dist, rate: f64, arrivals: f64) -> Vec<RunSummary> {
    let mut scenario = lab(0, servers);
    scenario.store.controller.get_service = service;
    scenario.loads.push(poisson(rate, 1));
    scenario.loads[0].requests = None;
    scenario.warm_up = Span::from_s(2_000.0 / rate);
    scenario.horizon = Some(Span::from_s((2_000.0 + arrivals) / rate));
    replicates(scenario, REPLICATES)
}

fn wait(run: &RunSummary) -> f64 {
    run.stations[0].wait.mean_s
}

/// Probability that all `c` servers are busy at offered load `a` (Erlang C), by the recursion for
/// Erlang B.
fn erlang_c(c: u32, a: f64) -> f64 {
    let b = (1..=c).fold(1.0, |b, k| a * b / (f64::from(k) + a * b));
    let rho = a / f64::from(c);
    b / (1.0 - rho + rho * b)
}

/// A chunk is read whole before the first byte leaves, and a smaller object is all of it: 4 MiB at
/// 1 GB/s of 8 MiB, 1 MiB of 1 MiB; the payload then takes its 8.4 and 1.05 ms at 1 GB/s. To 1 µs.
#[test]
fn the_first_chunk_is_read_whole_before_the_first_byte() {
    for (mib, chunk_s) in [(8.0, 4.194304e-3), (1.0, 1.048576e-3)] {
        let mut scenario = lab(0, 1);
        let rate = Rate(8_000_000_000);
        scenario.store.controller.read_first = Some(ReadFirst { unit: Bytes(4 << 20), rate });
        scenario.store.connection_rate = Some(rate);
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(mib * 1_048_576.0);
        scenario.loads.push(closed(1, Dist::Constant(0.0), 3));
        let run = &replicates(scenario, 1)[0].requests[0];
        assert!((run.first_byte.mean_s - chunk_s).abs() < 1e-6, "{}", run.first_byte.mean_s);
        let total = chunk_s + mib * 1_048_576.0 / 1e9;
        assert!((run.total.mean_s - total).abs() < 1e-6, "{} of {total}", run.total.mean_s);
    }
}

/// M/M/1 at ρ: time in the station 1/(μ−λ), number in it ρ/(1−ρ), utilisation ρ, share that waits ρ.
fn check_mm1(rho: f64, arrivals: f64) {
    let runs = open_queue(1, Dist::Exponential { mean: 0.01 }, rho * 100.0, arrivals);
    let test = |what: &str, of: fn(&RunSummary) -> f64, exact| {
        assert_mean(what, &runs, of, exact, FALSE_ALARM / 5.0);
    };
    test("M/M/1 latency", |run| run.stations[0].latency.mean_s, 0.01 / (1.0 - rho));
    test("M/M/1 wait", wait, 0.01 * rho / (1.0 - rho));
    test("M/M/1 in flight", |run| run.stations[0].in_flight, rho / (1.0 - rho));
    test("M/M/1 utilisation", |run| run.stations[0].utilisation, rho);
    test("M/M/1 throughput", |run| run.stations[0].throughput_per_s, rho * 100.0);
}

/// An asynchronous server (`slot_held = "service"`): payloads that take ten times as long as service
/// do not hold its two cores, so waiting is that of M/M/2, Erlang's C/(kμ−λ), and a core is busy
/// ρ = λ/(kμ) of the time; held until the last byte, two slots would be overloaded five-fold.
/// False alarms: 1 in 1,000 over the two quantities.
#[test]
fn slots_held_for_service_alone_are_an_mmk_queue_whatever_the_payloads_take() {
    let mut scenario = lab(0, 2);
    scenario.store.controller.slot_held = SlotHeld::Service;
    scenario.store.controller.get_service = Dist::Exponential { mean: 0.01 };
    scenario.store.connection_rate = Some(Rate(800_000));
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(10_000.0);
    let rate = 120.0;
    scenario.loads.push(poisson(rate, 1));
    scenario.loads[0].requests = None;
    scenario.warm_up = Span::from_s(2_000.0 / rate);
    scenario.horizon = Some(Span::from_s(14_000.0 / rate));
    let runs = replicates(scenario, REPLICATES);
    let exact = erlang_c(2, 1.2) / (200.0 - rate);
    assert_mean("M/M/2 wait", &runs, wait, exact, FALSE_ALARM / 2.0);
    let busy = |run: &RunSummary| run.stations[0].utilisation;
    assert_mean("M/M/2 utilisation", &runs, busy, 0.6, FALSE_ALARM / 2.0);
    let total =
        runs.iter().map(|run| run.requests[0].total.mean_s).sum::<f64>() / runs.len() as f64;
    assert!(total > 0.1, "payloads take their 100 ms: {total}");
}

/// M/M/1 at ρ = 0.5. False alarms: 1 in 1,000 over the five quantities.
#[test]
fn one_slot_with_exponential_service_is_an_mm1_queue_at_half_load() {
    check_mm1(0.5, 20_000.0);
}

/// M/M/1 at ρ = 0.8. False alarms: 1 in 1,000 over the five quantities.
#[test]
fn one_slot_with_exponential_service_is_an_mm1_queue_at_high_load() {
    check_mm1(0.8, 40_000.0);
}

/// M/M/4 at ρ = 0.8: probability to wait C(4, 3.2) = 0.5964 by Erlang C, mean wait
/// C/(cμ−λ). The share that does not wait is the first step of the distribution of waits. False
/// alarms: 1 in 1,000 over the three quantities.
#[test]
fn four_slots_are_an_mmc_queue() {
    let (c, rho, mu) = (4, 0.8, 100.0);
    let rate = rho * f64::from(c) * mu;
    let runs = open_queue(c, Dist::Exponential { mean: 1.0 / mu }, rate, 60_000.0);
    let waits = erlang_c(c, rho * f64::from(c));
    let share = |run: &RunSummary| {
        let (least, share) = run.stations[0].wait.cdf[0];
        assert_eq!(least, 0.0, "most frequent wait");
        1.0 - share
    };
    assert!((waits - 0.596_432).abs() < 1e-6, "the tabulated value, {waits}");
    let test = |what, of: &dyn Fn(&RunSummary) -> f64, exact| {
        assert_mean(what, &runs, of, exact, FALSE_ALARM / 3.0);
    };
    test("M/M/4 share that waits", &share, waits);
    test("M/M/4 wait", &wait, waits / (f64::from(c) * mu - rate));
    test("M/M/4 in flight", &|run| run.stations[0].in_flight, {
        rho * f64::from(c) + waits * rho / (1.0 - rho)
    });
}

/// M/G/1: mean wait λE[S²]/(2(1−ρ)) (Pollaczek–Khinchine), number in the station λ·wait + ρ.
fn check_mg1(what: &str, service: Dist, second_moment: f64, rho: f64) {
    let mean = service.mean();
    let rate = rho / mean;
    let runs = open_queue(1, service, rate, 40_000.0);
    let exact = rate * second_moment / (2.0 * (1.0 - rho));
    assert_mean(&format!("{what} wait"), &runs, wait, exact, FALSE_ALARM / 2.0);
    let in_flight = |run: &RunSummary| run.stations[0].in_flight;
    let exact = rate * exact + rho;
    assert_mean(&format!("{what} in flight"), &runs, in_flight, exact, FALSE_ALARM / 2.0);
}

/// M/D/1 at ρ = 0.8. False alarms: 1 in 1,000 over both quantities.
#[test]
fn constant_service_is_an_md1_queue() {
    check_mg1("M/D/1", Dist::Constant(0.01), 1e-4, 0.8);
}

/// M/G/1 at ρ = 0.6 with lognormal service, σ = 0.8: E[S²] = median²·exp(2σ²). False alarms: 1 in
/// 1,000 over both quantities.
#[test]
fn lognormal_service_is_an_mg1_queue() {
    let (median, sigma) = (0.01, 0.8);
    let service = Dist::Lognormal { median, sigma };
    let second_moment = median * median * libm::exp(2.0 * sigma * sigma);
    check_mg1("M/lognormal/1", service, second_moment, 0.6);
}

/// M/H2/1 at ρ = 0.6: 0.9 of the requests take 5 ms in the mean, 0.1 take 55 ms: E[S²] =
/// Σ w·2·mean². False alarms: 1 in 1,000 over both quantities.
#[test]
fn hyperexponential_service_is_an_mg1_queue() {
    let part = |mean| Dist::Exponential { mean };
    let service = Dist::Mixture(vec![(0.9, part(0.005)), (0.1, part(0.055))]);
    let second_moment = 2.0 * (0.9 * 0.005 * 0.005 + 0.1 * 0.055 * 0.055);
    check_mg1("M/H2/1", service, second_moment, 0.6);
}

/// Throughput of a closed product-form network by exact mean-value analysis (Reiser & Lavenberg,
/// JACM 27(2), 1980): `n` clients, delay `think` in all, single-server queues with these demands.
fn mean_value_analysis(n: u32, think: f64, demands: &[f64]) -> f64 {
    let mut queue = vec![0.0; demands.len()];
    let mut throughput = 0.0;
    for k in 1..=n {
        let response: Vec<f64> = demands.iter().zip(&queue).map(|(d, q)| d * (1.0 + q)).collect();
        throughput = f64::from(k) / (think + response.iter().sum::<f64>());
        queue = response.iter().map(|r| throughput * r).collect();
    }
    throughput
}

/// Closed clients that think 40 ms in the mean, for 2 s warm-up and 60 s measured.
fn closed_network(mut scenario: Scenario, clients: u32) -> Vec<RunSummary> {
    scenario.loads.push(closed(clients, Dist::Exponential { mean: 0.04 }, 1));
    scenario.loads[0].requests = None;
    scenario.warm_up = Span::from_secs(2);
    scenario.horizon = Some(Span::from_secs(62));
    replicates(scenario, REPLICATES)
}

/// X(N) of clients in front of one slot with exponential service of 10 ms: a delay and a
/// first-come, first-served exponential queue, which mean-value analysis solves exactly, for N = 1 to
/// 16. False alarms: 1 in 1,000 over all N.
#[test]
fn a_closed_network_with_one_controller_has_the_exact_throughput() {
    for n in 1..=16 {
        let mut scenario = lab(0, 1);
        scenario.store.controller.get_service = Dist::Exponential { mean: 0.01 };
        let runs = closed_network(scenario, n);
        let exact = mean_value_analysis(n, 0.04, &[0.01]);
        let of = |run: &RunSummary| run.requests[0].requests_per_s;
        assert_mean(&format!("X({n}), controller"), &runs, of, exact, FALSE_ALARM / 16.0);
    }
}

/// X(N) with a device of one exponential server (8 ms) behind a controller. A request keeps its
/// controller slot while it is at the device, so controller and device are a product-form network
/// only if slots never bind: with as many slots as clients the controller is a delay (10 ms,
/// exponential), the device the only queue, and mean-value analysis is exact with a delay of think
/// time + controller service. False alarms: 1 in 1,000 over all N and both quantities.
#[test]
fn a_closed_network_with_a_device_behind_the_controller_has_the_exact_throughput() {
    for n in 1..=16 {
        let mut scenario = lab(0, n);
        scenario.store.controller.get_service = Dist::Exponential { mean: 0.01 };
        scenario.store.media = Some(one_device(Dist::Exponential { mean: 0.008 }));
        let runs = closed_network(scenario, n);
        let exact = mean_value_analysis(n, 0.05, &[0.008]);
        let of = |run: &RunSummary| run.requests[0].requests_per_s;
        let alarm = FALSE_ALARM / 32.0;
        assert_mean(&format!("X({n}), device"), &runs, of, exact, alarm);
        // Little's law for the part outside the device gives the number inside.
        let inside = f64::from(n) - exact * 0.05;
        let of = |run: &RunSummary| {
            run.stations.iter().find(|s| s.kind == "device").expect("there is one").in_flight
        };
        assert_mean(&format!("Q({n}), device"), &runs, of, inside, alarm);
    }
}

/// One storage node with one device that serves one I/O at a time and whose rates never bind.
fn one_device(latency: Dist) -> Media {
    Media {
        nodes: 1,
        devices_per_node: 1,
        device: common::device(latency),
        node_rate: common::FAST,
        redundancy: Redundancy::Replication { copies: 1 },
        placement: Placement::RoundRobin,
    }
}
