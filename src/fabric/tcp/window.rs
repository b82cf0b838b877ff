//! The sender's window on one connection, round by round.

use super::cubic::Cubic;
use super::hystart::{self, Ack};
use super::loss_law;
use crate::kernel::time::{Span, Time};
use crate::model::{HyStart, LossLaw, Tcp};

/// Losses that a transfer must be expected to meet before its steady state stands for them.
const MANY_LOSSES: f64 = 32.0;

/// Segments after a lost one that it takes to notice it without a time-out (RFC 5681 §3.2).
const DUPLICATES: u64 = 3;

/// The sender's window on one connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Bytes it may have in flight.
    pub bytes: f64,
    /// Slow start ends here.
    pub threshold: f64,
    /// When the last part left.
    pub sent: Time,
    /// Whether hybrid slow start has ended slow start: it does so once, until a time-out (Linux
    /// `ca->found`).
    found: bool,
    /// Whether the path, not the window, sets the rate.
    open: bool,
    /// Least round trip of an acknowledgement, where they are looked at one by one.
    least: Span,
    cubic: Cubic,
}

/// The next part of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A burst of this many bytes; then wait for the round trip to pass.
    Round(u64),
    /// This many at the steady rate: all that is left, or all that spans many losses.
    Rest(u64),
}

/// A round that has been acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Payload.
    pub bytes: u64,
    /// Round trip of the path.
    pub rtt: Span,
    /// How long the path took to pass the burst on.
    pub busy: Span,
    /// When the next round begins.
    pub ends: Time,
}

/// How a sender learns of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// By duplicate acknowledgements: fast retransmit.
    Duplicates,
    /// By silence: retransmission time-out.
    TimeOut,
}

impl Window {
    /// A new connection's window.
    pub fn new(tcp: &Tcp, now: Time) -> Window {
        let bytes = initial(tcp);
        let threshold = tcp.window_limit.0 as f64;
        let least = Span(u64::MAX);
        Window {
            bytes,
            threshold,
            sent: now,
            found: false,
            open: false,
            least,
            cubic: Cubic::default(),
        }
    }

    /// Decays the window for the time in which its sender sent nothing: halved once per
    /// retransmission time-out, not below the initial window (RFC 2861; Linux `tcp_cwnd_restart`,
    /// which also keeps three quarters of the old window as threshold).
    pub fn restart(&mut self, tcp: &Tcp, rtt: Span, now: Time) {
        if !tcp.idle_restart {
            return;
        }
        let time_out = time_out(tcp, rtt).0;
        let mut idle = now.since(self.sent).0;
        if idle > time_out {
            self.threshold = self.threshold.max(0.75 * self.bytes);
        }
        while idle > time_out && self.bytes > initial(tcp) {
            self.bytes = (self.bytes / 2.0).max(initial(tcp));
            self.open = false;
            idle -= time_out;
        }
    }

    /// A payload begins to move at `now`: CUBIC's clock stood still since the last one had left (Linux
    /// `cubictcp_cwnd_event`).
    pub fn resume(&mut self, now: Time) {
        self.cubic.slept(now.since(self.sent));
        self.sent = now;
    }

    /// How the next part of `left` bytes goes. A window that nothing holds back any more bursts
    /// once; what is longer than that moves at window/RTT.
    pub fn next(&self, tcp: &Tcp, rtt: Span, left: u64) -> Part {
        if rtt == Span::ZERO {
            return Part::Rest(left);
        }
        let limit = tcp.window_limit.0;
        if loss_moves_window(tcp) {
            let many = (MANY_LOSSES / tcp.loss * tcp.mss.0 as f64) as u64;
            if left > many.saturating_mul(2) {
                return Part::Rest(left - many);
            }
        } else if (self.open || self.bytes >= limit as f64) && left as f64 > self.bytes {
            return Part::Rest(left);
        }
        Part::Round(left.min(self.bytes as u64).max(1))
    }

