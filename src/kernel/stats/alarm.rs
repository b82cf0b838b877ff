//! The life of an alert: inactive, pending, firing, resolved.

/// A condition evaluated at equal intervals, as Prometheus evaluates an alerting rule: at the first
/// evaluation that finds it true the alert is pending; when it has been true at every evaluation for
/// `hold` intervals since, it fires; at the first that finds it false, a firing alert is resolved and
/// a pending one forgotten (Prometheus documentation, "Alerting rules", `for`; without
/// `keep_firing_for`).
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    hold: u64,
    active: Option<Episode>,
    over: Vec<Episode>,
}

/// A stretch in which a condition was true. Evaluations are counted; whoever feeds the alarm knows
/// when they were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// The evaluation that first found it true.
    pub since: u64,
    /// The one at which the alert fired; `None`: it is pending.
    pub fired: Option<u64>,
    /// The one that found it false again; `None`: it is true still.
    pub until: Option<u64>,
    /// The largest value seen while it was true.
    pub worst: f64,
}

impl Alarm {
    /// Fires after `hold` intervals; with none, at once.
    pub fn new(hold: u64) -> Alarm {
        Alarm { hold, active: None, over: Vec::new() }
    }

    /// `n` evaluations, the first of them number `first`, all found the condition true with a value,
    /// or false. They must come in order and leave none out.
    #[inline]
    pub fn feed(&mut self, first: u64, n: u64, found: Option<f64>) {
        if found.is_some() || self.active.is_some() {
            self.turn(first, n, found);
        }
    }

    fn turn(&mut self, first: u64, n: u64, found: Option<f64>) {
        if n == 0 {
            return;
        }
        let Some(value) = found else {
            let ended = self.active.take().filter(|episode| episode.fired.is_some());
            self.over.extend(ended.map(|episode| Episode { until: Some(first), ..episode }));
            return;
        };
        let new = Episode { since: first, fired: None, until: None, worst: value };
        let episode = self.active.get_or_insert(new);
        episode.worst = episode.worst.max(value);
        let due = episode.since.saturating_add(self.hold);
        if episode.fired.is_none() && due < first.saturating_add(n) {
            episode.fired = Some(due);
        }
    }

    /// Those that fired, in order, and the one that is active now, pending or firing.
    pub fn episodes(&self) -> impl Iterator<Item = &Episode> {
        self.over.iter().chain(&self.active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(alarm: &Alarm) -> Vec<(u64, Option<u64>, Option<u64>)> {
        alarm.episodes().map(|e| (e.since, e.fired, e.until)).collect()
    }

    #[test]
    fn fires_after_its_hold_and_forgets_what_was_only_pending() {
        let mut alarm = Alarm::new(3);
        for (at, found) in [0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1].iter().enumerate() {
            alarm.feed(at as u64, 1, (*found == 1).then_some(at as f64));
        }
        // Three evaluations are two intervals; the second stretch fires at its fourth.
        assert_eq!(of(&alarm), [(5, Some(8), Some(10)), (11, None, None)]);
        assert_eq!(alarm.episodes().next().unwrap().worst, 9.0);
        let mut at_once = Alarm::new(0);
        at_once.feed(7, 1, Some(1.0));
        at_once.feed(8, 1, None);
        assert_eq!(of(&at_once), [(7, Some(7), Some(8))]);
    }

    proptest! {
        /// Many equal evaluations at once are the same as one after the other.
        #[test]
        fn in_one_go_or_one_by_one(
            hold in 0..6u64, runs in prop::collection::vec((1..9u64, any::<bool>()), 0..20),
        ) {
            let (mut once, mut single, mut at) = (Alarm::new(hold), Alarm::new(hold), 1);
            for (n, bad) in runs {
                once.feed(at, n, bad.then_some(n as f64));
                (0..n).for_each(|i| single.feed(at + i, 1, bad.then_some(n as f64)));
                at += n;
            }
            prop_assert_eq!(once, single);
        }
    }
}
