//! What an hour costs, line by line, and how much of each line is for idle time.

use crate::report::chart::canvas::{self, Align, Canvas, FAINT, GRID, INK, WIDTH, shorten};
use crate::report::chart::frame::{self, BORDER, Entry, LABEL, Plot};
use crate::report::cost::usd;
use crate::study::cost::Priced;
use crate::study::words::percent;

/// Height of a bar with the space about it, pixels.
const ROW: f64 = 28.0;
/// Left edge of the bars.
const LEFT: f64 = 262.0;
/// Room for the words right of the longest bar.
const RIGHT: f64 = 160.0;
/// Lines that are shown; the smaller ones are put together.
const LINES: usize = 10;

struct Row {
    label: String,
    usd: f64,
    idle: f64,
}

/// The figure; none if nothing costs anything.
pub fn draw(priced: &Priced) -> Option<String> {
    let rows = rows(priced);
    let total: f64 = rows.iter().map(|row| row.usd).sum();
    let first = rows.first().filter(|row| row.usd > 0.0)?;
    let title = format!(
        "An hour costs {} USD; {} of that is {}",
        usd(total),
        percent(first.usd / total),
        first.label
    );
    let idle: f64 = rows.iter().map(|row| row.idle).sum();
    let subtitle = format!(
        "Costs by line; {} of all is paid for time in which GPUs are idle",
        percent(idle / total)
    );
    let top = frame::title_height(&title, &subtitle);
    let entry = |colour, text: &str| Entry { colour, text: text.to_owned() };
    let legend =
        [entry(frame::BLUE, "useful time, bytes and requests"), entry(frame::ORANGE, "idle time")];
    Some(canvas::draw(top + rows.len() as f64 * ROW + 90.0, |canvas| {
        frame::title(canvas, &title, &subtitle);
        frame::legend(canvas, &legend, LEFT, top + 8.0);
        let plot = Plot {
            left: LEFT,
            top: top + 28.0,
            width: WIDTH - LEFT - RIGHT,
            height: rows.len() as f64 * ROW,
            x_max: first.usd,
            y_max: 1.0,
        };
        for value in frame::ticks(plot.x_max, 10) {
            let x = plot.x(value);
            canvas.line(&[(x, plot.top), (x, plot.bottom())], 1.0, GRID);
        }
        for (i, row) in rows.iter().enumerate() {
            bar(canvas, &plot, row, plot.top + (i as f64 + 0.5) * ROW, total);
        }
        canvas.line(&[(LEFT, plot.top), (LEFT, plot.bottom())], 1.0, FAINT);
        frame::x_axis(canvas, &plot, "USD per hour");
    }))
}

/// Lines, largest first, small ones together.
fn rows(priced: &Priced) -> Vec<Row> {
    let row = |line: &crate::cost::Line| Row {
        label: match line.group {
            "energy" => format!("Energy: {}", line.label),
            _ => line.label.clone(),
        },
        usd: priced.values[line.per_hour],
        idle: priced.values[line.idle_per_hour],
    };
    let mut rows: Vec<Row> = priced.costs.lines.iter().map(row).filter(|r| r.usd > 0.0).collect();
    rows.sort_by(|a, b| b.usd.total_cmp(&a.usd));
    if rows.len() > LINES {
        let rest = rows.split_off(LINES - 1);
        rows.push(Row {
            label: format!("{} smaller lines", rest.len()),
            usd: rest.iter().map(|row| row.usd).sum(),
            idle: rest.iter().map(|row| row.idle).sum(),
        });
    }
    rows
}

fn bar(canvas: &Canvas<'_>, plot: &Plot, row: &Row, y: f64, total: f64) {
    let height = ROW * 0.7;
    let (useful, end) = (plot.x(row.usd - row.idle), plot.x(row.usd));
    canvas.rect(LEFT, y - height / 2.0, useful - LEFT, height, frame::BLUE);
    canvas.rect(useful, y - height / 2.0, (end - useful).max(0.0), height, frame::ORANGE);
    let words = format!("{} USD/h, {}", usd(row.usd), percent(row.usd / total));
    canvas.text(end + 8.0, y, &words, LABEL, Align::Left, INK);
    let label = shorten(&row.label, LABEL, LEFT - 10.0 - BORDER);
    canvas.text(BORDER, y, &label, LABEL, Align::Left, INK);
}
