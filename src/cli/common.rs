//! What verbs that simulate share: flags that change the scenario, progress, what it took.

use super::{Outcome, complain};
use crate::report::Timing;
use crate::sim;
use crate::spec::{self, Loaded};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Flags of what comes out, and of how it is worked out.
#[derive(clap::Args)]
pub struct Output {
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub json: bool,
    /// Folder for output folders
    #[arg(long, value_name = "DIR", default_value = "outputs")]
    pub out: PathBuf,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub jobs: usize,
    /// No progress on stderr
    #[arg(short, long)]
    pub quiet: bool,
}

/// Flags that change the scenario.
#[derive(Default, clap::Args)]
pub struct Changes {
    /// Seed of all chance instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Independent repetitions instead of the scenario's
    #[arg(long, value_name = "N")]
    replicates: Option<u32>,
    /// Change a field of the scenario, for example --set store.controllers=9
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
}

impl Changes {
    /// Reads the scenario with its changes, saying on stderr what is wrong or looks so.
    pub fn load(&self, scenario: &Path) -> Result<Loaded, Outcome> {
        let fields = self.fields().map_err(|message| {
            eprintln!("error: {message}");
            Outcome::Invalid
        })?;
        let loaded = spec::load_with(scenario, &fields).map_err(|found| {
            if spec::brief::is_plan(scenario) {
                let file = scenario.display();
                eprintln!("error: {file} is a plan: `gapcast plan {file}` works it out");
            } else if spec::study::is_study(scenario) {
                let file = scenario.display();
                eprintln!("error: {file} is a study: `gapcast sweep {file}` runs it");
            } else {
                complain(&found);
            }
            Outcome::Invalid
        })?;
        complain(&loaded.warnings);
        Ok(loaded)
    }

    /// The fields that flags change, as (path, TOML value).
    fn fields(&self) -> Result<Vec<(String, String)>, String> {
        let mut fields = Vec::new();
        for set in &self.set {
            let Some((field, value)) = set.split_once('=').filter(|s| !s.1.trim().is_empty())
            else {
                return Err(format!(
                    "--set {set}: write FIELD=VALUE, for example store.controllers=9"
                ));
            };
            fields.push((field.trim().to_owned(), value.trim().to_owned()));
        }
        fields.extend(self.seed.map(|seed| ("run.seed".to_owned(), seed.to_string())));
        fields.extend(self.replicates.map(|n| ("run.replicates".to_owned(), n.to_string())));
        Ok(fields)
    }
}

/// Says on stderr why a command failed.
pub fn failed(error: &dyn std::error::Error) -> Outcome {
    eprintln!("error: {error}");
    Outcome::Failed
}

/// Whether results on stdout may be coloured.
pub fn colour() -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !plain
}

/// A bar on stderr over `length` of `what`, silent when that is not a terminal.
pub fn progress(length: u64, what: &str, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = format!("{{bar:30}} {{pos}}/{{len}} {what}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).expect("a valid template");
    let bar = ProgressBar::new(length).with_style(style);
    bar.tick();
    bar
}

/// What the machine took for `runs` runs on `jobs` threads (0: one a core).
pub fn timing(began: Instant, jobs: usize, runs: u64) -> Timing {
    let threads = match jobs {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs.min(usize::try_from(runs).unwrap_or(jobs)).min(sim::MOST_THREADS),
    };
    let wall_s = began.elapsed().as_secs_f64();
    Timing { wall_s, threads, peak_memory_bytes: peak_memory_bytes() }
}

/// Most memory this process has held, where the system tells (Linux: VmHWM).
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
