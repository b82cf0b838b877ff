//! Wrong files: each ends in a precise diagnostic and exit code 2. The expected text of each stands
//! beside it; `UPDATE_GOLDEN=1` rewrites it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of a folder with one of these endings, by name.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let known = |path: &PathBuf| path.extension().is_some_and(|e| endings.iter().any(|x| e == *x));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(known).collect();
    files.sort();
    files
}

/// Runs the program in the files' own folder on each, in every way that `commands` names for it: it must
/// refuse the file with the text that is expected, on stderr alone, and leave nothing behind.
pub fn refused<'a>(files: &'a [PathBuf], commands: impl Fn(&'a str) -> Vec<Vec<&'a str>>) {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut different = Vec::new();
    for file in files {
        let folder = file.parent().expect("a folder");
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        for arguments in commands(name) {
            let output = Command::new(env!("CARGO_BIN_EXE_gapcast"))
                .args(&arguments)
                .current_dir(folder)
                .env_remove("RUST_BACKTRACE")
                .output()
                .expect("the program starts");
            let stderr = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
            let quiet = output.stdout.is_empty() && !stderr.contains("panicked");
            assert!(quiet, "{arguments:?}: {stderr}");
            let golden = file.with_extension("stderr");
            if update {
                fs::write(&golden, &stderr).expect("written");
            } else if fs::read_to_string(&golden).unwrap_or_default() != stderr {
                different.push(format!("{name}:\n{stderr}"));
            }
        }
        assert!(!folder.join("outputs").exists(), "{name} left something behind");
    }
    assert!(different.is_empty(), "UPDATE_GOLDEN=1 accepts these:\n{}", different.join("\n"));
}
