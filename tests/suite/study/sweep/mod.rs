//! Studies: whatever threads, kills, resumes and shards did, the bytes are the same; what cannot be
//! run is recorded; points are those the study names. All exact: no false alarms.

mod bad;
mod lab;
mod points;

use gapcast::study::sweep::{Journal, Plan};
use lab::{Lab, STUDY, records};
use std::fs;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn threads_do_not_matter() {
    let lab = Lab::new(STUDY);
    for jobs in ["1", "2", "8"] {
        lab.sweep(&["--jobs", jobs, "--out", jobs, "-q"], 0);
    }
    let one = lab.files("1");
    assert_eq!(one, lab.files("2"));
    assert_eq!(one, lab.files("8"));
    let names: Vec<&str> = one.keys().map(String::as_str).collect();
    for name in ["points.csv", "replicates.csv", "failures.csv", "asserts.csv", "knees.csv"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(names.contains(&"figures/lines.svg") && names.contains(&"figures/panels.svg"));
    let (_, rows) = lab.csv("1", "points.csv");
    assert_eq!(rows.len(), 24);
}

/// Killed (SIGKILL) again and again at moments spread over its life, then resumed: the same bytes.
#[test]
fn kills_do_not_matter() {
    let lab = Lab::new(&STUDY.replace("points = 4", "points = 12"));
    lab.sweep(&["--out", "whole", "-q"], 0);
    let mut unfinished = 0;
    for delay in [5, 23, 41, 60, 83, 104, 127, 150, 170, 190, 45, 66] {
        let arguments = ["sweep", "study.toml", "--out", "killed", "--resume", "-q", "--jobs", "2"];
        let mut command = lab.command(&arguments);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().expect("killed");
        let status = child.wait().expect("it ends");
        unfinished += u32::from(!status.success());
    }
    assert!(unfinished >= 4, "killed {unfinished} times only: the study is too short");
    lab.sweep(&["--out", "killed", "--resume", "-q", "--jobs", "1"], 0);
    assert_eq!(lab.files("whole"), lab.files("killed"));
}

/// Cut at every byte of its last record, and in the header, a journal is taken up again.
#[test]
fn torn_tails_are_dropped() {
    let lab = Lab::new(STUDY);
    lab.sweep(&["--out", "out", "-q"], 0);
    let whole = lab.files("out");
    let journal = lab.journals("out").remove(0);
    let bytes = fs::read(&journal).expect("a journal");
    let starts = records(&bytes);
    assert_eq!(starts.len() - 1, 24 * 3);
    let last = starts[starts.len() - 2];
    let cuts = (last..bytes.len()).chain([0, 1, starts[0] - 1, starts[0]]);
    for cut in cuts {
        fs::write(&journal, &bytes[..cut]).expect("written");
        let said = lab.sweep(&["--out", "out", "--resume", "-q"], 0);
        assert_eq!(said.contains("cut short"), cut > last, "cut at {cut}: {said}");
        assert_eq!(lab.files("out"), whole, "cut at {cut}");
    }
    // A power failure may leave the length of a record without its bytes.
    let mut zeros = bytes[..last].to_vec();
    zeros.resize(bytes.len(), 0);
    fs::write(&journal, zeros).expect("written");
    lab.sweep(&["--out", "out", "--resume", "-q"], 0);
    assert_eq!(lab.files("out"), whole);
}

/// A bit turned in the middle is not passed over in silence, whichever part of a record it is in.
#[test]
fn damage_in_the_middle_is_an_error() {
    let lab = Lab::new(STUDY);
    lab.sweep(&["--out", "out", "-q"], 0);
    let journal = lab.journals("out").remove(0);
    let bytes = fs::read(&journal).expect("a journal");
    let start = records(&bytes)[5];
    for at in [start, start + 4, start + 6, start + 9, start + 40] {
        let mut wrong = bytes.clone();
        wrong[at] ^= 0x10;
        fs::write(&journal, &wrong).expect("written");
        let said = lab.sweep(&["--out", "out", "--resume", "-q"], 2);
        assert!(said.contains(&format!("damaged at byte {start}")), "{said}");
        assert_eq!(fs::read(&journal).expect("still there"), wrong, "it was changed");
    }
    lab.sweep(&["--out", "out", "--restart", "-q"], 0);
}

#[test]
fn shards_merge_to_the_same_bytes() {
    let lab = Lab::new(STUDY);
    lab.sweep(&["--out", "whole", "-q"], 0);
    for shard in ["3/4", "1/4", "4/4"] {
        lab.sweep(&["--out", "parts", "--shard", shard, "-q"], 0);
    }
    let said = lab.expect(&["merge", "study.toml", "--out", "parts"], 2);
    assert!(said.contains("6 of 24 points are not done"), "{said}");
    lab.sweep(&["--out", "parts", "--shard", "2/4", "-q"], 0);
    lab.expect(&["merge", "study.toml", "--out", "parts"], 0);
    assert_eq!(lab.files("whole"), lab.files("parts"));

    // Named journals, from other folders, in any order, some twice.
    let mut arguments =
        vec!["merge".to_owned(), "study.toml".into(), "--out".into(), "named".into()];
    let journals = [lab.journals("whole"), lab.journals("parts")].concat();
    arguments.extend(journals.iter().rev().map(|path| path.display().to_string()));
    lab.expect(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    assert_eq!(lab.files("whole"), lab.files("named"));
    for wrong in ["0/4", "5/4", "1", "1/x"] {
        lab.sweep(&["--shard", wrong], 2);
    }
    let said = lab.expect(&["merge", "study.toml", "--out", "nowhere"], 2);
    assert!(said.contains("no journal"), "{said}");
}

#[test]
fn a_stopped_run_is_neither_lost_nor_continued_unasked() {
    let lab = Lab::new(STUDY);
    lab.sweep(&["--out", "out", "-q"], 0);
    let whole = lab.files("out");
    let journal = lab.journals("out").remove(0);
    let bytes = fs::read(&journal).expect("a journal");
    let half = &bytes[..records(&bytes)[36]];
    fs::write(&journal, half).expect("written");
    let said = lab.sweep(&["--out", "out", "-q"], 2);
    assert!(said.contains("--resume") && said.contains("--restart"), "{said}");
    assert_eq!(fs::read(&journal).expect("still there"), half);
    lab.sweep(&["--out", "out", "--restart", "-q"], 0);
    assert_eq!(lab.files("out"), whole);

    // Whole, it is read instead of run again.
    let said = lab.sweep(&["--out", "out"], 0);
    assert!(said.contains("nothing to simulate"), "{said}");

    // Another study's journal is refused.
    lab.write("study.toml", STUDY.replace("latency_ms_p99", "latency_ms_p50").as_bytes());
    let plan = |lab: &Lab| Plan::read(&lab.path("study.toml")).expect("a study").0;
    let other = plan(&lab);
    let said = Journal::open(&journal, &other, false).expect_err("another study's").to_string();
    assert!(said.contains("not of this study"), "{said}");
}

/// While one process writes a journal another one keeps its hands off.
#[test]
fn two_processes_do_not_share_a_journal() {
    let lab = Lab::new(STUDY);
    lab.sweep(&["--out", "out", "-q"], 0);
    let journal = lab.journals("out").remove(0);
    let plan = Plan::read(&lab.path("study.toml")).expect("a study").0;
    let held = Journal::open(&journal, &plan, false).expect("free");
    let said = lab.sweep(&["--out", "out", "--resume", "-q"], 2);
    assert!(said.contains("in use by another process"), "{said}");
    drop(held);
    lab.sweep(&["--out", "out", "--resume", "-q"], 0);
}

/// Points that are no scenario are told and do not stop the others; exit code 1 says so.
#[test]
fn points_that_fail_are_recorded() {
    let study = STUDY.replace("values = [1, 2, 4, 8, 16, 32]", "values = [1, 0, 32, 99000000]");
    let lab = Lab::new(&study);
    for jobs in ["1", "4"] {
        let stderr = lab.sweep(&["--jobs", jobs, "--out", jobs, "-q"], 1);
        assert!(stderr.is_empty(), "{stderr}");
    }
    assert_eq!(lab.files("1"), lab.files("4"));
    let (header, rows) = lab.csv("1", "failures.csv");
    assert_eq!(header, ["point", "clients", "size", "replicate", "why"]);
    assert_eq!(rows.len(), 8);
    assert_eq!(rows[0][..4], ["4", "0", "64 KiB", "0"]);
    assert!(rows[0][4].contains("must be a whole number from 1 to 10,000,000"), "{:?}", rows[0]);
    let (_, points) = lab.csv("1", "points.csv");
    assert_eq!(points.len(), 16);
    assert_eq!(points[4][3..], ["0", "", "", "", ""]);
    assert_eq!(points[0][3], "3");
    // Continuing does not run them again, nor do they ever succeed.
    lab.sweep(&["--out", "1", "--resume", "-q"], 1);
}

/// An assertion that is missed ends in exit code 3, with the figures found.
#[test]
fn missed_assertions_are_exit_code_3() {
    let lab = Lab::new(&STUDY.replace("is = \"above\"", "is = \"below\""));
    let output = lab.run(&["sweep", "study.toml", "-q"]);
    assert_eq!(output.status.code(), Some(3));
    let stdout = String::from_utf8(output.stdout).expect("text");
    assert!(
        stdout.contains("MISSED  32 clients read more than one (4 of 4 comparisons)"),
        "{stdout}"
    );
    assert!(stdout.contains("size = 64 KiB: "), "{stdout}");
    let (_, rows) = lab.csv("outputs", "asserts.csv");
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row[3] == "false" && row[5].contains('<')), "{rows:?}");
}

