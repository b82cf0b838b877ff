//! `gapcast sweep` and `gapcast merge`: run a study's points, and put its parts together.

use super::{Outcome, complain, print};
use crate::report::sweep::{self as report, Finished};
use crate::spec;
use crate::study::metric;
use crate::study::sweep::{Journal, JournalError, Plan, Results, Shard, answers, read_all, run};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Display;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Run every point of a study; what is finished survives a kill and is continued by --resume.
#[derive(clap::Args)]
pub struct Arguments {
    /// Study file
    #[arg(value_name = "STUDY", required_unless_present = "metrics")]
    study: Option<PathBuf>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    /// Folder for output folders and journals
    #[arg(long, value_name = "DIR", default_value = "outputs")]
    out: PathBuf,
    /// Continue a run that was stopped
    #[arg(long)]
    resume: bool,
    /// Throw away what a stopped run finished, and begin anew
    #[arg(long, conflicts_with = "resume")]
    restart: bool,
    /// Run part I of N only; `gapcast merge` puts the parts together
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// No progress on stderr
    #[arg(short, long)]
    quiet: bool,
    /// List the metrics that studies can ask for
    #[arg(long)]
    metrics: bool,
}

/// Put the parts of a study together that `gapcast sweep --shard` ran.
#[derive(clap::Args)]
pub struct MergeArguments {
    /// Study file
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    /// Journals of the parts [default: all of this study in the output folder]
    #[arg(value_name = "JOURNAL")]
    journals: Vec<PathBuf>,
    /// Folder for output folders and journals
    #[arg(long, value_name = "DIR", default_value = "outputs")]
    out: PathBuf,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// `2/4`: the second of four parts.
fn shard(text: &str) -> Result<Shard, String> {
    let wrong = || "write I/N, for example 2/4 for the second of four parts".to_owned();
    let (index, of) = text.split_once('/').ok_or_else(wrong)?;
    let (index, of): (u64, u64) =
        (index.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
    if index == 0 || index > of {
        return Err(wrong());
    }
    Ok(Shard { index: index - 1, of })
}

fn failed(error: impl Display) -> Outcome {
    eprintln!("error: {error}");
    Outcome::Failed
}

/// What a journal that cannot be used means for the exit code: a wrong one is wrong input.
fn unusable(error: &JournalError) -> Outcome {
    eprintln!("error: {error}");
    match error {
        JournalError::Io { .. } => Outcome::Failed,
        _ => Outcome::Invalid,
    }
}

/// Reads a study; what is wrong with it is printed.
fn plan(path: &Path) -> Result<Plan, Outcome> {
    match Plan::read(path) {
        Ok((plan, warnings)) => {
            complain(&warnings);
            Ok(plan)
        }
        Err(_) if spec::brief::is_plan(path) => {
            let file = path.display();
            eprintln!("error: {file} is a plan: `gapcast plan {file}` works it out");
            Err(Outcome::Invalid)
        }
        Err(_) if spec::load(path).is_ok() => {
            let file = path.display();
            eprintln!("error: {file} is a scenario: `gapcast run {file}` runs it");
            Err(Outcome::Invalid)
        }
        Err(found) => {
            complain(&found);
            Err(Outcome::Invalid)
        }
    }
}

/// Says what a study means, for `gapcast check`.
pub fn check(path: &Path, first: bool) -> Outcome {
    let plan = match plan(path) {
        Ok(plan) => plan,
        Err(outcome) => return outcome,
    };
    let gap = if first { "" } else { "\n" };
    print(&format!("{gap}{}: valid\n{}", path.display(), report::describe(&plan)))
}

/// Runs what is not in the journal, writes the output folder, prints.
pub fn sweep(arguments: &Arguments) -> Outcome {
    let Some(path) = arguments.study.as_ref().filter(|_| !arguments.metrics) else {
        return print(&metric::list());
    };
    let plan = match plan(path) {
        Ok(plan) => plan,
        Err(outcome) => return outcome,
    };
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let place = Journal::place(&report::folder(&plan, &arguments.out), &plan, shard);
    let mut journal = match Journal::open(&place, &plan, arguments.restart) {
        Ok(journal) => journal,
        Err(error) => return unusable(&error),
    };
    if journal.dropped > 0 {
        eprintln!("note: a record that was cut short is run again");
    }
    let all = shard.count(plan.points());
    let missing = match Results::new(&plan, [&mut journal]).missing(shard) {
        Ok(missing) => missing,
        Err(error) => return unusable(&error),
    };
    if missing > 0 && !journal.is_empty() && !arguments.resume {
        eprintln!(
            "error: a run of this study was stopped with {} of {all} points done ({})\nhelp: \
             --resume continues it, --restart throws it away and begins anew",
            all - missing,
            place.display()
        );
        return Outcome::Invalid;
    }
    if missing == 0 && all > 0 && !arguments.quiet {
        eprintln!("all {all} points are in {}: nothing to simulate", place.display());
    }
    if let Err(outcome) = simulate(arguments, &plan, shard, &mut journal, missing) {
        return outcome;
    }
    if arguments.shard.is_some_and(|shard| shard != Shard::WHOLE) {
        return part(arguments, shard, all, &place);
    }
    finish(&plan, vec![journal], &arguments.out, arguments.json)
}

/// Runs what is missing, with a bar.
fn simulate(
    arguments: &Arguments,
    plan: &Plan,
    shard: Shard,
    journal: &mut Journal,
    missing: u64,
) -> Result<(), Outcome> {
    if missing == 0 {
        return Ok(());
    }
    let before = journal.len();
    let began = Instant::now();
    let all = shard.count(plan.points());
    let bar = progress(all, arguments.quiet).with_position(all - missing);
    // The rate is that of this run.
    bar.reset_eta();
    let done = |_| bar.inc(1);
    let ran = run(plan, shard, journal, arguments.jobs, &done);
    bar.finish_and_clear();
    if let Err(error) = ran {
        eprintln!("help: what is finished stays; --resume continues");
        return Err(failed(error));
    }
    if !arguments.quiet {
        let (s, runs) = (began.elapsed().as_secs_f64(), journal.len() - before);
        let memory = super::common::peak_memory_bytes()
            .map(|bytes| format!(", at most {} MB of memory", bytes / 1_000_000))
            .unwrap_or_default();
        eprintln!(
            "{missing} points, {runs} runs in {s:.1} s: {:.2} points/s{memory}",
            missing as f64 / s
        );
    }
    Ok(())
}

/// Says that one part is done.
fn part(arguments: &Arguments, shard: Shard, points: u64, place: &Path) -> Outcome {
    let (number, of) = (shard.index + 1, shard.of);
    if arguments.json {
        let object = serde_json::json!({
            "shard": format!("{number}/{of}"),
            "points": points,
            "journal": place.display().to_string(),
        });
        return print(&format!("{object:#}\n"));
    }
    print(&format!(
        "part {number} of {of} is done: {points} points\njournal  {}\n`gapcast merge` puts the \
         parts together\n",
        place.display()
    ))
}

/// Puts the parts of a study together, writes the output folder, prints.
pub fn merge(arguments: &MergeArguments) -> Outcome {
    let plan = match plan(&arguments.study) {
        Ok(plan) => plan,
        Err(outcome) => return outcome,
    };
    let mut paths = arguments.journals.clone();
    if paths.is_empty() {
        let folder = report::folder(&plan, &arguments.out);
        paths = journals_in(&folder, &plan.hash);
        if paths.is_empty() {
            let folder = folder.display();
            eprintln!(
                "error: there is no journal of this study in {folder}\nhelp: `gapcast sweep \
                 --shard I/N` makes them; name them if they are elsewhere, or with --out"
            );
            return Outcome::Invalid;
        }
    }
    match read_all(&paths, &plan) {
        Ok(journals) => finish(&plan, journals, &arguments.out, arguments.json),
        Err(error) => unusable(&error),
    }
}

/// Journals of a plan, by name.
fn journals_in(folder: &Path, hash: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let ours = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.starts_with(hash) && name.ends_with(".journal"))
    };
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(ours).collect();
    paths.sort();
    paths
}

