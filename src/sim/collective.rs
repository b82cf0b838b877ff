//! The gradient all-reduce as a ring of flows between the job's nodes, and decoding on their cores.

use super::event::{Cargo, Event};
use super::world::{Decode, Job, World};
use crate::fabric::Host;
use crate::kernel::maxmin::Hop;
use crate::kernel::queue::Phase;
use crate::kernel::time::Span;
use crate::kernel::units::Bytes;
use crate::probe::{Fact, JobId, Probe};
use crate::storage::station::Admission;
use crate::work::{Ticket, Wake};

impl<P: Probe> World<P> {
    /// A ring over the n nodes: each sends 2(n−1)/n of the gradient to the next in 2(n−1) steps
    /// (Patarasuk & Yuan, JPDC 69(2), 2009); inside a node the exchange is taken as free.
    pub(super) fn all_reduce(&mut self, id: JobId, gradient: Bytes) {
        let Job::Training(job) = &self.jobs[id] else { unreachable!("loads do not reduce") };
        let span = self.clients[id.0 as usize];
        let per_node = self.scenario.groups[job.spec().group].gpus.max(1);
        let nodes = job.spec().gpus.div_ceil(per_node).min(span.nodes);
        if nodes < 2 {
            return self.after(Span::ZERO, Phase::Complete, Event::Reduced(id));
        }
        let n = u64::from(nodes);
        let bytes = (2 * (n - 1) * gradient.0).div_ceil(n).max(1);
        for i in 0..nodes {
            let (from, to) = (span.first_node + i, span.first_node + (i + 1) % nodes);
            let path = self.compute_path(from, to, u64::from(i));
            self.fabric.start(self.now, &path.0, bytes, None, Cargo::Gradient(id));
        }
        self.reducing[id.0 as usize] = nodes;
    }

    fn compute_path(&mut self, from: u32, to: u32, ring: u64) -> (Vec<Hop>, Span) {
        let network = self.plant.compute.as_ref().unwrap_or(&self.plant.storage);
        let router = match self.plant.compute {
            Some(_) => &mut self.compute_router,
            None => &mut self.router,
        };
        let graph = &network.graph;
        let hash = self.chance.path.bits([u64::MAX, ring]);
        let (from, to) = (graph.host(Host::Node(from)), graph.host(Host::Node(to)));
        let path = router.path(graph, from, to, hash).expect("the reader checks reachability");
        let hop = |link: &crate::fabric::graph::LinkId| Hop {
            resource: network.resources[link.0 as usize],
            divisor: 1,
        };
        (path.links.iter().map(hop).collect(), path.latency)
    }

    /// One of the ring's flows is through; after the last, the steps' latency.
    pub(super) fn gradient_ends(&mut self, id: JobId) {
        self.reducing[id.0 as usize] -= 1;
        if self.reducing[id.0 as usize] > 0 {
            return;
        }
        let span = self.clients[id.0 as usize];
        let (_, hop) = self.compute_path(span.first_node, span.first_node + 1, 0);
        let Job::Training(job) = &self.jobs[id] else { unreachable!("loads do not reduce") };
        let per_node = self.scenario.groups[job.spec().group].gpus.max(1);
        let nodes = u64::from(job.spec().gpus.div_ceil(per_node).min(span.nodes));
        self.after(hop.times(2 * (nodes - 1)), Phase::Complete, Event::Reduced(id));
    }

    /// Takes a core of the owner's node, or waits for one.
    pub(super) fn begin_decode(&mut self, job: JobId, ticket: Ticket, span: Span) {
        let node = self.node_of_client(job, ticket);
        let now = self.now;
        let decode = Decode { job, ticket, span, node, queued: now, began: now };
        let index = match self.free_decodes.pop() {
            Some(index) => {
                self.decodes[index as usize] = decode;
                index
            }
            None => {
                self.decodes.push(decode);
                self.decodes.len() as u32 - 1
            }
        };
        let station = self.plant.decode_station(node);
        self.tell(Fact::Arrives(station));
        if self.cores[node as usize].arrive(now, index) == Admission::Begins {
            self.run_decode(index);
        }
    }

    fn run_decode(&mut self, index: u32) {
        let now = self.now;
        let decode = &mut self.decodes[index as usize];
        decode.began = now;
        let (span, node, arrived) = (decode.span, decode.node, decode.queued);
        let station = self.plant.decode_station(node);
        self.tell(Fact::Begins { station, arrived });
        self.after(span, Phase::Complete, Event::Decoded(index));
    }

    /// A core is free again.
    pub(super) fn decoded(&mut self, index: u32) {
        let Decode { job, ticket, node, queued, began, .. } = self.decodes[index as usize];
        self.free_decodes.push(index);
        let station = self.plant.decode_station(node);
        self.tell(Fact::Leaves { station, arrived: queued, began });
        if let Some((next, _)) = self.cores[node as usize].leave() {
            self.run_decode(next);
        }
        self.wake(job, Wake::Decoded { ticket, queued, began });
    }
}
