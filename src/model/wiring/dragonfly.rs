//! Groups of switches that are all joined, and global cables between groups.

use super::{Guest, Wiring};
use crate::kernel::time::Span;
use crate::kernel::units::Rate;

/// Counts and cables.
pub(super) struct Dragonfly {
    pub groups: usize,
    pub group_switches: usize,
    pub host_ports: usize,
    pub global_links: usize,
    pub link: Rate,
    pub global_link: Rate,
    pub global_propagation: Span,
}

impl Wiring<'_> {
    /// Global cable k of group i leads to group i + 1 + k mod (g − 1), as often as each group can
    /// reach all others alike: the palm-tree arrangement of Camarero et al., TACO 2014.
    pub(super) fn dragonfly(&mut self, hosts: &[Guest<'_>], shape: &Dragonfly) -> Vec<Vec<u32>> {
        let (groups, a) = (shape.groups, shape.group_switches);
        let mut switches = Vec::new();
        for group in 0..groups {
            let first = switches.len();
            switches.extend((0..a).map(|i| self.switch(&format!("group-{group}/switch-{i}"), 1)));
            for i in 0..a {
                for j in i + 1..a {
                    let (low, high) = (switches[first + i], switches[first + j]);
                    self.trunk(low, high, shape.link, self.spec.switch_propagation, "local");
                }
            }
        }
        let others = groups - 1;
        let rounds = (a * shape.global_links).checked_div(others).unwrap_or(0);
        let holder = |group: usize, k: usize| switches[group * a + k / shape.global_links];
        for group in 0..groups {
            for round in 0..rounds {
                // Each pair once: from the group with the lower number.
                for offset in 1..groups - group {
                    let there = round * others + (groups - 1 - offset);
                    let (low, high) =
                        (holder(group, round * others + offset - 1), holder(group + offset, there));
                    self.trunk(low, high, shape.global_link, shape.global_propagation, "global");
                }
            }
        }
        self.fill_both_ends(hosts, &switches, shape.host_ports)
    }

    /// Compute nodes take the host ports of the first switches, the store those of the last.
    pub(super) fn fill_both_ends(
        &self,
        hosts: &[Guest<'_>],
        switches: &[u32],
        ports_each: usize,
    ) -> Vec<Vec<u32>> {
        let mut free = 0..switches.len() * ports_each;
        let mut place = |host: &Guest<'_>| {
            let port = if host.is_store { free.next_back() } else { free.next() };
            switches[port.expect("the reader checks that there are ports for all") / ports_each]
        };
        hosts.iter().map(|host| (0..host.ports).map(|_| place(host)).collect()).collect()
    }
}
