//! Managed delivery: objects copied one by one, some at once, GET then PUT.

use super::command::{Command, ReadOrder, Ticket, Wake};
use super::epoch::Sizes;
use crate::kernel::time::{Span, Time};
use crate::model::{Delivery, Op};
use std::collections::BTreeSet;

/// Which objects are there: all below a mark, and some above it.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    mark: u64,
    beyond: BTreeSet<u64>,
}

impl Progress {
    /// Whether an object is there.
    pub fn has(&self, object: u64) -> bool {
        object < self.mark || self.beyond.contains(&object)
    }

    /// How many are.
    pub fn count(&self) -> u64 {
        self.mark + self.beyond.len() as u64
    }

    fn add(&mut self, object: u64) {
        self.beyond.insert(object);
        while self.beyond.remove(&self.mark) {
            self.mark += 1;
        }
    }
}

/// A delivery's state.
#[derive(Debug, Clone)]
pub struct DeliveryJob {
    spec: Delivery,
    objects: u64,
    sizes: Sizes,
    /// What each mover carries.
    movers: Vec<Option<u64>>,
    next: u64,
    progress: Progress,
    /// The rate allows the next object to begin from here on.
    due: Time,
    waits: bool,
    ended: Option<Time>,
}

impl DeliveryJob {
    /// A delivery of a dataset of so many objects of these sizes.
    pub fn new(spec: &Delivery, objects: u64, sizes: Sizes) -> DeliveryJob {
        DeliveryJob {
            objects,
            sizes,
            movers: vec![None; spec.concurrency as usize],
            next: 0,
            progress: Progress::default(),
            due: Time::ZERO,
            waits: false,
            ended: None,
            spec: spec.clone(),
        }
    }

    /// What was asked for.
    pub fn spec(&self) -> &Delivery {
        &self.spec
    }

    /// What is there already.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// When all was there.
    pub fn ended(&self) -> Option<Time> {
        self.ended
    }

    /// Handles a wake.
    pub fn on(&mut self, now: Time, wake: Wake, out: &mut Vec<Command>) {
        match wake {
            Wake::Begin => out.push(Command::After(self.spec.start, Wake::Next(0))),
            Wake::Next(_) => {
                self.waits = false;
                self.begin(now, out);
            }
            Wake::Answered(ticket) => {
                let object = self.movers[ticket.owner as usize].expect("it carries what it asked");
                if ticket.worker == 0 {
                    return out.push(self.order(ticket.owner, object, Op::Put));
                }
                self.movers[ticket.owner as usize] = None;
                self.progress.add(object);
                if self.progress.count() == self.objects {
                    self.ended = Some(now);
                }
                self.begin(now, out);
            }
            other => unreachable!("{other:?} to a delivery"),
        }
    }

    /// Gives idle movers objects, as far as the rate allows.
    fn begin(&mut self, now: Time, out: &mut Vec<Command>) {
        for mover in 0..self.movers.len() {
            if self.movers[mover].is_some() || self.next == self.objects || self.waits {
                continue;
            }
            if now < self.due {
                self.waits = true;
                return out.push(Command::After(self.due.since(now), Wake::Next(0)));
            }
            let object = self.next;
            self.next += 1;
            self.movers[mover] = Some(object);
            if let Some(rate) = self.spec.rate {
                let span = self.sizes.object(object) as f64 / rate.bytes_per_s();
                self.due = self.due.max(now).plus(Span::from_s(span));
            }
            out.push(self.order(mover as u32, object, Op::Get));
        }
    }

    fn order(&self, mover: u32, object: u64, op: Op) -> Command {
        let leg = u32::from(op == Op::Put);
        Command::Order(ReadOrder {
            ticket: Ticket { owner: mover, worker: leg, run: 0 },
            op,
            dataset: self.spec.dataset,
            object,
            offset: 0,
            bytes: self.sizes.object(object),
            key: object << 1 | u64::from(leg),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_known_out_of_order() {
        let mut progress = Progress::default();
        for object in [1, 0, 4, 2] {
            progress.add(object);
        }
        let there: Vec<u64> = (0..6).filter(|object| progress.has(*object)).collect();
        assert_eq!((there, progress.count()), (vec![0, 1, 2, 4], 4));
        assert_eq!((progress.mark, progress.beyond.len()), (3, 1));
    }
}
