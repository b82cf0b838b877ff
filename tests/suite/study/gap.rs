//! `gapcast gap`: the worked example, what holds of every gap, what is wrong with a file of
//! goodputs (`bad_values/`, golden texts beside; `UPDATE_GOLDEN=1` rewrites them), and folders that
//! are the same to the byte on any number of threads.

use gapcast::study::gap::{Gap, Plan};
use gapcast::study::shapley::all;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use xxhash_rust::xxh3::xxh3_128;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Runs the program in `tests/bad_values`, so that messages hold no path of this machine.
fn gapcast(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gapcast"))
        .args(arguments)
        .current_dir(tests().join("bad_values"))
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program prints UTF-8")
}

/// The JSON object of a gap, with the output folder below `out`.
fn json(arguments: &[&str], out: &Path) -> Value {
    let out = out.to_string_lossy().into_owned();
    let mut all = vec!["gap", "--json", "-q", "--out", &out];
    all.extend(arguments);
    let output = gapcast(&all);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Mean shares by cause.
fn shares(gap: &Value) -> BTreeMap<String, f64> {
    let causes = gap["causes"].as_array().expect("a list");
    let share = |cause: &Value| {
        (cause["name"].as_str().expect("a name").to_owned(), float(&cause["share"]["mean"]))
    };
    causes.iter().map(share).collect()
}

const SMALL: &str = "../data/gap.toml";

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

/// The only folder in `folder`.
fn only(folder: &Path) -> PathBuf {
    let mut entries = fs::read_dir(folder).expect("a folder");
    let first = entries.next().expect("an entry").expect("an entry").path();
    assert!(entries.next().is_none(), "{} holds more than one", folder.display());
    first
}

/// Worked example 4: 135⅓ + 157⅓ + 67⅓ = 360. The file gives its answers to 15 figures: 1e-12.
#[test]
fn the_worked_example_comes_out() {
    let mut rows = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_path(tests().join("data/gap_we4.csv"))
        .expect("the worked example");
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("we4.csv");
    let mut values = String::from("coalition,goodput,unit\n");
    for row in rows.iter().filter(|row| row[2].starts_with("v_")) {
        values += &format!("{},{},{}\n", &row[2][2..], &row[3], &row[4]);
    }
    fs::write(&path, &values).expect("written");
    let gap = json(&["--values", &path.to_string_lossy()], folder.path());
    let shares = shares(&gap);
    let alone = |name: &str| {
        let causes = gap["causes"].as_array().unwrap();
        float(&causes.iter().find(|cause| cause["name"] == name).unwrap()["alone"]["mean"])
    };
    let mut checked = 0;
    for row in rows.iter().filter(|row| &row[1] == "output") {
        let found = match &row[2] {
            "gap" => float(&gap["gap"]["mean"]),
            "shapley_sum" => shares.values().sum(),
            "interaction_residual" => float(&gap["interaction"]["mean"]),
            name if name.starts_with("shapley_") => shares[&name[8..]],
            name if name.starts_with("one_at_a_time_") => alone(&name[14..]),
            // What it costs is another part's.
            _ => continue,
        };
        let wanted: f64 = row[3].parse().expect("a number");
        assert!((found / wanted - 1.0).abs() <= 1e-12, "{}: {found}, not {wanted}", &row[2]);
        checked += 1;
    }
    assert_eq!(checked, 9);
    // The same file with names in other orders, an empty laboratory, spaces, quotes and Windows'
    // line ends means the same.
    let other = values
        .replace("none", "")
        .replace("failures+network+storage", "\"storage + network+failures\"")
        .replace("network+storage", "storage+network")
        .replace('\n', "\r\n");
    let path = folder.path().join("other.csv");
    fs::write(&path, other).expect("written");
    let again = json(&["--values", &path.to_string_lossy()], folder.path());
    assert_eq!(gap["causes"], again["causes"]);
}

#[test]
fn every_wrong_file_of_goodputs_gets_its_diagnostic() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out").to_string_lossy().into_owned();
    let mut names: Vec<String> = fs::read_dir(tests().join("bad_values"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".csv"))
        .collect();
    names.sort();
    assert!(names.len() >= 10);
    names.extend(["nowhere.csv".to_owned(), "../bad_values".to_owned()]);
    let mut different = Vec::new();
    for name in names {
        let output = gapcast(&["gap", "--values", &name, "--out", &out]);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(output.stdout.is_empty() && !stderr.contains("panicked"), "{name}: {stderr}");
        let golden = tests().join("bad_values").join(match name.as_str() {
            "../bad_values" => "folder.stderr".to_owned(),
            name => name.replace(".csv", ".stderr"),
        });
        if update {
            fs::write(&golden, &stderr).expect("golden file written");
        } else if fs::read_to_string(&golden).unwrap_or_default() != stderr {
            different.push(format!("{name}:\n{stderr}"));
        }
    }
    assert!(different.is_empty(), "UPDATE_GOLDEN=1 accepts these:\n{}", different.join("\n"));
    assert!(!Path::new(&out).exists(), "a refused file left an output folder");
}

