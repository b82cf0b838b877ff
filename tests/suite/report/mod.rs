//! The report floor on made-up results: keys that must not change, files that are whole or absent,
//! findings that follow from the numbers.

mod findings;
mod sample;

use gapcast::metrics::summary::GpuSeconds;
use gapcast::report::{self, Context, Timing};
use gapcast::study::Outcome;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn outcome(replicates: u64) -> Outcome {
    Outcome::new((0..replicates).map(sample::run).collect())
}

/// Runs `body` with the report's context for a scenario of that many replicates.
fn with<T>(root: &Path, replicates: u64, body: impl FnOnce(&Outcome, &Context<'_>) -> T) -> T {
    let scenario = sample::scenario("made-up", replicates as u32);
    let timing = Timing { wall_s: 1.5, threads: 2, peak_memory_bytes: None };
    let context =
        Context { scenario: &scenario, canonical: "made-up scenario", out_root: root, timing };
    body(&outcome(replicates), &context)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Every path of keys in the object, `[]` for the elements of lists.
fn paths(value: &Value, prefix: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = format!("{prefix}.{key}");
                into.insert(path.trim_start_matches('.').to_owned());
                paths(inner, &path, into);
            }
        }
        Value::Array(list) => list.iter().for_each(|v| paths(v, &format!("{prefix}[]"), into)),
        _ => {}
    }
}

#[test]
fn the_json_object_keeps_its_keys() {
    let value = with(Path::new("outputs"), 2, report::json);
    let mut found = BTreeSet::new();
    paths(&value, "", &mut found);
    let found: Vec<String> = found.into_iter().collect();
    if std::env::var_os("GAPCAST_BLESS").is_some() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/report/json_keys.txt");
        fs::write(golden, found.join("\n") + "\n").unwrap();
    }
    let golden = include_str!("json_keys.txt");
    assert_eq!(found.join("\n") + "\n", golden, "a key of --json came or went");
}

#[test]
fn half_widths_are_null_with_one_replicate_alone() {
    for (replicates, known) in [(1, false), (3, true)] {
        let value = with(Path::new("outputs"), replicates, report::json);
        let job = &value["jobs"][0];
        for key in ["accelerator_utilisation", "samples_per_s", "bytes_per_s", "first_batch_s"] {
            assert_eq!(keys(&job[key]), ["half_width", "mean"]);
            assert_eq!(job[key]["half_width"].is_number(), known, "{key}");
        }
        assert_eq!(value["replicates"], replicates);
    }
}

#[test]
fn a_run_without_training_has_a_report_too() {
    let mut run = sample::run(0);
    run.training.clear();
    run.gpu_seconds = GpuSeconds::default();
    run.gpu_state_over_time.clear();
    run.lost_by_stage.clear();
    run.lost_by_bottleneck.clear();
    let outcome = Outcome::new(vec![run]);
    assert_eq!(outcome.bottleneck.kind, "none");
    let root = tempfile::tempdir().unwrap();
    let folder = with(root.path(), 1, |_, context| report::write(&outcome, context)).unwrap();
    assert!(folder.join("runs.csv").exists() && !folder.join("figures/gpu_states.svg").exists());
}

#[test]
fn a_folder_is_written_whole_and_replaced_whole() {
    let root = tempfile::tempdir().unwrap();
    let first = with(root.path(), 2, report::write).unwrap();
    fs::write(first.join("stray.txt"), "from an older run").unwrap();
    let second = with(root.path(), 2, report::write).unwrap();
    assert_eq!(first, second);
    assert_eq!(names(&root.path().join("made-up")).len(), 1, "no temporary folder is left");
    let expected = [
        "figures",
        "health.csv",
        "latency.csv",
        "links.csv",
        "manifest.json",
        "result.json",
        "runs.csv",
        "scenario.resolved.json",
        "stations.csv",
        "summary.csv",
        "timeseries.csv",
        "timing.json",
    ];
    assert_eq!(names(&second), expected.map(str::to_owned).into());
    let figures = [
        "get_breakdown.svg",
        "gpu_states.svg",
        "latency_cdf.svg",
        "stall_by_stage.svg",
        "utilisation.svg",
    ];
    assert_eq!(names(&second.join("figures")), figures.map(str::to_owned).into());
    let hash = second.file_name().unwrap().to_str().unwrap();
    assert!(hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit()));
}

