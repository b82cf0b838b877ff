//! Time-outs, retries with a budget, connection pools and hedges against closed forms. Tests without
//! chance are exact; the others are t tests over independent replicates that split one false alarm
//! in a thousand seeds among their quantities.

use crate::common;

use common::stats::{assert_mean, replicates, seed};
use common::{closed, lab, poisson, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::{Span, Time};
use gapcast::metrics::summary::{RequestSummary, RunSummary};
use gapcast::model::*;
use gapcast::probe::{Fact, Probe};
use gapcast::sim::{run_replicate, run_with};
use std::sync::Arc;

const REPLICATES: u32 = 20;
const FALSE_ALARM: f64 = 1e-3;
/// So short that nobody waits.
const AT_ONCE: Span = Span(1);

fn exponential(mean: f64) -> Dist {
    Dist::Exponential { mean }
}

fn client(scenario: &mut Scenario) -> &mut Client {
    &mut scenario.groups[GroupId(0)].client
}

fn retries(scenario: &mut Scenario, attempts: u32) {
    client(scenario).retry = Retry { attempts, base: AT_ONCE, cap: AT_ONCE };
}

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

fn stage(requests: &RequestSummary, name: &str) -> f64 {
    requests.stages.iter().find(|(stage, _)| *stage == name).expect("a stage").1
}

fn assert_near(what: &str, got: f64, exact: f64) {
    assert!((got - exact).abs() <= 1e-9 * exact.abs(), "{what}: {got} instead of {exact}");
}

/// One client after the other against service of exponential length (mean 10 ms) that it waits for
/// at most `limit` seconds: an attempt fails with p = exp(−limit/mean), whatever became of others.
fn impatient(limit: f64, attempts: u32, requests: u64) -> Scenario {
    let mut scenario = lab(0, 64);
    scenario.store.controller.get_service = exponential(0.01);
    scenario.loads.push(closed(1, Dist::Constant(0.0), requests));
    client(&mut scenario).patience.attempt_timeout = Some(Span::from_s(limit));
    retries(&mut scenario, attempts);
    scenario
}

/// n attempts of which each fails with p: (1 − pⁿ)/(1 − p) attempts a request, pⁿ of them fail.
#[test]
fn attempts_follow_the_geometric_law() {
    let (n, p) = (3, 0.4f64);
    let runs = replicates(impatient(-0.01 * libm::log(p), n, 3_000), REPLICATES);
    let per_request = |of: fn(&RequestSummary) -> u64| {
        move |run: &RunSummary| of(&run.requests[0]) as f64 / run.requests[0].issued as f64
    };
    let attempts = per_request(|r| r.issued + r.policies.retries);
    let most = f64::from(n);
    let exact = (1.0 - libm::pow(p, most)) / (1.0 - p);
    assert_mean("attempts", &runs, attempts, exact, FALSE_ALARM / 3.0);
    let failed = per_request(|r| r.failed);
    assert_mean("failed", &runs, failed, libm::pow(p, most), FALSE_ALARM / 3.0);
    let given_up = per_request(|r| r.policies.timeouts);
    assert_mean("time-outs", &runs, given_up, p * exact, FALSE_ALARM / 3.0);
    for run in &runs {
        let requests = &run.requests[0];
        assert_eq!(requests.issued, requests.answered + requests.failed);
        assert_eq!(requests.policies.timeouts, requests.policies.retries + requests.failed);
    }
}

/// A bucket of tokens that is empty in the long run: what comes in, (1 − p)·refund a request, goes
/// out with retries that fail, p·q·p·cost, where q is the share of retries that can be paid; so
/// p·q = (1 − p)·refund/(p·cost) retries a request. Without a budget it would be p.
#[test]
fn a_retry_budget_caps_the_rate_of_retries() {
    let p = 0.5f64;
    let mut scenario = impatient(-0.01 * libm::log(p), 2, 1);
    scenario.loads[0].requests = None;
    scenario.warm_up = Span::from_s(4.0);
    scenario.horizon = Some(Span::from_s(60.0));
    let free = replicates(scenario.clone(), 4);
    let budget = RetryBudget { tokens: 50, cost: 5, timeout_cost: 10, refund: 1 };
    client(&mut scenario).patience.retry_budget = Some(budget);
    let runs = replicates(scenario, REPLICATES);
    let share =
        |run: &RunSummary| run.requests[0].policies.retries as f64 / run.requests[0].issued as f64;
    assert_mean("retries without a budget", &free, share, p, FALSE_ALARM / 2.0);
    assert_mean("retries", &runs, share, (1.0 - p) / (p * 10.0), FALSE_ALARM / 2.0);
    assert!(runs.iter().all(|run| run.requests[0].policies.unpaid > 0));
}

/// Erlang C: probability that all `c` servers are busy at offered load `a`.
fn erlang_c(c: u32, a: f64) -> f64 {
    let b = (1..=c).fold(1.0, |b, k| a * b / (f64::from(k) + a * b));
    let rho = a / f64::from(c);
    b / (1.0 - rho + rho * b)
}

/// A pool of c connections in front of a store that never queues is M/M/c: requests wait C/(cμ − λ)
/// for a connection, whether the limit is the client's or the node's.
#[test]
fn a_pool_of_connections_is_an_mmc_queue() {
    let (c, rate) = (3, 240.0);
    let exact = erlang_c(c, rate * 0.01) / (f64::from(c) * 100.0 - rate);
    for of_node in [false, true] {
        let mut scenario = lab(0, 4_096);
        scenario.store.controller.get_service = exponential(0.01);
        scenario.loads.push(poisson(rate, 1));
        scenario.loads[0].requests = None;
        scenario.warm_up = Span::from_s(8.0);
        scenario.horizon = Some(Span::from_s(68.0));
        let patience = &mut client(&mut scenario).patience;
        *(if of_node {
            &mut patience.max_connections_per_node
        } else {
            &mut patience.max_connections
        }) = Some(c);
        let runs = replicates(scenario, REPLICATES);
        let wait = |run: &RunSummary| stage(&run.requests[0], "connection_wait");
        assert_mean("wait for a connection", &runs, wait, exact, FALSE_ALARM / 2.0);
        assert!(runs.iter().all(|run| run.stations[0].in_flight_max <= u64::from(c)));
    }
}

/// Collects how long requests took.
#[derive(Default)]
struct Took(Vec<f64>);

impl Probe for Took {
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        if let Fact::Answered(answer) = fact {
            self.0.push(now.since(answer.issued).as_s());
        }
    }
}

