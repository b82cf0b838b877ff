//! CSV files whose every cell knows its place, so that what is wrong with one can be underlined.

use super::document::MAX_FILE_BYTES;
use super::error::{Diagnostic, Diagnostics, Place, Source, nearest};
use super::files;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A cell, without the spaces about it.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Where; quotes included.
    pub place: Place,
}

impl Cell {
    /// The place of the bytes `range` of its text; all of it if quotes hide where they are.
    pub fn part(&self, range: Range<usize>) -> Place {
        let whole = &self.place.span;
        let plain = self.place.text() == self.text;
        let span = whole.start + range.start..whole.start + range.end;
        let span = if plain && span.end <= whole.end { span } else { whole.clone() };
        Place { source: self.place.source.clone(), span }
    }
}

/// More rows of another length than the header's, and than good rows: the file is something else.
const ODD_ROWS: usize = 5;

/// The rows of a CSV file (RFC 4180) with a header. Empty lines, and lines that begin with `#`,
/// are left out.
#[derive(Debug, Clone)]
pub struct Cells {
    /// The names of the columns.
    pub header: Vec<Cell>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<Cell>>,
}

impl Cells {
    /// Reads a file. `columns` says what is expected of it, for example `columns time_s and share`.
    ///
    /// # Errors
    /// A file that cannot be read, has no header, rows that are not as long as the header (all of
    /// them), or a quote that is not closed.
    pub fn read(path: &Path, columns: &str) -> Result<Cells, Diagnostics> {
        let mut found = Diagnostics::default();
        let mut rows = CellRows::open(path, MAX_FILE_BYTES, columns, &mut found)?;
        let mut list = Vec::new();
        while let Some(row) = rows.next(&mut found) {
            list.push(row);
        }
        let header = rows.header;
        let wrong = found.iter().count();
        if wrong > ODD_ROWS && wrong > list.len() {
            let message =
                format!("{wrong} of {} rows are not as long as this header", wrong + list.len());
            let help = format!("is this the right file? A CSV text is expected, with {columns}");
            let finding = Diagnostic::error(&header[0].place, message, "the first line");
            return Err(finding.help(help).into());
        }
        if found.has_errors() { Err(found) } else { Ok(Cells { header, rows: list }) }
    }

    /// Where each column is; the first `needed` must be there.
    pub fn columns<const N: usize>(
        &self,
        names: [&str; N],
        needed: usize,
        found: &mut Diagnostics,
    ) -> [Option<usize>; N] {
        columns_of(&self.header, names, needed, found)
    }
}

/// The rows of a CSV file one at a time: of a long file all cells at once would not fit.
#[derive(Debug)]
pub struct CellRows {
    /// The names of the columns.
    pub header: Vec<Cell>,
    source: Arc<Source>,
    at: usize,
    /// A quote was not closed: what comes after it is not what it seems.
    lost: bool,
}

impl CellRows {
    /// Opens a file of at most `most` bytes; `columns` as for [`Cells::read`].
    ///
    /// # Errors
    /// A file that cannot be read, or that holds no row.
    pub fn open(
        path: &Path,
        most: usize,
        columns: &str,
        found: &mut Diagnostics,
    ) -> Result<CellRows, Diagnostics> {
        let help = format!("a CSV text in UTF-8 of at most {} MiB with {columns}", most >> 20);
        if path.is_dir() {
            let message = format!("{} is a folder, not a CSV file", path.display());
            return Err(Diagnostic::without_place(message).help(help).into());
        }
        let source = files::read_up_to(path, most).map_err(|wrong| wrong.help(help.clone()))?;
        CellRows::of(source, &help, found)
    }

    /// Begins a text; `help` says what is expected of it.
    fn of(
        source: Arc<Source>,
        help: &str,
        found: &mut Diagnostics,
    ) -> Result<CellRows, Diagnostics> {
        let at = if source.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let name = source.name.clone();
        let mut rows = CellRows { header: Vec::new(), source, at, lost: false };
        rows.header = rows.row(found).unwrap_or_default();
        if rows.header.is_empty() {
            let message = format!("{name} holds no rows");
            return Err(Diagnostic::without_place(message).help(help).into());
        }
        Ok(rows)
    }

    /// The text that is read.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The next row that is as long as the header; others are told.
    pub fn next(&mut self, found: &mut Diagnostics) -> Option<Vec<Cell>> {
        loop {
            let row = self.row(found)?;
            let columns = self.header.len();
            if row.len() == columns {
                return Some(row);
            }
            if !self.lost {
                let cells = |n: usize| format!("{n} cell{}", if n == 1 { "" } else { "s" });
                let wrong = format!("the header has {columns}, this row {}", cells(row.len()));
                let (first, last) = (&row[0].place, &row[row.len() - 1].place);
                let place = Place { span: first.span.start..last.span.end, ..first.clone() };
                let help =
                    "an empty cell keeps its comma; a cell that holds a comma stands in quotes";
                found.push(Diagnostic::error(&place, wrong, cells(row.len())).help(help));
            }
        }
    }

