//! Fields set from outside, as studies do with their axes.

use super::document::{self, Entry, Node, Table, Value};
use super::error::{Diagnostic, Place, Source, nearest};
use super::fields::{Kind, Section};
use super::raw;
use std::sync::Arc;

/// Sets the field at `path` (`store.controllers`, `training.unet3d.batch`, `nodes.0.count`) to
/// `value`: a TOML value, or text without its quotes (`400 Gb/s`).
///
/// # Errors
/// No such field, or no such entry of a list. Whether the value fits is found when it is read.
pub fn set(root: &mut Node, path: &str, value: &str) -> Result<(), Box<Diagnostic>> {
    let prefix = format!("{path} = ");
    let source = Source::new("<set>", format!("{prefix}{value}"));
    let node = document::parse_value(&source, prefix.len()).unwrap_or_else(|| Node {
        value: Value::Text(value.trim().to_string()),
        place: Place { source: source.clone(), span: prefix.len()..source.text.len() },
    });
    let mut at = root;
    let mut section = Some(&raw::SCENARIO);
    let mut rest = Keys { source: &source, path, from: 0 };
    while let Some((key, place, last)) = rest.next() {
        let kind = match section {
            Some(section) => Some(kind_of(section, key, &place)?),
            None => None,
        };
        if last {
            let node = super::amount::what_if(kind, node);
            open(at, section).set(Entry { key: key.to_string(), place, node });
            return Ok(());
        }
        let table = open(at, section);
        if table.get(key).is_none() {
            let empty = Node { value: Value::Table(Table::default()), place: place.clone() };
            table.set(Entry { key: key.to_string(), place: place.clone(), node: empty });
        }
        at = &mut table.get_mut(key).expect("it was added").node;
        section = inner(kind);
        if let Some(Kind::Entries(entry)) = kind
            && entry.choice.is_some()
        {
            let Some((name, place, last)) = rest.next() else {
                return Err(Box::new(which_entry(key, &place)));
            };
            if last {
                return Err(Box::new(which_entry(key, &place)));
            }
            let table = open(at, None);
            if table.get(name).is_none() {
                let empty = Node { value: Value::Table(Table::default()), place: place.clone() };
                table.set(Entry { key: name.to_string(), place: place.clone(), node: empty });
            }
            at = &mut table.get_mut(name).expect("it was added").node;
            section = Some(entry);
        }
        if matches!(kind, Some(Kind::List(_))) {
            let Some((item, place, last)) = rest.next() else {
                return Err(Box::new(which_entry(key, &place)));
            };
            if last {
                return Err(Box::new(which_entry(key, &place)));
            }
            at = entry_of(at, key, item, &place)?;
        }
    }
    let place = Place { source: source.clone(), span: 0..path.len() };
    Err(Box::new(Diagnostic::error(&place, "no field is named", "empty")))
}

/// The keys of a path, with their places.
struct Keys<'p> {
    source: &'p Arc<Source>,
    path: &'p str,
    from: usize,
}

impl<'p> Keys<'p> {
    /// The next key, its place, and whether it is the last.
    fn next(&mut self) -> Option<(&'p str, Place, bool)> {
        let rest = self.path.get(self.from..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('.').unwrap_or(rest.len());
        let span = self.from..self.from + length;
        self.from = span.end + 1;
        let place = Place { source: self.source.clone(), span };
        Some((&rest[..length], place, self.from >= self.path.len()))
    }
}

fn kind_of(section: &Section, key: &str, place: &Place) -> Result<Kind, Box<Diagnostic>> {
    if let Some(field) = section.field(key) {
        return Ok(field.kind);
    }
    let message = format!("{} has no key `{key}`", section.title);
    let finding = Diagnostic::error(place, message, "unknown key");
    Err(Box::new(match nearest(key, section.fields.iter().map(|f| f.key)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    }))
}

/// The section of the table below; none where any key goes (parameters of a distribution, names
/// of catalogue entries).
fn inner(kind: Option<Kind>) -> Option<&'static Section> {
    match kind {
        Some(Kind::Table(section) | Kind::Dataset(section) | Kind::List(section)) => Some(section),
        Some(Kind::Price(_)) => Some(&raw::price::PRICE),
        Some(Kind::Assumption(_)) => Some(&raw::price::ASSUMPTION),
        _ => None,
    }
}

/// The table at `node`, made one if it is not: the name of a preset becomes a table that starts
/// from it.
fn open<'n>(node: &'n mut Node, section: Option<&Section>) -> &'n mut Table {
    if !matches!(node.value, Value::Table(_)) {
        let preset = section.and_then(|section| section.preset);
        let entries = match (preset, node.text()) {
            (Some((key, _)), Some(_)) => {
                vec![Entry { key: key.into(), place: node.place.clone(), node: node.clone() }]
            }
            _ => Vec::new(),
        };
        node.value = Value::Table(Table { entries });
    }
    match &mut node.value {
        Value::Table(table) => table,
        _ => unreachable!("it was made a table"),
    }
}

fn which_entry(list: &str, place: &Place) -> Diagnostic {
    let message = format!("`{list}` is a list: which entry, and which key of it?");
    Diagnostic::error(place, message, "a list")
        .help(format!("for example {list}.0.name, or the entry's name instead of 0"))
}

/// The entry of a list, by position or by name.
fn entry_of<'n>(
    list: &'n mut Node,
    key: &str,
    item: &str,
    place: &Place,
) -> Result<&'n mut Node, Box<Diagnostic>> {
    let Value::Array(items) = &mut list.value else {
        let message = format!("the scenario has no [[{key}]]");
        return Err(Box::new(Diagnostic::error(place, message, "of which list?")));
    };
    let name_of = |node: &Node| {
        node.table().and_then(|t| t.get("name")).and_then(|e| e.node.text()).map(str::to_string)
    };
    let names: Vec<String> = items.iter().filter_map(name_of).collect();
    let by_name = items.iter().position(|node| name_of(node).as_deref() == Some(item));
    let by_position = item.parse().ok().filter(|&i: &usize| i < items.len());
    match by_name.or(by_position) {
        Some(i) => Ok(&mut items[i]),
        None => {
            let message = format!("there is no [[{key}]] called \"{item}\"");
            let finding = Diagnostic::error(place, message, "no such entry");
            Err(Box::new(finding.help(format!("entries: {}", names.join(", ")))))
        }
    }
}
