//! A scenario and made-up results with the shape of real ones: 64 GPUs, 4 controllers slightly too
//! small. Numbers need not agree with any simulation, only with each other.

use crate::common::lab;
use gapcast::kernel::units::Rate;
use gapcast::metrics::health::Alert;
use gapcast::metrics::summary::*;
use gapcast::model::*;
use gapcast::probe::{GpuState, Stage};

const END_S: f64 = 61.3;
const BINS: usize = 160;
const GPUS: f64 = 64.0;

fn nic(gigabits: u64) -> Nic {
    Nic { name: format!("{gigabits}g"), rate: Rate(gigabits * 1_000_000_000), ports: 1 }
}

/// The scenario; `name` goes into the output folder.
pub fn scenario(name: &str, replicates: u32) -> Scenario {
    let mut scenario = lab(8, 64);
    (scenario.name, scenario.replicates) = (name.into(), replicates);
    let group = &mut scenario.groups[GroupId(0)];
    (group.name, group.count, group.storage_nic) = ("train".into(), 8, nic(100));
    scenario.store.controllers = 4;
    scenario.store.controller.nic = nic(100);
    scenario
}

/// A repeatable number in (0, 1).
fn noise(seed: u64) -> f64 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// A Weibull-like latency about `scale` seconds.
fn latency(count: u64, low: f64, scale: f64) -> Latency {
    let at = |p: f64| low + scale * libm::pow(-libm::log(1.0 - p), 0.7);
    let cdf: Vec<(f64, f64)> =
        (0..=150).map(|i| i as f64 / 150.0).map(|p| (at((p * 0.9999).min(0.9999)), p)).collect();
    Latency {
        count,
        mean_s: low + 0.9086 * scale,
        p50_s: at(0.5),
        p90_s: at(0.9),
        p99_s: at(0.99),
        p999_s: at(0.999),
        max_s: at(0.9999),
        cdf,
    }
}

fn series(mean: f64, salt: u64) -> Vec<f64> {
    let bin = |i: usize| (mean + (noise(salt * 1000 + i as u64) - 0.5) * 0.3).clamp(0.0, 1.0);
    (0..BINS).map(bin).collect()
}

/// GPUs in each state in each bin: a start, then steps with stalls.
fn states(salt: u64) -> Vec<(&'static str, Vec<f64>)> {
    let at = |bin: usize| -> [f64; GpuState::COUNT] {
        if bin < 12 {
            return [0.0, GPUS, 0.0, 0.0, 0.0, 0.0];
        }
        let useful = 38.0 + 18.0 * noise(salt * 7919 + bin as u64);
        let straggler = 3.0 * noise(bin as u64 + 5);
        [useful, GPUS - useful - straggler - 1.0, straggler, 0.0, 1.0, 0.0]
    };
    let of = (0..GpuState::COUNT).map(|state| (0..BINS).map(|bin| at(bin)[state]).collect());
    GpuState::ALL.iter().zip(of).map(|(state, series)| (state.name(), series)).collect()
}

fn stations(replicate: u64) -> Vec<StationSummary> {
    let station = |name: String, kind, servers, utilisation: f64, salt| StationSummary {
        name,
        kind,
        servers,
        utilisation,
        throughput_per_s: 37.25,
        in_flight: utilisation * servers as f64,
        in_flight_max: servers + 12,
        arrivals: 2290,
        departures: 2284,
        expelled: 0,
        latency: latency(2284, 0.05, 0.4),
        wait: latency(2284, 0.0, 0.02),
        busy: series(utilisation, salt),
    };
    let controllers = (0..4).map(|i| {
        let busy = 0.78 + 0.02 * noise(replicate * 11 + i);
        station(format!("controller-{i}"), "controller", 64, busy, i + 1)
    });
    let cores = (0..8).map(|i| station(format!("train-{i} decode cores"), "decode", 112, 0.2, i));
    let devices = (0..8).map(|i| {
        let busy = 0.25 + 0.2 * noise(i);
        station(format!("storage-{}/device-{}", i / 4, i % 4), "device", 64, busy, i + 50)
    });
    controllers.chain(cores).chain(devices).collect()
}

fn links(replicate: u64) -> Vec<LinkSummary> {
    let link = |name: String, group: String, kind, gigabits: f64, utilisation: f64, salt| {
        let capacity_bytes_per_s = gigabits * 1e9 / 8.0;
        let bytes = capacity_bytes_per_s * utilisation * END_S;
        let load = series(utilisation, salt);
        LinkSummary { name, group, kind, capacity_bytes_per_s, utilisation, bytes, load }
    };
    let adapters = (0..4).map(|i| {
        let busy = 0.96 + 0.03 * noise(replicate * 13 + i);
        let name = format!("controller-{i} NIC out");
        link(name.clone(), name, "adapter", 100.0, busy, 100 + i)
    });
    let uplinks = (0..8).map(|i| {
        let (leaf, spine) = (i / 2, i % 2);
        let busy = if leaf == 3 { 0.88 } else { 0.5 + 0.05 * noise(i) };
        let group = format!("leaf-{leaf} → spine uplinks");
        link(format!("leaf-{leaf} → spine-{spine}"), group, "network", 200.0, busy, 200 + i)
    });
    let nodes = (0..8).map(|i| {
        let name = format!("train-{i} NIC in");
        link(name.clone(), name, "adapter", 100.0, 0.48, 300 + i)
    });
    adapters.chain(uplinks).chain(nodes).collect()
}

