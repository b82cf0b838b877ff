//! Sweeps: a study's points run in parallel, every finished replicate durable at once, the results
//! independent of how the work was divided, stopped and resumed.
//!
//! ```text
//! Plan ─points─▶ engine (threads) ─records─▶ journal(s) ─plan order─▶ Results ─▶ asserts, knees
//! ```

mod answers;
mod engine;
mod journal;
mod knee;
mod plan;
mod progress;
mod results;

pub use answers::{Answers, AssertOutcome, Curves, Finding, KneeFound, answers, join};
pub(super) use engine::guarded;
pub use engine::{SweepError, run};
pub use journal::{Journal, JournalError, Record, read_all};
pub use knee::{KNEE_SHARE, knee};
pub(super) use plan::words;
pub use plan::{Plan, Point};
pub use progress::{Shard, Status, status};
pub use results::{PointResult, Results, Row};
