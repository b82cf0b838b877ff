//! Predicted against measured on logarithmic axes: the diagonal, a band of ±10 %, a mark for each
//! row. Colour says which case, shape which comparison; what the parameters were fitted on is hollow.

use super::canvas::{self, Align, Canvas, FAINT, GRID, INK, WIDTH};
use super::frame::{self, BORDER, LABEL};
use crate::spec::validation::ErrorKind;
use crate::study::validate::CaseOutcome;
use crate::study::words::figures;
use plotters::style::RGBColor;

/// Height and width of the scatter, pixels.
const SIDE: f64 = 480.0;
/// Height of a line of errors.
const LINE: f64 = 26.0;
/// Left edge of the errors.
const ERRORS_LEFT: f64 = 330.0;
/// Errors beyond are drawn at the edge.
const LARGEST: f64 = 1.0;
/// Left edge of the plot.
const LEFT: f64 = 84.0;
/// Height of a legend row.
const ENTRY: f64 = 19.0;
/// Half the size of a mark.
const MARK: f64 = 5.0;
/// The band around the diagonal.
const BAND: f64 = 0.10;
/// Its ink.
const BAND_INK: RGBColor = RGBColor(214, 214, 214);
/// Name of groups whose marks are hollow.
const FITTED: &str = "fitted";
/// Colours of cases, dark and light in turn.
const COLOURS: [RGBColor; 6] =
    [frame::BLUE, frame::ORANGE, frame::BLACK, frame::VERMILION, frame::SKY, frame::GREEN];

/// Marks of one comparison of one case.
struct Series {
    name: String,
    colour: RGBColor,
    shape: usize,
    /// Measured, predicted, whether it was fitted.
    points: Vec<(f64, f64, bool)>,
}

/// The figure; none without a point.
pub fn draw(outcomes: &[CaseOutcome]) -> Option<String> {
    let series = series(outcomes);
    let points = || series.iter().flat_map(|s| &s.points);
    let values = || points().flat_map(|p| [p.0, p.1]);
    let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
    if high <= 0.0 {
        return None;
    }
    let within = points().filter(|p| (p.1 / p.0 - 1.0).abs() <= BAND).count();
    let all = points().count();
    let title = format!("{within} of {all} predictions are within 10 % of the measurement");
    let subtitle = "Each mark is a measured row in its own unit; hollow: the parameters were \
                    fitted on it. Grey band: ±10 %";
    let top = frame::title_height(&title, subtitle);
    let axis = Axis { low: low / 1.35, high: high * 1.35, top };
    let below = top + SIDE + 84.0;
    Some(canvas::draw(below + LINE * series.len() as f64 + 60.0, |canvas| {
        frame::title(canvas, &title, subtitle);
        axes(canvas, &axis);
        for series in &series {
            for &(measured, predicted, fitted) in &series.points {
                let at = (axis.x(measured), axis.y(predicted));
                mark(canvas, at, series.shape, series.colour, fitted);
            }
        }
        legend(canvas, &series, top);
        errors(canvas, &series, below);
    }))
}

fn series(outcomes: &[CaseOutcome]) -> Vec<Series> {
    let mut list = Vec::new();
    for (outcome, colour) in
        outcomes.iter().filter(|outcome| outcome.case.figure).zip(COLOURS.iter().cycle())
    {
        let case = &outcome.case;
        let judged = case.compares.iter().enumerate().filter(|(_, compare)| {
            compare.tolerance.is_some() && compare.error == ErrorKind::Relative
        });
        for (shape, (at, compare)) in judged.enumerate() {
            let point = |(row, out): (&_, &crate::study::validate::RowOutcome)| {
                let row: &crate::spec::validation::Row = row;
                let numbers = out.compared[at]?;
                let there = numbers.measured > 0.0 && numbers.predicted.mean > 0.0;
                let fitted = case.groups[row.group] == FITTED;
                there.then_some((numbers.measured, numbers.predicted.mean, fitted))
            };
            let points: Vec<_> = case.rows.iter().zip(&outcome.rows).filter_map(point).collect();
            let name = format!("{}: {}", case.name, compare.name);
            list.push(Series { name, colour: *colour, shape, points });
        }
    }
    list.retain(|series| !series.points.is_empty());
    list
}

/// Both axes: the same logarithmic range.
struct Axis {
    low: f64,
    high: f64,
    top: f64,
}

impl Axis {
    fn share(&self, value: f64) -> f64 {
        libm::log(value / self.low) / libm::log(self.high / self.low)
    }
    fn x(&self, value: f64) -> f64 {
        LEFT + SIDE * self.share(value)
    }
    fn y(&self, value: f64) -> f64 {
        self.top + SIDE * (1.0 - self.share(value))
    }
    fn decades(&self) -> Vec<f64> {
        let powers = (-9..=12).map(|exponent| libm::pow(10.0, f64::from(exponent)));
        powers.filter(|power| *power >= self.low && *power <= self.high).collect()
    }
}

