//! The cluster as resources with names: what transfers share and where requests queue.

use crate::fabric::graph::VertexId;
use crate::fabric::{Fluid, Graph, LinkKind, Route};
use crate::kernel::id::{Id, Table};
use crate::kernel::maxmin::{Hop, ResourceId};
use crate::model::{CACHE_HOST, FabricSpec, Scenario, Site, SiteId, Transport};
use crate::probe::{GpuId, StationId};

/// A resource's name in reports.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceInfo {
    /// `leaf-3 → spine-0`.
    pub name: String,
    /// `leaf-3 → spine uplinks`.
    pub group: String,
    /// `network`, `adapter`, `device`, `cpu`, `cache`.
    pub kind: &'static str,
    /// Bytes per second.
    pub bytes_per_s: f64,
}

/// A station's name in reports.
#[derive(Debug, Clone, PartialEq)]
pub struct StationInfo {
    /// `controller-2`.
    pub name: String,
    /// `controller`, `device`, `decode`.
    pub kind: &'static str,
    /// Slots, queue depth or cores.
    pub servers: u32,
}

/// A wired network with the resource of each cable.
#[derive(Debug, Clone)]
pub struct Network {
    /// Hosts, switches, cables.
    pub graph: Graph,
    /// Resource of each cable.
    pub resources: Vec<ResourceId>,
    /// Resource of each vertex that limits what passes through it.
    pub inspections: Table<VertexId, Option<ResourceId>>,
}

impl Network {
    /// What a transfer along `route` shares: its cables and the boxes that inspect it. Of what is
    /// sprayed, `efficiency` is not sent again.
    pub fn hops(&self, route: &Route, efficiency: f64) -> Vec<Hop> {
        let mut hops = Vec::with_capacity(route.links.len());
        for &(link, share) in &route.links {
            let sent = if efficiency < 1.0 { share.sent_at(efficiency) } else { share };
            let inspection = self.inspections[self.graph.links[link].to];
            for resource in [Some(self.resources[link.index()]), inspection].into_iter().flatten() {
                hops.extend(sent.divisors().map(|divisor| Hop { resource, divisor }));
            }
        }
        hops
    }
}

/// What one controller has.
#[derive(Debug, Clone, Copy)]
pub struct ControllerPlant {
    /// CPU per byte, if it costs any.
    pub cpu: Option<ResourceId>,
    /// Adapter from storage nodes.
    pub backend_in: Option<ResourceId>,
    /// Adapter to storage nodes.
    pub backend_out: Option<ResourceId>,
    /// Its share of the shared cache.
    pub cache: Option<ResourceId>,
}

/// What one compute node has.
#[derive(Debug, Clone)]
pub struct NodePlant {
    /// Client CPU per byte, if it costs any.
    pub client_cpu: Option<ResourceId>,
    /// Cache tiers.
    pub caches: Vec<ResourceId>,
    /// Index of its group.
    pub group: usize,
    /// Its site.
    pub site: SiteId,
}

/// The cache of a site.
#[derive(Debug, Clone, Copy)]
pub struct SiteCachePlant {
    /// The node that it is.
    pub node: u32,
    /// Its reads.
    pub read: ResourceId,
}

/// The numbers of what a site has several of, over all sites.
fn numbered(
    scenario: &Scenario,
    of: fn(&Site) -> std::ops::Range<u32>,
) -> impl Iterator<Item = (Site, u32)> {
    let places = scenario.places();
    let sites: Vec<Site> = places.rows().to_vec();
    sites.into_iter().flat_map(move |site| of(&site).map(move |i| (site.clone(), i)))
}

/// The cluster's fixed parts.
#[derive(Debug, Clone)]
pub struct Plant {
    /// Names of resources.
    pub resources: Table<ResourceId, ResourceInfo>,
    /// Names of stations: controllers, devices, decode cores by node.
    pub stations: Table<StationId, StationInfo>,
    /// The storage fabric.
    pub storage: Network,
    /// The compute fabric, if it is a network of its own.
    pub compute: Option<Network>,
    /// Controllers.
    pub controllers: Vec<ControllerPlant>,
    /// Reads of each device, node by node.
    pub device_read: Vec<ResourceId>,
    /// Writes of each device.
    pub device_write: Vec<ResourceId>,
    /// Adapter of each storage node, outward.
    pub storage_out: Vec<ResourceId>,
    /// Adapter of each storage node, inward.
    pub storage_in: Vec<ResourceId>,
    /// Caches of sites, in file order.
    pub site_caches: Vec<SiteCachePlant>,
    /// Compute nodes over all groups.
    pub nodes: Vec<NodePlant>,
    /// First node of each group.
    pub first_node: Vec<u32>,
    /// First accelerator of each node, and one past the last.
    pub first_gpu: Vec<u32>,
}

