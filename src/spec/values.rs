//! Values of single keys: numbers, names, quantities.

use super::document::{Node, Value};
use super::error::{Place, nearest};
use super::fields::{Field, Kind, Need};
use super::quantity;
use crate::kernel::dist::Dist;
use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, Rate, UnitError, UsdPerGb, UsdPerThousand};
use crate::model::{Limit, LinkPart, Redundancy};

/// Why a value cannot be read. The message continues "`uplink` in [fabric.storage] …".
#[derive(Debug)]
pub struct Complaint {
    /// What is wrong, a predicate.
    pub message: String,
    /// Words under the caret.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The part that is wrong, when it is not the whole value.
    pub place: Option<Place>,
}

impl Complaint {
    /// A complaint about the whole value.
    pub fn new(message: impl Into<String>, label: impl Into<String>) -> Complaint {
        Complaint { message: message.into(), label: label.into(), help: None, place: None }
    }
    /// Adds what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Complaint {
        self.help = Some(help.into());
        self
    }
    /// Points at a part of the value.
    pub fn at(mut self, place: &Place) -> Complaint {
        self.place.get_or_insert_with(|| place.clone());
        self
    }
}

/// A type that a field can hold.
pub trait Read: Sized {
    /// Stands in after an error; never leaves `spec`.
    fn placeholder() -> Self;
    /// Reads the value, checked against the field's kind.
    ///
    /// # Errors
    /// Wrong type, unit or range.
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint>;
}

/// "must be X, not Y".
pub fn wrong_type(kind: &Kind, node: &Node) -> Complaint {
    let label = format!("this is {}", node.value.kind());
    if kind.has_unit() && matches!(node.value, Value::Integer(_) | Value::Float(_)) {
        let (number, unit) = (node.place.text(), kind.usual_unit());
        let help = format!("write the unit too, in quotes; for example \"{number} {unit}\"");
        return Complaint::new("has no unit", "a number without a unit").help(help);
    }
    let complaint = Complaint::new(format!("must be {}", kind.expected()), label);
    match (kind, &node.value) {
        (Kind::Count(..) | Kind::Number { .. }, Value::Text(text)) if is_number(text) => {
            complaint.help(format!("without quotes: {}", text.trim()))
        }
        (Kind::Flag, Value::Text(text)) if text == "true" || text == "false" => {
            complaint.help(format!("without quotes: {text}"))
        }
        (_, Value::Integer(_) | Value::Float(_)) if !matches!(kind, Kind::Flag) => {
            complaint.help(format!("in quotes: \"{}\"", node.place.text()))
        }
        _ => complaint,
    }
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}

fn text<'n>(kind: &Kind, node: &'n Node) -> Result<&'n str, Complaint> {
    node.text().ok_or_else(|| wrong_type(kind, node))
}

fn unreadable(kind: &Kind) -> impl Fn(UnitError) -> Complaint + '_ {
    move |why| {
        let help = why.help.unwrap_or_else(|| format!("write {}", kind.expected()));
        Complaint::new(format!("is wrong: {}", why.message), "this value").help(help)
    }
}

/// Reads a quantity and checks the limits that keep arithmetic finite.
fn quantity<T: Copy + PartialOrd>(
    field: &Field,
    node: &Node,
    parse: fn(&str) -> Result<T, UnitError>,
    most: (T, &str),
) -> Result<T, Complaint> {
    let value = parse(text(&field.kind, node)?).map_err(unreadable(&field.kind))?;
    if value > most.0 {
        let complaint = Complaint::new(format!("is more than {}", most.1), "too large");
        return Err(complaint.help("is the unit right?"));
    }
    Ok(value)
}

fn not_zero(field: &Field, zero: bool, what: &str) -> Result<(), Complaint> {
    if !zero {
        return Ok(());
    }
    let help = match field.need {
        Need::Required => format!("write {}", field.kind.expected()),
        Need::Optional => format!("leave it out, or write {}", field.kind.expected()),
        Need::Default(usual) => format!("leave it out for {usual}, or write another"),
    };
    Err(Complaint::new(format!("must be {what}"), "zero").help(help))
}

impl Read for Bytes {
    fn placeholder() -> Self {
        Bytes(1)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let value = quantity(field, node, quantity::bytes, (Bytes(1 << 60), "1 EiB"))?;
        not_zero(field, value.0 == 0, "at least one byte")?;
        Ok(value)
    }
}

