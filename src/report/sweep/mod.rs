//! The output folder, screen and JSON object of a study. Nothing in the folder depends on how the
//! work was divided, stopped or resumed, so its bytes do not either.

mod files;
mod json;
mod screen;

pub use json::json;
pub use screen::{describe, screen};

use super::store::{self, ReportError};
use crate::study::sweep::{Answers, JournalError, Plan, Results, Row};
use std::path::{Path, PathBuf};

/// Version of the folder's layout; it rises when a reader must know.
pub const SWEEP_FORMAT_VERSION: u32 = 1;

/// Why the results of a study could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder could not be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What a finished study says.
#[derive(Debug)]
pub struct Finished<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// A row a point.
    pub rows: &'a [Row],
    /// Answers to its questions.
    pub answers: &'a Answers,
    /// Where its files are.
    pub folder: &'a Path,
}

impl Finished<'_> {
    /// Points that failed.
    pub fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.failed.is_some()).count()
    }
    /// Assertions that were not met.
    pub fn missed(&self) -> usize {
        self.answers.asserts.iter().filter(|assert| !assert.held()).count()
    }
    /// Replicates that count.
    pub fn runs(&self) -> u64 {
        self.rows.iter().map(|row| row.n).sum()
    }
}

/// Folder of a study's journals and results below `out_root`.
pub fn folder(plan: &Plan, out_root: &Path) -> PathBuf {
    out_root.join(store::folder_name(&plan.study.name))
}

/// Where the results of a study are: equal studies share one folder.
pub fn place(plan: &Plan, out_root: &Path) -> PathBuf {
    folder(plan, out_root).join(&plan.study_hash)
}

/// Writes the output folder of a study whose points are all complete and says where it is. Rows of
/// the large tables pass through memory one at a time.
///
/// # Errors
/// A journal cannot be read, or the folder not be written; nothing is left behind then.
pub fn write(
    results: &mut Results<'_>,
    rows: &[Row],
    answers: &Answers,
    out_root: &Path,
) -> Result<PathBuf, WriteError> {
    let place = place(results.plan, out_root);
    store::save_by(&place, |fresh| files::write(results, rows, answers, fresh))
}
