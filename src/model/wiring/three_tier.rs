//! Access, aggregation, core; then routers, firewalls and the store's switches.

use super::{Guest, PlanBox, Role, Wiring, census};
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use crate::model::ThreeTier;

impl Wiring<'_> {
    pub(super) fn three_tier(&mut self, hosts: &[Guest<'_>], shape: &ThreeTier) -> Vec<Vec<u32>> {
        let (nodes, store) = census(hosts.iter().map(|host| host.is_store));
        let access: Vec<_> =
            (0..shape.access).map(|i| self.switch(&format!("access-{i}"), 1)).collect();
        let aggregations: Vec<_> = (0..shape.aggregations * shape.pods)
            .map(|i| self.switch(&format!("agg-{i}"), 2))
            .collect();
        let cores: Vec<_> =
            (0..shape.cores).map(|i| self.switch(&format!("core-{i}"), 3)).collect();
        let of_pod = shape.aggregations as usize;
        for (i, &low) in access.iter().enumerate() {
            let pod = i * shape.pods as usize / access.len();
            let above = &aggregations[pod * of_pod..(pod + 1) * of_pod];
            self.uplinks(low, above, shape.uplink, shape.uplinks, "aggregation");
        }
        for &low in &aggregations {
            self.uplinks(low, &cores, shape.core_link, 1, "core");
        }
        let storage = if store > 0 { self.store_side(&cores, shape) } else { Vec::new() };
        let place = |(i, host): (usize, &Guest<'_>)| match host.is_store {
            false => self.in_blocks(&access, i, nodes, host.ports),
            true => self.dealt(&storage, i - nodes, host.ports),
        };
        hosts.iter().enumerate().map(place).collect()
    }

    /// What stands between the cores and the store; returns the store's access switches.
    fn store_side(&mut self, cores: &[u32], shape: &ThreeTier) -> Vec<u32> {
        let edge = shape.edge_link;
        let mut before = cores.to_vec();
        let routers = (shape.routers, Role::Router, shape.router_forwarding, None);
        let firewalls =
            (shape.firewalls, Role::Firewall, shape.firewall_forwarding, shape.firewall_capacity);
        for (name, (count, role, forwarding, capacity)) in
            [("router", routers), ("firewall", firewalls)]
        {
            let part = |i| (format!("{name}-{i}"), role, forwarding, capacity);
            let these: Vec<_> = (0..count).map(|i| self.gate(part(i))).collect();
            if !these.is_empty() {
                before.iter().for_each(|&low| self.uplinks(low, &these, edge, 1, name));
                before = these;
            }
        }
        let aggregations: Vec<_> = (0..shape.storage_aggregations)
            .map(|i| self.switch(&format!("storage-agg-{i}"), 2))
            .collect();
        for &gate in &before {
            self.uplinks(gate, &aggregations, edge, 1, "storage aggregation");
        }
        let access: Vec<_> = (0..shape.storage_access)
            .map(|i| self.switch(&format!("storage-access-{i}"), 1))
            .collect();
        for &low in &access {
            self.uplinks(low, &aggregations, shape.uplink, shape.uplinks, "storage aggregation");
        }
        access
    }

    fn gate(
        &mut self,
        (name, role, forwarding, inspection): (String, Role, Span, Option<Rate>),
    ) -> u32 {
        let name = format!("{}{name}", self.prefix);
        self.boxes.push(PlanBox { name, role, site: self.site, forwarding, inspection });
        u32::try_from(self.boxes.len() - 1).expect("the reader limits the boxes")
    }
}
