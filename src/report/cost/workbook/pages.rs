//! What stands on each page.

use super::layout::{Page, Slot, Style};
use crate::cost::{CellId, Grid, Part, What};
use crate::report::cost::CostContext;
use crate::study::cost::Priced;
use rust_xlsxwriter::utility::row_col_to_cell;
use std::collections::BTreeSet;

/// Name of the page of inputs.
pub const INPUTS: &str = "Inputs";
/// Name of the page of costs.
pub const COSTS: &str = "Costs";
/// Name of the page of idle time.
pub const IDLE: &str = "Idle";
/// Name of the page of months.
pub const CASH: &str = "Cash flow";
/// Name of the page of buying against renting.
pub const TENURE: &str = "Buy-vs-rent";

/// Heading of the figures of costs; a chart stands beside them.
pub const COSTS_BELOW: &str = "Capital, power, rates";
/// Heading of the figures of idle time.
pub const IDLE_BELOW: &str = "Useful and idle";

/// First row of the table of a page, below its head.
pub const FIRST: u32 = 4;

fn title(text: &str) -> Vec<Slot> {
    vec![Slot::Text(text.to_owned(), Style::Title)]
}

fn note(text: &str) -> Vec<Slot> {
    vec![Slot::Text(text.to_owned(), Style::Note)]
}

fn head(words: &[&str]) -> Vec<Slot> {
    let numbers = ["value", "low", "high", "USD"];
    let slot = |word: &&str| {
        let style = if numbers.contains(word) { Style::HeadRight } else { Style::Head };
        Slot::Text((*word).to_owned(), style)
    };
    words.iter().map(slot).collect()
}

/// A unit as it is shown: nothing for a plain number.
pub fn unit_of(unit: &str) -> &str {
    if unit == "1" { "" } else { unit }
}

/// All pages but those of sensitivity.
pub fn pages(priced: &Priced, context: &CostContext<'_>) -> Vec<Page> {
    let costs = &priced.costs;
    let mut pages = vec![inputs(priced, context)];
    let name = &context.scenario.name;
    let mut page =
        start(COSTS, &format!("{name}: costs"), "USD; every number is a formula over Inputs");
    table(&mut page, priced, &costs.line_grid, true);
    figures(&mut page, priced, Part::Costs, COSTS_BELOW);
    figures(&mut page, priced, Part::Unit, "What work costs");
    pages.push(page);
    let note = "What each cause of idling costs; sunk: paid whether GPUs work or not";
    let mut page = start(IDLE, &format!("{name}: idle time"), note);
    table(&mut page, priced, &costs.idle, true);
    for grid in costs.more.iter().filter(|grid| grid.name == "production_gap") {
        page.rows.push(Vec::new());
        page.rows.push(title(grid.title));
        table(&mut page, priced, grid, true);
    }
    figures(&mut page, priced, Part::Idle, IDLE_BELOW);
    pages.push(page);
    let note = "Not discounted; negative: money that comes in";
    let mut page = start(CASH, &format!("{name}: cash flow by month"), note);
    table(&mut page, priced, &costs.cash, false);
    pages.push(page);
    let note =
        "Capital at once, everything else at the end of its year; depreciation is no payment";
    let mut page = start(TENURE, &format!("{name}: buying against renting"), note);
    table(&mut page, priced, &costs.years, false);
    options(&mut page, priced);
    figures(&mut page, priced, Part::Tenure, "Conclusion");
    pages.push(page);
    others(&mut pages, priced);
    workings(&mut pages, priced);
    pages
}

fn start(name: &'static str, heading: &str, words: &str) -> Page {
    let rows = vec![title(heading), note(words), Vec::new()];
    let mut widths = if name == CASH { vec![8.0, 3.0] } else { vec![42.0, 60.0] };
    widths.extend([17.0; 12]);
    Page { name, rows, widths, frozen: 1 }
}

