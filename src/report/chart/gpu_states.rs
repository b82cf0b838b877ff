//! GPUs by state over time: a stacked area.

use super::canvas::{self, Canvas, WIDTH};
use super::frame::{self, BORDER, Entry, Plot};
use super::{which_replicate, words};
use crate::metrics::summary::RunSummary;
use crate::study::Outcome;
use crate::study::words::{figures, percent};
use plotters::style::{RGBColor, WHITE};

/// Height of the plot itself, pixels.
const PLOT_HEIGHT: f64 = 270.0;
/// Left edge of the plot.
const LEFT: f64 = 92.0;

fn colour(state: &str) -> RGBColor {
    match state {
        "useful" => frame::BLUE,
        "data_stall" => frame::ORANGE,
        "straggler_wait" => frame::YELLOW,
        "comm_exposed" => frame::VERMILION,
        "framework_overhead" => frame::SKY,
        _ => frame::GREY,
    }
}

/// The figure; none without GPUs.
pub fn draw(outcome: &Outcome) -> Option<String> {
    let run = &outcome.runs[0];
    let owned = outcome.gpu_seconds_owned.mean;
    if owned <= 0.0 || run.axis.bins == 0 || run.end_s <= 0.0 {
        return None;
    }
    let title = title(outcome);
    // A count, so the quotient's rounding is taken off.
    let gpus = (run.gpu_seconds.owned / run.end_s).round().max(1.0);
    let subtitle = format!("{} GPUs by state over time{}", figures(gpus), which_replicate(outcome));
    let entries: Vec<Entry> = outcome
        .gpu_seconds
        .iter()
        .filter(|(_, spent)| spent.mean > 0.0)
        .map(|(name, spent)| Entry {
            colour: colour(name),
            text: format!("{} {}", words(name), percent(spent.mean / owned)),
        })
        .collect();
    let top = frame::title_height(&title, &subtitle);
    let legend = frame::legend_rows(&entries, LEFT) as f64 * 20.0;
    Some(canvas::draw(top + legend + PLOT_HEIGHT + 66.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        frame::legend(canvas, &entries, LEFT, top + 8.0);
        let plot = Plot {
            left: LEFT,
            top: top + legend + 8.0,
            width: WIDTH - LEFT - BORDER,
            height: PLOT_HEIGHT,
            x_max: run.end_s,
            y_max: gpus,
        };
        frame::y_axis(canvas, &plot, "GPUs", figures);
        stack(canvas, &plot, run);
        frame::edges(canvas, &plot);
        frame::x_axis(canvas, &plot, "simulated time, seconds");
    }))
}

fn title(outcome: &Outcome) -> String {
    let owned = outcome.gpu_seconds_owned.mean;
    let useful = percent(outcome.in_state("useful") / owned);
    let stall = outcome.in_state("data_stall") / owned;
    let rest = outcome
        .gpu_seconds
        .iter()
        .filter(|(name, _)| !["useful", "data_stall"].contains(name))
        .reduce(|best, state| if state.1.mean > best.1.mean { state } else { best });
    match rest {
        Some((name, spent)) if spent.mean > stall * owned && spent.mean > 0.005 * owned => {
            let (stall, spent) = (percent(stall), percent(spent.mean / owned));
            let what = match *name {
                "straggler_wait" => "for slower ranks",
                "comm_exposed" => "for gradients",
                "framework_overhead" => "for the framework",
                _ => "for a job",
            };
            format!("GPUs are {useful} busy; {stall} wait for data, {spent} {what}")
        }
        _ => format!("GPUs are {useful} busy; {} wait for data", percent(stall)),
    }
}

/// One band a state, the first at the bottom; steps, since a bin's value is its mean.
fn stack(canvas: &Canvas<'_>, plot: &Plot, run: &RunSummary) {
    let bins = run.axis.bins;
    let totals: Vec<f64> = (0..bins)
        .map(|bin| run.gpu_state_over_time.iter().map(|(_, of)| of[bin]).sum::<f64>())
        .collect();
    let mut below = vec![0.0; bins];
    for (name, series) in &run.gpu_state_over_time {
        if series.iter().all(|gpus| *gpus <= 0.0) {
            continue;
        }
        let mut above = below.clone();
        for bin in 0..bins {
            // The last bin may reach beyond the end: what is in it then stands for all GPUs.
            let whole = if totals[bin] > 0.0 { plot.y_max / totals[bin] } else { 0.0 };
            above[bin] += series[bin] * whole;
        }
        let mut outline = steps(plot, run, &above);
        let lower = steps(plot, run, &below);
        outline.extend(lower.iter().rev());
        canvas.area(&outline, colour(name));
        canvas.line(&lower, 0.75, WHITE);
        below = above;
    }
}

fn steps(plot: &Plot, run: &RunSummary, values: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (bin, value) in values.iter().enumerate() {
        let (from, to) = (bin as f64 * run.axis.bin_s, (bin + 1) as f64 * run.axis.bin_s);
        if from < run.end_s {
            let y = plot.y(*value);
            // A flat stretch is one line, however many bins it spans.
            if points.len() >= 2 && points[points.len() - 1].1 == y {
                points.pop();
            } else {
                points.push((plot.x(from), y));
            }
            points.push((plot.x(to.min(run.end_s)), y));
        }
    }
    points
}
