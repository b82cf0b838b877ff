//! Words for the shape of a network.

use crate::model::{FabricSpec, GroupId, Nic, Scenario, ThreeTier, Topology};
use std::fmt::Write;

/// The shape of a network in a line.
pub fn shape(scenario: &Scenario, fabric: &FabricSpec) -> String {
    let mut words = match &fabric.topology {
        Topology::OneSwitch => "one non-blocking switch".into(),
        Topology::LeafSpine { .. } => leaf_spine(scenario, fabric),
        Topology::FatTree { k, link } => {
            let hosts = u64::from(*k).pow(3) / 4;
            format!("fat-tree: k = {k}, {hosts} host ports, links of {link}")
        }
        Topology::RailOptimised { rails, units, storage_leaves, spines, uplink, uplinks } => {
            let up = u64::from(*spines) * u64::from(*uplinks);
            let joined = match up {
                0 => "not joined (rail-only)".to_string(),
                _ => format!("{spines} spines, {up} × {uplink} up a switch"),
            };
            format!(
                "rail-optimised: {units} × {rails} rail switches + {storage_leaves} for the store, {joined}"
            )
        }
        Topology::Dragonfly { groups, group_switches, host_ports, global_links, link, .. } => {
            format!(
                "dragonfly: {groups} groups of {group_switches} switches with {host_ports} host \
                 ports and {global_links} global cables each, links of {link}"
            )
        }
        Topology::Torus { dims, host_ports, link } => {
            let sizes: Vec<String> = dims.iter().map(u32::to_string).collect();
            let sizes = sizes.join(" × ");
            format!("torus: {sizes} switches with {host_ports} host ports each, links of {link}")
        }
        Topology::ThreeTier(tiers) => three_tier(tiers),
        Topology::Custom { switches, links, .. } => {
            let cables: u64 = links.iter().map(|l| u64::from(l.cables)).sum();
            format!("custom: {} switches, {cables} cables between them", switches.len())
        }
    };
    if fabric.planes > 1 {
        let _ = write!(words, "; {} planes", fabric.planes);
    }
    if fabric.homes > 1 {
        let _ = write!(words, "; hosts on {} leaves each", fabric.homes);
    }
    words
}

fn three_tier(tiers: &ThreeTier) -> String {
    let mut words = format!(
        "three-tier: {} access switches in {} pods, {} aggregations each, {} cores",
        tiers.access, tiers.pods, tiers.aggregations, tiers.cores
    );
    if tiers.routers > 0 {
        let _ = write!(words, ", {} routers", tiers.routers);
    }
    if tiers.firewalls > 0 {
        let _ = write!(words, ", {} firewalls", tiers.firewalls);
        if let Some(capacity) = tiers.firewall_capacity {
            let _ = write!(words, " of {capacity}");
        }
    }
    words
}

fn leaf_spine(scenario: &Scenario, fabric: &FabricSpec) -> String {
    let Topology::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks } = &fabric.topology
    else {
        unreachable!("asked of a leaf-spine alone")
    };
    let up = (uplink.0 as f64) * f64::from(*spines) * f64::from(*uplinks);
    let mut words = format!(
        "leaf-spine: {leaves} leaves + {storage_leaves} for the store, {spines} spines, \
                 {} × {uplink} up a leaf",
        u64::from(*spines) * u64::from(*uplinks)
    );
    // Every site has these leaves; the worst counts.
    let storage = fabric.name == "storage";
    let bits_per_s = |nic: &Nic| nic.rate.0 as f64 * f64::from(nic.ports);
    let of_group = |id: &GroupId| {
        let group = &scenario.groups[*id];
        let nic = match &group.compute_nic {
            Some(nic) if !storage => nic,
            _ => &group.storage_nic,
        };
        f64::from(group.count) * bits_per_s(nic)
    };
    let places = scenario.places();
    let down = places.rows().iter().map(|site| site.groups.iter().map(of_group).sum::<f64>());
    let down = down.fold(0.0, f64::max);
    let _ = write!(words, ", oversubscription {:.2}:1", down / f64::from(*leaves) / up);
    if storage && *storage_leaves > 0 {
        let gateways = places.rows().iter().map(|site| site.controllers.len()).max().unwrap_or(0);
        let store = gateways as f64 * bits_per_s(&scenario.store.controller.nic);
        let ratio = store / f64::from(*storage_leaves) / up;
        let _ = write!(words, " (the store's leaves {ratio:.2}:1)");
    }
    words
}
