//! The service's side of a request: throttle, slot, service, cache or media, and the payload's way.

use super::event::{Event, RequestId, Step};
use super::hedges::HEDGES;
use super::legs::Train;
use super::requests::Place;
use super::sites::Verdict;
use super::world::World;
use crate::fabric::Cap;
use crate::kernel::maxmin::Hop;
use crate::kernel::queue::Phase;
use crate::kernel::time::{PS_PER_S, Span, Time};
use crate::model::{Op, SlotHeld};
use crate::probe::{Fact, Mark, Probe, Stage};
use crate::storage::station::Admission;

impl<P: Probe> World<P> {
    /// The request reaches its controller.
    pub(super) fn arrives(&mut self, id: RequestId) {
        let now = self.now;
        let Request { op, controller, .. } = self.view(id);
        if let Some(place) = self.site_cache(controller) {
            return self.ask_site_cache(id, place);
        }
        let broken = self.requests[id].connection.is_some_and(|c| self.is_broken(c));
        if self.is_silent(controller) {
            return self.vanishes(id, false);
        }
        if broken || self.is_down(controller) {
            return self.reset(id);
        }
        let bucket = match op {
            _ if self.requests[id].foreign => &mut None,
            op => self.sites.bucket(controller, op),
        };
        if bucket.as_mut().is_some_and(|bucket| !bucket.admit(now)) {
            return self.refuse(id);
        }
        if op == Op::Put && self.slots_are_for_service() {
            self.requests[id].place = Place::Unslotted;
            return self.begin_payload(id);
        }
        self.ask_slot(id);
    }

    fn slots_are_for_service(&self) -> bool {
        self.scenario.store.controller.slot_held == SlotHeld::Service
    }

    fn ask_slot(&mut self, id: RequestId) {
        let now = self.now;
        let controller = self.requests[id].controller;
        let admission = self.controllers[controller as usize].arrive(now, id);
        if admission == Admission::Refused {
            return self.refuse(id);
        }
        self.tell(Fact::Arrives(self.plant.controller_station(controller)));
        self.requests[id].arrived = now;
        self.requests[id].place = Place::Queued;
        if admission == Admission::Begins {
            self.serve(id);
        } else {
            self.stage(id, Stage::ControllerQueue);
        }
    }

    fn view(&self, id: RequestId) -> Request {
        let request = &self.requests[id];
        let remote = request.connection.is_some() || request.foreign;
        Request { op: request.op, controller: request.controller, key: request.key, remote }
    }

    /// The request has its slot.
    pub(super) fn serve(&mut self, id: RequestId) {
        let Request { op, controller, .. } = self.view(id);
        self.requests[id].began = self.now;
        self.requests[id].place = Place::Served;
        let arrived = self.requests[id].arrived;
        let station = self.plant.controller_station(controller);
        self.tell(Fact::Begins { station, arrived });
        if op == Op::Put && !self.slots_are_for_service() {
            return self.begin_payload(id);
        }
        self.controller_service(id);
    }

    fn controller_service(&mut self, id: RequestId) {
        self.stage(id, Stage::ControllerService);
        let Request { op, key: [a, b, c], .. } = self.view(id);
        let tries = u64::from(self.requests[id].tries);
        let spec = &self.scenario.store.controller;
        let dist = match op {
            Op::Get => &spec.get_service,
            Op::Put => &spec.put_service,
        };
        let mut span = dist.sample_with(|| self.chance.service.uniform([a, b, c, tries]));
        if let (Op::Get, Some(first)) = (op, &spec.read_first) {
            span += first.span(self.requests[id].bytes);
        }
        self.after(span, Phase::Arrive, Event::Request(id, Step::Served));
    }

    /// Controller service is over: on to cache or media.
    pub(super) fn served(&mut self, id: RequestId) {
        let Request { op, key: [a, b, c], controller, .. } = self.view(id);
        let super::requests::Request { object, offset, bytes, foreign, .. } = self.requests[id];
        let at = (object, offset);
        let site = self.sites.of(controller);
        if let (Op::Get, false, Some(lru)) = (op, foreign, self.sites.cache(site)) {
            let hit = lru.get(at, bytes);
            self.requests[id].shared_hit = hit;
            self.tell(Fact::Cache { shared: true, hit });
            if hit {
                self.stage(id, Stage::CacheRead);
                let cache = self.scenario.store.cache.as_ref().expect("there is a shared cache");
                let span = cache.latency.sample_span(self.chance.cache.uniform([a, b, c, 1]));
                return self.after(span, Phase::Arrive, Event::Request(id, Step::CacheReady));
            }
        }
        match &self.scenario.store.media {
            Some(_) => self.ask_drives(id),
            None => self.media_ready(id),
        }
    }

