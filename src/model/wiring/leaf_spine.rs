//! Two tiers: every leaf has cables to every spine.

use super::{PlanHost, Wiring, census};
use crate::kernel::units::Rate;

/// Counts and cables of the two tiers.
pub(super) struct LeafSpine {
    pub leaves: u32,
    pub storage_leaves: u32,
    pub spines: u32,
    pub uplink: Rate,
    pub uplinks: u32,
}

impl Wiring<'_> {
    pub(super) fn leaf_spine(
        &mut self,
        hosts: &[PlanHost<'_>],
        shape: &LeafSpine,
    ) -> Vec<Vec<u32>> {
        let (nodes, store) = census(hosts);
        let all = shape.leaves + if store > 0 { shape.storage_leaves } else { 0 };
        let leaf: Vec<_> = (0..all).map(|i| self.switch(&format!("leaf-{i}"), 1)).collect();
        let spine: Vec<_> =
            (0..shape.spines).map(|i| self.switch(&format!("spine-{i}"), 2)).collect();
        for &l in &leaf {
            for &s in &spine {
                for _ in 0..shape.uplinks {
                    self.trunk(l, s, shape.uplink, self.spec.switch_propagation, "spine");
                }
            }
        }
        let leaves = shape.leaves as usize;
        let place = |i: usize, is_store: bool| match (is_store, shape.storage_leaves as usize) {
            (false, _) => i * leaves / nodes,
            (true, 0) => (i - nodes) * leaves / store,
            (true, own) => leaves + (i - nodes) % own,
        };
        let ports = |(i, host): (usize, &PlanHost<'_>)| {
            vec![leaf[place(i, host.is_store)]; host.nic.ports as usize]
        };
        hosts.iter().enumerate().map(ports).collect()
    }
}
