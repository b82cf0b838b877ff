//! Where flows run: hosts by name and number, cables with their rates, ways.

use super::read::shown;
use crate::fabric::graph::{LinkKind, Role, VertexId};
use crate::fabric::{Congestion, Graph, Route, Router};
use crate::kernel::id::Id;
use crate::kernel::maxmin::{Hop, ResourceId};
use crate::kernel::rng::{Keyed, Purpose, Streams};
use crate::kernel::units::Rate;
use crate::model::{CablePattern, FabricSpec, PathPolicy, Routing, Scenario};
use crate::spec::{Diagnostic, Diagnostics, Place, Source, nearest};
use std::collections::BTreeMap;
use std::ops::Range;

/// What is asked beside the scenario and the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The network: `storage` or `compute`; none: the store's.
    pub fabric: Option<String>,
    /// Rates of cables instead of the scenario's, each `CABLES=RATE`; of several that fit a cable the
    /// last counts.
    pub links: Vec<String>,
    /// Group of hosts that numbers in `src` count; none: all hosts.
    pub sources: Option<String>,
    /// The same for `dst`.
    pub destinations: Option<String>,
}

/// Something that flows share.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// `leaf-3 → spine-0`.
    pub name: String,
    /// Reported together: `leaf-3 → spine uplinks`.
    pub group: String,
    /// `adapter`, `network`, `wan`, `firewall`.
    pub kind: &'static str,
    /// Bytes per second.
    pub bytes_per_s: f64,
}

/// A network with hosts that have names and numbers.
#[derive(Debug)]
pub struct FlowNetwork {
    graph: Graph,
    routing: Routing,
    /// Hosts in the order of the network: of every site the compute nodes, then the gateways. A host's
    /// number is its place here, and what destination-modulo routing goes by.
    hosts: Vec<VertexId>,
    by_name: BTreeMap<String, u32>,
    /// Cables by id, then boxes that limit what they pass on.
    shared: Vec<Shared>,
    inspections: BTreeMap<VertexId, ResourceId>,
    /// Draws a connection's hash.
    chance: Keyed,
    /// Name of the network.
    fabric: String,
    /// Hosts that numbers of `src` and `dst` count.
    numbered: [Vec<u32>; 2],
    /// Words for those.
    groups: [Option<String>; 2],
}

impl FlowNetwork {
    /// Wires a network of the scenario as asked. What is asked and cannot be is put into `found`:
    /// cables or hosts that are not there, a rate that is none, a routing policy that looks at the
    /// load. `None` if there is no such network.
    pub fn new(scenario: &Scenario, asked: &Asked, found: &mut Diagnostics) -> Option<FlowNetwork> {
        let (spec, compute) = choose(scenario, asked, found)?;
        if spec.routing.policy == PathPolicy::Adaptive {
            let message = "lists of flows cannot be routed by load (policy `adaptive`)";
            let help = format!(
                "choose another, for example --set fabric.{}.routing.policy=destination-modulo",
                spec.name
            );
            found.push(Diagnostic::without_place(message).help(help));
        }
        let graph = Graph::wire(scenario, spec, compute, !compute);
        let hosts: Vec<VertexId> =
            graph.vertices.ids().filter(|v| graph.roles[*v] == Role::Host).collect();
        let name = |(i, host): (usize, &VertexId)| (graph.vertices[*host].clone(), i as u32);
        let by_name = hosts.iter().enumerate().map(name).collect();
        let (shared, inspections) = shared(&graph);
        let all: Vec<u32> = (0..hosts.len() as u32).collect();
        let mut network = FlowNetwork {
            routing: spec.routing,
            by_name,
            shared,
            inspections,
            chance: Streams::new(scenario.seed, 0).keyed("flows", Purpose::Path),
            fabric: spec.name.clone(),
            numbered: [all.clone(), all],
            groups: [asked.sources.clone(), asked.destinations.clone()],
            graph,
            hosts,
        };
        for link in &asked.links {
            network.set_rate(link, found);
        }
        for (i, flag) in ["--sources", "--destinations"].into_iter().enumerate() {
            if let Some(group) = network.groups[i].clone() {
                network.numbered[i] = network.group(flag, &group, found);
            }
        }
        Some(network)
    }

    /// Hosts.
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Name of the network: `storage`.
    pub fn fabric(&self) -> &str {
        &self.fabric
    }

