//! Cables that fail under routes that learn of it: completion times in closed form.

use crate::common;

use common::{closed, lab, nic};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::Rate;
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

/// Seconds that the one transfer takes by itself, that cables are up, and that they are down.
#[derive(Clone, Copy)]
struct Course {
    work: f64,
    up: f64,
    down: f64,
}

const ONCE: Course = Course { work: 5.0, up: 4.0, down: 10.0 };

/// One client reads one object over 100 Gb/s, from a store on another leaf; the cables that `fails`
/// means go down and come back, again and again.
fn run(spines: u32, fails: &str, course: Course, routing: Routing) -> RunSummary {
    let mut scenario = lab(1, 1);
    let fabric = &mut scenario.fabrics[FabricId(0)];
    let uplink = Rate(100_000_000_000);
    fabric.topology =
        Topology::LeafSpine { leaves: 1, storage_leaves: 1, spines, uplink, uplinks: 1 };
    fabric.routing = routing;
    scenario.groups[GroupId(0)].storage_nic = nic(uplink);
    scenario.store.controller.nic = nic(uplink);
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(course.work * 12.5e9);
    scenario.loads.push(closed(1, Dist::Constant(0.0), 1));
    scenario.production.push(Disturbance {
        name: "cut".into(),
        on: true,
        what: Disturb::LinkFaults {
            cables: vec![CablePattern::parse(fails)],
            interval: Dist::Constant(course.up),
            duration: Dist::Constant(course.down),
            remaining: 0.0,
        },
    });
    run_replicate(&Arc::new(scenario), 0)
}

fn ecmp(reconvergence_ms: Option<u64>, local_ms: Option<u64>) -> Routing {
    Routing {
        reconvergence: reconvergence_ms.map(Span::from_ms),
        local_repair: local_ms.map(Span::from_ms),
        ..Routing::default()
    }
}

fn total(run: &RunSummary) -> f64 {
    assert_eq!(run.requests[0].answered, 1);
    run.requests[0].total.max_s
}

fn assert_s(what: &str, got: f64, wanted: f64) {
    println!("{what}: {got:.6} s for {wanted:.6}");
    assert!((got - wanted).abs() < 1e-6, "{what}: {got} s, not {wanted}");
}

/// The spine that the transfer takes: the one whose cables carry it while routes never change.
fn spine_taken() -> u32 {
    let stands = |spine: &u32| {
        let fails = format!("spine-{spine}");
        total(&run(2, &fails, ONCE, ecmp(None, None))) > 10.0
    };
    let taken: Vec<u32> = (0..2).filter(stands).collect();
    assert_eq!(taken.len(), 1, "one path, one spine: {taken:?}");
    taken[0]
}

/// 5 s of data; the spine dies after 4 s for 10 s. Routes that never change: 5 + 10. Learnt after
/// 400 ms: 5.4. Learnt after 20 s, when it is back: as never. Exact to a microsecond: no false alarms.
#[test]
fn a_transfer_stands_still_until_routes_are_around_the_failure() {
    let spine = format!("spine-{}", spine_taken());
    assert_s("never", total(&run(2, &spine, ONCE, ecmp(None, None))), 15.0);
    assert_s("400 ms", total(&run(2, &spine, ONCE, ecmp(Some(400), None))), 5.4);
    assert_s("at once", total(&run(2, &spine, ONCE, ecmp(Some(0), None))), 5.0);
    assert_s("too late", total(&run(2, &spine, ONCE, ecmp(Some(20_000), None))), 15.0);
    let spray = PathPolicy::Spray { efficiency: 1.0 };
    let spray = Routing { policy: spray, ..ecmp(Some(400), None) };
    assert_s("sprayed", total(&run(2, &spine, ONCE, spray)), 5.4);
}

/// The leaf that sends into the dead cable knows after 50 ms and has another; the spine that does has
/// none, so that the leaf must learn of it first, after 400 ms.
#[test]
fn only_who_has_another_way_repairs_locally() {
    let spine = spine_taken();
    let routing = ecmp(Some(400), Some(50));
    // Data flows from the store's leaf-1 to leaf-0; both directions of a cable fail together.
    let near = format!("leaf-1 -> spine-{spine}");
    assert_s("uplink", total(&run(2, &near, ONCE, routing)), 5.05);
    let far = format!("spine-{spine} -> leaf-0");
    assert_s("downlink", total(&run(2, &far, ONCE, routing)), 5.4);
}

/// With one spine there is no other way: the transfer waits as if routes never changed.
#[test]
fn without_another_way_it_waits() {
    assert_s("alone", total(&run(1, "spine-0", ONCE, ecmp(Some(400), Some(50)))), 15.0);
}

/// 8 s of data, 4 s up and 1 s down in turn, 400 ms to learn either way: 4 s on the first spine, 0.4
/// lost, 1 s on the second (0.4 of it after the first is back), 3 s on the first again: 8.4 s, before
/// it fails again at 9 s. Each spine has carried its seconds.
#[test]
fn routes_return_when_the_cable_does() {
    let spine = spine_taken();
    let course = Course { work: 8.0, up: 4.0, down: 1.0 };
    let run = run(2, &format!("spine-{spine}"), course, ecmp(Some(400), None));
    assert_s("there and back", total(&run), 8.4);
    for (of, seconds) in [(spine, 7.0), (1 - spine, 1.0)] {
        let name = format!("spine-{of} → leaf-0");
        let link = run.links.iter().find(|link| link.name == name).expect("a downlink");
        assert_s(&name, link.bytes / 12.5e9, seconds);
    }
}
