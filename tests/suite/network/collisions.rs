//! Collisions of hashed flows on two-tier Clos networks against exact enumeration, and the policies
//! that avoid them, through the shipped router and solver.

use crate::common;

use common::stats::seed;
use common::{closed, lab, nic};
use gapcast::fabric::graph::LinkId;
use gapcast::fabric::route::all_paths;
use gapcast::fabric::{Congestion, Fluid, Graph, Router};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::id::Id;
use gapcast::kernel::maxmin::oracle::{OracleFlow, rates};
use gapcast::kernel::maxmin::{FlowId, Hop, ResourceId, UNIT};
use gapcast::kernel::rng::{Purpose, Stream, Streams};
use gapcast::kernel::stats::normal_quantile;
use gapcast::kernel::time::Time;
use gapcast::kernel::units::Rate;
use gapcast::model::{DatasetId, FabricId, GroupId, PathPolicy, Routing, Topology};
use gapcast::sim::run_replicate;
use gapcast::study::collisions::{compare, ideal};
use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;

/// Every host, uplink and downlink.
const RATE: Rate = Rate(100_000_000_000);
const SPRAY: PathPolicy = PathPolicy::Spray { efficiency: 1.0 };

/// `leaves` of `hosts` hosts each, one uplink to each of `spines`.
fn clos(leaves: u32, hosts: u32, spines: u32) -> Graph {
    let mut scenario = lab(1, 1);
    scenario.fabrics[FabricId(0)].topology =
        Topology::LeafSpine { leaves, storage_leaves: 0, spines, uplink: RATE, uplinks: 1 };
    let group = &mut scenario.groups[GroupId(0)];
    group.count = leaves * hosts;
    group.storage_nic = nic(RATE);
    Graph::wire(&scenario, &scenario.fabrics[FabricId(0)], false, false)
}

/// A random order of 0..n (Fisher & Yates).
fn shuffled(n: usize, chance: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, chance.below(i as u64 + 1) as usize);
    }
    order
}

fn is_derangement(order: &[usize]) -> bool {
    order.iter().enumerate().all(|(from, to)| from != *to)
}

fn derangement(n: usize, chance: &mut Stream) -> Vec<usize> {
    std::iter::repeat_with(|| shuffled(n, chance)).find(|o| is_derangement(o)).expect("1 in e")
}

/// All orders of 0..n, in which every host sends to another one if `deranged`.
fn orders(n: usize, deranged: bool) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..n {
        let grow = |order: Vec<usize>| {
            let next: Vec<usize> = (0..n).filter(|i| !order.contains(i)).collect();
            next.into_iter().map(move |i| [order.clone(), vec![i]].concat())
        };
        all = all.into_iter().flat_map(grow).collect();
    }
    all.retain(|order| !deranged || is_derangement(order));
    all
}

/// The rates, as shares of a host's, of flows that start in this order, host i's to `to[i]`.
fn shipped(
    graph: &Graph,
    policy: PathPolicy,
    to: &[usize],
    order: &[usize],
    word: u64,
) -> Vec<f64> {
    let mut router = Router::new(Routing { policy, ..Routing::default() });
    let mut fluid: Fluid<usize> = Fluid::default();
    for link in graph.links.rows() {
        fluid.add_resource(link.rate.bytes_per_s());
    }
    let keyed = Streams::new(seed(), word).keyed("collisions", Purpose::Path);
    let mut flows = vec![FlowId(0); to.len()];
    for &from in order {
        let (a, b) = (graph.nodes[from], graph.nodes[to[from]]);
        let share = fluid.share();
        let congestion = |link: LinkId| {
            let id = ResourceId(link.0);
            Congestion::new(share.load(id), share.capacity(id), share.members(id))
        };
        let route = router.route(graph, a, b, keyed.bits([from as u64]), congestion).unwrap();
        let hops: Vec<Hop> = (route.links.iter())
            .flat_map(|(link, share)| {
                share.divisors().map(|divisor| Hop { resource: ResourceId(link.0), divisor })
            })
            .collect();
        flows[from] = fluid.start(Time::ZERO, &hops, 1 << 40, None, from);
        if policy == PathPolicy::Adaptive {
            fluid.settle(Time::ZERO);
        }
    }
    fluid.settle(Time::ZERO);
    let host = RATE.bytes_per_s() * UNIT as f64;
    flows.iter().map(|flow| fluid.share().rate(*flow) as f64 / host).collect()
}

