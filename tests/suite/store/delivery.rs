//! Managed delivery: what is copied, what it loads, what it costs, and who reads the copy.

use crate::common;

use common::row::{bytes, row, served};
use common::{closed, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Rate, UsdPerGb, UsdPerThousand};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

const OBJECTS: u64 = 40;

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

/// A copy at c alone, 40 objects of 1 MB; movers at a copy them there, four at a time.
fn scenario() -> Scenario {
    let mut scenario = row([1, 0, 1]);
    scenario.datasets[DatasetId(0)].objects = OBJECTS;
    scenario.datasets[DatasetId(0)].replicas = vec![SiteId(2)];
    scenario.deliveries.push(common::copy(2, 0));
    scenario
}

fn account(run: &RunSummary, job: &str, item: &str) -> (f64, f64) {
    let line = run.accounts.iter().find(|a| a.job == job && a.item == item);
    line.map_or((0.0, 0.0), |line| (line.amount, line.usd))
}

/// Every object crosses both links once, is asked for once and written once; the account says so to
/// the byte, and the bill is amount times price.
#[test]
fn every_byte_and_request_of_a_delivery_is_on_its_account() {
    let mut scenario = scenario();
    scenario.wans[WanId(0)].price = UsdPerGb(20_000_000);
    scenario.wans[WanId(1)].price = UsdPerGb(10_000_000);
    scenario.store.prices = Prices { get: UsdPerThousand(400_000), put: UsdPerThousand(5_000_000) };
    let run = run(scenario);
    let moved = OBJECTS as f64 * 1e6;
    for (link, price) in [("ab b → a", 0.02), ("bc c → b", 0.01)] {
        let (amount, usd) = account(&run, "copy", link);
        assert_eq!(amount, moved);
        assert!((bytes(&run, link) - moved).abs() < OBJECTS as f64, "{link}");
        assert!((usd - price * moved / f64::from(1 << 30)).abs() < 1e-9);
    }
    assert_eq!(account(&run, "copy", "GET"), (40.0, 0.0004 * 40.0 / 1_000.0));
    assert_eq!(account(&run, "copy", "PUT"), (40.0, 0.005 * 40.0 / 1_000.0));
    assert_eq!(account(&run, "copy", "objects copied").0, 40.0);
    assert_eq!(served(&run), [40, 40]);
    let requests = &run.requests[0];
    assert_eq!((requests.issued, requests.answered), (80, 80));
    // Ten rounds of four: 40 ms there and back, 4 MB at 1 GB/s on the narrowest link.
    assert!((run.end_s - 10.0 * 0.044).abs() < 1e-3, "{}", run.end_s);
}

/// 40 MB at 20 MB/s in the mean: the last object may begin after 39 of them.
#[test]
fn a_rate_is_kept_in_the_mean() {
    let mut scenario = scenario();
    scenario.deliveries[0].rate = Some(Rate(160_000_000));
    scenario.deliveries[0].start = Span::from_secs(1);
    let end = run(scenario).end_s;
    assert!((end - (1.0 + 39.0 * 0.05 + 0.041)).abs() < 1e-3, "{end}");
}

/// A job that waits reads nothing from afar; one that does not reads from c until an object is there.
#[test]
fn a_job_waits_for_its_delivery_or_reads_what_is_there() {
    let with = |holds| {
        let mut scenario = scenario();
        scenario.deliveries[0].holds = holds;
        scenario.training.push(training(1, 1, 0.01, OBJECTS));
        run(scenario)
    };
    let waits = with(Some(0));
    assert_eq!(account(&waits, "training", "bc c → b"), (0.0, 0.0));
    assert_eq!(account(&waits, "copy", "bc c → b").0, 40e6);
    assert!((account(&waits, "copy", "all copied after").0 - 0.44).abs() < 1e-3);
    assert!(waits.end_s > 0.44 + 40.0 * 0.01);
    let beside = with(None);
    let far = account(&beside, "training", "bc c → b").0;
    assert!(far > 0.0 && far < 40e6, "{far}");
    let carried = far + account(&beside, "copy", "bc c → b").0;
    assert!((bytes(&beside, "bc c → b") - carried).abs() < 80.0);
    assert_eq!(served(&beside).iter().sum::<u64>(), 40 + 80);
}

/// Reads of a dataset that may not cross b stay away from c, also while all of a's gateways are out.
#[test]
fn a_rule_holds_while_the_run_runs() {
    let mut scenario = row([1, 0, 1]);
    scenario.datasets[DatasetId(0)].allowed_regions = Some(vec!["eu-*".into()]);
    scenario.loads.push(closed(2, Dist::Constant(0.001), 200));
    scenario.production.push(Disturbance {
        name: "crash".into(),
        on: true,
        what: Disturb::ControllerFaults {
            interval: Dist::Exponential { mean: 0.05 },
            duration: Dist::Constant(0.02),
            detection: Span::from_ms(1),
        },
    });
    let run = run(scenario);
    assert_eq!(served(&run)[1], 0);
    assert!(run.requests[0].resets > 0 && run.requests[0].answered == 200);
}
