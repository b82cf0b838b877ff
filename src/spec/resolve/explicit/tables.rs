//! `links.csv` and `hosts.csv`.

use super::{Drawn, Seat, Usual};
use crate::spec::cells::{Cell, Cells};
use crate::spec::document::{Node, Value};
use crate::spec::error::{Diagnostic, Diagnostics, Place};
use crate::spec::fields::{Field, Kind};
use crate::spec::values::Read;
use std::path::Path;

/// Columns of cables; the last three may be left out, as may their cells.
const LINKS: [&str; 5] = ["a", "b", "rate", "cable", "cables"];
/// Columns of hosts.
const HOSTS: [&str; 2] = ["host", "switch"];

const RATE: Field = Field::new("rate", Kind::Rate, "Line rate.").optional();
const CABLE: Field = Field::new("cable", Kind::Cable, "Length or delay.").optional();
const CABLES: Field = Field::new("cables", Kind::Count(1, 1_024), "Parallel cables.").optional();

/// A cell that must say something.
fn named(cell: &Cell, what: &str, found: &mut Diagnostics) -> (String, Place) {
    if cell.text.is_empty() {
        let message = format!("a row without a {what}");
        let help = format!("write the name of a {what}, or remove the row");
        found.push(Diagnostic::error(&cell.place, message, "an empty cell").help(help));
    }
    (cell.text.clone(), cell.place.clone())
}

/// The value of a cell, read as a scenario's own values are, or the usual one where it is empty or
/// there is no such column.
fn value<T: Read>(
    field: &Field,
    cell: Option<(&str, &Place)>,
    usual: T,
    found: &mut Diagnostics,
) -> T {
    let Some((text, place)) = cell.filter(|(text, _)| !text.is_empty()) else { return usual };
    let value = match (field.kind, text.parse()) {
        (Kind::Count(..), Ok(number)) => Value::Integer(Some(number)),
        _ => Value::Text(text.to_owned()),
    };
    T::read(field, &Node { value, place: place.clone() }).unwrap_or_else(|wrong| {
        let message = format!("`{}` {}", field.key, wrong.message);
        let mut finding = Diagnostic::error(place, message, wrong.label);
        finding.help = wrong.help;
        found.push(finding);
        usual
    })
}

/// A cable between two switches, with what its cells say of it.
pub(super) fn cable(
    [a, b]: [(String, Place); 2],
    [rate, cable, cables]: [Option<(&str, &Place)>; 3],
    usual: Usual,
    found: &mut Diagnostics,
) -> Drawn {
    if a.0 == b.0 && !a.0.is_empty() {
        let message = "a cable leads from a switch to itself";
        let mut finding = Diagnostic::error(&b.1, message, "the same switch");
        if a.1.span != b.1.span {
            finding = finding.related(&a.1, "as this one");
        }
        found.push(finding.help("name another switch, or remove the cable"));
    }
    Drawn {
        a,
        b,
        rate: value(&RATE, rate, usual.rate, found),
        propagation: value(&CABLE, cable, usual.propagation, found),
        cables: value(&CABLES, cables, 1, found),
    }
}

/// Cables of a file, and what is wrong with some of them.
///
/// # Errors
/// The file cannot be read, or its columns are not those of cables.
pub fn links(path: &Path, usual: Usual) -> Result<(Vec<Drawn>, Diagnostics), Diagnostics> {
    let cells = Cells::read(path, "columns a, b, rate, cable and cables")?;
    let mut found = Diagnostics::default();
    let [Some(a), Some(b), more @ ..] = cells.columns(LINKS, 2, &mut found) else {
        return Err(found);
    };
    let mut drawn = Vec::new();
    for row in &cells.rows {
        let ends = [a, b].map(|i| named(&row[i], "switch", &mut found));
        let more = more.map(|at| at.map(|i| (row[i].text.as_str(), &row[i].place)));
        drawn.push(cable(ends, more, usual, &mut found));
    }
    Ok((drawn, found))
}

/// Hosts of a file, a row for each host and switch, rows of the same host gathered; and what is wrong
/// with some of them.
///
/// # Errors
/// The file cannot be read, or its columns are not those of hosts.
pub fn hosts(path: &Path) -> Result<(Vec<Seat>, Diagnostics), Diagnostics> {
    let cells = Cells::read(path, "columns host and switch")?;
    let mut found = Diagnostics::default();
    let [Some(host), Some(switch)] = cells.columns(HOSTS, 2, &mut found) else {
        return Err(found);
    };
    let mut seats: Vec<Seat> = Vec::new();
    for row in &cells.rows {
        let name = named(&row[host], "host", &mut found);
        let to = named(&row[switch], "switch", &mut found);
        if name.0.is_empty() || to.0.is_empty() {
            continue;
        }
        match seats.iter_mut().find(|seat| seat.host.0 == name.0) {
            Some(seat) => seat.switches.push(to),
            None => seats.push(Seat { host: name, switches: vec![to] }),
        }
    }
    Ok((seats, found))
}
