//! The S3 service: load balancer, controllers, shared cache, storage nodes and devices.

use super::{CacheSpec, Nic};
use crate::kernel::dist::Dist;
use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, Rate, UsdPerThousand};
use serde::Serialize;

/// The whole service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Store {
    /// Preset or scenario name.
    pub name: String,
    /// Number of controllers (gateways); controller i is `controller-i`.
    pub controllers: u32,
    /// One controller.
    pub controller: Controller,
    /// Who picks the controller of a request.
    pub balancer: Balancer,
    /// Most one connection moves (85–90 MB/s on AWS S3); `None`: no such limit.
    pub connection_rate: Option<Rate>,
    /// A cache shared by all controllers, asked before media.
    pub cache: Option<CacheSpec>,
    /// Storage nodes and devices; `None` for a managed service whose media cannot be seen.
    pub media: Option<Media>,
    /// Which copy of an object a read goes to, where several sites hold one.
    #[serde(skip_serializing_if = "ReplicaChoice::is_default")]
    pub replica_choice: ReplicaChoice,
    /// What requests cost.
    #[serde(skip_serializing_if = "Prices::is_free")]
    pub prices: Prices,
}

/// Choice of the site that serves a read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaChoice {
    /// The shortest round trip of the links on the way.
    #[default]
    Nearest,
    /// Fewest requests outstanding per gateway that is well.
    LeastLoaded,
    /// Least price of the bytes' way.
    Cheapest,
}

impl ReplicaChoice {
    fn is_default(&self) -> bool {
        *self == ReplicaChoice::default()
    }
}

/// Prices of requests; the bytes that they move are priced by the links that carry them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Prices {
    /// A GET.
    pub get: UsdPerThousand,
    /// A PUT.
    pub put: UsdPerThousand,
}

impl Prices {
    /// Whether requests cost nothing.
    pub fn is_free(&self) -> bool {
        *self == Prices::default()
    }
}

/// One gateway: k slots in front of a queue, a CPU, and a network adapter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Controller {
    /// Adapter on the storage fabric, towards clients.
    pub nic: Nic,
    /// Requests served at once.
    pub slots: u32,
    /// How long each holds its slot.
    pub slot_held: SlotHeld,
    /// Requests that may wait; one more is answered `503`. `None`: no bound.
    pub queue_limit: Option<u32>,
    /// Time per GET before media is asked, seconds.
    pub get_service: Dist,
    /// What a GET reads whole before its first byte leaves; `None`: it streams from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_first: Option<ReadFirst>,
    /// Time per PUT after its body has arrived and before media is written, seconds.
    pub put_service: Dist,
    /// Cores, shared by all bytes that pass.
    pub cpu_cores: u32,
    /// CPU time per byte, seconds per byte (checksum, TLS, erasure coding).
    pub cpu_s_per_byte: f64,
    /// Request-rate limit.
    pub throttle: Option<Throttle>,
    /// Line rate of the adapter towards storage nodes; unused without media.
    pub backend_rate: Rate,
}

/// What a gateway reads of an object before it answers: a chunk, at its own pace. SeaweedFS keeps
/// objects in chunks of 4 MiB (`weed filer -maxMB`, default 4).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReadFirst {
    /// The chunk; an object that is smaller is read whole.
    pub unit: Bytes,
    /// How fast.
    pub rate: Rate,
}

impl ReadFirst {
    /// How long the first chunk of `bytes` takes.
    pub fn span(&self, bytes: u64) -> Span {
        Span::from_s(self.unit.0.min(bytes) as f64 / self.rate.bytes_per_s())
    }
}

/// How long a request holds its slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotHeld {
    /// From its turn until its last byte has left (GET) or all is written (PUT, body included): one
    /// thread a request.
    #[default]
    Response,
    /// For service and media alone: an asynchronous server, whose slots are its cores. The payload
    /// moves without one; a PUT asks for its slot when its body is there.
    Service,
}

/// A token bucket per service (all controllers together): AWS S3 allows 5,500 GET and 3,500 PUT a
/// second and prefix. An empty bucket answers `503 SlowDown`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Throttle {
    /// GETs a second and prefix.
    pub get_per_s: f64,
    /// PUTs a second and prefix.
    pub put_per_s: f64,
    /// Prefixes the dataset is spread over: multiplies both.
    pub prefixes: u32,
    /// Bucket depth in seconds of the rate.
    pub burst_s: f64,
}

