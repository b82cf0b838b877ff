//! Alerts of all replicates together.

use super::family::pattern;
use crate::metrics::summary::RunSummary;
use crate::model::Rule;

/// Alerts of one rule on one target, over all replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertOutcome {
    /// The rule.
    pub rule: Rule,
    /// On what.
    pub target: String,
    /// Replicates in which it fired.
    pub replicates: u64,
    /// Alerts that fired, over all replicates.
    pub alerts: u64,
    /// Replicates at whose end it was pending.
    pub pending: u64,
    /// When it fired first, in any replicate, seconds; `None`: it was only ever pending.
    pub first_s: Option<f64>,
    /// The longest time it fired, seconds; one that the end of a run cut off lasts until then.
    pub longest_s: f64,
    /// The worst value, in the rule's unit.
    pub worst: f64,
    /// The bound that it went over.
    pub bound: f64,
}

/// Alerts of one rule on targets that differ by number alone.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertFamily {
    /// The rule.
    pub rule: Rule,
    /// `controller-* NIC out`, or the one target's name.
    pub target: String,
    /// Targets on which it fired.
    pub targets: usize,
    /// The most replicates in which it fired on one of them.
    pub replicates: u64,
    /// When it fired first, seconds.
    pub first_s: f64,
    /// The worst value.
    pub worst: f64,
    /// The bound.
    pub bound: f64,
}

/// What the replicates' alerts say together: those that fired in most replicates first, then the
/// earliest; equals in order of rule and first appearance.
pub fn merge(runs: &[RunSummary]) -> Vec<AlertOutcome> {
    let mut all: Vec<AlertOutcome> = Vec::new();
    for run in runs {
        let mut seen: Vec<usize> = Vec::new();
        for alert in &run.health {
            let alike = |a: &AlertOutcome| a.rule == alert.rule && a.target == alert.target;
            let at = all.iter().position(alike).unwrap_or_else(|| {
                all.push(AlertOutcome {
                    rule: alert.rule,
                    target: alert.target.clone(),
                    replicates: 0,
                    alerts: 0,
                    pending: 0,
                    first_s: None,
                    longest_s: 0.0,
                    worst: alert.value,
                    bound: alert.bound,
                });
                all.len() - 1
            });
            let merged = &mut all[at];
            merged.worst = merged.worst.max(alert.value);
            let Some(from) = alert.from_s else {
                merged.pending += 1;
                continue;
            };
            merged.alerts += 1;
            merged.first_s = Some(merged.first_s.map_or(from, |first| first.min(from)));
            let until = alert.until_s.unwrap_or(run.end_s);
            merged.longest_s = merged.longest_s.max(until - from);
            if !seen.contains(&at) {
                merged.replicates += 1;
                seen.push(at);
            }
        }
    }
    let first = |a: &AlertOutcome| a.first_s.unwrap_or(f64::INFINITY);
    all.sort_by(|a, b| {
        let often = b.replicates.cmp(&a.replicates);
        often.then(first(a).total_cmp(&first(b))).then(a.rule.cmp(&b.rule))
    });
    all
}

/// Families of what fired: critical ones first, then in the order of the alerts.
pub fn families(alerts: &[AlertOutcome]) -> Vec<AlertFamily> {
    let mut families: Vec<AlertFamily> = Vec::new();
    for alert in alerts {
        let Some(first_s) = alert.first_s else { continue };
        let target = pattern(&alert.target);
        match families.iter_mut().find(|f| f.rule == alert.rule && pattern(&f.target) == target) {
            Some(family) => {
                family.target = target;
                family.targets += 1;
                family.replicates = family.replicates.max(alert.replicates);
                family.first_s = family.first_s.min(first_s);
                family.worst = family.worst.max(alert.worst);
            }
            None => families.push(AlertFamily {
                rule: alert.rule,
                target: alert.target.clone(),
                targets: 1,
                replicates: alert.replicates,
                first_s,
                worst: alert.worst,
                bound: alert.bound,
            }),
        }
    }
    families.sort_by_key(|family| std::cmp::Reverse(family.rule.severity()));
    families
}
