//! Alerts with names and times.

use crate::kernel::stats::Episode;
use crate::kernel::time::{PS_PER_S, Time};
use crate::model::{Health, Rule};
use serde::Serialize;

/// An alert that fired, or was pending when the run ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// Which rule.
    pub rule: Rule,
    /// On what: a link, a controller, a job.
    pub target: String,
    /// When the condition was first seen, seconds.
    pub pending_s: f64,
    /// When the alert fired, seconds; `None`: it was pending when the run ended.
    pub from_s: Option<f64>,
    /// When it was resolved, seconds; `None`: the run ended first.
    pub until_s: Option<f64>,
    /// The worst value seen, in the rule's unit.
    pub value: f64,
    /// The bound it went over.
    pub bound: f64,
}

/// Collects the alerts of a run.
#[derive(Debug)]
pub struct Log<'a> {
    health: &'a Health,
    end: Time,
    jobs: &'a [String],
    stations: &'a [String],
    alerts: Vec<Alert>,
}

impl<'a> Log<'a> {
    /// Of a run that ended at `end`; names of jobs and of stations by number.
    pub fn new(
        health: &'a Health,
        end: Time,
        jobs: &'a [String],
        stations: &'a [String],
    ) -> Log<'a> {
        Log { health, end, jobs, stations, alerts: Vec::new() }
    }

    pub(super) fn job(&self, job: usize) -> &'a str {
        &self.jobs[job]
    }

    pub(super) fn station(&self, station: usize) -> &'a str {
        &self.stations[station]
    }

    /// The alerts of one rule on one target.
    pub fn add<'e>(
        &mut self,
        rule: Rule,
        target: &str,
        episodes: impl Iterator<Item = &'e Episode>,
    ) {
        let Some(bound) = self.health.bound(rule) else { return };
        let interval = u128::from(self.health.interval.0);
        let at = |evaluation: u64| (u128::from(evaluation) * interval) as f64 / PS_PER_S as f64;
        let end = self.end;
        self.alerts.extend(episodes.map(|episode| Alert {
            rule,
            target: target.to_owned(),
            pending_s: at(episode.since),
            from_s: episode.fired.map(at).filter(|from| *from <= end.as_s()),
            until_s: episode.until.map(at),
            value: episode.worst,
            bound: bound.over,
        }));
    }

    /// All of them: those that fired first, by time; equals by rule and in order of their targets.
    pub fn finish(mut self) -> Vec<Alert> {
        let key = |alert: &Alert| alert.from_s.unwrap_or(f64::INFINITY);
        self.alerts.sort_by(|a, b| {
            let time = key(a).total_cmp(&key(b)).then(a.pending_s.total_cmp(&b.pending_s));
            time.then(a.rule.cmp(&b.rule))
        });
        self.alerts
    }
}
