//! The same scenario is the same run; what is unrelated moves nobody else's chance.

use crate::common;

use common::recipe::fixed;
use common::{closed, lab, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::id::Table;
use gapcast::kernel::time::Span;
use gapcast::metrics::Fingerprint;
use gapcast::model::*;
use gapcast::probe::{Fact, GpuId, JobId, Probe, Stage, StationId};
use gapcast::sim::{run, run_replicate, run_with};
use std::sync::Arc;

const POLICIES: [Policy; 4] =
    [Policy::RoundRobin, Policy::LeastConnections, Policy::Hash, Policy::PowerOfTwo];

/// Seven scenarios, each with other choices of every feature, each with a policy of the balancer.
fn scenarios() -> impl Iterator<Item = Scenario> {
    (0..7).map(|back| fixed(back, POLICIES[usize::from(back) % 4]))
}

fn fingerprints(scenario: &Arc<Scenario>, threads: usize) -> Vec<String> {
    let runs = run(scenario, threads, &|_| {}).expect("threads can be started");
    runs.into_iter().map(|run| run.fingerprint).collect()
}

/// Whole summaries, not only fingerprints, are equal twice in a row, and the fingerprints of four
/// replicates at 1, 2 and 8 threads; the replicates differ from each other, and from those of another
/// seed. Deterministic: no false alarms.
#[test]
fn the_same_scenario_is_the_same_run_at_any_thread_count() {
    for (i, mut scenario) in scenarios().enumerate() {
        scenario.replicates = 4;
        let other = Arc::new(Scenario { seed: scenario.seed + 1, ..scenario.clone() });
        let scenario = Arc::new(scenario);
        let first = run_replicate(&scenario, 2);
        assert!(first == run_replicate(&scenario, 2), "scenario {i} twice in a row");
        let one = fingerprints(&scenario, 1);
        assert_eq!(one[2], first.fingerprint);
        for threads in [2, 8] {
            assert_eq!(one, fingerprints(&scenario, threads), "scenario {i}, {threads} threads");
        }
        let mut all = [one, fingerprints(&other, 2)].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8, "scenario {i}: replicates and seeds differ");
    }
}

/// The features that the scenarios above are meant to exercise really occur.
#[test]
fn the_scenarios_use_the_features() {
    let runs: Vec<_> = scenarios().map(|s| run_replicate(&Arc::new(s), 0)).collect();
    for stage in [
        "client_cpu",
        "cache_read",
        "set_up",
        "throttled",
        "controller_queue",
        "media",
        "slow_start",
    ] {
        let used = |run: &&gapcast::metrics::summary::RunSummary| {
            run.requests.iter().any(|r| r.stages.iter().any(|(s, t)| *s == stage && *t > 0.0))
        };
        assert!(runs.iter().any(|run| used(&run)), "{stage}");
    }
    for state in ["comm_exposed", "framework_overhead", "straggler_wait", "data_stall"] {
        let used = |(name, s): &(&str, f64)| *name == state && *s > 0.0;
        assert!(runs.iter().any(|run| run.gpu_seconds.by_state.iter().any(used)), "{state}");
    }
    assert!(runs.iter().any(|run| run.requests.iter().any(|r| r.failed > 0)), "given up");
}

fn idle_group(like: &NodeGroup) -> NodeGroup {
    NodeGroup { name: "idle".into(), count: 3, gpus: 2, ..like.clone() }
}

/// A further group of nodes on which nothing runs, behind the others, changes no fact at all: not
/// their times, order or ids. (One switch and fat-tree; leaf–spine spreads all nodes evenly over its
/// leaves, so there a further group moves hosts to other leaves, which is another network.)
#[test]
fn an_idle_group_behind_changes_no_fact() {
    for (i, scenario) in scenarios().enumerate() {
        let topology = &scenario.fabrics[scenario.storage_fabric].topology;
        if matches!(topology, Topology::LeafSpine { .. }) {
            continue;
        }
        let mut more = scenario.clone();
        let idle = idle_group(&more.groups[GroupId(0)]);
        more.groups.push(idle);
        let facts = |s: Scenario| run_with(&Arc::new(s), 0, Fingerprint::default()).digits();
        assert_eq!(facts(scenario), facts(more), "scenario {i}");
    }
}

