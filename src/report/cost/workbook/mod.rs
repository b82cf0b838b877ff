//! `tco.xlsx`: the cost model as live formulas. Every input is a named cell, every figure a formula
//! over such; the numbers beside them are those that the program worked out, so that a reader without
//! recalculation sees them too.

mod charts;
mod formula;
mod layout;
mod pages;
mod sensitivity;

use super::CostContext;
use crate::cost::Part;
use crate::study::cost::{Priced, Sensitivity};
use layout::{Layout, Page, Slot, Style};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook,
    Worksheet, XlsxError,
};

/// The workbook's bytes.
///
/// # Panics
/// If it cannot be made: it is written to memory, and its names and formulas are the program's own.
pub fn workbook(priced: &Priced, sensitivity: &Sensitivity, context: &CostContext<'_>) -> Vec<u8> {
    make(priced, sensitivity, context).expect("a workbook in memory")
}

fn make(
    priced: &Priced,
    sensitivity: &Sensitivity,
    context: &CostContext<'_>,
) -> Result<Vec<u8>, XlsxError> {
    let pages = pages::pages(priced, context);
    let layout = Layout::new(priced, &pages);
    let mut book = Workbook::new();
    // The same bytes every time: no clock.
    let day = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let properties = DocProperties::new()
        .set_title(format!("{}: total cost of ownership", context.scenario.name))
        .set_author(format!("Gapcast {}", env!("CARGO_PKG_VERSION")))
        .set_creation_datetime(&day);
    book.set_properties(&properties);
    let formats = Formats::new();
    for page in &pages {
        let sheet = book.add_worksheet();
        sheet.set_name(page.name)?;
        write(sheet, page, priced, &layout, &formats)?;
    }
    sensitivity::write(&mut book, priced, sensitivity, context, &layout, &formats)?;
    for (name, place) in layout.names() {
        book.define_name(name, &format!("={place}"))?;
    }
    charts::insert(&mut book, priced, sensitivity, &pages)?;
    book.save_to_buffer()
}

/// How cells look.
struct Formats {
    title: Format,
    head: Format,
    head_right: Format,
    note: Format,
    total: Format,
    text: Format,
    numbers: Vec<(&'static str, Format)>,
    input: Vec<(&'static str, Format)>,
}

/// Number formats by what is shown.
const NUMBERS: [&str; 5] = ["#,##0", "#,##0.00", "#,##0.0000", "0.0%", "#,##0.######"];

impl Formats {
    fn new() -> Formats {
        let number = |code: &'static str| (code, Format::new().set_num_format(code));
        // What may be changed is blue on yellow, as financial models have it.
        let input = |code: &'static str| {
            let format = Format::new()
                .set_num_format(code)
                .set_font_color(Color::RGB(0x00_32_96))
                .set_background_color(Color::RGB(0xFF_F8_DC));
            (code, format)
        };
        let head = Format::new()
            .set_bold()
            .set_border_bottom(FormatBorder::Thin)
            .set_background_color(Color::RGB(0xE8_EE_F4))
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        Formats {
            title: Format::new().set_bold().set_font_size(14),
            head_right: head.clone().set_align(FormatAlign::Right),
            head: head.set_indent(1),
            note: Format::new().set_italic().set_font_color(Color::RGB(0x5F_5F_5F)),
            total: Format::new()
                .set_bold()
                .set_border_top(FormatBorder::Thin)
                .set_num_format("#,##0.00"),
            // Off the number before it.
            text: Format::new().set_indent(1),
            numbers: NUMBERS.map(number).to_vec(),
            input: NUMBERS.map(input).to_vec(),
        }
    }

    fn number(&self, code: &str, input: bool) -> &Format {
        let list = if input { &self.input } else { &self.numbers };
        let found = list.iter().find(|(one, _)| *one == code).or(list.first());
        &found.expect("there are formats").1
    }
}

/// The number format of a value.
fn code(unit: &str, value: f64, count: bool) -> &'static str {
    match unit {
        _ if value == 0.0 => "#,##0",
        _ if count => "#,##0.######",
        "1" if value.abs() <= 1.0 => "0.0%",
        "/year" => "0.0%",
        _ if value.abs() >= 1000.0 => "#,##0",
        _ if value.abs() >= 10.0 => "#,##0.00",
        _ => "#,##0.0000",
    }
}

