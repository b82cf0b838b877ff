//! Keys of networks.

use super::{SOURCE, routing};
use crate::spec::fields::{Field, Kind, Section, Shelf};

/// Which networks there are.
pub static FABRICS: Section = Section {
    title: "[fabric]",
    doc: "The network between nodes and store, and the network of collectives.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("storage", Kind::Table(&FABRIC), "The network between nodes and store."),
        Field::new(
            "compute",
            Kind::Table(&FABRIC),
            "A separate network for collectives (gradient all-reduce).",
        )
        .optional(),
        Field::new(
            "converged",
            Kind::Flag,
            "Whether collectives share the storage network; then there is no [fabric.compute].",
        )
        .or("false"),
    ],
};

const LEAF_SPINE: &[&str] = &["leaf-spine"];
const SPINES: &[&str] = &["leaf-spine", "rail-optimised"];
const UPLINKS: &[&str] = &["leaf-spine", "rail-optimised", "three-tier"];
const LINKS: &[&str] = &["fat-tree", "dragonfly", "torus"];
const PORTS: &[&str] = &["dragonfly", "torus"];
const RAILS: &[&str] = &["rail-optimised"];
const DRAGONFLY: &[&str] = &["dragonfly"];
const THREE_TIER: &[&str] = &["three-tier"];
const CUSTOM: &[&str] = &["custom"];

