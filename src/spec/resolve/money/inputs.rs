//! Reading the numbers of money, each with its unit, source and date.

use crate::kernel::dist::Dist;
use crate::kernel::units::{BILLED_GB, Bytes};
use crate::model::{Input, Scenario, Tariff};
use crate::spec::amount::{Amount, Date, Pair, number};
use crate::spec::document::{Entry, Node, Table, Value};
use crate::spec::error::Diagnostic;
use crate::spec::fields::{Field, Kind, Section};
use crate::spec::raw::price::{ASSUMPTION, FACILITY, FINANCE, PRICE, PRICES, REPLICATE};
use crate::spec::reader::Reader;

/// Inputs while they are read.
#[derive(Default)]
pub struct Inputs {
    /// Those read.
    pub list: Vec<Input>,
    /// Keys of prices that are `"included"`.
    pub included: Vec<String>,
}

/// What a key is called in reports: its words up to the first `;`.
fn label(field: &Field) -> String {
    let words = field.doc.split(';').next().unwrap_or(field.doc);
    words.trim_end_matches('.').to_string()
}

/// Billed gigabytes of a number of bytes.
fn gib(bytes: u64) -> f64 {
    bytes as f64 / BILLED_GB as f64
}

impl Inputs {
    /// Every number of a table.
    pub fn table(&mut self, r: &Reader<'_>) {
        let sections: [&Section; 4] = [&PRICES, &FACILITY, &FINANCE, &REPLICATE];
        let section = sections.into_iter().find(|s| s.title == format!("[{}]", r.path));
        for field in section.map_or(&[][..], |section| section.fields) {
            if matches!(field.kind, Kind::Price(_) | Kind::Assumption(_)) {
                self.field(r, field.key, &r.join(field.key), &label(field));
            }
        }
    }

    /// The number at `field` of the table that `r` reads, as the input `key`.
    pub fn field(&mut self, r: &Reader<'_>, field: &'static str, key: &str, label: &str) {
        let (kind, node) = (r.kind(field), r.node_or_default(field));
        let Some(node) = node else { return };
        let (unit, is_price) = match kind {
            Kind::Price(unit) => (unit, true),
            Kind::Assumption(unit) => (unit, false),
            _ => unreachable!("`{field}` is no number of money"),
        };
        let path = r.join(field);
        r.context.remember(&path, &node.place);
        if is_price && node.text() == Some("included") {
            self.included.push(key.to_string());
            return;
        }
        if is_price && number(&node).is_ok() {
            let shown = node.place.text().trim_matches('"').to_string();
            let amount = if shown.ends_with(unit) { shown } else { format!("{shown} {unit}") };
            let message = format!("`{field}` in {} has no source and no date", r.title);
            let help = format!(
                "write {field} = {{ amount = \"{amount}\", source = \"…\", as_of = \"2026-01\" }}"
            );
            let finding = Diagnostic::error(&node.place, message, "a price alone").help(help);
            r.context.report(&path, finding);
            return;
        }
        let (section, node) = if is_price { (&PRICE, node) } else { (&ASSUMPTION, wrap(node)) };
        let one = Reader::open(r.context, section, &node, path.clone());
        if !r.context.sound(&path) {
            return;
        }
        let amount: Amount = one.get("amount");
        let range: Option<Pair> = one.opt("range");
        let source: Option<String> = one.opt("source");
        let as_of: Option<Date> = one.opt("as_of");
        check_unit(&one, "amount", (amount.dist.mean(), &amount.unit), unit);
        if let Some(Pair(low, high, of)) = &range {
            check_unit(&one, "range", (*low, of), unit);
            let mean = amount.dist.mean();
            if !(*low <= mean && mean <= *high) {
                let message = format!("`range` in {} does not hold its amount", one.title);
                let help = "the low end is below the amount, the high end above".to_string();
                one.error_at("range", message, "elsewhere", help);
            }
        }
        check_bounds(&one, key, &amount.dist);
        self.list.push(Input {
            key: key.to_string(),
            label: label.to_string(),
            unit: unit.to_string(),
            value: amount.dist.mean(),
            spread: (!matches!(amount.dist, Dist::Constant(_))).then_some(amount.dist),
            range: range.map(|Pair(low, high, _)| (low, high)),
            source: source.unwrap_or_default(),
            as_of: as_of.map(|Date(text)| text).unwrap_or_default(),
        });
    }

