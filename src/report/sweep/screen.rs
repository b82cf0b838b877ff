//! What a study says, on one screen.

use super::Finished;
use crate::study::Estimate;
use crate::study::metric::is_fraction;
use crate::study::sweep::{Finding, Plan, join};
use crate::study::words::{figures, percent, thousands};

/// Points that are listed one by one; of more, extremes are told.
const LISTED: usize = 24;
/// Metrics that are shown beside points.
const METRICS: usize = 4;
/// Findings of a missed assertion that are shown.
const FINDINGS: usize = 12;
/// Knees and causes of failure that are shown.
const SHOWN: usize = 6;
/// Widest cell.
const CELL: usize = 26;

/// The screen of a finished study. Colours are for terminals alone.
pub fn screen(finished: &Finished<'_>, colour: bool) -> String {
    let bold = |text: &str| if colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() };
    let plan = finished.plan;
    let failed = match finished.failed() {
        0 => String::new(),
        n => format!(", {n} failed"),
    };
    let (points, runs) = (thousands(plan.points() as f64), thousands(finished.runs() as f64));
    let mut lines = vec![format!(
        "{}  {points} points{failed}, {runs} runs, seed {}, ± is a 95 % interval",
        bold(&plan.study.name),
        plan.study.seed
    )];
    if let Some((what, source)) = &plan.study.reproduces {
        lines.push(format!("reproduces  {what} ({source})"));
    }
    lines.push(String::new());
    match finished.rows.len() {
        n if n <= LISTED => lines.extend(listed(finished)),
        _ => lines.extend(extremes(finished)),
    }
    lines.extend(knees(finished));
    lines.extend(asserts(finished));
    lines.extend(failures(finished));
    lines.push(String::new());
    lines.push(format!("results  {}", finished.folder.display()));
    lines.join("\n") + "\n"
}

/// A mean as people read it.
fn say(metric: &str, value: f64) -> String {
    if is_fraction(metric) { percent(value) } else { figures(value) }
}

fn plus_minus(metric: &str, estimate: &Estimate) -> String {
    let mean = say(metric, estimate.mean);
    estimate.half_width.map_or(mean.clone(), |half| format!("{mean} ± {}", say(metric, half)))
}

/// `axis = value, …` of a point, axes of one value left out.
fn place(finished: &Finished<'_>, index: usize) -> String {
    let point = finished.plan.point(index as u64);
    let axes = finished.plan.study.axes.iter().zip(&point.levels);
    let varying = axes.filter(|(axis, _)| axis.list().len() != 1);
    let pairs: Vec<(String, String)> =
        varying.map(|(axis, level)| (axis.name.clone(), level.text.clone())).collect();
    join(&pairs)
}

/// A table of all points.
fn listed(finished: &Finished<'_>) -> Vec<String> {
    let study = &finished.plan.study;
    let metrics = study.metrics.len().min(METRICS);
    let mut table = vec![
        study
            .axes
            .iter()
            .map(|axis| axis.name.clone())
            .chain(study.metrics[..metrics].iter().cloned())
            .collect::<Vec<String>>(),
    ];
    for (index, row) in finished.rows.iter().enumerate() {
        let point = finished.plan.point(index as u64);
        let mut cells: Vec<String> = point.levels.iter().map(|level| level.text.clone()).collect();
        for (metric, estimate) in study.metrics.iter().zip(&row.metrics).take(metrics) {
            let none = if row.failed.is_some() { "failed" } else { "–" };
            cells.push(estimate.map_or(none.to_owned(), |e| plus_minus(metric, &e)));
        }
        table.push(cells);
    }
    let mut lines = align(&table);
    if study.metrics.len() > metrics {
        lines.push(format!("  … and {} more metrics in points.csv", study.metrics.len() - metrics));
    }
    lines
}

