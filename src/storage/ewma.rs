//! Peak-sensitive moving average of latency, as Finagle's `PeakEwma` balancer keeps it per server
//! (twitter/finagle, `finagle-core/…/loadbalancer/PeakEwma.scala`): a slower
//! answer counts at once, faster ones with weight 1 − exp(−Δt/τ), where Δt is the time since the last
//! look. Every look at the cost decays it towards zero, so that who was slow is tried again.
//! Answers alone are observed here; Finagle takes failures for answers too.

use crate::kernel::time::{Span, Time};

/// The cost of one server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeakEwma {
    /// Mean lifetime of a cost, seconds.
    tau_s: f64,
    cost_s: f64,
    seen: Time,
}

/// Stands for the latency of a server with requests outstanding that has not answered yet: longer
/// than any (Finagle's is `Long.MaxValue >> 16` ns, 1.4e5 s). Assumption: no answer takes 11 days.
const PENALTY_S: f64 = 1e6;

impl PeakEwma {
    /// A server that has not answered yet; its costs live for `decay` in the mean.
    pub fn new(decay: Span) -> PeakEwma {
        PeakEwma { tau_s: decay.as_s(), cost_s: 0.0, seen: Time::ZERO }
    }

    /// An answer took `latency_s`.
    pub fn observe(&mut self, now: Time, latency_s: f64) {
        let weight = libm::exp(-now.since(self.seen).as_s() / self.tau_s);
        self.cost_s = match latency_s > self.cost_s {
            true => latency_s,
            false => self.cost_s * weight + latency_s * (1.0 - weight),
        };
        self.seen = now;
    }

    /// What one more request would cost there with `outstanding` of them under way.
    pub fn load(&mut self, now: Time, outstanding: u32) -> f64 {
        self.observe(now, 0.0);
        match self.cost_s == 0.0 && outstanding > 0 {
            true => PENALTY_S + f64::from(outstanding),
            false => self.cost_s * (f64::from(outstanding) + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peak counts at once; then the cost falls as peak · exp(−t/τ) towards nothing, looked at often
    /// or once (the product of weights is the weight of the sum), within 1e-12.
    #[test]
    fn peaks_count_at_once_and_decay_exponentially() {
        let at = |ms| Time::ZERO + Span::from_ms(ms);
        let mut often = PeakEwma::new(Span::from_secs(10));
        often.observe(at(1_000), 0.010);
        often.observe(at(1_500), 0.500);
        let mut once = often;
        assert_eq!(often.load(at(1_500), 0), 0.5);
        for ms in (1_500..=11_500).step_by(250) {
            often.load(at(ms), 0);
        }
        let expected = 0.5 * libm::exp(-1.0);
        assert!((often.load(at(11_500), 0) - expected).abs() < 1e-12);
        assert!((once.load(at(11_500), 1) - 2.0 * expected).abs() < 1e-12);
        // A faster answer one decay time later: 1/e of the old cost, the rest of the new.
        let mut twin = PeakEwma::new(Span::from_secs(10));
        twin.observe(at(0), 0.5);
        twin.observe(at(10_000), 0.1);
        let weight = libm::exp(-1.0);
        assert!((twin.load(at(10_000), 0) - (0.5 * weight + 0.1 * (1.0 - weight))).abs() < 1e-12);
    }

    #[test]
    fn who_has_not_answered_is_not_asked_twice() {
        let mut new = PeakEwma::new(Span::from_secs(10));
        assert_eq!(new.load(Time::ZERO, 0), 0.0);
        assert!(new.load(Time::ZERO, 1) > 1e5);
    }
}
