//! Who is let in to the network, beside limits of connections, hedges and times beyond all runs. Exact.

use crate::common;

use common::row::{bytes, row};
use common::{closed, lab, tcp, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::{Span, Time};
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;
use gapcast::probe::{Fact, Probe};
use gapcast::sim::{RunError, run_replicate, run_with, try_replicate};
use std::sync::Arc;

fn constant(s: f64) -> Dist {
    Dist::Constant(s)
}

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

fn client(scenario: &mut Scenario) -> &mut Client {
    &mut scenario.groups[GroupId(0)].client
}

/// Everything in one class that lets in `limit`; requests of one byte and `service` seconds.
fn admitted(limit: Limit, beyond: Beyond, service: f64, clients: u32, requests: u64) -> Scenario {
    let mut scenario = lab(0, 4_096);
    scenario.store.controller.get_service = constant(service);
    scenario.classes.push(TrafficClass {
        name: "default".into(),
        priority: 0,
        weight: 1,
        guarantee: None,
        cap: None,
        admission: Some(Admission { limit, beyond }),
    });
    scenario.loads.push(closed(clients, constant(0.0), requests));
    scenario
}

fn assert_ends(run: &RunSummary, at: f64) {
    assert!((run.end_s - at).abs() < 1e-6, "{} instead of {at}", run.end_s);
}

/// A request that waits for a connection is in its class already: 80 requests of 0.1 s, two at a time,
/// take 4 s, though four are let in; none of four is refused; at a rate of 10 B/s, one at a time, 40 of
/// 0.15 s take 6 s.
#[test]
fn who_waits_for_a_connection_is_let_in_once() {
    let four = Limit::Requests(4);
    let mut queued = admitted(four, Beyond::Queue, 0.1, 8, 80);
    client(&mut queued).patience.max_connections_per_node = Some(2);
    assert_ends(&run(queued), 4.0);
    let mut refused = admitted(four, Beyond::Refuse, 0.1, 4, 80);
    client(&mut refused).patience.max_connections_per_node = Some(2);
    let refused = run(refused);
    assert_ends(&refused, 4.0);
    assert_eq!(refused.classes[0].denied, 0);
    let mut by_rate = admitted(Limit::Rate(Rate(80)), Beyond::Queue, 0.15, 8, 40);
    client(&mut by_rate).patience.max_connections_per_node = Some(1);
    assert_ends(&run(by_rate), 6.0);
}

/// The next of a class goes on the connection of the one before: two halves of an object, one after the
/// other, take as long as two objects of half the size.
#[test]
fn the_next_of_a_class_takes_the_connection_of_the_one_before() {
    let timed = |limit, bytes: f64, requests| {
        let mut scenario = admitted(Limit::Requests(limit), Beyond::Queue, 0.01, 1, requests);
        scenario.datasets[DatasetId(0)].sample_bytes = constant(bytes);
        scenario.fabrics[FabricId(0)].transport = Transport::Tcp(tcp(2));
        scenario.fabrics[FabricId(0)].host_propagation = Span::from_ms(1);
        client(&mut scenario).range_size = Some(Bytes(1_000));
        client(&mut scenario).parallel_ranges = 2;
        run(scenario).end_s
    };
    assert_eq!(timed(1, 2_000.0, 1), timed(1, 1_000.0, 2));
    assert!(timed(2, 2_000.0, 1) < timed(1, 2_000.0, 1));
}

/// A second attempt counts as a request of its class: none goes out while the class is full, and with
/// room for three no more than three are at the store.
#[test]
fn a_hedge_goes_out_only_if_its_class_has_room() {
    for (most, hedges) in [(2, false), (3, true)] {
        let mut scenario = admitted(Limit::Requests(most), Beyond::Queue, 0.1, 2, 40);
        client(&mut scenario).patience.hedge = Some(Hedge::After(Span::from_ms(10)));
        let run = run(scenario);
        assert_eq!(run.requests[0].policies.hedges > 0, hedges, "room for {most}");
        assert_eq!(run.stations[0].in_flight_max, u64::from(most));
        assert_eq!(run.requests[0].answered, 40);
    }
}

/// A quantile for hedges is that of GETs: the PUTs of a delivery, 100 times as long, do not count.
#[test]
fn writes_do_not_delay_hedges() {
    let mut scenario = row([1, 0, 1]);
    scenario.datasets[DatasetId(0)].objects = 400;
    scenario.datasets[DatasetId(0)].replicas = vec![SiteId(2)];
    scenario.store.controller.get_service =
        Dist::Mixture(vec![(9.0, constant(0.0)), (1.0, constant(0.1))]);
    scenario.store.controller.put_service = constant(4.0);
    client(&mut scenario).patience.hedge = Some(Hedge::Quantile(0.8));
    scenario.deliveries.push(common::copy(2, 0));
    let run = run(scenario);
    let hedges = run.requests.iter().find(|r| r.job == "copy").expect("a delivery").policies.hedges;
    assert!((20..=120).contains(&hedges), "{hedges} of 400");
}

/// Counts answers from the node's own caches.
#[derive(Default)]
struct FromCaches(u64, u64);

impl Probe for FromCaches {
    fn on(&mut self, _: Time, fact: Fact<'_>) {
        if let Fact::Answered(answer) = fact {
            self.0 += 1;
            self.1 += u64::from(answer.cached);
        }
    }
}

/// A cache on the node that takes a second is given up after 0.1 s, and the store asked: none of the
/// answers is the cache's.
#[test]
fn an_answer_over_the_network_is_not_from_a_cache() {
    let mut scenario = lab(1, 64);
    scenario.datasets[DatasetId(0)].objects = 10;
    let job = Training { epochs: 2, steps: None, ..training(1, 1, 0.01, 1) };
    scenario.training.push(job);
    scenario.groups[GroupId(0)].caches.push(CacheSpec {
        name: "slow".into(),
        capacity: Bytes(1_000),
        read_rate: common::FAST,
        latency: constant(1.0),
    });
    client(&mut scenario).patience.request_timeout = Some(Span::from_ms(100));
    let seen = run_with(&Arc::new(scenario), 0, FromCaches::default());
    assert_eq!((seen.0, seen.1), (20, 0));
}

/// Reads of 11 ms over a link between sites, the first 20 of 40 before the books are opened, and the
/// 21st on its way: accounts are of the 20 after that, as what the link carried is.
#[test]
fn accounts_begin_when_the_warm_up_ends() {
    let mut scenario = row([0, 1, 0]);
    scenario.loads.push(closed(1, constant(0.0), 40));
    scenario.warm_up = Span::from_us(220_500);
    let run = run(scenario);
    let account = |unit: &str, item: &str| {
        let line = run.accounts.iter().find(|a| a.unit == unit && a.item == item);
        line.map(|line| line.amount)
    };
    assert_eq!(account("requests", "GET"), Some(20.0));
    assert_eq!(account("B", "ab b → a"), Some(20e6));
    assert!((bytes(&run, "ab b → a") - 20e6).abs() < 1.0);
}

/// Rates so low that what comes next lies beyond the longest run: with a horizon the run ends there,
/// without one it says that it is too long.
#[test]
fn what_lies_beyond_all_time_is_an_error() {
    let slow = admitted(Limit::Rate(Rate(8)), Beyond::Queue, 0.0, 8, 8);
    let mut class = slow.clone();
    class.datasets[DatasetId(0)].sample_bytes = constant(1e7);
    let mut drives = slow.clone();
    drives.classes = Default::default();
    drives.store.media = Some(Media {
        nodes: 1,
        devices_per_node: 1,
        device: Device { read_iops: 1e-7, queue_depth: 64, ..common::device(constant(1e7)) },
        node_rate: common::FAST,
        redundancy: Redundancy::Replication { copies: 1 },
        placement: Placement::RoundRobin,
    });
    for scenario in [class, drives] {
        let why = try_replicate(&Arc::new(scenario.clone()), 0).map(|run| run.end_s);
        assert!(matches!(why, Err(RunError::TooLong)), "{why:?}");
        let run = run(Scenario { horizon: Some(Span::from_secs(5)), ..scenario });
        assert_ends(&run, 5.0);
    }
}
