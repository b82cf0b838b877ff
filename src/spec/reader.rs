//! Reads the tables of a document key by key. Nothing stops at the first error: a value that
//! cannot be read is noted and a placeholder stands in, and no scenario with errors leaves `spec`.

use super::catalog::Catalog;
use super::document::{self, Node, Table, Value};
use super::error::{Diagnostic, Diagnostics, Place, Source, nearest};
use super::fields::{Field, Kind, Need, Section, join_and};
use super::values::Read;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// What readers share: findings, the catalogue, and where every value stood.
pub struct Context {
    /// Entries to start from.
    pub catalog: Catalog,
    /// Paths in the document are relative to this folder.
    pub base: PathBuf,
    found: RefCell<Diagnostics>,
    /// Paths at which something could not be read.
    unsound: RefCell<BTreeSet<String>>,
    places: RefCell<BTreeMap<String, Place>>,
}

impl Context {
    /// No findings yet.
    pub fn new(catalog: Catalog, base: &Path) -> Context {
        Context {
            catalog,
            base: base.to_path_buf(),
            found: RefCell::default(),
            unsound: RefCell::default(),
            places: RefCell::default(),
        }
    }

    /// Notes a finding; an error makes `path` and everything that holds it unsound.
    pub fn report(&self, path: &str, finding: Diagnostic) {
        if finding.severity == miette::Severity::Error {
            self.unsound.borrow_mut().insert(path.to_string());
        }
        self.found.borrow_mut().push(finding);
    }

    /// Whether everything at and below `path` was read without an error, so that checks across
    /// fields mean something.
    pub fn sound(&self, path: &str) -> bool {
        let unsound = self.unsound.borrow();
        let below = format!("{path}.");
        let inner = unsound.range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded));
        let first = inner.map(String::as_str).next();
        !unsound.contains(path) && !first.is_some_and(|bad| bad.starts_with(&below))
    }

    /// Whether nothing at all is wrong so far.
    pub fn all_sound(&self) -> bool {
        self.unsound.borrow().is_empty()
    }

    /// Where the value at `path` stands, or the nearest table around it that was written down.
    pub fn place(&self, path: &str) -> Place {
        let places = self.places.borrow();
        let mut path = path;
        loop {
            if let Some(place) = places.get(path) {
                return place.clone();
            }
            match path.rfind('.') {
                Some(dot) => path = &path[..dot],
                None => return places.get("").expect("the document has a place").clone(),
            }
        }
    }

    /// Whether a value stands at `path`.
    pub fn has(&self, path: &str) -> bool {
        self.places.borrow().contains_key(path)
    }

    /// Notes where the value at `path` stands.
    pub fn remember(&self, path: &str, place: &Place) {
        self.places.borrow_mut().insert(path.to_string(), place.clone());
    }

    /// Everything found.
    pub fn into_found(self) -> Diagnostics {
        self.found.into_inner()
    }
}

/// One table while it is read.
pub struct Reader<'c> {
    /// What all readers share.
    pub context: &'c Context,
    section: &'static Section,
    table: Table,
    /// Place of the table.
    pub place: Place,
    /// Path from the root: `store.controller`, `training.0`.
    pub path: String,
    /// How messages call it: `[store.controller]`, `[[training]] "unet3d"`.
    pub title: String,
    /// The catalogue entry it starts from.
    pub preset: Option<String>,
    choice: Option<String>,
}

