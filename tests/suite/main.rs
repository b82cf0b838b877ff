//! All tests in one program: `cargo test --release NAME` runs those whose path holds NAME, for example
//! `network::transport` or `fingerprints`.

mod common;
mod cost;
mod flows;
mod input;
mod lists;
mod network;
mod plan;
mod report;
mod runs;
mod store;
mod study;
mod tidy;
mod training;
