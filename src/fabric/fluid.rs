//! Transfers as flows over shared resources: a passive machine that never ends a flow early.
//!
//! Flows that one resource holds down move at one rate, so the resource keeps time for them: a
//! *clock* that shows what each of them has moved since the clock began. A flow on it ends when the
//! clock shows its *mark*, whatever becomes of the rate, and a new rate costs one clock, not its
//! flows. Work is counted exactly, in rate units times picoseconds, so a flow's bytes are gone at its
//! end to the last fraction.

mod clock;
mod flow;

use super::meter::Meters;
use crate::kernel::agenda::Agenda;
use crate::kernel::id::{Id, Table};
use crate::kernel::maxmin::classes::{Class, ClassMaxMin};
use crate::kernel::maxmin::{FlowId, Hop, Owner, ResourceId, UNIT, UNLIMITED, WEIGHT_ONE};
use crate::kernel::stats::{Episode, LevelWatch, Series};
use crate::kernel::time::{PS_PER_S, Span, Time};
use crate::probe::Bottleneck;
use clock::{Clock, Mark};
use flow::{Flow, Pace};

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

/// The network, devices, adapters and CPUs that transfers share.
#[derive(Debug, Clone)]
pub struct Fluid<T> {
    share: ClassMaxMin,
    flows: Table<FlowId, Option<Flow<T>>>,
    clocks: Table<ResourceId, Clock>,
    /// None: nobody asks what links have carried.
    meters: Option<Meters>,
    /// When the next flow of each clock ends, and those with a rate of their own.
    clocks_due: Agenda,
    flows_due: Agenda,
    /// Clocks that are due at another time.
    reset: Vec<ResourceId>,
    ended: Vec<(Time, u64, FlowId)>,
    started: u64,
    active: usize,
    dirty: bool,
    /// Resources whose load changed, and what was told of each last, if anybody asked.
    changed: Option<Vec<ResourceId>>,
    told: Table<ResourceId, u64>,
}

/// Notes that a clock is due at another time.
fn reset(noted: &mut Vec<ResourceId>, id: ResourceId, clock: &mut Clock) {
    if !std::mem::replace(&mut clock.reset, true) {
        noted.push(id);
    }
}

/// Whether the flow of a mark on a clock still is on that clock, to end there.
fn stands<T>(flows: &Table<FlowId, Option<Flow<T>>>, id: ResourceId, mark: &Mark) -> bool {
    flows[mark.flow].as_ref().is_some_and(|flow| match flow.pace {
        Pace::Clock { clock, mark: at } => flow.order == mark.order && clock == id && at == mark.at,
        Pace::Own { .. } => false,
    })
}

impl<T: Copy> Default for Fluid<T> {
    fn default() -> Self {
        Self::with_classes(Vec::new())
    }
}

impl<T: Copy> Fluid<T> {
    /// A network whose links tell these classes of traffic apart; none: all flows are alike.
    pub fn with_classes(classes: Vec<Class>) -> Self {
        Fluid {
            share: ClassMaxMin::new(classes),
            flows: Table::new(),
            clocks: Table::new(),
            meters: Some(Meters::default()),
            clocks_due: Agenda::default(),
            flows_due: Agenda::default(),
            reset: Vec::new(),
            ended: Vec::new(),
            started: 0,
            active: 0,
            dirty: false,
            changed: None,
            told: Table::new(),
        }
    }

    /// Lets rates be off by about this share (0 to 0.1; there may be no classes).
    pub fn tolerate(&mut self, tolerance: f64) {
        self.share.tolerate(tolerance);
    }

    /// The same without meters: loads over time are not kept.
    pub fn unmetered() -> Self {
        Fluid { meters: None, ..Self::default() }
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
        self.meters.iter_mut().for_each(Meters::add_resource);
        while self.clocks.len() < self.share.paces() {
            self.clocks.push(Clock::default());
        }
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
        self.roll(now);
        let id = self.share.add(hops, WEIGHT_ONE, cap.map(|c| c.rate), class);
        let left = u128::from(bytes) * u128::from(UNIT) * u128::from(PS_PER_S);
        let flow = Flow {
            token,
            pace: Pace::Own { rate: 0, left, since: now },
            metered: left,
            began: now,
            order: self.started,
            cap,
            holder: None,
            held_since: now,
            held: [(None, 0); 3],
        };
        if id.index() == self.flows.len() {
            self.flows.push(Some(flow));
        } else {
            self.flows[id] = Some(flow);
        }
        self.started += 1;
        self.active += 1;
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
        self.roll(now);
        self.credit(id, self.left(now, id));
        self.take_off(id);
        self.flows[id] = None;
        self.share.remove(id);
        self.active -= 1;
        left
    }

