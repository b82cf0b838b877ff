//! Small multiples: lines in panels that share their axes.

use super::axis::{Area, Bottom, Side};
use super::lines::{Line, extent, lines_of, plot};
use super::stroke::style;
use super::{subtitle, title};
use crate::report::chart::canvas::{self, Align, Canvas, FAINT, INK, WIDTH, shorten, text_width};
use crate::report::chart::frame::{self, BORDER, LABEL};
use crate::spec::study::Figure;
use crate::study::metric::label;
use crate::study::sweep::Curves;

/// Height of a panel's plot, pixels.
const HEIGHT: f64 = 170.0;
/// Room above a panel's plot for its name, and below for labels.
const ABOVE: f64 = 30.0;
const BELOW: f64 = 34.0;
/// Room between panels.
const GAP: f64 = 22.0;

/// The figure; none without a result.
pub fn draw(curves: &Curves<'_>, figure: &Figure, panel: usize) -> Option<String> {
    let study = &curves.plan.study;
    let of_panel = |level: usize| {
        let mut held = figure.fixed.clone();
        held.push((panel, level));
        let name = format!("{} {}", study.axes[panel].label, study.axes[panel].list()[level].text);
        (name, lines_of(curves, figure, &held))
    };
    let panels: Vec<(String, Vec<Line>)> = curves.order(panel).into_iter().map(of_panel).collect();
    let (least, most) = extent(panels.iter().flat_map(|(_, lines)| lines))?;
    let bottom = Bottom::of(&study.axes[figure.x], &curves.order(figure.x), figure.log_x);
    let side = Side::of(curves, figure, least, most);
    let all = || panels.iter().flat_map(|(_, lines)| lines).flat_map(|line| &line.points);
    let (title, subtitle) =
        (title(curves, figure), subtitle(curves, figure, all().any(|point| point.2 > 0.0)));
    let columns = if panels.len() <= 4 { panels.len().min(2) } else { 3 };
    let rows = panels.len().div_ceil(columns);
    let top = frame::title_height(&title, &subtitle) + 4.0;
    let series = figure.kind.series().map(|axis| study.axes[axis].label.as_str());
    let names: Vec<&str> = panels[0].1.iter().map(|line| line.name.as_str()).collect();
    let legend = series.map_or(0.0, |series| legend_rows(series, &names) as f64 * 22.0);
    let pitch = ABOVE + HEIGHT + BELOW;
    Some(canvas::draw(top + legend + rows as f64 * pitch + 28.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        if let Some(series) = series {
            draw_legend(canvas, series, &names, top + 8.0);
        }
        let left = 46.0 + side.width();
        let width = (WIDTH - left - BORDER - GAP * (columns - 1) as f64) / columns as f64;
        let begin = top + legend;
        for (i, (name, lines)) in panels.iter().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let area = Area {
                left: left + column as f64 * (width + GAP),
                top: begin + row as f64 * pitch + ABOVE,
                width,
                height: HEIGHT,
            };
            let name = shorten(name, LABEL, width);
            canvas.bold(area.left, area.top - 14.0, &name, LABEL, Align::Left, INK);
            plot(canvas, &area, &bottom, &side, lines, column == 0);
            bottom.draw(canvas, &area, None);
            if lines.iter().all(|line| line.points.is_empty()) {
                let middle = (area.left + width / 2.0, area.top + HEIGHT / 2.0);
                canvas.text(middle.0, middle.1, "no result", LABEL, Align::Centre, FAINT);
            }
        }
        let metric = label(&study.metrics[figure.metric]);
        let height = rows as f64 * pitch;
        canvas.upright(frame::UPRIGHT, begin + height / 2.0, &metric, LABEL, INK);
        let middle = left + (WIDTH - left - BORDER) / 2.0;
        let x = &study.axes[figure.x].label;
        canvas.text(middle, begin + height + 10.0, x, LABEL, Align::Centre, INK);
    }))
}

/// Where each entry of the legend stands: (x, row).
fn legend_places(series: &str, names: &[&str]) -> Vec<(f64, usize)> {
    let start = BORDER + text_width(series, LABEL) + 14.0;
    let (mut x, mut row) = (start, 0);
    let mut places = Vec::new();
    for name in names {
        let width = 38.0 + text_width(name, LABEL);
        if x > start && x + width > WIDTH - BORDER {
            (x, row) = (start, row + 1);
        }
        places.push((x, row));
        x += width + 20.0;
    }
    places
}

fn legend_rows(series: &str, names: &[&str]) -> usize {
    legend_places(series, names).last().map_or(0, |place| place.1 + 1)
}

fn draw_legend(canvas: &Canvas<'_>, series: &str, names: &[&str], y: f64) {
    canvas.text(BORDER, y, series, LABEL, Align::Left, INK);
    for (i, (name, (x, row))) in names.iter().zip(legend_places(series, names)).enumerate() {
        let y = y + row as f64 * 22.0;
        let style = style(i);
        style.line(canvas, &[(x, y), (x + 30.0, y)]);
        style.mark(canvas, (x + 15.0, y));
        canvas.text(x + 38.0, y, name, LABEL, Align::Left, INK);
    }
}
