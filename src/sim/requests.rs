//! The client's side of an HTTP request: preparation, node caches, the way there and back, and the
//! answer.

use super::event::{ConnectionId, Event, ReadId, RequestId, Step};
use super::hedges::HEDGES;
use super::legs::Train;
use super::patience::Attempt;
use super::reads::Range;
use super::world::World;
use crate::kernel::id::Id;
use crate::kernel::maxmin::FlowId;
use crate::kernel::queue::{EventKey, Phase};
use crate::kernel::time::{Span, Time};
use crate::model::{Op, Transport};
use crate::probe::{Answered, Fact, JobId, Mark, Probe, Stage, Stretch};

/// Where a request is, seen from its controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Not there: at its client, on its way, answered.
    Elsewhere,
    /// Waiting for a slot.
    Queued,
    /// It has a slot.
    Served,
    /// Its payload moves without a slot.
    Unslotted,
}

/// How a request stands with a traffic class that does not let everybody in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is not on the network, or its class has no gate.
    #[default]
    Outside,
    /// It waits to be let in.
    Queueing,
    /// It has been let in, by a rate perhaps for a later time.
    Inside,
}

/// A request under way.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub read: ReadId,
    pub job: JobId,
    pub op: Op,
    /// (dataset, object) in one word: names the object everywhere.
    pub object: u64,
    pub offset: u64,
    pub bytes: u64,
    /// Stands for (the dataset's name, object) in what is drawn for the object.
    pub name: u64,
    /// Address of its chance: the job's name, order key, part.
    pub key: [u64; 3],
    /// Attempts since the client took it up that came to nothing; and all, those before it asked
    /// anew included.
    pub attempt_number: u32,
    pub tries: u32,
    pub client: u32,
    pub node: u32,
    pub controller: u32,
    pub connection: Option<ConnectionId>,
    pub place: Place,
    /// Its transfer under way, and the key of its next step (which may have happened).
    pub flow: Option<FlowId>,
    pub next: Option<EventKey>,
    /// Whether it is a neighbour's.
    pub foreign: bool,
    /// How it stands with its traffic class.
    pub standing: Standing,
    /// What its client's policies know.
    pub attempt: Attempt,
    /// Whether only drives still know it: its controller went away.
    pub is_shade: bool,
    pub issued: Time,
    pub first_byte: Time,
    /// When its controller was picked.
    pub picked: Time,
    /// When it reached the controller, and when it got its slot.
    pub arrived: Time,
    pub began: Time,
    /// Messages of it sent so far.
    pub legs: u32,
    /// Payload not yet on its way, the part now moving, and when that part began.
    pub left: u64,
    pub part: u64,
    /// Bytes of that part that are in the accounts.
    pub billed: u64,
    pub part_began: Time,
    pub part_ended: Time,
    pub in_round: bool,
    /// What its answer waits in queues on its way.
    pub queued: Span,
    /// I/Os still awaited.
    pub ios: u32,
    pub devices: Vec<u32>,
    /// Which node cache tier answers, if one does.
    pub tier: Option<u32>,
    /// Whether the shared cache answers.
    pub shared_hit: bool,
    pub stretches: Vec<Stretch>,
}

impl Request {
    /// The part of the payload that moved last.
    pub(super) fn last_train(&self) -> Train {
        Train { bytes: self.part, over: self.part_ended.since(self.part_began) }
    }

    /// Attempts it took, hedges aside.
    pub(super) fn attempts(&self) -> u32 {
        (self.tries & (HEDGES - 1)) + 1
    }

    /// The object's number in its dataset.
    pub(super) fn number(&self) -> u64 {
        self.object & ((1 << 48) - 1)
    }
}

impl<P: Probe> World<P> {
    pub(super) fn begin_request(&mut self, read: ReadId, range: Range) {
        let Range { part, offset, bytes } = range;
        let of = &self.reads[read];
        let order = of.order;
        let (job, client, node) = (of.job, of.client, of.node);
        let foreign = self.is_foreign(job);
        let id = self.requests.claim(blank);
        let request = &mut self.requests[id];
        let (devices, stretches) =
            (std::mem::take(&mut request.devices), std::mem::take(&mut request.stretches));
        *request = Request {
            read,
            job,
            op: order.op,
            object: u64::from(order.dataset.0) << 48 | order.object,
            offset,
            bytes,
            name: self
                .chance
                .object
                .bits([self.names.datasets[order.dataset.index()], order.object]),
            key: [self.names.jobs[job.0 as usize], order.key, u64::from(part)],
            client,
            node,
            foreign,
            issued: self.now,
            devices,
            stretches,
            ..blank()
        };
        request.stretches.clear();
        self.tell(Fact::Issued(job, order.op));
        if foreign {
            return self.connect(id);
        }
        self.request_begins(id);
        self.stage(id, Stage::ClientCpu);
        let [a, b, c] = self.requests[id].key;
        let cost = &self.client_on(node).request_cpu;
        let span = cost.sample_with(|| self.chance.client.uniform([a, b, c]));
        self.after(span, Phase::Arrive, Event::Request(id, Step::Prepared));
    }

    /// A new stretch of the request's life begins now.
    pub(super) fn stage(&mut self, id: RequestId, stage: Stage) {
        let stretch = Stretch { stage, since: self.now, bottleneck: None };
        let stretches = &mut self.requests[id].stretches;
        // What was to come, on a way that was broken off, does not.
        while stretches.pop_if(|last| last.since > stretch.since).is_some() {}
        stretches.push(stretch);
    }

