//! What has been paid by each month, buying and renting.

use super::scale;
use crate::report::chart::canvas::{self, Align, INK, WIDTH};
use crate::report::chart::frame::{self, Entry, LABEL, Plot};
use crate::study::cost::Priced;
use crate::study::words::figures;

/// The figure; none unless buying and renting can be compared.
pub fn draw(priced: &Priced) -> Option<String> {
    let grid = &priced.costs.cash;
    let series = |key: &str| -> Option<Vec<f64>> {
        let column = grid.column(key);
        grid.rows.iter().map(|row| row.cells[column].map(|cell| priced.values[cell])).collect()
    };
    let (own, rent) = (series("own_cumulative_usd")?, series("rent_cumulative_usd")?);
    let most = own.iter().chain(&rent).fold(0.0, |a: f64, b| a.max(*b));
    let months = own.len().checked_sub(1).filter(|months| *months > 0 && most > 0.0)?;
    let (per, unit) = scale(most);
    // The last month holds what the hardware fetches; buying has won before that or not at all.
    let even = (1..=months).find(|&m| rent[m] >= own[m] && rent[m - 1] < own[m - 1]);
    let even = even.map(|m| {
        let (before, after) = (own[m - 1] - rent[m - 1], own[m] - rent[m]);
        (m - 1) as f64 + before / (before - after)
    });
    let title = match even {
        Some(month) => {
            format!("Buying has cost less than renting from month {}", figures(month.ceil()))
        }
        None if own[months] > rent[months] => "Renting costs less to the end".to_owned(),
        None => "Buying costs less from the start".to_owned(),
    };
    let rented = priced.rented();
    let subtitle = format!(
        "Paid in all by the end of each month, not discounted, against renting {rented}; the last month \
         takes in the residual value"
    );
    let subtitle = subtitle.as_str();
    let top = frame::title_height(&title, subtitle);
    Some(canvas::draw(top + 400.0, |canvas| {
        frame::title(canvas, &title, subtitle);
        let entry = |colour, text: &str| Entry { colour, text: text.to_owned() };
        let legend =
            [entry(frame::BLUE, "buying"), entry(frame::ORANGE, &format!("renting {rented}"))];
        frame::legend(canvas, &legend, 90.0, top + 8.0);
        let plot = Plot {
            left: 90.0,
            top: top + 30.0,
            width: WIDTH - 90.0 - 40.0,
            height: 310.0,
            x_max: months as f64,
            y_max: most / per * 1.04,
        };
        frame::y_axis(canvas, &plot, unit, figures);
        frame::x_axis(canvas, &plot, "months from the order");
        for (values, colour) in [(&own, frame::BLUE), (&rent, frame::ORANGE)] {
            let points: Vec<(f64, f64)> = values
                .iter()
                .enumerate()
                .map(|(month, usd)| (plot.x(month as f64), plot.y(usd / per)))
                .collect();
            canvas.line(&points, 2.5, colour);
        }
        if let Some(month) = even {
            let m = (month as usize).min(months - 1);
            let usd = own[m] + (own[m + 1] - own[m]) * month.fract();
            let (x, y) = (plot.x(month), plot.y(usd / per));
            canvas.line(&[(x, y), (x, plot.bottom())], 1.0, INK);
            let words = format!("even after {} months", figures(month));
            canvas.text(x - 8.0, y - 12.0, &words, LABEL, Align::Right, INK);
        }
        frame::edges(canvas, &plot);
    }))
}
