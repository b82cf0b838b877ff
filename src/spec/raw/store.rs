//! Keys of the S3 service.

use super::SOURCE;
use super::cluster::{CACHE, NIC};
use super::fabric::SHARE;
use super::site::AS_OF;
use crate::spec::fields::{Field, Kind, Section, Shelf};

/// The whole service.
pub static STORE: Section = Section {
    title: "[store]",
    doc: "The S3 service: load balancer, controllers, shared cache, storage nodes and devices.",
    preset: Some(("preset", Shelf::Stores)),
    choice: None,
    fields: &[
        Field::new("preset", Kind::Preset(Shelf::Stores), "Store of the catalogue to start from.")
            .optional(),
        Field::new(
            "controllers",
            Kind::Count(1, 1_000_000),
            "Controllers (gateways); with [[site]] tables, at each that does not say otherwise.",
        ),
        Field::new("controller", Kind::Table(&CONTROLLER), "One controller."),
        Field::new("balancer", Kind::Table(&BALANCER), "Who picks the controller.").or("{}"),
        Field::new(
            "connection_rate",
            Kind::Rate,
            "Most one connection moves; left out: no such limit.",
        )
        .optional(),
        Field::new("cache", Kind::Table(&CACHE), "A cache shared by all controllers.").optional(),
        Field::new(
            "media",
            Kind::Table(&MEDIA),
            "Storage nodes and drives; left out: a managed service whose media cannot be seen.",
        )
        .optional(),
        Field::new(
            "replica_choice",
            Kind::Choice(&["nearest", "least-loaded", "cheapest"]),
            "Which site serves a read where several hold a copy: shortest round trip, fewest \
             requests outstanding per gateway, or least price of the bytes' way.",
        )
        .or("\"nearest\""),
        Field::new("prices", Kind::Table(&PRICES), "What requests cost.").or("{}"),
        SOURCE,
    ],
};

/// Prices of requests.
pub static PRICES: Section = Section {
    title: "[store.prices]",
    doc: "What requests cost; the bytes that they move are priced by the links that carry them.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("get", Kind::PricePerThousand, "A thousand GETs.").or("\"0 USD/1000\""),
        Field::new("put", Kind::PricePerThousand, "A thousand PUTs.").or("\"0 USD/1000\""),
        SOURCE,
        AS_OF,
    ],
};

/// One controller.
pub static CONTROLLER: Section = Section {
    title: "[store.controller]",
    doc: "One gateway: slots in front of a queue, a CPU, a network adapter.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("nic", Kind::Table(&NIC), "Adapter towards clients."),
        Field::new(
            "slots",
            Kind::Count(1, 1_000_000),
            "Requests served at once; `slot_held` says how long each keeps its slot.",
        ),
        Field::new(
            "slot_held",
            Kind::Choice(&["response", "service"]),
            "`response`: until the last byte has left (a thread a request); `service`: while it is \
             served and media work (an asynchronous server, whose slots are its cores).",
        )
        .or("\"response\""),
        Field::new(
            "queue_limit",
            Kind::Count(0, 1_000_000_000),
            "Requests that may wait; one more is answered 503. Left out: no bound.",
        )
        .optional(),
        Field::new("get_service", Kind::DistTime, "Time per GET before media is asked."),
        Field::new(
            "read_unit",
            Kind::Bytes,
            "Bytes of an object that a GET reads before its first byte leaves (a chunk), at \
             `read_rate`. Left out: answers stream from the start.",
        )
        .optional(),
        Field::new("read_rate", Kind::Rate, "How fast `read_unit` is read.").optional(),
        Field::new("put_service", Kind::DistTime, "Time per PUT before media is written."),
        Field::new("cpu_cores", Kind::Count(1, 65_536), "Cores, shared by all bytes."),
        Field::new(
            "core_rate",
            Kind::Rate,
            "Bytes one core checks, encrypts and codes a second; left out: bytes cost no CPU.",
        )
        .optional(),
        crate::spec::raw::TLS,
        crate::spec::raw::CHECKSUM,
        crate::spec::raw::COMPRESSION,
        Field::new("throttle", Kind::Table(&THROTTLE), "Request-rate limit.").optional(),
        Field::new(
            "backend_rate",
            Kind::Rate,
            "Adapter towards storage nodes; left out: as fast as `nic`.",
        )
        .optional(),
    ],
};