fn hedged(after: Hedge, requests: u64) -> Scenario {
    let mut scenario = lab(0, 64);
    scenario.seed = seed();
    scenario.store.controllers = 2;
    scenario.store.controller.get_service = exponential(0.01);
    scenario.loads.push(closed(1, Dist::Constant(0.0), requests));
    client(&mut scenario).patience.hedge = Some(after);
    scenario
}

/// Exponential service of mean m, a second request after d: P(L > t) = exp(−t/m) before d and
/// exp(−t/m − (t−d)/m) from d on, the minimum of two draws of which one is shifted. Kolmogorov and
/// Smirnov: √n·D is above 1.949 in one of a thousand seeds. As many are hedged as are slow, and half
/// of the hedges win.
#[test]
fn a_hedged_request_takes_the_shorter_of_two_draws() {
    let (m, d, n) = (0.01, 0.012, 20_000);
    let scenario = Arc::new(hedged(Hedge::After(Span::from_s(d)), n));
    let mut took = run_with(&scenario, 0, Took::default()).0;
    took.sort_by(f64::total_cmp);
    let below = |t: f64| 1.0 - libm::exp(-(t + (t - d).max(0.0)) / m);
    let far = took.iter().enumerate().map(|(i, &t)| {
        let (from, to) = (i as f64 / n as f64, (i + 1) as f64 / n as f64);
        (below(t) - from).abs().max((below(t) - to).abs())
    });
    let distance = far.fold(0.0, f64::max) * (n as f64).sqrt();
    assert!(distance < 1.949, "{distance}");
    let run = run_replicate(&scenario, 0);
    let policies = run.requests[0].policies;
    let sigma = |n: f64, p: f64| 3.5 * (n * p * (1.0 - p)).sqrt();
    let slow = libm::exp(-d / m);
    let hedges = policies.hedges as f64;
    assert!((hedges - n as f64 * slow).abs() < sigma(n as f64, slow), "{hedges}");
    assert!((policies.hedges_won as f64 - hedges / 2.0).abs() < sigma(hedges, 0.5));
    // The loser is closed at once (no way is longer than nothing here) and never answers.
    let gone: u64 = run.stations.iter().map(|s| s.expelled).sum();
    assert_eq!((gone, policies.wasted_bytes), (policies.hedges, 0));
    assert_eq!(run.requests[0].issued, n);
}

/// Waiting for the 90 % quantile of its own times hedges a tenth of the requests: what is hedged lies
/// above the quantile whatever becomes of it, so the share does not drift. 15 % either side, for the
/// quantile is an estimate.
#[test]
fn a_quantile_hedges_its_share() {
    let run = run(hedged(Hedge::Quantile(0.9), 20_000));
    let share = run.requests[0].policies.hedges as f64 / 20_000.0;
    assert!((share - 0.1).abs() < 0.015, "{share}");
}

/// A store whose answers take 10 s, 5 ms away.
fn slow_and_far(attempts: u32) -> Scenario {
    let mut scenario = lab(0, 1);
    scenario.fabrics[FabricId(0)].host_propagation = Span::from_us(2_500);
    scenario.store.controller.get_service = Dist::Constant(10.0);
    scenario.loads.push(closed(1, Dist::Constant(0.0), 1));
    retries(&mut scenario, attempts);
    scenario
}

