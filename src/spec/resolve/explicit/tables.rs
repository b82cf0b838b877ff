//! `links.csv` and `hosts.csv`.

use super::{Drawn, Seat, Usual};
use crate::spec::cells::{Cell, Cells};
use crate::spec::error::{Diagnostic, Diagnostics, nearest};
use crate::spec::quantity;
use std::path::Path;

/// Columns of cables; the last three may be left out, as may their cells.
const LINKS: [&str; 5] = ["a", "b", "rate", "cable", "cables"];
/// Columns of hosts.
const HOSTS: [&str; 2] = ["host", "switch"];

/// Where each column is.
fn columns<const N: usize>(
    cells: &Cells,
    names: [&str; N],
    needed: usize,
    found: &mut Diagnostics,
) -> [Option<usize>; N] {
    for (i, head) in cells.header.iter().enumerate() {
        if !names.contains(&head.text.as_str()) {
            let message = format!("there is no column `{}`", head.text);
            let help = match nearest(&head.text, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("columns: {}", names.join(", ")),
            };
            found.push(Diagnostic::error(&head.place, message, "unknown").help(help));
        } else if let Some(first) = cells.header[..i].iter().find(|h| h.text == head.text) {
            let message = format!("column `{}` stands twice", head.text);
            let finding = Diagnostic::error(&head.place, message, "the same name again");
            found.push(finding.related(&first.place, "first here"));
        }
    }
    let at = names.map(|name| cells.header.iter().position(|head| head.text == name));
    for (name, _) in names.iter().zip(at).take(needed).filter(|(_, at)| at.is_none()) {
        let message = format!("there is no column `{name}`");
        let place = &cells.header[0].place;
        let help = format!("columns: {}", names.join(", "));
        found.push(Diagnostic::error(place, message, "the header").help(help));
    }
    at
}

/// A cell that must say something.
fn named(cell: &Cell, what: &str, found: &mut Diagnostics) -> (String, crate::spec::error::Place) {
    if cell.text.is_empty() {
        let message = format!("a row without a {what}");
        found.push(Diagnostic::error(&cell.place, message, "an empty cell"));
    }
    (cell.text.clone(), cell.place.clone())
}

/// The value of a cell, or the usual one where it is empty or there is no such column.
pub(super) fn value<T>(
    text: Option<(&str, &crate::spec::error::Place)>,
    usual: T,
    what: &str,
    parse: impl Fn(&str) -> Result<T, (String, Option<String>)>,
    found: &mut Diagnostics,
) -> T {
    let Some((text, place)) = text.filter(|(text, _)| !text.is_empty()) else { return usual };
    parse(text).unwrap_or_else(|(message, help)| {
        let finding = Diagnostic::error(place, format!("{what}: {message}"), "not understood");
        found.push(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
        usual
    })
}

/// Cables of a file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn links(path: &Path, usual: Usual) -> Result<Vec<Drawn>, Diagnostics> {
    let cells = Cells::read(path, "columns a, b, rate, cable and cables")?;
    let mut found = Diagnostics::default();
    let [Some(a), Some(b), rate, cable, cables] = columns(&cells, LINKS, 2, &mut found) else {
        return Err(found);
    };
    let mut drawn = Vec::new();
    for row in &cells.rows {
        let at = |column: Option<usize>| column.map(|i| (row[i].text.as_str(), &row[i].place));
        drawn.push(Drawn {
            a: named(&row[a], "switch", &mut found),
            b: named(&row[b], "switch", &mut found),
            rate: value(at(rate), usual.rate, "`rate`", quantity_of(quantity::rate), &mut found),
            propagation: value(
                at(cable),
                usual.propagation,
                "`cable`",
                quantity_of(quantity::cable),
                &mut found,
            ),
            cables: value(at(cables), 1, "`cables`", count, &mut found),
        });
    }
    if found.has_errors() { Err(found) } else { Ok(drawn) }
}

/// A reader of quantities with its message and help.
pub(super) fn quantity_of<T>(
    parse: fn(&str) -> Result<T, crate::kernel::units::UnitError>,
) -> impl Fn(&str) -> Result<T, (String, Option<String>)> {
    move |text| parse(text).map_err(|wrong| (wrong.message, wrong.help))
}

/// Parallel cables.
pub(super) fn count(text: &str) -> Result<u32, (String, Option<String>)> {
    text.parse().ok().filter(|n| (1..=1_024).contains(n)).ok_or_else(|| {
        (format!("\"{text}\" is no number of cables"), Some("a whole number to 1,024".into()))
    })
}

/// Hosts of a file, a row for each host and switch, rows of the same host gathered; and what is wrong
/// with some of them.
///
/// # Errors
/// The file cannot be read, or its columns are not those of hosts.
pub fn hosts(path: &Path) -> Result<(Vec<Seat>, Diagnostics), Diagnostics> {
    let cells = Cells::read(path, "columns host and switch")?;
    let mut found = Diagnostics::default();
    let [Some(host), Some(switch)] = columns(&cells, HOSTS, 2, &mut found) else {
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
