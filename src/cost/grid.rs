//! Tables of cells, as files and workbooks show them.

use super::sheet::CellId;

/// A column of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in files.
    pub key: &'static str,
    /// Its unit.
    pub unit: &'static str,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its words, one a column of words.
    pub words: Vec<String>,
    /// Its numbers, one a column of numbers; none where it has no meaning.
    pub cells: Vec<Option<CellId>>,
}

/// A table: columns of words, then columns of numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Name of the file, without its ending.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// Names of the columns of words.
    pub words: Vec<&'static str>,
    /// Columns of numbers.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
}

impl Grid {
    /// An empty table.
    pub fn new(
        name: &'static str,
        title: &'static str,
        words: &[&'static str],
        columns: &[(&'static str, &'static str)],
    ) -> Grid {
        let columns = columns.iter().map(|&(key, unit)| Column { key, unit }).collect();
        Grid { name, title, words: words.to_vec(), columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<W: Into<String>>(
        &mut self,
        words: impl IntoIterator<Item = W>,
        cells: impl IntoIterator<Item = Option<CellId>>,
    ) {
        let words = words.into_iter().map(Into::into).collect();
        self.rows.push(Row { words, cells: cells.into_iter().collect() });
    }

    /// Where a column of numbers is.
    ///
    /// # Panics
    /// If there is none.
    pub fn column(&self, key: &str) -> usize {
        let place = self.columns.iter().position(|column| column.key == key);
        place.unwrap_or_else(|| panic!("{} has no column {key}", self.name))
    }

    /// The cells of a column, top to bottom.
    pub fn cells<'a>(&'a self, key: &str) -> impl Iterator<Item = CellId> + 'a {
        let place = self.column(key);
        self.rows.iter().filter_map(move |row| row.cells[place])
    }
}

/// Whether a row of idle time (state, detail) is of a cause: a state, a detail, the end of one
/// (`transfer: controller-* NIC out` whoever waited for it), or both joined by a colon.
pub fn is_cause(words: &[String], cause: &str) -> bool {
    let [state, detail] = words else { return false };
    let within =
        detail.strip_suffix(cause).is_some_and(|rest| rest.is_empty() || rest.ends_with(": "));
    state == cause || (within && !cause.is_empty()) || format!("{state}: {detail}") == cause
}
