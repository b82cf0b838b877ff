//! `gapcast topology`: boxes, cables, optics, capacity and latency of a scenario's networks.

use super::common::{Changes, colour, failed};
use super::{Outcome, print};
use crate::report::topology::{self as report, TopologyContext};
use crate::study::topology::fabrics;
use std::path::PathBuf;

/// Say what the networks of a scenario are made of and can carry, and draw them.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Folder for output folders
    #[arg(long, value_name = "DIR", default_value = "outputs")]
    out: PathBuf,
}

/// Wires the networks, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    let loaded = match arguments.changes.load(&arguments.scenario) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let fabrics = fabrics(&loaded.scenario);
    let context = TopologyContext {
        scenario: &loaded.scenario,
        canonical: &loaded.canonical,
        out_root: &arguments.out,
    };
    let folder = match report::write(&fabrics, &context) {
        Ok(folder) => folder,
        Err(error) => return failed(&error),
    };
    if !arguments.json {
        return print(&report::screen(&fabrics, &context, colour()));
    }
    let printed = print(&format!("{:#}\n", report::json(&fabrics, &context)));
    eprintln!("written to {}", folder.display());
    printed
}
