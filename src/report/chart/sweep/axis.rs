//! Axes of studies' figures: the values of an axis along the bottom, a metric up the side.

use crate::report::chart::canvas::{Align, Canvas, FAINT, GRID, INK, text_width};
use crate::report::chart::frame::{self, LABEL};
use crate::spec::study::{Axis, Figure, Level, Levels};
use crate::study::metric::is_fraction;
use crate::study::sweep::Curves;
use crate::study::words::{figures, percent};

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Area {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.left + self.width
    }
    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// Numbers on a line, at equal distances or equal ratios.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// From `low` to `high`.
    pub fn new(low: f64, high: f64, log: bool) -> Scale {
        if low < high {
            return Scale { low, high, log };
        }
        // One value alone stands in the middle.
        match log {
            true => Scale { low: low / 2.0, high: low * 2.0, log },
            false => Scale { low: low - 0.5, high: low + 0.5, log },
        }
    }

    /// Where a number lies, 0–1.
    pub fn place(&self, value: f64) -> f64 {
        let share = if self.log {
            libm::log(value.max(self.low) / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }
}

/// The values of an axis along the bottom.
pub struct Bottom {
    scale: Scale,
    /// (number, label) of each value, from left to right.
    ticks: Vec<(f64, String)>,
    numeric: bool,
}

impl Bottom {
    /// The values of `axis`, in the order `order`.
    pub fn of(axis: &Axis, order: &[usize], log: bool) -> Bottom {
        let levels = axis.list();
        let numbers: Option<Vec<f64>> = order.iter().map(|&level| levels[level].number).collect();
        let numeric = numbers.is_some();
        let numbers = numbers.unwrap_or_else(|| (0..order.len()).map(|i| i as f64).collect());
        let log = log && numeric && numbers.iter().all(|&number| number > 0.0);
        let text = |level: &usize| levels[*level].text.clone();
        let (low, high) = extent(numbers.iter().copied());
        let ticks = numbers.into_iter().zip(order.iter().map(text)).collect();
        Bottom { scale: Scale::new(low, high, log), ticks, numeric }
    }

    /// A sampled axis: ticks at its ends and in the middle, or at its values if it is a list. None
    /// if its values are no numbers.
    pub fn sampled(axis: &Axis, log: bool) -> Option<Bottom> {
        let levels: Vec<Level> = match &axis.levels {
            Levels::List(levels) => levels.clone(),
            Levels::Range(_) => [0.0, 0.5, 1.0].map(|u| axis.at(u)).into(),
        };
        let tick = |level: Level| Some((level.number?, level.text));
        let ticks: Vec<(f64, String)> = levels.into_iter().map(tick).collect::<Option<_>>()?;
        let (low, high) = extent(ticks.iter().map(|tick| tick.0));
        let log = log && low > 0.0;
        Some(Bottom { scale: Scale::new(low, high, log), ticks, numeric: true })
    }

    /// Pixel of the value at `position` from the left, or of a number.
    pub fn x(&self, area: &Area, number: f64) -> f64 {
        // Points on the very edge would be cut in half.
        const INSIDE: f64 = 12.0;
        area.left + INSIDE + self.scale.place(number) * (area.width - 2.0 * INSIDE)
    }

    /// Number of the value at `position` from the left.
    pub fn number(&self, position: usize) -> f64 {
        self.ticks[position].0
    }

    /// Ticks, labels where there is room, title.
    pub fn draw(&self, canvas: &Canvas<'_>, area: &Area, title: Option<&str>) {
        let mut free = f64::NEG_INFINITY;
        let room = area.width / self.ticks.len() as f64 - 6.0;
        for (number, label) in &self.ticks {
            let x = self.x(area, *number);
            canvas.line(&[(x, area.bottom()), (x, area.bottom() + 5.0)], 1.0, FAINT);
            let most = if self.numeric { 120.0 } else { room.max(40.0) };
            let label = crate::report::chart::canvas::shorten(label, LABEL, most);
            let half = text_width(&label, LABEL) / 2.0;
            if x - half >= free {
                canvas.text(x, area.bottom() + 17.0, &label, LABEL, Align::Centre, INK);
                free = x + half + 6.0;
            }
        }
        if let Some(title) = title {
            let middle = area.left + area.width / 2.0;
            canvas.text(middle, area.bottom() + 40.0, title, LABEL, Align::Centre, INK);
        }
    }
}

fn extent(numbers: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    (numbers.clone().fold(f64::INFINITY, f64::min), numbers.fold(f64::NEG_INFINITY, f64::max))
}

/// A metric up the side.
pub struct Side {
    scale: Scale,
    fraction: bool,
    ticks: Vec<f64>,
}

impl Side {
    /// For values up to `most`, of which the smallest is `least`.
    pub fn of(curves: &Curves<'_>, figure: &Figure, least: f64, most: f64) -> Side {
        let fraction = is_fraction(&curves.plan.study.metrics[figure.metric]);
        if figure.log_y && least > 0.0 {
            let marks = decades(least, most);
            let (low, high) = (marks[0], marks[marks.len() - 1]);
            let crowded = marks.len() > 9;
            // Of many ticks only the powers of ten, which are every third.
            let first_ten = |value: &&f64| {
                let exponent = libm::log10(**value);
                !crowded || (exponent - exponent.round()).abs() < 1e-9
            };
            let ticks = marks.iter().filter(first_ten).copied().collect();
            return Side { scale: Scale::new(low, high, true), fraction, ticks };
        }
        let high = match most {
            _ if fraction && most > 0.5 && most <= 1.0 => 1.0,
            _ if most > 0.0 => {
                let step = frame::nice_step(most, 6);
                (most / step).ceil() * step
            }
            _ => 1.0,
        };
        Side { scale: Scale::new(0.0, high, false), fraction, ticks: frame::ticks(high, 6) }
    }

    /// Pixel of a value.
    pub fn y(&self, area: &Area, value: f64) -> f64 {
        area.top + (1.0 - self.scale.place(value)) * area.height
    }

    /// Width that labels take.
    pub fn width(&self) -> f64 {
        let widths = self.ticks.iter().map(|&value| text_width(&self.say(value), LABEL));
        widths.fold(0.0, f64::max)
    }

    fn say(&self, value: f64) -> String {
        if self.fraction { percent(value) } else { figures(value) }
    }

    /// Grid lines, and labels if wanted.
    pub fn draw(&self, canvas: &Canvas<'_>, area: &Area, labels: bool) {
        for &value in &self.ticks {
            let y = self.y(area, value);
            canvas.line(&[(area.left, y), (area.right(), y)], 1.0, GRID);
            if labels {
                canvas.text(area.left - 8.0, y, &self.say(value), LABEL, Align::Right, INK);
            }
        }
    }
}

/// 1, 2 and 5 of every decade from below `least` to above `most`.
fn decades(least: f64, most: f64) -> Vec<f64> {
    let mut marks = Vec::new();
    for exponent in -12..16 {
        let power = libm::pow(10.0, f64::from(exponent));
        marks.extend([1.0, 2.0, 5.0].map(|factor| power * factor));
    }
    let first = marks.iter().rposition(|&mark| mark <= least).unwrap_or(0);
    let last = marks.iter().position(|&mark| mark >= most).unwrap_or(marks.len() - 1);
    marks[first..=last.max(first + 1).min(marks.len() - 1)].to_vec()
}
