//! What figures share: title, axes with human ticks, legend, palette.

use super::canvas::{Align, Canvas, FAINT, GRID, INK, WIDTH, text_width, wrap};
use crate::study::words::{figures, seconds};
use plotters::style::RGBColor;

/// Left and right border, pixels.
pub const BORDER: f64 = 24.0;
/// Where the upright title of a y axis stands.
pub const UPRIGHT: f64 = 18.0;
/// Font size of labels.
pub const LABEL: f64 = 13.0;
/// Font size of titles.
const TITLE: f64 = 18.0;
/// Distance between lines of the title.
const TITLE_LINE: f64 = 24.0;

// Okabe and Ito's palette: told apart by the colour-blind; neighbours are chosen to differ in
// lightness too, so that figures read in grey.
/// Blue, dark.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Orange, light.
pub const ORANGE: RGBColor = RGBColor(230, 159, 0);
/// Vermilion, middle.
pub const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// Yellow, very light.
pub const YELLOW: RGBColor = RGBColor(240, 228, 66);
/// Purple, middle.
pub const PURPLE: RGBColor = RGBColor(204, 121, 167);
/// Sky, light.
pub const SKY: RGBColor = RGBColor(86, 180, 233);
/// Green, middle.
pub const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Black.
pub const BLACK: RGBColor = RGBColor(40, 40, 40);
/// Grey, light.
pub const GREY: RGBColor = RGBColor(210, 210, 210);

/// The plot's rectangle in pixels and its data range.
#[derive(Debug, Clone, Copy)]
pub struct Plot {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Largest value of x; the smallest is 0.
    pub x_max: f64,
    /// Largest value of y; the smallest is 0.
    pub y_max: f64,
}

impl Plot {
    /// Pixel of a value of x.
    pub fn x(&self, value: f64) -> f64 {
        self.left + (value / self.x_max).clamp(0.0, 1.0) * self.width
    }
    /// Pixel of a value of y.
    pub fn y(&self, value: f64) -> f64 {
        self.top + (1.0 - (value / self.y_max).clamp(0.0, 1.0)) * self.height
    }
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.left + self.width
    }
    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// Height that [`title`] takes.
pub fn title_height(text: &str, subtitle: &str) -> f64 {
    let lines = wrap(text, TITLE * 1.08, WIDTH - 2.0 * BORDER).len();
    let below = wrap(subtitle, LABEL, WIDTH - 2.0 * BORDER).len();
    20.0 + lines as f64 * TITLE_LINE + below as f64 * 18.0 + 8.0
}

/// The finding in bold, and what is shown beneath it; returns where the figure may begin.
pub fn title(canvas: &Canvas<'_>, text: &str, subtitle: &str) -> f64 {
    let mut y = 28.0;
    for line in wrap(text, TITLE * 1.08, WIDTH - 2.0 * BORDER) {
        canvas.bold(BORDER, y, &line, TITLE, Align::Left, INK);
        y += TITLE_LINE;
    }
    for line in wrap(subtitle, LABEL, WIDTH - 2.0 * BORDER) {
        canvas.text(BORDER, y - 2.0, &line, LABEL, Align::Left, FAINT);
        y += 18.0;
    }
    title_height(text, subtitle)
}

/// A step of 1, 2 or 5 times a power of ten that cuts `range` into at most `most` parts.
pub fn nice_step(range: f64, most: usize) -> f64 {
    let mut exponent = -12;
    loop {
        // Multiplying up from 1e-12 would gather rounding; each power is taken afresh.
        let power = libm::pow(10.0, f64::from(exponent));
        for factor in [1.0, 2.0, 5.0] {
            if range / (power * factor) <= most as f64 {
                return power * factor;
            }
        }
        exponent += 1;
    }
}

/// Ticks from 0 to `max`.
pub fn ticks(max: f64, most: usize) -> Vec<f64> {
    let step = nice_step(max, most);
    (0..=most).map(|i| i as f64 * step).filter(|value| *value <= max * (1.0 + 1e-9)).collect()
}

/// Vertical grid, tick labels and title of a linear x axis.
pub fn x_axis(canvas: &Canvas<'_>, plot: &Plot, text: &str) {
    for value in ticks(plot.x_max, 10) {
        let x = plot.x(value);
        canvas.line(&[(x, plot.bottom()), (x, plot.bottom() + 5.0)], 1.0, FAINT);
        canvas.text(x, plot.bottom() + 16.0, &figures(value), LABEL, Align::Centre, INK);
    }
    let middle = plot.left + plot.width / 2.0;
    canvas.text(middle, plot.bottom() + 38.0, text, LABEL, Align::Centre, INK);
}

