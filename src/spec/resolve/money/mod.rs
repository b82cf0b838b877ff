//! Money: `[price]`, `[facility]`, `[finance]`, `[[fix]]`, `[replicate]`, `[sensitivity]`.

mod inputs;
mod needed;

use super::look_up;
use crate::model::{Depreciation, Fix, Money, Replicate, Scenario, Tenure};
use crate::spec::document::Node;
use crate::spec::error::Diagnostic;
use crate::spec::reader::{Context, Reader};
use inputs::Inputs;
use std::collections::BTreeMap;

/// The tables that only money reads.
const TABLES: [&str; 6] = ["price", "facility", "finance", "fix", "replicate", "sensitivity"];

/// What the scenario says of money; `None` if nothing.
pub fn money(top: &Reader<'_>, scenario: &Scenario) -> Option<Money> {
    if !TABLES.iter().any(|key| top.node(key).is_some()) {
        return None;
    }
    let Some(price) = top.child("price") else {
        let help = "add a [price] table; `gapcast schema --keys` lists its keys";
        let first = TABLES.iter().find(|key| top.node(key).is_some()).expect("one is there");
        top.error_at(first, "there are no prices to count with".into(), "of what?", help.into());
        return None;
    };
    let facility = top.child("facility").expect("it has a default");
    let finance = top.child("finance").expect("it has a default");
    let mut inputs = Inputs::default();
    inputs.table(&price);
    let mut tariff = |key: &str, unit: &str| {
        if price.node(key).and_then(Node::text) == Some("included") {
            inputs.included.push(price.join(key));
            return None;
        }
        price.child(key).map(|r| inputs.tariff(&r, unit))
    };
    let (storage, egress) = (tariff("storage", "USD/GB/month"), tariff("egress", "USD/GB"));
    inputs.table(&facility);
    inputs.table(&finance);
    inputs.transfers(top, scenario);
    let fixes: Vec<Fix> = top.children("fix").iter().map(|r| fix(r, &mut inputs)).collect();
    let replicate = top.child("replicate").and_then(|r| replicate(&r, scenario, &mut inputs));
    let sensitivity = top.child("sensitivity").expect("it has a default");
    let money = Money {
        inputs: inputs.list,
        included: inputs.included,
        tenure: match finance.get::<String>("cluster").as_str() {
            "on-demand" => Tenure::OnDemand,
            "reserved" => Tenure::Reserved,
            "spot" => Tenure::Spot,
            _ => Tenure::Owned,
        },
        depreciation: match finance.get::<String>("depreciation").as_str() {
            "declining-balance" => Depreciation::DecliningBalance,
            "annuity" => Depreciation::Annuity,
            _ => Depreciation::StraightLine,
        },
        year: f64::from(finance.get::<u32>("year")),
        term: finance.opt("term"),
        storage,
        egress,
        currency: finance.opt("currency"),
        fixes,
        replicate,
        teams: teams(&finance),
        swing: sensitivity.get("swing"),
        samples: sensitivity.get("samples"),
    };
    if ["nodes", "fabric", "store"].iter().all(|path| top.context.sound(path)) {
        needed::check(top, &price, scenario, &money);
    }
    Some(money)
}

fn fix(r: &Reader<'_>, inputs: &mut Inputs) -> Fix {
    let name: String = r.get("name");
    let key = format!("fix.{name}");
    inputs.field(r, "price", &format!("{key}.price"), &format!("Fix \"{name}\""));
    inputs.field(r, "removes", &format!("{key}.removes"), &format!("Part that \"{name}\" removes"));
    Fix {
        cause: r.get("cause"),
        price: format!("{key}.price"),
        removes: format!("{key}.removes"),
        name,
    }
}

fn replicate(r: &Reader<'_>, scenario: &Scenario, inputs: &mut Inputs) -> Option<Replicate> {
    inputs.table(r);
    let name: String = r.get("dataset");
    if !r.context.sound("dataset") {
        return None;
    }
    let dataset = look_up(r, "dataset", &name, &scenario.datasets, |d| d.name.as_str())?;
    Some(Replicate { dataset })
}

/// The team of each job.
fn teams(finance: &Reader<'_>) -> BTreeMap<String, String> {
    let mut teams = BTreeMap::new();
    for entry in finance.node("teams").and_then(Node::table).map_or(&[][..], |t| &t.entries) {
        match entry.node.text() {
            Some(team) => {
                teams.insert(entry.key.clone(), team.to_string());
            }
            None => {
                let message = "a team is a text in quotes".to_string();
                finance.error_at("teams", message, "not a text", "{ unet3d = \"vision\" }".into());
            }
        }
    }
    teams
}

/// Notes an error at `place` of a table, under a path of its own.
fn report(context: &Context, r: &Reader<'_>, key: &str, finding: Diagnostic) {
    context.report(&r.join(key), finding);
}
