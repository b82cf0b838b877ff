//! A metric over two axes: a cell a point.

use super::{subtitle, title};
use crate::report::chart::canvas::{self, Align, Canvas, FAINT, INK, WIDTH, shorten, text_width};
use crate::report::chart::frame::{self, BORDER, LABEL};
use crate::spec::study::Figure;
use crate::study::metric::is_fraction;
use crate::study::sweep::Curves;
use crate::study::words::{figures, percent};
use plotters::style::{RGBColor, WHITE};

/// Widest label of a row.
const NAME: f64 = 130.0;
/// Room right of the cells for the scale of colours.
const RIGHT: f64 = 104.0;
/// Font size in cells.
const CELL_TEXT: f64 = 12.0;

/// From light to dark, so that order survives grey and colour-blindness (ColorBrewer's Blues).
const RAMP: [RGBColor; 5] = [
    RGBColor(239, 246, 252),
    RGBColor(189, 215, 231),
    RGBColor(107, 174, 214),
    RGBColor(33, 113, 181),
    RGBColor(8, 48, 107),
];

fn colour(share: f64) -> RGBColor {
    let at = share.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let i = (at as usize).min(RAMP.len() - 2);
    let part = |of: fn(&RGBColor) -> u8| {
        let (a, b) = (f64::from(of(&RAMP[i])), f64::from(of(&RAMP[i + 1])));
        (a + (b - a) * (at - i as f64)).round() as u8
    };
    RGBColor(part(|c| c.0), part(|c| c.1), part(|c| c.2))
}

/// The figure; none without a result.
pub fn draw(curves: &Curves<'_>, figure: &Figure, y: usize) -> Option<String> {
    let study = &curves.plan.study;
    let (columns, rows) = (curves.order(figure.x), curves.order(y));
    let start = vec![0; study.axes.len()];
    let held = figure.fixed.iter().fold(start, |at, &(axis, l)| curves.moved(&at, axis, l));
    let mean = |row: &usize, column: &usize| {
        let at = curves.moved(&curves.moved(&held, y, *row), figure.x, *column);
        curves.mean(&at, figure.metric)
    };
    let cells: Vec<Vec<Option<f64>>> =
        rows.iter().rev().map(|r| columns.iter().map(|c| mean(r, c)).collect()).collect();
    let means = || cells.iter().flatten().flatten().copied();
    let (least, most) = (means().reduce(f64::min)?, means().reduce(f64::max)?);
    let name = &study.metrics[figure.metric];
    let say = |value: f64| if is_fraction(name) { percent(value) } else { figures(value) };
    let (title, subtitle) = (title(curves, figure), subtitle(curves, figure, false));
    let labels = |axis: usize, level: usize| study.axes[axis].list()[level].text.clone();
    let widest = rows.iter().map(|&r| text_width(&labels(y, r), LABEL)).fold(0.0, f64::max);
    let left = 46.0 + widest.min(NAME);
    let width = (WIDTH - left - RIGHT - BORDER) / columns.len() as f64;
    let height = (360.0 / rows.len() as f64).clamp(14.0, 44.0);
    let top = frame::title_height(&title, &subtitle) + 6.0;
    let whole = height * rows.len() as f64;
    Some(canvas::draw(top + whole + 62.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        for (i, line) in cells.iter().enumerate() {
            let y_top = top + i as f64 * height;
            let text = shorten(&labels(y, rows[rows.len() - 1 - i]), LABEL, NAME);
            canvas.text(left - 8.0, y_top + height / 2.0, &text, LABEL, Align::Right, INK);
            for (j, value) in line.iter().enumerate() {
                let corner = (left + j as f64 * width, y_top);
                let share =
                    value.map(|v| if most > least { (v - least) / (most - least) } else { 0.5 });
                cell(canvas, corner, (width, height), share, value.map(say));
            }
        }
        let mut free = f64::NEG_INFINITY;
        for (j, &column) in columns.iter().enumerate() {
            let text = shorten(&labels(figure.x, column), LABEL, 120.0);
            let (x, half) = (left + (j as f64 + 0.5) * width, text_width(&text, LABEL) / 2.0);
            if x - half >= free {
                canvas.text(x, top + whole + 15.0, &text, LABEL, Align::Centre, INK);
                free = x + half + 6.0;
            }
        }
        let middle = left + width * columns.len() as f64 / 2.0;
        let x_label = &study.axes[figure.x].label;
        canvas.text(middle, top + whole + 40.0, x_label, LABEL, Align::Centre, INK);
        canvas.upright(frame::UPRIGHT, top + whole / 2.0, &study.axes[y].label, LABEL, INK);
        scale(
            canvas,
            (WIDTH - BORDER - RIGHT + 18.0, top),
            whole.min(220.0),
            &say(least),
            &say(most),
        );
    }))
}

/// One cell with its value where there is room; crossed out without a result.
fn cell(
    canvas: &Canvas<'_>,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    share: Option<f64>,
    text: Option<String>,
) {
    let (Some(share), Some(text)) = (share, text) else {
        canvas.rect(x, y, width - 1.0, height - 1.0, RGBColor(236, 236, 236));
        canvas.line(&[(x + 3.0, y + 3.0), (x + width - 4.0, y + height - 4.0)], 1.0, FAINT);
        canvas.line(&[(x + 3.0, y + height - 4.0), (x + width - 4.0, y + 3.0)], 1.0, FAINT);
        return;
    };
    let fill = colour(share);
    canvas.rect(x, y, width - 1.0, height - 1.0, fill);
    if text_width(&text, CELL_TEXT) + 4.0 <= width && height >= 15.0 {
        let ink = if share > 0.55 { WHITE } else { INK };
        canvas.text(x + width / 2.0, y + height / 2.0, &text, CELL_TEXT, Align::Centre, ink);
    }
}

/// The scale of colours, largest on top.
fn scale(canvas: &Canvas<'_>, (x, y): (f64, f64), height: f64, least: &str, most: &str) {
    const STEPS: u32 = 44;
    let step = height / f64::from(STEPS);
    for i in 0..STEPS {
        let share = 1.0 - (f64::from(i) + 0.5) / f64::from(STEPS);
        canvas.rect(x, y + f64::from(i) * step, 14.0, step + 0.5, colour(share));
    }
    canvas.text(x + 20.0, y + 7.0, most, LABEL, Align::Left, INK);
    canvas.text(x + 20.0, y + height - 7.0, least, LABEL, Align::Left, INK);
}
