//! Keys of a plan file: a base scenario, decisions over its fields, what is wanted and what must hold.

use super::study::AXIS;
use crate::spec::fields::{Field, Kind, Section};

const ANY: Kind = Kind::Number { low: -1e300, high: 1e300, closed: true };
const POSITIVE: Kind = Kind::Number { low: 0.0, high: 1e300, closed: false };
const SHARE: Kind = Kind::Number { low: 0.0, high: 1.0, closed: false };

/// A whole plan file.
pub static BRIEF: Section = Section {
    title: "the plan",
    doc: "A base scenario, decisions over its fields, what is wanted and what must hold.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the plan; left out: the name of the file.")
            .optional(),
        Field::new("description", Kind::Text, "One line on what is to be decided.").or("\"\""),
        Field::new(
            "base",
            Kind::Text,
            "Scenario file, path relative to the plan; not needed with --results.",
        )
        .optional(),
        Field::new("set", Kind::Settings, "Fields of the base that are changed in every design.")
            .optional(),
        Field::new(
            "seed",
            Kind::Count(0, i64::MAX as u64),
            "Root of all chance, the same for every design; left out: the base's.",
        )
        .optional(),
        Field::new(
            "from",
            Kind::Settings,
            "What there is already: decisions, or fields of the base, as they are now. The figure \
             `upgrade_cost` is what a design takes to be bought beside it.",
        )
        .optional(),
        Field::new("decision", Kind::List(&AXIS), "What can be chosen; decisions are crossed.")
            .optional(),
        Field::new(
            "objective",
            Kind::List(&OBJECTIVE),
            "What is wanted; with more than one, all trade-offs are shown.",
        ),
        Field::new(
            "trade_off",
            Kind::List(&TRADE_OFF),
            "Figures whose trade-off is shown; left out: the objective against the first service \
             level, or all objectives.",
        )
        .optional(),
        Field::new("constraint", Kind::List(&CONSTRAINT), "What must hold.").optional(),
        Field::new("selection", Kind::Table(&SELECTION), "How sure the answer has to be.")
            .optional(),
        Field::new("rack_units", Kind::Table(&RACK_UNITS), "Heights of boxes.").optional(),
        Field::new("stress", Kind::List(&STRESS), "Under what else the choice should survive.")
            .optional(),
    ],
};

/// What is wanted.
pub static OBJECTIVE: Section = Section {
    title: "[[objective]]",
    doc: "A figure to make small or large: a metric of the simulation, a figure of its costs, or a \
          count of parts.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("minimise", Kind::Text, "The figure, if less is better.").optional(),
        Field::new("maximise", Kind::Text, "The figure, if more is better.").optional(),
        Field::new(
            "indifference",
            POSITIVE,
            "Differences below this do not matter, in the figure's unit: δ.",
        )
        .optional(),
        Field::new("indifference_share", SHARE, "The same as a share of the best value.")
            .optional(),
    ],
};

/// A side of a trade-off.
pub static TRADE_OFF: Section = Section {
    title: "[[trade_off]]",
    doc: "A figure that is better small or large.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("minimise", Kind::Text, "The figure, if less is better.").optional(),
        Field::new("maximise", Kind::Text, "The figure, if more is better.").optional(),
    ],
};

/// What must hold.
pub static CONSTRAINT: Section = Section {
    title: "[[constraint]]",
    doc: "What a design must keep to: a bound on a figure, or a list of allowed names.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "What verdicts call it."),
        Field::new(
            "kind",
            Kind::Choice(&["policy", "slo", "budget"]),
            "What breaking it breaks: a rule, a service level, a budget. Verdicts name them in \
             this order.",
        ),
        Field::new("metric", Kind::Text, "The figure, or the decision whose value is looked at."),
        Field::new("at_least", ANY, "Smallest value.").optional(),
        Field::new("at_most", ANY, "Largest value.").optional(),
        Field::new("one_of", Kind::Names, "Allowed names.").optional(),
        Field::new(
            "tolerance",
            POSITIVE,
            "A mean that misses or keeps the bound by less may be judged either way; left out: a \
             hundredth of the bound.",
        )
        .optional(),
        Field::new(
            "confidence",
            SHARE,
            "Of this constraint's verdicts on all designs together; left out: an equal part of \
             half of what [selection] leaves to chance.",
        )
        .optional(),
        Field::new(
            "step",
            POSITIVE,
            "For the shadow price: by how much the bound is moved; left out: a hundredth of it.",
        )
        .optional(),
    ],
};

/// How sure the answer has to be.
pub static SELECTION: Section = Section {
    title: "[selection]",
    doc: "How sure the answer has to be, and how designs are looked for.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "method",
            Kind::Choice(&["kn", "ocba"]),
            "`kn`: replicates until the choice is as sure as `confidence` (Kim and Nelson 2001); \
             `ocba`: a fixed number of replicates spent where they tell most (Chen et al. 2000), \
             without a guarantee.",
        )
        .or("\"kn\""),
        Field::new("confidence", SHARE, "Probability of the correct choice, at least.").or("0.95"),
        Field::new("first", Kind::Count(2, 1_000), "Replicates of a design before it is judged.")
            .or("8"),
        Field::new(
            "at_most",
            Kind::Count(2, 100_000),
            "Replicates after which a design is judged by its mean; then nothing is guaranteed, \
             and it is said.",
        )
        .or("200"),
        Field::new(
            "precision",
            SHARE,
            "Relative precision γ: of every design it is said how many replicates a mean takes \
             that is so precise, half-width/|mean| ≤ γ/(1 + γ).",
        )
        .optional(),
        Field::new("budget", Kind::Count(1, 100_000_000), "Replicates of all designs: `ocba`.")
            .optional(),
        Field::new(
            "search",
            Kind::Choice(&["auto", "all", "local"]),
            "`all` designs; `local`: steps from design to design, for many; `auto`: local above \
             100,000.",
        )
        .or("\"auto\""),
        Field::new("starts", Kind::Count(1, 1_000), "Designs that a local search starts from.")
            .or("8"),
    ],
};

/// Heights of boxes.
pub static RACK_UNITS: Section = Section {
    title: "[rack_units]",
    doc: "Rack units of each box, for the figure `rack_units`.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("node", UNITS, "A compute node.").or("0.0"),
        Field::new("switch", UNITS, "A switch, router or firewall.").or("0.0"),
        Field::new("controller", UNITS, "A gateway of the store.").or("0.0"),
        Field::new("storage_node", UNITS, "A storage node.").or("0.0"),
    ],
};

const UNITS: Kind = Kind::Number { low: 0.0, high: 1e6, closed: true };

/// Other circumstances.
pub static STRESS: Section = Section {
    title: "[[stress]]",
    doc: "Other circumstances in which the best designs are compared again.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Text, "What it is called: \"half as much load again\"."),
        Field::new("set", Kind::Settings, "Fields of the scenario that are then different."),
    ],
};
