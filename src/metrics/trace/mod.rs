//! A run as a file that Perfetto and chrome://tracing open (Trace Event Format, D. Sinclair and
//! others, Google): every accelerator, worker, slot and device a thread whose slices nest, every
//! queue and cable a counter. Written while the run goes on; what is kept is what is under way.

mod counters;
mod lanes;
mod layout;
mod reads;
mod writer;

pub use layout::{JobLayout, Layout, ResourceLayout};
pub use writer::TraceError;

use super::health::Alert;
use crate::kernel::id::Id;
use crate::kernel::time::{Span, Time};
use crate::model::Op;
use crate::probe::{Fact, GpuId, GpuState, JobId, Mark, Owner, Probe, StationId};
use counters::{Counter, Steps as CounterSteps};
use lanes::{Group, Lanes};
use layout::ALERTS;
use reads::{Read, Reads, Request, arrow_id, op_name};
use std::collections::BTreeMap;
use std::io::Write;
use writer::{Track, Writer, quoted};

/// Which part of a run, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// From here.
    pub from: Time,
    /// To here.
    pub until: Time,
    /// Step of the counters.
    pub step: Span,
    /// Most bytes of JSON.
    pub limit: u64,
}

impl Window {
    fn steps(&self) -> CounterSteps {
        CounterSteps { step: self.step, from: self.from }
    }
}

/// What an accelerator does, since when, and the step around it.
#[derive(Debug, Clone, Copy)]
struct Gpu {
    state: GpuState,
    since: Time,
    job: Option<(JobId, Track)>,
    /// Whether the slice of the step is open in the file.
    open: bool,
}

/// The step of a job.
#[derive(Debug, Clone, Copy)]
struct Steps {
    since: Time,
    number: u64,
}

/// Writes a trace.
pub struct Trace<W> {
    out: Writer<W>,
    lanes: Lanes,
    layout: Layout,
    window: Window,
    gpus: Vec<Gpu>,
    steps: Vec<Steps>,
    /// Requests of reads that are not whole yet.
    requests: BTreeMap<u32, Vec<Request>>,
    /// A read that is whole now: it is decoded if that is the next thing heard of.
    whole: Option<Read>,
    /// Reads that are being decoded.
    decoding: BTreeMap<Owner, Read>,
    /// Stations that are away, since when.
    away: BTreeMap<StationId, Time>,
    loads: Vec<Counter>,
    /// By station: waiting, in service.
    stations: Vec<[Counter; 2]>,
}

impl<W: Write> Trace<W> {
    /// Begins a trace; `about` stands in its head.
    pub fn new(out: W, layout: Layout, window: Window, about: &[(&str, String)]) -> Trace<W> {
        let mut out = Writer::new(out, window.from, window.until, window.limit, about);
        let mut lanes = Lanes::above(layout.last_pid());
        layout.open(&mut out, &mut lanes);
        let gpus = layout.first_gpu.last().map_or(0, |gpus| *gpus as usize);
        let idle = Gpu { state: GpuState::Unallocated, since: Time::ZERO, job: None, open: false };
        Trace {
            gpus: vec![idle; gpus],
            steps: vec![Steps { since: Time::ZERO, number: 0 }; layout.jobs.len()],
            requests: BTreeMap::new(),
            whole: None,
            decoding: BTreeMap::new(),
            away: BTreeMap::new(),
            loads: vec![Counter::new(); layout.resources.len()],
            stations: vec![[Counter::new(), Counter::new()]; layout.stations.len()],
            out,
            lanes,
            layout,
            window,
        }
    }

