//! One transfer on an empty network against closed forms, to 1e-6 relative.

use crate::common;

use common::{closed, lab, nic};
use gapcast::fabric::tcp::transfer_time_s;
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::{PS_PER_S, Span, Time};
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;
use gapcast::probe::{Fact, Probe};
use gapcast::sim::run_with;
use std::sync::Arc;

const SIZES: [u64; 9] =
    [1 << 10, 10 << 10, 14_480, 14_481, 100_000, 1 << 20, 5_000_000, 8 << 20, 64 << 20];
const RTTS_US: [u64; 5] = [0, 100, 1_000, 10_000, 100_000];
const RATES: [u64; 3] = [1_000_000_000, 25_000_000_000, 400_000_000_000];

/// (issued, first byte, answered) of every request.
#[derive(Default)]
struct Answers(Vec<(Time, Time, Time)>);

impl Probe for Answers {
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        if let Fact::Answered(answer) = fact {
            self.0.push((answer.issued, answer.first_byte, now));
        }
    }
}

fn tcp(growth: f64) -> Tcp {
    Tcp {
        growth,
        window_limit: Bytes(4 << 20),
        idle_restart: true,
        efficiency: 1448.0 / 1538.0,
        ..common::tcp(2)
    }
}

/// One client that thinks for `think` seconds before each of its requests, on a network where the
/// round trip takes `rtt` (a quarter in each cable it crosses) and the client's adapter binds.
fn scenario(transport: Transport, bytes: u64, rtt: Span, rate: u64, think: f64) -> Scenario {
    let mut scenario = lab(0, 1);
    let fabric = &mut scenario.fabrics[FabricId(0)];
    fabric.host_propagation = Span(rtt.0 / 4);
    fabric.transport = transport;
    scenario.groups[GroupId(0)].storage_nic = nic(Rate(rate));
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(bytes as f64);
    scenario.loads.push(closed(1, Dist::Constant(think), 1));
    scenario
}

fn durations_s(scenario: Scenario) -> Vec<f64> {
    let answers = run_with(&Arc::new(scenario), 0, Answers::default()).0;
    answers.iter().map(|(issued, _, answered)| answered.since(*issued).as_s()).collect()
}

/// To 1e-6 relative, beside the rounding up of each part's duration to a picosecond.
fn assert_close(what: &str, got: f64, wanted: f64) {
    let rounding = 30.0 / PS_PER_S as f64;
    assert!((got - wanted).abs() <= 1e-6 * wanted + rounding, "{what}: {got} s, not {wanted} s");
}

/// A whole GET or PUT on a new connection takes its set-up round trips, one more for request and
/// answer, and the closed form of the transfer between. Deterministic: no false alarms.
#[test]
fn a_request_on_a_new_connection_takes_the_closed_form() {
    for growth in [1.5, 2.0] {
        for (bytes, rtt, rate) in grid() {
            let tcp = tcp(growth);
            let path = rate as f64 / 8.0 * tcp.efficiency;
            let wanted = 3.0 * rtt.as_s() + transfer_time_s(&tcp, rtt, path, bytes);
            for op in [Op::Get, Op::Put] {
                let mut scenario = scenario(Transport::Tcp(tcp.clone()), bytes, rtt, rate, 0.0);
                scenario.loads[0].op = op;
                let what = format!("{op:?}, {bytes} B, {rtt:?}, {rate} b/s, growth {growth}");
                assert_close(&what, durations_s(scenario)[0], wanted);
            }
        }
    }
}

fn grid() -> impl Iterator<Item = (u64, Span, u64)> {
    let pairs = SIZES.into_iter().flat_map(|size| RTTS_US.map(|rtt| (size, Span::from_us(rtt))));
    pairs.flat_map(|(size, rtt)| RATES.map(|rate| (size, rtt, rate)))
}

/// The service's rate per connection caps bursts and the rest alike, also where the window is the
/// tighter cap of the rest. Deterministic: no false alarms.
#[test]
fn the_connection_rate_caps_bursts_too() {
    for (bytes, rtt, rate) in grid() {
        let tcp = tcp(2.0);
        let limit = Rate(700_000_000);
        let path = (rate as f64 / 8.0 * tcp.efficiency).min(limit.bytes_per_s());
        let wanted = 3.0 * rtt.as_s() + transfer_time_s(&tcp, rtt, path, bytes);
        let mut scenario = scenario(Transport::Tcp(tcp), bytes, rtt, rate, 0.0);
        scenario.store.connection_rate = Some(limit);
        let what = format!("{bytes} B, {rtt:?}, {rate} b/s");
        assert_close(&what, durations_s(scenario)[0], wanted);
    }
}

/// An independent twin of one connection: its window after any number of transfers.
struct Twin {
    tcp: Tcp,
    rtt: f64,
    path: f64,
    window: f64,
}

