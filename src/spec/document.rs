//! A TOML text as a tree in which every key and value knows its place. Trees from several files
//! (catalogues, includes, overrides) can be merged and still point at the right line.

use super::error::{Diagnostic, Diagnostics, Place, Source};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest file that is read.
pub const MAX_FILE_BYTES: usize = 4 << 20;
/// Deepest nesting of brackets.
pub const MAX_DEPTH: usize = 40;
/// Most keys of a table, or entries of a list.
pub const MAX_ENTRIES: usize = 10_000;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place; for a `[table]` the header.
    pub place: Place,
}

/// TOML values.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text in quotes.
    Text(String),
    /// A whole number; `None` when it does not fit 128 bits.
    Integer(Option<i128>),
    /// A number with a point or exponent.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A date or time, which no key of ours takes.
    Date,
    /// `[a, b]` or `[[table]]`.
    Array(Vec<Node>),
    /// `{ a = 1 }` or `[table]`.
    Table(Table),
}

/// Keys in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub node: Node,
}

impl Table {
    /// The entry of `key`.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    /// The entry of `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|e| e.key == key)
    }

    /// Adds the entry, or replaces the one of the same key.
    pub fn set(&mut self, entry: Entry) {
        match self.get_mut(&entry.key) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }
}

impl Value {
    /// The kind of value in words, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::Date => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The table, if it is one.
    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a whole document.
///
/// # Errors
/// Too long, nested too deeply, or not TOML (every syntax error, one a line).
pub fn parse(source: &Arc<Source>) -> Result<Node, Diagnostics> {
    guard(source)?;
    let (root, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() {
        let place = Place { source: source.clone(), span: 0..0 };
        let node = Node { value: Value::Table(convert_table(root.get_ref(), source)), place };
        return too_wide(&node).map_or(Ok(node), |wrong| Err(wrong.into()));
    }
    let mut found = Diagnostics::default();
    let mut last_line = 0;
    for error in errors {
        let end = source.text.len();
        let span = error.span().unwrap_or(end..end);
        let place = Place { source: source.clone(), span };
        let (line, _) = place.line_column();
        // Recovery after a slip tends to trip again in the same line.
        if line > last_line && found.iter().count() < 8 {
            last_line = line;
            found.push(syntax_error(&place, error.message()));
        }
    }
    Err(found)
}

/// The error for a table or list with too many entries, if there is one: looking keys up takes time
/// in proportion to their number.
fn too_wide(node: &Node) -> Option<Diagnostic> {
    let (entries, inner): (usize, Vec<&Node>) = match &node.value {
        Value::Table(table) => {
            (table.entries.len(), table.entries.iter().map(|entry| &entry.node).collect())
        }
        Value::Array(items) => (items.len(), items.iter().collect()),
        _ => return None,
    };
    if entries > MAX_ENTRIES {
        let message = format!("{} holds {entries} entries", node.value.kind());
        let label = format!("at most {MAX_ENTRIES}");
        return Some(Diagnostic::error(&node.place, message, label));
    }
    inner.into_iter().find_map(too_wide)
}

/// Reads one value, as given for an override; `None` when it is not a TOML value.
pub fn parse_value(source: &Arc<Source>, offset: usize) -> Option<Node> {
    let text = &source.text[offset..];
    let value = DeValue::parse(text).ok()?;
    // Spans in the value count from its own start; padding restores them.
    let mut node = convert(&value, source);
    shift(&mut node, offset);
    Some(node)
}

fn shift(node: &mut Node, by: usize) {
    let move_on = |place: &mut Place| {
        place.span = place.span.start + by..place.span.end + by;
    };
    move_on(&mut node.place);
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Table(table) => {
            for entry in &mut table.entries {
                move_on(&mut entry.place);
                shift(&mut entry.node, by);
            }
        }
        _ => {}
    }
}

/// Refuses what would cost much memory or stack before the parser sees it.
fn guard(source: &Arc<Source>) -> Result<(), Box<Diagnostic>> {
    let text = &source.text;
    if text.len() > MAX_FILE_BYTES {
        return Err(Box::new(too_long(&source.name, text.len() as u64, MAX_FILE_BYTES)));
    }
    let mut depth = 0_usize;
    let mut quote = None;
    let mut comment = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            // A quote never spans lines here; multi-line strings only make the count stricter.
            (_, b'\n') => (quote, comment) = (None, false),
            _ if comment => {}
            (Some(q), _) if q == byte => quote = None,
            (Some(_), _) => {}
            (None, b'#') => comment = true,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[' | b'{') => depth += 1,
            (None, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let place = Place { source: source.clone(), span: at..at + 1 };
            let message = format!("brackets are nested more than {MAX_DEPTH} deep");
            let finding = Diagnostic::error(&place, message, "one bracket too many")
                .help("a scenario needs about five levels; is a closing bracket missing?");
            return Err(Box::new(finding));
        }
    }
    Ok(())
}

/// The error for a file beyond `most` bytes.
pub fn too_long(name: &str, bytes: u64, most: usize) -> Diagnostic {
    let mib = bytes as f64 / (1 << 20) as f64;
    let most = most >> 20;
    Diagnostic::without_place(format!("{name} is {mib:.1} MiB long; at most {most} MiB are read"))
        .help("is this a scenario? scenarios are TOML texts of a few kilobytes")
}

fn syntax_error(place: &Place, message: &str) -> Diagnostic {
    let error = Diagnostic::error(place, format!("not valid TOML: {message}"), "here");
    if message.contains("duplicate key") && in_header(place) {
        error.help(
            "it is set above already; put everything in one place: a table, with the name of the \
             preset as its `preset`",
        )
    } else if message.contains("duplicate key") {
        error.help("a key may stand once in a table; remove one of them")
    } else if message.contains("string values must be quoted") {
        error.help("put text and quantities in quotes: \"8 MiB\"")
    } else if message.contains("key with no value") {
        error.help("write `key = value`")
    } else {
        error
    }
}

/// Whether a place is in a line such as `[nodes.client]`.
fn in_header(place: &Place) -> bool {
    let before = place.source.text.get(..place.span.start).unwrap_or_default();
    before.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with('['))
}

fn convert_table(table: &DeTable<'_>, source: &Arc<Source>) -> Table {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            place: Place { source: source.clone(), span: key.span() },
            node: convert(value, source),
        })
        .collect();
    // The parser sorts by name; people expect messages in the order of the file.
    entries.sort_by_key(|entry| entry.place.span.start);
    Table { entries }
}

