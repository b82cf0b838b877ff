//! `gapcast validate`: its cases, its exit codes, its messages, its bytes.
//! The expected text of each file in `bad/validation` stands beside it; `UPDATE_GOLDEN=1` rewrites
//! it.

use crate::common::wrong;
use gapcast::spec::validation::{SHIPPED, load_shipped, names};
use gapcast::study::validate::Prepared;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validate(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gapcast"))
        .arg("validate")
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program prints UTF-8")
}

/// Files below a folder, but `timing.json`: path and bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "timing.json") {
                let inside = path.strip_prefix(folder).expect("below").to_path_buf();
                found.insert(inside, fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

/// What is part of the program is what stands in `scenarios/validation`, and every case is valid.
#[test]
fn every_shipped_case_is_valid_and_none_is_forgotten() {
    let on_disk = files(&root().join("scenarios/validation"));
    assert_eq!(on_disk.len(), SHIPPED.len());
    for (path, text) in SHIPPED {
        assert_eq!(on_disk[Path::new(path)], text.as_bytes(), "{path}");
    }
    for name in names() {
        let case = load_shipped(name).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(case.warnings.is_empty(), "{}", case.warnings);
        assert!(case.compares.iter().any(|c| c.tolerance.is_some()), "{name} aims at nothing");
        Prepared::new(case).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
}

#[test]
fn every_wrong_case_gets_its_diagnostic() {
    let wrong = wrong::files(&root().join("tests/bad/validation"), &["toml"]);
    assert!(wrong.len() >= 7, "only {} wrong cases", wrong.len());
    wrong::refused(&wrong, |name| vec![vec!["validate", name]]);
}

#[test]
fn a_case_that_does_not_exist_is_named_with_the_nearest() {
    let output = validate(root(), &["live-trainig"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean \"live-training\"?"));
}

/// The same case with a tolerance that is met and one that is not.
#[test]
fn a_missed_tolerance_is_exit_code_3_and_still_a_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = fs::read_to_string(root().join("tests/bad/validation/scenario.txt"));
    fs::write(folder.path().join("s.txt"), scenario.expect("readable")).expect("written");
    fs::write(folder.path().join("m.csv"), "answered\n40\n").expect("written");
    for (tolerance, code) in [(2.0, 0), (0.4, 3)] {
        let case = format!(
            "title = \"t\"\ncitation = \"c\"\nscenario = \"s.txt\"\nmeasured = \"m.csv\"\n\
             label = \"row\"\n[[compare]]\nname = \"answers\"\ncolumn = \"answered\"\n\
             metric = \"answered\"\ntolerance = {tolerance}\n"
        );
        fs::write(folder.path().join("case.toml"), case).expect("written");
        let output = validate(folder.path(), &["case.toml", "--json"]);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json["met"], code == 0);
        // Twenty requests are answered where forty were measured.
        assert_eq!(json["cases"][0]["rows"][0]["error"], -0.5);
        assert!(folder.path().join("outputs/validation").is_dir());
    }
}

/// Threads only share the work out.
#[test]
fn the_number_of_threads_changes_no_byte() {
    let runs = ["1", "2", "8"].map(|jobs| {
        let folder = tempfile::tempdir().expect("a folder");
        let cases = ["live-s3-4kib", "live-training", "--jobs", jobs, "-q"];
        let output = validate(folder.path(), &cases);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        (output.stdout, files(folder.path()))
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
    assert!(runs[0].1.len() >= 5, "{:?}", runs[0].1.keys());
}

/// `docs/validation.md` is what the program says today. `UPDATE_GOLDEN=1` rewrites it.
#[test]
fn the_table_of_errors_is_not_stale() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = validate(folder.path(), &["--markdown", "-q"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let path = root().join("docs/validation.md");
    let now = text(&output.stdout);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &now).expect("written");
    }
    let then = fs::read_to_string(&path).unwrap_or_default();
    assert!(then == now, "docs/validation.md is stale: UPDATE_GOLDEN=1 rewrites it");
}

/// The derived columns of `mlperf_startup.csv` follow from the published ones, to their last digit.
#[test]
fn derived_columns_follow_from_the_published_ones() {
    let path = root().join("scenarios/validation/data/mlperf_startup.csv");
    let reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path);
    for row in reader.expect("readable").deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let number = |key: &str| row[key].parse::<f64>().expect("a number");
        let compute = if row["acc"] == "a100" { 0.636 } else { 0.323 };
        assert_eq!(number("compute_s"), compute);
        assert!((number("measured_s") - compute - number("first_load_s")).abs() < 6e-4);
        let bytes = number("n") * number("read_threads") * 7.0 * 146_600_628.0;
        let mbps = 8e-6 * bytes / number("pred_s");
        assert!((mbps - number("bandwidth_mbps")).abs() < 6e-4, "{mbps}");
    }
}
