//! Floor 3: processes that disturb a run. They depend on their names and on calendar time, not on
//! load, so that every design of a study meets the same weather.

pub mod delay;
pub mod running_max;
pub mod spells;
pub mod traffic;

pub use delay::{Delays, Leg};
pub use spells::{Spell, Spells};
pub use traffic::Traffic;
