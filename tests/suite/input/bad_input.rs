//! Wrong input ends in a precise diagnostic and exit code 2: never a panic, never half a result.
//! The expected text of each file in `bad/` stands beside it; `UPDATE_GOLDEN=1` rewrites it.

use crate::common::wrong::{files, refused};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the program in `tests/bad`, so that messages hold no path of this machine.
fn gapcast(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gapcast"))
        .args(arguments)
        .current_dir(bad())
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("the program starts")
}

fn bad() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program prints UTF-8")
}

fn assert_refused(output: &Output, what: &str) -> String {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {stderr}");
    assert!(output.stdout.is_empty(), "{what} printed a result");
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
    assert!(!stderr.trim().is_empty(), "{what} was refused without a word");
    stderr
}

#[test]
fn every_wrong_file_gets_its_diagnostic() {
    let files = files(&bad(), &["toml"]);
    assert!(files.len() >= 40, "only {} wrong files", files.len());
    refused(&files, |name| vec![vec!["check", name]]);
}

#[test]
fn missing_files_and_folders_are_named() {
    let missing = assert_refused(&gapcast(&["check", "nowhere.toml"]), "a missing file");
    assert!(missing.contains("nowhere.toml"), "{missing}");
    let folder = assert_refused(&gapcast(&["check", "include-circle"]), "a folder");
    assert!(folder.contains("folder"), "{folder}");
}

#[test]
fn a_study_is_no_scenario_and_a_scenario_no_study() {
    let study = "../../scenarios/studies/incast.toml";
    let scenario = "../../scenarios/quickstart.toml";
    let run = assert_refused(&gapcast(&["run", study]), "a study that is run");
    assert_eq!(run, format!("error: {study} is a study: `gapcast sweep {study}` runs it\n"));
    let sweep = assert_refused(&gapcast(&["sweep", scenario]), "a scenario that is swept");
    assert!(sweep.contains(&format!("`gapcast run {scenario}`")), "{sweep}");
}

#[test]
fn one_bad_file_among_good_ones_is_enough() {
    let output = gapcast(&["check", "../../scenarios/quickstart.toml", "unknown-key.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("quickstart.toml: valid"));
    assert!(text(&output.stderr).contains("uplnik"));
}

#[test]
fn huge_and_deep_files_are_refused_before_they_cost() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    let cases = [
        ("brackets-10-mb", "[".repeat(10_000_000), "10 MB"),
        ("brackets-2-mb", format!("a = {}", "[".repeat(2_000_000)), "2 MB"),
        ("tables-deep", format!("a = {}", "{b=".repeat(1_000_000)), "braces"),
        ("dotted-deep", format!("{} = 1", vec!["a"; 500_000].join(".")), "a dotted key"),
        ("header-deep", format!("[{}]", vec!["a"; 500_000].join(".")), "a header"),
        ("one-long-line", format!("name = \"{}\"", "x".repeat(3_000_000)), "a long line"),
        ("many-keys", (0..100_000).map(|i| format!("k{i} = 1\n")).collect(), "many keys"),
        ("many-jobs", "[[training]]\n".repeat(100_000), "many tables"),
        ("nul", "name = \"\0\"\n\u{1b}[31m = 1\n".into(), "control characters"),
    ];
    for (name, contents, what) in cases {
        let path = write(&format!("{name}.toml"), &contents);
        let stderr = assert_refused(&gapcast(&["check", &path]), what);
        assert!(stderr.len() < 1_000_000, "{what}: {} bytes of messages", stderr.len());
        assert!(!stderr.contains('\u{1b}'), "{what}: escape codes reach the terminal");
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for arguments in [&["check"][..], &["chek"], &[], &["new", "--from", "nothing"]] {
        assert_eq!(gapcast(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn new_never_overwrites() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    let shown = path.to_string_lossy().into_owned();
    assert_eq!(gapcast(&["new", &shown]).status.code(), Some(0));
    let first = fs::read(&path).expect("written");
    assert_refused(&gapcast(&["new", "--from", "load-open", &shown]), "an existing file");
    assert_eq!(fs::read(&path).expect("still there"), first);
    assert_eq!(gapcast(&["check", &shown]).status.code(), Some(0));
}
