//! From the laboratory's goodput down to production's, a step for each cause.

use super::canvas::{self, Align, Canvas, FAINT, GRID, INK, WIDTH, shorten, text_width};
use super::frame::{self, BORDER, LABEL, nice_step};
use crate::study::gap::{Gap, Scale};
use crate::study::words::{figures, percent};
use plotters::style::{RGBColor, WHITE};

/// Height of a bar with the space about it, pixels.
const ROW: f64 = 34.0;
/// Share of a row that its bar takes.
const THICK: f64 = 0.62;
/// Left edge of the plot, if names are short.
const LEFT: f64 = 200.0;
/// The same if they are as long as can be shown.
const FAR_LEFT: f64 = 400.0;
/// Room for the words right of the longest bar.
const RIGHT: f64 = 175.0;
/// The axis leaves its 0 out when everything happens in the uppermost part of it this large.
const ZOOM: f64 = 0.3;

/// A bar.
pub(super) struct Row {
    /// Its name.
    pub label: String,
    /// Where the bar begins; none: at the axis.
    pub from: Option<f64>,
    /// Where it ends.
    pub to: f64,
    /// Half-width of the interval about its end.
    pub half_width: Option<f64>,
    /// Words beside it.
    pub words: String,
    /// Its colour.
    pub colour: RGBColor,
}

/// A linear axis that need not begin at 0.
struct Axis {
    low: f64,
    high: f64,
    /// Left edge of the plot.
    left: f64,
}

impl Axis {
    fn x(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.left + share * (WIDTH - self.left - RIGHT)
    }
}

/// The figure.
pub fn waterfall(gap: &Gap) -> String {
    let scale = Scale::of(gap);
    let rows = rows(gap, &scale);
    let axis = axis(&rows, LEFT);
    let (title, subtitle) = (title(gap), subtitle(gap, &scale, &axis));
    let unit = if scale.unit.is_empty() { String::new() } else { format!(", {}", scale.unit) };
    draw(&rows, LEFT, &title, &subtitle, &format!("goodput{unit}"))
}

/// Room that the names of rows take, left of the plot.
pub(super) fn room(rows: &[Row]) -> f64 {
    let widest = rows.iter().map(|row| text_width(&row.label, LABEL)).fold(0.0, f64::max);
    (widest + BORDER + 12.0).clamp(LEFT, FAR_LEFT)
}

/// Bars from the first level down to the last, a step each.
pub(super) fn draw(rows: &[Row], left: f64, title: &str, subtitle: &str, below: &str) -> String {
    let axis = axis(rows, left);
    let top = frame::title_height(title, subtitle) + 4.0;
    let bottom = top + rows.len() as f64 * ROW;
    canvas::draw(bottom + 56.0, |canvas| {
        frame::title(canvas, title, subtitle);
        grid(canvas, &axis, top, bottom, below);
        for (i, row) in rows.iter().enumerate() {
            let y = top + (i as f64 + 0.5) * ROW;
            bar(canvas, &axis, row, y);
            if i + 1 < rows.len() {
                // The level at which the next step begins.
                let x = axis.x(row.to);
                let below = y + ROW * (1.0 - THICK / 2.0);
                canvas.line(&[(x, y + ROW * THICK / 2.0), (x, below)], 1.0, FAINT);
            }
        }
        if axis.low > 0.0 {
            cut(canvas, left, top + 0.5 * ROW);
            cut(canvas, left, bottom - 0.5 * ROW);
        }
        canvas.line(&[(left, top), (left, bottom)], 1.0, FAINT);
    })
}

fn rows(gap: &Gap, scale: &Scale) -> Vec<Row> {
    let level = |label: &str, estimate: &crate::study::Estimate| Row {
        label: label.to_owned(),
        from: None,
        to: scale.convert(estimate.mean),
        half_width: estimate.half_width.map(|half| scale.convert(half)),
        words: scale.level(estimate.mean),
        colour: frame::BLUE,
    };
    let mut rows = vec![level("Laboratory", &gap.lab)];
    let mut at = gap.lab.mean;
    for share in &gap.causes {
        let (from, lost) = (at, share.share.mean);
        at -= lost;
        let size = scale.bare(lost.abs());
        let sign = if lost < 0.0 { "+" } else { "−" };
        let of_gap = share.of_gap.map_or(String::new(), |part| format!(" ({})", percent(part)));
        rows.push(Row {
            label: gap.name(share).to_owned(),
            from: Some(scale.convert(from)),
            to: scale.convert(at),
            half_width: share.share.half_width.map(|half| scale.convert(half)),
            words: if lost == 0.0 { "0".to_owned() } else { format!("{sign}{size}{of_gap}") },
            colour: if lost < 0.0 { frame::GREEN } else { frame::ORANGE },
        });
    }
    rows.push(level("Production", &gap.production));
    rows
}

