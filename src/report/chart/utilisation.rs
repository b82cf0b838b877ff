//! Load of the busiest boxes over time: one small area a row, the same scale in each.

use super::canvas::{self, Align, Canvas, FAINT, GRID, INK, WIDTH, shorten};
use super::frame::{self, BORDER, Entry, LABEL, Plot};
use super::which_replicate;
use crate::report::busiest::{Busy, busiest};
use crate::study::Outcome;
use crate::study::words::percent;
use plotters::style::RGBColor;

/// Height of a row with the space below it, pixels.
const ROW: f64 = 38.0;
/// Height of a full load.
const FULL: f64 = 28.0;
/// Left edge of the plot.
const LEFT: f64 = 262.0;
/// Room right of the plot for the means.
const RIGHT: f64 = 76.0;
/// Rows, at most.
const ROWS: usize = 12;
/// Rows for boxes that differ only by number.
const ALIKE: usize = 2;

fn colour(kind: &str) -> RGBColor {
    match kind {
        "network" | "wan" | "firewall" => frame::BLUE,
        "adapter" => frame::SKY,
        "controller" => frame::ORANGE,
        "device" => frame::VERMILION,
        "decode" | "cpu" => frame::PURPLE,
        _ => frame::GREEN,
    }
}

/// Kinds that share a colour share a word.
fn kind_word(kind: &str) -> &str {
    match kind {
        "network" | "wan" | "firewall" => "network links",
        "adapter" => "adapters",
        "controller" => "controller slots",
        "device" => "devices",
        "decode" | "cpu" => "CPU cores",
        _ => "caches",
    }
}

/// The figure; none if nothing was loaded.
pub fn draw(outcome: &Outcome) -> Option<String> {
    let run = &outcome.runs[0];
    let rows: Vec<Busy<'_>> =
        busiest(outcome, ROWS, ALIKE).into_iter().filter(|row| row.mean > 0.0).collect();
    let top_row = rows.first()?;
    if run.axis.bins == 0 || run.end_s <= 0.0 {
        return None;
    }
    let title = format!("The busiest box is {}, {} busy", top_row.name, percent(top_row.mean));
    let subtitle = format!(
        "Share of capacity in use over time, 0 to 100 % in each row; the {ALIKE} busiest of each kind{}",
        which_replicate(outcome)
    );
    let mut entries: Vec<Entry> = Vec::new();
    for row in &rows {
        if !entries.iter().any(|entry| entry.text == kind_word(row.kind)) {
            let text = kind_word(row.kind).to_owned();
            entries.push(Entry { colour: colour(row.kind), text });
        }
    }
    let top = frame::title_height(&title, &subtitle);
    let legend = frame::legend_rows(&entries, BORDER) as f64 * 20.0 + 14.0;
    Some(canvas::draw(top + legend + rows.len() as f64 * ROW + 62.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        frame::legend(canvas, &entries, BORDER, top + 6.0);
        let plot = Plot {
            left: LEFT,
            top: top + legend,
            width: WIDTH - LEFT - RIGHT,
            height: rows.len() as f64 * ROW,
            x_max: run.end_s,
            y_max: 1.0,
        };
        canvas.text(WIDTH - BORDER, plot.top - 6.0, "mean", LABEL, Align::Right, FAINT);
        for value in frame::ticks(plot.x_max, 10) {
            let x = plot.x(value);
            canvas.line(&[(x, plot.top), (x, plot.bottom())], 1.0, GRID);
        }
        for (i, row) in rows.iter().enumerate() {
            let bottom = plot.top + (i as f64 + 1.0) * ROW - 4.0;
            spark(canvas, &plot, row, bottom, run.axis.bin_s);
        }
        frame::x_axis(canvas, &plot, "simulated time, seconds");
    }))
}

fn spark(canvas: &Canvas<'_>, plot: &Plot, row: &Busy<'_>, bottom: f64, bin_s: f64) {
    let mut outline = vec![(plot.left, bottom)];
    let mut end = plot.left;
    for (bin, load) in row.series.iter().enumerate() {
        let (from, to) = (bin as f64 * bin_s, (bin + 1) as f64 * bin_s);
        if from >= plot.x_max {
            break;
        }
        let y = bottom - load.clamp(0.0, 1.0) * FULL;
        end = plot.x(to);
        outline.extend([(plot.x(from), y), (end, y)]);
    }
    outline.push((end, bottom));
    canvas.area(&outline, colour(row.kind));
    let full = bottom - FULL;
    canvas.line(&[(plot.left, full), (plot.right(), full)], 0.75, frame::GREY);
    canvas.line(&[(plot.left, bottom), (plot.right(), bottom)], 1.0, FAINT);
    let middle = bottom - FULL / 2.0;
    let label = shorten(row.name, LABEL, LEFT - 12.0 - BORDER);
    canvas.text(LEFT - 10.0, middle, &label, LABEL, Align::Right, INK);
    canvas.text(WIDTH - BORDER, middle, &percent(row.mean), LABEL, Align::Right, INK);
}
