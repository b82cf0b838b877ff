//! Keys of traffic classes.

use crate::spec::fields::{Field, Kind, Section};

/// A traffic class.
pub static CLASS: Section = Section {
    title: "[[class]]",
    doc: "A traffic class: how every network adapter and switch port treats its traffic. Traffic \
          that names no class is of class `default`.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "name",
            Kind::Name,
            "Name; jobs refer to it. `default` is the class of all traffic that names none; left \
             out, it shares with the last priority by weight 1.",
        ),
        Field::new(
            "priority",
            Kind::Count(0, 255),
            "Lower numbers are served first, whatever is left for the others (strict priority).",
        )
        .or("0"),
        Field::new(
            "weight",
            Kind::Count(1, 10_000),
            "Its part of what a link shares out among the classes of a priority.",
        )
        .or("1"),
        Field::new(
            "guarantee",
            Kind::LinkPart,
            "What it gets of every link before anyone's excess; shared with others while unused.",
        )
        .optional(),
        Field::new("cap", Kind::LinkPart, "Most it may take of any link.").optional(),
        Field::new(
            "admit",
            Kind::Limit,
            "How much is let in at the clients, over the whole class: so many requests on their \
             way at once, or payload at this rate; left out: everything.",
        )
        .optional(),
        Field::new(
            "beyond",
            Kind::Choice(&["queue", "refuse"]),
            "What is not let in waits at its client, or is refused like a `503` and tries again \
             after the client's back-off.",
        )
        .or("\"queue\""),
    ],
};

/// The class of something's traffic.
pub const OF: Field = Field::new(
    "class",
    Kind::Reference("class"),
    "Traffic class of its requests; left out: `default`.",
)
.optional();
