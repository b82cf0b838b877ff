//! Where each cell of the model stands in the workbook, and what it is called there.

use crate::cost::CellId;
use crate::study::cost::Priced;
use rust_xlsxwriter::utility::row_col_to_cell_absolute;
use std::collections::{BTreeMap, BTreeSet};

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Of a page or block.
    Title,
    /// Of a column of words.
    Head,
    /// Of a column of numbers.
    HeadRight,
    /// Beside the point.
    Note,
    /// Of a sum.
    Total,
    /// As it is.
    Plain,
}

/// One cell of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// Nothing.
    Empty,
    /// A text.
    Text(String, Style),
    /// A cell of the model: where it comes first it has its formula, later a reference to that.
    Cell(CellId),
    /// A formula of the workbook's own, and its value.
    Formula(String, f64),
    /// A number as it is.
    Number(f64),
    /// A formula with a text for a value.
    Words(String, String),
}

impl Slot {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Slot {
        Slot::Text(text.into(), Style::Plain)
    }
}

/// A sheet of the workbook.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Its name.
    pub name: &'static str,
    /// Rows from the top.
    pub rows: Vec<Vec<Slot>>,
    /// Widths of columns, characters.
    pub widths: Vec<f64>,
    /// Rows that stay in view.
    pub frozen: u32,
}

/// Where a cell stands: sheet, row, column.
type Place = (&'static str, u32, u16);

/// Places and names of all cells.
pub struct Layout {
    places: BTreeMap<CellId, Place>,
    names: BTreeMap<CellId, String>,
}

impl Layout {
    /// A cell's home is where it comes first.
    pub fn new(priced: &Priced, pages: &[Page]) -> Layout {
        let mut places = BTreeMap::new();
        for page in pages {
            for (row, slots) in page.rows.iter().enumerate() {
                for (column, slot) in slots.iter().enumerate() {
                    if let Slot::Cell(cell) = slot {
                        places.entry(*cell).or_insert((page.name, row as u32, column as u16));
                    }
                }
            }
        }
        let mut taken = BTreeSet::new();
        let mut names = BTreeMap::new();
        for (id, cell) in priced.costs.sheet.cells().iter().filter(|(_, c)| !c.key.is_empty()) {
            let mut name = name_of(&cell.key);
            while !taken.insert(name.to_lowercase()) {
                name.push('_');
            }
            names.insert(id, name);
        }
        Layout { places, names }
    }

    /// Whether a cell's home is there.
    pub fn is_home(&self, cell: CellId, page: &str, (row, column): (u32, u16)) -> bool {
        self.places.get(&cell).is_some_and(|home| *home == (home.0, row, column) && home.0 == page)
    }

    /// What a formula on `page` calls the cell.
    ///
    /// # Panics
    /// If the cell is on no page.
    pub fn refer(&self, cell: CellId, page: &str) -> String {
        if let Some(name) = self.names.get(&cell) {
            return name.clone();
        }
        let (home, row, column) = self.places[&cell];
        let cell = row_col_to_cell_absolute(row, column);
        if home == page { cell } else { format!("'{home}'!{cell}") }
    }

    /// Names, and the places that they stand for.
    pub fn names(&self) -> impl Iterator<Item = (&str, String)> {
        self.names.iter().map(|(cell, name)| {
            let (home, row, column) = self.places[cell];
            (name.as_str(), format!("'{home}'!{}", row_col_to_cell_absolute(row, column)))
        })
    }
}

/// A key as a name that spreadsheets take: letters, digits and underscores, and no `AB12`.
fn name_of(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = key.chars().map(plain).take(200).collect();
    let letters = name.chars().take_while(char::is_ascii_alphabetic).count();
    let looks_like_a_cell = letters <= 3 && name.chars().skip(letters).all(|c| c.is_ascii_digit());
    let begins_well = letters > 0;
    if looks_like_a_cell || !begins_well { format!("x_{name}") } else { name }
}
