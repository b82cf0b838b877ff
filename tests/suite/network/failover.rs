//! Hosts with two homes, rings and ways between sites that lead around what has failed, and path
//! policies in whole runs: in closed form.

use crate::common::row::{bytes, row};
use crate::common::{closed, lab, nic, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

const RATE: Rate = Rate(100_000_000_000);
const BYTES_PER_S: f64 = 12.5e9;

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

/// Down after 4 s, for 10 s.
fn cut(fails: &str) -> Disturbance {
    Disturbance {
        name: "cut".into(),
        on: true,
        what: Disturb::LinkFaults {
            cables: vec![CablePattern::parse(fails)],
            interval: Dist::Constant(4.0),
            duration: Dist::Constant(10.0),
            remaining: 0.0,
        },
    }
}

/// Routes learn of it 400 ms later.
fn learns() -> Routing {
    Routing { reconvergence: Some(Span::from_ms(400)), ..Routing::default() }
}

fn leaf_spine(leaves: u32, storage_leaves: u32, spines: u32) -> Topology {
    Topology::LeafSpine { leaves, storage_leaves, spines, uplink: RATE, uplinks: 1 }
}

/// One client that reads 5 s of data over leaf-spine at 100 Gb/s.
fn reader(topology: Topology) -> Scenario {
    let mut scenario = lab(1, 1);
    scenario.fabrics[FabricId(0)].topology = topology;
    scenario.groups[GroupId(0)].storage_nic = nic(RATE);
    scenario.store.controller.nic = nic(RATE);
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(5.0 * BYTES_PER_S);
    scenario.loads.push(closed(1, Dist::Constant(0.0), 1));
    scenario
}

/// A host with ports on two leaves, one of which dies: its transfers go on over the other when routes
/// have learned of it, 5.4 s instead of the 15 s that a host with one home waits. To 1 µs.
#[test]
fn a_host_with_two_homes_outlives_a_leaf() {
    let times = |homes: u32, routing: Routing| {
        let one = |leaf: u32| {
            let mut scenario = reader(leaf_spine(2, 2, 2));
            let ports = Nic { ports: homes, ..nic(RATE) };
            scenario.groups[GroupId(0)].storage_nic = ports;
            scenario.fabrics[FabricId(0)].homes = homes;
            scenario.fabrics[FabricId(0)].routing = routing;
            scenario.production.push(cut(&format!("leaf-{leaf}")));
            run(scenario).end_s
        };
        let mut both = [one(0), one(1)];
        both.sort_by(f64::total_cmp);
        both
    };
    for (homes, routing, wanted) in [
        (2, learns(), [5.0, 5.4]),
        (2, Routing::default(), [5.0, 15.0]),
        (1, learns(), [5.0, 15.0]),
    ] {
        let got = times(homes, routing);
        for (got, wanted) in got.into_iter().zip(wanted) {
            assert!((got - wanted).abs() < 1e-6, "{homes} homes: {got}, not {wanted}");
        }
    }
}

/// The ring of an all-reduce over two leaves: 5 s of gradient, cut after 4 s on the spine that it
/// takes. To 1 ms: the batch before it takes no time.
#[test]
fn a_ring_leads_around_a_dead_spine() {
    let end_s = |spine: Option<u32>, routing: Routing| {
        let mut scenario = lab(1, 1 << 20);
        scenario.groups[GroupId(0)].count = 2;
        scenario.groups[GroupId(0)].storage_nic = nic(RATE);
        let fabric = &mut scenario.fabrics[FabricId(0)];
        fabric.topology = leaf_spine(2, 1, 2);
        fabric.routing = routing;
        scenario.compute_fabric = Some(FabricId(0));
        let mut job = training(2, 1, 0.0, 1);
        job.gradient = Some(Bytes((5.0 * BYTES_PER_S) as u64));
        scenario.training.push(job);
        scenario.production.extend(spine.map(|spine| cut(&format!("spine-{spine}"))));
        run(scenario).end_s
    };
    let near = |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-3, "{got}, not {wanted}");
    near(end_s(None, learns()), 5.0);
    // Two nodes, two edges: each direction's spine is hashed for itself.
    let stands: Vec<f64> = (0..2).map(|spine| end_s(Some(spine), Routing::default())).collect();
    let learnt: Vec<f64> = (0..2).map(|spine| end_s(Some(spine), learns())).collect();
    assert!(stands.iter().any(|end| (end - 15.0).abs() < 1e-3), "{stands:?}");
    for (stands, learnt) in stands.into_iter().zip(learnt) {
        near(learnt, if stands > 10.0 { 5.4 } else { 5.0 });
    }
}

