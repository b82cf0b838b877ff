//! Lines that are told apart in colour, in grey, and by the colour-blind: colour, marker and dash.

use crate::report::chart::canvas::{Canvas, INK};
use crate::report::chart::frame;
use plotters::style::{RGBColor, WHITE};

/// How one line looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Its colour.
    pub colour: RGBColor,
    marker: Marker,
    dashed: bool,
}

#[derive(Debug, Clone, Copy)]
enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
}

/// Colours in an order in which neighbours differ in lightness.
const COLOURS: [RGBColor; 7] = [
    frame::BLUE,
    frame::ORANGE,
    frame::BLACK,
    frame::SKY,
    frame::VERMILION,
    frame::GREEN,
    frame::PURPLE,
];
const MARKERS: [Marker; 4] = [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond];

/// The style of line number `i`.
pub fn style(i: usize) -> Style {
    let dashed = i % 2 == 1;
    Style { colour: COLOURS[i % COLOURS.len()], marker: MARKERS[i % MARKERS.len()], dashed }
}

impl Style {
    /// The colour of its band.
    pub fn tint(&self) -> RGBColor {
        let light = |part: u8| 255 - ((255 - u16::from(part)) * 22 / 100) as u8;
        RGBColor(light(self.colour.0), light(self.colour.1), light(self.colour.2))
    }

    /// A line through points.
    pub fn line(&self, canvas: &Canvas<'_>, points: &[(f64, f64)]) {
        if points.len() < 2 {
            return;
        }
        match self.dashed {
            true => canvas.dashes(points, 2.0, self.colour),
            false => canvas.line(points, 2.25, self.colour),
        }
    }

    /// A marker.
    pub fn mark(&self, canvas: &Canvas<'_>, (x, y): (f64, f64)) {
        canvas.area(&self.outline(x, y, 5.6), WHITE);
        canvas.area(&self.outline(x, y, 4.4), self.colour);
    }

    fn outline(&self, x: f64, y: f64, r: f64) -> Vec<(f64, f64)> {
        match self.marker {
            Marker::Circle => circle(x, y, r),
            Marker::Square => {
                let r = r * 0.9;
                vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
            }
            Marker::Triangle => {
                let r = r * 1.2;
                vec![(x, y - r), (x + r * 0.9, y + r * 0.65), (x - r * 0.9, y + r * 0.65)]
            }
            Marker::Diamond => {
                let r = r * 1.25;
                vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
            }
        }
    }
}

fn circle(x: f64, y: f64, r: f64) -> Vec<(f64, f64)> {
    let at = |i: u32| {
        let angle = f64::from(i) * std::f64::consts::TAU / 24.0;
        (x + r * libm::cos(angle), y + r * libm::sin(angle))
    };
    (0..24).map(at).collect()
}

/// The ring about a knee.
pub fn ring(canvas: &Canvas<'_>, (x, y): (f64, f64)) {
    let mut outline = circle(x, y, 9.5);
    outline.push(outline[0]);
    canvas.line(&outline, 1.75, INK);
}
