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
    /// Which congestion control answers `loss`, and which law is its steady state.
    pub loss_law: LossLaw,
    /// When slow start ends before the path is busy.
    #[serde(skip_serializing_if = "HyStart::is_off")]
    pub hystart: HyStart,
    /// Queue at which switches mark packets (ECN); none: they drop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_threshold: Option<Bytes>,
    /// Payload share of the wire: 1,448/1,538 at MTU 1500 with timestamps.
    pub efficiency: f64,
}

/// Congestion controls by their steady state under loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossLaw {
    /// Reno: MSS/RTT · sqrt(3/(2p)) (Mathis, Semke, Mahdavi, Ott, CCR 27(3), 1997).
    Mathis,
    /// Reno with time-outs (Padhye, Firoiu, Towsley, Kurose 1998, as RFC 5348 §3.1 has it).
    Pftk,
    /// 1.054 · RTT^0.75 / p^0.75 segments per RTT, at least 1.2/sqrt(p) (RFC 9438 §5).
    Cubic,
    /// BBRv1: loss does not cap the rate below 1 − 1/1.25 = 20 %, which its peak probe gain makes up
    /// for (Cardwell et al., ACM Queue 14(5), 2016: close to link·(1 − p) up to 15 %).
    None,
    /// BBRv3: loss does not cap the rate below 2 % (draft-ietf-ccwg-bbr, `BBR.LossThresh`).
    Bbr3,
}

impl LossLaw {
    /// Loss below which the rate does not fall; zero where every loss counts.
    pub fn tolerance(self) -> f64 {
        match self {
            LossLaw::None => 0.2,
            LossLaw::Bbr3 => 0.02,
            LossLaw::Mathis | LossLaw::Pftk | LossLaw::Cubic => 0.0,
        }
    }

    /// Share of the window that is left after a loss: Reno 0.5 (RFC 5681), CUBIC 0.7 (RFC 9438).
    pub fn beta(self) -> f64 {
        match self {
            LossLaw::Mathis | LossLaw::Pftk => 0.5,
            LossLaw::Cubic | LossLaw::None | LossLaw::Bbr3 => 0.7,
        }
    }
}

/// Hybrid slow start (Ha & Rhee, Computer Networks 55(9), 2011): slow start ends when a round's
/// acknowledgements, or its delay, show that the path is nearly full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HyStart {
    /// None.
    Off,
    /// As Linux has it where nothing paces: a train of acknowledgements longer than half the least
    /// round trip.
    Linux,
    /// As ns-3 has it: any train that goes on into the next round ends slow start, so that paths
    /// below its `HyStartAckDelta` of 2 ms leave it at once.
    Ns3,
}

impl HyStart {
    fn is_off(&self) -> bool {
        *self == HyStart::Off
    }
}

/// How an adapter recovers a lost packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// Everything since the lost packet is sent again (RoCE v2, InfiniBand).
    GoBackN,
    /// The lost packet alone is sent again (IRN).
    Selective,
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
    /// Probability that a packet is lost; zero on a lossless fabric.
    #[serde(skip_serializing_if = "is_zero")]
    pub loss: f64,
    /// What a lost packet costs.
    #[serde(skip_serializing_if = "Recovery::is_default")]
    pub recovery: Recovery,
    /// Queue at which switches mark packets (DCQCN) or pause senders (PFC); none: no queue stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_threshold: Option<Bytes>,
}

impl Recovery {
    fn is_default(&self) -> bool {
        *self == Recovery::GoBackN
    }
}

pub(super) fn is_zero(x: &f64) -> bool {
    *x == 0.0
}
