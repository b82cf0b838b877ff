//! Distribution functions of times on a logarithmic axis.

use super::canvas::{self, Align, Canvas, FAINT, GRID, INK, WIDTH};
use super::frame::{self, BORDER, LABEL, LogAxis, Plot};
use crate::study::words::{percent, seconds};
use plotters::style::RGBColor;

/// Height of the plot itself, pixels.
const PLOT_HEIGHT: f64 = 290.0;
/// Left edge of the plot.
const LEFT: f64 = 84.0;
/// Height of a legend row.
const ENTRY: f64 = 20.0;

/// One function: what of, its quantiles for the legend, and its points (seconds, share).
pub(super) struct Curve {
    pub name: String,
    pub p50_s: f64,
    pub p99_s: f64,
    pub max_s: f64,
    pub points: Vec<(f64, f64)>,
    pub colour: RGBColor,
    pub dashed: bool,
}

/// The figure of `curves` from `range.0` to `range.1` seconds; shares are those of `what`.
pub(super) fn draw(
    title: &str,
    subtitle: &str,
    what: &str,
    range: (f64, f64),
    curves: &[Curve],
) -> String {
    let axis = LogAxis::around(range.0, range.1);
    let top = frame::title_height(title, subtitle);
    let legend = curves.len() as f64 * ENTRY + 12.0;
    canvas::draw(top + legend + PLOT_HEIGHT + 60.0, |canvas| {
        frame::title(canvas, title, subtitle);
        let plot = Plot {
            left: LEFT,
            top: top + legend,
            width: WIDTH - LEFT - BORDER - 12.0,
            height: PLOT_HEIGHT,
            x_max: 1.0,
            y_max: 1.0,
        };
        axes(canvas, &plot, &axis, &format!("share of {what} at or below"));
        for (i, curve) in curves.iter().enumerate() {
            let y = top + 8.0 + i as f64 * ENTRY;
            stroke(canvas, &[(LEFT, y), (LEFT + 36.0, y)], curve);
            let words = format!(
                "{} (p50 {}, p99 {}, max {})",
                curve.name,
                seconds(curve.p50_s),
                seconds(curve.p99_s),
                seconds(curve.max_s)
            );
            canvas.text(LEFT + 46.0, y, &words, LABEL, Align::Left, INK);
            let point = |&(t, share): &(f64, f64)| (plot.x(axis.place(t)), plot.y(share));
            let points: Vec<(f64, f64)> = curve.points.iter().map(point).collect();
            stroke(canvas, &points, curve);
        }
    })
}

fn stroke(canvas: &Canvas<'_>, points: &[(f64, f64)], curve: &Curve) {
    if curve.dashed {
        canvas.dashes(points, 2.0, curve.colour);
    } else {
        canvas.line(points, 2.25, curve.colour);
    }
}

/// Both axes; `text` stands beside that of shares.
fn axes(canvas: &Canvas<'_>, plot: &Plot, axis: &LogAxis, text: &str) {
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
