//! Every shape against its closed forms, every host against every other, capacities against cuts
//! counted by hand. All of it is exact: no tolerance but rounding, no false alarms.

use crate::common;

use common::{FAST, lab, nic};
use gapcast::fabric::graph::VertexId;
use gapcast::fabric::{Graph, LinkKind, Role, Router};
use gapcast::kernel::time::Span;
use gapcast::kernel::units::Rate;
use gapcast::model::{FabricId, GroupId, Scenario, ThreeTier, Topology};
use gapcast::study::topology::{Fabric, between, fabrics};
use gapcast::{sim, spec};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const LINK: Rate = Rate(400_000_000_000);

/// `nodes` compute nodes and `controllers` controllers of `ports` fast ports on this shape.
fn cluster(topology: Topology, nodes: u32, controllers: u32, ports: u32) -> Scenario {
    let mut scenario = lab(1, 1 << 20);
    scenario.fabrics[FabricId(0)].topology = topology;
    let group = &mut scenario.groups[GroupId(0)];
    group.count = nodes;
    group.storage_nic = nic(FAST);
    group.storage_nic.ports = ports;
    scenario.store.controllers = controllers;
    scenario.store.controller.nic = nic(FAST);
    scenario.store.controller.nic.ports = ports;
    scenario
}

fn graph(scenario: &Scenario) -> Graph {
    Graph::wire(scenario, &scenario.fabrics[FabricId(0)], false, true)
}

fn storage(scenario: &Scenario) -> Fabric {
    fabrics(scenario).remove(0)
}

fn trunks(graph: &Graph) -> usize {
    graph.links.rows().iter().filter(|link| link.kind == LinkKind::Trunk).count() / 2
}

fn switches(graph: &Graph) -> Vec<VertexId> {
    graph.vertices.ids().filter(|v| !graph.is_host(*v)).collect()
}

/// Cables of the longest shortest way, asked of the router pair by pair; panics if there is none.
fn diameter(graph: &Graph) -> usize {
    let mut router = Router::default();
    let hosts: Vec<VertexId> = graph.nodes.iter().chain(&graph.controllers).copied().collect();
    let mut most = 0;
    for &from in &hosts {
        for &to in hosts.iter().filter(|to| **to != from) {
            let path = router.path(graph, from, to, 7).expect("every pair has a way");
            most = most.max(path.links.len());
        }
    }
    most
}

fn torus(dims: Vec<u32>) -> Topology {
    Topology::Torus { dims, host_ports: 1, link: LINK }
}

