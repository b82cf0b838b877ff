//! Routing and max-min sharing over real topologies.

use crate::common;

use common::stats::seed;
use common::{closed, lab, nic};
use gapcast::fabric::route::all_paths;
use gapcast::fabric::{Graph, Host, Router};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::id::Id;
use gapcast::kernel::maxmin::oracle::{OracleFlow, rates};
use gapcast::kernel::maxmin::{FlowId, Hop, MaxMin, ResourceId, UNIT, WEIGHT_ONE};
use gapcast::kernel::rng::{Purpose, Streams};
use gapcast::kernel::units::Rate;
use gapcast::model::{DatasetId, FabricId, GroupId, Scenario, Topology};
use gapcast::sim::run_replicate;
use proptest::prelude::*;
use std::sync::Arc;

/// A scenario of `nodes` compute nodes and `controllers` controllers, `ports` ports each, on this
/// topology.
fn cluster(topology: Topology, nodes: u32, controllers: u32, ports: u32) -> Scenario {
    let mut scenario = lab(1, 1 << 20);
    scenario.fabrics[FabricId(0)].topology = topology;
    let group = &mut scenario.groups[GroupId(0)];
    group.count = nodes;
    group.storage_nic.ports = ports;
    group.storage_nic.rate = Rate(100_000_000_000);
    scenario.store.controllers = controllers;
    scenario.store.controller.nic = nic(Rate(400_000_000_000));
    scenario.store.controller.nic.ports = ports;
    scenario
}

fn graph(scenario: &Scenario) -> Graph {
    Graph::wire(scenario, &scenario.fabrics[scenario.storage_fabric], false, true)
}

/// Small leaf–spine and fat-tree networks.
fn networks() -> impl Strategy<Value = Scenario> {
    let uplink =
        prop_oneof![Just(50u64), Just(100), Just(400)].prop_map(|g| Rate(g * 1_000_000_000));
    let leaf_spine = (1..5u32, 0..3u32, 1..5u32, uplink.clone(), 1..4u32).prop_map(
        |(leaves, storage_leaves, spines, uplink, uplinks)| Topology::LeafSpine {
            leaves,
            storage_leaves,
            spines,
            uplink,
            uplinks,
        },
    );
    let fat_tree = (prop_oneof![Just(4u32), Just(6)], uplink)
        .prop_map(|(k, link)| Topology::FatTree { k, link });
    // The least fat-tree has 16 ports.
    (prop_oneof![leaf_spine, fat_tree], 1..6u32, 1..4u32, 1..3u32).prop_map(
        |(topology, nodes, controllers, ports)| {
            let ports = if nodes + controllers > 8 { 1 } else { ports };
            cluster(topology, nodes, controllers, ports)
        },
    )
}

/// (from, to, hash, weight in 1/256, cap in MB/s)
type Wish = (prop::sample::Index, prop::sample::Index, u64, u32, Option<u32>);

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let weight = prop_oneof![3 => Just(WEIGHT_ONE), 1 => 32..2048u32];
    let cap = prop::option::weighted(0.4, 1..20_000u32);
    let index = any::<prop::sample::Index>;
    prop::collection::vec((index(), index(), any::<u64>(), weight, cap), 1..60)
}

/// The flows of `wishes` in solver and oracle.
struct Twin {
    net: MaxMin,
    capacities: Vec<f64>,
    flows: Vec<(FlowId, OracleFlow)>,
}

impl Twin {
    fn new(graph: &Graph, wishes: &[Wish]) -> Twin {
        let mut net = MaxMin::new();
        let unit = UNIT as f64;
        let capacities: Vec<f64> =
            graph.links.rows().iter().map(|l| (l.rate.bytes_per_s() * unit).floor()).collect();
        for capacity in &capacities {
            net.add_resource(*capacity as u64);
        }
        let hosts: Vec<_> = graph.nodes.iter().chain(&graph.controllers).copied().collect();
        let mut router = Router::default();
        let mut flows = Vec::new();
        for (from, to, hash, weight, cap) in wishes {
            let (from, to) = (hosts[from.index(hosts.len())], hosts[to.index(hosts.len())]);
            if from == to {
                continue;
            }
            let path = router.path(graph, from, to, *hash).expect("all hosts are joined");
            let ways = all_paths(graph, from, to);
            assert!(ways.contains(&path.links), "the path is one of the shortest");
            for link in &path.links[..path.links.len() - 1] {
                assert!(!graph.is_host(graph.links[*link].to), "through switches only");
            }
            let hop = |link: &gapcast::fabric::graph::LinkId| Hop {
                resource: ResourceId(link.0),
                divisor: 1,
            };
            let cap = cap.map(|mb| u64::from(mb) * 1_000_000 * UNIT);
            let hops: Vec<_> = path.links.iter().map(hop).collect();
            let twin = OracleFlow {
                hops: path.links.iter().map(|l| (l.index(), 1)).collect(),
                weight: f64::from(*weight) / f64::from(WEIGHT_ONE),
                cap: cap.map_or(f64::INFINITY, |cap| cap as f64),
            };
            flows.push((net.add(&hops, *weight, cap), twin));
        }
        Twin { net, capacities, flows }
    }

