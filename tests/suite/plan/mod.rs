//! The planner: worked example, guarantee, bounds, wrong input, the same answer however it is made.

mod answers;
mod bad;
mod bounds;
mod sure;
mod worked;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `gapcast plan` with these arguments in the project's folder.
fn gapcast(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gapcast"))
        .arg("plan")
        .args(arguments)
        .current_dir(root())
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("the program starts")
}

/// The one folder of results of a plan below `out`.
fn folder(out: &Path, plan: &str) -> PathBuf {
    let entries = std::fs::read_dir(out.join(plan)).expect("results");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

/// The rows of a CSV file, by the names of its columns.
fn rows(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).expect("a file");
    let rows = reader.deserialize().collect::<Result<_, _>>();
    rows.expect("rows")
}
