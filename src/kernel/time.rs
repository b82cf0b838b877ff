//! Integer picosecond time. Float clocks need epsilons and break ties by accident; integers do not.

use serde::Serialize;
use std::ops::{Add, AddAssign, Sub};

/// Picoseconds in one second.
pub const PS_PER_S: u64 = 1_000_000_000_000;

/// An instant, in picoseconds since the start of the run. The largest, 2^64 ps, is 213 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Time(pub u64);

/// A length of time, in picoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span(pub u64);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(0);
    /// Later than every instant a run can reach.
    pub const NEVER: Time = Time(u64::MAX);

    /// How long after `earlier` this instant is.
    ///
    /// # Panics
    /// If `earlier` is later: time ran backwards, which is a bug.
    #[inline]
    #[track_caller]
    pub fn since(self, earlier: Time) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("time ran backwards"))
    }

    /// `span` later, or never: a time that no run reaches is an end too long, not a bug.
    #[inline]
    #[must_use]
    pub fn plus(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }

    /// Seconds since the start, for people and files.
    pub fn as_s(self) -> f64 {
        Span(self.0).as_s()
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span.
    pub const MAX: Span = Span(u64::MAX);

    /// Whole nanoseconds.
    pub const fn from_ns(ns: u64) -> Span {
        Span(ns * 1_000)
    }
    /// Whole microseconds.
    pub const fn from_us(us: u64) -> Span {
        Span(us * 1_000_000)
    }
    /// Whole milliseconds.
    pub const fn from_ms(ms: u64) -> Span {
        Span(ms * 1_000_000_000)
    }
    /// Whole seconds.
    pub const fn from_secs(s: u64) -> Span {
        Span(s * PS_PER_S)
    }

    /// Seconds to the nearest picosecond; negative values and NaN are zero, too long ones
    /// saturate (the queue refuses them by name).
    pub fn from_s(s: f64) -> Span {
        Span((s * PS_PER_S as f64 + 0.5) as u64)
    }

    /// Seconds, for people and files.
    pub fn as_s(self) -> f64 {
        self.0 as f64 / PS_PER_S as f64
    }

    /// The part of this span left after `other`, or zero.
    pub fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }

    /// `n` times as long.
    pub fn times(self, n: u64) -> Span {
        Span(self.0.checked_mul(n).expect("span overflows 213 days"))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    #[inline]
    fn add(self, span: Span) -> Time {
        Time(self.0.checked_add(span.0).expect("beyond the 213 days a u64 of picoseconds holds"))
    }
}

impl Add for Span {
    type Output = Span;
    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.checked_add(other.0).expect("span overflows 213 days"))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.checked_sub(other.0).expect("a span cannot be negative"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_to_the_nearest_picosecond() {
        assert_eq!(Span::from_s(1.0), Span(PS_PER_S));
        assert_eq!(Span::from_s(0.323), Span(323_000_000_000));
        assert_eq!(Span::from_s(-1.0), Span::ZERO);
        assert_eq!(Span::from_s(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_s(1e300), Span::MAX);
    }

    #[test]
    #[should_panic(expected = "time ran backwards")]
    fn time_cannot_run_backwards() {
        Time(1).since(Time(2));
    }
}
