//! Several sites: each has its own copy of the shape behind a border router, and links join the
//! borders.

use super::{Plan, PlanBox, PlanCable, PlanHost, Role, Run, Wiring};
use crate::kernel::id::Id;
use crate::kernel::units::Rate;
use crate::model::{Scenario, Site, SiteId};

impl Wiring<'_> {
    /// Joins the boxes of the site's top tier to a border router; `first` is the site's first box. A
    /// site without hosts is a border alone: others' traffic passes.
    pub(super) fn border(&mut self, scenario: &Scenario, site: &Site, first: usize) -> u32 {
        let tier = |part: &PlanBox| match part.role {
            Role::Switch(tier) => Some(tier),
            _ => None,
        };
        let own = &self.boxes[first..];
        let router = own.iter().any(|part| part.role == Role::Router);
        let top = own.iter().filter_map(tier).max();
        let is_top = |part: &PlanBox| match router {
            true => part.role == Role::Router,
            false => top.is_some() && tier(part) == top,
        };
        let uppermost: Vec<u32> = (first..self.boxes.len())
            .filter(|i| is_top(&self.boxes[*i]))
            .map(|i| i as u32)
            .collect();
        self.boxes.push(PlanBox {
            name: site.border_name(),
            role: Role::Border,
            site: self.site,
            forwarding: self.spec.forwarding,
            inspection: None,
        });
        let border = self.boxes.len() as u32 - 1;
        let rate = site.trunk.unwrap_or_else(|| outward(scenario, SiteId(self.site)));
        for part in uppermost {
            self.trunk(part, border, rate, self.spec.switch_propagation, "border");
        }
        border
    }

    /// Lays the links between the borders of the sites, in file order.
    pub(super) fn wans(&mut self, scenario: &Scenario, borders: &[u32]) {
        for wan in scenario.wans.rows() {
            let [low, high] = wan.ends.map(|site| borders[site.index()]);
            self.cables.push(PlanCable {
                low,
                high,
                run: Run::Wan,
                rate: wan.rate,
                propagation: wan.latency,
                tier: wan.name.clone(),
            });
        }
    }
}

/// The rate of all links of a site together.
fn outward(scenario: &Scenario, site: SiteId) -> Rate {
    let own = scenario.wans.rows().iter().filter(|wan| wan.across(site).is_some());
    Rate(own.fold(0, |sum: u64, wan| sum.saturating_add(wan.rate.0)))
}

/// Every host of a network at a site, not plugged in yet: compute nodes over its groups, then
/// controllers.
pub(super) fn hosts<'a>(
    scenario: &'a Scenario,
    (id, site): (SiteId, &Site),
    compute: bool,
    with_store: bool,
) -> Vec<PlanHost<'a>> {
    let host = |local: String, number, nic, is_store| PlanHost {
        name: site.name_of(&local),
        local,
        number,
        nic,
        is_store,
        site: id.0,
        ports: Vec::new(),
    };
    let mut hosts = Vec::new();
    for &id in &site.groups {
        let before = scenario.groups.rows()[..id.index()].iter();
        let first: u32 = before.map(|group| group.count).sum();
        let group = &scenario.groups[id];
        let separate = if compute { group.compute_nic.as_ref() } else { None };
        let nic = separate.unwrap_or(&group.storage_nic);
        let named = |i| host(format!("{}-{i}", group.name), first + i, nic, false);
        hosts.extend((0..group.count).map(named));
    }
    if with_store {
        let nic = &scenario.store.controller.nic;
        let first = site.controllers.start;
        let named = |i| host(format!("controller-{}", i - first), i, nic, true);
        hosts.extend(site.controllers.clone().map(named));
    }
    hosts
}

impl<'a> Plan<'a> {
    /// The network of every site, and the links between them if this is the store's network.
    pub(super) fn of_sites(
        wiring: &mut Wiring<'_>,
        scenario: &'a Scenario,
        compute: bool,
        with_store: bool,
    ) -> Vec<PlanHost<'a>> {
        let (mut all, mut borders) = (Vec::new(), Vec::new());
        for (id, site) in scenario.places().iter() {
            let first = wiring.boxes.len();
            (wiring.prefix, wiring.site) = (site.name_of(""), id.0);
            let mut hosts = hosts(scenario, (id, site), compute, with_store);
            if !hosts.is_empty() {
                wiring.planes(&mut hosts);
            }
            all.extend(hosts);
            if with_store && !scenario.wans.is_empty() {
                borders.push(wiring.border(scenario, site, first));
            }
        }
        if with_store {
            wiring.wans(scenario, &borders);
        }
        all
    }
}