/// Takes ids back to what they were before `gpus`, `nodes` and `jobs` were put in front.
struct Renumbered {
    facts: Fingerprint,
    gpus: u32,
    /// The first decode station, and how many of them are new.
    nodes: (u32, u32),
}

impl Renumbered {
    fn station(&self, station: StationId) -> StationId {
        let (first, new) = self.nodes;
        StationId(if station.0 >= first { station.0 - new } else { station.0 })
    }
}

impl Probe for Renumbered {
    fn on(&mut self, now: gapcast::kernel::time::Time, fact: Fact<'_>) {
        let gpu = |gpu: GpuId| GpuId(gpu.0 - self.gpus);
        let fact = match fact {
            Fact::Gpu(g, state) => Fact::Gpu(gpu(g), state),
            Fact::StallEnds(g, shares) => Fact::StallEnds(gpu(g), shares),
            Fact::BatchReady { gpu: g, batch } => Fact::BatchReady { gpu: gpu(g), batch },
            Fact::Arrives(station) => Fact::Arrives(self.station(station)),
            Fact::Begins { station, arrived } => {
                Fact::Begins { station: self.station(station), arrived }
            }
            Fact::Leaves { station, arrived, began } => {
                Fact::Leaves { station: self.station(station), arrived, began }
            }
            other => other,
        };
        self.facts.on(now, fact);
    }
}

/// An idle group in front, and a dataset that nobody reads in front: all ids move, all facts stay as
/// they were but for the ids. On one switch; in a fat-tree nodes in front take the ports of others.
#[test]
fn an_idle_group_and_a_dataset_in_front_change_ids_alone() {
    for (i, mut scenario) in scenarios().enumerate() {
        scenario.fabrics[FabricId(0)].topology = Topology::OneSwitch;
        let plain = run_with(&Arc::new(scenario.clone()), 0, Fingerprint::default()).digits();
        let devices = scenario.store.media.as_ref().map_or(0, |m| m.nodes * m.devices_per_node);
        let idle = idle_group(&scenario.groups[GroupId(0)]);
        let facts = Renumbered {
            facts: Fingerprint::default(),
            gpus: idle.count * idle.gpus,
            nodes: (scenario.store.controllers + devices, idle.count),
        };
        let mut unread = scenario.datasets[DatasetId(0)].clone();
        unread.name = "unread".into();
        scenario.groups = in_front(idle, &scenario.groups);
        scenario.datasets = in_front(unread, &scenario.datasets);
        for job in &mut scenario.training {
            (job.group, job.dataset) = (GroupId(1), DatasetId(1));
        }
        for load in &mut scenario.loads {
            (load.group, load.dataset) = (GroupId(1), DatasetId(1));
        }
        let moved = run_with(&Arc::new(scenario), 0, facts).facts.digits();
        assert_eq!(plain, moved, "scenario {i}");
    }
}

fn in_front<I: gapcast::kernel::id::Id, T: Clone>(new: T, table: &Table<I, T>) -> Table<I, T> {
    std::iter::once(new).chain(table.rows().iter().cloned()).collect()
}

/// What chance gave each request of one job: bytes, client CPU, service and media time.
struct Draws {
    job: JobId,
    draws: Vec<[u64; 4]>,
}

impl Probe for Draws {
    fn on(&mut self, now: gapcast::kernel::time::Time, fact: Fact<'_>) {
        let Fact::Answered(answer) = fact else { return };
        if answer.job != self.job {
            return;
        }
        let ends = answer.stretches.iter().skip(1).map(|s| s.since).chain([now]);
        let spent = |stage: Stage| {
            let parts = answer.stretches.iter().zip(ends.clone());
            parts.filter(|(s, _)| s.stage == stage).map(|(s, end)| end.since(s.since).0).sum()
        };
        self.draws.push([
            answer.bytes,
            spent(Stage::ClientCpu),
            spent(Stage::ControllerService),
            spent(Stage::Media),
        ]);
    }
}

