//! Transport against closed forms, a packet-by-packet twin and Monte Carlo.

mod jittered;
mod laws;
mod loss;
mod packets;
mod ports;

use crate::common;

use gapcast::kernel::time::Span;
use gapcast::kernel::units::Bytes;
use gapcast::model::{HyStart, LossLaw, Tcp};

/// CUBIC as in `ns3_tcp.csv`.
fn cubic() -> Tcp {
    Tcp {
        name: "cubic".into(),
        mss: Bytes(1448),
        initial_window: 10,
        growth: 2.0,
        window_limit: Bytes(4 << 20),
        min_rto: Span::from_ms(200),
        idle_restart: true,
        setup_round_trips: 1,
        loss: 0.0,
        loss_law: LossLaw::Cubic,
        hystart: HyStart::Off,
        queue_threshold: None,
        efficiency: 1.0,
    }
}
