//! Disturbances of ways, GPUs, CPUs, arrivals and caches against closed forms.

use crate::common;

use common::recipe::fixed;
use common::stats::{assert_mean, replicates};
use common::{closed, lab, nic, poisson, training};
use gapcast::fabric::tcp::loss_rate;
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;
use gapcast::sim::{run, run_replicate};
use std::sync::Arc;

fn disturb(name: &str, what: Disturb) -> Disturbance {
    Disturbance { name: name.into(), on: true, what }
}

fn jitter(delay: Dist, correlation: Span, keeps_order: bool) -> Disturb {
    Disturb::Jitter(Jitter { delay, shift_s: 0.0, correlation, keeps_order })
}

/// One client that asks for one byte at a time over ways of 5 ms each.
fn far(requests: u64) -> Scenario {
    let mut scenario = lab(0, 1);
    scenario.fabrics[FabricId(0)].host_propagation = Span::from_us(2_500);
    scenario.loads.push(closed(1, Dist::Constant(0.0), requests));
    scenario
}

/// Theory: what is added to a round trip once, is added to every request once. Exact.
#[test]
fn added_latency_is_a_longer_cable() {
    let mut disturbed = far(50);
    disturbed.production.push(disturb("wan", Disturb::Latency { added: Dist::Constant(0.030) }));
    let mut longer = far(50);
    longer.fabrics[FabricId(0)].host_propagation = Span::from_ms(10);
    let [a, b] = [disturbed, longer].map(|s| run_replicate(&Arc::new(s), 0));
    assert_eq!(a.requests[0].total, b.requests[0].total);
    assert!((a.requests[0].total.mean_s - 0.040).abs() < 1e-9);
}

/// Theory: a request of one packet there and one back takes two draws more. 3.29 sigma over 20
/// replicates: one false alarm in a thousand seeds.
#[test]
fn jitter_adds_its_mean_each_way_to_lone_packets() {
    for keeps_order in [true, false] {
        let mut scenario = far(400);
        let delay = Dist::Exponential { mean: 2e-3 };
        scenario.production.push(disturb("jitter", jitter(delay, Span::ZERO, keeps_order)));
        let runs = replicates(scenario, 20);
        // One client waits for each answer before it asks again: nothing can be overtaken.
        assert_mean("mean", &runs, |r| r.requests[0].total.mean_s, 0.014, 1e-3);
    }
}

/// Theory: onsets are Poisson in calendar time, so a request meets a spike with the share of time
/// that spikes take, 0.1/(0.9 + 0.1); long spikes hold both of its ways, so it takes 40 ms more. A
/// request begun just before an onset meets it on its way back alone, but requests in spikes take
/// longer and so are fewer per second: with N requests of 10 ms outside and 50 ms inside, the mean
/// over time of the delay is what is tested: Σ total = run length.
#[test]
fn spikes_take_their_share_of_time() {
    let mut scenario = far(20_000);
    let spikes = Disturb::Spikes {
        interval: Dist::Exponential { mean: 9.0 },
        duration: Dist::Exponential { mean: 1.0 },
        height: Dist::Constant(0.040),
    };
    scenario.production.push(disturb("spikes", spikes));
    let runs = replicates(scenario, 20);
    // Requests per second: 0.9/10 ms + 0.1/50 ms = 92, less 0.1 % at the edges.
    assert_mean("rate", &runs, |r| r.requests[0].requests_per_s, 92.0, 1e-3);
    let delayed = |r: &gapcast::metrics::summary::RunSummary| {
        let stage = r.requests[0].stages.iter().find(|(s, _)| *s == "path_delay").unwrap().1;
        stage * r.requests[0].requests_per_s
    };
    // 2 requests a second of 20 in a spike, each delayed by 40 ms: 0.1·20·0.04 = 0.08.
    assert_mean("delayed", &runs, delayed, 0.08, 1e-3);
}

/// Theory: a long transfer moves at CUBIC's steady state for the combined loss (RFC 9438, §5.1), but
/// for its last 32 losses of 830, which are drawn: 2 %, five times their standard error.
#[test]
fn loss_adds_to_the_transports_own() {
    let tcp =
        Tcp { window_limit: Bytes(64 << 20), idle_restart: true, loss: 1e-4, ..common::tcp(0) };
    let mut scenario = far(1);
    scenario.fabrics[FabricId(0)].transport = Transport::Tcp(tcp.clone());
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(4e9);
    scenario.production.push(disturb("loss", Disturb::Loss { rate: 2e-4 }));
    let run = run_replicate(&Arc::new(scenario), 0);
    let both = 1.0 - (1.0 - 1e-4) * (1.0 - 2e-4);
    let rate = loss_rate(&Tcp { loss: both, ..tcp }, Span::from_ms(10));
    let expected = 4e9 / rate;
    assert!((run.requests[0].total.mean_s / expected - 1.0).abs() < 0.02, "{expected}");
}

