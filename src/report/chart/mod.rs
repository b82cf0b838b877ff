//! Figures: SVG files a person wants to look at. Titles state the finding, numbers come from the
//! outcome alone, nothing depends on the machine.

mod canvas;
mod cdf;
mod completion_cdf;
mod cost;
mod frame;
mod get_breakdown;
mod goodput;
mod gpu_states;
mod latency_cdf;
mod stall_by_stage;
mod sweep;
mod topology;
mod trade_off;
mod utilisation;
pub mod validation;
mod waterfall;

pub use completion_cdf::completion_cdf;
pub use cost::figures as cost_figures;
pub use topology::topology;
pub use trade_off::trade_off;
pub use waterfall::waterfall;

pub use sweep::figures as sweep_figures;

use crate::study::Outcome;

/// Every figure of an outcome: (file name, file). One that would be empty is left out.
pub fn figures(outcome: &Outcome) -> Vec<(&'static str, String)> {
    [
        ("gpu_states.svg", gpu_states::draw(outcome)),
        ("stall_by_stage.svg", stall_by_stage::draw(outcome)),
        ("get_breakdown.svg", get_breakdown::draw(outcome)),
        ("utilisation.svg", utilisation::draw(outcome)),
        ("latency_cdf.svg", latency_cdf::draw(outcome)),
        ("goodput.svg", goodput::draw(outcome)),
    ]
    .into_iter()
    .filter_map(|(name, figure)| figure.map(|file| (name, file)))
    .collect()
}

/// What series of one replicate say beneath a title when there are several.
fn which_replicate(outcome: &Outcome) -> String {
    match outcome.replicates() {
        1 => String::new(),
        n => format!("; replicate 0 of {n}"),
    }
}

/// A name from a file as words: `data_stall` is `data stall`.
fn words(name: &str) -> String {
    name.replace('_', " ")
}
