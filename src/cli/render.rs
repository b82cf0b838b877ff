//! Findings as text with the line they are about.

use crate::spec::{Diagnostic, Diagnostics, Place, Source};
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::fmt::Write;

/// Longest line that is shown whole.
const MAX_LINE: usize = 160;

/// Bytes shown on either side of the place in a longer line.
const AROUND: usize = 60;

/// All findings, `width` columns wide.
pub fn render(found: &Diagnostics, width: usize, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_context_lines(1)
        .without_cause_chain();
    let mut text = String::new();
    for finding in found.iter() {
        let finding = shortened(finding);
        handler.render_report(&mut text, &finding).expect("writing to a string does not fail");
        let _ = writeln!(text);
    }
    if found.more() > 0 {
        let _ = writeln!(text, "and {} more", found.more());
    }
    text
}

/// The finding itself, or with an excerpt instead of its text when its line is too long to print
/// or holds characters that a terminal would act on.
fn shortened(finding: &Diagnostic) -> Diagnostic {
    let Some(place) = &finding.place else { return finding.clone() };
    let text = &place.source.text;
    let start = floor_boundary(text, place.span.start);
    let from = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let to = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let harmless = |c: char| !c.is_control() || c == '\t' || c == '\r';
    if to - from <= MAX_LINE && text[from..to].chars().all(harmless) {
        return finding.clone();
    }
    let left = floor_boundary(text, start.saturating_sub(AROUND)).max(from);
    let right = floor_boundary(text, start + AROUND).min(to);
    let end = place.span.end.clamp(start, right);
    let clean = |part: &str| -> String {
        part.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
    };
    let (before, marked) = (clean(&text[left..start]), clean(&text[start..end]));
    let rest = clean(&text[end..right]);
    let (line, column) = place.line_column();
    let name = format!("{} (line {line}, column {column})", place.source.name);
    let span = before.len()..before.len() + marked.len();
    let source = Source::new(name, format!("{before}{marked}{rest}"));
    Diagnostic { place: Some(Place { source, span }), related: None, ..finding.clone() }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
