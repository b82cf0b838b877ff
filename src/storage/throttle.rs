//! A request-rate limit in integer time.

use crate::kernel::time::{PS_PER_S, Span, Time};

/// The generic cell rate algorithm (ITU-T I.371), a token bucket without a clock: a request is
/// admitted if it comes no earlier than `burst` before its theoretical arrival time.
#[derive(Debug, Clone)]
pub struct Bucket {
    interval: Span,
    burst: Span,
    due: Time,
}

impl Bucket {
    /// `rate` requests a second, with a depth of `burst_s` seconds of the rate (at least one).
    pub fn new(rate: f64, burst_s: f64) -> Bucket {
        let interval = Span((PS_PER_S as f64 / rate) as u64);
        Bucket { interval, burst: Span::from_s(burst_s), due: Time::ZERO }
    }

    /// Whether a request may pass now.
    pub fn admit(&mut self, now: Time) -> bool {
        if self.due > now + self.burst {
            return false;
        }
        self.due = self.due.max(now) + self.interval;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over 10 s, a closed gate asked every millisecond passes rate·10 + burst requests.
    #[test]
    fn passes_the_rate_and_the_burst() {
        let mut bucket = Bucket::new(100.0, 0.5);
        let passed = (0..10_000).filter(|ms| bucket.admit(Time::ZERO + Span::from_ms(*ms))).count();
        assert!((1_050..=1_051).contains(&passed), "{passed}");
    }
}
