//! The shape of a network, before it is wired.

use super::{Routing, Transport};
use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, Rate};
use serde::Serialize;

/// One network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FabricSpec {
    /// Name in the scenario (`storage`, `compute`).
    pub name: String,
    /// Its shape.
    pub topology: Topology,
    /// Time a switch takes to forward the head of a message.
    pub forwarding: Span,
    /// Most that one port of a switch queues; none: queues neither stand nor overflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<Bytes>,
    /// Propagation delay of a cable from a host to its switch.
    pub host_propagation: Span,
    /// Propagation delay of a cable between switches.
    pub switch_propagation: Span,
    /// How transfers start and what caps them.
    pub transport: Transport,
    /// How it picks among equal ways, and how fast it learns that one is gone.
    #[serde(skip_serializing_if = "Routing::is_plain")]
    pub routing: Routing,
}

/// Shapes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topology {
    /// Every host on one non-blocking switch.
    OneSwitch,
    /// Two tiers; every leaf has `uplinks` cables of `uplink` to every spine.
    LeafSpine {
        /// Leaf switches that hold compute nodes (filled in blocks, evenly).
        leaves: u32,
        /// Further leaves that hold the store's hosts alone; 0: the store's hosts are spread over
        /// the compute leaves.
        storage_leaves: u32,
        /// Spine switches.
        spines: u32,
        /// Line rate of one uplink.
        uplink: Rate,
        /// Cables from one leaf to one spine.
        uplinks: u32,
    },
    /// Three tiers of k-port switches, k³/4 hosts (Al-Fares, Loukissas, Vahdat, SIGCOMM 2008,
    /// doi:10.1145/1402958.1402967); every cable has rate `link`. Hosts with several ports take one
    /// port of an edge switch each. Compute nodes fill from the first pod, the store from the last.
    FatTree {
        /// Ports of a switch, even.
        k: u32,
        /// Line rate of every cable between switches.
        link: Rate,
    },
    /// As listed.
    Custom {
        /// Names of the switches.
        switches: Vec<String>,
        /// Cables between switches, both directions.
        links: Vec<CustomLink>,
        /// Where hosts sit, in order: the first pattern that matches a host's name wins.
        attachments: Vec<Attachment>,
    },
}

/// A cable between two switches of a custom topology.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomLink {
    /// One end (index into `switches`).
    pub a: u32,
    /// Other end.
    pub b: u32,
    /// Line rate each direction.
    pub rate: Rate,
    /// Propagation delay, one way.
    pub propagation: Span,
    /// Parallel cables.
    pub cables: u32,
}

/// Hosts whose name matches `hosts` sit on `switches`, dealt round robin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attachment {
    /// A host name (`train-3`, `controller-0`) or a prefix with `*` (`train-*`).
    pub hosts: String,
    /// Indices into the topology's `switches`.
    pub switches: Vec<u32>,
}
