//! Transfers as flows over shared resources: a passive machine that never ends a flow early.
//!
//! Work left is kept exactly, in rate units times picoseconds, so a flow's bytes are gone at its
//! end to the last fraction, whatever happened to its rate in between.

use super::meter::Meter;
use crate::kernel::agenda::Agenda;
use crate::kernel::id::{Id, Table};
use crate::kernel::maxmin::classes::{Class, ClassMaxMin};
use crate::kernel::maxmin::{FlowId, Hop, Owner, ResourceId, UNIT, UNLIMITED, WEIGHT_ONE};
use crate::kernel::stats::{Episode, LevelWatch, Series};
use crate::kernel::time::{PS_PER_S, Span, Time};
use crate::probe::Bottleneck;

/// A limit of a flow's own, and what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// Most it may move, units.
    pub rate: u64,
    /// What imposes it.
    pub kind: Bottleneck,
}

impl Cap {
    /// A cap of `bytes_per_s`, at least one unit.
    pub fn new(bytes_per_s: f64, kind: Bottleneck) -> Cap {
        let rate = (bytes_per_s * UNIT as f64).clamp(1.0, crate::kernel::maxmin::UNLIMITED as f64);
        Cap { rate: rate as u64, kind }
    }

    /// The tighter of two; the first if equal.
    pub fn tighter(self, other: Cap) -> Cap {
        if other.rate < self.rate { other } else { self }
    }
}

/// A finished flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done<T> {
    /// The caller's token.
    pub token: T,
    /// When it started.
    pub began: Time,
    /// What held it down for most of its time.
    pub held_by: Option<Bottleneck>,
}

#[derive(Debug, Clone)]
struct Flow<T> {
    token: T,
    /// Work left at `since`, units × ps.
    left: u128,
    rate: u64,
    since: Time,
    began: Time,
    order: u64,
    cap: Option<Cap>,
    /// What has held it since its rate was last set.
    holder: Option<Bottleneck>,
    held: [(Option<Bottleneck>, u64); 3],
}

impl<T> Flow<T> {
    /// Books the time since the last change on what held the flow meanwhile.
    fn hold(&mut self, span: Span) {
        let Some(by) = self.holder.filter(|_| span > Span::ZERO) else { return };
        let slot = self
            .held
            .iter()
            .position(|(held, _)| *held == Some(by) || held.is_none())
            // More than three: the shortest gives way, the longest is what is reported.
            .unwrap_or_else(|| usize::from(self.held[2].1 >= self.held[1].1) + 1);
        let (held, time) = &mut self.held[slot];
        if *held != Some(by) {
            (*held, *time) = (Some(by), 0);
        }
        *time += span.0;
    }

    fn held_by(&self) -> Option<Bottleneck> {
        self.held.iter().filter(|(held, _)| held.is_some()).max_by_key(|(_, t)| *t)?.0
    }
}

/// The network, devices, adapters and CPUs that transfers share.
#[derive(Debug, Clone)]
pub struct Fluid<T> {
    share: ClassMaxMin,
    flows: Table<FlowId, Option<Flow<T>>>,
    meters: Table<ResourceId, Meter>,
    due: Agenda,
    touched: Vec<ResourceId>,
    /// Started since rates were last solved.
    fresh: Vec<FlowId>,
    started: u64,
    active: usize,
    dirty: bool,
    /// Resources whose load changed, if anybody wants to know.
    changed: Option<Vec<ResourceId>>,
}

impl<T: Copy> Default for Fluid<T> {
    fn default() -> Self {
        Fluid {
            share: ClassMaxMin::default(),
            flows: Table::new(),
            meters: Table::new(),
            due: Agenda::default(),
            touched: Vec::new(),
            fresh: Vec::new(),
            started: 0,
            active: 0,
            dirty: false,
            changed: None,
        }
    }
}

impl<T: Copy> Fluid<T> {
    /// A network whose links tell these classes of traffic apart; none: all flows are alike.
    pub fn with_classes(classes: Vec<Class>) -> Self {
        Fluid { share: ClassMaxMin::new(classes), ..Self::default() }
    }

    /// Adds a resource of `bytes_per_s` on which all flows are alike; what is beyond the largest rate
    /// (many fast CPU cores) holds nobody back and is that rate.
    pub fn add_resource(&mut self, bytes_per_s: f64) -> ResourceId {
        self.add(bytes_per_s, false)
    }

    /// Adds a link of `bytes_per_s`, which treats traffic by its class.
    pub fn add_link(&mut self, bytes_per_s: f64) -> ResourceId {
        self.add(bytes_per_s, true)
    }

