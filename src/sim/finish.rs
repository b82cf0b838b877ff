//! From a world at its end to the flat summary.

use super::world::{Job, World};
use crate::kernel::id::Id;
use crate::kernel::maxmin::{ResourceId, UNIT};
use crate::kernel::stats::Series;
use crate::kernel::time::{PS_PER_S, Time};
use crate::metrics::summary::{
    Account, BottleneckShare, GpuSeconds, LinkSummary, RunSummary, StageShare, TimeAxis,
    TrainingSummary,
};
use crate::metrics::{Fingerprint, Meters};
use crate::model::{Compute, Training};
use crate::probe::{Bottleneck, GpuState, JobId, Stage};
use crate::work::TrainingJob;
use crate::work::figures::EpochFigures;
use std::collections::BTreeMap;

/// The probes of a measured run.
pub type Measured = (Fingerprint, Meters);

fn seconds(ps: u128) -> f64 {
    ps as f64 / PS_PER_S as f64
}

/// Mean levels of all bins up to `end`, divided by `scale`; all series of a run have equal bins.
fn bins(series: &mut Series, end: Time, scale: f64) -> Vec<f64> {
    series.reach(end);
    series.means(end).map(|(_, mean)| mean / scale).collect()
}

impl World<Measured> {
    /// Closes the books.
    ///
    /// # Panics
    /// If GPU-time, bytes, requests or Little's law do not hold: that is a bug, not an input.
    pub fn finish(mut self, replicate: u64) -> RunSummary {
        let end = self.now;
        self.probe.1.ledger.close(end);
        let requests = self.close_requests(end);
        let classes = self.close_classes(end);
        let training = self.close_training(end);
        let links = self.close_links(end);
        let faults = self.faults(end);
        let health = self.close_health(end);
        self.bill_under_way();
        let accounts = self.close_accounts();
        assert_billed(&accounts, &links, self.requests.iter().count());
        let names: Vec<_> = self.plant.stations.rows().to_vec();
        let meters = &mut self.probe.1;
        let station =
            |((_, meter), info): (
                (_, &mut crate::metrics::StationMeter),
                &super::plant::StationInfo,
            )| { meter.close(end, &info.name, info.kind, info.servers.into(), bins) };
        let stations = meters.stations.iter_mut().zip(&names).map(station).collect();
        let mut axis = Series::default();
        let bin_count = bins(&mut axis, end, 1.0).len();
        let by_state = |state: &GpuState| (state.name(), seconds(meters.ledger.time(*state)));
        let waited = |state: &GpuState| (state.name(), seconds(meters.ledger.waited_for(*state)));
        let over_time = |state: &GpuState| {
            (state.name(), bins(&mut meters.ledger.over_time(*state).clone(), end, 1.0))
        };
        let ledger = &meters.ledger;
        let stalls: Vec<u128> = Stage::ALL.iter().map(|s| ledger.stall(*s)).collect();
        let losses = Stage::ALL.iter().map(|s| ledger.stall(*s) + ledger.wait(*s)).collect();
        let stall = (stalls, vec![ledger.held()]);
        let lost = (losses, vec![ledger.held(), ledger.waits_held()]);
        let group = |resource| self.plant.resources[resource].group.clone();
        RunSummary {
            replicate,
            end_s: end.as_s(),
            events: self.events,
            training,
            requests,
            classes,
            gpu_seconds: GpuSeconds {
                owned: f64::from(self.plant.gpus()) * end.as_s(),
                by_state: GpuState::ALL.iter().map(by_state).collect(),
            },
            straggler_wait_by_cause: GpuState::ALL
                .iter()
                .map(waited)
                .filter(|(_, sum)| *sum > 0.0)
                .collect(),
            stall_by_stage: by_stage(&stall),
            stall_by_bottleneck: by_bottleneck(&stall, group),
            lost_by_stage: by_stage(&lost),
            lost_by_bottleneck: by_bottleneck(&lost, group),
            stations,
            links,
            accounts,
            axis: TimeAxis { bin_s: axis.bin_width().as_s(), bins: bin_count },
            gpu_state_over_time: GpuState::ALL.iter().map(over_time).collect(),
            bytes_over_time: bins(&mut meters.delivered, end, 1e6 / PS_PER_S as f64),
            goodput_over_time: bins(&mut meters.goodput, end, 1e6 / PS_PER_S as f64),
            faults,
            fingerprint: self.probe.0.digits(),
            health,
        }
    }

    fn close_requests(&self, end: Time) -> Vec<crate::metrics::summary::RequestSummary> {
        let names = self.job_names();
        let meters = &self.probe.1.requests;
        let summaries: Vec<_> =
            meters.iter().zip(&names).map(|((_, m), n)| m.close(end, n)).collect();
        if self.scenario.warm_up.0 == 0 {
            for s in &summaries {
                let known = s.answered + s.failed + s.in_flight_end;
                assert_eq!(s.issued, known, "requests of {}", s.job);
            }
            for (i, spec) in self.scenario.training.iter().enumerate() {
                let Job::Training(job) = &self.jobs[JobId(i as u32)] else { continue };
                if job.ended().is_some() && !job.stopped() {
                    let answered = meters[JobId(i as u32)].bytes();
                    assert_eq!(job.bytes(), answered, "bytes of {}", spec.name);
                }
            }
        }
        summaries
    }

    fn close_classes(&self, end: Time) -> Vec<crate::metrics::summary::ClassSummary> {
        self.audit_gates();
        let names = self.scenario.classes.rows().iter().map(|class| class.name.as_str());
        let named = names.zip(self.classes.gradient_bytes.iter().copied());
        let window = end.since(self.window.min(end));
        self.probe.1.classes.close(end, window, named)
    }

