//! Distribution functions of flows' completion, beside each other and alone on the network.

use super::canvas::{self, Align, INK, WIDTH};
use super::frame::{self, BORDER, LABEL, LogAxis, Plot};
use super::latency_cdf::{LEFT, axes};
use crate::study::flows::FlowsOutcome;
use crate::study::words::{figures, seconds, thousands};

/// Height of the plot itself, pixels.
const PLOT_HEIGHT: f64 = 290.0;
/// Height of a legend row.
const ENTRY: f64 = 20.0;

/// The figure.
pub fn completion_cdf(outcome: &FlowsOutcome) -> String {
    let (completion, alone) = (&outcome.completion_s, &outcome.alone_s);
    let title = format!(
        "Half of the flows complete within {}, 99 % within {}",
        seconds(completion.p50),
        seconds(completion.p99)
    );
    let subtitle = format!(
        "Time from start to end of {} flows, max-min fair: on average {}× as long as alone; the last \
         ends at {}",
        thousands(outcome.flows.len() as f64),
        figures(outcome.slowdown.mean),
        seconds(outcome.makespan_s)
    );
    let times = || outcome.cdf.iter().flatten().map(|point| point.0);
    let (low, high) = (times().fold(f64::MAX, f64::min), times().fold(0.0, f64::max));
    let axis = LogAxis::around(low, high);
    let top = frame::title_height(&title, &subtitle);
    let legend = 2.0 * ENTRY + 12.0;
    canvas::draw(top + legend + PLOT_HEIGHT + 60.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        let plot = Plot {
            left: LEFT,
            top: top + legend,
            width: WIDTH - LEFT - BORDER - 12.0,
            height: PLOT_HEIGHT,
            x_max: 1.0,
            y_max: 1.0,
        };
        axes(canvas, &plot, &axis, "share of flows at or below");
        let stroke = |points: &[(f64, f64)], dashed: bool| match dashed {
            true => canvas.dashes(points, 2.0, frame::ORANGE),
            false => canvas.line(points, 2.25, frame::BLUE),
        };
        let curves = [("alone on the network", alone, true), ("as listed", completion, false)];
        for (i, (name, spread, dashed)) in curves.into_iter().enumerate() {
            let y = top + 8.0 + i as f64 * ENTRY;
            stroke(&[(LEFT, y), (LEFT + 36.0, y)], dashed);
            let words = format!(
                "{name} (p50 {}, p99 {}, max {})",
                seconds(spread.p50),
                seconds(spread.p99),
                seconds(spread.max)
            );
            canvas.text(LEFT + 46.0, y, &words, LABEL, Align::Left, INK);
            // The function is 0 before its first point.
            let cdf = &outcome.cdf[usize::from(dashed)];
            let foot = cdf.first().map(|point| (point.0, 0.0));
            let point = |&(t, share): &(f64, f64)| (plot.x(axis.place(t)), plot.y(share));
            let points: Vec<(f64, f64)> = foot.iter().chain(cdf).map(point).collect();
            stroke(&points, dashed);
        }
    })
}