fn axes(canvas: &Canvas<'_>, axis: &Axis) {
    let (low, high) = (axis.low, axis.high);
    let (inner_low, inner_high) = (low / (1.0 - BAND), high / (1.0 + BAND));
    let band = [
        (axis.x(low), axis.y(low * (1.0 + BAND))),
        (axis.x(inner_high), axis.y(high)),
        (axis.x(high), axis.y(high)),
        (axis.x(high), axis.y(high * (1.0 - BAND))),
        (axis.x(inner_low), axis.y(low)),
        (axis.x(low), axis.y(low)),
    ];
    canvas.area(&band, BAND_INK);
    for value in axis.decades() {
        let (x, y) = (axis.x(value), axis.y(value));
        canvas.line(&[(x, axis.top), (x, axis.top + SIDE)], 1.0, GRID);
        canvas.line(&[(LEFT, y), (LEFT + SIDE, y)], 1.0, GRID);
        canvas.text(x, axis.top + SIDE + 16.0, &figures(value), LABEL, Align::Centre, INK);
        canvas.text(LEFT - 8.0, y, &figures(value), LABEL, Align::Right, INK);
    }
    canvas.line(&[(axis.x(low), axis.y(low)), (axis.x(high), axis.y(high))], 1.25, FAINT);
    let corner = (LEFT, axis.top + SIDE);
    canvas.line(&[(LEFT, axis.top), corner, (LEFT + SIDE, axis.top + SIDE)], 1.0, FAINT);
    let middle = LEFT + SIDE / 2.0;
    canvas.text(middle, axis.top + SIDE + 40.0, "measured", LABEL, Align::Centre, INK);
    canvas.upright(frame::UPRIGHT, axis.top + SIDE / 2.0, "predicted", LABEL, INK);
}

/// Each row's error on a line of its series.
fn errors(canvas: &Canvas<'_>, series: &[Series], top: f64) {
    let right = WIDTH - BORDER - 12.0;
    let bottom = top + LINE * series.len() as f64;
    let x = |error: f64| {
        let share = (error.clamp(-LARGEST, LARGEST) + LARGEST) / (2.0 * LARGEST);
        ERRORS_LEFT + share * (right - ERRORS_LEFT)
    };
    canvas.rect(x(-BAND), top, x(BAND) - x(-BAND), bottom - top, BAND_INK);
    for quarter in -4..=4 {
        let value = f64::from(quarter) * 0.25;
        let ink = if quarter == 0 { FAINT } else { GRID };
        canvas.line(&[(x(value), top), (x(value), bottom)], 1.0, ink);
        let label = match quarter {
            0 => "0 %".to_owned(),
            4 => format!("≥ {:+.0} %", 100.0 * value),
            _ => format!("{:+.0} %", 100.0 * value),
        };
        canvas.text(x(value), bottom + 16.0, &label, LABEL, Align::Centre, INK);
    }
    let middle = (ERRORS_LEFT + right) / 2.0;
    let axis = "predicted over measured, less one";
    canvas.text(middle, bottom + 38.0, axis, LABEL, Align::Centre, INK);
    for (i, series) in series.iter().enumerate() {
        let y = top + LINE * (i as f64 + 0.5);
        let name = canvas::shorten(&series.name, LABEL, ERRORS_LEFT - BORDER - 12.0);
        canvas.text(ERRORS_LEFT - 10.0, y, &name, LABEL, Align::Right, INK);
        for &(measured, predicted, fitted) in &series.points {
            let at = (x(predicted / measured - 1.0), y);
            mark(canvas, at, series.shape, series.colour, fitted);
        }
    }
}

fn legend(canvas: &Canvas<'_>, series: &[Series], top: f64) {
    let left = LEFT + SIDE + 26.0;
    let mut y = top + 8.0;
    for series in series {
        mark(canvas, (left, y), series.shape, series.colour, false);
        for line in canvas::wrap(&series.name, LABEL, WIDTH - BORDER - left - 14.0) {
            canvas.text(left + 14.0, y, &line, LABEL, Align::Left, INK);
            y += ENTRY - 2.0;
        }
        y += 6.0;
    }
}

/// A mark: circle, square, diamond or triangle.
fn mark(canvas: &Canvas<'_>, (x, y): (f64, f64), shape: usize, colour: RGBColor, hollow: bool) {
    let mut outline: Vec<(f64, f64)> = match shape % 4 {
        0 => (0..16)
            .map(|i| {
                let angle = f64::from(i) * std::f64::consts::TAU / 16.0;
                (x + MARK * libm::cos(angle), y + MARK * libm::sin(angle))
            })
            .collect(),
        1 => [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(dx, dy)| (x + 0.85 * MARK * dx, y + 0.85 * MARK * dy))
            .into(),
        2 => [(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]
            .map(|(dx, dy)| (x + MARK * dx, y + MARK * dy))
            .into(),
        _ => [(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]
            .map(|(dx, dy)| (x + MARK * dx, y + MARK * dy))
            .into(),
    };
    if !hollow {
        canvas.area(&outline, colour);
    }
    outline.push(outline[0]);
    // A thin edge keeps marks apart that lie on each other.
    let edge = if hollow { colour } else { plotters::style::WHITE };
    canvas.line(&outline, if hollow { 1.75 } else { 0.5 }, edge);
}
