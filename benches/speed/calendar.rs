//! A plain calendar queue (Brown, CACM 31(10), 1988), the yardstick: buckets are sorted lists, a
//! day is about three times the mean gap of a sample of events near the head (a power of two), buckets double and
//! halve with the number of events. It orders (time, phase, sequence) and cannot cancel.

use gapcast::kernel::queue::Phase;
use gapcast::kernel::time::Time;

type Entry = (Time, Phase, u64, u64);

pub struct Calendar {
    /// Each sorted, its first event last.
    buckets: Vec<Vec<Entry>>,
    /// Days are 2^bits ps long.
    bits: u32,
    day: u64,
    len: usize,
    sequence: u64,
}

impl Calendar {
    pub fn new() -> Calendar {
        let buckets = vec![Vec::new(); 2];
        Calendar { buckets, bits: 20, day: 0, len: 0, sequence: 0 }
    }

    pub fn schedule(&mut self, at: Time, phase: Phase, event: u64) {
        self.sequence += 1;
        self.insert((at, phase, self.sequence, event));
        self.len += 1;
        if self.len > 2 * self.buckets.len() {
            self.resize(2 * self.buckets.len());
        }
    }

    fn insert(&mut self, entry: Entry) {
        let day = (entry.0.0 >> self.bits) as usize & (self.buckets.len() - 1);
        let bucket = &mut self.buckets[day];
        let place = bucket.iter().rposition(|other| *other > entry).map_or(0, |i| i + 1);
        bucket.insert(place, entry);
    }

    pub fn pop(&mut self) -> Option<(Time, u64)> {
        if self.len == 0 {
            return None;
        }
        for _ in 0..self.buckets.len() {
            let bucket = self.day as usize & (self.buckets.len() - 1);
            let end = (self.day + 1) << self.bits;
            if let Some(entry) = self.buckets[bucket].pop_if(|entry| entry.0.0 < end) {
                self.len -= 1;
                if self.len < self.buckets.len() / 2 && self.buckets.len() > 2 {
                    self.resize(self.buckets.len() / 2);
                }
                return Some((entry.0, entry.3));
            }
            self.day += 1;
        }
        let first = self.buckets.iter().filter_map(|bucket| bucket.last()).min();
        self.day = first.expect("there is one").0.0 >> self.bits;
        self.pop()
    }

    fn resize(&mut self, buckets: usize) {
        let start = self.day << self.bits;
        let mut all: Vec<Entry> = self.buckets.drain(..).flatten().collect();
        // The sample: the first 25 events.
        let sample = all.len().min(25);
        if sample > 1 {
            all.select_nth_unstable(sample - 1);
            let first = all[..sample].iter().min().expect("a sample").0;
            let width = 3 * (all[sample - 1].0.0 - first.0) / (sample as u64 - 1);
            self.bits = width.max(1).ilog2();
        }
        self.day = start >> self.bits;
        self.buckets.resize(buckets, Vec::new());
        all.into_iter().for_each(|entry| self.insert(entry));
    }

    pub fn len(&self) -> usize {
        self.len
    }
}
