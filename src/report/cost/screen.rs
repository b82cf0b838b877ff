//! One terminal screen that needs no help: what it costs, how much of that is idle and why, what a
//! unit of work costs, buying against renting, what moves the answer.

use super::money::{cause, in_unit, shortened, usd};
use super::{CostContext, place};
use crate::cost::{ABROAD, HOURS_PER_YEAR};
use crate::model::Tenure;
use crate::report::screen::{Screen, fit, wrap};
use crate::study::cost::{Priced, Sensitivity};
use crate::study::words::{figures, percent, thousands, within};

/// Columns of a full bar.
const BAR: usize = 12;
/// Rows of a list that are shown; the rest is in the files.
const ROWS: usize = 6;
/// Lines below this part of the total are shown together.
const LEAST: f64 = 0.01;

/// The screen. Colours are for terminals alone.
pub fn screen(
    priced: &Priced,
    sensitivity: &Sensitivity,
    context: &CostContext<'_>,
    colour: bool,
) -> String {
    let mut screen = Screen { lines: Vec::new(), colour };
    head(&mut screen, priced, context);
    lines(&mut screen, priced);
    idle(&mut screen, priced);
    gap(&mut screen, priced);
    units(&mut screen, priced);
    tenure(&mut screen, priced);
    replicate(&mut screen, priced);
    fixes(&mut screen, priced);
    moves(&mut screen, priced, sensitivity);
    foot(&mut screen, priced, context);
    screen.lines.join("\n") + "\n"
}

fn head(screen: &mut Screen, priced: &Priced, context: &CostContext<'_>) {
    let name = screen.style("1", &fit(&context.scenario.name, 40));
    let terms = match context.money().tenure {
        Tenure::Owned => "owned".to_owned(),
        other => format!("rented {}", other.name()),
    };
    let hours = priced.mean.hours;
    let length = match hours {
        _ if hours < 2.0 => format!("{} s", figures(hours * 3600.0)),
        _ => format!("{} h", figures(hours)),
    };
    let runs = match (context.ledger, priced.runs.len()) {
        (Some(file), 1) => format!("ledger {}, {length}", fit(file, 30)),
        (Some(file), n) => format!("ledger {}, {n} runs of {length}", fit(file, 30)),
        (None, 1) => format!("1 simulated run of {length}"),
        (None, n) => format!("{n} simulated runs of {length}, ± is a 95 % interval"),
    };
    let gpus = thousands(context.scenario.gpus() as f64);
    screen.line(format!("{name}  {gpus} GPUs, {terms}; {runs}"));
}

/// `value ± half-width` in dollars.
fn plus_minus(priced: &Priced, key: &str) -> String {
    let value = usd(priced.value(key).unwrap_or(f64::NAN));
    priced.half_width(key).map_or(value.clone(), |half| format!("{value} ± {}", usd(half)))
}

fn lines(screen: &mut Screen, priced: &Priced) {
    let total = priced.value("total_cost_per_hour").unwrap_or(0.0);
    screen.line("");
    let head = format!("{:<46} {:>12} {:>14} {:>8}", "Costs", "USD/h", "USD/year", "of all");
    let head = screen.style("1", &head);
    screen.line(head);
    let mut small = 0.0;
    for line in &priced.costs.lines {
        let an_hour = priced.values[line.per_hour];
        if an_hour.abs() < LEAST * total {
            small += an_hour;
            continue;
        }
        let name = fit(&format!("{}: {}", line.group, line.label), 44);
        screen.line(row(&name, an_hour, total));
    }
    if small > 0.0 {
        screen.line(row("smaller lines, in cost_lines.csv", small, total));
    }
    let text = screen.style("1", &row("total", total, total));
    screen.line(text);
}

fn row(name: &str, an_hour: f64, total: f64) -> String {
    let share = if total > 0.0 { percent(an_hour / total) } else { "–".to_owned() };
    let (hour, year) = (usd(an_hour), usd(an_hour * HOURS_PER_YEAR));
    format!("  {name:<44} {hour:>12} {year:>14} {share:>8}")
}

