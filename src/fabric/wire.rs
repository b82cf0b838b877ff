//! From a plan to a network: names, directions, latencies.

use super::graph::{Graph, Link, LinkKind, Role, VertexId};
use crate::kernel::id::Id;
use crate::model::{FabricSpec, Plan, PlanCable, PlanHost, Run, Scenario};

impl Graph {
    /// The network `spec` with the hosts that have an adapter on it: compute nodes (with the adapter
    /// for collectives if `compute`) and, if `with_store`, the store's controllers.
    pub fn wire(scenario: &Scenario, spec: &FabricSpec, compute: bool, with_store: bool) -> Graph {
        let mut graph = Graph::build(&Plan::new(scenario, spec, compute, with_store), spec);
        if with_store {
            graph.wan_specs = scenario.wans.clone();
        }
        graph
    }

    /// Builds what is planned.
    pub fn build(plan: &Plan<'_>, spec: &FabricSpec) -> Graph {
        let mut graph = Graph::default();
        for part in &plan.boxes {
            let vertex = graph.vertex(part.name.clone(), part.role, part.site);
            graph.inspection[vertex] = part.inspection;
            if part.role == Role::Border {
                graph.borders.push(vertex);
            }
        }
        for cable in &plan.cables {
            graph.lay(plan, cable);
        }
        for host in &plan.hosts {
            let vertex = graph.plug_in(plan, spec, host);
            let list = if host.is_store { &mut graph.controllers } else { &mut graph.nodes };
            let number = host.number as usize;
            if list.len() <= number {
                list.resize(number + 1, vertex);
            }
            list[number] = vertex;
        }
        graph
    }

    /// A cable between two boxes, both directions. Parallel cables are told apart by a number:
    /// `leaf-0 → spine-1 #2`.
    fn lay(&mut self, plan: &Plan<'_>, cable: &PlanCable) {
        let (low, high) = (VertexId(cable.low), VertexId(cable.high));
        let (a, b) = (self.vertices[low].clone(), self.vertices[high].clone());
        let parallel = self.out[low].iter().filter(|l| self.links[**l].to == high).count();
        let number = if parallel > 0 { format!(" #{}", parallel + 1) } else { String::new() };
        let kind = LinkKind::Trunk;
        if cable.run == Run::Wan {
            return self.lay_wan(cable);
        }
        let tier = &cable.tier;
        let latency_to = |end: VertexId| cable.propagation + plan.boxes[end.index()].forwarding;
        self.link(Link {
            name: format!("{a} → {b}{number}"),
            group: format!("{a} → {tier} uplinks"),
            kind,
            from: low,
            to: high,
            rate: cable.rate,
            latency: latency_to(high),
        });
        self.link(Link {
            name: format!("{b} → {a}{number}"),
            group: format!("{tier} → {a} downlinks"),
            kind,
            from: high,
            to: low,
            rate: cable.rate,
            latency: latency_to(low),
        });
    }

    /// A link between sites: named after itself, its latency half the round trip to the picosecond.
    fn lay_wan(&mut self, cable: &PlanCable) {
        let ends = [VertexId(cable.low), VertexId(cable.high)];
        let site = |end: VertexId| self.vertices[end].trim_end_matches("/border").to_string();
        let names = ends.map(site);
        for (from, to) in [(0, 1), (1, 0)] {
            let name = format!("{} {} → {}", cable.tier, names[from], names[to]);
            let id = self.link(Link {
                group: name.clone(),
                name,
                kind: LinkKind::Wan,
                from: ends[from],
                to: ends[to],
                rate: cable.rate,
                latency: cable.propagation,
            });
            self.wans.push(id);
        }
    }

    fn plug_in(&mut self, plan: &Plan<'_>, spec: &FabricSpec, host: &PlanHost<'_>) -> VertexId {
        let name = &host.name;
        let vertex = self.vertex(name.clone(), Role::Host, host.site);
        for (port, &switch) in host.ports.iter().enumerate() {
            let port = if host.ports.len() > 1 { format!(" port {port}") } else { String::new() };
            let propagation = spec.host_propagation;
            let forwarding = plan.boxes[switch as usize].forwarding;
            let switch = VertexId(switch);
            for (from, to, latency, direction) in [
                (vertex, switch, propagation + forwarding, "out"),
                (switch, vertex, propagation, "in"),
            ] {
                self.link(Link {
                    name: format!("{name} NIC{port} {direction}"),
                    group: format!("{name} NIC {direction}"),
                    kind: LinkKind::Adapter,
                    from,
                    to,
                    rate: host.nic.rate,
                    latency,
                });
            }
        }
        vertex
    }
}
