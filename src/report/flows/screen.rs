//! One terminal screen.

use super::{FlowsContext, place};
use crate::model::PathPolicy;
use crate::report::screen::Screen;
use crate::study::flows::{FlowsOutcome, Spread};
use crate::study::words::{bits_per_s, bytes, figures, percent, seconds, thousands};

/// Links that are shown.
const LINKS: usize = 5;

/// The screen. Colours are for terminals alone.
pub fn screen(outcome: &FlowsOutcome, context: &FlowsContext<'_>, colour: bool) -> String {
    let mut screen = Screen { lines: Vec::new(), colour };
    let name = screen.style("1", &context.scenario.name);
    let flows = thousands(outcome.flows.len() as f64);
    let how = match outcome.slots {
        Some(slots) => format!("in {} slots, one after another", thousands(slots as f64)),
        None => "each at its time".to_owned(),
    };
    screen.line(format!("{name}  {flows} flows {how}, {} hosts, max-min fair", outcome.hosts));
    let (list, routing) = (context.list, policy(outcome.policy));
    screen.line(format!("  {list} over [fabric.{}], {routing}", outcome.fabric));
    screen.line("");
    screen.line(format!(
        "  makespan  {}   {} in all, {}",
        seconds(outcome.makespan_s),
        bytes(outcome.bytes as f64),
        bits_per_s(outcome.goodput())
    ));
    screen.line("");
    let times = |spread: &Spread| [spread.mean, spread.p50, spread.p99, spread.max].map(seconds);
    let slow = &outcome.slowdown;
    let ratio = |value: f64| format!("{}×", figures(value));
    let head = ["mean", "p50", "p99", "max"].map(str::to_owned);
    for (name, cells) in [
        ("", head),
        ("completion", times(&outcome.completion_s)),
        ("alone on the network", times(&outcome.alone_s)),
        ("slowdown", [slow.mean, slow.p50, slow.p99, slow.max].map(ratio)),
    ] {
        let [mean, p50, p99, max] = cells;
        screen.line(format!("  {name:<20}  {mean:>9}  {p50:>9}  {p99:>9}  {max:>9}"));
    }
    screen.heading("Busiest until the last end");
    let shown = outcome.links.iter().take(LINKS);
    let width = shown.clone().map(|link| link.shared.name.chars().count()).max().unwrap_or(0);
    for link in shown {
        screen.line(format!(
            "  {:<width$}  {:>6} of {}, {} flows",
            link.shared.name,
            percent(link.utilisation),
            bits_per_s(link.shared.bytes_per_s),
            thousands(link.flows as f64)
        ));
    }
    screen.line("");
    screen.line(format!("results  {}", place(context).display()));
    screen.lines.join("\n") + "\n"
}

fn policy(policy: PathPolicy) -> &'static str {
    match policy {
        PathPolicy::Ecmp | PathPolicy::Flowlet { .. } => "ways by hash, one for each flow",
        PathPolicy::Spray { .. } => "sprayed evenly over all ways",
        PathPolicy::DestinationModulo => "ways by the destination's number (D-mod-k)",
        PathPolicy::Adaptive => "ways by load",
    }
}