/// The load balancer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Balancer {
    /// How it chooses.
    pub policy: Policy,
    /// Time it adds to each request, one way.
    pub latency: Span,
    /// Mean lifetime of a latency seen, for [`Policy::PeakEwma`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<Span>,
    /// Whether, and when, controllers that fail are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ejection: Option<Ejection>,
}

/// Outlier ejection (Envoy's consecutive 5xx).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ejection {
    /// Failures in a row (503, reset) that eject.
    pub consecutive: u32,
    /// Time between sweeps, which let back whose time is over.
    pub interval: Span,
    /// Length of the first ejection; the nth in a row is n times as long.
    pub base: Span,
    /// Longest ejection.
    pub longest: Span,
    /// Share of the controllers that may be out at once; one may always be.
    pub most: f64,
}

/// Choice of controller per request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// In turn.
    RoundRobin,
    /// The one with fewest requests outstanding; ties go to the next in turn.
    LeastConnections,
    /// By hash of the object.
    Hash,
    /// The less loaded of two drawn at random (Mitzenmacher, IEEE TPDS 12(10), 2001).
    PowerOfTwo,
    /// Of two drawn at random the one with the smaller product of peak-sensitive mean latency and
    /// requests outstanding (Finagle, linkerd).
    PeakEwma,
}

/// Storage nodes behind the controllers, on a non-blocking back end in which the adapters bind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Media {
    /// Storage nodes; node i is `storage-i`.
    pub nodes: u32,
    /// Devices in one node.
    pub devices_per_node: u32,
    /// One device.
    pub device: Device,
    /// Line rate of a storage node's adapter, each direction.
    pub node_rate: Rate,
    /// How objects are made safe.
    pub redundancy: Redundancy,
    /// Where an object's shards live.
    pub placement: Placement,
}

/// A drive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Device {
    /// Catalogue name.
    pub name: String,
    /// Sequential read bandwidth.
    pub read_rate: Rate,
    /// Sequential write bandwidth.
    pub write_rate: Rate,
    /// Random reads a second at `io_size`.
    pub read_iops: f64,
    /// Random writes a second at `io_size`.
    pub write_iops: f64,
    /// Time of one read at an idle device, seconds.
    pub read_latency: Dist,
    /// Time of one write at an idle device, seconds.
    pub write_latency: Dist,
    /// Size of one I/O.
    pub io_size: Bytes,
    /// I/Os in service at once; more wait.
    pub queue_depth: u32,
}

impl Device {
    /// Most bytes it reads a second: its bandwidth, or its I/Os of `io_size`.
    pub fn streaming_read(&self) -> f64 {
        self.read_rate.bytes_per_s().min(self.read_iops * self.io_size.0 as f64)
    }

    /// Most bytes it writes a second: its bandwidth, or its I/Os of `io_size`.
    pub fn streaming_write(&self) -> f64 {
        self.write_rate.bytes_per_s().min(self.write_iops * self.io_size.0 as f64)
    }
}

/// Redundancy of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Redundancy {
    /// `copies` whole copies; a read takes one of them, a write waits for all.
    Replication {
        /// Copies.
        copies: u32,
    },
    /// `data` + `parity` shards; a read takes the `data` shards and waits for the slowest, a write
    /// waits for all.
    Erasure {
        /// Data shards.
        data: u32,
        /// Parity shards.
        parity: u32,
    },
}

/// Placement of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Devices by hash of the object (as consistent hashing does: some are hotter than others);
    /// shards of one object on different nodes when there are enough.
    Hash,
    /// Dealt in turn by object number: the ideal balance.
    RoundRobin,
}

impl Redundancy {
    /// Shards (or copies) an object has in all.
    pub fn width(self) -> u32 {
        match self {
            Redundancy::Replication { copies } => copies,
            Redundancy::Erasure { data, parity } => data + parity,
        }
    }

    /// Devices a read touches.
    pub fn read_width(self) -> u32 {
        match self {
            Redundancy::Replication { .. } => 1,
            Redundancy::Erasure { data, .. } => data,
        }
    }
}
