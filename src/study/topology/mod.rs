//! What a network is before anything runs: boxes, cables, optics, bisection bandwidth,
//! oversubscription, hops and latency.

mod capacity;
mod paths;

pub use capacity::between;
pub use paths::Latency;

use crate::fabric::{Graph, Role};
use crate::kernel::id::Id;
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use crate::model::{FabricSpec, Plan, Run, Scenario, is_copper};
use crate::spec::PS_PER_METRE;
use std::collections::BTreeMap;

/// Boxes of one kind in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxRow {
    /// `leaf`, `spine`, `router`.
    pub kind: String,
    /// What they are.
    pub role: Role,
    /// How many.
    pub count: u64,
    /// Cables of the fullest.
    pub cables_most: u64,
    /// Ports that cables take on all of them together; one split port counts as a part.
    pub ports_used: f64,
    /// Ports there are, where the scenario says.
    pub ports: Option<u64>,
    /// Towards hosts, bytes per second, all of them.
    pub down: f64,
    /// Away from hosts; 0 at the top.
    pub up: f64,
}

impl BoxRow {
    /// Capacity towards hosts over capacity away from them; `None` at the top.
    pub fn oversubscription(&self) -> Option<f64> {
        (self.up > 0.0 && self.down > 0.0).then(|| self.down / self.up)
    }
}

/// Like cables.
#[derive(Debug, Clone, PartialEq)]
pub struct CableRow {
    /// Kind of the lower end.
    pub from: String,
    /// Kind of the upper end.
    pub to: String,
    /// Line rate.
    pub rate: Rate,
    /// Length that its delay stands for, metres.
    pub length_m: f64,
    /// How many.
    pub count: u64,
    /// Whether passive copper reaches.
    pub copper: bool,
}

impl CableRow {
    /// Transceivers: one at each end of an optical cable.
    pub fn transceivers(&self) -> u64 {
        if self.copper { 0 } else { 2 * self.count }
    }
}

/// A link between sites.
#[derive(Debug, Clone, PartialEq)]
pub struct WanRow {
    /// Its ends.
    pub ends: [String; 2],
    /// Line rate.
    pub rate: Rate,
    /// There and back.
    pub round_trip: Span,
}

/// One network.
#[derive(Debug, Clone)]
pub struct Fabric {
    /// Its shape.
    pub spec: FabricSpec,
    /// As wired.
    pub graph: Graph,
    /// Names of the sites; one without a name if there are none.
    pub sites: Vec<String>,
    /// Compute nodes and controllers.
    pub hosts: [u64; 2],
    /// Boxes by kind.
    pub boxes: Vec<BoxRow>,
    /// Cables by kind; links between sites are not among them.
    pub cables: Vec<CableRow>,
    /// Links between sites.
    pub wans: Vec<WanRow>,
    /// Largest flow from the first half of the compute nodes to the second, bytes per second.
    pub bisection: f64,
    /// What half of the nodes' adapters carry.
    pub bisection_adapters: f64,
    /// Largest flow from the store to all nodes; `None` without a store.
    pub from_store: Option<f64>,
    /// What the store's adapters carry.
    pub store_adapters: f64,
    /// What the nodes' adapters carry.
    pub node_adapters: f64,
    /// Between compute nodes.
    pub among_nodes: Option<Latency>,
    /// Between compute nodes and the store.
    pub to_store: Option<Latency>,
}

/// Every network of a scenario in use, the store's first.
pub fn fabrics(scenario: &Scenario) -> Vec<Fabric> {
    let storage = scenario.storage_fabric;
    let own = scenario.compute_fabric.filter(|id| *id != storage);
    let mut all = vec![fabric(scenario, &scenario.fabrics[storage], false)];
    all.extend(own.map(|id| fabric(scenario, &scenario.fabrics[id], true)));
    all
}

/// The most that the store can send to all nodes over the wires, bytes per second.
pub fn from_store(scenario: &Scenario) -> f64 {
    let spec = &scenario.fabrics[scenario.storage_fabric];
    let graph = Graph::build(&Plan::new(scenario, spec, false, true), spec);
    capacity::between(&graph, &graph.controllers, &graph.nodes)
}

fn fabric(scenario: &Scenario, spec: &FabricSpec, compute: bool) -> Fabric {
    let plan = Plan::new(scenario, spec, compute, !compute);
    let graph = Graph::build(&plan, spec);
    let adapters = |store: bool| -> f64 {
        let of = plan.hosts.iter().filter(|host| host.is_store == store);
        of.map(|host| host.nic.rate.bytes_per_s() * f64::from(host.nic.ports)).sum()
    };
    let nodes = graph.nodes.clone();
    let (first, second) = nodes.split_at(nodes.len() / 2);
    let first_rate: f64 = plan
        .hosts
        .iter()
        .filter(|host| !host.is_store)
        .take(first.len())
        .map(|host| host.nic.rate.bytes_per_s() * f64::from(host.nic.ports))
        .sum();
    let kinds: Vec<String> = plan.boxes.iter().map(|part| kind(&part.name)).collect();
    Fabric {
        sites: scenario.places().rows().iter().map(|site| site.name.clone()).collect(),
        hosts: [graph.nodes.len() as u64, graph.controllers.len() as u64],
        boxes: boxes(&plan, spec, &graph, &kinds),
        cables: cables(&plan, spec, &kinds),
        wans: wans(&plan),
        bisection: capacity::between(&graph, first, second),
        bisection_adapters: first_rate.min(adapters(false) - first_rate),
        from_store: (!graph.controllers.is_empty())
            .then(|| capacity::between(&graph, &graph.controllers, &graph.nodes)),
        store_adapters: adapters(true),
        node_adapters: adapters(false),
        among_nodes: paths::among(&graph, &graph.nodes, &graph.nodes),
        to_store: paths::among(&graph, &graph.nodes, &graph.controllers),
        spec: spec.clone(),
        graph,
    }
}