    /// One I/O on each of the request's drives.
    pub(super) fn begin_ios(&mut self, id: RequestId) {
        let request = &mut self.requests[id];
        request.ios = request.devices.len() as u32;
        for i in 0..self.requests[id].devices.len() {
            let device = self.requests[id].devices[i];
            self.tell(Fact::Arrives(self.plant.device_station(device)));
            let now = self.now;
            if self.devices[device as usize].arrive(now, id) == Admission::Begins {
                self.begin_io(device, id, now);
            }
        }
    }

    fn begin_io(&mut self, device: u32, id: RequestId, arrived: Time) {
        let now = self.now;
        let media = self.scenario.store.media.as_ref().expect("devices belong to media");
        let spec = &media.device;
        let gates = &mut self.device_gates[device as usize];
        let (gate, iops, latency) = match self.requests[id].op {
            Op::Get => (&mut gates.0, spec.read_iops, &spec.read_latency),
            Op::Put => (&mut gates.1, spec.write_iops, &spec.write_latency),
        };
        let start = now.max(*gate);
        *gate = start.plus(Span((PS_PER_S as f64 / iops) as u64));
        let ([a, b, c], tries) = (self.requests[id].key, self.requests[id].tries);
        let draw = || match tries {
            // A hedge does not find the drive as slow as the first attempt did.
            tries if tries >= HEDGES => {
                self.chance.media.uniform([a, b, c, device.into(), tries.into()])
            }
            _ => self.chance.media.uniform([a, b, c, device.into()]),
        };
        let span = start.plus(latency.sample_with(draw)).since(now);
        let station = self.plant.device_station(device);
        self.tell(Fact::Begins { station, arrived });
        let event = Event::Io { device, request: id, arrived, began: now };
        self.after(span, Phase::Complete, event);
    }

    /// A device has done one of the request's I/Os.
    pub(super) fn io_done(&mut self, device: u32, id: RequestId, arrived: Time, began: Time) {
        let station = self.plant.device_station(device);
        self.tell(Fact::Leaves { station, arrived, began });
        if P::TRACES {
            let op = self.requests[id].op;
            self.probe.mark(self.now, Mark::Io { device, op, began });
        }
        if let Some((next, since)) = self.devices[device as usize].leave() {
            self.begin_io(device, next, since);
        }
        let request = &mut self.requests[id];
        request.ios -= 1;
        if request.ios > 0 {
            return;
        }
        if request.is_shade {
            return self.requests.release(id);
        }
        self.media_ready(id);
    }

    /// The slowest shard is there: a GET's payload can leave, a PUT is safe.
    fn media_ready(&mut self, id: RequestId) {
        match self.requests[id].op {
            Op::Get => {
                let request = &self.requests[id];
                let site = self.sites.of(request.controller);
                if let (Some(lru), false) = (self.sites.cache(site), request.foreign) {
                    lru.put((request.object, request.offset), request.bytes);
                }
                self.begin_payload(id);
            }
            Op::Put => self.leave_controller(id),
        }
    }

    /// A cache's first byte is there: on the node, or at the controller.
    pub(super) fn cache_ready(&mut self, id: RequestId) {
        self.begin_payload(id);
    }

    fn begin_payload(&mut self, id: RequestId) {
        if std::mem::take(&mut self.requests[id].attempt.resumes) {
            return self.next_part(id);
        }
        let Request { op, remote, .. } = self.view(id);
        let cached = self.site_cache(self.requests[id].controller).is_some();
        if op == Op::Get && remote && !cached && self.slots_are_for_service() {
            self.give_slot_back(id);
        }
        let request = &mut self.requests[id];
        request.left = request.bytes;
        request.in_round = false;
        request.queued = Span::ZERO;
        self.begin_flight(id);
        let request = &self.requests[id];
        if request.op == Op::Get {
            let (connection, bytes) = (request.connection, request.bytes);
            self.requests[id].first_byte = match connection {
                // The only packet is the last one too: its way is drawn when it leaves.
                Some(_) if self.is_one_disturbed_packet(bytes) => Time::NEVER,
                Some(connection) => {
                    let queued = self.standing_wait(id, connection, false);
                    self.requests[id].queued = queued;
                    self.now + self.leg(id, connection, false, self.now, Train::LONE) + queued
                }
                None => self.now,
            };
            self.may_win(id);
        }
        self.next_part(id);
    }

    /// What caps the part of the payload that moves now.
    pub(super) fn payload_cap(&self, id: RequestId) -> Option<Cap> {
        let request = &self.requests[id];
        if request.foreign {
            return self.foreign_cap();
        }
        let connection = &self.connections[request.connection?];
        if request.in_round { connection.burst_cap } else { connection.cap }
    }

