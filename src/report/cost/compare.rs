//! Two scenarios line by line.

use super::money::{shortened, usd};
use crate::cost::Grid;
use crate::report::screen::{Screen, fit};
use crate::study::cost::Priced;
use crate::study::words::{figures, percent};
use serde_json::{Value, json};

/// A line that either has.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What it is.
    pub line: String,
    /// Its unit.
    pub unit: String,
    /// In the scenario that is compared with.
    pub first: f64,
    /// In the one that is asked about.
    pub second: f64,
}

/// Lines below this part of the largest are not shown.
const LEAST: f64 = 1e-3;

/// Figures that are compared beneath the lines.
const FIGURES: [&str; 9] = [
    "total_cost_per_hour",
    "idle_cost_per_hour",
    "idle_cost_per_year",
    "useful_share",
    "cost_per_useful_gpu_hour",
    "cost_per_million_samples",
    "cost_per_million_tokens",
    "capex",
    "npv_cost_own",
];

/// Words of a row and a number of it.
fn rows(priced: &Priced, grid: &Grid, column: &str, words: &[usize]) -> Vec<(String, f64)> {
    let place = grid.column(column);
    let row = |row: &crate::cost::Row| {
        let said: Vec<&str> = words.iter().map(|&i| row.words[i].as_str()).collect();
        let said: Vec<&str> = said.into_iter().filter(|word| !word.is_empty()).collect();
        Some((said.join(": ").replace('_', " "), priced.values[row.cells[place]?]))
    };
    grid.rows.iter().filter_map(row).collect()
}

/// Cost lines, idle causes and figures of both, those of the first in its order.
pub fn differences(first: &Priced, second: &Priced) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut merge = |a: Vec<(String, f64)>, b: Vec<(String, f64)>, prefix: &str| {
        let mut names: Vec<String> = a.iter().map(|(name, _)| name.clone()).collect();
        names.extend(
            b.iter().map(|(name, _)| name.clone()).filter(|n| !a.iter().any(|x| x.0 == *n)),
        );
        let of = |list: &[(String, f64)], name: &str| -> f64 {
            list.iter().filter(|(n, _)| n == name).map(|(_, usd)| usd).sum()
        };
        for name in names {
            let (first, second) = (of(&a, &name), of(&b, &name));
            let line = format!("{prefix}{name}");
            all.push(Difference { line, unit: "USD/h".into(), first, second });
        }
    };
    let lines = |p: &Priced| rows(p, &p.costs.line_grid, "usd_per_hour", &[0, 1]);
    merge(lines(first), lines(second), "");
    let causes = |p: &Priced| rows(p, &p.costs.idle, "usd_per_hour", &[0, 1]);
    merge(causes(first), causes(second), "idle: ");
    for key in FIGURES {
        let (a, b) = (first.value(key), second.value(key));
        let Some(cell) = first.costs.sheet.find(key).filter(|_| a.is_some() && b.is_some()) else {
            continue;
        };
        let of = &first.costs.sheet.cells()[cell];
        let (first, second) = (a.unwrap_or(0.0), b.unwrap_or(0.0));
        all.push(Difference { line: of.label.clone(), unit: of.unit.clone(), first, second });
    }
    all
}

/// As a table of text; lines that are next to nothing in both are left to the JSON.
pub fn difference_screen(names: [&str; 2], all: &[Difference], colour: bool) -> String {
    let mut screen = Screen { lines: Vec::new(), colour };
    let [first, second] = names.map(|name| fit(name, 20));
    let head = format!("{:<48} {first:>20} {second:>20} {:>9}", "", "change");
    let head = screen.style("1", head.trim_end());
    screen.line(head);
    let per_hour = |line: &&Difference| line.unit == "USD/h";
    let most = all.iter().filter(per_hour).fold(0.0, |most: f64, line| most.max(line.second));
    for line in all {
        if per_hour(&line) && line.first.max(line.second) < LEAST * most {
            continue;
        }
        let change = line.second - line.first;
        let change = match line.first {
            _ if change == 0.0 => "=".to_owned(),
            0.0 => "new".to_owned(),
            _ if line.second == 0.0 => "gone".to_owned(),
            old if change > 10.0 * old => format!("{}×", figures(line.second / old)),
            old => format!("{}{}", if change > 0.0 { "+" } else { "" }, percent(change / old)),
        };
        let unit = if line.unit == "1" { String::new() } else { format!(", {}", line.unit) };
        // The unit stays whole.
        let name = shortened(&line.line, 48 - unit.chars().count().min(28));
        let (a, b) = (usd(line.first), usd(line.second));
        screen.line(format!("{:<48} {a:>20} {b:>20} {change:>9}", format!("{name}{unit}")));
    }
    screen.lines.join("\n") + "\n"
}

/// As JSON.
pub fn difference_json(names: [&str; 2], all: &[Difference]) -> Value {
    let line = |line: &Difference| {
        json!({
            "line": line.line,
            "unit": line.unit,
            "first": line.first,
            "second": line.second,
            "difference": line.second - line.first,
        })
    };
    json!({ "first": names[0], "second": names[1], "lines": all.iter().map(line).collect::<Vec<_>>() })
}
