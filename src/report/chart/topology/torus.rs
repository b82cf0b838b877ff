//! A grid with wrap-around arcs; layers of it beside each other.

use super::{Align, BORDER, Canvas, FAINT, INK, SMALL, WIDTH, abbreviated, colours, outlined};
use crate::fabric::Role;
use crate::fabric::graph::VertexId;
use crate::report::chart::frame::BLUE;
use crate::study::topology::Fabric;
use std::collections::BTreeSet;

/// Switches along a side that are drawn.
const SIDE: usize = 8;
/// Layers that are drawn.
const LAYERS: usize = 3;

/// The figure's layout.
pub struct Grid<'a> {
    fabric: &'a Fabric,
    dims: Vec<u32>,
    /// Layers, rows and columns that are drawn, each with where some are left out.
    shown: [(Vec<usize>, Option<usize>); 3],
    step: f64,
    top: f64,
    nodes: BTreeSet<VertexId>,
    store: BTreeSet<VertexId>,
}

impl<'a> Grid<'a> {
    /// Lays the figure out below `top`.
    pub fn new(fabric: &'a Fabric, dims: &[u32], top: f64) -> Grid<'a> {
        let columns = *dims.last().unwrap_or(&1) as usize;
        let rows = if dims.len() > 1 { dims[dims.len() - 2] as usize } else { 1 };
        let all: usize = dims.iter().map(|k| *k as usize).product();
        let shown = [
            abbreviated(all / (rows * columns), LAYERS),
            abbreviated(rows, SIDE),
            abbreviated(columns, SIDE),
        ];
        let width = WIDTH - 2.0 * BORDER;
        let slots = slots(&shown[2]) as f64 + 1.0;
        let step = (width / shown[0].0.len() as f64 / slots).min(84.0);
        let graph = &fabric.graph;
        let holders = |list: &[VertexId]| -> BTreeSet<VertexId> {
            let out = list.iter().flat_map(|host| &graph.out[*host]);
            out.map(|link| graph.links[*link].to).collect()
        };
        let (nodes, store) = (holders(&graph.nodes), holders(&graph.controllers));
        Grid { fabric, dims: dims.to_vec(), shown, step, top, nodes, store }
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        let note = if self.dims.len() > 2 { 26.0 } else { 0.0 };
        self.top + (slots(&self.shown[1]) as f64 + 0.6) * self.step + note
    }

    /// Paints it.
    pub fn paint(&self, canvas: &Canvas<'_>) {
        let (layers, gap) = &self.shown[0];
        let wide = (WIDTH - 2.0 * BORDER) / layers.len() as f64;
        for (i, &layer) in layers.iter().enumerate() {
            let own = (slots(&self.shown[2]) as f64) * self.step;
            let left = BORDER + i as f64 * wide + (wide - own) / 2.0;
            self.layer(canvas, layer, left);
            if *gap == Some(i) {
                let y = (self.top + self.bottom()) / 2.0;
                canvas.bold(BORDER + i as f64 * wide, y, "…", 22.0, Align::Centre, INK);
            }
        }
        if self.dims.len() > 2 {
            let count: u32 = self.dims[..self.dims.len() - 2].iter().product();
            let note = format!(
                "{count} such layers; every switch is joined to those of the same place in the \
                 layers beside it, the last to the first"
            );
            canvas.text(BORDER, self.bottom() - 8.0, &note, SMALL, Align::Left, FAINT);
        }
    }

    fn layer(&self, canvas: &Canvas<'_>, layer: usize, left: f64) {
        let [_, rows, columns] = &self.shown;
        let x = |i: usize| left + (slot(columns, i) as f64 + 0.5) * self.step;
        let y = |i: usize| self.top + (slot(rows, i) as f64 + 0.8) * self.step;
        let size = self.step * 0.5;
        let (wide, tall) = (self.length(0), self.length(1));
        for r in 0..rows.0.len() {
            for c in 0..columns.0.len() {
                if c + 1 < columns.0.len() {
                    self.cable(canvas, [(x(c), y(r)), (x(c + 1), y(r))], columns.1 == Some(c + 1));
                }
                if r + 1 < rows.0.len() {
                    self.cable(canvas, [(x(c), y(r)), (x(c), y(r + 1))], rows.1 == Some(r + 1));
                }
            }
            if wide > 2 {
                let (a, b) = (x(0), x(columns.0.len() - 1));
                let up = y(r) - self.step * 0.4;
                canvas.line(
                    &[(a, y(r)), (a + size * 0.4, up), (b - size * 0.4, up), (b, y(r))],
                    1.0,
                    BLUE,
                );
            }
        }
        if tall > 2 {
            for c in 0..columns.0.len() {
                let (a, b) = (y(0), y(rows.0.len() - 1));
                let side = x(c) - self.step * 0.4;
                canvas.line(
                    &[(x(c), a), (side, a + size * 0.4), (side, b - size * 0.4), (x(c), b)],
                    1.0,
                    BLUE,
                );
            }
        }
        for (r, &row) in rows.0.iter().enumerate() {
            for (c, &column) in columns.0.iter().enumerate() {
                let index = (layer * tall + row) * wide + column;
                self.switch(canvas, VertexId(index as u32), (x(c), y(r)), size);
            }
        }
    }

    fn cable(&self, canvas: &Canvas<'_>, ends: [(f64, f64); 2], left_out: bool) {
        if left_out {
            canvas.dashes(&ends, 1.2, FAINT);
        } else {
            canvas.line(&ends, 1.6, FAINT);
        }
    }

    fn switch(&self, canvas: &Canvas<'_>, vertex: VertexId, (x, y): (f64, f64), size: f64) {
        let (role, store) = match (self.nodes.contains(&vertex), self.store.contains(&vertex)) {
            (true, _) => (Role::Host, false),
            (false, true) => (Role::Host, true),
            (false, false) => (Role::Switch(1), false),
        };
        let (fill, ink) = colours(role, store);
        outlined(canvas, x - size / 2.0, y - size / 2.0, size, size, fill);
        let name = self.fabric.graph.vertices[vertex].trim_start_matches("switch-");
        if size >= 6.5 * name.len() as f64 {
            canvas.text(x, y, name, SMALL, Align::Centre, ink);
        }
    }

    /// Switches along the last dimension (0) or the one before it (1).
    fn length(&self, from_last: usize) -> usize {
        let n = self.dims.len();
        if from_last < n { self.dims[n - 1 - from_last] as usize } else { 1 }
    }
}

/// Places along a side, the one for what is left out among them.
fn slots((shown, gap): &(Vec<usize>, Option<usize>)) -> usize {
    shown.len() + usize::from(gap.is_some())
}

/// Place of the i-th that is shown.
fn slot((_, gap): &(Vec<usize>, Option<usize>), i: usize) -> usize {
    i + usize::from(gap.is_some_and(|gap| i >= gap))
}
