//! One fingerprint of the fact stream for every shipped scenario, kept in a golden file.
//! `GAPCAST_BLESS=1` rewrites it: say in the commit why facts changed.

use gapcast::{sim, spec};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const GOLDEN: &str = "tests/data/fingerprints.txt";

/// Scenarios too large to run whole, four times over, in a test: their first part.
const SHORTENED: &[(&str, &str)] = &[("scenarios/fat-tree-1024.toml", "300 ms")];

fn shipped() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["scenarios", "scenarios/mlperf", "scenarios/topologies", "scenarios/explicit"] {
        let entries = std::fs::read_dir(folder).expect("scenarios are shipped");
        let paths = entries.map(|entry| entry.expect("readable").path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "toml")));
    }
    files.sort();
    files
}

/// The fingerprints of two replicates, which must be the same on 1, 2 and 8 threads.
fn fingerprints(path: &Path) -> String {
    let name = path.to_str().expect("plain names").replace('\\', "/");
    let mut fields = vec![("run.replicates".to_owned(), "2".to_owned())];
    if let Some((_, horizon)) = SHORTENED.iter().find(|(file, _)| *file == name) {
        fields.push(("run.horizon".to_owned(), (*horizon).to_owned()));
    }
    let loaded = spec::load_with(path, &fields).unwrap_or_else(|found| panic!("{name}: {found}"));
    let scenario = Arc::new(loaded.scenario);
    let mut seen: Option<Vec<String>> = None;
    for threads in [1, 2, 8] {
        let runs = sim::run(&scenario, threads, &|_| {}).expect("threads can be had");
        let now: Vec<String> = runs.into_iter().map(|run| run.fingerprint).collect();
        assert_eq!(seen.get_or_insert_with(|| now.clone()), &now, "{name} on {threads} threads");
    }
    seen.expect("it ran").join(" ")
}

#[test]
fn every_shipped_scenario_keeps_its_fingerprint() {
    let mut text = String::new();
    for path in shipped() {
        let name = path.to_str().expect("plain names").replace('\\', "/");
        writeln!(text, "{name} {}", fingerprints(&path)).expect("strings grow");
    }
    if std::env::var_os("GAPCAST_BLESS").is_some() {
        std::fs::write(GOLDEN, &text).expect("the golden file is writable");
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let lines = |text: &str| -> BTreeMap<String, String> {
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        pairs.map(|(name, digits)| (name.to_owned(), digits.to_owned())).collect()
    };
    assert_eq!(lines(&golden), lines(&text), "facts changed: say why, then GAPCAST_BLESS=1");
}
