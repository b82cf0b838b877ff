//! Links between sites, above their panels.

use super::layers::Layers;
use super::{Align, Canvas, INK, SMALL, WIDTH, said, stroke, text_width};
use crate::fabric::graph::VertexId;
use crate::report::chart::frame::VERMILION;
use crate::study::topology::{Fabric, WanRow};
use crate::study::words::seconds;
use plotters::style::WHITE;

/// Distance between two links.
const STEP: f64 = 24.0;

/// Room that they take.
pub fn height(fabric: &Fabric) -> f64 {
    fabric.wans.len() as f64 * STEP + if fabric.wans.is_empty() { 0.0 } else { 10.0 }
}

/// Paints them between `top` and the panels.
pub fn paint(canvas: &Canvas<'_>, fabric: &Fabric, layers: &Layers<'_>, top: f64) {
    let border = |name: &str| -> Option<VertexId> {
        fabric.graph.vertices.iter().find(|(_, known)| *known == name).map(|(id, _)| id)
    };
    let n = fabric.wans.len();
    let mut words: Vec<(f64, f64, String)> = Vec::new();
    for (i, wan) in fabric.wans.iter().enumerate() {
        let ends = [0, 1].map(|end| border(&wan.ends[end]).and_then(|v| layers.head_of(v)));
        let [Some((a, low_a)), Some((b, low_b))] = ends else { continue };
        let y = top + (i as f64 + 0.5) * STEP;
        // Ends of several links stand beside each other.
        let aside = (i as f64 - (n as f64 - 1.0) / 2.0) * 9.0;
        let (a, b) = (a + aside, b + aside);
        let bend = [(a, low_a), (a, y), (b, y), (b, low_b)];
        canvas.line(&bend, stroke(wan.rate.bytes_per_s()), VERMILION);
        words.push(((a + b) / 2.0, y, said_of(wan)));
    }
    for (x, y, text) in words {
        let width = text_width(&text, SMALL) + 10.0;
        let x = x.clamp(width / 2.0, WIDTH - width / 2.0);
        canvas.rect(x - width / 2.0, y - 8.0, width, 16.0, WHITE);
        canvas.text(x, y, &text, SMALL, Align::Centre, INK);
    }
}

fn said_of(wan: &WanRow) -> String {
    format!("{}, round trip {}", said(wan.rate), seconds(wan.round_trip.as_s()))
}