fn inputs(priced: &Priced, context: &CostContext<'_>) -> Page {
    let money = context.money();
    let words = "Change what is on yellow; all other pages follow. Names are those of formulas.";
    let mut page = start(INPUTS, &format!("{}: inputs", context.scenario.name), words);
    page.widths = vec![34.0, 50.0, 18.0, 15.0, 14.0, 14.0, 80.0, 12.0];
    let groups = [
        (Part::Assumption, "Prices and assumptions"),
        (Part::Count, "Counted in the scenario"),
        (Part::Ledger, "What the run did"),
    ];
    for (part, heading) in groups {
        page.rows.push(title(heading));
        let heads = ["name", "what", "value", "unit", "low", "high", "source", "as of"];
        page.rows.push(head(&heads));
        for (id, cell) in priced.costs.sheet.cells().iter() {
            if cell.part != part || !matches!(cell.what, What::Input(_)) {
                continue;
            }
            let of = priced.costs.inputs.iter().find(|(_, cell)| *cell == id);
            let input = of.map(|&(i, _)| &money.inputs[i]);
            let ends = input.filter(|input| input.varies()).map(|i| i.ends(money.swing));
            let end = |value: Option<f64>| value.map_or(Slot::Empty, Slot::Number);
            let source = match (input, part) {
                (Some(input), _) if input.source.is_empty() => "scenario",
                (Some(input), _) => &input.source,
                (None, Part::Count) => "counted in the scenario",
                (None, _) => context.ledger.unwrap_or("simulated"),
            };
            page.rows.push(vec![
                Slot::text(&cell.key),
                Slot::text(&cell.label),
                Slot::Cell(id),
                Slot::text(unit_of(&cell.unit)),
                end(ends.map(|ends| ends.0)),
                end(ends.map(|ends| ends.1)),
                Slot::text(source),
                Slot::text(input.map_or("", |input| &input.as_of)),
            ]);
        }
        page.rows.push(Vec::new());
    }
    page
}

/// A table; with `sums`, a last row that sums the columns of which a sum has a meaning.
fn table(page: &mut Page, priced: &Priced, grid: &Grid, sums: bool) {
    if grid.rows.is_empty() {
        page.rows.push(note("Nothing to show: no idle time, or no prices of both sides."));
        return;
    }
    let unit = |column: &crate::cost::Column| match column.unit {
        "" | "1" => column.key.replace('_', " "),
        unit => {
            let bare = column.key.trim_end_matches("_usd").trim_end_matches("_per_hour");
            let bare = bare.trim_end_matches("_per_run").trim_end_matches("_per_year");
            let bare = bare.trim_end_matches("_years");
            let bare = if bare == "usd" { String::new() } else { format!("{bare} ") };
            format!("{}{unit}", bare.replace("usd", "").replace('_', " ").replace("  ", " "))
        }
    };
    let mut heads: Vec<String> = grid.words.iter().map(|word| (*word).to_owned()).collect();
    // The second column is wide: tables with one column of words leave it free.
    if grid.words.len() == 1 {
        heads.push(String::new());
    }
    heads.extend(grid.columns.iter().map(unit));
    let words = heads.len() - grid.columns.len();
    let style = |i: usize| if i < words { Style::Head } else { Style::HeadRight };
    let named = heads.iter().enumerate().map(|(i, head)| Slot::Text(head.clone(), style(i)));
    let mut named: Vec<Slot> = named.collect();
    // Charts of idle time take their names from one column.
    let of_idle = grid.name == "idle_by_cause";
    if of_idle {
        named.push(Slot::Text("cause".into(), Style::Head));
    }
    page.rows.push(named);
    let first = page.rows.len() as u32;
    for row in &grid.rows {
        let mut slots: Vec<Slot> = row.words.iter().map(Slot::text).collect();
        slots.resize(words, Slot::Empty);
        slots.extend(row.cells.iter().map(|cell| cell.map_or(Slot::Empty, Slot::Cell)));
        if of_idle {
            let said: Vec<&str> =
                row.words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
            slots.push(Slot::text(said.join(": ").replace('_', " ")));
        }
        page.rows.push(slots);
    }
    if !sums {
        return;
    }
    let last = page.rows.len() as u32 - 1;
    let mut slots = vec![Slot::Text("total".into(), Style::Total)];
    slots.resize(words, Slot::Text(String::new(), Style::Total));
    for (i, column) in grid.columns.iter().enumerate() {
        let at = (words + i) as u16;
        let sum = format!("=SUM({}:{})", row_col_to_cell(first, at), row_col_to_cell(last, at));
        let value: f64 = grid.cells(column.key).map(|cell| priced.values[cell]).sum();
        slots.push(Slot::Formula(sum, value));
    }
    page.rows.push(slots);
}

