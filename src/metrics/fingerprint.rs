//! One number for a whole run: equal fingerprints mean equal runs.
//!
//! **Format 1.** XXH3-128 (seed 0) over the facts in order. A fact is its time (u64 picoseconds), its
//! tag (u8) and its fields in the order of declaration, all little-endian: ids, stages and states as
//! u32 (place in their list), times and spans as u64, sums as u128, flags and operations as u8.
//! An answered request adds the number of its stretches (u32) and (stage, since) of each. What held
//! a transfer is left out: it is a label on times that are already there.

use crate::kernel::time::{Span, Time};
use crate::probe::{Answered, Bottleneck, Fact, GpuId, JobId, Probe, Stage, StationId};
use xxhash_rust::xxh3::Xxh3;

/// Version of the format; goes up when the meaning of a fingerprint changes.
pub const FORMAT: u32 = 1;

/// Hashes the fact stream.
pub struct Fingerprint {
    hash: Box<Xxh3>,
    buffer: Vec<u8>,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Fingerprint { hash: Box::new(Xxh3::new()), buffer: Vec::with_capacity(1 << 13) }
    }
}

impl Fingerprint {
    /// 32 hexadecimal digits.
    pub fn digits(mut self) -> String {
        self.hash.update(&self.buffer);
        format!("{:032x}", self.hash.digest128())
    }

    #[inline]
    fn make_room(&mut self) {
        if self.buffer.len() > (1 << 12) {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn tag(&mut self, now: Time, tag: u8) {
        self.make_room();
        self.buffer.extend_from_slice(&now.0.to_le_bytes());
        self.buffer.push(tag);
    }

    fn u32(&mut self, value: u32) {
        self.buffer.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.buffer.extend_from_slice(&value.to_le_bytes());
    }

    fn u128(&mut self, value: u128) {
        self.buffer.extend_from_slice(&value.to_le_bytes());
    }

    fn u8(&mut self, value: u8) {
        self.buffer.push(value);
    }

    fn cache(&mut self, now: Time, shared: bool, hit: bool) {
        self.tag(now, 14);
        self.u8(u8::from(shared));
        self.u8(u8::from(hit));
    }

    fn site_cache(&mut self, now: Time, site: u32, hit: bool) {
        self.tag(now, 70);
        self.u32(site);
        self.u8(u8::from(hit));
    }

    fn of_job(&mut self, now: Time, tag: u8, job: JobId) {
        self.tag(now, tag);
        self.u32(job.0);
    }

    fn expelled(&mut self, now: Time, station: StationId, arrived: Time, served: bool) {
        self.tag(now, 23);
        self.u32(station.0);
        self.u64(arrived.0);
        self.u8(u8::from(served));
    }

    #[inline(never)]
    fn answered(&mut self, now: Time, answer: &Answered<'_>) {
        self.tag(now, 4);
        self.u32(answer.job.0);
        self.u8(answer.op as u8);
        self.u64(answer.bytes);
        self.u64(answer.issued.0);
        self.u64(answer.first_byte.0);
        self.u8(u8::from(answer.cached));
        self.u32(answer.attempts);
        self.u32(answer.stretches.len() as u32);
        for stretch in answer.stretches {
            self.u32(stretch.stage as u32);
            self.u64(stretch.since.0);
        }
    }

    fn stall(&mut self, now: Time, gpu: GpuId, shares: &[(Stage, Option<Bottleneck>, Span)]) {
        self.tag(now, 2);
        self.u32(gpu.0);
        self.u32(shares.len() as u32);
        for (stage, _, span) in shares {
            self.u32(*stage as u32);
            self.u64(span.0);
        }
    }

    fn wasted(&mut self, now: Time, job: JobId, bytes: u64) {
        self.of_job(now, 84, job);
        self.u64(bytes);
    }

    /// Most facts are of stations: they are written in one piece.
    #[inline]
    fn at_station<const N: usize>(
        &mut self,
        now: Time,
        tag: u8,
        station: StationId,
        times: [Time; N],
    ) {
        let mut fact = [0; 29];
        fact[..8].copy_from_slice(&now.0.to_le_bytes());
        fact[8] = tag;
        fact[9..13].copy_from_slice(&station.0.to_le_bytes());
        for (place, time) in fact[13..].chunks_exact_mut(8).zip(times) {
            place.copy_from_slice(&time.0.to_le_bytes());
        }
        self.make_room();
        self.buffer.extend_from_slice(&fact[..13 + 8 * N]);
    }

    fn waits(&mut self, now: Time, shares: &[(Stage, Option<Bottleneck>, u128)]) {
        self.tag(now, 15);
        self.u32(shares.len() as u32);
        for (stage, _, sum) in shares {
            self.u32(*stage as u32);
            self.u128(*sum);
        }
    }
}

impl Probe for Fingerprint {
    #[inline(always)]
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        match fact {
            Fact::Gpu(gpu, state) => {
                self.tag(now, 1);
                self.u32(gpu.0);
                self.u32(state as u32);
            }
            Fact::StallEnds(gpu, shares) => self.stall(now, gpu, shares),
            Fact::Issued(job, op) => {
                self.tag(now, 3);
                self.u32(job.0);
                self.u8(op as u8);
            }
            Fact::Answered(answer) => self.answered(now, &answer),
            Fact::Refused(job) => self.of_job(now, 5, job),
            Fact::Failed(job) => self.of_job(now, 6, job),
            Fact::TimedOut(job) => self.of_job(now, 80, job),
            Fact::Hedged(job) => self.of_job(now, 81, job),
            Fact::HedgeWon(job) => self.of_job(now, 82, job),
            Fact::Unpaid(job) => self.of_job(now, 83, job),
            Fact::Wasted(job, bytes) => self.wasted(now, job, bytes),
            // It follows from what became of the attempt.
            Fact::Retried(_) => {}
            Fact::Arrives(station) => self.at_station(now, 7, station, []),
            Fact::Begins { station, arrived } => self.at_station(now, 8, station, [arrived]),
            Fact::Leaves { station, arrived, began } => {
                self.at_station(now, 9, station, [arrived, began]);
            }
            Fact::BatchReady { gpu, batch } => {
                self.tag(now, 10);
                self.u32(gpu.0);
                self.u64(batch);
            }
            Fact::WaitedFor(state, sum) => {
                self.tag(now, 11);
                self.u32(state as u32);
                self.u128(sum);
            }
            Fact::WaitsSplit(shares) => self.waits(now, shares),
            Fact::Reset(job) => self.of_job(now, 20, job),
            Fact::Degraded(job) => self.of_job(now, 21, job),
            Fact::Stranded(job) => self.of_job(now, 22, job),
            Fact::Expelled { station, arrived, served } => {
                self.expelled(now, station, arrived, served);
            }
            Fact::Denied(job) => self.of_job(now, 50, job),
            Fact::Away { .. } => {}
            Fact::WarmUpEnds => self.tag(now, 12),
            Fact::Step { job, step } => {
                self.tag(now, 13);
                self.u32(job.0);
                self.u64(step);
            }
            Fact::SiteCache { site, hit } => self.site_cache(now, site, hit),
            Fact::Cache { shared, hit } => self.cache(now, shared, hit),
        }
    }
}
