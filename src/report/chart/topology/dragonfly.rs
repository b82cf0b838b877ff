//! A ring of groups.

use super::{Align, BORDER, Canvas, FAINT, INK, SMALL, WIDTH, carried, colours, stroke};
use crate::fabric::Role;
use crate::fabric::graph::VertexId;
use crate::report::chart::canvas::GRID;
use crate::study::topology::Fabric;
use std::collections::BTreeMap;

/// Radius of the ring.
const RING: f64 = 225.0;
/// Groups that are drawn; of more, the first.
const GROUPS: u32 = 24;
/// Switches of a group that are drawn.
const SWITCHES: u32 = 10;

/// The figure's layout.
pub struct Ring<'a> {
    fabric: &'a Fabric,
    groups: u32,
    switches: u32,
    /// Middle of each switch that is drawn.
    at: BTreeMap<VertexId, (f64, f64)>,
    /// Middle of each group that is drawn.
    centres: Vec<(f64, f64)>,
    size: f64,
    middle: (f64, f64),
}

/// A point on a circle; 0 is at the top, clockwise.
fn around((x, y): (f64, f64), radius: f64, turn: f64) -> (f64, f64) {
    let angle = turn * std::f64::consts::TAU;
    (x + radius * libm::sin(angle), y - radius * libm::cos(angle))
}

impl<'a> Ring<'a> {
    /// Lays the figure out below `top`.
    pub fn new(fabric: &'a Fabric, groups: u32, switches: u32, top: f64) -> Ring<'a> {
        let shown = groups.min(GROUPS);
        let each = switches.min(SWITCHES);
        let share = std::f64::consts::PI * RING / f64::from(shown.max(3));
        let size = (share * 0.78).min(52.0);
        let middle = (WIDTH / 2.0, top + RING + size + 30.0);
        let mut ring = Ring {
            fabric,
            groups,
            switches,
            at: BTreeMap::new(),
            centres: Vec::new(),
            size,
            middle,
        };
        for group in 0..shown {
            let radius = if shown == 1 { 0.0 } else { RING };
            let centre = around(middle, radius, f64::from(group) / f64::from(shown));
            ring.centres.push(centre);
            for i in 0..each {
                let turn = (f64::from(i) + 0.5) / f64::from(each);
                let radius = if each == 1 { 0.0 } else { size * 0.68 };
                ring.at.insert(VertexId(group * switches + i), around(centre, radius, turn));
            }
        }
        ring
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.middle.1 + RING + self.size + 34.0
    }

    /// Paints it.
    pub fn paint(&self, canvas: &Canvas<'_>) {
        let graph = &self.fabric.graph;
        for &(x, y) in &self.centres {
            let circle: Vec<(f64, f64)> =
                (0..=48).map(|i| around((x, y), self.size, f64::from(i) / 48.0)).collect();
            canvas.line(&circle, 1.0, GRID);
        }
        for (&from, &a) in &self.at {
            let mut seen = Vec::new();
            for link in graph.out[from].iter().map(|link| &graph.links[*link]) {
                let inside = from.0 / self.switches == link.to.0 / self.switches;
                if let Some(&b) = self.at.get(&link.to)
                    && from.0 < link.to.0
                    && !seen.contains(&link.to)
                {
                    seen.push(link.to);
                    let colour = if inside { FAINT } else { crate::report::chart::frame::BLUE };
                    let width = stroke(carried(graph, from, link.to));
                    // Many groups: hairlines, or the ring would be a disc.
                    let most = if inside || self.centres.len() > 12 { 0.6 } else { 4.0 };
                    canvas.line(&[a, b], width.min(most), colour);
                }
            }
        }
        let dot = (self.size * 0.16).clamp(3.0, 6.0);
        for (&switch, &(x, y)) in &self.at {
            let (fill, _) = colours(self.holds(switch).0, self.holds(switch).1);
            let outline: Vec<(f64, f64)> =
                (0..24).map(|i| around((x, y), dot + 1.0, f64::from(i) / 24.0)).collect();
            canvas.area(&outline, FAINT);
            let inner: Vec<(f64, f64)> =
                (0..24).map(|i| around((x, y), dot, f64::from(i) / 24.0)).collect();
            canvas.area(&inner, fill);
        }
        self.names(canvas);
    }

    /// Colour of a switch: by what it holds.
    fn holds(&self, switch: VertexId) -> (Role, bool) {
        let graph = &self.fabric.graph;
        let holds = |list: &[VertexId]| {
            list.iter().any(|host| graph.out[*host].iter().any(|l| graph.links[*l].to == switch))
        };
        match (holds(&graph.nodes), holds(&graph.controllers)) {
            (true, _) => (Role::Host, false),
            (false, true) => (Role::Host, true),
            (false, false) => (Role::Switch(1), false),
        }
    }

    fn names(&self, canvas: &Canvas<'_>) {
        let shown = self.centres.len() as f64;
        for (group, _) in self.centres.iter().enumerate() {
            let turn = group as f64 / shown;
            let radius = if shown == 1.0 { self.size + 14.0 } else { RING + self.size + 12.0 };
            let (x, y) = around(self.middle, radius, turn);
            let side = libm::sin(turn * std::f64::consts::TAU);
            let align = match side {
                s if s > 0.2 => Align::Left,
                s if s < -0.2 => Align::Right,
                _ => Align::Centre,
            };
            canvas.text(x, y, &format!("group {group}"), SMALL, align, INK);
        }
        let mut notes = Vec::new();
        if self.groups > GROUPS {
            notes.push(format!("{GROUPS} of {} groups are drawn", self.groups));
        }
        if self.switches > SWITCHES {
            notes.push(format!("{SWITCHES} of {} switches of a group", self.switches));
        }
        for (i, note) in notes.iter().enumerate() {
            let y = self.bottom() - 14.0 * (i as f64 + 0.5);
            canvas.text(BORDER, y, note, SMALL, Align::Left, FAINT);
        }
    }
}
