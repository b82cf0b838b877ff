//! What a design cannot exceed, whatever chance brings: bounds by which designs are ruled out without
//! being run. Each is proved here and tested against simulation; none ever rules out a design that
//! would have kept its constraint.
//!
//! All rest on R, a rate at which no more payload can reach the nodes: the least of
//! - the largest flow that the wires carry from all gateways to all nodes (a flow's rate is a feasible
//!   flow, and no protocol moves more payload than bytes on the wire),
//! - what the drives read, if there is no cache in front of them (a read moves each byte of its payload
//!   off a drive at least once; parity is not read), and what storage nodes' adapters send,
//! - what the gateways' cores pass on, and what the nodes' cores take in.
//!
//! With `run.rate_tolerance` a resource may be loaded beyond its capacity by twice that share
//! (`kernel::maxmin`, where random histories are tested for it), so R is larger by as much.
//!
//! A byte that a step consumes was delivered before. So where nodes and sites have no caches, at time t
//! at most R·t bytes were consumed. An epoch visits no sample twice, so s of its samples are at least
//! g(s) bytes, the sum of the s smallest (over all replicates that may be run; of datasets too large to
//! look at, s times the smallest that can be). For a job that runs to its end, with n samples an epoch:
//! 1. *samples of a run*: a job that ends at T has consumed at most R·T bytes, and so many epochs' g(n) at
//!    least. With m = g(n)/n its goodput over the run is at most R/m; and, a batch computing for c₀
//!    seconds at least, at most one global batch in c₀. (If a horizon may cut the run, m is the
//!    smallest sample there can be.)
//! 2. *useful time*: a batch that computes, wholly or in part, has been delivered, and computes for c₁
//!    seconds at most. So useful GPU time is at most c₁/batch a sample, and its share of GPUs·T at
//!    most c₁R/(batch·m·GPUs).
//! 3. *accelerator utilisation* of an epoch: when a rank has finished its first compute, no rank has
//!    consumed its second batch, and each holds at most p of the later ones (batches in flight). So of
//!    the later steps' samples all but p a rank must still come, l of them, at least g(l) bytes, and the
//!    time after the first step is at least g(l)/R; the utilisation is compute after the first step, at
//!    most (steps − 1)c₁, over this time.

use crate::kernel::dist::Dist;
use crate::kernel::rng::Streams;
use crate::model::{Compute, Dataset, Disturb, Scenario, Training};
use crate::study::topology::from_store;
use crate::work::epoch::Sizes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Objects of a dataset, times replicates, beyond which sizes are not looked at one by one.
const LOOKED_AT: u64 = 20_000_000;

/// Rounding of the simulation: rates and times are rounded to 1e-12 of their size, many times over.
const SLACK: f64 = 1.0 + 1e-9;

/// Upper bounds of a scenario; +∞ or 1 where nothing can be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// R: bytes per second.
    pub payload: f64,
    /// Samples consumed over the run's duration, all jobs.
    pub goodput_samples_per_s: f64,
    /// Useful share of allocated GPU time, 0–1.
    pub useful_share: f64,
    /// Accelerator utilisation of each training job, 0–1, by name.
    pub utilisation: Vec<(String, f64)>,
}

/// Fewest bytes of samples, looked up once for each dataset.
#[derive(Debug)]
pub struct Least {
    replicates: u32,
    known: Mutex<BTreeMap<String, Arc<Vec<f64>>>>,
}

impl Least {
    /// For runs of which so many replicates may be made.
    pub fn new(replicates: u32) -> Least {
        Least { replicates, known: Mutex::default() }
    }

    /// Fewest bytes of `samples` samples of an epoch, in any replicate.
    pub fn bytes(&self, scenario: &Scenario, dataset: &Dataset, samples: u64) -> f64 {
        let smallest = samples as f64 * dataset.sample_bytes.min().max(0.0);
        if matches!(dataset.sample_bytes, Dist::Constant(_)) {
            return smallest;
        }
        if dataset.objects.saturating_mul(self.replicates.into()) > LOOKED_AT {
            return smallest;
        }
        let sums = self.sums(scenario.seed, dataset);
        let whole = (samples / dataset.samples_per_object).min(dataset.objects) as usize;
        let part =
            (samples % dataset.samples_per_object) as f64 / dataset.samples_per_object as f64;
        let next = sums.get(whole + 1).map_or(0.0, |next| next - sums[whole]);
        smallest.max((sums[whole] + part * next) / SLACK)
    }

    /// Sums of the smallest objects: none, the first, the first two …; of all replicates the least.
    fn sums(&self, seed: u64, dataset: &Dataset) -> Arc<Vec<f64>> {
        let key = format!("{seed} {dataset:?}");
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sums) = known().get(&key) {
            return sums.clone();
        }
        let mut least: Vec<f64> = Vec::new();
        for replicate in 0..self.replicates {
            let sizes = Sizes::new(dataset, &Streams::new(seed, u64::from(replicate)));
            let mut bytes: Vec<u64> = (0..dataset.objects).map(|i| sizes.object(i)).collect();
            bytes.sort_unstable();
            let mut sum = 0;
            let sums = std::iter::once(0).chain(bytes.into_iter().map(|bytes| {
                sum += bytes;
                sum
            }));
            let sums: Vec<f64> = sums.map(|sum| sum as f64).collect();
            match least.is_empty() {
                true => least = sums,
                false => least.iter_mut().zip(sums).for_each(|(old, new)| *old = old.min(new)),
            }
        }
        let sums = Arc::new(least);
        known().insert(key, sums.clone());
        sums
    }
}

