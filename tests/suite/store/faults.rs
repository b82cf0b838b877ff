//! Boxes, cables and sites that fail, against closed forms; and that nothing is lost in any storm of
//! faults and client policies. Tests without chance are exact; the others state their rate of false
//! alarms.

use crate::common;

use common::recipe::{SPREAD, recipes, sixty_runs};
use common::stats::{assert_mean, replicates};
use common::storm::{STORM, by_law, exponential, faults, in_a_storm, target};
use common::{closed, lab, poisson, tcp};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::{Span, Time};
use gapcast::kernel::units::Rate;
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;
use gapcast::sim::{self, run_replicate};
use proptest::prelude::*;
use std::sync::Arc;

const FALSE_ALARM: f64 = 1e-3;

fn constant(s: f64) -> Dist {
    Dist::Constant(s)
}

fn run(scenario: Scenario) -> RunSummary {
    run_replicate(&Arc::new(scenario), 0)
}

/// Down from `from` to `until` seconds.
fn once(who: &str, from: f64, until: f64) -> FaultCourse {
    let at = |s: f64| Time::ZERO + Span::from_s(s);
    FaultCourse::Events(vec![(target(who), vec![(at(from), at(until))])])
}

fn client(scenario: &mut Scenario) -> &mut Client {
    &mut scenario.groups[GroupId(0)].client
}

fn near(got: f64, exact: f64) -> bool {
    (got - exact).abs() <= 1e-9 * exact.abs().max(1e-9)
}

fn media(nodes: u32, redundancy: Redundancy) -> Media {
    let rate = Rate(8_000_000_000);
    let device = Device {
        read_rate: rate,
        write_rate: rate,
        queue_depth: 64,
        ..common::device(constant(0.0))
    };
    Media {
        nodes,
        devices_per_node: 1,
        device,
        node_rate: common::FAST,
        redundancy,
        placement: Placement::RoundRobin,
    }
}

/// Alternating renewal: in the long run a box is up MTTF/(MTTF + MTTR) of the time, here 0.8; from
/// whole at time 0 the mean over [0, T] is a + (1 − a)·(1 − e^(−T/τ))·τ/T with
/// 1/τ = 1/MTTF + 1/MTTR. t test over replicates of 4 controllers: one false alarm in a thousand.
#[test]
fn availability_is_the_share_of_up_time() {
    let (failure, repair, length) = (4.0, 1.0, 200.0);
    let mut scenario = lab(0, 4);
    scenario.store.controllers = 4;
    scenario.loads.push(poisson(0.1, 1));
    scenario.loads[0].requests = None;
    scenario.horizon = Some(Span::from_s(length));
    let course = by_law(&["controller:*"], exponential(failure), exponential(repair));
    scenario.production.push(faults("boxes", course));
    client(&mut scenario).patience.first_byte_timeout = Some(Span::from_ms(50));
    let runs = replicates(scenario, 40);
    let (long_run, tau) = (failure / (failure + repair), 1.0 / (1.0 / failure + 1.0 / repair));
    let begins_up = (1.0 - long_run) * (1.0 - libm::exp(-length / tau)) * tau / length;
    let mean = |run: &RunSummary| run.faults.iter().map(|f| f.availability).sum::<f64>() / 4.0;
    assert_mean("availability", &runs, mean, long_run + begins_up, FALSE_ALARM);
    assert!(runs.iter().all(|run| run.faults.len() == 4));
}

