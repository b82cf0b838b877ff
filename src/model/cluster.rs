//! Compute nodes and what is in them.

use super::Client;
use crate::kernel::dist::Dist;
use crate::kernel::units::{Bytes, Rate};
use serde::Serialize;

/// An accelerator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gpu {
    /// Catalogue name, for example `h100-sxm`.
    pub name: String,
    /// Dense peak, floating-point operations per second in the training precision (BF16).
    pub peak_flops: f64,
    /// High-bandwidth memory.
    pub memory: Bytes,
    /// Board power at full load, watts.
    pub power_w: f64,
}

/// A network adapter: `ports` cables of `rate` each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Nic {
    /// Catalogue name.
    pub name: String,
    /// Line rate of one port, each direction.
    pub rate: Rate,
    /// Ports in use.
    pub ports: u32,
}

/// A cache of objects (or ranges) in front of the store: least recently used goes first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CacheSpec {
    /// What it is, for reports: `node NVMe`, `RAM`, `shared cache`.
    pub name: String,
    /// Bytes it holds.
    pub capacity: Bytes,
    /// Read bandwidth of the tier (per node for node tiers, per controller for the shared tier).
    pub read_rate: Rate,
    /// Time to the first byte of a hit, seconds.
    pub latency: Dist,
}

/// A group of equal nodes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeGroup {
    /// Name in the scenario; node i is `name-i`.
    pub name: String,
    /// Nodes in the group.
    pub count: u32,
    /// Accelerators in one node.
    pub gpus: u32,
    /// Which accelerator.
    pub gpu: Gpu,
    /// CPU cores in one node that may decode and serve clients.
    pub cpu_cores: u32,
    /// Adapter on the storage (front-end) fabric.
    pub storage_nic: Nic,
    /// Adapter on the compute (back-end) fabric, when there is a separate one.
    pub compute_nic: Option<Nic>,
    /// How its readers talk to the store.
    pub client: Client,
    /// Cache tiers of a node, fastest first (RAM, then NVMe); may be empty.
    pub caches: Vec<CacheSpec>,
}