struct Builder<'a, T> {
    fluid: &'a mut Fluid<T>,
    resources: Table<ResourceId, ResourceInfo>,
}

impl<T: Copy> Builder<'_, T> {
    fn add(
        &mut self,
        name: String,
        group: String,
        kind: &'static str,
        bytes_per_s: f64,
    ) -> ResourceId {
        self.resources.push(ResourceInfo { name, group, kind, bytes_per_s });
        // Drives, CPUs, firewalls and caches do not look at a packet's class.
        match kind {
            "network" | "adapter" | "wan" => self.fluid.add_link(bytes_per_s),
            _ => self.fluid.add_resource(bytes_per_s),
        }
    }

    fn network(
        &mut self,
        scenario: &Scenario,
        spec: &FabricSpec,
        compute: bool,
        store: bool,
    ) -> Network {
        let graph = Graph::wire(scenario, spec, compute, store);
        let efficiency = match &spec.transport {
            Transport::Tcp(tcp) => tcp.efficiency,
            Transport::Rdma(rdma) => rdma.efficiency,
        };
        let resources = graph
            .links
            .rows()
            .iter()
            .map(|link| {
                let kind = match link.kind {
                    LinkKind::Adapter => "adapter",
                    LinkKind::Trunk => "network",
                    LinkKind::Wan => "wan",
                };
                let rate = link.rate.bytes_per_s() * efficiency;
                self.add(link.name.clone(), link.group.clone(), kind, rate)
            })
            .collect();
        let inspections = graph.inspection.iter().map(|(vertex, rate)| {
            let name = format!("{} inspection", graph.vertices[vertex]);
            rate.map(|rate| {
                self.add(name.clone(), name, "firewall", rate.bytes_per_s() * efficiency)
            })
        });
        let inspections = inspections.collect();
        Network { graph, resources, inspections }
    }

    /// `cores` that spend `s_per_byte` on every byte; none if a byte costs nothing.
    fn cpu(&mut self, owner: &str, what: &str, cores: u32, s_per_byte: f64) -> Option<ResourceId> {
        let name = format!("{owner} {what}");
        let rate = f64::from(cores) / s_per_byte;
        (s_per_byte > 0.0).then(|| self.add(name.clone(), name, "cpu", rate))
    }
}

impl Plant {
    /// Names everything in the scenario and adds its resources to `fluid`.
    pub fn build<T: Copy>(scenario: &Scenario, fluid: &mut Fluid<T>) -> Plant {
        let mut b = Builder { fluid, resources: Table::new() };
        let storage_spec = &scenario.fabrics[scenario.storage_fabric];
        let storage = b.network(scenario, storage_spec, false, true);
        let compute = scenario
            .compute_fabric
            .filter(|id| *id != scenario.storage_fabric)
            .map(|id| b.network(scenario, &scenario.fabrics[id], true, false));
        let mut plant = Plant {
            resources: Table::new(),
            stations: Table::new(),
            storage,
            compute,
            controllers: Vec::new(),
            device_read: Vec::new(),
            device_write: Vec::new(),
            storage_out: Vec::new(),
            storage_in: Vec::new(),
            site_caches: Vec::new(),
            nodes: Vec::new(),
            first_node: Vec::new(),
            first_gpu: vec![0],
        };
        plant.add_controllers(scenario, &mut b);
        plant.add_media(scenario, &mut b);
        plant.add_nodes(scenario, &mut b);
        plant.add_site_caches(scenario, &mut b);
        plant.resources = b.resources;
        plant
    }

    fn add_controllers<T: Copy>(&mut self, scenario: &Scenario, b: &mut Builder<'_, T>) {
        let store = &scenario.store;
        let spec = &store.controller;
        for (site, i) in numbered(scenario, |site| site.controllers.clone()) {
            let name = site.controller_name(i);
            self.stations.push(StationInfo {
                name: name.clone(),
                kind: "controller",
                servers: spec.slots,
            });
            let mut backend = |direction: &str| {
                let name = format!("{name} back-end NIC {direction}");
                b.add(name.clone(), name, "adapter", spec.backend_rate.bytes_per_s())
            };
            let has_media = store.media.is_some();
            let backend_in = has_media.then(|| backend("in"));
            let backend_out = has_media.then(|| backend("out"));
            let cpu = b.cpu(&name, "CPU", spec.cpu_cores, spec.cpu_s_per_byte);
            let cache = store.cache.as_ref().map(|cache| {
                let name = format!("{name} {}", cache.name);
                b.add(name.clone(), name, "cache", cache.read_rate.bytes_per_s())
            });
            self.controllers.push(ControllerPlant { cpu, backend_in, backend_out, cache });
        }
    }