/// Horizontal grid, tick labels and title of a linear y axis.
pub fn y_axis(canvas: &Canvas<'_>, plot: &Plot, text: &str, label: impl Fn(f64) -> String) {
    // Whole quarters label the top too; round steps if the top has none.
    let quarter = plot.y_max / 4.0;
    let quarters = (0..=4).map(|i| f64::from(i) * quarter).collect();
    let whole = quarter >= 1.0 && quarter.fract() == 0.0;
    for value in if whole { quarters } else { ticks(plot.y_max, 6) } {
        let y = plot.y(value);
        canvas.line(&[(plot.left, y), (plot.right(), y)], 1.0, GRID);
        canvas.text(plot.left - 8.0, y, &label(value), LABEL, Align::Right, INK);
    }
    canvas.upright(UPRIGHT, plot.top + plot.height / 2.0, text, LABEL, INK);
}

/// Two edges of a plot.
pub fn edges(canvas: &Canvas<'_>, plot: &Plot) {
    let corner = (plot.left, plot.bottom());
    canvas.line(&[(plot.left, plot.top), corner, (plot.right(), plot.bottom())], 1.0, FAINT);
}

/// An entry of a legend.
pub struct Entry {
    /// Its colour.
    pub colour: RGBColor,
    /// Its words.
    pub text: String,
}

/// Rows a legend takes between `left` and the right border.
pub fn legend_rows(entries: &[Entry], left: f64) -> usize {
    place(entries, left).last().map_or(0, |(_, row)| row + 1)
}

/// Swatches with words, in rows from `y` down.
pub fn legend(canvas: &Canvas<'_>, entries: &[Entry], left: f64, y: f64) {
    for (entry, (x, row)) in entries.iter().zip(place(entries, left)) {
        let y = y + row as f64 * 20.0;
        canvas.rect(x - 0.75, y - 6.75, 13.5, 13.5, FAINT);
        canvas.rect(x, y - 6.0, 12.0, 12.0, entry.colour);
        canvas.text(x + 18.0, y, &entry.text, LABEL, Align::Left, INK);
    }
}

/// Where each entry goes: (x, row).
fn place(entries: &[Entry], left: f64) -> Vec<(f64, usize)> {
    let (mut x, mut row) = (left, 0);
    let mut places = Vec::new();
    for entry in entries {
        let width = 18.0 + text_width(&entry.text, LABEL);
        if x > left && x + width > WIDTH - BORDER {
            (x, row) = (left, row + 1);
        }
        places.push((x, row));
        x += width + 22.0;
    }
    places
}

/// A logarithmic x axis in seconds.
#[derive(Debug, Clone, Copy)]
pub struct LogAxis {
    low: f64,
    high: f64,
}

impl LogAxis {
    /// The axis from the 1, 2 or 5 at or below `low` to the one at or above `high` (both > 0).
    pub fn around(low: f64, high: f64) -> LogAxis {
        let marks = LogAxis { low: low / 11.0, high: high * 11.0 }.marks();
        let below = marks.iter().rfind(|m| m.0 <= low).map_or(low, |m| m.0);
        let above = marks.iter().find(|m| m.0 >= high && m.0 > below).map_or(high, |m| m.0);
        LogAxis { low: below, high: above }
    }

    /// Share of the axis left of `value`, 0–1.
    pub fn place(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        libm::log(value / self.low) / libm::log(self.high / self.low)
    }

    /// Values 1, 2, 5 of every decade within: (value, whether it is a 1).
    fn marks(&self) -> Vec<(f64, bool)> {
        let mut marks = Vec::new();
        for exponent in -15..15 {
            let power = libm::pow(10.0, f64::from(exponent));
            for factor in [1.0, 2.0, 5.0] {
                let value = power * factor;
                if value >= self.low * (1.0 - 1e-9) && value <= self.high * (1.0 + 1e-9) {
                    marks.push((value, factor == 1.0));
                }
            }
        }
        marks
    }

    /// Ticks worth a label: (value, label); only decades if there are many.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let marks = self.marks();
        let crowded = marks.len() > 13;
        let keep = |mark: &&(f64, bool)| !crowded || mark.1;
        marks.iter().filter(keep).map(|mark| (mark.0, seconds(mark.0))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(64.0, 6), [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(ticks(1.0, 6), [0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8, 1.0]);
    }

    #[test]
    fn the_log_axis_ends_on_round_values() {
        let axis = LogAxis::around(0.003, 0.7);
        let said: Vec<String> = axis.ticks().into_iter().map(|(_, label)| label).collect();
        assert_eq!(said.first().map(String::as_str), Some("2 ms"));
        assert_eq!(said.last().map(String::as_str), Some("1 s"));
        assert!((axis.place(0.002)).abs() < 1e-9 && (axis.place(1.0) - 1.0).abs() < 1e-9);
    }
}