    /// What a flow under way has not moved, bytes, a begun one whole.
    ///
    /// # Panics
    /// If it is not under way.
    pub fn left_bytes(&self, now: Time, id: FlowId) -> u64 {
        self.left(now, id).div_ceil(u128::from(UNIT) * u128::from(PS_PER_S)) as u64
    }

    /// What a flow under way has not moved, units × ps.
    fn left(&self, now: Time, id: FlowId) -> u128 {
        let flow = self.flows[id].as_ref().expect("only a flow under way has something left");
        match flow.pace {
            Pace::Clock { clock, mark } => mark.saturating_sub(self.clocks[clock].shows(now)),
            Pace::Own { rate, left, since } => {
                left.saturating_sub(u128::from(rate) * u128::from(now.since(since).0))
            }
        }
    }

    /// Sends what a flow under way has not moved over other resources, with another cap; it keeps its
    /// token, its beginning and its place among ties. The rate follows at the next
    /// [`settle`](Self::settle).
    ///
    /// # Panics
    /// If it is not under way.
    pub fn reroute(&mut self, now: Time, id: FlowId, hops: &[Hop], cap: Option<Cap>) {
        let left = self.left(now, id);
        self.roll(now);
        self.credit(id, left);
        self.take_off(id);
        let flow = self.flows[id].as_mut().expect("it is under way");
        flow.hold(now);
        (flow.pace, flow.cap) = (Pace::Own { rate: 0, left, since: now }, cap);
        self.share.reroute(id, hops);
        self.share.set_cap(id, cap.map(|c| c.rate));
    }

    /// Nothing is due of a flow any more, until its pace is set anew.
    fn take_off(&mut self, id: FlowId) {
        self.dirty = true;
        match self.flows[id].as_ref().expect("it is under way").pace {
            Pace::Clock { clock, .. } => reset(&mut self.reset, clock, &mut self.clocks[clock]),
            Pace::Own { .. } => self.flows_due.clear(id.0),
        }
    }

    /// Credits the links of a flow with what it has moved until `left` was left.
    fn credit(&mut self, id: FlowId, left: u128) {
        let flow = self.flows[id].as_mut().expect("it is under way");
        let moved = std::mem::replace(&mut flow.metered, left) - left;
        if let Some(meters) = &mut self.meters {
            meters.credit(moved, self.share.hops(id));
        }
    }

    fn credit_all(&mut self, now: Time) {
        for i in 0..self.flows.len() {
            let id = FlowId::from_index(i);
            if self.flows[id].is_some() {
                self.credit(id, self.left(now, id));
            }
        }
    }

    /// Closes the bins of the meters that have ended before `now`.
    fn roll(&mut self, now: Time) {
        let anything_moves = self.active > 0;
        while let Some(meters) = &mut self.meters {
            let Some(end) = meters.ends_before(now, anything_moves) else { return };
            self.credit_all(end);
            self.meters.iter_mut().for_each(|meters| meters.close(end));
        }
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
        let (clock, flow) = (self.clocks_due.first(), self.flows_due.first());
        clock.into_iter().chain(flow).map(|(at, _)| at).min()
    }

    /// Takes every flow that has ended by `now`, in order of (end, start).
    pub fn advance(&mut self, now: Time, done: &mut Vec<Done<T>>) {
        self.roll(now);
        while let Some((at, key)) = self.clocks_due.first().filter(|(at, _)| *at <= now) {
            self.clocks_due.clear(key);
            let id = ResourceId(key);
            let shows = self.clocks[id].shows(now);
            while let Some(mark) = self.next_mark(id).filter(|mark| mark.at <= shows) {
                let end = if at == now { now } else { self.clocks[id].when(mark.at) };
                self.ended.push((end, mark.order, mark.flow));
                self.clocks[id].pop_mark();
            }
            reset(&mut self.reset, id, &mut self.clocks[id]);
        }
        while let Some((at, key)) = self.flows_due.first().filter(|(at, _)| *at <= now) {
            self.flows_due.clear(key);
            let order = self.flows[FlowId(key)].as_ref().expect("a due flow is alive").order;
            self.ended.push((at, order, FlowId(key)));
        }
        let mut ended = std::mem::take(&mut self.ended);
        ended.sort_unstable();
        // One that left a clock and came back has a mark more.
        ended.dedup();
        for (_, _, id) in ended.drain(..) {
            assert_eq!(self.left(now, id), 0, "a flow ends when its bytes are gone");
            self.credit(id, 0);
            let mut flow = self.flows[id].take().expect("a due flow is alive");
            flow.hold(now);
            self.share.remove(id);
            self.active -= 1;
            self.dirty = true;
            done.push(Done { token: flow.token, began: flow.began, held_by: flow.held_by() });
        }
        self.ended = ended;
    }

    /// The first mark of a clock that still stands.
    fn next_mark(&mut self, id: ResourceId) -> Option<Mark> {
        let flows = &self.flows;
        self.clocks[id].next_mark(|mark| stands(flows, id, mark))
    }

