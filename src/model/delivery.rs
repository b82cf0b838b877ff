//! Managed delivery: jobs that copy a dataset to another site.

use super::{ClassId, DatasetId, GroupId, Scenario, SiteId};
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use serde::Serialize;

/// A copying job: GET at one site, PUT at another, by movers on nodes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delivery {
    /// Name in the scenario.
    pub name: String,
    /// What for.
    pub kind: DeliveryKind,
    /// Nodes that its movers run on.
    pub group: GroupId,
    /// What is copied, object by object in order of their numbers.
    pub dataset: DatasetId,
    /// Where it is read.
    pub from: SiteId,
    /// Where it is written; from then on an object's reads may go there.
    pub to: SiteId,
    /// Objects under way at once.
    pub concurrency: u32,
    /// Most bytes a second, in the mean, that are begun; `None`: as fast as it goes.
    pub rate: Option<Rate>,
    /// When it begins.
    pub start: Span,
    /// The training job (by its place) that begins when all is there; `None`: nobody waits.
    pub holds: Option<u32>,
    /// Traffic class of its requests.
    #[serde(skip_serializing_if = "ClassId::is_default")]
    pub class: ClassId,
}

/// What a copy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// A copy at another site, in the background.
    Replicate,
    /// A copy at the site of a job that is going to read it, or reads it already.
    Prefetch,
}

impl Scenario {
    /// From where to where a delivery moves its bytes: to its movers, and on.
    pub fn legs_of(&self, delivery: &Delivery) -> [(SiteId, SiteId); 2] {
        let home = self.site_of(delivery.group).unwrap_or(delivery.to);
        [(delivery.from, home), (home, delivery.to)]
    }
}
