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
    ] {
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
}

/// Hours of a ledger are those of the scenario's GPUs.
#[test]
fn a_ledger_of_another_cluster_is_refused() {
    let ledger = "scenarios/cost/gap-512.csv";
    let said = refused(&["scenarios/cost/buy-or-rent.toml", "--ledger", ledger]);
    assert!(said.contains("512 GPU-hours") && said.contains("128 GPUs"), "{said}");
}

#[test]
fn a_fix_against_nothing_and_a_target_that_is_none_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(root().join("scenarios/cost/cluster-512.toml")).expect("read");
    let fix = "[[fix]]\nname = \"gateways\"\ncause = \"data_stal\"\n[fix.price]\namount = \
               \"1000 USD\"\nsource = \"quote\"\nas_of = \"2026\"\n";
    let path = folder.path().join("fix.toml");
    fs::write(&path, format!("{text}\n{fix}")).expect("written");
    let (path, ledger) = (path.to_string_lossy(), "scenarios/cost/cluster-512.csv");
    let said = refused(&[&path, "--ledger", ledger]);
    assert!(said.contains("did you mean \"data_stall\"?"), "{said}");
    let scenario = "scenarios/cost/cluster-512.toml";
    let said = refused(&[scenario, "--ledger", ledger, "--target", "npv_cost_own"]);
    assert!(said.contains("no such figure"), "{said}");
}