/// Max-min rates, as shares of a host's, by plain progressive filling.
fn by_hand(graph: &Graph, paths: &[&Vec<LinkId>]) -> Vec<f64> {
    let flow = |path: &&Vec<LinkId>| OracleFlow {
        hops: path.iter().map(|link| (link.index(), 1)).collect(),
        weight: 1.0,
        cap: f64::INFINITY,
    };
    rates(&vec![1.0; graph.links.len()], &paths.iter().map(flow).collect::<Vec<_>>())
}

/// A rate as a whole number: all are fractions with small denominators.
fn class(rate: f64) -> u64 {
    (rate * 5_040.0).round() as u64
}

/// Fails if counts are further from what is expected than chance alone brings them once in a
/// thousand seeds (χ² of classes of five or more; Wilson & Hilferty's quantile, PNAS 17, 1931).
fn assert_chi_square(what: &str, exact: &BTreeMap<Vec<u64>, f64>, got: &BTreeMap<Vec<u64>, u64>) {
    let n: u64 = got.values().sum();
    for class in got.keys() {
        assert!(exact.contains_key(class), "{what}: {class:?} cannot happen");
    }
    let (mut chi2, mut classes, mut rare) = (0.0, 0, (0.0, 0.0));
    let mut add = |expected: f64, seen: f64| {
        chi2 += (seen - expected) * (seen - expected) / expected;
        classes += 1;
    };
    for (class, p) in exact {
        let (expected, seen) = (p * n as f64, *got.get(class).unwrap_or(&0) as f64);
        if expected < 5.0 {
            rare = (rare.0 + expected, rare.1 + seen);
        } else {
            add(expected, seen);
        }
    }
    if rare.0 >= 5.0 {
        add(rare.0, rare.1);
    }
    let k = f64::from(classes - 1);
    let h = 2.0 / (9.0 * k);
    let root = 1.0 - h + normal_quantile(0.999) * h.sqrt();
    let most = k * root * root * root;
    println!("{what}: chi-square {chi2:.1} of {most:.1}, {classes} classes, {n} draws");
    assert!(chi2 <= most, "{what}: chi-square {chi2}, at most {most} with {k} degrees of freedom");
}

/// Random permutations (nobody sends to itself) of 6 hosts on 2 leaves and 3 spines. Exact: all 265
/// permutations with all assignments of their flows to paths, equally likely, rates by plain
/// progressive filling. The rate of host 0's flow over 20,000 seeds is distributed like that. False
/// alarm: one seed in a thousand.
#[test]
fn hashed_flows_collide_as_often_as_enumeration_says() {
    let graph = clos(2, 3, 3);
    let mut exact: BTreeMap<Vec<u64>, f64> = BTreeMap::new();
    let permutations = orders(6, true);
    assert_eq!(permutations.len(), 265);
    for to in &permutations {
        let ends = |from: usize| (graph.nodes[from], graph.nodes[to[from]]);
        let ways: Vec<_> = (0..6).map(|i| all_paths(&graph, ends(i).0, ends(i).1)).collect();
        let total: usize = ways.iter().map(Vec::len).product();
        for mut number in 0..total {
            let mut pick = |ways: &'_ Vec<Vec<LinkId>>| {
                let pick = number % ways.len();
                number /= ways.len();
                pick
            };
            let picks: Vec<usize> = ways.iter().map(&mut pick).collect();
            let paths: Vec<_> = ways.iter().zip(picks).map(|(ways, pick)| &ways[pick]).collect();
            let p = 1.0 / total as f64 / permutations.len() as f64;
            *exact.entry(vec![class(by_hand(&graph, &paths)[0])]).or_default() += p;
        }
    }
    let mut chance = Streams::new(seed(), 0).stream("permutations", Purpose::Path);
    let mut got: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    let draws = 20_000;
    for word in 0..draws {
        let to = derangement(6, &mut chance);
        let rates = shipped(&graph, PathPolicy::Ecmp, &to, &[0, 1, 2, 3, 4, 5], word);
        *got.entry(vec![class(rates[0])]).or_default() += 1;
    }
    println!("rate of a flow   exact   seen");
    for (class, p) in &exact {
        let seen = *got.get(class).unwrap_or(&0) as f64 / draws as f64;
        println!("{:14.4} {p:7.4} {seen:6.4}", class[0] as f64 / 5_040.0);
    }
    assert_chi_square("hashed", &exact, &got);
}

