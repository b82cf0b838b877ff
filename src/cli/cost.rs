//! `gapcast cost`: what a scenario costs, what of it is idle, and what would be cheaper.

use super::common::{Changes, Output, colour, failed, progress, timing};
use super::{Outcome, complain, print};
use crate::cost::Ledger;
use crate::model::Money;
use crate::report::cost::{self as report, CostContext};
use crate::sim;
use crate::spec::{Diagnostic, Loaded, nearest};
use crate::study::cost::{Priced, Sensitivity, TARGET, gaps, ledgers, read_ledger};
use crate::study::gap::{EXACT, ORDERS, Plan};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// What a scenario without prices is told.
const HOW_TO_PRICE: &str = "add a [price] table, each price with where it comes from and when it was \
                            looked up, for example\n\n  [price]\n  node = { amount = \"310000 USD\", \
                            source = \"quote\", as_of = \"2026-01\" }\n\n(`gapcast check` lists what \
                            lacks then; `gapcast schema --keys` lists all keys; \
                            scenarios/cost/ has examples)";

/// Say what a scenario costs: by line, what of it is idle and on which cause, by the unit of work,
/// buying against renting, and which assumption moves the answer.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario file with a [price] table
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Price a recorded ledger instead of simulating: a CSV file with columns metric, entity, unit,
    /// value and perhaps replicate (every output folder has one)
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Print the difference from another scenario, line by line
    #[arg(long, value_name = "OTHER")]
    compare: Option<PathBuf>,
    /// Ledger of the other scenario [default: that of the first]
    #[arg(long, value_name = "FILE", requires = "compare")]
    compare_ledger: Option<PathBuf>,
    /// Run every coalition of the scenario's disturbances too, and price the production gap by cause
    #[arg(long, conflicts_with_all = ["ledger", "compare"])]
    gap: bool,
    /// Figure whose sensitivity is worked out: a metric of unit_economics.csv
    #[arg(long, value_name = "METRIC", default_value = TARGET)]
    target: String,
    /// Month of the bill in focus.csv
    #[arg(long, value_name = "YYYY-MM", default_value = "2026-01", value_parser = month)]
    month: (u32, u32),
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    output: Output,
}

/// `2026-01`.
fn month(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    let numbers = parts.and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
    let wrong = || "write a year and a month, for example 2026-01".to_owned();
    numbers.filter(|(_, month)| (1..=12).contains(month)).ok_or_else(wrong)
}

/// A scenario with what was made of it.
struct Case {
    loaded: Loaded,
    priced: Priced,
    /// Text of the ledger's file.
    text: String,
}

/// Simulates or reads, prices, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    let began = Instant::now();
    let loaded = match arguments.changes.load(&arguments.scenario) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let first = match case(arguments, loaded, &arguments.scenario, arguments.ledger.as_deref()) {
        Ok(case) => case,
        Err(outcome) => return outcome,
    };
    if let Some(other) = &arguments.compare {
        return compare(arguments, &first, other);
    }
    let target = match target(&first.priced, &arguments.target) {
        Ok(target) => target,
        Err(outcome) => return outcome,
    };
    let scenario = &first.loaded.scenario;
    let money = scenario.money.as_ref().expect("it was priced");
    let sensitivity = Sensitivity::new(&first.priced, money, target);
    let runs = first.priced.runs.len() as u64;
    let name = arguments.ledger.as_deref().and_then(Path::file_name);
    let name = name.map(|name| name.to_string_lossy().into_owned());
    let (year, month) = arguments.month;
    let key = format!(
        "target {}\ngap {}\nmonth {year}-{month}\n{}",
        arguments.target, arguments.gap, first.text
    );
    let context = CostContext {
        scenario,
        canonical: &first.loaded.canonical,
        ledger: name.as_deref(),
        key: &key,
        month: arguments.month,
        out_root: &arguments.output.out,
        timing: timing(began, arguments.output.jobs, runs),
    };
    let folder = match report::write(&first.priced, &sensitivity, &context) {
        Ok(folder) => folder,
        Err(error) => return failed(&error),
    };
    if !arguments.output.json {
        return print(&report::screen(&first.priced, &sensitivity, &context, colour()));
    }
    let value = report::json(&first.priced, &sensitivity, &context);
    let printed = print(&format!("{value:#}\n"));
    if !arguments.output.quiet {
        eprintln!("written to {}", folder.display());
    }
    printed
}

