//! Traffic classes in whole runs, against closed forms. Everything is deterministic: no false alarms.

use crate::common;

use common::{closed, lab, nic, poisson, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::id::Id;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::metrics::summary::{ClassSummary, RunSummary};
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

/// Bytes of an object, and bytes per second of the one link that binds: the controller's adapter.
const OBJECT: f64 = 1e6;
const LINK: f64 = 1e9;
const SECONDS: u64 = 10;

fn class(name: &str, priority: u32, weight: u32) -> TrafficClass {
    let (guarantee, cap, admission) = (None, None, None);
    TrafficClass { name: name.into(), priority, weight, guarantee, cap, admission }
}

/// `critical`: 4 loops; `ingest`: 12 loops; `idle`: nobody. All GET objects over one link of 1 GB/s.
fn scenario(classes: &[TrafficClass]) -> Scenario {
    let mut scenario = lab(0, 1_000);
    scenario.store.controller.nic = nic(Rate(8 * LINK as u64));
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(OBJECT);
    scenario.horizon = Some(Span::from_secs(SECONDS));
    for (name, clients, class) in [("critical", 4, 1), ("ingest", 12, 2)] {
        let load = closed(clients, Dist::Constant(0.0), 1);
        let class = if classes.is_empty() { ClassId::DEFAULT } else { ClassId(class) };
        scenario.loads.push(Load { name: name.into(), requests: None, class, ..load });
    }
    if !classes.is_empty() {
        scenario.classes.push(class("default", 9, 1));
    }
    for class in classes {
        scenario.classes.push(class.clone());
    }
    scenario
}

fn run(scenario: &Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario.clone()), 0)
}

fn of<'a>(run: &'a RunSummary, name: &str) -> &'a ClassSummary {
    run.classes.iter().find(|class| class.requests.job == name).expect("a class")
}

/// Shares of the link in payload answered, `critical` first.
fn shares(scenario: &Scenario) -> [f64; 2] {
    let run = run(scenario);
    [0, 1].map(|load| run.requests[load].bytes_per_s / LINK)
}

/// Without classes 4 of 16 streams; with equal classes, by weight, guaranteed 0.3 and a quarter of the
/// rest, capped at 0.4 or at 250 MB/s, strict: as worked out by hand. What is under way at the end is
/// at most 16 objects of 10,000.
#[test]
fn a_link_is_shared_as_by_hand() {
    let with = |critical: TrafficClass| shares(&scenario(&[critical, class("ingest", 1, 3)]));
    let plain = class("critical", 1, 1);
    let part = |share| Some(LinkPart::Share(share));
    let cases = [
        (shares(&scenario(&[])), 0.25),
        (with(TrafficClass { weight: 3, ..plain.clone() }), 0.5),
        (with(plain.clone()), 0.25),
        (with(TrafficClass { weight: 9, ..plain.clone() }), 0.75),
        (with(TrafficClass { guarantee: part(0.3), ..plain.clone() }), 0.3 + 0.7 / 4.0),
        (with(TrafficClass { priority: 0, cap: part(0.4), ..plain.clone() }), 0.4),
        (
            with(TrafficClass {
                weight: 9,
                cap: Some(LinkPart::Rate(Rate(2_000_000_000))),
                ..plain.clone()
            }),
            0.25,
        ),
        (with(TrafficClass { priority: 0, ..plain }), 1.0),
    ];
    for (i, ([critical, ingest], wanted)) in cases.into_iter().enumerate() {
        assert!((critical - wanted).abs() < 2e-3, "case {i}: {critical} instead of {wanted}");
        assert!((critical + ingest - 1.0).abs() < 2e-3, "case {i}: the link is not full");
    }
}

/// A stream that leaves room: Poisson, 0.6 of the link. Strict priority answers its requests at the
/// same instants as if it were alone, and the others get the rest.
#[test]
fn strict_priority_is_served_as_if_alone() {
    let mut both = scenario(&[class("critical", 0, 1), class("ingest", 1, 1)]);
    both.loads[0] = Load { requests: None, class: ClassId(1), ..poisson(600.0, 1) };
    let mut alone = both.clone();
    alone.loads.truncate(1);
    let (both, alone) = (run(&both), run(&alone));
    assert_eq!(both.requests[0], alone.requests[0]);
    let rest = 1.0 - alone.requests[0].bytes_per_s / LINK;
    assert!((both.requests[1].bytes_per_s / LINK - rest).abs() < 3e-3);
    let critical = of(&both, "critical");
    assert_eq!(critical.requests.bytes, both.requests[0].bytes);
    assert_eq!(of(&both, "default").requests.issued, 0);
}