/// A code of k + m shards on as many drives serves a read at once while at least k are up:
/// Σ C(n, i) aⁱ(1 − a)ⁿ⁻ⁱ over i ≥ k. A request a second finds that many of its kind; the rest wait.
/// t test over replicates; the drives start whole, so the first 40 mean repairs are warm-up.
#[test]
fn a_stripe_is_there_while_k_of_n_drives_are() {
    let (k, n, failure, repair) = (3, 5, 3.0, 1.0);
    let mut scenario = lab(0, 100_000);
    scenario.store.media = Some(media(n, Redundancy::Erasure { data: k, parity: n - k }));
    scenario.loads.push(poisson(2.0, 1));
    scenario.loads[0].requests = None;
    scenario.warm_up = Span::from_s(40.0);
    scenario.horizon = Some(Span::from_s(440.0));
    let course = by_law(&["device:*"], exponential(failure), exponential(repair));
    scenario.production.push(faults("drives", course));
    let runs = replicates(scenario, 40);
    let up = failure / (failure + repair);
    let choose = |i: u32| (0..i).fold(1.0, |c, j| c * f64::from(n - j) / f64::from(j + 1));
    let term =
        |i: u32| choose(i) * libm::pow(up, f64::from(i)) * libm::pow(1.0 - up, f64::from(n - i));
    let there: f64 = (k..=n).map(term).sum();
    let served =
        |run: &RunSummary| 1.0 - run.requests[0].stranded as f64 / run.requests[0].issued as f64;
    assert_mean("k of n", &runs, served, there, FALSE_ALARM);
}

/// One client after the other, a second each, a controller that dies for a while.
fn with_outage(from: f64, until: f64) -> Scenario {
    let mut scenario = lab(0, 4);
    scenario.store.controller.get_service = constant(1.0);
    scenario.loads.push(closed(1, constant(0.0), 3));
    client(&mut scenario).retry = Retry { attempts: 50, base: Span(1), cap: Span(1) };
    scenario.production.push(faults("box", once("controller:controller-0", from, until)));
    scenario
}

/// A box that is down does not answer. The request that was there at 1.5 s is given up at 3 s, 2 s
/// after it was sent, the next attempt at 5 s (its retransmissions come at 3.2, 3.6 and 4.4 s, too
/// early for the repair at 4.5 s), and the one sent then finds the box back.
#[test]
fn a_dead_box_is_found_out_by_time_outs() {
    let mut scenario = with_outage(1.5, 4.5);
    client(&mut scenario).patience.first_byte_timeout = Some(Span::from_secs(2));
    let run = run(scenario);
    let requests = &run.requests[0];
    assert_eq!((requests.resets, requests.policies.timeouts), (0, 2));
    assert!((run.end_s - 7.0).abs() < 1e-6, "{}", run.end_s);
    assert_eq!((run.faults[0].faults, run.faults[0].down_s), (1, 3.0));
    assert!(near(run.faults[0].availability, 1.0 - 3.0 / run.end_s));
}

/// Without time-outs TCP tries again 0.2, 0.6, 1.4, 3 … s later. The box is back at 4 s and knows
/// nothing of the connection: the retransmission 3 s after 1.5 s, at 4.5 s, is answered by a reset.
#[test]
fn a_box_that_is_back_resets_connections_it_does_not_know() {
    let run = run(with_outage(1.5, 4.0));
    assert_eq!((run.requests[0].resets, run.requests[0].policies.timeouts), (1, 0));
    assert!((run.end_s - 6.5).abs() < 1e-6, "{}", run.end_s);
}

/// A box that never comes back: the data of the request that was there is given up after 924.6 s; an
/// attempt to connect anew after 127 s, once for each attempt.
#[test]
fn tcp_gives_up_when_nobody_answers() {
    let mut scenario = with_outage(0.5, 1e6);
    scenario.loads[0].requests = Some(1);
    client(&mut scenario).retry.attempts = 3;
    client(&mut scenario).idle_timeout = Some(Span(1));
    scenario.fabrics[FabricId(0)].host_propagation = Span::from_us(10);
    scenario.fabrics[FabricId(0)].transport = Transport::Tcp(tcp(2));
    let run = run(scenario);
    assert_eq!((run.requests[0].failed, run.requests[0].policies.timeouts), (1, 3));
    assert!((run.end_s - (0.5 + 924.6 + 2.0 * 127.0)).abs() < 1e-3, "{}", run.end_s);
}

