//! What can only be seen once a network is planned: ports of each switch, and ways between hosts.

use super::ports::Ports;
use crate::model::{FabricSpec, Plan, Role, Topology};
use crate::spec::error::Diagnostic;
use crate::spec::reader::Context;
use std::collections::BTreeSet;

/// Whether a shape is checked here; leaf–spine and fat-tree are checked by their formulas.
pub fn applies(fabric: &FabricSpec) -> bool {
    use Topology::{Dragonfly, RailOptimised, ThreeTier, Torus};
    matches!(fabric.topology, RailOptimised { .. } | Dragonfly { .. } | Torus { .. } | ThreeTier(_))
        || fabric.planes > 1
}

/// Reports the fullest switch if it has too few ports, and hosts between which there is no way.
pub fn check(context: &Context, path: &str, ports: &Ports, plan: &Plan<'_>) {
    ports_of_switches(context, path, ports, plan);
    ways(context, path, plan);
}

/// Ports are counted in eighths: one may be split into 2, 4 or 8 slower ones.
fn ports_of_switches(context: &Context, path: &str, ports: &Ports, plan: &Plan<'_>) {
    let mut used = vec![(0u64, 0u64, 0u64); plan.boxes.len()];
    for cable in &plan.cables {
        let Some(eighths) = ports.eighths(cable.rate) else {
            let key = ["uplink", "link", "global_link", "core_link", "edge_link"]
                .into_iter()
                .find(|key| context.has(&format!("{path}.{key}")))
                .unwrap_or("switch");
            let at = format!("{path}.{key}");
            let message =
                format!("a cable runs at {}, the switch's ports at {}", cable.rate, ports.rate);
            let finding = Diagnostic::error(&context.place(&at), message, "faster than a port")
                .help("choose a faster switch, or slower cables, more of them");
            return context.report(&at, finding);
        };
        for end in [cable.low, cable.high] {
            let (all, _, cables) = &mut used[end as usize];
            *all += eighths;
            *cables += 1;
        }
    }
    for host in &plan.hosts {
        for &port in &host.ports {
            let (all, hosts, _) = &mut used[port as usize];
            *all += ports.eighths(host.nic.rate).unwrap_or(8);
            *hosts += 1;
        }
    }
    let switches = plan.boxes.iter().zip(used).filter(|(b, _)| matches!(b.role, Role::Switch(_)));
    let Some((fullest, (eighths, hosts, cables))) = switches.max_by_key(|(_, used)| used.0) else {
        return;
    };
    if eighths > u64::from(ports.count) * 8 {
        let at = format!("{path}.switch");
        let message = format!(
            "\"{}\" needs {} ports of {}, the switch has {}",
            fullest.name,
            eighths.div_ceil(8),
            ports.rate,
            ports.count
        );
        let help = format!(
            "it holds {hosts} host ports and {cables} cables to others: choose a switch with more \
             ports, or spread them over more switches"
        );
        let finding = Diagnostic::error(&context.place(&at), message, "too few ports").help(help);
        context.report(&at, finding);
    }
}

/// Every two hosts must have ports on the same piece of the network: hosts pass nothing on.
fn ways(context: &Context, path: &str, plan: &Plan<'_>) {
    let mut piece: Vec<usize> = (0..plan.boxes.len()).collect();
    for cable in &plan.cables {
        let low = super::graph::root(&mut piece, cable.low as usize);
        let high = super::graph::root(&mut piece, cable.high as usize);
        piece[low] = high;
    }
    let mut kinds: Vec<(BTreeSet<usize>, &str)> = Vec::new();
    for host in &plan.hosts {
        let pieces: BTreeSet<usize> =
            host.ports.iter().map(|&port| super::graph::root(&mut piece, port as usize)).collect();
        if !kinds.iter().any(|(other, _)| *other == pieces) {
            kinds.push((pieces, &host.name));
        }
    }
    for (i, (here, one)) in kinds.iter().enumerate() {
        for (there, other) in &kinds[..i] {
            if here.is_disjoint(there) {
                let at = format!("{path}.topology");
                let message = format!("no path leads from \"{one}\" to \"{other}\"");
                let help = "their ports are on switches that nothing joins: give hosts more \
                            ports, or join the switches";
                let place = context.place(&at);
                let finding = Diagnostic::error(&place, message, "the network is in pieces");
                return context.report(&at, finding.help(help));
            }
        }
    }
}
