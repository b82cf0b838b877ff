//! A metric over an axis: lines with bands.

use super::axis::{Area, Bottom, Side};
use super::stroke::{Style, ring, style};
use super::{subtitle, title};
use crate::report::chart::canvas::{self, Align, Canvas, FAINT, INK, WIDTH, shorten, text_width};
use crate::report::chart::frame::{self, BORDER, LABEL};
use crate::spec::study::Figure;
use crate::study::metric::label;
use crate::study::sweep::Curves;

/// Height of the plot itself, pixels.
const HEIGHT: f64 = 330.0;
/// Widest label at the end of a line.
const NAME: f64 = 150.0;
/// Distance between labels at the ends of lines.
const LINE: f64 = 17.0;

/// A line of a figure.
pub struct Line {
    /// What stands at its end.
    pub name: String,
    /// (position from the left, mean, half-width) where there is a result.
    pub points: Vec<(usize, f64, f64)>,
    /// Position of its knee.
    pub knee: Option<usize>,
}

impl Line {
    /// Positions and values of its points: the largest values first.
    fn last(&self) -> Option<f64> {
        self.points.last().map(|point| point.1)
    }
}

/// The lines of a figure with `held` axes at one value (the figure's own, a panel's).
pub fn lines_of(curves: &Curves<'_>, figure: &Figure, held: &[(usize, usize)]) -> Vec<Line> {
    let study = &curves.plan.study;
    let series = figure.kind.series();
    let one = [None];
    let levels: Vec<Option<usize>> = match series {
        Some(axis) => curves.order(axis).into_iter().map(Some).collect(),
        None => one.to_vec(),
    };
    let order = curves.order(figure.x);
    let line = |level: Option<usize>| {
        let mut fixed = held.to_vec();
        if let (Some(axis), Some(level)) = (series, level) {
            fixed.push((axis, level));
        }
        let start = vec![0; study.axes.len()];
        let positions = fixed.iter().fold(start, |at, &(axis, l)| curves.moved(&at, axis, l));
        let point = |(position, &level): (usize, &usize)| {
            let row = curves.row(&curves.moved(&positions, figure.x, level));
            let estimate = row.metrics[figure.metric]?;
            Some((position, estimate.mean, estimate.half_width.unwrap_or(0.0)))
        };
        let knee = curves.knee(&positions, figure.x, figure.metric).filter(|_| figure.knee);
        let name = series.zip(level).map(|(a, l)| study.axes[a].list()[l].text.clone());
        Line {
            name: name.unwrap_or_default(),
            points: order.iter().enumerate().filter_map(point).collect(),
            knee: knee.and_then(|(level, _)| order.iter().position(|&l| l == level)),
        }
    };
    levels.into_iter().map(line).collect()
}

/// Smallest mean and largest end of a band of all lines; none without a point.
pub fn extent<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<(f64, f64)> {
    let points = lines.flat_map(|line| &line.points);
    points.fold(None, |range: Option<(f64, f64)>, &(_, mean, half)| {
        let (least, most) = range.unwrap_or((mean, mean));
        Some((least.min(mean), most.max(mean + half)))
    })
}

/// The figure; none without a result.
pub fn draw(curves: &Curves<'_>, figure: &Figure) -> Option<String> {
    if curves.plan.study.sample.is_some() {
        return scatter(curves, figure);
    }
    let study = &curves.plan.study;
    let lines = lines_of(curves, figure, &figure.fixed);
    let (least, most) = extent(lines.iter())?;
    let bottom = Bottom::of(&study.axes[figure.x], &curves.order(figure.x), figure.log_x);
    let side = Side::of(curves, figure, least, most);
    let names = lines.iter().map(|line| text_width(&line.name, LABEL)).fold(0.0, f64::max);
    let series = figure.kind.series().map(|axis| study.axes[axis].label.as_str());
    let names = names.max(series.map_or(0.0, |label| text_width(label, LABEL))).min(NAME);
    let bands = lines.iter().flat_map(|line| &line.points).any(|point| point.2 > 0.0);
    let (title, subtitle) = (title(curves, figure), subtitle(curves, figure, bands));
    let top = frame::title_height(&title, &subtitle) + 8.0;
    Some(canvas::draw(top + HEIGHT + 60.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        let left = 46.0 + side.width();
        let right = BORDER + if names > 0.0 { names + 14.0 } else { 0.0 };
        let area = Area { left, top, width: WIDTH - left - right, height: HEIGHT };
        let metric = label(&study.metrics[figure.metric]);
        canvas.upright(frame::UPRIGHT, top + HEIGHT / 2.0, &metric, LABEL, INK);
        plot(canvas, &area, &bottom, &side, &lines, true);
        bottom.draw(canvas, &area, Some(&study.axes[figure.x].label));
        ends(canvas, &area, &side, &lines, series);
    }))
}

