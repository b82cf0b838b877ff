//! Reads, their requests, and the stages of these.

use super::lanes::{Group, Lanes};
use super::layout::Layout;
use super::writer::{Track, Writer, quoted};
use crate::kernel::time::Time;
use crate::model::Op;
use crate::probe::{Answered, Bottleneck, Owner, Stage, Stretch};
use std::fmt::Write as _;
use std::io::Write;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A request until its read is written.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub number: u32,
    pub op: Op,
    pub bytes: u64,
    pub offset: u64,
    pub controller: Option<u32>,
    pub cached: bool,
    pub attempts: u32,
    pub issued: Time,
    pub until: Time,
    pub stretches: Vec<Stretch>,
    pub finished: bool,
}

impl Request {
    pub fn new(answer: &Answered<'_>, until: Time) -> Request {
        Request {
            number: 0,
            op: answer.op,
            bytes: answer.bytes,
            offset: 0,
            controller: None,
            cached: answer.cached,
            attempts: answer.attempts,
            issued: answer.issued,
            until,
            stretches: answer.stretches.to_vec(),
            finished: true,
        }
    }
}

/// A read until it is written: after its decode, if there is one.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub owner: Owner,
    pub object: u64,
    pub bytes: u64,
    pub until: Time,
    pub requests: Vec<Request>,
    pub finished: bool,
}

/// Name of the operation.
pub(super) fn op_name(op: Op) -> &'static str {
    match op {
        Op::Get => "GET",
        Op::Put => "PUT",
    }
}

/// What a request is known by at its controller, in 53 bits: viewers read identifiers as numbers. Its
/// own number is used again, but not at that instant.
pub(super) fn arrow_id(controller: u32, request: u32, began: Time) -> u64 {
    let key = u64::from(controller) << 32 | u64::from(request);
    xxh3_64_with_seed(&began.0.to_le_bytes(), key) >> 11
}

/// Writes reads.
pub(super) struct Reads<'a, W> {
    pub out: &'a mut Writer<W>,
    pub lanes: &'a mut Lanes,
    pub layout: &'a Layout,
}

impl<W: Write> Reads<'_, W> {
    /// A read: a slice, in it those of its requests that fit into one lane, then its decode. Requests
    /// beside those stand on lanes of their own.
    pub fn write(&mut self, mut read: Read, decode: Option<(Time, Time, Time)>) {
        read.requests.sort_by_key(|request| (request.issued, request.until));
        let from = read.requests.first().map_or(read.until, |request| request.issued);
        let to = decode.map_or(read.until, |(.., ended)| ended);
        if !self.out.shows(from, to) {
            return;
        }
        let (group, name) = self.layout.worker(read.owner);
        let on = self.lane(group, &name, from, to);
        let mut args = format!(r#""object":{},"bytes":{}"#, read.object, read.bytes);
        if !read.finished {
            args.push_str(r#","finished":false"#);
        }
        self.out.begin(on, from, "read", &args);
        let (mut free, mut beside) = (from, Vec::new());
        for request in read.requests {
            if request.issued >= free {
                free = request.until;
                self.request(on, &request);
            } else {
                beside.push(request);
            }
        }
        if let Some((queued, began, ended)) = decode {
            self.piece(on, queued, began, Stage::DecodeQueue.name(), "");
            self.piece(on, began, ended, Stage::Decode.name(), "");
        }
        self.out.end(on, to);
        beside.sort_by_key(|request| request.until);
        for request in beside {
            let on = self.lane(group, &name, request.issued, request.until);
            self.request(on, &request);
        }
    }

    fn lane(&mut self, group: Group, name: &str, from: Time, to: Time) -> Track {
        self.lanes.take(self.out, group, (from, to), |lane| match lane {
            0 => name.to_owned(),
            lane => format!("{name} · {}", lane + 1),
        })
    }

    /// A slice that is left out if it lasts no time.
    fn piece(&mut self, on: Track, from: Time, to: Time, name: &str, args: &str) {
        if to > from {
            self.out.slice(on, from, to, name, args);
        }
    }

    fn request(&mut self, on: Track, request: &Request) {
        if !self.out.shows(request.issued, request.until) {
            return;
        }
        let mut args = format!(r#""bytes":{}"#, request.bytes);
        if request.offset > 0 {
            let _ = write!(args, r#","offset":{}"#, request.offset);
        }
        match request.controller {
            _ if request.cached => args.push_str(r#","cached":true"#),
            Some(controller) => {
                let name = quoted(&self.layout.stations[controller as usize]);
                let _ = write!(args, r#","controller":{name}"#);
            }
            None => {}
        }
        if request.attempts > 1 {
            let _ = write!(args, r#","attempts":{}"#, request.attempts);
        }
        if !request.finished {
            args.push_str(r#","finished":false"#);
        }
        self.out.begin(on, request.issued, op_name(request.op), &args);
        let ends = request.stretches.iter().skip(1).map(|s| s.since).chain([request.until]);
        for (stretch, end) in request.stretches.iter().zip(ends) {
            let end = end.min(request.until);
            let by = stretch.bottleneck.filter(|_| stretch.stage == Stage::Transfer);
            let args =
                by.map_or(String::new(), |by| format!(r#""held by":{}"#, quoted(&self.holder(by))));
            self.piece(on, stretch.since, end, stretch.stage.name(), &args);
        }
        if let Some((controller, stretch)) = request.controller.zip(last_service(request)) {
            let id = arrow_id(controller, request.number, stretch.since);
            self.out.arrow('s', on, stretch.since, id);
        }
        self.out.end(on, request.until);
    }

    fn holder(&self, by: Bottleneck) -> String {
        match by {
            Bottleneck::Resource(id) => self.layout.resources[id.0 as usize].name.clone(),
            other => other.words().to_owned(),
        }
    }
}

/// The service that a finished GET got in the end: it began with its slot.
fn last_service(request: &Request) -> Option<&Stretch> {
    let services = request.stretches.iter().rev();
    let mut services = services.filter(|s| s.stage == Stage::ControllerService);
    services.next().filter(|_| request.finished && request.op == Op::Get)
}