    /// Everything the payload crosses, into `hops`.
    pub(super) fn payload_hops(&self, id: RequestId, hops: &mut Vec<Hop>) {
        hops.clear();
        let request = &self.requests[id];
        let node = &self.plant.nodes[request.node as usize];
        let whole = |resource| Hop { resource, divisor: 1 };
        if let (Some(place), Some(connection)) =
            (self.site_cache(request.controller), request.connection)
        {
            hops.extend(node.client_cpu.map(whole));
            hops.extend_from_slice(&self.connections[connection].down);
            hops.push(whole(self.plant.site_caches[place].read));
            return;
        }
        let controller = &self.plant.controllers[request.controller as usize];
        if request.foreign {
            hops.extend(controller.cpu.map(whole));
            hops.push(self.foreign_hop(id));
        } else {
            hops.extend(node.client_cpu.map(whole));
            let Some(connection) = request.connection else {
                let tier = request.tier.expect("without a connection a cache answers") as usize;
                hops.push(whole(node.caches[tier]));
                return;
            };
            let connection = &self.connections[connection];
            hops.extend(controller.cpu.map(whole));
            let path = match request.op {
                Op::Get => &connection.down,
                Op::Put => &connection.up,
            };
            hops.extend_from_slice(path);
        }
        let media = self.scenario.store.media.as_ref();
        match (request.op, media) {
            (Op::Get, _) if request.shared_hit => hops.extend(controller.cache.map(whole)),
            (Op::Get, Some(media)) => {
                hops.extend(controller.backend_in.map(whole));
                let divisor = media.redundancy.read_width();
                for &device in &request.devices {
                    let node = (device / media.devices_per_node) as usize;
                    hops.push(Hop { resource: self.plant.device_read[device as usize], divisor });
                    hops.push(Hop { resource: self.plant.storage_out[node], divisor });
                }
            }
            (Op::Put, Some(media)) => {
                let divisor = media.redundancy.read_width();
                for device in self.drives_to_write(id) {
                    let node = (device / media.devices_per_node) as usize;
                    hops.extend(controller.backend_out.map(|resource| Hop { resource, divisor }));
                    hops.push(Hop { resource: self.plant.device_write[device as usize], divisor });
                    hops.push(Hop { resource: self.plant.storage_in[node], divisor });
                }
            }
            (_, None) => {}
        }
    }

    /// All of the payload has left its sender.
    pub(super) fn payload_is_through(&mut self, id: RequestId) {
        let connection = self.requests[id].connection;
        if self.requests[id].op == Op::Put {
            self.awaits_first_byte(id);
        }
        match (self.requests[id].op, connection) {
            (Op::Get, Some(_)) => self.leave_controller(id),
            (Op::Get, None) if self.requests[id].foreign => self.leave_controller(id),
            (Op::Get, None) => self.request_step(id, Step::LastByte),
            (Op::Put, _) if self.slots_are_for_service() => self.ask_slot(id),
            (Op::Put, _) => self.controller_service(id),
        }
    }

    fn give_slot_back(&mut self, id: RequestId) {
        let request = &mut self.requests[id];
        request.place = Place::Unslotted;
        let (controller, arrived, began) = (request.controller, request.arrived, request.began);
        let station = self.plant.controller_station(controller);
        self.tell(Fact::Leaves { station, arrived, began });
        if P::TRACES {
            self.mark_slot(id, true);
        }
        if let Some((next, _)) = self.controllers[controller as usize].leave() {
            self.serve(next);
        }
    }

    /// The request is done with its controller; what is left of the answer crosses the network.
    fn leave_controller(&mut self, id: RequestId) {
        let Request { op, controller, .. } = self.view(id);
        if self.site_cache(controller).is_none() {
            let took = self.now.since(self.requests[id].picked);
            self.leave_balancer(id, Verdict::Answered(took));
            if op == Op::Put || !self.slots_are_for_service() {
                self.give_slot_back(id);
            }
        }
        let way = match self.requests[id].connection {
            Some(connection) => {
                let get = op == Op::Get;
                let train = if get { self.requests[id].last_train() } else { Train::LONE };
                let way = self.leg(id, connection, false, self.now, train);
                let base = self.connections[connection].latency_down;
                // A GET's last byte is behind the same queue as its first.
                let queued = match get {
                    true => self.requests[id].queued,
                    false => self.standing_wait(id, connection, false),
                };
                self.book_leg(id, Stage::RoundTrip, base, way);
                self.book_queue(id, way, queued);
                way + queued
            }
            None => Span::ZERO,
        };
        let request = &mut self.requests[id];
        request.place = Place::Elsewhere;
        match op {
            Op::Put => request.first_byte = self.now + way,
            // Without order the last packet may overtake the first; the answer is whole later.
            Op::Get => request.first_byte = request.first_byte.min(self.now + way),
        }
        self.after(way, Phase::Arrive, Event::Request(id, Step::LastByte));
    }
}

/// The few fields that many steps look at, copied out.
#[derive(Clone, Copy)]
struct Request {
    op: Op,
    controller: u32,
    key: [u64; 3],
    /// Whether a controller answers it, not a cache on the node.
    remote: bool,
}