/// Grid, bands, lines, markers and rings.
pub fn plot(
    canvas: &Canvas<'_>,
    area: &Area,
    bottom: &Bottom,
    side: &Side,
    lines: &[Line],
    labels: bool,
) {
    side.draw(canvas, area, labels);
    let x = |position: usize| bottom.x(area, bottom.number(position));
    for (i, line) in lines.iter().enumerate() {
        let edge = |sign: f64| {
            let at = move |&(p, mean, half): &(usize, f64, f64)| {
                (x(p), side.y(area, mean + sign * half))
            };
            line.points.iter().map(at)
        };
        let outline: Vec<(f64, f64)> = edge(1.0).chain(edge(-1.0).rev()).collect();
        if line.points.len() > 1 && line.points.iter().any(|point| point.2 > 0.0) {
            canvas.area(&outline, style(i).tint());
        }
    }
    frame_lines(canvas, area);
    for (i, line) in lines.iter().enumerate() {
        let style: Style = style(i);
        let points: Vec<(f64, f64)> =
            line.points.iter().map(|&(p, mean, _)| (x(p), side.y(area, mean))).collect();
        // A gap stands where a point has no result.
        let mut from = 0;
        for i in 1..=points.len() {
            if i == points.len() || line.points[i].0 != line.points[i - 1].0 + 1 {
                style.line(canvas, &points[from..i]);
                from = i;
            }
        }
        points.iter().for_each(|&point| style.mark(canvas, point));
        for (&point, &(position, ..)) in points.iter().zip(&line.points) {
            if line.knee == Some(position) {
                ring(canvas, point);
            }
        }
    }
}

fn frame_lines(canvas: &Canvas<'_>, area: &Area) {
    let corner = (area.left, area.bottom());
    canvas.line(&[(area.left, area.top), corner, (area.right(), area.bottom())], 1.0, FAINT);
}

/// Names at the right ends of lines, moved apart where they would overlap.
fn ends(canvas: &Canvas<'_>, area: &Area, side: &Side, lines: &[Line], series: Option<&str>) {
    let Some(series) = series else { return };
    let mut places: Vec<(usize, f64)> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        places.extend(line.last().map(|value| (i, side.y(area, value))));
    }
    places.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    // The name of the axis stands above the first.
    if let Some(first) = places.first_mut() {
        first.1 = first.1.max(area.top + LINE - 9.0);
    }
    for i in 1..places.len() {
        places[i].1 = places[i].1.max(places[i - 1].1 + LINE);
    }
    // What was pushed below the plot is moved back up.
    let mut floor = area.bottom() + 4.0;
    for place in places.iter_mut().rev() {
        place.1 = place.1.min(floor);
        floor = place.1 - LINE;
    }
    let x = area.right() + 8.0;
    for &(i, y) in &places {
        let name = shorten(&lines[i].name, LABEL, NAME);
        canvas.text(x, y, &name, LABEL, Align::Left, ink(style(i).colour));
    }
    let above = places.first().map_or(area.top, |place| place.1) - LINE - 3.0;
    canvas.text(
        x,
        above.max(area.top - 10.0),
        &shorten(series, LABEL, NAME),
        LABEL,
        Align::Left,
        FAINT,
    );
}

/// A colour dark enough for text.
fn ink(colour: plotters::style::RGBColor) -> plotters::style::RGBColor {
    let dark = |part: u8| (u16::from(part) * 7 / 10) as u8;
    plotters::style::RGBColor(dark(colour.0), dark(colour.1), dark(colour.2))
}

/// A dot a sampled point.
fn scatter(curves: &Curves<'_>, figure: &Figure) -> Option<String> {
    let study = &curves.plan.study;
    let mut dots: Vec<(f64, f64, f64)> = Vec::new();
    for (index, row) in curves.rows.iter().enumerate() {
        let level = &curves.plan.point(index as u64).levels[figure.x];
        if let (Some(e), Some(number)) = (row.metrics[figure.metric], level.number) {
            dots.push((number, e.mean, e.half_width.unwrap_or(0.0)));
        }
    }
    let least = dots.iter().map(|dot| dot.1).reduce(f64::min)?;
    let most = dots.iter().map(|dot| dot.1 + dot.2).reduce(f64::max)?;
    let bottom = Bottom::sampled(&study.axes[figure.x], figure.log_x)?;
    let side = Side::of(curves, figure, least, most);
    let (title, subtitle) = (title(curves, figure), subtitle(curves, figure, false));
    let top = frame::title_height(&title, &subtitle) + 8.0;
    Some(canvas::draw(top + HEIGHT + 60.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        let left = 46.0 + side.width();
        let area = Area { left, top, width: WIDTH - left - BORDER, height: HEIGHT };
        let metric = label(&study.metrics[figure.metric]);
        canvas.upright(frame::UPRIGHT, top + HEIGHT / 2.0, &metric, LABEL, INK);
        side.draw(canvas, &area, true);
        frame_lines(canvas, &area);
        for (number, mean, half) in &dots {
            let x = bottom.x(&area, *number);
            let (high, low) = (side.y(&area, mean + half), side.y(&area, mean - half));
            canvas.line(&[(x, high), (x, low)], 1.0, style(0).tint());
        }
        for (number, mean, _) in &dots {
            style(0).mark(canvas, (bottom.x(&area, *number), side.y(&area, *mean)));
        }
        bottom.draw(canvas, &area, Some(&study.axes[figure.x].label));
    }))
}