fn idle(screen: &mut Screen, priced: &Priced) {
    let value = |key: &str| priced.value(key).unwrap_or(0.0);
    let idle = value("idle_cost_per_hour");
    if idle <= 0.0 {
        screen.line("");
        screen.line("No GPU time is idle.");
        return;
    }
    screen.heading(&format!(
        "Idle GPUs burn {} USD/h, {} USD a year: {} of the cost, {} of GPU time",
        plus_minus(priced, "idle_cost_per_hour"),
        usd(value("idle_cost_per_year")),
        percent(value("idle_share_of_cost")),
        percent(value("idle_share"))
    ));
    let grid = &priced.costs.idle;
    let (hour, year) = (grid.column("usd_per_hour"), grid.column("usd_per_year"));
    let of =
        |row: &crate::cost::Row, i: usize| row.cells[i].map_or(0.0, |cell| priced.values[cell]);
    let mut rows: Vec<&crate::cost::Row> = grid.rows.iter().collect();
    rows.sort_by(|a, b| of(b, hour).total_cmp(&of(a, hour)));
    let large = rows.iter().take(ROWS).filter(|row| of(row, hour) >= LEAST / 2.0 * idle).count();
    let rest: f64 = rows.iter().skip(large).map(|row| of(row, year)).sum();
    for row in rows.iter().take(large) {
        let share = of(row, hour) / idle;
        let blocks = (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
        let bar = screen.style("33", &"█".repeat(blocks));
        let gap = " ".repeat(BAR - blocks.min(BAR));
        let name = cause(&row.words);
        let usd = usd(of(row, year));
        let name = shortened(&name, 54);
        screen.line(format!("  {name:<54} {bar}{gap} {:>6} {usd:>10} USD/year", percent(share)));
    }
    if rest > 0.0 {
        let words = match rows.len() - large {
            1 => "a smaller cause".to_owned(),
            n => format!("{n} smaller causes"),
        };
        screen.line(format!("  {words:<54} {:12} {:>6} {:>10} USD/year", "", "", usd(rest)));
    }
    let sum = |key: &str| grid.cells(key).map(|cell| priced.values[cell]).sum::<f64>();
    let sunk = sum("sunk_usd_per_hour");
    let text = format!(
        "  {} of it is sunk (paid whether GPUs work or not: it buys work once the cause is gone), \
         {} avoidable (energy, rent by the hour)",
        percent(sunk / idle),
        percent(1.0 - sunk / idle)
    );
    note(screen, &text);
}

/// Words in lines, two columns in.
fn note(screen: &mut Screen, text: &str) {
    let lines = wrap(text.trim_start(), "  ");
    let indent = |(i, line): (usize, String)| if i == 0 { format!("  {line}") } else { line };
    screen.lines.extend(lines.into_iter().enumerate().map(indent));
}

fn gap(screen: &mut Screen, priced: &Priced) {
    let Some(cost) = priced.value("gap_cost_per_hour") else { return };
    let grid = priced.costs.more.iter().find(|grid| grid.name == "production_gap");
    let Some(grid) = grid else { return };
    let (share, hour) = (grid.column("of_gap"), grid.column("usd_per_hour"));
    let part = |row: &crate::cost::Row| {
        let of = |i: usize| row.cells[i].map_or(0.0, |cell| priced.values[cell]);
        format!("{} {} USD/h ({})", row.words[0], usd(of(hour)), percent(of(share)))
    };
    let parts: Vec<String> = grid.rows.iter().take(ROWS).map(part).collect();
    let text = format!(
        "  Production gap (laboratory less production): {} USD/h; {}",
        usd(cost),
        parts.join(", ")
    );
    screen.line("");
    note(screen, &text);
}

fn units(screen: &mut Screen, priced: &Priced) {
    screen.heading("What work costs");
    let keys = [
        "cost_per_useful_gpu_hour",
        "cost_per_owned_gpu_hour",
        "run_total_cost",
        "run_idle_cost",
        "cost_of_delay",
        "carbon_kg_of_run",
    ];
    let sheet = &priced.costs.sheet;
    let million = |id: &crate::cost::CellId| sheet.cells()[*id].key.starts_with("cost_per_million");
    let found = keys.iter().filter_map(|key| sheet.find(key));
    let abroad = |id: &crate::cost::CellId| {
        let key = &sheet.cells()[*id].key;
        ABROAD.iter().any(|own| key.strip_prefix(own).is_some_and(|rest| rest.starts_with("_in_")))
    };
    let shown = |id: &crate::cost::CellId| million(id) || abroad(id);
    let cells = found.chain(sheet.cells().ids().filter(shown));
    let told: Vec<String> = cells
        .map(|id| {
            let cell = &sheet.cells()[id];
            let half = priced.half_widths[id].map(|half| format!(" ± {}", usd(half)));
            let value = format!("{}{}", usd(priced.values[id]), half.unwrap_or_default());
            let unit = cell.unit.replace("/GPU-h", "").replace("/1e6 samples", "");
            let unit = unit.split("/1e6").next().unwrap_or_default();
            format!("{:<44} {value:>16} {unit}", fit(&within(&cell.label), 44))
        })
        .collect();
    for line in told {
        screen.line(format!("  {line}"));
    }
}

fn tenure(screen: &mut Screen, priced: &Priced) {
    let (Some(own), Some(best)) = (priced.value("npv_cost_own"), priced.cheapest()) else { return };
    let value = |key: &str| priced.value(key).unwrap_or(f64::NAN);
    let years = priced.costs.years.rows.len() - 1;
    let head = match best {
        "own" => "Buy or rent: buying is cheapest".to_owned(),
        other => format!("Buy or rent: renting {other} is cheapest"),
    };
    screen.heading(&head);
    let rents: Vec<String> = priced
        .costs
        .options
        .iter()
        .filter(|(name, _)| *name != "own")
        .map(|(name, cell)| format!("renting {name} {} USD", usd(priced.values[*cell])))
        .collect();
    let text = format!(
        "  {years} years cost (present value, {} a year): buying {} USD, {}",
        percent(value("finance.wacc")),
        usd(own),
        rents.join(", ")
    );
    note(screen, &text);
    let reference = priced.rented();
    let mut parts = Vec::new();
    let even = format!("breakeven_utilisation_vs_{}", reference.replace('-', "_"));
    if let Some(even) = priced.value(&even) {
        let held = percent(value("held_share"));
        parts.push(match even {
            _ if even <= 1.0 => {
                format!("buying wins from {} of hours held by jobs (now {held})", percent(even))
            }
            _ => "buying does not win even if jobs hold every hour".to_owned(),
        });
        parts.push(format!(
            "at the present hours from a rent of {} USD/GPU-h (now {})",
            usd(value("breakeven_rent_price_at_u")),
            usd(value(rent_key(reference)))
        ));
    }
    parts.push(payback(priced, years));
    note(screen, &format!("  against renting {reference}: {}", parts.join("; ")));
    if let Some(rent) = priced.value("rent_until_delivery") {
        let text = format!(
            "  until what is bought is delivered ({} months), rent costs {} USD more, which is in the cash \
             flow by month but not in the figures above",
            figures(value("finance.lead_time")),
            usd(rent)
        );
        note(screen, &text);
    }
}

fn payback(priced: &Priced, years: usize) -> String {
    let value = |key: &str| priced.value(key).unwrap_or(f64::NAN);
    let [payback, discounted, irr] =
        ["simple_payback", "discounted_payback", "irr_buy_vs_rent"].map(value);
    if !payback.is_finite() {
        return format!("no payback within {years} years");
    }
    let mut words = format!("payback {} years", figures(payback));
    if discounted.is_finite() {
        words.push_str(&format!(" ({} discounted)", figures(discounted)));
    }
    if irr.is_finite() {
        words.push_str(&format!(", IRR {}", percent(irr)));
    }
    words
}

fn rent_key(tenure: &str) -> &'static str {
    match tenure {
        "reserved" => "price.rent_reserved",
        "spot" => "price.rent_spot",
        _ => "price.rent_on_demand",
    }
}

