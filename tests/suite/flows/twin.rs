//! The slow twin: progressive filling from nothing at every start and end. It counts as the program
//! does, in 2^-16 bytes per second and whole picoseconds: in a closed loop one picosecond here or there
//! changes who meets whom, and grows.

use crate::lists::{Flow, List};
use gapcast::kernel::maxmin::UNIT;
use gapcast::kernel::maxmin::oracle::{self, OracleFlow};
use gapcast::kernel::time::PS_PER_S;

/// Max-min rates in the unit of the capacities, rounded down: again and again what fills up first
/// settles its flows.
fn rates(capacities: &[u64], flows: &[&Flow]) -> Vec<u64> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); capacities.len()];
    for (i, flow) in flows.iter().enumerate() {
        flow.path.iter().for_each(|&resource| members[resource].push(i));
    }
    let mut left = capacities.to_vec();
    let mut open: Vec<u64> = members.iter().map(|flows| flows.len() as u64).collect();
    let mut rates: Vec<Option<u64>> = vec![None; flows.len()];
    loop {
        let levels = (0..left.len()).filter(|&r| open[r] > 0).map(|r| (left[r] / open[r], r));
        let Some((level, full)) = levels.min() else {
            return rates.into_iter().map(|rate| rate.expect("all are settled")).collect();
        };
        for &flow in &members[full] {
            if rates[flow].is_none() {
                rates[flow] = Some(level);
                for &resource in &flows[flow].path {
                    left[resource] -= level;
                    open[resource] -= 1;
                }
            }
        }
    }
}

/// A flow under way.
struct Active {
    slot: usize,
    /// Bytes left, in units times picoseconds.
    left: u128,
}

/// Start and end of every flow, ps, slot by slot.
pub fn play(list: &List) -> Vec<Vec<(u64, u64)>> {
    let units = |capacity: &f64| (capacity * UNIT as f64) as u64;
    let capacities: Vec<u64> = list.capacities.iter().map(units).collect();
    let work = |flow: &Flow| u128::from(flow.bytes) * u128::from(UNIT) * u128::from(PS_PER_S);
    let mut times: Vec<Vec<(u64, u64)>> = vec![vec![(0, 0)]; list.slots.len()];
    let first = |(slot, flows): (usize, &Vec<Flow>)| Active { slot, left: work(&flows[0]) };
    let mut active: Vec<Active> = list.slots.iter().enumerate().map(first).collect();
    let mut now = 0;
    while !active.is_empty() {
        let flow = |one: &Active| &list.slots[one.slot][times[one.slot].len() - 1];
        let rates = rates(&capacities, &active.iter().map(flow).collect::<Vec<_>>());
        let waits = active.iter().zip(&rates).map(|(one, rate)| one.left.div_ceil((*rate).into()));
        let step = waits.min().expect("somebody is under way");
        now += u64::try_from(step).expect("not for ever");
        let mut on = Vec::with_capacity(active.len());
        for (one, rate) in active.into_iter().zip(rates) {
            let (slot, moved) = (one.slot, u128::from(rate) * step);
            if moved < one.left {
                on.push(Active { slot, left: one.left - moved });
                continue;
            }
            let own = &mut times[slot];
            own.last_mut().expect("it started").1 = now;
            if let Some(next) = list.slots[slot].get(own.len()) {
                own.push((now, 0));
                on.push(Active { slot, left: work(next) });
            }
        }
        active = on;
    }
    times
}

/// The twin's own twin: the solver's oracle in floating point, on the first flows of a list. 1e-12
/// relative: rounding of sums.
#[test]
fn the_twin_shares_as_the_oracle_does() {
    let list = crate::lists::leaf_spine(64, 1, 1);
    let flows: Vec<&Flow> = list.slots.iter().map(|slot| &slot[0]).collect();
    let asked = |flow: &&Flow| OracleFlow {
        hops: flow.path.iter().map(|&resource| (resource, 1)).collect(),
        weight: 1.0,
        cap: f64::INFINITY,
    };
    let wanted = oracle::rates(&list.capacities, &flows.iter().map(asked).collect::<Vec<_>>());
    let units: Vec<u64> = list.capacities.iter().map(|c| (c * UNIT as f64) as u64).collect();
    for (got, wanted) in rates(&units, &flows).into_iter().zip(wanted) {
        let got = got as f64 / UNIT as f64;
        assert!((got / wanted - 1.0).abs() < 1e-12, "{got} {wanted}");
    }
}
