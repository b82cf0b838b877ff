//! The DLIO training loop (Devarajan et al., CCGrid 2021, doi:10.1109/CCGrid51090.2021.00018), as
//! MLPerf Storage runs it: per rank, workers load whole batches, deliver in order and run ahead by a
//! bounded number; load, compute, framework, barrier.

use super::command::{Command, ReadOrder, Ticket, Wake};
use super::critical::{StallShare, WaitShare, sum_up};
use super::epoch::{Epoch, Run, Sizes};
use super::figures::{EpochFigures, Tally};
use super::rank::{Chance, Phase, Rank};
use super::slow::Slow;
use crate::kernel::dist::Dist;
use crate::kernel::rng::{Streams, name_word};
use crate::kernel::time::{Span, Time};
use crate::model::{Compute, Dataset, Framework, Op, Training};
use crate::probe::{GpuId, GpuState, Stage, Stretch};

/// A training job's state.
#[derive(Debug, Clone)]
pub struct TrainingJob {
    spec: Training,
    dataset: Dataset,
    peak_flops: f64,
    sizes: Sizes,
    chance: Chance,
    /// Stands for its name in the addresses of draws.
    word: u64,
    slow: Vec<Slow>,
    visiting: Epoch,
    ranks: Vec<Rank>,
    epoch: u32,
    epoch_began: Time,
    /// When all ranks set out for the step under way.
    step_began: Time,
    steps: u64,
    step: u64,
    steps_done: u64,
    bytes: u128,
    consumed: u128,
    arrived: u32,
    last: u32,
    ended: Option<Time>,
    /// Requests that failed, and whether they were too many.
    errors: u64,
    stopped: bool,
    figures: Vec<EpochFigures>,
    shares: Vec<StallShare>,
    wait_shares: Vec<WaitShare>,
}

impl TrainingJob {
    /// A job of a scenario on the accelerators `gpus`, one a rank, some of which may be slow.
    pub fn new(
        spec: &Training,
        dataset: &Dataset,
        peak_flops: f64,
        gpus: &[GpuId],
        slow: Vec<Slow>,
        streams: &Streams,
    ) -> TrainingJob {
        let chance = Chance::new(streams, &spec.name);
        TrainingJob {
            visiting: Epoch::new(dataset, spec.order, 0, chance.order),
            ranks: gpus.iter().map(|&gpu| Rank::new(gpu, spec.workers)).collect(),
            word: name_word(&spec.name),
            slow,
            sizes: Sizes::new(dataset, streams),
            steps: spec.steps_per_epoch(dataset),
            spec: spec.clone(),
            dataset: dataset.clone(),
            peak_flops,
            chance,
            epoch: 0,
            epoch_began: Time::ZERO,
            step_began: Time::ZERO,
            step: 0,
            steps_done: 0,
            bytes: 0,
            consumed: 0,
            arrived: 0,
            last: 0,
            ended: None,
            errors: 0,
            stopped: false,
            figures: Vec::new(),
            shares: Vec::new(),
            wait_shares: Vec::new(),
        }
    }

    /// The job as written.
    pub fn spec(&self) -> &Training {
        &self.spec
    }
    /// The accelerator of a rank.
    pub fn gpu(&self, rank: u32) -> GpuId {
        self.ranks[rank as usize].gpu
    }
    /// Steps all ranks have passed, over all epochs.
    pub fn steps_done(&self) -> u64 {
        self.steps_done
    }
    /// Payload of all reads answered.
    pub fn bytes(&self) -> u128 {
        self.bytes
    }
    /// Payload of the batches that accelerators took.
    pub fn consumed_bytes(&self) -> u128 {
        self.consumed
    }
    /// When its last barrier passed.
    pub fn ended(&self) -> Option<Time> {
        self.ended
    }
    /// Whether it ended early because too many requests had failed.
    pub fn stopped(&self) -> bool {
        self.stopped
    }
    /// Finished epochs.
    pub fn figures(&self) -> &[EpochFigures] {
        &self.figures
    }
    /// Figures of an epoch that the horizon cut off at `now`, over the steps it did.
    pub fn cut_figures(&self, now: Time) -> EpochFigures {
        self.epoch_figures(now, self.step)
    }
    fn epoch_figures(&self, now: Time, steps: u64) -> EpochFigures {
        let tallies = self.ranks.iter().map(|rank| rank.tally);
        EpochFigures::new(tallies, now.since(self.epoch_began), steps, self.spec.batch)
    }
    /// Shares of the stall that the last [`Command::StallEnds`] ended.
    pub fn stall_shares(&self) -> &[StallShare] {
        &self.shares
    }