fn axis(rows: &[Row], left: f64) -> Axis {
    let ends = |row: &Row| {
        let half = row.half_width.unwrap_or(0.0);
        [row.to - half, row.to + half, row.from.unwrap_or(row.to)]
    };
    let (low, high) = rows
        .iter()
        .flat_map(ends)
        .fold((f64::INFINITY, 0.0), |(low, high), x| (f64::min(low, x), f64::max(high, x)));
    let high = if high > 0.0 { high } else { 1.0 };
    if high - low >= ZOOM * high {
        return Axis { low: 0.0, high, left };
    }
    // Some room left of the lowest end, from a round value on.
    let room = ((high - low) * 1.35).max(high * 1e-6);
    let step = nice_step(room, 6);
    Axis { low: (libm::floor((high - room) / step) * step).max(0.0), high, left }
}

fn title(gap: &Gap) -> String {
    let Some(first) = gap.causes.first() else { return "No cause".to_owned() };
    let loss = match gap.relative {
        Some(relative) if gap.gap.mean > 0.0 => {
            format!("Production gives {} less than the laboratory", percent(relative.mean))
        }
        _ => "Production and laboratory".to_owned(),
    };
    match first.of_gap {
        Some(part) if gap.gap.mean > 0.0 && gap.causes.len() > 1 => {
            format!("{loss}; {} of that is {}", percent(part), gap.name(first))
        }
        _ => loss,
    }
}

fn subtitle(gap: &Gap, scale: &Scale, axis: &Axis) -> String {
    let what = scale.with_unit("Goodput in".to_owned());
    let what = if scale.unit.is_empty() { "Goodput" } else { &what };
    let interval = if gap.gap.half_width.is_some() { "; whiskers: 95 % intervals" } else { "" };
    let zoom = if axis.low > 0.0 { "; the axis does not begin at 0" } else { "" };
    format!("{what}: what each cause takes (Shapley shares){interval}{zoom}")
}

fn grid(canvas: &Canvas<'_>, axis: &Axis, top: f64, bottom: f64, below: &str) {
    let step = nice_step(axis.high - axis.low, 8);
    let first = libm::ceil(axis.low / step - 1e-9);
    for i in 0..=10 {
        let value = (first + f64::from(i)) * step;
        if value > axis.high * (1.0 + 1e-9) {
            break;
        }
        let x = axis.x(value);
        canvas.line(&[(x, top), (x, bottom)], 1.0, GRID);
        canvas.line(&[(x, bottom), (x, bottom + 5.0)], 1.0, FAINT);
        canvas.text(x, bottom + 16.0, &tick(value, step), LABEL, Align::Centre, INK);
    }
    let middle = axis.left + (WIDTH - axis.left - RIGHT) / 2.0;
    canvas.text(middle, bottom + 38.0, below, LABEL, Align::Centre, INK);
}

/// A tick with as many decimals as its step has; `figures` would drop them far from 0.
fn tick(value: f64, step: f64) -> String {
    if step >= 1.0 {
        return figures(value);
    }
    let mut decimals = 0;
    let mut fine = step;
    while fine < 0.999 && decimals < 9 {
        (fine, decimals) = (fine * 10.0, decimals + 1);
    }
    format!("{value:.decimals$}")
}

fn bar(canvas: &Canvas<'_>, axis: &Axis, row: &Row, y: f64) {
    let height = ROW * THICK;
    let (a, b) = (row.from.map_or(axis.left, |from| axis.x(from)), axis.x(row.to));
    let (left, right) = (a.min(b), a.max(b));
    canvas.rect(left, y - height / 2.0, (right - left).max(1.5), height, row.colour);
    let mut end = right;
    if let Some(half) = row.half_width.filter(|half| *half > 0.0) {
        let (low, high) = (axis.x(row.to - half), axis.x(row.to + half));
        // A white rim keeps ink apart from dark bars.
        for (width, ink) in [(4.5, WHITE), (1.5, INK)] {
            canvas.line(&[(low, y), (high, y)], width, ink);
            for x in [low, high] {
                let rim = width / 2.0 - 0.75;
                canvas.line(&[(x, y - 4.5 - rim), (x, y + 4.5 + rim)], width, ink);
            }
        }
        end = end.max(high);
    }
    let words = &row.words;
    let beside = (end + 8.0).min(WIDTH - BORDER - text_width(words, LABEL));
    canvas.text(beside, y, words, LABEL, Align::Left, INK);
    let label = shorten(&row.label, LABEL, axis.left - 10.0 - BORDER);
    match row.from {
        None => canvas.bold(BORDER, y, &label, LABEL, Align::Left, INK),
        Some(_) => canvas.text(BORDER, y, &label, LABEL, Align::Left, INK),
    }
}

/// A bar that begins left of the axis is shown torn.
fn cut(canvas: &Canvas<'_>, left: f64, y: f64) {
    let half = ROW * THICK / 2.0 + 2.0;
    for x in [left + 12.0, left + 19.0] {
        canvas.line(&[(x - 3.0, y + half), (x + 3.0, y - half)], 3.0, WHITE);
    }
}
