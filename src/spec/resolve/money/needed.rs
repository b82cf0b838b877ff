//! Which prices the scenario needs: an unknown one is refused, with what it is of and how to give it.

use super::report;
use crate::model::{Depreciation, Money, Parts, Scenario, Tenure};
use crate::spec::error::Diagnostic;
use crate::spec::fields::{Kind, grouped};
use crate::spec::raw::price::{FACILITY, FINANCE};
use crate::spec::reader::Reader;

/// Looks for what is missing, and reports all of it.
pub fn check(top: &Reader<'_>, price: &Reader<'_>, scenario: &Scenario, money: &Money) {
    let need = Need { top, price, money };
    if money.prices_ownership() {
        owned(&need, scenario, &Parts::of(scenario));
    }
    if let Some(rent) = money.tenure.rent_key() {
        need.price(rent, &format!("the cluster is rented ({})", money.tenure.name()));
    }
    if money.input("price.rent_spot").is_some() {
        need.number("finance.spot_interruptions", "spot GPUs are interrupted");
        need.number("finance.spot_lost", "an interruption loses work");
    }
    if money.input("price.staff").is_some() {
        need.number("finance.staff", "staff has a price");
    }
    if money.input("finance.staff").is_some() {
        need.price("price.staff", "there is staff");
    }
    if money.currency.is_some() {
        need.price("price.exchange", "results are shown in another currency too");
    }
    if money.replicate.is_some() && money.storage.is_none() {
        need.price("price.storage", "a copy takes space in object storage");
    }
}

/// What owning the cluster takes.
fn owned(need: &Need<'_, '_>, scenario: &Scenario, parts: &Parts) {
    let money = need.money;
    let with = |gpus: bool| -> u64 {
        parts.groups.iter().filter(|g| (g.2 > 0) == gpus).map(|(_, nodes, _)| *nodes).sum()
    };
    let (gpu_nodes, cpu_nodes) = (with(true), with(false));
    need.counted("price.node", gpu_nodes, "GPU nodes");
    need.counted("price.cpu_node", cpu_nodes, "nodes without GPUs");
    need.counted("price.nic", parts.nics, "ports of nodes' network adapters");
    need.counted("price.switch", parts.switches, "switches");
    let lump = "price.cables_optics";
    if money.input(lump).is_none() && !money.is_included(lump) {
        need.counted("price.cable", parts.cables, "cables");
        need.counted("price.optic", parts.optics, "transceivers");
    }
    let paid_elsewhere = |key: &str| money.is_included(key);
    let powered = !["price.electricity", "price.colocation"].into_iter().all(paid_elsewhere);
    let why = |count: u64, what: &str| format!("{what}: {}", grouped(count));
    for (key, count, what) in [
        ("facility.node_power_active", gpu_nodes, "GPU nodes"),
        ("facility.node_power_idle", gpu_nodes, "GPU nodes"),
        ("facility.cpu_node_power", cpu_nodes, "nodes without GPUs"),
        ("facility.switch_power", parts.switches, "switches"),
    ] {
        if count > 0 && powered {
            need.number(key, &why(count, what));
        }
    }
    if powered {
        need.number("facility.pue", "energy is paid for at the meter");
    }
    need.price("price.electricity", "the cluster takes power");
    if money.input("price.building").is_none() {
        need.price("price.colocation", "the cluster stands somewhere (or give `building`)");
    } else {
        need.number("facility.life", "the own building is written off");
    }
    need.number("finance.life", "hardware is written off");
    need.number("finance.maintenance", "hardware is maintained");
    let compares = ["price.rent_on_demand", "price.rent_reserved", "price.rent_spot"];
    let annuity = money.depreciation == Depreciation::Annuity;
    if annuity || compares.iter().any(|key| money.input(key).is_some()) {
        need.number("finance.wacc", "money now is compared with money later");
    }
    if money.storage.is_none() && !money.is_included("price.storage") {
        if scenario.store.media.is_none() && money.tenure == Tenure::Owned {
            need.price("price.controller", "the store has gateways (or give `storage`)");
        }
        need.counted("price.controller", parts.controllers, "gateways of the store");
        need.counted("price.storage_node", parts.storage_nodes, "storage nodes");
        need.counted("price.device", parts.devices, "drives");
        if powered && !money.is_included("price.controller") {
            need.number("facility.controller_power", &why(parts.controllers, "gateways"));
        }
        if powered && parts.storage_nodes > 0 && !money.is_included("price.storage_node") {
            need.number("facility.storage_node_power", &why(parts.storage_nodes, "storage nodes"));
        }
    }
}

struct Need<'a, 'c> {
    top: &'a Reader<'c>,
    price: &'a Reader<'c>,
    money: &'a Money,
}

impl Need<'_, '_> {
    fn counted(&self, key: &str, count: u64, what: &str) {
        if count > 0 {
            self.price(key, &format!("{what}: {}", grouped(count)));
        }
    }

    /// A price that must be known, or be part of another.
    fn price(&self, key: &str, why: &str) {
        let name = key.trim_start_matches("price.");
        let written = self.price.node(name).is_some();
        if self.money.input(key).is_some() || self.money.is_included(key) || written {
            return;
        }
        let help = match self.price.kind(name) {
            Kind::Price(unit) => format!(
                "under [price]: {name} = {{ amount = \"… {unit}\", source = \"…\", as_of = \
                 \"2026-01\" }}, or {name} = \"included\" if another price holds it"
            ),
            _ => format!("under [price]: {name} = the name of an entry of `catalog.tariffs`"),
        };
        self.missing(name, format!("the price `price.{name}` is not known ({why})"), help);
    }

    /// A number that must be known.
    fn number(&self, key: &str, why: &str) {
        if self.money.input(key).is_some() {
            return;
        }
        let (table, name) = key.split_once('.').expect("a table and a key");
        if self.price.context.has(key) {
            return;
        }
        let section = if table == "facility" { &FACILITY } else { &FINANCE };
        let unit = match section.field(name).map(|field| field.kind) {
            Some(Kind::Assumption("1")) => "…".to_string(),
            Some(Kind::Assumption(unit)) => format!("\"… {unit}\""),
            _ => "…".to_string(),
        };
        let help = format!("under [{table}]: {name} = {unit}");
        self.missing(key, format!("`{key}` is not known ({why})"), help);
    }

    fn missing(&self, key: &str, message: String, help: String) {
        let label = format!("`{}` is missing", key.trim_start_matches("price."));
        // At the table that it belongs to, if there is one.
        let table = key.split_once('.').and_then(|(table, _)| self.top.node(table));
        let place = table.map_or(&self.price.place, |node| &node.place);
        let finding = Diagnostic::error(place, message, label).help(help);
        report(self.price.context, self.price, key, finding);
    }
}
