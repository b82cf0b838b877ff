//! Gapcast forecasts the *AI production gap* before any hardware is bought: how many GPU-hours
//! will sit idle because the data path cannot keep up, where the time goes, and in which box.
//!
//! The house has floors; imports point only down (`tests/suite/tidy.rs` enforces it):
//!
//! ```text
//!  9  main.rs                                        parse, call, exit code
//!  8  cli/       one file a verb
//!  7  report/    store · table · chart               results -> outputs/, screen, SVG
//!  6  study/     many runs: rayon, common random numbers
//!  5  sim/       the hall: the only room where resources meet
//!  4  work/      training loops and request loads: wakes in, commands out      cost/  money
//!  3  fabric/ storage/ disturb/ metrics/ spec/       passive machines, meters, the scenario reader
//!  2  model/     plain validated data · probe.rs     facts
//!  1  kernel/    time units ids queue chance statistics max-min: knows no GPU, no file, no screen
//! ```

pub mod cli;
pub mod cost;
pub mod disturb;
pub mod fabric;
pub mod kernel;
pub mod metrics;
pub mod model;
pub mod probe;
pub mod report;
pub mod sim;
pub mod spec;
pub mod storage;
pub mod study;
pub mod work;
