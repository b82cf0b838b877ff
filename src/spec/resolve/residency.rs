//! Residency: whether every use of a dataset keeps to the regions that its rule allows.

use crate::kernel::id::Id;
use crate::model::{DatasetId, Passage, Scenario, SiteId};
use crate::spec::error::Diagnostic;
use crate::spec::reader::Context;

/// Refuses every use that would break a rule: a copy, a read or write, a delivery, each on every hop.
pub fn check(context: &Context, scenario: &Scenario) {
    let read = ["site", "wan", "nodes", "dataset", "training", "load", "delivery", "fabric"];
    if !read.iter().all(|path| context.sound(path)) {
        return;
    }
    for (dataset, data) in scenario.datasets.iter() {
        let Some(patterns) = &data.allowed_regions else { continue };
        let rule = Rule { context, scenario, dataset, path: rule_path(context, scenario, dataset) };
        if scenario.sites.is_empty() {
            let help = "give the scenario [[site]] tables with a `region`, or remove the rule";
            rule.refuse("no region is known, so none is allowed", help.into());
            continue;
        }
        if let Some(bad) = patterns.iter().find(|p| p.trim_end_matches('*').contains('*')) {
            let message = format!("\"{bad}\" is not a pattern: a star may stand at the end only");
            rule.refuse(&message, "write a prefix and one star: \"eu-*\"".into());
            continue;
        }
        rule.copies();
        if !context.sound(&rule.path) {
            continue;
        }
        for (_, name, home, op) in scenario.uses().filter(|user| user.0 == dataset) {
            for site in scenario.chosen(dataset, home, op) {
                rule.moves(&format!("\"{name}\" gets \"{}\"", data.name), site, home);
            }
        }
        for delivery in scenario.deliveries.iter().filter(|d| d.dataset == dataset) {
            for (from, to) in scenario.legs_of(delivery) {
                rule.moves(&format!("\"{}\" moves \"{}\"", delivery.name, data.name), from, to);
            }
        }
    }
}

/// Where a dataset's rule stands: in its own table, or in the job's that brings it along.
fn rule_path(context: &Context, scenario: &Scenario, dataset: DatasetId) -> String {
    let own = format!("dataset.{}.allowed_regions", dataset.index());
    if context.has(&own) {
        return own;
    }
    let training = scenario.training.iter().map(|job| job.dataset).enumerate();
    let training = training.map(|(i, id)| (format!("training.{i}"), id));
    let loads = scenario.loads.iter().map(|load| load.dataset).enumerate();
    let loads = loads.map(|(i, id)| (format!("load.{i}"), id));
    let of = training.chain(loads).find(|(_, id)| *id == dataset);
    of.map_or(own, |(path, _)| format!("{path}.dataset.allowed_regions"))
}

struct Rule<'a> {
    context: &'a Context,
    scenario: &'a Scenario,
    dataset: DatasetId,
    path: String,
}

impl Rule<'_> {
    fn refuse(&self, message: &str, help: String) {
        let place = self.context.place(&self.path);
        let finding = Diagnostic::error(&place, message, "the rule").help(help);
        self.context.report(&self.path, finding);
    }

    /// A copy at rest is a hop too.
    fn copies(&self) {
        let scenario = self.scenario;
        let held = scenario.replicas(self.dataset);
        let may = |site: &SiteId| scenario.may_be(self.dataset, *site);
        let Some(first) = held.iter().find(|site| !may(site)) else { return };
        let name = &scenario.datasets[self.dataset].name;
        let message = format!("residency: a copy of \"{name}\" is at {}", scenario.told(&[*first]));
        let serving = scenario.sites.iter().filter(|(id, site)| site.serves() && may(id));
        let names: Vec<String> = serving.map(|(_, site)| format!("\"{}\"", site.name)).collect();
        let help = match names.is_empty() {
            true => {
                "denied: no site with a gateway is in a region that the rule allows".to_string()
            }
            false => format!("denied; allowed: replicas = [{}]", names.join(", ")),
        };
        self.refuse(&message, help);
    }

    /// One movement, by the network's way.
    fn moves(&self, who: &str, from: SiteId, to: SiteId) {
        let scenario = self.scenario;
        let Some(passage) = scenario.passage(from, to) else { return };
        let Some(place) = scenario.offence(self.dataset, &passage) else { return };
        let at = scenario.told(&passage.sites[place..=place]);
        let message = format!(
            "residency: {who} over {}: hop {} of {}, {at}, is denied",
            self.told(&passage),
            place + 1,
            passage.sites.len()
        );
        let copies = scenario.replicas(self.dataset);
        let help = match scenario.cheapest_allowed(self.dataset, &copies, to) {
            Some(allowed) => {
                format!(
                    "the cheapest way that is allowed: {}; {}",
                    self.told(&allowed),
                    self.way_to(&allowed)
                )
            }
            None => "no way that is allowed leads there from any copy".to_string(),
        };
        self.refuse(&message, help);
    }

    /// `a (r) → b (s) at 0.02 USD/GB, 25 ms`.
    fn told(&self, passage: &Passage) -> String {
        let price = crate::kernel::units::UsdPerGb(passage.price);
        format!("{} at {price}, {}", self.scenario.told(&passage.sites), passage.round_trip)
    }

    /// What makes the network and the choice take an allowed way.
    fn way_to(&self, allowed: &Passage) -> String {
        let (from, to) = (allowed.sites[0], allowed.sites[allowed.sites.len() - 1]);
        let name = &self.scenario.sites[from].name;
        match self.scenario.passage(from, to).as_ref() == Some(allowed) {
            true => format!("to take it, name that copy alone: replicas = [\"{name}\"]"),
            false => "the network's wan_metric leads another way".to_string(),
        }
    }
}
