//! Keys of disturbances: what production has and the laboratory has not.

use super::SOURCE;
use super::fabric::SHARE;
use crate::spec::fields::{Field, Kind, Section};

/// Every kind of disturbance.
pub const KINDS: &[&str] = &[
    "latency",
    "jitter",
    "spikes",
    "loss",
    "background",
    "noisy_neighbour",
    "cold_cache",
    "rebuild",
    "link_faults",
    "controller_faults",
    "faults",
    "stragglers",
    "decode_shortage",
    "burstiness",
];

const SPELLS: &[&str] = &["spikes", "rebuild", "link_faults", "controller_faults"];
const CABLES: &[&str] = &["background", "link_faults"];
const SLOW: &[&str] = &["stragglers", "decode_shortage"];

const SLOWDOWN: Kind = Kind::Number { low: 1.0, high: 1000.0, closed: true };

/// One disturbance, `[production.NAME]`.
pub static DISTURBANCE: Section = Section {
    title: "a disturbance",
    doc: "Something that production has and the laboratory has not; `gapcast gap` weighs each.",
    preset: None,
    choice: Some("kind"),
    fields: &[
        Field::new(
            "kind",
            Kind::Choice(KINDS),
            "What it is; left out: what the table's name says, as in [production.jitter].",
        )
        .optional(),
        Field::new("on", Kind::Flag, "Whether it happens.").or("true"),
        Field::new(
            "added",
            Kind::DistTime,
            "Added to the round trip between clients and store, half each way; drawn once per \
             connection.",
        )
        .only(&["latency"]),
        Field::new("delay", Kind::DistTime, "Added one way; give either this or `plus_minus`.")
            .optional()
            .only(&["jitter"]),
        Field::new(
            "plus_minus",
            Kind::Span(false),
            "Evenly between that much less and that much more, one way.",
        )
        .optional()
        .only(&["jitter"]),
        Field::new(
            "correlation",
            Kind::Span(true),
            "How long the delay keeps its value; 0 s: every packet draws its own.",
        )
        .or("\"0 s\"")
        .only(&["jitter"]),
        Field::new(
            "keeps_order",
            Kind::Flag,
            "Whether no packet overtakes one sent before it on its connection, as behind a queue.",
        )
        .or("true")
        .only(&["jitter"]),
        Field::new(
            "interval",
            Kind::DistTime,
            "From the end of one spell to the next onset; exponential: Poisson onsets.",
        )
        .only(SPELLS),
        Field::new("duration", Kind::DistTime, "How long a spell lasts.").only(SPELLS),
        Field::new("height", Kind::DistTime, "Added to the round trip in a spike, half each way.")
            .only(&["spikes"]),
        Field::new(
            "rate",
            SHARE,
            "Share of packets lost at random on the storage fabric, besides the transport's own.",
        )
        .only(&["loss"]),
        Field::new(
            "links",
            Kind::Names,
            "Which cables: \"leaf-0\" (all of a host or switch), \"leaf-*\", or one direction, \
             \"leaf-* -> spine-*\".",
        )
        .only(CABLES),
        Field::new("load", SHARE, "Mean share of the cable's rate that others use.")
            .optional()
            .only(&["background"]),
        Field::new("peak", SHARE, "Share in use during a burst; above `load`.")
            .or("1.0")
            .only(&["background"]),
        Field::new("burst", Kind::DistTime, "Length of a burst.")
            .or("{ exponential = \"50 ms\" }")
            .only(&["background", "burstiness"]),
        Field::new(
            "trace",
            Kind::Text,
            "Instead of `load`: a CSV file with columns time_s and share (0 to 1), repeated.",
        )
        .optional()
        .only(&["background"]),
        Field::new("op", Kind::Choice(&["get", "put"]), "What the others ask for.")
            .or("\"get\"")
            .only(&["noisy_neighbour"]),
        Field::new(
            "requests",
            Kind::PerSecond,
            "Requests of others at all controllers together, a Poisson stream.",
        )
        .only(&["noisy_neighbour"]),
        Field::new("size", Kind::DistBytes, "Bytes of one of them.").only(&["noisy_neighbour"]),
        Field::new("class", Kind::Reference("class"), "Traffic class of their payload.")
            .optional()
            .only(&["noisy_neighbour"]),
        Field::new("devices", Kind::Count(1, 1_000), "Drives that fail at once.")
            .or("1")
            .only(&["rebuild"]),
        Field::new(
            "share",
            SHARE,
            "Of `rebuild`: share of the other drives' and storage adapters' bandwidth it takes. \
             Of `stragglers`: share of GPUs that are slow.",
        )
        .only(&["rebuild", "stragglers"]),
        Field::new(
            "remaining",
            Kind::Number { low: 0.0, high: 0.999, closed: true },
            "Share of the rate that is left during a fault; 0: down.",
        )
        .or("0")
        .only(&["link_faults"]),
        Field::new(
            "detection",
            Kind::Span(true),
            "How long the load balancer's health check takes to notice, either way.",
        )
        .or("\"5 s\"")
        .only(&["controller_faults", "faults"]),
        Field::new(
            "targets",
            Kind::Names,
            "Who fails, each for itself: \"site:dublin\", \"switch:leaf-*\", \"link:leaf-0 -> spine-1\" \
             (or the name of a [[wan]]), \"controller:*\", \"storage_node:storage-0\", \
             \"device:storage-0/*\".",
        )
        .optional()
        .only(&["faults"]),
        Field::new(
            "time_to_failure",
            Kind::DistTime,
            "From being up (again) to the next failure of one of them; its mean is the MTTF.",
        )
        .optional()
        .only(&["faults"]),
        Field::new(
            "time_to_repair",
            Kind::DistTime,
            "From a failure to being up again; its mean is the MTTR.",
        )
        .optional()
        .only(&["faults"]),
        Field::new(
            "events",
            Kind::Text,
            "Instead: a CSV file with columns t_s, target and state (down or up).",
        )
        .optional()
        .only(&["faults"]),
        Field::new("slowdown", SLOWDOWN, "Times as long as without.").only(SLOW),
        Field::new(
            "redraw",
            Kind::Span(false),
            "Who is slow is drawn again after this long; left out: the same ones throughout.",
        )
        .optional()
        .only(&["stragglers"]),
        Field::new(
            "cores_taken",
            Kind::Number { low: 0.0, high: 0.999, closed: true },
            "Share of every node's CPU cores that others take; one core is always left.",
        )
        .or("0")
        .only(&["decode_shortage"]),
        Field::new(
            "peak_to_mean",
            Kind::Number { low: 1.0, high: 1e6, closed: false },
            "Rate within a burst over the mean rate, which stays the same.",
        )
        .only(&["burstiness"]),
        SOURCE,
    ],
};