/// Sprayed flows of every permutation run at a host's rate exactly: each uplink carries half of two
/// flows, each downlink too. Deterministic: no false alarms.
#[test]
fn sprayed_flows_never_collide() {
    let graph = clos(3, 2, 2);
    for to in orders(6, true) {
        assert_eq!(shipped(&graph, SPRAY, &to, &[0, 1, 2, 3, 4, 5], 0), [1.0; 6], "{to:?}");
    }
}

/// With 2n − 1 spines for n hosts a leaf a two-tier network does not block, whatever came before
/// (Clos, Bell System Technical Journal 32, 1953): there is always a spine to which both leaves have
/// an idle cable, and the adaptive policy finds it. All 265 permutations of 6 hosts, each in a random
/// order: every flow has a host's rate exactly. Deterministic: no false alarms.
#[test]
fn adaptive_flows_never_collide_where_clos_says_that_none_need_to() {
    let graph = clos(3, 2, 3);
    let mut chance = Streams::new(seed(), 0).stream("orders", Purpose::Path);
    for (word, to) in orders(6, true).into_iter().enumerate() {
        let order = shuffled(6, &mut chance);
        let rates = shipped(&graph, PathPolicy::Adaptive, &to, &order, word as u64);
        assert_eq!(rates, [1.0; 6], "{to:?} in order {order:?}");
    }
}

/// Adds, to `exact`, what becomes of the flows that are yet to start, with probability `p`: each takes
/// the way whose fuller cable (load in eighths, then flows) is least full, then whose first is; ties
/// are equally likely.
fn greedy(
    graph: &Graph,
    ways: &[Vec<Vec<LinkId>>],
    order: &[usize],
    taken: &mut Vec<(usize, usize)>,
    p: f64,
    exact: &mut BTreeMap<Vec<u64>, f64>,
) {
    let paths: Vec<_> = taken.iter().map(|&(flow, pick)| &ways[flow][pick]).collect();
    let rates = by_hand(graph, &paths);
    let Some(&flow) = order.get(taken.len()) else {
        let mut classes: Vec<u64> = rates.into_iter().map(class).collect();
        classes.sort_unstable();
        *exact.entry(classes).or_default() += p;
        return;
    };
    let full = |link: &LinkId| {
        let on = paths.iter().zip(&rates).filter(|(path, _)| path.contains(link));
        let (load, flows) = on.fold((0.0, 0), |(load, n), (_, rate)| (load + rate, n + 1));
        ((8.0 * load - 1e-6_f64).ceil().max(0.0) as u64, flows)
    };
    // The host's own cables, first and last, are the same on every way.
    let cost = |way: &Vec<LinkId>| {
        let inner: Vec<_> = way[1..way.len() - 1].iter().map(full).collect();
        (inner.iter().max().copied(), inner.first().copied())
    };
    let costs: Vec<_> = ways[flow].iter().map(cost).collect();
    let least = costs.iter().min().expect("a way");
    let best: Vec<usize> = (0..costs.len()).filter(|i| costs[*i] == *least).collect();
    for pick in &best {
        taken.push((flow, *pick));
        greedy(graph, ways, order, taken, p / best.len() as f64, exact);
        taken.pop();
    }
}