fn dragonfly(groups: u32, a: u32, p: u32, h: u32) -> Topology {
    Topology::Dragonfly {
        groups,
        group_switches: a,
        host_ports: p,
        global_links: h,
        link: LINK,
        global_link: LINK,
        global_propagation: Span::from_ns(500),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// k-ary n-cube: along a dimension of k there are N cables, N/2 if k = 2, none if k = 1; the
    /// diameter is Σ⌊k/2⌋ cables between switches (Dally 1990), two more to the hosts.
    #[test]
    fn a_torus_has_its_cables_and_diameter(dims in prop::collection::vec(1..5u32, 1..4)) {
        let all: u32 = dims.iter().product();
        prop_assume!(all >= 2);
        let scenario = cluster(torus(dims.clone()), all - 1, 1, 1);
        let graph = graph(&scenario);
        let along = |k: &u32| match k { 1 => 0, 2 => all / 2, _ => all };
        prop_assert_eq!(trunks(&graph) as u32, dims.iter().map(along).sum::<u32>());
        let across: u32 = dims.iter().map(|k| k / 2).sum();
        prop_assert_eq!(diameter(&graph) as u32, across + 2);
        let report = storage(&scenario);
        let hops = [report.among_nodes, report.to_store].into_iter().flatten().map(|l| l.hops);
        prop_assert_eq!(hops.max(), Some(across + 2));
    }

    /// Dragonfly (Kim et al. 2008): a(a − 1)/2 local cables a group; every pair of groups is joined,
    /// all pairs alike; a switch has at most h global cables; at most local, global, local: three
    /// cables between switches.
    #[test]
    fn a_dragonfly_has_its_cables_and_diameter(
        a in 1..5u32, p in 1..3u32, h in 1..4u32, part in 0.0..1.0f64
    ) {
        let most = a * h + 1;
        let groups = 2 + (part * f64::from(most - 1)) as u32;
        let groups = groups.min(most);
        let ports = groups * a * p;
        let scenario = cluster(dragonfly(groups, a, p, h), ports - 1, 1, 1);
        let graph = graph(&scenario);
        let rounds = a * h / (groups - 1);
        let local = groups * a * (a - 1) / 2;
        let global = groups * (groups - 1) / 2 * rounds;
        prop_assert_eq!(trunks(&graph) as u32, local + global);
        let group = |v: VertexId| v.0 / a;
        for &switch in &switches(&graph) {
            let out = graph.out[switch].iter().map(|l| graph.links[*l].to);
            let far = out.filter(|to| !graph.is_host(*to) && group(*to) != group(switch)).count();
            prop_assert!(far as u32 <= h);
        }
        prop_assert!(diameter(&graph) <= 5);
        let pairs: BTreeSet<(u32, u32)> = graph
            .links
            .rows()
            .iter()
            .filter(|l| !graph.is_host(l.from) && !graph.is_host(l.to))
            .map(|l| (group(l.from), group(l.to)))
            .filter(|(x, y)| x < y)
            .collect();
        prop_assert_eq!(pairs.len() as u32, groups * (groups - 1) / 2);
    }

    /// Rails: units · rails + store leaves, each with a cable to every spine; port i on rail i, so
    /// that nodes of a unit are two cables apart whatever the rail.
    #[test]
    fn rails_have_their_cables(rails in 1..5u32, units in 1..4u32, spines in 1..4u32, own in 0..3u32) {
        let topology = Topology::RailOptimised {
            rails, units, storage_leaves: own, spines, uplink: LINK, uplinks: 2,
        };
        let graph = graph(&cluster(topology, 2 * units, 4, rails));
        prop_assert_eq!(trunks(&graph) as u32, (rails * units + own) * spines * 2);
        for (i, &node) in graph.nodes.iter().enumerate() {
            for (port, link) in graph.out[node].iter().enumerate() {
                let to = graph.links[*link].to;
                prop_assert_eq!(graph.vertices[to].clone(), format!("unit-{}/rail-{port}", i / 2));
            }
        }
        prop_assert_eq!(diameter(&graph), if units == 1 && own == 0 { 2 } else { 4 });
    }

    /// Planes are copies that share nothing; a node has as many ports on each.
    #[test]
    fn planes_are_disjoint(planes in 2..5u32, leaves in 1..4u32, spines in 1..3u32) {
        let topology = Topology::LeafSpine {
            leaves, storage_leaves: 0, spines, uplink: LINK, uplinks: 1,
        };
        let mut scenario = cluster(topology, leaves * 2, 2, planes);
        scenario.fabrics[FabricId(0)].planes = planes;
        let graph = graph(&scenario);
        prop_assert_eq!(trunks(&graph) as u32, planes * leaves * spines);
        let plane = |v: VertexId| graph.vertices[v].split('/').next().unwrap_or("").to_owned();
        for link in graph.links.rows().iter().filter(|l| l.kind == LinkKind::Trunk) {
            prop_assert_eq!(plane(link.from), plane(link.to));
        }
        for &node in &graph.nodes {
            let own: BTreeSet<String> =
                graph.out[node].iter().map(|l| plane(graph.links[*l].to)).collect();
            prop_assert_eq!(own.len() as u32, planes);
        }
        diameter(&graph);
    }

    /// Dual-homed: the ports of a host are on different leaves, which are of one block.
    #[test]
    fn homes_are_different_leaves(blocks in 1..4u32, homes in 1..4u32, spines in 1..3u32) {
        let leaves = blocks * homes;
        let topology = Topology::LeafSpine {
            leaves, storage_leaves: homes, spines, uplink: LINK, uplinks: 1,
        };
        let mut scenario = cluster(topology, leaves + 1, 3, homes);
        scenario.fabrics[FabricId(0)].homes = homes;
        let graph = graph(&scenario);
        for &host in graph.nodes.iter().chain(&graph.controllers) {
            let own: BTreeSet<u32> = graph.out[host].iter().map(|l| graph.links[*l].to.0).collect();
            prop_assert_eq!(own.len() as u32, homes);
            let first = own.first().copied().unwrap_or(0);
            prop_assert!(own.iter().all(|leaf| leaf / homes == first / homes));
        }
        diameter(&graph);
    }
}

/// A fat-tree's hosts are six cables apart at most (Al-Fares et al. 2008), and half of them send the
/// other half k³/4 · rate / 2.
#[test]
fn a_fat_tree_has_full_bisection_and_six_hops() {
    for k in [2u32, 4, 6] {
        let hosts = k.pow(3) / 4;
        let mut scenario = cluster(Topology::FatTree { k, link: LINK }, hosts, 0, 1);
        scenario.groups[GroupId(0)].storage_nic.rate = LINK;
        let report = storage(&scenario);
        let full = f64::from(hosts) / 2.0 * LINK.bytes_per_s();
        assert_eq!(report.bisection, full, "k = {k}");
        assert_eq!(report.bisection_adapters, full);
        if k > 2 {
            assert_eq!(report.among_nodes.expect("pairs").hops, 6);
        }
        assert_eq!(trunks(&report.graph) as u32, k.pow(3) / 2);
    }
}

/// Halves along the first dimension: two cables of every ring cross, 2N/k in all; a full dragonfly's
/// halves are joined by (g/2)² cables; a leaf-spine's by half its uplinks.
#[test]
fn bisections_have_their_closed_forms() {
    let one = LINK.bytes_per_s();
    for dims in [vec![4, 4], vec![6, 3], vec![4, 3, 2], vec![2, 5]] {
        let all: u32 = dims.iter().product();
        let crossing = if dims[0] == 2 { all / 2 } else { 2 * all / dims[0] };
        let report = storage(&cluster(torus(dims.clone()), all, 0, 1));
        assert_eq!(report.bisection, f64::from(crossing) * one, "{dims:?}");
    }
    for (a, h) in [(1, 1), (3, 1), (1, 3), (5, 1), (3, 3)] {
        let groups = a * h + 1;
        let report = storage(&cluster(dragonfly(groups, a, 1, h), groups * a, 0, 1));
        let crossing = f64::from(groups / 2 * (groups / 2));
        assert_eq!(report.bisection, crossing * one, "a = {a}, h = {h}");
    }
    for (leaves, spines, uplinks) in [(2, 2, 2), (4, 3, 1), (6, 1, 4)] {
        let topology =
            Topology::LeafSpine { leaves, storage_leaves: 0, spines, uplink: LINK, uplinks };
        let report = storage(&cluster(topology, 2 * leaves, 0, 1));
        let half = f64::from(leaves / 2 * spines * uplinks);
        assert_eq!(report.bisection, half * one);
        let leaf = report.boxes.iter().find(|row| row.kind == "leaf").expect("leaves");
        let ratio = 2.0 * FAST.bytes_per_s() / (f64::from(spines * uplinks) * one);
        assert!((leaf.oversubscription().expect("uplinks") / ratio - 1.0).abs() < 1e-12);
    }
}

/// The canonical split is the worst of all balanced ones on a ring and on a small torus: the least of
/// all of them, by trying every one.
#[test]
fn the_canonical_split_is_the_least_of_all_where_it_should_be() {
    for dims in [vec![6], vec![4, 2]] {
        let all: u32 = dims.iter().product();
        let scenario = cluster(torus(dims.clone()), all, 0, 1);
        let graph = graph(&scenario);
        let mut least = f64::INFINITY;
        for side in 0..1u32 << all {
            if side.count_ones() == all / 2 {
                let of = |inside: bool| -> Vec<VertexId> {
                    let chosen = (0..all).filter(|i| (side >> i & 1 == 1) == inside);
                    chosen.map(|i| graph.nodes[i as usize]).collect()
                };
                least = least.min(between(&graph, &of(true), &of(false)));
            }
        }
        assert_eq!(storage(&scenario).bisection, least, "{dims:?}");
    }
}

fn walled(firewalls: u32, capacity: Option<Rate>) -> Topology {
    Topology::ThreeTier(ThreeTier {
        access: 4,
        aggregations: 2,
        pods: 2,
        cores: 2,
        uplink: LINK,
        uplinks: 1,
        core_link: LINK,
        storage_access: 2,
        storage_aggregations: 2,
        edge_link: LINK,
        routers: 2,
        router_forwarding: Span::from_us(5),
        firewalls,
        firewall_forwarding: Span::from_us(20),
        firewall_capacity: capacity,
    })
}

/// What the store can send is what the firewalls inspect; every way to it crosses one of them and
/// one router, whose delays are in its latency.
#[test]
fn firewalls_bind_and_delay() {
    let wall = Rate(100_000_000_000);
    let open = storage(&cluster(walled(2, None), 8, 4, 2));
    let shut = storage(&cluster(walled(2, Some(wall)), 8, 4, 2));
    assert_eq!(open.from_store, Some(4.0 * LINK.bytes_per_s()));
    assert_eq!(shut.from_store, Some(2.0 * wall.bytes_per_s()));
    let latency = shut.to_store.expect("a store");
    assert_eq!((latency.min, latency.max), (Span::from_us(25), Span::from_us(25)));
    assert_eq!(latency.boxes, 7);
    let bare = storage(&cluster(walled(0, None), 8, 4, 2)).to_store.expect("a store");
    assert_eq!(bare.max, Span::from_us(5));
    let roles = |report: &Fabric, role: Role| {
        report.graph.roles.rows().iter().filter(|r| **r == role).count()
    };
    assert_eq!((roles(&shut, Role::Firewall), roles(&shut, Role::Router)), (2, 2));
}

const POD: &str = r#"
[[nodes]]
name = "train"
node = "dgx-h100"
count = 4
compute_nic = { preset = "connectx-7-400", ports = 4 }
[fabric.storage]
topology = "one-switch"
switch = "sn5600"
transport = "tcp-cubic-9000"
[store]
preset = "onprem-nvme"
controllers = 4
[[training]]
name = "unet3d"
workload = "mlperf/unet3d-h100"
gradient = "1 GiB"
epochs = 1
steps = 3
dataset = { objects = 700 }
[fabric.compute]
switch = "qm9700"
transport = "infiniband"
"#;

/// Every shape carries collectives: each step's all-reduce ends.
#[test]
fn collectives_run_over_every_shape() {
    for shape in [
        "topology = \"one-switch\"",
        "topology = \"leaf-spine\"\nleaves = 2\nspines = 2",
        "topology = \"leaf-spine\"\nleaves = 2\nspines = 2\nplanes = 4",
        "topology = \"leaf-spine\"\nleaves = 4\nspines = 2\nhomes = 2",
        "topology = \"fat-tree\"\nk = 4",
        "topology = \"rail-optimised\"\nrails = 4\nspines = 0",
        "topology = \"rail-optimised\"\nrails = 4\nunits = 2\nspines = 2",
        "topology = \"dragonfly\"\ngroup_switches = 2\nhost_ports = 4\nglobal_links = 1",
        "topology = \"torus\"\ndims = \"2x2x2\"\nhost_ports = 2",
        "topology = \"three-tier\"\naccess = 2\naggregations = 2\ncores = 1",
    ] {
        let text = format!("{POD}{shape}\n");
        let loaded = spec::parse_str("pod", &text, None).unwrap_or_else(|e| panic!("{shape}: {e}"));
        let runs = sim::run(&Arc::new(loaded.scenario), 1, &|_| {}).expect("it runs");
        assert!(runs[0].end_s > 0.0, "{shape}");
    }
}

fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files = Vec::new();
    for folder in ["topologies", "explicit"] {
        let entries = std::fs::read_dir(root.join(folder)).expect("scenarios");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "toml")));
    }
    files.sort();
    files
}