fn requests(job: &str, count: u64, scale: f64) -> RequestSummary {
    let total = latency(count, 0.04, scale);
    let rest = total.mean_s - 0.0412;
    let stages: Vec<(&'static str, f64)> = Stage::ALL
        .iter()
        .map(|stage| {
            let spent = match stage {
                Stage::ClientCpu => 0.0001,
                Stage::RoundTrip => 0.0004,
                Stage::ControllerQueue => 0.012,
                Stage::ControllerService => 0.0037,
                Stage::Media => 0.025,
                Stage::Transfer => rest,
                _ => 0.0,
            };
            (stage.name(), spent)
        })
        .collect();
    RequestSummary {
        job: job.into(),
        issued: count + 6,
        answered: count,
        in_flight_end: 6,
        refused: 0,
        failed: 0,
        resets: 0,
        degraded: 0,
        stranded: 0,
        policies: PolicyCounts::default(),
        bytes: count * 146_600_628,
        cache_hits: 0,
        requests_per_s: count as f64 / END_S,
        bytes_per_s: count as f64 * 146_600_628.0 / END_S,
        first_byte: latency(count, 0.004, scale * 0.1),
        total,
        stages,
    }
}

fn training(replicate: u64, au: f64) -> TrainingSummary {
    let ceiling = 64.0 * 7.0 / 0.323;
    TrainingSummary {
        name: "unet3d".into(),
        gpus: 64,
        finished: true,
        steps: 140,
        samples: 62_720,
        duration_s: END_S,
        accelerator_utilisation: au,
        samples_per_s: ceiling * (au - 0.04 + 0.002 * noise(replicate)),
        steady_samples_per_s: ceiling * au,
        bytes_per_s: ceiling * (au - 0.04) * 146_600_628.0,
        first_batch_s: 4.7 + 0.2 * noise(replicate + 3),
        first_batch_mean_s: 4.1,
        ceiling_samples_per_s: ceiling,
    }
}

/// One replicate whose controllers' adapters are the bottleneck.
pub fn run(replicate: u64) -> RunSummary {
    let states = states(replicate);
    let whole: f64 = states.iter().map(|(_, gpus)| gpus.iter().sum::<f64>()).sum();
    let owned = GPUS * END_S;
    let by_state: Vec<(&'static str, f64)> = states
        .iter()
        .map(|(name, gpus)| (*name, gpus.iter().sum::<f64>() / whole * owned))
        .collect();
    let stall = by_state[1].1;
    let share_of = |stage: &Stage| match stage {
        Stage::Transfer => 0.7 + 0.01 * noise(replicate),
        Stage::Media => 0.13,
        Stage::ControllerQueue => 0.08,
        Stage::StartUp => 0.05,
        Stage::ControllerService => 0.03,
        Stage::RoundTrip => 0.01 - 0.01 * noise(replicate),
        _ => 0.0,
    };
    let stage = |stage: &Stage| {
        let share = share_of(stage);
        StageShare { stage: stage.name(), gpu_seconds: stall * share, share }
    };
    let mut holders: Vec<BottleneckShare> = (0..4)
        .map(|i| (format!("controller-{i} NIC out"), 0.14 + 0.01 * noise(replicate * 17 + i)))
        .chain([("leaf-3 → spine uplinks".into(), 0.09), ("TCP window".into(), 0.02)])
        .map(|(name, share)| BottleneckShare { name, gpu_seconds: stall * share, share })
        .collect();
    holders.sort_by(|a, b| b.share.total_cmp(&a.share));
    RunSummary {
        replicate,
        fingerprint: format!("{:032x}", 0x1234_5678 + replicate),
        end_s: END_S,
        events: 1_234_567 + replicate,
        training: vec![training(replicate, by_state[0].1 / owned + 0.06)],
        requests: vec![requests("unet3d", 62_720, 0.4), requests("ingest", 900, 0.12)],
        classes: Vec::new(),
        gpu_seconds: GpuSeconds { owned, by_state },
        straggler_wait_by_cause: vec![("data_stall", stall * 0.1), ("useful", 0.0)],
        stall_by_stage: Stage::ALL.iter().map(stage).collect(),
        stall_by_bottleneck: holders.clone(),
        lost_by_stage: Stage::ALL.iter().map(stage).collect(),
        lost_by_bottleneck: holders,
        stations: stations(replicate),
        links: links(replicate),
        health: health(replicate),
        accounts: Vec::new(),
        axis: TimeAxis { bin_s: END_S / (BINS as f64 - 0.5), bins: BINS },
        gpu_state_over_time: states,
        bytes_over_time: series(0.7, 9).into_iter().map(|share| share * 50e9).collect(),
        goodput_over_time: Vec::new(),
        faults: Vec::new(),
    }
}

/// A busy adapter that fires, one that is pending at the end.
fn health(replicate: u64) -> Vec<Alert> {
    let alert = |target: &str, pending_s, from_s| Alert {
        rule: Rule::Utilisation,
        target: target.into(),
        pending_s,
        from_s,
        until_s: None,
        value: 0.97 + 0.001 * replicate as f64,
        bound: 0.9,
    };
    vec![alert("controller-0 NIC out", 2.0, Some(12.0)), alert("controller-1 NIC out", 20.0, None)]
}
