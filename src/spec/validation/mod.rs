//! Validation cases: a scenario, measured rows, and how they are compared. Read like a scenario:
//! every error at once, each with its line. Those shipped are part of the program.

mod measured;
mod read;
mod shipped;

pub use read::{load, load_shipped};
pub use shipped::{SHIPPED, names};

use super::{Diagnostics, Place};
use crate::model::Scenario;
use std::sync::Arc;

/// What the rows of several groups together are called.
pub const ALL: &str = "all";

/// A case that may be run.
#[derive(Debug)]
pub struct Case {
    /// Name of its file, without folder and ending.
    pub name: String,
    /// What is predicted.
    pub title: String,
    /// Who measured it.
    pub citation: String,
    /// What is left unexplained.
    pub remarks: String,
    /// Whether its rows stand in the figure.
    pub figure: bool,
    /// Kinds of rows; where there are several, [`ALL`] of them together are the last.
    pub groups: Vec<String>,
    /// What is compared.
    pub compares: Vec<Compare>,
    /// The measured rows, in file order.
    pub rows: Vec<Row>,
    /// What looks unintended, though it can be run.
    pub warnings: Diagnostics,
}

/// A measured row and its scenario.
#[derive(Debug)]
pub struct Row {
    /// Line of the file it stands in.
    pub line: usize,
    /// What it is called.
    pub label: String,
    /// Position of its group.
    pub group: usize,
    /// The run that predicts it.
    pub scenario: Arc<Scenario>,
    /// What was measured, scaled, for each comparison; none where the cell is empty.
    pub measured: Vec<Option<f64>>,
    /// What is taken off the prediction, for each comparison.
    pub less: Vec<f64>,
}

/// A comparison.
#[derive(Debug)]
pub struct Compare {
    /// What it is called.
    pub name: String,
    /// Metrics whose product is the prediction, each with its place: whether they exist is for
    /// those to say who know them.
    pub metrics: Vec<(String, Place)>,
    /// Factor on the product.
    pub metric_scale: f64,
    /// How a row's error is expressed.
    pub error: ErrorKind,
    /// What is judged.
    pub statistic: Statistic,
    /// What is aimed at; 0.1 is 10 % or 10 points.
    pub tolerance: Option<f64>,
    /// For each group, whether it is judged.
    pub judged: Vec<bool>,
}

/// How a row's error is expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// predicted/measured − 1.
    Relative,
    /// predicted − measured, both shares.
    Points,
}

impl ErrorKind {
    /// The error of a prediction.
    pub fn of(self, predicted: f64, measured: f64) -> f64 {
        match self {
            ErrorKind::Relative => predicted / measured - 1.0,
            ErrorKind::Points => predicted - measured,
        }
    }
}

/// A number that stands for several absolute errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// Their mean.
    Mean,
    /// Their median.
    Median,
    /// The largest.
    Max,
}

impl Statistic {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Statistic::Mean => "mean",
            Statistic::Median => "median",
            Statistic::Max => "max",
        }
    }
}
