//! Figures of studies: lines with bands, heat maps, small multiples.

mod axis;
mod heat;
mod lines;
mod panels;
mod stroke;

use crate::spec::study::{Figure, FigureKind, Fixed};
use crate::study::metric::label;
use crate::study::sweep::{Curves, Plan, Row, join};
use crate::study::words::capital;

/// The figures of a study: (path in its folder, file). One without a result is left out.
pub fn figures(plan: &Plan, rows: &[Row]) -> Vec<(String, Vec<u8>)> {
    let curves = Curves { plan, rows };
    let draw = |figure: &Figure| {
        let svg = match figure.kind {
            FigureKind::Line { .. } => lines::draw(&curves, figure),
            FigureKind::HeatMap { y } => heat::draw(&curves, figure, y),
            FigureKind::SmallMultiples { panel, .. } => panels::draw(&curves, figure, panel),
        }?;
        Some((format!("figures/{}.svg", figure.name), svg.into_bytes()))
    };
    plan.study.figures.iter().filter_map(draw).collect()
}

/// The title as given, or what is shown.
fn title(curves: &Curves<'_>, figure: &Figure) -> String {
    figure.title.clone().unwrap_or_else(|| {
        let study = &curves.plan.study;
        let metric = label(&study.metrics[figure.metric]);
        // The unit stands at the axis.
        let bare = metric.rsplit_once(", ").map_or(metric.as_str(), |(bare, _)| bare);
        let shown = |axis: usize| study.axes[axis].label.as_str();
        let over = match figure.kind {
            FigureKind::HeatMap { y } => format!("{} and {}", shown(figure.x), shown(y)),
            _ => shown(figure.x).to_owned(),
        };
        format!("{} over {over}", capital(bare))
    })
}

/// What is held, how often it was run, what bands and rings mean.
fn subtitle(curves: &Curves<'_>, figure: &Figure, bands: bool) -> String {
    let study = &curves.plan.study;
    let mut parts = vec![format!("Study {}", study.name)];
    if matches!(figure.kind, FigureKind::HeatMap { .. }) {
        parts.push(format!("cells: {}", label(&study.metrics[figure.metric])));
    }
    let held = held(curves, &figure.fixed);
    if !held.is_empty() {
        parts.push(held);
    }
    let n = || curves.rows.iter().map(|row| row.n).filter(|&n| n > 0);
    match (n().min(), n().max()) {
        (Some(1), Some(1)) => parts.push("one run a point".to_owned()),
        (Some(least), Some(most)) if least == most => {
            parts.push(format!("means of {most} replicates"));
        }
        (Some(least), Some(most)) => parts.push(format!("means of {least} to {most} replicates")),
        _ => {}
    }
    if bands {
        parts.push("bands are 95 % intervals".to_owned());
    }
    if figure.knee {
        parts.push("rings mark knees: 95 % of the way from first to best value".to_owned());
    }
    parts.join("; ")
}

fn held(curves: &Curves<'_>, fixed: &Fixed) -> String {
    let axes = &curves.plan.study.axes;
    let pair = |&(axis, level): &(usize, usize)| {
        (axes[axis].label.clone(), axes[axis].list()[level].text.clone())
    };
    join(&fixed.iter().map(pair).collect::<Vec<_>>())
}
