//! Shapes that were added to leaf–spine and fat-tree: their keys, and whether hosts fit.

use super::ports::{self, Hosts, Ports};
use crate::kernel::units::Rate;
use crate::model::{FabricSpec, Site, ThreeTier, Topology};
use crate::spec::error::Diagnostic;
use crate::spec::fields::grouped;
use crate::spec::reader::{Context, Reader};
use crate::spec::values::Dims;

/// Most cables of a network.
const MAX_CABLES: u64 = 4_000_000;

/// `spines` may be 0 for rails alone.
pub fn spines(r: &Reader<'_>) -> u32 {
    let spines: u32 = r.get("spines");
    let bare = spines == 0 && r.context.sound(&r.join("spines"));
    if bare && r.choice() == Some("leaf-spine") {
        let help = "without spines, leaves are not joined: write at least 1".to_string();
        r.error_at("spines", format!("{} has no spine", r.title), "none", help);
    }
    let alone = |key: &str| r.get::<u32>(key) == u32::from(key == "units");
    if bare && r.choice() == Some("rail-optimised") {
        for key in ["units", "storage_leaves"].into_iter().filter(|key| !alone(key)) {
            let message = format!("`{key}` in {} needs spines", r.title);
            let help = "rail-only networks have one unit, and the store on its rails".to_string();
            r.error_at(key, message, "not joined to the rest", help);
        }
    }
    spines
}

/// Rails.
pub fn rail_optimised(r: &Reader<'_>, port_rate: Rate) -> Topology {
    Topology::RailOptimised {
        rails: r.get("rails"),
        units: r.get("units"),
        storage_leaves: r.get("storage_leaves"),
        spines: spines(r),
        uplink: r.opt("uplink").unwrap_or(port_rate),
        uplinks: r.get("uplinks"),
    }
}

/// A dragonfly; each group must reach every other.
pub fn dragonfly(r: &Reader<'_>, port_rate: Rate) -> Topology {
    let (a, h): (u32, u32) = (r.get("group_switches"), r.get("global_links"));
    let link = r.opt("link").unwrap_or(port_rate);
    let groups = r.opt("groups").unwrap_or(a * h + 1);
    if groups > a * h + 1 && r.sound() {
        let message = format!("{groups} groups, but a group has {a} · {h} global cables");
        let help = format!("at most {} groups, so that each has a cable to every other", a * h + 1);
        r.error_at("groups", message, "too many", help);
    }
    Topology::Dragonfly {
        groups,
        group_switches: a,
        host_ports: r.get("host_ports"),
        global_links: h,
        link,
        global_link: r.opt("global_link").unwrap_or(link),
        global_propagation: r.get("global_cable"),
    }
}

/// A torus.
pub fn torus(r: &Reader<'_>, port_rate: Rate) -> Topology {
    let Dims(dims) = r.get("dims");
    let link = r.opt("link").unwrap_or(port_rate);
    Topology::Torus { dims, host_ports: r.get("host_ports"), link }
}

/// Three tiers with routers and firewalls.
pub fn three_tier(r: &Reader<'_>, ports: &Ports) -> Topology {
    let rate = |key: &str| r.opt(key).unwrap_or(ports.rate);
    let forwarding = |key: &str| ports::forwarding(r, key).unwrap_or(ports.forwarding);
    for (key, of) in [
        ("router_forwarding", "routers"),
        ("firewall_forwarding", "firewalls"),
        ("firewall_capacity", "firewalls"),
    ] {
        if r.has(key) && r.get::<u32>(of) == 0 && r.sound() {
            let message = format!("`{key}` in {}, but there are no {of}", r.title);
            r.error_at(key, message, "of nothing", format!("set {of} = 2, or remove it"));
        }
    }
    let shape = ThreeTier {
        access: r.get("access"),
        aggregations: r.get("aggregations"),
        pods: r.get("pods"),
        cores: r.get("cores"),
        uplink: rate("uplink"),
        uplinks: r.get("uplinks"),
        core_link: rate("core_link"),
        storage_access: r.get("storage_access"),
        storage_aggregations: r.get("storage_aggregations"),
        edge_link: rate("edge_link"),
        routers: r.get("routers"),
        router_forwarding: forwarding("router_forwarding"),
        firewalls: r.get("firewalls"),
        firewall_forwarding: forwarding("firewall_forwarding"),
        firewall_capacity: r.opt("firewall_capacity"),
    };
    if !shape.access.is_multiple_of(shape.pods) && r.sound() {
        let message =
            format!("{} access switches cannot be divided over {} pods", shape.access, shape.pods);
        r.error_at("pods", message, "uneven", "choose a number that divides `access`".into());
    }
    Topology::ThreeTier(shape)
}

