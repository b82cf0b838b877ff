//! Many runs: sweeps, the gap, validation, the shipped studies.

mod gap;
mod studies;
mod sweep;
mod validate;
