//! What a list of flows comes to.

use super::network::Shared;
use super::{Flow, FlowList, FlowNetwork, Kind, Plan, Ran, Start};
use crate::kernel::time::{PS_PER_S, Span, Time};
use crate::model::PathPolicy;

/// Points of a distribution function at most.
const POINTS: usize = 500;

/// Mean and quantiles of something that every flow has one of. Quantiles are the smallest value that
/// so large a share of the flows does not exceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Largest.
    pub max: f64,
}

/// What one flow did.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRow {
    /// Name of the sending host.
    pub src: String,
    /// Name of the receiving host.
    pub dst: String,
    /// Bytes.
    pub bytes: u64,
    /// When it started.
    pub start: Time,
    /// When its last byte left.
    pub end: Time,
    /// How long it would take with the network to itself.
    pub alone: Span,
    /// Slot and place in it, in a closed loop.
    pub turn: Option<(u64, u64)>,
}

impl FlowRow {
    /// From start to end.
    pub fn completion(&self) -> Span {
        self.end.since(self.start)
    }

    /// How many times as long it took as alone.
    pub fn slowdown(&self) -> f64 {
        // Rates are rounded down to whole units: alone it may take a picosecond more than reckoned.
        (self.completion().0 as f64 / self.alone.0 as f64).max(1.0)
    }
}

/// What one cable or box carried.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkLoad {
    /// Which.
    pub shared: Shared,
    /// Flows that crossed it.
    pub flows: u64,
    /// Bytes of them (of those spread over several ways, their share).
    pub bytes: f64,
    /// Share of what it could have carried until the last end.
    pub utilisation: f64,
}

/// Everything that is known of a list that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowsOutcome {
    /// How the list says when flows start.
    pub kind: Kind,
    /// Network it ran on.
    pub fabric: String,
    /// How ways were picked.
    pub policy: PathPolicy,
    /// Hosts of the network.
    pub hosts: usize,
    /// Slots of a closed loop.
    pub slots: Option<u64>,
    /// Flow by flow, in the order of the list.
    pub flows: Vec<FlowRow>,
    /// Instants at which flows ended.
    pub batches: u64,
    /// Bytes of all flows.
    pub bytes: u128,
    /// The last end, since time 0, seconds.
    pub makespan_s: f64,
    /// From start to end, seconds.
    pub completion_s: Spread,
    /// The same alone, seconds.
    pub alone_s: Spread,
    /// Completion over that alone.
    pub slowdown: Spread,
    /// Distribution functions of completion and of completion alone: (seconds, share at or below).
    pub cdf: [Vec<(f64, f64)>; 2],
    /// What cables and boxes carried that carried anything, the busiest first.
    pub links: Vec<LinkLoad>,
}

impl FlowsOutcome {
    /// Concludes from a run.
    pub fn new(list: &FlowList, network: &FlowNetwork, plan: &Plan, ran: &Ran) -> FlowsOutcome {
        let row = |(i, flow): (usize, &Flow)| FlowRow {
            src: network.name(flow.src).to_owned(),
            dst: network.name(flow.dst).to_owned(),
            bytes: flow.bytes,
            start: ran.times[i].0,
            end: ran.times[i].1,
            alone: Span(plan.alone_ps(i)),
            turn: match flow.start {
                Start::At(_) => None,
                Start::Turn { slot, order } => Some((slot, order)),
            },
        };
        let flows: Vec<FlowRow> = list.flows.iter().enumerate().map(row).collect();
        let end = flows.iter().map(|flow| flow.end).max().unwrap_or(Time::ZERO);
        let completions = sorted(flows.iter().map(|flow| flow.completion().0));
        let alone = sorted(flows.iter().map(|flow| flow.alone.0));
        let mut slots: Vec<u64> = flows.iter().filter_map(|flow| Some(flow.turn?.0)).collect();
        slots.sort_unstable();
        slots.dedup();
        FlowsOutcome {
            kind: list.kind,
            fabric: network.fabric().to_owned(),
            policy: network.policy(),
            hosts: network.hosts(),
            slots: (list.kind == Kind::Closed).then_some(slots.len() as u64),
            batches: ran.batches,
            bytes: flows.iter().map(|flow| u128::from(flow.bytes)).sum(),
            makespan_s: end.as_s(),
            completion_s: spread_s(&completions),
            alone_s: spread_s(&alone),
            slowdown: slowdowns(&flows),
            cdf: [cdf(&completions), cdf(&alone)],
            links: links(list, network, plan, end),
            flows,
        }
    }

    /// Bytes per second from time 0 to the last end, all flows together.
    pub fn goodput(&self) -> f64 {
        self.bytes as f64 / self.makespan_s
    }
}

fn sorted(values: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values
}

/// The value that a share of `sorted` does not exceed.
fn quantile<T: Copy>(sorted: &[T], (part, of): (usize, usize)) -> T {
    sorted[(sorted.len() * part).div_ceil(of).max(1) - 1]
}

fn spread_s(sorted: &[u64]) -> Spread {
    let sum: u128 = sorted.iter().map(|ps| u128::from(*ps)).sum();
    let at = |share| Span(quantile(sorted, share)).as_s();
    Spread {
        mean: sum as f64 / PS_PER_S as f64 / sorted.len() as f64,
        p50: at((1, 2)),
        p99: at((99, 100)),
        max: at((1, 1)),
    }
}

fn slowdowns(flows: &[FlowRow]) -> Spread {
    let mut sorted: Vec<f64> = flows.iter().map(FlowRow::slowdown).collect();
    // In the order of the list, so that the sum is always the same.
    let sum: f64 = sorted.iter().sum();
    sorted.sort_by(f64::total_cmp);
    Spread {
        mean: sum / sorted.len() as f64,
        p50: quantile(&sorted, (1, 2)),
        p99: quantile(&sorted, (99, 100)),
        max: quantile(&sorted, (1, 1)),
    }
}

/// The distribution function at so many flows, evenly, and at the last.
fn cdf(sorted: &[u64]) -> Vec<(f64, f64)> {
    let n = sorted.len();
    let points = n.min(POINTS);
    let at = |i: usize| {
        let rank = (n * (i + 1)).div_ceil(points);
        (Span(sorted[rank - 1]).as_s(), rank as f64 / n as f64)
    };
    (0..points).map(at).collect()
}

fn links(list: &FlowList, network: &FlowNetwork, plan: &Plan, end: Time) -> Vec<LinkLoad> {
    let shared = network.shared();
    let mut carried = vec![(0u64, 0.0); shared.len()];
    for (i, flow) in list.flows.iter().enumerate() {
        let mut last = None;
        for hop in plan.hops(i) {
            let (flows, bytes) = &mut carried[hop.resource.0 as usize];
            // Several hops over one resource are together one share.
            *flows += u64::from(last != Some(hop.resource));
            *bytes += flow.bytes as f64 / f64::from(hop.divisor);
            last = Some(hop.resource);
        }
    }
    let load = |(shared, (flows, bytes)): (&Shared, (u64, f64))| LinkLoad {
        utilisation: bytes / (shared.bytes_per_s * end.as_s()),
        shared: shared.clone(),
        flows,
        bytes,
    };
    let used = shared.iter().zip(carried).filter(|(_, (flows, _))| *flows > 0);
    let mut links: Vec<LinkLoad> = used.map(load).collect();
    links.sort_by(|a, b| b.utilisation.total_cmp(&a.utilisation));
    links
}
