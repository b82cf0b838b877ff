//! Arrivals in bursts: an on/off process of the same mean rate.

use crate::disturb::Spells;
use crate::kernel::dist::Dist;
use crate::kernel::rng::Streams;
use crate::kernel::time::{Span, Time};
use crate::model::{Disturb, Scenario};

/// Turns the steady clock of an open load into one that runs `peak` times as fast in bursts and
/// stands still between them: on for 1/peak of the time, so the mean rate stays what it was.
#[derive(Debug, Clone)]
pub struct Bursts {
    spells: Spells,
    peak: f64,
    /// The last arrival.
    clock: Time,
}

impl Bursts {
    /// The bursts of the load `name`, if the scenario has any.
    pub fn of(scenario: &Scenario, name: &str, streams: &Streams) -> Option<Bursts> {
        scenario.disturbances().find_map(|d| match &d.what {
            Disturb::Burstiness { burst, peak } => {
                let pause = Dist::Exponential { mean: burst.mean() * (peak - 1.0) };
                let name = format!("{}/{name}", d.name);
                let spells = Spells::new(streams, &name, &pause, burst);
                Some(Bursts { spells, peak: *peak, clock: Time::ZERO })
            }
            _ => None,
        })
    }

    /// How long after the last arrival the next one comes that would come after `interval`.
    pub fn stretch(&mut self, interval: Span) -> Span {
        let before = self.clock;
        let mut left = Span((interval.0 as f64 / self.peak) as u64);
        loop {
            let burst = self.spells.current();
            let from = self.clock.max(burst.from);
            if from >= Time::NEVER {
                return Time::NEVER.since(before);
            }
            let room = burst.until.since(from.min(burst.until));
            if left < room {
                self.clock = from + left;
                return self.clock.since(before);
            }
            left = Span(left.0 - room.0);
            self.spells.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::Purpose;

    /// Theory: the mean rate stays 1,000/s. The share of time on over T has variance
    /// (b²·var(a) + a²·var(b))/((a+b)³·T) for bursts of mean a = 50 ms and pauses of mean b = 150 ms
    /// (alternating renewal process); with T = 4,000 s that is 0.75 % of the share, beside which the
    /// Poisson scatter of 0.05 % is nothing. 3.29 sigma = 2.5 %: one false alarm in a thousand seeds.
    #[test]
    fn bursts_keep_the_mean_rate_and_stand_still_between() {
        let streams = Streams::new(2, 0);
        let burst = Dist::Exponential { mean: 0.05 };
        let pause = Dist::Exponential { mean: 0.15 };
        let spells = Spells::new(&streams, "x", &pause, &burst);
        let mut bursts = Bursts { spells, peak: 4.0, clock: Time::ZERO };
        let mut stream = streams.stream("load", Purpose::Arrival);
        let law = Dist::Exponential { mean: 1e-3 };
        let (mut n, mut long) = (0u32, 0u32);
        while bursts.clock < Time::ZERO + Span::from_secs(4_000) {
            let span = bursts.stretch(law.sample_span(stream.uniform()));
            n += 1;
            long += u32::from(span > Span::from_ms(10));
        }
        let rate = f64::from(n) / bursts.clock.as_s();
        assert!((rate / 1e3 - 1.0).abs() < 0.025, "{rate}");
        // Nearly every pause (20,000 of them) shows as a gap.
        assert!((15_000..21_000).contains(&long), "{long}");
    }
}
