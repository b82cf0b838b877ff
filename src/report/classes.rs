//! Traffic classes in files and on the screen, where a scenario has any.

use super::json::estimate;
use super::screen::{Screen, fit, wrap};
use crate::study::words::{bytes_per_s, percent, seconds, thousands};
use crate::study::{ClassOutcome, Estimate, Outcome};
use serde_json::{Value, json};

/// Lines of `summary.csv`: (metric, class, unit, estimate).
pub(super) fn lines(outcome: &Outcome) -> Vec<(String, String, &'static str, Estimate)> {
    let exact = |mean: f64| Estimate { mean, half_width: None, n: outcome.replicates() as u64 };
    let of_class = |class: &ClassOutcome| {
        let requests = &class.requests;
        let name = &requests.job;
        [
            ("class_bytes", "B", class.bytes),
            ("class_bytes_per_s", "B/s", class.bytes_per_s),
            ("class_gradient_bytes", "B", class.gradient_bytes),
            ("class_requests_per_s", "1/s", requests.requests_per_s),
            ("class_latency_p50_s", "s", exact(requests.total.p50_s)),
            ("class_latency_p99_s", "s", exact(requests.total.p99_s)),
            ("class_waited_s", "s", class.waited_s),
            ("class_transfer_s", "s", class.transfer_s),
            ("class_denied_all_replicates", "1", exact(class.denied as f64)),
        ]
        .map(|(metric, unit, value)| (metric.to_owned(), name.clone(), unit, value))
    };
    outcome.classes.iter().flat_map(of_class).collect()
}

/// The list under `classes` of the JSON object; none without classes.
pub(super) fn json(outcome: &Outcome) -> Option<Value> {
    let of_class = |class: &ClassOutcome| {
        json!({
            "name": class.requests.job,
            "bytes": estimate(&class.bytes),
            "bytes_per_s": estimate(&class.bytes_per_s),
            "gradient_bytes": estimate(&class.gradient_bytes),
            "requests_per_s": estimate(&class.requests.requests_per_s),
            "answered": class.requests.answered,
            "in_flight_end": class.requests.in_flight_end,
            "denied": class.denied,
            "first_byte": serde_json::to_value(&class.requests.first_byte).expect("numbers"),
            "total": serde_json::to_value(&class.requests.total).expect("numbers"),
            "waited_s": estimate(&class.waited_s),
            "transfer_s": estimate(&class.transfer_s),
        })
    };
    let all: Vec<Value> = outcome.classes.iter().map(of_class).collect();
    (!all.is_empty()).then(|| all.into())
}

/// A line a class that moved anything.
pub(super) fn screen(screen: &mut Screen, outcome: &Outcome) {
    let all: f64 = outcome.classes.iter().map(|class| class.bytes.mean).sum();
    for class in outcome.classes.iter().filter(|class| class.bytes.mean > 0.0) {
        let requests = match class.requests.answered {
            0 => String::new(),
            _ => format!(
                "; p99 {}, of the mean waited {}, moved {}",
                seconds(class.requests.total.p99_s),
                seconds(class.waited_s.mean),
                seconds(class.transfer_s.mean)
            ),
        };
        let denied = match class.denied {
            0 => String::new(),
            n => format!("; {} not let in", thousands(n as f64)),
        };
        let text = format!(
            "class       {}: {}, {} of all bytes{requests}{denied}",
            fit(&class.requests.job, 20),
            bytes_per_s(class.bytes_per_s.mean),
            percent(class.bytes.mean / all)
        );
        screen.lines.extend(wrap(&text, "            "));
    }
}
