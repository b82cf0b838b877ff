//! Gateways, drives, caches, sites, clients and what fails.

mod admission;
mod client_policies;
mod delivery;
mod disturbances_store;
mod faults;
mod fork_join;
mod queueing;
mod residency;
mod site_cache;
mod sites;
