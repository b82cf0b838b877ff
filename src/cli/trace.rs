//! `--trace` of `gapcast run`.

use super::Outcome;
use super::common::failed;
use crate::kernel::time::{Span, Time};
use crate::kernel::units::UnitError;
use crate::metrics::health::Alert;
use crate::metrics::trace::{TraceError, Window};
use crate::model::Scenario;
use crate::report;
use crate::sim::TraceRunError;
use std::path::PathBuf;
use std::sync::Arc;

/// Most JSON in a trace: viewers hold all of it in memory, several times over.
const LIMIT: u64 = 2 << 30;

/// Longest step of the counters, and how many steps a window given has at least.
const STEP: Span = Span::from_ms(10);
const STEPS: u64 = 2_000;

/// Flags of the trace.
#[derive(clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Write one replicate as a trace that Perfetto and chrome://tracing open (.json or .json.gz)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Which replicate, from 0
    #[arg(long, value_name = "N", default_value_t = 0, requires = "trace")]
    trace_replicate: u32,
    /// Leave out what is before, for example "1.5 s"
    #[arg(long, value_name = "TIME", requires = "trace", value_parser = time)]
    trace_from: Option<Time>,
    /// Leave out what is after
    #[arg(long, value_name = "TIME", requires = "trace", value_parser = time)]
    trace_until: Option<Time>,
}

fn time(text: &str) -> Result<Time, String> {
    let span: Result<Span, UnitError> = text.parse();
    span.map(|span| Time::ZERO + span).map_err(|why| why.message)
}

impl Arguments {
    /// Says on stderr what cannot be meant, before anything is simulated.
    pub fn check(&self, replicates: u32) -> Result<(), Outcome> {
        let complaint = if self.trace_replicate >= replicates {
            let n = self.trace_replicate;
            format!("--trace-replicate {n}: there are {replicates} replicates, counted from 0")
        } else if self.from() >= self.until() {
            "--trace-until must be later than --trace-from".to_owned()
        } else {
            return Ok(());
        };
        eprintln!("error: {complaint}");
        Err(Outcome::Invalid)
    }

    fn from(&self) -> Time {
        self.trace_from.unwrap_or(Time::ZERO)
    }

    fn until(&self) -> Time {
        self.trace_until.unwrap_or(Time::NEVER)
    }

    /// The replicate that is traced, if one is.
    pub fn replicate(&self) -> Option<u32> {
        self.trace.is_some().then_some(self.trace_replicate)
    }

    /// Writes the trace, if one is wanted. `alerts` are those of its replicate.
    pub fn write(&self, scenario: &Arc<Scenario>, alerts: &[Alert]) -> Result<(), Outcome> {
        let Some(path) = &self.trace else { return Ok(()) };
        let (from, until) = (self.from(), self.until());
        let step = Span((until.since(from).0 / STEPS).clamp(Span::from_us(1).0, STEP.0));
        let window = Window { from, until, step, limit: LIMIT };
        let replicate = self.trace_replicate.into();
        report::trace(path, scenario, replicate, window, alerts).map_err(|error| {
            if let TraceRunError::Trace(why) = &error {
                eprintln!("error: cannot write the trace {}: {why}", path.display());
            } else {
                return failed(&error);
            }
            if let TraceRunError::Trace(TraceError::TooLarge { .. }) = error {
                eprintln!(
                    "help: narrow it, for example --trace-from \"1 s\" --trace-until \"2 s\""
                );
            }
            Outcome::Failed
        })
    }
}
