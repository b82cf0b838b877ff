//! The output folder: written under a temporary name beside its place, then renamed.

use super::{Context, FORMAT_VERSION};
use crate::study::Outcome;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::xxh3_64;

/// Times a finished folder is put aside for the new one, should other runs of the same scenario
/// finish at the same moment.
const ATTEMPTS: usize = 8;

/// Why an output folder could not be written; nothing of it was left behind.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A folder could not be made.
    #[error("cannot make the output folder {}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The finished folder could not be moved to its place.
    #[error("cannot move the finished results to {}: {source}", path.display())]
    Rename {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where the output folder of a run is: equal scenarios, seeds and versions share one.
pub fn place(outcome: &Outcome, context: &Context<'_>) -> PathBuf {
    let (seed, replicates) = (context.scenario.seed, outcome.replicates());
    let key = format!("{}\nseed {seed}\nreplicates {replicates}\n", context.canonical);
    place_of(context.out_root, &context.scenario.name, "", &key)
}

/// The folder below `root` of the results of `name` that `key` (and this version) tells from all
/// others; what it is called begins with `prefix`.
pub fn place_of(root: &Path, name: &str, prefix: &str, key: &str) -> PathBuf {
    let version = env!("CARGO_PKG_VERSION");
    let key = format!("{key}version {version}\nformat {FORMAT_VERSION}\n");
    let hash = format!("{prefix}{:016x}", xxh3_64(key.as_bytes()));
    root.join(folder_name(name)).join(hash)
}

/// A scenario's name as one plain folder name.
pub(super) fn folder_name(name: &str) -> String {
    let plain = |symbol: char| match symbol {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => symbol,
        _ => '-',
    };
    let text: String = name.chars().map(plain).collect();
    let trimmed = text.trim_start_matches('.');
    if trimmed.is_empty() { "scenario".to_owned() } else { trimmed.to_owned() }
}

/// Writes `files` (path within, content) as the folder `place`, whole or not at all.
pub fn save(place: &Path, files: &[(String, Vec<u8>)]) -> Result<PathBuf, ReportError> {
    save_by(place, |fresh| fill(fresh, files))
}

/// Makes the folder `place` of what `write` puts into the folder it is given, whole or not at all:
/// for files too large to be held in memory.
pub fn save_by<E: From<ReportError>>(
    place: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<PathBuf, E> {
    let parent = place.parent().expect("an output folder has a parent");
    let made = missing_ancestors(parent);
    let fresh = beside(place, "partial");
    let result = make_folder(parent)
        .and_then(|()| make_folder(&fresh))
        .map_err(E::from)
        .and_then(|()| write(&fresh))
        .and_then(|()| move_into_place(&fresh, place).map_err(E::from));
    if result.is_err() {
        // What cannot be removed could not be written either; the first error is the one to tell.
        let _ = fs::remove_dir_all(&fresh);
        for folder in made {
            let _ = fs::remove_dir(folder);
        }
    }
    result.map(|()| place.to_owned())
}

/// Folders that are not there yet, deepest first: ours to remove if all fails.
fn missing_ancestors(folder: &Path) -> Vec<PathBuf> {
    let named = |path: &&Path| !path.as_os_str().is_empty();
    folder.ancestors().filter(named).take_while(|path| !path.exists()).map(Path::to_owned).collect()
}

/// A name next to `place` that nobody else uses.
pub(super) fn beside(place: &Path, what: &str) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = place.file_name().expect("an output folder has a name").to_string_lossy();
    place.with_file_name(format!(".{name}.{what}-{}-{number}", std::process::id()))
}

pub(super) fn make_folder(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path).map_err(|source| ReportError::Folder { path: path.to_owned(), source })
}

/// Writes `files` (path within, content) into `folder`.
pub(super) fn fill(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), ReportError> {
    make_folder(folder)?;
    for (name, content) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent().filter(|parent| *parent != folder) {
            make_folder(parent)?;
        }
        write_file(&path, content).map_err(|source| ReportError::File { path, source })?;
    }
    Ok(())
}

/// Writes and flushes to the device, so that a full disk is told now rather than found later.
fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Renames `fresh` to `place`, putting aside what is there until the new folder has its name.
fn move_into_place(fresh: &Path, place: &Path) -> Result<(), ReportError> {
    let error = |source| ReportError::Rename { path: place.to_owned(), source };
    let mut result = Ok(());
    for _ in 0..ATTEMPTS {
        let old = beside(place, "old");
        let was_there = match fs::rename(place, &old) {
            Ok(()) => true,
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            Err(e) => return Err(error(e)),
        };
        result = fs::rename(fresh, place);
        if result.is_ok() {
            return if was_there { remove(&old).map_err(error) } else { Ok(()) };
        }
        if was_there && fs::rename(&old, place).is_err() {
            // Another run took the place meanwhile: its folder stands, the old one may go.
            let _ = remove(&old);
        }
    }
    result.map_err(error)
}

/// Removes a folder, or whatever else had its name.
fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_cannot_leave_the_output_folder() {
        assert_eq!(folder_name("quickstart"), "quickstart");
        assert_eq!(folder_name("../../etc"), "-..-etc");
        assert_eq!(folder_name(".."), "scenario");
        assert_eq!(folder_name("a b/ü"), "a-b--");
    }
}