/// Runs or reads a scenario, and prices it.
fn case(
    arguments: &Arguments,
    loaded: Loaded,
    path: &Path,
    ledger: Option<&Path>,
) -> Result<Case, Outcome> {
    let Some(money) = &loaded.scenario.money else {
        eprintln!("error: {} says nothing of money", path.display());
        eprintln!("help: {HOW_TO_PRICE}");
        return Err(Outcome::Invalid);
    };
    if loaded.scenario.gpus() == 0 {
        eprintln!("error: {} has no GPUs: there is no GPU-hour to price", path.display());
        return Err(Outcome::Invalid);
    }
    let (runs, text) = match ledger {
        Some(file) => {
            let runs = read_ledger(file, &loaded.scenario).map_err(|found| {
                complain(&found);
                Outcome::Invalid
            })?;
            (runs, std::fs::read_to_string(file).unwrap_or_default())
        }
        None => (simulate(arguments, &loaded)?, String::new()),
    };
    let priced = Priced::new(&loaded.scenario, runs);
    strangers(&priced, money);
    Ok(Case { loaded, priced, text })
}

/// Warns of fixes against causes, and of teams of jobs, that this run does not have: a slip, or a run
/// in which nothing is left to be mended.
fn strangers(priced: &Priced, money: &Money) {
    let warn = |message: String, name: &str, known: Vec<&str>, what: &str| {
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("{what} of this run: {}", known.join("; ")),
        };
        complain(&Diagnostic::without_place(message).help(help).warning().into());
    };
    let causes = priced.causes();
    for fix in money.fixes.iter().filter(|fix| !priced.has_cause(&fix.cause)) {
        let message = format!(
            "nothing idles on \"{}\", which the fix \"{}\" is against",
            fix.cause, fix.name
        );
        warn(message, &fix.cause, causes.iter().map(String::as_str).collect(), "causes");
    }
    let jobs: Vec<&str> = priced.mean.jobs.iter().map(|(name, _)| name.as_str()).collect();
    for job in money.teams.keys().filter(|job| !jobs.is_empty() && !jobs.contains(&job.as_str())) {
        let message = format!("no job is called \"{job}\", which [finance] `teams` names");
        warn(message, job, jobs.clone(), "jobs");
    }
}

/// Ledgers of the scenario's replicates.
fn simulate(arguments: &Arguments, loaded: &Loaded) -> Result<Vec<Ledger>, Outcome> {
    let scenario = Arc::new(loaded.scenario.clone());
    let (jobs, quiet) = (arguments.output.jobs, arguments.output.quiet);
    let bar = progress(u64::from(scenario.replicates), "replicates", quiet);
    let runs = sim::run(&scenario, jobs, &|_| bar.inc(1)).map_err(|error| failed(&error))?;
    bar.finish_and_clear();
    let mut ledgers = ledgers(&scenario, &runs);
    if arguments.gap {
        let plan = Plan::new(&scenario, EXACT.into(), ORDERS as usize).map_err(|error| {
            eprintln!("error: {error}");
            Outcome::Invalid
        })?;
        let bar = progress(plan.runs(), "runs", quiet);
        let gap = plan.run(jobs, &|| bar.inc(1)).map_err(|error| failed(&error))?;
        bar.finish_and_clear();
        let own = gaps(&gap, ledgers.len());
        ledgers.iter_mut().zip(own).for_each(|(ledger, gap)| ledger.gap = Some(gap));
    }
    Ok(ledgers)
}

/// The cell that sensitivity is asked of.
fn target(priced: &Priced, name: &str) -> Result<crate::cost::CellId, Outcome> {
    if let Some(cell) = priced.costs.sheet.find(name) {
        return Ok(cell);
    }
    let names: Vec<&str> =
        priced.costs.sheet.cells().rows().iter().map(|cell| cell.key.as_str()).collect();
    let help = match nearest(name, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "metrics are the first column of unit_economics.csv".to_owned(),
    };
    let message = format!("--target {name}: this scenario has no such figure");
    complain(&Diagnostic::without_place(message).help(help).into());
    Err(Outcome::Invalid)
}

/// Prints the difference to another scenario, as it is written.
fn compare(arguments: &Arguments, first: &Case, other: &Path) -> Outcome {
    let loaded = match Changes::default().load(other) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let ledger = arguments.compare_ledger.as_deref().or(arguments.ledger.as_deref());
    let second = match case(arguments, loaded, other, ledger) {
        Ok(case) => case,
        Err(outcome) => return outcome,
    };
    // From what it is compared with to what is asked about.
    let all = report::differences(&second.priced, &first.priced);
    let mut names = [&second, first].map(|case| case.loaded.scenario.name.clone());
    if names[0] == names[1] {
        names[1].push_str(" (changed)");
    }
    let names = names.each_ref().map(String::as_str);
    if arguments.output.json {
        return print(&format!("{:#}\n", report::difference_json(names, &all)));
    }
    print(&report::difference_screen(names, &all, colour()))
}
