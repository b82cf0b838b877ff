//! The CSV files. Fractions are 0–1, floats are the shortest text that reads back the same, what is
//! not known is empty.

use crate::cost::{Cell, CellId, Grid, Part, What};
use crate::model::Money;
use crate::report::table::{Table, number};
use crate::study::cost::{Priced, Sensitivity};

/// Every table: (file name, content).
pub fn tables(priced: &Priced, sensitivity: &Sensitivity, money: &Money) -> Vec<(String, Vec<u8>)> {
    let costs = &priced.costs;
    let mut files = vec![
        ("unit_economics", unit_economics(priced, sensitivity)),
        ("inputs", inputs(priced, money)),
        ("tornado", tornado(priced, sensitivity)),
        ("sobol", sobol(priced, sensitivity)),
        ("ledger", ledger(priced)),
    ];
    let grids = [&costs.line_grid, &costs.idle, &costs.years, &costs.cash];
    let shown = |grid: &&Grid| !grid.rows.is_empty() || grid.name == "idle_by_cause";
    for grid in grids.into_iter().chain(&costs.more).filter(shown) {
        files.push((grid.name, of_grid(priced, grid)));
    }
    files.into_iter().map(|(name, table)| (format!("{name}.csv"), table.done())).collect()
}

fn half_width(priced: &Priced, cell: CellId) -> String {
    priced.half_widths[cell].map(number).unwrap_or_default()
}

/// A table of the model. Numbers in dollars have their interval beside them where runs differ.
fn of_grid(priced: &Priced, grid: &Grid) -> Table {
    let varies: Vec<bool> = (0..grid.columns.len())
        .map(|i| {
            let cells = grid.rows.iter().filter_map(|row| row.cells[i]);
            cells.into_iter().any(|cell| priced.half_widths[cell].is_some())
        })
        .collect();
    let mut header: Vec<String> = grid.words.iter().map(|word| (*word).to_owned()).collect();
    for (column, varies) in grid.columns.iter().zip(&varies) {
        header.push(column.key.to_owned());
        if *varies {
            header.push(format!("{}_half_width", column.key));
        }
    }
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = Table::new(&header);
    for row in &grid.rows {
        let mut cells = row.words.clone();
        for (cell, varies) in row.cells.iter().zip(&varies) {
            cells.push(cell.map(|cell| number(priced.values[cell])).unwrap_or_default());
            if *varies {
                cells.push(cell.map(|cell| half_width(priced, cell)).unwrap_or_default());
            }
        }
        table.row(&cells);
    }
    table
}

/// Named cells that are worked out.
pub fn figures(priced: &Priced) -> impl Iterator<Item = (CellId, &Cell)> {
    let cells = priced.costs.sheet.cells().iter();
    cells.filter(|(_, cell)| !cell.key.is_empty() && matches!(cell.what, What::Formula(_)))
}

fn unit_economics(priced: &Priced, sensitivity: &Sensitivity) -> Table {
    let mut table =
        Table::new(&["metric", "label", "unit", "value", "half_width", "p05", "p50", "p95"]);
    for (id, cell) in figures(priced) {
        let band = sensitivity.bands.bands.iter().find(|band| band.cell == id);
        let quantile = |i: usize| band.map(|band| number(band.quantiles[i])).unwrap_or_default();
        table.row(&[
            &cell.key,
            &cell.label,
            &cell.unit,
            &number(priced.values[id]),
            &half_width(priced, id),
            &quantile(0),
            &quantile(1),
            &quantile(2),
        ]);
    }
    if let Some(cheapest) = priced.cheapest() {
        let label = "Least present value";
        table.row(&["cheapest_option", label, "", cheapest, "", "", "", ""]);
    }
    if let Some(saving) = priced.value("saving_by_replicating") {
        let cheaper = if saving > 0.0 { "copy" } else { "read" };
        table.row(&["cheaper", "Copy the dataset, or read it", "", cheaper, "", "", "", ""]);
    }
    table
}