    fn close_training(&self, end: Time) -> Vec<TrainingSummary> {
        let jobs = self.jobs.iter().filter_map(|(_, job)| match job {
            Job::Training(job) => Some(job),
            _ => None,
        });
        jobs.map(|job| {
            let spec = job.spec();
            let gpu = &self.scenario.groups[spec.group].gpu;
            training_summary(spec, job, compute_s(spec, gpu.peak_flops), end)
        })
        .collect()
    }

    fn close_links(&mut self, end: Time) -> Vec<LinkSummary> {
        let ids = (0..self.plant.resources.len()).map(ResourceId::from_index);
        let window = end.since(self.window.min(end));
        ids.map(|id| {
            let info = self.plant.resources[id].clone();
            let mut series = self.fabric.load_over_time(id, end).clone();
            // What moved during the warm-up is left out, as it is of stations and requests.
            let before = self.warm_up_loads.get(id.index()).copied().unwrap_or(0);
            let bytes = (series.total() - before) as f64 / UNIT as f64 / PS_PER_S as f64;
            let possible = info.bytes_per_s * window.as_s();
            LinkSummary {
                load: bins(&mut series, end, info.bytes_per_s * UNIT as f64),
                name: info.name,
                group: info.group,
                kind: info.kind,
                capacity_bytes_per_s: info.bytes_per_s,
                utilisation: if possible > 0.0 { bytes / possible } else { 0.0 },
                bytes,
            }
        })
        .collect()
    }
}

/// Every link between sites has carried what is billed for it; parts end at whole picoseconds, and
/// those of up to `most` requests were cut at whole bytes when the warm-up ended.
fn assert_billed(accounts: &[Account], links: &[LinkSummary], most: usize) {
    for link in links.iter().filter(|link| link.kind == "wan") {
        let on_it = accounts.iter().filter(|line| line.unit == "B" && line.item == link.name);
        let billed: f64 = on_it.map(|line| line.amount).sum();
        let carried = link.bytes * (1.0 + 1e-6) + 1.0 + most as f64;
        assert!(billed <= carried, "{}: {billed} B are billed of {carried}", link.name);
    }
}

/// Mean compute time of a batch, s.
fn compute_s(spec: &Training, peak_flops: f64) -> f64 {
    match &spec.compute {
        Compute::PerBatch(dist) => dist.mean(),
        Compute::Flops { flops_per_sample, mfu } => {
            f64::from(spec.batch) * flops_per_sample / (peak_flops * mfu)
        }
    }
}

fn training_summary(
    spec: &Training,
    job: &TrainingJob,
    compute_s: f64,
    end: Time,
) -> TrainingSummary {
    let figures = job.figures();
    let mean = |of: fn(&EpochFigures) -> f64| {
        figures.iter().map(of).sum::<f64>() / figures.len().max(1) as f64
    };
    let duration_s = job.ended().unwrap_or(end).as_s();
    let per_s = |x: f64| if duration_s > 0.0 { x / duration_s } else { 0.0 };
    let samples = job.steps_done() * spec.global_batch();
    // A job cut off by the horizon in its first epoch has no finished epoch to average.
    let cut = figures.is_empty().then(|| job.cut_figures(end));
    let pick = |of: fn(&EpochFigures) -> f64| cut.as_ref().map_or_else(|| mean(of), of);
    let first = figures.first().or(cut.as_ref());
    TrainingSummary {
        name: spec.name.clone(),
        gpus: spec.gpus.into(),
        finished: job.ended().is_some() && !job.stopped(),
        steps: job.steps_done(),
        samples,
        duration_s,
        accelerator_utilisation: pick(|f| f.accelerator_utilisation),
        samples_per_s: pick(|f| f.samples_per_s),
        steady_samples_per_s: pick(|f| f.steady_samples_per_s),
        bytes_per_s: per_s(job.consumed_bytes() as f64),
        first_batch_s: first.map_or(0.0, |f| f.first_batch_s),
        first_batch_mean_s: first.map_or(0.0, |f| f.first_batch_mean_s),
        ceiling_samples_per_s: spec.global_batch() as f64 / compute_s,
    }
}

/// GPU-picoseconds by stage, and by what held transfers.
type Split<'a> = (Vec<u128>, Vec<&'a BTreeMap<Bottleneck, u128>>);

fn by_stage((sums, _): &Split<'_>) -> Vec<StageShare> {
    let total: u128 = sums.iter().sum();
    let share = |(stage, ps): (&Stage, &u128)| StageShare {
        stage: stage.name(),
        gpu_seconds: seconds(*ps),
        share: if total > 0 { *ps as f64 / total as f64 } else { 0.0 },
    };
    Stage::ALL.iter().zip(sums).map(share).collect()
}

fn by_bottleneck(
    (sums, held): &Split<'_>,
    group: impl Fn(ResourceId) -> String,
) -> Vec<BottleneckShare> {
    let total: u128 = sums.iter().sum();
    let mut by_name: BTreeMap<String, u128> = BTreeMap::new();
    for (by, ps) in held.iter().flat_map(|held| held.iter()) {
        let name = match by {
            Bottleneck::Resource(id) => group(*id),
            other => other.words().into(),
        };
        *by_name.entry(name).or_default() += ps;
    }
    let mut shares: Vec<_> = by_name
        .into_iter()
        .map(|(name, ps)| BottleneckShare {
            name,
            gpu_seconds: seconds(ps),
            share: ps as f64 / total.max(1) as f64,
        })
        .collect();
    shares.sort_by(|a, b| b.gpu_seconds.total_cmp(&a.gpu_seconds));
    shares
}
