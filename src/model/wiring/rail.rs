//! Rails: port i of every node on switch i.

use super::{Guest, Wiring, census};
use crate::kernel::units::Rate;

/// Counts and cables.
pub(super) struct Rails {
    pub rails: u32,
    pub units: u32,
    pub storage_leaves: u32,
    pub spines: u32,
    pub uplink: Rate,
    pub uplinks: u32,
}

impl Wiring<'_> {
    pub(super) fn rails(&mut self, hosts: &[Guest<'_>], shape: &Rails) -> Vec<Vec<u32>> {
        let (nodes, store) = census(hosts.iter().map(|host| host.is_store));
        let mut rails = Vec::new();
        for unit in 0..shape.units {
            rails
                .extend((0..shape.rails).map(|i| self.switch(&format!("unit-{unit}/rail-{i}"), 1)));
        }
        let own = if store > 0 { shape.storage_leaves } else { 0 };
        let storage: Vec<_> =
            (0..own).map(|i| self.switch(&format!("storage-leaf-{i}"), 1)).collect();
        let spine: Vec<_> =
            (0..shape.spines).map(|i| self.switch(&format!("spine-{i}"), 2)).collect();
        for &leaf in rails.iter().chain(&storage) {
            self.uplinks(leaf, &spine, shape.uplink, shape.uplinks, "spine");
        }
        let (of_unit, units) = (shape.rails as usize, shape.units as usize);
        let mut next = 0;
        let mut places = Vec::new();
        for (i, host) in hosts.iter().enumerate() {
            let ports = host.ports as usize;
            places.push(if !host.is_store {
                let first = i * units / nodes * of_unit;
                (0..ports).map(|port| rails[first + port % of_unit]).collect()
            } else if storage.is_empty() {
                next += ports;
                (next - ports..next).map(|port| rails[port % rails.len()]).collect()
            } else {
                self.dealt(&storage, i - nodes, host.ports)
            });
        }
        places
    }
}
