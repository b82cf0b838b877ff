//! The catalogue: shelves of named entries, and how a table starts from one of them.

use super::document::{self, Entry, Node, Table, Value};
use super::error::{Diagnostic, Source, nearest};
use super::fields::{Kind, Section, Shelf};
use super::raw;
use std::collections::BTreeMap;

/// The catalogue that is part of the program: file names and texts.
pub const EMBEDDED: [(&str, &str); 11] = [
    ("catalog/gpus.toml", include_str!("../../scenarios/catalog/gpus.toml")),
    ("catalog/nics.toml", include_str!("../../scenarios/catalog/nics.toml")),
    ("catalog/nodes.toml", include_str!("../../scenarios/catalog/nodes.toml")),
    ("catalog/switches.toml", include_str!("../../scenarios/catalog/switches.toml")),
    ("catalog/devices.toml", include_str!("../../scenarios/catalog/devices.toml")),
    ("catalog/stores.toml", include_str!("../../scenarios/catalog/stores.toml")),
    ("catalog/clients.toml", include_str!("../../scenarios/catalog/clients.toml")),
    ("catalog/transports.toml", include_str!("../../scenarios/catalog/transports.toml")),
    ("catalog/workloads.toml", include_str!("../../scenarios/catalog/workloads.toml")),
    ("catalog/prices.toml", include_str!("../../scenarios/catalog/prices.toml")),
    ("catalog/measured.toml", include_str!("../../scenarios/catalog/measured.toml")),
];

/// Longest chain of presets that start from presets.
const MAX_CHAIN: usize = 16;

/// Entries by shelf and name.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    shelves: BTreeMap<Shelf, BTreeMap<String, Node>>,
}

impl Catalog {
    /// The catalogue that is part of the program.
    pub fn embedded() -> Catalog {
        let mut catalog = Catalog::default();
        for (name, text) in EMBEDDED {
            let source = Source::new(name, text);
            let root = document::parse(&source).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            let table = root.table().expect("a document is a table");
            if let Some(shelves) = table.get("catalog") {
                let wrong = catalog.add(&shelves.node);
                assert!(wrong.is_empty(), "{name}: {}", wrong[0]);
            }
        }
        catalog
    }

    /// Puts the entries of a `[catalog]` table on their shelves. An entry that is there already is
    /// changed key by key. Returns what is wrong.
    pub fn add(&mut self, shelves: &Node) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        let Some(table) = shelves.table() else {
            return vec![not_a_table("catalog", shelves)];
        };
        for shelf_entry in &table.entries {
            let Some(shelf) = Shelf::ALL.into_iter().find(|s| s.key() == shelf_entry.key) else {
                wrong.push(unknown_shelf(shelf_entry));
                continue;
            };
            let Some(entries) = shelf_entry.node.table() else {
                wrong.push(not_a_table(&shelf_entry.key, &shelf_entry.node));
                continue;
            };
            for entry in &entries.entries {
                self.add_entry(shelf, entry, &mut wrong);
            }
        }
        wrong
    }

    fn add_entry(&mut self, shelf: Shelf, entry: &Entry, wrong: &mut Vec<Diagnostic>) {
        let section = raw::section_of(shelf);
        let Some(table) = entry.node.table() else {
            wrong.push(not_a_table(&entry.key, &entry.node));
            return;
        };
        for inner in &table.entries {
            if section.field(&inner.key).is_none() {
                let title = format!("[catalog.{}.{}]", shelf.key(), entry.key);
                let message = format!("unknown key `{}` in {title}", inner.key);
                let finding = Diagnostic::error(&inner.place, message, "not a key of this table");
                let near = nearest(&inner.key, section.fields.iter().map(|f| f.key));
                wrong.push(match near {
                    Some(near) => finding.help(format!("did you mean `{near}`?")),
                    None => finding,
                });
            }
        }
        let entries = self.shelves.entry(shelf).or_default();
        let merged = match entries.get(&entry.key) {
            Some(old) => merge(section, old, &entry.node),
            None => entry.node.clone(),
        };
        entries.insert(entry.key.clone(), merged);
    }

    /// Names on a shelf, sorted.
    pub fn names(&self, shelf: Shelf) -> impl Iterator<Item = &str> {
        self.shelves.get(&shelf).into_iter().flat_map(|entries| entries.keys().map(String::as_str))
    }

    /// An entry.
    pub fn get(&self, shelf: Shelf, name: &str) -> Option<&Node> {
        self.shelves.get(&shelf)?.get(name)
    }

    /// The table of `node` with everything its preset says filled in, and the preset's name.
    ///
    /// # Errors
    /// Not a table, or a preset that does not exist or starts from itself.
    pub fn expand(
        &self,
        section: &'static Section,
        node: &Node,
    ) -> Result<(Table, Option<String>), Box<Diagnostic>> {
        let mut merged =
            as_table(section, node).ok_or_else(|| Box::new(not_this(section, node)))?;
        let Some((key, shelf)) = section.preset else { return Ok((merged, None)) };
        let mut name = None;
        let mut chain: Vec<String> = Vec::new();
        let mut next = merged.get(key).map(|entry| entry.node.clone());
        while let Some(reference) = next {
            // Anything but text is reported where the key is read.
            let Some(preset) = reference.text() else { break };
            let Some(base) = self.get(shelf, preset) else {
                return Err(Box::new(self.unknown_preset(shelf, preset, &reference)));
            };
            chain.push(preset.to_string());
            if chain.len() > MAX_CHAIN {
                let message = format!("the preset \"{}\" starts from itself", chain[0]);
                let help = format!("{} …", chain[..4].join(" → "));
                return Err(Box::new(
                    Diagnostic::error(&reference.place, message, "here").help(help),
                ));
            }
            name.get_or_insert_with(|| preset.to_string());
            next = base.table().and_then(|t| t.get(key)).map(|entry| entry.node.clone());
            let over = Node { value: Value::Table(merged), place: node.place.clone() };
            let Value::Table(table) = merge(section, base, &over).value else {
                unreachable!("two tables merge into a table")
            };
            merged = table;
        }
        Ok((merged, name))
    }

    fn unknown_preset(&self, shelf: Shelf, name: &str, node: &Node) -> Diagnostic {
        let message = format!("\"{name}\" is not in the catalogue's {}", shelf.key());
        let finding = Diagnostic::error(&node.place, message, "unknown name");
        match nearest(name, self.names(shelf)) {
            Some(near) => finding.help(format!("did you mean \"{near}\"?")),
            None => {
                let names: Vec<&str> = self.names(shelf).collect();
                finding.help(format!(
                    "known: {}; define your own under [catalog.{}.{name}]",
                    names.join(", "),
                    shelf.key()
                ))
            }
        }
    }
}

