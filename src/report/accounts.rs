//! What moved between sites and what it costs, on the screen.

use super::screen::{Screen, wrap};
use crate::study::Outcome;
use crate::study::words::{figures, thousands};
use std::collections::BTreeMap;

/// Links that are named.
const LINKS: usize = 3;

/// A line over all jobs; none if nothing crossed a link between sites and nothing has a price.
pub(super) fn screen(screen: &mut Screen, outcome: &Outcome) {
    let mut links: BTreeMap<&str, f64> = BTreeMap::new();
    for line in outcome.accounts.iter().filter(|line| line.unit == "B") {
        *links.entry(&line.item).or_default() += line.amount.mean;
    }
    let usd: f64 = outcome.accounts.iter().map(|line| line.usd.mean).sum();
    let mut links: Vec<(&str, f64)> = links.into_iter().filter(|(_, bytes)| *bytes > 0.0).collect();
    if links.is_empty() && usd == 0.0 {
        return;
    }
    links.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named = |(link, bytes): &(&str, f64)| format!("{link} {} GB", figures(bytes / 1e9));
    let mut words: Vec<String> = links.iter().take(LINKS).map(named).collect();
    if links.len() > LINKS {
        words.push(format!("{} more in summary.csv", thousands((links.len() - LINKS) as f64)));
    }
    words.push(format!("{} USD a run for bytes and requests", figures(usd)));
    let text = format!("accounts    {}", words.join("; "));
    screen.lines.extend(wrap(&text, "            "));
}