/// One network.
pub static FABRIC: Section = Section {
    title: "a fabric",
    doc: "One network: its shape, its switches and cables, its transport.",
    preset: None,
    choice: Some("topology"),
    fields: &[
        Field::new(
            "topology",
            Kind::Choice(&[
                "one-switch",
                "leaf-spine",
                "fat-tree",
                "rail-optimised",
                "dragonfly",
                "torus",
                "three-tier",
                "custom",
            ]),
            "The shape. `one-switch`: every host on one non-blocking switch.",
        ),
        Field::new("switch", Kind::Table(&SWITCH), "The switches; all are equal."),
        Field::new("transport", Kind::Table(&TRANSPORT), "How transfers start and what caps them."),
        Field::new(
            "routing",
            Kind::Table(&routing::ROUTING),
            "How it picks among equal ways; left out: by hash, and routes never change.",
        )
        .optional(),
        Field::new("host_cable", Kind::Cable, "Cable from a host to its switch.").or("\"3 m\""),
        Field::new("switch_cable", Kind::Cable, "Cable between switches.").or("\"30 m\""),
        Field::new(
            "leaves",
            Kind::Count(1, 100_000),
            "Leaf switches that hold compute nodes, filled evenly in blocks.",
        )
        .only(LEAF_SPINE),
        Field::new(
            "storage_leaves",
            Kind::Count(0, 100_000),
            "Further leaves for the store's hosts alone; 0: they share the compute leaves.",
        )
        .or("0")
        .only(SPINES),
        Field::new(
            "spines",
            Kind::Count(0, 100_000),
            "Spine switches; 0 only for rails that are not joined (rail-only).",
        )
        .only(SPINES),
        Field::new(
            "uplink",
            Kind::Rate,
            "Line rate of one cable from leaf to spine; left out: the switch's port rate.",
        )
        .optional()
        .only(UPLINKS),
        Field::new(
            "uplinks",
            Kind::Count(1, 1_024),
            "Cables from one leaf to one spine (from one access switch to one aggregation).",
        )
        .or("1")
        .only(UPLINKS),
        Field::new("k", Kind::Count(2, 256), "Ports of a switch, even; k³/4 hosts fit.")
            .only(&["fat-tree"]),
        Field::new(
            "link",
            Kind::Rate,
            "Line rate of every cable between switches; left out: the switch's port rate.",
        )
        .optional()
        .only(LINKS),
        Field::new(
            "planes",
            Kind::Count(1, 64),
            "Disjoint copies of the network; port i of every node is on copy i modulo these.",
        )
        .or("1")
        .only(&["leaf-spine", "fat-tree"]),
        Field::new(
            "homes",
            Kind::Count(1, 8),
            "Leaves that share a host: its ports take them in turn (2: dual-homed, as with MLAG).",
        )
        .or("1")
        .only(&["leaf-spine", "three-tier", "custom"]),
        Field::new("rails", Kind::Count(1, 256), "Rail switches of a unit: port i is on rail i.")
            .only(RAILS),
        Field::new("units", Kind::Count(1, 10_000), "Scalable units, filled evenly in blocks.")
            .or("1")
            .only(RAILS),
        Field::new(
            "groups",
            Kind::Count(1, 10_000),
            "Groups; left out: as many as `group_switches` · `global_links` + 1.",
        )
        .optional()
        .only(DRAGONFLY),
        Field::new("group_switches", Kind::Count(1, 1_000), "Switches of a group (a).")
            .only(DRAGONFLY),
        Field::new("host_ports", Kind::Count(1, 1_024), "Host ports of a switch (p).").only(PORTS),
        Field::new("global_links", Kind::Count(1, 1_024), "Global cables of a switch (h).")
            .only(DRAGONFLY),
        Field::new(
            "global_link",
            Kind::Rate,
            "Line rate of one cable between groups; left out: that of `link`.",
        )
        .optional()
        .only(DRAGONFLY),
        Field::new("global_cable", Kind::Cable, "Cable between groups.")
            .or("\"100 m\"")
            .only(DRAGONFLY),
        Field::new("dims", Kind::Dims, "Switches along each dimension; the last runs fastest.")
            .only(&["torus"]),
        Field::new(
            "access",
            Kind::Count(1, 100_000),
            "Access switches that hold compute nodes, filled evenly in blocks.",
        )
        .only(THREE_TIER),
        Field::new("pods", Kind::Count(1, 10_000), "Pods: access switches are divided over them.")
            .or("1")
            .only(THREE_TIER),
        Field::new("aggregations", Kind::Count(1, 1_000), "Aggregation switches of a pod.")
            .only(THREE_TIER),
        Field::new("cores", Kind::Count(1, 1_000), "Core switches, joined to each aggregation.")
            .only(THREE_TIER),
        Field::new(
            "core_link",
            Kind::Rate,
            "Line rate from aggregation to core; left out: the switch's port rate.",
        )
        .optional()
        .only(THREE_TIER),
        Field::new("storage_access", Kind::Count(1, 100_000), "The store's access switches.")
            .or("1")
            .only(THREE_TIER),
        Field::new("storage_aggregations", Kind::Count(1, 1_000), "The store's aggregations.")
            .or("2")
            .only(THREE_TIER),
        Field::new("routers", Kind::Count(0, 256), "Routers between cores and store; 0: none.")
            .or("0")
            .only(THREE_TIER),
        Field::new(
            "router_forwarding",
            Kind::Span(true),
            "Time a router takes to forward the head of a message; left out: the switch's.",
        )
        .optional()
        .only(THREE_TIER),
        Field::new(
            "firewalls",
            Kind::Count(0, 256),
            "Firewalls between routers and store; 0: none.",
        )
        .or("0")
        .only(THREE_TIER),
        Field::new(
            "firewall_forwarding",
            Kind::Span(true),
            "Time a firewall takes to inspect the head of a message; left out: the switch's.",
        )
        .optional()
        .only(THREE_TIER),
        Field::new(
            "firewall_capacity",
            Kind::Rate,
            "Most one firewall inspects, all ports together; left out: what its cables carry.",
        )
        .optional()
        .only(THREE_TIER),
        Field::new(
            "edge_link",
            Kind::Rate,
            "Line rate of cables at routers and firewalls; left out: the switch's port rate.",
        )
        .optional()
        .only(THREE_TIER),
        Field::new(
            "switches",
            Kind::Names,
            "Names of the switches; those that files name need not be listed.",
        )
        .optional()
        .only(CUSTOM),
        Field::new(
            "links_file",
            Kind::Text,
            "CSV file of cables: columns a, b, and perhaps rate, cable and cables.",
        )
        .optional()
        .only(CUSTOM),
        Field::new(
            "hosts_file",
            Kind::Text,
            "CSV file of hosts: columns host and switch, a row for each switch of a host.",
        )
        .optional()
        .only(CUSTOM),
        Field::new(
            "graph_file",
            Kind::Text,
            "GraphML file of switches, cables and hosts (nodes whose `role` is host).",
        )
        .optional()
        .only(CUSTOM),
        Field::new("links", Kind::List(&LINK), "Cables between switches.").optional().only(CUSTOM),
        Field::new(
            "attach",
            Kind::List(&ATTACH),
            "Where hosts sit; the first entry that matches a host's name wins, files first.",
        )
        .optional()
        .only(CUSTOM),
    ],
};

/// A cable of a custom topology.
pub static LINK: Section = Section {
    title: "[[links]]",
    doc: "A cable between two switches, both directions.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("a", Kind::Text, "One end: the name of a switch."),
        Field::new("b", Kind::Text, "The other end."),
        Field::new("rate", Kind::Rate, "Line rate each direction."),
        Field::new("cable", Kind::Cable, "Its length or delay.").or("\"30 m\""),
        Field::new("cables", Kind::Count(1, 1_024), "Parallel cables.").or("1"),
    ],
};

/// Where hosts of a custom topology sit.
pub static ATTACH: Section = Section {
    title: "[[attach]]",
    doc: "Hosts whose name matches sit on these switches, dealt in turn. Compute nodes are called \
          `group-i`, controllers `controller-i`.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "hosts",
            Kind::Text,
            "A host's name (`train-3`) or a prefix with a star (`controller-*`).",
        ),
        Field::new("switches", Kind::Names, "Names of switches."),
    ],
};