/// A request-rate limit.
pub static THROTTLE: Section = Section {
    title: "[store.controller.throttle]",
    doc: "A token bucket for the whole service; an empty bucket answers 503 SlowDown.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("get", Kind::PerSecond, "GETs a second and prefix."),
        Field::new("put", Kind::PerSecond, "PUTs a second and prefix."),
        Field::new(
            "prefixes",
            Kind::Count(1, 1_000_000),
            "Prefixes the dataset is spread over; multiplies both.",
        )
        .or("1"),
        Field::new("burst", Kind::Span(false), "Depth of the bucket, in time at the full rate.")
            .or("\"1 s\""),
    ],
};

/// The load balancer.
pub static BALANCER: Section = Section {
    title: "[store.balancer]",
    doc: "Who picks the controller of a request.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "policy",
            Kind::Choice(&[
                "round-robin",
                "least-connections",
                "hash",
                "power-of-two",
                "peak-ewma",
            ]),
            "How it chooses; `power-of-two`: the less loaded of two drawn at random; `peak-ewma`: the \
             quicker of two, by recent latency times requests outstanding.",
        )
        .or("\"least-connections\""),
        Field::new("latency", Kind::Span(true), "Time it adds to each request, one way.")
            .or("\"0 s\""),
        Field::new("decay", Kind::Span(false), "Of `peak-ewma`: mean lifetime of a latency seen.")
            .or("\"10 s\""),
        Field::new("ejection", Kind::Table(&EJECTION), "Leaves out controllers that fail.")
            .optional(),
    ],
};

/// Outlier ejection; the defaults are Envoy's.
pub static EJECTION: Section = Section {
    title: "[store.balancer.ejection]",
    doc: "Leaves out a controller that fails several times in a row (503, reset, time-out), as Envoy \
          does.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("consecutive", Kind::Count(1, 1_000_000), "Failures in a row that eject.")
            .or("5"),
        Field::new("interval", Kind::Span(false), "Time between sweeps, which let back.")
            .or("\"10 s\""),
        Field::new("base", Kind::Span(false), "First ejection; the nth is n times as long.")
            .or("\"30 s\""),
        Field::new("longest", Kind::Span(false), "Longest ejection.").or("\"300 s\""),
        Field::new(
            "most",
            SHARE,
            "Share of controllers out at once; one may always be (Envoy before 1.31).",
        )
        .or("0.1"),
    ],
};

/// Storage nodes and devices.
pub static MEDIA: Section = Section {
    title: "[store.media]",
    doc: "Storage nodes behind the controllers, on a non-blocking back end.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "nodes",
            Kind::Count(1, 100_000),
            "Storage nodes; with [[site]] tables, at each that does not say otherwise.",
        ),
        Field::new("devices_per_node", Kind::Count(1, 1_000), "Drives in one node."),
        Field::new("device", Kind::Table(&DEVICE), "One drive."),
        Field::new("node_rate", Kind::Rate, "Adapter of a storage node, each direction."),
        Field::new(
            "redundancy",
            Kind::Redundancy,
            "\"8+3\": 8 data and 3 parity shards; \"3 copies\": replication.",
        ),
        Field::new(
            "placement",
            Kind::Choice(&["hash", "round-robin"]),
            "Where shards live: by hash of the object, or dealt in turn (ideal balance).",
        )
        .or("\"hash\""),
    ],
};

/// A drive.
pub static DEVICE: Section = Section {
    title: "a drive",
    doc: "A drive.",
    preset: Some(("preset", Shelf::Devices)),
    choice: None,
    fields: &[
        Field::new("preset", Kind::Preset(Shelf::Devices), "Drive of the catalogue to start from.")
            .optional(),
        Field::new("read_rate", Kind::Rate, "Sequential read bandwidth."),
        Field::new("write_rate", Kind::Rate, "Sequential write bandwidth."),
        Field::new("read_iops", Kind::PerSecond, "Random reads of `io_size` a second."),
        Field::new("write_iops", Kind::PerSecond, "Random writes of `io_size` a second."),
        Field::new("read_latency", Kind::DistTime, "Time of one read at an idle drive."),
        Field::new("write_latency", Kind::DistTime, "Time of one write at an idle drive."),
        Field::new("io_size", Kind::Bytes, "Size of one I/O.").or("\"4 KiB\""),
        Field::new("queue_depth", Kind::Count(1, 1_000_000), "I/Os in service at once."),
        SOURCE,
    ],
};
