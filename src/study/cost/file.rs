//! Ledgers that somebody recorded, from a CSV file: all of it, or all that is wrong with it.

use super::record::gaps;
use crate::cost::ledger::{TOLERANCE, USEFUL};
use crate::cost::{GapLedger, Hours, Ledger, Moved};
use crate::kernel::time::Span;
use crate::kernel::units::Bytes;
use crate::model::Scenario;
use crate::probe::GpuState;
use crate::spec::{Cell, Cells, Diagnostic, Diagnostics, nearest};
use crate::study::gap::{Gap, Measured, say};
use crate::study::shapley::{Coalition, all, rank};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a file can hold: (metric, what its entity is).
const METRICS: [(&str, &str); 9] = [
    ("run_hours", ""),
    ("gpu_hours", "a state such as useful, data_stall or data_stall/transfer"),
    ("throughput", "what is counted, such as tokens"),
    ("units", "what is counted, such as samples"),
    ("epochs", ""),
    ("requests", "GET or PUT"),
    ("bytes", "a link between sites, or internet"),
    ("job_gpu_hours", "a job"),
    ("goodput", "a coalition of causes such as none, storage or network+storage"),
];

/// Most causes of a production gap.
const MOST_CAUSES: usize = 12;

/// The columns; the last three may be missing.
const COLUMNS: [&str; 5] = ["metric", "value", "entity", "unit", "replicate"];

/// An example of the file, for help texts.
const EXAMPLE: &str = "for example:\n  metric,entity,unit,value\n  run_hours,,h,336\n  \
                       gpu_hours,useful,GPU-h,106659.84\n  gpu_hours,data_stall,GPU-h,65372.16";

/// Reads a ledger of the scenario's cluster, one or more replicates.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_ledger(path: &Path, scenario: &Scenario) -> Result<Vec<Ledger>, Diagnostics> {
    let cells = Cells::read(path, "columns metric, entity, unit and value")?;
    let mut found = Diagnostics::default();
    let columns = cells.columns(COLUMNS, 2, &mut found);
    if found.has_errors() {
        return Err(found);
    }
    let mut file = File { scenario, found, runs: BTreeMap::new(), gap: Goodputs::default() };
    for row in &cells.rows {
        file.row(row, columns);
    }
    let place = cells.header[0].place.clone();
    let gap = file.gap();
    let whole = Diagnostic::error(&place, "", "this file");
    let mut ledgers = Vec::new();
    let runs = std::mem::take(&mut file.runs);
    let gaps = gap.map(|gap| gaps(&gap, runs.len()));
    for (i, (replicate, run)) in runs.into_iter().enumerate() {
        let gap = gaps.as_ref().map(|gaps| &gaps[i]);
        if let Some(ledger) = file.finish(replicate, run, gap, &whole) {
            ledgers.push(ledger);
        }
    }
    if ledgers.is_empty() && !file.found.has_errors() {
        let finding = Diagnostic { message: "the ledger holds no GPU-hours".into(), ..whole };
        file.found.push(finding.help(EXAMPLE));
    }
    if file.found.has_errors() { Err(file.found) } else { Ok(same_rows(ledgers)) }
}

/// Hours that jobs hold beside those that are named.
const OTHER_JOBS: &str = "other jobs";

/// Gives every replicate the jobs that any of them has, and one that holds the rest of the hours.
fn same_jobs(ledgers: &mut [Ledger]) {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in ledgers.iter().flat_map(|ledger| &ledger.jobs) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let rest =
        |ledger: &Ledger| ledger.held() - ledger.jobs.iter().map(|(_, hours)| hours).sum::<f64>();
    let open = ledgers.iter().any(|ledger| rest(ledger) > TOLERANCE * ledger.held());
    for ledger in ledgers.iter_mut().filter(|_| !names.is_empty()) {
        let rest = rest(ledger).max(0.0);
        let hours = |name: &String| {
            let same = ledger.jobs.iter().find(|(job, _)| job == name);
            (name.clone(), same.map_or(0.0, |(_, hours)| *hours))
        };
        let mut jobs: Vec<(String, f64)> = names.iter().map(hours).collect();
        if open {
            jobs.push((OTHER_JOBS.to_owned(), rest));
        }
        ledger.jobs = jobs;
    }
}

