//! Keys of sites and of the links between them.

use super::SOURCE;
use super::cluster::NIC;
use crate::spec::fields::{Field, Kind, Section};

/// When a price was looked up.
pub const AS_OF: Field =
    Field::new("as_of", Kind::Text, "Day on which the price was looked up, as \"2026-01-31\".")
        .optional();

/// A site.
pub static SITE: Section = Section {
    title: "[[site]]",
    doc: "A place with its own copy of [fabric.storage] and of [store], behind a border router; \
          hosts and switches there are called `name/…`. Without any, everything is in one place.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the site."),
        Field::new(
            "region",
            Kind::Name,
            "Region it lies in, for residency; left out: unknown, which no rule allows.",
        )
        .optional(),
        Field::new("nodes", Kind::Names, "Groups of nodes here; a group is in exactly one site.")
            .or("[]"),
        Field::new(
            "controllers",
            Kind::Count(0, 1_000_000),
            "Gateways of the store here; left out: what [store] says. 0: none, and no media.",
        )
        .optional(),
        Field::new(
            "storage_nodes",
            Kind::Count(1, 100_000),
            "Storage nodes here; left out: what [store.media] says.",
        )
        .optional(),
        Field::new(
            "trunk",
            Kind::Rate,
            "Line rate of the cable from each switch of the top tier to the border router; left \
             out: as much as all links of the site together.",
        )
        .optional(),
        Field::new("cache", Kind::Table(&SITE_CACHE), "A cache in front of other sites' copies.")
            .optional(),
    ],
};

/// A read-through cache of a site.
pub static SITE_CACHE: Section = Section {
    title: "[site.cache]",
    doc: "A host that keeps what was read here from other sites' copies; the least recently used \
          goes first. It fetches what it lacks whole, once for all who wait for it.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Text, "What it is, for reports.").or("\"regional cache\""),
        Field::new("capacity", Kind::Bytes, "Bytes it holds."),
        Field::new("read_rate", Kind::Rate, "Read bandwidth."),
        Field::new("latency", Kind::DistTime, "Time to the first byte of a hit.").or("\"0 s\""),
        Field::new("nic", Kind::Table(&NIC), "Its adapter on the storage fabric."),
    ],
};

/// A link between two sites.
pub static WAN: Section = Section {
    title: "[[wan]]",
    doc: "A link between the border routers of two sites, the same both ways.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the link."),
        Field::new("sites", Kind::Names, "The two sites that it joins."),
        Field::new("rate", Kind::Rate, "Line rate, each direction."),
        Field::new("round_trip", Kind::Span(true), "Propagation there and back."),
        Field::new(
            "jitter",
            Kind::DistTime,
            "Added to every packet, one way, order kept; left out: none.",
        )
        .optional(),
        Field::new(
            "loss",
            Kind::Number { low: 0.0, high: 0.5, closed: true },
            "Probability of a loss event per segment, besides the transport's own.",
        )
        .or("0.0"),
        Field::new(
            "price",
            Kind::PricePerGb,
            "Of every byte carried, either way; a GB is 2^30 bytes, as S3 bills.",
        )
        .or("\"0 USD/GB\""),
        SOURCE,
        AS_OF,
    ],
};