/// Writes and prints a study whose points are all there.
fn finish(plan: &Plan, mut journals: Vec<Journal>, out: &Path, json: bool) -> Outcome {
    let mut results = Results::new(plan, journals.iter_mut());
    match results.missing(Shard::WHOLE) {
        Ok(0) => {}
        Ok(missing) => {
            let all = plan.points();
            eprintln!(
                "error: {missing} of {all} points are not done\nhelp: run the parts that lack \
                 with --shard, or continue them with --resume"
            );
            return Outcome::Invalid;
        }
        Err(error) => return unusable(&error),
    }
    let rows = match results.rows() {
        Ok(rows) => rows,
        Err(error) => return unusable(&error),
    };
    let answers = answers(plan, &rows);
    let folder = match report::write(&mut results, &rows, &answers, out) {
        Ok(folder) => folder,
        Err(error) => return failed(error),
    };
    let finished = Finished { plan, rows: &rows, answers: &answers, folder: &folder };
    let printed = if json {
        print(&format!("{:#}\n", report::json(&finished)))
    } else {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = std::io::stdout().is_terminal() && !plain;
        print(&report::screen(&finished, colour))
    };
    let missed = if finished.missed() > 0 { Outcome::Missed } else { Outcome::Done };
    // Results with holes must not pass for whole ones in a script.
    let holes = if finished.failed() > 0 { Outcome::Failed } else { Outcome::Done };
    printed.max(missed).max(holes)
}

/// A bar on stderr, silent when that is not a terminal.
fn progress(points: u64, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} points, {per_sec}, {eta} left")
        .expect("a valid template");
    let bar = ProgressBar::new(points).with_style(style);
    bar.tick();
    bar
}
