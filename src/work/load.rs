//! Clients without GPUs: closed loops and open arrivals of whole-object requests.

use super::bursts::Bursts;
use super::command::{Command, ReadOrder, Ticket, Wake};
use super::epoch::Sizes;
use crate::kernel::rng::{Keyed, Purpose, Stream, Streams};
use crate::model::{Arrivals, Load};

/// A load's state.
#[derive(Debug, Clone)]
pub struct LoadJob {
    spec: Load,
    objects: u64,
    sizes: Sizes,
    target: Keyed,
    think: Keyed,
    arrivals: Stream,
    bursts: Option<Bursts>,
    issued: u64,
    answered: u64,
    failed: u64,
    /// Times each closed client has thought.
    thoughts: Vec<u64>,
}

impl LoadJob {
    /// A load of a scenario whose dataset has these sizes; open arrivals may come in bursts.
    pub fn new(
        spec: &Load,
        objects: u64,
        sizes: Sizes,
        bursts: Option<Bursts>,
        streams: &Streams,
    ) -> LoadJob {
        LoadJob {
            objects,
            sizes,
            target: streams.keyed(&spec.name, Purpose::Target),
            think: streams.keyed(&spec.name, Purpose::Think),
            arrivals: streams.stream(&spec.name, Purpose::Arrival),
            bursts,
            issued: 0,
            answered: 0,
            failed: 0,
            thoughts: match spec.arrivals {
                Arrivals::Closed { clients, .. } => vec![0; clients as usize],
                Arrivals::Open { .. } => Vec::new(),
            },
            spec: spec.clone(),
        }
    }

    /// Clients that take turns: closed loops, or one source that never waits.
    pub fn clients(&self) -> u32 {
        match self.spec.arrivals {
            Arrivals::Closed { clients, .. } => clients,
            Arrivals::Open { .. } => 1,
        }
    }

    /// Whether requests come whatever became of the ones before.
    pub fn is_open(&self) -> bool {
        matches!(self.spec.arrivals, Arrivals::Open { .. })
    }

    /// Whether every request it will ever make is answered or has failed.
    pub fn finished(&self) -> bool {
        self.spec.requests.is_some_and(|n| self.answered + self.failed >= n)
    }

    /// Handles a wake.
    pub fn on(&mut self, wake: Wake, out: &mut Vec<Command>) {
        match wake {
            Wake::Begin => match &self.spec.arrivals {
                Arrivals::Closed { clients, .. } => {
                    for client in 0..*clients {
                        self.think(client, out);
                    }
                }
                Arrivals::Open { .. } => self.await_arrival(out),
            },
            Wake::Next(client) => {
                if self.spec.requests.is_some_and(|most| self.issued >= most) {
                    return;
                }
                self.order(client, out);
                if self.is_open() {
                    self.await_arrival(out);
                }
            }
            Wake::Answered(ticket) | Wake::Failed(ticket) => {
                match wake {
                    Wake::Answered(_) => self.answered += 1,
                    _ => self.failed += 1,
                }
                if !self.is_open() {
                    self.think(ticket.owner, out);
                }
            }
            other => unreachable!("{other:?} to a load"),
        }
    }

    fn think(&mut self, client: u32, out: &mut Vec<Command>) {
        let Arrivals::Closed { think, .. } = &self.spec.arrivals else { unreachable!() };
        let thoughts = &mut self.thoughts[client as usize];
        let draw = self.think.uniform([u64::from(client), *thoughts]);
        *thoughts += 1;
        out.push(Command::After(think.sample_span(draw), Wake::Next(client)));
    }

    fn await_arrival(&mut self, out: &mut Vec<Command>) {
        let Arrivals::Open { interval } = &self.spec.arrivals else { unreachable!() };
        let mut span = interval.sample_span(self.arrivals.uniform());
        if let Some(bursts) = &mut self.bursts {
            span = bursts.stretch(span);
        }
        out.push(Command::After(span, Wake::Next(0)));
    }

    fn order(&mut self, client: u32, out: &mut Vec<Command>) {
        let object = self.target.below(self.objects, [self.issued]);
        out.push(Command::Order(ReadOrder {
            ticket: Ticket { owner: client, worker: 0, run: self.issued as u32 },
            op: self.spec.op,
            dataset: self.spec.dataset,
            object,
            offset: 0,
            bytes: self.sizes.object(object),
            key: self.issued,
        }));
        self.issued += 1;
    }
}
