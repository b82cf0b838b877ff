//! TCP in the fluid view: how a transfer is cut into slow-start rounds and a rest.
//!
//! Within slow start the bytes of a round leave as a burst; the next round starts one round trip
//! after the round before, or as soon as the burst has left if the path needs longer than that for
//! it: then the acknowledgements clock the sender and slow start is over. The rest moves at most at
//! window/RTT, or at what the loss law allows.

use crate::kernel::time::{Span, Time};
use crate::model::{LossLaw, Tcp};

/// The sender's window on one connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Bytes it may have in flight.
    pub bytes: f64,
    /// Slow start ends here.
    pub threshold: f64,
    /// When the last transfer ended.
    pub used: Time,
}

/// The next part of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A burst of this many bytes; then wait for the round trip to pass.
    Round(u64),
    /// All that is left, at the steady rate.
    Rest(u64),
}

impl Window {
    /// A new connection's window.
    pub fn new(tcp: &Tcp, now: Time) -> Window {
        let bytes = initial(tcp);
        Window { bytes, threshold: tcp.window_limit.0 as f64, used: now }
    }

    /// Decays the window for the time the connection was idle: halved once per retransmission
    /// time-out, not below the initial window (RFC 2861; Linux `tcp_cwnd_restart`, which also keeps
    /// three quarters of the old window as threshold).
    pub fn restart(&mut self, tcp: &Tcp, rtt: Span, now: Time) {
        if !tcp.idle_restart {
            return;
        }
        let time_out = (rtt + tcp.min_rto).0;
        let mut idle = now.since(self.used).0;
        if idle > time_out {
            self.threshold = self.threshold.max(0.75 * self.bytes);
        }
        while idle > time_out && self.bytes > initial(tcp) {
            self.bytes = (self.bytes / 2.0).max(initial(tcp));
            idle -= time_out;
        }
    }

    /// How the next part of `left` bytes goes.
    pub fn next(&self, tcp: &Tcp, rtt: Span, left: u64) -> Part {
        let limit = self.threshold.min(tcp.window_limit.0 as f64);
        if rtt == Span::ZERO || self.bytes >= limit {
            return Part::Rest(left);
        }
        Part::Round(left.min(self.bytes as u64).max(1))
    }

    /// A round of `bytes` was acknowledged: the window grows by the preset's factor.
    pub fn grow(&mut self, tcp: &Tcp, bytes: u64) {
        let limit = tcp.window_limit.0 as f64;
        self.bytes = (self.bytes + (tcp.growth - 1.0) * bytes as f64).min(limit);
    }

    /// The path was busy a whole round trip with one burst: slow start is over.
    pub fn open(&mut self, tcp: &Tcp) {
        self.bytes = tcp.window_limit.0 as f64;
    }
}

fn initial(tcp: &Tcp) -> f64 {
    (u64::from(tcp.initial_window) * tcp.mss.0).min(tcp.window_limit.0) as f64
}

/// Most the window allows over `rtt`, bytes per second; infinite at no distance.
pub fn window_rate(tcp: &Tcp, rtt: Span) -> f64 {
    if rtt == Span::ZERO { f64::INFINITY } else { tcp.window_limit.0 as f64 / rtt.as_s() }
}

/// Most the loss law allows over `rtt`, bytes per second; infinite without loss.
///
/// Mathis, Semke, Mahdavi & Ott (CCR 27(3), 1997): MSS/RTT·sqrt(3/(2p)). CUBIC (RFC 9438 §5.1,
/// eq. 6, with C = 0.4, β = 0.7): (C·(3+β)/(4·(1−β)))^¼·(RTT/p)^0.75 = 1.054·(RTT/p)^0.75 segments,
/// at least AIMD's 1.2/sqrt(p).
pub fn loss_rate(tcp: &Tcp, rtt: Span) -> f64 {
    if tcp.loss <= 0.0 || rtt == Span::ZERO {
        return f64::INFINITY;
    }
    let segments = match tcp.loss_law {
        LossLaw::None => return f64::INFINITY,
        LossLaw::Mathis => (1.5 / tcp.loss).sqrt(),
        LossLaw::Cubic => {
            let factor = (0.4 * 3.7 / 1.2f64).sqrt().sqrt();
            let cubic = factor * libm::pow(rtt.as_s() / tcp.loss, 0.75);
            cubic.max(1.2 / tcp.loss.sqrt())
        }
    };
    segments * tcp.mss.0 as f64 / rtt.as_s()
}

/// Time from the first byte's departure to the last's over an otherwise empty path of
/// `bytes_per_s`, in closed form: the twin of the simulated rounds.
pub fn transfer_time_s(tcp: &Tcp, rtt: Span, bytes_per_s: f64, bytes: u64) -> f64 {
    let mut window = Window::new(tcp, Time::ZERO);
    let rate = bytes_per_s.min(window_rate(tcp, rtt)).min(loss_rate(tcp, rtt));
    let burst_rate = bytes_per_s.min(loss_rate(tcp, rtt));
    let (mut time, mut left) = (0.0, bytes);
    loop {
        match window.next(tcp, rtt, left) {
            Part::Rest(left) => return time + left as f64 / rate,
            Part::Round(burst) => {
                let busy = burst as f64 / burst_rate;
                left -= burst;
                if left == 0 {
                    return time + busy;
                }
                if busy >= rtt.as_s() {
                    window.open(tcp);
                }
                time += busy.max(rtt.as_s());
                window.grow(tcp, burst);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::units::Bytes;

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
            efficiency: 1.0,
        }
    }

    /// RFC 9438's response table at RTT 0.1 s (its Table 2), to the digits printed there.
    #[test]
    fn the_response_function_of_cubic_is_the_rfcs() {
        for (loss, segments) in [(1e-4, 187.0), (1e-5, 1054.0), (1e-6, 5926.0), (1e-7, 33325.0)] {
            let tcp = Tcp { loss, ..cubic() };
            let got = loss_rate(&tcp, Span::from_ms(100)) * 0.1 / 1448.0;
            assert!((got - segments).abs() <= 1.0, "{loss}: {got} instead of {segments}");
        }
    }

    #[test]
    fn slow_start_doubles_until_the_path_is_busy() {
        let tcp = cubic();
        let rtt = Span::from_ms(10);
        // 14,480 + 28,960 + 57,920 bytes in three round trips, the rest of 200,000 in the fourth.
        let time = transfer_time_s(&tcp, rtt, 1e12, 200_000);
        assert!((time - 0.030).abs() < 1e-6, "{time}");
    }

    #[test]
    fn an_idle_window_halves_once_per_time_out_and_no_further_than_the_initial_one() {
        let tcp = cubic();
        let mut window = Window { bytes: 1e6, threshold: 2e6, used: Time::ZERO };
        window.restart(&tcp, Span::ZERO, Time::ZERO + Span::from_ms(450));
        assert_eq!(window.bytes, 2.5e5);
        window.restart(&tcp, Span::ZERO, Time::ZERO + Span::from_secs(100));
        assert_eq!(window.bytes, 14_480.0);
    }
}
