//! Money: worked examples, conservation, files, refusals.

mod conserved;
mod files;
mod refused;
mod sensitivity;
mod workbook;
mod worked;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the repository is.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `gapcast cost` with these arguments, its folders below `out`.
fn gapcast(out: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gapcast"))
        .arg("cost")
        .args(arguments)
        .args(["--quiet", "--out"])
        .arg(out)
        .current_dir(root())
        .output()
        .expect("the program starts")
}

/// Prices an example of `scenarios/cost` with its ledger; the folder that it wrote.
fn priced(out: &Path, example: &str, more: &[&str]) -> PathBuf {
    let scenario = format!("scenarios/cost/{example}.toml");
    let ledger = format!("scenarios/cost/{example}.csv");
    let mut arguments = vec![scenario.as_str(), "--ledger", &ledger, "--json"];
    arguments.extend(more);
    let output = gapcast(out, &arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example}: {stderr}");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    PathBuf::from(value["folder"].as_str().expect("the folder"))
}

/// A CSV file as rows of (column, text).
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a CSV file");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// A column of numbers by the text of another column.
fn column(path: &Path, key: &str, value: &str) -> BTreeMap<String, f64> {
    let number =
        |row: BTreeMap<String, String>| Some((row[key].clone(), row[value].parse::<f64>().ok()?));
    rows(path).into_iter().filter_map(number).collect()
}