/// Gives every replicate the rows that any of them has.
fn same_rows(mut ledgers: Vec<Ledger>) -> Vec<Ledger> {
    same_jobs(&mut ledgers);
    let mut keys: Vec<(String, String)> = Vec::new();
    for row in ledgers.iter().flat_map(|ledger| &ledger.states) {
        let key = (row.state.clone(), row.detail.clone());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.sort_by_key(|key| key.0 != USEFUL);
    for ledger in &mut ledgers {
        let old = std::mem::take(&mut ledger.states);
        let row = |(state, detail): &(String, String)| {
            let same = old.iter().find(|row| row.state == *state && row.detail == *detail);
            let gpu_hours = same.map_or(0.0, |row| row.gpu_hours);
            Hours { state: state.clone(), detail: detail.clone(), gpu_hours }
        };
        ledger.states = keys.iter().map(row).collect();
    }
    ledgers
}

/// Goodputs by coalition and replicate, coalitions by their names, sorted.
#[derive(Default)]
struct Goodputs {
    unit: String,
    values: BTreeMap<(BTreeSet<String>, u64), f64>,
    place: Option<Cell>,
}

struct File<'a> {
    scenario: &'a Scenario,
    found: Diagnostics,
    /// Values by replicate, metric and entity.
    runs: BTreeMap<u64, Run>,
    gap: Goodputs,
}

