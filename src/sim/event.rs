//! Everything that can be scheduled, and the tokens that come back.

use crate::define_id;
use crate::kernel::maxmin::ResourceId;
use crate::kernel::time::Time;
use crate::probe::JobId;
use crate::work::Wake;

define_id!(
    /// An HTTP request under way; the number is used again.
    RequestId,
    /// A job's read under way: one or more requests.
    ReadId,
    /// A connection between a client and a controller.
    ConnectionId,
    /// A decode waiting or running; the number is used again.
    DecodeId,
);

/// The next step of a request, when its time comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Client CPU is done.
    Prepared,
    /// Its traffic class lets it in, or a connection is there to be had.
    Admitted,
    /// The connection is set up.
    Connected,
    /// It reaches the controller.
    Arrived,
    /// Controller service is over.
    Served,
    /// A cache's first byte is there.
    CacheReady,
    /// The round trip of a slow-start round has passed.
    NextRound,
    /// The last byte (or a PUT's answer) reaches the client.
    LastByte,
    /// Back-off is over.
    Retry,
    /// The client learns that its last attempt came to nothing.
    Failed,
    /// TCP sends again what was not acknowledged.
    Retransmit,
}

/// An event of the hall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Event {
    /// Transfers end.
    Fabric,
    /// A request goes on.
    Request(RequestId, Step),
    /// A request's client looks at the clock.
    Alarm(RequestId),
    /// A device has done an I/O for a request.
    Io { device: u32, request: RequestId, arrived: Time, began: Time },
    /// A job is woken.
    Wake(JobId, Wake),
    /// A core has decoded.
    Decoded(DecodeId),
    /// The last message of an all-reduce has crossed the network.
    Reduced(JobId),
    /// A process that disturbs resources changes.
    Weather(u32),
    /// A controller's condition has lasted long enough to be believed, if it has not changed since.
    HealthCheck { controller: u32, change: u32 },
    /// Statistics begin anew.
    WarmUpEnds,
    /// Routers (or, locally, who sends into it) have learnt of a cable's change, if none followed.
    RouteLearnt { resource: ResourceId, change: u32, local: bool },
    /// Transfers follow routes that have changed.
    Reroute,
}

/// Whose transfer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cargo {
    /// Payload of a request.
    Payload(RequestId),
    /// A part of a job's all-reduce.
    Gradient(JobId),
}
