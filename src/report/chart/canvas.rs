//! A small drawing surface over plotters' SVG backend. Coordinates are pixels of a 900 px wide
//! figure; the backend rounds to whole units, so it is given finer ones and the file's view box
//! scales them back. No font is opened: widths of text are estimated for the widest of the usual
//! sans-serif fonts.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Width of every figure, pixels.
pub const WIDTH: f64 = 900.0;

/// Backend units in a pixel.
const FINE: f64 = 4.0;

/// Font size of the backend's files over the size asked for (plotters-svg divides by it).
const FONT_RATIO: f64 = 1.24;

/// Ink of titles and axes.
pub const INK: RGBColor = RGBColor(34, 34, 34);
/// Ink of what should step back.
pub const FAINT: RGBColor = RGBColor(95, 95, 95);
/// Fills of a network's boxes: node, store, switch, router, firewall; light, so that ink reads.
pub const BOX_FILLS: [RGBColor; 5] = [
    RGBColor(190, 222, 244),
    RGBColor(250, 220, 160),
    RGBColor(236, 236, 236),
    RGBColor(206, 232, 216),
    RGBColor(246, 200, 180),
];
/// Grid lines.
pub const GRID: RGBColor = RGBColor(222, 222, 222);

/// Where a text's anchor lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Left,
    /// Its middle is there.
    Centre,
    /// It ends there.
    Right,
}

/// A figure being drawn.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws a figure of `height` pixels and returns its file.
pub fn draw(height: f64, paint: impl FnOnce(&Canvas<'_>)) -> String {
    let height = height.ceil();
    let size = ((WIDTH * FINE) as u32, (height * FINE) as u32);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        let canvas = Canvas { area };
        canvas.rect(0.0, 0.0, WIDTH, height, WHITE);
        paint(&canvas);
        canvas.area.present().expect("a drawing in memory cannot fail");
    }
    let (fine, shown) = (
        format!("<svg width=\"{}\" height=\"{}\"", size.0, size.1),
        format!("<svg width=\"{WIDTH}\" height=\"{height}\""),
    );
    text.replacen(&fine, &shown, 1)
}

fn at(x: f64, y: f64) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

/// Estimated width of `text` at `size` pixels.
pub fn text_width(text: &str, size: f64) -> f64 {
    let em = |symbol: char| match symbol {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.41,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '—' | '→' => 0.96,
        'A'..='Z' | '+' | '=' | '<' | '>' | '×' => 0.76,
        _ => 0.63,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// `text` in lines no wider than `width`, broken between words.
pub fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `text`, its middle left out if it would be wider than `width`.
pub fn shorten(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let symbols: Vec<char> = text.chars().collect();
    let mut kept = symbols.len();
    loop {
        kept -= 1;
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let short: String =
            symbols[..head].iter().chain(&['…']).chain(&symbols[symbols.len() - tail..]).collect();
        if kept <= 2 || text_width(&short, size) <= width {
            return short;
        }
    }
}

impl Canvas<'_> {
    /// A filled rectangle.
    pub fn rect(&self, x: f64, y: f64, width: f64, height: f64, colour: RGBColor) {
        let corners = [at(x, y), at(x + width, y + height)];
        self.put(&Rectangle::new(corners, colour.filled()));
    }

    /// A line through points.
    pub fn line(&self, points: &[(f64, f64)], width: f64, colour: RGBColor) {
        let stroke = colour.stroke_width((width * FINE).round() as u32);
        let path: Vec<(i32, i32)> = points.iter().map(|&(x, y)| at(x, y)).collect();
        self.put(&PathElement::new(path, stroke));
    }

    /// A line of dashes through points.
    pub fn dashes(&self, points: &[(f64, f64)], width: f64, colour: RGBColor) {
        const DASH: f64 = 7.0;
        const PERIOD: f64 = 11.0;
        let mut drawn = 0.0;
        for pair in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let length = ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)).sqrt();
            let mut from = 0.0;
            while from < length {
                let phase = (drawn + from) % PERIOD;
                let to = (from + if phase < DASH { DASH - phase } else { PERIOD - phase })
                    .max(from + 0.01);
                let to = to.min(length);
                if phase < DASH {
                    let on = |s: f64| (x0 + (x1 - x0) * s / length, y0 + (y1 - y0) * s / length);
                    self.line(&[on(from), on(to)], width, colour);
                }
                from = to;
            }
            drawn += length;
        }
    }

    /// A filled outline.
    pub fn area(&self, points: &[(f64, f64)], colour: RGBColor) {
        let path: Vec<(i32, i32)> = points.iter().map(|&(x, y)| at(x, y)).collect();
        self.put(&Polygon::new(path, colour));
    }

    /// A text whose vertical middle is `y`.
    pub fn text(&self, x: f64, y: f64, text: &str, size: f64, align: Align, colour: RGBColor) {
        self.write(x, y, text, (size, FontStyle::Normal, FontTransform::None), align, colour);
    }

    /// A bold text whose vertical middle is `y`.
    pub fn bold(&self, x: f64, y: f64, text: &str, size: f64, align: Align, colour: RGBColor) {
        self.write(x, y, text, (size, FontStyle::Bold, FontTransform::None), align, colour);
    }

    /// A text that reads upwards, centred on (x, y).
    pub fn upright(&self, x: f64, y: f64, text: &str, size: f64, colour: RGBColor) {
        let style = (size, FontStyle::Normal, FontTransform::Rotate270);
        self.write(x, y, text, style, Align::Centre, colour);
    }

    fn write(
        &self,
        x: f64,
        y: f64,
        text: &str,
        (size, style, turn): (f64, FontStyle, FontTransform),
        align: Align,
        colour: RGBColor,
    ) {
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Centre => HPos::Center,
            Align::Right => HPos::Right,
        };
        let font = ("sans-serif", size * FINE * FONT_RATIO, style)
            .into_font()
            .transform(turn)
            .color(&colour)
            .pos(Pos::new(h_pos, VPos::Center));
        self.put(&Text::new(text.to_owned(), at(x, y), font));
    }

    fn put<'e, E>(&self, element: &'e E)
    where
        &'e E: plotters::element::PointCollection<'e, (i32, i32)>,
        E: for<'b> plotters::element::Drawable<SVGBackend<'b>>,
    {
        self.area.draw(element).expect("a drawing in memory cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_broken_or_shortened_to_fit() {
        let lines = wrap("GPUs are 77 % busy; 21 % wait for data", 20.0, 200.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| text_width(line, 20.0) <= 200.0));
        assert_eq!(lines.join(" "), "GPUs are 77 % busy; 21 % wait for data");
        let short = shorten("storage-12/device-3 read of everything", 12.0, 120.0);
        assert!(short.contains('…') && text_width(&short, 12.0) <= 120.0);
        assert_eq!(shorten("leaf-0", 12.0, 120.0), "leaf-0");
    }

    #[test]
    fn figures_are_nine_hundred_pixels_wide_and_open_no_font() {
        let svg = draw(100.0, |canvas| canvas.text(5.0, 50.0, "a < b", 12.0, Align::Left, INK));
        assert!(svg.starts_with("<svg width=\"900\" height=\"100\" viewBox=\"0 0 3600 400\""));
        assert!(svg.contains("a &lt; b") && svg.contains("sans-serif"));
    }
}
