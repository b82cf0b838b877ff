//! Lists of flows over a scenario's network, alone: every flow moves at its max-min fair rate from the
//! instant it starts until its last byte has left, rates are solved anew at every start and end, and
//! flows that end at the same instant are one batch. No latency, no transport, no store.

mod network;
mod outcome;
mod read;
mod replay;

pub use network::{Asked, FlowNetwork, Shared};
pub use outcome::{FlowRow, FlowsOutcome, LinkLoad, Spread};
pub use read::{FlowList, Kind, MOST_BYTES};
pub use replay::{FlowsError, Plan, Ran};

use crate::kernel::time::Time;

/// A flow as listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Number of the sending host in the network.
    pub src: u32,
    /// Number of the receiving host.
    pub dst: u32,
    /// Bytes, at least one.
    pub bytes: u64,
    /// When it starts.
    pub start: Start,
}

/// When a flow starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Start {
    /// At an instant, whatever the others do: an open list.
    At(Time),
    /// When the flow before it in its slot has ended; the first of every slot at time 0: a closed loop.
    Turn {
        /// The slot's number.
        slot: u64,
        /// Its place in the slot: the least goes first.
        order: u64,
    },
}
