//! What goes on at a station, with Little's law as an identity.

use super::summary::{Latency, StationSummary};
use crate::kernel::stats::{Histogram, Series, TimeWeighted};
use crate::kernel::time::{PS_PER_S, Time};

/// The meter of one station.
#[derive(Debug, Clone)]
pub struct StationMeter {
    inside: TimeWeighted,
    busy: TimeWeighted,
    busy_over_time: Series,
    busy_since: Time,
    sojourn: Histogram,
    wait: Histogram,
    /// Waits of no length that are not in it yet.
    no_wait: u64,
    arrivals: u64,
    departures: u64,
    expelled: u64,
    /// Σ of sojourns clipped to the window, ps; and Σ of (clipped) arrival times of those inside.
    sojourns: u128,
    inside_since: u128,
    window: Time,
}

impl Default for StationMeter {
    fn default() -> Self {
        StationMeter {
            inside: TimeWeighted::new(Time::ZERO, 0),
            busy: TimeWeighted::new(Time::ZERO, 0),
            busy_over_time: Series::default(),
            busy_since: Time::ZERO,
            sojourn: Histogram::new(),
            wait: Histogram::new(),
            no_wait: 0,
            arrivals: 0,
            departures: 0,
            expelled: 0,
            sojourns: 0,
            inside_since: 0,
            window: Time::ZERO,
        }
    }
}

impl StationMeter {
    /// Something arrives.
    pub fn arrives(&mut self, now: Time) {
        self.inside.set(now, self.inside.level() + 1);
        self.arrivals += 1;
        self.inside_since += u128::from(now.0);
    }

    /// Its service begins.
    pub fn begins(&mut self, now: Time, arrived: Time) {
        self.set_busy(now, self.busy.level() + 1);
        match now.since(arrived).0 {
            // Mostly: counted here, nothing else of the histogram need be looked up.
            0 => self.no_wait += 1,
            wait => self.wait.add(wait),
        }
    }

    /// It leaves.
    pub fn leaves(&mut self, now: Time, arrived: Time) {
        self.set_busy(now, self.busy.level() - 1);
        self.departures += 1;
        self.sojourn.add(now.since(arrived).0);
        self.is_out(now, arrived);
    }

    /// It is lost; its time here counts for Little's law, not for latency.
    pub fn expelled(&mut self, now: Time, arrived: Time, served: bool) {
        if served {
            self.set_busy(now, self.busy.level() - 1);
        }
        self.expelled += 1;
        self.is_out(now, arrived);
    }

    fn is_out(&mut self, now: Time, arrived: Time) {
        self.inside.set(now, self.inside.level() - 1);
        let arrived = arrived.max(self.window);
        self.sojourns += u128::from(now.since(arrived).0);
        self.inside_since -= u128::from(arrived.0);
    }

    fn set_busy(&mut self, now: Time, level: u64) {
        self.busy_over_time.add(self.busy_since, now, self.busy.level());
        self.busy_since = now;
        self.busy.set(now, level);
    }

    /// Statistics begin anew; those inside stay.
    pub fn restart(&mut self, now: Time) {
        self.inside.restart(now);
        self.busy.restart(now);
        self.sojourn = Histogram::new();
        (self.wait, self.no_wait) = (Histogram::new(), 0);
        (self.arrivals, self.departures, self.expelled, self.sojourns) = (0, 0, 0, 0);
        self.inside_since = u128::from(self.inside.level()) * u128::from(now.0);
        self.window = now;
    }

    /// The summary at `end`.
    ///
    /// # Panics
    /// If Little's law fails: ∫N dt over the window must equal the sojourns clipped to it, to the
    /// picosecond.
    pub fn close(
        &mut self,
        end: Time,
        name: &str,
        kind: &'static str,
        servers: u64,
        busy_bins: impl Fn(&mut Series, Time, f64) -> Vec<f64>,
    ) -> StationSummary {
        let still = u128::from(self.inside.level()) * u128::from(end.0) - self.inside_since;
        assert_eq!(self.inside.integral(end), self.sojourns + still, "Little's law at {name}");
        self.set_busy(end, self.busy.level());
        self.wait.add_many(0, std::mem::take(&mut self.no_wait));
        let window_s = end.since(self.window).as_s();
        let over = |x: f64| if window_s > 0.0 { x / window_s } else { 0.0 };
        StationSummary {
            name: name.into(),
            kind,
            servers,
            utilisation: over(self.busy.integral(end) as f64 / PS_PER_S as f64) / servers as f64,
            throughput_per_s: over(self.departures as f64),
            in_flight: over(self.inside.integral(end) as f64 / PS_PER_S as f64),
            in_flight_max: self.inside.max(),
            arrivals: self.arrivals,
            departures: self.departures,
            expelled: self.expelled,
            latency: latency(&self.sojourn),
            wait: latency(&self.wait),
            busy: busy_bins(&mut self.busy_over_time, end, servers as f64),
        }
    }
}

/// The figures of a histogram of picoseconds.
pub fn latency(histogram: &Histogram) -> Latency {
    let s = |ps: Option<u64>| ps.unwrap_or(0) as f64 / PS_PER_S as f64;
    let cdf = histogram.cdf();
    let step = cdf.len().div_ceil(200).max(1);
    let thin = |(i, (ps, share)): (usize, &(u64, f64))| {
        (i % step == 0 || i + 1 == cdf.len()).then_some((s(Some(*ps)), *share))
    };
    Latency {
        count: histogram.count(),
        mean_s: histogram.mean().unwrap_or(0.0) / PS_PER_S as f64,
        p50_s: s(histogram.quantile(0.5)),
        p90_s: s(histogram.quantile(0.9)),
        p99_s: s(histogram.quantile(0.99)),
        p999_s: s(histogram.quantile(0.999)),
        max_s: s(histogram.max()),
        cdf: cdf.iter().enumerate().filter_map(thin).collect(),
    }
}
