//! The whole scenario.

use super::{
    ClassId, Dataset, Delivery, Disturb, Disturbance, FabricSpec, Health, Load, Money, Neighbour,
    NodeGroup, Site, SiteId, Store, TrafficClass, Training, Wan, WanId,
};
use crate::define_id;
use crate::kernel::id::Table;
use crate::kernel::time::Span;
use serde::Serialize;

define_id!(
    /// A group of equal compute nodes.
    GroupId,
    /// A network.
    FabricId,
    /// A dataset.
    DatasetId,
);

/// Everything one run needs to know, validated: every id exists, every quantity is in range.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// Name of the scenario: output folders and reports carry it.
    pub name: String,
    /// One line on what it is for.
    pub description: String,
    /// Root of all chance.
    pub seed: u64,
    /// Independent repetitions (≥ 1); intervals come from them.
    pub replicates: u32,
    /// The run stops here even if work is left; `None`: when all jobs have finished.
    pub horizon: Option<Span>,
    /// Statistics of request loads leave out what happens before this instant.
    pub warm_up: Span,
    /// By how much rates of flows may be off, a share; 0: exact.
    #[serde(skip_serializing_if = "super::transport::is_zero")]
    pub rate_tolerance: f64,
    /// Compute nodes.
    pub groups: Table<GroupId, NodeGroup>,
    /// Networks.
    pub fabrics: Table<FabricId, FabricSpec>,
    /// The network between compute nodes and the store.
    pub storage_fabric: FabricId,
    /// The network of collectives; equal to `storage_fabric` when converged.
    pub compute_fabric: Option<FabricId>,
    /// The S3 service.
    pub store: Store,
    /// Traffic classes, that of unnamed traffic first; empty: links do not tell traffic apart.
    #[serde(skip_serializing_if = "Table::is_empty")]
    pub classes: Table<ClassId, TrafficClass>,
    /// What is read.
    pub datasets: Table<DatasetId, Dataset>,
    /// Training jobs, in file order.
    pub training: Vec<Training>,
    /// Request loads (clients without GPUs), in file order.
    pub loads: Vec<Load>,
    /// What production has and the laboratory has not, in file order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub production: Vec<Disturbance>,
    /// Sites, in file order; none: everything is in one place.
    #[serde(skip_serializing_if = "Table::is_empty")]
    pub sites: Table<SiteId, Site>,
    /// Links between them, in file order.
    #[serde(skip_serializing_if = "Table::is_empty")]
    pub wans: Table<WanId, Wan>,
    /// What a monitor would alert on.
    #[serde(skip_serializing_if = "Health::is_default")]
    pub health: Health,
    /// Jobs that copy datasets between sites, in file order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// What things cost; `None`: nothing is said of money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
}

impl Scenario {
    /// GPUs in the cluster, used or not.
    pub fn gpus(&self) -> u64 {
        self.groups.rows().iter().map(|g| u64::from(g.count) * u64::from(g.gpus)).sum()
    }

    /// Compute nodes in the cluster.
    pub fn nodes(&self) -> u64 {
        self.groups.rows().iter().map(|g| u64::from(g.count)).sum()
    }

    /// The sites, or the one place in which everything is.
    pub fn places(&self) -> Table<SiteId, Site> {
        if !self.sites.is_empty() {
            return self.sites.clone();
        }
        let only = Site {
            name: String::new(),
            region: None,
            groups: self.groups.ids().collect(),
            controllers: 0..self.store.controllers,
            storage_nodes: 0..self.store.media.as_ref().map_or(0, |media| media.nodes),
            trunk: None,
            cache: None,
        };
        std::iter::once(only).collect()
    }

    /// The name of a node, its site's with it.
    pub fn node_name(&self, group: GroupId, node: u32) -> String {
        let local = format!("{}-{node}", self.groups[group].name);
        self.site_of(group).map_or(local.clone(), |site| self.sites[site].name_of(&local))
    }

    /// The site of a group of nodes; `None` if the scenario names no sites.
    pub fn site_of(&self, group: GroupId) -> Option<SiteId> {
        self.sites.iter().find(|(_, site)| site.groups.contains(&group)).map(|(id, _)| id)
    }

    /// Sites with a cache, in file order.
    pub fn cached_sites(&self) -> impl Iterator<Item = SiteId> + '_ {
        self.sites.iter().filter(|(_, site)| site.cache.is_some()).map(|(id, _)| id)
    }

    /// The sites that hold a copy of a dataset.
    pub fn replicas(&self, dataset: DatasetId) -> Vec<SiteId> {
        let named = &self.datasets[dataset].replicas;
        if !named.is_empty() {
            return named.clone();
        }
        let serving = self.sites.iter().filter(|(_, site)| site.serves());
        serving.map(|(id, _)| id).collect()
    }

    /// The disturbances that happen.
    pub fn disturbances(&self) -> impl Iterator<Item = &Disturbance> {
        self.production.iter().filter(|d| d.on)
    }

    /// Neighbours that make requests, in file order.
    pub fn neighbours(&self) -> impl Iterator<Item = Neighbour<'_>> {
        self.disturbances().filter_map(|disturbance| match &disturbance.what {
            Disturb::NoisyNeighbour { op, requests_per_s, size, class } => {
                let (name, requests_per_s) = (disturbance.name.as_str(), *requests_per_s);
                Some(Neighbour { name, op: *op, requests_per_s, size, class: *class })
            }
            _ => None,
        })
    }

    /// Whether any node or the store has a cache.
    pub fn has_caches(&self) -> bool {
        self.store.cache.is_some() || self.groups.rows().iter().any(|g| !g.caches.is_empty())
    }

    /// Whether caches start empty: so they do in life, unless `[production.cold_cache]` is off.
    pub fn caches_start_empty(&self) -> bool {
        let cold = self.production.iter().find(|d| d.what == Disturb::ColdCache);
        cold.is_none_or(|d| d.on)
    }

    /// The same scenario with exactly those disturbances on for which `on` says so, by their place
    /// in [`production`](Self::production). All off: the laboratory's twin.
    #[must_use]
    pub fn with_disturbances(&self, on: impl Fn(usize) -> bool) -> Scenario {
        let mut twin = self.clone();
        for (i, disturbance) in twin.production.iter_mut().enumerate() {
            disturbance.on = on(i);
        }
        twin
    }
}