/// A training job on a store whose slots and links are contended, but whose devices never queue, so
/// that the time at the media is chance alone.
fn contended() -> Scenario {
    let mut scenario = lab(2, 3);
    let exponential = |mean| Dist::Exponential { mean };
    scenario.groups[GroupId(0)].client.request_cpu = exponential(1e-4);
    let data = &mut scenario.datasets[DatasetId(0)];
    (data.objects, data.sample_bytes) = (500, Dist::Lognormal { median: 1e6, sigma: 1.0 });
    scenario.store.controllers = 3;
    scenario.store.controller.nic.rate = gapcast::kernel::units::Rate(25_000_000_000);
    scenario.store.controller.get_service = exponential(2e-3);
    scenario.store.balancer.policy = Policy::PowerOfTwo;
    let mut media = fixed(0, Policy::Hash).store.media.expect("the last choice has media");
    media.placement = Placement::Hash;
    media.device.queue_depth = 1 << 20;
    media.device.read_iops = 1e12;
    media.device.read_latency = exponential(1e-3);
    scenario.store.media = Some(media);
    scenario.training.push(training(2, 4, 5e-3, 30));
    scenario
}

fn draws(scenario: Scenario, job: u32) -> Vec<[u64; 4]> {
    let probe = Draws { job: JobId(job), draws: Vec::new() };
    let mut draws = run_with(&Arc::new(scenario), 0, probe).draws;
    draws.sort_unstable();
    draws
}

/// Another training job and a load on nodes and data of their own compete for the store, so the
/// first job's times and order of requests change; what chance gave each of its requests does not:
/// the same sizes, client CPU, service and media times, drawn for the request and not in turn.
/// Deterministic: no false alarms.
#[test]
fn other_jobs_leave_the_chance_of_a_job_alone() {
    let alone = contended();
    let mut shared = alone.clone();
    let mut group = shared.groups[GroupId(0)].clone();
    group.name = "others".into();
    let mut data = shared.datasets[DatasetId(0)].clone();
    data.name = "others".into();
    shared.groups = in_front(group, &shared.groups);
    shared.datasets = in_front(data, &shared.datasets);
    (shared.training[0].group, shared.training[0].dataset) = (GroupId(1), DatasetId(1));
    let other = Training { name: "other".into(), ..training(2, 4, 5e-3, 30) };
    shared.training.insert(0, other);
    shared.loads.push(closed(4, Dist::Exponential { mean: 1e-3 }, 200));
    let end =
        |s: &Scenario, job: usize| run_replicate(&Arc::new(s.clone()), 0).training[job].duration_s;
    assert!(end(&shared, 1) > 1.05 * end(&alone, 0), "the jobs do compete");
    let (before, after) = (draws(alone, 0), draws(shared, 1));
    assert_eq!(before.len(), 2 * 30 * 4);
    assert_eq!(before, after);
}

/// A store twice as slow gives every request of a closed load twice its service time and the same
/// of all else: designs are compared on common random numbers. Deterministic: no false alarms.
#[test]
fn designs_are_compared_on_common_random_numbers() {
    let scenario = |slower: f64| {
        let mut scenario = contended();
        scenario.training.clear();
        scenario.loads.push(closed(6, Dist::Exponential { mean: 1e-3 }, 300));
        let service = &mut scenario.store.controller.get_service;
        *service = service.scaled(slower);
        scenario
    };
    // Reads come back in another order, so they are matched by size, client CPU and media.
    let without_service = |draws: Vec<[u64; 4]>| -> Vec<_> {
        let mut rest: Vec<_> = draws.iter().map(|d| (d[0], d[1], d[3], d[2])).collect();
        rest.sort_unstable();
        rest
    };
    let (fast, slow) =
        (without_service(draws(scenario(1.0), 0)), without_service(draws(scenario(2.0), 0)));
    for (fast, slow) in fast.iter().zip(&slow) {
        assert_eq!((fast.0, fast.1, fast.2), (slow.0, slow.1, slow.2));
        let difference = Span(slow.3.abs_diff(2 * fast.3));
        assert!(difference <= Span(1), "twice the service, to the rounding: {fast:?} {slow:?}");
    }
}
