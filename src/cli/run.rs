//! `gapcast run`: simulate a scenario and say how busy its GPUs are and where the time goes.

use super::common::{Changes, Output, colour, failed, progress, timing};
use super::{Outcome, print, trace};
use crate::report::{self, Context};
use crate::{sim, study};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Simulate a scenario: accelerator utilisation, throughput, and where the missing time goes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Run again with packets sprayed over all equal paths and say what collisions cost
    #[arg(long)]
    ideal_routing: bool,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    trace: trace::Arguments,
    #[command(flatten)]
    output: Output,
}

/// Simulates, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    let loaded = match arguments.changes.load(&arguments.scenario) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let scenario = Arc::new(loaded.scenario);
    if let Err(outcome) = arguments.trace.check(scenario.replicates) {
        return outcome;
    }
    let began = Instant::now();
    let times = 1 + u64::from(arguments.ideal_routing);
    let count = times * u64::from(scenario.replicates);
    let bar = progress(count, "replicates", arguments.output.quiet);
    let runs = match sim::run(&scenario, arguments.output.jobs, &|_| bar.inc(1)) {
        Ok(runs) => runs,
        Err(error) => return failed(&error),
    };
    let mut collisions = None;
    if arguments.ideal_routing {
        let ideal = Arc::new(study::collisions::ideal(&scenario));
        match sim::run(&ideal, arguments.output.jobs, &|_| bar.inc(1)) {
            Ok(ideal) => collisions = Some(study::collisions::compare(&runs, &ideal)),
            Err(error) => return failed(&error),
        }
    }
    bar.finish_and_clear();
    let timing = timing(began, arguments.output.jobs, count);
    let outcome = study::Outcome::new(runs);
    let context = Context {
        scenario: &scenario,
        canonical: &loaded.canonical,
        out_root: &arguments.output.out,
        timing,
    };
    let folder = match report::write(&outcome, &context) {
        Ok(folder) => folder,
        Err(error) => return failed(&error),
    };
    if let Some(replicate) = arguments.trace.replicate() {
        let alerts = &outcome.runs[replicate as usize].health;
        if let Err(outcome) = arguments.trace.write(&scenario, alerts) {
            return outcome;
        }
    }
    let printed = if arguments.output.json {
        let mut value = report::json(&outcome, &context);
        if let Some(collisions) = &collisions {
            value["ideal_routing"] = report::collisions::value(collisions);
        }
        print(&format!("{value:#}\n"))
    } else {
        let cost = collisions.as_ref().map(report::collisions::lines).unwrap_or_default();
        print(&(report::screen(&outcome, &context, colour()) + &cost))
    };
    if !arguments.output.quiet && arguments.output.json {
        eprintln!("written to {}", folder.display());
    }
    printed
}