    /// Shares of the waits for data that the last [`Command::WaitsSplit`] booked, over all ranks.
    pub fn wait_shares(&self) -> &[WaitShare] {
        &self.wait_shares
    }

    /// Handles a wake.
    pub fn on(&mut self, now: Time, wake: Wake, out: &mut Vec<Command>) {
        match wake {
            Wake::Stopped(rank) => self.rank_stops(now, rank, out),
            _ if self.stopped => {}
            Wake::Failed(_) => {
                self.errors += 1;
                if self.spec.stop_after_errors.is_some_and(|most| self.errors >= most) {
                    self.stop(out);
                }
            }
            Wake::Begin => self.begin_epoch(now, out),
            Wake::Started(rank) => {
                self.ranks[rank as usize].started = now;
                for worker in 0..self.spec.workers {
                    self.feed(rank, worker, out);
                }
            }
            Wake::Answered(ticket) => {
                let run = self.ranks[ticket.owner as usize].workers[ticket.worker as usize].runs
                    [ticket.run as usize];
                self.bytes += u128::from(run.bytes);
                match self.decode_time(&run) {
                    Span::ZERO => self.run_done(now, ticket, out),
                    span => out.push(Command::Decode(ticket, span)),
                }
            }
            Wake::Decoded { ticket, queued, began } => {
                let stretch = |stage, since| Stretch { stage, since, bottleneck: None };
                let pieces = [stretch(Stage::DecodeQueue, queued), stretch(Stage::Decode, began)];
                self.note(now, ticket, &pieces);
                self.run_done(now, ticket, out);
            }
            Wake::Computed(rank) => self.computed(now, rank, out),
            Wake::Overhead(rank) => self.at_barrier(now, rank, out),
            Wake::Reduced => self.release(now, out),
            Wake::Next(_) => unreachable!("a training job has no loop clients"),
        }
    }

    /// A piece of work for a worker's batch ended now: kept if the rank is waiting for that batch.
    pub fn note(&mut self, now: Time, ticket: Ticket, stretches: &[Stretch]) {
        let rank = &mut self.ranks[ticket.owner as usize];
        let batch = rank.workers[ticket.worker as usize].batch;
        if rank.phase == Phase::Waiting && batch == Some(rank.head) {
            rank.log.push(stretches, now);
        }
    }

    fn begin_epoch(&mut self, now: Time, out: &mut Vec<Command>) {
        self.visiting = Epoch::new(&self.dataset, self.spec.order, self.epoch, self.chance.order);
        self.epoch_began = now;
        self.step_began = now;
        self.step = 0;
        for (i, rank) in self.ranks.iter_mut().enumerate() {
            rank.head = 0;
            rank.next = 0;
            rank.ready.clear();
            rank.tally = Tally::default();
            rank.started = Time::NEVER;
            rank.phase = Phase::Waiting;
            rank.stall_since = now;
            rank.log.clear();
            for (w, worker) in rank.workers.iter_mut().enumerate() {
                worker.next = w as u64;
            }
            out.push(Command::State(rank.gpu, GpuState::DataStall));
            let draw = self.chance.overhead.uniform([u64::from(self.epoch), u64::MAX, i as u64]);
            let span = self.spec.start_up.sample_span(draw);
            out.push(Command::After(span, Wake::Started(i as u32)));
        }
    }

    /// Gives an idle worker its next batch, if the run-ahead allows one.
    fn feed(&mut self, r: u32, w: u32, out: &mut Vec<Command>) {
        let rank = &mut self.ranks[r as usize];
        let worker = &mut rank.workers[w as usize];
        if worker.batch.is_some() {
            return;
        }
        let batch = match self.spec.framework {
            Framework::Pytorch => worker.next,
            Framework::Tensorflow => rank.next,
        };
        if batch >= self.steps || batch >= rank.head + u64::from(self.spec.in_flight_batches) {
            return;
        }
        match self.spec.framework {
            Framework::Pytorch => worker.next += u64::from(self.spec.workers),
            Framework::Tensorflow => rank.next += 1,
        }
        worker.batch = Some(batch);
        let place = batch * u64::from(self.spec.gpus) + u64::from(r);
        let first = place * u64::from(self.spec.batch);
        self.visiting.runs(&self.sizes, first, self.spec.batch, &mut worker.runs);
        worker.issued = 0;
        worker.finished = 0;
        let at_once = self.spec.parallel_reads.min(worker.runs.len() as u32);
        for _ in 0..at_once {
            self.issue(r, w, out);
        }
    }

