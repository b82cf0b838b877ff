//! `gapcast plan`: what to buy, how sure that is, and what stands in the way.

use super::common::{Output, colour, failed, timing};
use super::{Outcome, complain, print};
use crate::report::planner::{self as report, PlanContext};
use crate::spec::{self, Diagnostic};
use crate::study::planner::{
    Answer, Depth, Project, Runs, RunsError, Terms, answer, answer_table, exhaust, read_with_table,
};
use crate::study::sweep::{Journal, JournalError, Shard};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Say what to buy: the best of all designs of a plan that keeps every bound, with a guarantee, a bill of
/// materials, what the bounds are worth, and what would tip the choice. Exit code 3: no design keeps
/// every bound, and the screen says what stands in the way.
#[derive(clap::Args)]
pub struct Arguments {
    /// Plan file
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Choose among the designs of a CSV file instead of simulating: a column `design`, perhaps
    /// `replicate`, and one for each figure and name that the plan asks for
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// What there is already, as decisions or fields, instead of the plan's `from`: the cheapest way up
    /// from it is worked out.
    /// For example --from controllers=4,storage_nodes=8
    #[arg(long, value_name = "NAME=VALUE,…", conflicts_with = "results")]
    from: Option<String>,
    /// The choice alone: not what bounds are worth, nor what would tip it
    #[arg(long)]
    choice_only: bool,
    /// Also run every valid design N times and say whether the choice is the same
    #[arg(long, value_name = "N", conflicts_with = "results")]
    brute_force: Option<u32>,
    /// Throw away replicates of an earlier run of the plan
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    output: Output,
}

/// Reads, simulates what is missing, chooses, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    match &arguments.results {
        Some(table) => from_table(arguments, table),
        None => simulated(arguments),
    }
}

/// Says what a plan means, for `gapcast check`.
pub fn check(path: &Path, first: bool) -> Outcome {
    let gap = if first { "" } else { "\n" };
    if spec::brief::needs_table(path)
        && let Ok(loaded) = spec::brief::load(path, None)
    {
        let words = report::describe(&loaded.brief, None);
        return print(&format!("{gap}{}: valid\n{words}", path.display()));
    }
    let project = match read(path) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    let words = report::describe(&project.brief, Some(&project));
    print(&format!("{gap}{}: valid\n{words}", path.display()))
}

fn read(path: &Path) -> Result<Project, Outcome> {
    if !spec::brief::is_plan(path) {
        let what = if spec::study::is_study(path) {
            Some("a study: `gapcast sweep")
        } else if spec::load(path).is_ok() {
            Some("a scenario: `gapcast run")
        } else {
            None
        };
        if let Some(what) = what {
            let file = path.display();
            eprintln!("error: {file} is {what} {file}` runs it");
            return Err(Outcome::Invalid);
        }
    }
    match Project::read(path) {
        Ok((project, warnings)) => {
            complain(&warnings);
            Ok(project)
        }
        Err(found) => {
            complain(&found);
            Err(Outcome::Invalid)
        }
    }
}

fn from_table(arguments: &Arguments, table: &Path) -> Outcome {
    let began = Instant::now();
    let (brief, results) = match read_with_table(&arguments.plan, table) {
        Ok(read) => read,
        Err(found) => {
            complain(&found);
            return Outcome::Invalid;
        }
    };
    let designs = results.designs.len() as u64;
    let answer = match answer_table(&brief, results) {
        Ok(answer) => answer,
        Err(error) => return failed(&error),
    };
    let text = std::fs::read_to_string(table).unwrap_or_default();
    let name = table.file_name().map(|name| name.to_string_lossy().into_owned());
    let brief_text = serde_json::to_string(&brief).expect("a plan is plain data");
    let context = PlanContext {
        brief: &brief,
        key: &format!("{brief_text}\n{text}"),
        designs,
        table: name.as_deref(),
        out_root: &arguments.output.out,
        timing: timing(began, arguments.output.jobs, 0),
    };
    finish(arguments, &answer, &context)
}

/// A journal that cannot be used is wrong input, but for a disk that fails.
fn stopped(error: &RunsError) -> Outcome {
    let outcome = failed(error);
    match error {
        RunsError::Journal(JournalError::Io { .. }) | RunsError::Threads { .. } => outcome,
        RunsError::Journal(_) => Outcome::Invalid,
    }
}

