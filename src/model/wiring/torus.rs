//! A grid with wrap-around cables.

use super::{Guest, Wiring};
use crate::kernel::units::Rate;

impl Wiring<'_> {
    pub(super) fn torus(
        &mut self,
        hosts: &[Guest<'_>],
        dims: &[u32],
        host_ports: u32,
        link: Rate,
    ) -> Vec<Vec<u32>> {
        let all: u32 = dims.iter().product();
        let mut switches = Vec::new();
        for i in 0..all {
            let place: Vec<String> = coordinates(i, dims).iter().map(u32::to_string).collect();
            switches.push(self.switch(&format!("switch-{}", place.join("-")), 1));
        }
        for i in 0..all {
            let mut stride = all;
            for (axis, (&k, at)) in dims.iter().zip(coordinates(i, dims)).enumerate() {
                stride /= k;
                // Two in a row have one cable, one alone has none.
                if k == 1 || k == 2 && at == 1 {
                    continue;
                }
                let next = if at + 1 == k { i - (k - 1) * stride } else { i + stride };
                let (low, high) = (switches[i as usize], switches[next as usize]);
                let tier = format!("dimension {axis}");
                self.trunk(low, high, link, self.spec.switch_propagation, &tier);
            }
        }
        self.fill_both_ends(hosts, &switches, host_ports as usize)
    }
}

/// Where switch `i` sits; the last dimension runs fastest.
fn coordinates(i: u32, dims: &[u32]) -> Vec<u32> {
    let mut rest = i;
    let mut place: Vec<u32> = dims
        .iter()
        .rev()
        .map(|k| {
            let at = rest % k;
            rest /= k;
            at
        })
        .collect();
    place.reverse();
    place
}
