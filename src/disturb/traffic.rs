//! Traffic of others on a cable over time.

use super::Spells;
use crate::kernel::dist::Dist;
use crate::kernel::rng::Streams;
use crate::kernel::time::{Span, Time};
use crate::model::Course;

/// Share of a cable that others use: constant until [`next`](Self::next), when
/// [`turn`](Self::turn) takes it on.
#[derive(Debug, Clone)]
pub struct Traffic(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// Bursts.
    Bursts { spells: Spells, peak: f64, on: bool },
    /// Steps, the one that holds now, the beginning of this lap, and the length of one.
    Trace { steps: Vec<(Span, f64)>, step: usize, lap: Time, period: Span },
}

impl Traffic {
    /// The traffic called `name`. Bursts are in their steady state from time 0 on; a trace begins
    /// with its first row.
    pub fn new(streams: &Streams, name: &str, course: &Course) -> Traffic {
        Traffic(match course {
            Course::OnOff { load, peak, burst } => {
                // load = peak · E[burst] / (E[burst] + E[pause]).
                let pause = if *load > 0.0 { peak / load - 1.0 } else { f64::INFINITY };
                let pause = Dist::Exponential { mean: burst.mean() * pause };
                // No load at all: no bursts, and no cycle to be in the middle of.
                let mut spells = if *load > 0.0 {
                    Spells::steady(streams, name, &pause, burst)
                } else {
                    Spells::new(streams, name, &pause, burst)
                };
                let on = spells.at(Time::ZERO).is_some();
                Kind::Bursts { spells, peak: *peak, on }
            }
            Course::Trace { steps, period_s } => Kind::Trace {
                steps: steps.iter().map(|(s, share)| (Span::from_s(*s), *share)).collect(),
                step: 0,
                lap: Time::ZERO,
                // At least a picosecond a step, so that time goes on.
                period: Span::from_s(*period_s).max(Span(steps.len() as u64)),
            },
        })
    }

    /// Share in use, 0–1.
    pub fn share(&self) -> f64 {
        match &self.0 {
            Kind::Bursts { peak, on, .. } => {
                if *on {
                    *peak
                } else {
                    0.0
                }
            }
            Kind::Trace { steps, step, .. } => steps[*step].1,
        }
    }

    /// When it changes next.
    pub fn next(&self) -> Time {
        match &self.0 {
            Kind::Bursts { spells, on: true, .. } => spells.current().until,
            Kind::Bursts { spells, on: false, .. } => spells.current().from,
            Kind::Trace { steps, step, lap, period } => {
                let end = steps.get(step + 1).map_or(*period, |next| next.0);
                Time(lap.0.saturating_add(end.0))
            }
        }
    }

    /// It is [`next`](Self::next): what holds from now on.
    pub fn turn(&mut self) {
        match &mut self.0 {
            Kind::Bursts { spells, on, .. } => {
                if *on {
                    spells.advance();
                }
                *on = !*on;
            }
            Kind::Trace { steps, step, lap, period } => {
                *step += 1;
                if *step == steps.len() {
                    *step = 0;
                    *lap = Time(lap.0.saturating_add(period.0));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_followed_and_repeated() {
        let course = Course::Trace { steps: vec![(0.0, 0.2), (1.0, 0.8)], period_s: 3.0 };
        let mut traffic = Traffic::new(&Streams::new(1, 0), "x", &course);
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push((traffic.share(), traffic.next().as_s()));
            traffic.turn();
        }
        assert_eq!(seen, [(0.2, 1.0), (0.8, 3.0), (0.2, 4.0), (0.8, 6.0), (0.2, 7.0)]);
    }

    /// The mean over time is the load: renewal–reward, standard deviation by the delta method as for
    /// spells with E[burst] = 1, E[pause] = 2: share of bursts 1/3, times the peak. 3.29 sigma: one
    /// false alarm in a thousand seeds.
    #[test]
    fn bursts_make_the_load() {
        let burst = Dist::Exponential { mean: 1.0 };
        let course = Course::OnOff { load: 0.3, peak: 0.9, burst };
        let mut traffic = Traffic::new(&Streams::new(5, 0), "x", &course);
        let (mut at, mut used, cycles) = (Time::ZERO, 0.0, 20_000);
        for _ in 0..2 * cycles {
            used += traffic.share() * traffic.next().since(at).as_s();
            at = traffic.next();
            traffic.turn();
        }
        let mean = used / at.as_s();
        let sigma = 0.9 * (2.0f64 * 2.0 * 2.0 / 81.0 / f64::from(cycles)).sqrt();
        assert!((mean - 0.3).abs() < 3.29 * sigma, "{mean}");
    }

    #[test]
    fn no_load_is_no_traffic() {
        let course = Course::OnOff { load: 0.0, peak: 1.0, burst: Dist::Constant(1.0) };
        let traffic = Traffic::new(&Streams::new(5, 0), "x", &course);
        assert_eq!((traffic.share(), traffic.next()), (0.0, Time::NEVER));
    }
}