    /// A tariff; its prices become inputs.
    pub fn tariff(&mut self, r: &Reader<'_>, unit: &str) -> Tariff {
        let source: String = r.get("source");
        let Date(as_of) = r.get("as_of");
        let mut tiers = Vec::new();
        let readers = r.children("tier");
        for (i, tier) in readers.iter().enumerate() {
            let amount: Amount = tier.get("amount");
            check_unit(tier, "amount", (amount.dist.mean(), &amount.unit), unit);
            let width: Option<Bytes> = tier.opt("width");
            if width.is_none() != (i + 1 == readers.len()) && tier.sound() {
                let message = "all tiers but the last have a `width`, the last has none";
                tier.error_at(
                    "width",
                    message.into(),
                    "this tier",
                    "the last takes the rest".into(),
                );
            }
            let key = format!("{}.tier{}", r.path, i + 1);
            tiers.push((width.map(|bytes| gib(bytes.0)), key.clone()));
            let what =
                if r.path.ends_with("egress") { "Internet egress" } else { "Object storage" };
            let place = if readers.len() > 1 { format!(", tier {}", i + 1) } else { String::new() };
            self.list.push(Input {
                key,
                label: format!("{what}{place}"),
                unit: unit.to_string(),
                value: amount.dist.mean(),
                spread: (!matches!(amount.dist, Dist::Constant(_))).then_some(amount.dist),
                range: None,
                source: source.clone(),
                as_of: as_of.clone(),
            });
        }
        let free: Option<Bytes> = r.opt("free");
        let minimum: crate::kernel::time::Span = r.get("minimum_duration");
        let object: Bytes = r.get("minimum_object");
        Tariff {
            tiers,
            free_gib: free.map_or(0.0, |bytes| gib(bytes.0)),
            minimum_days: minimum.as_s() / 86_400.0,
            minimum_object: object.0,
        }
    }

    /// Prices of requests and of links between sites, which stand where those are described: there
    /// too, what is not free has a source and a date.
    pub fn transfers(&mut self, top: &Reader<'_>, scenario: &Scenario) {
        if let Some(prices) = top.child("store").and_then(|store| store.child("prices")) {
            let of = scenario.store.prices;
            for (key, label, nano) in
                [("get", "GET requests", of.get.0), ("put", "PUT requests", of.put.0)]
            {
                self.transfer(&prices, key, (label.into(), "USD/1000"), nano);
            }
        }
        for (reader, wan) in top.children("wan").iter().zip(scenario.wans.rows()) {
            let label = format!("Transfer over {}", wan.name);
            self.transfer(reader, "price", (label, "USD/GB"), wan.price.0);
        }
    }

    fn transfer(&mut self, r: &Reader<'_>, key: &str, (label, unit): (String, &str), nano: i128) {
        if nano == 0 {
            return;
        }
        for needed in ["source", "as_of"] {
            if !r.has(needed) && r.sound() {
                let message = format!("the price in {} has no `{needed}`", r.title);
                let help = "where money is counted, every price says where it comes from and when \
                            it was looked up: as_of = \"2026-01-31\"";
                r.error_at(key, message, &format!("`{needed}` is missing"), help.into());
            }
        }
        self.list.push(Input {
            key: r.join(key),
            label,
            unit: unit.to_string(),
            value: nano as f64 / 1e9,
            spread: None,
            range: None,
            source: r.opt("source").unwrap_or_default(),
            as_of: r.opt("as_of").unwrap_or_default(),
        });
    }
}

/// Least and most that a number can be, where it is not any from 0 up.
const BOUNDS: [(&str, f64, f64); 9] = [
    ("finance.life", 0.1, 100.0),
    ("facility.life", 0.1, 200.0),
    ("replicate.horizon", 0.01, 1200.0),
    ("price.exchange", 1e-9, 1e9),
    ("facility.pue", 1.0, 10.0),
    ("finance.salvage", 0.0, 1.0),
    ("finance.maintenance", 0.0, 1.0),
    ("finance.tax", 0.0, 0.99),
    ("finance.wacc", 0.0, 10.0),
];

/// Reports a number that cannot be, or one whose distribution holds such.
fn check_bounds(r: &Reader<'_>, key: &str, dist: &Dist) {
    let part = ("", 0.0, 1.0);
    let of_key = BOUNDS.iter().find(|(name, ..)| *name == key);
    let Some((_, low, high)) = of_key.or(key.ends_with(".removes").then_some(&part)) else {
        return;
    };
    let fits = dist.min() >= *low && dist.max().unwrap_or(dist.quantile(0.9999)) <= *high;
    if !fits && r.context.sound(&r.join("amount")) {
        let message = format!("`amount` in {} must be from {low} to {high}", r.title);
        let help = "a distribution too must lie within: a uniform one has bounds".to_string();
        r.error_at("amount", message, "out of range", help);
    }
}

/// A bare number or distribution as the table that holds it.
fn wrap(node: Node) -> Node {
    let is_table = node.table().is_some_and(|table| table.get("amount").is_some());
    if is_table {
        return node;
    }
    let place = node.place.clone();
    let entry = Entry { key: "amount".into(), place: place.clone(), node };
    Node { value: Value::Table(Table { entries: vec![entry] }), place }
}

/// Reports a number whose unit is not its key's.
fn check_unit(r: &Reader<'_>, key: &str, (value, written): (f64, &str), unit: &str) {
    let plain = if unit == "1" { "" } else { unit };
    if written == plain || !r.context.sound(&r.join(key)) {
        return;
    }
    let of = r.title.clone();
    let message = match (written, plain) {
        ("", _) => format!("`{key}` in {of} has no unit"),
        (_, "") => format!("`{key}` in {of} is a plain number, without a unit"),
        _ => format!("`{key}` in {of} is in {unit}, not in {written}"),
    };
    let help = match (written, plain) {
        (_, "") => "write the number alone".to_string(),
        ("", _) => format!("write \"{value} {unit}\""),
        _ => format!("write the number in {unit}, with its unit, in quotes"),
    };
    r.error_at(key, message, "the unit", help);
}
