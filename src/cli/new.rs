//! `gapcast new`: a commented scenario to start from.

use super::{Outcome, complain, print};
use crate::spec::Diagnostic;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Scenarios that are part of the program, by name.
pub const TEMPLATES: [(&str, &str); 35] = [
    ("quickstart", include_str!("../../scenarios/quickstart.toml")),
    ("converged", include_str!("../../scenarios/converged.toml")),
    ("custom-topology", include_str!("../../scenarios/custom-topology.toml")),
    ("fat-tree-1024", include_str!("../../scenarios/fat-tree-1024.toml")),
    ("load-closed", include_str!("../../scenarios/load-closed.toml")),
    ("load-open", include_str!("../../scenarios/load-open.toml")),
    ("priorities", include_str!("../../scenarios/priorities.toml")),
    ("production", include_str!("../../scenarios/production.toml")),
    ("s3-from-cloud", include_str!("../../scenarios/s3-from-cloud.toml")),
    ("site-failure", include_str!("../../scenarios/site-failure.toml")),
    ("cost/buy-or-rent", include_str!("../../scenarios/cost/buy-or-rent.toml")),
    ("cost/cluster-512", include_str!("../../scenarios/cost/cluster-512.toml")),
    ("cost/copy-or-read", include_str!("../../scenarios/cost/copy-or-read.toml")),
    ("cost/gap-512", include_str!("../../scenarios/cost/gap-512.toml")),
    ("cost/quickstart", include_str!("../../scenarios/cost/quickstart.toml")),
    ("mlperf/cosmoflow-a100", include_str!("../../scenarios/mlperf/cosmoflow-a100.toml")),
    ("mlperf/cosmoflow-h100", include_str!("../../scenarios/mlperf/cosmoflow-h100.toml")),
    ("mlperf/dlrm-b200", include_str!("../../scenarios/mlperf/dlrm-b200.toml")),
    ("mlperf/flux-b200", include_str!("../../scenarios/mlperf/flux-b200.toml")),
    ("mlperf/resnet50-a100", include_str!("../../scenarios/mlperf/resnet50-a100.toml")),
    ("mlperf/resnet50-h100", include_str!("../../scenarios/mlperf/resnet50-h100.toml")),
    ("mlperf/retinanet-b200", include_str!("../../scenarios/mlperf/retinanet-b200.toml")),
    ("mlperf/unet3d-a100", include_str!("../../scenarios/mlperf/unet3d-a100.toml")),
    ("mlperf/unet3d-b200", include_str!("../../scenarios/mlperf/unet3d-b200.toml")),
    ("mlperf/unet3d-h100", include_str!("../../scenarios/mlperf/unet3d-h100.toml")),
    ("regional-cache", include_str!("../../scenarios/regional-cache.toml")),
    ("two-regions", include_str!("../../scenarios/two-regions.toml")),
    ("topologies/dragonfly", include_str!("../../scenarios/topologies/dragonfly.toml")),
    ("topologies/dual-homed", include_str!("../../scenarios/topologies/dual-homed.toml")),
    ("topologies/leaf-spine", include_str!("../../scenarios/topologies/leaf-spine.toml")),
    ("topologies/leaf-spine-2-1", include_str!("../../scenarios/topologies/leaf-spine-2-1.toml")),
    ("topologies/multi-plane", include_str!("../../scenarios/topologies/multi-plane.toml")),
    ("topologies/rail-optimised", include_str!("../../scenarios/topologies/rail-optimised.toml")),
    ("topologies/three-tier", include_str!("../../scenarios/topologies/three-tier.toml")),
    ("topologies/torus", include_str!("../../scenarios/topologies/torus.toml")),
];

/// Write a commented scenario to start from.
#[derive(clap::Args)]
pub struct Arguments {
    /// File to write; left out, the scenario goes to stdout
    file: Option<PathBuf>,
    /// Template to start from
    #[arg(long, value_name = "TEMPLATE", default_value = "quickstart")]
    from: String,
    /// List the templates
    #[arg(long, conflicts_with_all = ["file", "from"])]
    list: bool,
}

/// Writes or lists.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.list {
        let line = |(name, text): &(&str, &str)| format!("{name:26} {}\n", description(text));
        return print(&TEMPLATES.iter().map(line).collect::<String>());
    }
    let Some((_, text)) = TEMPLATES.iter().find(|(name, _)| *name == arguments.from) else {
        let message = format!("there is no template called \"{}\"", arguments.from);
        let help = "`gapcast new --list` lists them";
        complain(&Diagnostic::without_place(message).help(help).into());
        return Outcome::Invalid;
    };
    match &arguments.file {
        None => print(text),
        Some(path) => write_new(path, text),
    }
}

/// What the template says it is for.
fn description(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.strip_prefix("description = "));
    line.unwrap_or_default().trim_matches('"')
}

fn write_new(path: &Path, text: &str) -> Outcome {
    let shown = path.display();
    // `create_new` makes looking and writing one step: nothing is ever overwritten.
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => print(&format!("{shown} written; next: gapcast check {shown}\n")),
        Err(error) => {
            let finding = Diagnostic::without_place(match error.kind() {
                ErrorKind::AlreadyExists => format!("{shown} exists already"),
                _ => format!("cannot write {shown}: {error}"),
            });
            let exists = error.kind() == ErrorKind::AlreadyExists;
            let finding = if exists {
                finding.help("choose another name, or remove it first")
            } else {
                finding
            };
            complain(&finding.into());
            if exists { Outcome::Invalid } else { Outcome::Failed }
        }
    }
}
