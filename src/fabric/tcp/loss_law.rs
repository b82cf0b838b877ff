//! Steady states under loss. `loss` is the probability of a loss *event* per segment.

use super::cubic::{BETA, C};
use super::window::{loss_moves_window, time_out};
use crate::kernel::time::Span;
use crate::model::{LossLaw, Tcp};

/// Reno's mean window, segments, with an acknowledgement for `b` segments: sqrt(3/(2bp)) (Mathis,
/// Semke, Mahdavi & Ott, CCR 27(3), 1997).
pub fn mathis_segments(loss: f64, b: f64) -> f64 {
    (1.5 / (b * loss)).sqrt()
}

/// CUBIC's mean window, segments (RFC 9438 §5; 1.054 with C = 0.4 in §5.1): (C·(3+β)/(4·(1−β)))^¼·(RTT/p)^0.75 =
/// 1.054·(RTT/p)^0.75, at least AIMD's 1.2/sqrt(p).
pub fn cubic_segments(loss: f64, rtt_s: f64) -> f64 {
    let factor = (C * (3.0 + BETA) / (4.0 * (1.0 - BETA))).sqrt().sqrt();
    (factor * libm::pow(rtt_s / loss, 0.75)).max(1.2 / loss.sqrt())
}

/// Reno with time-outs, segments per round trip, with an acknowledgement for `b` segments (RFC 5348
/// §3.1): 1/(sqrt(2bp/3) + t_RTO/R·3·sqrt(3bp/8)·p·(1 + 32p²)). RFC 5348 leaves the minimum of Padhye
/// et al. (1998) away; it matters above p = 0.3 alone, where the RFC's form falls below it, so that it
/// is left away here too.
pub fn pftk_segments(loss: f64, rtt_s: f64, time_out_s: f64, b: f64) -> f64 {
    let waits = 3.0 * (3.0 * b * loss / 8.0).sqrt() * loss * (1.0 + 32.0 * loss * loss);
    1.0 / ((2.0 * b * loss / 3.0).sqrt() + time_out_s / rtt_s * waits)
}

/// Most loss allows over `rtt` in the steady state, bytes per second; infinite where it does not
/// count. BBR above its threshold is taken for AIMD: 1.2/sqrt(p).
pub fn loss_rate(tcp: &Tcp, rtt: Span) -> f64 {
    if !loss_moves_window(tcp) || rtt == Span::ZERO {
        return f64::INFINITY;
    }
    let rtt_s = rtt.as_s();
    // Growth by a half a round is that of Reno with an acknowledgement per two segments.
    let b = (1.0 / (tcp.growth - 1.0)).clamp(1.0, 2.0);
    let segments = match tcp.loss_law {
        LossLaw::Mathis => mathis_segments(tcp.loss, b),
        LossLaw::Pftk => pftk_segments(tcp.loss, rtt_s, time_out(tcp, rtt).as_s(), b),
        LossLaw::Cubic => cubic_segments(tcp.loss, rtt_s),
        LossLaw::None | LossLaw::Bbr3 => 1.2 / tcp.loss.sqrt(),
    };
    segments * tcp.mss.0 as f64 / rtt_s
}
