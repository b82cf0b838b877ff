//! The tornado as live formulas: the page `Cases` holds the model once for every end of every bar, a
//! column each.

use super::layout::Layout;
use super::{Formats, code, formula};
use crate::cost::{CellId, What};
use crate::report::cost::CostContext;
use crate::study::cost::{Priced, Sensitivity, Swing};
use rust_xlsxwriter::utility::{row_col_to_cell, row_col_to_cell_absolute};
use rust_xlsxwriter::{Formula, Workbook, Worksheet, XlsxError};
use std::collections::BTreeMap;

/// Name of the page.
pub const PAGE: &str = "Sensitivity";
/// Name of the page of the copies of the model.
const CASES: &str = "Cases";
/// Bars at most.
pub const BARS: usize = 12;
/// First row of the bars.
pub const FIRST: u32 = 5;
/// Cell of the part by which inputs are moved.
const SWING: (u32, u16) = (2, 2);

/// Bars that are shown.
pub fn bars(sensitivity: &Sensitivity) -> Vec<&Swing> {
    sensitivity.tornado.iter().filter(|swing| swing.size() > 0.0).take(BARS).collect()
}

/// A label with its unit.
fn named(label: &str, unit: &str) -> String {
    if unit == "1" { label.to_owned() } else { format!("{label} ({unit})") }
}

/// Writes both pages.
pub fn write(
    book: &mut Workbook,
    priced: &Priced,
    sensitivity: &Sensitivity,
    context: &CostContext<'_>,
    layout: &Layout,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let bars = bars(sensitivity);
    let needed = priced.costs.sheet.needed(&[sensitivity.target]);
    let rows: BTreeMap<CellId, u32> =
        needed.iter().enumerate().map(|(i, cell)| (*cell, i as u32 + 3)).collect();
    let target_row = rows[&sensitivity.target];
    let sheet = book.add_worksheet();
    sheet.set_name(PAGE)?;
    tornado(sheet, priced, sensitivity, context, (layout, formats, &bars, target_row))?;
    below(sheet, priced, sensitivity, formats, FIRST + bars.len() as u32 + 24)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let sheet = book.add_worksheet();
    sheet.set_name(CASES)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    cases(sheet, priced, &bars, &rows, layout, formats)
}

