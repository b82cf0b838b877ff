//! Floor 8: the command line, one file a verb. Results go to stdout, everything else to stderr.

mod check;
mod common;
mod cost;
mod data_path;
mod flows;
mod gap;
mod new;
mod plan;
mod render;
mod run;
mod schema;
mod shape;
mod sweep;
mod topology;
mod trace;
mod validate;

pub use render::render;

use crate::spec::Diagnostics;
use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// How a command ended; the program's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All went well: 0.
    Done,
    /// The run failed: 1.
    Failed,
    /// Wrong usage or invalid input: 2.
    Invalid,
    /// A stated target or assertion was not met: 3.
    Missed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(match outcome {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Invalid => 2,
            Outcome::Missed => 3,
        })
    }
}

/// Forecasts how many GPU-hours will sit idle because the data path cannot keep up.
#[derive(Parser)]
#[command(name = "gapcast", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Simulate a scenario: GPU utilisation, throughput, and where the missing time goes
    Run(run::Arguments),
    /// Say what production gives less than the laboratory, and which cause takes which part
    Gap(gap::Arguments),
    /// Say what a scenario costs, what of it is idle, and whether to buy or to rent
    Cost(cost::Arguments),
    /// Say what to buy: the best design of a plan that keeps its bounds, with a guarantee
    Plan(plan::Arguments),
    /// Run a study: a scenario at every combination of its axes' values
    Sweep(sweep::Arguments),
    /// Put the parts of a study together that `sweep --shard` ran
    Merge(sweep::MergeArguments),
    /// Run a list of flows over a scenario's network, max-min fair: when each ends
    #[command(after_help = flows::LIST)]
    Flows(flows::Arguments),
    /// Say what a scenario's networks are made of and can carry, and draw them
    Topology(topology::Arguments),
    /// Say what scenario files mean, or everything that is wrong with them
    Check(check::Arguments),
    /// Write a commented scenario to start from
    New(new::Arguments),
    /// Predicted against measured: the error of every row of the validation cases
    Validate(validate::Arguments),
    /// Print the JSON Schema of scenario files
    Schema(schema::Arguments),
}

/// Runs the program with the arguments it was given.
pub fn main() -> ExitCode {
    // clap prints usage errors to stderr and exits with 2 itself.
    match Arguments::parse().verb {
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Gap(arguments) => gap::run(&arguments),
        Verb::Cost(arguments) => cost::run(&arguments),
        Verb::Plan(arguments) => plan::run(&arguments),
        Verb::Sweep(arguments) => sweep::sweep(&arguments),
        Verb::Merge(arguments) => sweep::merge(&arguments),
        Verb::Flows(arguments) => flows::run(&arguments),
        Verb::Topology(arguments) => topology::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments),
        Verb::New(arguments) => new::run(&arguments),
        Verb::Validate(arguments) => validate::run(&arguments),
        Verb::Schema(arguments) => schema::run(&arguments),
    }
    .into()
}

/// Prints to stdout. A closed pipe (`| head`) is not an error; a full disk is.
fn print(text: &str) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write to stdout: {error}");
            Outcome::Failed
        }
        _ => Outcome::Done,
    }
}

/// Prints findings to stderr.
fn complain(found: &Diagnostics) {
    let stderr = std::io::stderr();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let text = render(found, 100, stderr.is_terminal() && !plain);
    let _ = stderr.lock().write_all(text.as_bytes());
}
