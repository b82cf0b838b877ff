//! What tests share.

mod lab;
pub mod recipe;
pub mod row;
pub mod stats;
pub mod storm;
pub mod wrong;

pub use lab::*;

use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::Bytes;
use gapcast::model::{
    ClassId, DatasetId, Delivery, DeliveryKind, Device, GroupId, HyStart, LossLaw, SiteId, Tcp,
};

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

/// A drive whose rates never bind, one I/O at a time, each for `latency`.
pub fn device(latency: Dist) -> Device {
    Device {
        name: "test".into(),
        read_rate: FAST,
        write_rate: FAST,
        read_iops: 1e12,
        write_iops: 1e12,
        read_latency: latency.clone(),
        write_latency: latency,
        io_size: Bytes(1 << 20),
        queue_depth: 1,
    }
}

/// A job that copies the first dataset between sites, four objects at a time as fast as it goes.
pub fn copy(from: u32, to: u32) -> Delivery {
    Delivery {
        name: "copy".into(),
        kind: DeliveryKind::Replicate,
        group: GroupId(0),
        dataset: DatasetId(0),
        from: SiteId(from),
        to: SiteId(to),
        concurrency: 4,
        rate: None,
        start: Span::ZERO,
        holds: None,
        class: ClassId::DEFAULT,
    }
}

/// DLIO's run-ahead per rank: workers · max(1, ceil(prefetch/workers)).
pub fn in_flight(workers: u32, prefetch: u32) -> u32 {
    workers * prefetch.div_ceil(workers).max(1)
}
