//! What a design consists of and costs to buy, and what it takes to get there from another.

use crate::model::{Parts, Scenario, Tenure};

/// A line of a bill of materials.
#[derive(Debug, Clone, PartialEq)]
pub struct BillLine {
    /// What it is.
    pub part: String,
    /// Which kind, if the scenario says.
    pub model: String,
    /// How many.
    pub count: u64,
    /// US dollars each; none: not priced by itself.
    pub price_usd: Option<f64>,
    /// Where the price comes from, or why there is none.
    pub source: String,
}

impl BillLine {
    /// US dollars of them all.
    pub fn cost_usd(&self) -> Option<f64> {
        self.price_usd.map(|price| price * self.count as f64)
    }
}

/// Everything that is in a scenario, counted and priced.
pub fn bill(scenario: &Scenario) -> Vec<BillLine> {
    let parts = Parts::of(scenario);
    // With prices at all, nothing is left unpriced (`spec::resolve::money::needed`).
    let money = scenario.money.as_ref();
    let unpriced = match money.map(|money| money.tenure) {
        None => "not priced".to_owned(),
        Some(Tenure::Owned) => "in another price".to_owned(),
        Some(tenure) => format!("rented {}", tenure.name()),
    };
    let bought = money.filter(|money| money.tenure == Tenure::Owned);
    let mut lines = Vec::new();
    let mut line = |part: &str, model: String, count: u64, key: &str| {
        let input = bought.and_then(|money| money.input(key));
        if count > 0 {
            lines.push(BillLine {
                part: part.to_owned(),
                model,
                count,
                price_usd: input.map(|input| input.value),
                source: input.map_or(unpriced.clone(), |input| input.source.clone()),
            });
        }
    };
    for (group, (name, nodes, gpus)) in scenario
        .groups
        .rows()
        .iter()
        .filter(|group| group.name != crate::model::CACHE_HOST)
        .zip(&parts.groups)
    {
        let (what, model, key) = match gpus {
            0 => ("node without GPUs", String::new(), "price.cpu_node"),
            gpus => ("GPU node", format!("{gpus} × {}", group.gpu.name), "price.node"),
        };
        line(&format!("{what} \"{name}\""), model, *nodes, key);
    }
    let store = &scenario.store;
    let drive = store.media.as_ref().map_or(String::new(), |media| media.device.name.clone());
    let spec = &scenario.fabrics[scenario.storage_fabric];
    let switch = spec
        .ports
        .map_or(String::new(), |ports| format!("{} ports of {}", ports.count, ports.rate));
    line("network adapter port", String::new(), parts.nics, "price.nic");
    line("switch", switch, parts.switches, "price.switch");
    line("cable", String::new(), parts.cables, "price.cable");
    line("transceiver", String::new(), parts.optics, "price.optic");
    let gateway = format!("{} × {}", store.controller.nic.ports, store.controller.nic.name);
    line("store gateway", gateway, parts.controllers, "price.controller");
    line("storage node", String::new(), parts.storage_nodes, "price.storage_node");
    line("drive", drive, parts.devices, "price.device");
    lines
}

/// What it costs to get from one scenario to another, US dollars: parts that are more are bought, parts
/// of another kind all of them, none are sold. Parts without a price cost nothing.
pub fn upgrade(from: &Scenario, to: &Scenario) -> f64 {
    let (old, new) = (Parts::of(from), Parts::of(to));
    let price = |key: &str| {
        to.money.as_ref().and_then(|money| money.input(key)).map_or(0.0, |input| input.value)
    };
    let more = |same: bool, old: u64, new: u64| if same { new.saturating_sub(old) } else { new };
    let mut cost = 0.0;
    for (i, (name, count, gpus)) in new.groups.iter().enumerate() {
        let before = old.groups.iter().position(|(other, ..)| other == name);
        let had = before.map_or(0, |place| old.groups[place].1);
        let same = before.is_some_and(|place| {
            let (mut a, mut b) = (from.groups.rows()[place].clone(), to.groups.rows()[i].clone());
            (a.count, b.count) = (0, 0);
            // What runs on a node is no part of it.
            a.client = b.client.clone();
            a == b
        });
        let key = if *gpus > 0 { "price.node" } else { "price.cpu_node" };
        cost += price(key) * more(same, had, *count) as f64;
    }
    let ports = |scenario: &Scenario| scenario.fabrics[scenario.storage_fabric].ports;
    let media = |scenario: &Scenario| {
        let media = scenario.store.media.as_ref();
        media.map(|media| (media.device.clone(), media.devices_per_node, media.node_rate))
    };
    let adapter = |scenario: &Scenario| scenario.store.controller.nic.clone();
    let disks = media(from) == media(to);
    for (same, old, new, key) in [
        (true, old.nics, new.nics, "price.nic"),
        (ports(from) == ports(to), old.switches, new.switches, "price.switch"),
        (true, old.cables, new.cables, "price.cable"),
        (true, old.optics, new.optics, "price.optic"),
        (adapter(from) == adapter(to), old.controllers, new.controllers, "price.controller"),
        (disks, old.storage_nodes, new.storage_nodes, "price.storage_node"),
        (disks, old.devices, new.devices, "price.device"),
    ] {
        cost += price(key) * more(same, old, new) as f64;
    }
    cost
}