/// A client that gives up after 1 s closes its connection; the slot is free one way later, 5 ms, and
/// the request that came 5 ms after it was sent held it for exactly 1 s.
#[test]
fn what_is_given_up_frees_its_slot_one_way_later() {
    let mut scenario = slow_and_far(1);
    client(&mut scenario).patience.attempt_timeout = Some(Span::from_secs(1));
    // Somebody else comes while the slot is taken, and has it when the orphan is gone.
    scenario.loads.push(Load { name: "next".into(), ..closed(1, Dist::Constant(0.5), 1) });
    scenario.loads[1].op = Op::Put;
    let run = run(scenario);
    assert_eq!((run.requests[0].failed, run.requests[0].policies.timeouts), (1, 1));
    assert_eq!(run.stations[0].expelled, 1);
    // Sent at 0.5 s, there at 0.505 s, slot at 1.005 s, answered 5 ms after that.
    assert_near("wait", run.stations[0].wait.max_s, 0.5);
    assert_near("end", run.end_s, 1.01);
}

/// Three attempts of 1 s each, at once after each other; or as many as fit into 1.5 s for the whole
/// request.
#[test]
fn a_request_fails_with_its_last_attempt_or_when_its_own_time_is_over() {
    let mut scenario = slow_and_far(3);
    client(&mut scenario).patience.first_byte_timeout = Some(Span::from_secs(1));
    let all = run(scenario.clone());
    assert!((all.end_s - 3.0).abs() < 1e-9, "{}", all.end_s);
    assert_eq!((all.requests[0].policies.timeouts, all.requests[0].policies.retries), (3, 2));
    client(&mut scenario).patience.request_timeout = Some(Span::from_ms(1_500));
    let short = run(scenario);
    assert_near("end", short.end_s, 1.5);
    assert_eq!((short.requests[0].policies.timeouts, short.requests[0].failed), (2, 1));
}

/// Set-up takes two round trips of 20 ms each: 30 ms are not enough, 50 ms are.
#[test]
fn a_connect_timeout_counts_round_trips_of_set_up() {
    let mut scenario = slow_and_far(2);
    scenario.store.controller.get_service = Dist::Constant(0.0);
    let fabric = &mut scenario.fabrics[FabricId(0)];
    fabric.host_propagation = Span::from_ms(5);
    fabric.transport = Transport::Tcp(common::tcp(2));
    client(&mut scenario).patience.connect_timeout = Some(Span::from_ms(30));
    let failed = run(scenario.clone());
    assert_eq!((failed.requests[0].failed, failed.requests[0].policies.timeouts), (1, 2));
    client(&mut scenario).patience.connect_timeout = Some(Span::from_ms(50));
    assert_eq!(run(scenario).requests[0].answered, 1);
}

/// Half of a 2 MB answer is there after 1 s at 1 MB/s: that half was moved in vain, and more of it
/// for as long as the service does not know, here 5 ms.
#[test]
fn bytes_of_attempts_that_are_given_up_are_counted() {
    let mut scenario = slow_and_far(1);
    scenario.store.controller.get_service = Dist::Constant(0.0);
    scenario.store.connection_rate = Some(gapcast::kernel::units::Rate(8_000_000));
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(2e6);
    client(&mut scenario).patience.attempt_timeout = Some(Span::from_s(1.005));
    // The run must not end before the service knows.
    scenario.loads[0].requests = None;
    scenario.horizon = Some(Span::from_s(1.1));
    let run = run(scenario);
    // Bytes flow from 5 ms on, until 1.01 s.
    assert!(run.requests[0].policies.wasted_bytes.abs_diff(1_005_000) <= 1);
}

/// Readers of a training job ask anew for ever, each time a request that failed; or the job stops at
/// the third, with its ledger whole (asserted when the run closes its books).
#[test]
fn a_training_job_goes_on_or_stops_after_errors() {
    let mut scenario = lab(2, 1);
    scenario.store.controller.get_service = Dist::Constant(0.03);
    scenario.training.push(training(2, 2, 0.1, 4));
    retries(&mut scenario, 1);
    client(&mut scenario).retry.cap = Span::from_ms(20);
    client(&mut scenario).retry.base = Span::from_ms(20);
    // With eight workers at one slot only some are served within 100 ms.
    client(&mut scenario).patience.attempt_timeout = Some(Span::from_ms(100));
    let goes_on = run(scenario.clone());
    let requests = &goes_on.requests[0];
    assert!(goes_on.training[0].finished && requests.failed > 3);
    assert_eq!(requests.issued, requests.answered + requests.failed + requests.in_flight_end);
    scenario.training[0].stop_after_errors = Some(3);
    let stops = run(scenario);
    assert!(!stops.training[0].finished && stops.training[0].steps < 4);
    assert!(stops.requests[0].failed >= 3 && stops.end_s < goes_on.end_s);
}
