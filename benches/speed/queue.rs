//! Hold model (Vaucher & Duval, CACM 18(4), 1975): with n events pending, take the first and put
//! one an exponential span later, again and again.

use crate::calendar::Calendar;
use divan::{Bencher, black_box, counter::ItemsCount};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::queue::{EventQueue, Phase};
use gapcast::kernel::rng::{Purpose, Streams};
use gapcast::kernel::time::{Span, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const PENDING: [usize; 3] = [1_000, 100_000, 1_000_000];
const HOLDS: usize = 100_000;

/// Spans to hold for, drawn beforehand.
fn spans() -> Vec<Span> {
    let mut draws = Streams::new(1, 0).stream("hold", Purpose::Arrival);
    let dist = Dist::Exponential { mean: 1e-3 };
    (0..1 << 16).map(|_| dist.sample_span(draws.uniform())).collect()
}

#[divan::bench(args = PENDING, sample_count = 20)]
fn own_hold(bencher: Bencher, pending: usize) {
    let spans = spans();
    let mut queue = EventQueue::new();
    for i in 0..pending {
        queue.schedule(Time::ZERO + spans[i & 0xffff], Phase::Arrive, i as u64);
    }
    bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
        for i in 0..HOLDS {
            let (now, event) = queue.pop().expect("the number of events is held");
            queue.schedule(now + spans[i & 0xffff], Phase::Arrive, event);
        }
        black_box(queue.len())
    });
}

/// The same order (time, phase, sequence) in the standard library's binary heap, no cancellation.
#[divan::bench(args = PENDING, sample_count = 20)]
fn std_heap_hold(bencher: Bencher, pending: usize) {
    let spans = spans();
    let mut sequence = 0u64;
    let mut queue = BinaryHeap::new();
    for i in 0..pending {
        sequence += 1;
        queue.push(Reverse((Time::ZERO + spans[i & 0xffff], Phase::Arrive, sequence, i as u64)));
    }
    bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
        for i in 0..HOLDS {
            let Reverse((now, phase, _, event)) = queue.pop().expect("held");
            sequence += 1;
            queue.push(Reverse((now + spans[i & 0xffff], phase, sequence, event)));
        }
        black_box(queue.len())
    });
}

/// The same in a plain calendar queue, no cancellation: what the engine's own queue is held against.
#[divan::bench(args = PENDING, sample_count = 20)]
fn calendar_hold(bencher: Bencher, pending: usize) {
    let spans = spans();
    let mut queue = Calendar::new();
    for i in 0..pending {
        queue.schedule(Time::ZERO + spans[i & 0xffff], Phase::Arrive, i as u64);
    }
    bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
        for i in 0..HOLDS {
            let (now, event) = queue.pop().expect("held");
            queue.schedule(now + spans[i & 0xffff], Phase::Arrive, event);
        }
        black_box(queue.len())
    });
}
