//! The idle ledger: every GPU-picosecond in exactly one state, stalls split by where the awaited
//! data spent its time.

use crate::kernel::stats::Series;
use crate::kernel::time::{Span, Time};
use crate::probe::{Bottleneck, GpuId, GpuState, Stage};
use std::collections::BTreeMap;

/// The ledger of a cluster.
#[derive(Debug, Clone)]
pub struct Ledger {
    gpus: Vec<(GpuState, Time)>,
    time: [u128; GpuState::COUNT],
    over_time: Vec<Series>,
    stall: [u128; Stage::COUNT],
    held: BTreeMap<Bottleneck, u128>,
    /// The same of waits at barriers for ranks in a data stall.
    waits: [u128; Stage::COUNT],
    waits_held: BTreeMap<Bottleneck, u128>,
    waited_for: [u128; GpuState::COUNT],
    /// Stalled time that ended so far, as said by the accelerators' own states.
    ended_stalls: u128,
    split_stalls: u128,
}

impl Ledger {
    /// `gpus` accelerators, none with a job yet.
    pub fn new(gpus: u32) -> Ledger {
        Ledger {
            gpus: vec![(GpuState::Unallocated, Time::ZERO); gpus as usize],
            time: [0; GpuState::COUNT],
            over_time: GpuState::ALL.iter().map(|_| Series::default()).collect(),
            stall: [0; Stage::COUNT],
            held: BTreeMap::new(),
            waits: [0; Stage::COUNT],
            waits_held: BTreeMap::new(),
            waited_for: [0; GpuState::COUNT],
            ended_stalls: 0,
            split_stalls: 0,
        }
    }

    /// An accelerator changes state.
    pub fn set(&mut self, now: Time, gpu: GpuId, state: GpuState) {
        let (was, since) = std::mem::replace(&mut self.gpus[gpu.0 as usize], (state, now));
        self.book(was, since, now);
        if was == GpuState::DataStall && state != GpuState::DataStall {
            self.ended_stalls += u128::from(now.since(since).0);
        }
    }

    fn book(&mut self, state: GpuState, since: Time, now: Time) {
        self.time[state as usize] += u128::from(now.since(since).0);
        self.over_time[state as usize].add(since, now, 1);
    }

    /// A stall ends; `shares` sum to it.
    pub fn split(&mut self, shares: &[(Stage, Option<Bottleneck>, Span)]) {
        for (stage, by, span) in shares {
            self.stall[*stage as usize] += u128::from(span.0);
            self.split_stalls += u128::from(span.0);
            if let (Stage::Transfer, Some(by)) = (stage, by) {
                *self.held.entry(*by).or_default() += u128::from(span.0);
            }
        }
    }

    /// Waits for ranks in a data stall, by where their data was.
    pub fn split_waits(&mut self, shares: &[(Stage, Option<Bottleneck>, u128)]) {
        for (stage, by, sum) in shares {
            self.waits[*stage as usize] += sum;
            if let (Stage::Transfer, Some(by)) = (stage, by) {
                *self.waits_held.entry(*by).or_default() += sum;
            }
        }
    }

    /// Ranks waited for one in this state.
    pub fn waited(&mut self, state: GpuState, sum: u128) {
        self.waited_for[state as usize] += sum;
    }

    /// Closes the books at `end`.
    ///
    /// # Panics
    /// If a picosecond is missing or counted twice, or a stall's shares do not sum to it.
    pub fn close(&mut self, end: Time) {
        for i in 0..self.gpus.len() {
            let (state, since) = self.gpus[i];
            self.book(state, since, end);
            self.gpus[i].1 = end;
            if state == GpuState::DataStall {
                self.stall[Stage::UnderWay as usize] += u128::from(end.since(since).0);
            }
        }
        let total: u128 = self.time.iter().sum();
        let owned = self.gpus.len() as u128 * u128::from(end.0);
        assert_eq!(total, owned, "every GPU-picosecond is in exactly one state");
        assert_eq!(self.split_stalls, self.ended_stalls, "stalls are split whole");
        let stalls: u128 = self.stall.iter().sum();
        assert_eq!(stalls, self.time(GpuState::DataStall), "shares sum to the data stall");
        let waits: u128 = self.waits.iter().sum();
        assert_eq!(waits, self.waited_for(GpuState::DataStall), "waits are split whole");
    }

    /// GPU-picoseconds in a state.
    pub fn time(&self, state: GpuState) -> u128 {
        self.time[state as usize]
    }
    /// GPUs in a state over time.
    pub fn over_time(&self, state: GpuState) -> &Series {
        &self.over_time[state as usize]
    }
    /// GPU-picoseconds of stalls spent in a stage; of those that the end cut off, in `UnderWay`.
    pub fn stall(&self, stage: Stage) -> u128 {
        self.stall[stage as usize]
    }
    /// GPU-picoseconds of ended stalls in transfers, by what held them.
    pub fn held(&self) -> &BTreeMap<Bottleneck, u128> {
        &self.held
    }
    /// GPU-picoseconds waited at barriers for a rank whose data spent them in a stage.
    pub fn wait(&self, stage: Stage) -> u128 {
        self.waits[stage as usize]
    }
    /// GPU-picoseconds waited at barriers for a rank's transfers, by what held them.
    pub fn waits_held(&self) -> &BTreeMap<Bottleneck, u128> {
        &self.waits_held
    }
    /// GPU-picoseconds waited at barriers for a rank in this state.
    pub fn waited_for(&self, state: GpuState) -> u128 {
        self.waited_for[state as usize]
    }
}