    fn add_media<T: Copy>(&mut self, scenario: &Scenario, b: &mut Builder<'_, T>) {
        let Some(media) = &scenario.store.media else { return };
        let device = &media.device;
        for (site, node) in numbered(scenario, |site| site.storage_nodes.clone()) {
            let owner = site.storage_node_name(node);
            for d in 0..media.devices_per_node {
                let name = format!("{owner}/device-{d}");
                let station =
                    StationInfo { name: name.clone(), kind: "device", servers: device.queue_depth };
                self.stations.push(station);
                let group = format!("{owner} device reads");
                let rate = device.streaming_read();
                self.device_read.push(b.add(format!("{name} read"), group, "device", rate));
                let group = format!("{owner} device writes");
                let rate = device.streaming_write();
                self.device_write.push(b.add(format!("{name} write"), group, "device", rate));
            }
            let mut nic = |direction: &str| {
                let name = format!("{owner} NIC {direction}");
                b.add(name.clone(), name, "adapter", media.node_rate.bytes_per_s())
            };
            self.storage_out.push(nic("out"));
            self.storage_in.push(nic("in"));
        }
    }

    fn add_nodes<T: Copy>(&mut self, scenario: &Scenario, b: &mut Builder<'_, T>) {
        let places = scenario.places();
        for (group, spec) in scenario.groups.iter() {
            let home = places.iter().find(|(_, site)| site.groups.contains(&group));
            let (id, _) = home.expect("the reader checks that a group has a site");
            self.first_node.push(self.nodes.len() as u32);
            for i in 0..spec.count {
                let name = scenario.node_name(group, i);
                self.stations.push(StationInfo {
                    name: format!("{name} decode cores"),
                    kind: "decode",
                    servers: spec.cpu_cores,
                });
                let cost = spec.client.cpu_s_per_byte;
                let client_cpu = b.cpu(&name, "client CPU", spec.cpu_cores, cost);
                let tier = |cache: &crate::model::CacheSpec| {
                    let name = format!("{name} {}", cache.name);
                    b.add(name.clone(), name, "cache", cache.read_rate.bytes_per_s())
                };
                let caches = spec.caches.iter().map(tier).collect();
                self.nodes.push(NodePlant { client_cpu, caches, group: group.index(), site: id });
                let next = self.first_gpu[self.first_gpu.len() - 1] + spec.gpus;
                self.first_gpu.push(next);
            }
        }
    }

    /// A cache is a node, and answers as well: its host follows the controllers' in the graph.
    fn add_site_caches<T: Copy>(&mut self, scenario: &Scenario, b: &mut Builder<'_, T>) {
        for (id, site) in scenario.sites.iter() {
            let Some(cache) = &site.cache else { continue };
            let last = |node: &NodePlant| {
                node.site == id && scenario.groups.rows()[node.group].name == CACHE_HOST
            };
            let node = self.nodes.iter().position(last).expect("a cache has a host") as u32;
            let name = site.name_of(&cache.name);
            let read = b.add(name.clone(), name, "cache", cache.read_rate.bytes_per_s());
            self.site_caches.push(SiteCachePlant { node, read });
            let vertex = self.storage.graph.nodes[node as usize];
            self.storage.graph.controllers.push(vertex);
        }
    }

    /// Accelerators in the cluster.
    pub fn gpus(&self) -> u32 {
        *self.first_gpu.last().expect("one past the last node")
    }

    /// The node that holds an accelerator.
    pub fn node_of(&self, gpu: GpuId) -> u32 {
        self.first_gpu.partition_point(|first| *first <= gpu.0) as u32 - 1
    }

    /// Station of a controller.
    pub fn controller_station(&self, controller: u32) -> StationId {
        StationId(controller)
    }

    /// Station of a device.
    pub fn device_station(&self, device: u32) -> StationId {
        StationId(self.controllers.len() as u32 + device)
    }

    /// Station of a node's decode cores.
    pub fn decode_station(&self, node: u32) -> StationId {
        StationId(self.controllers.len() as u32 + self.device_read.len() as u32 + node)
    }
}
