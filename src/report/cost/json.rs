//! The JSON object of `gapcast cost`.

use super::tables::figures;
use super::{CostContext, place};
use crate::cost::{CellId, Grid};
use crate::report::FORMAT_VERSION;
use crate::study::cost::{Priced, Sensitivity};
use serde_json::{Map, Value, json};

/// The whole of it.
pub fn json(priced: &Priced, sensitivity: &Sensitivity, context: &CostContext<'_>) -> Value {
    let costs = &priced.costs;
    let grids = [&costs.line_grid, &costs.idle, &costs.years, &costs.cash];
    let grids = grids.into_iter().chain(&costs.more).filter(|grid| !grid.rows.is_empty());
    let tables: Map<String, Value> =
        grids.map(|grid| (grid.name.to_owned(), table(priced, grid))).collect();
    json!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "scenario": context.scenario.name,
        "ledger": context.ledger,
        "replicates": priced.runs.len(),
        "figures": all_figures(priced),
        "inputs": inputs(priced, context),
        "cheapest_option": priced.cheapest(),
        "tables": tables,
        "tornado": tornado(priced, sensitivity),
        "bands": bands(priced, sensitivity),
        "sobol": sobol(priced, sensitivity),
        "left_out": costs.left_out,
        "folder": place(context).display().to_string(),
    })
}

fn key(priced: &Priced, cell: CellId) -> &str {
    &priced.costs.sheet.cells()[cell].key
}

fn all_figures(priced: &Priced) -> Map<String, Value> {
    let figure = |(id, cell): (CellId, &crate::cost::Cell)| {
        let value = json!({
            "value": priced.values[id],
            "half_width": priced.half_widths[id],
            "unit": cell.unit,
            "label": cell.label,
        });
        (cell.key.clone(), value)
    };
    figures(priced).map(figure).collect()
}

fn inputs(priced: &Priced, context: &CostContext<'_>) -> Vec<Value> {
    let one = |&(i, cell): &(usize, CellId)| {
        let input = &context.money().inputs[i];
        json!({
            "key": input.key,
            "label": input.label,
            "value": priced.values[cell],
            "unit": input.unit,
            "source": input.source,
            "as_of": input.as_of,
        })
    };
    priced.costs.inputs.iter().map(one).collect()
}

fn table(priced: &Priced, grid: &Grid) -> Value {
    let row = |row: &crate::cost::Row| {
        let words = grid.words.iter().zip(&row.words).map(|(name, word)| (*name, json!(word)));
        let numbers = grid.columns.iter().zip(&row.cells);
        let numbers =
            numbers.map(|(column, cell)| (column.key, json!(cell.map(|cell| priced.values[cell]))));
        let row: Map<String, Value> =
            words.chain(numbers).map(|(name, value)| (name.to_owned(), value)).collect();
        Value::Object(row)
    };
    grid.rows.iter().map(row).collect()
}

fn tornado(priced: &Priced, sensitivity: &Sensitivity) -> Value {
    let bar = |swing: &crate::study::cost::Swing| {
        json!({
            "input": key(priced, swing.cell),
            "low": swing.ends.0,
            "high": swing.ends.1,
            "at_low": swing.at.0,
            "at_high": swing.at.1,
            "swing": swing.size(),
        })
    };
    let bars: Vec<Value> = sensitivity.tornado.iter().map(bar).collect();
    json!({ "target": key(priced, sensitivity.target), "bars": bars })
}

fn bands(priced: &Priced, sensitivity: &Sensitivity) -> Value {
    let bands = &sensitivity.bands;
    let band = |band: &crate::study::cost::Band| {
        json!({
            "metric": key(priced, band.cell),
            "mean": band.mean,
            "sd": band.sd,
            "p05": band.quantiles[0],
            "p50": band.quantiles[1],
            "p95": band.quantiles[2],
        })
    };
    json!({
        "draws": bands.draws,
        "inputs": bands.inputs.iter().map(|cell| key(priced, *cell)).collect::<Vec<_>>(),
        "replicates_vary": bands.runs,
        "ranges_assumed": bands.assumed,
        "bands": bands.bands.iter().map(band).collect::<Vec<Value>>(),
    })
}

fn sobol(priced: &Priced, sensitivity: &Sensitivity) -> Value {
    let index = |index: &crate::study::cost::SobolIndex| {
        json!({
            "input": index.cell.map_or("replicate", |cell| key(priced, cell)),
            "first": index.first,
            "total": index.total,
        })
    };
    sensitivity.sobol.iter().map(index).collect()
}
