//! A topology as an output folder, a screen and a JSON object.

mod json;
mod screen;
mod tables;

pub use json::json;
pub use screen::screen;

use super::json::pretty;
use super::store::{place_of, save};
use super::{ReportError, chart, manifest};
use crate::model::Scenario;
use crate::study::topology::Fabric;
use serde_json::json as object;
use std::path::{Path, PathBuf};

/// What a report needs beside the networks.
#[derive(Debug, Clone, Copy)]
pub struct TopologyContext<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its canonical text.
    pub canonical: &'a str,
    /// Where output folders go.
    pub out_root: &'a Path,
}

/// Where the output folder is.
pub fn place(context: &TopologyContext<'_>) -> PathBuf {
    // The ports of a switch are no part of the canonical text, but are counted here.
    let ports: Vec<_> = context.scenario.fabrics.rows().iter().map(|f| f.ports).collect();
    let key = format!("{}\n{ports:?}\n", context.canonical);
    place_of(context.out_root, &context.scenario.name, "topology-", &key)
}

/// Writes the output folder and says where it is.
///
/// # Errors
/// The folder cannot be written.
pub fn write(fabrics: &[Fabric], context: &TopologyContext<'_>) -> Result<PathBuf, ReportError> {
    let mut files = tables::tables(fabrics);
    for (i, fabric) in fabrics.iter().enumerate() {
        let name = match i {
            0 => "topology.svg".to_owned(),
            _ => format!("topology-{}.svg", fabric.spec.name),
        };
        files.push((format!("figures/{name}"), chart::topology(fabric).into_bytes()));
    }
    files.push(("scenario.resolved.json".to_owned(), pretty(context.scenario)));
    files.push(("result.json".to_owned(), pretty(&json(fabrics, context))));
    let own = object!({});
    let manifest = manifest::of_verb("topology", &context.scenario.name, own, &files, &[]);
    files.push(("manifest.json".to_owned(), manifest));
    save(&place(context), &files)
}