/// All traffic in one class, and classes that nobody is in, change no fact; a class of its own for
/// everything does not either.
#[test]
fn one_class_is_no_class() {
    let none = run(&scenario(&[])).fingerprint;
    for class_of_all in [0, 1] {
        let mut one = scenario(&[class("critical", 3, 5), class("ingest", 1, 3)]);
        for load in &mut one.loads {
            load.class = ClassId(class_of_all);
        }
        assert_eq!(run(&one).fingerprint, none);
    }
}

fn admit(limit: Limit, beyond: Beyond) -> TrafficClass {
    TrafficClass { admission: Some(Admission { limit, beyond }), ..class("ingest", 1, 1) }
}

/// Twelve loops of which three are let in: three streams beside four, 3/7 of the link in classes of
/// one priority and weights 4 : 3; the other nine wait, so by Little's law a request waits three
/// times as long as it moves.
#[test]
fn so_many_requests_are_let_in_at_once() {
    let ingest = admit(Limit::Requests(3), Beyond::Queue);
    let critical = class("critical", 1, 4);
    let with = scenario(&[critical, TrafficClass { weight: 3, ..ingest }]);
    let run = run(&with);
    let requests = &of(&run, "ingest").requests;
    assert!((requests.bytes_per_s / LINK - 3.0 / 7.0).abs() < 2e-3);
    let stage = |name: &str| requests.stages.iter().find(|s| s.0 == name).expect("a stage").1;
    let (waited, moved) = (stage("admission"), stage("transfer"));
    assert!((waited / moved / 3.0 - 1.0).abs() < 0.01, "{waited} and {moved}");
    assert_eq!(requests.issued, requests.answered + requests.in_flight_end);
}

/// At 0.2 of the link by rate: queued ones come through at that rate, refused ones at no more; refused
/// or not, nothing is lost.
#[test]
fn payload_is_let_in_at_a_rate() {
    for beyond in [Beyond::Queue, Beyond::Refuse] {
        let limit = Limit::Rate(Rate((0.2 * 8.0 * LINK) as u64));
        let mut with = scenario(&[class("critical", 1, 1), admit(limit, beyond)]);
        with.groups[GroupId::from_index(0)].client.retry.cap = Span::from_ms(20);
        with.groups[GroupId::from_index(0)].client.retry.base = Span::from_ms(1);
        let run = run(&with);
        let ingest = of(&run, "ingest");
        let share = ingest.requests.bytes_per_s / LINK;
        let fits = match beyond {
            Beyond::Queue => (share - 0.2).abs() < 2e-3 && ingest.denied == 0,
            Beyond::Refuse => share < 0.2 && share > 0.1 && ingest.denied > 1_000,
        };
        assert!(fits, "{beyond:?}: {share}, {} denied", ingest.denied);
        assert!((run.requests[0].bytes_per_s / LINK - (1.0 - share)).abs() < 4e-3);
        let requests = &ingest.requests;
        let over = requests.answered + requests.failed;
        assert_eq!(requests.issued, over + requests.in_flight_end);
    }
}

/// On a converged network of 1 GB/s adapters a ring of two nodes moves the gradient's 500 MB each way
/// while reads would fill the same cables: 0.5 s strict, 1 s by equal weights against one stream.
#[test]
fn gradients_have_a_class_of_their_own() {
    let exposed = |gradient_class: TrafficClass| {
        let mut s = scenario(&[class("reads", 1, 1), gradient_class]);
        s.store.controller.nic = nic(common::FAST);
        s.groups[GroupId(0)].count = 2;
        s.groups[GroupId(0)].gpus = 1;
        s.groups[GroupId(0)].storage_nic = nic(Rate(8 * LINK as u64));
        s.compute_fabric = Some(s.storage_fabric);
        for load in &mut s.loads {
            load.class = ClassId(1);
        }
        let mut job = training(2, 1, 1e-3, 1);
        job.gradient = Some(Bytes(500_000_000));
        job.gradient_class = ClassId(2);
        let data = s.datasets[DatasetId(0)].clone();
        s.datasets.push(Dataset { sample_bytes: Dist::Constant(1.0), ..data });
        job.dataset = DatasetId(1);
        job.class = ClassId(1);
        s.training.push(job);
        let run = run(&s);
        let spent = run.gpu_seconds.by_state.iter().find(|s| s.0 == "comm_exposed");
        (spent.expect("a state").1 / 2.0, of(&run, "gradient").gradient_bytes)
    };
    let (strict, bytes) = exposed(class("gradient", 0, 1));
    assert!((strict - 0.5).abs() < 1e-6, "{strict}");
    assert_eq!(bytes, 1e9);
    let (weighted, _) = exposed(class("gradient", 1, 1));
    assert!((weighted - 1.0).abs() < 1e-3, "{weighted}");
}
