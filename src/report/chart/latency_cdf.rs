//! Distribution functions of first byte and whole request.

use super::cdf::{self, Curve};
use super::frame;
use crate::study::words::seconds;
use crate::study::{LatencyOutcome, Outcome};
use plotters::style::RGBColor;

/// Jobs that are shown.
const JOBS: usize = 4;
/// Colours of jobs, dark and light in turn.
const COLOURS: [RGBColor; JOBS] = [frame::BLUE, frame::ORANGE, frame::BLACK, frame::PURPLE];

/// The figure; none without answered requests.
pub fn draw(outcome: &Outcome) -> Option<String> {
    let jobs = outcome.requests.iter().filter(|r| r.total.cdf.len() > 1).take(JOBS);
    let mut curves: Vec<Curve> = Vec::new();
    for (requests, colour) in jobs.zip(COLOURS) {
        let curve = |what: &str, of: &LatencyOutcome, dashed| Curve {
            name: format!("{}: {what}", requests.job),
            p50_s: of.p50_s,
            p99_s: of.p99_s,
            max_s: of.max_s,
            points: of.cdf.clone(),
            colour,
            dashed,
        };
        if requests.first_byte.cdf.len() > 1 {
            curves.push(curve("first byte", &requests.first_byte, true));
        }
        curves.push(curve("whole request", &requests.total, false));
    }
    let main = outcome.requests.iter().find(|r| r.total.cdf.len() > 1)?;
    let (whose, main) = (&main.job, &main.total);
    let title = format!(
        "Half of {} requests are answered within {}, 99 % within {}",
        format_args!("{whose}'s"),
        seconds(main.p50_s),
        seconds(main.p99_s)
    );
    let count = crate::study::words::thousands(main.count as f64);
    let subtitle = format!("Time since the client took a request up; {count} requests of {whose}");
    // A few very early answers are not worth decades of empty axis.
    let visible = |point: &&(f64, f64)| point.0 > 0.0 && point.1 >= 0.001;
    let times = || curves.iter().flat_map(|c| c.points.iter().filter(visible).map(|p| p.0));
    let (low, high) = (times().fold(f64::MAX, f64::min), times().fold(0.0, f64::max));
    if high <= 0.0 {
        return None;
    }
    Some(cdf::draw(&title, &subtitle, "requests", (low, high), &curves))
}
