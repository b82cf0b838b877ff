//! A network as a person would sketch it: tiers above hosts, a ring of groups, a grid with
//! wrap-around; large ones with their like parts left out and counted.

mod dragonfly;
mod layers;
mod place;
mod torus;
mod wan;

use super::canvas::{self, Align, BOX_FILLS, Canvas, FAINT, INK, WIDTH, text_width};
use super::frame::{self, BORDER};
use crate::fabric::graph::VertexId;
use crate::fabric::{Graph, Role};
use crate::kernel::units::Rate;
use crate::model::Topology;
use crate::study::topology::Fabric;
use crate::study::words::{bits_per_s, percent};
use plotters::style::RGBColor;

/// Font size of names in boxes.
const SMALL: f64 = 11.0;

/// The figure.
pub fn topology(fabric: &Fabric) -> String {
    let (title, subtitle) = (title(fabric), subtitle(fabric));
    let top = frame::title_height(&title, &subtitle) + 6.0;
    let one_site = fabric.sites.len() == 1;
    match &fabric.spec.topology {
        Topology::Torus { dims, .. } if one_site => {
            let grid = torus::Grid::new(fabric, dims, top);
            canvas::draw(grid.bottom() + 44.0, |canvas| {
                frame::title(canvas, &title, &subtitle);
                grid.paint(canvas);
                key(canvas, fabric, grid.bottom() + 20.0);
            })
        }
        Topology::Dragonfly { groups, group_switches, .. } if one_site => {
            let ring = dragonfly::Ring::new(fabric, *groups, *group_switches, top);
            canvas::draw(ring.bottom() + 44.0, |canvas| {
                frame::title(canvas, &title, &subtitle);
                ring.paint(canvas);
                key(canvas, fabric, ring.bottom() + 20.0);
            })
        }
        _ => {
            let roads = wan::height(fabric);
            let layers = layers::Layers::new(fabric, top + roads);
            canvas::draw(layers.bottom() + 44.0, |canvas| {
                frame::title(canvas, &title, &subtitle);
                layers.paint(canvas);
                wan::paint(canvas, fabric, &layers, top);
                key(canvas, fabric, layers.bottom() + 20.0);
            })
        }
    }
}

fn title(fabric: &Fabric) -> String {
    let share = percent(fabric.bisection / fabric.bisection_adapters.max(1.0));
    let bisection = bits_per_s(fabric.bisection);
    let halves = format!("half the nodes send the other half {bisection}, {share} of their ports");
    match fabric.from_store {
        Some(rate) if fabric.hosts[0] > 1 => {
            format!("The store feeds all nodes with {}; {halves}", bits_per_s(rate))
        }
        Some(rate) => format!("The store feeds the node with {}", bits_per_s(rate)),
        None => {
            let mut letters = halves.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

fn subtitle(fabric: &Fabric) -> String {
    let [nodes, store] = fabric.hosts;
    let parts: Vec<String> =
        fabric.boxes.iter().map(|row| format!("{} {}", row.count, row.kind)).collect();
    let hosts = match store {
        0 => format!("{nodes} compute nodes"),
        _ => format!("{nodes} compute nodes, {store} controllers"),
    };
    format!(
        "[fabric.{}]: {}; {hosts}. Lines are as wide as all cables between two boxes carry",
        fabric.spec.name,
        parts.join(", ")
    )
}

/// Width of a line for what the cables it stands for carry together.
fn stroke(rate: f64) -> f64 {
    (0.7 + 0.45 * libm::log2((rate / 12.5e9).max(1.0))).min(4.0)
}

/// Fill of a box, and the colour of its words.
fn colours(role: Role, store: bool) -> (RGBColor, RGBColor) {
    let [node, keeper, switch, router, wall] = BOX_FILLS;
    match (role, store) {
        (Role::Host, false) => (node, INK),
        (Role::Host, true) => (keeper, INK),
        (Role::Switch(_), _) => (switch, INK),
        (Role::Router | Role::Border, _) => (router, INK),
        (Role::Firewall, _) => (wall, INK),
    }
}

/// What the colours mean.
fn key(canvas: &Canvas<'_>, fabric: &Fabric, y: f64) {
    let entries = [
        ("compute nodes", Role::Host, false),
        ("store", Role::Host, true),
        ("switches", Role::Switch(1), false),
        ("routers", Role::Router, false),
        ("border routers", Role::Border, false),
        ("firewalls", Role::Firewall, false),
    ];
    let there = |role: Role, store: bool| match role {
        Role::Host => fabric.hosts[usize::from(store)] > 0,
        Role::Switch(_) => true,
        _ => fabric.graph.roles.rows().contains(&role),
    };
    let mut x = BORDER;
    for (words, role, store) in entries.into_iter().filter(|e| there(e.1, e.2)) {
        let (fill, _) = colours(role, store);
        outlined(canvas, x, y - 6.0, 12.0, 12.0, fill);
        canvas.text(x + 18.0, y, words, SMALL + 1.0, Align::Left, FAINT);
        x += 18.0 + text_width(words, SMALL + 1.0) + 24.0;
    }
}

fn outlined(canvas: &Canvas<'_>, x: f64, y: f64, width: f64, height: f64, fill: RGBColor) {
    canvas.rect(x, y, width, height, FAINT);
    canvas.rect(x + 1.0, y + 1.0, width - 2.0, height - 2.0, fill);
}

/// What all cables from one vertex to another carry, bytes per second.
fn carried(graph: &Graph, from: VertexId, to: VertexId) -> f64 {
    let links = graph.out[from].iter().map(|link| &graph.links[*link]);
    links.filter(|link| link.to == to).map(|link| link.rate.bytes_per_s()).sum()
}

/// A rate in a label.
fn said(rate: Rate) -> String {
    bits_per_s(rate.bytes_per_s())
}

/// The first `most − 2` and the last of so many, and where something is left out between.
fn abbreviated(count: usize, most: usize) -> (Vec<usize>, Option<usize>) {
    if count <= most {
        return ((0..count).collect(), None);
    }
    let head = most.saturating_sub(2).max(1);
    ((0..head).chain([count - 1]).collect(), Some(head))
}