/// Values by metric and entity, in the order of the file.
type Run = Vec<(&'static str, String, f64)>;

impl File<'_> {
    fn error(&mut self, cell: &Cell, message: String, help: &str) {
        let finding = Diagnostic::error(&cell.place, message, "here");
        self.found.push(if help.is_empty() { finding } else { finding.help(help) });
    }

    fn row(&mut self, row: &[Cell], columns: [Option<usize>; 5]) {
        let cell = |which: usize| columns[which].map(|place| &row[place]);
        let metric = cell(0).expect("it is needed");
        let Some((name, what)) = METRICS.iter().find(|(name, _)| *name == metric.text) else {
            let names = METRICS.map(|(name, _)| name);
            let help = match nearest(&metric.text, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("metrics: {}", names.join(", ")),
            };
            return self.error(metric, format!("there is no metric `{}`", metric.text), &help);
        };
        let value = cell(1).expect("it is needed");
        let number = value.text.parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0);
        let Some(number) = number.filter(|x| *x <= 1e18) else {
            let message = format!("\"{}\" is not a number from 0 to 1e18", value.text);
            return self.error(value, message, "write digits with at most one point: 1234.5");
        };
        let entity = cell(2).map_or(String::new(), |entity| entity.text.clone());
        let place = cell(2).unwrap_or(metric).clone();
        if what.is_empty() != entity.is_empty() {
            let (message, help) = match what.is_empty() {
                true => (format!("`{name}` has no entity"), String::from("leave it empty")),
                false => (format!("`{name}` needs an entity"), format!("`entity` is {what}")),
            };
            return self.error(&place, message, &help);
        }
        let replicate = match cell(4).map(|cell| (cell, cell.text.parse::<u64>())) {
            None => 0,
            Some((_, Ok(number))) => number,
            Some((cell, Err(_))) if cell.text.is_empty() => 0,
            Some((cell, Err(_))) => {
                let message = format!("\"{}\" is not the number of a replicate", cell.text);
                return self.error(cell, message, "whole numbers from 0");
            }
        };
        let unit = cell(3).map_or("", |cell| cell.text.as_str());
        let factor = match factor(name, unit) {
            Ok(factor) => factor,
            Err(units) => {
                let message = format!("`{name}` is not in {unit}");
                let help = format!("write it in {units}");
                return self.error(cell(3).unwrap_or(metric), message, &help);
            }
        };
        self.value(name, (&entity, &place), unit, number * factor, replicate);
    }

    fn value(
        &mut self,
        metric: &'static str,
        (entity, place): (&str, &Cell),
        unit: &str,
        number: f64,
        replicate: u64,
    ) {
        if metric == "goodput" {
            let names = entity.split('+').map(str::trim).filter(|name| *name != "none");
            let coalition: BTreeSet<String> = names.map(str::to_string).collect();
            self.gap.unit = unit.to_string();
            self.gap.place.get_or_insert_with(|| place.clone());
            if self.gap.values.insert((coalition, replicate), number).is_some() {
                self.error(place, format!("the goodput of {entity} comes twice"), "");
            }
            return;
        }
        self.entity(metric, entity, place);
        let run = self.runs.entry(replicate).or_default();
        if run.iter().any(|(m, e, _)| *m == metric && e == entity) {
            let message = format!("`{metric}` {entity} comes twice");
            let help = "runs of the same cluster are told apart by a column `replicate`";
            return self.error(place, message, help);
        }
        run.push((metric, entity.to_string(), number));
    }

    /// Whether the scenario knows what a value is of.
    fn entity(&mut self, metric: &str, entity: &str, place: &Cell) {
        let (what, known): (&str, Vec<&str>) = match metric {
            "requests" => ("kind of request", vec!["GET", "PUT"]),
            "bytes" => {
                let wans = self.scenario.wans.rows().iter().map(|wan| wan.name.as_str());
                ("link", wans.chain(["internet"]).collect())
            }
            "gpu_hours" => {
                // A state of another name is the author's own, unless it looks like a slip.
                let state = entity.split('/').next().unwrap_or(entity);
                let states: Vec<&str> = GpuState::ALL.iter().map(|state| state.name()).collect();
                match nearest(state, states.iter().copied()) {
                    Some(near) if near != state => ("state", states),
                    _ => return,
                }
            }
            _ => return,
        };
        if known.contains(&entity) {
            return;
        }
        let help = match nearest(entity, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}", known.join(", ")),
        };
        self.error(place, format!("there is no {what} called \"{entity}\""), &help);
    }

    /// The production gap, if goodputs were given: all coalitions of its causes.
    fn gap(&mut self) -> Option<Gap> {
        let place = self.gap.place.clone()?;
        let alone = self.gap.values.keys().filter(|(names, _)| names.len() == 1);
        let causes: BTreeSet<String> = alone.flat_map(|(names, _)| names.clone()).collect();
        let causes: Vec<String> = causes.into_iter().collect();
        let replicates: BTreeSet<u64> = self.gap.values.keys().map(|(_, r)| *r).collect();
        let replicates: Vec<u64> = replicates.into_iter().collect();
        if causes.is_empty() || causes.len() > MOST_CAUSES {
            let help = "each cause needs a line of its own; at most 12 causes";
            self.error(&place, "the goodputs name no causes, or too many".into(), help);
            return None;
        }
        let mut goodputs = BTreeMap::new();
        for coalition in 0..=all(causes.len()) {
            let names = names_of(coalition, &causes);
            let values: Vec<f64> = replicates
                .iter()
                .filter_map(|r| self.gap.values.get(&(names.clone(), *r)).copied())
                .collect();
            if values.len() < replicates.len() {
                let who = match coalition {
                    0 => "none".to_string(),
                    _ => say(coalition, &causes),
                };
                let help = "Shapley shares take the goodput of every coalition, none included";
                self.error(&place, format!("the goodput of {who} is missing"), help);
            }
            goodputs.insert(rank(&coalition), values);
        }
        if self.found.has_errors() {
            return None;
        }
        let unit = self.gap.unit.clone();
        Some(Gap::from(Measured { causes, unit, replicates, goodputs }))
    }

    fn finish(
        &mut self,
        replicate: u64,
        run: Run,
        gap: Option<&GapLedger>,
        whole: &Diagnostic,
    ) -> Option<Ledger> {
        let value = |metric: &str, entity: &str| {
            run.iter().find(|(m, e, _)| *m == metric && e == entity).map(|(.., value)| *value)
        };
        let which =
            if replicate > 0 { format!(" of replicate {replicate}") } else { String::new() };
        let mut missing = |what: &str| {
            let message = format!("the ledger{which} lacks {what}");
            self.found.push(Diagnostic { message, ..whole.clone() }.help(EXAMPLE));
        };
        let hours = value("run_hours", "").filter(|hours| *hours > 0.0);
        if hours.is_none() {
            missing("`run_hours`, the length of the run");
        }
        if value("gpu_hours", USEFUL).is_none() {
            missing("`gpu_hours` of the state useful");
        }
        let hours = hours?;
        let of = |metric: &'static str| run.iter().filter(move |(m, ..)| *m == metric);
        let counted = of("throughput").chain(of("units")).next();
        let units = counted.map(|(metric, _, value)| match *metric {
            "throughput" => value * hours * 3600.0,
            _ => *value,
        });
        let moved = |(_, link, bytes): &(&str, String, f64)| {
            (link != "internet").then(|| Moved { link: link.clone(), bytes: *bytes })
        };
        let ledger = Ledger {
            hours,
            states: of("gpu_hours")
                .map(|(_, state, gpu_hours)| hours_of(state, *gpu_hours))
                .collect(),
            unit: counted.map_or_else(|| "units".to_string(), |(_, unit, _)| unit.clone()),
            units,
            epochs: value("epochs", ""),
            gets: value("requests", "GET").unwrap_or(0.0),
            puts: value("requests", "PUT").unwrap_or(0.0),
            dataset_gets: None,
            dataset_moved: None,
            moved: of("bytes").filter_map(moved).collect(),
            internet_bytes: value("bytes", "internet").unwrap_or(0.0),
            jobs: of("job_gpu_hours").map(|(_, job, hours)| (job.clone(), *hours)).collect(),
            gap: gap.cloned(),
        };
        let jobs: f64 = ledger.jobs.iter().map(|(_, hours)| hours).sum();
        let held = ledger.held();
        if jobs > held * (1.0 + TOLERANCE) {
            let message = format!(
                "jobs{which} hold {jobs} GPU-hours, but states in which jobs hold GPUs {held}"
            );
            let help = "a job's hours are those in which it holds its GPUs, stalls included";
            self.found.push(Diagnostic { message, ..whole.clone() }.help(help));
        }
        if let Err(mismatch) = ledger.fits(self.scenario.gpus()) {
            let help = "every hour of every GPU is in one state: add those that lack, for example \
                        as `unallocated`";
            let message = mismatch.to_string();
            self.found.push(Diagnostic { message, ..whole.clone() }.help(help));
        }
        Some(ledger)
    }
}

