//! Keys of how readers talk to the store.

use super::SOURCE;
use crate::spec::fields::{Field, Kind, Section, Shelf};

/// How clients on a node talk to the store.
pub static CLIENT: Section = Section {
    title: "a client",
    doc: "How clients on a node talk to the store.",
    preset: Some(("preset", Shelf::Clients)),
    choice: None,
    fields: &[
        Field::new(
            "preset",
            Kind::Preset(Shelf::Clients),
            "Client of the catalogue to start from.",
        )
        .optional(),
        Field::new("request_cpu", Kind::DistTime, "CPU time before each request leaves.")
            .or("\"0 s\""),
        Field::new(
            "core_rate",
            Kind::Rate,
            "Bytes one core receives or sends a second at most; left out: bytes cost no CPU.",
        )
        .optional(),
        super::TLS,
        super::CHECKSUM,
        super::COMPRESSION,
        Field::new(
            "range_size",
            Kind::Bytes,
            "Objects are fetched in ranges of at most this size; left out: whole.",
        )
        .optional(),
        Field::new(
            "parallel_ranges",
            Kind::Count(1, 10_000),
            "Ranges of one read in flight at once.",
        )
        .or("1"),
        Field::new(
            "idle_timeout",
            Kind::Span(false),
            "Idle connections are closed after this long; left out: kept for ever.",
        )
        .optional(),
        Field::new(
            "connect_timeout",
            Kind::Span(false),
            "Longest set-up of a connection (TCP and TLS); left out: as long as TCP tries.",
        )
        .optional(),
        Field::new(
            "first_byte_timeout",
            Kind::Span(false),
            "Longest wait for the answer's first byte once the request is sent.",
        )
        .optional(),
        Field::new(
            "attempt_timeout",
            Kind::Span(false),
            "Longest attempt, from the connection's set-up to the last byte.",
        )
        .optional(),
        Field::new(
            "request_timeout",
            Kind::Span(false),
            "Longest request, all attempts and waits included; then it has failed.",
        )
        .optional(),
        Field::new(
            "max_connections",
            Kind::Count(1, 1_000_000),
            "Connections of one client (a reader worker, a closed loop, a node of an open load) at \
             most; further requests wait.",
        )
        .optional(),
        Field::new(
            "max_connections_per_node",
            Kind::Count(1, 1_000_000),
            "Connections in use on one node at most, all its clients together.",
        )
        .optional(),
        Field::new(
            "hedge_after",
            Kind::Text,
            "A GET without its first byte after this long is sent a second time, to another \
             gateway: a duration, or a quantile such as \"p95\" of the job's own times.",
        )
        .optional(),
        Field::new("retry", Kind::Table(&RETRY), "What follows a 503, a reset or a time-out.")
            .or("{}"),
        SOURCE,
    ],
};

/// Back-off and its limits.
pub static RETRY: Section = Section {
    title: "[retry]",
    doc: "Exponential back-off with full jitter after `503 SlowDown`, a reset or a time-out: before \
          retry i, wait a random part of min(cap, base · 2^(i−1)).",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "attempts",
            Kind::Count(1, 1_000),
            "Attempts in all; then the request has failed: a load goes on, a training job's reader \
             asks anew.",
        )
        .or("10"),
        Field::new("base", Kind::Span(false), "Longest first wait.").or("\"100 ms\""),
        Field::new("cap", Kind::Span(false), "Longest wait.").or("\"20 s\""),
        Field::new(
            "budget",
            Kind::Count(1, 1_000_000),
            "Tokens of each client that retries are paid from; what cannot be paid is not retried \
             (the AWS SDKs' standard mode: 500; the costs are its before November 2026). Left out: no \
             limit.",
        )
        .optional(),
        Field::new("cost", Kind::Count(0, 1_000_000), "Tokens of a retry.").or("5"),
        Field::new(
            "timeout_cost",
            Kind::Count(0, 1_000_000),
            "Tokens of a retry after a time-out.",
        )
        .or("10"),
        Field::new(
            "refund",
            Kind::Count(0, 1_000_000),
            "Tokens that come back with a request that needed no retry.",
        )
        .or("1"),
    ],
};
