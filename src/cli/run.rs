//! `gapcast run`: simulate a scenario and say how busy its GPUs are and where the time goes.

use super::{Outcome, complain, print};
use crate::report::{self, Context, Timing};
use crate::{sim, spec, study};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Simulate a scenario: accelerator utilisation, throughput, and where the missing time goes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Seed of all chance instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Independent repetitions instead of the scenario's
    #[arg(long, value_name = "N")]
    replicates: Option<u32>,
    /// Change a field of the scenario, for example --set store.controllers=9
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Folder for output folders
    #[arg(long, value_name = "DIR", default_value = "outputs")]
    out: PathBuf,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    /// No progress on stderr
    #[arg(short, long)]
    quiet: bool,
}

/// Simulates, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    let fields = match fields(arguments) {
        Ok(fields) => fields,
        Err(message) => {
            eprintln!("error: {message}");
            return Outcome::Invalid;
        }
    };
    let loaded = match spec::load_with(&arguments.scenario, &fields) {
        Ok(loaded) => loaded,
        Err(found) => {
            complain(&found);
            return Outcome::Invalid;
        }
    };
    complain(&loaded.warnings);
    let scenario = Arc::new(loaded.scenario);
    let began = Instant::now();
    let bar = progress(u64::from(scenario.replicates), arguments.quiet);
    let runs = match sim::run(&scenario, arguments.jobs, &|_| bar.inc(1)) {
        Ok(runs) => runs,
        Err(error) => {
            eprintln!("error: {error}");
            return Outcome::Failed;
        }
    };
    bar.finish_and_clear();
    let threads = match arguments.jobs {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs.min(scenario.replicates as usize).min(sim::MOST_THREADS),
    };
    let wall_s = began.elapsed().as_secs_f64();
    let timing = Timing { wall_s, threads, peak_memory_bytes: peak_memory_bytes() };
    let outcome = study::Outcome::new(runs);
    let context = Context {
        scenario: &scenario,
        canonical: &loaded.canonical,
        out_root: &arguments.out,
        timing,
    };
    let folder = match report::write(&outcome, &context) {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("error: {error}");
            return Outcome::Failed;
        }
    };
    let printed = if arguments.json {
        print(&format!("{:#}\n", report::json(&outcome, &context)))
    } else {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = std::io::stdout().is_terminal() && !plain;
        print(&report::screen(&outcome, &context, colour))
    };
    if !arguments.quiet && arguments.json {
        eprintln!("written to {}", folder.display());
    }
    printed
}

/// The fields that flags change, as (path, TOML value).
fn fields(arguments: &Arguments) -> Result<Vec<(String, String)>, String> {
    let mut fields = Vec::new();
    for set in &arguments.set {
        let Some((field, value)) = set.split_once('=') else {
            return Err(format!("--set {set}: write FIELD=VALUE, for example store.controllers=9"));
        };
        fields.push((field.trim().to_owned(), value.trim().to_owned()));
    }
    fields.extend(arguments.seed.map(|seed| ("run.seed".to_owned(), seed.to_string())));
    fields.extend(arguments.replicates.map(|n| ("run.replicates".to_owned(), n.to_string())));
    Ok(fields)
}

/// A bar on stderr, silent when that is not a terminal.
fn progress(replicates: u64, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} replicates, {eta} left")
        .expect("a valid template");
    let bar = ProgressBar::new(replicates).with_style(style);
    bar.tick();
    bar
}

/// Most memory this process has held, where the system tells (Linux: VmHWM).
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
