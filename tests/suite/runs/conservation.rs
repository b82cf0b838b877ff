//! What must hold in every run: time, bytes and requests are conserved, whatever the scenario.

use crate::common;

use common::recipe::{SPREAD, cook, recipes, sixty_runs, spread};
use gapcast::kernel::time::Time;
use gapcast::metrics::summary::RunSummary;
use gapcast::model::{Compute, Op, Scenario};
use gapcast::probe::{Fact, GpuState, Probe};
use gapcast::sim::{run_replicate, run_with};
use proptest::prelude::*;
use std::sync::Arc;

/// Checks facts as they come, to the picosecond.
struct Auditor {
    last: Time,
    gpus: Vec<(GpuState, Time)>,
    /// Inside and in service at each station, and its servers.
    stations: Vec<(u64, u64, u64)>,
    stalls_ended_ps: u128,
    stalls_split_ps: u128,
    issued: u64,
    answered: u64,
    got_over_network: u64,
}

impl Auditor {
    fn new(run: &RunSummary, gpus: u64) -> Auditor {
        Auditor {
            last: Time::ZERO,
            gpus: vec![(GpuState::Unallocated, Time::ZERO); gpus as usize],
            stations: run.stations.iter().map(|s| (0, 0, s.servers)).collect(),
            stalls_ended_ps: 0,
            stalls_split_ps: 0,
            issued: 0,
            answered: 0,
            got_over_network: 0,
        }
    }
}

impl Probe for Auditor {
    fn on(&mut self, now: Time, fact: Fact<'_>) {
        assert!(now >= self.last, "facts come in order of time");
        self.last = now;
        match fact {
            Fact::Gpu(gpu, state) => {
                let (was, since) = std::mem::replace(&mut self.gpus[gpu.0 as usize], (state, now));
                if was == GpuState::DataStall {
                    self.stalls_ended_ps += u128::from(now.since(since).0);
                }
            }
            Fact::StallEnds(gpu, shares) => {
                let (state, since) = self.gpus[gpu.0 as usize];
                assert_eq!(state, GpuState::DataStall, "only a stalled accelerator's stall ends");
                let sum: u64 = shares.iter().map(|share| share.2.0).sum();
                assert_eq!(sum, now.since(since).0, "shares sum to the stall");
                self.stalls_split_ps += u128::from(sum);
            }
            Fact::Issued(..) => self.issued += 1,
            Fact::Answered(answer) => {
                self.answered += 1;
                let mut at = answer.issued;
                for stretch in answer.stretches {
                    assert!(stretch.since >= at, "stretches are in order");
                    at = stretch.since;
                }
                assert!(answer.stretches[0].since == answer.issued && at <= now);
                assert!(answer.issued <= answer.first_byte && answer.first_byte <= now);
                if answer.op == Op::Get && !answer.cached {
                    self.got_over_network += answer.bytes;
                }
            }
            Fact::Arrives(station) => self.stations[station.0 as usize].0 += 1,
            Fact::Begins { station, .. } => {
                let (inside, busy, servers) = &mut self.stations[station.0 as usize];
                *busy += 1;
                assert!(*busy <= *servers && *busy <= *inside, "servers serve who is there");
            }
            Fact::Leaves { station, arrived, began } => {
                assert!(arrived <= began && began <= now);
                let (inside, busy, _) = &mut self.stations[station.0 as usize];
                (*inside, *busy) = (*inside - 1, *busy - 1);
            }
            _ => {}
        }
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6)
}

fn check_accelerators(scenario: &Scenario, run: &RunSummary, audit: &Auditor) {
    let states: f64 = run.gpu_seconds.by_state.iter().map(|(_, s)| s).sum();
    assert!(near(states, run.gpu_seconds.owned), "{states} of {}", run.gpu_seconds.owned);
    assert_eq!(audit.stalls_split_ps, audit.stalls_ended_ps, "every ended stall is split");
    let split: f64 = run.stall_by_stage.iter().map(|s| s.gpu_seconds).sum();
    let stalled = run.gpu_seconds.by_state.iter().find(|s| s.0 == "data_stall").unwrap().1;
    assert!(near(split, stalled), "{split} of {stalled}: shares sum to the data stall");
    let cut = run.stall_by_stage.iter().find(|s| s.stage == "under_way").unwrap().gpu_seconds;
    assert!(near(split - cut, audit.stalls_ended_ps as f64 / 1e12), "{split} less {cut}");
    let transfers: f64 = run.stall_by_bottleneck.iter().map(|s| s.gpu_seconds).sum();
    assert!(transfers <= split + 1e-9);
    for (job, spec) in run.training.iter().zip(&scenario.training) {
        let au = job.accelerator_utilisation;
        assert!((0.0..=1.0 + 1e-9).contains(&au), "AU {au}");
        let constant = match &spec.compute {
            Compute::PerBatch(dist) => dist.max() == Some(dist.min()),
            Compute::Flops { .. } => true,
        };
        if constant {
            let most = job.ceiling_samples_per_s * (1.0 + 1e-9);
            assert!(job.samples_per_s <= most, "{} of {most}", job.samples_per_s);
            assert!(job.steady_samples_per_s <= most, "{} of {most}", job.steady_samples_per_s);
        }
        let steps = spec.steps_per_epoch(&scenario.datasets[spec.dataset]);
        let all = steps * u64::from(spec.epochs);
        assert!(if job.finished { job.steps == all } else { job.steps < all });
        assert_eq!(job.samples, job.steps * spec.global_batch());
    }
}

