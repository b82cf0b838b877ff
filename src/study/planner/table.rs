//! Designs that somebody simulated or measured, from a CSV file: all of it, or all that is wrong with
//! it.

use super::design::Design;
use super::runs::{RunsError, Values};
use super::solve::Bench;
use crate::spec::brief::{Bound, Brief};
use crate::spec::{Cell, Cells, Diagnostic, Diagnostics, nearest};
use std::collections::BTreeMap;
use std::path::Path;

/// What is said of the file's columns.
const COLUMNS: &str = "columns design, perhaps replicate, and one for each figure of the plan";

/// A table of designs: one row each, or one a replicate.
#[derive(Debug, Default)]
pub struct Table {
    /// Names of the text columns, that of designs first.
    pub columns: Vec<String>,
    /// The designs.
    pub designs: Vec<Design>,
    /// Standard deviations and replicates that columns `…_sd` and `n` give, by (design, figure).
    pub spread: BTreeMap<(usize, usize), (f64, f64)>,
    values: BTreeMap<(u64, u32), Values>,
}

impl Bench for Table {
    fn ensure(&mut self, _: &[(u64, u32, u32)]) -> Result<(), RunsError> {
        Ok(())
    }
    fn get(&self, design: u64, replicate: u32) -> Option<&Values> {
        self.values.get(&(design, replicate))
    }
}

/// Where a figure stands.
enum Place {
    Column(usize),
    /// 1e6/3600 times the first over the second: dollars a million samples.
    PerMillion(usize, usize),
}

impl Table {
    /// Reads the designs of a plan.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(path: &Path, brief: &Brief) -> Result<Table, Diagnostics> {
        let cells = Cells::read(path, COLUMNS)?;
        let mut found = Diagnostics::default();
        let heads: Vec<&str> = cells.header.iter().map(|cell| cell.text.as_str()).collect();
        let at = |name: &str| heads.iter().position(|head| *head == name);
        let lacks = |name: &str| {
            let message = format!("there is no column `{name}`");
            let finding = Diagnostic::error(&cells.header[0].place, message, "the header");
            finding.help(match nearest(name, heads.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the plan asks for it; columns: {}", heads.join(", ")),
            })
        };
        for (i, head) in cells.header.iter().enumerate() {
            if heads[..i].contains(&head.text.as_str()) {
                let message = format!("column `{}` stands twice", head.text);
                found.push(Diagnostic::error(&head.place, message, "the same name again"));
            }
        }
        let design = at("design");
        if design.is_none() {
            found.push(lacks("design"));
        }
        let mut figures = Vec::new();
        for name in &brief.study.metrics {
            let parts = ("total_cost_per_hour", "goodput_samples_per_s");
            match (at(name), at(parts.0), at(parts.1)) {
                (Some(column), _, _) => figures.push(Place::Column(column)),
                (None, Some(cost), Some(rate)) if name == "cost_per_million_samples" => {
                    figures.push(Place::PerMillion(cost, rate));
                }
                _ => found.push(lacks(name)),
            }
        }
        let mut texts = vec!["design".to_owned()];
        for constraint in &brief.constraints {
            let Bound::OneOf { of, .. } = &constraint.bound else { continue };
            match at(of) {
                None => found.push(lacks(of)),
                Some(_) if texts.contains(of) => {}
                Some(_) => texts.push(of.clone()),
            }
        }
        if found.has_errors() {
            return Err(found);
        }
        let columns: Vec<usize> = texts.iter().filter_map(|name| at(name)).collect();
        let spreads = brief.study.metrics.iter().map(|name| at(&format!("{name}_sd"))).collect();
        let layout = Layout { figures, columns, spreads, replicate: at("replicate"), n: at("n") };
        let mut table = Table { columns: texts, ..Table::default() };
        for row in &cells.rows {
            table.row(row, &layout, &mut found);
        }
        if table.designs.is_empty() {
            let message = "the table holds no designs";
            found.push(Diagnostic::error(&cells.header[0].place, message, "only this header"));
        }
        if found.has_errors() { Err(found) } else { Ok(table) }
    }

    fn row(&mut self, row: &[Cell], layout: &Layout, found: &mut Diagnostics) {
        let labels: Vec<String> = layout.columns.iter().map(|&i| row[i].text.clone()).collect();
        let known = self.designs.iter().position(|design| design.labels[0] == labels[0]);
        let figures = layout.figures.len();
        let place = known.unwrap_or(self.designs.len());
        if known.is_none() {
            let bounds = vec![(f64::NEG_INFINITY, f64::INFINITY); figures];
            let (point, fixed) = (place as u64, vec![None; figures]);
            self.designs.push(Design { point, labels, invalid: None, fixed, bounds });
        } else if self.designs[place].labels != labels {
            let message = format!("the design \"{}\" has other names here", labels[0]);
            found.push(Diagnostic::error(&row[layout.columns[0]].place, message, "differs"));
        }
        let of_design = (place as u64, 0)..=(place as u64, u32::MAX);
        let next = self.values.range(of_design).count() as u32;
        if next > 0 && layout.replicate.is_none() {
            let message = format!("the design \"{}\" comes twice", self.designs[place].labels[0]);
            let help = "replicates of a design are told apart by a column `replicate`";
            let finding = Diagnostic::error(&row[layout.columns[0]].place, message, "again");
            found.push(finding.help(help));
        }
        let mut number = |i: usize| -> Option<f64> {
            let cell = &row[i];
            let value = cell.text.parse::<f64>().ok().filter(|value| value.is_finite());
            if value.is_none() && !cell.text.is_empty() {
                let message = format!("\"{}\" is not a number", cell.text);
                let finding = Diagnostic::error(&cell.place, message, "here");
                found.push(finding.help("write digits with at most one point: 1234.5"));
            }
            value
        };
        let mut values = Vec::new();
        for (i, figure) in layout.figures.iter().enumerate() {
            values.push(match figure {
                Place::Column(column) => number(*column),
                Place::PerMillion(cost, rate) => {
                    let per_hour = number(*cost).zip(number(*rate));
                    per_hour.map(|(cost, rate)| cost / 3600.0 / rate * 1e6)
                }
            });
            let sd = layout.spreads[i].and_then(&mut number);
            if let Some((sd, n)) = sd.zip(layout.n.and_then(&mut number)) {
                self.spread.insert((place, i), (sd, n));
            }
        }
        self.values.insert((place as u64, next), Ok(values));
    }
}

/// Where what stands.
struct Layout {
    figures: Vec<Place>,
    columns: Vec<usize>,
    spreads: Vec<Option<usize>>,
    replicate: Option<usize>,
    n: Option<usize>,
}
