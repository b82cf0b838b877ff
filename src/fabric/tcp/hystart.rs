//! Where hybrid slow start ends (Ha & Rhee, Computer Networks 55(9), 2011).
//!
//! In the fluid view the acknowledgements of a round come back as the path passed the burst on: as a
//! train as long as the path was busy with it. The other test, for a rise of the least of eight
//! delays by RTT/8, at least 4 and at most 16 ms (Linux `HYSTART_DELAY_THRESH`), needs a queue that outlives the round, which ends slow start anyway:
//! the path is busy then.

use super::Round;
use crate::kernel::time::Span;
use crate::model::{HyStart, Tcp};

/// Least window for it, segments (Linux `hystart_low_window`, ns-3 `HyStartLowWindow`).
const LOW_WINDOW: f64 = 16.0;

/// Acknowledgements of a train are not further apart (Linux `hystart_ack_delta_us`, ns-3
/// `HyStartAckDelta`).
const ACK_DELTA: Span = Span::from_ms(2);

/// ns-3 measures round trips by time stamps of whole milliseconds: below that they are zero.
const NS3_CLOCK: Span = Span::from_ms(1);

/// The window at which slow start ends in this round, which began with `window` bytes, if it does.
pub(super) fn exit(tcp: &Tcp, window: f64, round: &Round) -> Option<f64> {
    let low = LOW_WINDOW * tcp.mss.0 as f64;
    let grown = (tcp.growth - 1.0) * round.bytes as f64;
    if window + grown < low {
        return None;
    }
    match tcp.hystart {
        HyStart::Off => None,
        HyStart::Linux => {
            let segments = round.bytes.div_ceil(tcp.mss.0);
            let spacing = Span(round.busy.0 / segments.max(1));
            let half = round.rtt.0 / 2;
            (spacing <= ACK_DELTA && round.busy.0 > half)
                .then(|| window + grown * half as f64 / round.busy.0 as f64)
        }
        // The test comes before the round is noticed to be a new one: its train began a round trip
        // ago. With a least round trip of zero any train is too long.
        HyStart::Ns3 if round.rtt < NS3_CLOCK => Some(window.max(low)),
        HyStart::Ns3 => {
            let gap = round.rtt.0.saturating_sub(round.busy.0);
            (window >= low && gap <= ACK_DELTA.0).then_some(window)
        }
    }
}