/// Whether a cell is shown as it was written, not as a share or an amount.
fn is_count(cell: &crate::cost::Cell) -> bool {
    let share = ["useful_share", "idle_weight"].iter().any(|key| cell.key.starts_with(key));
    match cell.part {
        Part::Count | Part::Assumption => true,
        Part::Ledger => !share,
        _ => false,
    }
}

/// Writes a page.
fn write(
    sheet: &mut Worksheet,
    page: &Page,
    priced: &Priced,
    layout: &Layout,
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (column, width) in page.widths.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    for (row, slots) in page.rows.iter().enumerate() {
        let long = |slot: &Slot| matches!(slot, Slot::Text(text, Style::HeadRight) if text.chars().count() > 15);
        if slots.iter().any(long) {
            sheet.set_row_height(row as u32, 32.0)?;
        }
        for (column, slot) in slots.iter().enumerate() {
            let at = (row as u32, column as u16);
            self::slot(sheet, page, slot, at, priced, (layout, formats))?;
        }
    }
    sheet.set_freeze_panes(page.frozen, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

fn slot(
    sheet: &mut Worksheet,
    page: &Page,
    slot: &Slot,
    (row, column): (u32, u16),
    priced: &Priced,
    (layout, formats): (&Layout, &Formats),
) -> Result<(), XlsxError> {
    match slot {
        Slot::Empty => {}
        Slot::Text(text, style) => {
            let format = match style {
                Style::Title => &formats.title,
                Style::Head => &formats.head,
                Style::HeadRight => &formats.head_right,
                Style::Note => &formats.note,
                Style::Total => &formats.total,
                Style::Plain => &formats.text,
            };
            // Years and months are numbers, so that charts can count with them.
            match text.parse::<u32>() {
                Ok(number) if *style == Style::Plain => {
                    sheet.write_number_with_format(row, column, number, format)?
                }
                _ => sheet.write_string_with_format(row, column, text, format)?,
            };
        }
        Slot::Formula(text, value) => {
            let formula = Formula::new(text).set_result(format!("{value}"));
            sheet.write_formula_with_format(row, column, formula, &formats.total)?;
        }
        Slot::Number(value) => {
            let format = formats.number("#,##0.######", false);
            sheet.write_number_with_format(row, column, *value, format)?;
        }
        Slot::Words(text, value) => {
            let formula = Formula::new(text).set_result(value);
            sheet.write_formula_with_format(row, column, formula, &formats.text)?;
        }
        Slot::Cell(id) => {
            let cell = &priced.costs.sheet.cells()[*id];
            let value = priced.values[*id];
            let here = layout.is_home(*id, page.name, (row, column));
            let input = matches!(cell.what, crate::cost::What::Input(_));
            let format = formats.number(code(&cell.unit, value, is_count(cell)), input && here);
            if input && here {
                sheet.write_number_with_format(row, column, value, format)?;
                return Ok(());
            }
            let text = if here {
                let formula = match &cell.what {
                    crate::cost::What::Formula(formula) => formula,
                    crate::cost::What::Input(_) => unreachable!("inputs are written above"),
                };
                formula::text(formula, &|cell| layout.refer(cell, page.name))
            } else {
                layout.refer(*id, page.name)
            };
            let formula = match value.is_finite() {
                true => Formula::new(format!("={text}")).set_result(format!("{value}")),
                false => Formula::new(format!("=IFERROR({text},\"–\")")).set_result("–"),
            };
            sheet.write_formula_with_format(row, column, formula, format)?;
        }
    }
    Ok(())
}
