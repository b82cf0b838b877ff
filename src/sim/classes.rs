//! Traffic classes in the hall: whose traffic is of which class, and who is let in.

use super::event::{Event, RequestId, Step};
use super::world::{Job, World};
use crate::kernel::id::Id;
use crate::kernel::queue::Phase;
use crate::kernel::time::{Span, Time};
use crate::model::{Admission, Beyond, ClassId, Limit, Scenario};
use crate::probe::{Fact, JobId, Probe, Stage};
use std::collections::VecDeque;

/// The classes of jobs, and the gate of each class that has one.
#[derive(Debug, Clone, Default)]
pub(super) struct Classes {
    /// Class of each job's requests, and of its all-reduce.
    of_job: Vec<(ClassId, ClassId)>,
    gates: Vec<Option<Gate>>,
    /// Bytes of all-reduces begun, by class.
    pub gradient_bytes: Vec<u128>,
}

#[derive(Debug, Clone)]
struct Gate {
    admission: Admission,
    inside: u32,
    /// When what was let in is through at the class's rate.
    free: Time,
    waiting: VecDeque<RequestId>,
}

impl Classes {
    pub(super) fn new(scenario: &Scenario) -> Classes {
        let training = scenario.training.iter().map(|job| (job.class, job.gradient_class));
        let others = scenario.loads.iter().map(|load| load.class);
        let others = others.chain(scenario.deliveries.iter().map(|delivery| delivery.class));
        let others = others.chain(scenario.cached_sites().map(|_| ClassId::DEFAULT));
        let others = others.chain(scenario.neighbours().map(|neighbour| neighbour.class));
        let gate = |class: &crate::model::TrafficClass| {
            let admission = class.admission?;
            Some(Gate { admission, inside: 0, free: Time::ZERO, waiting: VecDeque::new() })
        };
        Classes {
            of_job: training.chain(others.map(|class| (class, class))).collect(),
            gates: scenario.classes.rows().iter().map(gate).collect(),
            gradient_bytes: vec![0; scenario.classes.len()],
        }
    }

    /// The class of a job's requests.
    pub(super) fn of(&self, job: JobId) -> usize {
        self.of_job[job.index()].0.index()
    }

    /// The classes of all jobs' requests.
    pub(super) fn of_jobs(&self) -> Vec<ClassId> {
        self.of_job.iter().map(|(class, _)| *class).collect()
    }

    /// The class of a job's all-reduce, of which `bytes` begin.
    pub(super) fn reduces(&mut self, job: JobId, bytes: u64) -> usize {
        let class = self.of_job[job.index()].1.index();
        if let Some(sum) = self.gradient_bytes.get_mut(class) {
            *sum += u128::from(bytes);
        }
        class
    }
}

impl<P: Probe> World<P> {
    /// The request would use the network: now, when its class lets it in, or after a back-off. What a
    /// site's cache fetches is asked for by requests that are in already, and wait for it.
    pub(super) fn seek_admission(&mut self, id: RequestId) {
        let (job, now) = (self.requests[id].job, self.now);
        let class = self.classes.of(job);
        let is_in = self.requests[id].foreign || matches!(self.jobs[job], Job::Cache(_));
        let gate = match self.classes.gates.get_mut(class) {
            Some(Some(gate)) if !is_in => gate,
            _ => return self.connect(id),
        };
        let free = match gate.admission.limit {
            Limit::Requests(most) => gate.inside < most,
            Limit::Rate(_) => gate.free <= now,
        };
        if !free && gate.admission.beyond == Beyond::Refuse {
            self.tell(Fact::Denied(job));
            self.stage(id, Stage::Admission);
            return self.try_again(id, Span::ZERO, false);
        }
        let wait = gate.free.since(now.min(gate.free));
        match gate.admission.limit {
            Limit::Requests(_) if free => gate.inside += 1,
            Limit::Requests(_) => gate.waiting.push_back(id),
            Limit::Rate(rate) => {
                let through = Span::from_s(self.requests[id].bytes as f64 / rate.bytes_per_s());
                gate.free = gate.free.max(now) + through;
            }
        }
        if free {
            self.requests[id].admitted = true;
            return self.connect(id);
        }
        let by_rate = matches!(gate.admission.limit, Limit::Rate(_));
        self.stage(id, Stage::Admission);
        if by_rate {
            self.requests[id].admitted = true;
            self.after(wait, Phase::Arrive, Event::Request(id, Step::Admitted));
        }
    }

    /// The request leaves the network: answered, turned away or given up. The next of its class may
    /// come in.
    pub(super) fn leave_class(&mut self, id: RequestId) {
        let class = self.classes.of(self.requests[id].job);
        let Some(Some(gate)) = self.classes.gates.get_mut(class) else { return };
        if !std::mem::take(&mut self.requests[id].admitted) {
            // Given up while it waited.
            return gate.waiting.retain(|waiting| *waiting != id);
        }
        if let Limit::Requests(_) = gate.admission.limit {
            match gate.waiting.pop_front() {
                Some(next) => {
                    self.requests[next].admitted = true;
                    self.connect(next);
                }
                None => gate.inside -= 1,
            }
        }
    }
}
