//! Ways to another site: to the border, over the links that the metric picks, and in.

use super::{Router, marked};
use crate::fabric::graph::{Graph, LinkId, VertexId};
use crate::kernel::id::Id;
use crate::model::{SiteId, towards};

impl Router {
    /// Where a message at `at` for `to` heads within its site: `to` itself, or the border; there it
    /// takes the link that [`Router::far_link`] names.
    pub(super) fn heading(graph: &Graph, at: VertexId, to: VertexId) -> VertexId {
        match graph.sites[at] == graph.sites[to] {
            true => to,
            false => graph.borders[graph.sites[at] as usize],
        }
    }

    /// Learns which links lead to the site of `to`, unless it lies in the same site.
    pub(super) fn learn_far(&mut self, graph: &Graph, from: VertexId, to: VertexId) {
        let site = graph.sites[to] as usize;
        if graph.sites[from] as usize == site {
            return;
        }
        let sites = graph.borders.len();
        if self.far.len() < sites {
            self.far.resize(sites, None);
        }
        if self.far[site].is_some() {
            return;
        }
        let withdrawn = &self.withdrawn;
        let direction = |wan: crate::model::WanId, from: SiteId| -> LinkId {
            let back = graph.wan_specs[wan].ends[0] != from;
            graph.wans[2 * wan.index() + usize::from(back)]
        };
        let usable = |wan, from| !marked(withdrawn, direction(wan, from));
        let metric = self.routing.wan_metric;
        let to = SiteId::from_index(site);
        let next = towards(sites, &graph.wan_specs, metric, to, &usable);
        let link = |(from, wan): (usize, Option<crate::model::WanId>)| {
            wan.map(|wan| direction(wan, SiteId::from_index(from)))
        };
        self.far[site] = Some(next.into_iter().enumerate().map(link).collect());
    }

    /// The link from the border of one site on the way to another.
    pub(super) fn far_link(&self, graph: &Graph, at: VertexId, to: VertexId) -> Option<LinkId> {
        let table = self.far[graph.sites[to] as usize].as_ref().expect("learnt before");
        table[graph.sites[at] as usize]
    }
}
