//! From a shape to a plan: which boxes there are, which cables join them, and where each port of
//! each host goes. The fabric is built from it, and files are checked against it.

mod custom;
mod fat_tree;
mod leaf_spine;
mod sites;

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

impl Wiring<'_> {
    /// Makes the boxes; returns, for every host, the box of each of its ports. Compute nodes stand
    /// first among the hosts.
    fn shape(&mut self, shape: &Topology, hosts: &[PlanHost<'_>]) -> Vec<Vec<u32>> {
        match shape {
            Topology::OneSwitch => {
                let switch = self.switch("switch", 1);
                hosts.iter().map(|host| vec![switch; host.nic.ports as usize]).collect()
            }
            Topology::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks } => {
                let shape = leaf_spine::LeafSpine {
                    leaves: *leaves,
                    storage_leaves: *storage_leaves,
                    spines: *spines,
                    uplink: *uplink,
                    uplinks: *uplinks,
                };
                self.leaf_spine(hosts, &shape)
            }
            Topology::FatTree { k, link } => self.fat_tree(hosts, *k as usize, *link),
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
fn census(hosts: &[PlanHost<'_>]) -> (usize, usize) {
    let store = hosts.iter().filter(|host| host.is_store).count();
    (hosts.len() - store, store)
}