impl Read for Rate {
    fn placeholder() -> Self {
        Rate(8)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let most = (Rate(500_000_000_000_000), "500 Tb/s");
        let value = quantity(field, node, quantity::rate, most)?;
        not_zero(field, value.0 < 8, "at least one byte a second")?;
        Ok(value)
    }
}

/// Longest delay of a cable; by way of a geostationary satellite it is 0.12 s (35,786 km up and down).
const LONGEST_CABLE: (Span, &str) = (Span::from_secs(1), "1 s, longer than any cable");

impl Read for Span {
    fn placeholder() -> Self {
        Span::from_ms(1)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let value = match field.kind {
            Kind::Cable => quantity(field, node, quantity::cable, LONGEST_CABLE)?,
            _ => {
                let most = (Span::MAX, "213 days, the longest time a run can hold");
                quantity(field, node, quantity::span, most)?
            }
        };
        not_zero(
            field,
            value == Span::ZERO && matches!(field.kind, Kind::Span(false)),
            "above zero",
        )?;
        Ok(value)
    }
}

/// Most a byte or a request may cost: a thousand dollars a GB or a thousand.
const DEAREST: i128 = 1_000_000_000_000;

impl Read for UsdPerGb {
    fn placeholder() -> Self {
        UsdPerGb(0)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        quantity(field, node, str::parse, (UsdPerGb(DEAREST), "1000 USD/GB"))
    }
}

impl Read for UsdPerThousand {
    fn placeholder() -> Self {
        UsdPerThousand(0)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        quantity(field, node, str::parse, (UsdPerThousand(DEAREST), "1000 USD/1000"))
    }
}

impl Read for f64 {
    fn placeholder() -> Self {
        1.0
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let parse = match field.kind {
            Kind::Number { low, high, closed } => {
                let value = match &node.value {
                    Value::Float(x) => *x,
                    Value::Integer(Some(n)) => *n as f64,
                    _ => return Err(wrong_type(&field.kind, node)),
                };
                let inside = if closed { value >= low } else { value > low } && value <= high;
                return if inside { Ok(value) } else { Err(out_of_range(field)) };
            }
            Kind::PerSecond => quantity::per_second,
            Kind::Flops => quantity::flops,
            Kind::FlopCount => quantity::flop_count,
            Kind::Power => quantity::watts,
            _ => unreachable!("`{}` is not a number", field.key),
        };
        let value = quantity(field, node, parse, (1e24, "1e24"))?;
        not_zero(field, value <= 0.0, "above zero")?;
        Ok(value)
    }
}

fn out_of_range(field: &Field) -> Complaint {
    Complaint::new(format!("must be {}", field.kind.expected()), "out of range")
        .help(format!("`{}`: {}", field.key, field.doc))
}

impl Read for u64 {
    fn placeholder() -> Self {
        1
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let Kind::Count(low, high) = field.kind else {
            unreachable!("`{}` is not a count", field.key)
        };
        match &node.value {
            Value::Integer(Some(n)) if *n >= i128::from(low) && *n <= i128::from(high) => {
                Ok(*n as u64)
            }
            Value::Integer(_) => Err(out_of_range(field)),
            Value::Float(_) => Err(Complaint::new(
                format!("must be {}", field.kind.expected()),
                "this has a point or an exponent",
            )),
            _ => Err(wrong_type(&field.kind, node)),
        }
    }
}

impl Read for u32 {
    fn placeholder() -> Self {
        1
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let wide = u64::read(field, node)?;
        Ok(u32::try_from(wide).expect("the field's range fits 32 bits"))
    }
}

impl Read for bool {
    fn placeholder() -> Self {
        false
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        match node.value {
            Value::Bool(flag) => Ok(flag),
            _ => Err(wrong_type(&field.kind, node)),
        }
    }
}

impl Read for String {
    fn placeholder() -> Self {
        String::new()
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let text = text(&field.kind, node)?;
        match field.kind {
            Kind::Choice(words) if !words.contains(&text) => {
                let complaint =
                    Complaint::new(format!("must be {}", field.kind.expected()), "not one of them");
                Err(match nearest(text, words.iter().copied()) {
                    Some(near) => complaint.help(format!("did you mean \"{near}\"?")),
                    None => complaint.help(format!("`{}`: {}", field.key, field.doc)),
                })
            }
            Kind::Name => check_name(text).map(|()| text.to_string()),
            _ => Ok(text.to_string()),
        }
    }
}

