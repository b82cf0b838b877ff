//! Values of axes: as text for the scenario's reader, as numbers for figures.

use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, PerSecond, Rate};
use crate::spec::document::{Node, Value};
use crate::spec::error::Place;
use crate::spec::fields::Field;
use crate::spec::quantity;
use crate::spec::values::{Complaint, Read, wrong_type};
use serde::Serialize;

/// One value of an axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// As written: a column of the results, a tick of a figure.
    pub text: String,
    /// Its value in base units (seconds, bytes, bits a second), if it is a number or quantity.
    pub number: Option<f64>,
    /// What each of the axis's fields is set to.
    pub settings: Vec<String>,
}

impl Level {
    /// The value `text` for every one of `fields` fields.
    pub fn of(text: String, fields: usize) -> Level {
        let number = measure(&text).map(|(_, number)| number);
        Level { number, settings: vec![text.clone(); fields], text }
    }

    /// Whether `text` means this value: the same text, or the same quantity.
    pub fn is(&self, text: &str) -> bool {
        let same =
            |a: &str, b: &str| matches!((measure(a), measure(b)), (Some(x), Some(y)) if x == y);
        self.text == text.trim() || same(&self.text, text)
    }
}

/// What a quantity is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Dimension {
    /// A plain number.
    Number,
    /// Seconds.
    Time,
    /// Bytes.
    Size,
    /// Bits a second.
    Rate,
    /// Times a second.
    PerSecond,
}

/// What `text` measures, in base units.
pub fn measure(text: &str) -> Option<(Dimension, f64)> {
    let text = text.trim();
    let plain: String = text.chars().filter(|&c| c != '_').collect();
    if let Ok(number) = plain.parse::<f64>() {
        return number.is_finite().then_some((Dimension::Number, number));
    }
    if let Ok(span) = text.parse::<Span>() {
        return Some((Dimension::Time, span.as_s()));
    }
    if let Ok(bytes) = text.parse::<Bytes>() {
        return Some((Dimension::Size, bytes.0 as f64));
    }
    if let Ok(rate) = text.parse::<Rate>() {
        return Some((Dimension::Rate, rate.0 as f64));
    }
    quantity::per_second(text).ok().map(|value| (Dimension::PerSecond, value))
}

/// How a range is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Scale {
    /// At equal distances.
    Linear,
    /// At equal ratios.
    Log,
}

/// Values between two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// How it is divided.
    pub scale: Scale,
    dimension: Dimension,
    /// In base units.
    from: f64,
    to: f64,
    /// Whole numbers only.
    whole: bool,
}

impl Range {
    /// The range between two values as written.
    ///
    /// # Errors
    /// What is wrong with them, and whether it is the second.
    pub fn new(scale: Scale, from: &str, to: &str) -> Result<Range, (bool, String)> {
        let unread = |text: &str| format!("\"{text}\" is neither a number nor a quantity");
        let (dimension, first) = measure(from).ok_or_else(|| (false, unread(from)))?;
        let (other, last) = measure(to).ok_or_else(|| (true, unread(to)))?;
        if other != dimension {
            return Err((true, format!("\"{to}\" is no quantity of the kind of \"{from}\"")));
        }
        if first == last {
            return Err((true, format!("\"{from}\" and \"{to}\" are the same")));
        }
        if scale == Scale::Log && (first <= 0.0 || last <= 0.0) {
            let message = "equal ratios have no zero and no negative values".to_owned();
            return Err((first > 0.0, message));
        }
        let whole = |text: &str| text.trim().parse::<i64>().is_ok();
        let whole = dimension == Dimension::Number && whole(from) && whole(to);
        Ok(Range { scale, dimension, from: first, to: last, whole })
    }

    /// The value at `u` from 0 to 1, as text. Twelve digits: enough for any field, and sums of
    /// tenths stay tenths.
    pub fn at(&self, u: f64) -> String {
        let value = match self.scale {
            _ if u == 0.0 => self.from,
            _ if u == 1.0 => self.to,
            Scale::Linear => self.from + u * (self.to - self.from),
            Scale::Log => self.from * libm::pow(self.to / self.from, u),
        };
        let value: f64 = format!("{value:.11e}").parse().expect("a number was printed");
        match self.dimension {
            Dimension::Number if self.whole => format!("{}", value.round()),
            Dimension::Number => format!("{value:?}"),
            Dimension::Time => Span((value * 1e12).round() as u64).to_string(),
            Dimension::Size => Bytes(value.round() as u64).to_string(),
            Dimension::Rate => Rate(value.round() as u64).to_string(),
            Dimension::PerSecond => PerSecond(value).to_string(),
        }
    }
}