/// Two controllers, one dead from the beginning; the balancer notices after 100 ms and then sends
/// everything to the other. Without faults requests take a second; who went to the dead one before
/// waits for his time-out.
#[test]
fn the_balancer_avoids_who_is_dead() {
    let mut scenario = lab(0, 1_000);
    scenario.store.controllers = 2;
    scenario.store.controller.get_service = constant(0.001);
    scenario.loads.push(poisson(100.0, 2_000));
    client(&mut scenario).patience.first_byte_timeout = Some(Span::from_ms(20));
    client(&mut scenario).retry = Retry { attempts: 50, base: Span(1), cap: Span(1) };
    scenario.production.push(faults("box", once("controller:controller-1", 0.0, 1e6)));
    let run = run(scenario);
    let timeouts = run.requests[0].policies.timeouts;
    // About 10 requests in 100 ms, half of their attempts to the dead one.
    assert!((1..=40).contains(&timeouts), "{timeouts}");
    assert_eq!(run.requests[0].answered, 2_000);
}

/// A read of 2 GB over two drives of 1 GB/s, of a 2+1 code. At 0.5 s one of the two dies: the other
/// half is read from the drive that is left and from parity, so the read ends as if nothing had
/// happened; without parity left it waits for the repair at 3 s.
#[test]
fn a_read_goes_on_from_other_drives() {
    let mut scenario = lab(0, 1);
    scenario.store.media = Some(media(3, Redundancy::Erasure { data: 2, parity: 1 }));
    scenario.datasets[DatasetId(0)].sample_bytes = constant(2e9);
    scenario.datasets[DatasetId(0)].objects = 3;
    scenario.loads.push(closed(1, constant(0.0), 1));
    scenario.production.push(faults("one", once("storage_node:*", 10.0, 11.0)));
    assert!(near(run(scenario.clone()).end_s, 1.0));
    let at = |s: f64| Time::ZERO + Span::from_s(s);
    for (nodes, end) in [(0..1, 1.0), (1..2, 1.0), (2..3, 1.0), (0..2, 3.5), (1..3, 3.5)] {
        let outages = nodes.map(|i| {
            let who = target(&format!("storage_node:storage-{i}"));
            (who, vec![(at(0.5), at(3.0))])
        });
        scenario.production[0] = faults("some", FaultCourse::Events(outages.collect()));
        let got = run(scenario.clone()).end_s;
        assert!((got - end).abs() < 1e-6, "{got} instead of {end}");
    }
}

/// A read of what is down for good, by a client that waits for ever, never ends: an error, no panic.
#[test]
fn what_never_comes_back_is_an_error() {
    let mut scenario = lab(0, 1);
    scenario.store.media = Some(media(2, Redundancy::Erasure { data: 2, parity: 0 }));
    scenario.loads.push(closed(1, constant(0.0), 1));
    let forever = vec![(Time::ZERO, Time::NEVER)];
    let course = FaultCourse::Events(vec![(target("device:storage-1/*"), forever)]);
    scenario.production.push(faults("drive", course));
    let why = sim::try_replicate(&Arc::new(scenario), 0).map(|run| run.end_s);
    match why {
        Err(sim::RunError::DownForGood { who, disturbance }) => {
            assert_eq!(
                (who.as_str(), disturbance.as_str()),
                ("device:storage-1/device-0", "drive")
            );
        }
        other => panic!("{other:?}"),
    }
}

/// A switch that is down holds up all its cables: a transfer of 1 s that it interrupts for 2 s ends
/// 2 s later.
#[test]
fn a_switch_takes_its_cables_with_it() {
    let mut scenario = lab(0, 1);
    scenario.groups[GroupId(0)].storage_nic = common::nic(Rate(8_000_000_000));
    scenario.datasets[DatasetId(0)].sample_bytes = constant(1e9);
    scenario.loads.push(closed(1, constant(0.0), 1));
    let whole = run(scenario.clone()).end_s;
    scenario.production.push(faults("switch", once("switch:*", 0.5, 2.5)));
    let run = run(scenario);
    assert!((run.end_s - whole - 2.0).abs() < 1e-6, "{} after {whole}", run.end_s);
    assert_eq!(run.faults.len(), 1, "{:?}", run.faults);
}

