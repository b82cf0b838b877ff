//! The tornado: how far a figure moves when one input goes from its low to its high end.

use crate::report::chart::canvas::{
    self, Align, Canvas, FAINT, GRID, INK, WIDTH, shorten, text_width,
};
use crate::report::chart::frame::{self, BORDER, Entry, LABEL, nice_step};
use crate::report::cost::usd;
use crate::study::cost::{Priced, Sensitivity, Swing};
use crate::study::words::figures;

/// Height of a bar with the space about it, pixels.
const ROW: f64 = 34.0;
/// Left edge of the plot.
const LEFT: f64 = 270.0;
/// Room right of the plot.
const RIGHT: f64 = 60.0;
/// Room for the numbers at the ends of the longest bar.
const ENDS: f64 = 50.0;
/// Bars that are shown.
const BARS: usize = 12;

struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn x(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        LEFT + ENDS + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT - 2.0 * ENDS)
    }
}

/// The figure; none if nothing moves.
pub fn draw(priced: &Priced, sensitivity: &Sensitivity) -> Option<String> {
    let moves = sensitivity.tornado.iter().filter(|swing| swing.size() > 0.0);
    let bars: Vec<&Swing> = moves.take(BARS).collect();
    let first = bars.first()?;
    let cells = priced.costs.sheet.cells();
    let target = &cells[sensitivity.target];
    let base = priced.values[sensitivity.target];
    let title = format!("{} moves the answer most", cells[first.cell].label);
    let subtitle = format!(
        "{} ({}) when one input goes from its low end to its high end, all others held; now {}",
        target.label,
        target.unit,
        usd(base)
    );
    let ends = bars.iter().flat_map(|swing| [swing.at.0, swing.at.1]);
    let (low, high) = ends.fold((base, base), |(low, high), x| (low.min(x), high.max(x)));
    let axis = Axis { low, high };
    let top = frame::title_height(&title, &subtitle);
    let bottom = top + 28.0 + bars.len() as f64 * ROW;
    let entry = |colour, text: &str| Entry { colour, text: text.to_owned() };
    let legend =
        [entry(frame::SKY, "input at its low end"), entry(frame::ORANGE, "at its high end")];
    Some(canvas::draw(bottom + 56.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        frame::legend(canvas, &legend, LEFT, top + 8.0);
        grid(canvas, &axis, (top + 28.0, bottom), &target.unit);
        for (i, swing) in bars.iter().enumerate() {
            let y = top + 28.0 + (i as f64 + 0.5) * ROW;
            let cell = &cells[swing.cell];
            bar(canvas, &axis, swing, base, y);
            let unit = if cell.unit == "1" { "" } else { &cell.unit };
            let range = format!("{} to {} {unit}", usd(swing.ends.0), usd(swing.ends.1));
            let label = shorten(&cell.label, LABEL, LEFT - 10.0 - BORDER);
            canvas.text(BORDER, y - 8.0, &label, LABEL, Align::Left, INK);
            canvas.text(BORDER, y + 8.0, &range, LABEL - 2.0, Align::Left, FAINT);
        }
        let x = axis.x(base);
        canvas.line(&[(x, top + 24.0), (x, bottom)], 1.5, INK);
    }))
}

fn grid(canvas: &Canvas<'_>, axis: &Axis, (top, bottom): (f64, f64), unit: &str) {
    let step = nice_step(axis.high - axis.low, 8);
    let first = libm::ceil(axis.low / step - 1e-9);
    for i in 0..=10 {
        let value = (first + f64::from(i)) * step;
        if value > axis.high + 1e-9 * step {
            break;
        }
        let x = axis.x(value);
        canvas.line(&[(x, top), (x, bottom)], 1.0, GRID);
        canvas.text(x, bottom + 16.0, &figures(value), LABEL, Align::Centre, INK);
    }
    let middle = (LEFT + WIDTH - RIGHT) / 2.0;
    canvas.text(middle, bottom + 38.0, unit, LABEL, Align::Centre, INK);
}

fn bar(canvas: &Canvas<'_>, axis: &Axis, swing: &Swing, base: f64, y: f64) {
    let height = ROW * 0.6;
    for (value, colour) in [(swing.at.0, frame::SKY), (swing.at.1, frame::ORANGE)] {
        let (from, to) = (axis.x(base.min(value)), axis.x(base.max(value)));
        canvas.rect(from, y - height / 2.0, to - from, height, colour);
        let words = usd(value);
        if value < base {
            canvas.text(from - 6.0, y, &words, LABEL, Align::Right, INK);
        } else {
            let x = (to + 6.0).min(WIDTH - BORDER - text_width(&words, LABEL));
            canvas.text(x, y, &words, LABEL, Align::Left, INK);
        }
    }
}
