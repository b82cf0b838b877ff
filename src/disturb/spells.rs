//! Spells: times during which something is the matter, with pauses between them.

use crate::kernel::dist::Dist;
use crate::kernel::rng::{Purpose, Stream, Streams};
use crate::kernel::time::{Span, Time};

/// One spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// When it begins.
    pub from: Time,
    /// When it is over.
    pub until: Time,
    /// Its number, from 0.
    pub number: u64,
}

/// Mean cycles before time 0 after which a process counts as steady.
const CYCLES_BEFORE: f64 = 20.0;

/// An alternating renewal process in calendar time: pause, spell, pause, spell … It depends on its
/// name alone, not on load or on what else happens. The first pause is a whole one, all is well at
/// time 0, unless it [`is steady`](Self::steady).
#[derive(Debug, Clone)]
pub struct Spells {
    course: Course,
    current: Spell,
}

#[derive(Debug, Clone)]
enum Course {
    /// Pauses and spells by law.
    Renewal { interval: Dist, duration: Dist, stream: Stream },
    /// Spells still to come, the next one last.
    Listed(Vec<(Time, Time)>),
}

impl Spells {
    /// The spells of `name`: pauses (from the end of a spell to the next onset) by `interval`, spells
    /// by `duration`, both in seconds.
    pub fn new(streams: &Streams, name: &str, interval: &Dist, duration: &Dist) -> Spells {
        let mut spells = Spells::unbegun(Course::Renewal {
            interval: interval.clone(),
            duration: duration.clone(),
            stream: streams.stream(name, Purpose::Spell),
        });
        spells.advance();
        spells
    }

    /// These spells, (from, until) in order of time, and no others.
    pub fn listed(spells: &[(Time, Time)]) -> Spells {
        let mut spells = Spells::unbegun(Course::Listed(spells.iter().rev().copied().collect()));
        spells.advance();
        spells
    }

    fn unbegun(course: Course) -> Spells {
        Spells { course, current: Spell { from: Time::ZERO, until: Time::ZERO, number: u64::MAX } }
    }

    /// The same process as it is long after its beginning: it began 20 mean cycles and a random part
    /// of one before time 0, so that at 0 it is in a spell with the probability that it always has
    /// (nearly: the random part makes up for cycles of nearly constant length).
    pub fn steady(streams: &Streams, name: &str, interval: &Dist, duration: &Dist) -> Spells {
        let mut stream = streams.stream(name, Purpose::Spell);
        let cycle = interval.mean() + duration.mean();
        let before = Span::from_s((CYCLES_BEFORE + stream.uniform()) * cycle);
        let (interval, duration) = (interval.clone(), duration.clone());
        let mut spells = Spells::unbegun(Course::Renewal { interval, duration, stream });
        while spells.current.until.0 <= before.0 && spells.current.until < Time::NEVER {
            spells.advance();
        }
        let Spell { from, until, .. } = spells.current;
        let earlier = |at: Time| Time(at.0.saturating_sub(before.0));
        spells.current = Spell { from: earlier(from), until: earlier(until), number: 0 };
        spells
    }

    /// The spell that is on, or the next one.
    pub fn current(&self) -> Spell {
        self.current
    }

    /// Goes on to the spell after the current one.
    pub fn advance(&mut self) {
        let later = |at: Time, span: Span| Time(at.0.saturating_add(span.0));
        let number = self.current.number.wrapping_add(1);
        let (from, until) = match &mut self.course {
            Course::Renewal { interval, duration, stream } => {
                let pause = interval.sample_span(stream.uniform());
                // At least a picosecond, so that time goes on.
                let length = duration.sample_span(stream.uniform()).max(Span(1));
                let from = later(self.current.until, pause);
                (from, later(from, length))
            }
            Course::Listed(spells) => spells.pop().unwrap_or((Time::NEVER, Time::NEVER)),
        };
        self.current = Spell { from, until, number };
    }

    /// The spell that is on at `now`, if one is. `now` does not go back.
    pub fn at(&mut self, now: Time) -> Option<Spell> {
        while self.current.until <= now && self.current.until < Time::NEVER {
            self.advance();
        }
        (self.current.from <= now).then_some(self.current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Theory: the long-run share of time in spells is E[duration]/(E[interval] + E[duration]) = 0.2,
    /// its variance over n cycles by the delta method as below; 3.29 sigma: one false alarm in a
    /// thousand seeds.
    #[test]
    fn spells_take_their_share_of_time() {
        let exponential = |mean| Dist::Exponential { mean };
        let streams = Streams::new(7, 0);
        let mut spells = Spells::new(&streams, "x", &exponential(0.8), &exponential(0.2));
        let (mut on, cycles) = (0.0, 10_000);
        for _ in 0..cycles {
            on += spells.current().until.since(spells.current().from).as_s();
            spells.advance();
        }
        let share = on / spells.current().from.as_s();
        // Delta method: var(share) = (b²·var(a) + a²·var(b))/((a+b)^4·n) = 2·(0.16)²/n.
        let sigma = (2.0f64 * 0.16 * 0.16 / f64::from(cycles)).sqrt();
        assert!((share - 0.2).abs() < 3.29 * sigma, "{share}");
    }

    /// Theory: in a steady process the probability of a spell at any instant is its share of time, here
    /// 0.3, from the first instant on and in the mean of the first half cycle. Binomial over 20,000
    /// names: 3.29 sigma, one false alarm in a thousand seeds a check; four checks.
    #[test]
    fn a_steady_process_is_the_same_at_its_beginning() {
        let (spell, pause) = (0.3, 0.7);
        let exponential = |mean| Dist::Exponential { mean };
        for (interval, duration) in [
            (exponential(pause), exponential(spell)),
            // Cycles of constant length: only the random part of one makes it steady.
            (Dist::Constant(pause), Dist::Constant(spell)),
        ] {
            let (mut at_once, mut later) = (0.0, 0.0);
            let n = 20_000;
            for i in 0..n {
                let name = format!("process {i}");
                let streams = Streams::new(11, 0);
                let mut spells = Spells::steady(&streams, &name, &interval, &duration);
                at_once += f64::from(u8::from(spells.at(Time::ZERO).is_some()));
                let then = Time::ZERO + Span::from_ms(400);
                later += f64::from(u8::from(spells.at(then).is_some()));
            }
            let sigma = (spell * pause / f64::from(n)).sqrt();
            for on in [at_once, later] {
                let share = on / f64::from(n);
                assert!((share - spell).abs() < 3.29 * sigma, "{interval:?}: {share}");
            }
        }
    }

    #[test]
    fn looking_up_agrees_with_walking() {
        let streams = Streams::new(3, 1);
        let (interval, duration) = (Dist::Exponential { mean: 1.0 }, Dist::Constant(0.5));
        let mut walked = Spells::new(&streams, "x", &interval, &duration);
        let mut asked = walked.clone();
        for i in 0..10_000u64 {
            let now = Time::ZERO + Span::from_ms(7 * i);
            while walked.current().until <= now {
                walked.advance();
            }
            let spell = walked.current();
            assert_eq!(asked.at(now), (spell.from <= now).then_some(spell));
        }
    }
}
