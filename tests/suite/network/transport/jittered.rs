//! A packet-by-packet twin where delays vary: Linux's hybrid slow start and CUBIC, packets and
//! acknowledgements delayed one by one with their order kept, against the rounds of the simulator.

use super::cubic;
use crate::common::{closed, lab, nic};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::rng::{Purpose, Stream, Streams};
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::collections::VecDeque;
use std::sync::Arc;

const MSS: f64 = 1448.0;

struct Case {
    rate: Rate,
    round_trip: Span,
    delay: Dist,
    shift_s: f64,
    tcp: Tcp,
    bytes: u64,
}

/// Linux `tcp_cubic.c`, times in seconds, windows in segments.
struct Sender {
    hystart: bool,
    cwnd: f64,
    ssthresh: f64,
    found: bool,
    least: f64,
    round: (f64, f64, u64),
    lowest: f64,
    samples: u32,
    /// When avoidance began, and with what window.
    epoch: Option<(f64, f64)>,
}

impl Sender {
    fn acknowledged(&mut self, now: f64, of: u64, newly: u64, rtt: f64, next: u64) {
        self.least = self.least.min(rtt);
        if self.hystart && !self.found && self.cwnd < self.ssthresh && self.cwnd >= 16.0 {
            if of > self.round.2 {
                self.round = (now, now, next);
                (self.lowest, self.samples) = (f64::INFINITY, 0);
            }
            self.look(now, rtt);
        }
        let mut acked = newly as f64;
        if self.cwnd < self.ssthresh {
            let grown = acked.min(self.ssthresh - self.cwnd);
            self.cwnd += grown;
            acked -= grown;
        }
        if acked > 0.0 {
            // Before any loss: C·t³ above where it began, a round trip ahead, or one in 20.
            let (began, origin) = *self.epoch.get_or_insert((now, self.cwnd));
            let ahead = now - began + self.least;
            let target = (origin + 0.4 * ahead * ahead * ahead).clamp(self.cwnd, 1.5 * self.cwnd);
            self.cwnd += ((target - self.cwnd) * acked / self.cwnd).max(acked / 20.0);
        }
    }

    fn look(&mut self, now: f64, rtt: f64) {
        let held_up = (4.0 * 65_536.0 / (2.0 * self.cwnd * MSS) * rtt).min(1e-3);
        if now - self.round.1 <= 2e-3 {
            self.round.1 = now;
            self.found |= now - self.round.0 > (self.least + held_up) / 2.0;
        }
        self.lowest = self.lowest.min(rtt);
        self.samples += 1;
        let rise = (self.least / 8.0).clamp(4e-3, 16e-3);
        self.found |= self.samples > 8 && self.lowest > self.least + rise;
        if self.found {
            self.ssthresh = self.cwnd;
        }
    }
}

/// From the first packet's departure to the last one's arrival, and a way back, s.
fn twin_s(case: &Case, stream: &mut Stream) -> f64 {
    let (all, limit) = (case.bytes.div_ceil(MSS as u64), case.tcp.window_limit.0 / MSS as u64);
    let packet = MSS / case.rate.bytes_per_s();
    let way = case.round_trip.as_s() / 2.0;
    let mut delay = || (way + case.delay.quantile(stream.uniform()) - case.shift_s).max(0.0);
    let mut sender = Sender {
        hystart: case.tcp.hystart == HyStart::Linux,
        cwnd: 10.0,
        ssthresh: f64::INFINITY,
        found: false,
        least: f64::INFINITY,
        round: (0.0, 0.0, 0),
        lowest: f64::INFINITY,
        samples: 0,
        epoch: None,
    };
    let (mut now, mut sent, mut acked, mut pending) = (0.0f64, 0, 0, 0);
    let (mut wire_free, mut there, mut home) = (0.0f64, 0.0f64, 0.0f64);
    let mut acks: VecDeque<(f64, u64, f64)> = VecDeque::new();
    loop {
        while sent < all && sent - acked < (sender.cwnd as u64).min(limit) {
            wire_free = wire_free.max(now) + packet;
            there = there.max(wire_free + delay());
            (sent, pending) = (sent + 1, pending + 1);
            if pending == 2 || sent == all {
                home = home.max(there + delay());
                acks.push_back((home, sent, now));
                pending = 0;
            }
        }
        if sent == all {
            return there + way;
        }
        let (at, of, left) = acks.pop_front().expect("a window is two segments or more");
        now = at;
        sender.acknowledged(now, of, of - acked, now - left, sent);
        acked = of;
    }
}

/// Mean time of a GET on a connection of its own.
fn simulated_s(case: &Case, n: u64) -> f64 {
    let mut scenario = lab(1, 4);
    scenario.groups[GroupId(0)].client.idle_timeout = Some(Span::from_ms(1));
    scenario.store.controller.nic = nic(case.rate);
    scenario.fabrics[FabricId(0)].host_propagation = Span(case.round_trip.0 / 4);
    let tcp = Tcp { setup_round_trips: 0, ..case.tcp.clone() };
    scenario.fabrics[FabricId(0)].transport = Transport::Tcp(tcp);
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(case.bytes as f64);
    let (delay, shift_s) = (case.delay.clone(), case.shift_s);
    let jitter = Jitter { delay, shift_s, correlation: Span::ZERO, keeps_order: true };
    let what = Disturb::Jitter(jitter);
    scenario.production.push(Disturbance { name: "jitter".into(), on: true, what });
    scenario.loads.push(closed(1, Dist::Constant(1.0), n));
    let run = run_replicate(&Arc::new(scenario), 0);
    run.requests[0].total.mean_s - case.round_trip.as_s() / 2.0 - case.delay.mean() + case.shift_s
}

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for hystart in [HyStart::Off, HyStart::Linux] {
        let tcp = Tcp { hystart, window_limit: Bytes(3 << 20), ..cubic() };
        // A hall whose packets wander by more than its round trip.
        all.push(Case {
            rate: Rate(10_000_000_000),
            round_trip: Span::from_us(20),
            delay: Dist::Exponential { mean: 1e-3 },
            shift_s: 0.0,
            tcp: tcp.clone(),
            bytes: 20_000_000,
        });
        // The path of `live_training.csv`: 1 Gb/s, 20 ms, ± 5 ms each way.
        all.push(Case {
            rate: Rate(1_000_000_000),
            round_trip: Span::from_ms(20),
            delay: Dist::Uniform { low: 0.0, high: 10e-3 },
            shift_s: 5e-3,
            tcp,
            bytes: 8 << 20,
        });
    }
    all
}

/// Mean over 200 transfers each: a round waits for its last acknowledgement where a sender goes on
/// with the first, and CUBIC's target lags by a round, so that the rounds are off by +18, −7, −17 and
/// −13 % here: 20 %. Without the tests of HyStart the last two would be off by −75 and −70 %.
#[test]
fn slow_start_ends_under_jitter_as_linux_ends_it() {
    for (i, case) in cases().iter().enumerate() {
        let mut stream = Streams::new(7, i as u64).stream("twin", Purpose::Delay);
        let n = 200u32;
        let twin = (0..n).map(|_| twin_s(case, &mut stream)).sum::<f64>() / f64::from(n);
        let got = simulated_s(case, n.into());
        assert!((got / twin - 1.0).abs() < 0.2, "case {i}: {got} s, not {twin} s");
    }
}
