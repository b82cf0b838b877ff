//! From a shape to cables.

use super::graph::{Graph, Link, LinkKind, VertexId};
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use crate::model::{FabricSpec, Nic, Scenario, Topology};

/// The switches of a network and where the next host goes.
struct Wiring<'a> {
    graph: Graph,
    spec: &'a FabricSpec,
}

impl Graph {
    /// The network `spec` with the hosts that have an adapter on it: compute nodes by `nic_of`
    /// (group index → adapter) and, if `with_store`, the store's controllers.
    pub fn wire(scenario: &Scenario, spec: &FabricSpec, compute: bool, with_store: bool) -> Graph {
        let mut hosts = Vec::new();
        for group in scenario.groups.rows() {
            let separate = if compute { group.compute_nic.as_ref() } else { None };
            let nic = separate.unwrap_or(&group.storage_nic);
            hosts.extend((0..group.count).map(|i| (format!("{}-{i}", group.name), nic, false)));
        }
        let nodes = hosts.len();
        if with_store {
            let nic = &scenario.store.controller.nic;
            hosts.extend(
                (0..scenario.store.controllers).map(|i| (format!("controller-{i}"), nic, true)),
            );
        }
        let mut wiring = Wiring { graph: Graph::default(), spec };
        let places = wiring.switches(&hosts, nodes);
        for ((name, nic, is_store), ports) in hosts.iter().zip(places) {
            let vertex = wiring.host(name, nic, &ports);
            let list =
                if *is_store { &mut wiring.graph.controllers } else { &mut wiring.graph.nodes };
            list.push(vertex);
        }
        wiring.graph
    }
}

impl Wiring<'_> {
    /// Makes the switches; returns, for every host, the switch of each of its ports.
    fn switches(&mut self, hosts: &[(String, &Nic, bool)], nodes: usize) -> Vec<Vec<VertexId>> {
        let store = hosts.len() - nodes;
        match self.spec.topology.clone() {
            Topology::OneSwitch => {
                let switch = self.graph.switch("switch".into());
                hosts.iter().map(|(_, nic, _)| vec![switch; nic.ports as usize]).collect()
            }
            Topology::LeafSpine { leaves, storage_leaves, spines, uplink, uplinks } => {
                let all = leaves + if store > 0 { storage_leaves } else { 0 };
                let leaf: Vec<_> =
                    (0..all).map(|i| self.graph.switch(format!("leaf-{i}"))).collect();
                let spine: Vec<_> =
                    (0..spines).map(|i| self.graph.switch(format!("spine-{i}"))).collect();
                for &l in &leaf {
                    for &s in &spine {
                        for _ in 0..uplinks {
                            self.trunk(l, s, uplink, self.spec.switch_propagation, "spine");
                        }
                    }
                }
                let place = |i: usize, is_store: bool| {
                    let leaves = leaves as usize;
                    match (is_store, storage_leaves as usize) {
                        (false, _) => i * leaves / nodes,
                        (true, 0) => (i - nodes) * leaves / store,
                        (true, own) => leaves + (i - nodes) % own,
                    }
                };
                let ports = |(i, (_, nic, is_store)): (usize, &(String, &Nic, bool))| {
                    vec![leaf[place(i, *is_store)]; nic.ports as usize]
                };
                hosts.iter().enumerate().map(ports).collect()
            }
            Topology::FatTree { k, link } => self.fat_tree(hosts, k as usize, link),
            Topology::Custom { switches, links, attachments } => {
                let ids: Vec<_> = switches.iter().map(|s| self.graph.switch(s.clone())).collect();
                for cable in &links {
                    let (a, b) = (ids[cable.a as usize], ids[cable.b as usize]);
                    for _ in 0..cable.cables {
                        let other = switches[cable.b as usize].clone();
                        self.trunk(a, b, cable.rate, cable.propagation, &other);
                    }
                }
                let mut dealt = vec![0usize; attachments.len()];
                let mut place = |name: &str| {
                    let i = attachments
                        .iter()
                        .position(|a| matches(&a.hosts, name))
                        .expect("the reader checks that every host is attached");
                    let switch = attachments[i].switches[dealt[i] % attachments[i].switches.len()];
                    dealt[i] += 1;
                    ids[switch as usize]
                };
                hosts.iter().map(|(name, nic, _)| vec![place(name); nic.ports as usize]).collect()
            }
        }
    }

    /// k pods of k/2 edge and k/2 aggregation switches, (k/2)² cores.
    fn fat_tree(
        &mut self,
        hosts: &[(String, &Nic, bool)],
        k: usize,
        rate: Rate,
    ) -> Vec<Vec<VertexId>> {
        let half = k / 2;
        let delay = self.spec.switch_propagation;
        let mut edges = Vec::new();
        let mut aggregations = Vec::new();
        for pod in 0..k {
            let first = aggregations.len();
            for i in 0..half {
                aggregations.push(self.graph.switch(format!("pod-{pod}/agg-{i}")));
            }
            for i in 0..half {
                let edge = self.graph.switch(format!("pod-{pod}/edge-{i}"));
                edges.push(edge);
                for &aggregation in &aggregations[first..] {
                    self.trunk(edge, aggregation, rate, delay, "aggregation");
                }
            }
        }
        for core in 0..half * half {
            let vertex = self.graph.switch(format!("core-{core}"));
            for pod in 0..k {
                self.trunk(aggregations[pod * half + core / half], vertex, rate, delay, "core");
            }
        }
        let mut front = 0..edges.len() * half;
        let mut ports = Vec::new();
        for (_, nic, is_store) in hosts {
            let mut of_host = Vec::new();
            for _ in 0..nic.ports {
                let port = if *is_store { front.next_back() } else { front.next() };
                let port =
                    port.expect("the reader checks that the fat-tree has ports for all hosts");
                of_host.push(edges[port / half]);
            }
            ports.push(of_host);
        }
        ports
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
        let vertex = self.graph.add_host(name.into());
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

/// Whether a host name fits a pattern: equal, or equal up to a final `*`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}
