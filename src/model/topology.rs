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
    /// Disjoint copies of the shape; port i of every node is on copy i modulo these.
    #[serde(skip_serializing_if = "is_one")]
    pub planes: u32,
    /// Leaves that share a host: its ports take them in turn.
    #[serde(skip_serializing_if = "is_one")]
    pub homes: u32,
    /// Ports of a switch, to count them; a run does not depend on it.
    #[serde(skip)]
    pub ports: Option<SwitchPorts>,
    /// How transfers start and what caps them.
    pub transport: Transport,
    /// How it picks among equal ways, and how fast it learns that one is gone.
    #[serde(skip_serializing_if = "Routing::is_plain")]
    pub routing: Routing,
}

/// What a switch offers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwitchPorts {
    /// Ports; each may be split into 2, 4 or 8.
    pub count: u32,
    /// Line rate of one.
    pub rate: Rate,
}

fn is_one(n: &u32) -> bool {
    *n == 1
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
    /// Port i of every node on rail switch i of its unit, rail switches joined by spines (NVIDIA DGX
    /// SuperPOD reference architecture, DGX H100, 2023: a scalable unit has one leaf a rail). No
    /// spines: the rails are not joined (Wang et al., "Rail-only", HotI 2024, arXiv:2307.12169).
    RailOptimised {
        /// Rail switches of a unit.
        rails: u32,
        /// Scalable units, filled in blocks, evenly.
        units: u32,
        /// Leaves that hold the store's hosts alone; 0: they are dealt over the rail switches.
        storage_leaves: u32,
        /// Spine switches.
        spines: u32,
        /// Line rate of one uplink.
        uplink: Rate,
        /// Cables from one leaf to one spine.
        uplinks: u32,
    },
    /// Groups whose switches are all joined to each other, and groups joined by global cables in the
    /// palm-tree arrangement (Kim, Dally, Scott & Abts, ISCA 2008, doi:10.1109/ISCA.2008.19; Camarero
    /// et al., ACM TACO 11(4), 2014). Compute nodes fill from the first group, the store from the
    /// last.
    Dragonfly {
        /// Groups, at most `group_switches · global_links + 1`.
        groups: u32,
        /// Switches of a group (Kim's a).
        group_switches: u32,
        /// Host ports of a switch (Kim's p).
        host_ports: u32,
        /// Global cables of a switch (Kim's h).
        global_links: u32,
        /// Line rate inside a group.
        link: Rate,
        /// Line rate between groups.
        global_link: Rate,
        /// Propagation delay between groups.
        global_propagation: Span,
    },
    /// A grid of switches with wrap-around cables, a k-ary n-cube (Dally, IEEE Trans. Computers
    /// 39(6), 1990). Compute nodes fill from the first switch, the store from the last.
    Torus {
        /// Switches along each dimension. Along a dimension of 2 there is one cable, not two.
        dims: Vec<u32>,
        /// Host ports of a switch.
        host_ports: u32,
        /// Line rate of every cable between switches.
        link: Rate,
    },
    /// Access, aggregation and core switches; behind the cores routers and firewalls, and behind
    /// these the store's own switches.
    ThreeTier(ThreeTier),
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

/// Access, aggregation and core, with routers and firewalls towards the store.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThreeTier {
    /// Access switches that hold compute nodes, filled in blocks, evenly.
    pub access: u32,
    /// Aggregation switches of a pod.
    pub aggregations: u32,
    /// Pods: access switches are divided over them, each is joined to its pod's aggregations.
    pub pods: u32,
    /// Core switches, joined to every aggregation.
    pub cores: u32,
    /// Line rate from access to aggregation.
    pub uplink: Rate,
    /// Cables from one access switch to one aggregation.
    pub uplinks: u32,
    /// Line rate from aggregation to core.
    pub core_link: Rate,
    /// The store's access switches.
    pub storage_access: u32,
    /// The store's aggregation switches.
    pub storage_aggregations: u32,
    /// Line rate of cables at routers and firewalls.
    pub edge_link: Rate,
    /// Routers behind the cores; 0: none.
    pub routers: u32,
    /// Time a router takes to forward the head of a message.
    pub router_forwarding: Span,
    /// Firewalls behind the routers; 0: none.
    pub firewalls: u32,
    /// Time a firewall takes to inspect the head of a message.
    pub firewall_forwarding: Span,
    /// Most that one firewall inspects, all ports together.
    pub firewall_capacity: Option<Rate>,
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

/// Hosts whose name matches `hosts` sit on `switches`, dealt round robin; with several homes, each
/// on so many of them in a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attachment {
    /// A host name (`train-3`, `controller-0`) or a prefix with `*` (`train-*`).
    pub hosts: String,
    /// Indices into the topology's `switches`.
    pub switches: Vec<u32>,
}
