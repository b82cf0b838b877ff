//! The health log in files and on the screen.

use super::screen::{Screen, fit, wrap};
use super::table::{Table, number};
use crate::model::Rule;
use crate::study::words::{figures, percent, seconds};
use crate::study::{AlertFamily, AlertOutcome, Outcome, families};
use serde_json::{Value, json};

/// Families of alerts on the screen.
const FAMILIES: usize = 3;

/// Unit of a rule's values and bounds.
fn unit(rule: Rule) -> &'static str {
    match rule {
        Rule::FirstByte => "s",
        _ => "1",
    }
}

/// `health.csv`: every alert of every replicate.
pub(super) fn table(outcome: &Outcome) -> Table {
    let mut table = Table::new(&[
        "replicate",
        "rule",
        "severity",
        "target",
        "state",
        "pending_s",
        "from_s",
        "until_s",
        "value",
        "bound",
        "unit",
    ]);
    let known = |time: Option<f64>| time.map(number).unwrap_or_default();
    for run in &outcome.runs {
        for alert in &run.health {
            let state = match (alert.from_s, alert.until_s) {
                (None, _) => "pending",
                (Some(_), None) => "firing",
                (Some(_), Some(_)) => "resolved",
            };
            table.row(&[
                &run.replicate.to_string(),
                alert.rule.name(),
                alert.rule.severity().name(),
                &alert.target,
                state,
                &number(alert.pending_s),
                &known(alert.from_s),
                &known(alert.until_s),
                &number(alert.value),
                &number(alert.bound),
                unit(alert.rule),
            ]);
        }
    }
    table
}

/// Alerts by rule and target over all replicates.
pub(super) fn json(alerts: &[AlertOutcome]) -> Value {
    let entry = |alert: &AlertOutcome| {
        json!({
            "rule": alert.rule.name(),
            "severity": alert.rule.severity().name(),
            "target": alert.target,
            "replicates": alert.replicates,
            "alerts": alert.alerts,
            "pending_replicates": alert.pending,
            "first_s": alert.first_s,
            "longest_s": alert.longest_s,
            "worst": alert.worst,
            "bound": alert.bound,
            "unit": unit(alert.rule),
        })
    };
    alerts.iter().map(entry).collect()
}

/// What fired, in a few lines; nothing if nothing did.
pub(super) fn lines(screen: &mut Screen, outcome: &Outcome) {
    let families = families(&outcome.health);
    let mut lead = format!("{:<12}", "health");
    for family in families.iter().take(FAMILIES) {
        let replicates = match outcome.replicates() as u64 {
            n if n > family.replicates => format!(", in {} of {n} replicates", family.replicates),
            _ => String::new(),
        };
        let text =
            format!("{lead}{}, first after {}{replicates}", words(family), seconds(family.first_s));
        screen.lines.extend(wrap(&text, &" ".repeat(12)));
        // Spaces that stay where they are.
        lead = "\u{a0}".repeat(12);
    }
    if families.len() > FAMILIES {
        let more = families.len() - FAMILIES;
        screen.line(format!("{:12}… and {more} more kinds of alerts in health.csv", ""));
    }
}

/// `7 controller-* NIC out over 90 % (worst 99 %)`.
fn words(family: &AlertFamily) -> String {
    let name = fit(&family.target, 40);
    let target = match family.targets {
        1 => name,
        n => format!("{n} {name}"),
    };
    let (worst, bound) = (family.worst, family.bound);
    match family.rule {
        Rule::Utilisation => {
            format!("{target} over {} busy, up to {}", percent(bound), percent(worst))
        }
        Rule::FirstByte => {
            format!("{target}: first byte p99 over {}, up to {}", seconds(bound), seconds(worst))
        }
        Rule::Retries => format!("{target}: retries rising, up to {} of attempts", percent(worst)),
        Rule::Errors => format!(
            "{target}: more than {} of attempts failed, up to {}",
            percent(bound),
            percent(worst)
        ),
        Rule::Queue => format!(
            "{target}: more than {} waiting per slot, up to {}",
            figures(bound),
            figures(worst)
        ),
        Rule::Down => format!("{target} down"),
        Rule::DataStall => format!(
            "{target}: more than {} of its GPUs waiting for data, up to {}",
            percent(bound),
            percent(worst)
        ),
        Rule::CacheHits => format!("{target}: hit ratio fell by {}", percent(worst)),
    }
}