#[test]
fn the_manifest_tells_every_file_and_its_size() {
    let root = tempfile::tempdir().unwrap();
    let folder = with(root.path(), 2, report::write).unwrap();
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["runs"].as_array().unwrap().len(), 2);
    for file in manifest["files"].as_array().unwrap() {
        let content = fs::read(folder.join(file["path"].as_str().unwrap())).unwrap();
        assert_eq!(file["bytes"], content.len());
        let hash = xxhash_rust::xxh3::xxh3_128(&content);
        assert_eq!(file["xxh3_128"], format!("{hash:032x}"));
    }
}

#[test]
fn a_folder_that_cannot_be_is_an_error_that_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("taken");
    fs::write(&file, "a file where a folder should be").unwrap();
    for out_root in [file.clone(), file.join("deeper")] {
        let error = with(&out_root, 1, report::write).unwrap_err();
        assert!(error.to_string().starts_with("cannot make the output folder"), "{error}");
        assert_eq!(names(root.path()), ["taken".to_owned()].into());
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "a file where a folder should be");
}

/// The kernel's own read-only file system stands in for a read-only disk: it refuses even root.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk_is_a_clear_error() {
    let error = with(Path::new("/proc/gapcast-outputs"), 1, report::write).unwrap_err();
    assert!(error.to_string().starts_with("cannot make the output folder /proc/gapcast"));
}

/// A limit on file sizes stands in for a full disk: a write fails half way through a file. The
/// limit belongs to a process, so it is the program that meets it.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let limited = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
    let run = std::process::Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_gapcast"), "run"])
        .arg(scenario)
        .args(["--replicates", "1", "--set", "training.unet3d.steps=4", "-q", "--out"])
        .arg(root.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("timeseries.csv") && said.contains("File too large"), "{said}");
    assert_eq!(names(root.path()), BTreeSet::new());
}

#[test]
fn nothing_but_timing_depends_on_the_machine() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = with(a.path(), 2, report::write).unwrap();
    let second = with(b.path(), 2, |outcome, context| {
        let timing = Timing { wall_s: 99.0, threads: 64, peak_memory_bytes: Some(1) };
        report::write(outcome, &Context { timing, ..*context })
    })
    .unwrap();
    assert_eq!(first.file_name(), second.file_name());
    for name in names(&first).iter().filter(|name| *name != "figures") {
        let same = fs::read(first.join(name)).unwrap() == fs::read(second.join(name)).unwrap();
        assert_eq!(same, name != "timing.json", "{name}");
    }
}

#[test]
fn the_screen_is_one_screen() {
    for replicates in [1, 3] {
        let plain = with(Path::new("outputs"), replicates, |o, c| report::screen(o, c, false));
        assert!(plain.lines().count() <= 40, "{plain}");
        for line in plain.lines() {
            assert!(line.chars().count() <= 100, "too wide: {line}");
        }
        assert!(!plain.contains('\x1b'));
        let coloured = with(Path::new("outputs"), replicates, |o, c| report::screen(o, c, true));
        assert!(coloured.contains("\x1b[1m"));
    }
}

