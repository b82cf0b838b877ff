//! Disturbances that change what a box is, rather than when something happens: the scenario as it
//! stands while they are on.

use crate::model::{Disturb, Scenario, Transport};
use std::sync::Arc;

/// The scenario with loss on its transport and with the CPUs that others leave.
pub(super) fn in_effect(scenario: Arc<Scenario>) -> Arc<Scenario> {
    let touches =
        |what: &Disturb| matches!(what, Disturb::Loss { .. } | Disturb::DecodeShortage { .. });
    if !scenario.disturbances().any(|d| touches(&d.what)) {
        return scenario;
    }
    let mut changed = (*scenario).clone();
    for disturbance in scenario.disturbances() {
        match &disturbance.what {
            Disturb::Loss { rate } => {
                let fabric = &mut changed.fabrics[scenario.storage_fabric];
                let loss = match &mut fabric.transport {
                    Transport::Tcp(tcp) => &mut tcp.loss,
                    Transport::Rdma(rdma) => &mut rdma.loss,
                };
                *loss = 1.0 - (1.0 - *loss) * (1.0 - rate);
            }
            Disturb::DecodeShortage { cores_taken, slowdown } => {
                let ids: Vec<_> = changed.groups.iter().map(|(id, _)| id).collect();
                for id in ids {
                    let cores = &mut changed.groups[id].cpu_cores;
                    *cores = ((f64::from(*cores) * (1.0 - cores_taken)) as u32).max(1);
                }
                for job in &mut changed.training {
                    job.decode = job.decode.scaled(*slowdown);
                }
            }
            _ => {}
        }
    }
    Arc::new(changed)
}
