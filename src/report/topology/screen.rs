//! One terminal screen a network.

use super::{TopologyContext, place};
use crate::report::screen::Screen;
use crate::study::topology::{Fabric, Latency};
use crate::study::words::{bits_per_s, figures, percent, seconds, thousands};

/// The screen of every network. Colours are for terminals alone.
pub fn screen(fabrics: &[Fabric], context: &TopologyContext<'_>, colour: bool) -> String {
    let mut screen = Screen { lines: Vec::new(), colour };
    for (i, fabric) in fabrics.iter().enumerate() {
        if i > 0 {
            screen.line("");
        }
        let name = screen.style("1", &format!("[fabric.{}]", fabric.spec.name));
        let [nodes, store] = fabric.hosts;
        let sites = match fabric.sites.len() {
            1 => String::new(),
            n => format!(" at {n} sites"),
        };
        screen.line(format!("{name}  {nodes} compute nodes, {store} controllers{sites}"));
        boxes(&mut screen, fabric);
        cables(&mut screen, fabric);
        capacity(&mut screen, fabric);
    }
    screen.line("");
    screen.line(format!("results  {}", place(context).display()));
    screen.lines.join("\n") + "\n"
}

/// Columns under their names; the first is left-aligned.
fn columns(screen: &mut Screen, heads: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    for row in std::iter::once(&heads).chain(rows) {
        let mut line = format!("  {:<width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            line.push_str(&format!("  {cell:>width$}"));
        }
        screen.line(line.trim_end());
    }
}

fn boxes(screen: &mut Screen, fabric: &Fabric) {
    screen.line("");
    let row = |row: &crate::study::topology::BoxRow| {
        let ports = row.ports.map_or_else(
            || "–".to_owned(),
            |ports| {
                let free = ports as f64 - row.ports_used;
                format!(
                    "{} of {} ({} free)",
                    figures(row.ports_used),
                    thousands(ports as f64),
                    figures(free)
                )
            },
        );
        let ratio = row.oversubscription().map_or("–".to_owned(), |r| format!("{r:.2}:1"));
        let cables = row.cables_most.to_string();
        let [down, up] = [row.down, row.up].map(|rate| match rate {
            0.0 => "–".to_owned(),
            rate => bits_per_s(rate),
        });
        vec![row.kind.clone(), row.count.to_string(), cables, ports, down, up, ratio]
    };
    let rows: Vec<_> = fabric.boxes.iter().map(row).collect();
    let heads = ["boxes", "count", "cables at most", "ports used", "down", "up", "down : up"];
    columns(screen, &heads, &rows);
}

fn cables(screen: &mut Screen, fabric: &Fabric) {
    screen.line("");
    let row = |row: &crate::study::topology::CableRow| {
        let medium = if row.copper { "copper" } else { "optics" };
        vec![
            format!("{} – {}", row.from, row.to),
            thousands(row.count as f64),
            bits_per_s(row.rate.bytes_per_s()),
            format!("{} m", figures(row.length_m)),
            medium.to_owned(),
            thousands(row.transceivers() as f64),
        ]
    };
    let mut rows: Vec<_> = fabric.cables.iter().map(row).collect();
    let total = |of: &dyn Fn(&crate::study::topology::CableRow) -> u64| {
        thousands(fabric.cables.iter().map(of).sum::<u64>() as f64)
    };
    let optics = total(&crate::study::topology::CableRow::transceivers);
    let none = String::new;
    rows.push(vec!["all".into(), total(&|row| row.count), none(), none(), none(), optics]);
    let heads = ["cables", "count", "rate", "length", "medium", "transceivers"];
    columns(screen, &heads, &rows);
    for wan in &fabric.wans {
        let (rate, trip) = (bits_per_s(wan.rate.bytes_per_s()), wan.round_trip.as_s());
        let [a, b] = &wan.ends;
        screen.line(format!("  WAN {a} – {b}: {rate}, round trip {}", seconds(trip)));
    }
}

fn capacity(screen: &mut Screen, fabric: &Fabric) {
    screen.line("");
    let share = |rate: f64, of: f64| match of {
        0.0 => String::new(),
        of => format!(", {} of its adapters", percent(rate / of)),
    };
    if fabric.hosts[0] > 1 {
        let words = share(fabric.bisection, fabric.bisection_adapters);
        let rate = bits_per_s(fabric.bisection);
        screen.line(format!(
            "  bisection        {rate} from the first half of the nodes to the second{words}"
        ));
    }
    if let Some(rate) = fabric.from_store {
        let words = share(rate, fabric.store_adapters.min(fabric.node_adapters));
        let rate = bits_per_s(rate);
        screen.line(format!("  store to nodes   {rate} if all read at once{words}"));
    }
    let mut line = |name: &str, latency: &Latency| {
        screen.line(format!(
            "  {name:<15}  at most {} cables and {} boxes; idle one way {} … {} (mean {})",
            latency.hops,
            latency.boxes,
            seconds(latency.min.as_s()),
            seconds(latency.max.as_s()),
            seconds(latency.mean_s)
        ));
    };
    if let Some(latency) = &fabric.among_nodes {
        line("node to node", latency);
    }
    if let Some(latency) = &fabric.to_store {
        line("node to store", latency);
    }
}