    fn issue(&mut self, r: u32, w: u32, out: &mut Vec<Command>) {
        let worker = &mut self.ranks[r as usize].workers[w as usize];
        let run = worker.runs[worker.issued as usize];
        let ticket = Ticket { owner: r, worker: w, run: worker.issued };
        worker.issued += 1;
        out.push(Command::Order(ReadOrder {
            ticket,
            op: Op::Get,
            dataset: self.spec.dataset,
            object: run.object,
            offset: run.offset,
            bytes: run.bytes,
            key: u64::from(self.epoch) << 48 | run.position,
        }));
    }

    fn decode_time(&self, run: &Run) -> Span {
        if let Dist::Constant(s) = self.spec.decode {
            return Span::from_s(s).times(run.samples.into());
        }
        let one = |i: u32| {
            let draw = self.chance.decode.uniform([u64::from(self.epoch), run.position, i.into()]);
            self.spec.decode.sample_span(draw)
        };
        (0..run.samples).fold(Span::ZERO, |sum, i| sum + one(i))
    }

    fn run_done(&mut self, now: Time, ticket: Ticket, out: &mut Vec<Command>) {
        let rank = &mut self.ranks[ticket.owner as usize];
        let worker = &mut rank.workers[ticket.worker as usize];
        worker.finished += 1;
        let total = worker.runs.len() as u32;
        if worker.issued < total {
            self.issue(ticket.owner, ticket.worker, out);
        } else if worker.finished == total {
            let batch = worker.batch.take().expect("a finished worker has a batch");
            let slot = (batch - rank.head) as usize;
            if rank.ready.len() <= slot {
                rank.ready.resize(slot + 1, None);
            }
            rank.ready[slot] = Some(worker.runs.iter().map(|run| run.bytes).sum());
            out.push(Command::BatchReady(rank.gpu, batch));
            if slot == 0 && rank.phase == Phase::Waiting {
                self.stall_ends(now, ticket.owner, out);
                self.take(now, ticket.owner, out);
            }
            self.feed(ticket.owner, ticket.worker, out);
        }
    }

    fn stall_ends(&mut self, now: Time, r: u32, out: &mut Vec<Command>) {
        let rank = &mut self.ranks[r as usize];
        rank.log.split(rank.stall_since, now, rank.started.min(now), &mut self.shares);
        out.push(Command::StallEnds(rank.gpu));
    }

    /// The head batch goes to the accelerator, and its place in the pipeline is free.
    fn take(&mut self, now: Time, r: u32, out: &mut Vec<Command>) {
        let rank = &mut self.ranks[r as usize];
        let bytes = rank.ready.pop_front().flatten().expect("only a complete batch is taken");
        self.consumed += u128::from(bytes);
        rank.head += 1;
        rank.phase = Phase::Computing;
        rank.compute_since = now;
        if self.step == 0 {
            rank.tally.first_load = now.since(self.epoch_began);
        }
        out.push(Command::State(rank.gpu, GpuState::Useful));
        let span = match &self.spec.compute {
            Compute::PerBatch(dist) => {
                let key = [u64::from(self.epoch), self.step, u64::from(r)];
                dist.sample_span(self.chance.compute.uniform(key))
            }
            Compute::Flops { flops_per_sample, mfu } => {
                let flops = f64::from(self.spec.batch) * flops_per_sample;
                Span::from_s(flops / (self.peak_flops * mfu))
            }
        };
        out.push(Command::After(self.slowed(span, r, now), Wake::Computed(r)));
        // The freed place lets exactly one more batch begin; with PyTorch its worker is known.
        let next = self.ranks[r as usize].head + u64::from(self.spec.in_flight_batches) - 1;
        match self.spec.framework {
            Framework::Pytorch => self.feed(r, (next % u64::from(self.spec.workers)) as u32, out),
            Framework::Tensorflow => {
                for w in 0..self.spec.workers {
                    self.feed(r, w, out);
                }
            }
        }
    }

    /// The compute time on a rank that may be slow.
    fn slowed(&self, span: Span, rank: u32, now: Time) -> Span {
        let factor: f64 = self.slow.iter().map(|s| s.factor(self.word, rank, now)).product();
        if factor == 1.0 { span } else { Span((span.0 as f64 * factor) as u64) }
    }

    fn computed(&mut self, now: Time, r: u32, out: &mut Vec<Command>) {
        let rank = &mut self.ranks[r as usize];
        let spent = now.since(rank.compute_since);
        if self.step == 0 {
            rank.tally.first_step = now.since(self.epoch_began);
        } else {
            rank.tally.compute_after_first += u128::from(spent.0);
        }
        let key = [u64::from(self.epoch), self.step, u64::from(r)];
        let overhead = self.spec.step_overhead.sample_span(self.chance.overhead.uniform(key));
        rank.overhead_since = now;
        if overhead == Span::ZERO {
            return self.at_barrier(now, r, out);
        }
        rank.phase = Phase::Overhead;
        out.push(Command::State(rank.gpu, GpuState::FrameworkOverhead));
        out.push(Command::After(overhead, Wake::Overhead(r)));
    }

