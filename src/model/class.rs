//! Traffic classes: who goes first on links, and who is let in.

use crate::define_id;
use crate::kernel::id::{Id, Table};
use crate::kernel::maxmin::UNIT;
use crate::kernel::maxmin::classes::{Class, Portion};
use crate::kernel::units::Rate;
use serde::Serialize;

define_id!(
    /// A traffic class. Class 0 is that of all traffic that names none.
    ClassId,
);

impl ClassId {
    /// Traffic that names no class.
    pub const DEFAULT: ClassId = ClassId(0);

    /// Whether it is that; what is so is left out of resolved scenarios.
    pub fn is_default(&self) -> bool {
        *self == ClassId::DEFAULT
    }
}

/// A part of a link.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPart {
    /// So much, or all of a link that is slower.
    Rate(Rate),
    /// This share of its rate, 0–1.
    Share(f64),
}

impl LinkPart {
    fn portion(self) -> Portion {
        match self {
            LinkPart::Rate(rate) => Portion::Units((rate.bytes_per_s() * UNIT as f64) as u64),
            LinkPart::Share(share) => Portion::Share(share),
        }
    }
}

/// A traffic class, as every network adapter and switch port treats it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrafficClass {
    /// Name in the scenario.
    pub name: String,
    /// Lower numbers are served first (strict priority).
    pub priority: u32,
    /// Its part of what a link shares out within the priority (≥ 1).
    pub weight: u32,
    /// What it gets of a link before anyone's excess.
    pub guarantee: Option<LinkPart>,
    /// Most it may take of a link.
    pub cap: Option<LinkPart>,
    /// How many or how fast its requests are let in; `None`: all at once.
    pub admission: Option<Admission>,
}

/// Admission at the clients, over the whole class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Admission {
    /// How much is let in.
    pub limit: Limit,
    /// What becomes of the others.
    pub beyond: Beyond,
}

/// How much of a class is let in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Requests on their way at once, from client to last byte.
    Requests(u32),
    /// Payload: a request is let in when those before it, at this rate, are through.
    Rate(Rate),
}

/// What becomes of requests beyond the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// They wait at the client, first come, first served.
    Queue,
    /// The client backs off as after a `503` and tries again.
    Refuse,
}

/// The classes as links know them; none: links do not tell traffic apart.
pub fn on_links(classes: &Table<ClassId, TrafficClass>) -> Vec<Class> {
    let of = |class: &TrafficClass| Class {
        priority: class.priority,
        weight: class.weight,
        guarantee: class.guarantee.map_or(Portion::NONE, LinkPart::portion),
        cap: class.cap.map_or(Portion::ALL, LinkPart::portion),
    };
    classes.rows().iter().map(of).collect()
}

/// The class called `name`.
pub fn named(classes: &Table<ClassId, TrafficClass>, name: &str) -> Option<ClassId> {
    classes.rows().iter().position(|class| class.name == name).map(ClassId::from_index)
}
