//! Wrong study files end in a precise diagnostic and exit code 2. The expected text of each file in
//! `tests/bad_study/` stands beside it; `UPDATE_GOLDEN=1` rewrites it. Shipped studies are right.

use gapcast::study::sweep::Plan;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_wrong_study_gets_its_diagnostic() {
    let folder = root().join("tests/bad_study");
    let files = toml_files(&folder);
    assert!(files.len() >= 12, "only {} wrong studies", files.len());
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut different = Vec::new();
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        for verb in ["check", "sweep"] {
            let output = Command::new(env!("CARGO_BIN_EXE_gapcast"))
                .args([verb, &name])
                .current_dir(&folder)
                .env_remove("RUST_BACKTRACE")
                .output()
                .expect("the program starts");
            let stderr = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
            assert!(output.stdout.is_empty() && !stderr.contains("panicked"), "{name}: {stderr}");
            let golden = file.with_extension("stderr");
            if update {
                fs::write(&golden, &stderr).expect("written");
            } else if fs::read_to_string(&golden).unwrap_or_default() != stderr {
                different.push(format!("{name}:\n{stderr}"));
            }
        }
    }
    assert!(different.is_empty(), "UPDATE_GOLDEN=1 accepts these:\n{}", different.join("\n"));
    assert!(!folder.join("outputs").exists(), "a wrong study left something behind");
}

#[test]
fn every_shipped_study_is_valid() {
    for path in toml_files(&root().join("scenarios/studies")) {
        let (plan, warnings) = Plan::read(&path).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(warnings.is_empty(), "{warnings}");
        assert!(!plan.study.description.is_empty(), "{} says nothing", path.display());
    }
}

/// The grid of the quick start is large enough to show speed, kills and flat memory.
#[test]
fn the_quick_start_grid_has_two_thousand_points() {
    let path = root().join("scenarios/studies/quickstart-grid.toml");
    let plan = Plan::read(&path).expect("a study").0;
    assert!(plan.points() >= 2_000, "{}", plan.points());
}