    fn at_barrier(&mut self, now: Time, r: u32, out: &mut Vec<Command>) {
        let rank = &mut self.ranks[r as usize];
        rank.phase = Phase::AtBarrier;
        rank.barrier_since = now;
        self.arrived += 1;
        self.last = r;
        if self.arrived < self.spec.gpus {
            out.push(Command::State(rank.gpu, GpuState::StragglerWait));
            return;
        }
        self.blame(now, out);
        match self.spec.gradient {
            Some(bytes) if self.spec.gpus > 1 => {
                for rank in &self.ranks {
                    out.push(Command::State(rank.gpu, GpuState::CommExposed));
                }
                out.push(Command::AllReduce(bytes));
            }
            _ => self.release(now, out),
        }
    }

    /// Why the others waited for the last rank. All set out together, so a rank's wait is what the
    /// last one took longer for data, for compute and in the framework; it is booked in that order
    /// (had the data come as early, that much of the wait would not have been).
    fn blame(&mut self, now: Time, out: &mut Vec<Command>) {
        let phases = |rank: &Rank, end: Time| {
            [
                rank.compute_since.since(self.step_began).0,
                rank.overhead_since.since(rank.compute_since).0,
                end.since(rank.overhead_since).0,
            ]
        };
        let latest = &self.ranks[self.last as usize];
        let last = phases(latest, now);
        let mut sums = [0u128; 3];
        self.wait_shares.clear();
        for rank in &self.ranks {
            let own = phases(rank, rank.barrier_since);
            let mut wait = now.since(rank.barrier_since).0;
            for i in 0..3 {
                let part = wait.min(last[i].saturating_sub(own[i]));
                sums[i] += u128::from(part);
                wait -= part;
            }
            debug_assert_eq!(wait, 0, "a wait has its cause in some phase");
            // The end of the last rank's stall is what this rank waited for.
            let part = Span(last[0].saturating_sub(own[0]).min(now.since(rank.barrier_since).0));
            if part > Span::ZERO {
                let (until, started) = (latest.compute_since, latest.started);
                let since = Time(until.0 - part.0);
                latest.log.split(since, until, started.min(until), &mut self.shares);
                sum_up(&mut self.wait_shares, &self.shares);
            }
        }
        if !self.wait_shares.is_empty() {
            out.push(Command::WaitsSplit);
        }
        let states = [GpuState::DataStall, GpuState::Useful, GpuState::FrameworkOverhead];
        for (state, sum) in states.into_iter().zip(sums) {
            if sum > 0 {
                out.push(Command::WaitedFor(state, sum));
            }
        }
    }

    /// Everybody passed the barrier.
    fn release(&mut self, now: Time, out: &mut Vec<Command>) {
        self.arrived = 0;
        self.step_began = now;
        out.push(Command::Step(self.step));
        self.step += 1;
        self.steps_done += 1;
        if self.step == self.steps {
            return self.end_epoch(now, out);
        }
        for r in 0..self.spec.gpus {
            let rank = &mut self.ranks[r as usize];
            rank.phase = Phase::Waiting;
            rank.stall_since = now;
            if rank.ready.front().is_some_and(Option::is_some) {
                self.take(now, r, out);
            } else {
                rank.log.clear();
                out.push(Command::State(rank.gpu, GpuState::DataStall));
            }
        }
    }

    /// Too many requests have failed: every rank stops, each for itself.
    fn stop(&mut self, out: &mut Vec<Command>) {
        (self.stopped, self.arrived) = (true, 0);
        out.extend((0..self.spec.gpus).map(|r| Command::After(Span::ZERO, Wake::Stopped(r))));
    }

    fn rank_stops(&mut self, now: Time, r: u32, out: &mut Vec<Command>) {
        if self.ranks[r as usize].phase == Phase::Waiting {
            self.stall_ends(now, r, out);
        }
        let rank = &mut self.ranks[r as usize];
        rank.phase = Phase::Finished;
        out.push(Command::State(rank.gpu, GpuState::Unallocated));
        self.arrived += 1;
        if self.arrived == self.spec.gpus {
            self.ended = Some(now);
        }
    }

    fn end_epoch(&mut self, now: Time, out: &mut Vec<Command>) {
        self.figures.push(self.epoch_figures(now, self.steps));
        self.epoch += 1;
        if self.epoch < self.spec.epochs {
            return self.begin_epoch(now, out);
        }
        self.ended = Some(now);
        for rank in &mut self.ranks {
            rank.phase = Phase::Finished;
            out.push(Command::State(rank.gpu, GpuState::Unallocated));
        }
    }
}