/// Names become parts of host names, file names and CSV columns.
pub fn check_name(name: &str) -> Result<(), Complaint> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() {
        return Err(Complaint::new("must not be empty", "an empty name"));
    }
    if name.len() > 64 {
        return Err(Complaint::new("is longer than 64 characters", "too long"));
    }
    if let Some(c) = name.chars().find(|&c| !fine(c)) {
        let shown = c.escape_default();
        let complaint = Complaint::new(format!("holds the character '{shown}'"), "not a name");
        return Err(complaint.help("names consist of letters, digits, `-`, `_` and `.`"));
    }
    if name.starts_with(['.', '-']) {
        return Err(Complaint::new("must begin with a letter, digit or `_`", "not a name"));
    }
    Ok(())
}

/// A list of texts, each with its place.
#[derive(Debug, Clone, Default)]
pub struct Names(pub Vec<(String, Place)>);

impl Read for Names {
    fn placeholder() -> Self {
        Names::default()
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let Value::Array(items) = &node.value else { return Err(wrong_type(&field.kind, node)) };
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            let text = text(&Kind::Text, item).map_err(|c| c.at(&item.place))?;
            names.push((text.to_string(), item.place.clone()));
        }
        Ok(Names(names))
    }
}

impl Read for LinkPart {
    fn placeholder() -> Self {
        LinkPart::Share(1.0)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        match &node.value {
            Value::Float(x) if *x > 0.0 && *x <= 1.0 => Ok(LinkPart::Share(*x)),
            Value::Integer(Some(1)) => Ok(LinkPart::Share(1.0)),
            Value::Float(_) | Value::Integer(_) => Err(out_of_range(field)
                .help("a share lies above 0 and at most at 1; rates have a unit, in quotes")),
            _ => Rate::read(field, node).map(LinkPart::Rate),
        }
    }
}

impl Read for Limit {
    fn placeholder() -> Self {
        Limit::Requests(1)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        match &node.value {
            Value::Integer(Some(n)) if (1..=1_000_000_000).contains(n) => {
                Ok(Limit::Requests(*n as u32))
            }
            Value::Integer(_) => Err(out_of_range(field).help("from 1 to 1,000,000,000 requests")),
            _ => Rate::read(field, node).map(Limit::Rate),
        }
    }
}

impl Read for Redundancy {
    fn placeholder() -> Self {
        Redundancy::Replication { copies: 1 }
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let text = text(&field.kind, node)?;
        let number = |part: &str| part.trim().parse::<u32>().ok().filter(|&n| n <= 1_000);
        let parsed = if let Some((data, parity)) = text.split_once('+') {
            number(data)
                .zip(number(parity))
                .filter(|&(data, _)| data > 0)
                .map(|(data, parity)| Redundancy::Erasure { data, parity })
        } else {
            let copies = text.trim().strip_suffix("copies").or(text.trim().strip_suffix("copy"));
            copies
                .and_then(number)
                .filter(|&copies| copies > 0)
                .map(|copies| Redundancy::Replication { copies })
        };
        parsed.ok_or_else(|| {
            Complaint::new(format!("must be {}", field.kind.expected()), "not understood")
                .help("from 1 to 1000 data shards or copies")
        })
    }
}

/// Sizes of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Dims(pub Vec<u32>);

/// Most dimensions of a grid, and most switches along one.
const MOST_DIMS: (usize, u32) = (6, 1_024);

impl Read for Dims {
    fn placeholder() -> Self {
        Dims(vec![1])
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let text = text(&field.kind, node)?;
        let (most, longest) = MOST_DIMS;
        let size = |part: &str| part.trim().parse::<u32>().ok().filter(|k| *k > 0 && *k <= longest);
        let dims: Option<Vec<u32>> = text.split(['x', '×']).map(size).collect();
        dims.filter(|dims| dims.len() <= most).map(Dims).ok_or_else(|| {
            let help = format!("1 to {most} numbers from 1 to {longest}, with x between them");
            Complaint::new(format!("must be {}", field.kind.expected()), "not understood")
                .help(help)
        })
    }
}

impl Read for Dist {
    fn placeholder() -> Self {
        Dist::Constant(1.0)
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        super::dist::read(&field.kind, node)
    }
}