    /// The next row that is not empty.
    fn row(&mut self, found: &mut Diagnostics) -> Option<Vec<Cell>> {
        let text = &self.source.text;
        loop {
            let rest = text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let line = rest.lines().next().unwrap_or_default();
            if !line.trim().is_empty() && !line.starts_with('#') {
                break;
            }
            self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        }
        let mut row = Vec::new();
        loop {
            let (cell, end, open) = cell(&self.source, self.at, found);
            self.lost |= open;
            row.push(cell);
            self.at = end + 1;
            if text.as_bytes().get(end) != Some(&b',') {
                return Some(row);
            }
        }
    }

    /// Where each column is; the first `needed` must be there.
    pub fn columns<const N: usize>(
        &self,
        names: [&str; N],
        needed: usize,
        found: &mut Diagnostics,
    ) -> [Option<usize>; N] {
        columns_of(&self.header, names, needed, found)
    }
}

/// Where each column is in a header; the first `needed` must be there.
fn columns_of<const N: usize>(
    header: &[Cell],
    names: [&str; N],
    needed: usize,
    found: &mut Diagnostics,
) -> [Option<usize>; N] {
    for (i, head) in header.iter().enumerate() {
        if !names.contains(&head.text.as_str()) {
            let message = format!("there is no column `{}`", head.text);
            let help = match nearest(&head.text, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("columns: {}", names.join(", ")),
            };
            found.push(Diagnostic::error(&head.place, message, "unknown").help(help));
        } else if let Some(first) = header[..i].iter().find(|h| h.text == head.text) {
            let message = format!("column `{}` stands twice", head.text);
            let finding = Diagnostic::error(&head.place, message, "the same name again");
            found.push(finding.related(&first.place, "first here").help("remove one of them"));
        }
    }
    let at = names.map(|name| header.iter().position(|head| head.text == name));
    for (name, _) in names.iter().zip(at).take(needed).filter(|(_, at)| at.is_none()) {
        let message = format!("there is no column `{name}`");
        let place = &header[0].place;
        let help = format!("columns: {}", names.join(", "));
        found.push(Diagnostic::error(place, message, "the header").help(help));
    }
    at
}

/// The cell that begins at byte `from`, where the comma, line feed or end after it is, and whether a
/// quote was left open.
fn cell(source: &Arc<Source>, from: usize, found: &mut Diagnostics) -> (Cell, usize, bool) {
    let bytes = source.text.as_bytes();
    let mut quoted = false;
    let mut end = from;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            // A doubled quote closes and opens again.
            b'"' => quoted = !quoted,
            b',' | b'\n' if !quoted => break,
            _ => {}
        }
        end += 1;
    }
    let raw = &source.text[from..end];
    let start = from + (raw.len() - raw.trim_start().len());
    let raw = raw.trim();
    let place = Place { source: source.clone(), span: start..start + raw.len() };
    if quoted {
        let open = raw.find('"').map_or(start, |i| start + i);
        let place = Place { source: source.clone(), span: open..open + 1 };
        found.push(Diagnostic::error(&place, "a quote that is not closed", "opened here"));
    }
    let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = inner.map_or_else(|| raw.to_owned(), |text| text.replace("\"\"", "\""));
    (Cell { text: text.trim().to_owned(), place }, end, quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Vec<Cell>>, Diagnostics) {
        let mut found = Diagnostics::default();
        let mut rows = CellRows::of(Source::new("test.csv", text), "columns", &mut found).unwrap();
        let mut all = vec![rows.header.clone()];
        while let Some(row) = rows.next(&mut found) {
            all.push(row);
        }
        (all, found)
    }

    #[test]
    fn cells_know_their_text_and_place() {
        let (rows, found) = read("\u{feff}a,b\r\n# left out\n\n x , \"1,\"\"2\n3\"\r\n,");
        assert!(found.is_empty());
        let texts: Vec<Vec<&str>> =
            rows.iter().map(|row| row.iter().map(|c| c.text.as_str()).collect()).collect();
        assert_eq!(texts, [vec!["a", "b"], vec!["x", "1,\"2\n3"], vec!["", ""]]);
        assert_eq!(rows[1][0].place.text(), "x");
        assert_eq!(rows[1][0].place.line_column(), (4, 2));
        assert_eq!(rows[1][1].place.text(), "\"1,\"\"2\n3\"");
        assert_eq!(rows[1][1].part(1..2).text(), "\"1,\"\"2\n3\"");
        assert_eq!(rows[0][0].part(0..1).text(), "a");
    }

    #[test]
    fn an_open_quote_is_told() {
        let (_, found) = read("a,b\n1,\"2\n3,4\n");
        assert_eq!(found.iter().next().unwrap().place.as_ref().unwrap().line_column(), (2, 3));
    }
}
