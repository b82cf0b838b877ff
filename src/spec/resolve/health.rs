//! The health log.

use crate::kernel::time::Span;
use crate::model::{Bound, Health, Rule};
use crate::spec::error::{Diagnostic, nearest};
use crate::spec::reader::Reader;
use crate::spec::values::Names;

/// `[health]`.
pub fn health(top: &Reader<'_>) -> Health {
    let reader = top.child("health").expect("[health] has a default");
    let silent = silenced(&reader);
    let bound = |rule: Rule| {
        let bound = bound(&reader, rule);
        (!silent.contains(&rule)).then_some(bound)
    };
    let rules = Rule::ALL.map(bound);
    Health { on: reader.get("on"), interval: interval(&reader), rules }
}

/// Every evaluation costs as much as many requests do.
fn interval(r: &Reader<'_>) -> Span {
    let interval: Span = r.get("interval");
    if interval < Span::from_ms(1) && r.context.sound(&r.join("interval")) {
        let message = format!("`interval` in {} is shorter than 1 ms", r.title);
        let help = "rules look back over seconds; the default is \"1 s\"".to_string();
        r.error_at("interval", message, "too short", help);
    }
    interval
}

fn bound(health: &Reader<'_>, rule: Rule) -> Bound {
    let reader = health.child(rule.name()).expect("every rule has a default");
    let over = match rule {
        Rule::FirstByte => reader.get::<Span>("target").as_s(),
        Rule::Retries => reader.get("rise"),
        Rule::CacheHits => reader.get("drop"),
        // There or away: a mean over half an interval.
        Rule::Down => 0.5,
        Rule::Utilisation | Rule::Errors | Rule::Queue | Rule::DataStall => reader.get("over"),
    };
    let (window, least) = match rule {
        Rule::Utilisation | Rule::Queue | Rule::Down => (Span::ZERO, 0),
        Rule::DataStall => (reader.get("window"), 0),
        _ => (reader.get("window"), reader.get("least")),
    };
    Bound { over, window, hold: reader.get("for"), least }
}

fn silenced(reader: &Reader<'_>) -> Vec<Rule> {
    let Names(names) = reader.get("silence");
    let mut silent = Vec::new();
    for (name, place) in names {
        if let Some(rule) = Rule::ALL.into_iter().find(|rule| rule.name() == name) {
            silent.push(rule);
            continue;
        }
        let all = Rule::ALL.map(Rule::name);
        let help = match nearest(&name, all) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("rules: {}", all.join(", ")),
        };
        let message = format!("there is no rule called \"{name}\"");
        let finding = Diagnostic::error(&place, message, "unknown rule").help(help);
        reader.context.report(&reader.join("silence"), finding);
    }
    silent
}
