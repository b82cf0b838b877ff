//! `gapcast gap`: what production gives less than the laboratory, and which cause takes which part.

use super::common::{Changes, Output, colour, failed, progress, timing};
use super::{Outcome, complain, print};
use crate::report::gap::{self as report, GapContext};
use crate::study::gap::{EXACT, Gap, GapError, ORDERS, Plan, read_measured};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a scenario without disturbances is told.
const HOW_TO_DISTURB: &str = "say what production has and the laboratory has not, for example\n\n  \
    [production.jitter]\n  delay = { exponential = \"2 ms\" }\n\n\
    (`gapcast schema` lists all kinds, under `production`)";

/// Simulate production and its laboratory twin, and say which disturbance takes which part of the
/// gap (Shapley shares over paired runs).
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario file with [production.NAME] tables
    #[arg(value_name = "SCENARIO", required_unless_present = "values")]
    scenario: Option<PathBuf>,
    /// Attribute measured goodputs instead: a CSV file with columns `coalition` (names joined by
    /// `+`; `none` for the laboratory), `goodput`, and perhaps `replicate` and `unit`
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["scenario", "seed", "replicates", "set", "exact_up_to", "permutations"]
    )]
    values: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Run all coalitions of up to so many disturbances; of more, those along sampled orders
    #[arg(
        long,
        value_name = "N",
        default_value_t = EXACT,
        value_parser = clap::value_parser!(u8).range(1..=12)
    )]
    exact_up_to: u8,
    /// Orders to sample when there are more: pairs of an order and its reverse, each some coalitions
    /// as there are disturbances
    #[arg(
        long,
        value_name = "N",
        default_value_t = ORDERS,
        value_parser = clap::value_parser!(u32).range(4..=100_000)
    )]
    permutations: u32,
    /// Print more: what pairing the runs is worth, how many runs it took
    #[arg(long)]
    details: bool,
    #[command(flatten)]
    output: Output,
}

/// Simulates or reads, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    match (&arguments.values, &arguments.scenario) {
        (Some(values), _) => attribute(arguments, values),
        (None, Some(scenario)) => simulate(arguments, scenario),
        (None, None) => unreachable!("one of the two is required"),
    }
}

fn simulate(arguments: &Arguments, path: &Path) -> Outcome {
    let loaded = match arguments.changes.load(path) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let (exact, orders) = (usize::from(arguments.exact_up_to), arguments.permutations as usize);
    let plan = match Plan::new(&loaded.scenario, exact, orders) {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("error: {}: {error}", path.display());
            if matches!(error, GapError::NoDisturbance) {
                eprintln!("help: {HOW_TO_DISTURB}");
            }
            return Outcome::Invalid;
        }
    };
    let began = Instant::now();
    let bar = progress(plan.runs(), "runs", arguments.output.quiet);
    let gap = match plan.run(arguments.output.jobs, &|| bar.inc(1)) {
        Ok(gap) => gap,
        Err(error) => {
            bar.finish_and_clear();
            return failed(&error);
        }
    };
    bar.finish_and_clear();
    let (seed, replicates) = (loaded.scenario.seed, loaded.scenario.replicates);
    // What was asked, not how: exact shares are the same whatever the number of orders.
    let asked = gap.orders.map_or("exact".to_owned(), |orders| format!("orders {orders}"));
    let key = format!("{}\nseed {seed}\nreplicates {replicates}\n{asked}\n", loaded.canonical);
    let context = GapContext {
        name: &loaded.scenario.name,
        scenario: Some(&loaded.scenario),
        key: &key,
        out_root: &arguments.output.out,
        timing: timing(began, arguments.output.jobs, plan.runs()),
    };
    finish(arguments, &gap, &context)
}

fn attribute(arguments: &Arguments, path: &Path) -> Outcome {
    let began = Instant::now();
    let measured = match read_measured(path) {
        Ok(measured) => measured,
        Err(found) => {
            complain(&found);
            return Outcome::Invalid;
        }
    };
    let key = format!("{measured:?}\n");
    let gap = Gap::from(measured);
    let name =
        path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let context = GapContext {
        name: &name,
        scenario: None,
        key: &key,
        out_root: &arguments.output.out,
        timing: timing(began, 1, 1),
    };
    finish(arguments, &gap, &context)
}

fn finish(arguments: &Arguments, gap: &Gap, context: &GapContext<'_>) -> Outcome {
    let folder = match report::write(gap, context) {
        Ok(folder) => folder,
        Err(error) => return failed(&error),
    };
    if !arguments.output.json {
        return print(&report::screen(gap, context, arguments.details, colour()));
    }
    let printed = print(&format!("{:#}\n", report::json(gap, context)));
    if !arguments.output.quiet {
        eprintln!("written to {}", folder.display());
    }
    printed
}
