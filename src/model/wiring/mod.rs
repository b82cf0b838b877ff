//! From a shape to a plan: which boxes there are, which cables join them, and where each port of
//! each host goes. The fabric is built from it, and files are checked against it.

mod custom;
mod delay;
mod dragonfly;
mod fat_tree;
mod leaf_spine;
mod rail;
mod sites;
mod three_tier;
mod torus;

use super::{FabricSpec, Nic, Scenario, Topology};
use crate::kernel::time::Span;
use crate::kernel::units::Rate;

/// What a vertex of a network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It sends and receives, but passes nothing on.
    Host,
    /// A switch; those that hold hosts are tier 1, the others are numbered from there upward.
    Switch(u8),
    /// A router between parts of one site.
    Router,
    /// A firewall: every byte through it is inspected.
    Firewall,
    /// A router at the edge of a site.
    Border,
}

/// What a cable between boxes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Inside a site.
    Trunk,
    /// Between sites.
    Wan,
}

/// A box that passes messages on.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanBox {
    /// `leaf-3`, `frankfurt/border`.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Index of its site; 0 if the scenario names none.
    pub site: u32,
    /// Time to forward the head of a message.
    pub forwarding: Span,
    /// Most that it passes on, all its ports together; `None`: as much as its cables.
    pub inspection: Option<Rate>,
}

/// A cable between two boxes, both directions.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCable {
    /// Lower end: index of a box.
    pub low: u32,
    /// Upper end.
    pub high: u32,
    /// What it is.
    pub run: Run,
    /// Line rate of each direction.
    pub rate: Rate,
    /// Propagation delay, one way.
    pub propagation: Span,
    /// Names the upper end in groups of cables: `spine`.
    pub tier: String,
}

/// A host that wants its ports plugged in.
#[derive(Debug, Clone)]
pub struct PlanHost<'a> {
    /// `train-3`, `frankfurt/controller-0`.
    pub name: String,
    /// Its name within its site.
    pub local: String,
    /// Its number among the compute nodes of all groups, or the controllers of all sites.
    pub number: u32,
    /// Its adapter.
    pub nic: &'a Nic,
    /// Whether it is the store's.
    pub is_store: bool,
    /// Index of its site.
    pub site: u32,
    /// The box of each of its ports.
    pub ports: Vec<u32>,
}

/// A network before it is built.
#[derive(Debug, Clone, Default)]
pub struct Plan<'a> {
    /// Boxes, in order.
    pub boxes: Vec<PlanBox>,
    /// Cables between boxes, in order.
    pub cables: Vec<PlanCable>,
    /// Site by site: compute nodes, then controllers.
    pub hosts: Vec<PlanHost<'a>>,
}

impl<'a> Plan<'a> {
    /// The network `spec` with the hosts that have an adapter on it: compute nodes (with the adapter
    /// for collectives if `compute`) and, if `with_store`, the store's controllers.
    ///
    /// # Panics
    /// If the shape has no place for a host: the reader checks that it has.
    pub fn new(
        scenario: &'a Scenario,
        spec: &'a FabricSpec,
        compute: bool,
        with_store: bool,
    ) -> Plan<'a> {
        let mut wiring =
            Wiring { boxes: Vec::new(), cables: Vec::new(), spec, prefix: String::new(), site: 0 };
        let hosts = Plan::of_sites(&mut wiring, scenario, compute, with_store);
        Plan { boxes: wiring.boxes, cables: wiring.cables, hosts }
    }
}

/// Boxes and cables of one site while they are laid.
struct Wiring<'s> {
    boxes: Vec<PlanBox>,
    cables: Vec<PlanCable>,
    spec: &'s FabricSpec,
    /// Stands before the names of boxes: nothing, or the site and a slash.
    prefix: String,
    /// Index of the site.
    site: u32,
}

/// A host as one plane sees it.
struct Guest<'h> {
    name: &'h str,
    is_store: bool,
    /// Ports on this plane.
    ports: u32,
}

