//! Measured rows: a CSV with a header, and templates that take cells of a row.

use crate::spec::error::{Diagnostic, Place, Source, nearest};
use std::sync::Arc;

/// Most rows of a file.
const MAX_ROWS: usize = 10_000;

/// A file of measured rows.
#[derive(Debug)]
pub struct Measured {
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Record>,
}

/// A measured row.
#[derive(Debug)]
pub struct Record {
    /// Where it stands.
    pub place: Place,
    /// A cell for each column.
    pub cells: Vec<String>,
}

impl Measured {
    /// Reads a file.
    ///
    /// # Errors
    /// No header, too many rows, or rows of another length.
    pub fn read(source: &Arc<Source>) -> Result<Measured, Box<Diagnostic>> {
        let mut reader =
            csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(source.text.as_bytes());
        let whole = |error: csv::Error| {
            let span = error.position().map_or(0..0, |p| line_at(source, p.byte() as usize));
            let place = Place { source: source.clone(), span };
            let message = format!("{} is not a table: {error}", source.name);
            Box::new(Diagnostic::error(&place, message, "here"))
        };
        let header = reader.headers().map_err(whole)?.clone();
        let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(whole)?;
            let start = record.position().map_or(0, |p| p.byte() as usize);
            let place = Place { source: source.clone(), span: line_at(source, start) };
            if rows.len() == MAX_ROWS {
                let message = format!("{} holds more than {MAX_ROWS} rows", source.name);
                return Err(Box::new(Diagnostic::error(&place, message, "one too many")));
            }
            let cells = record.iter().map(|cell| cell.trim().to_owned()).collect();
            rows.push(Record { place, cells });
        }
        Ok(Measured { columns, rows })
    }

    /// Position of a column.
    ///
    /// # Errors
    /// There is no such column.
    pub fn column(&self, name: &str, place: &Place) -> Result<usize, Box<Diagnostic>> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            let message = format!("the measured rows have no column `{name}`");
            let finding = Diagnostic::error(place, message, "no such column");
            Box::new(match nearest(name, self.columns.iter().map(String::as_str)) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!("columns: {}", self.columns.join(", "))),
            })
        })
    }
}

/// The line that holds the byte at `start` or the first non-blank one behind it.
fn line_at(source: &Source, start: usize) -> std::ops::Range<usize> {
    let text = &source.text;
    let start = start.min(text.len());
    // A record's position is that of the first byte read for it, comments included.
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let bare = line.trim();
        if !bare.is_empty() && !bare.starts_with('#') {
            return at..at + line.trim_end().len();
        }
        at += line.len();
    }
    start..start
}

/// Text with cells of a row in braces: `"{rtt_ms} ms"`.
#[derive(Debug, Clone)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Cell(usize),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A column that is not there. What is not a plain name in braces stays as it is: an inline
    /// table, `{ exponential = "1 ms" }`.
    pub fn parse(
        text: &str,
        place: &Place,
        measured: &Measured,
    ) -> Result<Template, Box<Diagnostic>> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let end = rest[open..].find('}').map(|close| open + close);
            let name = end.map(|end| &rest[open + 1..end]).unwrap_or_default();
            let plain = |c: char| c.is_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(plain) {
                parts.push(Part::Text(rest[..=open].to_owned()));
                rest = &rest[open + 1..];
                continue;
            }
            parts.push(Part::Text(rest[..open].to_owned()));
            parts.push(Part::Cell(measured.column(name, place)?));
            rest = &rest[open + name.len() + 2..];
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Template(parts))
    }

    /// The text of a row.
    pub fn fill(&self, record: &Record) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Cell(column) => record.cells[*column].clone(),
        };
        self.0.iter().map(text).collect()
    }
}

/// Which rows: for each column the values that fit.
#[derive(Debug, Clone, Default)]
pub struct Filter(pub Vec<(usize, Vec<String>)>);

impl Filter {
    /// Whether a row fits.
    pub fn fits(&self, record: &Record) -> bool {
        self.0.iter().all(|(column, values)| {
            let cell = &record.cells[*column];
            values.iter().any(|value| same(cell, value))
        })
    }
}

/// The same text, or the same number.
fn same(cell: &str, value: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    cell == value || number(cell).zip(number(value)).is_some_and(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Measured {
        Measured::read(&Source::new("t.csv", "# by nobody\na,b\n1,x\n# more\n2.0,y\n")).unwrap()
    }

    #[test]
    fn templates_take_cells_and_leave_inline_tables_alone() {
        let (table, place) = (table(), table().rows[0].place.clone());
        let fill = |text: &str| Template::parse(text, &place, &table).unwrap().fill(&table.rows[0]);
        assert_eq!(fill("{a} ms"), "1 ms");
        assert_eq!(fill("{ exponential = \"{a} {b}\" }"), "{ exponential = \"1 x\" }");
        assert!(Template::parse("{c}", &place, &table).is_err());
    }

    #[test]
    fn rows_know_their_line_and_numbers_compare_as_numbers() {
        let table = table();
        assert_eq!(table.rows[0].place.line_column().0, 3);
        assert_eq!(table.rows[1].place.line_column().0, 5);
        let filter = Filter(vec![(0, vec!["2".into(), "7".into()])]);
        assert!(!filter.fits(&table.rows[0]) && filter.fits(&table.rows[1]));
    }
}
