//! The words between jobs and the hall.

use crate::kernel::time::{Span, Time};
use crate::kernel::units::Bytes;
use crate::model::{DatasetId, Op};
use crate::probe::{GpuId, GpuState};

/// Names who asked for a read inside a job: it comes back with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Rank or client.
    pub owner: u32,
    /// Worker of the rank.
    pub worker: u32,
    /// Run within the worker's batch.
    pub run: u32,
}

/// Read (or write) these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOrder {
    /// Comes back with the answer.
    pub ticket: Ticket,
    /// GET or PUT.
    pub op: Op,
    /// Whose object.
    pub dataset: DatasetId,
    /// Which object.
    pub object: u64,
    /// First byte.
    pub offset: u64,
    /// How many.
    pub bytes: u64,
    /// What its chance is keyed by: the same whatever the order of requests.
    pub key: u64,
}

/// What a job wants done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    /// Read or write.
    Order(ReadOrder),
    /// Decode on a core of the owner's node.
    Decode(Ticket, Span),
    /// Wake me after this long.
    After(Span, Wake),
    /// All-reduce this much over the job's nodes, then [`Wake::Reduced`].
    AllReduce(Bytes),
    /// An accelerator changes state.
    State(GpuId, GpuState),
    /// Its stall ends; the job has the shares by stage ready.
    StallEnds(GpuId),
    /// Ranks waited this long, summed, because the last one was longer in this state.
    WaitedFor(GpuState, u128),
    /// The job has the shares by stage of this step's waits for data ready.
    WaitsSplit,
    /// A batch is complete in its worker.
    BatchReady(GpuId, u64),
    /// All ranks passed the barrier of this step.
    Step(u64),
}

/// What the hall tells a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wake {
    /// The run begins.
    Begin,
    /// The rank's workers have started.
    Started(u32),
    /// An order is fulfilled.
    Answered(Ticket),
    /// A request of this order has failed; of a load, the whole order.
    Failed(Ticket),
    /// A decode is done; it waited from `queued` to `began`.
    Decoded {
        /// Whose.
        ticket: Ticket,
        /// When it asked for a core.
        queued: Time,
        /// When it got one.
        began: Time,
    },
    /// The rank of a job that stops early is to stop.
    Stopped(u32),
    /// The rank has computed its batch.
    Computed(u32),
    /// The rank is through the framework.
    Overhead(u32),
    /// The all-reduce is complete.
    Reduced,
    /// A load's client may go on.
    Next(u32),
}
