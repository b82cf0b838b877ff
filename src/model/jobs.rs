//! What runs on the cluster: training jobs and request loads.

use super::{ClassId, DatasetId, GroupId, SiteId};
use crate::kernel::dist::Dist;
use crate::kernel::units::Bytes;
use serde::Serialize;

/// A set of objects, each holding samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dataset {
    /// Name in the scenario.
    pub name: String,
    /// Objects.
    pub objects: u64,
    /// Samples in one object.
    pub samples_per_object: u64,
    /// Size of a sample, bytes; drawn once per sample (per object mean if there are many samples in
    /// an object), the same in every epoch and replicate design.
    pub sample_bytes: Dist,
    /// Sites that hold a copy; empty: every site with a gateway.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<SiteId>,
    /// Patterns of the regions that it may be in or pass; `None`: anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_regions: Option<Vec<String>>,
}

impl Dataset {
    /// Samples in the dataset.
    pub fn samples(&self) -> u64 {
        self.objects * self.samples_per_object
    }
}

/// How the input pipeline hands out work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Framework {
    /// torch DataLoader: batch i belongs to worker i mod workers.
    Pytorch,
    /// tf.data: the next free worker takes the next batch.
    Tensorflow,
}

/// Order in which samples are visited in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As stored, ranks interleaved by batch.
    Sequential,
    /// A fresh seeded permutation of samples every epoch.
    Shuffled,
    /// A fresh seeded permutation of objects every epoch; samples in an object stay together, so
    /// a batch is a few contiguous runs (TFRecord shards).
    Sharded,
}

/// Time one batch computes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compute {
    /// Drawn per batch and rank, seconds.
    PerBatch(Dist),
    /// batch · flops_per_sample / (peak · mfu) of the group's GPU.
    Flops {
        /// Floating-point operations per sample, forward and backward.
        flops_per_sample: f64,
        /// Share of the GPU's dense peak reached (model FLOPs utilisation).
        mfu: f64,
    },
}

/// A data-parallel training job with the DLIO loop (MLPerf Storage).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Training {
    /// Name in the scenario.
    pub name: String,
    /// Nodes it runs on.
    pub group: GroupId,
    /// Ranks, one GPU each; they fill nodes in order.
    pub gpus: u32,
    /// What it reads.
    pub dataset: DatasetId,
    /// Hand-out of batches to workers.
    pub framework: Framework,
    /// Reader workers per rank; each loads a whole batch.
    pub workers: u32,
    /// Batches in flight or waiting per rank, at most: DLIO's
    /// workers · max(1, ceil(prefetch/workers)) for PyTorch.
    pub in_flight_batches: u32,
    /// Samples of one batch that a worker reads at once (≥ 1).
    pub parallel_reads: u32,
    /// Samples per batch and rank.
    pub batch: u32,
    /// CPU time to decode one sample, seconds, on one core of the node.
    pub decode: Dist,
    /// Compute per batch.
    pub compute: Compute,
    /// Framework time per step, after compute, seconds.
    pub step_overhead: Dist,
    /// Time before the first read of an epoch (workers start), seconds.
    pub start_up: Dist,
    /// Passes over the dataset.
    pub epochs: u32,
    /// Steps in an epoch, at most; `None`: as many whole global batches as the dataset holds.
    pub steps: Option<u64>,
    /// Visiting order.
    pub order: Order,
    /// Bytes of gradient all-reduced every step over the compute fabric; `None`: no traffic, the
    /// barrier alone.
    pub gradient: Option<Bytes>,
    /// Traffic class of its requests.
    #[serde(skip_serializing_if = "ClassId::is_default")]
    pub class: ClassId,
    /// Traffic class of its all-reduce.
    #[serde(skip_serializing_if = "ClassId::is_default")]
    pub gradient_class: ClassId,
    /// The job stops when this many of its requests have failed; `None`: its readers ask anew for
    /// ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_after_errors: Option<u64>,
}

/// S3 operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Read.
    Get,
    /// Write.
    Put,
}

/// Clients without GPUs: a benchmark, a service, an ingest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Load {
    /// Name in the scenario.
    pub name: String,
    /// Nodes its clients run on (dealt round robin).
    pub group: GroupId,
    /// GET or PUT.
    pub op: Op,
    /// What is read or overwritten; every request is one whole object.
    pub dataset: DatasetId,
    /// When requests come.
    pub arrivals: Arrivals,
    /// Requests in all; `None`: until the horizon.
    pub requests: Option<u64>,
    /// Traffic class of its requests.
    #[serde(skip_serializing_if = "ClassId::is_default")]
    pub class: ClassId,
}

/// Arrival processes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// `clients` loops, each: think, request, wait for the answer.
    Closed {
        /// Loops, over all nodes of the group.
        clients: u32,
        /// Time between answer and next request, seconds.
        think: Dist,
    },
    /// Requests come whether or not others have been answered.
    Open {
        /// Time between requests, seconds (exponential: Poisson).
        interval: Dist,
    },
}

impl Load {
    /// Whether the load ends by itself.
    pub fn is_finite(&self) -> bool {
        self.requests.is_some()
    }
}

impl Training {
    /// Samples one step consumes over all ranks.
    pub fn global_batch(&self) -> u64 {
        u64::from(self.batch) * u64::from(self.gpus)
    }

    /// Steps in an epoch of `dataset`.
    pub fn steps_per_epoch(&self, dataset: &Dataset) -> u64 {
        let whole = dataset.samples() / self.global_batch();
        self.steps.map_or(whole, |most| most.min(whole))
    }
}
