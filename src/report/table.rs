//! The CSV files of an output folder: the contract with notebooks. Fractions are 0–1, floats are
//! the shortest text that reads back the same, what is not known is empty.

use super::busiest::busiest;
use crate::metrics::summary::{FaultSummary, RunSummary};
use crate::study::{Estimate, JobOutcome, LatencyOutcome, Outcome, RequestOutcome};

/// Series of links and stations at most, the busiest first: all of a small cluster, and a file of
/// some 20 MB for a large one.
const SERIES: usize = 1_000;

/// Every table: (file name, content).
pub fn tables(outcome: &Outcome) -> Vec<(String, Vec<u8>)> {
    [
        ("summary.csv", summary(outcome)),
        ("runs.csv", runs(outcome)),
        ("timeseries.csv", timeseries(outcome)),
        ("stations.csv", stations(outcome)),
        ("links.csv", links(outcome)),
        ("latency.csv", latency(outcome)),
        ("health.csv", super::health::table(outcome)),
    ]
    .map(|(name, table)| (name.to_owned(), table.done()))
    .into()
}

/// A table being written.
pub(super) struct Table(csv::Writer<Vec<u8>>);

impl Table {
    pub(super) fn new(header: &[&str]) -> Table {
        let mut table = Table(csv::Writer::from_writer(Vec::new()));
        table.row(header);
        table
    }

    pub(super) fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells = cells.iter().map(|cell| cell.as_ref());
        self.0.write_record(cells).expect("rows in memory are as long as their header");
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0.into_inner().expect("a buffer in memory can be flushed")
    }
}

/// The shortest text that reads back as the same number; empty if it is none.
pub(super) fn number(value: f64) -> String {
    if value.is_finite() { format!("{value}") } else { String::new() }
}

pub(super) fn half_width(estimate: &Estimate) -> String {
    estimate.half_width.map(number).unwrap_or_default()
}

