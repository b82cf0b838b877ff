//! A job's read: cut into ranges, a few in flight at once, answered when the last one is.

use super::event::{ReadId, RequestId};
use super::world::{Job, World};
use crate::probe::{JobId, Probe};
use crate::work::{ReadOrder, Ticket, Wake};

/// A read under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    pub job: JobId,
    pub order: ReadOrder,
    pub client: u32,
    pub node: u32,
    /// Bytes of one range.
    range: u64,
    ranges: u32,
    issued: u32,
    done: u32,
    /// Whether one of its requests has failed.
    failed: bool,
}

impl Read {
    /// A read that begins, in ranges of `range` bytes.
    fn new(job: JobId, order: ReadOrder, client: u32, node: u32, range: u64) -> Read {
        let ranges = order.bytes.max(1).div_ceil(range.max(1)) as u32;
        Read { job, order, client, node, range, ranges, issued: 0, done: 0, failed: false }
    }
}

/// A range of a read: number, first byte, bytes.
pub(super) struct Range {
    pub part: u32,
    pub offset: u64,
    pub bytes: u64,
}

impl<P: Probe> World<P> {
    pub(super) fn begin_read(&mut self, job: JobId, order: ReadOrder) {
        if self.is_foreign(job) {
            // Nobody's node: a neighbour's request begins at its controller, whole.
            let client = self.clients[job.0 as usize].first;
            let id = self.reads.keep(Read::new(job, order, client, 0, order.bytes));
            return self.issue_range(id);
        }
        let node = self.node_of_client(job, order.ticket);
        let spec = self.client_on(node);
        let range = spec.range_size.map_or(order.bytes, |r| r.0).clamp(1, order.bytes.max(1));
        let at_once = spec.parallel_ranges;
        let read = Read::new(job, order, self.client_of(job, order.ticket), node, range);
        let at_once = at_once.min(read.ranges);
        let id = self.reads.keep(read);
        for _ in 0..at_once {
            self.issue_range(id);
        }
    }

    fn issue_range(&mut self, id: ReadId) {
        let read = &mut self.reads[id];
        let part = read.issued;
        read.issued += 1;
        let offset = u64::from(part) * read.range;
        let bytes = (read.order.bytes - offset.min(read.order.bytes)).min(read.range).max(1);
        let range = Range { part, offset: read.order.offset + offset, bytes };
        self.begin_request(id, range);
    }

    /// A request of the read is answered.
    pub(super) fn range_done(&mut self, id: ReadId, request: RequestId) {
        let now = self.now;
        let read = &mut self.reads[id];
        read.done += 1;
        let (job, ticket) = (read.job, read.order.ticket);
        let (more, last) = (read.issued < read.ranges, read.done == read.ranges);
        if let Job::Training(training) = &mut self.jobs[job] {
            training.note(now, ticket, &self.requests[request].stretches);
        }
        if more {
            self.issue_range(id);
        } else if last {
            self.read_ends(id);
        }
    }

    /// A request of the read has failed: no more are made, and when those under way are over the
    /// read has failed too.
    pub(super) fn range_failed(&mut self, id: ReadId) {
        let read = &mut self.reads[id];
        read.done += 1;
        (read.ranges, read.failed) = (read.issued, true);
        if read.done == read.ranges {
            self.read_ends(id);
        }
    }

    fn read_ends(&mut self, id: ReadId) {
        let Read { job, order, failed, .. } = self.reads[id];
        if P::TRACES {
            self.mark_read(id, !failed);
        }
        self.reads.release(id);
        let ticket = order.ticket;
        let wake = if failed { Wake::Failed(ticket) } else { Wake::Answered(ticket) };
        self.wake(job, wake);
    }

    /// The client a ticket belongs to.
    fn client_of(&self, job: JobId, ticket: Ticket) -> u32 {
        let span = self.clients[job.0 as usize];
        span.first
            + match &self.jobs[job] {
                Job::Training(training) => ticket.owner * training.spec().workers + ticket.worker,
                Job::Load(load) if load.is_open() => ticket.run % span.nodes,
                Job::Load(_) | Job::Delivery(_) => ticket.owner,
                Job::Cache(_) => 0,
            }
    }

    /// The node a ticket's work is done on.
    pub(super) fn node_of_client(&self, job: JobId, ticket: Ticket) -> u32 {
        let span = self.clients[job.0 as usize];
        match &self.jobs[job] {
            Job::Training(training) => self.plant.node_of(training.gpu(ticket.owner)),
            Job::Load(load) if load.is_open() => span.first_node + ticket.run % span.nodes,
            Job::Load(_) | Job::Delivery(_) => span.first_node + ticket.owner % span.nodes,
            Job::Cache(_) => span.first_node,
        }
    }
}
