//! What happened when to whom: the book that reports on faults read.

use super::{Kind, Process};
use crate::kernel::time::Time;
use crate::metrics::summary::FaultSummary;
use crate::model::Disturbance;
use crate::sim::world::World;

/// Spells that are kept one by one, for figures.
const KEPT: usize = 1_000;

/// Spells of one process.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    disturbance: String,
    kind: &'static str,
    who: String,
    times: u64,
    /// When the spell that is on began.
    since: Option<Time>,
    /// Picoseconds in spells that are over.
    down: u128,
    kept: Vec<(Time, Time)>,
}

impl Log {
    /// The empty book of `who`.
    pub(super) fn of(who: String) -> Log {
        Log { who, ..Log::default() }
    }

    /// A spell begins or ends.
    pub(super) fn turn(&mut self, now: Time, on: bool) {
        match self.since.take() {
            None if on => {
                self.times += 1;
                self.since = Some(now);
            }
            Some(since) if !on => self.is_over(since, now),
            kept => self.since = kept,
        }
    }

    fn is_over(&mut self, since: Time, now: Time) {
        self.down += u128::from(now.since(since).0);
        if self.kept.len() < KEPT {
            self.kept.push((since, now));
        }
    }

    fn close(mut self, end: Time) -> FaultSummary {
        if let Some(since) = self.since.filter(|since| *since < end) {
            self.is_over(since, end);
        }
        let down_s = self.down as f64 / 1e12;
        let length = end.as_s();
        FaultSummary {
            disturbance: self.disturbance,
            kind: self.kind,
            who: self.who,
            faults: self.times,
            down_s,
            availability: if length > 0.0 { 1.0 - down_s / length } else { 1.0 },
            spells: self.kept.iter().map(|(from, until)| (from.as_s(), until.as_s())).collect(),
        }
    }
}

impl Process {
    /// Whether who is in a spell is gone: of a cable that is only slower something is left, and
    /// traffic of others takes nobody away.
    fn takes_down(&self) -> bool {
        !matches!(self.kind, Kind::Fault(_, left) if left > 0.0)
            && !matches!(self.kind, Kind::Traffic(_))
    }

    /// The same with the name of its disturbance in its book.
    pub(super) fn named(mut self, disturbance: &Disturbance) -> Process {
        self.log.disturbance = disturbance.name.clone();
        self.log.kind = disturbance.what.kind();
        self
    }
}

impl<P> World<P> {
    /// What is down and never comes back, and the disturbance that took it down, if anything is.
    pub(in crate::sim) fn down_for_good(&self) -> Option<(String, String)> {
        let stays = |process: &&Process| process.on && process.next() == Time::NEVER;
        let found = self.weather.processes.iter().filter(stays).find(|p| p.takes_down())?;
        Some((found.log.who.clone(), found.log.disturbance.clone()))
    }

    /// What was down and when, controllers left out: those tell it themselves.
    pub(in crate::sim) fn outages(&self, end: Time) -> Vec<(String, Vec<(Time, Time)>)> {
        let ours = |process: &&Process| match process.kind {
            Kind::Outage(..) => false,
            _ => process.takes_down() && !process.log.who.starts_with("controller:"),
        };
        let of = |process: &Process| {
            let open = process.log.since.filter(|since| *since < end).map(|since| (since, end));
            let spells = process.log.kept.iter().copied().chain(open);
            (process.log.who.clone(), spells.collect())
        };
        self.weather.processes.iter().filter(ours).map(of).collect()
    }

    /// What failed how often and for how long, by process, those that never did included.
    pub(in crate::sim) fn faults(&self, end: Time) -> Vec<FaultSummary> {
        let fails = |process: &&Process| !matches!(process.kind, Kind::Traffic(_));
        let processes = self.weather.processes.iter().filter(fails);
        processes.map(|process| process.log.clone().close(end)).collect()
    }
}
