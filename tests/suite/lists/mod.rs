//! Lists of flows whose max-min answers are known, and a closed loop that plays them.

pub mod draws;

use draws::Demand;
use gapcast::fabric::Fluid;
use gapcast::kernel::maxmin::{Hop, ResourceId};
use gapcast::kernel::time::{Span, Time};

/// A capacity in bytes per second, and the flows of every slot, played one after another.
pub struct List {
    /// Bytes per second of each resource.
    pub capacities: Vec<f64>,
    /// Slots; all start at time zero.
    pub slots: Vec<Vec<Flow>>,
}

/// What one flow crosses and how much it moves.
#[derive(Clone)]
pub struct Flow {
    /// Resources, none twice.
    pub path: Vec<usize>,
    /// Bytes.
    pub bytes: u64,
}

/// Leaf–spine closed loop: `hosts` with `slots` each, 32 hosts to a leaf, 16 spines, 100 Gb/s
/// everywhere; a slot runs `rounds` flows to random other hosts, each over spine (receiver mod 16).
pub fn leaf_spine(hosts: usize, slots: usize, rounds: usize) -> List {
    const SPINES: usize = 16;
    let leaves = hosts / 32;
    let (up, down) = (|h: usize| h, |h: usize| hosts + h);
    let rise = |leaf: usize, spine: usize| 2 * hosts + leaf * SPINES + spine;
    let fall = |spine: usize, leaf: usize| 2 * hosts + (leaves + leaf) * SPINES + spine;
    let flow = |&Demand { src, dst, bytes }: &Demand| {
        let (a, b, spine) = (src / 32, dst / 32, dst % SPINES);
        let path = match a == b {
            true => vec![up(src), down(dst)],
            false => vec![up(src), rise(a, spine), fall(spine, b), down(dst)],
        };
        Flow { path, bytes }
    };
    let slots = draws::leaf_spine(hosts, slots, rounds);
    let slots = slots.iter().map(|slot| slot.iter().map(flow).collect()).collect();
    List { capacities: vec![12.5e9; 2 * hosts + 2 * leaves * SPINES], slots }
}

/// Storage incast closed loop: `clients` of 100 Gb/s with `slots` each read 8 MiB `rounds` times
/// from random ones of `servers` of 200 Gb/s; nothing else binds.
pub fn incast(clients: usize, servers: usize, slots: usize, rounds: usize) -> List {
    let flow =
        |&Demand { src, dst, bytes }: &Demand| Flow { path: vec![clients + src, dst], bytes };
    let slots = draws::incast(clients, servers, slots, rounds);
    let slots = slots.iter().map(|slot| slot.iter().map(flow).collect()).collect();
    let mut capacities = vec![12.5e9; clients];
    capacities.resize(clients + servers, 25e9);
    List { capacities, slots }
}

/// An instant at which flows ended: the slots in which they did, and how long each took.
pub type Ends = (Time, Vec<(u32, Span)>);

/// The hops of a flow.
pub fn hops(flow: &Flow, resources: &[ResourceId]) -> Vec<Hop> {
    flow.path.iter().map(|&r| Hop { resource: resources[r], divisor: 1 }).collect()
}

/// Plays a list through the fluid machine: all flows that end at an instant are one batch.
pub fn play(list: &List) -> Vec<Ends> {
    let mut fluid = Fluid::unmetered();
    let resources: Vec<_> = list.capacities.iter().map(|&c| fluid.add_resource(c)).collect();
    let mut next = vec![0; list.slots.len()];
    let mut start = |fluid: &mut Fluid<u32>, now: Time, slot: u32| {
        let Some(flow) = list.slots[slot as usize].get(next[slot as usize]) else { return };
        next[slot as usize] += 1;
        fluid.start(now, &hops(flow, &resources), flow.bytes, None, slot);
    };
    (0..list.slots.len() as u32).for_each(|slot| start(&mut fluid, Time::ZERO, slot));
    fluid.settle(Time::ZERO);
    let (mut ends, mut done) = (Vec::new(), Vec::new());
    while let Some(now) = fluid.next_event() {
        fluid.advance(now, &mut done);
        ends.push((now, done.iter().map(|end| (end.token, now.since(end.began))).collect()));
        for end in done.drain(..) {
            start(&mut fluid, now, end.token);
        }
        fluid.settle(now);
    }
    ends
}