fn replicate(screen: &mut Screen, priced: &Priced) {
    let Some(even) = priced.value("breakeven_epochs_per_month") else { return };
    let value = |key: &str| priced.value(key).unwrap_or(f64::NAN);
    let saving = value("saving_by_replicating");
    let verdict = if saving > 0.0 { "hold a copy" } else { "read from afar" };
    screen.heading(&format!("Copy the dataset, or read it from the other site: {verdict}"));
    let text = format!(
        "  over {} months: reading {} USD, a copy {} USD; a copy is cheaper from {} epochs a month \
         (now {})",
        figures(value("replicate.horizon")),
        usd(value("option_read_total")),
        usd(value("option_replicate_total")),
        figures(even),
        figures(value("epochs_per_month"))
    );
    note(screen, &text);
}

fn fixes(screen: &mut Screen, priced: &Priced) {
    let Some(grid) = priced.costs.more.iter().find(|grid| grid.name == "fixes") else { return };
    screen.heading("Fixes");
    for row in grid.rows.iter().take(ROWS) {
        let of = |key: &str| row.cells[grid.column(key)].map_or(0.0, |cell| priced.values[cell]);
        let cell = row.cells[grid.column("removes_usd_per_year")];
        let half = cell.and_then(|cell| priced.half_widths[cell]);
        let half = half.map_or(String::new(), |half| format!(" ± {}", usd(half)));
        let back = match of("payback_years") {
            years if years > 0.0 => format!("worth its price in {} years", figures(years)),
            _ => "nothing idles on it here".to_owned(),
        };
        let text = format!(
            "  {}: {} USD against {}{half} USD of idle time a year, {back}",
            row.words[0],
            usd(of("price_usd")),
            usd(of("removes_usd_per_year")),
        );
        note(screen, &text);
    }
}

