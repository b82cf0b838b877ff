//! Transport presets: numbers with a name.

use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, Rate};
use serde::Serialize;

/// How a transfer starts and what caps its rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Kernel TCP.
    Tcp(Tcp),
    /// RoCE v2 or InfiniBand.
    Rdma(Rdma),
}

/// TCP in the fluid view: set-up round trips, slow-start rounds, then a rate cap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tcp {
    /// Preset name, for example `cubic`.
    pub name: String,
    /// Payload of one segment.
    pub mss: Bytes,
    /// Initial window in segments (10, RFC 6928).
    pub initial_window: u32,
    /// Growth of the window in a slow-start round: 2 with an ACK per segment, about 1.5 with an ACK
    /// per two.
    pub growth: f64,
    /// Most bytes in flight: the smaller of send buffer and usable receive buffer.
    pub window_limit: Bytes,
    /// Least retransmission time-out (Linux: 200 ms); paces the decay of an idle window.
    pub min_rto: Span,
    /// Whether an idle connection's window decays (Linux `tcp_slow_start_after_idle`).
    pub idle_restart: bool,
    /// Round trips of connection set-up: 1 for TCP, +1 TLS 1.3, +2 TLS 1.2.
    pub setup_round_trips: u32,
    /// Probability of a loss event per segment on the path; caps the rate by `loss_law`.
    pub loss: f64,
    /// Which steady-state law turns `loss` into a rate cap.
    pub loss_law: LossLaw,
    /// Payload share of the wire: 1,448/1,538 at MTU 1500 with timestamps.
    pub efficiency: f64,
}

/// Steady-state throughput laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossLaw {
    /// MSS/RTT · sqrt(3/(2p)) (Mathis, Semke, Mahdavi, Ott, CCR 27(3), 1997).
    Mathis,
    /// 1.054 · RTT^0.75 / p^0.75 segments per RTT, at least 1.2/sqrt(p) (RFC 9438 §5).
    Cubic,
    /// Loss does not cap the rate (BBR below its threshold).
    None,
}

/// Remote direct memory access: no slow start, line rate at once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rdma {
    /// Preset name.
    pub name: String,
    /// Time to post and start one transfer.
    pub startup: Span,
    /// Most one transfer can move; `None`: line rate.
    pub rate_cap: Option<Rate>,
    /// Payload share of the wire.
    pub efficiency: f64,
}
