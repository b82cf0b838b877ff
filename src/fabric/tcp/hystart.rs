//! Where hybrid slow start ends (Ha & Rhee, Computer Networks 55(9), 2011).
//!
//! On a steady path the acknowledgements of a round come back as the path passed the burst on: as a
//! train for as long as the path was busy with it, which has a closed form. The other test, for a
//! rise of the least of eight round trips, then needs a queue that outlives the round, which ends
//! slow start anyway: the path is busy. Where delays vary, acknowledgements are looked at one by one
//! as Linux does, and either test may end slow start early.

use super::Round;
use crate::kernel::time::{Span, Time};
use crate::model::{HyStart, Tcp};

/// Least window for it, segments (Linux `hystart_low_window`, ns-3 `HyStartLowWindow`).
const LOW_WINDOW: f64 = 16.0;

/// Acknowledgements of a train are not further apart (Linux `hystart_ack_delta_us`, ns-3
/// `HyStartAckDelta`).
const ACK_DELTA: Span = Span::from_ms(2);

/// ns-3 measures round trips by time stamps of whole milliseconds: below that they are zero.
const NS3_CLOCK: Span = Span::from_ms(1);

/// Round trips of a round after whose least the delay test begins (Linux `HYSTART_MIN_SAMPLES`).
const SAMPLES: u32 = 8;

/// The rise that the delay test looks for, an eighth of the least round trip, lies between these
/// (Linux `HYSTART_DELAY_MIN`, `HYSTART_DELAY_MAX`).
const RISE: (Span, Span) = (Span::from_ms(4), Span::from_ms(16));

/// What offloads may hold acknowledgements up by at most, and the bytes that they hold up: four
/// bursts of 64 KiB (Linux `hystart_ack_delay`).
const HELD_UP: (Span, f64) = (Span::from_ms(1), (4 * 65_536) as f64);

/// Segments that an acknowledgement is for (RFC 1122 §4.2.3.2: at least every second one).
pub const SEGMENTS_PER_ACK: u64 = 2;

/// An acknowledgement: when the last segment that it is for was sent, and when it came.
pub type Ack = (Time, Time);

/// The longest train for a sender with `window` bytes on its way whose round trips take `rtt`: half
/// the least round trip and what offloads may add, four bursts at its pacing rate of two windows a
/// round trip.
fn longest_train(least: Span, window: f64, rtt: Span) -> Span {
    let held_up = Span((HELD_UP.1 / (2.0 * window) * rtt.0 as f64) as u64).min(HELD_UP.0);
    Span((least + held_up).0 / 2)
}

/// The window at which slow start ends in this round, which began with `window` bytes and would
/// grow by `grown`, on a steady path; none if it goes on.
pub(super) fn exit(tcp: &Tcp, window: f64, grown: f64, round: &Round) -> Option<f64> {
    let low = LOW_WINDOW * tcp.mss.0 as f64;
    if window + grown < low {
        return None;
    }
    match tcp.hystart {
        HyStart::Off => None,
        HyStart::Linux => {
            let segments = round.bytes.div_ceil(tcp.mss.0);
            let spacing = Span(round.busy.0 / segments.max(1));
            let at = |share: f64| window + grown * share;
            let over = |share: f64| {
                share * round.busy.0 as f64
                    > longest_train(round.rtt, at(share), round.rtt).0 as f64
            };
            (spacing <= ACK_DELTA && over(1.0)).then(|| at(first(over)))
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

/// The least share of a round for which `over` holds, which it does from there on: bisection.
fn first(over: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if over(middle) { high = middle } else { low = middle }
    }
    high
}

/// The same where delays vary: from the round's acknowledgements, one by one, as Linux's
/// `hystart_update` has it. `least` is the connection's least round trip so far.
pub(super) fn exit_on(tcp: &Tcp, window: f64, least: &mut Span, acks: &[Ack]) -> Option<f64> {
    let mss = tcp.mss.0 as f64;
    let step = (tcp.growth - 1.0) * SEGMENTS_PER_ACK as f64 * mss;
    let mut train: Option<(Time, Time)> = None;
    let (mut lowest, mut samples) = (Span(u64::MAX), 0);
    for (i, &(sent, came)) in acks.iter().enumerate() {
        let rtt = came.since(sent);
        *least = (*least).min(rtt);
        let at = window + step * i as f64;
        if at < LOW_WINDOW * mss {
            continue;
        }
        let (began, last) = train.get_or_insert((came, came));
        // Where order is not kept, one may come before the one before it.
        if came.0.saturating_sub(last.0) <= ACK_DELTA.0 {
            *last = came;
            if came.0.saturating_sub(began.0) > longest_train(*least, at, rtt).0 {
                return Some(at);
            }
        }
        lowest = lowest.min(rtt);
        samples += 1;
        let rise = Span(least.0 / 8).clamp(RISE.0, RISE.1);
        if samples > SAMPLES && lowest > *least + rise {
            return Some(at);
        }
    }
    None
}