fn unknown_shelf(entry: &Entry) -> Diagnostic {
    let keys = Shelf::ALL.map(Shelf::key);
    let message = format!("the catalogue has no shelf `{}`", entry.key);
    let finding = Diagnostic::error(&entry.place, message, "unknown shelf");
    match nearest(&entry.key, keys) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("shelves: {}", keys.join(", "))),
    }
}

fn not_a_table(key: &str, node: &Node) -> Diagnostic {
    let label = format!("this is {}", node.value.kind());
    Diagnostic::error(&node.place, format!("`{key}` must be a table"), label)
}

fn not_this(section: &Section, node: &Node) -> Diagnostic {
    let label = format!("this is {}", node.value.kind());
    let is_preset = section.preset.is_some() && !section.title.starts_with("[[");
    let words = if is_preset { "a table or the name of a preset" } else { "a table" };
    let message = format!("{words} is expected for {}", section.title);
    let finding = Diagnostic::error(&node.place, message, label);
    match node.place.text().strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) {
        Some(path) => finding.help(format!("write [{path}], with one bracket each side")),
        None => finding,
    }
}

/// A table as it is; the name of a preset as the table that starts from it.
fn as_table(section: &Section, node: &Node) -> Option<Table> {
    match (&node.value, section.preset) {
        (Value::Table(table), _) => Some(table.clone()),
        (Value::Text(_), Some((key, _))) if !section.title.starts_with("[[") => {
            let entry = Entry { key: key.into(), place: node.place.clone(), node: node.clone() };
            Some(Table { entries: vec![entry] })
        }
        _ => None,
    }
}

/// `over` on top of `base`. Tables are merged key by key, except where `over` names a preset of
/// its own or makes another choice (a TCP table on an RDMA one): what then does not apply goes.
fn merge(section: &'static Section, base: &Node, over: &Node) -> Node {
    let (Some(mut table), Some(above)) = (as_table(section, base), as_table(section, over)) else {
        return over.clone();
    };
    if let Some(choice) = section.choice
        && let Some(chosen) = above.get(choice).and_then(|entry| entry.node.text())
    {
        table.entries.retain(|entry| {
            section.field(&entry.key).is_none_or(|field| field.applies(Some(chosen)))
        });
    }
    for entry in above.entries {
        let inner = match section.field(&entry.key).map(|field| field.kind) {
            Some(Kind::Table(inner) | Kind::Dataset(inner)) => Some(inner),
            _ => None,
        };
        match (inner, table.get_mut(&entry.key)) {
            (Some(inner), Some(old)) if merges(inner, &entry.node) => {
                let node = merge(inner, &old.node, &entry.node);
                *old = Entry { node, ..entry };
            }
            _ => table.set(entry),
        }
    }
    Node { value: Value::Table(table), place: over.place.clone() }
}

/// Whether a table adds to what is below it; one that names its preset starts afresh.
fn merges(section: &Section, over: &Node) -> bool {
    let Some(table) = over.table() else { return false };
    section.preset.is_none_or(|(key, _)| table.get(key).is_none())
}
