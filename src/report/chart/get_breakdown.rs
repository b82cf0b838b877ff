//! Where a request spends its time: one stacked bar a job, with its parts listed beneath.

use super::canvas::{self, Align, Canvas, INK, WIDTH, text_width};
use super::frame::{self, BORDER, Entry, LABEL, Plot};
use super::words;
use crate::study::words::{percent, seconds};
use crate::study::{Outcome, RequestOutcome};
use plotters::style::{RGBColor, WHITE};

/// Height of a bar.
const BAR: f64 = 34.0;
/// Jobs that are shown.
const JOBS: usize = 6;
/// Parts below this share of a request are put together.
const LEAST: f64 = 0.005;

fn colour(stage: &str) -> RGBColor {
    match stage {
        "transfer" => frame::BLUE,
        "controller_queue" => frame::ORANGE,
        "controller_service" => frame::YELLOW,
        "media" => frame::VERMILION,
        "round_trip" => frame::SKY,
        "slow_start" => frame::PURPLE,
        "set_up" => frame::GREEN,
        "throttled" => frame::BLACK,
        "client_cpu" => RGBColor(130, 130, 130),
        // Beyond Okabe and Ito's eight: darker and lighter ones of them, which seldom meet.
        "cache_read" | "cache_fill" => RGBColor(120, 200, 170),
        "outage" => RGBColor(120, 40, 0),
        "timed_out" => RGBColor(90, 60, 110),
        "retransmission" => RGBColor(150, 30, 90),
        "path_delay" => RGBColor(0, 60, 100),
        "standing_queue" => RGBColor(140, 110, 30),
        "admission" => RGBColor(170, 170, 90),
        "connection_wait" => RGBColor(250, 200, 130),
        _ => frame::GREY,
    }
}

struct Part {
    name: String,
    seconds: f64,
    share: f64,
    colour: RGBColor,
}

/// The parts of a job's mean request, in order of its life; small ones together at the end.
fn parts(requests: &RequestOutcome) -> Vec<Part> {
    let whole: f64 = requests.stages.iter().map(|(_, spent)| spent.mean).sum();
    let mut parts = Vec::new();
    let mut rest = 0.0;
    for (name, spent) in requests.stages.iter().filter(|(_, spent)| spent.mean > 0.0) {
        let share = spent.mean / whole;
        if share < LEAST {
            rest += spent.mean;
        } else {
            parts.push(Part {
                name: words(name),
                seconds: spent.mean,
                share,
                colour: colour(name),
            });
        }
    }
    if rest > 0.0 {
        let share = rest / whole;
        parts.push(Part { name: "other".to_owned(), seconds: rest, share, colour: frame::GREY });
    }
    parts
}

struct Job<'a> {
    requests: &'a RequestOutcome,
    parts: Vec<Part>,
    legend: Vec<Entry>,
}

impl Job<'_> {
    fn seconds(&self) -> f64 {
        self.parts.iter().map(|part| part.seconds).sum()
    }
    fn height(&self) -> f64 {
        26.0 + BAR + 16.0 + frame::legend_rows(&self.legend, BORDER) as f64 * 20.0 + 14.0
    }
}

/// The figure; none without answered requests.
pub fn draw(outcome: &Outcome) -> Option<String> {
    let jobs: Vec<Job<'_>> = outcome
        .requests
        .iter()
        .filter(|requests| requests.answered > 0)
        .map(|requests| {
            let parts = parts(requests);
            let entry = |part: &Part| Entry {
                colour: part.colour,
                text: format!("{} {}, {}", part.name, seconds(part.seconds), percent(part.share)),
            };
            Job { requests, legend: parts.iter().map(entry).collect(), parts }
        })
        .filter(|job| !job.parts.is_empty())
        .take(JOBS)
        .collect();
    let worst = jobs
        .first()?
        .parts
        .iter()
        .reduce(|best, part| if part.share > best.share { part } else { best })?;
    let mean = seconds(jobs[0].seconds());
    let title = format!(
        "A request of {} takes {mean}; {} of it is {}",
        jobs[0].requests.job,
        percent(worst.share),
        worst.name
    );
    let subtitle = "Mean time of a request by what it is spent on, in the order of its life";
    let top = frame::title_height(&title, subtitle);
    let height: f64 = jobs.iter().map(Job::height).sum();
    Some(canvas::draw(top + height + 46.0, |canvas| {
        frame::title(canvas, &title, subtitle);
        let x_max = jobs.iter().map(Job::seconds).fold(0.0, f64::max);
        let (scale, unit) = scale(x_max);
        let plot = Plot {
            left: BORDER,
            top,
            width: WIDTH - 2.0 * BORDER - 8.0,
            height,
            x_max: x_max * scale,
            y_max: 1.0,
        };
        let mut y = top;
        for job in &jobs {
            stacked(canvas, &plot, job, y, scale);
            y += job.height();
        }
        canvas.line(&[(plot.left, y), (plot.right(), y)], 1.0, canvas::FAINT);
        frame::x_axis(canvas, &plot, &format!("time since the client took the request up, {unit}"));
    }))
}

/// Axis units in a second, and their name.
fn scale(most: f64) -> (f64, &'static str) {
    match most {
        _ if most >= 1.0 => (1.0, "seconds"),
        _ if most >= 1e-3 => (1e3, "milliseconds"),
        _ => (1e6, "microseconds"),
    }
}

fn stacked(canvas: &Canvas<'_>, plot: &Plot, job: &Job<'_>, top: f64, scale: f64) {
    let requests = job.requests;
    let heading = format!("{}: {} a request", requests.job, seconds(job.seconds()));
    canvas.bold(BORDER, top + 12.0, &heading, LABEL, Align::Left, INK);
    let y = top + 26.0;
    let mut from = 0.0;
    for part in &job.parts {
        let (left, right) = (plot.x(from * scale), plot.x((from + part.seconds) * scale));
        canvas.rect(left, y, right - left, BAR, part.colour);
        canvas.line(&[(right, y), (right, y + BAR)], 1.0, WHITE);
        if text_width(&part.name, LABEL) + 10.0 < right - left {
            let middle = ((left + right) / 2.0, y + BAR / 2.0);
            canvas.text(middle.0, middle.1, &part.name, LABEL, Align::Centre, on(part.colour));
        }
        from += part.seconds;
    }
    frame::legend(canvas, &job.legend, BORDER, y + BAR + 16.0);
}

/// Ink that reads on a colour: dark on light ones, white on dark ones.
fn on(colour: RGBColor) -> RGBColor {
    let RGBColor(r, g, b) = colour;
    let lightness = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    if lightness > 125.0 { BLACK_INK } else { WHITE }
}

const BLACK_INK: RGBColor = RGBColor(0, 0, 0);
