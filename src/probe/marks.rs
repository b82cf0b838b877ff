//! Details that only a trace wants: who a request was for, which slot it had, what a cable carries.
//! Nothing concludes from them, and nothing is said unless a probe asks ([`Probe::TRACES`]).
//!
//! Every mark is of something that ends now, or (with `finished: false`) that the end of the run
//! cuts off.
//!
//! [`Probe::TRACES`]: super::Probe::TRACES

use super::{Answered, JobId};
use crate::kernel::maxmin::ResourceId;
use crate::kernel::time::Time;
use crate::model::Op;

/// Whose piece of work it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// Which job.
    pub job: JobId,
    /// Rank, or client of a load.
    pub owner: u32,
    /// Worker of the rank.
    pub worker: u32,
    /// Piece of the worker's batch.
    pub run: u32,
    /// The node it runs on; none of a neighbour.
    pub node: Option<u32>,
}

/// Something a trace shows.
#[derive(Debug, Clone, Copy)]
pub enum Mark<'a> {
    /// A request.
    Request {
        /// Its number among those under way; used again.
        request: u32,
        /// Number of the read it is a part of, likewise.
        read: u32,
        /// The controller that it went to last, if it left its node.
        controller: Option<u32>,
        /// First byte within the object.
        offset: u64,
        /// What is known of it.
        answer: &'a Answered<'a>,
        /// Whether it is answered.
        finished: bool,
    },
    /// A read, after its requests.
    Read {
        /// Its number among those under way.
        read: u32,
        /// Who reads.
        owner: Owner,
        /// Number of the object in its dataset.
        object: u64,
        /// How much of it.
        bytes: u64,
        /// Whether it is whole.
        finished: bool,
    },
    /// What was read is decoded.
    Decoded {
        /// Whose.
        owner: Owner,
        /// When it asked for a core.
        queued: Time,
        /// When it got one.
        began: Time,
    },
    /// A request gives its slot back.
    Slot {
        /// At which controller.
        controller: u32,
        /// The request.
        request: u32,
        /// GET or PUT.
        op: Op,
        /// When it got the slot.
        began: Time,
        /// Whether it was done with it; if not, it was expelled, or the run ended.
        finished: bool,
    },
    /// A device has done an I/O.
    Io {
        /// Which device, over all storage nodes.
        device: u32,
        /// Read or write.
        op: Op,
        /// When it was begun.
        began: Time,
    },
    /// What a resource carries changes, to so many units of the max-min solver.
    Load {
        /// Which.
        resource: ResourceId,
        /// Units.
        units: u64,
    },
}
