//! `gapcast schema`: the JSON Schema of scenario and study files, for editors.

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
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.keys {
        let keys = if arguments.study { spec::study_reference() } else { spec::reference() };
        print(&keys)
    } else {
        let schema = if arguments.study { spec::study_json_schema() } else { spec::json_schema() };
        let schema = serde_json::to_string_pretty(&schema);
        print(&format!("{}\n", schema.expect("a schema is plain data")))
    }
}
