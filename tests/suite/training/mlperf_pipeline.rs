//! The input pipeline batch by batch, from the fact stream: run-ahead, order, hand-out of batches.
//! One accelerator and one sample a batch, so that a request is a batch; service times random, so
//! that batches overtake each other. Deterministic given the seed: no false alarms.

use crate::common;

use common::{in_flight, lab, training};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::{Span, Time};
use gapcast::model::{Framework, Training};
use gapcast::probe::{Fact, GpuState, Probe};
use gapcast::sim::run_with;
use std::sync::Arc;

const COMPUTE_S: f64 = 0.1;
const OVERHEAD_S: f64 = 0.003;
const STEPS: usize = 400;

/// What happened to each batch.
#[derive(Debug, Default)]
struct Log {
    issued: u64,
    /// Issue time of the request answered last.
    answered: Option<Time>,
    /// (number, load began, load ended) in order of completion.
    ready: Vec<(u64, Time, Time)>,
    taken: Vec<Time>,
    /// Most batches begun and not taken at any instant.
    most_ahead: u64,
}

impl Probe for Log {
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        match fact {
            Fact::Issued(..) => {
                self.issued += 1;
                self.most_ahead = self.most_ahead.max(self.issued - self.taken.len() as u64);
            }
            Fact::Answered(answer) => self.answered = Some(answer.issued),
            Fact::BatchReady { batch, .. } => {
                let began = self.answered.take().expect("its only request is answered");
                self.ready.push((batch, began, now));
            }
            Fact::Gpu(_, GpuState::Useful) => self.taken.push(now),
            _ => {}
        }
    }
}

fn play(framework: Framework, workers: u32, prefetch: u32) -> Log {
    let mut scenario = lab(1, 1 << 20);
    let mean = 0.9 * COMPUTE_S * f64::from(workers);
    scenario.store.controller.get_service = Dist::Exponential { mean };
    scenario.training.push(Training {
        framework,
        workers,
        in_flight_batches: in_flight(workers, prefetch),
        step_overhead: Dist::Constant(OVERHEAD_S),
        ..training(1, 1, COMPUTE_S, STEPS as u64)
    });
    run_with(&Arc::new(scenario), 0, Log::default())
}

const CASES: [(u32, u32); 6] = [(1, 1), (1, 4), (3, 2), (4, 2), (4, 8), (2, 5)];

/// DLIO's run-ahead: workers · max(1, ceil(prefetch/workers)).
#[test]
fn the_prefetch_formula() {
    let wanted = [1, 4, 3, 4, 8, 6];
    for ((workers, prefetch), wanted) in CASES.into_iter().zip(wanted) {
        assert_eq!(in_flight(workers, prefetch), wanted);
    }
    assert_eq!(in_flight(4, 0), 4);
}

/// No more than the run-ahead's batches are begun and not yet taken, and as many are, at times.
#[test]
fn the_run_ahead_is_a_bound_and_is_reached() {
    for framework in [Framework::Pytorch, Framework::Tensorflow] {
        for (workers, prefetch) in CASES {
            let log = play(framework, workers, prefetch);
            let bound = u64::from(in_flight(workers, prefetch));
            assert_eq!(log.most_ahead, bound, "{framework:?} {workers} {prefetch}");
            assert_eq!(log.taken.len(), STEPS);
        }
    }
}

/// Batches overtake each other in the workers, yet batch k is taken when it is ready and step k−1
/// is over: taken(k) = max(ready(k), taken(k−1) + compute + overhead), to the picosecond.
#[test]
fn delivery_is_in_order() {
    let step = Span::from_s(COMPUTE_S) + Span::from_s(OVERHEAD_S);
    for framework in [Framework::Pytorch, Framework::Tensorflow] {
        for (workers, prefetch) in CASES {
            let mut log = play(framework, workers, prefetch);
            let overtaken = log.ready.windows(2).any(|pair| pair[1].0 < pair[0].0);
            assert_eq!(overtaken, workers > 1, "the test sees overtaking only with workers");
            log.ready.sort_unstable();
            let mut free = Time::ZERO;
            for (k, (batch, _, ended)) in log.ready.iter().enumerate() {
                assert_eq!(*batch, k as u64, "every batch once");
                assert_eq!(log.taken[k], free.max(*ended), "{framework:?} batch {k}");
                free = log.taken[k] + step;
            }
        }
    }
}

/// When a batch begins, from the loads' lengths alone: as soon as batch k−F is taken (F: run-ahead)
/// and its worker is free, which with PyTorch is worker k mod w, with TensorFlow the first free one.
#[test]
fn frameworks_hand_out_batches_as_they_should() {
    for framework in [Framework::Pytorch, Framework::Tensorflow] {
        for (workers, prefetch) in CASES {
            let mut log = play(framework, workers, prefetch);
            log.ready.sort_unstable();
            let ahead = in_flight(workers, prefetch) as usize;
            let mut free = vec![Time::ZERO; workers as usize];
            for (k, (_, began, ended)) in log.ready.iter().enumerate() {
                let worker = match framework {
                    Framework::Pytorch => k % free.len(),
                    Framework::Tensorflow => {
                        (0..free.len()).min_by_key(|w| free[*w]).expect("there are workers")
                    }
                };
                let place = if k < ahead { Time::ZERO } else { log.taken[k - ahead] };
                let wanted = free[worker].max(place);
                assert_eq!(*began, wanted, "{framework:?} {workers} {prefetch} batch {k}");
                free[worker] = *ended;
            }
        }
    }
}
