//! Keys of a study file: a base scenario, axes over its fields, and what is asked of the results.

use crate::spec::fields::{Field, Kind, Section};

const AT: &str = "Values of other axes: { controllers = 7 }.";

/// A whole study.
pub static STUDY: Section = Section {
    title: "the study",
    doc: "A base scenario run at many points: every combination of the axes' values.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the study; left out: the name of the file.")
            .optional(),
        Field::new("description", Kind::Text, "One line on what the study is for.").or("\"\""),
        Field::new("reproduces", Kind::Table(&REPRODUCES), "A published result it reproduces.")
            .optional(),
        Field::new("base", Kind::Text, "Scenario file, path relative to the study file."),
        Field::new(
            "set",
            Kind::Settings,
            "Fields of the base that are changed at every point: { \"training.unet3d.steps\" = 6 }.",
        )
        .optional(),
        Field::new(
            "replicates",
            Kind::Count(1, 10_000),
            "Independent repetitions of every point; left out: the base's.",
        )
        .optional(),
        Field::new(
            "seed",
            Kind::Count(0, i64::MAX as u64),
            "Root of all chance, the same at every point; left out: the base's.",
        )
        .optional(),
        Field::new("metrics", Kind::Names, "Numbers to keep of every run."),
        Field::new("axis", Kind::List(&AXIS), "What is varied."),
        Field::new("sample", Kind::Table(&SAMPLE), "Sampled points instead of all combinations.")
            .optional(),
        Field::new("precision", Kind::Table(&PRECISION), "When a point has run often enough.")
            .optional(),
        Field::new("figure", Kind::List(&FIGURE), "Figures of the results.").optional(),
        Field::new("assert", Kind::List(&ASSERT), "What the results must show.").optional(),
    ],
};

/// A published result.
pub static REPRODUCES: Section = Section {
    title: "[reproduces]",
    doc: "A published result that the study reproduces.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("what", Kind::Text, "The claim, one sentence."),
        Field::new("source", Kind::Text, "Where it is published: document, table or figure, date."),
    ],
};

/// One thing that is varied.
pub static AXIS: Section = Section {
    title: "[[axis]]",
    doc: "One thing that is varied; axes are crossed unless they share a `zip`.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the axis, a column of the results."),
        Field::new("field", Kind::Text, "Field of the scenario: \"store.controllers\".").optional(),
        Field::new(
            "fields",
            Kind::Names,
            "Several fields that take the value together; an entry of `values` may list one each.",
        )
        .optional(),
        Field::new("values", Kind::Scalars, "The values, one by one.").optional(),
        Field::new(
            "names",
            Kind::Names,
            "What results and figures call the values, one each; a value of several parts is hard \
             to read without.",
        )
        .optional(),
        Field::new("linear", Kind::Table(&RANGE), "Values at equal distances.").optional(),
        Field::new("log", Kind::Table(&RANGE), "Values at equal ratios.").optional(),
        Field::new("label", Kind::Text, "What figures call it; left out: its name.").optional(),
        Field::new("unit", Kind::Text, "Unit that figures put behind the label.").optional(),
        Field::new("zip", Kind::Name, "Axes of one `zip` advance together.").optional(),
    ],
};

/// A range of an axis.
pub static RANGE: Section = Section {
    title: "a range",
    doc: "Values from..=to; whole numbers stay whole.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("from", Kind::Scalar, "First value."),
        Field::new("to", Kind::Scalar, "Last value."),
        Field::new("points", Kind::Count(2, 1_000_000), "How many; not with [sample].").optional(),
    ],
};

/// Sampled points.
pub static SAMPLE: Section = Section {
    title: "[sample]",
    doc: "Points spread over the axes' ranges (lists are picked from) instead of a cross product.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "method",
            Kind::Choice(&["latin-hypercube", "sobol"]),
            "`latin-hypercube`: one point in each of `points` slices of every axis; `sobol`: the \
             low-discrepancy sequence with the direction numbers of Joe and Kuo.",
        ),
        Field::new("points", Kind::Count(1, 1_000_000), "How many points."),
        Field::new(
            "seed",
            Kind::Count(0, i64::MAX as u64),
            "Chance of the hypercube (left out: 1), or of a digital shift of Sobol's points (left \
             out: none).",
        )
        .optional(),
    ],
};