impl Twin {
    fn new(tcp: Tcp, rtt: f64, path: f64) -> Twin {
        let window = tcp.initial_window as f64 * tcp.mss.0 as f64;
        Twin { tcp, rtt, path, window }
    }

    /// Time between the first byte's leaving and the last's.
    fn transfer(&mut self, bytes: u64) -> f64 {
        let limit = self.tcp.window_limit.0 as f64;
        let (mut left, mut time) = (bytes as f64, 0.0);
        while self.rtt > 0.0 && (self.window < limit || left <= limit) {
            let burst = self.window.floor().min(left);
            left -= burst;
            // It grows up to twice what of it was used.
            let grown = (self.window + (self.tcp.growth - 1.0) * burst).min(limit);
            self.window = grown.min(2.0 * burst).max(self.window);
            let busy = burst / self.path;
            if busy >= self.rtt {
                self.window = limit;
            }
            if left == 0.0 {
                return time + busy;
            }
            time += busy.max(self.rtt);
        }
        time + left / if self.rtt > 0.0 { self.path.min(limit / self.rtt) } else { self.path }
    }

    /// Idle for this long: halved for every whole time-out but one, down to the initial window.
    fn idle(&mut self, seconds: f64) {
        let time_out = self.rtt + self.tcp.min_rto.as_s();
        let halvings = ((seconds / time_out).ceil() - 1.0).max(0.0) as i32;
        let least = self.tcp.initial_window as f64 * self.tcp.mss.0 as f64;
        if self.tcp.idle_restart && self.window > least {
            self.window = (self.window * libm::exp2(-f64::from(halvings))).max(least);
        }
    }
}

/// Later requests find the connection set up and the window as the earlier transfers left it; after
/// an idle spell it has decayed, if the preset says so. Four requests, with think times below one
/// retransmission time-out, of a few, and of many. Deterministic: no false alarms.
#[test]
fn a_warm_connection_keeps_its_window_and_an_idle_one_loses_it() {
    for (bytes, rtt, rate) in grid() {
        for (think, idle_restart) in [(0.01, true), (0.75, true), (30.0, true), (30.0, false)] {
            let tcp = Tcp { idle_restart, ..tcp(2.0) };
            let path = rate as f64 / 8.0 * tcp.efficiency;
            let mut twin = Twin::new(tcp.clone(), rtt.as_s(), path);
            let mut scenario = scenario(Transport::Tcp(tcp), bytes, rtt, rate, think);
            scenario.loads[0].requests = Some(4);
            for (i, got) in durations_s(scenario).into_iter().enumerate() {
                let round_trips = if i == 0 { 3.0 } else { 1.0 };
                if i > 0 {
                    twin.idle(think);
                }
                let wanted = round_trips * rtt.as_s() + twin.transfer(bytes);
                let what = format!("request {i}, {bytes} B, {rtt:?}, {rate} b/s, {think} s idle");
                assert_close(&what, got, wanted);
            }
        }
    }
}

/// A connection that the client closes when idle is set up anew, window and all. Deterministic: no
/// false alarms.
#[test]
fn a_timed_out_connection_is_set_up_anew() {
    let (rtt, rate, bytes) = (Span::from_ms(10), RATES[1], 1 << 20);
    let mut scenario = scenario(Transport::Tcp(tcp(2.0)), bytes, rtt, rate, 20.0);
    scenario.groups[GroupId(0)].client.idle_timeout = Some(Span::from_secs(15));
    scenario.loads[0].requests = Some(3);
    let took = durations_s(scenario);
    assert_eq!((took[0], took[0]), (took[1], took[2]));
}

/// RDMA: start-up, one round trip, bytes over the tighter of line rate and cap; no set-up and no
/// slow start. The first byte comes after start-up and a round trip. Deterministic: no false alarms.
#[test]
fn rdma_takes_start_up_round_trip_and_bytes_over_rate() {
    for (bytes, rtt, rate) in grid() {
        for cap in [None, Some(Rate(10_000_000_000))] {
            let startup = Span::from_us(3);
            let rdma = Rdma {
                name: "test".into(),
                startup,
                rate_cap: cap,
                efficiency: 0.98,
                loss: 0.0,
                recovery: Recovery::GoBackN,
                queue_threshold: None,
            };
            let line = rate as f64 / 8.0 * rdma.efficiency;
            let speed = cap.map_or(line, |cap| line.min(cap.bytes_per_s()));
            let mut scenario = scenario(Transport::Rdma(rdma), bytes, rtt, rate, 0.0);
            scenario.loads[0].requests = Some(2);
            let answers = run_with(&Arc::new(scenario), 0, Answers::default()).0;
            for (issued, first_byte, answered) in answers {
                let head = startup.as_s() + rtt.as_s();
                let what = format!("{bytes} B, {rtt:?}, {rate} b/s, cap {cap:?}");
                assert_close(&what, first_byte.since(issued).as_s(), head);
                assert_close(&what, answered.since(issued).as_s(), head + bytes as f64 / speed);
            }
        }
    }
}