fn convert(value: &Spanned<DeValue<'_>>, source: &Arc<Source>) -> Node {
    let tree = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(n) => Value::Integer(i128::from_str_radix(n.as_str(), n.radix()).ok()),
        DeValue::Float(x) => Value::Float(x.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| convert(item, source)).collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(table, source)),
    };
    Node { value: tree, place: Place { source: source.clone(), span: value.span() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, Diagnostics> {
        parse(&Source::new("test.toml", text))
    }

    #[test]
    fn every_key_and_value_knows_its_place() {
        let text = "[fabric.storage]\nuplink = \"400 Gb/s\"\n[[nodes]]\ncount = 0x10\n";
        let root = read(text).unwrap();
        let fabric = root.table().unwrap().get("fabric").unwrap();
        assert_eq!(fabric.place.text(), "fabric");
        let storage = fabric.node.table().unwrap().get("storage").unwrap();
        assert_eq!(storage.place.text(), "storage");
        assert_eq!(storage.node.place.text(), "[fabric.storage]");
        let uplink = storage.node.table().unwrap().get("uplink").unwrap();
        assert_eq!(uplink.node.place.text(), "\"400 Gb/s\"");
        let nodes = &root.table().unwrap().get("nodes").unwrap().node;
        let Value::Array(items) = &nodes.value else { panic!("{nodes:?}") };
        assert_eq!(items[0].place.text(), "[[nodes]]");
        let count = items[0].table().unwrap().get("count").unwrap();
        assert!(matches!(count.node.value, Value::Integer(Some(16))));
    }

    #[test]
    fn brackets_do_not_reach_the_stack() {
        let deep = format!("a = {}", "[".repeat(3 << 20));
        assert!(read(&deep).unwrap_err().to_string().contains("nested"));
        let fine = "a = \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\" # [[[[[[[[[[[[[[[";
        assert!(read(fine).is_ok());
    }

    #[test]
    fn syntax_errors_of_several_lines_come_together() {
        let found = read("a = \nb = 1\nc = 400 Gb/s\n").unwrap_err();
        assert!(found.iter().count() >= 2, "{found}");
    }
}