/// One line of `summary.csv`.
type Line = (String, String, &'static str, Estimate);

/// Long format: one metric of one entity a line.
fn summary(outcome: &Outcome) -> Table {
    let cluster = |metric: &str, unit, e: Estimate| (metric.to_owned(), String::new(), unit, e);
    let exact = |mean: f64| Estimate { mean, half_width: None, n: outcome.replicates() as u64 };
    let mut lines: Vec<Line> = vec![
        cluster("end", "s", outcome.end_s),
        cluster("gpu_seconds_owned", "GPU-s", outcome.gpu_seconds_owned),
    ];
    for (state, spent) in &outcome.gpu_seconds {
        lines.push(("gpu_seconds".to_owned(), (*state).to_owned(), "GPU-s", *spent));
    }
    for (cause, spent) in &outcome.straggler_wait_by_cause {
        lines.push(("straggler_wait_by_cause".to_owned(), (*cause).to_owned(), "GPU-s", *spent));
    }
    let stalls = [
        ("stall_by_stage", &outcome.stall_by_stage),
        ("stall_by_bottleneck", &outcome.stall_by_bottleneck),
        ("lost_by_stage", &outcome.lost_by_stage),
        ("lost_by_bottleneck", &outcome.lost_by_bottleneck),
    ];
    for (metric, list) in stalls {
        for share in list {
            lines.push((metric.to_owned(), share.name.clone(), "GPU-s", share.gpu_seconds));
            lines.push((format!("{metric}_share"), share.name.clone(), "1", exact(share.share)));
        }
    }
    lines.extend(outcome.jobs.iter().flat_map(job_lines));
    for fault in &outcome.faults {
        let name = &fault.disturbance;
        lines.push(("faults".to_owned(), name.clone(), "1", fault.faults));
        lines.push(("fault_down_s".to_owned(), name.clone(), "s", fault.down_s));
        lines.push(("fault_availability".to_owned(), name.clone(), "1", fault.availability));
    }
    for requests in &outcome.requests {
        request_lines(requests, &mut lines, exact);
    }
    lines.extend(super::classes::lines(outcome));
    for line in &outcome.accounts {
        let entity = format!("{}: {}", line.job, line.item);
        lines.push(("account".to_owned(), entity.clone(), line.unit, line.amount));
        lines.push(("account_usd".to_owned(), entity, "USD", line.usd));
    }
    let mut table = Table::new(&["metric", "entity", "unit", "mean", "half_width", "n"]);
    for (metric, entity, unit, estimate) in &lines {
        let (mean, half, n) = (number(estimate.mean), half_width(estimate), estimate.n.to_string());
        table.row(&[metric, entity, *unit, &mean, &half, &n]);
    }
    table
}

fn job_lines(job: &JobOutcome) -> Vec<Line> {
    [
        ("accelerator_utilisation", "1", job.accelerator_utilisation),
        ("samples_per_s", "1/s", job.samples_per_s),
        ("steady_samples_per_s", "1/s", job.steady_samples_per_s),
        ("ceiling_samples_per_s", "1/s", job.ceiling_samples_per_s),
        ("bytes_per_s", "B/s", job.bytes_per_s),
        ("first_batch_s", "s", job.first_batch_s),
        ("first_batch_mean_s", "s", job.first_batch_mean_s),
        ("duration_s", "s", job.duration_s),
        ("steps", "1", job.steps),
        ("samples", "1", job.samples),
    ]
    .map(|(metric, unit, estimate)| (metric.to_owned(), job.name.clone(), unit, estimate))
    .into()
}

fn request_lines(
    requests: &RequestOutcome,
    lines: &mut Vec<Line>,
    exact: impl Fn(f64) -> Estimate,
) {
    let job = &requests.job;
    let mut put = |metric: String, unit, e| lines.push((metric, job.clone(), unit, e));
    put("requests_per_s".to_owned(), "1/s", requests.requests_per_s);
    put("request_bytes_per_s".to_owned(), "B/s", requests.bytes_per_s);
    for (metric, count) in [
        ("requests_issued", requests.issued),
        ("requests_answered", requests.answered),
        ("requests_in_flight_end", requests.in_flight_end),
        ("requests_refused", requests.refused),
        ("requests_failed", requests.failed),
        ("requests_reset", requests.resets),
        ("requests_degraded", requests.degraded),
        ("requests_stranded", requests.stranded),
        ("request_bytes", requests.bytes),
        ("cache_hits", requests.cache_hits),
    ] {
        let unit = if metric == "request_bytes" { "B" } else { "1" };
        put(format!("{metric}_all_replicates"), unit, exact(count as f64));
    }
    for (metric, count, unit) in requests.policies.named() {
        put(format!("{metric}_all_replicates"), unit, exact(count as f64));
    }
    for (what, latency) in [("first_byte", &requests.first_byte), ("total", &requests.total)] {
        for (quantile, value) in quantiles(latency) {
            put(format!("{what}_{quantile}"), "s", exact(value));
        }
    }
    for (stage, spent) in &requests.stages {
        put(format!("stage_{stage}"), "s", *spent);
    }
}

fn quantiles(latency: &LatencyOutcome) -> [(&'static str, f64); 6] {
    [
        ("mean_s", latency.mean_s),
        ("p50_s", latency.p50_s),
        ("p90_s", latency.p90_s),
        ("p99_s", latency.p99_s),
        ("p999_s", latency.p999_s),
        ("max_s", latency.max_s),
    ]
}

/// One flat row a replicate and job.
fn runs(outcome: &Outcome) -> Table {
    let states: Vec<&str> = outcome.gpu_seconds.iter().map(|(name, _)| *name).collect();
    let mut header: Vec<String> = [
        "replicate",
        "fingerprint",
        "end_s",
        "events",
        "job",
        "gpus",
        "finished",
        "steps",
        "samples",
        "duration_s",
        "accelerator_utilisation",
        "samples_per_s",
        "steady_samples_per_s",
        "ceiling_samples_per_s",
        "bytes_per_s",
        "first_batch_s",
        "first_batch_mean_s",
        "gpu_seconds_owned",
    ]
    .map(str::to_owned)
    .into();
    header.extend(states.iter().map(|state| format!("gpu_seconds_{state}")));
    let mut table = Table(csv::Writer::from_writer(Vec::new()));
    table.row(&header);
    for run in &outcome.runs {
        for row in run_rows(run) {
            table.row(&row);
        }
    }
    table
}

/// The rows of a replicate; GPU-seconds are the whole cluster's. One row if it trains nothing.
fn run_rows(run: &RunSummary) -> Vec<Vec<String>> {
    let front = [
        run.replicate.to_string(),
        run.fingerprint.clone(),
        number(run.end_s),
        run.events.to_string(),
    ];
    let states = run.gpu_seconds.by_state.iter().map(|(_, spent)| number(*spent));
    let back: Vec<String> = std::iter::once(number(run.gpu_seconds.owned)).chain(states).collect();
    let mut jobs: Vec<Vec<String>> = Vec::new();
    for job in &run.training {
        let rates = [
            job.duration_s,
            job.accelerator_utilisation,
            job.samples_per_s,
            job.steady_samples_per_s,
            job.ceiling_samples_per_s,
            job.bytes_per_s,
            job.first_batch_s,
            job.first_batch_mean_s,
        ];
        let mut cells = vec![job.name.clone(), job.gpus.to_string(), job.finished.to_string()];
        cells.extend([job.steps.to_string(), job.samples.to_string()]);
        cells.extend(rates.map(number));
        jobs.push(cells);
    }
    if jobs.is_empty() {
        jobs.push(vec![String::new(); 13]);
    }
    jobs.into_iter().map(|job| [&front[..], &job, &back].concat()).collect()
}

/// Series of replicate 0: time is the beginning of a bin, values are means over the bin.
fn timeseries(outcome: &Outcome) -> Table {
    let run = &outcome.runs[0];
    let mut table = Table::new(&["time_s", "series", "entity", "value"]);
    let mut put = |series: &str, entity: &str, values: &[f64]| {
        for (bin, value) in values.iter().enumerate() {
            let time = number(bin as f64 * run.axis.bin_s);
            table.row(&[&time, series, entity, &number(*value)]);
        }
    };
    for (state, gpus) in &run.gpu_state_over_time {
        put("gpu_state", state, gpus);
    }
    put("bytes_per_s", "", &run.bytes_over_time);
    if run.faults.iter().any(|fault| fault.faults > 0) {
        put("goodput_bytes_per_s", "", &run.goodput_over_time);
        for fault in run.faults.iter().filter(|fault| fault.faults > 0).take(SERIES) {
            put("fault_down", &fault.who, &down_by_bin(run, fault));
        }
    }
    for row in busiest(outcome, SERIES, usize::MAX).into_iter().filter(|row| row.mean > 0.0) {
        put(if row.station { "station_busy" } else { "link_load" }, row.name, row.series);
    }
    table
}

/// Share of each bin in which a box is down.
fn down_by_bin(run: &RunSummary, fault: &FaultSummary) -> Vec<f64> {
    let width = run.axis.bin_s;
    let mut shares = vec![0.0; run.axis.bins];
    for (from, until) in &fault.spells {
        let first = (from / width) as usize;
        for (bin, share) in shares.iter_mut().enumerate().skip(first) {
            let (begins, ends) = (bin as f64 * width, (bin + 1) as f64 * width);
            if begins >= *until {
                break;
            }
            *share += (until.min(ends) - from.max(begins)).max(0.0) / width;
        }
    }
    shares
}

fn stations(outcome: &Outcome) -> Table {
    let mut table = Table::new(&[
        "name",
        "kind",
        "servers",
        "utilisation",
        "utilisation_half_width",
        "throughput_per_s",
        "in_flight",
        "in_flight_max",
        "arrivals",
        "departures",
        "expelled",
        "latency_mean_s",
        "latency_p50_s",
        "latency_p90_s",
        "latency_p99_s",
        "latency_p999_s",
        "latency_max_s",
        "wait_mean_s",
        "wait_p50_s",
        "wait_p90_s",
        "wait_p99_s",
        "wait_p999_s",
        "wait_max_s",
    ]);
    for station in &outcome.stations {
        let mut cells = vec![
            station.name.clone(),
            station.kind.to_owned(),
            station.servers.to_string(),
            number(station.utilisation.mean),
            half_width(&station.utilisation),
            number(station.throughput_per_s.mean),
            number(station.in_flight.mean),
            station.in_flight_max.to_string(),
            station.arrivals.to_string(),
            station.departures.to_string(),
            station.expelled.to_string(),
        ];
        for latency in [&station.latency, &station.wait] {
            cells.extend(quantiles(latency).map(|(_, value)| number(value)));
        }
        table.row(&cells);
    }
    table
}

fn links(outcome: &Outcome) -> Table {
    let mut table = Table::new(&[
        "name",
        "group",
        "kind",
        "capacity_bytes_per_s",
        "utilisation",
        "utilisation_half_width",
        "bytes",
    ]);
    for link in &outcome.links {
        table.row(&[
            link.name.as_str(),
            &link.group,
            link.kind,
            &number(link.capacity_bytes_per_s),
            &number(link.utilisation.mean),
            &half_width(&link.utilisation),
            &number(link.bytes.mean),
        ]);
    }
    table
}

/// Points of the pooled distribution functions.
fn latency(outcome: &Outcome) -> Table {
    let mut table = Table::new(&["job", "measure", "time_s", "share"]);
    for requests in &outcome.requests {
        for (measure, of) in [("first_byte", &requests.first_byte), ("total", &requests.total)] {
            for (time, share) in &of.cdf {
                table.row(&[&requests.job, measure, &number(*time), &number(*share)]);
            }
        }
    }
    table
}