    pub(super) fn request_step(&mut self, id: RequestId, step: Step) {
        match step {
            Step::Prepared => self.look_near(id),
            Step::Admitted => self.connect(id),
            Step::Connected => self.send(id),
            Step::Retry => self.seek_admission(id),
            Step::Failed => self.fails(id),
            Step::Retransmit => self.retransmits(id),
            Step::Arrived => self.arrives(id),
            Step::Served => self.served(id),
            Step::CacheReady => self.cache_ready(id),
            Step::NextRound => self.next_round(id),
            Step::LastByte => self.answered(id),
        }
    }

    /// Asks the node's own caches, then the network.
    fn look_near(&mut self, id: RequestId) {
        let request = &self.requests[id];
        let (node, key) = (request.node, (request.object, request.offset));
        let bytes = request.bytes;
        if request.op == Op::Get && !self.node_caches[node as usize].is_empty() {
            let tiers = &mut self.node_caches[node as usize];
            let found = tiers.iter_mut().position(|lru| lru.get(key, bytes));
            self.tell(Fact::Cache { shared: false, hit: found.is_some() });
            if let Some(tier) = found {
                self.requests[id].tier = Some(tier as u32);
                self.stage(id, Stage::CacheRead);
                let group = self.plant.nodes[node as usize].group;
                let cache = &self.scenario.groups.rows()[group].caches[tier];
                let [a, b, c] = self.requests[id].key;
                let span = cache.latency.sample_span(self.chance.cache.uniform([a, b, c]));
                return self.after(span, Phase::Arrive, Event::Request(id, Step::CacheReady));
            }
        }
        self.seek_admission(id);
    }

    /// The request leaves the client.
    pub(super) fn send(&mut self, id: RequestId) {
        self.sent(id);
        let connection = self.requests[id].connection.expect("connected");
        let start = match self.transport() {
            Transport::Tcp(_) => Span::ZERO,
            Transport::Rdma(rdma) => rdma.startup,
        };
        let way = self.leg(id, connection, true, self.now + start, Train::LONE);
        let rest = start + self.scenario.store.balancer.latency;
        let base = self.connections[connection].latency_up;
        let queued = self.standing_wait(id, connection, true);
        self.book_leg(id, Stage::RoundTrip, rest + base, rest + way);
        self.book_queue(id, rest + way, queued);
        let way = rest + way + queued;
        self.after(way, Phase::Arrive, Event::Request(id, Step::Arrived));
    }

    /// The last byte (or a PUT's answer) is here.
    fn answered(&mut self, id: RequestId) {
        if self.requests[id].attempt.orphan {
            return self.orphan_ends(id);
        }
        self.beats_its_twin(id);
        self.client_is_content(id);
        if let Some(connection) = self.requests[id].connection.take() {
            if self.site_cache(self.requests[id].controller).is_none() {
                self.count_request(self.requests[id].job, self.requests[id].op);
            }
            if self.requests[id].op == Op::Get {
                let train = self.requests[id].last_train();
                self.acknowledge(id, connection, train);
            }
            self.park(connection);
        }
        let request = &self.requests[id];
        let key = (request.object, request.offset);
        if request.op == Op::Get && !request.foreign {
            for lru in &mut self.node_caches[request.node as usize] {
                lru.put(key, request.bytes);
            }
        }
        let answer = Answered {
            job: request.job,
            op: request.op,
            bytes: request.bytes,
            issued: request.issued,
            first_byte: request.first_byte,
            cached: request.tier.is_some(),
            attempts: request.attempts(),
            stretches: &request.stretches,
        };
        if P::TRACES {
            let mark = mark_of(id, request, &answer, true);
            self.probe.mark(self.now, mark);
        }
        self.probe.on(self.now, Fact::Answered(answer));
        let read = request.read;
        self.range_done(read, id);
        self.forget(id);
    }
}

/// What a trace shows of a request.
pub(super) fn mark_of<'a>(
    id: RequestId,
    request: &Request,
    answer: &'a Answered<'a>,
    finished: bool,
) -> Mark<'a> {
    let left_node = request.tier.is_none() && (request.connection.is_some() || finished);
    Mark::Request {
        request: id.0,
        read: request.read.0,
        controller: left_node.then_some(request.controller),
        offset: request.offset,
        answer,
        finished,
    }
}

fn blank() -> Request {
    Request {
        read: ReadId(0),
        job: JobId(0),
        op: Op::Get,
        object: 0,
        name: 0,
        offset: 0,
        bytes: 0,
        key: [0; 3],
        attempt_number: 0,
        tries: 0,
        client: 0,
        node: 0,
        controller: 0,
        connection: None,
        place: Place::Elsewhere,
        flow: None,
        next: None,
        foreign: false,
        standing: Standing::Outside,
        attempt: Attempt::default(),
        is_shade: false,
        issued: Time::ZERO,
        first_byte: Time::ZERO,
        picked: Time::ZERO,
        arrived: Time::ZERO,
        began: Time::ZERO,
        legs: 0,
        left: 0,
        part: 0,
        billed: 0,
        part_began: Time::ZERO,
        part_ended: Time::ZERO,
        in_round: false,
        queued: Span::ZERO,
        ios: 0,
        devices: Vec::new(),
        tier: None,
        shared_hit: false,
        stretches: Vec::new(),
    }
}
