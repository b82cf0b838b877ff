//! The idle network: how soon the head of a message can be there.

use super::{Plan, PlanHost, Run};
use crate::kernel::time::Span;
use crate::model::FabricSpec;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

impl Plan<'_> {
    /// The least delay, one way, from a host of `from` to one of `to`: propagation, and forwarding in
    /// the boxes between. Back it is the same.
    pub fn least_delay(
        &self,
        spec: &FabricSpec,
        from: impl Fn(&PlanHost<'_>) -> bool,
        to: impl Fn(&PlanHost<'_>) -> bool,
    ) -> Option<Span> {
        let mut next: Vec<Vec<(u32, Span)>> = vec![Vec::new(); self.boxes.len()];
        for cable in &self.cables {
            for (here, there) in [(cable.low, cable.high), (cable.high, cable.low)] {
                let forwarding = match cable.run {
                    Run::Trunk => self.boxes[there as usize].forwarding,
                    Run::Wan => Span::ZERO,
                };
                next[here as usize].push((there, cable.propagation + forwarding));
            }
        }
        // Dijkstra from all of `from` at once.
        let mut best = vec![Span::MAX; self.boxes.len()];
        let mut frontier = BinaryHeap::new();
        let ports = |hosts: &dyn Fn(&PlanHost<'_>) -> bool| -> Vec<u32> {
            self.hosts
                .iter()
                .filter(|host| hosts(host))
                .flat_map(|host| host.ports.clone())
                .collect()
        };
        for port in ports(&from) {
            let delay = spec.host_propagation + self.boxes[port as usize].forwarding;
            if delay < best[port as usize] {
                best[port as usize] = delay;
                frontier.push(Reverse((delay, port)));
            }
        }
        while let Some(Reverse((delay, at))) = frontier.pop() {
            if delay > best[at as usize] {
                continue;
            }
            for &(there, further) in &next[at as usize] {
                let delay = delay + further;
                if delay < best[there as usize] {
                    best[there as usize] = delay;
                    frontier.push(Reverse((delay, there)));
                }
            }
        }
        let nearest = ports(&to).into_iter().map(|port| best[port as usize]).min()?;
        (nearest < Span::MAX).then(|| nearest + spec.host_propagation)
    }
}
