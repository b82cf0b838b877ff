//! `boxes.csv`, `cables.csv` and `capacity.csv`.

use crate::report::table::{Table, number};
use crate::study::topology::{Fabric, Latency};

/// Every table: (file name, content).
pub fn tables(fabrics: &[Fabric]) -> Vec<(String, Vec<u8>)> {
    [("boxes.csv", boxes(fabrics)), ("cables.csv", cables(fabrics)), ("capacity.csv", all(fabrics))]
        .map(|(name, table)| (name.to_owned(), table.done()))
        .into()
}

fn boxes(fabrics: &[Fabric]) -> Table {
    let mut table = Table::new(&[
        "fabric",
        "kind",
        "count",
        "cables_most",
        "ports_used",
        "ports",
        "down_bytes_per_s",
        "up_bytes_per_s",
        "oversubscription",
    ]);
    for fabric in fabrics {
        for row in &fabric.boxes {
            table.row(&[
                fabric.spec.name.clone(),
                row.kind.clone(),
                row.count.to_string(),
                row.cables_most.to_string(),
                number(row.ports_used),
                row.ports.map(|ports| ports.to_string()).unwrap_or_default(),
                number(row.down),
                number(row.up),
                row.oversubscription().map(number).unwrap_or_default(),
            ]);
        }
    }
    table
}

fn cables(fabrics: &[Fabric]) -> Table {
    let mut table = Table::new(&[
        "fabric",
        "from",
        "to",
        "bits_per_s",
        "length_m",
        "cables",
        "medium",
        "transceivers",
    ]);
    for fabric in fabrics {
        for row in &fabric.cables {
            table.row(&[
                fabric.spec.name.clone(),
                row.from.clone(),
                row.to.clone(),
                row.rate.0.to_string(),
                number(row.length_m),
                row.count.to_string(),
                if row.copper { "copper" } else { "optics" }.to_owned(),
                row.transceivers().to_string(),
            ]);
        }
    }
    table
}

/// One figure a line.
fn all(fabrics: &[Fabric]) -> Table {
    let mut table = Table::new(&["fabric", "figure", "unit", "value"]);
    for fabric in fabrics {
        let mut line = |figure: &str, unit: &str, value: f64| {
            table.row(&[&fabric.spec.name, figure, unit, &number(value)]);
        };
        line("bisection", "B/s", fabric.bisection);
        line("bisection_adapters", "B/s", fabric.bisection_adapters);
        line("node_adapters", "B/s", fabric.node_adapters);
        if let Some(rate) = fabric.from_store {
            line("store_to_nodes", "B/s", rate);
            line("store_adapters", "B/s", fabric.store_adapters);
        }
        let mut latency = |of: &str, latency: &Latency| {
            line(&format!("{of}_latency_min"), "s", latency.min.as_s());
            line(&format!("{of}_latency_mean"), "s", latency.mean_s);
            line(&format!("{of}_latency_max"), "s", latency.max.as_s());
            line(&format!("{of}_hops"), "1", f64::from(latency.hops));
        };
        if let Some(among) = &fabric.among_nodes {
            latency("among_nodes", among);
        }
        if let Some(to_store) = &fabric.to_store {
            latency("nodes_to_store", to_store);
        }
    }
    table
}
