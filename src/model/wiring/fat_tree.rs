//! Three tiers of k-port switches.

use super::{Guest, Wiring};
use crate::kernel::units::Rate;

impl Wiring<'_> {
    /// k pods of k/2 edge and k/2 aggregation switches, (k/2)² cores.
    pub(super) fn fat_tree(&mut self, hosts: &[Guest<'_>], k: usize, rate: Rate) -> Vec<Vec<u32>> {
        let half = k / 2;
        let delay = self.spec.switch_propagation;
        let mut edges = Vec::new();
        let mut aggregations = Vec::new();
        for pod in 0..k {
            let first = aggregations.len();
            for i in 0..half {
                aggregations.push(self.switch(&format!("pod-{pod}/agg-{i}"), 2));
            }
            for i in 0..half {
                let edge = self.switch(&format!("pod-{pod}/edge-{i}"), 1);
                edges.push(edge);
                for &aggregation in &aggregations[first..] {
                    self.trunk(edge, aggregation, rate, delay, "aggregation");
                }
            }
        }
        for core in 0..half * half {
            let vertex = self.switch(&format!("core-{core}"), 3);
            for pod in 0..k {
                self.trunk(aggregations[pod * half + core / half], vertex, rate, delay, "core");
            }
        }
        self.fill_both_ends(hosts, &edges, half)
    }
}
