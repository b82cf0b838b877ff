//! Floor 5: the hall, the only room where resources meet.
//!
//! The network is one machine ([`crate::fabric::Fluid`]), every controller and device a station,
//! every job a state machine; the hall carries their words to each other through one event queue.

mod accounts;
mod classes;
mod collective;
mod connections;
mod effect;
mod event;
mod finish;
mod health;
mod hedges;
mod legs;
mod paths;
mod patience;
mod plant;
mod pool;
mod ports;
mod reads;
mod requests;
mod retries;
mod run;
mod service;
mod site_caches;
mod sites;
mod trace;
mod transport;
mod warm;
mod weather;
mod world;

pub use plant::Plant;
pub use run::{MOST_THREADS, RunError, run, run_replicate, run_with, try_replicate};
pub use trace::{TraceRunError, trace};
pub use world::World;
