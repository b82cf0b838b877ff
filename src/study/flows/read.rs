//! The list as written: all of it, or all that is wrong with it.

use super::{Flow, FlowNetwork, Start};
use crate::kernel::time::{Span, Time};
use crate::kernel::units::Bytes;
use crate::spec::{Cell, CellRows, Diagnostic, Diagnostics, Place, Source};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Longest list that is read: some six million flows.
pub const MOST_BYTES: usize = 128 << 20;

/// Latest start, seconds: a run ends before 2^64 ps.
const LATEST_S: f64 = 18_000_000.0;

/// Kinds of names that a help lists at most.
const LISTED: usize = 12;

/// Columns; the first three must be there, and either the next or the last two.
const COLUMNS: [&str; 6] = ["src", "dst", "bytes", "start_s", "slot", "order"];

/// How a list says when flows start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Each at its time (`start_s`).
    Open,
    /// One after another in their slots (`slot`, `order`).
    Closed,
}

/// Bytes of the text, from..to.
type Spot = [u32; 2];

/// A list of flows.
#[derive(Debug)]
pub struct FlowList {
    /// In the order of the file.
    pub flows: Vec<Flow>,
    /// How it says when they start.
    pub kind: Kind,
    source: Arc<Source>,
    /// Where the destination of each flow stands.
    spots: Vec<Spot>,
}

impl FlowList {
    /// Reads a CSV file with columns `src`, `dst` (names of hosts, or their numbers), `bytes` and
    /// either `start_s`, or `slot` and `order`. Everything that is wrong with it is put into `found`,
    /// and its row is left out; `None` if it cannot be read at all.
    pub fn read(path: &Path, network: &FlowNetwork, found: &mut Diagnostics) -> Option<FlowList> {
        let columns = "columns src, dst, bytes and either start_s or slot and order";
        let opened = CellRows::open(path, MOST_BYTES, columns, found);
        let mut rows =
            opened.map_err(|wrong| wrong.into_iter().for_each(|w| found.push(w))).ok()?;
        let at = rows.columns(COLUMNS, 3, found);
        let when = when(&rows, at, found);
        let ([Some(src), Some(dst), Some(bytes), ..], Some(when)) = (at, when) else {
            return None;
        };
        let mut list = FlowList {
            flows: Vec::new(),
            kind: if matches!(when, When::At(_)) { Kind::Open } else { Kind::Closed },
            source: rows.source().clone(),
            spots: Vec::new(),
        };
        let mut orders: Vec<Spot> = Vec::new();
        while let Some(row) = rows.next(found) {
            let ends = [src, dst].map(|column| &row[column]);
            let hosts = hosts(network, ends, found);
            let bytes = bytes_of(&row[bytes], found);
            let start = start(when, &row, found);
            if let (Some([src, dst]), Some(bytes), Some(start)) = (hosts, bytes, start) {
                list.flows.push(Flow { src, dst, bytes, start });
                list.spots.push(spot(ends[1]));
                if let When::Turn(_, order) = when {
                    orders.push(spot(&row[order]));
                }
            }
        }
        list.check_turns(&orders, found);
        if list.flows.is_empty() && !found.has_errors() {
            let place = &rows.header[0].place;
            let finding = Diagnostic::error(place, "there are no flows", "nothing below");
            found.push(finding.help("a row for each flow, for example 0,5,8388608"));
        }
        Some(list)
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// Where the destination of a flow stands.
    pub(super) fn place(&self, flow: usize) -> Place {
        self.place_of(self.spots[flow])
    }

    fn place_of(&self, [from, to]: Spot) -> Place {
        Place { source: self.source.clone(), span: from as usize..to as usize }
    }

    /// Flows of one slot that have the same place in it.
    fn check_turns(&self, orders: &[Spot], found: &mut Diagnostics) {
        let mut turns: Vec<usize> = (0..orders.len()).collect();
        turns.sort_by_key(|i| self.flows[*i].start);
        for pair in turns.windows(2) {
            let [first, second] = [pair[0], pair[1]];
            let start = self.flows[second].start;
            let Start::Turn { slot, order } = start else { continue };
            if self.flows[first].start == start {
                let message = format!("slot {slot} has two flows with `order` {order}");
                let place = self.place_of(orders[second]);
                let finding = Diagnostic::error(&place, message, "the same again")
                    .related(&self.place_of(orders[first]), "first here");
                found.push(finding.help("flows of a slot run one after another: number them"));
            }
        }
    }
}

fn spot(cell: &Cell) -> Spot {
    // A list of at most 128 MiB.
    [cell.place.span.start, cell.place.span.end].map(|at| at as u32)
}

/// Columns that say when a flow starts.
#[derive(Clone, Copy)]
enum When {
    At(usize),
    Turn(usize, usize),
}

fn when(rows: &CellRows, at: [Option<usize>; 6], found: &mut Diagnostics) -> Option<When> {
    let help = "an open list has `start_s`; a closed loop has `slot` and `order`";
    let place = |column: usize| &rows.header[column].place;
    match (at[3], at[4], at[5]) {
        (Some(start), None, None) => Some(When::At(start)),
        (None, Some(slot), Some(order)) => Some(When::Turn(slot, order)),
        (Some(start), slot, order) => {
            let message = "a list is either open or a closed loop";
            let other = slot.or(order).expect("one of them is there");
            let finding = Diagnostic::error(place(start), message, "says when flows start");
            found.push(finding.related(place(other), "and so does this").help(help));
            None
        }
        (None, None, None) => {
            let message = "nothing says when flows start";
            found.push(Diagnostic::error(place(0), message, "the header").help(help));
            None
        }
        (None, slot, order) => {
            let (there, missing) = match (slot, order) {
                (Some(slot), _) => (slot, "order"),
                (_, order) => (order.expect("one of them is there"), "slot"),
            };
            let message = format!("there is no column `{missing}`");
            found.push(Diagnostic::error(place(there), message, "is not enough").help(help));
            None
        }
    }
}

fn hosts(network: &FlowNetwork, cells: [&Cell; 2], found: &mut Diagnostics) -> Option<[u32; 2]> {
    let [src, dst] = [0, 1].map(|end| host(network, end, cells[end], found));
    let (src, dst) = (src?, dst?);
    if src != dst {
        return Some([src, dst]);
    }
    let message = format!("a flow from {} to itself", network.name(src));
    let finding = Diagnostic::error(&cells[1].place, message, "the same host");
    let counted = network.numbered(0).1.or(network.numbered(1).1);
    let help = match counted {
        None => {
            "a flow joins two hosts; if `src` and `dst` count different ones, --sources and \
             --destinations say which"
        }
        Some(_) => "a flow joins two hosts; remove the row, or name another",
    };
    found.push(finding.related(&cells[0].place, "as here").help(help));
    None
}

/// The host of a cell of `src` (0) or `dst` (1).
fn host(network: &FlowNetwork, end: usize, cell: &Cell, found: &mut Diagnostics) -> Option<u32> {
    let text = cell.text.as_str();
    if let Some(host) = network.named(text) {
        return Some(host);
    }
    let (counted, group) = network.numbered(end);
    let number = text.parse::<usize>().ok();
    if let Some(host) = number.and_then(|number| counted.get(number)) {
        return Some(*host);
    }
    if number.is_some() && counted.is_empty() {
        // That there is no such group has been told.
        return None;
    }
    // Help takes a look at all names: not for more findings than are kept.
    let told = found.more() == 0;
    let last = counted.len().saturating_sub(1);
    let of = group.map_or(String::new(), |group| format!(" of \"{group}\""));
    // A known name with a number too large is no slip of the pen.
    let near = match told && number.is_none() && !network.counts(text) {
        true => network.near(text),
        false => None,
    };
    let help = match (near, number) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(_)) => format!("numbers{of} go from 0 to {last}: {}", network.names()),
        (None, None) => format!("hosts: {}; or numbers{of} from 0 to {last}", network.names()),
    };
    let message = match (text, number) {
        ("", _) => format!("a flow without `{}`", COLUMNS[end]),
        (_, Some(number)) => format!("there is no host {number}{of}"),
        (_, None) => format!("no host is called \"{text}\""),
    };
    let label = if text.is_empty() { "an empty cell" } else { "no such host" };
    found.push(Diagnostic::error(&cell.place, message, label).help(help));
    None
}

