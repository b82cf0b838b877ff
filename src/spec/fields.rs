//! The vocabulary in which `raw` lists every key of a scenario once. The reader, the JSON Schema
//! and the commented reference are all made from those lists, so they cannot disagree.

/// A table of a scenario, or an entry of a catalogue shelf.
#[derive(Debug)]
pub struct Section {
    /// What it is called in messages: `[store.media]`, `a GPU`.
    pub title: &'static str,
    /// What it describes.
    pub doc: &'static str,
    /// The key that names a catalogue entry to start from, and its shelf.
    pub preset: Option<(&'static str, Shelf)>,
    /// The key whose value decides which other keys apply.
    pub choice: Option<&'static str>,
    /// Every key.
    pub fields: &'static [Field],
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be left out.
    pub need: Need,
    /// Values of the section's `choice` key with which it applies; empty: all.
    pub only: &'static [&'static str],
    /// Meaning, in one or two sentences.
    pub doc: &'static str,
}

/// Whether a key may be left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Need {
    /// It must be there (or come from the preset).
    Required,
    /// Left out, or `"none"`: the feature is off.
    Optional,
    /// Left out: this TOML value.
    Default(&'static str),
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A name: letters, digits, `-`, `_` and `.`; at most 64.
    Name,
    /// The name of a catalogue entry.
    Preset(Shelf),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of an entry of this list of the scenario (`nodes`, `dataset`).
    Reference(&'static str),
    /// A whole number from..=to.
    Count(u64, u64),
    /// A number above the first (or equal, if `closed`) up to the second.
    Number {
        /// Lower bound.
        low: f64,
        /// Upper bound, included.
        high: f64,
        /// Whether `low` itself is allowed.
        closed: bool,
    },
    /// `true` or `false`.
    Flag,
    /// Bytes with a unit.
    Bytes,
    /// A data rate with a unit.
    Rate,
    /// A duration with a unit; the flag says whether zero is allowed.
    Span(bool),
    /// A cable: a length in metres or a delay.
    Cable,
    /// A part of a link: a rate, or a share of it.
    LinkPart,
    /// A number of requests, or a rate.
    Limit,
    /// Operations a second.
    PerSecond,
    /// Floating-point operations a second.
    Flops,
    /// Floating-point operations.
    FlopCount,
    /// Electric power.
    Power,
    /// A price of bytes.
    PricePerGb,
    /// A price of requests.
    PricePerThousand,
    /// A price with source and date, in this unit.
    Price(&'static str),
    /// A number in this unit that is no price.
    Assumption(&'static str),
    /// A number with any unit, or a distribution of such.
    Amount,
    /// Two numbers with the same unit.
    AmountPair,
    /// A day, month or year.
    Date,
    /// A distribution of durations.
    DistTime,
    /// A distribution of sizes.
    DistBytes,
    /// `"8+3"` or `"3 copies"`.
    Redundancy,
    /// Sizes of a grid: `"4x4x8"`.
    Dims,
    /// A table; where it has a preset, the preset's name alone will do.
    Table(&'static Section),
    /// The name of a `[[dataset]]`, or a table that describes one.
    Dataset(&'static Section),
    /// A list of tables.
    List(&'static Section),
    /// Named entries, each such a table (a shelf of `[catalog]`).
    Entries(&'static Section),
    /// A list of names or patterns.
    Names,
    /// A number, text, quantity or inline table, kept as written.
    Scalar,
    /// A list of such values.
    Scalars,
    /// A table of names, each with such a value.
    Settings,
}

/// Shelves of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// Accelerators.
    Gpus,
    /// Network adapters.
    Nics,
    /// Compute nodes.
    Nodes,
    /// Switches.
    Switches,
    /// Drives.
    Devices,
    /// S3 services.
    Stores,
    /// Client libraries.
    Clients,
    /// Transports.
    Transports,
    /// Training workloads.
    Workloads,
    /// Prices.
    Prices,
    /// Prices in tiers.
    Tariffs,
}

impl Shelf {
    /// Every shelf.
    pub const ALL: [Shelf; 11] = [
        Shelf::Gpus,
        Shelf::Nics,
        Shelf::Nodes,
        Shelf::Switches,
        Shelf::Devices,
        Shelf::Stores,
        Shelf::Clients,
        Shelf::Transports,
        Shelf::Workloads,
        Shelf::Prices,
        Shelf::Tariffs,
    ];

    /// Its table under `[catalog]`.
    pub fn key(self) -> &'static str {
        match self {
            Shelf::Gpus => "gpus",
            Shelf::Nics => "nics",
            Shelf::Nodes => "nodes",
            Shelf::Switches => "switches",
            Shelf::Devices => "devices",
            Shelf::Stores => "stores",
            Shelf::Clients => "clients",
            Shelf::Transports => "transports",
            Shelf::Workloads => "workloads",
            Shelf::Prices => "prices",
            Shelf::Tariffs => "tariffs",
        }
    }
}

impl Field {
    /// A required key.
    pub const fn new(key: &'static str, kind: Kind, doc: &'static str) -> Field {
        Field { key, kind, need: Need::Required, only: &[], doc }
    }
    /// The same, but it may be left out or `"none"`.
    pub const fn optional(mut self) -> Field {
        self.need = Need::Optional;
        self
    }
    /// The same, with a default written as a TOML value.
    pub const fn or(mut self, default: &'static str) -> Field {
        self.need = Need::Default(default);
        self
    }
    /// The same, applying to these values of the section's choice only.
    pub const fn only(mut self, values: &'static [&'static str]) -> Field {
        self.only = values;
        self
    }
    /// Whether it applies when the section's choice is `choice` (unknown: yes).
    pub fn applies(&self, choice: Option<&str>) -> bool {
        self.only.is_empty() || choice.is_none_or(|choice| self.only.contains(&choice))
    }
}

impl Section {
    /// The field of `key`.
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

impl Kind {
    /// What to write, in words: `a data rate such as "400 Gb/s"`.
    pub fn expected(&self) -> String {
        match self {
            Kind::Text => "text in quotes".into(),
            Kind::Name => "a name of letters, digits, `-`, `_` and `.`, in quotes".into(),
            Kind::Preset(shelf) => format!("the name of an entry of `catalog.{}`", shelf.key()),
            Kind::Choice(words) => format!("one of {}", either(words)),
            Kind::Reference(list) => format!("the `name` of one of the [[{list}]] tables"),
            Kind::Count(low, high) => {
                format!("a whole number from {} to {}", grouped(*low), grouped(*high))
            }
            Kind::Number { low, high, closed } => number_range(*low, *high, *closed),
            Kind::Flag => "true or false, without quotes".into(),
            Kind::Table(section) if section.preset.is_some() => {
                "a table, or the name of a preset".to_string()
            }
            Kind::Table(_) => "a table".into(),
            Kind::Dataset(_) => "the `name` of a [[dataset]], or a table that describes one".into(),
            Kind::List(_) => "a list of tables".into(),
            Kind::Entries(_) => "a table of named entries".into(),
            Kind::Names => "a list of texts such as [\"leaf-0\", \"leaf-1\"]".into(),
            Kind::Scalar => "a number or a quantity such as \"5 ms\"".into(),
            Kind::Scalars => "a list of values such as [1, 2, 4] or [\"1 ms\", \"5 ms\"]".into(),
            Kind::Settings => "a table of names and values such as { controllers = 7 }".into(),
            Kind::Bytes => "a size such as \"8 MiB\"".into(),
            Kind::Rate => "a data rate such as \"400 Gb/s\" or \"3.2 GB/s\"".into(),
            Kind::Span(_) => "a duration such as \"250 us\" or \"2 h\"".into(),
            Kind::Cable => "a cable length such as \"30 m\", or a delay such as \"150 ns\"".into(),
            Kind::LinkPart => {
                "a data rate such as \"40 Gb/s\", or a share of a link such as 0.25".into()
            }
            Kind::Limit => "a number of requests, or a data rate such as \"40 Gb/s\"".into(),
            Kind::PerSecond => "a rate such as \"5500 /s\"".into(),
            Kind::Flops => "a speed such as \"989.4 TFLOPS\"".into(),
            Kind::FlopCount => "a number of operations such as \"1.2 TFLOP\"".into(),
            Kind::Power => "a power such as \"700 W\"".into(),
            Kind::PricePerGb => "a price such as \"0.02 USD/GB\"".into(),
            Kind::PricePerThousand => "a price such as \"0.0004 USD/1000\"".into(),
            Kind::Price(unit) => format!(
                "a price such as {{ amount = \"10 {unit}\", source = \"quote\", as_of = \
                 \"2026-01\" }}, the name of an entry of `catalog.prices`, or \"included\""
            ),
            Kind::Assumption("1") => "a number".into(),
            Kind::Assumption(unit) => format!("a number with its unit such as \"2 {unit}\""),
            Kind::Amount => "a number with its unit such as \"10 USD\"".into(),
            Kind::AmountPair => "two numbers with units such as [\"9 USD\", \"12 USD\"]".into(),
            Kind::Date => "a date such as \"2026-01-31\", \"2026-01\" or \"2026\"".into(),
            Kind::DistTime => "a duration such as \"5 ms\", or a distribution such as \
                 { lognormal = { median = \"5 ms\", p99 = \"20 ms\" } }"
                .into(),
            Kind::DistBytes => "a size such as \"140 MiB\", or a distribution such as \
                 { normal = { mean = \"140 MiB\", sd = \"65 MiB\" } }"
                .into(),
            Kind::Redundancy => "\"8+3\" (erasure code) or \"3 copies\"".into(),
            Kind::Dims => "sizes of a grid such as \"4x4x8\"".into(),
        }
    }

    /// Whether a bare number lacks a unit here.
    pub fn has_unit(&self) -> bool {
        use Kind::*;
        matches!(
            self,
            Bytes
                | Rate
                | Span(_)
                | Cable
                | PerSecond
                | Flops
                | FlopCount
                | Power
                | PricePerGb
                | PricePerThousand
                | DistTime
                | DistBytes
        )
    }

    /// The unit to suggest for a bare number.
    pub fn usual_unit(&self) -> &'static str {
        match self {
            Kind::Bytes | Kind::DistBytes => "MiB",
            Kind::Rate => "Gb/s",
            Kind::Span(_) | Kind::DistTime => "ms",
            Kind::Cable => "m",
            Kind::PerSecond => "/s",
            Kind::Flops => "TFLOPS",
            Kind::FlopCount => "TFLOP",
            Kind::Power => "W",
            Kind::PricePerGb => "USD/GB",
            Kind::PricePerThousand => "USD/1000",
            _ => "",
        }
    }
}

fn number_range(low: f64, high: f64, closed: bool) -> String {
    if low < -1e15 {
        return "a number without a unit".to_owned();
    }
    let from = if closed { format!("from {low}") } else { format!("above {low}") };
    if high.is_finite() && high < 1e15 {
        format!("a number {from} to {high}")
    } else {
        format!("a number {from}")
    }
}

/// `"a", "b" or "c"`.
pub fn either(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}

/// Digits in groups of three.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a, b and c`.
pub fn join_and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
