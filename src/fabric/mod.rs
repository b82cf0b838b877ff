//! Floor 3: the network as a fluid of transfers over real topologies.

pub mod fluid;
pub mod graph;
pub mod queue;
pub mod rdma;
mod meter;
pub mod route;
pub mod tcp;
mod wire;

pub use fluid::{Cap, Done, Fluid};
pub use graph::{Graph, Host, Link, LinkKind, Role};
pub use route::{Congestion, Path, Route, Router, Share};
