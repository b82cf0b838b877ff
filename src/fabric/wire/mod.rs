//! From a shape to cables.

mod custom;
mod fat_tree;
mod leaf_spine;

use super::graph::{Graph, Link, LinkKind, Role, VertexId};
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use crate::model::{FabricSpec, Nic, Scenario, Topology};

/// A host that wants its ports plugged in.
struct Plug<'a> {
    name: String,
    nic: &'a Nic,
    is_store: bool,
}

/// The switches of a network and where the next host goes.
struct Wiring<'a> {
    graph: Graph,
    spec: &'a FabricSpec,
    /// Stands before the names of switches: nothing, or the site and a slash.
    prefix: String,
    /// Index of the site that is being wired.
    site: u32,
}

impl Graph {
    /// The network `spec` with the hosts that have an adapter on it: compute nodes (with the adapter
    /// for collectives if `compute`) and, if `with_store`, the store's controllers.
    pub fn wire(scenario: &Scenario, spec: &FabricSpec, compute: bool, with_store: bool) -> Graph {
        let hosts = plugs(scenario, compute, with_store);
        let mut wiring = Wiring { graph: Graph::default(), spec, prefix: String::new(), site: 0 };
        let places = wiring.switches(&hosts);
        for (host, ports) in hosts.iter().zip(places) {
            let vertex = wiring.host(&host.name, host.nic, &ports);
            let graph = &mut wiring.graph;
            let list = if host.is_store { &mut graph.controllers } else { &mut graph.nodes };
            list.push(vertex);
        }
        wiring.graph
    }
}

/// Every host of a network: compute nodes over all groups, then controllers.
fn plugs(scenario: &Scenario, compute: bool, with_store: bool) -> Vec<Plug<'_>> {
    let mut hosts = Vec::new();
    for group in scenario.groups.rows() {
        let separate = if compute { group.compute_nic.as_ref() } else { None };
        let nic = separate.unwrap_or(&group.storage_nic);
        hosts.extend((0..group.count).map(|i| {
            let name = format!("{}-{i}", group.name);
            Plug { name, nic, is_store: false }
        }));
    }
    if with_store {
        let nic = &scenario.store.controller.nic;
        hosts.extend((0..scenario.store.controllers).map(|i| {
            let name = format!("controller-{i}");
            Plug { name, nic, is_store: true }
        }));
    }
    hosts
}

impl Wiring<'_> {
    /// Makes the switches; returns, for every host, the switch of each of its ports. Compute nodes
    /// stand first among the hosts.
    fn switches(&mut self, hosts: &[Plug<'_>]) -> Vec<Vec<VertexId>> {
        match self.spec.topology.clone() {
            Topology::OneSwitch => {
                let switch = self.switch("switch", 1);
                hosts.iter().map(|host| vec![switch; host.nic.ports as usize]).collect()
            }
            Topology::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks } => {
                let shape =
                    leaf_spine::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks };
                self.leaf_spine(hosts, &shape)
            }
            Topology::FatTree { k, link } => self.fat_tree(hosts, k as usize, link),
            Topology::Custom { switches, links, attachments } => {
                self.custom(hosts, &switches, &links, &attachments)
            }
        }
    }

    /// Adds a switch of this site; tier 1 holds hosts.
    fn switch(&mut self, name: &str, tier: u8) -> VertexId {
        let name = format!("{}{name}", self.prefix);
        self.graph.vertex(name, Role::Switch(tier), self.site)
    }

    /// A cable between two switches, both directions; `tier` names the upper end in groups.
    /// Parallel cables are told apart by a number: `leaf-0 → spine-1 #2`.
    fn trunk(&mut self, low: VertexId, high: VertexId, rate: Rate, propagation: Span, tier: &str) {
        let (a, b) = (self.graph.vertices[low].clone(), self.graph.vertices[high].clone());
        let links = &self.graph.links;
        let parallel = self.graph.out[low].iter().filter(|l| links[**l].to == high).count();
        let number = if parallel > 0 { format!(" #{}", parallel + 1) } else { String::new() };
        let latency = propagation + self.spec.forwarding;
        let kind = LinkKind::Trunk;
        self.graph.link(Link {
            name: format!("{a} → {b}{number}"),
            group: format!("{a} → {tier} uplinks"),
            kind,
            from: low,
            to: high,
            rate,
            latency,
        });
        self.graph.link(Link {
            name: format!("{b} → {a}{number}"),
            group: format!("{tier} → {a} downlinks"),
            kind,
            from: high,
            to: low,
            rate,
            latency,
        });
    }

    fn host(&mut self, name: &str, nic: &Nic, switches: &[VertexId]) -> VertexId {
        let vertex = self.graph.vertex(name.into(), Role::Host, self.site);
        for (port, &switch) in switches.iter().enumerate() {
            let port = if switches.len() > 1 { format!(" port {port}") } else { String::new() };
            let propagation = self.spec.host_propagation;
            for (from, to, latency, direction) in [
                (vertex, switch, propagation + self.spec.forwarding, "out"),
                (switch, vertex, propagation, "in"),
            ] {
                self.graph.link(Link {
                    name: format!("{name} NIC{port} {direction}"),
                    group: format!("{name} NIC {direction}"),
                    kind: LinkKind::Adapter,
                    from,
                    to,
                    rate: nic.rate,
                    latency,
                });
            }
        }
        vertex
    }
}

/// Compute nodes and store hosts among the hosts.
fn census(hosts: &[Plug<'_>]) -> (usize, usize) {
    let store = hosts.iter().filter(|host| host.is_store).count();
    (hosts.len() - store, store)
}
