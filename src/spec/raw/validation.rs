//! Keys of a validation case: a scenario, what was measured, and how the two are compared.

use crate::spec::fields::{Field, Kind, Section};

/// A whole case.
pub static CASE: Section = Section {
    title: "the case",
    doc: "A scenario that is run once for every measured row, and compared with it.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("title", Kind::Text, "What is predicted, one line."),
        Field::new("citation", Kind::Text, "Who measured it: document or set-up, table, date."),
        Field::new("remarks", Kind::Text, "What is left unexplained, and why.").or("\"\""),
        Field::new("scenario", Kind::Text, "Scenario file, path relative to the case."),
        Field::new(
            "measured",
            Kind::Text,
            "CSV of measured rows with a header, path relative to the case; lines with # are \
             comments.",
        ),
        Field::new(
            "rows",
            Kind::Settings,
            "Which rows: columns with the value, or list of values, they must have.",
        )
        .optional(),
        Field::new("figure", Kind::Flag, "Whether its rows stand in the figure.").or("true"),
        Field::new("label", Kind::Text, "What a row is called; \"{rtt_ms}\" is a cell of it."),
        Field::new(
            "set",
            Kind::Settings,
            "Fields of the scenario and what each row sets them to: \"{rtt_ms} ms\" takes a cell.",
        )
        .optional(),
        Field::new("with", Kind::List(&WITH), "Further fields that only some rows set.").optional(),
        Field::new("group", Kind::List(&GROUP), "Kinds of rows that are judged apart.").optional(),
        Field::new("compare", Kind::List(&COMPARE), "What is compared."),
    ],
};

/// A kind of rows.
pub static GROUP: Section = Section {
    title: "[[group]]",
    doc: "Rows that are judged together; a row belongs to the first group that fits.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Its name: fitted, predicted …"),
        Field::new("rows", Kind::Settings, "Which rows; left out: all the others.").optional(),
    ],
};

/// Further settings of some rows.
pub static WITH: Section = Section {
    title: "[[with]]",
    doc: "Further fields of the scenario for some of the rows.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("rows", Kind::Settings, "Which rows."),
        Field::new("set", Kind::Settings, "The fields and what these rows set them to."),
    ],
};

/// A comparison.
pub static COMPARE: Section = Section {
    title: "[[compare]]",
    doc: "A measured column against a metric of the simulation.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Text, "What it is called, its unit included."),
        Field::new(
            "column",
            Kind::Text,
            "Measured column; \"a * b\" is a product. Rows with an empty cell are left out.",
        ),
        Field::new("metric", Kind::Text, "Metric of the simulation; \"a * b\" is a product."),
        Field::new(
            "scale",
            Kind::Number { low: 0.0, high: 1e12, closed: false },
            "Factor on the column, so that it has the metric's unit.",
        )
        .or("1.0"),
        Field::new(
            "metric_scale",
            Kind::Number { low: 0.0, high: 1e12, closed: false },
            "Factor on the metric.",
        )
        .or("1.0"),
        Field::new(
            "less",
            Kind::Text,
            "Column taken off the metric, after its factor: what the simulation has and the \
             measurement has not.",
        )
        .optional(),
        Field::new(
            "less_scale",
            Kind::Number { low: 0.0, high: 1e12, closed: false },
            "Factor on that column.",
        )
        .or("1.0"),
        Field::new(
            "error",
            Kind::Choice(&["relative", "points"]),
            "`relative`: predicted over measured less one; `points`: difference of two shares.",
        )
        .or("\"relative\""),
        Field::new(
            "statistic",
            Kind::Choice(&["mean", "median", "max"]),
            "Of the absolute errors of a group's rows, what must stay below the tolerance.",
        )
        .or("\"mean\""),
        Field::new(
            "tolerance",
            Kind::Number { low: 0.0, high: 1e3, closed: false },
            "What is aimed at: 0.1 is 10 %, or 10 points. Left out: printed without judgement.",
        )
        .optional(),
        Field::new(
            "groups",
            Kind::Names,
            "Groups that are judged (\"all\": their rows together); left out: every one.",
        )
        .optional(),
    ],
};
