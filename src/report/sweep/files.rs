//! The files of a study's output folder.

use super::{SWEEP_FORMAT_VERSION, WriteError};
use crate::report::json::pretty;
use crate::report::store::{self, ReportError};
use crate::study::sweep::{Answers, Plan, PointResult, Results, Row, join};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// A file being written, its bytes counted and hashed.
struct Counted {
    file: File,
    hash: Xxh3,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A CSV file being written.
struct Table {
    path: PathBuf,
    name: &'static str,
    csv: csv::Writer<BufWriter<Counted>>,
}

impl Table {
    fn new(folder: &Path, name: &'static str, header: &[String]) -> Result<Table, ReportError> {
        let path = folder.join(name);
        let file = File::create(&path)
            .map_err(|source| ReportError::File { path: path.clone(), source })?;
        let counted = Counted { file, hash: Xxh3::new(), bytes: 0 };
        let csv = csv::Writer::from_writer(BufWriter::new(counted));
        let mut table = Table { path, name, csv };
        table.row(header)?;
        Ok(table)
    }

    fn row(&mut self, cells: &[String]) -> Result<(), ReportError> {
        self.csv.write_record(cells).map_err(|error| {
            let source = match error.into_kind() {
                csv::ErrorKind::Io(source) => source,
                other => io::Error::other(format!("{other:?}")),
            };
            ReportError::File { path: self.path.clone(), source }
        })
    }

    /// Flushes to the device; returns its entry of the manifest.
    fn done(self) -> Result<Value, ReportError> {
        let path = self.path;
        let error = |source| ReportError::File { path: path.clone(), source };
        let buffer = self.csv.into_inner().map_err(|e| error(io::Error::other(e.to_string())))?;
        let counted = buffer.into_inner().map_err(|e| error(e.into_error()))?;
        counted.file.sync_all().map_err(error)?;
        Ok(entry(self.name, counted.bytes, counted.hash.digest128()))
    }
}

fn entry(path: &str, bytes: u64, hash: u128) -> Value {
    json!({ "path": path, "bytes": bytes, "xxh3_128": format!("{hash:032x}") })
}

/// Writes every file into `folder`.
pub fn write(
    results: &mut Results<'_>,
    rows: &[Row],
    answers: &Answers,
    folder: &Path,
) -> Result<(), WriteError> {
    let plan = results.plan;
    let mut entries = large_tables(results, folder)?;
    let mut files = vec![
        ("asserts.csv".to_owned(), asserts(answers)),
        ("knees.csv".to_owned(), knees(plan, answers)),
    ];
    files.extend(crate::report::chart::sweep_figures(plan, rows));
    files.push(("study.resolved.json".to_owned(), pretty(&plan.study)));
    entries.extend(files.iter().map(|(p, bytes)| entry(p, bytes.len() as u64, xxh3_128(bytes))));
    files.push(("manifest.json".to_owned(), manifest(plan, rows, &entries)));
    store::fill(folder, &files)?;
    Ok(())
}

fn manifest(plan: &Plan, rows: &[Row], entries: &[Value]) -> Vec<u8> {
    pretty(&json!({
        "format_version": SWEEP_FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "study": plan.study.name,
        "study_hash": plan.study_hash,
        "plan_hash": plan.hash,
        "seed": plan.study.seed,
        "points": plan.points(),
        "runs": rows.iter().map(|row| row.n).sum::<u64>(),
        "failed": rows.iter().filter(|row| row.failed.is_some()).count(),
        "metrics": plan.study.metrics,
        "files": entries,
        "machine_dependent": [],
    }))
}

fn axis_names(plan: &Plan) -> impl Iterator<Item = String> + '_ {
    plan.study.axes.iter().map(|axis| axis.name.clone())
}

/// The shortest text that reads back as the same number; empty for none.
fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value}")).unwrap_or_default()
}

/// Tables with a row a point or replicate, row by row.
fn large_tables(results: &mut Results<'_>, folder: &Path) -> Result<Vec<Value>, WriteError> {
    let plan = results.plan;
    let metrics = &plan.study.metrics;
    let header = |last: Vec<String>| -> Vec<String> {
        std::iter::once("point".to_owned()).chain(axis_names(plan)).chain(last).collect()
    };
    let of_metric = |metric: &String| [metric.clone(), format!("{metric}_half_width")];
    let means = std::iter::once("n".to_owned()).chain(metrics.iter().flat_map(of_metric));
    let runs = ["replicate".to_owned(), "fingerprint".to_owned()];
    let runs = runs.into_iter().chain(metrics.iter().cloned());
    let failed = vec!["replicate".to_owned(), "why".to_owned()];
    let mut points = Table::new(folder, "points.csv", &header(means.collect()))?;
    let mut replicates = Table::new(folder, "replicates.csv", &header(runs.collect()))?;
    let mut failures = Table::new(folder, "failures.csv", &header(failed))?;
    for index in 0..plan.points() {
        let (_, result) = results.point(index)?;
        let head: Vec<String> = std::iter::once(index.to_string())
            .chain(result.point.levels.iter().map(|level| level.text.clone()))
            .collect();
        points.row(&point_row(&head, &result, metrics.len()))?;
        for (replicate, (fingerprint, values)) in result.runs.iter().enumerate() {
            let mut cells = head.clone();
            cells.extend([replicate.to_string(), format!("{fingerprint:032x}")]);
            cells.extend(values.iter().map(|value| number(*value)));
            replicates.row(&cells)?;
        }
        if let Some((replicate, why)) = &result.failure {
            let cells = [&head[..], &[replicate.to_string(), why.clone()]].concat();
            failures.row(&cells)?;
        }
    }
    Ok(vec![points.done()?, replicates.done()?, failures.done()?])
}

fn point_row(head: &[String], result: &PointResult, metrics: usize) -> Vec<String> {
    let row = result.row(metrics);
    let mut cells = head.to_vec();
    cells.push(row.n.to_string());
    for estimate in row.metrics {
        cells.push(number(estimate.map(|e| e.mean)));
        cells.push(number(estimate.and_then(|e| e.half_width)));
    }
    cells
}

/// A table held in memory.
fn small(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(header).expect("a buffer in memory");
    for row in rows {
        table.write_record(row).expect("rows are as long as their header");
    }
    table.into_inner().expect("a buffer in memory can be flushed")
}

fn asserts(answers: &Answers) -> Vec<u8> {
    let header = ["assert", "that", "metric", "held", "at", "found"];
    let rows = answers.asserts.iter().enumerate().flat_map(|(i, assert)| {
        assert.findings.iter().map(move |finding| {
            vec![
                i.to_string(),
                assert.that.clone(),
                assert.metric.clone(),
                finding.held.to_string(),
                finding.place.clone(),
                finding.found.clone(),
            ]
        })
    });
    small(&header, rows)
}

fn knees(plan: &Plan, answers: &Answers) -> Vec<u8> {
    let rows = answers.knees.iter().map(|found| {
        let axis = &plan.study.axes[found.axis];
        let value = found.knee.map(|(level, _)| axis.list()[level].text.clone());
        vec![
            found.metric.clone(),
            axis.name.clone(),
            join(&found.place),
            value.unwrap_or_default(),
            number(found.knee.map(|(_, mean)| mean)),
        ]
    });
    small(&["metric", "axis", "at", "knee", "mean"], rows)
}