    /// Equal to 1e-9 relative, beside the whole units that integer levels leave idle.
    fn agree(&mut self) -> Result<(), TestCaseError> {
        self.net.solve();
        let flows: Vec<_> = self.flows.iter().map(|(_, twin)| twin.clone()).collect();
        let wanted = rates(&self.capacities, &flows);
        for ((id, _), wanted) in self.flows.iter().zip(wanted) {
            let got = self.net.rate(*id) as f64;
            prop_assert!((got - wanted).abs() <= 1e-9 * wanted + 1000.0, "{got}, not {wanted}");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Weighted max-min rates with caps over leaf–spine and fat-tree networks, by the paths that the
    /// router picks, equal those of plain progressive filling; also after half of the flows have
    /// left. Every path is one of the shortest and leads through switches only. Deterministic: no
    /// false alarms.
    #[test]
    fn rates_over_real_networks_are_max_min_fair(scenario in networks(), wishes in wishes()) {
        let mut twin = Twin::new(&graph(&scenario), &wishes);
        twin.agree()?;
        let (stay, leave): (Vec<_>, Vec<_>) =
            twin.flows.drain(..).enumerate().partition(|(i, _)| i % 2 == 0);
        leave.into_iter().for_each(|(_, (id, _))| twin.net.remove(id));
        twin.flows = stay.into_iter().map(|(_, flow)| flow).collect();
        twin.agree()?;
    }
}

/// Chi-square of how often each shortest path between two hosts is picked over `draws` hashes.
fn spread(scenario: &Scenario, draws: u64) -> (usize, f64) {
    let graph = graph(scenario);
    let (from, to) = (graph.host(Host::Node(0)), graph.host(Host::Controller(0)));
    let ways = all_paths(&graph, from, to);
    let mut counts = vec![0f64; ways.len()];
    let mut router = Router::default();
    let keyed = Streams::new(seed(), 0).keyed("test", Purpose::Path);
    for i in 0..draws {
        let path = router.path(&graph, from, to, keyed.bits([i])).expect("joined");
        counts[ways.binary_search(&path.links).expect("a shortest path")] += 1.0;
    }
    let mean = draws as f64 / ways.len() as f64;
    (ways.len(), counts.iter().map(|n| (n - mean) * (n - mean) / mean).sum())
}

/// Paths are picked evenly: 8 spines (χ² with 7 degrees of freedom, 99.95 % quantile 26.02), and a
/// fat-tree of k = 8 (16 paths between pods, χ² with 15, 39.72). False alarms: 1 in 1,000 in all.
#[test]
fn equal_cost_paths_are_picked_evenly() {
    let leaf_spine = |leaves, storage_leaves, spines| Topology::LeafSpine {
        leaves,
        storage_leaves,
        spines,
        uplink: Rate(100_000_000_000),
        uplinks: 1,
    };
    let (ways, chi2) = spread(&cluster(leaf_spine(1, 1, 8), 1, 1, 1), 16_000);
    println!("chi-square {chi2:.2} over {ways}");
    assert_eq!(ways, 8);
    assert!(chi2 < 26.02, "chi-square {chi2} over {ways} paths");
    let fat_tree = Topology::FatTree { k: 8, link: Rate(100_000_000_000) };
    let (ways, chi2) = spread(&cluster(fat_tree, 1, 1, 1), 32_000);
    println!("chi-square {chi2:.2} over {ways}");
    assert_eq!(ways, 16);
    assert!(chi2 < 39.72, "chi-square {chi2} over {ways} paths");
}

/// In a fat-tree of k = 6 a host with two ports may sit on two edge switches, even of two pods: no
/// way of others leads through it. Deterministic: no false alarms.
#[test]
fn a_host_with_two_ports_is_no_shortcut() {
    let fat_tree = Topology::FatTree { k: 6, link: Rate(100_000_000_000) };
    let graph = graph(&cluster(fat_tree, 12, 4, 2));
    let ends = |host: u32| {
        graph.out[graph.nodes[host as usize]].iter().map(|l| graph.links[*l].to).collect::<Vec<_>>()
    };
    let torn = (0..12).filter(|&host| ends(host)[0] != ends(host)[1]).count();
    assert!(torn > 0, "the test has a point only if some host has two switches");
    for from in 0..12 {
        for to in (0..12).filter(|to| *to != from) {
            let (from, to) = (graph.host(Host::Node(from)), graph.host(Host::Node(to)));
            for way in all_paths(&graph, from, to) {
                for link in &way[..way.len() - 1] {
                    assert!(!graph.is_host(graph.links[*link].to));
                }
            }
        }
    }
}

/// N nodes on one leaf read one object each from a store on another leaf, over one 100 Gb/s uplink:
/// each gets exactly 1/N of it, so all take N · bytes / rate, to 1e-9 relative, and the uplink is full
/// all along. Deterministic: no false alarms.
#[test]
fn flows_across_an_oversubscribed_uplink_get_the_exact_fair_share() {
    let topology = Topology::LeafSpine {
        leaves: 1,
        storage_leaves: 1,
        spines: 1,
        uplink: Rate(100_000_000_000),
        uplinks: 1,
    };
    for n in [1, 2, 3, 7, 16] {
        let mut scenario = cluster(topology.clone(), n, 1, 1);
        let bytes = 1e9;
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(bytes);
        scenario.loads.push(closed(n, Dist::Constant(0.0), n.into()));
        let run = run_replicate(&Arc::new(scenario), 0);
        let wanted = f64::from(n) * bytes / 12.5e9;
        let total = &run.requests[0].total;
        assert!((total.mean_s / wanted - 1.0).abs() < 1e-9, "{n}: {} not {wanted}", total.mean_s);
        assert!((total.max_s / wanted - 1.0).abs() < 1e-9, "{n}: {} not {wanted}", total.max_s);
        let uplink = run.links.iter().find(|l| l.name == "leaf-1 → spine-0").expect("an uplink");
        assert!((uplink.utilisation - 1.0).abs() < 1e-9, "{n}: {}", uplink.utilisation);
    }
}
