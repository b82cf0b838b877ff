//! `gapcast schema`: the JSON Schema of scenario files, for editors.

use super::{Outcome, print};
use crate::spec;

/// Print the JSON Schema of scenario files.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print every key with its meaning as TOML comments instead
    #[arg(long)]
    keys: bool,
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.keys {
        print(&spec::reference())
    } else {
        let schema = serde_json::to_string_pretty(&spec::json_schema());
        print(&format!("{}\n", schema.expect("a schema is plain data")))
    }
}
