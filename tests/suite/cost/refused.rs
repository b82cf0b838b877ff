//! What lacks a price or a source is refused, all at once, each with what to write.

use super::{gapcast, root};
use std::fs;

fn refused(arguments: &[&str]) -> String {
    let out = tempfile::tempdir().expect("a folder");
    let output = gapcast(out.path(), arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty() && !stderr.contains("panicked"), "{stderr}");
    stderr
}

#[test]
fn a_scenario_without_prices_is_told_how_to_give_them() {
    let said = refused(&["scenarios/quickstart.toml"]);
    assert!(said.contains("says nothing of money") && said.contains("[price]"), "{said}");
}

/// Every error of a ledger in one go.
#[test]
fn a_wrong_ledger_is_told_all_that_is_wrong_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.csv");
    let text = "metric,entity,unit,value\nrun_hours,,h,336\ngpu_hours,usefull,GPU-h,1\n\
                gpu_hours,useful,GPU-h,-3\nrequest,GET,1,5\nrequests,POST,1,5\nbytes,wan9,B,1\n\
                bytes,internet,GPU-h,1\nrun_hours,,h,1\n\
                goodput,none,samples/s,10\ngoodput,a,samples/s,9\ngoodput,b,samples/s,8\n";
    fs::write(&path, text).expect("written");
    let ledger = path.to_string_lossy();
    let said = refused(&["scenarios/cost/cluster-512.toml", "--ledger", &ledger]);
    for words in [
        "did you mean `useful`?",
        "\"-3\" is not a number",
        "did you mean `requests`?",
        "there is no kind of request called \"POST\"",
        "there is no link called \"wan9\"",
        "the goodput of a+b is missing",
        "`bytes` is not in GPU-h",
    ] {
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
}

/// Jobs cannot hold more than is held; units of a ledger are converted.
#[test]
fn hours_of_jobs_are_held_hours_and_units_are_converted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.csv");
    let file = path.to_string_lossy().into_owned();
    let write = |jobs: u32, run: &str| {
        let hours = format!("metric,entity,unit,value\n{run}\ngpu_hours,useful,GPU-h,300\n");
        let rest = "gpu_hours,data_stall,GPU-h,100\ngpu_hours,unallocated,GPU-h,112\n";
        let jobs = format!("job_gpu_hours,a,GPU-h,150\njob_gpu_hours,b,GPU-h,{jobs}\n");
        fs::write(&path, format!("{hours}{rest}{jobs}")).expect("written");
    };
    let arguments = ["scenarios/cost/cluster-512.toml", "--ledger", &file, "--json"];
    write(300, "run_hours,,h,1");
    let said = refused(&arguments);
    assert!(said.contains("jobs hold 450 GPU-hours") && said.contains("hold GPUs 400"), "{said}");
    write(200, "run_hours,,s,3600");
    let out = tempfile::tempdir().expect("a folder");
    assert!(gapcast(out.path(), &arguments).status.success());
}

/// Hours of a ledger are those of the scenario's GPUs.
#[test]
fn a_ledger_of_another_cluster_is_refused() {
    let ledger = "scenarios/cost/gap-512.csv";
    let said = refused(&["scenarios/cost/buy-or-rent.toml", "--ledger", ledger]);
    assert!(said.contains("512 GPU-hours") && said.contains("128 GPUs"), "{said}");
}

/// A fix against nothing is a slip, or a what-if in which nothing is left to be mended: a warning. A
/// figure that is none is refused.
#[test]
fn a_fix_against_nothing_is_told_and_a_target_that_is_none_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(root().join("scenarios/cost/cluster-512.toml")).expect("read");
    let fix = "[[fix]]\nname = \"gateways\"\ncause = \"data_stal\"\n[fix.price]\namount = \
               \"1000 USD\"\nsource = \"quote\"\nas_of = \"2026\"\n";
    let path = folder.path().join("fix.toml");
    fs::write(&path, format!("{text}\n{fix}")).expect("written");
    let (path, ledger) = (path.to_string_lossy(), "scenarios/cost/cluster-512.csv");
    let output = gapcast(folder.path(), &[&path, "--ledger", ledger]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing idles on it here"));
    assert!(said.contains("did you mean \"data_stall\"?"), "{said}");
    let scenario = "scenarios/cost/cluster-512.toml";
    let said = refused(&[scenario, "--ledger", ledger, "--target", "npv_cost_own"]);
    assert!(said.contains("no such figure"), "{said}");
}
