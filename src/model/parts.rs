//! What a scenario's hardware consists of, counted: what a purchase order would list.

use super::{CACHE_HOST, FabricSpec, Plan, Role, Run, Scenario};
use crate::kernel::time::Span;
use crate::kernel::units::Rate;

/// Signals in fibre travel at c/1.468 (group index of standard single-mode fibre at 1,550 nm, ITU-T
/// G.652; Corning SMF-28 data sheet): 4.9 ns a metre, rounded to 5.
pub const PS_PER_METRE: u64 = 5_000;

/// Longest passive copper cable, metres, up to 200 Gb/s (IEEE 802.3cd-2018, 200GBASE-CR4) and beyond
/// (IEEE 802.3ck-2022, 400GBASE-CR4).
const COPPER_M: [(u64, f64); 2] = [(200_000_000_000, 3.0), (u64::MAX, 2.0)];

/// Whether passive copper reaches as far as a cable of this rate and delay; if not, it is optical and
/// has a transceiver at each end.
pub fn is_copper(rate: Rate, propagation: Span) -> bool {
    let length_m = propagation.0 as f64 / PS_PER_METRE as f64;
    let reach = COPPER_M.iter().find(|(fastest, _)| rate.0 <= *fastest).map_or(0.0, |(_, m)| *m);
    length_m <= reach
}

/// Hardware of a scenario, counted over all sites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// (group, nodes, GPUs a node).
    pub groups: Vec<(String, u64, u64)>,
    /// Ports of the nodes' network adapters, of which fast ones have one each.
    pub nics: u64,
    /// Switches, routers and firewalls.
    pub switches: u64,
    /// Cables inside sites.
    pub cables: u64,
    /// Transceivers: two for every cable that copper does not reach.
    pub optics: u64,
    /// Gateways of the store.
    pub controllers: u64,
    /// Storage nodes.
    pub storage_nodes: u64,
    /// Drives.
    pub devices: u64,
}

impl Parts {
    /// Counts the hardware of a scenario. A site's cache is counted as no node: it has no price yet.
    pub fn of(scenario: &Scenario) -> Parts {
        let media = scenario.store.media.as_ref();
        let groups = scenario.groups.rows().iter().filter(|group| group.name != CACHE_HOST);
        let mut parts = Parts {
            controllers: u64::from(scenario.store.controllers),
            storage_nodes: media.map_or(0, |media| u64::from(media.nodes)),
            devices: media
                .map_or(0, |media| u64::from(media.nodes) * u64::from(media.devices_per_node)),
            ..Parts::default()
        };
        for group in groups {
            let compute = group.compute_nic.as_ref().map_or(0, |nic| nic.ports);
            parts.nics += u64::from(group.count) * u64::from(group.storage_nic.ports + compute);
            parts.groups.push((group.name.clone(), group.count.into(), group.gpus.into()));
        }
        let storage = scenario.storage_fabric;
        parts.fabric(scenario, &scenario.fabrics[storage], false);
        if let Some(own) = scenario.compute_fabric.filter(|id| *id != storage) {
            parts.fabric(scenario, &scenario.fabrics[own], true);
        }
        parts
    }

    fn fabric(&mut self, scenario: &Scenario, spec: &FabricSpec, compute: bool) {
        let plan = Plan::new(scenario, spec, compute, !compute);
        self.switches += plan.boxes.iter().filter(|part| part.role != Role::Border).count() as u64;
        for cable in plan.cables.iter().filter(|cable| cable.run == Run::Trunk) {
            self.cable(1, cable.rate, cable.propagation);
        }
        for host in &plan.hosts {
            self.cable(host.ports.len() as u64, host.nic.rate, spec.host_propagation);
        }
    }

    fn cable(&mut self, count: u64, rate: Rate, propagation: Span) {
        self.cables += count;
        self.optics += if is_copper(rate, propagation) { 0 } else { 2 * count };
    }

    /// GPUs of all groups.
    pub fn gpus(&self) -> u64 {
        self.groups.iter().map(|(_, nodes, gpus)| nodes * gpus).sum()
    }
}