/// One JSON object and nothing else; quiet is quiet.
#[test]
fn json_is_one_object() {
    let lab = Lab::new(STUDY);
    let output = lab.run(&["sweep", "study.toml", "-q", "--json"]);
    assert!(output.stderr.is_empty());
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(object["points"], 24);
    assert_eq!(object["runs"], 72);
    assert_eq!(object["asserts"][0]["held"], true);
    assert_eq!(object["asserts"][0]["findings"].as_array().map(Vec::len), Some(4));
}

/// Figures and assertions may change without running anything again.
#[test]
fn questions_can_be_changed_afterwards() {
    let lab = Lab::new(STUDY);
    lab.sweep(&["-q"], 0);
    let begun = STUDY.find("[[figure]]").expect("figures");
    lab.write("study.toml", &STUDY.as_bytes()[..begun]);
    let said = lab.sweep(&[], 0);
    assert!(said.contains("nothing to simulate"), "{said}");
    // So may the number of replicates: what there is, is used.
    lab.write("study.toml", format!("replicates = 5\n{}", &STUDY[..begun]).as_bytes());
    let said = lab.sweep(&["--resume"], 0);
    assert!(said.contains("24 points, 48 runs"), "{said}");
}

/// Assertions along an axis: throughput of closed loops rises with their number (8 loops cannot
/// fill the path), the number of answers is flat and has no knee.
#[test]
fn assertions_walk_along_axes() {
    let begun = STUDY.find("[[figure]]").expect("figures");
    let axes = STUDY[..begun].replace("latency_ms_p99", "answered").replace("16, 32]", "16]");
    let assert = |that: &str, metric: &str, how: &str| {
        format!("[[assert]]\nthat = \"{that}\"\nmetric = \"{metric}\"\n{how}\n")
    };
    let along = |way: &str| format!("monotone = {{ axis = \"clients\", direction = \"{way}\" }}");
    let questions = [
        assert("rises", "throughput_mib_per_s", &along("rising")),
        assert("falls", "throughput_mib_per_s", &along("falling")),
        assert("flat", "answered", &along("falling")),
        assert("bends", "answered", "knee = { axis = \"clients\", between = [2, 8] }"),
        assert("all", "answered", "is = \"at_most\"\nthan = 20.0\ntimes = 2"),
    ];
    let lab =
        Lab::new(&format!("{axes}{}", questions.concat().replace("times = 2", "times = 2.0")));
    lab.sweep(&["-q"], 3);
    let (_, rows) = lab.csv("outputs", "asserts.csv");
    let held = |that: &str| -> Vec<bool> {
        rows.iter().filter(|row| row[1] == that).map(|row| row[3] == "true").collect()
    };
    assert_eq!(held("rises"), [true; 4]);
    assert_eq!(held("falls"), [false; 4]);
    assert_eq!(held("flat"), [true; 4]);
    assert_eq!(held("bends"), [false; 4]);
    assert_eq!(held("all"), [true; 20]);
    let why = |that: &str| rows.iter().find(|row| row[1] == that).expect("a row")[5].clone();
    assert!(why("falls").contains(", but from "), "{}", why("falls"));
    assert!(why("bends").contains("no knee"), "{}", why("bends"));
    assert_eq!(why("all"), "40 ≤ 40");
    let (_, knees) = lab.csv("outputs", "knees.csv");
    assert_eq!(knees.len(), 4);
}
