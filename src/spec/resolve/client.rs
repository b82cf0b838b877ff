//! How readers talk to the store.

use super::cpu_s_per_byte;
use crate::kernel::dist::Dist;
use crate::kernel::time::Span;
use crate::model::{
    CACHE_HOST, Client, Hedge, NodeGroup, Patience, Plan, PlanHost, Retry, RetryBudget, Scenario,
    Transport,
};
use crate::spec::error::Diagnostic;
use crate::spec::quantity;
use crate::spec::reader::{Context, Reader};

/// A `client` table.
pub fn read_client(r: &Reader<'_>) -> Client {
    let retry = r.child("retry");
    let patience = Patience {
        connect_timeout: r.opt("connect_timeout"),
        first_byte_timeout: r.opt("first_byte_timeout"),
        attempt_timeout: r.opt("attempt_timeout"),
        request_timeout: r.opt("request_timeout"),
        retry_budget: retry.as_ref().and_then(budget),
        max_connections: r.opt("max_connections"),
        max_connections_per_node: r.opt("max_connections_per_node"),
        hedge: hedge(r),
    };
    nested(r, &patience);
    Client {
        request_cpu: r.get("request_cpu"),
        cpu_s_per_byte: cpu_s_per_byte(r),
        range_size: r.opt("range_size"),
        parallel_ranges: r.get("parallel_ranges"),
        idle_timeout: r.opt("idle_timeout"),
        retry: retry.map_or_else(no_retry, |retry| read_retry(&retry)),
        patience,
    }
}

fn read_retry(r: &Reader<'_>) -> Retry {
    let retry = Retry { attempts: r.get("attempts"), base: r.get("base"), cap: r.get("cap") };
    if retry.cap < retry.base && r.sound() {
        let message = "`cap` is shorter than `base`".to_string();
        let help = "the longest wait cannot be below the longest first wait".to_string();
        r.error_at("cap", message, "too short", help);
    }
    retry
}

/// The retry budget, if one is given.
fn budget(r: &Reader<'_>) -> Option<RetryBudget> {
    let (cost, timeout_cost, refund) = (r.get("cost"), r.get("timeout_cost"), r.get("refund"));
    let tokens = r.opt("budget");
    let strays = ["cost", "timeout_cost", "refund"].into_iter().filter(|key| r.has(key));
    for key in strays.filter(|_| tokens.is_none()) {
        let message = format!("`{key}` without a `budget` does nothing");
        r.error_at(key, message, "of which budget?", "add budget = 500".into());
    }
    tokens.map(|tokens| RetryBudget { tokens, cost, timeout_cost, refund })
}

/// Time-outs that nothing can meet: then every attempt fails, and a training job asks for ever.
pub fn check(context: &Context, scenario: &Scenario) {
    let impatient = |group: &NodeGroup| {
        let limits = limits(&group.client.patience);
        limits.iter().any(|(_, limit)| limit.is_some())
    };
    let tables = ["nodes", "fabric", "store", "site", "wan"];
    if !scenario.groups.rows().iter().any(impatient) || !tables.iter().all(|at| context.sound(at)) {
        return;
    }
    let spec = &scenario.fabrics[scenario.storage_fabric];
    let set_up = match &spec.transport {
        Transport::Tcp(tcp) => u64::from(tcp.setup_round_trips),
        Transport::Rdma(_) => 0,
    };
    let plan = Plan::new(scenario, spec, false, true);
    let mut first = 0;
    for (i, group) in scenario.groups.rows().iter().enumerate() {
        let numbers = first..first + group.count;
        first = numbers.end;
        if !impatient(group) {
            continue;
        }
        let here = |host: &PlanHost<'_>| !host.is_store && numbers.contains(&host.number);
        // A site's cache answers as well.
        let answers = |host: &PlanHost<'_>| {
            host.is_store || host.local.strip_suffix("-0") == Some(CACHE_HOST)
        };
        let Some(delay) = plan.least_delay(spec, here, answers) else { continue };
        let needed = [set_up, 1, set_up + 1, set_up + 1];
        for ((key, limit), trips) in limits(&group.client.patience).into_iter().zip(needed) {
            let least = (delay + delay).times(trips);
            // What a cache on the node holds is not asked for.
            let asked = key != "request_timeout" || group.caches.is_empty();
            let Some(limit) = limit.filter(|limit| *limit < least && asked) else { continue };
            let path = format!("nodes.{i}.client.{key}");
            let trips = match trips {
                1 => "a round trip to the nearest gateway takes".to_owned(),
                _ => format!("{trips} round trips to the nearest gateway take"),
            };
            let message = format!("`{key}` ({limit}) of nodes \"{}\" can never be met", group.name);
            let help = format!("{trips} {least} on an idle network");
            let finding = Diagnostic::error(&context.place(&path), message, "too short");
            context.report(&path, finding.help(help));
        }
    }
}

fn limits(patience: &Patience) -> [(&'static str, Option<Span>); 4] {
    [
        ("connect_timeout", patience.connect_timeout),
        ("first_byte_timeout", patience.first_byte_timeout),
        ("attempt_timeout", patience.attempt_timeout),
        ("request_timeout", patience.request_timeout),
    ]
}

/// A part of an attempt cannot have longer than the whole.
fn nested(r: &Reader<'_>, patience: &Patience) {
    let limits = limits(patience);
    for (i, (part, short)) in limits.iter().enumerate().take(3) {
        for (whole, long) in &limits[(i + 1).max(2)..] {
            if let (Some(short), Some(long)) = (short, long)
                && short > long
                && r.sound()
            {
                let message = format!("`{part}` ({short}) is longer than `{whole}` ({long})");
                let help = format!("it never ends before `{whole}`: shorten it, or leave it out");
                r.error_at(part, message, "too long", help);
            }
        }
    }
}

/// A duration, or `pNN`.
fn hedge(r: &Reader<'_>) -> Option<Hedge> {
    let text: String = r.opt("hedge_after")?;
    let quantile = text.strip_prefix('p').map(|digits| {
        let percent = digits.parse::<f64>().ok().filter(|p| *p > 0.0 && *p < 100.0);
        percent.map(|percent| Hedge::Quantile(percent / 100.0))
    });
    let read = quantile.unwrap_or_else(|| {
        quantity::span(&text).ok().filter(|span| *span > Span::ZERO).map(Hedge::After)
    });
    if read.is_none() {
        let message = format!("`hedge_after` in {} is no time: \"{text}\"", r.title);
        let help = "a duration such as \"20 ms\", or a quantile such as \"p95\"".to_string();
        r.error_at("hedge_after", message, "neither", help);
    }
    read
}

fn no_retry() -> Retry {
    Retry { attempts: 1, base: Span::from_ms(1), cap: Span::from_ms(1) }
}

/// Stands in after an error.
pub fn no_client() -> Client {
    Client {
        request_cpu: Dist::Constant(0.0),
        cpu_s_per_byte: 0.0,
        range_size: None,
        parallel_ranges: 1,
        idle_timeout: None,
        retry: no_retry(),
        patience: Patience::default(),
    }
}