impl Wiring<'_> {
    /// Makes the boxes of every plane and plugs the hosts in. Port i of a node is on plane i modulo
    /// the planes; the ports of the store's hosts are dealt over them one by one.
    fn planes(&mut self, hosts: &mut [PlanHost<'_>]) {
        let planes = self.spec.planes as usize;
        let (nodes, _) = census(hosts.iter().map(|host| host.is_store));
        let plane_of = |i: usize, host: &PlanHost<'_>, port: usize| {
            let before = if host.is_store { (i - nodes) * host.nic.ports as usize } else { 0 };
            (before + port) % planes
        };
        for host in &mut *hosts {
            host.ports = vec![0; host.nic.ports as usize];
        }
        let prefix = self.prefix.clone();
        for plane in 0..planes {
            if planes > 1 {
                self.prefix = format!("{prefix}plane-{plane}/");
            }
            let here = |i: usize, host: &PlanHost<'_>| -> Vec<usize> {
                (0..host.ports.len()).filter(|port| plane_of(i, host, *port) == plane).collect()
            };
            let mut guests = Vec::with_capacity(hosts.len());
            for (i, host) in hosts.iter().enumerate() {
                let (name, ports) = (host.local.as_str(), here(i, host).len() as u32);
                guests.push(Guest { name, is_store: host.is_store, ports });
            }
            let places = self.shape(&self.spec.topology, &guests);
            for (i, (host, place)) in hosts.iter_mut().zip(places).enumerate() {
                for (port, part) in here(i, host).into_iter().zip(place) {
                    host.ports[port] = part;
                }
            }
        }
        self.prefix = prefix;
    }

    /// Makes the boxes; returns, for every host, the box of each of its ports. Compute nodes stand
    /// first among the hosts.
    fn shape(&mut self, shape: &Topology, hosts: &[Guest<'_>]) -> Vec<Vec<u32>> {
        match shape {
            Topology::OneSwitch => {
                let switch = self.switch("switch", 1);
                hosts.iter().map(|host| vec![switch; host.ports as usize]).collect()
            }
            &Topology::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks } => {
                let shape =
                    leaf_spine::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks };
                self.leaf_spine(hosts, &shape)
            }
            Topology::FatTree { k, link } => self.fat_tree(hosts, *k as usize, *link),
            &Topology::RailOptimised { rails, units, storage_leaves, spines, uplink, uplinks } => {
                let shape = rail::Rails { rails, units, storage_leaves, spines, uplink, uplinks };
                self.rails(hosts, &shape)
            }
            &Topology::Dragonfly {
                groups,
                group_switches,
                host_ports,
                global_links,
                link,
                global_link,
                global_propagation,
            } => {
                let shape = dragonfly::Dragonfly {
                    groups: groups as usize,
                    group_switches: group_switches as usize,
                    host_ports: host_ports as usize,
                    global_links: global_links as usize,
                    link,
                    global_link,
                    global_propagation,
                };
                self.dragonfly(hosts, &shape)
            }
            Topology::Torus { dims, host_ports, link } => {
                self.torus(hosts, dims, *host_ports, *link)
            }
            Topology::ThreeTier(shape) => self.three_tier(hosts, shape),
            Topology::Custom { switches, links, attachments } => {
                self.custom(hosts, switches, links, attachments)
            }
        }
    }

    /// Adds a switch; tier 1 holds hosts.
    fn switch(&mut self, name: &str, tier: u8) -> u32 {
        self.boxes.push(PlanBox {
            name: format!("{}{name}", self.prefix),
            role: Role::Switch(tier),
            site: self.site,
            forwarding: self.spec.forwarding,
            inspection: None,
        });
        u32::try_from(self.boxes.len() - 1).expect("the reader limits the boxes")
    }

    /// A cable between two boxes; `tier` names the upper end in groups.
    fn trunk(&mut self, low: u32, high: u32, rate: Rate, propagation: Span, tier: &str) {
        let run = Run::Trunk;
        self.cables.push(PlanCable { low, high, run, rate, propagation, tier: tier.into() });
    }
}

/// Compute nodes and store hosts among the hosts.
fn census(is_store: impl ExactSizeIterator<Item = bool>) -> (usize, usize) {
    let all = is_store.len();
    let store = is_store.filter(|is_store| *is_store).count();
    (all - store, store)
}
