//! The file of a trace: written under a temporary name, then renamed.

use super::store::beside;
use crate::metrics::health::Alert;
use crate::metrics::trace::{TraceError, Window};
use crate::model::Scenario;
use crate::sim::{self, TraceRunError};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// Plays replicate `replicate` and writes its trace to `path`, compressed if that ends with `.gz`.
/// On an error nothing is left behind.
///
/// # Errors
/// The file cannot be written, or the trace passes its limit.
pub fn write(
    path: &Path,
    scenario: &Arc<Scenario>,
    replicate: u64,
    window: Window,
    alerts: &[Alert],
) -> Result<(), TraceRunError> {
    let fresh = beside(path, "partial");
    let result =
        fill(path, &fresh, |out| sim::trace(scenario, replicate, out, window, alerts).map(|_| ()));
    if result.is_err() {
        // What cannot be removed could not be written either; the first error is the one to tell.
        let _ = fs::remove_file(&fresh);
    }
    result
}

fn fill(
    path: &Path,
    fresh: &Path,
    play: impl FnOnce(&mut dyn Write) -> Result<(), TraceRunError>,
) -> Result<(), TraceRunError> {
    let io = |error| TraceRunError::from(TraceError::from(error));
    let mut file = BufWriter::with_capacity(1 << 16, File::create(fresh).map_err(io)?);
    if path.extension().is_some_and(|extension| extension == "gz") {
        // Neither name nor time in the head: equal runs give equal files.
        let mut zip = GzEncoder::new(&mut file, Compression::default());
        play(&mut zip)?;
        zip.finish().map_err(io)?;
    } else {
        play(&mut file)?;
    }
    let file = file.into_inner().map_err(|error| io(error.into_error()))?;
    file.sync_all().map_err(io)?;
    fs::rename(fresh, path).map_err(io)
}
