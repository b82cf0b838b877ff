//! Floor 3: processes that disturb a run. They depend on their names and on calendar time, not on
//! load, so that every design of a study meets the same weather.

pub mod spells;

pub use spells::{Spell, Spells};
