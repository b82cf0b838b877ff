//! Where a dataset may be: the regions that its rule allows, on every hop.

use super::{DatasetId, Op, ReplicaChoice, Scenario, SiteId, Wan, WanId, WanMetric, way};
use crate::kernel::time::Span;

/// A dataset's way from a site that holds or makes it to one that gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Sites in order; one alone if nothing is passed.
    pub sites: Vec<SiteId>,
    /// Links between them.
    pub links: Vec<WanId>,
    /// Their round trip.
    pub round_trip: Span,
    /// Price of 2³⁰ bytes, 1e-9 dollars.
    pub price: i128,
}

/// Whether `region` is one that a rule allows: default deny, and what is not known is denied.
pub fn allows(patterns: &[String], region: Option<&str>) -> bool {
    let Some(region) = region else { return false };
    let fits = |pattern: &String| match pattern.strip_suffix('*') {
        Some(start) => region.starts_with(start),
        None => pattern == region,
    };
    patterns.iter().any(fits)
}

impl Scenario {
    /// Whether a dataset may be at a site.
    pub fn may_be(&self, dataset: DatasetId, site: SiteId) -> bool {
        let Some(patterns) = &self.datasets[dataset].allowed_regions else { return true };
        allows(patterns, self.sites[site].region.as_deref())
    }

    /// How the network leads from one site to another; `None` if there is no way.
    pub fn passage(&self, from: SiteId, to: SiteId) -> Option<Passage> {
        let metric = self.fabrics[self.storage_fabric].routing.wan_metric;
        self.passage_by(metric, from, to, &|_, _| true)
    }

    fn passage_by(
        &self,
        metric: WanMetric,
        from: SiteId,
        to: SiteId,
        usable: &dyn Fn(WanId, SiteId) -> bool,
    ) -> Option<Passage> {
        let links = way(&self.sites, &self.wans, metric, (from, to), usable)?;
        let mut passage =
            Passage { sites: vec![from], links: Vec::new(), round_trip: Span::ZERO, price: 0 };
        for link in links {
            let wan: &Wan = &self.wans[link];
            let at = passage.sites[passage.sites.len() - 1];
            passage.sites.push(wan.across(at).expect("a site's own link"));
            passage.links.push(link);
            passage.round_trip += wan.latency.times(2);
            passage.price += wan.price.0;
        }
        Some(passage)
    }

    /// The place on a passage of the first site where the dataset may not be.
    pub fn offence(&self, dataset: DatasetId, passage: &Passage) -> Option<usize> {
        passage.sites.iter().position(|site| !self.may_be(dataset, *site))
    }

    /// Whether the network's way between two sites, ends included, is one that the dataset may take.
    pub fn may_pass(&self, dataset: DatasetId, from: SiteId, to: SiteId) -> bool {
        self.datasets[dataset].allowed_regions.is_none()
            || self.passage(from, to).is_some_and(|p| self.offence(dataset, &p).is_none())
    }

    /// The cheapest way, then the shortest round trip, that the rule allows from any of `copies` to
    /// `to`; the network need not lead there by itself.
    pub fn cheapest_allowed(
        &self,
        dataset: DatasetId,
        copies: &[SiteId],
        to: SiteId,
    ) -> Option<Passage> {
        if !self.may_be(dataset, to) {
            return None;
        }
        let usable = |wan: WanId, _: SiteId| {
            self.wans[wan].ends.iter().all(|site| self.may_be(dataset, *site))
        };
        let may = copies.iter().filter(|site| self.may_be(dataset, **site));
        may.filter_map(|from| self.passage_by(WanMetric::Price, *from, to, &usable))
            .min_by_key(|p| (p.price, p.round_trip, p.sites[0]))
    }

    /// The sites that a job at `home` reads a dataset from (or writes it to) while all is well: one,
    /// or with the least loaded chosen any that can be reached.
    pub fn chosen(&self, dataset: DatasetId, home: SiteId, op: Op) -> Vec<SiteId> {
        let choice = match op {
            Op::Get => self.store.replica_choice,
            Op::Put => ReplicaChoice::Nearest,
        };
        let reached = |site: SiteId| self.passage(site, home).map(|p| (site, p));
        let reached: Vec<_> = self.replicas(dataset).into_iter().filter_map(reached).collect();
        let rank = |(site, p): &&(SiteId, Passage)| match choice {
            ReplicaChoice::Cheapest => (p.price, p.round_trip, *site),
            _ => (0, p.round_trip, *site),
        };
        match choice {
            ReplicaChoice::LeastLoaded => reached.into_iter().map(|(site, _)| site).collect(),
            _ => reached.iter().min_by_key(rank).map(|(site, _)| *site).into_iter().collect(),
        }
    }

    /// `frankfurt (eu-central-1) → dublin (eu-west-1)`.
    pub fn told(&self, sites: &[SiteId]) -> String {
        let one = |site: &SiteId| {
            let site = &self.sites[*site];
            format!("{} ({})", site.name, site.region.as_deref().unwrap_or("region unknown"))
        };
        sites.iter().map(one).collect::<Vec<_>>().join(" → ")
    }

    /// What is said of every use of a dataset with a rule, where all of them are allowed.
    pub fn verdicts(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (dataset, data) in self.datasets.iter() {
            let Some(patterns) = &data.allowed_regions else { continue };
            let rule = patterns.join(", ");
            let mut say = |who: &str, sites: &[SiteId]| {
                found.push(format!(
                    "\"{}\" allowed: {who} over {}; every region fits {rule}",
                    data.name,
                    self.told(sites)
                ));
            };
            for (_, name, home, op) in self.uses().filter(|user| user.0 == dataset) {
                for site in self.chosen(dataset, home, op) {
                    let passage = self.passage(site, home);
                    passage.iter().for_each(|p| say(&format!("{name} gets it"), &p.sites));
                }
            }
            for delivery in self.deliveries.iter().filter(|d| d.dataset == dataset) {
                for (from, to) in self.legs_of(delivery) {
                    let passage = self.passage(from, to);
                    passage
                        .iter()
                        .for_each(|p| say(&format!("{} moves it", delivery.name), &p.sites));
                }
            }
        }
        found
    }

    /// Every job's use of a dataset: which, whose, where, how.
    pub fn uses(&self) -> impl Iterator<Item = (DatasetId, &str, SiteId, Op)> {
        let training = self.training.iter().map(|job| (job.dataset, &job.name, job.group, Op::Get));
        let loads = self.loads.iter().map(|load| (load.dataset, &load.name, load.group, load.op));
        training.chain(loads).filter_map(|(dataset, name, group, op)| {
            Some((dataset, name.as_str(), self.site_of(group)?, op))
        })
    }
}