fn bytes_of(cell: &Cell, found: &mut Diagnostics) -> Option<u64> {
    let text = cell.text.as_str();
    match text.parse::<u64>() {
        Ok(0) => {
            let finding = Diagnostic::error(&cell.place, "a flow of no bytes", "moves nothing");
            found.push(finding.help("a flow moves at least one byte; remove the row"));
            None
        }
        Ok(bytes) => Some(bytes),
        Err(_) => {
            // What people and tables write for a whole number: 8 MiB, 1e6, 8388608.0.
            let meant = text.parse::<Bytes>().map(|Bytes(bytes)| bytes).ok().or_else(|| {
                let number = text.parse::<f64>().ok()?;
                let whole = number >= 1.0 && number.fract() == 0.0 && number < 9e15;
                whole.then_some(number as u64)
            });
            let help = match meant {
                Some(bytes) => format!("write {bytes}"),
                None => "a whole number of bytes, for example 8388608".to_owned(),
            };
            let message = format!("\"{text}\" is no number of bytes");
            found.push(Diagnostic::error(&cell.place, message, "not a whole number").help(help));
            None
        }
    }
}

fn start(when: When, row: &[Cell], found: &mut Diagnostics) -> Option<Start> {
    match when {
        When::At(column) => {
            let cell = &row[column];
            let seconds = cell.text.parse::<f64>().ok().filter(|s| (0.0..LATEST_S).contains(s));
            if seconds.is_none() {
                let message = format!("\"{}\" is no time in seconds", cell.text);
                let finding = Diagnostic::error(&cell.place, message, "not a start");
                found.push(finding.help("a number of seconds from 0 to 18,000,000"));
            }
            seconds.map(|seconds| Start::At(Time::ZERO + Span::from_s(seconds)))
        }
        When::Turn(slot, order) => {
            let [slot, order] = [slot, order].map(|column| {
                let cell = &row[column];
                let number = cell.text.parse::<u64>().ok();
                if number.is_none() {
                    let message = format!("\"{}\" is no number", cell.text);
                    let finding = Diagnostic::error(&cell.place, message, "not a whole number");
                    found.push(finding.help("slots and places in them are numbers from 0"));
                }
                number
            });
            Some(Start::Turn { slot: slot?, order: order? })
        }
    }
}

/// Names, kind by kind, the first and last of each: `host-0 … host-63, controller-0`.
pub(super) fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut order: Vec<&str> = Vec::new();
    let mut kinds: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for name in names {
        let kind = name.trim_end_matches(|c: char| c.is_ascii_digit());
        kinds.entry(kind).and_modify(|(_, last)| *last = name).or_insert_with(|| {
            order.push(kind);
            (name, name)
        });
    }
    let word = |kind: &&str| match kinds[kind] {
        (first, last) if first == last => first.to_owned(),
        (first, last) => format!("{first} … {last}"),
    };
    let mut words: Vec<String> = order.iter().take(LISTED).map(word).collect();
    if order.len() > LISTED {
        words.push(format!("and {} more kinds", order.len() - LISTED));
    }
    words.join(", ")
}