/// When a point has run often enough.
pub static PRECISION: Section = Section {
    title: "[precision]",
    doc: "A point stops when its 95 % interval is narrow enough; what is wanted of one replicate \
          more is decided on the first n alone.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("metric", Kind::Text, "One of `metrics`."),
        Field::new(
            "relative",
            Kind::Number { low: 0.0, high: 1.0, closed: false },
            "Stop at half-width/|mean| ≤ γ/(1 + γ).",
        )
        .optional(),
        Field::new(
            "floor",
            Kind::Number { low: 0.0, high: 1e15, closed: false },
            "Stop at half-width ≤ this, in the metric's unit.",
        )
        .optional(),
        Field::new("at_least", Kind::Count(2, 10_000), "Replicates before the first decision.")
            .or("3"),
        Field::new(
            "at_most",
            Kind::Count(2, 10_000),
            "Replicates after which a point ends anyway.",
        )
        .or("100"),
    ],
};

/// A figure.
pub static FIGURE: Section = Section {
    title: "[[figure]]",
    doc: "A figure of the results; every axis is shown, or fixed by `where`.",
    preset: None,
    choice: Some("kind"),
    fields: &[
        Field::new("name", Kind::Name, "Name of the file, without `.svg`."),
        Field::new(
            "kind",
            Kind::Choice(&["line", "heat-map", "small-multiples"]),
            "`line`: the metric over `x`, a line a value of `series`; `heat-map`: a cell a value of \
             `x` and `y`; `small-multiples`: lines in a panel a value of `panel`.",
        ),
        Field::new("title", Kind::Text, "Title; left out: what is shown.").optional(),
        Field::new("metric", Kind::Text, "One of `metrics`."),
        Field::new("x", Kind::Text, "Axis along the bottom."),
        Field::new("y", Kind::Text, "Axis up the side.").only(&["heat-map"]),
        Field::new("series", Kind::Text, "Axis whose values are lines.")
            .optional()
            .only(&["line", "small-multiples"]),
        Field::new("panel", Kind::Text, "Axis whose values are panels.").only(&["small-multiples"]),
        Field::new("where", Kind::Settings, AT).optional(),
        Field::new("log_x", Kind::Flag, "Logarithmic `x`.")
            .or("false")
            .only(&["line", "small-multiples"]),
        Field::new("log_y", Kind::Flag, "Logarithmic metric.")
            .or("false")
            .only(&["line", "small-multiples"]),
        Field::new("knee", Kind::Flag, "Mark the knee of every line.")
            .or("false")
            .only(&["line", "small-multiples"]),
    ],
};

/// What the results must show.
pub static ASSERT: Section = Section {
    title: "[[assert]]",
    doc: "What the results must show, at every combination of the axes that are not fixed: a \
          comparison (`is` with `than` or `than_at`), or `monotone`, or `knee`.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("that", Kind::Text, "The claim, one sentence."),
        Field::new("metric", Kind::Text, "One of `metrics`."),
        Field::new("at", Kind::Settings, AT).optional(),
        Field::new(
            "is",
            Kind::Choice(&["at_least", "at_most", "above", "below"]),
            "How the mean compares.",
        )
        .optional(),
        Field::new(
            "than",
            Kind::Number { low: -1e300, high: 1e300, closed: true },
            "With this number, in the metric's unit.",
        )
        .optional(),
        Field::new("than_at", Kind::Settings, "With the mean at these values of the same axes.")
            .optional(),
        Field::new(
            "times",
            Kind::Number { low: 0.0, high: 1e15, closed: false },
            "Factor on what it is compared with.",
        )
        .or("1.0"),
        Field::new("monotone", Kind::Table(&MONOTONE), "Means rise or fall along an axis.")
            .optional(),
        Field::new("knee", Kind::Table(&KNEE), "The knee along an axis lies in a range.")
            .optional(),
    ],
};

/// Rising or falling.
pub static MONOTONE: Section = Section {
    title: "[monotone]",
    doc: "Means rise or fall along an axis.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("axis", Kind::Text, "Along which axis."),
        Field::new("direction", Kind::Choice(&["rising", "falling"]), "Which way."),
        Field::new(
            "tolerance",
            Kind::Number { low: 0.0, high: 1.0, closed: true },
            "Steps the wrong way may be so large, as a share of the largest mean.",
        )
        .or("0.0"),
    ],
};

/// Where the knee is.
pub static KNEE: Section = Section {
    title: "[knee]",
    doc: "The first value along an axis by which 95 % of the way from the first mean to the best \
          is made.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("axis", Kind::Text, "Along which axis."),
        Field::new("between", Kind::Scalars, "Two of its values: the knee lies there or between."),
    ],
};
