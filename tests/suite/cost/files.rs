//! The files of `gapcast cost`: the same bytes every time, tables that agree, the bill's columns.

use super::{column, gapcast, priced, root, rows};
use std::collections::BTreeMap;
use std::fs;

/// Two runs differ in nothing but what the machine took.
#[test]
fn files_are_the_same_byte_for_byte() {
    let (a, b) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let folders = [a.path(), b.path()].map(|out| priced(out, "buy-or-rent", &["--jobs", "1"]));
    for name in ["tco.xlsx", "focus.csv", "sobol.csv", "tornado.csv", "unit_economics.csv"] {
        let [one, two] = folders.each_ref().map(|f| fs::read(f.join(name)).expect("it is there"));
        assert!(one == two, "{name} differs");
    }
}

/// A ledger that the program wrote is one that it reads: the same dollars come out.
#[test]
fn a_simulated_ledger_can_be_priced_again() {
    let out = tempfile::tempdir().expect("a folder");
    let scenario = "scenarios/cost/quickstart.toml";
    let small = ["--replicates", "2", "--set", "training.unet3d.steps=5"];
    let run = |more: &[&str]| {
        let mut arguments = vec![scenario, "--json"];
        arguments.extend(small);
        arguments.extend(more);
        let output = gapcast(out.path(), &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")
    };
    let simulated = run(&[]);
    let ledger = format!("{}/ledger.csv", simulated["folder"].as_str().expect("a folder"));
    let again = run(&["--ledger", &ledger]);
    for figure in ["total_cost_per_hour", "idle_cost_per_hour", "cost_per_million_samples"] {
        let of = |run: &serde_json::Value, part: &str| run["figures"][figure][part].clone();
        let [a, b] = [&simulated, &again].map(|run| of(run, "value").as_f64().expect("a number"));
        assert!((a - b).abs() <= 1e-12 * a, "{figure}: {a} and {b}");
        let [a, b] = [&simulated, &again].map(|run| of(run, "half_width").as_f64());
        let (a, b) = (a.expect("an interval"), b.expect("an interval"));
        assert!((a - b).abs() <= 1e-9 * a, "{figure}: ± {a} and ± {b}");
    }
}

/// Columns of FOCUS 1.2: all of them, with the types and nulls that the specification allows, and
/// our own behind. The list of the specification's columns is in `tests/data/cost`.
#[test]
fn the_bill_has_the_columns_of_focus() {
    let out = tempfile::tempdir().expect("a folder");
    for example in ["cluster-512", "copy-or-read"] {
        let folder = priced(out.path(), example, &[]);
        let text = fs::read_to_string(folder.join("focus.csv")).expect("it is there");
        let header: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
        let columns = focus_columns();
        for (name, column) in &columns {
            assert!(header.contains(&name.as_str()), "{name} ({}) is missing", column.level);
        }
        let others = header.iter().filter(|name| !columns.contains_key(**name));
        others.for_each(|name| assert!(name.starts_with("x_"), "{name} is no column of FOCUS"));
        for row in rows(&folder.join("focus.csv")) {
            columns.iter().for_each(|(name, column)| check(name, column, &row[name]));
        }
    }
}

/// A column of the specification.
struct Column {
    level: String,
    nullable: bool,
    data: String,
}

fn focus_columns() -> BTreeMap<String, Column> {
    let path = root().join("tests/data/cost/focus_1_2_columns.csv");
    let text = fs::read_to_string(path).expect("the list");
    let column = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let (level, data) = (cells[2].to_string(), cells[4].to_string());
        (cells[0].to_string(), Column { level, nullable: cells[3] == "True", data })
    };
    text.lines().filter(|line| !line.is_empty()).map(column).collect()
}

fn check(name: &str, column: &Column, value: &str) {
    if value.is_empty() {
        assert!(column.nullable, "{name} is empty");
        return;
    }
    match column.data.as_str() {
        // Numeric format: digits with at most one point; no separators, no exponent here.
        "Decimal" => {
            let plain = value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
            assert!(plain && value.parse::<f64>().is_ok(), "{name}: {value}");
        }
        "Date/Time" => {
            let fits = value.len() == 20 && value.ends_with("00:00:00Z") && &value[4..5] == "-";
            assert!(fits, "{name}: {value}");
        }
        "JSON" => {
            let json: serde_json::Value = serde_json::from_str(value).expect("JSON");
            assert!(json.is_object(), "{name}: {value}");
        }
        _ => assert!(!value.trim().is_empty(), "{name} is blank"),
    }
}

/// The bill ties to the model: effective costs are those of the month's hours, idle ones by cause
/// those of idle time, billed ones the capital and all that is paid by the month.
#[test]
fn the_bill_ties_to_the_costs() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = priced(out.path(), "cluster-512", &["--month", "2024-02"]);
    let figures = column(&folder.join("unit_economics.csv"), "metric", "value");
    let hours = 29.0 * 24.0;
    let bill = rows(&folder.join("focus.csv"));
    let sum = |column: &str, of: &dyn Fn(&BTreeMap<String, String>) -> bool| -> f64 {
        let rows = bill.iter().filter(|row| of(row));
        rows.map(|row| row[column].parse::<f64>().expect("a number")).sum()
    };
    let total = figures["total_cost_per_hour"] * hours;
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b;
    assert!(close(sum("EffectiveCost", &|_| true), total));
    let idle = sum("EffectiveCost", &|row| row["CapacityReservationStatus"] == "Unused");
    assert!(close(idle, figures["idle_cost_per_hour"] * hours));
    let bought = sum("BilledCost", &|row| row["ChargeCategory"] == "Purchase");
    assert!(close(bought, figures["capex"]));
    let written_off = figures["depreciation_per_hour"] * hours;
    assert!(close(sum("BilledCost", &|_| true), bought + total - written_off));
    let unused = bill.iter().filter(|row| row["CapacityReservationStatus"] == "Unused");
    unused.for_each(|row| assert!(!row["x_IdleCause"].is_empty(), "{row:?}"));
}

/// Twelve months of operation sum to a year of buying against renting, tax and inflation in it.
/// Exact theory; 1e-9 for sums in another order.
#[test]
fn months_sum_to_years() {
    let out = tempfile::tempdir().expect("a folder");
    let taxed = ["--set", "finance.tax=0.25", "--set", "finance.inflation=0.03"];
    let folder = priced(out.path(), "buy-or-rent", &taxed);
    let months = rows(&folder.join("cashflow.csv"));
    let number = |row: &BTreeMap<String, String>, key: &str| row[key].parse::<f64>().expect(key);
    let years = rows(&folder.join("buy_vs_rent.csv"));
    assert_eq!(months.len(), 12 * (years.len() - 1) + 1, "month 0, then whole years");
    for key in ["own_capital_usd", "own_running_usd", "own_tax_usd", "own_usd", "rent_usd"] {
        for (year, row) in years.iter().enumerate() {
            let of_year = |month: usize| month.div_ceil(12) == year;
            let all = months.iter().enumerate().filter(|(month, _)| of_year(*month));
            let sum: f64 = all.map(|(_, row)| number(row, key)).sum();
            let expected = number(row, key);
            assert!((sum - expected).abs() <= 1e-9 * expected.abs(), "{key} of year {year}");
        }
    }
    assert!(number(&years[1], "own_tax_usd") < 0.0, "tax falls by what is paid");
}
