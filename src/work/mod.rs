//! Floor 4: jobs as state machines. Wakes in, commands out; they know neither fabric nor storage.

pub mod bursts;
pub mod command;
pub mod critical;
pub mod delivery;
pub mod epoch;
pub mod figures;
pub mod load;
mod rank;
pub mod slow;
pub mod training;

pub use command::{Command, ReadOrder, Ticket, Wake};
pub use load::LoadJob;
pub use training::TrainingJob;