    fn sweep_marks(&mut self, id: ResourceId) {
        let flows = &self.flows;
        self.clocks[id].sweep(|mark| stands(flows, id, mark));
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
        self.roll(now);
        self.share.solve();
        for i in 0..self.share.levels().len() {
            let id = self.share.levels()[i];
            self.clocks[id].set_rate(now, self.share.level(id));
            reset(&mut self.reset, id, &mut self.clocks[id]);
        }
        for i in 0..self.share.moved().len() {
            self.set_pace(now, self.share.moved()[i]);
        }
        while let Some(id) = self.reset.pop() {
            self.clocks[id].reset = false;
            if self.clocks[id].marks() > 2 * self.share.paced(id) + 16 {
                self.sweep_marks(id);
            }
            let next = self.next_mark(id).map(|mark| (self.clocks[id].when(mark.at), mark.order));
            match next {
                Some((at, order)) if self.clocks[id].runs() => self.clocks_due.set(id.0, at, order),
                _ => self.clocks_due.clear(id.0),
            }
        }
        self.note_changes();
    }

    /// A flow has come under another clock, or has another rate of its own.
    fn set_pace(&mut self, now: Time, id: FlowId) {
        let left = self.left(now, id);
        let flow = self.flows[id].as_mut().expect("what moves is alive");
        flow.hold(now);
        if let Pace::Clock { clock, .. } = flow.pace {
            reset(&mut self.reset, clock, &mut self.clocks[clock]);
        }
        match self.share.pace(id) {
            Owner::Resource(clock) => {
                if let Pace::Own { .. } = flow.pace {
                    self.flows_due.clear(id.0);
                }
                let mark = self.clocks[clock].shows(now) + left;
                flow.pace = Pace::Clock { clock, mark };
                self.clocks[clock].add_mark(Mark { at: mark, order: flow.order, flow: id });
                reset(&mut self.reset, clock, &mut self.clocks[clock]);
            }
            Owner::Cap => {
                let rate = self.share.rate(id);
                flow.pace = Pace::Own { rate, left, since: now };
                if rate == 0 {
                    self.flows_due.clear(id.0);
                } else {
                    let end = u128::from(now.0) + left.div_ceil(u128::from(rate));
                    let end = Time(u64::try_from(end).unwrap_or(Time::NEVER.0));
                    self.flows_due.set(id.0, end, flow.order);
                }
            }
        }
        let holder = self.holder(id, self.flows[id].as_ref().expect("alive"));
        self.flows[id].as_mut().expect("alive").holder = Some(holder);
    }

    fn note_changes(&mut self) {
        let Some(changed) = &mut self.changed else { return };
        for &id in self.share.reloaded() {
            let load = self.share.load(id);
            if std::mem::replace(&mut self.told[id], load) != load {
                changed.push(id);
            }
        }
    }

    /// Load of a resource over time, in units, up to `now`.
    ///
    /// # Panics
    /// If it is unmetered.
    pub fn load_over_time(&mut self, resource: ResourceId, now: Time) -> &Series {
        const METERED: &str = "loads are metered";
        self.roll(now);
        if self.meters.as_mut().expect(METERED).opens(now) {
            self.credit_all(now);
        }
        self.meters.as_mut().expect(METERED).over_time(resource, now)
    }

    /// From now on, keeps note of resources whose load changes.
    ///
    /// # Panics
    /// If anything is under way.
    pub fn log_changes(&mut self) {
        self.share.attend();
        self.changed = Some(Vec::new());
        self.told = (0..self.share.resources()).map(|_| 0).collect();
    }

    /// The next of them, latest first, and what it carries now, in units.
    pub fn take_change(&mut self) -> Option<(ResourceId, u64)> {
        let resource = self.changed.as_mut()?.pop()?;
        Some((resource, self.share.load(resource)))
    }

    /// Has every resource watched that is there now, by the interval: `watch` makes the watch of one
    /// that carries so many units at most.
    pub fn watch(&mut self, interval: Span, watch: impl Fn(u64) -> LevelWatch) {
        let ids = (0..self.share.resources()).map(ResourceId::from_index);
        let watches = ids.map(|id| watch(self.share.capacity(id)));
        self.meters.iter_mut().for_each(|meters| meters.watch(interval, watches.clone()));
    }

    /// What the watch of a resource found up to `end`.
    pub fn episodes(&mut self, resource: ResourceId, end: Time) -> impl Iterator<Item = &Episode> {
        // An interval that ends there is whole.
        self.roll(end.plus(Span(1)));
        let watch = self.meters.as_mut().and_then(|meters| meters.watch_of(resource));
        watch.into_iter().flat_map(move |watch| watch.episodes(end))
    }
}

#[cfg(test)]
mod tests;
