//! The cache of a site against the list it keeps, and what it spares the link.

use crate::common;

use common::closed;
use common::row::{bytes, row, served};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::rng::{Purpose, Streams};
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;
use gapcast::sim::run_replicate;
use gapcast::storage::cache::Lru;
use std::sync::Arc;

const OBJECTS: u64 = 60;
const HELD: u64 = 20;

/// Copies at c alone; a cache at a that holds 20 of 60 objects of 1 MB.
fn scenario(clients: u32, requests: u64) -> Scenario {
    let mut scenario = row([0, 0, 1]);
    let group =
        NodeGroup { name: CACHE_HOST.into(), gpus: 0, ..scenario.groups[GroupId(0)].clone() };
    let host = scenario.groups.push(group);
    scenario.datasets[DatasetId(0)].objects = OBJECTS;
    let site = &mut scenario.sites[SiteId(0)];
    site.groups.push(host);
    site.cache = Some(CacheSpec {
        name: "regional cache".into(),
        capacity: Bytes(HELD * 1_000_000),
        read_rate: Rate(80_000_000_000),
        latency: Dist::Constant(1e-4),
    });
    scenario.loads.push(closed(clients, Dist::Constant(0.0), requests));
    scenario
}

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

fn account(run: &RunSummary, item: &str) -> f64 {
    let line = run.accounts.iter().find(|a| a.job == "a/cache" && a.item == item);
    line.unwrap_or_else(|| panic!("no {item}")).amount
}

/// One client: exactly the hits of a list in order of use over the same draws; every miss crosses the
/// link once, and the run takes 40 ms and 1 ms a miss, 0.1 ms a read and 0.1 ms a MB from the cache.
#[test]
fn one_client_hits_exactly_what_the_list_holds() {
    let run = run(scenario(1, 600));
    let draws = Streams::new(1, 0).keyed("load", Purpose::Target);
    let mut lru = Lru::new(HELD * 1_000_000);
    let mut hits = 0;
    for i in 0..600 {
        let key = (draws.below(OBJECTS, [i]), 0);
        hits += u64::from(lru.get(key, 1_000_000));
        lru.put(key, 1_000_000);
    }
    assert_eq!(account(&run, "asked"), 600.0);
    assert_eq!(account(&run, "hit ratio"), hits as f64 / 600.0);
    let misses = 600 - hits;
    assert_eq!(account(&run, "GET"), misses as f64);
    assert_eq!(served(&run), [misses]);
    assert!((bytes(&run, "bc c → b") - misses as f64 * 1e6).abs() < misses as f64);
    let expected = misses as f64 * 0.041 + hits as f64 * 1e-4 + 600.0 * 1e-4;
    assert!((run.end_s - expected).abs() < 1e-3, "{} {expected}", run.end_s);
}

/// A request that waits for the cache of its site is not asked again: there is no other cache. What
/// the cache itself fetches is.
#[test]
fn the_cache_of_a_site_is_asked_once() {
    let mut scenario = scenario(4, 200);
    let patience = Patience { hedge: Some(Hedge::After(Span::from_ms(5))), ..Patience::default() };
    scenario.groups.iter_mut().for_each(|(_, group)| group.client.patience = patience);
    let run = run(scenario);
    let hedges = |job: &str| {
        let of = run.requests.iter().find(|requests| requests.job == job).expect("a job");
        of.policies.hedges
    };
    assert_eq!(hedges("load"), 0);
    assert!(hedges("a/cache") > 0);
    assert_eq!(run.requests[0].answered, 200);
}

/// Even reads of N objects hit a cache of c of them with probability c/N: 1/3 of 20,000, within 3.3
/// binomial standard errors (0.011) and the 20 that fill it. One false alarm in a thousand seeds.
/// Many clients share fetches: never more requests at the store than misses, and all are answered.
#[test]
fn even_reads_hit_by_the_share_that_is_held() {
    let run = run(scenario(1, 20_000));
    let ratio = account(&run, "hit ratio");
    assert!((ratio - 1.0 / 3.0).abs() < 0.011 + 0.001, "{ratio}");
    let crowd = self::run(scenario(64, 4_000));
    let missed = (1.0 - account(&crowd, "hit ratio")) * account(&crowd, "asked");
    let fetched = account(&crowd, "GET");
    assert!(fetched < 0.9 * missed, "{fetched} fetches for {missed} misses");
    for requests in &crowd.requests {
        assert_eq!(requests.issued, requests.answered + requests.in_flight_end);
    }
    assert_eq!(crowd.requests[0].answered, 4_000);
    assert_eq!(account(&crowd, "bc c → b"), fetched * 1e6);
}