/// A box's or host's name without site, group and number: `frankfurt/leaf-3` is a `leaf`.
pub fn kind(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let bare = last.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    if bare.is_empty() { last.to_string() } else { bare.to_string() }
}

/// How far up each role of a network stands.
#[derive(Debug, Clone, Copy)]
pub struct Tiers {
    top: u8,
}

impl Tiers {
    /// Those of a network.
    pub fn of(graph: &Graph) -> Tiers {
        let tiers = graph.roles.rows().iter().filter_map(|role| match role {
            Role::Switch(tier) => Some(*tier),
            _ => None,
        });
        Tiers { top: tiers.max().unwrap_or(0) }
    }

    /// Hosts stand at 0.
    pub fn level(self, role: Role) -> u8 {
        match role {
            Role::Host => 0,
            Role::Switch(tier) => tier,
            Role::Router => self.top + 1,
            Role::Firewall => self.top + 2,
            Role::Border => self.top + 3,
        }
    }
}

fn boxes(plan: &Plan<'_>, spec: &FabricSpec, graph: &Graph, kinds: &[String]) -> Vec<BoxRow> {
    let tiers = Tiers::of(graph);
    let mut rows: BTreeMap<(u8, &str), BoxRow> = BTreeMap::new();
    for (vertex, (part, kind)) in graph.vertices.ids().zip(plan.boxes.iter().zip(kinds)) {
        let own = tiers.level(part.role);
        let row = rows.entry((own, kind)).or_insert_with(|| BoxRow {
            kind: kind.clone(),
            role: part.role,
            count: 0,
            cables_most: 0,
            ports_used: 0.0,
            ports: None,
            down: 0.0,
            up: 0.0,
        });
        row.count += 1;
        row.cables_most = row.cables_most.max(graph.out[vertex].len() as u64);
        let switch = spec.ports.filter(|_| matches!(part.role, Role::Switch(_)));
        if let Some(switch) = switch {
            row.ports = Some(row.ports.unwrap_or(0) + u64::from(switch.count));
        }
        for &link in &graph.out[vertex] {
            let link = &graph.links[link];
            if let Some(switch) = switch {
                row.ports_used += parts(link.rate, switch.rate);
            }
            let other = tiers.level(graph.roles[link.to]);
            match other.cmp(&own) {
                std::cmp::Ordering::Less => row.down += link.rate.bytes_per_s(),
                std::cmp::Ordering::Greater => row.up += link.rate.bytes_per_s(),
                std::cmp::Ordering::Equal => {}
            }
        }
    }
    rows.into_values().collect()
}

/// Part of a port that a cable takes: a port may be split into 2, 4 or 8.
fn parts(cable: Rate, port: Rate) -> f64 {
    let fits = |parts: &u64| u128::from(cable.0) * u128::from(*parts) <= u128::from(port.0);
    [8, 4, 2].into_iter().find(fits).map_or(1.0, |parts| 1.0 / parts as f64)
}

fn cables(plan: &Plan<'_>, spec: &FabricSpec, kinds: &[String]) -> Vec<CableRow> {
    let mut rows: BTreeMap<(String, String, u64, u64), u64> = BTreeMap::new();
    for cable in plan.cables.iter().filter(|cable| cable.run == Run::Trunk) {
        let [from, to] = [cable.low, cable.high].map(|end| kinds[end as usize].clone());
        *rows.entry((from, to, cable.rate.0, cable.propagation.0)).or_default() += 1;
    }
    for host in &plan.hosts {
        let from = kind(&host.name);
        for &port in &host.ports {
            let (to, length) = (kinds[port as usize].clone(), spec.host_propagation.0);
            *rows.entry((from.clone(), to, host.nic.rate.0, length)).or_default() += 1;
        }
    }
    let row = |((from, to, rate, delay), count): ((String, String, u64, u64), u64)| {
        let length_m = delay as f64 / PS_PER_METRE as f64;
        let (rate, copper) = (Rate(rate), is_copper(Rate(rate), Span(delay)));
        CableRow { from, to, rate, length_m, count, copper }
    };
    rows.into_iter().map(row).collect()
}

fn wans(plan: &Plan<'_>) -> Vec<WanRow> {
    let row = |cable: &crate::model::PlanCable| WanRow {
        ends: [cable.low, cable.high].map(|end| plan.boxes[end as usize].name.clone()),
        rate: cable.rate,
        round_trip: Span(2 * cable.propagation.0),
    };
    plan.cables.iter().filter(|cable| cable.run == Run::Wan).map(row).collect()
}

/// Vertices by index.
fn index(vertex: crate::fabric::graph::VertexId) -> usize {
    vertex.index()
}