fn align(table: &[Vec<String>]) -> Vec<String> {
    let short = |cell: &String| -> String {
        match cell.chars().count() <= CELL {
            true => cell.clone(),
            false => cell.chars().take(CELL - 1).chain(['…']).collect(),
        }
    };
    let width = |column: usize| {
        let cells = table.iter().map(|row| short(&row[column]).chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let pad = |(cell, width): (&String, &usize)| {
            let cell = short(cell);
            format!("{}{cell}", " ".repeat(width - cell.chars().count()))
        };
        let cells: Vec<String> = row.iter().zip(&widths).map(pad).collect();
        format!("  {}", cells.join("  "))
    };
    table.iter().map(line).collect()
}

/// Of each metric the smallest, middle and largest mean, and where.
fn extremes(finished: &Finished<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (metric, name) in finished.plan.study.metrics.iter().enumerate() {
        let mut means: Vec<(f64, usize)> = Vec::new();
        for (index, row) in finished.rows.iter().enumerate() {
            means.extend(row.metrics[metric].map(|estimate| (estimate.mean, index)));
        }
        // Of equal means the first point, so that the answer does not hang on the sort.
        means.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (Some(&least), Some(&most)) = (means.first(), means.last()) else {
            lines.push(format!("  {name:30} not defined at any point"));
            continue;
        };
        lines.push(format!("  {name}"));
        let middle = means[means.len() / 2];
        for (what, (mean, index)) in [("least", least), ("median", middle), ("most", most)] {
            let place = place(finished, index);
            lines.push(format!("    {what:8} {:>10}  {place}", say(name, mean)));
        }
    }
    lines
}

fn knees(finished: &Finished<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let all = &finished.answers.knees;
    let found: Vec<_> = all.iter().filter_map(|knee| Some((knee, knee.knee?))).collect();
    for (knee, (level, mean)) in found.iter().take(SHOWN) {
        let axis = &finished.plan.study.axes[knee.axis];
        let at = match join(&knee.place) {
            place if place.is_empty() => String::new(),
            place => format!(" ({place})"),
        };
        let (value, mean) = (&axis.list()[*level].text, say(&knee.metric, *mean));
        lines.push(format!("knee    {}{at}: {mean} at {} = {value}", knee.metric, axis.name));
    }
    more(&mut lines, found.len(), "knees in knees.csv");
    if found.len() < all.len() {
        let none = all.len() - found.len();
        lines.push(format!(
            "no knee on {none} of {} curves: flat, unsteady, or still changing",
            all.len()
        ));
    }
    spaced(lines)
}

fn asserts(finished: &Finished<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for assert in &finished.answers.asserts {
        let n = assert.findings.len();
        let (verdict, wrong) = match assert.held() {
            true => ("met   ", Vec::new()),
            false => ("MISSED", assert.findings.iter().filter(|f| !f.held).collect()),
        };
        let found = match (assert.findings.as_slice(), wrong.len()) {
            ([only], _) => format!(": {}", only.found),
            (_, 0) => format!(" ({n} comparisons)"),
            (_, k) => format!(" ({k} of {n} comparisons)"),
        };
        lines.push(format!("{verdict}  {}{found}", assert.that));
        if n > 1 {
            let line = |f: &&Finding| format!("          {}: {}", f.place, f.found);
            lines.extend(wrong.iter().take(FINDINGS).map(line));
            if wrong.len() > FINDINGS {
                lines.push(format!(
                    "          … and {} more in asserts.csv",
                    wrong.len() - FINDINGS
                ));
            }
        }
    }
    spaced(lines)
}

/// Points that failed, by what went wrong.
fn failures(finished: &Finished<'_>) -> Vec<String> {
    let mut causes: Vec<(&str, usize, usize)> = Vec::new();
    for (index, row) in finished.rows.iter().enumerate() {
        let Some(why) = &row.failed else { continue };
        let why = why.lines().next().unwrap_or_default();
        match causes.iter_mut().find(|cause| cause.0 == why) {
            Some(cause) => cause.2 += 1,
            None => causes.push((why, index, 1)),
        }
    }
    let line = |(why, first, n): &(&str, usize, usize)| {
        let others = if *n > 1 { format!(" and {} more", n - 1) } else { String::new() };
        format!("FAILED  {}{others}: {why}", place(finished, *first))
    };
    let mut lines: Vec<String> = causes.iter().take(SHOWN).map(line).collect();
    more(&mut lines, causes.len(), "causes in failures.csv");
    spaced(lines)
}

fn more(lines: &mut Vec<String>, all: usize, what: &str) {
    if all > SHOWN {
        lines.push(format!("… and {} more {what}", all - SHOWN));
    }
}

fn spaced(mut lines: Vec<String>) -> Vec<String> {
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

/// A study in a few lines, before it is run.
pub fn describe(plan: &Plan) -> String {
    let study = &plan.study;
    let mut text = String::new();
    let mut line = |label: &str, words: String| text += &format!("  {label:10} {words}\n");
    let colon = if study.description.is_empty() { "" } else { ": " };
    line("study", format!("{}{colon}{}", study.name, study.description));
    if let Some((what, source)) = &study.reproduces {
        line("reproduces", format!("{what} ({source})"));
    }
    for axis in &study.axes {
        let fields = axis.fields.join(", ");
        let words = match axis.list() {
            [] => "a range".to_owned(),
            [only] => only.text.clone(),
            [first, .., last] => {
                format!("{} values from {} to {}", axis.list().len(), first.text, last.text)
            }
        };
        let zip = axis.zip.as_ref().map_or(String::new(), |zip| format!(", with all of \"{zip}\""));
        line("axis", format!("{}: {words} of {fields}{zip}", axis.name));
    }
    let runs = match &study.precision {
        Some(p) => format!("{} to {} replicates each, until precise", p.at_least, p.at_most),
        None => format!(
            "{} replicates each, {} runs",
            study.replicates,
            thousands(plan.points() as f64 * f64::from(study.replicates))
        ),
    };
    let sampled = if study.sample.is_some() { " sampled" } else { "" };
    line("points", format!("{}{sampled}, {runs}", thousands(plan.points() as f64)));
    line("metrics", study.metrics.join(", "));
    let (figures, asserts) = (study.figures.len(), study.asserts.len());
    line("asks", format!("{figures} figures, {asserts} assertions"));
    text
}
