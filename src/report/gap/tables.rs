//! `gap.csv` and `coalitions.csv`. Fractions are 0–1, floats are the shortest text that reads back
//! the same, what is not known is empty.

use crate::report::table::{Table, half_width, number};
use crate::study::Estimate;
use crate::study::gap::{CauseShare, Gap, Run, say};

/// Every table: (file name, content).
pub fn tables(gap: &Gap) -> Vec<(String, Vec<u8>)> {
    [("gap.csv", parts(gap)), ("coalitions.csv", coalitions(gap))]
        .map(|(name, table)| (name.to_owned(), table.done()))
        .into()
}

/// A line for each cause, largest share first, after those of the whole.
fn parts(gap: &Gap) -> Table {
    let mut table = Table::new(&[
        "part",
        "cause",
        "kind",
        "unit",
        "mean",
        "half_width",
        "n",
        "of_gap",
        "half_width_of_orders",
    ]);
    let unit = gap.runs.unit.as_str();
    let mut line = |part: &str, (cause, kind): (&str, &str), unit: &str, e: &Estimate, rest| {
        let (of_gap, orders): (Option<f64>, Option<f64>) = rest;
        let number_or_empty = |value: Option<f64>| value.map(number).unwrap_or_default();
        let (mean, half, n) = (number(e.mean), half_width(e), e.n.to_string());
        let (of_gap, orders) = (number_or_empty(of_gap), number_or_empty(orders));
        table.row(&[part, cause, kind, unit, &mean, &half, &n, &of_gap, &orders]);
    };
    let nobody = ("", "");
    line("lab", nobody, unit, &gap.lab, (None, None));
    line("production", nobody, unit, &gap.production, (None, None));
    line("gap", nobody, unit, &gap.gap, (None, None));
    if let Some(relative) = &gap.relative {
        line("gap_relative", nobody, "1", relative, (None, None));
    }
    line("interaction", nobody, unit, &gap.interaction, (None, None));
    for share in &gap.causes {
        let CauseShare { of_gap, half_width_of_orders, .. } = share;
        let of = (gap.name(share), gap.runs.causes[share.cause].kind);
        line("share", of, unit, &share.share, (*of_gap, *half_width_of_orders));
        line("alone", of, unit, &share.alone, (None, None));
        line("without", of, unit, &share.without, (None, None));
        line("wins_back", of, unit, &share.wins_back, (None, None));
    }
    table
}

/// A line for each coalition and replicate; `gapcast gap --values` reads it back.
fn coalitions(gap: &Gap) -> Table {
    let names: Vec<&str> = gap.runs.causes.iter().map(|cause| cause.name.as_str()).collect();
    let mut table = Table::new(&[
        "coalition",
        "replicate",
        "goodput",
        "unit",
        "end_s",
        "jobs_cut",
        "fingerprint",
    ]);
    for of in &gap.runs.coalitions {
        let coalition = match of.coalition {
            0 => "none".to_owned(),
            coalition => say(coalition, &names),
        };
        for (replicate, Run { goodput, simulated }) in gap.runs.replicates.iter().zip(&of.runs) {
            let (end, cut, print) = simulated.as_ref().map_or_else(Default::default, |s| {
                (number(s.end_s), s.jobs_cut.to_string(), s.fingerprint.clone())
            });
            let goodput = number(*goodput);
            let replicate = replicate.to_string();
            table.row(&[&coalition, &replicate, &goodput, &gap.runs.unit, &end, &cut, &print]);
        }
    }
    table
}
