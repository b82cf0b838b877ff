//! Distribution functions of flows' completion, beside each other and alone on the network.

use super::cdf::{self, Curve};
use super::frame;
use crate::study::flows::FlowsOutcome;
use crate::study::words::{figures, seconds, thousands};

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
    let [as_listed, by_itself] = &outcome.cdf;
    let curves = [
        ("alone on the network", alone, by_itself, frame::ORANGE, true),
        ("as listed", completion, as_listed, frame::BLUE, false),
    ];
    let curves = curves.map(|(name, spread, points, colour, dashed)| Curve {
        name: name.to_owned(),
        p50_s: spread.p50,
        p99_s: spread.p99,
        max_s: spread.max,
        // The function is 0 before its first point.
        points: points.first().map(|first| (first.0, 0.0)).iter().chain(points).copied().collect(),
        colour,
        dashed,
    });
    cdf::draw(&title, &subtitle, "flows", (low, high), &curves)
}
