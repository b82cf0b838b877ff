//! Designs over two figures: which keep their bounds, which no other beats, which is chosen.

use super::canvas::{Align, Canvas, FAINT, GRID, INK, WIDTH, draw};
use super::frame::{
    self, BORDER, Entry, GREY, LABEL, VERMILION, legend, legend_rows, nice_step, title,
};
use crate::report::planner::{called, said};
use crate::spec::brief::{Bound, Brief};
use crate::study::planner::Answer;
use plotters::style::RGBColor;

/// Height of the plot.
const HEIGHT: f64 = 380.0;
/// Left edge of the plot.
const LEFT: f64 = 92.0;

/// Right border of the plot: half a label.
const RIGHT: f64 = 40.0;

/// A linear axis that need not begin at 0.
struct Axis {
    low: f64,
    high: f64,
    step: f64,
    from: f64,
    length: f64,
}

impl Axis {
    fn around(values: &[f64], from: f64, length: f64) -> Axis {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = (high - low).max(1e-6 * high.abs().max(1e-9));
        let step = nice_step(range * 1.1, 7);
        let low = ((low - 0.03 * range) / step).floor() * step;
        let high = ((high + 0.03 * range) / step).ceil() * step;
        Axis { low, high, step, from, length }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * self.length
    }

    fn ticks(&self) -> Vec<f64> {
        let n = ((self.high - self.low) / self.step).round() as usize;
        (0..=n).map(|i| self.low + i as f64 * self.step).collect()
    }
}

/// A design in the figure.
struct Dot {
    x: f64,
    y: f64,
    design: usize,
    feasible: bool,
}

/// The figure; none if no design has both figures.
pub fn trade_off(answer: &Answer, brief: &Brief) -> Option<String> {
    let [x, y, ..] = answer.sides.as_slice() else { return None };
    let dots: Vec<Dot> = answer
        .rows
        .iter()
        .filter_map(|row| {
            let (x, y) = (row.mean(x.0)?, row.mean(y.0)?);
            Some(Dot { x, y, design: row.design, feasible: row.feasible() })
        })
        .collect();
    if dots.is_empty() {
        return None;
    }
    let names = [x.0, y.0].map(|metric| brief.study.metrics[metric].as_str());
    let finding = finding(answer, names);
    let (feasible, all) = (dots.iter().filter(|dot| dot.feasible).count(), dots.len());
    let chosen = answer.best().map(|best| format!("Recommended: {}. ", answer.known().name(best)));
    let below = format!(
        "{}Means of the {all} designs that were run or are known, {feasible} of them within all bounds; \
         the line joins those that no other beats",
        chosen.unwrap_or_default()
    );
    let entries = legend_entries(answer.best().is_some());
    let rows = legend_rows(&entries, BORDER) as f64;
    let top = frame::title_height(&finding, &below) + 8.0;
    let height = top + HEIGHT + 56.0 + rows * 20.0 + 10.0;
    Some(draw(height, |canvas| {
        title(canvas, &finding, &below);
        plot(canvas, top, &dots, answer, names);
        legend(canvas, &entries, BORDER, top + HEIGHT + 64.0);
    }))
}

fn finding(answer: &Answer, [x, y]: [&str; 2]) -> String {
    let Some(best) = answer.best() else {
        return "No design keeps every bound".to_owned();
    };
    let row = &answer.rows[best];
    let value = |side: usize, name: &str| {
        let mean = row.mean(answer.sides[side].0);
        format!("{} {}", mean.map_or("–".to_owned(), |mean| said(name, mean)), called(name))
    };
    format!("{} at {}", value(0, x), value(1, y))
}

fn legend_entries(chosen: bool) -> Vec<Entry> {
    let entry = |colour, text: &str| Entry { colour, text: text.to_owned() };
    let mut entries = vec![entry(frame::BLUE, "keeps every bound"), entry(GREY, "breaks a bound")];
    if chosen {
        entries.push(entry(VERMILION, "recommended"));
    }
    entries
}

