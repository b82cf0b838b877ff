//! How readers talk to the store: ranges, connections, time-outs, retries, hedges.

use crate::kernel::dist::Dist;
use crate::kernel::time::Span;
use crate::kernel::units::Bytes;
use serde::Serialize;

/// How clients on a node talk to the store.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Client {
    /// Client CPU time before each request leaves, seconds (library, signing, thread wake-up).
    pub request_cpu: Dist,
    /// Client CPU time per byte received or sent, seconds per byte: caps one stream at its inverse
    /// and shares the node's cores.
    pub cpu_s_per_byte: f64,
    /// Objects and runs are fetched in ranges of at most this many bytes; `None`: whole.
    pub range_size: Option<Bytes>,
    /// Ranges of one read in flight at once (≥ 1).
    pub parallel_ranges: u32,
    /// Idle connections are closed after this long; `None`: kept for ever.
    pub idle_timeout: Option<Span>,
    /// What the client does after `503 SlowDown`, a reset or a time-out.
    pub retry: Retry,
    /// When it gives up, how many connections it has, and whether it asks twice.
    #[serde(skip_serializing_if = "Patience::is_endless")]
    pub patience: Patience,
}

/// Exponential back-off with full jitter: before retry i (from 1) wait
/// u · min(cap, base · 2^(i−1)), u uniform on (0, 1).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retry {
    /// Attempts in all, the first included; when they are used up the request has failed: a load
    /// goes on with its next, the reader of a training job asks anew.
    pub attempts: u32,
    /// Longest first wait.
    pub base: Span,
    /// Longest wait.
    pub cap: Span,
}

/// Limits of a client beside its back-off; all off by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Patience {
    /// Longest set-up of a connection (TCP and TLS).
    pub connect_timeout: Option<Span>,
    /// Longest wait from sending a request (of a PUT: its last byte) to the answer's first byte.
    pub first_byte_timeout: Option<Span>,
    /// Longest attempt, set-up and last byte included.
    pub attempt_timeout: Option<Span>,
    /// Longest request, all attempts and waits between them included; then it has failed.
    pub request_timeout: Option<Span>,
    /// Limit on retries.
    pub retry_budget: Option<RetryBudget>,
    /// Connections of one client at most (≥ 1).
    pub max_connections: Option<u32>,
    /// Connections in use on one node at most, all its clients together (≥ 1).
    pub max_connections_per_node: Option<u32>,
    /// When a GET is sent a second time, to another gateway.
    pub hedge: Option<Hedge>,
}

impl Patience {
    /// That of who waits for ever.
    pub const ENDLESS: Patience = Patience {
        connect_timeout: None,
        first_byte_timeout: None,
        attempt_timeout: None,
        request_timeout: None,
        retry_budget: None,
        max_connections: None,
        max_connections_per_node: None,
        hedge: None,
    };

    /// Whether nothing is limited.
    pub fn is_endless(&self) -> bool {
        *self == Patience::ENDLESS
    }
}

/// A bucket of tokens per client that retries are paid from, as the *standard* retry mode of the
/// AWS SDKs has it (botocore up to November 2026, `retries/standard.py`, `RetryQuotaChecker`: capacity
/// 500, 5 a retry, 10 after a time-out, 1 back for a success without retries, the last retry's cost
/// back for one with; since then 14 a retry, 5 after throttling). A retry that cannot be paid is not
/// made: the request has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RetryBudget {
    /// Tokens at the beginning, and at most.
    pub tokens: u32,
    /// Tokens of a retry.
    pub cost: u32,
    /// Tokens of a retry after a time-out.
    pub timeout_cost: u32,
    /// Tokens that come back with a request that needed no retry.
    pub refund: u32,
}

/// When a hedge is sent (Dean & Barroso, *The Tail at Scale*, CACM 56(2), 2013): if the first byte
/// is not there after this long. The first answer to begin is taken, the other cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hedge {
    /// A constant time after the attempt began.
    After(Span),
    /// This quantile (0–1) of the job's own times to first byte so far; none before 20 of them.
    Quantile(f64),
}
