//! Flows, shapes, routing, classes and transport.

mod all_reduce;
mod collisions;
mod disturbed_cables;
mod disturbed_paths;
mod failover;
mod fluid_lists;
mod priorities;
mod reconvergence;
mod solver_networks;
mod topologies;
mod transfer;
mod transport;
