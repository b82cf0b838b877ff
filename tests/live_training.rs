//! A real input pipeline (`data/live_training.csv`: torch DataLoader, AWS's S3 connector, a real S3
//! server, real TCP), predicted at 10 and 40 ms from what was fitted at 0 ms.

mod common;
mod live;

use live::{Parameters, Prediction, Row, predict, rows};

/// Printed by `cargo run --release --example fit_live_training`, which uses the four RTT-0 rows
/// alone and says which target fixes which number. That the client and server parts add up
/// (4.7 ms for 1 MiB beside 8.9 ms on the wire) is fixed by AU at one worker; that 2.0 ms of them
/// scatter, by p90 − p50 of the waits. The client's cost per byte is not separable from its cost
/// per request with objects of one size, so all of it is charged per object.
const FITTED: Parameters = Parameters {
    server_s: 2.00e-3,
    client_s: 2.745e-3,
    overhead_s: 3.677e-3,
    start_s: 0.1830,
    start_per_worker_s: 0.0441,
};

/// Mean and largest absolute error over rows, AU in points.
fn errors(rows: &[&(Row, Prediction)], of: impl Fn(&Row, &Prediction) -> f64) -> (f64, f64) {
    let each: Vec<f64> = rows.iter().map(|(row, p)| of(row, p).abs()).collect();
    let mean = each.iter().sum::<f64>() / each.len() as f64;
    (mean, each.iter().copied().fold(0.0, f64::max))
}

fn print(rows: &[(Row, Prediction)]) {
    println!(
        "RTT/ms workers seed |  AU measured predicted points | samples/s measured predicted   % \
         | first batch/s measured predicted   %"
    );
    for (row, p) in rows {
        println!(
            "{:6} {:7} {:4} | {:12.4} {:9.4} {:+6.2} | {:18.2} {:9.2} {:+5.1} | {:21.3} {:9.3} {:+5.1}",
            row.rtt_ms,
            row.workers,
            row.seed,
            row.au,
            p.au,
            100.0 * (p.au - row.au),
            row.samples_per_s,
            p.samples_per_s,
            100.0 * (p.samples_per_s / row.samples_per_s - 1.0),
            row.first_batch_s,
            p.first_batch_s,
            100.0 * (p.first_batch_s / row.first_batch_s - 1.0),
        );
    }
}

/// Theory: a worker that waits for one object at a time needs wire time + client + server + one
/// round trip for each (slow start only on its first), so the round trip alone takes one worker's AU
/// from 0.92 to 0.53 and 0.23, and four workers hide it until 40 ms.
///
/// The scatter of the server's time matters although it has little to do with the mean: were the
/// 4.7 ms constant, four workers would stay in step, share the wire in every burst and reach AU 0.66
/// at 40 ms, 18 points below the measurement, instead of 0.84.
///
/// Tolerance: mean absolute error below 5 points of AU over the 12 rows and over the 8 that no
/// parameter has seen; two runs of one row differ by up to 7 points (RTT 0, one worker), so less
/// than about 2 points is within the measurement's own scatter. Deterministic: no false alarms.
#[test]
fn a_real_pipeline_is_predicted_from_its_runs_without_distance() {
    let rows: Vec<_> =
        rows().into_iter().map(|row| (row.clone(), predict(&row, &FITTED))).collect();
    assert_eq!(rows.len(), 12);
    print(&rows);
    let all: Vec<_> = rows.iter().collect();
    let predicted: Vec<_> = rows.iter().filter(|(row, _)| row.rtt_ms > 0.0).collect();
    assert_eq!(predicted.len(), 8);
    for (name, rows) in [("12 rows", &all), ("8 predicted rows", &predicted)] {
        let (au, worst) = errors(rows, |row, p| 100.0 * (p.au - row.au));
        let relative = |got: f64, wanted: f64| 100.0 * (got / wanted - 1.0);
        let (rate, _) = errors(rows, |row, p| relative(p.samples_per_s, row.samples_per_s));
        let (first, _) = errors(rows, |row, p| relative(p.first_batch_s, row.first_batch_s));
        println!(
            "{name}: mean absolute error {au:.2} points of AU (largest {worst:.2}), \
             {rate:.1} % of samples/s, {first:.1} % of the first batch"
        );
        assert!(au < 5.0, "{name}: {au} points of AU");
        assert!(rate < 5.0, "{name}: {rate} % of samples/s");
        assert!(first < 15.0, "{name}: {first} % of the first batch");
    }
}
