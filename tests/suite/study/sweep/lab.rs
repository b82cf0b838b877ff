//! A small scenario, studies of it, and the program to run them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One node, 8 closed loops, 40 requests of 1 MiB: a few milliseconds a run.
pub const BASE: &str = r#"
description = "a few requests"
[run]
replicates = 3
[[nodes]]
name = "client"
node = "cpu-100g"
count = 1
[fabric.storage]
topology = "one-switch"
switch = "sn5600"
transport = "tcp-cubic-9000"
[store]
preset = "onprem-nvme"
controllers = 2
[[dataset]]
name = "objects"
objects = 1000
sample_size = "1 MiB"
[[load]]
name = "readers"
op = "get"
dataset = "objects"
arrivals = "closed"
clients = 8
requests = 40
"#;

/// 6 × 4 points with a figure of each kind and assertions that hold.
pub const STUDY: &str = r#"
name = "grid"
base = "base.toml"
metrics = ["throughput_mib_per_s", "latency_ms_p99"]
[[axis]]
name = "clients"
field = "load.readers.clients"
values = [1, 2, 4, 8, 16, 32]
[[axis]]
name = "size"
field = "dataset.objects.sample_size"
log = { from = "64 KiB", to = "4 MiB", points = 4 }
[[figure]]
name = "lines"
kind = "line"
metric = "throughput_mib_per_s"
x = "clients"
series = "size"
log_x = true
knee = true
[[figure]]
name = "cells"
kind = "heat-map"
metric = "latency_ms_p99"
x = "clients"
y = "size"
[[figure]]
name = "panels"
kind = "small-multiples"
metric = "latency_ms_p99"
x = "size"
panel = "clients"
log_x = true
log_y = true
[[assert]]
that = "32 clients read more than one"
metric = "throughput_mib_per_s"
at = { clients = 32 }
is = "above"
than_at = { clients = 1 }
"#;

/// A folder with the scenario and a study.
pub struct Lab {
    folder: tempfile::TempDir,
}

impl Lab {
    /// The folder with `BASE` and this study.
    pub fn new(study: &str) -> Lab {
        let lab = Lab { folder: tempfile::tempdir().expect("a folder") };
        lab.write("base.toml", BASE.as_bytes());
        lab.write("study.toml", study.as_bytes());
        lab
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).expect("written");
    }

    /// The program with these arguments, to be started in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gapcast"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("RUST_BACKTRACE");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs a sweep that must end with exit code `code`; what it printed to stderr.
    pub fn sweep(&self, more: &[&str], code: i32) -> String {
        self.expect(&[&["sweep", "study.toml"], more].concat(), code)
    }

    pub fn expect(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}\n{stdout}");
        stderr
    }

    /// The one output folder below `out`.
    pub fn results(&self, out: &str) -> PathBuf {
        let study = only_folder(&self.path(out));
        only_folder(&study)
    }

    /// Every file of the output folder: path within, content.
    pub fn files(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
        let results = self.results(out);
        let mut files = BTreeMap::new();
        gather(&results, &results, &mut files);
        assert!(files.len() >= 7, "{:?}", files.keys());
        files
    }

    /// A CSV file of the output folder: header, rows.
    pub fn csv(&self, out: &str, name: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let mut reader = csv::Reader::from_path(self.results(out).join(name)).expect("a table");
        let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let header = cells(reader.headers().expect("a header"));
        (header, reader.records().map(|record| cells(&record.expect("a row"))).collect())
    }

    /// Journals below `out`, by name.
    pub fn journals(&self, out: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(only_folder(&self.path(out))).expect("a folder");
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|e| e == "journal"))
            .collect();
        paths.sort();
        paths
    }
}

fn only_folder(path: &Path) -> PathBuf {
    let entries = fs::read_dir(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_dir()).collect();
    folders.retain(|path| !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')));
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).expect("a file"));
        }
    }
}

/// Where the records of a journal begin, and its end.
pub fn records(journal: &[u8]) -> Vec<usize> {
    let mut at = journal.iter().position(|&b| b == b'\n').expect("a header") + 1;
    let mut starts = vec![at];
    while at < journal.len() {
        let length = journal[at + 4..at + 8].try_into().expect("four bytes");
        at += 16 + u32::from_le_bytes(length) as usize;
        starts.push(at);
    }
    assert_eq!(at, journal.len());
    starts
}