/// A switch.
pub static SWITCH: Section = Section {
    title: "a switch",
    doc: "A switch.",
    preset: Some(("preset", Shelf::Switches)),
    choice: None,
    fields: &[
        Field::new(
            "preset",
            Kind::Preset(Shelf::Switches),
            "Switch of the catalogue to start from.",
        )
        .optional(),
        Field::new("ports", Kind::Count(2, 65_536), "Ports; each may be split into 2, 4 or 8."),
        Field::new("port_rate", Kind::Rate, "Line rate of one port."),
        Field::new("forwarding", Kind::Span(true), "Time to forward the head of a message."),
        Field::new(
            "buffer",
            Kind::Bytes,
            "Most one port queues (its share, if ports share memory). Left out: no queue stands and \
             none overflows.",
        )
        .optional(),
        SOURCE,
    ],
};

const TCP: &[&str] = &["tcp"];
const RDMA: &[&str] = &["rdma"];

/// A transport.
pub static TRANSPORT: Section = Section {
    title: "a transport",
    doc: "How a transfer starts and what caps its rate.",
    preset: Some(("preset", Shelf::Transports)),
    choice: Some("kind"),
    fields: &[
        Field::new(
            "preset",
            Kind::Preset(Shelf::Transports),
            "Transport of the catalogue to start from.",
        )
        .optional(),
        Field::new("kind", Kind::Choice(&["tcp", "rdma"]), "Kernel TCP, or RoCE and InfiniBand."),
        Field::new("efficiency", SHARE, "Payload share of the wire, headers taken off."),
        Field::new("mss", Kind::Bytes, "Payload of one segment.").only(TCP),
        Field::new(
            "initial_window",
            Kind::Count(1, 1_000),
            "Segments sent before the first acknowledgement (10, RFC 6928).",
        )
        .or("10")
        .only(TCP),
        Field::new(
            "growth",
            Kind::Number { low: 1.0, high: 2.0, closed: false },
            "Growth of the window in a round of slow start: 2, or about 1.5 with delayed ACKs.",
        )
        .or("2.0")
        .only(TCP),
        Field::new(
            "window_limit",
            Kind::Bytes,
            "Most bytes in flight: the smaller of send buffer and usable receive buffer.",
        )
        .only(TCP),
        Field::new("min_rto", Kind::Span(false), "Least retransmission time-out.")
            .or("\"200 ms\"")
            .only(TCP),
        Field::new(
            "idle_restart",
            Kind::Flag,
            "Whether an idle connection's window decays (Linux tcp_slow_start_after_idle).",
        )
        .or("true")
        .only(TCP),
        Field::new(
            "setup_round_trips",
            Kind::Count(0, 16),
            "Round trips of set-up: 1 for TCP, 1 more for TLS 1.3, 2 more for TLS 1.2.",
        )
        .or("1")
        .only(TCP),
        Field::new(
            "loss",
            Kind::Number { low: 0.0, high: 0.5, closed: true },
            "Probability of a loss event per segment (RDMA: that a packet is lost).",
        )
        .or("0.0"),
        Field::new(
            "loss_law",
            Kind::Choice(&["cubic", "mathis", "pftk", "none", "bbr3"]),
            "Congestion control by its law under loss: CUBIC (RFC 9438), Reno (Mathis et al. 1997; \
             PFTK, RFC 5348), BBRv1 (none below 20 %), BBRv3 (none below 2 %).",
        )
        .only(TCP),
        Field::new(
            "hystart",
            Kind::Choice(&["off", "linux", "ns-3"]),
            "Hybrid slow start: when it ends before the path is busy.",
        )
        .or("\"off\"")
        .only(TCP),
        Field::new("startup", Kind::Span(true), "Time to post and start one transfer.").only(RDMA),
        Field::new("rate_cap", Kind::Rate, "Most one transfer moves; left out: line rate.")
            .optional()
            .only(RDMA),
        Field::new(
            "recovery",
            Kind::Choice(&["go-back-n", "selective"]),
            "What is sent again after a loss: all since it, or the lost packet alone (IRN).",
        )
        .or("\"go-back-n\"")
        .only(RDMA),
        Field::new(
            "queue_threshold",
            Kind::Bytes,
            "Queue at which switches mark packets (ECN, DCQCN) or pause senders (PFC): the queue \
             that stands where bulk fills a cable. Left out: TCP fills the buffer as its congestion \
             control does, RDMA none.",
        )
        .optional(),
        SOURCE,
    ],
};

/// A share above 0, at most 1.
pub const SHARE: Kind = Kind::Number { low: 0.0, high: 1.0, closed: false };