    fn add(&mut self, bytes_per_s: f64, honours: bool) -> ResourceId {
        let units = (bytes_per_s * UNIT as f64) as u64;
        let id = self.share.add_resource(units.min(UNLIMITED - 1), honours);
        self.meters.push(Meter::new());
        id
    }

    /// Starts moving `bytes` over `hops`; the rate is set at the next [`settle`](Self::settle).
    ///
    /// # Panics
    /// If `bytes` is zero: nothing moves in no time.
    pub fn start(
        &mut self,
        now: Time,
        hops: &[Hop],
        bytes: u64,
        cap: Option<Cap>,
        token: T,
    ) -> FlowId {
        self.start_as(0, now, hops, bytes, cap, token)
    }

    /// The same for traffic of a class.
    ///
    /// # Panics
    /// If `bytes` is zero, or there is no such class.
    pub fn start_as(
        &mut self,
        class: usize,
        now: Time,
        hops: &[Hop],
        bytes: u64,
        cap: Option<Cap>,
        token: T,
    ) -> FlowId {
        assert!(bytes > 0, "an empty transfer needs no flow");
        let id = self.share.add(hops, WEIGHT_ONE, cap.map(|c| c.rate), class);
        let flow = Flow {
            token,
            left: u128::from(bytes) * u128::from(UNIT) * u128::from(PS_PER_S),
            rate: 0,
            since: now,
            began: now,
            order: self.started,
            cap,
            holder: None,
            held: [(None, 0); 3],
        };
        if id.index() == self.flows.len() {
            self.flows.push(Some(flow));
        } else {
            self.flows[id] = Some(flow);
        }
        self.started += 1;
        self.active += 1;
        self.fresh.push(id);
        self.dirty = true;
        id
    }

    /// Changes what a resource can move from now on; 0: what crosses it stands still. Rates follow
    /// at the next [`settle`](Self::settle).
    pub fn set_rate(&mut self, resource: ResourceId, bytes_per_s: f64) {
        let capacity = ((bytes_per_s * UNIT as f64) as u64).min(UNLIMITED - 1);
        if capacity != self.share.capacity(resource) {
            self.share.set_capacity(resource, capacity);
            self.dirty = true;
        }
    }

    /// Breaks a flow off; what it has moved by `now` stays in the meters of what it crossed. Returns
    /// what it has not moved, bytes, a begun one whole.
    ///
    /// # Panics
    /// If it is not under way.
    pub fn cancel(&mut self, now: Time, id: FlowId) -> u64 {
        let left = self.left_bytes(now, id);
        self.flows[id] = None;
        self.due.clear(id.0);
        self.forget(id);
        left
    }

    /// What a flow under way has not moved, bytes, a begun one whole.
    ///
    /// # Panics
    /// If it is not under way.
    pub fn left_bytes(&self, now: Time, id: FlowId) -> u64 {
        let flow = self.flows[id].as_ref().expect("only a flow under way has something left");
        let moved = u128::from(flow.rate) * u128::from(now.since(flow.since).0);
        let left = flow.left.saturating_sub(moved);
        left.div_ceil(u128::from(UNIT) * u128::from(PS_PER_S)) as u64
    }

    /// Sends what a flow under way has not moved over other resources, with another cap; it keeps its
    /// token, its beginning and its place among ties. The rate follows at the next
    /// [`settle`](Self::settle).
    ///
    /// # Panics
    /// If it is not under way.
    pub fn reroute(&mut self, now: Time, id: FlowId, hops: &[Hop], cap: Option<Cap>) {
        let flow = self.flows[id].as_mut().expect("only a flow under way can take another way");
        let span = now.since(flow.since);
        flow.left = flow.left.saturating_sub(u128::from(flow.rate) * u128::from(span.0));
        flow.hold(span);
        (flow.rate, flow.since, flow.cap) = (0, now, cap);
        self.due.clear(id.0);
        self.touched.extend(self.share.hops(id).map(|h| h.resource));
        self.share.reroute(id, hops);
        self.share.set_cap(id, cap.map(|c| c.rate));
        self.fresh.push(id);
        self.dirty = true;
    }

    /// Takes a flow that is over out of the sharing.
    fn forget(&mut self, id: FlowId) {
        self.touched.extend(self.share.hops(id).map(|h| h.resource));
        self.share.remove(id);
        self.active -= 1;
        self.dirty = true;
    }

    /// The token of a flow, if it is under way.
    pub fn token(&self, id: FlowId) -> Option<T> {
        self.flows.rows().get(id.index())?.as_ref().map(|flow| flow.token)
    }