/// Values beneath bars, and how to get them.
type Look<'a> = (&'a Layout, &'a Formats, &'a [&'a Swing], u32);

fn tornado(
    sheet: &mut Worksheet,
    priced: &Priced,
    sensitivity: &Sensitivity,
    context: &CostContext<'_>,
    (layout, formats, bars, target_row): Look<'_>,
) -> Result<(), XlsxError> {
    let cells = priced.costs.sheet.cells();
    let target = &cells[sensitivity.target];
    let title = format!("What moves it: {} ({})", target.label, target.unit);
    sheet.write_string_with_format(0, 0, &title, &formats.title)?;
    let words = "One input at its low or high end, all others as on Inputs; live, through Cases";
    sheet.write_string_with_format(1, 0, words, &formats.note)?;
    let money = context.money();
    sheet.write_string(2, 0, "swing")?;
    sheet.write_string(2, 1, "Part by which an input without ends of its own is moved")?;
    let percent = formats.number("0.0%", true);
    sheet.write_number_with_format(SWING.0, SWING.1, money.swing, percent)?;
    let heads = [
        "input",
        "what",
        "now",
        "low",
        "high",
        "at low",
        "at high",
        "swing",
        "low − now",
        "high − now",
    ];
    for (column, text) in heads.iter().enumerate() {
        sheet.write_string_with_format(FIRST - 1, column as u16, *text, &formats.head)?;
    }
    for (i, swing) in bars.iter().enumerate() {
        let row = FIRST + i as u32;
        let cell = &cells[swing.cell];
        sheet.write_string(row, 0, &cell.key)?;
        sheet.write_string(row, 1, named(&cell.label, &cell.unit))?;
        let now = layout.refer(swing.cell, PAGE);
        let mut put = |column: u16, text: String, value: f64, code: &str| {
            let formula = Formula::new(format!("={text}")).set_result(format!("{value}"));
            let format = formats.number(code, false);
            sheet.write_formula_with_format(row, column, formula, format).map(|_| ())
        };
        let base = priced.values[swing.cell];
        put(2, now.clone(), base, "#,##0.######")?;
        let [low, high] = ends(priced, money, swing, &now);
        put(3, low, swing.ends.0, "#,##0.######")?;
        put(4, high, swing.ends.1, "#,##0.######")?;
        let (a, b) = (3 + 2 * i as u16, 4 + 2 * i as u16);
        let of = |column| format!("{CASES}!{}", row_col_to_cell(target_row, column));
        let here = |column| row_col_to_cell(row, column);
        let value = priced.values[sensitivity.target];
        let target_now = layout.refer(sensitivity.target, PAGE);
        put(5, of(a), swing.at.0, "#,##0.0000")?;
        put(6, of(b), swing.at.1, "#,##0.0000")?;
        put(7, format!("ABS({}-{})", here(6), here(5)), swing.size(), "#,##0.0000")?;
        put(8, format!("{}-{target_now}", here(5)), swing.at.0 - value, "#,##0.0000")?;
        put(9, format!("{}-{target_now}", here(6)), swing.at.1 - value, "#,##0.0000")?;
    }
    for (column, width) in
        [28.0, 46.0, 14.0, 14.0, 14.0, 12.0, 12.0, 12.0, 12.0, 12.0].iter().enumerate()
    {
        sheet.set_column_width(column as u16, *width)?;
    }
    Ok(())
}

/// The ends of an input as formulas: numbers where the scenario says them, else a part either way.
fn ends(priced: &Priced, money: &crate::model::Money, swing: &Swing, now: &str) -> [String; 2] {
    let of = priced.costs.inputs.iter().find(|(_, cell)| *cell == swing.cell);
    let by = row_col_to_cell_absolute(SWING.0, SWING.1);
    match of.map(|&(i, _)| &money.inputs[i]) {
        Some(input) if input.varies() => [swing.ends.0, swing.ends.1].map(|end| format!("{end}")),
        Some(_) => [format!("{now}*(1-{by})"), format!("{now}*(1+{by})")],
        // A share of time.
        None => [format!("{now}*(1-{by})"), format!("MIN(1,{now}*(1+{by}))")],
    }
}

/// What the program worked out by drawing: numbers, since a spreadsheet cannot draw.
fn below(
    sheet: &mut Worksheet,
    priced: &Priced,
    sensitivity: &Sensitivity,
    formats: &Formats,
    from: u32,
) -> Result<(), XlsxError> {
    let cells = priced.costs.sheet.cells();
    let bands = &sensitivity.bands;
    let mut row = from;
    let how = match bands.assumed {
        true => "inputs drawn evenly between their ends in the tornado",
        false => "inputs drawn from the distributions of the scenario",
    };
    let title = "Drawn by the program: numbers, not formulas";
    sheet.write_string_with_format(row, 0, title, &formats.title)?;
    let words = format!("{} draws, {how}", bands.draws);
    sheet.write_string_with_format(row + 1, 0, &words, &formats.note)?;
    row += 2;
    for (column, text) in ["figure", "what", "mean", "5 %", "50 %", "95 %"].iter().enumerate() {
        sheet.write_string_with_format(row, column as u16, *text, &formats.head)?;
    }
    for band in &bands.bands {
        row += 1;
        let cell = &cells[band.cell];
        sheet.write_string(row, 0, &cell.key)?;
        sheet.write_string(row, 1, named(&cell.label, &cell.unit))?;
        let [low, middle, high] = band.quantiles;
        for (column, value) in [band.mean, low, middle, high].iter().enumerate() {
            let format = formats.number(code(&cell.unit, *value, false), false);
            sheet.write_number_with_format(row, column as u16 + 2, *value, format)?;
        }
    }
    row += 2;
    for (column, text) in ["input", "Sobol index", "first", "total"].iter().enumerate() {
        sheet.write_string_with_format(row, column as u16, *text, &formats.head)?;
    }
    for index in &sensitivity.sobol {
        row += 1;
        let (key, label) = index.cell.map_or(("replicate", "Which replicate it was"), |cell| {
            (cells[cell].key.as_str(), cells[cell].label.as_str())
        });
        sheet.write_string(row, 0, key)?;
        sheet.write_string(row, 1, label)?;
        let format = formats.number("#,##0.0000", false);
        sheet.write_number_with_format(row, 2, index.first, format)?;
        sheet.write_number_with_format(row, 3, index.total, format)?;
    }
    Ok(())
}

/// A column, and what is changed in it: the input, its value, and the cell that holds that.
type Case = (u16, Option<(CellId, f64, String)>);

/// The model once for every end, a column each; the first column of numbers is the model as it is.
fn cases(
    sheet: &mut Worksheet,
    priced: &Priced,
    bars: &[&Swing],
    rows: &BTreeMap<CellId, u32>,
    layout: &Layout,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let cells = priced.costs.sheet.cells();
    let title = "The model at each end of each bar";
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    sheet.set_column_width(0, 30.0)?;
    sheet.set_column_width(1, 40.0)?;
    for (column, text) in ["name", "what", "now"].iter().enumerate() {
        sheet.write_string_with_format(2, column as u16, *text, &formats.head)?;
    }
    let needed: Vec<CellId> = rows.keys().copied().collect();
    let mut columns: Vec<Case> = vec![(2, None)];
    for (i, swing) in bars.iter().enumerate() {
        for (end, value, column) in [("low", swing.ends.0, 3_u16), ("high", swing.ends.1, 4)] {
            let at = column + 2 * i as u16;
            let place = row_col_to_cell_absolute(FIRST + i as u32, column);
            columns.push((at, Some((swing.cell, value, format!("{PAGE}!{place}")))));
            let text = format!("{} {end}", cells[swing.cell].key);
            sheet.write_string_with_format(2, at, &text, &formats.head)?;
            sheet.set_column_width(at, 13.0)?;
        }
    }
    for (&id, &row) in rows {
        sheet.write_string(row, 0, &cells[id].key)?;
        sheet.write_string(row, 1, &cells[id].label)?;
    }
    for (column, changed) in columns {
        let change: Vec<(CellId, f64)> =
            changed.iter().map(|(cell, value, _)| (*cell, *value)).collect();
        let values = priced.costs.sheet.evaluate_only(&needed, &change);
        for (&id, &row) in rows {
            let text = match (&cells[id].what, &changed) {
                (What::Input(_), Some((cell, _, place))) if *cell == id => place.clone(),
                (What::Input(_), _) => layout.refer(id, CASES),
                (What::Formula(made), _) => {
                    formula::text(made, &|cell| row_col_to_cell(rows[&cell], column))
                }
            };
            let formula = Formula::new(format!("={text}")).set_result(format!("{}", values[id]));
            let code = code(&cells[id].unit, values[id], true);
            sheet.write_formula_with_format(row, column, formula, formats.number(code, false))?;
        }
    }
    Ok(())
}