fn moves(screen: &mut Screen, priced: &Priced, sensitivity: &Sensitivity) {
    let cells = priced.costs.sheet.cells();
    let target = &cells[sensitivity.target];
    let now = priced.values[sensitivity.target];
    let shown = sensitivity.tornado.iter().filter(|swing| swing.size() > 0.0).take(5);
    let shown: Vec<_> = shown.collect();
    if shown.is_empty() {
        return;
    }
    let now = in_unit(now, &target.unit);
    screen.heading(&format!("What moves it: {}, now {now}", within(&target.label)));
    for swing in shown {
        let cell = &cells[swing.cell];
        let (low, high) = (usd(swing.ends.0), usd(swing.ends.1));
        let unit = if cell.unit == "1" { "" } else { &cell.unit };
        let name = fit(&cell.label, 34);
        screen.line(format!(
            "  {name:<34} {:<36} {:>8} to {}",
            fit(&format!("{low} to {high} {unit}"), 36),
            usd(swing.at.0),
            usd(swing.at.1)
        ));
    }
    let band = sensitivity.bands.bands.iter().find(|band| band.cell == sensitivity.target);
    if let Some(band) = band.filter(|_| !sensitivity.bands.assumed) {
        screen.line(format!(
            "  all inputs that are said to vary, together: 90 % of draws between {} and {}",
            usd(band.quantiles[0]),
            usd(band.quantiles[2])
        ));
    }
}

fn foot(screen: &mut Screen, priced: &Priced, context: &CostContext<'_>) {
    screen.line("");
    if !priced.costs.left_out.is_empty() {
        let text = format!("left out    no price given: {}", priced.costs.left_out.join(", "));
        screen.lines.extend(wrap(&text, "            "));
    }
    screen.line(format!("results  {}", place(context).display()));
}