/// Named figures of a part, one a row: name, what, value, unit.
fn figures(page: &mut Page, priced: &Priced, part: Part, heading: &str) {
    let cells = priced.costs.sheet.cells().iter();
    let of: Vec<_> = cells
        .filter(|(_, c)| c.part == part && !c.key.is_empty() && matches!(c.what, What::Formula(_)))
        .collect();
    if of.is_empty() {
        return;
    }
    page.rows.push(Vec::new());
    page.rows.push(title(heading));
    page.rows.push(head(&["name", "what", "value", "unit"]));
    for (id, cell) in of {
        let name = [&cell.key, &cell.label].map(Slot::text);
        let mut row = name.to_vec();
        row.extend([Slot::Cell(id), Slot::text(unit_of(&cell.unit))]);
        page.rows.push(row);
    }
}

/// The ways to have the cluster, and the cheapest.
fn options(page: &mut Page, priced: &Priced) {
    let options = &priced.costs.options;
    let Some(cheapest) = priced.cheapest() else { return };
    page.rows.push(Vec::new());
    page.rows.push(title("Present value of each way"));
    page.rows.push(head(&["way", "", "USD"]));
    let first = page.rows.len() as u32;
    for (name, cell) in options {
        page.rows.push(vec![Slot::text(*name), Slot::Empty, Slot::Cell(*cell)]);
    }
    let last = page.rows.len() as u32 - 1;
    let range =
        |column| format!("{}:{}", row_col_to_cell(first, column), row_col_to_cell(last, column));
    let least = format!("=INDEX({},MATCH(MIN({}),{},0))", range(0), range(2), range(2));
    let words = Slot::text("Least present value");
    let slot = Slot::Words(least, cheapest.to_owned());
    page.rows.push(vec![Slot::text("cheapest_option"), words, slot]);
}

/// Tables that not every scenario has.
fn others(pages: &mut Vec<Page>, priced: &Priced) {
    let grids = priced.costs.more.iter().filter(|grid| grid.name != "production_gap");
    let mut page = start("Other", "Other questions", "Copies, bills of jobs, returns of fixes");
    for grid in grids {
        page.rows.push(title(grid.title));
        if grid.name == "replicate_or_read" {
            page.rows.push(head(&["name", "what", "value", "unit"]));
            for row in &grid.rows {
                let [name, what] = [0, 1].map(|i| Slot::text(&row.words[i]));
                let unit = Slot::text(unit_of(&row.words[2]));
                let value = row.cells[0].map_or(Slot::Empty, Slot::Cell);
                page.rows.push(vec![name, what, value, unit]);
            }
        } else {
            table(&mut page, priced, grid, false);
        }
        page.rows.push(Vec::new());
    }
    if page.rows.len() > 3 {
        pages.push(page);
    }
}

/// Cells that stand nowhere yet: steps between.
fn workings(pages: &mut Vec<Page>, priced: &Priced) {
    let mut placed: BTreeSet<CellId> = BTreeSet::new();
    for slot in pages.iter().flat_map(|page| page.rows.iter().flatten()) {
        if let Slot::Cell(cell) = slot {
            placed.insert(*cell);
        }
    }
    let left: Vec<CellId> =
        priced.costs.sheet.cells().ids().filter(|cell| !placed.contains(cell)).collect();
    if left.is_empty() {
        return;
    }
    let mut page = start("Workings", "Steps between", "Formulas that others use");
    page.rows.push(head(&["name", "what", "value", "unit"]));
    for id in left {
        let cell = &priced.costs.sheet.cells()[id];
        let unit = Slot::text(unit_of(&cell.unit));
        let name = match cell.key.is_empty() {
            true => ["–", "part of a formula"].map(Slot::text),
            false => [cell.key.as_str(), cell.label.as_str()].map(Slot::text),
        };
        let row = name.into_iter().chain([Slot::Cell(id), unit]);
        page.rows.push(row.collect());
    }
    pages.push(page);
}
