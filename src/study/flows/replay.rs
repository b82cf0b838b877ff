//! From a list to starts, ways and ends.

use super::{Flow, FlowList, FlowNetwork, Start};
use crate::fabric::Fluid;
use crate::kernel::maxmin::{Hop, ResourceId, UNIT};
use crate::kernel::time::{PS_PER_S, Time};
use crate::sim;
use crate::spec::{Diagnostic, Diagnostics};
use rayon::prelude::*;

/// Destinations that one task routes.
const CHUNK: usize = 64;

/// No flow comes after.
const NONE: u32 = u32::MAX;

/// Why a list has no end.
#[derive(Debug, thiserror::Error)]
pub enum FlowsError {
    /// Threads could not be started.
    #[error("cannot start {threads} threads: {source}")]
    Threads {
        /// How many.
        threads: usize,
        /// Why.
        source: rayon::ThreadPoolBuildError,
    },
    /// It ends after all that a clock of picoseconds can tell.
    #[error(
        "the list takes longer than 213 days; the flow in row {row} ({name}) does not end before"
    )]
    TooLong {
        /// Row of a flow under way, from 1, the header left out.
        row: usize,
        /// Its ends.
        name: String,
    },
}

/// Flows with what they cross, in the order in which they start.
#[derive(Debug)]
pub struct Plan {
    /// Bytes per second of each resource.
    capacities: Vec<f64>,
    /// What all flows cross, flow after flow.
    hops: Vec<Hop>,
    /// Where the hops of each flow begin, and the end of the last.
    first: Vec<usize>,
    /// Bytes of each flow.
    bytes: Vec<u64>,
    /// Flows that start by themselves, in order of time.
    starts: Vec<(Time, u32)>,
    /// The flow that follows each in its slot.
    next: Vec<u32>,
}

/// When each flow ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Start and end by flow, in the order of the list.
    pub times: Vec<(Time, Time)>,
    /// Instants at which flows ended.
    pub batches: u64,
}

impl Plan {
    /// Finds the way of every flow, on so many threads (0: one a core).
    ///
    /// # Errors
    /// Outer: threads cannot be started. Inner: every flow to which no way leads.
    pub fn new(
        list: &FlowList,
        network: &FlowNetwork,
        threads: usize,
    ) -> Result<Result<Plan, Diagnostics>, FlowsError> {
        let ways = ways(list, network, threads)?;
        let mut found = Diagnostics::default();
        let (mut hops, mut first) = (Vec::new(), vec![0]);
        for (i, way) in ways.into_iter().enumerate() {
            match way {
                Some(way) => hops.extend(way),
                None => {
                    let Flow { src, dst, .. } = list.flows[i];
                    let [src, dst] = [src, dst].map(|host| network.name(host));
                    let message = format!("no way leads from {src} to {dst}");
                    let help = "`gapcast topology SCENARIO` draws the network";
                    found.push(
                        Diagnostic::error(&list.place(i), message, "out of reach").help(help),
                    );
                }
            }
            first.push(hops.len());
        }
        if found.has_errors() {
            return Ok(Err(found));
        }
        let (starts, next) = turns(&list.flows);
        Ok(Ok(Plan {
            capacities: network.shared().iter().map(|shared| shared.bytes_per_s).collect(),
            hops,
            first,
            bytes: list.flows.iter().map(|flow| flow.bytes).collect(),
            starts,
            next,
        }))
    }

    /// Flows.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What a flow crosses.
    pub fn hops(&self, flow: usize) -> &[Hop] {
        &self.hops[self.first[flow]..self.first[flow + 1]]
    }