/// With as many spines as hosts a leaf the adaptive policy can be caught by what came before. Exact:
/// one permutation of 6 hosts, all 720 orders of arrival, all ties; the rates of all flows over
/// 10,000 seeds are distributed like that. False alarm: one seed in a thousand.
#[test]
fn adaptive_flows_collide_as_often_as_enumeration_says() {
    let graph = clos(3, 2, 2);
    let to = [2, 4, 0, 5, 1, 3];
    let ends = |from: usize| (graph.nodes[from], graph.nodes[to[from]]);
    let ways: Vec<_> = (0..6).map(|i| all_paths(&graph, ends(i).0, ends(i).1)).collect();
    let mut exact = BTreeMap::new();
    for order in orders(6, false) {
        greedy(&graph, &ways, &order, &mut Vec::new(), 1.0 / 720.0, &mut exact);
    }
    let mut chance = Streams::new(seed(), 0).stream("arrivals", Purpose::Path);
    let mut got: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    for word in 0..10_000 {
        let order = shuffled(6, &mut chance);
        let rates = shipped(&graph, PathPolicy::Adaptive, &to, &order, word);
        let mut classes: Vec<u64> = rates.into_iter().map(class).collect();
        classes.sort_unstable();
        *got.entry(classes).or_default() += 1;
    }
    assert_chi_square("adaptive", &exact, &got);
}

/// 64 hosts on 8 leaves and 8 spines, 200 random permutations: what each policy gives. Hashing must be
/// worst and spraying exact; adaptive lies between. Deterministic for a seed.
#[test]
fn a_larger_network_by_policy() {
    let graph = clos(8, 8, 8);
    let order: Vec<usize> = (0..64).collect();
    let mut means = Vec::new();
    println!("policy               mean     p1");
    let policies = [
        ("ecmp", PathPolicy::Ecmp),
        ("destination-modulo", PathPolicy::DestinationModulo),
        ("adaptive", PathPolicy::Adaptive),
        ("spray", SPRAY),
    ];
    for (name, policy) in policies {
        let mut chance = Streams::new(seed(), 0).stream("large", Purpose::Path);
        let mut all = Vec::new();
        for word in 0..200 {
            let to = derangement(64, &mut chance);
            all.extend(shipped(&graph, policy, &to, &order, word));
        }
        all.sort_by(f64::total_cmp);
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        println!("{name:18} {mean:6.4} {:6.4}", all[all.len() / 100]);
        means.push(mean);
    }
    assert!(means[0] < means[2] && means[2] < means[3], "{means:?}");
    assert_eq!(means[3], 1.0);
}

/// The cost report against its definition: a sprayed scenario loses nothing, exactly; two hashed
/// transfers that share one of two cables lose half; and the fullest cable then carries all, twice the
/// mean of the two. Deterministic for each seed: no false alarms.
#[test]
fn the_report_says_what_collisions_cost() {
    let mut scenario = lab(1, 64);
    let fabric = &mut scenario.fabrics[FabricId(0)];
    fabric.topology =
        Topology::LeafSpine { leaves: 1, storage_leaves: 1, spines: 2, uplink: RATE, uplinks: 1 };
    let group = &mut scenario.groups[GroupId(0)];
    group.count = 2;
    group.storage_nic = nic(RATE);
    scenario.store.controllers = 2;
    scenario.store.controller.nic = nic(RATE);
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(1e9);
    scenario.loads.push(closed(2, Dist::Constant(0.0), 2));
    let (mut met, mut apart) = (0, 0);
    for seed in 0..40 {
        scenario.seed = seed;
        let sprayed = run_replicate(&Arc::new(ideal(&scenario)), 0);
        let nothing = compare(from_ref(&sprayed), from_ref(&sprayed));
        assert_eq!(nothing.losses[0].share.mean, 0.0);
        let hashed = run_replicate(&Arc::new(scenario.clone()), 0);
        let cost = compare(&[hashed], &[sprayed]);
        let down = "spine → leaf-* downlinks";
        let tier = cost.tiers.iter().find(|tier| tier.name == down).expect("a tier");
        let lost = cost.losses[0].share.mean;
        if tier.max_over_mean > 1.5 {
            met += 1;
            assert!((lost - 0.5).abs() < 1e-6 && (tier.max_over_mean - 2.0).abs() < 1e-9, "{lost}");
        } else {
            apart += 1;
            assert!(lost.abs() < 1e-6, "{lost}");
        }
    }
    println!("{met} seeds of 40 collide");
    assert!(met > 0 && apart > 0, "{met} and {apart}");
}