    /// Flows under way.
    pub fn active(&self) -> usize {
        self.active
    }

    /// The sharing problem beneath, to read.
    pub fn share(&self) -> &ClassMaxMin {
        &self.share
    }

    /// When the next flow ends; valid after [`settle`](Self::settle).
    pub fn next_event(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| at)
    }

    /// Takes every flow that has ended by `now`, in order of (end, start).
    pub fn advance(&mut self, now: Time, done: &mut Vec<Done<T>>) {
        while let Some((at, key)) = self.due.first() {
            if at > now {
                return;
            }
            let id = FlowId(key);
            self.due.clear(key);
            let mut flow = self.flows[id].take().expect("a due flow is alive");
            let span = now.since(flow.since);
            assert!(
                flow.left <= u128::from(flow.rate) * u128::from(span.0),
                "a flow ends when its bytes are gone"
            );
            flow.hold(span);
            self.forget(id);
            done.push(Done { token: flow.token, began: flow.began, held_by: flow.held_by() });
        }
    }

    fn holder(&self, id: FlowId, flow: &Flow<T>) -> Bottleneck {
        match self.share.owner(id) {
            Owner::Resource(resource) => Bottleneck::Resource(resource),
            Owner::Cap => flow.cap.map_or(Bottleneck::LineRate, |cap| cap.kind),
        }
    }

    /// Solves the rates after everything of this instant has been applied.
    pub fn settle(&mut self, now: Time) {
        if !self.dirty {
            return;
        }
        self.dirty = false;
        // Who held a flow until now was noted when its rate was set; the new solution only knows who
        // holds it from now on. A change of holder at equal rate is not noted.
        self.share.solve();
        for i in 0..self.share.changes().len() {
            let change = self.share.changes()[i];
            let holder = self.holder(change.flow, self.flows[change.flow].as_ref().expect("alive"));
            let rate = self.share.rate(change.flow);
            let flow = self.flows[change.flow].as_mut().expect("a changed flow is alive");
            let span = now.since(flow.since);
            let moved = u128::from(flow.rate) * u128::from(span.0);
            flow.left = flow.left.saturating_sub(moved);
            flow.hold(span);
            flow.holder = Some(holder);
            flow.since = now;
            flow.rate = rate;
            if rate == 0 {
                self.due.clear(change.flow.0);
            } else {
                let wait = flow.left.div_ceil(u128::from(rate));
                let end = u128::from(now.0) + wait;
                let end = Time(u64::try_from(end).unwrap_or(Time::NEVER.0));
                self.due.set(change.flow.0, end, flow.order);
            }
            for hop in self.share.hops(change.flow) {
                let load = self.share.load(hop.resource);
                if self.meters[hop.resource].set(now, load) {
                    self.changed.iter_mut().for_each(|changed| changed.push(hop.resource));
                }
            }
        }
        // One that starts on a cable that is down changes no rate, but who holds it is known.
        while let Some(id) = self.fresh.pop() {
            let Some(flow) = self.flows[id].as_ref().filter(|flow| flow.rate == 0) else {
                continue;
            };
            let holder = self.holder(id, flow);
            self.flows[id].as_mut().expect("alive").holder = Some(holder);
        }
        while let Some(resource) = self.touched.pop() {
            let load = self.share.load(resource);
            if self.meters[resource].set(now, load) {
                self.changed.iter_mut().for_each(|changed| changed.push(resource));
            }
        }
    }

    /// Load of a resource over time, in units, up to `now`.
    pub fn load_over_time(&mut self, resource: ResourceId, now: Time) -> &Series {
        self.meters[resource].over_time(now)
    }

    /// From now on, keeps note of resources whose load changes.
    pub fn log_changes(&mut self) {
        self.changed = Some(Vec::new());
    }

    /// The next of them, latest first, and what it carries now, in units.
    pub fn take_change(&mut self) -> Option<(ResourceId, u64)> {
        let resource = self.changed.as_mut()?.pop()?;
        Some((resource, self.share.load(resource)))
    }

    /// Has every resource watched that is there now: `watch` makes the watch of one that carries so
    /// many units at most.
    pub fn watch(&mut self, watch: impl Fn(u64) -> LevelWatch) {
        for (resource, meter) in self.meters.iter_mut() {
            meter.watch = Some(watch(self.share.capacity(resource)));
        }
    }

    /// What the watch of a resource found up to `end`.
    pub fn episodes(&mut self, resource: ResourceId, end: Time) -> impl Iterator<Item = &Episode> {
        self.meters[resource].watch.iter_mut().flat_map(move |watch| watch.episodes(end))
    }
}

#[cfg(test)]
mod tests;
