//! What entities state and probes conclude from. Entities never compute a metric; they say what
//! happened, and whoever wants to know listens. The same stream feeds ledger, meters, trace and
//! fingerprint.

pub mod marks;

use crate::define_id;
use crate::kernel::maxmin::ResourceId;
use crate::kernel::time::{Span, Time};
use crate::model::Op;
pub use marks::{Mark, Owner};

define_id!(
    /// An accelerator of the cluster.
    GpuId,
    /// A place where requests or jobs queue and are served.
    StationId,
    /// A job (training jobs first, then loads, in file order).
    JobId,
);

macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant),+ }
        impl $name {
            /// All of them, in order.
            pub const ALL: &[$name] = &[$($name::$variant),+];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();
            /// The name in files.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }
    };
}

named_enum!(
    /// What an accelerator is doing: every picosecond is in exactly one.
    GpuState {
        /// Computing a batch.
        Useful = "useful",
        /// Waiting for the next batch.
        DataStall = "data_stall",
        /// Done with the step, waiting at the barrier for slower ranks.
        StragglerWait = "straggler_wait",
        /// Waiting for the gradient all-reduce.
        CommExposed = "comm_exposed",
        /// In the framework between compute and the barrier.
        FrameworkOverhead = "framework_overhead",
        /// No job on it, or its job has finished.
        Unallocated = "unallocated",
    }
);

named_enum!(
    /// Where the data that a GPU waits for is spending its time.
    Stage {
        /// Workers starting before the first read of an epoch.
        StartUp = "start_up",
        /// Client CPU before the request leaves.
        ClientCpu = "client_cpu",
        /// Reading from a cache on the node.
        CacheRead = "cache_read",
        /// Connection set-up.
        SetUp = "set_up",
        /// Propagation and forwarding, request and answer.
        RoundTrip = "round_trip",
        /// Answered `503` and backing off.
        Throttled = "throttled",
        /// Waiting for a controller slot.
        ControllerQueue = "controller_queue",
        /// In service at the controller.
        ControllerService = "controller_service",
        /// Waiting for the slowest device.
        Media = "media",
        /// Waiting for acknowledgements while the window opens.
        SlowStart = "slow_start",
        /// Bytes moving; the bottleneck is kept beside.
        Transfer = "transfer",
        /// Waiting for a CPU core to decode on.
        DecodeQueue = "decode_queue",
        /// Decoding.
        Decode = "decode",
        /// Read ahead in time, waiting for its turn in the worker or its order in the batch.
        Pipeline = "pipeline",
        /// Still on its way when the run ended, so that its path cannot be walked back.
        UnderWay = "under_way",
        /// On the way for longer than the path takes by itself: jitter, spikes, outages.
        PathDelay = "path_delay",
        /// Its controller went away, or was away; backing off.
        Outage = "outage",
        /// Packets were lost: waiting to notice, and for what is sent again.
        Retransmission = "retransmission",
        /// Behind what stands in the queue of a switch port.
        StandingQueue = "standing_queue",
        /// Waiting for its traffic class to let it in, or backing off because that did not.
        Admission = "admission",
        /// Waiting for one of the client's connections.
        ConnectionWait = "connection_wait",
        /// Given up by its client, which backs off.
        TimedOut = "timed_out",
        /// Waiting for its site's cache to fetch from another site.
        CacheFill = "cache_fill",
    }
);

/// What held a transfer down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bottleneck {
    /// A saturated link, device, adapter or CPU.
    Resource(ResourceId),
    /// The TCP window over the round trip.
    Window,
    /// Loss.
    Loss,
    /// The service's rate per connection.
    Connection,
    /// One client stream's CPU.
    ClientCpu,
    /// One core of the controller: a stream is served by one.
    ControllerCpu,
    /// The transport's line-rate cap.
    LineRate,
}

impl Bottleneck {
    /// What it is called where resources have names of their own.
    pub fn words(self) -> &'static str {
        match self {
            Bottleneck::Resource(_) => "a shared resource",
            Bottleneck::Window => "TCP window over the round trip",
            Bottleneck::Loss => "packet loss",
            Bottleneck::Connection => "service rate per connection",
            Bottleneck::ClientCpu => "client CPU of one stream",
            Bottleneck::ControllerCpu => "controller CPU of one stream",
            Bottleneck::LineRate => "transport rate per transfer",
        }
    }
}

/// A stretch of a request's life, from `since` to the next stretch's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// What it was spent on.
    pub stage: Stage,
    /// When it began.
    pub since: Time,
    /// What held the transfer down most of the time, for [`Stage::Transfer`].
    pub bottleneck: Option<Bottleneck>,
}

