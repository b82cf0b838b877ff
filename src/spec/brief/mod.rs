//! Plan files: a base scenario, decisions over its fields, what is wanted and what must hold. Read
//! like a scenario: every error at once, each with its line.

mod read;

pub use read::{is_plan, load, needs_table};

use super::study::Study;
use super::{Diagnostics, Loaded, ScenarioFile};
use serde::Serialize;

/// A plan that may be run.
#[derive(Debug)]
pub struct LoadedBrief {
    /// What the file means.
    pub brief: Brief,
    /// The base scenario, with the plan's fixed settings, and its file as it was; none if designs
    /// come from a table.
    pub base: Option<(Loaded, ScenarioFile)>,
    /// What looks unintended, though it can be run.
    pub warnings: Diagnostics,
}

/// A plan, validated.
#[derive(Debug, Clone, Serialize)]
pub struct Brief {
    /// Name, description, decisions (as axes), seed, and every figure that is asked for.
    pub study: Study,
    /// What there is already: (decision or field, value); empty: nothing.
    pub from: Vec<(String, String)>,
    /// What is wanted, at least one.
    pub objectives: Vec<Objective>,
    /// Figures whose trade-off is shown: (position in the study's metrics, whether more is better).
    pub trade_offs: Vec<(usize, bool)>,
    /// What must hold: policy, then service levels, then budgets, each in file order.
    pub constraints: Vec<Constraint>,
    /// How sure the answer has to be.
    pub selection: Selection,
    /// Rack units of a node, switch, gateway and storage node, if given.
    pub rack_units: Option<[f64; 4]>,
    /// Other circumstances.
    pub stresses: Vec<Stress>,
}

/// A figure to make small or large.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Objective {
    /// Position in the study's metrics.
    pub metric: usize,
    /// Whether more is better.
    pub maximise: bool,
    /// Differences below this do not matter.
    pub indifference: Indifference,
}

/// δ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Indifference {
    /// In the figure's unit.
    Absolute(f64),
    /// As a share of the best value found in the first replicates.
    Share(f64),
}

/// What breaking a constraint breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A rule.
    Policy,
    /// A service level.
    Slo,
    /// A budget.
    Budget,
}

impl Kind {
    /// Its name in verdicts.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Policy => "policy",
            Kind::Slo => "slo",
            Kind::Budget => "budget",
        }
    }
}

/// What a design must keep to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Constraint {
    /// What verdicts call it.
    pub name: String,
    /// What breaking it breaks.
    pub kind: Kind,
    /// What is looked at.
    pub bound: Bound,
    /// Confidence of its verdicts on all designs together, if given.
    pub confidence: Option<f64>,
}

impl Constraint {
    /// `slo_p99`, as verdicts have it.
    pub fn code(&self) -> String {
        format!("{}_{}", self.kind.name(), self.name)
    }
}

/// A bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Bound {
    /// On a figure.
    Number(Limit),
    /// On a name: the value of a decision, or of a column of a table of results.
    OneOf {
        /// The decision or column.
        of: String,
        /// Allowed names.
        names: Vec<String>,
    },
}

/// A bound on a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limit {
    /// Position in the study's metrics.
    pub metric: usize,
    /// Whether the figure must be at least the value; if not, at most.
    pub at_least: bool,
    /// The value.
    pub value: f64,
    /// A mean that misses it by less may be judged either way.
    pub tolerance: f64,
    /// By how much it is moved for its shadow price.
    pub step: f64,
}

impl Limit {
    /// By how much a value keeps the bound; negative: it breaks it.
    pub fn slack(&self, value: f64) -> f64 {
        if self.at_least { value - self.value } else { self.value - value }
    }
}

/// How sure the answer has to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selection {
    /// How replicates are spent.
    pub method: Method,
    /// Replicates of all designs together.
    pub budget: Option<u64>,
    /// Probability of the correct choice.
    pub confidence: f64,
    /// Replicates before a design is judged.
    pub first: u32,
    /// Replicates after which it is judged by its mean.
    pub at_most: u32,
    /// Relative precision that means should have.
    pub precision: Option<f64>,
    /// Which designs are looked at.
    pub search: Search,
    /// Designs that a local search starts from.
    pub starts: u32,
}

/// How replicates are spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Until the choice is sure.
    Kn,
    /// A budget, where it tells most.
    Ocba,
}

/// Which designs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// All, unless there are more than 100,000.
    Auto,
    /// All.
    All,
    /// Neighbours of good ones.
    Local,
}

/// Other circumstances.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stress {
    /// What it is called.
    pub name: String,
    /// Fields that are then different.
    pub set: Vec<(String, String)>,
}

/// Whether the figure called `name` is a fraction, 0–1.
pub fn is_fraction(name: &str) -> bool {
    name.ends_with("_share") || name.ends_with("accelerator_utilisation")
}
