//! Answers as a whole: the same however they are made, against brute force, and where nothing fits.

use super::{folder, gapcast, root, rows};
use std::fs;
use std::path::Path;

/// A small plan: 36 designs of 8 GPUs.
const SMALL: &str = r#"
base = "pod.toml"

[[decision]]
name = "gateways"
field = "store.controllers"
values = [1, 2, 3]

[[decision]]
name = "storage_nodes"
field = "store.media.nodes"
values = [3, 4, 5]

[[decision]]
name = "workers"
field = "training.unet3d.workers"
values = [1, 2, 4, 8]

[[objective]]
minimise = "cost_per_useful_gpu_hour"
indifference = 0.02

[[constraint]]
name = "au"
kind = "slo"
metric = "accelerator_utilisation"
at_least = AU
tolerance = 0.02

[selection]
confidence = 0.9
first = 10
at_most = 100
"#;

fn written(folder: &Path, au: &str) -> String {
    let pod = fs::read_to_string(root().join("scenarios/plans/base/pod-16.toml")).expect("a file");
    let pod = pod.replace("count = 2", "count = 1").replace("objects = 2240 ", "objects = 560 ");
    let pod = pod.replace("steps = 20", "steps = 10").replace("leaves = 2\n", "leaves = 1\n");
    fs::write(folder.join("pod.toml"), pod).expect("written");
    let path = folder.join("small.toml");
    fs::write(&path, SMALL.replace("AU", au)).expect("written");
    path.to_str().expect("text").to_owned()
}

/// Everything in a folder but what the machine took.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false if path.ends_with("timing.json") => {}
                false => {
                    let name = path.strip_prefix(folder).expect("within").display().to_string();
                    all.push((name, fs::read(&path).expect("a file")));
                }
            }
        }
    }
    all.sort();
    all
}

/// One, two and eight threads, and a second run from the journal of the first: the same bytes; and the
/// choice is that of running every design.
#[test]
fn the_answer_is_the_same_however_it_is_made() {
    let home = tempfile::tempdir().expect("a folder");
    let plan = written(home.path(), "0.8");
    let mut seen: Option<Vec<(String, Vec<u8>)>> = None;
    for (out, jobs) in [("a", "1"), ("b", "2"), ("c", "8"), ("a", "2")] {
        let out = home.path().join(out);
        let out_text = out.to_str().expect("text");
        let output =
            gapcast(&[&plan, "--jobs", jobs, "--out", out_text, "-q", "--brute-force", "12"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(stderr.contains("the same"), "{stderr}");
        let files = contents(&folder(&out, "small"));
        assert!(files.iter().any(|(name, _)| name.ends_with("trade_off.svg")));
        match &seen {
            Some(seen) => assert_eq!(*seen, files, "with {jobs} threads"),
            None => seen = Some(files),
        }
    }
}

/// GPUs are not busy all the time: exit code 3, near misses with what they break, and the relaxation
/// that would do.
#[test]
fn what_stands_in_the_way_is_said() {
    let home = tempfile::tempdir().expect("a folder");
    let plan = written(home.path(), "1.0");
    let out = home.path().join("out");
    let output = gapcast(&[&plan, "--out", out.to_str().expect("text"), "-q"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{stdout}");
    assert!(stdout.contains("No design keeps every bound"), "{stdout}");
    assert!(stdout.contains("Cheapest single relaxation"), "{stdout}");
    let worth = rows(&folder(&out, "small").join("worth.csv"));
    assert_eq!(worth.len(), 1);
    assert_eq!(worth[0]["change"], "dropped");
    assert!(worth[0]["reaches"].parse::<f64>().is_ok_and(|au| au > 0.5), "{worth:?}");
}

/// Shipped plans are right.
#[test]
fn every_shipped_plan_is_valid() {
    let folder = root().join("scenarios/plans");
    let mut plans = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        plans += 1;
        if gapcast::spec::brief::needs_table(&path) {
            gapcast::spec::brief::load(&path, None).unwrap_or_else(|wrong| panic!("{wrong}"));
            continue;
        }
        let read = gapcast::study::planner::Project::read(&path);
        let (project, _) = read.unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(!project.brief.study.description.is_empty(), "{}", path.display());
        project.existing(&project.brief.from).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
    assert!(plans >= 8, "{plans} plans");
}

/// What a plan recommends.
fn recommended(plan: &str, out: &Path) -> serde_json::Value {
    let output =
        gapcast(&[plan, "--out", out.to_str().expect("text"), "-q", "--json", "--choice-only"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// On a plan without traps local search finds what looking at every design finds, and says how many it
/// looked at; two objectives give a front of designs of which none beats another.
#[test]
fn a_local_search_finds_the_same_and_two_objectives_a_front() {
    let home = tempfile::tempdir().expect("a folder");
    let plan = written(home.path(), "0.8");
    let text = fs::read_to_string(&plan).expect("a file");
    let other = |name: &str, text: String| {
        let path = home.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let local = text.replace("[selection]\n", "[selection]\nsearch = \"local\"\nstarts = 3\n");
    let all = recommended(&plan, &home.path().join("all"));
    let found = recommended(&other("local.toml", local), &home.path().join("local"));
    assert_eq!(all["recommended"]["design"], found["recommended"]["design"]);
    assert!(found["looked_at"].as_u64() < all["looked_at"].as_u64(), "{}", found["looked_at"]);
    let two = text.replace(
        "[[constraint]]",
        "[[objective]]\nmaximise = \"goodput_samples_per_s\"\n\n[[constraint]]",
    );
    let out = home.path().join("two");
    recommended(&other("two.toml", two), &out);
    let front = rows(&folder(&out, "two").join("pareto.csv"));
    let front: Vec<(f64, f64)> = front
        .iter()
        .filter(|row| row["among"] == "feasible")
        .map(|row| {
            let of = |name: &str| row[name].parse::<f64>().expect("a number");
            (of("cost_per_useful_gpu_hour"), of("goodput_samples_per_s"))
        })
        .collect();
    assert!(!front.is_empty());
    assert!(front.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1));
}
