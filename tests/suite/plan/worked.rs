//! Worked example 5, through the program: tables in, files out.

use super::{folder, gapcast, root, rows};
use std::collections::BTreeMap;
use std::path::Path;

/// Relative: a few roundings.
const TOLERANCE: f64 = 1e-9;

fn planned(out: &Path, plan: &str, table: &str) -> std::path::PathBuf {
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let output = gapcast(&[plan, "--results", table, "--out", &text(out), "-q"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let name = Path::new(plan).file_stem().expect("a name").to_str().expect("text");
    folder(out, name)
}

/// What the program says, under the names of the example.
fn said(out: &Path) -> BTreeMap<String, String> {
    let first = planned(out, "scenarios/plans/worked.toml", "scenarios/plans/worked.csv");
    let second = planned(out, "tests/data/plan/replicated.toml", "tests/data/plan/replicated.csv");
    let mut said = BTreeMap::new();
    let designs = rows(&first.join("designs.csv"));
    for row in &designs {
        said.insert(format!("{}_verdict", row["design"]), row["verdict"].clone());
        said.insert(
            format!("{}_unit_cost", row["design"]),
            row["cost_per_million_samples"].clone(),
        );
    }
    let named = |column: &str, is: &str| -> String {
        let fit = designs.iter().filter(|row| row[column] == is);
        fit.map(|row| row["design"].clone()).collect::<Vec<_>>().join("|")
    };
    said.insert("feasible_set".into(), named("verdict", "feasible"));
    said.insert("optimum".into(), named("fate", "chosen"));
    let worth = rows(&first.join("worth.csv"));
    let rule = worth.iter().find(|row| row["constraint"] == "policy_region").expect("the rule");
    said.insert("optimum_without_policy".into(), rule["best"].clone());
    said.insert("price_of_policy".into(), rule["improvement"].clone());
    let front = rows(&first.join("pareto.csv"));
    for (name, among) in [("pareto_cost_throughput", "all"), ("pareto_feasible", "feasible")] {
        let fit = front.iter().filter(|row| row["among"] == among);
        let names: Vec<&str> = fit.map(|row| row["design"].as_str()).collect();
        said.insert(name.into(), names.join("|"));
    }
    let designs = rows(&second.join("designs.csv"));
    let one = |column: &str| designs[0][&format!("goodput_samples_per_s_{column}")].clone();
    let half: f64 = one("half_width").parse().expect("a number");
    said.insert("t_975".into(), format!("{}", half / 5_000.0 * 10.0_f64.sqrt()));
    said.insert("half_width".into(), one("half_width"));
    said.insert("relative_half_width".into(), one("relative_half_width"));
    said.insert("stop".into(), one("precise"));
    said.insert("replications_needed".into(), one("replicates_needed"));
    for row in rows(&second.join("selection.csv")) {
        let name = match row["item"].as_str() {
            "ocba_share" => format!("ocba_share_{}", row["of"]),
            "ocba_replicates" => format!("ocba_n_{}", row["of"]),
            other => other.to_owned(),
        };
        said.insert(name, row["value"].clone());
    }
    said
}

/// Every output row of the example, to 1e-9 relative. Theory: the formulas stand beside each row.
#[test]
fn every_output_of_the_worked_example_comes_out() {
    let out = tempfile::tempdir().expect("a folder");
    let said = said(out.path());
    let reference = rows(&root().join("tests/data/cost/worked_examples.csv"));
    let outputs: Vec<_> = reference
        .iter()
        .filter(|row| row["example_id"] == "WE5" && row["kind"] == "output")
        .collect();
    assert_eq!(outputs.len(), 32);
    for row in outputs {
        let (name, expected) = (row["name"].as_str(), row["value"].as_str());
        let found = said.get(name).unwrap_or_else(|| panic!("nothing is said of {name}"));
        match (found.parse::<f64>(), expected.parse::<f64>()) {
            (Ok(found), Ok(expected)) => {
                let off = (found - expected).abs() / expected.abs();
                assert!(off <= TOLERANCE, "{name}: {found} is not {expected}");
            }
            _ => assert_eq!(found, expected, "{name}"),
        }
    }
}