    /// A round was acknowledged: the window grows, exponentially in slow start, then as its
    /// congestion control avoids congestion. One that is not used does not grow (RFC 7661; Linux
    /// `tcp_is_cwnd_limited`: in slow start up to twice what was sent). `acks` are the round's
    /// acknowledgements if [`looks_at_acks`](Self::looks_at_acks) and delays vary.
    pub fn acknowledged(&mut self, tcp: &Tcp, round: &Round, acks: &[Ack]) {
        let limit = tcp.window_limit.0 as f64;
        let mut acked = round.bytes as f64;
        let in_slow_start = self.bytes < self.threshold;
        let used = if in_slow_start { 2.0 * acked } else { acked + tcp.mss.0 as f64 };
        let grown = (tcp.growth - 1.0) * acked;
        let exit = match in_slow_start && !self.found {
            true if acks.is_empty() => hystart::exit(tcp, self.bytes, grown, round),
            true => hystart::exit_on(tcp, self.bytes, &mut self.least, acks),
            false => None,
        };
        if let Some(at) = exit {
            (self.found, self.threshold) = (true, at);
        }
        if self.bytes > used {
            return;
        }
        let limit = if in_slow_start { limit.min(used) } else { limit };
        if in_slow_start {
            let room = (self.threshold - self.bytes).max(0.0);
            // Acknowledgements up to the threshold are slow start's, those after it are not.
            let of_slow_start = if grown > room { acked * room / grown } else { acked };
            self.bytes += grown.min(room);
            acked -= of_slow_start;
        }
        if acked > 0.0 {
            self.avoid(tcp, acked, round);
        }
        self.bytes = self.bytes.min(limit);
    }

    /// Whether the next round's acknowledgements may end slow start by when they come.
    pub fn looks_at_acks(&self, tcp: &Tcp) -> bool {
        tcp.hystart == HyStart::Linux && !self.found && self.bytes < self.threshold
    }

    fn avoid(&mut self, tcp: &Tcp, acked: f64, round: &Round) {
        let mss = tcp.mss.0 as f64;
        match tcp.loss_law {
            LossLaw::Cubic => {
                let segments = self.cubic.grow(self.bytes / mss, acked / mss, round);
                self.bytes = segments * mss;
            }
            // One segment a round trip, with an acknowledgement per segment (RFC 5681 §3.1).
            LossLaw::Mathis | LossLaw::Pftk => self.bytes += mss * acked / self.bytes,
            // BBR has no avoidance: it finds the path's rate and stays there.
            LossLaw::None | LossLaw::Bbr3 => self.bytes += acked,
        }
    }

    /// The path was busy a whole round trip with one burst: from here on it, not the window, sets
    /// the rate, and the window grows to its limit or to what the path's buffers hold of it, `held`
    /// bytes, where losses keep it. Under loss on the way it stays what it is.
    pub fn open(&mut self, tcp: &Tcp, held: f64) {
        if !loss_moves_window(tcp) {
            self.open = true;
            self.bytes = held.clamp(initial(tcp), tcp.window_limit.0 as f64);
            self.threshold = self.threshold.min(self.bytes);
        }
    }

    /// A part at the steady rate is over: the window is the steady state's mean.
    pub fn settled(&mut self, tcp: &Tcp, rtt: Span) {
        if loss_moves_window(tcp) {
            let mean = loss_law::loss_rate(tcp, rtt) * rtt.as_s();
            self.bytes = mean.clamp(tcp.mss.0 as f64, tcp.window_limit.0 as f64);
            self.threshold = self.bytes;
        }
    }

    /// Packets of the round were lost: the window falls, and what it was is remembered.
    pub fn lost(&mut self, tcp: &Tcp, loss: Loss) {
        let mss = tcp.mss.0 as f64;
        self.open = false;
        self.cubic.lost(self.bytes / mss, loss);
        // RFC 5681 and RFC 9438: at least two segments.
        self.threshold = (tcp.loss_law.beta() * self.bytes).max(2.0 * mss);
        self.bytes = match loss {
            Loss::Duplicates => self.threshold,
            Loss::TimeOut => {
                // Linux `bictcp_reset`.
                (self.found, self.least) = (false, Span(u64::MAX));
                mss
            }
        };
    }

    /// How a loss is noticed that `following` segments are sent after.
    pub fn noticed(following: u64) -> Loss {
        if following >= DUPLICATES { Loss::Duplicates } else { Loss::TimeOut }
    }
}

/// Whether loss on the path moves the window.
pub fn loss_moves_window(tcp: &Tcp) -> bool {
    tcp.loss > tcp.loss_law.tolerance()
}

/// Retransmission time-out: the round trip and the least variance Linux allows for, which is the
/// least time-out (`tcp_rto_min`; RFC 6298 would have one second).
pub fn time_out(tcp: &Tcp, rtt: Span) -> Span {
    rtt + tcp.min_rto
}

fn initial(tcp: &Tcp) -> f64 {
    (u64::from(tcp.initial_window) * tcp.mss.0).min(tcp.window_limit.0) as f64
}
