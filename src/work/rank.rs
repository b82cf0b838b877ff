//! What a training job keeps of a rank.

use super::critical::CriticalLog;
use super::epoch::Run;
use super::figures::Tally;
use crate::kernel::rng::{Keyed, Purpose, Streams};
use crate::kernel::time::Time;
use crate::probe::GpuId;
use std::collections::VecDeque;

/// A worker's batch in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Worker {
    pub batch: Option<u64>,
    /// PyTorch: the next batch that is this worker's.
    pub next: u64,
    pub runs: Vec<Run>,
    pub issued: u32,
    pub finished: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Waiting,
    Computing,
    Overhead,
    AtBarrier,
    Finished,
}

#[derive(Debug, Clone)]
pub(super) struct Rank {
    pub gpu: GpuId,
    pub phase: Phase,
    /// The batch it needs next.
    pub head: u64,
    /// TensorFlow: the next batch for a free worker.
    pub next: u64,
    /// Bytes of batch head + i, once it is complete.
    pub ready: VecDeque<Option<u64>>,
    pub workers: Vec<Worker>,
    pub started: Time,
    pub stall_since: Time,
    pub compute_since: Time,
    pub overhead_since: Time,
    pub barrier_since: Time,
    pub log: CriticalLog,
    pub tally: Tally,
}

/// Chance of a training job, keyed by what is drawn.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    pub order: Keyed,
    pub compute: Keyed,
    pub overhead: Keyed,
    pub decode: Keyed,
}

impl Rank {
    /// A rank with `workers` workers, before its first epoch.
    pub fn new(gpu: GpuId, workers: u32) -> Rank {
        Rank {
            gpu,
            phase: Phase::Waiting,
            head: 0,
            next: 0,
            ready: VecDeque::new(),
            workers: vec![Worker::default(); workers as usize],
            started: Time::NEVER,
            stall_since: Time::ZERO,
            compute_since: Time::ZERO,
            overhead_since: Time::ZERO,
            barrier_since: Time::ZERO,
            log: CriticalLog::default(),
            tally: Tally::default(),
        }
    }
}

impl Chance {
    /// The chance of the job `name`.
    pub fn new(streams: &Streams, name: &str) -> Chance {
        let keyed = |purpose| streams.keyed(name, purpose);
        Chance {
            order: keyed(Purpose::Order),
            compute: keyed(Purpose::Compute),
            overhead: keyed(Purpose::Overhead),
            decode: keyed(Purpose::Decode),
        }
    }
}