/// Theory: a step takes as long as its slowest rank. All slow: exactly three times as long; with a
/// share q of n ranks slow at a time, drawn anew every step, the mean step is
/// 1 + 2·(1 − (1 − q)^n).
#[test]
fn stragglers_set_the_pace() {
    let base = |share, redraw| {
        let mut scenario = lab(8, 64);
        scenario.training.push(training(8, 1, 0.1, 200));
        let slow = Disturb::Stragglers { share, slowdown: 3.0, redraw };
        scenario.production.push(disturb("slow", slow));
        scenario
    };
    let all = run_replicate(&Arc::new(base(1.0, None)), 0);
    assert!((all.training[0].duration_s / (200.0 * 0.3) - 1.0).abs() < 1e-6);
    // Drawn anew every 1 ps: for each step and rank on its own.
    let runs = replicates(base(0.05, Some(Span(1))), 30);
    let expected = 200.0 * (0.1 + 0.2 * (1.0 - libm::pow(0.95, 8.0)));
    assert_mean("duration", &runs, |r| r.training[0].duration_s, expected, 1e-3);
    let kept = replicates(base(0.05, None), 30);
    let extremes = |r: &gapcast::metrics::summary::RunSummary| {
        let steps = r.training[0].duration_s / 20.0;
        (steps - 1.0).abs() < 1e-6 || (steps - 3.0).abs() < 1e-6
    };
    assert!(kept.iter().all(extremes), "the same ranks are slow throughout");
}

/// Theory: with decoding as the bottleneck, throughput is cores/decode time: 8 cores and 10 ms make
/// 800/s; with half the cores taken and 1.5 times the work, 800/3. Exact but for the first batch.
#[test]
fn a_decode_shortage_divides_the_cores() {
    let samples_per_s = |production: Vec<Disturbance>| {
        let mut scenario = lab(1, 64);
        scenario.groups[GroupId(0)].cpu_cores = 8;
        let job = Training {
            workers: 16,
            in_flight_batches: 32,
            decode: Dist::Constant(0.010),
            ..training(1, 8, 1e-3, 500)
        };
        scenario.training.push(job);
        scenario.production = production;
        run_replicate(&Arc::new(scenario), 0).training[0].samples_per_s
    };
    let shortage = Disturb::DecodeShortage { cores_taken: 0.5, slowdown: 1.5 };
    let (alone, short) = (samples_per_s(vec![]), samples_per_s(vec![disturb("cpu", shortage)]));
    assert!((alone / 800.0 - 1.0).abs() < 0.02, "{alone}");
    assert!((short / (800.0 / 3.0) - 1.0).abs() < 0.02, "{short}");
}

/// Theory: bursts of peak 4 keep the mean arrival rate (checked over 30 replicates), and at a server
/// of load 0.5 make a queue that a Poisson stream does not: in a burst the load is 2.
#[test]
fn bursts_keep_the_rate_and_make_a_queue() {
    let one = |bursts: bool| {
        let mut scenario = lab(0, 1);
        scenario.store.controller.get_service = Dist::Exponential { mean: 5e-4 };
        scenario.loads.push(poisson(1_000.0, 40_000));
        let burst = Dist::Exponential { mean: 0.05 };
        if bursts {
            let bursty = Disturb::Burstiness { burst, peak: 4.0 };
            scenario.production.push(disturb("bursts", bursty));
        }
        replicates(scenario, 30)
    };
    let (steady, bursty) = (one(false), one(true));
    let rate = |r: &gapcast::metrics::summary::RunSummary| r.end_s / 40.0;
    // A run ends with its last answer; the first burst begins after a pause of 0.15 s in the mean.
    assert_mean("length", &bursty, |r| rate(r) - 0.15 / 40.0, 1.0, 1e-3);
    let wait = |runs: &[gapcast::metrics::summary::RunSummary]| {
        runs.iter().map(|r| r.stations[0].wait.mean_s).sum::<f64>() / runs.len() as f64
    };
    assert!(wait(&bursty) > 20.0 * wait(&steady), "{} {}", wait(&bursty), wait(&steady));
}

