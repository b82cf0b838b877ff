//! TCP in the fluid view: how a transfer is cut into rounds and a rest.
//!
//! While the window is smaller than what the path holds, the bytes of a round leave as a burst; the
//! next round starts one round trip after the round before, or as soon as the burst has left if the
//! path needs longer than that for it: then the acknowledgements clock the sender and the path is
//! busy. The rest moves at most at window/RTT. With loss the rounds go on to the end, and the window
//! falls where a packet is lost; transfers that span many losses move at the law's rate instead.

mod cubic;
mod hystart;
mod loss_law;
mod window;

pub use hystart::{Ack, SEGMENTS_PER_ACK};
pub use loss_law::{cubic_segments, loss_rate, mathis_segments, pftk_segments};
pub use window::{Loss, Part, Round, Window, loss_moves_window, time_out};

use crate::kernel::time::{PS_PER_S, Span, Time};
use crate::model::Tcp;

/// Most the window allows over `rtt`, bytes per second; infinite at no distance.
pub fn window_rate(tcp: &Tcp, rtt: Span) -> f64 {
    if rtt == Span::ZERO { f64::INFINITY } else { tcp.window_limit.0 as f64 / rtt.as_s() }
}

/// Time from the first byte's departure to the last's over an otherwise empty path of
/// `bytes_per_s` without loss, in closed form: the twin of the simulated rounds.
pub fn transfer_time_s(tcp: &Tcp, rtt: Span, bytes_per_s: f64, bytes: u64) -> f64 {
    let mut window = Window::new(tcp, Time::ZERO);
    let rate = bytes_per_s.min(window_rate(tcp, rtt));
    let (mut time, mut left) = (0.0, bytes);
    loop {
        match window.next(tcp, rtt, left) {
            Part::Rest(left) => return time + left as f64 / rate,
            Part::Round(burst) => {
                let busy = burst as f64 / bytes_per_s;
                left -= burst;
                if left == 0 {
                    return time + busy;
                }
                let span = Span((busy * PS_PER_S as f64) as u64);
                let ends = Time(((time + busy.max(rtt.as_s())) * PS_PER_S as f64) as u64);
                window.acknowledged(tcp, &Round { bytes: burst, rtt, busy: span, ends }, &[]);
                if busy >= rtt.as_s() {
                    window.open(tcp, f64::INFINITY);
                }
                time += busy.max(rtt.as_s());
            }
        }
    }
}