fn simulated(arguments: &Arguments) -> Outcome {
    let began = Instant::now();
    let project = match read(&arguments.plan) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    let from = match arguments.from.as_deref().map(pairs) {
        None => project.brief.from.clone(),
        Some(Ok(from)) => from,
        Some(Err(outcome)) => return outcome,
    };
    let existing = match project.existing(&from) {
        Ok(existing) => existing,
        Err(found) => {
            complain(&found);
            return Outcome::Invalid;
        }
    };
    let folder = report::folder(&project.plan, &arguments.output.out);
    let place = Journal::place(&folder, &project.plan, Shard::WHOLE);
    let journal = match Journal::open(&place, &project.plan, arguments.restart) {
        Ok(journal) => journal,
        Err(error) => return stopped(&error.into()),
    };
    if !journal.is_empty() && !arguments.output.quiet {
        let (known, place) = (journal.len(), place.display());
        eprintln!("{known} replicates are in {place} already: they are not run again");
    }
    let bar = spinner(arguments.output.quiet);
    let done = || bar.inc(1);
    let mut runs = match Runs::new(&project.plan, Some(journal), arguments.output.jobs, &done) {
        Ok(runs) => runs,
        Err(error) => return stopped(&error),
    };
    runs.existing = existing;
    let deep = !arguments.choice_only;
    let depth = Depth { worth: deep, robustness: deep };
    let answer = match answer(&project, &mut runs, depth) {
        Ok(answer) => answer,
        Err(error) => return stopped(&error),
    };
    let brief_text = serde_json::to_string(&project.brief).expect("a plan is plain data");
    let key = format!("{}\n{brief_text}\n{from:?}\n{deep}", project.plan.hash);
    let context = PlanContext {
        brief: &project.brief,
        key: &key,
        designs: project.plan.points(),
        table: None,
        out_root: &arguments.output.out,
        timing: timing(began, arguments.output.jobs, answer.replicates[0]),
    };
    let outcome = finish(arguments, &answer, &context);
    let Some(n) = arguments.brute_force else { return outcome };
    let verdict = brute_force(&project, &answer, &mut runs, n);
    bar.finish_and_clear();
    outcome.max(verdict)
}

/// Runs every valid design and compares.
fn brute_force(project: &Project, answer: &Answer, runs: &mut Runs<'_>, n: u32) -> Outcome {
    let all = match exhaust(project, &Terms::of(&project.brief), &answer.designs, runs, n) {
        Ok(all) => all,
        Err(error) => return stopped(&error),
    };
    let name = |design: Option<usize>| match design {
        Some(design) => answer.known().name(design),
        None => "none keeps every bound".to_owned(),
    };
    let choice = answer.replicates[1];
    let times = all.replicates as f64 / choice.max(1) as f64;
    let value = |design: Option<usize>| design.and_then(|design| all.values[design]);
    let apart = value(answer.best()).zip(value(all.best)).map(|(ours, theirs)| ours - theirs);
    let near = answer.solved.choice.delta.zip(apart).is_some_and(|(delta, apart)| apart <= delta);
    let (same, words) = match (all.best == answer.best(), near) {
        (true, _) => (true, "the same".to_owned()),
        (false, true) => (true, format!("within the indifference of {}", name(answer.best()))),
        (false, false) => (false, format!("not {}", name(answer.best()))),
    };
    eprintln!(
        "brute force: {} replicates of {} designs choose {}, {words}; the choice took {choice}, {times:.1} \
         times fewer",
        all.replicates,
        all.designs,
        name(all.best),
    );
    if same { Outcome::Done } else { Outcome::Missed }
}

fn finish(arguments: &Arguments, answer: &Answer, context: &PlanContext<'_>) -> Outcome {
    let folder = match report::write(answer, context) {
        Ok(folder) => folder,
        Err(error) => return failed(&error),
    };
    let printed = if arguments.output.json {
        let printed = print(&format!("{:#}\n", report::json(answer, context)));
        if !arguments.output.quiet {
            eprintln!("written to {}", folder.display());
        }
        printed
    } else {
        print(&report::screen(answer, context, colour()))
    };
    match answer.best() {
        Some(_) => printed,
        None => printed.max(Outcome::Missed),
    }
}

/// `controllers=4,storage_nodes=8`.
fn pairs(from: &str) -> Result<Vec<(String, String)>, Outcome> {
    let parts = from.split(',').filter(|part| !part.trim().is_empty());
    parts
        .map(|part| match part.split_once('=') {
            Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
            None => {
                let message = format!("--from {part}: no value is given");
                let finding = Diagnostic::without_place(message);
                complain(&finding.help("for example --from controllers=4,storage_nodes=8").into());
                Err(Outcome::Invalid)
            }
        })
        .collect()
}

/// How many replicates have run, on stderr, silent when that is not a terminal: how many it will take
/// is not known.
fn spinner(quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {pos} replicates, {elapsed}");
    let bar = ProgressBar::new_spinner().with_style(style.expect("a valid template"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
