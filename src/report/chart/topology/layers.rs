//! Tiers above hosts, site beside site.

use super::place::{Hurdle, around, fan, spread};
use super::{Align, BORDER, Canvas, FAINT, INK, SMALL, WIDTH};
use super::{abbreviated, carried, colours, outlined, said, stroke};
use crate::fabric::Role;
use crate::fabric::graph::VertexId;
use crate::kernel::id::Id;
use crate::report::chart::canvas::{shorten, wrap};
use crate::study::topology::{CableRow, Fabric, Tiers, kind};
use crate::study::words::{figures, thousands};
use plotters::style::RGBColor;
use std::collections::BTreeMap;

/// Room at the left for the words of rows.
const GUTTER: f64 = 176.0;
/// Distance between rows.
const ROW: f64 = 104.0;
/// Height of a box.
const TALL: f64 = 34.0;
/// Least distance between centres of boxes.
const LEAST: f64 = 56.0;

/// Ink of cables where there are many.
const LIGHT: RGBColor = RGBColor(160, 160, 160);

/// Something drawn: a box, or hosts that are plugged in alike.
struct Block {
    x: f64,
    y: f64,
    width: f64,
    words: [String; 2],
    role: Role,
    store: bool,
}

struct Row {
    y: f64,
    name: String,
}

/// The figure's layout.
pub struct Layers<'a> {
    fabric: &'a Fabric,
    tiers: Tiers,
    blocks: Vec<Block>,
    /// From block to block, bytes per second.
    lines: Vec<(usize, usize, f64)>,
    /// Where something is left out.
    gaps: Vec<(f64, f64)>,
    rows: Vec<Row>,
    /// Words on cables: height, lines.
    notes: Vec<(f64, Vec<String>)>,
    /// Outline of each site: left, right.
    panels: Vec<(f64, f64)>,
    top: f64,
    bottom: f64,
    /// Block of each vertex that is drawn.
    drawn: BTreeMap<VertexId, usize>,
}

