//! Every key of a scenario, once: name, type, default, meaning.

pub mod brief;
pub mod class;
pub mod client;
pub mod cluster;
pub mod delivery;
pub mod fabric;
pub mod health;
pub mod jobs;
pub mod price;
pub mod production;
pub mod routing;
pub mod site;
pub mod store;
pub mod study;
pub mod validation;

use super::fields::{Field, Kind, Section, Shelf};

/// Where the numbers of a catalogue entry come from.
pub const SOURCE: Field =
    Field::new("source", Kind::Text, "Where the numbers come from: document, table, date.")
        .optional();

/// Encryption.
pub const TLS: Field = Field::new(
    "tls",
    Kind::Rate,
    "Bytes one core encrypts or decrypts a second, beside `core_rate`; left out: none is.",
)
.optional();

/// Checksums.
pub const CHECKSUM: Field = Field::new(
    "checksum",
    Kind::Rate,
    "Bytes one core checks a second, beside `core_rate`; left out: none are.",
)
.optional();

/// Compression.
pub const COMPRESSION: Field = Field::new(
    "compression",
    Kind::Rate,
    "Bytes one core compresses or expands a second, beside `core_rate`; left out: none are.",
)
.optional();

/// A whole scenario.
pub static SCENARIO: Section = Section {
    title: "the scenario",
    doc: "A cluster, its networks, an S3 store and the jobs that read from it.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the scenario; left out: the name of the file.")
            .optional(),
        Field::new("description", Kind::Text, "One line on what the scenario is for.").or("\"\""),
        Field::new(
            "include",
            Kind::Names,
            "Catalogue files to read first, paths relative to this file; later ones win.",
        )
        .optional(),
        Field::new("run", Kind::Table(&RUN), "How long to simulate, and how often.").or("{}"),
        Field::new("nodes", Kind::List(&cluster::NODES), "Groups of equal compute nodes."),
        Field::new("fabric", Kind::Table(&fabric::FABRICS), "Networks."),
        Field::new("store", Kind::Table(&store::STORE), "The S3 service."),
        Field::new("site", Kind::List(&site::SITE), "Sites; left out: everything is in one place.")
            .optional(),
        Field::new("wan", Kind::List(&site::WAN), "Links between sites.").optional(),
        Field::new("dataset", Kind::List(&jobs::DATASET), "Datasets that several jobs share.")
            .optional(),
        Field::new("class", Kind::List(&class::CLASS), "Traffic classes.").optional(),
        Field::new("training", Kind::List(&jobs::TRAINING), "Training jobs.").optional(),
        Field::new("load", Kind::List(&jobs::LOAD), "Request loads: clients without GPUs.")
            .optional(),
        Field::new(
            "delivery",
            Kind::List(&delivery::DELIVERY),
            "Jobs that copy datasets between sites.",
        )
        .optional(),
        Field::new(
            "production",
            Kind::Entries(&production::DISTURBANCE),
            "Disturbances by name: what production has and the laboratory has not.",
        )
        .optional(),
        Field::new("health", Kind::Table(&health::HEALTH), "What a monitor would alert on.")
            .or("{}"),
        Field::new("price", Kind::Table(&price::PRICES), "What things cost.").optional(),
        Field::new("facility", Kind::Table(&price::FACILITY), "Power and facility.").or("{}"),
        Field::new("finance", Kind::Table(&price::FINANCE), "How capital is counted.").or("{}"),
        Field::new("fix", Kind::List(&price::FIX), "Measures whose return is asked for.")
            .optional(),
        Field::new("replicate", Kind::Table(&price::REPLICATE), "Read remotely, or copy?")
            .optional(),
        Field::new("sensitivity", Kind::Table(&price::SENSITIVITY), "How far inputs are moved.")
            .or("{}"),
        Field::new("catalog", Kind::Table(&CATALOG), "Own or changed catalogue entries.")
            .optional(),
    ],
};

/// Length and repetition of runs.
pub static RUN: Section = Section {
    title: "[run]",
    doc: "How long to simulate, and how often.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("seed", Kind::Count(0, i64::MAX as u64), "Root of all chance.").or("1"),
        Field::new(
            "replicates",
            Kind::Count(1, 10_000),
            "Independent repetitions; confidence intervals come from them.",
        )
        .or("5"),
        Field::new(
            "horizon",
            Kind::Span(false),
            "Stop here even if work is left; left out: when all jobs have finished.",
        )
        .optional(),
        Field::new(
            "warm_up",
            Kind::Span(true),
            "Statistics of request loads leave out what happens before this instant.",
        )
        .or("\"0 s\""),
        Field::new(
            "rate_tolerance",
            Kind::Number { low: 0.0, high: 0.1, closed: true },
            "By what share rates of transfers may be off, for speed where everything shares with \
             everything; 0: exact.",
        )
        .or("0.0"),
    ],
};

/// The catalogue: shelves of named entries that scenarios start from.
pub static CATALOG: Section = Section {
    title: "[catalog]",
    doc: "Shelves of named entries that other keys start from.",
    preset: None,
    choice: None,
    fields: &[
        shelf("gpus", &cluster::GPU, "Accelerators."),
        shelf("nics", &cluster::NIC, "Network adapters."),
        shelf("nodes", &cluster::NODES, "Compute nodes."),
        shelf("switches", &fabric::SWITCH, "Switches."),
        shelf("devices", &store::DEVICE, "Drives."),
        shelf("stores", &store::STORE, "S3 services."),
        shelf("clients", &client::CLIENT, "How clients talk to the store."),
        shelf("transports", &fabric::TRANSPORT, "Transports."),
        shelf("workloads", &jobs::TRAINING, "Training workloads."),
        shelf("prices", &price::PRICE, "Prices."),
        shelf("tariffs", &price::TARIFF, "Prices in tiers."),
    ],
};

const fn shelf(key: &'static str, section: &'static Section, doc: &'static str) -> Field {
    Field::new(key, Kind::Entries(section), doc).optional()
}

/// The section that describes an entry of `shelf`.
pub fn section_of(shelf: Shelf) -> &'static Section {
    match CATALOG.field(shelf.key()).map(|field| field.kind) {
        Some(Kind::Entries(section)) => section,
        _ => unreachable!("every shelf has its entries"),
    }
}