/// By what a value in this unit is to be multiplied: hours, GPU-hours, bytes and counts have units of
/// their own; what is work has any.
///
/// # Errors
/// What units the metric has.
fn factor(metric: &str, unit: &str) -> Result<f64, &'static str> {
    let one = format!("1 {unit}");
    match metric {
        _ if unit.is_empty() => Ok(1.0),
        "run_hours" => {
            one.parse::<Span>().map(|span| span.as_s() / 3600.0).map_err(|_| "h, min or s")
        }
        "gpu_hours" | "job_gpu_hours" if unit != "GPU-h" => Err("GPU-h"),
        "bytes" => {
            let help = "B, kB to PB (powers of ten) or KiB to PiB";
            one.parse::<Bytes>().map(|bytes| bytes.0 as f64).map_err(|_| help)
        }
        "requests" | "epochs" if unit != "1" => Err("1"),
        _ => Ok(1.0),
    }
}

fn hours_of(state: &str, gpu_hours: f64) -> Hours {
    let (state, detail) = state.split_once('/').unwrap_or((state, ""));
    Hours { state: state.to_string(), detail: detail.to_string(), gpu_hours }
}

fn names_of(coalition: Coalition, causes: &[String]) -> BTreeSet<String> {
    let on = causes.iter().enumerate().filter(|(i, _)| coalition >> i & 1 == 1);
    on.map(|(_, name)| name.clone()).collect()
}
