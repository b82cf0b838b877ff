//! The gradient all-reduce as a ring of flows between the job's nodes, and decoding on their cores.

use super::event::{DecodeId, Event};
use super::world::{Decode, Job, World};
use crate::kernel::queue::Phase;
use crate::kernel::time::Span;
use crate::kernel::units::Bytes;
use crate::probe::{Fact, JobId, Mark, Probe};
use crate::storage::station::Admission;
use crate::work::{Ticket, Wake};

impl<P: Probe> World<P> {
    /// A ring over the n nodes: each sends 2(n−1)/n of the gradient to the next in 2(n−1) steps
    /// (Patarasuk & Yuan, JPDC 69(2), 2009); inside a node the exchange is taken as free.
    pub(super) fn all_reduce(&mut self, id: JobId, gradient: Bytes) {
        let ring = self.ring(id);
        let n = ring.len() as u64;
        if n < 2 {
            return self.after(Span::ZERO, Phase::Complete, Event::Reduced(id));
        }
        let bytes = (2 * (n - 1) * gradient.0).div_ceil(n).max(1);
        self.reducing[id.0 as usize] = n as u32;
        let first = self.clients[id.0 as usize].first_node;
        let name = self.names.jobs[id.0 as usize];
        let edge = |(from, to)| (from, to, self.chance.path.bits([name, u64::from(from - first)]));
        let edges: Vec<_> = ring.into_iter().map(edge).collect();
        self.start_ring(id, &edges, bytes);
    }

    /// The edges of the ring over the nodes that hold the job's accelerators.
    fn ring(&self, id: JobId) -> Vec<(u32, u32)> {
        let Job::Training(job) = &self.jobs[id] else { unreachable!("loads do not reduce") };
        let first = self.plant.node_of(job.gpu(0));
        let last = self.plant.node_of(job.gpu(job.spec().gpus - 1));
        let next = |node| if node == last { first } else { node + 1 };
        (first..=last).map(|node| (node, next(node))).collect()
    }

    /// One of the ring's flows is through; after the last, the steps' latency: every step waits for
    /// the one before at the neighbour, so the longest chain of 2(n−1) edges in a row counts.
    pub(super) fn gradient_ends(&mut self, id: JobId) {
        self.reducing[id.0 as usize] -= 1;
        if self.reducing[id.0 as usize] > 0 {
            return;
        }
        let edges = self.end_ring(id);
        // Twice around, short of the two edges in a row that are shortest.
        let n = edges.len();
        let skipped = (0..n).map(|i| edges[i] + edges[(i + 1) % n]).min().unwrap_or(0);
        let chain = Span(2 * edges.iter().sum::<u64>() - skipped);
        self.after(chain, Phase::Complete, Event::Reduced(id));
    }

    /// Takes a core of the owner's node, or waits for one.
    pub(super) fn begin_decode(&mut self, job: JobId, ticket: Ticket, span: Span) {
        let node = self.node_of_client(job, ticket);
        let now = self.now;
        let decode = Decode { job, ticket, span, node, queued: now, began: now };
        let id = self.decodes.keep(decode);
        let station = self.plant.decode_station(node);
        self.tell(Fact::Arrives(station));
        if self.cores[node as usize].arrive(now, id) == Admission::Begins {
            self.run_decode(id);
        }
    }

    fn run_decode(&mut self, id: DecodeId) {
        let now = self.now;
        let decode = &mut self.decodes[id];
        decode.began = now;
        let (span, node, arrived) = (decode.span, decode.node, decode.queued);
        let station = self.plant.decode_station(node);
        self.tell(Fact::Begins { station, arrived });
        self.after(span, Phase::Complete, Event::Decoded(id));
    }

    /// A core is free again.
    pub(super) fn decoded(&mut self, id: DecodeId) {
        let Decode { job, ticket, node, queued, began, .. } = self.decodes[id];
        self.decodes.release(id);
        let station = self.plant.decode_station(node);
        self.tell(Fact::Leaves { station, arrived: queued, began });
        if let Some((next, _)) = self.cores[node as usize].leave() {
            self.run_decode(next);
        }
        if P::TRACES {
            let owner = self.owner_of(job, ticket);
            self.probe.mark(self.now, Mark::Decoded { owner, queued, began });
        }
        self.wake(job, Wake::Decoded { ticket, queued, began });
    }
}