/// Hosts of a site against places, leaves against homes and planes.
pub fn check(context: &Context, path: &str, fabric: &FabricSpec, site: &Site, hosts: &[Hosts]) {
    let report = |key: &str, message: String, label: &str, help: String| {
        let at = format!("{path}.{key}");
        context.report(&at, Diagnostic::error(&context.place(&at), message, label).help(help));
    };
    let count = |store: bool| -> u64 {
        hosts.iter().filter(|h| h.is_store == store).map(|h| h.count).sum()
    };
    let (nodes, store) = (count(false), count(true));
    let here = if site.name.is_empty() { String::new() } else { format!(" at \"{}\"", site.name) };
    let more = |key: &str, what: &str, there: u32, of: u64, whose: &str| {
        if of > 0 && u64::from(there) > of {
            let message = format!("{there} {what} for {of} {whose}{here} leave some empty");
            let (label, help) = (format!("more than {whose}"), format!("choose fewer {what}"));
            report(key, message, &label, help);
        }
    };
    match &fabric.topology {
        Topology::LeafSpine { leaves, storage_leaves, .. } => {
            more("leaves", "leaves", *leaves, nodes, "nodes");
            more("storage_leaves", "leaves", *storage_leaves, store, "controllers");
        }
        Topology::RailOptimised { units, storage_leaves, .. } => {
            more("units", "units", *units, nodes, "nodes");
            more("storage_leaves", "leaves", *storage_leaves, store, "controllers");
        }
        Topology::ThreeTier(shape) => {
            more("access", "access switches", shape.access, nodes, "nodes");
            more("storage_access", "access switches", shape.storage_access, store, "controllers");
        }
        _ => {}
    }
    if let Some((places, words)) = places(&fabric.topology) {
        let ports: u64 = hosts.iter().map(|h| h.count * h.ports).sum();
        if ports > places {
            let message = format!("{ports} host ports do not fit {words}");
            let help = format!("it has {} host ports; make it larger", grouped(places));
            report("host_ports", message, "too few", help);
        }
    }
    let cables = cables(&fabric.topology);
    if cables > MAX_CABLES {
        let message = format!("{} cables are more than {}", grouped(cables), grouped(MAX_CABLES));
        report("topology", message, "too many", "simulate a part of it".into());
    }
    homes_and_planes(context, path, fabric, hosts);
}

fn homes_and_planes(context: &Context, path: &str, fabric: &FabricSpec, hosts: &[Hosts]) {
    let report = |key: &str, message: String, label: &str, help: &str| {
        let at = format!("{path}.{key}");
        context.report(&at, Diagnostic::error(&context.place(&at), message, label).help(help));
    };
    let (homes, planes) = (fabric.homes, fabric.planes);
    let leaves = match &fabric.topology {
        Topology::LeafSpine { leaves, storage_leaves, .. } => {
            vec![("leaves", *leaves), ("storage_leaves", *storage_leaves)]
        }
        Topology::ThreeTier(shape) => {
            vec![("access", shape.access / shape.pods), ("storage_access", shape.storage_access)]
        }
        Topology::Custom { attachments, .. } => {
            attachments.iter().map(|a| ("attach", a.switches.len() as u32)).collect()
        }
        _ => Vec::new(),
    };
    for (key, n) in leaves {
        let uneven = n % homes != 0 && n > 0;
        let of_store = key.starts_with("storage") && !hosts.iter().any(|host| host.is_store);
        if uneven && !of_store {
            let message = format!("`{key}` must be a multiple of `homes` ({homes}), it is {n}");
            report("homes", message, "uneven", "each host is on so many leaves of a block");
        }
    }
    for kind in hosts {
        let (ports, name) = (kind.ports, &kind.name);
        let have =
            if ports == 1 { "one port each".to_owned() } else { format!("{ports} ports each") };
        let of_nodes = !kind.is_store;
        if of_nodes && planes > 1 && ports % u64::from(planes) != 0 {
            let message = format!("{name} have {have} for {planes} planes");
            let help = "every node needs as many ports on each plane: set `ports` of its adapter";
            report("planes", message, "uneven", help);
        } else if ports < u64::from(homes) {
            let message = format!("{name} have {have} for {homes} homes");
            report("homes", message, "too few ports", "set `ports` of the adapter, or fewer homes");
        }
    }
}

/// Host ports there are, for shapes that have a fixed number, and words for the shape.
fn places(topology: &Topology) -> Option<(u64, String)> {
    match topology {
        Topology::Dragonfly { groups, group_switches, host_ports, .. } => {
            let switches = u64::from(*groups) * u64::from(*group_switches);
            let words = format!("a dragonfly of {groups} groups of {group_switches} switches");
            Some((switches * u64::from(*host_ports), words))
        }
        Topology::Torus { dims, host_ports, .. } => {
            let switches: u64 = dims.iter().map(|k| u64::from(*k)).product();
            Some((switches * u64::from(*host_ports), format!("a torus of {switches} switches")))
        }
        _ => None,
    }
}

/// Cables between switches, before any is laid.
fn cables(topology: &Topology) -> u64 {
    let wide = |n: &u32| u64::from(*n);
    match topology {
        Topology::LeafSpine { leaves, storage_leaves, spines, uplinks, .. } => {
            (wide(leaves) + wide(storage_leaves)) * wide(spines) * wide(uplinks)
        }
        Topology::RailOptimised { rails, units, storage_leaves, spines, uplinks, .. } => {
            (wide(rails) * wide(units) + wide(storage_leaves)) * wide(spines) * wide(uplinks)
        }
        Topology::Dragonfly { groups, group_switches, global_links, .. } => {
            wide(groups) * wide(group_switches) * (wide(group_switches) + wide(global_links)) / 2
        }
        Topology::Torus { dims, .. } => {
            dims.iter().fold(1u64, |all, k| all.saturating_mul(wide(k))) * dims.len() as u64
        }
        Topology::ThreeTier(s) => {
            wide(&s.access) * wide(&s.aggregations) * wide(&s.uplinks)
                + wide(&s.pods) * wide(&s.aggregations) * wide(&s.cores)
                + wide(&s.storage_access) * wide(&s.storage_aggregations) * wide(&s.uplinks)
        }
        _ => 0,
    }
}
