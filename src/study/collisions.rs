//! What unlucky paths cost: runs against the same runs, with the same chance, sprayed over all equal
//! ways at no cost.

use super::estimate::{Estimate, estimate};
use super::pattern;
use crate::metrics::summary::{LinkSummary, RunSummary};
use crate::model::Scenario;
use std::collections::BTreeMap;

/// A job's throughput against that with ideal routing.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// Job.
    pub job: String,
    /// `samples/s` of a training job, `bytes/s` of a load.
    pub unit: &'static str,
    /// With ideal routing.
    pub ideal: Estimate,
    /// Share of it that is lost, replicate by replicate; negative where chance gained.
    pub share: Estimate,
}

/// How unevenly the cables of a tier are used beside their equals.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier {
    /// `leaf-* → spine uplinks`.
    pub name: String,
    /// The fullest cable beside its equals over all replicates.
    pub worst: String,
    /// Bytes on it over the mean of its equals.
    pub max_over_mean: f64,
}

/// The cost of collisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Collisions {
    /// Of each job of the scenario.
    pub losses: Vec<Loss>,
    /// Of tiers with parallel cables that carried something, by name.
    pub tiers: Vec<Tier>,
}

/// The scenario with all its networks sprayed.
pub fn ideal(scenario: &Scenario) -> Scenario {
    let mut ideal = scenario.clone();
    let ids: Vec<_> = ideal.fabrics.iter().map(|(id, _)| id).collect();
    for id in ids {
        ideal.fabrics[id].routing = ideal.fabrics[id].routing.ideal();
    }
    ideal
}

/// Compares replicate i of `runs` with replicate i of `ideal`.
///
/// # Panics
/// If the two are not runs of one scenario's jobs, as many of each.
pub fn compare(runs: &[RunSummary], ideal: &[RunSummary]) -> Collisions {
    assert_eq!(runs.len(), ideal.len(), "paired runs come in pairs");
    let mut losses = Vec::new();
    let first = &runs[0];
    for (i, job) in first.training.iter().enumerate() {
        let of = |run: &RunSummary| run.training[i].samples_per_s;
        losses.push(loss(&job.name, "samples/s", runs, ideal, of));
    }
    // Requests of training jobs come first, then those of loads, then those of neighbours.
    for (i, load) in first.requests.iter().enumerate().skip(first.training.len()) {
        let of = |run: &RunSummary| run.requests[i].bytes_per_s;
        losses.push(loss(&load.job, "bytes/s", runs, ideal, of));
    }
    Collisions { losses, tiers: tiers(runs) }
}

fn loss(
    job: &str,
    unit: &'static str,
    runs: &[RunSummary],
    ideal: &[RunSummary],
    of: impl Fn(&RunSummary) -> f64,
) -> Loss {
    let share = |(run, ideal): (&RunSummary, &RunSummary)| match of(ideal) {
        0.0 => 0.0,
        most => 1.0 - of(run) / most,
    };
    Loss {
        job: job.to_owned(),
        unit,
        ideal: estimate(ideal.iter().map(&of)),
        share: estimate(runs.iter().zip(ideal).map(share)),
    }
}

fn tiers(runs: &[RunSummary]) -> Vec<Tier> {
    let mut tiers: BTreeMap<String, Tier> = BTreeMap::new();
    for run in runs {
        let mut groups: BTreeMap<&str, Vec<&LinkSummary>> = BTreeMap::new();
        for link in run.links.iter().filter(|link| link.kind == "network") {
            groups.entry(&link.group).or_default().push(link);
        }
        for (group, links) in groups {
            let mean = links.iter().map(|link| link.bytes).sum::<f64>() / links.len() as f64;
            let fullest = links.iter().max_by(|a, b| a.bytes.total_cmp(&b.bytes));
            let Some(fullest) = fullest.filter(|_| links.len() > 1 && mean > 0.0) else {
                continue;
            };
            let (name, ratio) = (pattern(group), fullest.bytes / mean);
            let tier = tiers.entry(name.clone()).or_insert_with(|| Tier {
                name,
                worst: String::new(),
                max_over_mean: 0.0,
            });
            if ratio > tier.max_over_mean {
                (tier.worst, tier.max_over_mean) = (fullest.name.clone(), ratio);
            }
        }
    }
    tiers.into_values().collect()
}
