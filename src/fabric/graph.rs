//! A wired network: hosts, switches and directed cables with names.

use crate::define_id;
use crate::kernel::id::Table;
use crate::kernel::rng::name_word;
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use crate::model::{Wan, WanId};

pub use crate::model::Role;

define_id!(
    /// A host or switch of one network.
    VertexId,
    /// A directed cable of one network.
    LinkId,
);

/// Who sits at the edge of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Compute node, numbered over all groups.
    Node(u32),
    /// Controller of the store.
    Controller(u32),
}

/// What a cable joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// A host and its switch.
    Adapter,
    /// Two switches.
    Trunk,
    /// Two sites.
    Wan,
}

/// A directed cable.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// `leaf-3 → spine-0`, `train-0 NIC out`.
    pub name: String,
    /// Reported together: `leaf-3 → spine uplinks`.
    pub group: String,
    /// What it joins.
    pub kind: LinkKind,
    /// From.
    pub from: VertexId,
    /// To.
    pub to: VertexId,
    /// Line rate.
    pub rate: Rate,
    /// Propagation, and forwarding in the switch it leads to, if any.
    pub latency: Span,
}

/// A wired network.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Names of hosts and switches.
    pub vertices: Table<VertexId, String>,
    /// Cables.
    pub links: Table<LinkId, Link>,
    /// From where to where each cable leads: what searches look at, packed.
    pub ends: Table<LinkId, [VertexId; 2]>,
    /// Vertex of each compute node.
    pub nodes: Vec<VertexId>,
    /// Vertex of each controller.
    pub controllers: Vec<VertexId>,
    /// Cables that leave each vertex, in order of their ids.
    pub out: Table<VertexId, Vec<LinkId>>,
    /// Where those lead, in the same order: routing asks at every hop of every way.
    pub next: Table<VertexId, Vec<VertexId>>,
    /// Cables that reach each vertex.
    pub into: Table<VertexId, Vec<LinkId>>,
    /// What each vertex is.
    pub roles: Table<VertexId, Role>,
    /// Site of each vertex; 0 if the scenario names none.
    pub sites: Table<VertexId, u32>,
    /// Most that a vertex passes on, all its ports together; `None`: as much as its cables.
    pub inspection: Table<VertexId, Option<Rate>>,
    /// Links of each `[[wan]]`: from its first site to its second, and back.
    pub wans: Vec<LinkId>,
    /// What those links are.
    pub wan_specs: Table<WanId, Wan>,
    /// The border router of each site; empty if there are no links between sites.
    pub borders: Vec<VertexId>,
    /// A word for each vertex's name: the seed of its choices among equal ways.
    pub seeds: Table<VertexId, u64>,
}

impl Graph {
    /// Adds a vertex of a site; whose a host is, is noted in `nodes` or `controllers`.
    pub fn vertex(&mut self, name: String, role: Role, site: u32) -> VertexId {
        self.out.push(Vec::new());
        self.next.push(Vec::new());
        self.into.push(Vec::new());
        self.roles.push(role);
        self.sites.push(site);
        self.inspection.push(None);
        self.seeds.push(name_word(&name));
        self.vertices.push(name)
    }

    /// Whether a vertex is a host: it sends and receives, but passes nothing on.
    pub fn is_host(&self, vertex: VertexId) -> bool {
        self.roles[vertex] == Role::Host
    }

    /// Whether messages between two others of its site pass through a vertex.
    pub fn passes_on(&self, vertex: VertexId) -> bool {
        !matches!(self.roles[vertex], Role::Host | Role::Border)
    }

    /// Adds one direction of a cable.
    pub fn link(&mut self, link: Link) -> LinkId {
        let (from, to) = (link.from, link.to);
        let id = self.links.push(link);
        self.ends.push([from, to]);
        self.out[from].push(id);
        self.next[from].push(to);
        self.into[to].push(id);
        id
    }

    /// The other direction of the same cable: both are laid together.
    pub fn reverse(&self, link: LinkId) -> LinkId {
        let back = LinkId(link.0 ^ 1);
        let (there, here) = (&self.links[link], &self.links[back]);
        debug_assert!(there.from == here.to && there.to == here.from, "a cable has two directions");
        back
    }

    /// Where a host sits.
    pub fn host(&self, host: Host) -> VertexId {
        match host {
            Host::Node(i) => self.nodes[i as usize],
            Host::Controller(i) => self.controllers[i as usize],
        }
    }
}
