//! Distribution functions of first byte and whole request, on a logarithmic time axis.

use super::canvas::{self, Align, Canvas, FAINT, GRID, INK, WIDTH};
use super::frame::{self, BORDER, LABEL, LogAxis, Plot};
use crate::study::words::{percent, seconds};
use crate::study::{LatencyOutcome, Outcome};
use plotters::style::RGBColor;

/// Height of the plot itself, pixels.
const PLOT_HEIGHT: f64 = 290.0;
/// Left edge of the plot.
pub(super) const LEFT: f64 = 84.0;
/// Jobs that are shown.
const JOBS: usize = 4;
/// Colours of jobs, dark and light in turn.
const COLOURS: [RGBColor; JOBS] = [frame::BLUE, frame::ORANGE, frame::BLACK, frame::PURPLE];
/// Height of a legend row.
const ENTRY: f64 = 20.0;

struct Curve<'a> {
    name: String,
    of: &'a LatencyOutcome,
    colour: RGBColor,
    dashed: bool,
}

/// The figure; none without answered requests.
pub fn draw(outcome: &Outcome) -> Option<String> {
    let jobs = outcome.requests.iter().filter(|r| r.total.cdf.len() > 1).take(JOBS);
    let mut curves: Vec<Curve<'_>> = Vec::new();
    for (requests, colour) in jobs.zip(COLOURS) {
        let curve = |what: &str, of, dashed| Curve {
            name: format!("{}: {what}", requests.job),
            of,
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
    let times = || curves.iter().flat_map(|c| c.of.cdf.iter().filter(visible).map(|p| p.0));
    let (low, high) = (times().fold(f64::MAX, f64::min), times().fold(0.0, f64::max));
    if high <= 0.0 {
        return None;
    }
    let axis = LogAxis::around(low, high);
    let top = frame::title_height(&title, &subtitle);
    let legend = curves.len() as f64 * ENTRY + 12.0;
    Some(canvas::draw(top + legend + PLOT_HEIGHT + 60.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        let plot = Plot {
            left: LEFT,
            top: top + legend,
            width: WIDTH - LEFT - BORDER - 12.0,
            height: PLOT_HEIGHT,
            x_max: 1.0,
            y_max: 1.0,
        };
        axes(canvas, &plot, &axis, "share of requests at or below");
        for (i, curve) in curves.iter().enumerate() {
            let y = top + 8.0 + i as f64 * ENTRY;
            stroke(canvas, &[(LEFT, y), (LEFT + 36.0, y)], curve);
            let words = format!(
                "{} (p50 {}, p99 {}, max {})",
                curve.name,
                seconds(curve.of.p50_s),
                seconds(curve.of.p99_s),
                seconds(curve.of.max_s)
            );
            canvas.text(LEFT + 46.0, y, &words, LABEL, Align::Left, INK);
            stroke(canvas, &points(curve, &plot, &axis), curve);
        }
    }))
}

fn points(curve: &Curve<'_>, plot: &Plot, axis: &LogAxis) -> Vec<(f64, f64)> {
    curve.of.cdf.iter().map(|&(t, share)| (plot.x(axis.place(t)), plot.y(share))).collect()
}

fn stroke(canvas: &Canvas<'_>, points: &[(f64, f64)], curve: &Curve<'_>) {
    if curve.dashed {
        canvas.dashes(points, 2.0, curve.colour);
    } else {
        canvas.line(points, 2.25, curve.colour);
    }
}

/// Both axes; `text` stands beside that of shares.
pub(super) fn axes(canvas: &Canvas<'_>, plot: &Plot, axis: &LogAxis, text: &str) {
    for (value, label) in axis.ticks() {
        let x = plot.x(axis.place(value));
        canvas.line(&[(x, plot.top), (x, plot.bottom())], 1.0, GRID);
        canvas.text(x, plot.bottom() + 16.0, &label, LABEL, Align::Centre, INK);
    }
    for share in [0.0, 0.25, 0.5, 0.75, 0.9, 0.99] {
        let y = plot.y(share);
        canvas.line(&[(plot.left, y), (plot.right(), y)], 1.0, GRID);
        canvas.text(plot.left - 8.0, y, &percent(share), LABEL, Align::Right, INK);
    }
    canvas.line(&[(plot.left, plot.top), (plot.left, plot.bottom())], 1.0, FAINT);
    canvas.line(&[(plot.left, plot.bottom()), (plot.right(), plot.bottom())], 1.0, FAINT);
    let middle = plot.top + plot.height / 2.0;
    canvas.upright(frame::UPRIGHT, middle, text, LABEL, INK);
    let centre = plot.left + plot.width / 2.0;
    let text = "time, logarithmic";
    canvas.text(centre, plot.bottom() + 38.0, text, LABEL, Align::Centre, INK);
}
