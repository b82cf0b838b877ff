//! Whole runs: what is conserved, what is the same everywhere, what is watched.

mod conservation;
mod determinism;
mod fingerprints;
mod health;
mod scenarios;
mod trace;
