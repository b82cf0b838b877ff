//! What unlucky paths cost, on the screen and as JSON.

use super::json::estimate;
use crate::kernel::units::MIB;
use crate::study::collisions::{Collisions, Loss};
use crate::study::words::{figures, percent};
use serde_json::{Value, json};

/// Lines below a run's screen.
pub fn lines(collisions: &Collisions) -> String {
    let mut text = "\nrouting  against spraying at no cost, same chance\n".to_owned();
    for loss in &collisions.losses {
        let Loss { job, unit, ideal, share } = loss;
        let half = share.half_width.map_or(String::new(), |half| format!(" ± {}", percent(half)));
        let (ideal, unit) = match *unit {
            "bytes/s" => (figures(ideal.mean / MIB), "MiB/s"),
            unit => (figures(ideal.mean), unit),
        };
        let lost = percent(share.mean);
        text += &format!("  {job}: {lost}{half} of {ideal} {unit} lost to collisions\n");
    }
    for tier in &collisions.tiers {
        let times = figures(tier.max_over_mean);
        text += &format!(
            "  {}: {} carries {times} times the mean of its equals\n",
            tier.name, tier.worst
        );
    }
    text
}

/// The key `ideal_routing` of a run's JSON object.
pub fn value(collisions: &Collisions) -> Value {
    let loss = |loss: &Loss| {
        json!({
            "job": loss.job,
            "unit": loss.unit,
            "ideal": estimate(&loss.ideal),
            "lost_share": estimate(&loss.share),
        })
    };
    let tier = |tier: &crate::study::collisions::Tier| json!({ "tier": tier.name, "worst_link": tier.worst, "max_over_mean": tier.max_over_mean });
    json!({
        "jobs": collisions.losses.iter().map(loss).collect::<Vec<Value>>(),
        "tiers": collisions.tiers.iter().map(tier).collect::<Vec<Value>>(),
    })
}