/// Texts of a drawing with their boxes, by the widths that the canvas estimates: none covers another.
#[test]
fn drawings_are_whole_and_their_labels_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = ["fat-tree-1024.toml", "scale/fat-tree-100k.toml"]
        .map(|file| Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file));
    for path in shipped().into_iter().chain(large) {
        let output = Command::new(env!("CARGO_BIN_EXE_gapcast"))
            .arg("topology")
            .arg(&path)
            .args(["--json", "--out"])
            .arg(folder.path())
            .output()
            .expect("it starts");
        let name = path.display();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let written = String::from_utf8(output.stderr).expect("text");
        let place = written.trim().trim_start_matches("written to ").to_owned();
        let svg =
            std::fs::read_to_string(Path::new(&place).join("figures/topology.svg")).expect("drawn");
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
        let number = |node: &roxmltree::Node<'_, '_>, key: &str| -> f64 {
            node.attribute(key).and_then(|text| text.parse().ok()).unwrap_or(0.0)
        };
        let mut boxes: Vec<(f64, f64, f64, f64, String)> = Vec::new();
        for node in document.descendants().filter(|node| node.has_tag_name("text")) {
            let text = node.text().unwrap_or_default().trim().to_owned();
            let size = number(&node, "font-size");
            let wide = 0.5 * size * text.chars().count() as f64;
            let (x, y) = (number(&node, "x"), number(&node, "y"));
            let left = match node.attribute("text-anchor") {
                Some("middle") => x - wide / 2.0,
                Some("end") => x - wide,
                _ => x,
            };
            let own = (left, y - size * 0.35, left + wide, y + size * 0.35, text);
            for other in &boxes {
                let apart =
                    own.2 <= other.0 || other.2 <= own.0 || own.3 <= other.1 || other.3 <= own.1;
                assert!(apart, "{name}: \"{}\" covers \"{}\"", own.4, other.4);
            }
            boxes.push(own);
        }
        assert!(boxes.len() > 5, "{name} has no labels");
    }
}
