//! Once through the levels from below: who is due next, and what is to be done there.

use super::{
    FlowId, Gauge, MaxMin, Owner, ResourceId, State, UNLIMITED, WEIGHT_SCALE, level_of, touch,
};
use crate::kernel::time::Time;
use std::cmp::Reverse;

/// Who waits for the sweep.
enum Waiting {
    Flow(FlowId),
    Resource(ResourceId),
}

impl Gauge {
    /// The level at which it would fill up if foreign flows kept their rates.
    #[inline]
    pub(super) fn candidate(&self) -> u64 {
        let left = self.capacity.saturating_sub(self.foreign);
        // One rounding of relative size 2^-53, the same on every platform.
        (left as f64 * (256 * WEIGHT_SCALE) as f64 / self.weight as f64) as u64
    }
}

impl MaxMin {
    /// Brings the rates to the max-min point after any number of changes. Returns whether anything
    /// was to be done; [`moved`](Self::moved) and [`levels`](Self::levels) then tell what is other.
    ///
    /// # Panics
    /// If the sweep does not end: a bug.
    pub fn solve(&mut self) -> bool {
        self.moved.clear();
        self.levels.clear();
        self.seen.clear();
        if self.touched.is_empty() && self.fresh.is_empty() {
            return false;
        }
        self.sweep += 1;
        self.position = 0;
        self.rekey();
        while let Some(id) = self.fresh.pop() {
            self.await_limit(id);
        }
        let mut left = 64 * (self.gauges.len() + self.flows.len()) as u64 + 1_000;
        while let Some((key, who)) = self.next() {
            self.position = self.position.max(key);
            match who {
                Waiting::Flow(id) => self.limit_of_flow(id),
                Waiting::Resource(id) => self.due(id),
            }
            left -= 1;
            assert!(left > 0, "a sweep settles everything once");
        }
        self.conclude();
        true
    }

    /// Takes who is due next. At one level flows, which have a cap there, come first.
    fn next(&mut self) -> Option<(u64, Waiting)> {
        let resource = self.waiting.first().map(|(at, id)| (at.0, ResourceId(id)));
        let flow = self.limits.peek().map(|Reverse(limit)| *limit);
        match (flow, resource) {
            (Some((limit, id)), resource) if resource.is_none_or(|(key, _)| limit <= key) => {
                self.limits.pop();
                Some((limit, Waiting::Flow(id)))
            }
            (_, Some((key, id))) => {
                self.waiting.clear(id.0);
                Some((key, Waiting::Resource(id)))
            }
            _ => None,
        }
    }

    /// Begins an operation: from now on it is noted what it touches.
    pub(super) fn operate(&mut self) {
        self.operation = self.operation.wrapping_add(1);
        debug_assert!(self.touched.is_empty(), "what was touched has been looked at");
    }

    pub(super) fn touch(&mut self, id: ResourceId) {
        touch(&mut self.touched, self.operation, &mut self.gauges[id], id);
    }

    /// Queues what was touched where it is due.
    pub(super) fn rekey(&mut self) {
        let touched = std::mem::take(&mut self.touched);
        for &id in &touched {
            let gauge = &mut self.gauges[id];
            if gauge.seen != self.sweep {
                gauge.seen = self.sweep;
                self.seen.push(id);
            }
            match self.key(id) {
                Some(key) => self.wait(id, key),
                None => self.waiting.clear(id.0),
            }
        }
        self.touched = touched;
        self.touched.clear();
        // What is touched next, even outside of an operation, is noted again.
        self.operation = self.operation.wrapping_add(1);
    }

    /// How far a level (or a load) may be off.
    #[inline]
    pub(super) fn band(&self, level: u64) -> u64 {
        ((u128::from(level) * u128::from(self.tolerance)) >> 20) as u64
    }

    /// Whether more crosses a resource than it can carry.
    pub(super) fn is_over(&self, gauge: &Gauge) -> bool {
        gauge.foreign > gauge.capacity + self.band(gauge.capacity)
    }

    /// Whether a resource's level may stay although it would fill up at `candidate`.
    fn is_near(&self, gauge: &Gauge, candidate: u64) -> bool {
        candidate.abs_diff(gauge.level) <= self.band(gauge.level)
    }

