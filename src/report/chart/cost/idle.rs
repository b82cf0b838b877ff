//! From what a year costs down to what of it is useful, a step for each cause of idling.

use super::{interval, scale};
use crate::cost::CellId;
use crate::report::chart::frame;
use crate::report::chart::waterfall::{self, Row};
use crate::report::cost::cause;
use crate::study::cost::Priced;
use crate::study::words::{capital, figures, percent, within};

/// Causes that are shown; smaller ones are put together.
const CAUSES: usize = 8;
/// A cause below this part of idle dollars is put together with others.
const LEAST: f64 = 0.005;

/// The figure; none if no time is idle.
pub fn draw(priced: &Priced) -> Option<String> {
    let total = priced.costs.cell("total_cost_per_year");
    let idle = priced.value("idle_cost_per_year").filter(|idle| *idle > 0.0)?;
    let year = priced.values[total];
    let (per, unit) = scale(year);
    let level = |label: &str, value: f64, half: Option<f64>| Row {
        label: label.to_owned(),
        from: None,
        to: value / per,
        half_width: half.map(|half| half / per),
        words: figures(value / per),
        colour: frame::BLUE,
    };
    let causes = causes(priced);
    let mut rows = vec![level("All costs", year, priced.half_widths[total])];
    let mut at = year;
    for (label, usd, half) in &causes {
        let from = at;
        at -= usd;
        rows.push(Row {
            label: label.clone(),
            from: Some(from / per),
            to: at / per,
            half_width: half.map(|half| half / per),
            words: format!("−{} ({})", figures(usd / per), percent(usd / idle)),
            colour: frame::ORANGE,
        });
    }
    rows.push(level("Useful", year - idle, None));
    let first = causes.first()?;
    let of = if causes.len() > 1 {
        format!("; {} of that is {}", percent(first.1 / idle), within(&first.0))
    } else {
        String::new()
    };
    let title = format!("Idle GPUs burn {} {unit} a year{of}", figures(idle / per));
    let subtitle = format!(
        "What a year costs, less what idle time takes by cause (part of idle dollars in \
         brackets){}",
        interval(priced)
    );
    Some(waterfall::draw(
        &rows,
        waterfall::room(&rows),
        &title,
        &subtitle,
        &format!("{unit} per year"),
    ))
}

/// Causes, dearest first: name, dollars a year, half-width. Several boxes of one stage stay apart.
fn causes(priced: &Priced) -> Vec<(String, f64, Option<f64>)> {
    let grid = &priced.costs.idle;
    let place = grid.column("usd_per_year");
    let of = |row: &crate::cost::Row| -> Option<(String, CellId)> {
        Some((capital(&cause(&row.words)), row.cells[place]?))
    };
    let mut list: Vec<(String, f64, Option<f64>)> = grid
        .rows
        .iter()
        .filter_map(of)
        .map(|(label, cell)| (label, priced.values[cell], priced.half_widths[cell]))
        .filter(|(_, usd, _)| *usd > 0.0)
        .collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    let all: f64 = list.iter().map(|(_, usd, _)| usd).sum();
    let large = list.iter().take(CAUSES).filter(|(_, usd, _)| *usd >= LEAST * all).count();
    if list.len() > large + 1 {
        let rest = list.split_off(large);
        let usd = rest.iter().map(|(_, usd, _)| usd).sum();
        let words = match rest.len() {
            1 => "a smaller cause".to_owned(),
            n => format!("{n} smaller causes"),
        };
        list.push((words, usd, None));
    }
    list
}