impl Bounds {
    /// The bounds of a scenario.
    pub fn of(scenario: &Scenario, least: &Least) -> Bounds {
        let cached = scenario.groups.rows().iter().any(|group| !group.caches.is_empty())
            || scenario.cached_sites().next().is_some();
        let payload = match cached {
            true => f64::INFINITY,
            false => SLACK * (1.0 + 2.0 * scenario.rate_tolerance) * payload(scenario),
        };
        let alone = match scenario.training.as_slice() {
            [job] if scenario.loads.is_empty() => Some(job),
            _ => None,
        };
        Bounds {
            payload,
            goodput_samples_per_s: alone.map_or(f64::INFINITY, |job| {
                let batches =
                    scenario.training.first().map_or(0.0, |job| job.global_batch() as f64);
                (payload / least_sample(scenario, job, least))
                    .min(SLACK * batches / shortest(scenario, job))
            }),
            useful_share: alone.map_or(1.0, |job| {
                let gpus = f64::from(job.gpus);
                let each = longest(scenario, job) / f64::from(job.batch) / gpus;
                at_most_one(each * payload / least_sample(scenario, job, least))
            }),
            utilisation: scenario
                .training
                .iter()
                .map(|job| (job.name.clone(), utilisation(scenario, job, payload, least)))
                .collect(),
        }
    }

    /// The bound of a figure of the simulation by name, if there is one.
    pub fn figure(&self, name: &str) -> Option<f64> {
        let (job, bare) = match name.rsplit_once('.') {
            Some((job, bare)) => (Some(job), bare),
            None => (None, name),
        };
        let bound = match bare {
            "goodput_samples_per_s" => self.goodput_samples_per_s,
            "useful_share" => self.useful_share,
            "accelerator_utilisation" => {
                let mut jobs = self.utilisation.iter();
                jobs.find(|(name, _)| job.is_none_or(|job| job == name))?.1
            }
            _ => return None,
        };
        bound.is_finite().then_some(bound)
    }
}

fn at_most_one(share: f64) -> f64 {
    if share.is_nan() { 1.0 } else { share.min(1.0) }
}

/// R, without rounding.
fn payload(scenario: &Scenario) -> f64 {
    let store = &scenario.store;
    let mut rate = from_store(scenario);
    let passes = |cores: f64, s_per_byte: f64| {
        if s_per_byte > 0.0 { cores / s_per_byte } else { f64::INFINITY }
    };
    let controller = &store.controller;
    let cores = f64::from(store.controllers) * f64::from(controller.cpu_cores);
    rate = rate.min(passes(cores, controller.cpu_s_per_byte));
    let taken = scenario.groups.rows().iter().map(|group| {
        passes(f64::from(group.count) * f64::from(group.cpu_cores), group.client.cpu_s_per_byte)
    });
    rate = rate.min(taken.sum());
    if let (None, Some(media)) = (&store.cache, &store.media) {
        let nodes = f64::from(media.nodes);
        let drives =
            nodes * f64::from(media.devices_per_node) * media.device.read_rate.bytes_per_s();
        rate = rate.min(drives).min(nodes * media.node_rate.bytes_per_s());
    }
    rate
}

/// m: fewest bytes of a sample in the mean over a run.
fn least_sample(scenario: &Scenario, job: &Training, least: &Least) -> f64 {
    let dataset = &scenario.datasets[job.dataset];
    let samples = match scenario.horizon {
        Some(_) => 1,
        None => job.steps_per_epoch(dataset) * job.global_batch(),
    };
    least.bytes(scenario, dataset, samples) / samples as f64
}

/// Shortest compute of a batch on any rank, seconds.
fn shortest(scenario: &Scenario, job: &Training) -> f64 {
    compute(scenario, job).0
}

/// Longest compute of a batch on any rank, seconds; +∞: there is no longest.
fn longest(scenario: &Scenario, job: &Training) -> f64 {
    let slow = scenario.disturbances().filter_map(|d| match d.what {
        Disturb::Stragglers { slowdown, .. } => Some(slowdown),
        _ => None,
    });
    compute(scenario, job).1 * slow.product::<f64>()
}

fn compute(scenario: &Scenario, job: &Training) -> (f64, f64) {
    match &job.compute {
        Compute::PerBatch(Dist::Constant(s)) => (*s, *s),
        Compute::PerBatch(dist) => (dist.min(), dist.max().unwrap_or(f64::INFINITY)),
        Compute::Flops { flops_per_sample, mfu } => {
            let peak = scenario.groups[job.group].gpu.peak_flops;
            let s = f64::from(job.batch) * flops_per_sample / (peak * mfu);
            (s, s)
        }
    }
}

fn utilisation(scenario: &Scenario, job: &Training, payload: f64, least: &Least) -> f64 {
    // Of an epoch that the horizon cuts off, the number of steps is not known.
    if scenario.horizon.is_some() {
        return 1.0;
    }
    let dataset = &scenario.datasets[job.dataset];
    let steps = job.steps_per_epoch(dataset);
    let later = steps.saturating_sub(1 + u64::from(job.in_flight_batches));
    let bytes = least.bytes(scenario, dataset, later * job.global_batch());
    at_most_one((steps as f64 - 1.0) * longest(scenario, job) * payload / bytes)
}