    fn wait(&mut self, id: ResourceId, key: u64) {
        self.waiting.set(id.0, Time(key), id.0.into());
    }

    /// Where in the sweep a resource is to be looked at, if at all.
    fn key(&mut self, id: ResourceId) -> Option<u64> {
        let gauge = &self.gauges[id];
        if gauge.weight == 0 {
            if !self.is_over(gauge) {
                return None;
            }
            let level = self.take(id, self.position);
            // If there is nobody to take it is over by rounding.
            return (!self.takers.is_empty()).then_some(level);
        }
        let candidate = gauge.candidate().max(self.position);
        if gauge.open {
            Some(candidate.min(self.limit_of_owned(id)).max(self.position))
        } else if gauge.owns == 0 {
            Some(candidate)
        } else {
            let settled = self.is_near(gauge, candidate) && gauge.guests == 0;
            (!settled).then(|| candidate.min(gauge.level).max(self.position))
        }
    }

    /// The level below which nothing of their own limits the flows that a resource owns.
    fn limit_of_owned(&self, id: ResourceId) -> u64 {
        let lists = &self.lists[id];
        lists.low_cap.min(lists.low_lease)
    }

    /// Whether a resource that is due at `level` would be the next.
    pub(super) fn is_next(&self, id: ResourceId, level: u64) -> bool {
        self.limits.peek().is_none_or(|Reverse(limit)| limit.0 > level)
            && self.waiting.first().is_none_or(|(at, next)| (level, id.0) <= (at.0, next))
    }

    /// The sweep has come to a resource.
    fn due(&mut self, id: ResourceId) {
        let gauge = &self.gauges[id];
        let candidate = match gauge.weight {
            0 => self.position,
            _ => gauge.candidate().max(self.position),
        };
        let settled = gauge.owns > 0 && !gauge.open;
        let stays = settled && self.tolerance > 0 && self.is_near(gauge, candidate);
        let before = gauge.level;
        if settled && !stays && candidate > before {
            if !self.raise(id, candidate) {
                self.open(id);
            }
            return;
        }
        let level = self.take(id, if stays { before } else { candidate });
        if stays && level == before {
            return self.settle(id, before);
        }
        let gauge = &self.gauges[id];
        if gauge.weight == 0 && self.takers.is_empty() {
            return;
        }
        if gauge.open {
            let lists = &self.lists[id];
            if level >= lists.low_cap || level > lists.low_lease {
                let limit = self.limit_of_owned(id);
                if limit <= self.position {
                    self.relieve(id);
                } else {
                    self.wait(id, limit);
                }
                return;
            }
        }
        if level > self.position && !self.is_next(id, level) {
            return self.wait(id, level);
        }
        self.settle(id, level);
    }

    /// Queues a pending flow for where its cap or its lease comes up.
    pub(super) fn await_limit(&mut self, id: FlowId) {
        let flow = &self.flows[id];
        if flow.state != State::Pending {
            return;
        }
        let limit = if flow.lease_matters() { flow.lease } else { flow.cap };
        if limit < UNLIMITED {
            let level = level_of(limit, flow.weight).max(self.position);
            self.limits.push(Reverse((level, id)));
        }
    }

    /// The sweep has come to the cap or the lease of a flow, if it still is pending.
    fn limit_of_flow(&mut self, id: FlowId) {
        let flow = &self.flows[id];
        if flow.state != State::Pending {
            return;
        }
        self.operate();
        let flow = &self.flows[id];
        let reached = |rate: u64| level_of(rate, flow.weight) <= self.position;
        if reached(flow.cap) {
            self.transfer(id, Owner::Cap, flow.cap);
        } else {
            if flow.lease_matters() && reached(flow.lease) {
                self.renew(id);
            }
            self.await_limit(id);
        }
        self.rekey();
    }

    /// Ends the sweep: nothing is pending, and what is far from full need not be told of rates.
    fn conclude(&mut self) {
        for i in 0..self.seen.len() {
            let id = self.seen[i];
            self.lists[id].pending.clear();
            let gauge = &self.gauges[id];
            debug_assert!(gauge.guests == 0 && !gauge.open, "all flows are settled");
            let idle = gauge.weight == 0 && gauge.foreign < gauge.capacity / 2;
            if gauge.loud && idle && !self.attentive {
                self.make_quiet(id);
            }
        }
    }
}