fn plot(canvas: &Canvas<'_>, top: f64, dots: &[Dot], answer: &Answer, names: [&str; 2]) {
    let bounds = |side: usize| {
        answer.terms.constraints.iter().filter_map(move |constraint| match &constraint.bound {
            Bound::Number(limit) if limit.metric == answer.sides[side].0 => Some(limit.value),
            _ => None,
        })
    };
    let values = |side: usize, of: fn(&Dot) -> f64| -> Vec<f64> {
        dots.iter().map(of).chain(bounds(side)).collect()
    };
    let width = WIDTH - LEFT - RIGHT;
    let xs = Axis::around(&values(0, |dot| dot.x), LEFT, width);
    let ys = Axis::around(&values(1, |dot| dot.y), top + HEIGHT, -HEIGHT);
    axes(canvas, top, &xs, &ys, names);
    for bound in bounds(0) {
        let x = xs.at(bound);
        canvas.dashes(&[(x, top), (x, top + HEIGHT)], 1.2, FAINT);
        let left = x < LEFT + 0.8 * width;
        let (align, at) = if left { (Align::Left, x + 6.0) } else { (Align::Right, x - 6.0) };
        let words = format!("bound {}", said(names[0], bound));
        canvas.text(at, top + 8.0, &words, 12.0, align, FAINT);
    }
    for bound in bounds(1) {
        let y = ys.at(bound);
        canvas.dashes(&[(LEFT, y), (LEFT + width, y)], 1.2, FAINT);
        canvas.text(
            LEFT + width,
            y - 9.0,
            &format!("bound {}", said(names[1], bound)),
            12.0,
            Align::Right,
            FAINT,
        );
    }
    let at = |design: usize| dots.iter().find(|dot| dot.design == design);
    let front: Vec<(f64, f64)> = answer.fronts[1]
        .iter()
        .filter_map(|&design| at(design).map(|dot| (xs.at(dot.x), ys.at(dot.y))))
        .collect();
    if front.len() > 1 {
        canvas.line(&front, 1.5, frame::BLUE);
    }
    let best = answer.best();
    let order = |dot: &&Dot| (dot.feasible, Some(dot.design) == best);
    let mut sorted: Vec<&Dot> = dots.iter().collect();
    sorted.sort_by_key(order);
    for dot in sorted {
        let chosen = Some(dot.design) == best;
        let (colour, size) = match (chosen, dot.feasible) {
            (true, _) => (VERMILION, 6.0),
            (_, true) => (frame::BLUE, 4.0),
            _ => (GREY, 3.5),
        };
        spot(canvas, xs.at(dot.x), ys.at(dot.y), size, colour);
    }
}

/// A disc as a polygon of twelve corners.
fn spot(canvas: &Canvas<'_>, x: f64, y: f64, size: f64, colour: RGBColor) {
    let corner = |i: u32| {
        let angle = f64::from(i) * std::f64::consts::PI / 6.0;
        (x + size * libm::cos(angle), y + size * libm::sin(angle))
    };
    canvas.area(&(0..12).map(corner).collect::<Vec<_>>(), colour);
}

fn axes(canvas: &Canvas<'_>, top: f64, xs: &Axis, ys: &Axis, [x, y]: [&str; 2]) {
    let bottom = top + HEIGHT;
    for value in ys.ticks() {
        let at = ys.at(value);
        canvas.line(&[(LEFT, at), (LEFT + xs.length, at)], 1.0, GRID);
        canvas.text(LEFT - 8.0, at, &said(y, value), LABEL, Align::Right, INK);
    }
    for value in xs.ticks() {
        let at = xs.at(value);
        canvas.line(&[(at, bottom), (at, bottom + 5.0)], 1.0, FAINT);
        canvas.text(at, bottom + 16.0, &said(x, value), LABEL, Align::Centre, INK);
    }
    canvas.line(&[(LEFT, top), (LEFT, bottom), (LEFT + xs.length, bottom)], 1.0, FAINT);
    canvas.text(LEFT + xs.length / 2.0, bottom + 38.0, &called(x), LABEL, Align::Centre, INK);
    canvas.upright(frame::UPRIGHT, top + HEIGHT / 2.0, &called(y), LABEL, INK);
}
