//! `flows.csv`, `summary.csv` and `links.csv`.

use crate::report::table::{Table, number};
use crate::study::flows::{FlowsOutcome, Kind, Spread};

/// Every table: (file name, content).
pub fn tables(outcome: &FlowsOutcome) -> Vec<(String, Vec<u8>)> {
    [
        ("summary.csv", summary(outcome)),
        ("flows.csv", flows(outcome)),
        ("links.csv", links(outcome)),
    ]
    .map(|(name, table)| (name.to_owned(), table.done()))
    .into()
}

/// One figure a line.
fn summary(outcome: &FlowsOutcome) -> Table {
    let mut table = Table::new(&["metric", "unit", "value"]);
    let mut line = |metric: &str, unit: &str, value: String| table.row(&[metric, unit, &value]);
    line("flows", "1", outcome.flows.len().to_string());
    line("bytes", "B", outcome.bytes.to_string());
    line("makespan", "s", number(outcome.makespan_s));
    line("goodput", "B/s", number(outcome.goodput()));
    line("batches", "1", outcome.batches.to_string());
    let mut spread = |of: &str, unit: &str, spread: &Spread| {
        line(&format!("{of}_mean"), unit, number(spread.mean));
        line(&format!("{of}_p50"), unit, number(spread.p50));
        line(&format!("{of}_p99"), unit, number(spread.p99));
        line(&format!("{of}_max"), unit, number(spread.max));
    };
    spread("completion", "s", &outcome.completion_s);
    spread("alone", "s", &outcome.alone_s);
    spread("slowdown", "1", &outcome.slowdown);
    table
}

/// One flow a line, in the order of the list. Times have twelve decimals: picoseconds, exactly.
fn flows(outcome: &FlowsOutcome) -> Table {
    let exact = |ps: u64| format!("{}.{:012}", ps / 1_000_000_000_000, ps % 1_000_000_000_000);
    let mut header =
        vec!["src", "dst", "bytes", "start_s", "end_s", "completion_s", "alone_s", "slowdown"];
    if outcome.kind == Kind::Closed {
        header.extend(["slot", "order"]);
    }
    let mut table = Table::new(&header);
    for flow in &outcome.flows {
        let mut row = vec![
            flow.src.clone(),
            flow.dst.clone(),
            flow.bytes.to_string(),
            exact(flow.start.0),
            exact(flow.end.0),
            exact(flow.completion().0),
            exact(flow.alone.0),
            number(flow.slowdown()),
        ];
        if let Some((slot, order)) = flow.turn {
            row.extend([slot.to_string(), order.to_string()]);
        }
        table.row(&row);
    }
    table
}

fn links(outcome: &FlowsOutcome) -> Table {
    let mut table = Table::new(&[
        "name",
        "group",
        "kind",
        "capacity_bytes_per_s",
        "utilisation",
        "bytes",
        "flows",
    ]);
    for link in &outcome.links {
        table.row(&[
            link.shared.name.clone(),
            link.shared.group.clone(),
            link.shared.kind.to_owned(),
            number(link.shared.bytes_per_s),
            number(link.utilisation),
            number(link.bytes),
            link.flows.to_string(),
        ]);
    }
    table
}
