//! The workbook's own charts.

use super::layout::{Page, Slot, Style};
use super::pages::{CASH, COSTS, COSTS_BELOW, FIRST, IDLE, IDLE_BELOW, TENURE};
use super::sensitivity::{self, FIRST as BARS};
use crate::study::cost::{Priced, Sensitivity};
use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartAxisLabelPosition, ChartFormat, ChartLine, ChartSolidFill,
    ChartType, Color, Workbook, XlsxError,
};

/// Colours of figures and charts: blue, orange, sky (Okabe and Ito).
const BLUE: Color = Color::RGB(0x00_72_B2);
const ORANGE: Color = Color::RGB(0xE6_9F_00);
const SKY: Color = Color::RGB(0x56_B4_E9);

/// The row of a heading.
fn below(pages: &[Page], heading: &str) -> u32 {
    let is = |row: &Vec<Slot>| row == &[Slot::Text(heading.to_owned(), Style::Title)];
    pages.iter().find_map(|page| page.rows.iter().position(is)).unwrap_or(3) as u32
}

/// Puts a chart on each page that has something to draw.
pub fn insert(
    book: &mut Workbook,
    priced: &Priced,
    sensitivity: &Sensitivity,
    pages: &[Page],
) -> Result<(), XlsxError> {
    let costs = &priced.costs;
    let has = |name: &str| pages.iter().any(|page| page.name == name);
    if has(COSTS) && !costs.line_grid.rows.is_empty() {
        let last = FIRST + costs.line_grid.rows.len() as u32 - 1;
        let mut chart = bars("Costs by line, USD an hour", "USD/h");
        chart.set_height(tall(costs.line_grid.rows.len()));
        let series = chart.add_series();
        series.set_name("all").set_values((COSTS, FIRST, 3, last, 3));
        series.set_categories((COSTS, FIRST, 1, last, 1)).set_format(&mut solid(BLUE));
        let series = chart.add_series();
        series.set_name("of which for idle time").set_values((COSTS, FIRST, 7, last, 7));
        series.set_categories((COSTS, FIRST, 1, last, 1)).set_format(&mut solid(ORANGE));
        book.worksheet_from_name(COSTS)?.insert_chart(below(pages, COSTS_BELOW), 5, &chart)?;
    }
    if has(IDLE) && !costs.idle.rows.is_empty() {
        let last = FIRST + costs.idle.rows.len() as u32 - 1;
        let mut chart = bars("Idle time by cause, USD a year", "USD/year");
        chart.set_height(tall(costs.idle.rows.len()));
        let series = chart.add_series();
        series.set_name("idle").set_values((IDLE, FIRST, 8, last, 8));
        series.set_categories((IDLE, FIRST, 9, last, 9)).set_format(&mut solid(ORANGE));
        chart.legend().set_hidden();
        book.worksheet_from_name(IDLE)?.insert_chart(below(pages, IDLE_BELOW), 5, &chart)?;
    }
    let sums = ["own_cumulative_usd", "rent_cumulative_usd"].map(|key| costs.cash.column(key));
    let [owned, rented] =
        sums.map(|place| costs.cash.rows.first().is_some_and(|row| row.cells[place].is_some()));
    if rented || owned {
        let last = FIRST + costs.cash.rows.len() as u32 - 1;
        let mut chart = Chart::new(ChartType::ScatterStraight);
        chart.title().set_name("Paid in all by the end of each month, USD");
        chart.x_axis().set_name("month");
        chart.y_axis().set_name("USD").set_num_format("#,##0");
        for (there, name, column, colour) in
            [(owned, "buying", sums[0], BLUE), (rented, "renting", sums[1], ORANGE)]
        {
            if there {
                // Two columns of words stand before the numbers.
                let column = column as u16 + 2;
                let series = chart.add_series();
                series.set_name(name).set_values((CASH, FIRST, column, last, column));
                series.set_categories((CASH, FIRST, 0, last, 0));
                series.set_format(&mut stroke(colour));
            }
        }
        chart.set_width(720).set_height(400);
        book.worksheet_from_name(CASH)?.insert_chart(3, 11, &chart)?;
    }
    if !costs.options.is_empty() {
        let first = FIRST + costs.years.rows.len() as u32 + 3;
        let last = first + costs.options.len() as u32 - 1;
        let mut chart = bars("Present value of each way, USD", "USD");
        let series = chart.add_series();
        series.set_name("present value").set_values((TENURE, first, 2, last, 2));
        series.set_categories((TENURE, first, 0, last, 0)).set_format(&mut solid(BLUE));
        chart.legend().set_hidden();
        chart.set_height(260);
        book.worksheet_from_name(TENURE)?.insert_chart(first - 1, 5, &chart)?;
    }
    tornado(book, sensitivity)
}

fn tornado(book: &mut Workbook, sensitivity: &Sensitivity) -> Result<(), XlsxError> {
    let shown = sensitivity::bars(sensitivity).len() as u32;
    if shown == 0 {
        return Ok(());
    }
    let (page, last) = (sensitivity::PAGE, BARS + shown - 1);
    let mut chart = bars("One input at its low or high end: change of the figure", "");
    for (name, column, colour) in [("at low", 8, SKY), ("at high", 9, ORANGE)] {
        let series = chart.add_series();
        series.set_name(name).set_values((page, BARS, column, last, column));
        series.set_categories((page, BARS, 1, last, 1)).set_format(&mut solid(colour));
        series.set_overlap(100).set_gap(40);
    }
    chart.set_width(900);
    book.worksheet_from_name(page)?.insert_chart(BARS + shown + 1, 0, &chart)?;
    Ok(())
}

/// Height of so many bars, pixels: each shows its name.
fn tall(bars: usize) -> u32 {
    130 + 28 * bars.min(60) as u32
}

fn solid(colour: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(colour));
    format
}

fn stroke(colour: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_line(ChartLine::new().set_color(colour).set_width(2.25));
    format
}

/// Horizontal bars, first row on top.
fn bars(title: &str, unit: &str) -> Chart {
    let mut chart = Chart::new(ChartType::Bar);
    chart.title().set_name(title);
    chart.x_axis().set_name(unit).set_num_format("#,##0.####");
    // Of bars, y is the axis of names; reversed, its first one is on top, and numbers stay below.
    let names = chart.y_axis();
    names.set_reverse().set_label_position(ChartAxisLabelPosition::Low);
    names.set_crossing(ChartAxisCrossing::Max).set_label_interval(1);
    chart.set_width(720).set_height(420);
    chart
}
