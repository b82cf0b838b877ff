//! Payload delivered over time, with what was down meanwhile.

use super::canvas::{self, Canvas, WIDTH};
use super::frame::{self, BORDER, Entry, Plot};
use super::which_replicate;
use crate::kernel::units::MIB;
use crate::metrics::summary::{FaultSummary, RunSummary};
use crate::study::Outcome;
use crate::study::words::{figures, percent, seconds};
use plotters::style::RGBColor;

/// Left edge of the plot.
const LEFT: f64 = 76.0;
/// Height of the plot.
const HEIGHT: f64 = 280.0;
/// Height of the row of one box that fails.
const ROW: f64 = 16.0;
/// Boxes that have a row, at most.
const ROWS: usize = 6;
/// Behind the curve while somebody is down.
const SHADE: RGBColor = RGBColor(250, 226, 212);

/// The figure; none if nothing failed.
pub fn draw(outcome: &Outcome) -> Option<String> {
    let run = &outcome.runs[0];
    let mut failed: Vec<&FaultSummary> =
        run.faults.iter().filter(|fault| !fault.spells.is_empty()).collect();
    if failed.is_empty() || run.axis.bins == 0 || run.end_s <= 0.0 {
        return None;
    }
    failed.sort_by(|a, b| b.down_s.total_cmp(&a.down_s));
    let outages = union(&failed, run.end_s);
    let title = title(run, &failed, &outages);
    let subtitle = format!(
        "Payload delivered over time; shaded while somebody is down{}",
        which_replicate(outcome)
    );
    let entries = [
        Entry { colour: frame::BLUE, text: "goodput".to_owned() },
        Entry { colour: SHADE, text: "an outage".to_owned() },
    ];
    let rows = failed.len().min(ROWS);
    let top = frame::title_height(&title, &subtitle);
    let plot = Plot {
        left: LEFT,
        top: top + 34.0 + rows as f64 * ROW,
        width: WIDTH - LEFT - BORDER,
        height: HEIGHT,
        x_max: run.end_s,
        y_max: most(run).max(1.0) * 1.05 / MIB,
    };
    Some(canvas::draw(plot.bottom() + 58.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        frame::legend(canvas, &entries, LEFT, top + 6.0);
        for (from, until) in &outages {
            let x = plot.x(*from);
            let width = (plot.x(*until) - x).max(1.0);
            canvas.rect(x, plot.top, width, plot.height, SHADE);
        }
        frame::y_axis(canvas, &plot, "MiB/s", figures);
        curve(canvas, &plot, run);
        for (i, fault) in failed.iter().take(ROWS).enumerate() {
            row(canvas, &plot, fault, plot.top - (rows - i) as f64 * ROW);
        }
        frame::edges(canvas, &plot);
        frame::x_axis(canvas, &plot, "simulated time, seconds");
    }))
}

/// Times at which anybody is down, in order and apart.
fn union(failed: &[&FaultSummary], end: f64) -> Vec<(f64, f64)> {
    let mut spells: Vec<(f64, f64)> =
        failed.iter().flat_map(|fault| &fault.spells).map(|(a, b)| (*a, b.min(end))).collect();
    spells.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut apart: Vec<(f64, f64)> = Vec::new();
    for (from, until) in spells {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => apart.push((from, until)),
        }
    }
    apart
}

fn most(run: &RunSummary) -> f64 {
    run.goodput_over_time.iter().copied().fold(0.0, f64::max)
}

/// Mean goodput over bins that lie in an outage for the most part, and over the others.
fn means(run: &RunSummary, outages: &[(f64, f64)]) -> Option<(f64, f64)> {
    let width = run.axis.bin_s;
    let mut sums = [(0.0, 0u32); 2];
    for (bin, value) in run.goodput_over_time.iter().enumerate() {
        let (from, to) = (bin as f64 * width, (bin + 1) as f64 * width);
        if to <= run.end_s {
            let down: f64 = outages.iter().map(|o| (o.1.min(to) - o.0.max(from)).max(0.0)).sum();
            let (sum, n) = &mut sums[usize::from(down > width / 2.0)];
            (*sum, *n) = (*sum + value, *n + 1);
        }
    }
    let mean = |(sum, n): (f64, u32)| sum / f64::from(n);
    (sums[0].1 > 0 && sums[1].1 > 0).then(|| (mean(sums[0]), mean(sums[1])))
}

fn title(run: &RunSummary, failed: &[&FaultSummary], outages: &[(f64, f64)]) -> String {
    let down: f64 = outages.iter().map(|(from, until)| until - from).sum();
    let who = match failed {
        [one] => format!("{} is down for {}", one.who, seconds(down)),
        all => format!("{} boxes fail, somebody is down for {}", all.len(), seconds(down)),
    };
    match means(run, outages) {
        Some((well, ill)) if well > 0.0 => {
            format!("{who}: goodput is then {} of what it is otherwise", percent(ill / well))
        }
        _ => who,
    }
}

fn curve(canvas: &Canvas<'_>, plot: &Plot, run: &RunSummary) {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (bin, value) in run.goodput_over_time.iter().enumerate() {
        let (from, to) = (bin as f64 * run.axis.bin_s, (bin + 1) as f64 * run.axis.bin_s);
        if from < run.end_s {
            let y = plot.y(value / MIB);
            points.extend([(plot.x(from), y), (plot.x(to.min(run.end_s)), y)]);
        }
    }
    canvas.line(&points, 1.5, frame::BLUE);
}

/// When one box was down, with its name, above the plot.
fn row(canvas: &Canvas<'_>, plot: &Plot, fault: &FaultSummary, top: f64) {
    let middle = top + ROW / 2.0;
    canvas.line(&[(plot.left, middle), (plot.right(), middle)], 0.75, canvas::GRID);
    let mut free = plot.right();
    for (from, until) in &fault.spells {
        let x = plot.x(*from);
        let width = (plot.x(*until) - x).max(2.0);
        canvas.rect(x, top + 3.0, width, ROW - 6.0, frame::VERMILION);
        free = free.min(x);
    }
    let after = fault.spells.last().map_or(plot.left, |spell| plot.x(spell.1)) + 6.0;
    let size = 11.0;
    let name = canvas::shorten(&fault.who, size, 220.0);
    let width = canvas::text_width(&name, size);
    // To the right of what is drawn if there is room, else before it, else not at all.
    if after + width <= plot.right() {
        canvas.text(after, middle, &name, size, canvas::Align::Left, canvas::FAINT);
    } else if free - width - 6.0 >= plot.left {
        canvas.text(free - 6.0, middle, &name, size, canvas::Align::Right, canvas::FAINT);
    }
}