/// Numbers in tables are the same numbers: read back, the states' GPU-seconds give what is owned.
#[test]
fn tables_read_back_to_the_bit() {
    let tables = report::table::tables(&outcome(2));
    let summary = &tables.iter().find(|(name, _)| name == "summary.csv").unwrap().1;
    let mut reader = csv::Reader::from_reader(summary.as_slice());
    let header = ["metric", "entity", "unit", "mean", "half_width", "n"];
    assert_eq!(reader.headers().unwrap(), &header[..]);
    let expected = outcome(2);
    let mut seen = 0;
    for row in reader.records().map(Result::unwrap).filter(|row| &row[0] == "gpu_seconds") {
        let (_, spent) = expected.gpu_seconds[seen];
        assert_eq!(row[3].parse::<f64>().unwrap().to_bits(), spent.mean.to_bits());
        seen += 1;
    }
    assert_eq!(seen, expected.gpu_seconds.len());
    let runs = &tables.iter().find(|(name, _)| name == "runs.csv").unwrap().1;
    assert_eq!(csv::Reader::from_reader(runs.as_slice()).records().count(), 2);
}

/// Figures are well-formed enough to nest, and hold no font or time of the machine.
#[test]
fn figures_are_svg() {
    for (name, svg) in report::chart::figures(&outcome(2)) {
        assert!(svg.starts_with("<svg width=\"900\"") && svg.ends_with("</svg>\n"), "{name}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count(), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf,"), "{name}");
        assert!(svg.len() < 300_000, "{name} has {} bytes", svg.len());
    }
}

/// `cargo test --test report -- --ignored` writes a folder of made-up results to look at.
/// Results at the edges of what figures must bear: long names, many jobs, very many GPUs, no
/// interval, one very long and one very short request.
fn extreme() -> Outcome {
    let mut run = sample::run(0);
    for (i, link) in run.links.iter_mut().enumerate() {
        link.name = format!("rack-{i} of the second hall, left row, port 12 → spine-{i} NIC out");
        link.utilisation = if i == 0 { 1.0 } else { link.utilisation };
    }
    run.lost_by_bottleneck[0].name = run.links[0].name.clone();
    run.gpu_seconds.owned *= 100_000.0 / 64.0;
    run.gpu_seconds.by_state.iter_mut().for_each(|s| s.1 *= 100_000.0 / 64.0);
    run.gpu_state_over_time.iter_mut().flat_map(|s| &mut s.1).for_each(|g| *g *= 1562.5);
    run.lost_by_stage.iter_mut().for_each(|s| s.gpu_seconds *= 1562.5);
    run.lost_by_bottleneck.iter_mut().for_each(|s| s.gpu_seconds *= 1562.5);
    let requests = run.requests[0].clone();
    for i in 0..7 {
        let mut more = requests.clone();
        more.job = format!("fine-tuning of the very large model number {i}");
        more.stages.iter_mut().for_each(|stage| stage.1 += 0.002);
        more.first_byte.cdf[0].0 = 1e-7;
        more.total.cdf.push((4000.0, 1.0));
        run.requests.push(more);
        let mut job = run.training[0].clone();
        job.name = format!("fine-tuning of the very large model number {i}");
        run.training.push(job);
    }
    Outcome::new(vec![run])
}

#[test]
fn extremes_fit_the_screen_and_the_figures() {
    let outcome = extreme();
    let text = with(Path::new("outputs"), 1, |_, context| report::screen(&outcome, context, false));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.lines().count() <= 40, "{} lines\n{text}", text.lines().count());
    assert_eq!(report::chart::figures(&outcome).len(), 5);
}

#[test]
fn a_job_without_an_answer_is_on_the_screen() {
    let mut run = sample::run(0);
    let requests = &mut run.requests[0];
    (requests.issued, requests.answered, requests.failed) = (100, 0, 100);
    requests.in_flight_end = 0;
    let outcome = Outcome::new(vec![run]);
    let text = with(Path::new("outputs"), 1, |_, context| report::screen(&outcome, context, false));
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    assert!(text.contains("none answered"), "{text}");
    assert!(text.contains("100 issued = 0 answered + 100 failed + 0 in flight"), "{text}");
}
