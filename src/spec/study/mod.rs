//! Studies: a base scenario, axes over its fields, and what is asked of the results. Read like a
//! scenario: every error at once, each with its line.

pub(super) mod level;
mod questions;
pub(super) mod read;

pub use level::{Level, Range, Scale};
pub use read::{MetricCheck, is_study, load};

use super::{Diagnostics, Loaded, ScenarioFile};
use serde::Serialize;

/// A study that may be run.
#[derive(Debug)]
pub struct LoadedStudy {
    /// What the file means.
    pub study: Study,
    /// The base scenario, with the study's fixed settings.
    pub base: Loaded,
    /// The base scenario's file as it was when the study was read.
    pub base_file: ScenarioFile,
    /// What looks unintended, though it can be run.
    pub warnings: Diagnostics,
}

/// A study, validated.
#[derive(Debug, Clone, Serialize)]
pub struct Study {
    /// Name: output folders carry it.
    pub name: String,
    /// One line on what it is for.
    pub description: String,
    /// (claim, source) it reproduces.
    pub reproduces: Option<(String, String)>,
    /// (field, value) changed at every point.
    pub set: Vec<(String, String)>,
    /// Replicates of every point (at most, with a precision).
    pub replicates: u32,
    /// Root of all chance.
    pub seed: u64,
    /// Names of metrics, in order.
    pub metrics: Vec<String>,
    /// What is varied, in order; the last varies fastest.
    pub axes: Vec<Axis>,
    /// Sampled points instead of a cross product.
    pub sample: Option<Sample>,
    /// When a point has run often enough.
    pub precision: Option<Precision>,
    /// Figures wanted.
    pub figures: Vec<Figure>,
    /// What the results must show.
    pub asserts: Vec<Assert>,
}

/// One thing that is varied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// What figures call it.
    pub label: String,
    /// Fields of the scenario.
    pub fields: Vec<String>,
    /// Its values.
    pub levels: Levels,
    /// Axes of one group advance together.
    pub zip: Option<String>,
}

/// Values of an axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Levels {
    /// One by one (ranges of a cross product too).
    List(Vec<Level>),
    /// A range to sample from.
    Range(Range),
}

impl Axis {
    /// The values, if they are a list.
    pub fn list(&self) -> &[Level] {
        match &self.levels {
            Levels::List(levels) => levels,
            Levels::Range(_) => &[],
        }
    }

    /// The value at `u` in 0..1 of a sampled axis.
    pub fn at(&self, u: f64) -> Level {
        match &self.levels {
            Levels::List(levels) => {
                levels[((u * levels.len() as f64) as usize).min(levels.len() - 1)].clone()
            }
            Levels::Range(range) => Level::of(range.at(u), self.fields.len()),
        }
    }
}

/// How points are sampled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sample {
    /// How.
    pub method: Method,
    /// How many points.
    pub points: u64,
    /// Its chance.
    pub seed: Option<u64>,
}

/// A way to spread points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Method {
    /// One point in each slice of every axis.
    LatinHypercube,
    /// Sobol's sequence.
    Sobol,
}

/// When a point has run often enough.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Precision {
    /// Position of its metric.
    pub metric: usize,
    /// Half-width over mean: γ of γ/(1 + γ).
    pub relative: Option<f64>,
    /// Half-width in the metric's unit.
    pub floor: Option<f64>,
    /// Replicates before the first decision.
    pub at_least: u32,
    /// Replicates after which a point ends anyway.
    pub at_most: u32,
}

/// Axes held at one value: (position of the axis, position of its value).
pub type Fixed = Vec<(usize, usize)>;

/// A figure; axes by position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Name of the file, without `.svg`.
    pub name: String,
    /// Its kind and the axes special to it.
    pub kind: FigureKind,
    /// Title; none: what is shown.
    pub title: Option<String>,
    /// Position of the metric.
    pub metric: usize,
    /// Axis along the bottom.
    pub x: usize,
    /// Axes held at one value.
    pub fixed: Fixed,
    /// Logarithmic x.
    pub log_x: bool,
    /// Logarithmic metric.
    pub log_y: bool,
    /// Whether the knees of lines are marked.
    pub knee: bool,
}

/// Kinds of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum FigureKind {
    /// Lines, one a value of the axis if there is one.
    Line {
        /// Axis of the lines.
        series: Option<usize>,
    },
    /// Cells over two axes.
    HeatMap {
        /// Axis up the side.
        y: usize,
    },
    /// Lines in panels.
    SmallMultiples {
        /// Axis of the lines.
        series: Option<usize>,
        /// Axis of the panels.
        panel: usize,
    },
}

impl FigureKind {
    /// Axis of the lines.
    pub fn series(self) -> Option<usize> {
        match self {
            FigureKind::Line { series } | FigureKind::SmallMultiples { series, .. } => series,
            FigureKind::HeatMap { .. } => None,
        }
    }
}

/// What the results must show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assert {
    /// The claim.
    pub that: String,
    /// Position of the metric.
    pub metric: usize,
    /// Axes held at one value.
    pub at: Fixed,
    /// What is checked.
    pub check: Check,
}

/// What is checked at every combination of the free axes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Check {
    /// The mean against a number.
    Number {
        /// How it compares.
        is: Relation,
        /// With what.
        than: f64,
    },
    /// The mean against another point's.
    Point {
        /// How it compares.
        is: Relation,
        /// Where the other point differs.
        than_at: Fixed,
        /// Factor on the other's mean.
        times: f64,
    },
    /// Means rise or fall along an axis.
    Monotone {
        /// Which.
        axis: usize,
        /// Whether they rise.
        rising: bool,
        /// Step the wrong way, as a share of the largest mean.
        tolerance: f64,
    },
    /// The knee along an axis lies within two of its values.
    Knee {
        /// Which.
        axis: usize,
        /// Positions of the values.
        between: (usize, usize),
    },
}

/// How numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Relation {
    /// ≥
    AtLeast,
    /// ≤
    AtMost,
    /// >
    Above,
    /// <
    Below,
}

impl Relation {
    /// Whether `a` is so against `b`.
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Relation::AtLeast => a >= b,
            Relation::AtMost => a <= b,
            Relation::Above => a > b,
            Relation::Below => a < b,
        }
    }

    /// The sign.
    pub fn sign(self) -> &'static str {
        match self {
            Relation::AtLeast => "≥",
            Relation::AtMost => "≤",
            Relation::Above => ">",
            Relation::Below => "<",
        }
    }
}

impl Study {
    /// Axes that advance together, by position; the groups are crossed, the last fastest.
    pub fn dims(&self) -> Vec<Vec<usize>> {
        let mut dims: Vec<Vec<usize>> = Vec::new();
        for (i, axis) in self.axes.iter().enumerate() {
            let together =
                |dim: &&mut Vec<usize>| axis.zip.is_some() && self.axes[dim[0]].zip == axis.zip;
            match dims.iter_mut().find(together) {
                Some(dim) => dim.push(i),
                None => dims.push(vec![i]),
            }
        }
        dims
    }
}