/// A finished HTTP request.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Whose.
    pub job: JobId,
    /// GET or PUT.
    pub op: Op,
    /// Payload.
    pub bytes: u64,
    /// When the client took it up.
    pub issued: Time,
    /// When its first byte (of a PUT: its answer) arrived.
    pub first_byte: Time,
    /// Whether a cache on the node answered.
    pub cached: bool,
    /// Tries it took.
    pub attempts: u32,
    /// Its life in order.
    pub stretches: &'a [Stretch],
}

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub enum Fact<'a> {
    /// An accelerator changes state.
    Gpu(GpuId, GpuState),
    /// A stall of this accelerator ends; its picoseconds by stage, and how long the awaited
    /// transfers were held by whom.
    StallEnds(GpuId, &'a [(Stage, Option<Bottleneck>, Span)]),
    /// A request is taken up by the client.
    Issued(JobId, Op),
    /// A request is answered.
    Answered(Answered<'a>),
    /// The service answers `503`.
    Refused(JobId),
    /// A request has failed: its client gives up and says so to the job.
    Failed(JobId),
    /// A client has waited for too long: it gives an attempt (or the whole request) up.
    TimedOut(JobId),
    /// An attempt came to nothing and another one will be made.
    Retried(JobId),
    /// It would be made if the client's retry budget allowed it.
    Unpaid(JobId),
    /// A GET is sent a second time because the first is slow.
    Hedged(JobId),
    /// The second one's answer began first.
    HedgeWon(JobId),
    /// Payload of an attempt that was given up had moved in vain.
    Wasted(JobId, u64),
    /// Its controller went away while it was there, or was away when it came; the client tries again.
    Reset(JobId),
    /// A read takes other shards than usual because drives have failed.
    Degraded(JobId),
    /// The request's traffic class is full: the client backs off and tries again.
    Denied(JobId),
    /// Too few drives are left for a request: it waits for them.
    Stranded(JobId),
    /// Something arrives at a station.
    Arrives(StationId),
    /// Its service begins after waiting since `arrived`.
    Begins {
        /// Where.
        station: StationId,
        /// When it came.
        arrived: Time,
    },
    /// It leaves.
    Leaves {
        /// Where.
        station: StationId,
        /// When it came.
        arrived: Time,
        /// When its service began.
        began: Time,
    },
    /// The station went away with it.
    Expelled {
        /// Where.
        station: StationId,
        /// When it came.
        arrived: Time,
        /// Whether its service had begun.
        served: bool,
    },
    /// A station goes away or comes back. No part of the fingerprint: what becomes of those inside and
    /// of those who come is.
    Away {
        /// Which.
        station: StationId,
        /// Whether it is away now.
        away: bool,
    },
    /// A batch is complete in its worker.
    BatchReady {
        /// The rank's accelerator.
        gpu: GpuId,
        /// Number within the epoch.
        batch: u64,
    },
    /// Ranks waited this long at a barrier (GPU-picoseconds) because the last was longer in this state.
    WaitedFor(GpuState, u128),
    /// How the waits of a step for a rank in a data stall split by where its data was
    /// (GPU-picoseconds).
    WaitsSplit(&'a [(Stage, Option<Bottleneck>, u128)]),
    /// Statistics of stations and requests begin anew.
    WarmUpEnds,
    /// All ranks passed the barrier of a step.
    Step {
        /// Whose.
        job: JobId,
        /// Number within the epoch.
        step: u64,
    },
    /// The cache of a site was asked.
    SiteCache {
        /// Number of the site.
        site: u32,
        /// Whether it held the range.
        hit: bool,
    },
    /// A cache was asked: hit or miss.
    Cache {
        /// Whether it is the shared tier.
        shared: bool,
        /// Whether it held the object.
        hit: bool,
    },
}

/// Listens to facts. Monomorphic everywhere, so that `()` costs nothing.
pub trait Probe {
    /// Whether it wants to hear of [`Mark`]s, which cost something to say.
    const TRACES: bool = false;

    /// `fact` happened at `now`. Facts come in order of time.
    fn on(&mut self, now: Time, fact: Fact<'_>);

    /// `mark` ends at `now`; only if [`TRACES`](Self::TRACES).
    fn mark(&mut self, _now: Time, _mark: Mark<'_>) {}

    /// Whether the rest of the run need not be played; only if [`TRACES`](Self::TRACES).
    fn has_enough(&self, _now: Time) -> bool {
        false
    }
}

impl Probe for () {
    #[inline]
    fn on(&mut self, _now: Time, _fact: Fact<'_>) {}
}

/// One that is put in place once the world is known.
impl<P: Probe> Probe for Option<P> {
    const TRACES: bool = P::TRACES;

    #[inline]
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        self.as_mut().expect("there before anything happens").on(now, fact);
    }

    #[inline]
    fn mark(&mut self, now: Time, mark: Mark<'_>) {
        self.as_mut().expect("there before anything happens").mark(now, mark);
    }

    fn has_enough(&self, now: Time) -> bool {
        self.as_ref().is_some_and(|probe| probe.has_enough(now))
    }
}

impl<A: Probe, B: Probe> Probe for (A, B) {
    const TRACES: bool = A::TRACES || B::TRACES;

    #[inline(always)]
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        self.0.on(now, fact);
        self.1.on(now, fact);
    }

    #[inline]
    fn mark(&mut self, now: Time, mark: Mark<'_>) {
        self.0.mark(now, mark);
        self.1.mark(now, mark);
    }

    fn has_enough(&self, now: Time) -> bool {
        self.0.has_enough(now) || self.1.has_enough(now)
    }
}