#[test]
fn a_scenario_without_disturbances_is_told_how_to_get_one() {
    let quickstart = "../../scenarios/quickstart.toml";
    let output = gapcast(&["gap", quickstart, "--set", "store.controllers=8"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("[production.jitter]"), "{stderr}");
    for wrong in [
        &["gap"][..],
        &["gap", SMALL, "--values", "lines.csv"],
        &["gap", SMALL, "--exact-up-to", "13"],
        &["gap", SMALL, "--permutations", "1"],
        &["gap", SMALL, "--set", "production.jitter.delay=\"2 parsecs\""],
    ] {
        assert_eq!(gapcast(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

/// Theory: shares sum to the gap (1e-12, rounding alone); a disturbance that adds no delay changes
/// no run, so its share is exactly 0; two constant delays of the same size are exchangeable in every
/// run, so their shares differ by nothing: coalitions that exchange them sum the same two delays.
#[test]
fn simulated_shares_obey_the_axioms() {
    let folder = tempfile::tempdir().expect("a folder");
    let gap = json(&[SMALL], folder.path());
    let shares = shares(&gap);
    let (sum, whole) = (shares.values().sum::<f64>(), float(&gap["gap"]["mean"]));
    assert!(whole > 0.0 && (sum / whole - 1.0).abs() <= 1e-12, "{sum} of {whole}");
    assert_eq!(shares["nothing"].to_bits(), 0);
    // Beside jitter a longer way may even help: HyStart's threshold grows with the round trip.
    assert!(shares["far"] != 0.0);
    assert_eq!(shares["far"].to_bits(), shares["farther"].to_bits());
    assert_eq!(gap["unit"], "samples/s");
    assert!(gap["method"]["exact"].as_bool().unwrap() && gap["method"]["coalitions"] == 16);
    // Sampled: the sum and the null disturbance hold as they do exactly.
    let sampled = ["--exact-up-to", "2", "--permutations", "6"];
    let gap = json(&[&[SMALL][..], &sampled].concat(), folder.path());
    let shares = self::shares(&gap);
    assert!((shares.values().sum::<f64>() / whole - 1.0).abs() <= 1e-12);
    assert_eq!(shares["nothing"].to_bits(), 0);
    assert!(float(&gap["causes"][0]["half_width_of_orders"]) >= 0.0);
    assert_eq!(gap["method"]["orders"], 6);
}

/// Replicate r of a coalition is replicate r of the scenario with those disturbances on: the same
/// events, to the last, as `gapcast run` has.
#[test]
fn coalitions_are_runs_of_the_scenario() {
    let loaded = gapcast::spec::load(&tests().join("data/gap.toml")).expect("valid");
    let plan = Plan::new(&loaded.scenario, 8, 32).expect("disturbances");
    assert_eq!(plan.runs(), 16 * 3);
    let gap: Gap = plan.run(2, &|| ()).expect("runs end");
    for coalition in [0, 0b0101, all(4)] {
        let twin = loaded.scenario.with_disturbances(|i| coalition >> i & 1 == 1);
        assert_eq!(twin, plan.twin(coalition));
        let of = gap.runs.coalitions.iter().find(|c| c.coalition == coalition).expect("was run");
        let runs = gapcast::sim::run(&twin.into(), 1, &|_| ()).expect("runs end");
        for (run, own) in of.runs.iter().zip(&runs) {
            assert_eq!(run.simulated.as_ref().unwrap().fingerprint, own.fingerprint);
            let job = &own.training[0];
            assert_eq!(run.goodput, job.samples as f64 / job.duration_s);
        }
    }
}

/// Where there are caches, their being cold is a cause unless the scenario says otherwise.
#[test]
fn cold_caches_are_a_cause() {
    let mut scenario = gapcast::spec::load(&tests().join("data/gap.toml")).expect("valid").scenario;
    scenario.production.retain(|d| d.name == "far");
    assert_eq!(Plan::new(&scenario, 8, 32).expect("one cause").runs(), 2 * 3);
    scenario.store.cache = Some(gapcast::model::CacheSpec {
        name: "shared cache".into(),
        capacity: gapcast::kernel::units::Bytes(1 << 40),
        read_rate: gapcast::kernel::units::Rate(100_000_000_000),
        latency: gapcast::kernel::dist::Dist::Constant(1e-4),
    });
    let plan = Plan::new(&scenario, 8, 32).expect("two causes");
    assert_eq!(plan.runs(), 4 * 3);
    assert!(plan.twin(0b11).caches_start_empty() && !plan.twin(0b01).caches_start_empty());
    let gap = plan.run(2, &|| ()).expect("runs end");
    assert!(gap.notes[0].contains("`cold_cache` was added"), "{:?}", gap.notes);
    // Switched off, they are warm in production too: no cause, and said.
    let what = gapcast::model::Disturb::ColdCache;
    let warm = gapcast::model::Disturbance { name: "warm".into(), on: false, what };
    scenario.production.push(warm);
    let plan = Plan::new(&scenario, 8, 32).expect("one cause");
    assert_eq!(plan.runs(), 2 * 3);
    assert!(!plan.twin(1).caches_start_empty());
}

#[test]
fn folders_do_not_depend_on_the_threads() {
    let folders = ["1", "2", "8"].map(|jobs| {
        let folder = tempfile::tempdir().expect("a folder");
        json(&[SMALL, "--jobs", jobs], folder.path());
        let place = only(&only(folder.path()));
        (place.file_name().expect("a name").to_owned(), files(&place))
    });
    let stable = |files: &BTreeMap<String, Vec<u8>>| {
        let mut files = files.clone();
        files.remove("timing.json").expect("the machine's share is in a file of its own");
        files
    };
    for (name, files) in &folders[1..] {
        assert_eq!(*name, folders[0].0);
        assert!(stable(files) == stable(&folders[0].1), "files differ");
    }
    let files = &folders[0].1;
    let expected = [
        "coalitions.csv",
        "figures/gap.svg",
        "gap.csv",
        "manifest.json",
        "result.json",
        "scenario.resolved.json",
        "timing.json",
    ];
    assert_eq!(files.keys().collect::<Vec<_>>(), expected);
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).expect("JSON");
    for file in manifest["files"].as_array().expect("a list") {
        let content = &files[file["path"].as_str().expect("a path")];
        assert_eq!(file["xxh3_128"], format!("{:032x}", xxh3_128(content)));
    }
}

/// `coalitions.csv` can be read back, and says the same.
#[test]
fn coalitions_can_be_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulated = json(&[SMALL], folder.path());
    let path = only(&only(folder.path())).join("coalitions.csv");
    let again = json(&["--values", &path.to_string_lossy()], folder.path());
    for key in ["lab", "production", "gap", "gap_relative", "interaction", "common_random_numbers"]
    {
        assert_eq!(simulated[key], again[key], "{key}");
    }
    assert_eq!(shares(&simulated), shares(&again));
    assert_eq!(again["measured"], true);
}

#[test]
fn the_screen_fits_and_says_what_follows() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_string_lossy().into_owned();
    let output = gapcast(&["gap", SMALL, "--details", "--out", &out]);
    let screen = text(&output.stdout);
    for line in screen.lines().filter(|line| !line.starts_with("results")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for what in ["laboratory", "`jitter` takes most of the gap", "common random numbers", "removed"]
    {
        assert!(screen.contains(what), "no `{what}` in\n{screen}");
    }
}