fn check_traffic(run: &RunSummary, audit: &Auditor) {
    let sum = |of: fn(&gapcast::metrics::summary::RequestSummary) -> u64| {
        run.requests.iter().map(of).sum::<u64>()
    };
    assert_eq!((sum(|r| r.issued), sum(|r| r.answered)), (audit.issued, audit.answered));
    let known = sum(|r| r.answered) + sum(|r| r.failed) + sum(|r| r.in_flight_end);
    assert_eq!(sum(|r| r.issued), known);
    for request in &run.requests {
        let stages: f64 = request.stages.iter().map(|(_, s)| s).sum();
        assert!(near(stages, request.total.mean_s), "the stages of a request sum to its life");
    }
    for link in &run.links {
        assert!(link.utilisation <= 1.0 + 1e-9, "{}: {}", link.name, link.utilisation);
        assert!(link.load.iter().all(|l| (0.0..=1.0 + 1e-9).contains(l)), "{}", link.name);
    }
    // Nodes received at least what was answered over the network.
    let into_nodes = run.links.iter().filter(|l| {
        let client = l.group.contains("node-") || l.group.contains("cache-");
        l.kind == "adapter" && client && l.group.ends_with("NIC in")
    });
    let received: f64 = into_nodes.map(|l| l.bytes).sum();
    let answered = audit.got_over_network as f64;
    assert!(received >= answered * (1.0 - 1e-9), "{received} of {answered} B");
    for station in &run.stations {
        assert!(station.utilisation <= 1.0 + 1e-9, "{}", station.name);
        assert!(station.arrivals >= station.departures);
    }
}

/// Links between sites carried what the accounts say, no more and no less.
fn check_accounts(run: &RunSummary) {
    // Of what is under way at the end whole bytes are billed.
    let under_way = run.requests.iter().map(|r| r.in_flight_end).sum::<u64>() as f64;
    for link in run.links.iter().filter(|link| link.kind == "wan") {
        let billed = run.accounts.iter().filter(|a| a.unit == "B" && a.item == link.name);
        let billed: f64 = billed.map(|a| a.amount).sum();
        // A part ends at a whole picosecond, up to 0.01 B of a fast link late.
        let slack = 1e-6 * link.bytes + 1.0;
        assert!(billed <= link.bytes + slack, "{}: {billed} of {}", link.name, link.bytes);
        assert!(
            billed >= link.bytes - slack - under_way,
            "{}: {billed} of {}",
            link.name,
            link.bytes
        );
    }
}

fn check(scenario: Scenario) {
    let gpus = scenario.gpus();
    let scenario = Arc::new(scenario);
    // Closing the books already asserts GPU-time, stalls, requests, bytes and Little's law.
    let run = run_replicate(&scenario, 0);
    let audit = run_with(&scenario, 0, Auditor::new(&run, gpus));
    check_accelerators(&scenario, &run, &audit);
    check_traffic(&run, &audit);
    check_accounts(&run);
}

proptest! {
    #![proptest_config(sixty_runs())]

    /// Random small scenarios over all features, horizons that cut jobs off included: GPU-time is in
    /// exactly one state and every stall split whole, to the picosecond; requests issued are answered,
    /// have failed or are in flight; no link or station is above its capacity; accelerators received what was
    /// answered; AU is at most 1 and throughput at most the ceiling. Deterministic laws: no false
    /// alarms.
    #[test]
    fn time_bytes_and_requests_are_conserved(recipe in recipes()) {
        check(cook(&recipe));
    }

    /// The same where sites lie apart and links tell classes apart; and what the links between sites
    /// carried is what the accounts of their traffic say.
    #[test]
    fn so_they_are_between_sites_and_classes(
        recipe in recipes(),
        bytes in any::<[u8; SPREAD]>(),
    ) {
        let mut scenario = cook(&recipe);
        spread(&mut scenario, &bytes);
        check(scenario);
    }
}