    /// How it picks among equal ways.
    pub fn policy(&self) -> PathPolicy {
        self.routing.policy
    }

    /// What flows share, by resource: cables in both directions, boxes that inspect.
    pub fn shared(&self) -> &[Shared] {
        &self.shared
    }

    /// The name of a host.
    pub fn name(&self, host: u32) -> &str {
        &self.graph.vertices[self.hosts[host as usize]]
    }

    /// The host of this name.
    pub(super) fn named(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// Hosts that numbers in `src` (0) or `dst` (1) count, none if nobody is of the group, and the group.
    pub(super) fn numbered(&self, end: usize) -> (&[u32], Option<&str>) {
        (&self.numbered[end], self.groups[end].as_deref())
    }

    /// Whether there are hosts called so with another number.
    pub(super) fn counts(&self, text: &str) -> bool {
        kind(text) != text && self.by_name.keys().any(|name| kind(name) == kind(text))
    }

    /// The name that `text` may have been meant to be.
    pub(super) fn near(&self, text: &str) -> Option<&str> {
        nearest(text, self.by_name.keys().map(String::as_str))
    }

    /// Names of hosts, kind by kind: `host-0 … host-63, controller-0`.
    pub(super) fn names(&self) -> String {
        shown((0..self.hosts.len() as u32).map(|host| self.name(host)))
    }

    /// A router that knows this network.
    pub(super) fn router(&self) -> Router {
        Router::new(self.routing)
    }

    /// What the flow of row `row` crosses, put at the end of `hops`; false if no way leads there. A
    /// flow is a connection of its own: where ways are picked by hash, by that of its row.
    pub(super) fn hops(
        &self,
        router: &mut Router,
        row: usize,
        (src, dst): (u32, u32),
        hops: &mut Vec<Hop>,
    ) -> bool {
        let [from, to] = [src, dst].map(|host| self.hosts[host as usize]);
        let hash = self.chance.bits([row as u64]);
        // Asked by the adaptive policy alone, which was refused.
        let idle = |_| Congestion::new(0, 1, 0);
        let Some(Route { links, .. }) = router.route(&self.graph, from, to, hash, idle) else {
            return false;
        };
        for (link, share) in links {
            let inspection = self.inspections.get(&self.graph.links[link].to).copied();
            let cable = ResourceId(link.0);
            for resource in [Some(cable), inspection].into_iter().flatten() {
                hops.extend(share.divisors().map(|divisor| Hop { resource, divisor }));
            }
        }
        true
    }

    /// Changes the rates of cables as `text` says.
    fn set_rate(&mut self, text: &str, found: &mut Diagnostics) {
        let source = Source::new("--link", text);
        let at = |span: Range<usize>| Place { source: source.clone(), span };
        let Some((cables, rate)) = text.rsplit_once('=') else {
            let finding = Diagnostic::error(&at(0..text.len()), "there is no rate", "no `=`");
            found.push(finding.help("for example --link \"leaf-0 -> spine-1=40 Gb/s\""));
            return;
        };
        let at_rate = at(cables.len() + 1..text.len());
        let rate = match rate.trim().parse::<Rate>() {
            Ok(rate) if rate.0 > 0 => Some(rate),
            Ok(_) => {
                let message = "a cable of no rate moves nothing";
                found.push(Diagnostic::error(&at_rate, message, "nothing ends"));
                None
            }
            Err(wrong) => {
                let mut finding = Diagnostic::error(&at_rate, wrong.message, "not a rate");
                finding.help = wrong.help;
                found.push(finding);
                None
            }
        };
        let fits = self.cables(cables);
        if fits.is_empty() {
            let message = format!("no cable is called \"{}\"", cables.trim());
            let finding = Diagnostic::error(&at(0..cables.len()), message, "fits no cable");
            found.push(finding.help(self.cable_help(cables)));
        }
        for link in fits {
            self.shared[link].bytes_per_s =
                rate.map_or(self.shared[link].bytes_per_s, Rate::bytes_per_s);
        }
    }

    /// Cables (directions) that a text means: one by its name as in `links.csv`, those from one end to
    /// another (`leaf-0 -> spine-*`), or all at an end (`host-3`).
    fn cables(&self, text: &str) -> Vec<usize> {
        let text = text.replace('→', "->");
        let plain = text.trim();
        let pattern = CablePattern::parse(plain);
        let fits = |id: usize| {
            let link = &self.graph.links.rows()[id];
            let [from, to] = [link.from, link.to].map(|end| self.graph.vertices[end].as_str());
            pattern.fits(from, to) || link.name.replace('→', "->") == plain
        };
        (0..self.graph.links.len()).filter(|id| fits(*id)).collect()
    }

    fn cable_help(&self, cables: &str) -> String {
        let ends = || self.graph.vertices.rows().iter().map(String::as_str);
        let names = self.graph.links.rows().iter().map(|link| link.name.as_str());
        let written = cables.trim();
        let near = nearest(written, names.chain(ends())).map(str::to_owned).or_else(|| {
            let (from, to) = written.split_once("->")?;
            let known = |end: &str| {
                let end = end.trim();
                match ends().any(|name| CablePattern::parse(end).fits(name, name)) {
                    true => Some(end.to_owned()),
                    false => nearest(end, ends()).map(str::to_owned),
                }
            };
            let near = format!("{} -> {}", known(from)?, known(to)?);
            (!self.cables(&near).is_empty()).then_some(near)
        });
        let near = near.map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
        format!("{near}cables are at {}", shown(ends()))
    }

    /// Hosts of a group: those called `GROUP-0`, `GROUP-1` and so on.
    fn group(&self, flag: &str, group: &str, found: &mut Diagnostics) -> Vec<u32> {
        let own = |host: &u32| {
            let kind = kind(self.name(*host));
            kind == group || kind.rsplit('/').next() == Some(group)
        };
        let hosts: Vec<u32> = (0..self.hosts.len() as u32).filter(own).collect();
        if hosts.is_empty() {
            let source = Source::new(flag, group);
            let place = Place { source, span: 0..group.len() };
            let message = format!("there is no group of hosts \"{group}\"");
            let kinds = (0..self.hosts.len() as u32).map(|host| kind(self.name(host)));
            let near = nearest(group, kinds);
            let near = near.map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
            let help = format!("{near}hosts are {}", self.names());
            found.push(Diagnostic::error(&place, message, "nobody").help(help));
        }
        hosts
    }
}

/// The network that is asked for, and whether it is that of collectives.
fn choose<'a>(
    scenario: &'a Scenario,
    asked: &Asked,
    found: &mut Diagnostics,
) -> Option<(&'a FabricSpec, bool)> {
    let storage = scenario.storage_fabric;
    let own = scenario.compute_fabric.filter(|id| *id != storage);
    let mut known = vec![(&scenario.fabrics[storage], false)];
    known.extend(own.map(|id| (&scenario.fabrics[id], true)));
    let Some(name) = &asked.fabric else { return known.first().copied() };
    let wanted = known.iter().find(|(spec, _)| spec.name == *name).copied();
    if wanted.is_none() {
        let place = Place { source: Source::new("--fabric", name.as_str()), span: 0..name.len() };
        let names: Vec<&str> = known.iter().map(|(spec, _)| spec.name.as_str()).collect();
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("networks of this scenario: {}", names.join(", ")),
        };
        let message = format!("the scenario has no network \"{name}\"");
        found.push(Diagnostic::error(&place, message, "unknown").help(help));
    }
    wanted
}

/// Cables by id, then boxes that limit what they pass on.
fn shared(graph: &Graph) -> (Vec<Shared>, BTreeMap<VertexId, ResourceId>) {
    let mut shared: Vec<Shared> = Vec::with_capacity(graph.links.len());
    shared.extend(graph.links.rows().iter().map(|link| Shared {
        name: link.name.clone(),
        group: link.group.clone(),
        kind: match link.kind {
            LinkKind::Adapter => "adapter",
            LinkKind::Trunk => "network",
            LinkKind::Wan => "wan",
        },
        bytes_per_s: link.rate.bytes_per_s(),
    }));
    let mut inspections = BTreeMap::new();
    for (vertex, rate) in graph.inspection.iter() {
        let Some(rate) = rate else { continue };
        inspections.insert(vertex, ResourceId::from_index(shared.len()));
        let name = format!("{} inspection", graph.vertices[vertex]);
        let (group, bytes_per_s) = (name.clone(), rate.bytes_per_s());
        shared.push(Shared { name, group, kind: "firewall", bytes_per_s });
    }
    (shared, inspections)
}

/// A name without its number: `frankfurt/train-3` is of `frankfurt/train`.
fn kind(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-')
}
