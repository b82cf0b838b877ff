//! Runs the program on a list and reads what it wrote.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The leaf-spine of 64 hosts.
pub const LEAF_SPINE: &str = "scenarios/flows/leaf-spine.toml";
/// 64 clients and 8 gateways.
pub const INCAST: &str = "scenarios/flows/incast.toml";
/// What its lists need: senders are gateways, receivers clients.
pub const READS: [&str; 4] = ["--sources", "controller", "--destinations", "client"];

/// Runs `gapcast flows` in the project's folder, results below `out`.
pub fn flows(scenario: &str, list: &Path, more: &[&str], out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gapcast"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .args(["flows", scenario])
        .arg(list)
        .args(more)
        .arg("--out")
        .arg(out)
        .output()
        .expect("the program starts")
}

/// A flow as `flows.csv` has it; times in picoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub src: String,
    pub dst: String,
    pub bytes: u64,
    pub start: u64,
    pub end: u64,
    pub slowdown: f64,
    pub turn: Option<(u64, u64)>,
}

/// What a run wrote.
pub struct Ran {
    pub json: serde_json::Value,
    pub flows: Vec<Row>,
    /// Rows of `links.csv`.
    pub links: Vec<csv::StringRecord>,
    pub folder: PathBuf,
    _out: TempDir,
}

impl Ran {
    /// A number of the JSON object, for example `/completion_s/mean`.
    pub fn number(&self, pointer: &str) -> f64 {
        self.json.pointer(pointer).and_then(|value| value.as_f64()).expect(pointer)
    }
}

/// The only folder in a folder.
fn only(folder: &Path) -> PathBuf {
    let mut entries = std::fs::read_dir(folder).expect("it is there");
    let first = entries.next().expect("it holds one").expect("an entry").path();
    assert!(entries.next().is_none(), "one folder");
    first
}

fn table(path: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(path).expect("it is there");
    reader.records().map(|record| record.expect("a row")).collect()
}

/// `1.5` seconds in picoseconds, exactly.
fn ps(text: &str) -> u64 {
    let (whole, part) = text.split_once('.').expect("twelve decimals");
    assert_eq!(part.len(), 12, "{text}");
    whole.parse::<u64>().unwrap() * 1_000_000_000_000 + part.parse::<u64>().unwrap()
}

fn row(record: &csv::StringRecord) -> Row {
    let number = |i: usize| record.get(i).map(|text| text.parse::<u64>().expect("a number"));
    Row {
        src: record[0].to_owned(),
        dst: record[1].to_owned(),
        bytes: number(2).unwrap(),
        start: ps(&record[3]),
        end: ps(&record[4]),
        slowdown: record[7].parse().unwrap(),
        turn: number(8).zip(number(9)),
    }
}

/// Runs a list that is in order.
pub fn ran(scenario: &str, list: &Path, more: &[&str]) -> Ran {
    let out = TempDir::new().unwrap();
    let more: Vec<&str> = more.iter().copied().chain(["--json"]).collect();
    let output = flows(scenario, list, &more, out.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = only(&only(out.path()));
    Ran {
        json: serde_json::from_slice(&output.stdout).expect("one object and nothing else"),
        flows: table(&folder.join("flows.csv")).iter().map(row).collect(),
        links: table(&folder.join("links.csv")),
        folder,
        _out: out,
    }
}

/// Runs a list written here.
pub fn ran_text(scenario: &str, list: &str, more: &[&str]) -> Ran {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, list).unwrap();
    ran(scenario, &path, more)
}
