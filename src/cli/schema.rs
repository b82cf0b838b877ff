//! `gapcast schema`: the JSON Schema of scenario, study and plan files, for editors.

use super::{Outcome, print};
use crate::spec;

/// Print the JSON Schema of scenario files.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print every key with its meaning as TOML comments instead
    #[arg(long)]
    keys: bool,
    /// Of study files instead of scenario files
    #[arg(long)]
    study: bool,
    /// Of plan files instead of scenario files
    #[arg(long, conflicts_with = "study")]
    plan: bool,
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.keys {
        let keys = match (arguments.study, arguments.plan) {
            (true, _) => spec::study_reference(),
            (_, true) => spec::brief_reference(),
            _ => spec::reference(),
        };
        return print(&keys);
    }
    let schema = match (arguments.study, arguments.plan) {
        (true, _) => spec::study_json_schema(),
        (_, true) => spec::brief_json_schema(),
        _ => spec::json_schema(),
    };
    let schema = serde_json::to_string_pretty(&schema);
    print(&format!("{}\n", schema.expect("a schema is plain data")))
}
