//! Floor 3: the network as a fluid of transfers over real topologies.

pub mod fluid;
pub mod graph;
mod meter;
pub mod queue;
pub mod rdma;
pub mod route;
pub mod tcp;
mod wire;

pub use fluid::{Cap, Done, Fluid};
pub use graph::{Graph, Host, Link, LinkKind, Role};
pub use route::{Congestion, Path, Route, Router, Share};
