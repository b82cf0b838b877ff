//! Fits the parameters of `tests/live_training.rs` on the RTT-0 rows of the measurement, and on
//! nothing else: `cargo run --release --example fit_live_training`.
//!
//! Five numbers from five targets, each the mean over the two seeds:
//! 1. overhead per step ← AU with four workers (data always ready);
//! 2. client time per object ← AU with one worker (the worker is the bottleneck), given the
//! 3. server's mean time ← p90 − p50 of the waits with one worker: a grid, since the scatter of a
//!    batch's load comes from the server's exponential time alone;
//! 4. + 5. start-up, base and per worker ← first batch with one and with four workers.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/live/mod.rs"]
mod live;

use live::{Parameters, Row, predict, rows, wait_spread_s};

fn mean(rows: &[&Row], of: impl Fn(&Row) -> f64) -> f64 {
    rows.iter().map(|row| of(row)).sum::<f64>() / rows.len() as f64
}

/// The x in (low, high) at which the falling `f` meets `target`.
fn bisect(mut low: f64, mut high: f64, target: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        if f(middle) > target { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

fn fit_client(row: &Row, p: Parameters, target: f64) -> Parameters {
    let au = |client_s| predict(row, &Parameters { client_s, ..p }).au;
    Parameters { client_s: bisect(0.0, 0.02, target, au), ..p }
}

fn main() {
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.rtt_ms == 0.0).collect();
    let with = |workers| rows.iter().filter(|r| r.workers == workers).collect::<Vec<_>>();
    let (one, four) = (with(1), with(4));
    let spread = mean(&one, |r| (r.load_p90_ms - r.load_p50_ms) * 1e-3);
    let (au_1, au_4) = (mean(&one, |r| r.au), mean(&four, |r| r.au));
    println!("targets: AU {au_1:.4} (1 worker), {au_4:.4} (4); p90 − p50 {:.2} ms", spread * 1e3);
    // With data always ready (N−1)·C/((N−1)(C+o)+o); the simulation refines it below.
    let mut p = Parameters { overhead_s: 0.1 * (1.0 / au_4 - 1.0), ..Parameters::default() };
    for _ in 0..2 {
        let mut best = (f64::INFINITY, p);
        for step in 1..=20 {
            let trial = Parameters { server_s: f64::from(step) * 0.25e-3, ..p };
            let trial = fit_client(one[0], trial, au_1);
            let got = wait_spread_s(one[0], &trial);
            println!(
                "  server {:.2} ms  client {:.3} ms  p90 − p50 {:.2} ms",
                trial.server_s * 1e3,
                trial.client_s * 1e3,
                got * 1e3
            );
            if (got - spread).abs() < best.0 {
                best = ((got - spread).abs(), trial);
            }
        }
        p = best.1;
        let au = |overhead_s| predict(four[0], &Parameters { overhead_s, ..p }).au;
        p.overhead_s = bisect(0.0, 0.02, au_4, au);
    }
    let rest = |rows: &[&Row]| mean(rows, |r| r.first_batch_s) - predict(rows[0], &p).first_batch_s;
    let (rest_1, rest_4) = (rest(&one), rest(&four));
    p.start_per_worker_s = (rest_4 - rest_1) / 3.0;
    p.start_s = rest_1 - p.start_per_worker_s;
    println!("{p:#?}");
}
