//! Floor 3: the scenario reader. Files as written become a validated `Scenario`, or a list of
//! everything that is wrong with them, each with its line.
//!
//! ```text
//! text ─document─▶ tree with places ─include, catalog, axes─▶ one tree ─reader + raw─▶ values
//!      ─resolve─▶ Scenario
//! ```

mod amount;
mod axes;
pub mod brief;
mod catalog;
mod cells;
mod dist;
mod document;
mod error;
mod fields;
mod files;
mod quantity;
mod raw;
mod reader;
mod resolve;
mod schema;
pub mod study;
pub mod validation;
mod values;

pub use catalog::EMBEDDED as EMBEDDED_CATALOG;
pub use cells::{Cell, CellRows, Cells};
pub use error::{Diagnostic, Diagnostics, Place, Source, nearest};
pub use quantity::PS_PER_METRE;
pub use schema::{
    brief_json_schema, brief_reference, json_schema, reference, study_json_schema, study_reference,
};

use crate::model::Scenario;
use catalog::Catalog;
use document::Node;
use reader::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A scenario that may be run.
#[derive(Debug)]
pub struct Loaded {
    /// What the files mean.
    pub scenario: Scenario,
    /// What looks unintended, though it can be run.
    pub warnings: Diagnostics,
    /// The resolved scenario as JSON, the same for every way of writing it.
    pub canonical: String,
}

/// Reads a scenario file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(path: &Path) -> Result<Loaded, Diagnostics> {
    load_with(path, &[])
}

/// Reads a scenario file and sets fields before it is resolved, as a study does with its axes:
/// `("store.controllers", "8")`. Lists are entered by position or by name:
/// `("training.unet3d.batch", "14")`.
///
/// # Errors
/// Everything that is wrong with the file or the values.
pub fn load_with(path: &Path, fields: &[(String, String)]) -> Result<Loaded, Diagnostics> {
    ScenarioFile::open(path)?.load(fields)
}

/// A scenario file as it was when it was opened: what a study starts from must not change under way.
#[derive(Debug, Clone)]
pub struct ScenarioFile {
    path: PathBuf,
    source: Arc<Source>,
}

impl ScenarioFile {
    /// Reads the file.
    ///
    /// # Errors
    /// Missing, a folder, too long, or not text.
    pub fn open(path: &Path) -> Result<ScenarioFile, Box<Diagnostic>> {
        Ok(ScenarioFile { path: path.to_path_buf(), source: files::read(path)? })
    }

    /// Its text.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The scenario with these fields set, as [`load_with`] has it.
    ///
    /// # Errors
    /// Everything that is wrong with the file or the values.
    pub fn load(&self, fields: &[(String, String)]) -> Result<Loaded, Diagnostics> {
        let stem = self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        resolve_source(&self.source, self.path.parent(), &stem.unwrap_or_default(), fields)
    }
}

/// Reads a scenario from a text. `name` stands for the file name in messages; `include`d paths are
/// relative to `base_dir`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_str(name: &str, text: &str, base_dir: Option<&Path>) -> Result<Loaded, Diagnostics> {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    resolve_source(&Source::new(name, text), base_dir, &stem.unwrap_or_default(), &[])
}

fn resolve_source(
    source: &Arc<Source>,
    base_dir: Option<&Path>,
    stem: &str,
    fields: &[(String, String)],
) -> Result<Loaded, Diagnostics> {
    if source.text.trim().is_empty() {
        let message = format!("{} is empty", source.name);
        let help = "`gapcast new FILE` writes a commented scenario to start from";
        return Err(Diagnostic::without_place(message).help(help).into());
    }
    let mut root = document::parse(source)?;
    let mut found = Diagnostics::default();
    for (field, value) in fields {
        if let Err(wrong) = axes::set(&mut root, field, value) {
            found.push(*wrong);
        }
    }
    let catalog = catalogue_of(&root, base_dir, &mut found);
    let broken = found.has_errors();
    let context = Context::new(catalog, base_dir.unwrap_or(Path::new("")));
    for finding in found {
        context.report("catalog", finding);
    }
    let scenario = resolve::scenario(&context, &root, stem);
    let found = context.into_found().in_reading_order();
    if broken || found.has_errors() {
        return Err(found);
    }
    let canonical = serde_json::to_string(&scenario).expect("a scenario is plain data");
    Ok(Loaded { scenario, warnings: found, canonical })
}

/// The embedded catalogue, then the included files in order, then the scenario's own entries.
fn catalogue_of(root: &Node, base_dir: Option<&Path>, found: &mut Diagnostics) -> Catalog {
    let mut catalog = Catalog::embedded();
    files::include(root, base_dir, &mut catalog, found);
    if let Some(own) = root.table().and_then(|table| table.get("catalog")) {
        catalog.add(&own.node).into_iter().for_each(|wrong| found.push(wrong));
    }
    catalog
}
