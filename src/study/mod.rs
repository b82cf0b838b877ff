//! Floor 6: many runs, and what they say together.

mod accounts;
mod advice;
pub mod bottleneck;
pub mod collisions;
pub mod cost;
pub mod estimate;
mod family;
mod faults;
pub mod flows;
pub mod gap;
mod health;
pub mod metric;
pub mod outcome;
pub mod paired;
pub mod planner;
pub mod shapley;
pub mod sweep;
pub mod topology;
pub mod validate;
pub mod words;

pub use accounts::AccountOutcome;
pub use bottleneck::Finding;
pub use estimate::{Estimate, estimate};
pub use family::{holders_by_family, pattern};
pub use faults::FaultOutcome;
pub use health::{AlertFamily, AlertOutcome, families};
pub use metric::Metric;
pub use outcome::{
    ClassOutcome, JobOutcome, LatencyOutcome, LinkOutcome, Outcome, RequestOutcome, StallShare,
    StationOutcome,
};
