//! Controllers that crash: what was there fails at once, clients see a reset one way later and try
//! again elsewhere; the load balancer notices late, either way.

use crate::kernel::queue::Phase;
use crate::kernel::time::Span;
use crate::probe::{Fact, Probe, Stage};
use crate::sim::event::{ConnectionId, Event, RequestId};
use crate::sim::patience::Attempt;
use crate::sim::requests::{Place, Standing};
use crate::sim::world::World;

/// What is the matter with a controller.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Condition {
    /// Outages in force.
    outages: u32,
    /// Those of them in which nobody answers.
    silent: u32,
    /// Times it went away.
    crashes: u32,
    /// Times it went away or came back.
    changes: u32,
}

impl<P: Probe> World<P> {
    /// An outage of a controller begins or ends.
    pub(super) fn controller_changes(
        &mut self,
        controller: u32,
        on: bool,
        detection: Span,
        silent: bool,
    ) {
        let there = &mut self.weather.controllers[controller as usize];
        let step = |n: u32| if on { n + 1 } else { n - 1 };
        there.outages = step(there.outages);
        if silent {
            there.silent = step(there.silent);
        }
        if there.outages != u32::from(on) {
            return;
        }
        there.changes += 1;
        let change = there.changes;
        there.crashes += u32::from(on);
        let station = self.plant.controller_station(controller);
        self.tell(Fact::Away { station, away: on });
        if on {
            self.crash(controller);
        }
        self.queue.schedule(
            self.now.plus(detection),
            Phase::Complete,
            Event::HealthCheck { controller, change },
        );
    }

    /// The health check has seen the same for long enough: the balancer believes it. An outage (or a
    /// recovery) shorter than that goes unnoticed.
    pub(in crate::sim) fn health_check(&mut self, controller: u32, change: u32) {
        let there = self.weather.controllers[controller as usize];
        if there.changes == change {
            self.sites.set_healthy(controller, there.outages == 0);
        }
    }

    /// Whether requests that reach a controller find nobody.
    pub(in crate::sim) fn is_down(&self, controller: u32) -> bool {
        self.weather.controllers.get(controller as usize).is_some_and(|there| there.outages > 0)
    }

    /// Whether a controller is away and nobody answers in its place, not even with a reset.
    pub(in crate::sim) fn is_silent(&self, controller: u32) -> bool {
        self.weather.controllers.get(controller as usize).is_some_and(|there| there.silent > 0)
    }

    /// Times a controller went away so far: connections from before are broken.
    pub(in crate::sim) fn crashes(&self, controller: u32) -> u32 {
        self.weather.controllers.get(controller as usize).map_or(0, |there| there.crashes)
    }

    /// Whether the controller went away since the connection was opened.
    pub(in crate::sim) fn is_broken(&self, connection: ConnectionId) -> bool {
        let connection = &self.connections[connection];
        connection.crashes != self.crashes(connection.controller)
    }

    /// Everything at the controller fails; its idle connections are closed, unless nobody is left
    /// to do so.
    fn crash(&mut self, controller: u32) {
        let silent = self.is_silent(controller);
        let connections = &mut self.connections;
        for pool in self.pools.iter_mut().filter(|_| !silent) {
            pool.retain(|&(to, id)| {
                let stays = to != controller;
                if !stays {
                    connections.release(id);
                }
                stays
            });
        }
        self.controllers[controller as usize].abandon();
        let inside: Vec<RequestId> = self
            .requests
            .iter()
            .filter(|(_, r)| r.place != Place::Elsewhere && r.controller == controller)
            .map(|(id, _)| id)
            .collect();
        for id in inside {
            self.expel(id);
        }
    }

    /// A request at a controller that is gone: its transfer and its next step with it. I/Os that
    /// drives have taken run to their end for a shade of the request.
    fn expel(&mut self, id: RequestId) {
        let now = self.now;
        let request = &mut self.requests[id];
        // Delay on a way that it does not go to its end.
        request.stretches.retain(|stretch| stretch.since <= now);
        let (place, arrived, controller) = (request.place, request.arrived, request.controller);
        let station = self.plant.controller_station(controller);
        if place != Place::Unslotted {
            let served = place == Place::Served;
            self.tell(Fact::Expelled { station, arrived, served });
            if P::TRACES && served {
                self.mark_slot(id, false);
            }
        }
        let id = self.break_off(id);
        if self.is_silent(controller) {
            return self.vanishes(id, false);
        }
        self.reset(id);
    }

    /// A request that its client has given up leaves the service, wherever it is there.
    pub(in crate::sim) fn withdraw(&mut self, id: RequestId) -> RequestId {
        let request = &self.requests[id];
        let (place, arrived, controller) = (request.place, request.arrived, request.controller);
        let station = self.plant.controller_station(controller);
        if matches!(place, Place::Queued | Place::Served) {
            let there = &mut self.controllers[controller as usize];
            let served = place == Place::Served;
            let next = if served { there.leave() } else { there.withdraw(&id) };
            self.tell(Fact::Expelled { station, arrived, served });
            if P::TRACES && served {
                self.mark_slot(id, false);
            }
            if let Some((next, _)) = next {
                self.serve(next);
            }
        }
        if let Some(cache) = self.site_cache(controller) {
            self.leaves_site_cache(id, cache);
        }
        self.requests[id].place = Place::Elsewhere;
        self.break_off(id)
    }

    /// Nothing of the request's is under way any more, but what drives have taken.
    fn break_off(&mut self, id: RequestId) -> RequestId {
        self.stop_flow(id);
        if let Some(connection) = self.requests[id].connection {
            self.leave_ports(connection);
        }
        if let Some(next) = self.requests[id].next.take() {
            self.queue.cancel(next);
        }
        self.is_not_stranded(id);
        if self.requests[id].ios > 0 { self.leave_shade(id) } else { id }
    }

    /// The request's transfer, if one is under way, is broken off. Returns what had not moved of it.
    pub(in crate::sim) fn stop_flow(&mut self, id: RequestId) -> u64 {
        let Some(flow) = self.requests[id].flow.take() else { return 0 };
        let request = &mut self.requests[id];
        let left = self.fabric.cancel(self.now, flow).min(request.part);
        let moved = request.part - left;
        request.attempt.moved += moved;
        self.bill(id, moved);
        left
    }

    /// The request goes on under another number; the old one is left to the drives.
    pub(super) fn leave_shade(&mut self, id: RequestId) -> RequestId {
        let live = self.renumber(id);
        let shade = &mut self.requests[id];
        shade.place = Place::Elsewhere;
        (shade.is_shade, shade.connection) = (true, None);
        shade.standing = Standing::Outside;
        shade.attempt = Attempt::default();
        live
    }

    /// The controller is gone or refuses the connection: back to the client and try again.
    pub(in crate::sim) fn reset(&mut self, id: RequestId) {
        let job = self.requests[id].job;
        if !self.requests[id].attempt.orphan {
            self.tell(Fact::Reset(job));
        }
        self.turn_away(id, Stage::Outage);
    }
}
