//! Faults over all replicates, by disturbance.

use super::estimate::{Estimate, estimate};
use crate::metrics::summary::{FaultSummary, RunSummary};

/// What one disturbance did to all that it befalls.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultOutcome {
    /// Name of the disturbance.
    pub disturbance: String,
    /// Its kind: `faults`, `link_faults`, `controller_faults`, `rebuild`.
    pub kind: &'static str,
    /// Boxes, cables or sites that it can befall.
    pub targets: u64,
    /// Faults in a run, all targets together.
    pub faults: Estimate,
    /// Seconds in faults in a run, summed over targets.
    pub down_s: Estimate,
    /// Mean share of time that a target is without a fault, 0–1.
    pub availability: Estimate,
}

/// By disturbance, in the order of the scenario.
pub(super) fn faults(runs: &[RunSummary]) -> Vec<FaultOutcome> {
    let mut names: Vec<(&str, &'static str)> = Vec::new();
    for fault in runs.iter().flat_map(|run| &run.faults) {
        if !names.contains(&(&fault.disturbance, fault.kind)) {
            names.push((&fault.disturbance, fault.kind));
        }
    }
    let of = |name: &str, kind: &'static str| {
        let all = |of: &dyn Fn(&FaultSummary) -> f64| {
            let sum = |run: &RunSummary| -> f64 {
                run.faults.iter().filter(|fault| fault.disturbance == name).map(of).sum()
            };
            runs.iter().map(sum).collect::<Vec<f64>>()
        };
        let counted = |fault: &FaultSummary| fault.faults as f64;
        let targets = all(&|_| 1.0);
        let up = all(&|fault| fault.availability);
        let mean = up.iter().zip(&targets).map(|(up, n)| up / n);
        FaultOutcome {
            disturbance: name.to_owned(),
            kind,
            targets: targets[0] as u64,
            faults: estimate(all(&counted)),
            down_s: estimate(all(&|fault| fault.down_s)),
            availability: estimate(mean),
        }
    };
    names.into_iter().map(|(name, kind)| of(name, kind)).collect()
}
