//! `gapcast validate`: predicted against measured, error per row and per set.

use super::{Outcome, complain, print};
use crate::report::{self, Timing};
use crate::spec::validation;
use crate::spec::{Diagnostic, Diagnostics};
use crate::study::validate::{CaseOutcome, Prepared, validate};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Predicted against measured: the error of every row of the validation cases. Exit code 3 if a set
/// of rows misses its tolerance.
#[derive(clap::Args)]
pub struct Arguments {
    /// Cases: names of those that are part of the program, or files [default: all that are part of
    /// it]
    #[arg(value_name = "CASE")]
    cases: Vec<String>,
    /// Print the names of the cases that are part of the program
    #[arg(long)]
    list: bool,
    /// Print one JSON object and nothing else
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print tables in Markdown and nothing else
    #[arg(long)]
    markdown: bool,
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

/// Simulates every row, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.list {
        let names: Vec<&str> = validation::names().collect();
        return print(&format!("{}\n", names.join("\n")));
    }
    let cases = match read(&arguments.cases) {
        Ok(cases) => cases,
        Err(found) => {
            found.iter().for_each(complain);
            return Outcome::Invalid;
        }
    };
    let began = Instant::now();
    let runs = cases.iter().map(Prepared::runs).sum();
    let bar = progress(runs, arguments.quiet);
    let outcomes = match validate(cases, arguments.jobs, &|| bar.inc(1)) {
        Ok(outcomes) => outcomes,
        Err(error) => {
            eprintln!("error: {error}");
            return Outcome::Failed;
        }
    };
    bar.finish_and_clear();
    let threads = match arguments.jobs {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs.min(crate::sim::MOST_THREADS),
    };
    let wall_s = began.elapsed().as_secs_f64();
    let timing = Timing { wall_s, threads, peak_memory_bytes: None };
    let folder = match report::validation::write(&outcomes, &arguments.out, timing) {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("error: {error}");
            return Outcome::Failed;
        }
    };
    let printed = if arguments.json {
        print(&format!("{:#}\n", report::validation::json(&outcomes)))
    } else if arguments.markdown {
        print(&report::validation::markdown(&outcomes))
    } else {
        print(&report::validation::screen(&outcomes))
    };
    if !arguments.quiet {
        eprintln!("written to {}", folder.display());
    }
    let met = outcomes.iter().all(CaseOutcome::met);
    printed.max(if met { Outcome::Done } else { Outcome::Missed })
}

/// The cases named, or all that are part of the program; else everything that is wrong with any.
fn read(named: &[String]) -> Result<Vec<Prepared>, Vec<Diagnostics>> {
    let named: Vec<String> = match named {
        [] => validation::names().map(str::to_owned).collect(),
        named => named.to_vec(),
    };
    let (mut cases, mut wrong) = (Vec::new(), Vec::new());
    for (i, name) in named.iter().enumerate() {
        if named[..i].contains(name) {
            let finding = Diagnostic::without_place(format!("{name} is named twice"));
            wrong.push(Diagnostics::from(finding));
            continue;
        }
        let path = Path::new(name);
        let is_file = path.extension().is_some() || path.components().count() > 1 || path.exists();
        let case = if is_file { validation::load(path) } else { validation::load_shipped(name) };
        match case.and_then(Prepared::new) {
            Ok(prepared) => {
                complain(&prepared.case.warnings);
                cases.push(prepared);
            }
            Err(found) => wrong.push(found),
        }
    }
    if wrong.is_empty() { Ok(cases) } else { Err(wrong) }
}

/// A bar on stderr, silent when that is not a terminal.
fn progress(runs: u64, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {eta} left")
        .expect("a valid template");
    let bar = ProgressBar::new(runs).with_style(style);
    bar.tick();
    bar
}
