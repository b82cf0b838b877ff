//! What becomes of a job's requests.

use super::stations::latency;
use super::summary::{PolicyCounts, RequestSummary};
use crate::kernel::stats::Histogram;
use crate::kernel::time::{PS_PER_S, Time};
use crate::probe::{Answered, Stage};

/// The meter of one job's requests.
#[derive(Debug, Clone)]
pub struct RequestMeter {
    issued: u64,
    answered: u64,
    refused: u64,
    failed: u64,
    resets: u64,
    degraded: u64,
    stranded: u64,
    /// What its clients' policies did.
    pub policies: PolicyCounts,
    bytes: u128,
    cache_hits: u64,
    inside: u64,
    first_byte: Histogram,
    total: Histogram,
    stages: [u128; Stage::COUNT],
    window: Time,
}

impl Default for RequestMeter {
    fn default() -> Self {
        RequestMeter {
            issued: 0,
            answered: 0,
            refused: 0,
            failed: 0,
            resets: 0,
            degraded: 0,
            stranded: 0,
            policies: PolicyCounts::default(),
            bytes: 0,
            cache_hits: 0,
            inside: 0,
            first_byte: Histogram::new(),
            total: Histogram::new(),
            stages: [0; Stage::COUNT],
            window: Time::ZERO,
        }
    }
}

impl RequestMeter {
    /// A request is taken up.
    pub fn issued(&mut self) {
        self.issued += 1;
        self.inside += 1;
    }
    /// The service answers `503`.
    pub fn refused(&mut self) {
        self.refused += 1;
    }
    /// A request has failed.
    pub fn failed(&mut self) {
        self.failed += 1;
        self.inside -= 1;
    }

    /// Its controller was or went away.
    pub fn reset(&mut self) {
        self.resets += 1;
    }
    /// A read takes other shards than usual.
    pub fn degraded(&mut self) {
        self.degraded += 1;
    }
    /// A request waits for drives.
    pub fn stranded(&mut self) {
        self.stranded += 1;
    }

    /// A request is answered.
    pub fn answered(&mut self, now: Time, answer: &Answered<'_>) {
        self.answered += 1;
        self.inside -= 1;
        self.bytes += u128::from(answer.bytes);
        self.cache_hits += u64::from(answer.cached);
        self.first_byte.add(answer.first_byte.since(answer.issued).0);
        self.total.add(now.since(answer.issued).0);
        let ends = answer.stretches.iter().skip(1).map(|s| s.since).chain([now]);
        for (stretch, end) in answer.stretches.iter().zip(ends) {
            self.stages[stretch.stage as usize] += u128::from(end.since(stretch.since).0);
        }
    }

    /// Statistics begin anew; those under way stay.
    pub fn restart(&mut self, now: Time) {
        *self = RequestMeter { inside: self.inside, window: now, ..RequestMeter::default() };
    }

    /// Payload answered so far.
    pub fn bytes(&self) -> u128 {
        self.bytes
    }

    /// The summary at `end`.
    pub fn close(&self, end: Time, job: &str) -> RequestSummary {
        let window_s = end.since(self.window).as_s();
        let over = |x: f64| if window_s > 0.0 { x / window_s } else { 0.0 };
        let n = self.answered.max(1) as f64;
        let mean = |sum: u128| sum as f64 / PS_PER_S as f64 / n;
        RequestSummary {
            job: job.into(),
            issued: self.issued,
            answered: self.answered,
            in_flight_end: self.inside,
            refused: self.refused,
            failed: self.failed,
            resets: self.resets,
            degraded: self.degraded,
            stranded: self.stranded,
            policies: self.policies,
            bytes: self.bytes as u64,
            cache_hits: self.cache_hits,
            requests_per_s: over(self.answered as f64),
            bytes_per_s: over(self.bytes as f64),
            first_byte: latency(&self.first_byte),
            total: latency(&self.total),
            stages: Stage::ALL.iter().map(|s| (s.name(), mean(self.stages[*s as usize]))).collect(),
        }
    }
}