/// A file of events is the same as the law of the shipped scenario, fact for fact, but for its name.
#[test]
fn a_file_of_events_is_played() {
    let text = include_str!("../../../scenarios/site-failure.toml");
    let law = "targets = [\"site:near\"]\ntime_to_failure = \"20 s\"\ntime_to_repair = \"30 s\"\n";
    let listed = text.replace(law, "events = \"outage.csv\"\n");
    assert_ne!(listed, text);
    let folder = tempfile::tempdir().expect("a folder");
    let events = "t_s,target,state\n20,site:near,down\n50,site:near,up\n";
    std::fs::write(folder.path().join("outage.csv"), events).expect("written");
    let path = folder.path().join("site-failure.toml");
    std::fs::write(&path, listed).expect("written");
    let read = |path: &std::path::Path| {
        let steps = vec![("training.vision.steps".to_owned(), "130".to_owned())];
        let loaded = gapcast::spec::load_with(path, &steps).unwrap_or_else(|why| panic!("{why}"));
        run(loaded.scenario)
    };
    let (by_law, by_file) = (read("scenarios/site-failure.toml".as_ref()), read(&path));
    assert_eq!(by_law.fingerprint, by_file.fingerprint);
    assert_eq!((by_file.faults[0].who.as_str(), by_file.faults[0].faults), ("site:near", 1));
}

/// What the reader lets by at the second site, the network and the store know under the same names.
#[test]
fn every_site_numbers_its_own_boxes() {
    let text = include_str!("../../bad/faults-sites.toml");
    let sound = text.split("[production.nobody]").next().expect("the first part");
    let loaded = gapcast::spec::parse_str("sites.toml", sound, None);
    let mut scenario = loaded.unwrap_or_else(|why| panic!("{why}")).scenario;
    scenario.horizon = Some(Span::from_ms(1));
    let who: Vec<String> = run(scenario).faults.into_iter().map(|fault| fault.who).collect();
    let [gateway, node, link] = &who[..] else { panic!("{who:?}") };
    assert_eq!(gateway, "controller:paris/controller-0");
    assert_eq!(node, "storage_node:paris/storage-7");
    assert_eq!(link, "link:north oslo → paris");
}

proptest! {
    #![proptest_config(sixty_runs())]

    /// Random small scenarios, at one site or two, under random faults and client
    /// policies: closing the books asserts, in release builds too, that GPU-time, stalls, bytes, requests (issued = answered + failed + in
    /// flight) and Little's law at every station hold to the picosecond; and two replicates are the
    /// same on one, two and eight threads. Deterministic laws: no false alarms.
    #[test]
    fn nothing_is_lost_in_a_storm(
        recipe in recipes(),
        apart in any::<[u8; SPREAD]>(),
        bytes in any::<[u8; STORM]>(),
    ) {
        let mut scenario = in_a_storm(&recipe, &apart, &bytes);
        scenario.replicates = 2;
        let scenario = Arc::new(scenario);
        let prints = |threads| -> Vec<String> {
            let runs = sim::run(&scenario, threads, &|_| {}).expect("threads can be had");
            for requests in runs.iter().flat_map(|run| &run.requests) {
                let known = requests.answered + requests.failed + requests.in_flight_end;
                assert_eq!(requests.issued, known, "{}", requests.job);
            }
            runs.into_iter().map(|run| run.fingerprint).collect()
        };
        let one = prints(1);
        prop_assert_eq!(&one, &prints(2));
        prop_assert_eq!(&one, &prints(8));
    }
}
