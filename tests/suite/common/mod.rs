//! What tests share.

mod lab;
pub mod recipe;
pub mod row;
pub mod stats;
pub mod storm;

pub use lab::*;

use gapcast::kernel::time::Span;
use gapcast::kernel::units::Bytes;
use gapcast::model::{HyStart, LossLaw, Tcp};

/// TCP with this many round trips of set-up, windows of 1 MiB, no loss and no restart after idling.
pub fn tcp(setup_round_trips: u32) -> Tcp {
    Tcp {
        name: "test".into(),
        mss: Bytes(1448),
        initial_window: 10,
        growth: 2.0,
        window_limit: Bytes(1 << 20),
        min_rto: Span::from_ms(200),
        idle_restart: false,
        setup_round_trips,
        loss: 0.0,
        loss_law: LossLaw::Cubic,
        hystart: HyStart::Off,
        queue_threshold: None,
        efficiency: 1.0,
    }
}

/// DLIO's run-ahead per rank: workers · max(1, ceil(prefetch/workers)).
pub fn in_flight(workers: u32, prefetch: u32) -> u32 {
    workers * prefetch.div_ceil(workers).max(1)
}
