//! One terminal screen: the gap, its parts, what removing each would give, one sentence.

use super::{GapContext, place};
use crate::report::screen::{COLUMNS, Screen, fit, wrap};
use crate::study::gap::{CauseShare, Gap, Scale, conclusion, may_be_nothing};
use crate::study::words::{figures, percent, thousands};

/// Columns of a full bar.
const BAR: usize = 12;
/// Columns of a cause's name at most.
const NAME: usize = 30;
/// Columns between two columns of the table.
const GAP: usize = 2;

/// The screen of a gap, in 100 columns. Colours are for terminals alone; `details` adds what
/// pairing is worth and how many runs it took.
pub fn screen(gap: &Gap, context: &GapContext<'_>, details: bool, colour: bool) -> String {
    let mut screen = Screen { lines: Vec::new(), colour };
    let scale = Scale::of(gap);
    head(&mut screen, gap, context);
    whole(&mut screen, gap, &scale);
    parts(&mut screen, gap, &scale);
    screen.line("");
    let lines = wrap(&conclusion(gap), "");
    screen.lines.extend(lines);
    for note in &gap.notes {
        screen.lines.extend(wrap(&format!("note     {note}"), "         "));
    }
    if details {
        self::details(&mut screen, gap, context);
    }
    screen.line(format!("results  {}", place(context).display()));
    screen.lines.join("\n") + "\n"
}

fn head(screen: &mut Screen, gap: &Gap, context: &GapContext<'_>) {
    let name = screen.style("1", &fit(context.name, 40));
    let seed = match context.scenario {
        Some(scenario) => format!("simulated, seed {}", scenario.seed),
        None => "measured".to_owned(),
    };
    let interval = match gap.replicates() {
        1 => "1 replicate".to_owned(),
        n => format!("{n} paired replicates, ± is a 95 % interval"),
    };
    let plural = if gap.causes.len() == 1 { "cause" } else { "causes" };
    screen.line(format!("{name}  {} {plural}, {seed}, {interval}", gap.causes.len()));
}

fn whole(screen: &mut Screen, gap: &Gap, scale: &Scale) {
    screen.line("");
    let relative = gap.relative.map_or(String::new(), |relative| {
        let half = relative.half_width.map_or(String::new(), |h| format!(" ± {}", percent(h)));
        format!("   {}{half} of the laboratory", percent(relative.mean))
    });
    let rows = [
        ("laboratory", &gap.lab, String::new()),
        ("production", &gap.production, String::new()),
        ("gap", &gap.gap, relative),
    ];
    let values = rows.each_ref().map(|(_, e, _)| scale.level_plus_minus(e));
    let width = values.iter().map(|value| value.chars().count()).max().unwrap_or(0);
    for ((name, _, beside), value) in rows.iter().zip(values) {
        let name = screen.style(if *name == "gap" { "1" } else { "0" }, &format!("{name:<10}"));
        let value = scale.with_unit(format!("{value:>width$}"));
        screen.line(format!("  {name}  {value}{beside}"));
    }
}

/// Right-aligned columns under their names.
fn parts(screen: &mut Screen, gap: &Gap, scale: &Scale) {
    let rows: Vec<[String; 5]> = gap.causes.iter().map(|share| row(share, scale)).collect();
    let heads = ["share", "of gap", "alone", "removed", "wins back"];
    let mut widths = heads.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    // Names get what the numbers leave; where that is little, the bars go.
    let room = COLUMNS.saturating_sub(widths.iter().sum::<usize>() + 6 * GAP);
    let bars = if room >= NAME / 2 + BAR + GAP { BAR } else { 0 };
    let names = room.saturating_sub(if bars > 0 { bars + GAP } else { 0 }).clamp(8, NAME);
    let line = |name: &str, bar: &str, cells: &[String; 5]| {
        let [share, of_gap, alone, removed, wins] = cells;
        let [a, b, c, d, e] = widths;
        let bar = if bars > 0 { format!("{bar:<bars$}  ") } else { String::new() };
        let name = fit(name, names);
        format!(
            "  {name:<names$}  {share:>a$}  {bar}{of_gap:>b$}  {alone:>c$}  {removed:>d$}  {wins:>e$}"
        )
    };
    let unit = if scale.unit.is_empty() { String::new() } else { format!(", {}", scale.unit) };
    screen.line("");
    let head = line(&format!("cause{unit}"), "", &heads.map(str::to_owned));
    let head = screen.style("1", &head);
    screen.line(head);
    for (share, row) in gap.causes.iter().zip(&rows) {
        let blocks = (share.of_gap.unwrap_or(0.0).clamp(0.0, 1.0) * BAR as f64).round() as usize;
        screen.line(line(gap.name(share), &"█".repeat(blocks), row));
    }
    if gap.causes.len() > 1 {
        let interaction = scale.plus_minus(&gap.interaction);
        screen.line(format!(
            "  alone they cost {} together; their interaction makes up {interaction}",
            scale.bare(gap.gap.mean - gap.interaction.mean)
        ));
    }
    if rows.iter().any(|[share, ..]| share.starts_with('~')) {
        screen.line("  ~ cannot be told from 0: the interval holds it");
    }
}

fn row(share: &CauseShare, scale: &Scale) -> [String; 5] {
    let nothing = share.share.mean == 0.0 && share.share.half_width.is_none_or(|half| half == 0.0);
    let size = match may_be_nothing(&share.share) {
        _ if nothing => "0".to_owned(),
        true => format!("~ {}", scale.plus_minus(&share.share)),
        false => scale.plus_minus(&share.share),
    };
    [
        size,
        share.of_gap.map_or("–".to_owned(), percent),
        scale.bare(share.alone.mean),
        scale.level(share.without.mean),
        scale.plus_minus(&share.wins_back),
    ]
}

fn details(screen: &mut Screen, gap: &Gap, context: &GapContext<'_>) {
    let runs = gap.runs.coalitions.len() * gap.replicates();
    let text = match gap.orders {
        None => "Shapley shares are exact: every coalition has its goodput".to_owned(),
        Some(orders) => format!("Shapley shares are sampled along {orders} orders"),
    };
    let coalitions = thousands(gap.runs.coalitions.len() as f64);
    let what = if context.scenario.is_some() { "runs" } else { "goodputs" };
    let text =
        format!("details  {text} ({coalitions} coalitions, {} {what})", thousands(runs as f64));
    screen.lines.extend(wrap(&text, "         "));
    for share in &gap.causes {
        if let Some(half) = share.half_width_of_orders {
            let scale = Scale::of(gap);
            let name = fit(gap.name(share), NAME);
            let half = scale.with_unit(scale.bare(half));
            screen.line(format!("         {name:<NAME$} ± {half} from sampled orders"));
        }
    }
    let text = match gap.pairing {
        Some(p) => format!(
            "details  common random numbers: independent runs would need {} times as many to know \
             laboratory less production as well (95 % interval {} to {})",
            figures(p.factor),
            figures(p.low),
            figures(p.high)
        ),
        None => "details  what common random numbers are worth takes two replicates that differ"
            .to_owned(),
    };
    screen.lines.extend(wrap(&text, "         "));
}
