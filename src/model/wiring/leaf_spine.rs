//! Two tiers: every leaf has cables to every spine.

use super::{Guest, Wiring, census};
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
    pub(super) fn leaf_spine(&mut self, hosts: &[Guest<'_>], shape: &LeafSpine) -> Vec<Vec<u32>> {
        let (nodes, store) = census(hosts.iter().map(|host| host.is_store));
        let own = if store > 0 { shape.storage_leaves } else { 0 };
        let leaf: Vec<_> =
            (0..shape.leaves + own).map(|i| self.switch(&format!("leaf-{i}"), 1)).collect();
        let spine: Vec<_> =
            (0..shape.spines).map(|i| self.switch(&format!("spine-{i}"), 2)).collect();
        for &l in &leaf {
            self.uplinks(l, &spine, shape.uplink, shape.uplinks, "spine");
        }
        let (compute, storage) = leaf.split_at(shape.leaves as usize);
        let ports = |(i, host): (usize, &Guest<'_>)| match (host.is_store, storage.is_empty()) {
            (false, _) => self.in_blocks(compute, i, nodes, host.ports),
            (true, true) => self.in_blocks(compute, i - nodes, store, host.ports),
            (true, false) => self.dealt(storage, i - nodes, host.ports),
        };
        hosts.iter().enumerate().map(ports).collect()
    }

    /// `cables` from a box to each of those above.
    pub(super) fn uplinks(&mut self, low: u32, above: &[u32], rate: Rate, cables: u32, tier: &str) {
        for &high in above {
            for _ in 0..cables {
                self.trunk(low, high, rate, self.spec.switch_propagation, tier);
            }
        }
    }

    /// The switches of the ports of host `i` of `of` when hosts fill leaves in blocks, evenly; with
    /// several homes, blocks of so many leaves, over which the ports go in turn.
    pub(super) fn in_blocks(&self, leaves: &[u32], i: usize, of: usize, ports: u32) -> Vec<u32> {
        let homes = self.spec.homes as usize;
        let block = i * (leaves.len() / homes) / of;
        (0..ports as usize).map(|port| leaves[block * homes + port % homes]).collect()
    }

    /// The same when hosts are dealt over the leaves one by one.
    pub(super) fn dealt(&self, leaves: &[u32], i: usize, ports: u32) -> Vec<u32> {
        let homes = self.spec.homes as usize;
        let block = i % (leaves.len() / homes);
        (0..ports as usize).map(|port| leaves[block * homes + port % homes]).collect()
    }
}
