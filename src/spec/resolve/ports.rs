//! Whether the cables fit the switches. A port may be split into 2, 4 or 8 slower ones, so ports
//! are counted in eighths.

use super::at_most;
use crate::kernel::id::Id;
use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, Rate};
use crate::model::{FabricSpec, Scenario, Site, Topology};
use crate::spec::error::Diagnostic;
use crate::spec::reader::{Context, Reader};

/// What a switch offers.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// Ports.
    pub count: u32,
    /// Line rate of one.
    pub rate: Rate,
    /// Time to forward the head of a message.
    pub forwarding: Span,
    /// Most one port queues.
    pub buffer: Option<Bytes>,
}

impl Ports {
    /// Stands in after an error.
    pub const NONE: Ports = Ports { count: 2, rate: Rate(8), forwarding: Span::ZERO, buffer: None };

    /// Eighths of a port that a cable of `rate` takes; `None`: no port is so fast.
    pub fn eighths(&self, rate: Rate) -> Option<u64> {
        [1, 2, 4, 8]
            .into_iter()
            .find(|&parts| u128::from(rate.0) * 8 <= u128::from(self.rate.0) * u128::from(parts))
    }
}

/// The switch of a fabric.
pub fn read(r: &Reader<'_>) -> Ports {
    let forwarding = forwarding(r, "forwarding").unwrap_or(Span::ZERO);
    Ports { count: r.get("ports"), rate: r.get("port_rate"), forwarding, buffer: r.opt("buffer") }
}

/// Time to forward the head of a message.
pub fn forwarding(r: &Reader<'_>, key: &str) -> Option<Span> {
    let help = "a switch takes microseconds at most, a firewall milliseconds; is the unit right?";
    r.opt(key).map(|value| at_most(r, key, value, Span::from_secs(1), help))
}

/// Hosts of one kind on a fabric.
pub struct Hosts {
    /// What they are called in messages.
    pub name: String,
    /// Path of their adapter.
    pub nic_path: String,
    /// How many.
    pub count: u64,
    /// Line rate of a port.
    pub rate: Rate,
    /// Ports of one host.
    pub ports: u64,
    /// Whether they are the store's.
    pub is_store: bool,
}

/// Everything plugged into the fabric at `index` at a site: compute nodes, and the store on the
/// storage one.
pub fn hosts_of(scenario: &Scenario, index: usize, site: &Site) -> Vec<Hosts> {
    let storage = index == 0;
    let mut hosts = Vec::new();
    for (i, group) in site.groups.iter().map(|id| (id.index(), &scenario.groups[*id])) {
        let separate = group.compute_nic.as_ref().filter(|_| !storage);
        let key = if separate.is_some() { "compute_nic" } else { "storage_nic" };
        let nic = separate.unwrap_or(&group.storage_nic);
        hosts.push(Hosts {
            name: format!("nodes \"{}\"", group.name),
            nic_path: format!("nodes.{i}.{key}"),
            count: group.count.into(),
            rate: nic.rate,
            ports: nic.ports.into(),
            is_store: false,
        });
    }
    if storage && site.serves() {
        let nic = &scenario.store.controller.nic;
        hosts.push(Hosts {
            name: "controllers".into(),
            nic_path: "store.controller.nic".into(),
            count: site.controllers.len() as u64,
            rate: nic.rate,
            ports: nic.ports.into(),
            is_store: true,
        });
    }
    hosts
}

/// Reports cables that are too fast for a port, and switches with too few ports.
pub fn check(context: &Context, path: &str, ports: &Ports, spec: &FabricSpec, hosts: &[Hosts]) {
    let fits = |rate: Rate, at: &str, what: &str| {
        let fits = ports.eighths(rate);
        if fits.is_none() {
            let message = format!("{what} run at {rate}, the switch's ports at {}", ports.rate);
            let finding = Diagnostic::error(&context.place(at), message, "faster than a port")
                .help("choose a faster switch, or a slower adapter or cable with more ports");
            context.report(at, finding);
        }
        fits
    };
    if matches!(spec.topology, Topology::OneSwitch) {
        // One ideal switch: non-blocking, with as many ports as it takes.
        return;
    }
    let mut plugs = Vec::new();
    for kind in hosts {
        match fits(kind.rate, &kind.nic_path, &format!("the adapters of the {}", kind.name)) {
            Some(eighths) => plugs.push(eighths * kind.ports),
            None => return,
        }
    }
    match &spec.topology {
        Topology::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks } => {
            let key = if context.has(&format!("{path}.uplink")) { "uplink" } else { "switch" };
            let Some(up) = fits(*uplink, &format!("{path}.{key}"), "the uplinks") else { return };
            let (up, uplinks) = (up * u64::from(*uplinks), u64::from(*spines));
            let all = u64::from(*leaves) + u64::from(*storage_leaves);
            too_few(context, path, "spines", ports, up * all, "a spine with a cable to each leaf");
            let down = fullest_leaf(hosts, &plugs, u64::from(*leaves), u64::from(*storage_leaves));
            let words = "the fullest leaf (hosts and uplinks)";
            too_few(context, path, "leaves", ports, up * uplinks + down, words);
        }
        Topology::FatTree { k, link } => {
            let key = if context.has(&format!("{path}.link")) { "link" } else { "switch" };
            let Some(up) = fits(*link, &format!("{path}.{key}"), "the links") else { return };
            let widest = hosts.iter().zip(&plugs).map(|(h, &p)| p / h.ports).max().unwrap_or(0);
            let edge = (up + widest.max(up)) * u64::from(k / 2);
            too_few(context, path, "k", ports, edge, "a switch with k cables");
        }
        _ => {}
    }
}

fn too_few(context: &Context, path: &str, key: &str, ports: &Ports, eighths: u64, what: &str) {
    if eighths <= u64::from(ports.count) * 8 {
        return;
    }
    let at = format!("{path}.{key}");
    let needed = eighths.div_ceil(8);
    let message =
        format!("{what} needs {needed} ports of {}, the switch has {}", ports.rate, ports.count);
    let help = match key {
        "leaves" => "add leaves, choose fewer or slower uplinks, or a switch with more ports",
        "spines" => "choose fewer leaves or uplinks, or a switch with more ports",
        _ => "choose a switch with more ports, or a smaller k",
    };
    let finding = Diagnostic::error(&context.place(&at), message, "too few ports").help(help);
    context.report(&at, finding);
}

/// Eighths of ports that hosts take on the fullest leaf. Hosts fill leaves in blocks, evenly.
fn fullest_leaf(hosts: &[Hosts], plugs: &[u64], leaves: u64, storage_leaves: u64) -> u64 {
    let nodes: u64 = hosts.iter().filter(|h| !h.is_store).map(|h| h.count).sum();
    let mut load = vec![0_u64; leaves as usize];
    let mut before = 0;
    let mut store = 0;
    for (kind, &plug) in hosts.iter().zip(plugs) {
        if kind.is_store && storage_leaves > 0 {
            store = kind.count.div_ceil(storage_leaves) * plug;
            continue;
        }
        let (start, of) = if kind.is_store { (0, kind.count) } else { (before, nodes) };
        for i in start..start + kind.count {
            load[(i * leaves / of) as usize] += plug;
        }
        before += kind.count;
    }
    load.into_iter().max().unwrap_or(0).max(store)
}
