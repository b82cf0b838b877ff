//! Quantities with their units in the type.

use serde::Serialize;

/// A number of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Bytes(pub u64);

/// A data rate, kept as whole **bits** per second (network cables are sold in bits).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Rate(pub u64);

impl Rate {
    /// The rate of `bytes_per_s` whole bytes a second.
    pub const fn from_bytes_per_s(bytes_per_s: u64) -> Rate {
        Rate(bytes_per_s * 8)
    }
    /// Bytes a second, for arithmetic that is not integer.
    pub fn bytes_per_s(self) -> f64 {
        self.0 as f64 / 8.0
    }
    /// Bits a second.
    pub fn bits_per_s(self) -> u64 {
        self.0
    }
}
