//! Where the data that GPUs wait for spends its time: horizontal bars, and beneath the transfers
//! what held them.

use super::canvas::{self, Align, Canvas, FAINT, GRID, INK, WIDTH, shorten};
use super::frame::{self, BORDER, LABEL, Plot};
use super::words;
use crate::study::words::{capital, figures, percent};
use crate::study::{Outcome, StallShare, holders_by_family};
use plotters::style::RGBColor;

/// Height of a bar with the space about it, pixels.
const ROW: f64 = 28.0;
/// Left edge of the bars.
const LEFT: f64 = 250.0;
/// Room for the words right of the longest bar.
const RIGHT: f64 = 170.0;
/// Holders of transfers that are shown.
const HOLDERS: usize = 6;
/// Stages and holders below this share are left to the table.
const LEAST: f64 = 0.001;

struct Row {
    label: String,
    gpu_seconds: f64,
    half_width: Option<f64>,
    share: f64,
    colour: RGBColor,
    indent: f64,
}

/// The figure; none without data stall.
pub fn draw(outcome: &Outcome) -> Option<String> {
    let rows = rows(outcome);
    let most = rows.iter().map(|row| row.gpu_seconds).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let worst = rows.iter().find(|row| row.indent == 0.0)?;
    let total: f64 = outcome.lost_by_stage.iter().map(|s| s.gpu_seconds.mean).sum();
    let (unit, per) = unit(total);
    let title = format!(
        "{} of the time lost to data is {}",
        percent(worst.share),
        worst.label.to_lowercase()
    );
    let interval = if outcome.replicates() > 1 { "; whiskers: 95 % intervals" } else { "" };
    let subtitle = format!(
        "{} {unit} of stalls and of waiting for stalled ranks, by where the awaited data was{interval}",
        figures(total / per)
    );
    let top = frame::title_height(&title, &subtitle);
    Some(canvas::draw(top + rows.len() as f64 * ROW + 62.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        let plot = Plot {
            left: LEFT,
            top: top + 4.0,
            width: WIDTH - LEFT - RIGHT,
            height: rows.len() as f64 * ROW,
            x_max: most / per,
            y_max: 1.0,
        };
        for value in frame::ticks(plot.x_max, 10) {
            let x = plot.x(value);
            canvas.line(&[(x, plot.top), (x, plot.bottom())], 1.0, GRID);
        }
        for (i, row) in rows.iter().enumerate() {
            bar(canvas, &plot, row, plot.top + (i as f64 + 0.5) * ROW, (unit, per));
        }
        canvas.line(&[(LEFT, plot.top), (LEFT, plot.bottom())], 1.0, FAINT);
        frame::x_axis(canvas, &plot, &format!("time lost to data, {unit}"));
    }))
}

/// GPU-hours, or GPU-seconds for short runs, and their length in seconds.
fn unit(gpu_seconds: f64) -> (&'static str, f64) {
    if gpu_seconds >= 360.0 { ("GPU-hours", 3600.0) } else { ("GPU-seconds", 1.0) }
}

/// Stages, heaviest first, with the holders of transfers beneath `transfer`.
fn rows(outcome: &Outcome) -> Vec<Row> {
    let row = |share: &StallShare, label: String, colour, indent| Row {
        label,
        gpu_seconds: share.gpu_seconds.mean,
        half_width: share.gpu_seconds.half_width,
        share: share.share,
        colour,
        indent,
    };
    let mut stages: Vec<&StallShare> =
        outcome.lost_by_stage.iter().filter(|stage| stage.share >= LEAST).collect();
    stages.sort_by(|a, b| b.share.total_cmp(&a.share));
    let mut rows = Vec::new();
    for stage in stages {
        rows.push(row(stage, capital(&words(&stage.name)), frame::BLUE, 0.0));
        if stage.name == "transfer" {
            let holders = holders_by_family(outcome).into_iter().filter(|h| h.share >= LEAST);
            rows.extend(holders.take(HOLDERS).map(|h| row(&h, h.name.clone(), frame::SKY, 16.0)));
        }
    }
    rows
}

fn bar(canvas: &Canvas<'_>, plot: &Plot, row: &Row, y: f64, (unit, per): (&str, f64)) {
    let value = row.gpu_seconds / per;
    let height = if row.indent > 0.0 { ROW * 0.5 } else { ROW * 0.7 };
    canvas.rect(LEFT, y - height / 2.0, plot.x(value) - LEFT, height, row.colour);
    let mut end = plot.x(value);
    if let Some(half) = row.half_width {
        let whole = LEFT + (value + half / per) / plot.x_max * plot.width;
        let (low, high) = (plot.x(value - half / per), whole.min(plot.right() + 24.0));
        canvas.line(&[(low, y), (high, y)], 1.5, INK);
        // A whisker that leaves the figure has no end in it.
        for x in [low, whole].into_iter().filter(|x| *x <= high) {
            canvas.line(&[(x, y - 4.0), (x, y + 4.0)], 1.5, INK);
        }
        end = high;
    }
    let short = if unit == "GPU-hours" { "GPU-h" } else { "GPU-s" };
    let words = format!("{} {short}, {}", figures(value), percent(row.share));
    canvas.text(end + 8.0, y, &words, LABEL, Align::Left, INK);
    let (size, ink) = if row.indent > 0.0 { (LABEL - 1.0, FAINT) } else { (LABEL, INK) };
    let label = shorten(&row.label, size, LEFT - 10.0 - BORDER - row.indent);
    canvas.text(BORDER + row.indent, y, &label, size, Align::Left, ink);
}
