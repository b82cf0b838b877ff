//! Keys of compute nodes and what is in them.

use super::SOURCE;
use super::client::CLIENT;
use crate::spec::fields::{Field, Kind, Section, Shelf};

/// A group of nodes, and a node of the catalogue.
pub static NODES: Section = Section {
    title: "[[nodes]]",
    doc: "A group of equal compute nodes; node i is called `name-i`.",
    preset: Some(("node", Shelf::Nodes)),
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the group; jobs refer to it."),
        Field::new("node", Kind::Preset(Shelf::Nodes), "Node of the catalogue to start from.")
            .optional(),
        Field::new("count", Kind::Count(1, 1_000_000), "Nodes in the group.").or("1"),
        Field::new("gpus", Kind::Count(0, 1_024), "Accelerators in one node."),
        Field::new("gpu", Kind::Table(&GPU), "Which accelerator; needed unless `gpus` is 0.")
            .optional(),
        Field::new(
            "cpu_cores",
            Kind::Count(1, 65_536),
            "CPU cores of one node that decode samples and serve clients.",
        ),
        Field::new("storage_nic", Kind::Table(&NIC), "Adapter on the storage fabric."),
        Field::new(
            "compute_nic",
            Kind::Table(&NIC),
            "Adapter on the compute fabric, when there is a separate one.",
        )
        .optional(),
        Field::new("client", Kind::Table(&CLIENT), "How readers on a node talk to the store."),
        Field::new("cache", Kind::List(&CACHE), "Cache tiers of a node, fastest first.").optional(),
        SOURCE,
    ],
};

/// An accelerator.
pub static GPU: Section = Section {
    title: "a GPU",
    doc: "An accelerator.",
    preset: Some(("preset", Shelf::Gpus)),
    choice: None,
    fields: &[
        Field::new("preset", Kind::Preset(Shelf::Gpus), "GPU of the catalogue to start from.")
            .optional(),
        Field::new("peak", Kind::Flops, "Dense peak in the training precision (BF16)."),
        Field::new("memory", Kind::Bytes, "High-bandwidth memory."),
        Field::new("power", Kind::Power, "Board power at full load."),
        SOURCE,
    ],
};

/// A network adapter.
pub static NIC: Section = Section {
    title: "a NIC",
    doc: "A network adapter: `ports` cables of `rate` each.",
    preset: Some(("preset", Shelf::Nics)),
    choice: None,
    fields: &[
        Field::new("preset", Kind::Preset(Shelf::Nics), "NIC of the catalogue to start from.")
            .optional(),
        Field::new("rate", Kind::Rate, "Line rate of one port, each direction."),
        Field::new("ports", Kind::Count(1, 256), "Ports in use.").or("1"),
        SOURCE,
    ],
};

/// A cache tier.
pub static CACHE: Section = Section {
    title: "a cache",
    doc: "A cache of objects or ranges; the least recently used goes first.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Text, "What it is, for reports.").or("\"cache\""),
        Field::new("capacity", Kind::Bytes, "Bytes it holds."),
        Field::new(
            "read_rate",
            Kind::Rate,
            "Read bandwidth, per node (node caches) or per controller (the store's cache).",
        ),
        Field::new("latency", Kind::DistTime, "Time to the first byte of a hit.").or("\"0 s\""),
    ],
};