    fn reads(&mut self) -> Reads<'_, W> {
        Reads { out: &mut self.out, lanes: &mut self.lanes, layout: &self.layout }
    }

    /// A thread for as long as the trace lasts.
    fn thread(&mut self, group: Group, name: &str) -> Track {
        self.lanes.take(&mut self.out, group, (Time::ZERO, Time::NEVER), |_| name.to_owned())
    }

    /// The state of an accelerator ends here.
    fn close_state(&mut self, now: Time, gpu: usize) {
        let Gpu { state, since, job, open } = self.gpus[gpu];
        self.gpus[gpu].since = now;
        let Some((job, on)) = job else { return };
        if now == since || state == GpuState::Unallocated || !self.out.shows(since, now) {
            return;
        }
        if !open {
            let step = self.steps[job.0 as usize];
            let args = format!(r#""step":{}"#, step.number);
            self.out.begin(on, step.since, "step", &args);
            self.gpus[gpu].open = true;
        }
        self.out.slice(on, since, now, state.name(), "");
    }

    /// The step of an accelerator ends here.
    fn close_step(&mut self, now: Time, gpu: usize) {
        self.close_state(now, gpu);
        let Gpu { job, open, .. } = self.gpus[gpu];
        if let (Some((_, on)), true) = (job, open) {
            self.out.end(on, now);
            self.gpus[gpu].open = false;
        }
    }

    fn gpu(&mut self, now: Time, id: GpuId, state: GpuState) {
        let gpu = id.0 as usize;
        if self.gpus[gpu].job.is_none() {
            let holds = |job: &layout::JobLayout| job.gpus.contains(&id);
            let job = self.layout.jobs.iter().position(holds).map(JobId::from_index);
            let (group, name) = self.layout.gpu(id);
            let on = self.thread(group, &name);
            self.gpus[gpu].job = job.map(|job| (job, on));
        }
        self.close_state(now, gpu);
        self.gpus[gpu].state = state;
    }

    fn step(&mut self, now: Time, job: JobId, number: u64) {
        for i in 0..self.layout.jobs[job.0 as usize].gpus.len() {
            let gpu = self.layout.jobs[job.0 as usize].gpus[i];
            self.close_step(now, gpu.0 as usize);
        }
        let Steps { since, .. } = self.steps[job.0 as usize];
        if self.out.shows(since, now) {
            let group = self.layout.steps(job.0 as usize);
            let on = self.lanes.take(&mut self.out, group, (since, now), |_| "steps".to_owned());
            self.out.slice(on, since, now, "step", &format!(r#""step":{number}"#));
        }
        self.steps[job.0 as usize] = Steps { since: now, number: number + 1 };
    }

    /// More or fewer wait at a station, or are served.
    fn inside(&mut self, now: Time, station: StationId, which: usize, more: bool) {
        let level = self.stations[station.index()][which].level();
        let level = if more { level + 1 } else { level - 1 };
        self.set_inside(now, station, which, Some(level));
    }

    /// The level from now on, or none: the run ends.
    fn set_inside(&mut self, now: Time, station: StationId, which: usize, level: Option<u64>) {
        let Trace { out, layout, window, stations, .. } = self;
        let (pid, name) = layout.station(station);
        let what = ["waiting", "in service"][which];
        let (step, steps) = (window.step, window.steps());
        let tell = |at: Time, sum: u128| {
            if at <= window.until {
                let value = thousandths(sum * 1_000 / u128::from(step.0));
                let name = quoted(&format!("{name}{what}"));
                out.counter(pid, at, &name, &format!(r#""{what}":{value}"#));
            }
        };
        let counter = &mut stations[station.index()][which];
        match level {
            Some(level) => counter.set(now, level, steps, tell),
            None => counter.finish(now, steps, tell),
        }
    }

    fn load(&mut self, now: Time, resource: usize, level: Option<u64>) {
        let Trace { out, layout, window, loads, .. } = self;
        let info = &layout.resources[resource];
        let pid = layout.counters_pid(info.network);
        let (step, steps) = (window.step, window.steps());
        let tell = |at: Time, sum: u128| {
            if at <= window.until {
                // Units × ps of 2^-16 bytes fit 128 bits with room for the factor.
                let share = sum * 100_000 / (u128::from(info.units.max(1)) * u128::from(step.0));
                let name = quoted(&info.name);
                out.counter(pid, at, &name, &format!(r#""busy %":{}"#, thousandths(share)));
            }
        };
        match level {
            Some(level) => loads[resource].set(now, level, steps, tell),
            None => loads[resource].finish(now, steps, tell),
        }
    }

    /// A station goes away, or has been away until now.
    fn away(&mut self, now: Time, station: StationId, away: bool) {
        if away {
            self.away.insert(station, now);
            return;
        }
        let Some(since) = self.away.remove(&station) else { return };
        if self.out.shows(since, now) {
            let (pid, _) = self.layout.station(station);
            let group = Group { pid, place: 1 << 20 };
            let on = self.lanes.take(&mut self.out, group, (since, now), |_| "faults".to_owned());
            self.out.slice(on, since, now, "away", "");
            self.out.instant(on, since, "goes away");
        }
    }

    /// What was whole was not decoded.
    fn settle(&mut self) {
        if let Some(read) = self.whole.take() {
            self.reads().write(read, None);
        }
    }

    fn slot(
        &mut self,
        now: Time,
        (controller, request, op, began): (u32, u32, Op, Time),
        finished: bool,
    ) {
        if !self.out.shows(began, now) {
            return;
        }
        let group = self.layout.slots(controller);
        let name = |lane| format!("slot {lane}");
        let on = self.lanes.take(&mut self.out, group, (began, now), name);
        let args = if finished { "" } else { r#""finished":false"# };
        self.out.begin(on, began, "request", args);
        // A PUT's service comes after its body, not with its slot.
        if finished && op == Op::Get {
            self.out.arrow('f', on, began, arrow_id(controller, request, began));
        }
        self.out.end(on, now);
    }

    /// Ends the trace at `end`, with the alerts of the run.
    pub fn finish(mut self, end: Time, alerts: &[Alert]) -> Result<W, TraceError> {
        self.settle();
        for (_, read) in std::mem::take(&mut self.decoding) {
            let queued = read.until;
            self.reads().write(Read { finished: false, ..read }, Some((queued, queued, end)));
        }
        for gpu in 0..self.gpus.len() {
            self.close_step(end, gpu);
        }
        for station in self.away.keys().copied().collect::<Vec<_>>() {
            self.away(end, station, false);
        }
        for resource in 0..self.loads.len() {
            self.load(end, resource, None);
        }
        for station in 0..self.stations.len() {
            for which in 0..2 {
                self.set_inside(end, StationId::from_index(station), which, None);
            }
        }
        self.alerts(end, alerts);
        self.out.finish()
    }

    /// Every alert that fired: an instant, and a slice for as long as it did.
    fn alerts(&mut self, end: Time, alerts: &[Alert]) {
        let at = |s: f64| Time::ZERO + Span::from_s(s);
        let mut fired: Vec<(Time, Time, &Alert)> = alerts
            .iter()
            .filter_map(|alert| {
                Some((at(alert.from_s?), alert.until_s.map_or(end, at).min(end), alert))
            })
            .collect();
        fired.sort_by_key(|(from, until, _)| (*until, *from));
        for (from, until, alert) in fired {
            if !self.out.shows(from, until) {
                continue;
            }
            let group = Group { pid: ALERTS, place: alert.rule as u64 };
            let name = |lane| match lane {
                0 => alert.rule.name().to_owned(),
                lane => format!("{} · {}", alert.rule.name(), lane + 1),
            };
            let on = self.lanes.take(&mut self.out, group, (from, until), name);
            let target = quoted(&alert.target);
            let args = format!(
                r#""severity":"{}","pending_s":{},"worst":{},"bound":{}"#,
                alert.rule.severity().name(),
                alert.pending_s,
                alert.value,
                alert.bound
            );
            // `begin` takes a name as it stands between quotes.
            self.out.slice(on, from, until, &target[1..target.len() - 1], &args);
            self.out.instant(on, from, &format!("{}: {}", alert.rule.name(), alert.target));
        }
    }
}

/// A whole number of thousandths as a decimal.
fn thousandths(value: u128) -> String {
    match value % 1_000 {
        0 => format!("{}", value / 1_000),
        rest => format!("{}.{rest:03}", value / 1_000),
    }
}

impl<W: Write> Probe for Trace<W> {
    const TRACES: bool = true;

    fn on(&mut self, now: Time, fact: Fact<'_>) {
        if self.whole.is_some() {
            match fact {
                Fact::Arrives(station) if self.layout.decodes(station) => {
                    let read = self.whole.take().expect("it was there");
                    self.decoding.insert(read.owner, read);
                }
                _ => self.settle(),
            }
        }
        match fact {
            Fact::Gpu(gpu, state) => self.gpu(now, gpu, state),
            Fact::Step { job, step } => self.step(now, job, step),
            Fact::Arrives(station) => self.inside(now, station, 0, true),
            Fact::Begins { station, .. } => {
                self.inside(now, station, 0, false);
                self.inside(now, station, 1, true);
            }
            Fact::Leaves { station, .. } => self.inside(now, station, 1, false),
            Fact::Away { station, away } => self.away(now, station, away),
            Fact::Expelled { station, served, .. } => {
                self.inside(now, station, usize::from(served), false);
            }
            _ => {}
        }
    }

    fn has_enough(&self, now: Time) -> bool {
        now > self.window.until || self.out.failed()
    }

    fn mark(&mut self, now: Time, mark: Mark<'_>) {
        self.settle();
        match mark {
            Mark::Request { request, read, controller, offset, answer, finished } => {
                let new = Request::new(answer, now);
                let new = Request { number: request, controller, offset, finished, ..new };
                self.requests.entry(read).or_default().push(new);
            }
            Mark::Read { read, owner, object, bytes, finished } => {
                let requests = self.requests.remove(&read).unwrap_or_default();
                let read = Read { owner, object, bytes, until: now, requests, finished };
                self.whole = Some(read);
            }
            Mark::Decoded { owner, queued, began } => {
                if let Some(read) = self.decoding.remove(&owner) {
                    self.reads().write(read, Some((queued, began, now)));
                }
            }
            Mark::Slot { controller, request, op, began, finished } => {
                self.slot(now, (controller, request, op, began), finished);
            }
            Mark::Io { device, op, began } => {
                if self.out.shows(began, now) {
                    let (group, name) = self.layout.device(device);
                    let name = |lane| format!("{name} I/O {lane}");
                    let on = self.lanes.take(&mut self.out, group, (began, now), name);
                    let what = if op_name(op) == "GET" { "read" } else { "write" };
                    self.out.slice(on, began, now, what, "");
                }
            }
            Mark::Load { resource, units } => self.load(now, resource.index(), Some(units)),
        }
    }
}
