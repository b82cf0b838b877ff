//! Predicted against measured: screen, CSV, JSON, Markdown and figure of a validation.

use super::chart;
use super::json::pretty;
use super::store::{self, ReportError};
use super::{FORMAT_VERSION, Timing};
use crate::study::validate::{CaseOutcome, Compared, SetOutcome, error_words};
use crate::study::words::figures;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Writes the output folder of a validation and says where it is.
///
/// # Errors
/// It could not be written; nothing is left behind.
pub fn write(
    outcomes: &[CaseOutcome],
    out_root: &Path,
    timing: Timing,
) -> Result<PathBuf, ReportError> {
    let mut files = vec![
        ("validation.csv".to_owned(), rows_csv(outcomes)),
        ("sets.csv".to_owned(), sets_csv(outcomes)),
        ("validation.json".to_owned(), pretty(&json(outcomes))),
        ("validation.md".to_owned(), markdown(outcomes).into_bytes()),
    ];
    if let Some(svg) = chart::validation::draw(outcomes) {
        files.push(("figures/validation.svg".to_owned(), svg.into_bytes()));
    }
    files.push(("timing.json".to_owned(), pretty(&timing)));
    let place = out_root.join("validation").join(key(outcomes));
    store::save(&place, &files)
}

/// Equal cases, scenarios and versions share a folder.
fn key(outcomes: &[CaseOutcome]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("version {version}\nformat {FORMAT_VERSION}\n");
    for outcome in outcomes {
        let _ = writeln!(text, "{}", outcome.case.name);
        for row in &outcome.case.rows {
            let scenario = serde_json::to_string(&*row.scenario).expect("plain data");
            let _ = writeln!(text, "{} {:?} {scenario}", row.label, row.measured);
        }
    }
    format!("{:016x}", xxh3_64(text.as_bytes()))
}

/// Every row and comparison that has a prediction: (case, row, comparison, numbers).
fn compared(outcome: &CaseOutcome) -> impl Iterator<Item = (usize, usize, &Compared)> {
    outcome.rows.iter().enumerate().flat_map(|(r, row)| {
        let there = |(c, compared): (usize, &'_ Option<Compared>)| compared.is_some().then_some(c);
        row.compared
            .iter()
            .enumerate()
            .filter_map(there)
            .map(move |c| (r, c, row.compared[c].as_ref().expect("it is there")))
    })
}

fn table(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).expect("memory takes it");
    }
    writer.into_inner().expect("memory takes it")
}

fn strings<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

fn rows_csv(outcomes: &[CaseOutcome]) -> Vec<u8> {
    let header = strings([
        "case",
        "group",
        "row",
        "line",
        "compared",
        "predicted",
        "half_width",
        "measured",
        "error",
    ]);
    let rows = outcomes.iter().flat_map(|outcome| {
        compared(outcome).map(|(r, c, numbers)| {
            let row = &outcome.case.rows[r];
            let half_width = numbers.predicted.half_width;
            vec![
                outcome.case.name.clone(),
                outcome.case.groups[row.group].clone(),
                row.label.clone(),
                row.line.to_string(),
                outcome.case.compares[c].name.clone(),
                numbers.predicted.mean.to_string(),
                half_width.map_or_else(String::new, |width| width.to_string()),
                numbers.measured.to_string(),
                numbers.error.to_string(),
            ]
        })
    });
    table(std::iter::once(header).chain(rows))
}

fn sets_csv(outcomes: &[CaseOutcome]) -> Vec<u8> {
    let header = strings([
        "case",
        "group",
        "compared",
        "rows",
        "bias",
        "mean",
        "median",
        "max",
        "statistic",
        "tolerance",
        "met",
    ]);
    let rows = outcomes.iter().flat_map(|outcome| {
        outcome.sets.iter().map(|set| {
            let compare = &outcome.case.compares[set.compare];
            let judged = compare.tolerance.filter(|_| set.met.is_some());
            vec![
                outcome.case.name.clone(),
                outcome.case.groups[set.group].clone(),
                compare.name.clone(),
                set.rows.to_string(),
                set.bias.to_string(),
                set.mean.to_string(),
                set.median.to_string(),
                set.max.to_string(),
                compare.statistic.word().to_owned(),
                judged.map_or_else(String::new, |tolerance| tolerance.to_string()),
                set.met.map_or_else(String::new, |met| met.to_string()),
            ]
        })
    });
    table(std::iter::once(header).chain(rows))
}

/// All of a validation as one JSON object. Errors are fractions.
pub fn json(outcomes: &[CaseOutcome]) -> Value {
    json!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "met": outcomes.iter().all(CaseOutcome::met),
        "cases": outcomes.iter().map(case_json).collect::<Vec<Value>>(),
    })
}

fn case_json(outcome: &CaseOutcome) -> Value {
    let case = &outcome.case;
    let rows = compared(outcome).map(|(r, c, numbers)| {
        let row = &case.rows[r];
        json!({
            "row": row.label,
            "line": row.line,
            "group": case.groups[row.group],
            "compared": case.compares[c].name,
            "predicted": { "mean": numbers.predicted.mean, "half_width": numbers.predicted.half_width },
            "measured": numbers.measured,
            "error": numbers.error,
        })
    });
    let set = |set: &SetOutcome| {
        let compare = &case.compares[set.compare];
        json!({
            "group": case.groups[set.group],
            "compared": compare.name,
            "rows": set.rows,
            "bias": set.bias,
            "mean": set.mean,
            "median": set.median,
            "max": set.max,
            "statistic": compare.statistic.word(),
            "tolerance": compare.tolerance.filter(|_| set.met.is_some()),
            "met": set.met,
        })
    };
    json!({
        "case": case.name,
        "title": case.title,
        "citation": case.citation,
        "remarks": case.remarks,
        "met": outcome.met(),
        "rows": rows.collect::<Vec<Value>>(),
        "sets": outcome.sets.iter().map(set).collect::<Vec<Value>>(),
    })
}

