//! What is wrong with an input file: where, why, and what to write instead. Only `cli` prints it.

use miette::{LabeledSpan, NamedSource, Severity, SourceCode};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One text that was read: a scenario, a catalogue, or the value of an override.
#[derive(Debug)]
pub struct Source {
    /// The file name as given (or what the text is, in angle brackets).
    pub name: String,
    /// Its contents.
    pub text: String,
    named: NamedSource<String>,
}

impl Source {
    /// A text with its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        let (name, text) = (name.into(), text.into());
        let named = NamedSource::new(&name, text.clone());
        Arc::new(Source { name, text, named })
    }
}

/// A place in a text.
#[derive(Debug, Clone)]
pub struct Place {
    /// Which text.
    pub source: Arc<Source>,
    /// Bytes of it, from..to.
    pub span: Range<usize>,
}

impl Place {
    /// Line and column, from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let text = &self.source.text;
        let start = self.span.start.min(text.len());
        let before = &text.as_bytes()[..start];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        (line, String::from_utf8_lossy(&before[line_start..]).chars().count() + 1)
    }

    /// The text of the place.
    pub fn text(&self) -> &str {
        self.source.text.get(self.span.clone()).unwrap_or_default()
    }
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Whether the scenario cannot be used (`Error`) or looks unintended (`Warning`).
    pub severity: Severity,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where; `None` when no file could be read.
    pub place: Option<Place>,
    /// Words under the caret.
    pub label: String,
    /// A second place that has to do with it, with its words (`first defined here`).
    pub related: Option<(Place, String)>,
}

impl Diagnostic {
    /// An error at `place`.
    pub fn error(place: &Place, message: impl Into<String>, label: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            help: None,
            place: Some(place.clone()),
            label: label.into(),
            related: None,
        }
    }

    /// An error that has no place in a text, for example a file that cannot be opened.
    pub fn without_place(message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            help: None,
            place: None,
            label: String::new(),
            related: None,
        }
    }

    /// The same as a warning.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a second place. In another text it is told in words, since one snippet shows one text.
    pub fn related(mut self, place: &Place, words: impl Into<String>) -> Self {
        self.related = Some((place.clone(), words.into()));
        self
    }

    /// Whether it forbids use of the scenario.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Whether both say the same about the same place.
    fn repeats(&self, other: &Diagnostic) -> bool {
        let spot = |d: &Diagnostic| {
            d.place.as_ref().map(|p| (Arc::as_ptr(&p.source) as usize, p.span.clone()))
        };
        self.message == other.message && spot(self) == spot(other)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| &place.source.named as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let label = (!self.label.is_empty()).then(|| self.label.clone());
        let first = LabeledSpan::new_primary_with_span(label, place.span.clone());
        let second = self
            .related
            .iter()
            .filter(|(other, _)| Arc::ptr_eq(&other.source, &place.source))
            .map(|(other, words)| LabeledSpan::at(other.span.clone(), words.clone()));
        Some(Box::new(std::iter::once(first).chain(second)))
    }
}

/// Most findings that are kept; the rest is counted.
const MAX_FINDINGS: usize = 100;

/// All findings about one input, in reading order.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    more: usize,
}

impl Diagnostics {
    /// Adds a finding, unless it is there already (a preset used twice is read twice).
    pub fn push(&mut self, finding: Diagnostic) {
        if self.list.iter().any(|old| old.repeats(&finding)) {
            return;
        }
        if self.list.len() < MAX_FINDINGS {
            self.list.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Findings that were left out because there are too many.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Whether any finding forbids use of the scenario.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The findings, in reading order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Sorted as a reader meets them: text by text as first mentioned, then by position.
    pub(super) fn in_reading_order(mut self) -> Self {
        let mut texts: Vec<*const Source> = Vec::new();
        for place in self.list.iter().filter_map(|d| d.place.as_ref()) {
            let text = Arc::as_ptr(&place.source);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        self.list.sort_by_key(|d| {
            d.place.as_ref().map(|p| {
                let text = Arc::as_ptr(&p.source);
                (texts.iter().position(|&t| t == text), p.span.start)
            })
        });
        self
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Diagnostics { list: vec![one], more: 0 }
    }
}

impl From<Box<Diagnostic>> for Diagnostics {
    fn from(one: Box<Diagnostic>) -> Self {
        Diagnostics::from(*one)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, d) in self.list.iter().enumerate() {
            let sep = if i == 0 { "" } else { "\n" };
            match &d.place {
                Some(place) => {
                    let (line, column) = place.line_column();
                    write!(f, "{sep}{}:{line}:{column}: {}", place.source.name, d.message)?;
                }
                None => write!(f, "{sep}{}", d.message)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// The candidate nearest to `word`, when it is near enough to be a slip of the pen.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(d, _)| d <= allowed)
        .min_by_key(|&(d, _)| d)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`, ignoring case and
/// taking `-` for `_`.
fn distance(a: &str, b: &str) -> usize {
    let plain = |s: &str| -> Vec<char> { s.to_lowercase().replace('-', "_").chars().collect() };
    // Longer words are never near: bounds the work on absurd input.
    let (a, b) = (plain(a), plain(b));
    if a.len().abs_diff(b.len()) > 4 || a.len() > 80 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            best = best.min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        assert_eq!(nearest("uplnik", ["uplink", "spines"]), Some("uplink"));
        assert_eq!(nearest("storage-nic", ["storage_nic", "gpu"]), Some("storage_nic"));
        assert_eq!(nearest("GPUs", ["gpus", "gpu"]), Some("gpus"));
        assert_eq!(nearest("colour", ["uplink", "spines"]), None);
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let source = Source::new("x", "a = 1\nµ = \"2\"\n");
        let place = Place { source, span: 11..14 };
        assert_eq!(place.line_column(), (2, 5));
    }
}