/// Three sites in a triangle: the direct link to the only copy dies after 4 s. Routes lead around it
/// over the third site, on whose links the last second of data is found. Without routes that learn
/// the transfer waits. The first message's round trip is 20 ms; what is rerouted is 10 ms later.
#[test]
fn ways_between_sites_lead_around_a_dead_link() {
    let case = |routing: Routing| {
        let mut scenario = row([0, 0, 1]);
        scenario.wans.push(crate::common::row::wan("ac", 0, 2, 20));
        scenario.fabrics[FabricId(0)].routing = routing;
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(5e9);
        scenario.loads.push(closed(1, Dist::Constant(0.0), 1));
        scenario.production.push(cut("a/border -> c/border"));
        let run = run(scenario);
        (run.end_s, bytes(&run, "ac c → a"), bytes(&run, "bc c → b"), bytes(&run, "ab b → a"))
    };
    let (end, direct, far, near) = case(learns());
    assert!((end - 5.43).abs() < 0.02, "{end}");
    assert!((direct / 1e9 - 3.99).abs() < 0.02, "{direct}");
    assert!((far - (5e9 - direct)).abs() < 1e3 && (near - far).abs() < 1e3, "{far} {near}");
    let (end, direct, far, _) = case(Routing::default());
    assert!((end - 15.02).abs() < 0.02 && far == 0.0, "{end}");
    assert!((direct - 5e9).abs() < 1e3, "{direct}");
}

/// Packets that are sent again load every cable: 5 s become 5/0.8. To 1 µs.
#[test]
fn reordering_costs_what_its_efficiency_says() {
    let mut scenario = reader(leaf_spine(1, 1, 4));
    let policy = PathPolicy::Spray { efficiency: 0.8 };
    scenario.fabrics[FabricId(0)].routing = Routing { policy, ..Routing::default() };
    let end = run(scenario).end_s;
    assert!((end - 6.25).abs() < 1e-6, "{end}");
}

/// Spines that carried anything of 40 requests on one connection with pauses of 1 ms between them.
fn spines_used(policy: PathPolicy) -> usize {
    let mut scenario = reader(leaf_spine(1, 1, 4));
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(1e6);
    scenario.fabrics[FabricId(0)].routing = Routing { policy, ..Routing::default() };
    scenario.loads = vec![closed(1, Dist::Constant(1e-3), 40)];
    let run = run(scenario);
    let down = |link: &&gapcast::metrics::summary::LinkSummary| {
        link.name.starts_with("spine") && link.name.ends_with("leaf-0") && link.bytes > 0.0
    };
    run.links.iter().filter(down).count()
}

/// A pause longer than the gap may take another way, a shorter one does not: 40 draws of four spines
/// all miss one with probability 4·0.75^40 = 4e-5.
#[test]
fn flowlets_move_after_pauses_longer_than_the_gap() {
    let flowlet = |gap| PathPolicy::Flowlet { gap };
    assert_eq!(spines_used(PathPolicy::Ecmp), 1);
    assert_eq!(spines_used(flowlet(Span::from_us(500))), 4);
    assert_eq!(spines_used(flowlet(Span::from_ms(2))), 1);
}

/// Hash polarisation: in a fat-tree of k = 4 the ways to another pod are two choices of two. Switches
/// that hash alike repeat the first choice in the second, and of four cores two are used. 64 clients:
/// that independent choices miss a core has probability 4·0.75^64 < 1e-7.
#[test]
fn a_shared_hash_seed_polarises() {
    let cores = |shared_hash_seed| {
        let mut scenario = reader(Topology::FatTree { k: 4, link: RATE });
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(1e6);
        scenario.fabrics[FabricId(0)].routing = Routing { shared_hash_seed, ..Routing::default() };
        scenario.groups[GroupId(0)].count = 4;
        scenario.loads = vec![closed(64, Dist::Constant(0.0), 64)];
        let run = run(scenario);
        let up = |link: &&gapcast::metrics::summary::LinkSummary| {
            link.name.contains("→ core") && link.bytes > 0.0
        };
        let mut names: Vec<&str> =
            run.links.iter().filter(up).map(|l| l.name.split("→ ").nth(1).unwrap_or("")).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    assert_eq!((cores(false), cores(true)), (4, 2));
}
