//! Files on disk: reading them, and what they include.

use super::catalog::Catalog;
use super::document::{self, Entry, MAX_FILE_BYTES, Node, Value};
use super::error::{Diagnostic, Diagnostics, Place, Source};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most files one scenario may include, directly or not.
const MAX_INCLUDES: usize = 64;

/// Reads a text file.
///
/// # Errors
/// Missing, a folder, too long, or not text.
pub fn read(path: &Path) -> Result<Arc<Source>, Box<Diagnostic>> {
    read_up_to(path, MAX_FILE_BYTES)
}

/// Reads a text file of at most `most` bytes.
///
/// # Errors
/// Missing, a folder, too long, or not text.
pub(super) fn read_up_to(path: &Path, most: usize) -> Result<Arc<Source>, Box<Diagnostic>> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        let finding = Diagnostic::without_place(format!("cannot read {name}: {error}"));
        Box::new(match error.kind() {
            std::io::ErrorKind::NotFound => finding
                .help("is the path right? `gapcast new FILE` writes a scenario to start from"),
            _ => finding,
        })
    };
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        let message = format!("{name} is a folder, not a scenario file");
        return Err(Box::new(Diagnostic::without_place(message).help("name a file in it")));
    }
    // The length that the system states may be wrong (pipes); what is read decides.
    let mut bytes = Vec::new();
    let enough = most as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(enough).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() > most {
        let stated = fs::metadata(path).map_or(0, |data| data.len());
        return Err(Box::new(document::too_long(&name, stated.max(enough), most)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{name} is not a text file: byte {at} is not UTF-8");
            let help = "scenarios are TOML texts in UTF-8; is this the right file?";
            Err(Box::new(Diagnostic::without_place(message).help(help)))
        }
    }
}

/// Puts the catalogues that `root` includes into `catalog`, and notes what is wrong with them.
pub fn include(
    root: &Node,
    base_dir: Option<&Path>,
    catalog: &mut Catalog,
    found: &mut Diagnostics,
) {
    let mut walk = Walk { catalog, found, chain: Vec::new(), files: 0 };
    walk.includes_of(root, base_dir.unwrap_or(Path::new("")));
}

struct Walk<'a> {
    catalog: &'a mut Catalog,
    found: &'a mut Diagnostics,
    /// Files being read, outermost first: as found on disk, and as named.
    chain: Vec<(PathBuf, String)>,
    files: usize,
}

impl Walk<'_> {
    fn includes_of(&mut self, root: &Node, folder: &Path) {
        let Some(entry) = root.table().and_then(|table| table.get("include")) else { return };
        // Anything but a list of texts is reported where the scenario's keys are read.
        let Value::Array(items) = &entry.node.value else { return };
        for item in items {
            if let Some(path) = item.text() {
                self.file(&folder.join(path), &item.place);
            }
        }
    }

    fn file(&mut self, path: &Path, place: &Place) {
        let shown = path.display().to_string();
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if self.chain.iter().any(|(open, _)| *open == real) {
            let mut chain: Vec<&str> = self.chain.iter().map(|(_, name)| name.as_str()).collect();
            chain.push(&shown);
            let finding = Diagnostic::error(place, format!("{shown} includes itself"), "a circle")
                .help(format!("remove one of the links: {}", chain.join(" → ")));
            self.found.push(finding);
            return;
        }
        self.files += 1;
        if self.files > MAX_INCLUDES {
            let message = format!("more than {MAX_INCLUDES} files are included");
            self.found.push(Diagnostic::error(place, message, "this one is too many"));
            return;
        }
        let source = match read(path) {
            Ok(source) => source,
            Err(wrong) => {
                let finding = Diagnostic::error(place, wrong.message, "included here");
                let help = "paths are relative to the file that includes";
                self.found.push(finding.help(help));
                return;
            }
        };
        let root = match document::parse(&source) {
            Ok(root) => root,
            Err(wrong) => {
                wrong.into_iter().for_each(|finding| self.found.push(finding));
                return;
            }
        };
        self.chain.push((real, shown));
        self.includes_of(&root, path.parent().unwrap_or(Path::new("")));
        self.chain.pop();
        self.entries_of(&root);
    }

    /// The reader checks `include` in a scenario; in an included file it is checked here.
    fn include_is_a_list(&mut self, entry: &Entry) {
        let items = match &entry.node.value {
            Value::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.node),
        };
        let is_list = matches!(entry.node.value, Value::Array(_));
        for item in items.iter().filter(|item| !is_list || item.text().is_none()) {
            let message = "`include` must be a list of file names";
            let label = format!("this is {}", item.value.kind());
            let finding = Diagnostic::error(&item.place, message, label);
            self.found.push(finding.help("for example include = [\"drives.toml\"]"));
        }
    }

    /// Only catalogues can be included: anything else would be ignored in silence.
    fn entries_of(&mut self, root: &Node) {
        for entry in root.table().map_or(&[][..], |table| &table.entries) {
            match entry.key.as_str() {
                "include" => self.include_is_a_list(entry),
                "catalog" => {
                    self.catalog.add(&entry.node).into_iter().for_each(|w| self.found.push(w));
                }
                other => {
                    let message = format!("`{other}` cannot be included");
                    let finding = Diagnostic::error(&entry.place, message, "not a catalogue")
                        .help("an included file holds [catalog.…] tables and `include` only");
                    self.found.push(finding);
                }
            }
        }
    }
}
