//! Keys of managed delivery.

use super::class;
use crate::spec::fields::{Field, Kind, Section};

const REPLICATE: &[&str] = &["replicate"];
const PREFETCH: &[&str] = &["prefetch"];

/// A job that copies a dataset to another site.
pub static DELIVERY: Section = Section {
    title: "[[delivery]]",
    doc: "A job that copies a dataset to another site, GET by GET and PUT by PUT; reads go to the \
          new copy of an object as soon as it is there.",
    preset: None,
    choice: Some("kind"),
    fields: &[
        Field::new("name", Kind::Name, "Name of the job, for reports."),
        Field::new(
            "kind",
            Kind::Choice(&["replicate", "prefetch"]),
            "`replicate`: a copy at another site, in the background; `prefetch`: a copy at the site \
             of a training job that reads it.",
        ),
        Field::new("dataset", Kind::Reference("dataset"), "Which [[dataset]] is copied.")
            .only(REPLICATE),
        Field::new("to", Kind::Text, "The site that gets the copy.").only(REPLICATE),
        Field::new("training", Kind::Text, "The job that it is for: its dataset, to its site.")
            .only(PREFETCH),
        Field::new("wait", Kind::Flag, "Whether the job begins only when all of it is there.")
            .or("true")
            .only(PREFETCH),
        Field::new(
            "from",
            Kind::Text,
            "The site whose copy is read; left out: the cheapest that can be reached.",
        )
        .optional(),
        Field::new(
            "nodes",
            Kind::Reference("nodes"),
            "Group of nodes that move it; left out: those of the job, or the only group.",
        )
        .optional(),
        Field::new("concurrency", Kind::Count(1, 100_000), "Objects under way at once.").or("16"),
        Field::new("rate", Kind::Rate, "Most that it moves in the mean; left out: no limit.")
            .optional(),
        Field::new("start", Kind::Span(true), "When it begins.").or("\"0 s\""),
        class::OF,
    ],
};
