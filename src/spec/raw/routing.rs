//! Keys of routing.

use super::fabric::SHARE;
use crate::spec::fields::{Field, Kind, Section};

/// `[fabric.NAME.routing]`.
pub static ROUTING: Section = Section {
    title: "[routing]",
    doc: "How the network picks among equal ways, and how fast it learns that one is gone.",
    preset: None,
    choice: Some("policy"),
    fields: &[
        Field::new(
            "policy",
            Kind::Choice(&["ecmp", "flowlet", "adaptive", "spray", "destination-modulo"]),
            "Choice among equal shortest ways. `ecmp`: by a hash for the life of a connection; \
             `flowlet`: by hash, anew after a pause; `adaptive`: the least loaded when a transfer \
             starts; `spray`: packets evenly over all; `destination-modulo`: by the number of the \
             destination.",
        )
        .or("\"ecmp\""),
        // CONGA's and LetFlow's T_fl (Alizadeh et al., SIGCOMM 2014, §3.4; Vanini et al., NSDI 2017).
        Field::new(
            "flowlet_gap",
            Kind::Span(false),
            "Shortest pause of a connection after which it may take another way.",
        )
        .or("\"500 us\"")
        .only(&["flowlet"]),
        Field::new(
            "spray_efficiency",
            SHARE,
            "Share of the packets on the wire that are not sent again because they came out of \
             order; 1 for receivers that put them in order (RoCE with reordering, SRD, Ultra \
             Ethernet).",
        )
        .or("1.0")
        .only(&["spray"]),
        Field::new(
            "shared_hash_seed",
            Kind::Flag,
            "Whether all switches hash with the same seed, so that the choices at successive hops \
             repeat each other (polarisation).",
        )
        .or("false"),
        Field::new(
            "reconvergence",
            Kind::Span(true),
            "From a cable's end (or return) until routes are around it (or use it again); left \
             out: routes never change, transfers wait for the cable.",
        )
        .optional(),
        Field::new(
            "local_repair",
            Kind::Span(true),
            "From a cable's end until the switch or host before it sends into its other equal \
             ways; left out: not before `reconvergence`.",
        )
        .optional(),
        Field::new(
            "wan_metric",
            Kind::Choice(&["delay", "price", "widest"]),
            "What a way between sites is chosen by: least delay; least price of a byte, then \
             delay; largest rate of its narrowest link, then delay.",
        )
        .or("\"delay\""),
    ],
};