/// Theory: a cache as large as the dataset holds all of it after an epoch, so that a warm run misses
/// nothing; one of half the size under a fresh random order holds what the last half of the epoch
/// read: a read of place x of the next epoch hits if it is among them and not yet pushed out. The
/// twin is a cold run of two epochs: its second epoch has as many hits, over 12 replicates.
#[test]
fn warm_caches_hold_what_an_epoch_leaves() {
    let cached = |share: f64, epochs: u32, warm: bool| {
        let mut scenario = lab(1, 64);
        scenario.datasets[DatasetId(0)].objects = 400;
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(1e6);
        scenario.groups[GroupId(0)].caches.push(CacheSpec {
            name: "RAM".into(),
            capacity: Bytes((400e6 * share) as u64),
            read_rate: common::FAST,
            latency: Dist::Constant(1e-6),
        });
        scenario.training.push(Training { epochs, ..training(1, 4, 1e-3, 100) });
        let cold = Disturbance { name: "cold".into(), on: !warm, what: Disturb::ColdCache };
        scenario.production.push(cold);
        replicates(scenario, 12)
    };
    let hits = |r: &gapcast::metrics::summary::RunSummary| r.requests[0].cache_hits as f64;
    assert!(cached(1.0, 1, true).iter().all(|r| hits(r) == 400.0));
    assert!(cached(1.0, 1, false).iter().all(|r| hits(r) == 0.0));
    let twin = cached(0.5, 2, false);
    let mean = twin.iter().map(hits).sum::<f64>() / twin.len() as f64;
    println!("hits in the second epoch {mean}");
    // The twin's own scatter is as large: half the false-alarm budget each.
    assert_mean("hits", &cached(0.5, 1, true), hits, mean, 1e-5);
}

/// Disturbances without an effect, or switched off, leave every fact where it was; all of them at
/// once leave time, bytes and requests conserved (asserted in the run) and the run the same at any
/// thread count. Deterministic: no false alarms.
#[test]
fn nothing_is_moved_by_what_does_nothing_and_everything_is_conserved() {
    let all = |on: bool| {
        let exponential = |mean| Dist::Exponential { mean };
        let spikes = Disturb::Spikes {
            interval: exponential(0.05),
            duration: exponential(0.02),
            height: exponential(0.01),
        };
        let slow = Disturb::Stragglers { share: 0.3, slowdown: 1.5, redraw: None };
        let shortage = Disturb::DecodeShortage { cores_taken: 0.5, slowdown: 2.0 };
        let bursts = Disturb::Burstiness { burst: exponential(0.02), peak: 3.0 };
        let list = [
            disturb("latency", Disturb::Latency { added: exponential(2e-3) }),
            disturb("fast", jitter(exponential(1e-3), Span::ZERO, true)),
            disturb("slow", jitter(exponential(1e-3), Span::from_ms(50), false)),
            disturb("spikes", spikes),
            disturb("loss", Disturb::Loss { rate: 1e-4 }),
            disturb("stragglers", slow),
            disturb("cpu", shortage),
            disturb("bursts", bursts),
            disturb("cold", Disturb::ColdCache),
        ];
        list.map(|d| Disturbance { on, ..d }).to_vec()
    };
    for back in 0..7 {
        let plain = fixed(back, Policy::RoundRobin);
        let first = run_replicate(&Arc::new(plain.clone()), 0).fingerprint;
        let mut idle = plain.clone();
        // Off but for the cold cache, which is how a run without [production] starts.
        idle.production = all(false);
        idle.production.last_mut().unwrap().on = true;
        idle.production.push(disturb("nil", Disturb::Latency { added: Dist::Constant(0.0) }));
        assert_eq!(first, run_replicate(&Arc::new(idle), 0).fingerprint, "scenario {back}");
        let mut worst = plain;
        worst.production = all(true);
        worst.replicates = 3;
        let worst = Arc::new(worst);
        let prints = |threads| -> Vec<String> {
            let runs = run(&worst, threads, &|_| {}).expect("threads can be started");
            runs.into_iter().map(|run| run.fingerprint).collect()
        };
        let one = prints(1);
        assert_ne!(one[0], first, "scenario {back}");
        assert_eq!(one, prints(2), "scenario {back}");
        assert_eq!(one, prints(8), "scenario {back}");
    }
}

/// A narrow pipe keeps its rate under jitter: what varies is when bytes arrive, not how many leave.
#[test]
fn jitter_on_a_full_pipe_costs_little() {
    let one = |production: Vec<Disturbance>| {
        let mut scenario = far(200);
        scenario.loads[0] = closed(8, Dist::Constant(0.0), 200);
        scenario.groups[GroupId(0)].storage_nic = nic(Rate(1_000_000_000));
        scenario.store.controller.slots = 64;
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(8e6);
        scenario.production = production;
        run_replicate(&Arc::new(scenario), 0).requests[0].bytes_per_s
    };
    let wild = jitter(Dist::Uniform { low: 0.0, high: 10e-3 }, Span::ZERO, true);
    let (calm, shaken) = (one(vec![]), one(vec![disturb("jitter", wild)]));
    assert!(shaken > 0.95 * calm, "{shaken} of {calm}");
}
