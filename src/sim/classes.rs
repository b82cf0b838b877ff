//! Traffic classes in the hall: whose traffic is of which class, and who is let in.

use super::event::{Event, RequestId, Step};
use super::requests::{Request, Standing};
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

impl Gate {
    fn has_room(&self, now: Time) -> bool {
        match self.admission.limit {
            Limit::Requests(most) => self.inside < most,
            Limit::Rate(_) => self.free <= now,
        }
    }

    /// One more is in; by a rate, once those before it are through.
    fn enter(&mut self, now: Time, bytes: u64) {
        match self.admission.limit {
            Limit::Requests(_) => self.inside += 1,
            Limit::Rate(rate) => {
                let through = Span::from_s(bytes as f64 / rate.bytes_per_s());
                self.free = self.free.max(now).plus(through);
            }
        }
    }
}

impl<P: Probe> World<P> {
    /// The gate that the request has to pass. What a site's cache fetches has none: requests that are
    /// in already wait for it.
    fn gate(&mut self, id: RequestId) -> Option<&mut Gate> {
        let request = &self.requests[id];
        if request.foreign || matches!(self.jobs[request.job], Job::Cache(_)) {
            return None;
        }
        let class = self.classes.of(request.job);
        self.classes.gates.get_mut(class)?.as_mut()
    }

    /// The request would use the network: now, when its class lets it in, or after a back-off.
    pub(super) fn seek_admission(&mut self, id: RequestId) {
        let Request { job, bytes, standing, .. } = self.requests[id];
        debug_assert_eq!(standing, Standing::Outside, "a request is let in once an attempt");
        let now = self.now;
        let Some(gate) = self.gate(id) else { return self.connect(id) };
        let Admission { limit, beyond } = gate.admission;
        let (free, wait) = (gate.has_room(now), gate.free.since(now.min(gate.free)));
        let queues = !free && matches!(limit, Limit::Requests(_));
        if !free && beyond == Beyond::Refuse {
            self.tell(Fact::Denied(job));
            self.stage(id, Stage::Admission);
            return self.try_again(id, Span::ZERO, false);
        }
        if queues {
            gate.waiting.push_back(id);
        } else {
            gate.enter(now, bytes);
        }
        self.requests[id].standing = if queues { Standing::Queueing } else { Standing::Inside };
        if free {
            return self.connect(id);
        }
        self.stage(id, Stage::Admission);
        if !queues {
            self.after(wait, Phase::Arrive, Event::Request(id, Step::Admitted));
        }
    }

    /// How a second attempt beside the request's first would stand with their class, which counts it;
    /// `None` if there is no room for it.
    pub(super) fn admit_second(&mut self, id: RequestId) -> Option<Standing> {
        let (now, bytes) = (self.now, self.requests[id].bytes);
        let Some(gate) = self.gate(id) else { return Some(Standing::Outside) };
        gate.has_room(now).then(|| {
            gate.enter(now, bytes);
            Standing::Inside
        })
    }

    /// The attempt leaves the network: answered, turned away or given up. The next of its class may
    /// come in, after the connection has gone back to its pool.
    pub(super) fn leave_class(&mut self, id: RequestId) {
        let was = std::mem::take(&mut self.requests[id].standing);
        if was == Standing::Outside {
            return;
        }
        let Some(gate) = self.gate(id) else { return };
        if was == Standing::Queueing {
            gate.waiting.retain(|waiting| *waiting != id);
            return;
        }
        if let Limit::Requests(_) = gate.admission.limit {
            let Some(next) = gate.waiting.pop_front() else {
                gate.inside -= 1;
                return;
            };
            self.requests[next].standing = Standing::Inside;
            self.after(Span::ZERO, Phase::Arrive, Event::Request(next, Step::Admitted));
        }
    }

    /// Asserts that the gates know who is in.
    pub(super) fn audit_gates(&self) {
        let mut inside = vec![0; self.classes.gates.len()];
        for (_, request) in self.requests.iter().filter(|(_, r)| r.standing == Standing::Inside) {
            inside[self.classes.of(request.job)] += 1;
        }
        for (gate, inside) in self.classes.gates.iter().zip(inside) {
            if let Some(Gate { admission: Admission { limit: Limit::Requests(_), .. }, .. }) = gate
            {
                assert_eq!(gate.as_ref().map(|gate| gate.inside), Some(inside), "admissions");
            }
        }
    }
}
