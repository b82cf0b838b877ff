//! Amounts of the cost model: numbers with any unit, which the key that holds them knows.

use super::document::{Entry, Node, Table, Value};
use super::fields::{Field, Kind};
use super::values::{Complaint, Read, wrong_type};
use crate::kernel::dist::Dist;

/// What a number that was set from outside says of its source, and of its date.
pub const WHAT_IF: &str = "what-if";

/// Largest number: sums of such stay exact.
const LARGEST: f64 = 1e18;

/// A number, or a distribution of it, and the unit it was written with (empty: none).
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// The number.
    pub dist: Dist,
    /// Its unit.
    pub unit: String,
}

/// Two numbers, and their unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair(pub f64, pub f64, pub String);

/// A day, month or year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date(pub String);

/// The number and the unit of one value.
pub fn number(node: &Node) -> Result<(f64, &str), Complaint> {
    let complain = |message: &str, help: String| {
        Complaint::new(message.to_string(), "this value").help(help).at(&node.place)
    };
    let (value, unit) = match &node.value {
        Value::Integer(Some(n)) => (*n as f64, ""),
        Value::Float(x) => (*x, ""),
        Value::Text(text) => {
            let text = text.trim();
            let end = text.find(|c: char| !(c.is_ascii_digit() || ".-".contains(c)));
            let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
            if unit.starts_with([',', '_', '\'']) {
                return Err(complain("is no plain number", "write its digits together".into()));
            }
            if text.starts_with('$') {
                let rest = text.trim_start_matches('$').trim();
                return Err(complain("begins with a $", format!("write \"{rest} USD\"")));
            }
            match digits.parse() {
                Ok(value) => (value, unit.trim()),
                Err(_) => {
                    let help = format!("write {}", Kind::Amount.expected());
                    return Err(complain("does not begin with a number", help));
                }
            }
        }
        _ => return Err(wrong_type(&Kind::Amount, node).at(&node.place)),
    };
    if !(value.is_finite() && value.abs() <= LARGEST) {
        return Err(complain("is too large", "at most 1e18".into()));
    }
    if value < 0.0 {
        return Err(complain("is below zero", "prices and parts are not negative".into()));
    }
    Ok((value, unit))
}

/// Units of all texts in a value; the numbers beside them are shapes and probabilities.
fn units<'n>(node: &'n Node, into: &mut Vec<(&'n Node, String)>) {
    match &node.value {
        Value::Text(_) => {
            if let Ok((_, unit)) = number(node) {
                into.push((node, unit.to_string()));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| units(item, into)),
        Value::Table(table) => table.entries.iter().for_each(|e| units(&e.node, into)),
        _ => {}
    }
}

/// The one unit of a value.
fn one_unit(node: &Node) -> Result<String, Complaint> {
    let mut all = Vec::new();
    units(node, &mut all);
    let first = all.first().map(|(_, unit)| unit.clone()).unwrap_or_default();
    match all.iter().find(|(_, unit)| *unit != first) {
        None => Ok(first),
        Some((other, unit)) => {
            let message = format!("mixes the units \"{first}\" and \"{unit}\"");
            Err(Complaint::new(message, "another unit").at(&other.place))
        }
    }
}

impl Read for Amount {
    fn placeholder() -> Self {
        Amount { dist: Dist::Constant(1.0), unit: String::new() }
    }
    fn read(_: &Field, node: &Node) -> Result<Self, Complaint> {
        let unit = one_unit(node)?;
        let dist = super::dist::read(&Kind::Amount, node)?;
        if !dist.mean().is_finite() {
            return Err(Complaint::new("has no finite mean", "a Pareto law needs a shape above 1"));
        }
        Ok(Amount { dist, unit })
    }
}

impl Read for Pair {
    fn placeholder() -> Self {
        Pair(1.0, 1.0, String::new())
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let Value::Array(items) = &node.value else { return Err(wrong_type(&field.kind, node)) };
        let [low, high] = items.as_slice() else { return Err(wrong_type(&field.kind, node)) };
        let unit = one_unit(node)?;
        let (from, to) = (number(low)?.0, number(high)?.0);
        if from > to {
            let complaint = Complaint::new("has its ends in the wrong order", "the smaller first");
            return Err(complaint);
        }
        Ok(Pair(from, to, unit))
    }
}

impl Read for Date {
    fn placeholder() -> Self {
        Date(String::new())
    }
    fn read(field: &Field, node: &Node) -> Result<Self, Complaint> {
        let Some(text) = node.text() else { return Err(wrong_type(&field.kind, node)) };
        let parts: Vec<&str> = text.split('-').collect();
        let lengths = [4, 2, 2];
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let fits = parts.len() <= 3
            && parts.iter().zip(lengths).all(|(part, n)| part.len() == n && digits(part));
        let within = |i: usize, most: u32| {
            parts.get(i).is_none_or(|p| p.parse().is_ok_and(|n: u32| (1..=most).contains(&n)))
        };
        if text == WHAT_IF || fits && within(1, 12) && within(2, 31) {
            return Ok(Date(text.to_string()));
        }
        let message = format!("must be {}", field.kind.expected());
        Err(Complaint::new(message, "not a date"))
    }
}

/// A number set from outside takes the key's unit, and says of itself that it is a what-if; anything
/// else stays as it is.
pub fn what_if(kind: Option<Kind>, node: Node) -> Node {
    let (Some(Kind::Price(unit) | Kind::Assumption(unit)), Ok((value, written))) =
        (kind, number(&node))
    else {
        return node;
    };
    let unit = if written.is_empty() { unit } else { written };
    let text =
        if unit == "1" { Value::Float(value) } else { Value::Text(format!("{value} {unit}")) };
    let place = node.place;
    let entry = |key: &str, value: Value| Entry {
        key: key.to_string(),
        place: place.clone(),
        node: Node { value, place: place.clone() },
    };
    let says = || Value::Text(WHAT_IF.to_string());
    let entries = vec![entry("amount", text), entry("source", says()), entry("as_of", says())];
    Node { value: Value::Table(Table { entries }), place }
}