/// A number with three or four significant figures.
fn short(value: f64) -> String {
    figures(value)
}

/// A set in words: mean, median, largest; aim and verdict.
fn verdict(outcome: &CaseOutcome, set: &SetOutcome) -> (String, &'static str) {
    let compare = &outcome.case.compares[set.compare];
    match (compare.tolerance, set.met) {
        (Some(tolerance), Some(met)) => (
            format!(
                "{} ≤ {}",
                compare.statistic.word(),
                error_words(compare.error, tolerance, false)
            ),
            if met { "met" } else { "missed" },
        ),
        _ => ("none".to_owned(), "–"),
    }
}

/// What people read: every row, then every set.
pub fn screen(outcomes: &[CaseOutcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let case = &outcome.case;
        let _ = writeln!(text, "{}: {}\n  {}", case.name, case.title, case.citation);
        let width = case.rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
        for (c, compare) in case.compares.iter().enumerate() {
            let name = &compare.name;
            let _ = writeln!(text, "\n  {name}\n    {:width$}  predicted   measured     error", "");
            for (r, _, numbers) in compared(outcome).filter(|(_, at, _)| *at == c) {
                let row = &case.rows[r];
                let _ = writeln!(
                    text,
                    "    {:width$} {:>10} {:>10} {:>9}  {}",
                    row.label,
                    short(numbers.predicted.mean),
                    short(numbers.measured),
                    error_words(compare.error, numbers.error, true),
                    case.groups[row.group],
                );
            }
        }
        let _ = writeln!(text);
        for set in &outcome.sets {
            let compare = &case.compares[set.compare];
            let words = |error| error_words(compare.error, error, false);
            let (aim, met) = verdict(outcome, set);
            let _ = writeln!(
                text,
                "  {:16} {:44} {:3} rows  mean {:>8}  median {:>8}  largest {:>8}  aim {aim}: {met}",
                case.groups[set.group],
                compare.name,
                set.rows,
                words(set.mean),
                words(set.median),
                words(set.max),
            );
        }
        let _ = writeln!(text);
    }
    let missed = outcomes.iter().flat_map(|o| &o.sets).filter(|s| s.met == Some(false)).count();
    let judged = outcomes.iter().flat_map(|o| &o.sets).filter(|s| s.met.is_some()).count();
    let _ = writeln!(text, "{} of {judged} sets within their tolerance", judged - missed);
    text
}

/// The same as Markdown: a table of sets, then every row.
pub fn markdown(outcomes: &[CaseOutcome]) -> String {
    let mut text = String::from(
        "# Predicted against measured\n\nMade by `gapcast validate --markdown`; a test keeps it so. \
         Errors are predicted over measured less one (or points of utilisation), absolute values \
         taken.\n",
    );
    for outcome in outcomes {
        let case = &outcome.case;
        let _ = write!(text, "\n## {}\n\n{}.\n", case.title, case.citation);
        if !case.remarks.is_empty() {
            let _ = write!(text, "\n{}\n", case.remarks.trim());
        }
        text += "\n| rows | compared | n | mean | median | largest | bias | aim | |\n";
        text += "|---|---|--:|--:|--:|--:|--:|---|---|\n";
        for set in &outcome.sets {
            let compare = &case.compares[set.compare];
            let words = |error| error_words(compare.error, error, false);
            let (aim, met) = verdict(outcome, set);
            let met = if met == "missed" { "**missed**" } else { met };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {aim} | {met} |",
                case.groups[set.group],
                compare.name,
                set.rows,
                words(set.mean),
                words(set.median),
                words(set.max),
                error_words(compare.error, set.bias, true),
            );
        }
        markdown_rows(outcome, &mut text);
    }
    text
}

/// A table of the case's rows: for each comparison measured, predicted and error.
fn markdown_rows(outcome: &CaseOutcome, text: &mut String) {
    let case = &outcome.case;
    *text +=
        "\n<details><summary>Every row: predicted / measured (error)</summary>\n\n| row | group |";
    for compare in &case.compares {
        let _ = write!(text, " {} |", compare.name);
    }
    *text += "\n|---|---|";
    *text += &"--:|".repeat(case.compares.len());
    *text += "\n";
    for (row, out) in case.rows.iter().zip(&outcome.rows) {
        let _ = write!(text, "| {} | {} |", row.label, case.groups[row.group]);
        for (compare, numbers) in case.compares.iter().zip(&out.compared) {
            let _ = match numbers {
                Some(numbers) => write!(
                    text,
                    " {} / {} ({}) |",
                    short(numbers.predicted.mean),
                    short(numbers.measured),
                    error_words(compare.error, numbers.error, true)
                ),
                None => write!(text, " |"),
            };
        }
        *text += "\n";
    }
    *text += "\n</details>\n";
}
