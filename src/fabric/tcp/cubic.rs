//! CUBIC's congestion avoidance (RFC 9438 §4), in segments.

use super::{Loss, Round};
use crate::kernel::time::{Span, Time};

/// RFC 9438 §5.1: C.
pub(super) const C: f64 = 0.4;
/// RFC 9438 §4.6: what is left of the window.
pub(super) const BETA: f64 = 0.7;
/// Before the first loss the window grows by one segment for every 20 acknowledged, if the cubic
/// law has it grow less (Linux `bictcp_update`: `ca->cnt > 20`; ns-3 `CntClamp`).
const CLAMP: f64 = 20.0;

/// What CUBIC remembers of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Cubic {
    /// Window at the last loss; zero before the first.
    max: f64,
    epoch: Option<Epoch>,
}

/// Congestion avoidance since the last loss.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Epoch {
    began: Time,
    /// Time to reach `origin`, s.
    k: f64,
    origin: f64,
    /// What Reno would have.
    reno: f64,
}

impl Cubic {
    /// The window after `acked` segments of a round that began with `window`.
    pub(super) fn grow(&mut self, window: f64, acked: f64, round: &Round) -> f64 {
        let (max, began) = (self.max, Time(round.ends.0.saturating_sub(round.rtt.0)));
        let epoch = self.epoch.get_or_insert_with(|| {
            let k = if max > window { libm::cbrt((max - window) / C) } else { 0.0 };
            Epoch { began, k, origin: max.max(window), reno: window }
        });
        // The target is one round trip ahead (RFC 9438 §4.2).
        let since = Span(round.ends.0.saturating_sub(epoch.began.0));
        let ahead = (since + round.rtt).as_s() - epoch.k;
        let target = epoch.origin + C * ahead * ahead * ahead;
        // Between 1 and 1.5 times the window (§4.2).
        let target = target.clamp(window, 1.5 * window);
        let mut step = (target - window) * acked / window;
        if self.max == 0.0 {
            step = step.max(acked / CLAMP);
        }
        // Reno-friendly (§4.3). That α becomes 1 once the old window is reached is new in RFC 9438;
        // Linux and ns-3 keep it, and so does the law's floor of 1.2/sqrt(p).
        epoch.reno += 3.0 * (1.0 - BETA) / (1.0 + BETA) * acked / window;
        (window + step).max(epoch.reno)
    }

    /// Packets were lost at `window`. Fast convergence (§4.7): one that had less than before gives
    /// more away. A time-out forgets all (Linux `cubictcp_state`, ns-3 `CubicReset`).
    pub(super) fn lost(&mut self, window: f64, loss: Loss) {
        self.epoch = None;
        self.max = match loss {
            Loss::Duplicates if window < self.max => window * (1.0 + BETA) / 2.0,
            Loss::Duplicates => window,
            Loss::TimeOut => 0.0,
        };
    }

    /// Nothing was sent: that time does not count.
    pub(super) fn slept(&mut self, span: Span) {
        if let Some(epoch) = &mut self.epoch {
            epoch.began = epoch.began + span;
        }
    }
}