/// A value as written, with its place.
#[derive(Debug, Clone)]
pub struct Written {
    /// The text that sets a field to it.
    pub text: String,
    /// Its place.
    pub place: Place,
    /// The entries, if it is a list.
    pub list: Option<Vec<Written>>,
}

impl Written {
    fn of(kind: &crate::spec::fields::Kind, node: &Node) -> Result<Written, Complaint> {
        let place = node.place.clone();
        let (text, list) = match &node.value {
            Value::Text(text) => (text.trim().to_owned(), None),
            Value::Date => return Err(wrong_type(kind, node).at(&node.place)),
            Value::Table(_) if !place.text().starts_with('{') => {
                let complaint = Complaint::new("holds a table with a header", "a table");
                return Err(complaint.help("write it in one line: { … }").at(&node.place));
            }
            Value::Array(items) => {
                let list: Result<Vec<Written>, Complaint> =
                    items.iter().map(|item| Written::of(kind, item)).collect();
                (place.text().to_owned(), Some(list?))
            }
            _ => (place.text().to_owned(), None),
        };
        Ok(Written { text, place, list })
    }
}

impl Read for Written {
    fn placeholder() -> Self {
        let place = Place { source: crate::spec::Source::new("", ""), span: 0..0 };
        Written { text: String::new(), place, list: None }
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        Written::of(&field.kind, node)
    }
}

impl Read for Vec<Written> {
    fn placeholder() -> Self {
        Vec::new()
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let Value::Array(items) = &node.value else { return Err(wrong_type(&field.kind, node)) };
        if items.is_empty() {
            return Err(Complaint::new("is empty", "at least one value is needed"));
        }
        items.iter().map(|item| Written::of(&field.kind, item)).collect()
    }
}

/// Names with values, each with its place: `{ controllers = 7 }`. Tables that are not written in
/// braces are entered: `training.unet3d.steps = 6` names one field.
#[derive(Debug, Clone, Default)]
pub struct Settings(pub Vec<(String, Place, Written)>);

impl Settings {
    fn enter(
        &mut self,
        field: &Field,
        prefix: &str,
        table: &crate::spec::document::Table,
    ) -> Result<(), Complaint> {
        for entry in &table.entries {
            let name = format!("{prefix}{}", entry.key);
            match &entry.node.value {
                Value::Table(inner) if !entry.node.place.text().starts_with('{') => {
                    self.enter(field, &format!("{name}."), inner)?;
                }
                _ => {
                    let value = Written::of(&field.kind, &entry.node)?;
                    self.0.push((name, entry.place.clone(), value));
                }
            }
        }
        Ok(())
    }
}

impl Read for Settings {
    fn placeholder() -> Self {
        Settings::default()
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let Value::Table(table) = &node.value else { return Err(wrong_type(&field.kind, node)) };
        let mut settings = Settings::default();
        settings.enter(field, "", table)?;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal ratios of a thousand-fold range in thirds are tens; whole numbers stay whole; sizes
    /// are whole bytes. Exact: twelve digits are kept.
    #[test]
    fn ranges_give_the_values_one_would_write() {
        let all = |range: Range, n: u32| -> Vec<String> {
            (0..n).map(|i| range.at(f64::from(i) / f64::from(n - 1))).collect()
        };
        let range = |scale, from, to| Range::new(scale, from, to).expect("a range");
        assert_eq!(all(range(Scale::Log, "1 ms", "1 s"), 4), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!(all(range(Scale::Linear, "1", "4"), 4), ["1", "2", "3", "4"]);
        assert_eq!(all(range(Scale::Linear, "0.0", "0.3"), 4), ["0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(all(range(Scale::Log, "64 KiB", "1 MiB"), 3), ["64 KiB", "256 KiB", "1 MiB"]);
        let odd = range(Scale::Log, "64 KiB", "64 MiB").at(0.3);
        assert!(odd.parse::<Bytes>().is_ok(), "{odd}");
    }

    #[test]
    fn ranges_that_cannot_be_say_which_end() {
        let wrong = |scale, from, to| Range::new(scale, from, to).unwrap_err();
        assert!(wrong(Scale::Linear, "1 ms", "1 MiB").0);
        assert!(!wrong(Scale::Linear, "many", "1").0);
        assert!(!wrong(Scale::Log, "0 s", "1 s").0);
        assert!(wrong(Scale::Linear, "1 s", "1000 ms").1.contains("the same"));
    }

    #[test]
    fn a_level_is_recognised_however_it_is_written() {
        let level = Level::of("1 MiB".into(), 1);
        assert!(level.is("1024 KiB") && level.is("1 MiB") && !level.is("1 MB"));
        assert!(Level::of("8".into(), 1).is("8") && Level::of("8.0".into(), 1).is("8"));
        assert!(Level::of("round-robin".into(), 1).is("round-robin"));
    }
}
