//! Figures of money.

mod cash;
mod idle;
mod stack;
mod tornado;

use crate::study::cost::{Priced, Sensitivity};

/// Every figure: (file name, file). One that would be empty is left out.
pub fn figures(priced: &Priced, sensitivity: &Sensitivity) -> Vec<(&'static str, String)> {
    [
        ("cost_stack.svg", stack::draw(priced)),
        ("idle_waterfall.svg", idle::draw(priced)),
        ("tornado.svg", tornado::draw(priced, sensitivity)),
        ("cashflow.svg", cash::draw(priced)),
    ]
    .into_iter()
    .filter_map(|(name, figure)| figure.map(|file| (name, file)))
    .collect()
}

/// What runs a figure is of.
fn interval(priced: &Priced) -> &'static str {
    if priced.runs.len() > 1 { "; whiskers: 95 % intervals" } else { "" }
}

/// A scale on which the largest amount has a few digits: (what to divide by, its unit).
fn scale(most: f64) -> (f64, &'static str) {
    match most {
        _ if most >= 2e9 => (1e9, "billion USD"),
        _ if most >= 2e6 => (1e6, "million USD"),
        _ if most >= 2e4 => (1e3, "thousand USD"),
        _ => (1.0, "USD"),
    }
}