    /// Runs the list; `done` is told how many flows have ended since it was last told.
    ///
    /// # Errors
    /// It does not end within 213 days.
    pub fn run(
        &self,
        list: &FlowList,
        network: &FlowNetwork,
        done: &dyn Fn(u64),
    ) -> Result<Ran, FlowsError> {
        let mut fluid: Fluid<u32> = Fluid::unmetered();
        for (i, capacity) in self.capacities.iter().enumerate() {
            let id = fluid.add_resource(*capacity);
            debug_assert_eq!(id, ResourceId(i as u32), "resources are numbered in order");
        }
        let mut times = vec![(Time::NEVER, Time::NEVER); self.len()];
        let (mut waiting, mut ended, mut batches) = (self.starts.iter().peekable(), Vec::new(), 0);
        loop {
            let start = waiting.peek().map(|(at, _)| *at);
            let end = fluid.next_event();
            let Some(now) = start.into_iter().chain(end).min() else { break };
            if now == Time::NEVER {
                break;
            }
            fluid.advance(now, &mut ended);
            batches += u64::from(!ended.is_empty());
            if !ended.is_empty() {
                done(ended.len() as u64);
            }
            let mut begin = |fluid: &mut Fluid<u32>, flow: u32| {
                let i = flow as usize;
                times[i].0 = now;
                fluid.start(now, self.hops(i), self.bytes[i], None, flow);
            };
            for end in &ended {
                let next = self.next[end.token as usize];
                if next != NONE {
                    begin(&mut fluid, next);
                }
            }
            while let Some((_, flow)) = waiting.next_if(|(at, _)| *at == now) {
                begin(&mut fluid, *flow);
            }
            ended.drain(..).for_each(|end| times[end.token as usize].1 = now);
            fluid.settle(now);
        }
        // What has no end yet would end too late, or shares a cable so thin that it stands still.
        match times.iter().position(|(_, end)| *end == Time::NEVER) {
            None => Ok(Ran { times, batches }),
            Some(i) => {
                let Flow { src, dst, .. } = list.flows[i];
                let name = format!("{} to {}", network.name(src), network.name(dst));
                Err(FlowsError::TooLong { row: i + 1, name })
            }
        }
    }

    /// How long a flow takes with the network to itself, ps: its bytes at the line rate of its way
    /// (where it is spread over several, of what fills up first), rounded up.
    pub fn alone_ps(&self, flow: usize) -> u64 {
        let mut shares: Vec<(ResourceId, f64)> = Vec::new();
        for hop in self.hops(flow) {
            let part = 1.0 / f64::from(hop.divisor);
            match shares.iter_mut().find(|(resource, _)| *resource == hop.resource) {
                Some((_, share)) => *share += part,
                None => shares.push((hop.resource, part)),
            }
        }
        let rate = shares.iter().map(|(resource, share)| {
            (self.capacities[resource.0 as usize] * UNIT as f64 / share) as u64
        });
        let rate = rate.min().expect("a flow crosses something").max(1);
        let work = u128::from(self.bytes[flow]) * u128::from(UNIT) * u128::from(PS_PER_S);
        u64::try_from(work.div_ceil(u128::from(rate))).unwrap_or(u64::MAX)
    }
}

/// The hops of every flow; none where no way leads.
fn ways(
    list: &FlowList,
    network: &FlowNetwork,
    threads: usize,
) -> Result<Vec<Option<Vec<Hop>>>, FlowsError> {
    let threads = threads.min(sim::MOST_THREADS);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| FlowsError::Threads { threads, source })?;
    // By destination: a router remembers distances to each, too many to keep for all.
    let mut rows: Vec<u32> = (0..list.flows.len() as u32).collect();
    rows.sort_by_key(|row| list.flows[*row as usize].dst);
    let dst = |row: &u32| list.flows[*row as usize].dst;
    let groups: Vec<&[u32]> = rows.chunk_by(|a, b| dst(a) == dst(b)).collect();
    let route = |groups: &[&[u32]]| {
        let mut router = network.router();
        let mut found: Vec<(u32, Option<Vec<Hop>>)> = Vec::new();
        for &row in groups.iter().copied().flatten() {
            let flow = &list.flows[row as usize];
            let mut hops = Vec::new();
            let there = network.hops(&mut router, row as usize, (flow.src, flow.dst), &mut hops);
            found.push((row, there.then_some(hops)));
        }
        found
    };
    let parts: Vec<_> = pool.install(|| groups.par_chunks(CHUNK).map(route).collect());
    let mut ways = vec![None; list.flows.len()];
    for (row, way) in parts.into_iter().flatten() {
        ways[row as usize] = way;
    }
    Ok(ways)
}

/// Flows that start by themselves, in order of time, and who follows whom.
fn turns(flows: &[Flow]) -> (Vec<(Time, u32)>, Vec<u32>) {
    let mut order: Vec<u32> = (0..flows.len() as u32).collect();
    order.sort_by_key(|i| flows[*i as usize].start);
    let (mut starts, mut next) = (Vec::new(), vec![NONE; flows.len()]);
    let mut before: Option<(u64, u32)> = None;
    for i in order {
        match flows[i as usize].start {
            Start::At(time) => starts.push((time, i)),
            Start::Turn { slot, .. } => {
                match before.filter(|(same, _)| *same == slot) {
                    Some((_, last)) => next[last as usize] = i,
                    None => starts.push((Time::ZERO, i)),
                }
                before = Some((slot, i));
            }
        }
    }
    (starts, next)
}
