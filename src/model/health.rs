//! What a monitor would alert on: rules over what happens in a run.

use crate::kernel::time::Span;
use serde::Serialize;

/// A rule of the health log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A cable, adapter, device, CPU or cache moves more than a share of what it can.
    Utilisation,
    /// The 99 % quantile of the time to the first byte is over its target.
    FirstByte,
    /// The share of attempts that must be made again rises.
    Retries,
    /// The share of attempts that fail is over a limit.
    Errors,
    /// A controller's queue is longer than a multiple of its slots.
    Queue,
    /// A box, cable or site is down.
    Down,
    /// A share of a job's accelerators waits for data.
    DataStall,
    /// A cache answers a smaller share than before.
    CacheHits,
}

/// How much an alert matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// Somebody is woken.
    Critical,
}

impl Rule {
    /// All of them, in order.
    pub const ALL: [Rule; 8] = [
        Rule::Utilisation,
        Rule::FirstByte,
        Rule::Retries,
        Rule::Errors,
        Rule::Queue,
        Rule::Down,
        Rule::DataStall,
        Rule::CacheHits,
    ];

    /// Its name in files and its table below `[health]`.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Utilisation => "utilisation",
            Rule::FirstByte => "first_byte",
            Rule::Retries => "retries",
            Rule::Errors => "errors",
            Rule::Queue => "queue",
            Rule::Down => "down",
            Rule::DataStall => "data_stall",
            Rule::CacheHits => "cache_hits",
        }
    }

    /// How much it matters: requests that fail and boxes that are away wake somebody.
    pub fn severity(self) -> Severity {
        match self {
            Rule::Errors | Rule::Down => Severity::Critical,
            _ => Severity::Warning,
        }
    }
}

impl Severity {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// When a rule fires. What a field means to a rule stands in `docs/monitoring.md`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bound {
    /// The condition is a value over this: a share, seconds, a multiple.
    pub over: f64,
    /// The value is taken over the last `window`; zero: over the last interval.
    pub window: Span,
    /// So long the condition must hold at every evaluation.
    pub hold: Span,
    /// Fewer cases than this in a window say nothing.
    pub least: u64,
}

/// The health log of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// Whether it is kept at all.
    pub on: bool,
    /// Time between evaluations.
    pub interval: Span,
    /// The bound of each rule, in the order of [`Rule::ALL`]; `None`: silent.
    pub rules: [Option<Bound>; Rule::ALL.len()],
}

impl Health {
    /// The bound of a rule; `None` if it is silent or nothing is watched.
    pub fn bound(&self, rule: Rule) -> Option<Bound> {
        self.rules[rule as usize].filter(|_| self.on)
    }

    /// Whether it is as it is without a word in the scenario.
    pub fn is_default(&self) -> bool {
        *self == Health::default()
    }
}

impl Default for Health {
    /// Where the numbers come from stands at the keys, in `spec/raw/health.rs`.
    fn default() -> Health {
        let (s, none) = (Span::from_secs, Span::ZERO);
        let bound = |over, window, hold, least| Some(Bound { over, window, hold, least });
        Health {
            on: true,
            interval: s(1),
            rules: [
                bound(0.9, none, s(10), 0),
                bound(0.2, s(10), none, 100),
                bound(2.0, s(5), none, 10),
                bound(0.05, s(10), none, 10),
                bound(1.0, none, s(5), 0),
                bound(0.5, none, s(1), 0),
                bound(0.1, s(5), s(10), 0),
                bound(0.2, s(10), none, 100),
            ],
        }
    }
}