impl<'a> Layers<'a> {
    /// Lays the figure out below `top`.
    pub fn new(fabric: &'a Fabric, top: f64) -> Layers<'a> {
        let graph = &fabric.graph;
        let tiers = Tiers::of(graph);
        let mut levels: Vec<u8> = graph.roles.rows().iter().map(|r| tiers.level(*r)).collect();
        levels.sort_unstable();
        levels.dedup();
        let several = fabric.sites.len() > 1;
        let head = if several { 30.0 } else { 0.0 };
        // Level 0 are hosts, at the bottom.
        let y_of = |own: u8| {
            let above = levels.iter().filter(|level| **level > own).count();
            top + head + 24.0 + above as f64 * ROW
        };
        let mut layers = Layers {
            fabric,
            tiers,
            blocks: Vec::new(),
            lines: Vec::new(),
            gaps: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
            panels: Vec::new(),
            top,
            bottom: y_of(0) + 36.0,
            drawn: BTreeMap::new(),
        };
        let n = fabric.sites.len() as f64;
        let room = (WIDTH - BORDER - GUTTER) / n;
        for site in 0..fabric.sites.len() as u32 {
            let left = GUTTER + f64::from(site) * room;
            let (left, right) = (left + 5.0, left + room - 5.0);
            layers.panels.push((left, right));
            for &own in levels.iter().filter(|own| **own > 0) {
                layers.row_of_boxes(site, own, y_of(own), (left + 4.0, right - 4.0));
            }
            layers.hosts(site, y_of(0), (left + 4.0, right - 4.0));
        }
        layers.join();
        layers.words(&levels, y_of);
        layers
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.bottom
    }

    /// Middle of a vertex's upper edge, if it is drawn.
    pub fn head_of(&self, vertex: VertexId) -> Option<(f64, f64)> {
        let block = &self.blocks[*self.drawn.get(&vertex)?];
        Some((block.x, block.y - TALL / 2.0))
    }

    fn row_of_boxes(&mut self, site: u32, own: u8, y: f64, (left, right): (f64, f64)) {
        let graph = &self.fabric.graph;
        let here =
            |v: &VertexId| graph.sites[*v] == site && self.tiers.level(graph.roles[*v]) == own;
        let all: Vec<VertexId> = graph.vertices.ids().filter(here).collect();
        let most = (((right - left) / LEAST) as usize).clamp(3, 12);
        let (shown, gap) = abbreviated(all.len(), most);
        let slots = shown.len() + usize::from(gap.is_some());
        let step = (right - left) / slots.max(1) as f64;
        let width = (step - 8.0).min(112.0);
        let slot = |i: usize| i + usize::from(gap.is_some_and(|gap| i >= gap));
        let even = |i: usize| left + (slot(i) as f64 + 0.5) * step;
        if let Some(gap) = gap {
            self.gaps.push((left + (gap as f64 + 0.5) * step, y));
        }
        let below: Vec<Option<f64>> = shown.iter().map(|i| self.above_its_own(all[*i])).collect();
        let mut items: Vec<(f64, usize)> = match below.iter().copied().collect::<Option<Vec<f64>>>()
        {
            Some(wanted) if gap.is_none() => wanted.into_iter().zip(shown).collect(),
            _ => (0..shown.len()).map(even).zip(shown).collect(),
        };
        items.sort_by(|a, b| a.0.total_cmp(&b.0));
        let wanted: Vec<f64> = items.iter().map(|item| item.0).collect();
        let apart = fan(&wanted, (width + 70.0).min(step));
        let centres = spread(&apart, width + 8.0, (left, right));
        for ((_, which), x) in items.into_iter().zip(centres) {
            self.add_box(all[which], (x, y), width);
        }
    }

    /// Mean of the boxes below that a box is joined to, if all are drawn.
    fn above_its_own(&self, vertex: VertexId) -> Option<f64> {
        let graph = &self.fabric.graph;
        let own = self.tiers.level(graph.roles[vertex]);
        let ends = graph.out[vertex].iter().map(|link| graph.links[*link].to);
        let below =
            ends.filter(|to| !graph.is_host(*to) && self.tiers.level(graph.roles[*to]) < own);
        let xs: Option<Vec<f64>> =
            below.map(|to| self.drawn.get(&to).map(|block| self.blocks[*block].x)).collect();
        xs.filter(|xs| !xs.is_empty()).map(|xs| xs.iter().sum::<f64>() / xs.len() as f64)
    }

    fn add_box(&mut self, vertex: VertexId, (x, y): (f64, f64), width: f64) {
        let graph = &self.fabric.graph;
        let name = graph.vertices[vertex].as_str();
        // A site's name stands above its panel.
        let name = match self.fabric.sites[graph.sites[vertex] as usize].as_str() {
            "" => name,
            own => name.strip_prefix(own).map_or(name, |rest| rest.trim_start_matches('/')),
        };
        let (first, second) = name.split_once('/').unwrap_or((name, ""));
        let fit = |text: &str| shorten(text, SMALL, width - 4.0);
        let words = [fit(first), fit(second)];
        let role = graph.roles[vertex];
        self.drawn.insert(vertex, self.blocks.len());
        self.blocks.push(Block { x, y, width, words, role, store: false });
    }

    /// Hosts that are plugged in alike, below the switches that are drawn.
    fn hosts(&mut self, site: u32, y: f64, (left, right): (f64, f64)) {
        let graph = &self.fabric.graph;
        let mut classes: BTreeMap<(bool, String, Vec<VertexId>), (u64, VertexId)> = BTreeMap::new();
        for (store, list) in [(false, &graph.nodes), (true, &graph.controllers)] {
            for &host in list.iter().filter(|host| graph.sites[**host] == site) {
                let mut ports: Vec<VertexId> =
                    graph.out[host].iter().map(|link| graph.links[*link].to).collect();
                ports.sort_unstable();
                ports.dedup();
                if ports.iter().any(|port| self.drawn.contains_key(port)) {
                    let key = (store, kind(&graph.vertices[host]), ports);
                    classes.entry(key).or_insert((0, host)).0 += 1;
                }
            }
        }
        let mut found: Vec<_> = classes
            .into_iter()
            .map(|((store, name, ports), (count, one))| {
                let at = ports.iter().filter_map(|port| self.drawn.get(port));
                let xs: Vec<f64> = at.map(|block| self.blocks[*block].x).collect();
                (xs.iter().sum::<f64>() / xs.len() as f64, store, name, count, one)
            })
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let most = (((right - left) / LEAST) as usize).clamp(3, 12);
        let (shown, gap) = abbreviated(found.len(), most);
        let width = ((right - left) / shown.len().max(1) as f64 - 8.0).min(96.0);
        let wanted: Vec<f64> = shown.iter().map(|i| found[*i].0).collect();
        let centres = spread(&wanted, width + 8.0, (left, right));
        if let Some(gap) = gap {
            self.gaps.push(((centres[gap - 1] + centres[gap]) / 2.0, y));
        }
        for (&i, x) in shown.iter().zip(centres) {
            let (_, store, name, count, one) = &found[i];
            let fit = |text: &str| shorten(text, SMALL, width - 4.0);
            let words = [fit(name), format!("× {}", thousands(*count as f64))];
            self.drawn.insert(*one, self.blocks.len());
            self.blocks.push(Block { x, y, width, words, role: Role::Host, store: *store });
        }
    }

    /// Lines between everything that is drawn, links between sites excepted.
    fn join(&mut self) {
        let graph = &self.fabric.graph;
        for (&from, &a) in &self.drawn {
            let mut others: Vec<VertexId> =
                graph.out[from].iter().map(|link| graph.links[*link].to).collect();
            others.sort_unstable();
            others.dedup();
            for to in
                others.into_iter().filter(|to| from.index() < to.index() || graph.is_host(from))
            {
                if let Some(&b) = self.drawn.get(&to)
                    && !graph.is_host(to)
                    && graph.sites[from] == graph.sites[to]
                {
                    self.lines.push((a, b, carried(graph, from, to)));
                }
            }
        }
    }

    /// Names of rows and what cables there are between them.
    fn words(&mut self, levels: &[u8], y_of: impl Fn(u8) -> f64) {
        let mut kinds: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        let mut of_kind: BTreeMap<&str, u8> = BTreeMap::new();
        for row in &self.fabric.boxes {
            let own = self.tiers.level(row.role);
            let words = format!("{} {}", thousands(row.count as f64), row.kind);
            kinds.entry(own).or_default().push(words);
            of_kind.insert(&row.kind, own);
        }
        let [nodes, store] = self.fabric.hosts;
        kinds.insert(0, vec![format!("{} nodes", thousands(nodes as f64))]);
        if store > 0 {
            let words = format!("{} controllers", thousands(store as f64));
            kinds.get_mut(&0).expect("just there").push(words);
        }
        for own in levels {
            let name = kinds.get(own).map_or_else(String::new, |words| words.join(", "));
            self.rows.push(Row { y: y_of(*own), name });
        }
        let mut between: BTreeMap<usize, Vec<&CableRow>> = BTreeMap::new();
        for cable in &self.fabric.cables {
            let end = |kind: &str| of_kind.get(kind).copied().unwrap_or(0);
            let low = end(&cable.from).min(end(&cable.to));
            let above = levels.iter().filter(|level| **level > low).count();
            // Cables within the top row are said below it.
            between.entry(above.max(1)).or_default().push(cable);
        }
        for (above, cables) in between {
            let y = self.rows[0].y - (levels.len() - 1 - above) as f64 * ROW - ROW / 2.0;
            let mut lines: Vec<String> = Vec::new();
            for cable in cables {
                let words = format!(
                    "{} × {}, {} m",
                    thousands(cable.count as f64),
                    said(cable.rate),
                    figures(cable.length_m)
                );
                lines.extend(wrap(&words, SMALL, GUTTER - BORDER - 10.0));
            }
            if lines.len() > 3 {
                lines.truncate(2);
                lines.push("and others".into());
            }
            self.notes.push((y, lines));
        }
    }

    /// The line between two boxes, which keeps clear of those in the rows between; lines that bend
    /// do so in different places.
    fn way(&self, high: &Block, low: &Block, bent: usize) -> Vec<(f64, f64)> {
        let between = self.rows.iter().filter(|row| row.y > high.y && row.y < low.y);
        let mut hurdles: Vec<Hurdle> = between
            .map(|row| {
                let boxes = self.blocks.iter().filter(|block| block.y == row.y);
                let span = |b: &Block| (b.x - b.width / 2.0, b.x + b.width / 2.0);
                let edges = (row.y - TALL / 2.0, row.y + TALL / 2.0);
                Hurdle { edges, spans: boxes.map(span).collect() }
            })
            .collect();
        hurdles.sort_by(|a, b| a.edges.0.total_cmp(&b.edges.0));
        let clear = 8.0 + 4.0 * (bent % 4) as f64;
        let ends = ((high.x, high.y + TALL / 2.0), (low.x, low.y - TALL / 2.0));
        around(ends.0, ends.1, &hurdles, clear)
    }

    /// Paints it.
    pub fn paint(&self, canvas: &Canvas<'_>) {
        if self.panels.len() > 1 {
            for ((left, right), name) in self.panels.iter().zip(&self.fabric.sites) {
                let corners = [
                    (*left, self.top),
                    (*right, self.top),
                    (*right, self.bottom),
                    (*left, self.bottom),
                    (*left, self.top),
                ];
                canvas.line(&corners, 1.0, FAINT);
                canvas.bold(left + 8.0, self.top + 13.0, name, SMALL + 1.0, Align::Left, INK);
            }
        }
        for row in &self.rows {
            let lines = wrap(&row.name, SMALL + 1.0, GUTTER - BORDER - 10.0);
            let first = row.y - (lines.len() as f64 - 1.0) * 7.5;
            for (i, line) in lines.iter().enumerate() {
                canvas.bold(BORDER, first + i as f64 * 15.0, line, SMALL + 1.0, Align::Left, INK);
            }
        }
        for (y, lines) in &self.notes {
            let first = y - (lines.len() as f64 - 1.0) * 7.0;
            for (i, line) in lines.iter().enumerate() {
                canvas.text(BORDER, first + i as f64 * 14.0, line, SMALL, Align::Left, FAINT);
            }
        }
        let mut bent = 0;
        for (a, b, rate) in &self.lines {
            let (a, b) = (&self.blocks[*a], &self.blocks[*b]);
            let many = self.lines.len() > 60;
            let (colour, most) = if many { (LIGHT, 1.2) } else { (FAINT, 4.0) };
            if a.y == b.y {
                // Neighbours of one row: a bow beneath.
                let (y, mid) = (a.y + TALL / 2.0, a.y + TALL / 2.0 + 16.0);
                let bow = [
                    (a.x, y),
                    (0.75 * a.x + 0.25 * b.x, mid),
                    (0.25 * a.x + 0.75 * b.x, mid),
                    (b.x, y),
                ];
                canvas.line(&bow, stroke(*rate).min(most), colour);
            } else {
                let (low, high) = if a.y > b.y { (a, b) } else { (b, a) };
                let way = self.way(high, low, bent);
                bent += usize::from(way.len() > 2);
                canvas.line(&way, stroke(*rate).min(most), colour);
            }
        }
        for block in &self.blocks {
            block.paint(canvas);
        }
        for (x, y) in &self.gaps {
            canvas.bold(*x, *y, "…", 20.0, Align::Centre, INK);
        }
    }
}

impl Block {
    fn paint(&self, canvas: &Canvas<'_>) {
        let (fill, ink) = colours(self.role, self.store);
        let (left, top) = (self.x - self.width / 2.0, self.y - TALL / 2.0);
        outlined(canvas, left, top, self.width, TALL, fill);
        match &self.words {
            [one, two] if two.is_empty() => {
                canvas.text(self.x, self.y, one, SMALL, Align::Centre, ink);
            }
            [one, two] => {
                canvas.text(self.x, self.y - 7.0, one, SMALL, Align::Centre, ink);
                canvas.text(self.x, self.y + 7.5, two, SMALL, Align::Centre, ink);
            }
        }
    }
}
