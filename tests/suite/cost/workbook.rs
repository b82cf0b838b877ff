//! The workbook recalculates to the program's numbers: LibreOffice opens it headless, every stored
//! result wiped and recalculation forced, and each figure is compared. Skipped where there is no
//! LibreOffice.

use super::{column, priced, rows};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Command;

/// Relative.
const TOLERANCE: f64 = 1e-9;

/// Has spreadsheets calculate what they load, whoever wrote it.
const ALWAYS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<oor:items \
    xmlns:oor=\"http://openoffice.org/2001/registry\" \
    xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<item \
    oor:path=\"/org.openoffice.Office.Calc/Formula/Load\"><prop oor:name=\"OOXMLRecalcMode\" \
    oor:op=\"fuse\"><value>0</value></prop></item>\n</oor:items>\n";

/// All sheets as CSV files, numbers in full.
const FILTER: &str =
    "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";

fn there_is_libreoffice() -> bool {
    Command::new("soffice").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The workbook with every stored result replaced by 1.
fn wiped(bytes: &[u8]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).expect("a workbook is a zip file");
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..from.len() {
        let mut file = from.by_index(i).expect("an entry");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("readable");
        let name = file.name().expect("a name").to_string();
        if name.starts_with("xl/worksheets/sheet") {
            content = without_results(&String::from_utf8(content).expect("XML")).into_bytes();
        }
        to.start_file(name, zip::write::SimpleFileOptions::default()).expect("written");
        to.write_all(&content).expect("written");
    }
    to.finish().expect("written").into_inner()
}

fn without_results(xml: &str) -> String {
    let mut parts = xml.split("</f><v>");
    let mut text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (_, rest) = part.split_once("</v>").expect("a value ends");
        text.push_str("</f><v>1</v>");
        text.push_str(rest);
    }
    text
}

/// The sheets of a workbook after recalculation: rows of cells.
fn recalculated(folder: &Path, bytes: &[u8]) -> BTreeMap<String, Vec<Vec<String>>> {
    let user = folder.join("office/user");
    fs::create_dir_all(&user).expect("a folder");
    fs::write(user.join("registrymodifications.xcu"), ALWAYS).expect("written");
    fs::write(folder.join("tco.xlsx"), bytes).expect("written");
    let profile = format!("-env:UserInstallation=file://{}", folder.join("office").display());
    let output = Command::new("soffice")
        .args([&profile, "--headless", "--convert-to", FILTER, "--outdir"])
        .arg(folder)
        .arg(folder.join("tco.xlsx"))
        .output()
        .expect("LibreOffice starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut sheets = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = stem.strip_prefix("tco-") {
            let reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&path);
            let records = reader.expect("a CSV file").into_records();
            let rows = records.map(|row| row.expect("a row").iter().map(str::to_string).collect());
            sheets.insert(name.to_string(), rows.collect());
        }
    }
    sheets
}

/// A number as a spreadsheet shows it.
fn number(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok().map(|value| value / 100.0),
        None => text.parse().ok(),
    }
}

fn compare(what: &str, found: Option<f64>, expected: f64, wrong: &mut Vec<String>) {
    let close = |found: f64| (found - expected).abs() <= TOLERANCE * expected.abs().max(1e-12);
    if !found.is_some_and(close) {
        wrong.push(format!("{what}: {found:?}, not {expected}"));
    }
}

/// Every figure, the totals of the tables, the tornado.
#[test]
fn libreoffice_recalculates_the_program_s_numbers() {
    if !there_is_libreoffice() {
        eprintln!("skipped: there is no soffice");
        return;
    }
    for example in ["cluster-512", "buy-or-rent", "copy-or-read", "gap-512"] {
        let out = tempfile::tempdir().expect("a folder");
        let folder = priced(out.path(), example, &[]);
        let bytes = fs::read(folder.join("tco.xlsx")).expect("the workbook");
        let sheets = recalculated(out.path(), &wiped(&bytes));
        for name in ["Inputs", "Costs", "Idle", "Cash flow", "Buy-vs-rent", "Sensitivity"] {
            assert!(sheets.contains_key(name), "{example} has no sheet {name}");
        }
        let mut wrong = Vec::new();
        // Figures stand in rows of name, what, value, unit.
        let mut shown: BTreeMap<&str, &str> = BTreeMap::new();
        for row in sheets.iter().filter(|(name, _)| *name != "Cases").flat_map(|(_, rows)| rows) {
            if let [name, _, value, ..] = row.as_slice() {
                shown.entry(name).or_insert(value);
            }
        }
        let figures = column(&folder.join("unit_economics.csv"), "metric", "value");
        assert!(figures.len() > 15, "{example} has {} figures", figures.len());
        for (name, expected) in &figures {
            let found = shown.get(name.as_str()).and_then(|text| number(text));
            compare(&format!("{example} {name}"), found, *expected, &mut wrong);
        }
        for row in rows(&folder.join("tornado.csv")).iter().take(12) {
            let bars = &sheets["Sensitivity"];
            let bar = bars.iter().find(|bar| bar[0] == row["input"]);
            for (column, place) in [("at_low", 5), ("at_high", 6), ("swing", 7)] {
                let expected: f64 = row[column].parse().expect("a number");
                if row["swing"] != "0" {
                    let found = bar.and_then(|bar| number(&bar[place]));
                    let what = format!("{example} tornado {} {column}", row["input"]);
                    compare(&what, found, expected, &mut wrong);
                }
            }
        }
        totals(example, &folder, &sheets, &mut wrong);
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// The last rows of the tables of costs and of idle time, and the last month.
fn totals(
    example: &str,
    folder: &Path,
    sheets: &BTreeMap<String, Vec<Vec<String>>>,
    wrong: &mut Vec<String>,
) {
    for (sheet, file, words) in [("Costs", "cost_lines", 3), ("Idle", "idle_by_cause", 2)] {
        if rows(&folder.join("idle_by_cause.csv")).is_empty() && sheet == "Idle" {
            continue;
        }
        let total = sheets[sheet].iter().find(|row| row[0] == "total").expect("a total");
        for (i, key) in ["usd_per_hour", "usd_per_run", "usd_per_year"].iter().enumerate() {
            let sum: f64 = rows(&folder.join(format!("{file}.csv")))
                .iter()
                .map(|row| row[*key].parse::<f64>().expect("a number"))
                .sum();
            let place = if words == 3 { 3 + i } else { [4, 7, 8][i] };
            compare(&format!("{example} total {key} of {file}"), number(&total[place]), sum, wrong);
        }
    }
    let months = folder.join("cashflow.csv");
    if let (true, Some(last)) = (months.exists(), rows(&months).last()) {
        let of = sheets["Cash flow"].iter().find(|row| row[0] == last["month"]);
        for (key, place) in [("own_cumulative_usd", 7), ("rent_cumulative_usd", 9)] {
            if let Ok(expected) = last[key].parse::<f64>() {
                let found = of.and_then(|row| number(&row[place]));
                compare(&format!("{example} last month {key}"), found, expected, wrong);
            }
        }
    }
}
