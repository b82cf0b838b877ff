//! CSV files whose every cell knows its place, so that what is wrong with one can be underlined.

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
        let help = format!("a CSV text in UTF-8 of at most 4 MiB with {columns}");
        if path.is_dir() {
            let message = format!("{} is a folder, not a CSV file", path.display());
            return Err(Diagnostic::without_place(message).help(help).into());
        }
        let source = files::read(path).map_err(|wrong| wrong.help(help.clone()))?;
        let mut found = Diagnostics::default();
        let mut rows = rows(&source, &mut found);
        if rows.is_empty() && !found.has_errors() {
            let message = format!("{} holds no rows", source.name);
            found.push(Diagnostic::without_place(message).help(help));
        }
        let header = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
        // A quote that is not closed swallows what comes after it.
        let told = found.has_errors();
        for row in rows.iter().filter(|row| !told && row.len() != header.len()) {
            let cells = |n: usize| format!("{n} cell{}", if n == 1 { "" } else { "s" });
            let wrong = format!("the header has {}, this row {}", header.len(), cells(row.len()));
            let (first, last) = (&row[0].place, &row[row.len() - 1].place);
            let place = Place { span: first.span.start..last.span.end, ..first.clone() };
            let help = "an empty cell keeps its comma; a cell that holds a comma stands in quotes";
            found.push(Diagnostic::error(&place, wrong, cells(row.len())).help(help));
        }
        if found.has_errors() { Err(found) } else { Ok(Cells { header, rows }) }
    }

    /// Where each column is; the first `needed` must be there.
    pub fn columns<const N: usize>(
        &self,
        names: [&str; N],
        needed: usize,
        found: &mut Diagnostics,
    ) -> [Option<usize>; N] {
        for (i, head) in self.header.iter().enumerate() {
            if !names.contains(&head.text.as_str()) {
                let message = format!("there is no column `{}`", head.text);
                let help = match nearest(&head.text, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("columns: {}", names.join(", ")),
                };
                found.push(Diagnostic::error(&head.place, message, "unknown").help(help));
            } else if let Some(first) = self.header[..i].iter().find(|h| h.text == head.text) {
                let message = format!("column `{}` stands twice", head.text);
                let finding = Diagnostic::error(&head.place, message, "the same name again");
                found.push(finding.related(&first.place, "first here").help("remove one of them"));
            }
        }
        let at = names.map(|name| self.header.iter().position(|head| head.text == name));
        for (name, _) in names.iter().zip(at).take(needed).filter(|(_, at)| at.is_none()) {
            let message = format!("there is no column `{name}`");
            let place = &self.header[0].place;
            let help = format!("columns: {}", names.join(", "));
            found.push(Diagnostic::error(place, message, "the header").help(help));
        }
        at
    }
}

/// All rows that are not empty.
fn rows(source: &Arc<Source>, found: &mut Diagnostics) -> Vec<Vec<Cell>> {
    let text = &source.text;
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut rows = Vec::new();
    while at < text.len() {
        let line = text[at..].lines().next().unwrap_or_default();
        if line.trim().is_empty() || line.starts_with('#') {
            at += text[at..].find('\n').map_or(text.len() - at, |end| end + 1);
            continue;
        }
        let mut row = Vec::new();
        loop {
            let (cell, end) = cell(source, at, found);
            row.push(cell);
            at = end + 1;
            if text.as_bytes().get(end) != Some(&b',') {
                break;
            }
        }
        rows.push(row);
    }
    rows
}

/// The cell that begins at byte `from`, and where the comma, line feed or end after it is.
fn cell(source: &Arc<Source>, from: usize, found: &mut Diagnostics) -> (Cell, usize) {
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
    (Cell { text: text.trim().to_owned(), place }, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Vec<Cell>>, Diagnostics) {
        let mut found = Diagnostics::default();
        (rows(&Source::new("test.csv", text), &mut found), found)
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
