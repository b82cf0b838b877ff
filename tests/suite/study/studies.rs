//! Every shipped study is valid; two of them, cut down, show what the whole ones assert.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use toml::{Table, Value};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("studies");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    files
}

fn gapcast(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_gapcast");
    Command::new(program).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_shipped_study_and_base_is_valid_without_a_warning() {
    let studies = files(&folder());
    assert!(studies.len() >= 8, "{studies:?}");
    for path in studies.iter().chain(&files(&folder().join("base"))) {
        let checked = gapcast(&["check", path.to_str().expect("a name")]);
        assert!(checked.status.success(), "{}", text(&checked.stderr));
        assert!(checked.stderr.is_empty(), "{}", text(&checked.stderr));
    }
}

/// A study says what it is for, draws something, asserts something, and, unless it is the tour's,
/// what it reproduces and who published that.
#[test]
fn every_shipped_study_says_what_it_shows() {
    for path in files(&folder()) {
        let name = path.display();
        let study: Table = fs::read_to_string(&path).expect("text").parse().expect("TOML");
        for key in ["description", "figure", "assert"] {
            assert!(study.contains_key(key), "{name} has no {key}");
        }
        let reproduces = study.get("reproduces").and_then(Value::as_table);
        let said = |key: &str| reproduces.is_some_and(|r| r[key].as_str().unwrap_or("").len() > 20);
        let tour = path.ends_with("quickstart-grid.toml");
        assert!(tour || said("what") && said("source"), "{name} reproduces what, of whom?");
    }
}

/// A shipped study with fewer values and shorter runs, in a folder of its own.
struct Cut {
    folder: tempfile::TempDir,
    study: Table,
}

impl Cut {
    fn new(name: &str, replicates: i64) -> Cut {
        let path = folder().join(name);
        let mut study: Table = fs::read_to_string(path).expect("text").parse().expect("TOML");
        for key in ["precision", "figure"] {
            study.remove(key);
        }
        let base = folder().join(study["base"].as_str().expect("a path"));
        study.insert("base".into(), base.to_str().expect("a name").into());
        study.insert("replicates".into(), replicates.into());
        Cut { folder: tempfile::tempdir().expect("a folder"), study }
    }

    /// Leaves only the values of an axis that are called so.
    fn keep(mut self, axis: &str, names: &[&str]) -> Cut {
        let axes = self.study["axis"].as_array_mut().expect("axes");
        let axis =
            axes.iter_mut().find(|a| a["name"].as_str() == Some(axis)).expect("such an axis");
        let axis = axis.as_table_mut().expect("a table");
        let label = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let called = axis.get("names").unwrap_or(&axis["values"]).as_array().expect("a list");
        let stays: Vec<bool> =
            called.iter().map(|value| names.contains(&label(value).as_str())).collect();
        assert_eq!(stays.iter().filter(|stay| **stay).count(), names.len(), "{names:?}");
        for key in ["names", "values"] {
            if let Some(Value::Array(list)) = axis.get_mut(key) {
                let mut stays = stays.iter();
                list.retain(|_| *stays.next().expect("as many"));
            }
        }
        self
    }

    fn set(mut self, field: &str, value: impl Into<Value>) -> Cut {
        let empty = || Value::Table(Table::new());
        let set = self.study.entry("set").or_insert_with(empty);
        set.as_table_mut().expect("a table").insert(field.into(), value.into());
        self
    }

    /// Leaves only the assertions whose values are all still there. At least `least` must be.
    fn runs(mut self, least: usize) {
        let levels = |axis: &Value| -> Vec<String> {
            let called = axis.get("names").unwrap_or(&axis["values"]).as_array().expect("a list");
            called.iter().map(|v| v.as_str().map_or(v.to_string(), str::to_owned)).collect()
        };
        let axes: Vec<(String, Vec<String>)> = self.study["axis"]
            .as_array()
            .expect("axes")
            .iter()
            .map(|axis| (axis["name"].as_str().expect("a name").to_owned(), levels(axis)))
            .collect();
        let there = |assert: &Value| {
            ["at", "than_at"].iter().filter_map(|key| assert.get(key)?.as_table()).all(|at| {
                at.iter().all(|(name, value)| {
                    let wanted = value.as_str().map_or(value.to_string(), str::to_owned);
                    axes.iter().any(|(axis, levels)| axis == name && levels.contains(&wanted))
                })
            }) && assert.get("knee").is_none()
        };
        let asserts = self.study["assert"].as_array_mut().expect("assertions");
        asserts.retain(there);
        assert!(asserts.len() >= least, "{} of {least} assertions are left", asserts.len());
        let path = self.folder.path().join("study.toml");
        fs::write(&path, toml::to_string(&self.study).expect("TOML")).expect("written");
        let out = self.folder.path().join("out");
        let (path, out) = (path.to_str().expect("a name"), out.to_str().expect("a name"));
        let ran = gapcast(&["sweep", path, "--out", out, "--quiet"]);
        let all = text(&ran.stdout) + &text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(0), "{all}");
    }
}

/// The claims of the whole study (seed 1, 3 to 8 replicates) on a tenth of it. Fixed seeds: no false
/// alarms; margins are those of the study, which its full run meets with room for its intervals.
#[test]
fn latency_hurts_more_than_slow_jitter_and_no_more_than_fast_jitter() {
    Cut::new("latency-vs-jitter.toml", 3)
        .keep("delay", &["0.1 ms", "100 ms"])
        .keep("concurrency", &["1", "8"])
        .keep("size", &["64 KiB", "1 MiB"])
        .runs(10);
}

/// Hits of an LRU cache under a fresh permutation an epoch: c + (1 − c)·ln(1 − c), within 0.02.
#[test]
fn a_cache_of_half_the_dataset_answers_a_seventh_of_the_reads() {
    Cut::new("cache-size.toml", 1)
        .keep("capacity", &["0.3", "0.5", "0.8"])
        .keep("epoch", &["first", "second"])
        .runs(6);
}

/// What the laboratory does not see takes a third or more, and most of it is not delay.
#[test]
fn production_takes_more_than_latency_does() {
    Cut::new("lab-vs-production.toml", 2)
        .keep("disturbance", &["none", "latency", "stragglers", "all"])
        .keep("ahead", &["4"])
        .set("training.unet3d.steps", 12)
        .runs(2);
}