impl<'c> Reader<'c> {
    /// Opens a table: starts from its preset, and reports keys that are unknown, do not apply, or
    /// are missing.
    pub fn open(
        context: &'c Context,
        section: &'static Section,
        node: &Node,
        path: String,
    ) -> Reader<'c> {
        context.remember(&path, &node.place);
        let (table, preset) = match context.catalog.expand(section, node) {
            Ok(expanded) => expanded,
            Err(finding) => {
                context.report(&path, *finding);
                (Table::default(), None)
            }
        };
        let title = title_of(section, &table, &path, preset.as_deref());
        let mut reader = Reader {
            context,
            section,
            place: node.place.clone(),
            path,
            title,
            preset,
            choice: None,
            table,
        };
        if !context.sound(&reader.path) {
            return reader;
        }
        reader.choose();
        reader.check_keys();
        reader
    }

    /// Finds out which keys apply.
    fn choose(&mut self) {
        let Some(key) = self.section.choice else { return };
        let Some(Kind::Choice(words)) = self.section.field(key).map(|f| f.kind) else { return };
        let written = self.table.get(key).and_then(|entry| entry.node.text());
        self.choice = written.filter(|w| words.contains(w)).map(str::to_string);
    }

    fn check_keys(&self) {
        let mut meant = Vec::new();
        for entry in &self.table.entries {
            match self.section.field(&entry.key) {
                None => meant.extend(self.unknown_key(&entry.key, &entry.place)),
                Some(field) if !field.applies(self.choice.as_deref()) => {
                    self.misplaced_key(field, &entry.place);
                }
                Some(_) => {}
            }
        }
        // Without its choice a table's other keys are unclear: one message is enough.
        let undecided = self.section.choice.is_some() && self.choice.is_none();
        for field in self.section.fields {
            let wanted = field.need == Need::Required && field.applies(self.choice.as_deref());
            let clear = !undecided || field.only.is_empty();
            // A misspelt key is not missing as well.
            let there = self.table.get(field.key).is_some() || meant.contains(&field.key);
            if wanted && clear && !there {
                self.missing_key(field);
            }
        }
    }

    /// Reports the key; returns the one that was probably meant.
    fn unknown_key(&self, key: &str, place: &Place) -> Option<&'static str> {
        let applying = || self.section.fields.iter().filter(|f| f.applies(self.choice.as_deref()));
        let message = format!("unknown key `{key}` in {}", self.title);
        let finding = Diagnostic::error(place, message, "not a key of this table");
        let near = nearest(key, applying().map(|f| f.key));
        let finding = match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => {
                let keys: Vec<String> = applying().map(|f| format!("`{}`", f.key)).collect();
                finding.help(format!("known keys: {}", join_and(&keys)))
            }
        };
        self.context.report(&self.join(key), finding);
        near
    }

    fn misplaced_key(&self, field: &Field, place: &Place) {
        let choice = self.section.choice.unwrap_or_default();
        let chosen = self.choice.as_deref().unwrap_or_default();
        let message = format!("`{}` does not apply to {choice} = \"{chosen}\"", field.key);
        let help = format!("remove it, or set {choice} = {}", super::fields::either(field.only));
        let finding = Diagnostic::error(place, message, "does not apply here").help(help);
        self.context.report(&self.join(field.key), finding);
    }

    fn missing_key(&self, field: &Field) {
        let message = format!("{} lacks `{}`", self.title, field.key);
        let help = format!("`{}`: {} Write {}.", field.key, field.doc, field.kind.expected());
        let label = format!("`{}` is missing", field.key);
        let finding = Diagnostic::error(&self.place, message, label).help(help);
        self.context.report(&self.join(field.key), finding);
    }

    /// The path of a key of this table.
    pub fn join(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) }
    }

    fn field(&self, key: &str) -> &'static Field {
        self.section
            .field(key)
            .unwrap_or_else(|| panic!("{} has no field `{key}`", self.section.title))
    }

    /// The value of `key` as written, unless it is left out or `"none"`.
    fn written(&self, field: &Field) -> Option<&Node> {
        let node = &self.table.get(field.key)?.node;
        let off = field.need == Need::Optional && node.text() == Some("none");
        (!off && field.applies(self.choice.as_deref())).then_some(node)
    }

    /// Whether `key` has a value.
    pub fn has(&self, key: &str) -> bool {
        self.written(self.field(key)).is_some()
    }

    /// The value of `key`, its default, or a placeholder after an error.
    pub fn get<T: Read>(&self, key: &str) -> T {
        let field = self.field(key);
        if let Some(node) = self.written(field) {
            return self.read(field, node);
        }
        match field.need {
            Need::Default(text) if field.applies(self.choice.as_deref()) => {
                self.read(field, &default_node(text))
            }
            _ => T::placeholder(),
        }
    }

    /// The value of `key`, if it is there.
    pub fn opt<T: Read>(&self, key: &str) -> Option<T> {
        let field = self.field(key);
        Some(self.read(field, self.written(field)?))
    }

    fn read<T: Read>(&self, field: &Field, node: &Node) -> T {
        let path = self.join(field.key);
        self.context.remember(&path, &node.place);
        match T::read(field, node) {
            Ok(value) => value,
            Err(complaint) => {
                let place = complaint.place.as_ref().unwrap_or(&node.place);
                let message = format!("`{}` in {} {}", field.key, self.title, complaint.message);
                let mut finding = Diagnostic::error(place, message, complaint.label);
                finding.help = complaint.help;
                self.context.report(&path, finding);
                T::placeholder()
            }
        }
    }

    /// The table at `key`, or its default.
    pub fn child(&self, key: &str) -> Option<Reader<'c>> {
        let field = self.field(key);
        let (Kind::Table(section) | Kind::Dataset(section)) = field.kind else {
            panic!("`{key}` is not a table")
        };
        let default;
        let node = match (self.written(field), field.need) {
            (Some(node), _) => node,
            (None, Need::Default(text)) => {
                default = Node { place: self.place.clone(), ..default_node(text) };
                &default
            }
            (None, _) => return None,
        };
        Some(Reader::open(self.context, section, node, self.join(key)))
    }

    /// The tables of the list at `key`.
    pub fn children(&self, key: &str) -> Vec<Reader<'c>> {
        let field = self.field(key);
        let Kind::List(section) = field.kind else { panic!("`{key}` is not a list") };
        let Some(node) = self.written(field) else { return Vec::new() };
        self.context.remember(&self.join(key), &node.place);
        let Value::Array(items) = &node.value else {
            let label = format!("this is {}", node.value.kind());
            let message = format!("`{key}` must be a list of tables");
            let finding = Diagnostic::error(&node.place, message, label)
                .help(format!("write [[{key}]], with two brackets each side"));
            self.context.report(&self.join(key), finding);
            return Vec::new();
        };
        if items.is_empty() && field.need == Need::Required {
            let message = format!("`{key}` is empty");
            let finding = Diagnostic::error(&node.place, message, "at least one is needed");
            self.context.report(&self.join(key), finding);
        }
        let open = |(i, item): (usize, &Node)| {
            let path = format!("{}.{i}", self.join(key));
            Reader::open(self.context, section, item, path)
        };
        items.iter().enumerate().map(open).collect()
    }

    /// The named tables at `key`, in file order. Where a table lacks its `choice` key and its name is
    /// one of that key's words, the name stands for it.
    pub fn entries(&self, key: &str, choice: &str) -> Vec<(String, Reader<'c>)> {
        let field = self.field(key);
        let Kind::Entries(section) = field.kind else { panic!("`{key}` has no entries") };
        let Some(node) = self.written(field) else { return Vec::new() };
        self.context.remember(&self.join(key), &node.place);
        let Some(table) = node.table() else {
            let label = format!("this is {}", node.value.kind());
            let message = format!("`{key}` must be a table of named tables");
            let finding = Diagnostic::error(&node.place, message, label)
                .help(format!("write [{key}.NAME] with the keys of one entry below"));
            self.context.report(&self.join(key), finding);
            return Vec::new();
        };
        let words = match section.field(choice).map(|field| field.kind) {
            Some(Kind::Choice(words)) => words,
            _ => &[],
        };
        let open = |entry: &document::Entry| {
            let mut node = entry.node.clone();
            if let Value::Table(table) = &mut node.value
                && table.get(choice).is_none()
                && words.contains(&entry.key.as_str())
            {
                let (place, value) = (entry.place.clone(), Value::Text(entry.key.clone()));
                let named = Node { value, place: place.clone() };
                table.set(document::Entry { key: choice.to_string(), place, node: named });
            }
            let path = format!("{}.{}", self.join(key), entry.key);
            (entry.key.clone(), Reader::open(self.context, section, &node, path))
        };
        table.entries.iter().map(open).collect()
    }

    /// The value of the key that decides which others apply.
    pub fn choice(&self) -> Option<&str> {
        self.choice.as_deref()
    }

    /// The value of `key` as written.
    pub fn node(&self, key: &str) -> Option<&Node> {
        self.written(self.field(key))
    }

    /// What `key` holds.
    pub fn kind(&self, key: &str) -> Kind {
        self.field(key).kind
    }

    /// The value of `key` as written, or its default.
    pub fn node_or_default(&self, key: &str) -> Option<Node> {
        let field = self.field(key);
        match (self.written(field), field.need) {
            (Some(node), _) => Some(node.clone()),
            (None, Need::Default(text)) => {
                Some(Node { place: self.place.clone(), ..default_node(text) })
            }
            (None, _) => None,
        }
    }

    /// Where the value of `key` stands, or this table.
    pub fn place_of(&self, key: &str) -> Place {
        self.table.get(key).map_or_else(|| self.place.clone(), |e| e.node.place.clone())
    }

    /// Notes an error at the value of `key`.
    pub fn error_at(&self, key: &str, message: String, label: &str, help: String) {
        let finding = Diagnostic::error(&self.place_of(key), message, label).help(help);
        self.context.report(&self.join(key), finding);
    }

    /// Whether this table and all below were read without an error so far.
    pub fn sound(&self) -> bool {
        self.context.sound(&self.path)
    }
}

/// How messages call a table: `[[nodes]] "train"`, `[store.media]`, `[nodes.gpu] "h100-sxm"`.
fn title_of(section: &Section, table: &Table, path: &str, preset: Option<&str>) -> String {
    if path.is_empty() {
        return section.title.to_string();
    }
    let name = table.get("name").and_then(|entry| entry.node.text());
    match name {
        Some(name) if section.title.starts_with("[[") => format!("{} \"{name}\"", section.title),
        _ if section.title.starts_with("[[") => section.title.to_string(),
        _ => {
            // A path without the positions in lists: what a header would say.
            let keys: Vec<&str> =
                path.split('.').filter(|part| !part.bytes().all(|b| b.is_ascii_digit())).collect();
            match preset {
                Some(preset) => format!("[{}] \"{preset}\"", keys.join(".")),
                None => format!("[{}]", keys.join(".")),
            }
        }
    }
}

/// The default of a field, parsed like everything else.
fn default_node(text: &'static str) -> Node {
    let source = Source::new("<default>", text);
    document::parse_value(&source, 0).unwrap_or_else(|| panic!("default `{text}` is not TOML"))
}
