//! Several sites: who serves whom, what the links between them carry, and how long it takes.

use crate::common;

use common::closed;
use common::row::{bytes, row, served, wan};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::units::{Bytes, Rate, UsdPerGb};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

const MB: f64 = 1e6;

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

/// One client at a, one object of 1 MB after the other over an idle path: a round trip of the links
/// and 1 ms at 1 GB/s each, exactly; every byte crosses every link of the way once, and no other.
#[test]
fn a_far_read_takes_the_round_trip_and_loads_each_link_once() {
    for (gateways, round_trip_ms, crossed) in
        [([1, 1, 1], 0, 0), ([0, 1, 1], 10, 1), ([0, 0, 1], 40, 2)]
    {
        let mut scenario = row(gateways);
        scenario.loads.push(closed(1, Dist::Constant(0.0), 20));
        let run = run(scenario);
        let moving = if crossed > 0 { MB / 1e9 } else { 0.0 };
        let each = round_trip_ms as f64 / 1e3 + moving;
        // FAST adapters add 16 ns a cable.
        assert!((run.end_s - 20.0 * each).abs() < 1e-5, "{} of {}", run.end_s, 20.0 * each);
        let expected = [20.0 * MB * f64::from(crossed > 0), 20.0 * MB * f64::from(crossed > 1)];
        let got = [bytes(&run, "ab b → a"), bytes(&run, "bc c → b")];
        for (got, expected) in got.into_iter().zip(expected) {
            assert!((got - expected).abs() < 1.0, "{got} {expected}");
        }
        assert_eq!(bytes(&run, "ab a → b") + bytes(&run, "bc b → c"), 0.0);
    }
}

/// Where a copy is asked for: the nearest; the least loaded, which with as many clients as gateways
/// spreads them as evenly as the gateways; the cheapest, however far it is. A dataset that names its
/// copies is read from those alone, and a write goes to the nearest.
#[test]
fn the_choice_of_the_copy_decides_who_serves() {
    let served = |scenario: Scenario| served(&run(scenario));
    let scenario = |choice, op| {
        let mut scenario = row([1, 1, 1]);
        scenario.store.replica_choice = choice;
        scenario.store.controller.get_service = Dist::Constant(1.0);
        scenario.wans[WanId(0)].price = UsdPerGb(20_000_000);
        scenario.loads.push(Load { op, ..closed(3, Dist::Constant(0.0), 30) });
        scenario
    };
    assert_eq!(served(scenario(ReplicaChoice::Nearest, Op::Get)), [30, 0, 0]);
    assert_eq!(served(scenario(ReplicaChoice::Cheapest, Op::Get)), [30, 0, 0]);
    // A second's service outlasts every round trip: whoever is idle is asked.
    assert_eq!(served(scenario(ReplicaChoice::LeastLoaded, Op::Get)), [10, 10, 10]);
    let mut far = scenario(ReplicaChoice::Nearest, Op::Get);
    far.datasets[DatasetId(0)].replicas = vec![SiteId(2), SiteId(1)];
    assert_eq!(served(far.clone()), [0, 30, 0]);
    far.loads[0].op = Op::Put;
    assert_eq!(served(far.clone()), [0, 30, 0]);
    // A direct link to c that costs nothing, though it is longer.
    far.loads[0].op = Op::Get;
    far.wans.push(wan("ac", 0, 2, 100));
    assert_eq!(served(far.clone()), [0, 30, 0]);
    far.store.replica_choice = ReplicaChoice::Cheapest;
    assert_eq!(served(far.clone()), [0, 30, 0], "by delay the way to c costs as much as to b");
    far.fabrics[FabricId(0)].routing.wan_metric = WanMetric::Price;
    assert_eq!(served(far), [0, 0, 30]);
}

/// Loss of links on the way acts as the same loss of the transport does, 1 − Π(1 − p), to the
/// picosecond (losses are drawn by the request, whoever is to blame), and who does not cross the links
/// loses nothing.
#[test]
fn links_lose_packets_of_those_that_cross_them() {
    let p = 1.0 - 0.98 * 0.99;
    let timed = |gateways, transport: f64, links: [f64; 2]| lossy(gateways, transport, links).end_s;
    let far = [0, 0, 1];
    assert_eq!(timed(far, 0.0, [0.02, 0.01]), timed(far, p, [0.0, 0.0]));
    assert!(timed(far, p, [0.0, 0.0]) > timed(far, 0.0, [0.0, 0.0]));
    assert_eq!(timed([1, 0, 0], 0.0, [0.02, 0.01]), timed([1, 0, 0], 0.0, [0.0, 0.0]));
}

/// Five reads with so much loss.
fn lossy(gateways: [u32; 3], transport: f64, links: [f64; 2]) -> RunSummary {
    let mut scenario = row(gateways);
    let tcp = Tcp {
        window_limit: Bytes(14_480),
        loss: transport,
        loss_law: LossLaw::Mathis,
        ..common::tcp(0)
    };
    scenario.fabrics[FabricId(0)].transport = Transport::Tcp(tcp);
    scenario.wans[WanId(0)].loss = links[0];
    scenario.wans[WanId(1)].loss = links[1];
    scenario.loads.push(closed(1, Dist::Constant(0.0), 5));
    run(scenario)
}

/// Jitter of a link that is evenly 0 to 10 ms: a lone packet's way is longer by 5 ms each way in the
/// mean over 400 requests of one byte; the standard error of the sum of two is 0.2 ms, so 0.7 ms is
/// 3.4 sigma: one false alarm in 1,500 seeds. Who does not cross the link feels nothing.
#[test]
fn links_jitter_for_those_that_cross_them() {
    let timed = |gateways| {
        let mut scenario = row(gateways);
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(1.0);
        scenario.wans[WanId(0)].jitter = Some(Dist::Uniform { low: 0.0, high: 0.01 });
        scenario.loads.push(closed(1, Dist::Constant(0.0), 400));
        run(scenario).end_s / 400.0
    };
    assert!(timed([1, 0, 0]) < 1e-6);
    let far = timed([0, 1, 0]);
    assert!((far - 0.020).abs() < 0.0007, "{far}");
}

/// A trunk to the border that is slower than the link holds the transfer: 1 MB at 100 MB/s.
#[test]
fn a_stated_trunk_holds_what_leaves_the_site() {
    let mut scenario = row([0, 1, 0]);
    scenario.sites[SiteId(0)].trunk = Some(Rate(800_000_000));
    scenario.loads.push(closed(1, Dist::Constant(0.0), 10));
    let run = run(scenario);
    assert!((run.end_s - 10.0 * 0.020).abs() < 1e-5, "{}", run.end_s);
    assert!(run.links.iter().any(|l| l.name == "a/border → a/switch"), "borders have names");
}
