//! Designs before they are run: what is known of them for certain, and which are ruled out by it.

use super::bound::{Bounds, Least};
use super::figure::{Beside, Figure, least_cost};
use super::runs::Runs;
use crate::model::Scenario;
use crate::spec::brief::{Bound, Brief, Constraint};
use crate::study::sweep::Plan;
use rayon::prelude::*;

/// A design.
#[derive(Debug, Clone)]
pub struct Design {
    /// Its number among the plan's points.
    pub point: u64,
    /// Its value in each decision.
    pub labels: Vec<String>,
    /// What is wrong with it, if it is no scenario.
    pub invalid: Option<String>,
    /// Figures that need no run, in the order of the plan's.
    pub fixed: Vec<Option<f64>>,
    /// Bounds of those that do: (lower, upper).
    pub bounds: Vec<(f64, f64)>,
}

/// Why a design is ruled out without a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruled {
    /// It is no scenario.
    Invalid(String),
    /// A name that is not allowed.
    Name,
    /// A figure that needs no run breaks the bound.
    Fixed(f64),
    /// The figure cannot reach the bound, whatever a run gives: this is the most (or least).
    Bound(f64),
}

impl Design {
    /// All designs of a plan, each looked at once.
    pub fn all(brief: &Brief, runs: &Runs<'_>) -> Vec<Design> {
        let points = runs.plan().points();
        runs.pool().install(|| {
            (0..points).into_par_iter().map(|point| Design::new(brief, runs, point)).collect()
        })
    }

    /// One design, looked at.
    pub fn new(brief: &Brief, runs: &Runs<'_>, point: u64) -> Design {
        let labels = labels(runs.plan(), point);
        match runs.scenario(point) {
            Ok(scenario) => {
                let (rack_units, existing) = (brief.rack_units, runs.existing.as_ref());
                let beside = Beside { rack_units, existing };
                Design::of(brief, &scenario, beside, &runs.least, point, labels)
            }
            Err(why) => {
                let none = brief.study.metrics.iter().map(|_| None).collect();
                let free = vec![(f64::NEG_INFINITY, f64::INFINITY); brief.study.metrics.len()];
                Design { point, labels, invalid: Some(why), fixed: none, bounds: free }
            }
        }
    }

    fn of(
        brief: &Brief,
        scenario: &Scenario,
        beside: Beside<'_>,
        least: &Least,
        point: u64,
        labels: Vec<String>,
    ) -> Design {
        let mut design =
            Design { point, labels, invalid: None, fixed: Vec::new(), bounds: Vec::new() };
        let bounds = Bounds::of(scenario, least);
        for name in &brief.study.metrics {
            let figure = match Figure::parse(name, scenario) {
                Ok(figure) => figure,
                Err((what, _)) => {
                    design.invalid.get_or_insert(what);
                    design.fixed.push(None);
                    design.bounds.push((f64::NEG_INFINITY, f64::INFINITY));
                    continue;
                }
            };
            let fixed = figure.fixed(scenario, beside);
            design.fixed.push(fixed);
            let (useful, samples) = (bounds.useful_share, bounds.goodput_samples_per_s);
            let low = match &figure {
                Figure::Cost(key) if fixed.is_none() => least_cost(scenario, key, useful, samples),
                _ => None,
            };
            let high = match &figure {
                Figure::Run(_) => bounds.figure(name),
                _ => None,
            };
            design.bounds.push(match fixed {
                Some(value) => (value, value),
                None => (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)),
            });
        }
        design
    }

    /// Every constraint that it breaks for certain, and how that is known; position `None`: it is no
    /// scenario.
    pub fn ruled(
        &self,
        columns: &[String],
        constraints: &[Constraint],
    ) -> Vec<(Option<usize>, Ruled)> {
        if let Some(why) = &self.invalid {
            return vec![(None, Ruled::Invalid(why.clone()))];
        }
        let mut all = Vec::new();
        for (i, constraint) in constraints.iter().enumerate() {
            match &constraint.bound {
                Bound::OneOf { of, names } => {
                    let column = columns.iter().position(|column| column == of);
                    let label = column.map(|column| &self.labels[column]);
                    if !names.iter().any(|name| Some(name) == label) {
                        all.push((Some(i), Ruled::Name));
                    }
                }
                Bound::Number(limit) => {
                    let (low, high) = self.bounds[limit.metric];
                    let best = if limit.at_least { high } else { low };
                    match self.fixed[limit.metric] {
                        Some(value) if limit.slack(value) < 0.0 => {
                            all.push((Some(i), Ruled::Fixed(value)));
                        }
                        // By more than the tolerance: what misses by less may be judged feasible.
                        None if limit.slack(best) < -limit.tolerance => {
                            all.push((Some(i), Ruled::Bound(best)));
                        }
                        _ => {}
                    }
                }
            }
        }
        all
    }
}

/// Words for a design's decisions.
pub fn labels(plan: &Plan, point: u64) -> Vec<String> {
    plan.point(point).levels.into_iter().map(|level| level.text).collect()
}