fn inputs(priced: &Priced, money: &Money) -> Table {
    let header = ["key", "label", "unit", "value", "low", "high", "kind", "source", "as_of"];
    let mut table = Table::new(&header);
    for (id, cell) in priced.costs.sheet.cells().iter() {
        let What::Input(_) = cell.what else { continue };
        let of = priced.costs.inputs.iter().find(|(_, cell)| *cell == id);
        let input = of.map(|&(i, _)| &money.inputs[i]);
        let ends = input.filter(|input| input.varies()).map(|input| input.ends(money.swing));
        let kind = match cell.part {
            Part::Assumption if input.is_some_and(|i| i.key.starts_with("price.")) => "price",
            Part::Assumption => "assumption",
            Part::Count => "scenario",
            _ => "ledger",
        };
        table.row(&[
            cell.key.as_str(),
            &cell.label,
            &cell.unit,
            &number(priced.values[id]),
            &ends.map(|ends| number(ends.0)).unwrap_or_default(),
            &ends.map(|ends| number(ends.1)).unwrap_or_default(),
            kind,
            input.map_or("", |input| input.source.as_str()),
            input.map_or("", |input| input.as_of.as_str()),
        ]);
    }
    table
}

fn tornado(priced: &Priced, sensitivity: &Sensitivity) -> Table {
    let header = ["input", "label", "unit", "low", "high", "target", "at_low", "at_high", "swing"];
    let mut table = Table::new(&header);
    let cells = priced.costs.sheet.cells();
    let target = &cells[sensitivity.target].key;
    for swing in &sensitivity.tornado {
        let cell = &cells[swing.cell];
        table.row(&[
            &cell.key,
            &cell.label,
            &cell.unit,
            &number(swing.ends.0),
            &number(swing.ends.1),
            target,
            &number(swing.at.0),
            &number(swing.at.1),
            &number(swing.size()),
        ]);
    }
    table
}

fn sobol(priced: &Priced, sensitivity: &Sensitivity) -> Table {
    let mut table = Table::new(&["input", "label", "target", "first", "total", "draws"]);
    let cells = priced.costs.sheet.cells();
    for index in &sensitivity.sobol {
        let (key, label) = index.cell.map_or(("replicate", "Which replicate it was"), |cell| {
            (cells[cell].key.as_str(), cells[cell].label.as_str())
        });
        table.row(&[
            key,
            label,
            &cells[sensitivity.target].key,
            &number(index.first),
            &number(index.total),
            &sensitivity.bands.draws.to_string(),
        ]);
    }
    table
}

/// What the runs did, as `gapcast cost --ledger` reads it back.
fn ledger(priced: &Priced) -> Table {
    let mut table = Table::new(&["metric", "entity", "unit", "value", "replicate"]);
    for (replicate, run) in priced.runs.iter().enumerate() {
        let replicate = replicate.to_string();
        let mut put = |metric: &str, entity: &str, unit: &str, value: f64| {
            table.row(&[metric, entity, unit, &number(value), &replicate]);
        };
        put("run_hours", "", "h", run.hours);
        for row in &run.states {
            let entity = match row.detail.as_str() {
                "" => row.state.clone(),
                detail => format!("{}/{detail}", row.state),
            };
            put("gpu_hours", &entity, "GPU-h", row.gpu_hours);
        }
        if let Some(units) = run.units {
            put("units", &run.unit, "1", units);
        }
        if let Some(epochs) = run.epochs {
            put("epochs", "", "1", epochs);
        }
        for (what, count) in [("GET", run.gets), ("PUT", run.puts)] {
            put("requests", what, "1", count);
        }
        for moved in &run.moved {
            put("bytes", &moved.link, "B", moved.bytes);
        }
        for (job, hours) in &run.jobs {
            put("job_gpu_hours", job, "GPU-h", *hours);
        }
    }
    table
}
