//! Sites, and the wide-area links that join them.

use super::{CacheSpec, GroupId};
use crate::define_id;
use crate::kernel::dist::Dist;
use crate::kernel::time::Span;
use crate::kernel::units::{Rate, UsdPerGb};
use serde::Serialize;
use std::ops::Range;

define_id!(
    /// A site.
    SiteId,
    /// A link between two sites.
    WanId,
);

/// A place with a copy of the storage network of its own, behind one border router.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Site {
    /// Name; hosts and switches there are called `name/…`. Empty: the only site of a scenario that
    /// names none.
    pub name: String,
    /// Region it lies in, for residency; `None`: not said.
    pub region: Option<String>,
    /// Groups of nodes there.
    pub groups: Vec<GroupId>,
    /// Gateways there: numbers of controllers, which are counted over all sites.
    pub controllers: Range<u32>,
    /// Storage nodes there, counted likewise.
    pub storage_nodes: Range<u32>,
    /// Line rate of the cable from each switch of the top tier to the border router; `None`: as much
    /// as all links of the site together.
    pub trunk: Option<Rate>,
    /// A cache in front of other sites' copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheSpec>,
}

/// The group of nodes that a site's cache is.
pub const CACHE_HOST: &str = "cache";

/// A link between the border routers of two sites, the same both ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wan {
    /// Name in the scenario.
    pub name: String,
    /// Its ends.
    pub ends: [SiteId; 2],
    /// Line rate, each direction.
    pub rate: Rate,
    /// Propagation, one way: half the round trip.
    pub latency: Span,
    /// Added to every packet, one way, order kept; seconds.
    pub jitter: Option<Dist>,
    /// Probability of a loss event per segment.
    pub loss: f64,
    /// Of every byte carried, either way.
    pub price: UsdPerGb,
}

impl Site {
    /// The name of a host or switch at the site.
    pub fn name_of(&self, local: &str) -> String {
        if self.name.is_empty() { local.to_string() } else { format!("{}/{local}", self.name) }
    }

    /// The name of one of its gateways, by its number over all sites.
    pub fn controller_name(&self, controller: u32) -> String {
        self.name_of(&format!("controller-{}", controller - self.controllers.start))
    }

    /// The name of one of its storage nodes, by its number over all sites.
    pub fn storage_node_name(&self, node: u32) -> String {
        self.name_of(&format!("storage-{}", node - self.storage_nodes.start))
    }

    /// The name of the router that its wide-area links end at.
    pub fn border_name(&self) -> String {
        self.name_of("border")
    }

    /// Whether it has a gateway.
    pub fn serves(&self) -> bool {
        !self.controllers.is_empty()
    }
}

impl Wan {
    /// The other end, if `site` is one of them.
    pub fn across(&self, site: SiteId) -> Option<SiteId> {
        match self.ends {
            [a, b] if a == site => Some(b),
            [a, b] if b == site => Some(a),
            _ => None,
        }
    }
}
