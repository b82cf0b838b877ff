//! Floor 5: the hall, the only room where resources meet.
//!
//! The network is one machine ([`crate::fabric::Fluid`]), every controller and device a station,
//! every job a state machine; the hall carries their words to each other through one event queue.

mod accounts;
mod collective;
mod connections;
mod effect;
mod event;
mod finish;
mod legs;
mod paths;
mod plant;
mod reads;
mod requests;
mod run;
mod service;
mod site_caches;
mod sites;
mod warm;
mod weather;
mod world;

pub use plant::Plant;
pub use run::{MOST_THREADS, RunError, run, run_replicate, run_with, try_replicate};
pub use world::World;
