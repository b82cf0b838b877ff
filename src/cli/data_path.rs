//! Words for the data path in `gapcast check`: sites and the links between them, routing, buffers,
//! traffic classes, clients' patience.

use crate::model::{
    Client, Delivery, FabricSpec, Hedge, LinkPart, PathPolicy, Scenario, Site, TrafficClass, Wan,
};

/// (label, words) of everything on the data path that is not as it would be without a word of it.
pub fn lines(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    let sites = scenario.sites.rows();
    lines.extend(sites.iter().map(|it| ("site", site(scenario, it))));
    lines.extend(scenario.wans.rows().iter().map(|it| ("wan", wan(scenario, it))));
    for fabric in scenario.fabrics.rows() {
        lines.extend(network(fabric).map(|words| ("routing", words)));
    }
    lines.extend(scenario.classes.rows().iter().map(|it| ("class", class(it))));
    for group in scenario.groups.rows().iter().filter(|g| !g.client.patience.is_endless()) {
        lines.push(("clients", format!("\"{}\": {}", group.name, patience(&group.client))));
    }
    lines.extend(scenario.deliveries.iter().map(|it| ("delivery", delivery(scenario, it))));
    lines
}

fn site(scenario: &Scenario, site: &Site) -> String {
    let groups: Vec<String> =
        site.groups.iter().map(|id| format!("\"{}\"", scenario.groups[*id].name)).collect();
    let groups = if groups.is_empty() { "no nodes".into() } else { groups.join(", ") };
    let region = site.region.as_ref().map_or(String::new(), |region| format!(" ({region})"));
    format!("\"{}\"{region}: {groups}, {} controllers", site.name, site.controllers.len())
}

fn wan(scenario: &Scenario, wan: &Wan) -> String {
    let [a, b] = wan.ends.map(|end| scenario.sites[end].name.as_str());
    let mut words = format!("\"{}\": {a} – {b}, {}", wan.name, wan.rate);
    words += &format!(", round trip {}", wan.latency.times(2));
    if wan.jitter.is_some() {
        words += ", jitter";
    }
    if wan.loss > 0.0 {
        words += &format!(", loss {}", wan.loss);
    }
    if wan.price.0 > 0 {
        words += &format!(", {}", wan.price);
    }
    words
}

fn network(fabric: &FabricSpec) -> Option<String> {
    let mut words = Vec::new();
    match fabric.routing.policy {
        PathPolicy::Ecmp => {}
        PathPolicy::Flowlet { gap } => words.push(format!("flowlets after {gap}")),
        PathPolicy::Adaptive => words.push("adaptive".into()),
        PathPolicy::Spray { efficiency } => words.push(format!("sprayed, {efficiency} of it new")),
        PathPolicy::DestinationModulo => words.push("destination modulo".into()),
    }
    words.extend(fabric.routing.reconvergence.map(|span| format!("re-converges after {span}")));
    words.extend(fabric.routing.local_repair.map(|span| format!("repairs locally after {span}")));
    words.extend(fabric.buffer.map(|buffer| format!("{buffer} of buffer a port")));
    (!words.is_empty()).then(|| format!("{}: {}", fabric.name, words.join(", ")))
}

fn class(class: &TrafficClass) -> String {
    let part = |part: LinkPart| match part {
        LinkPart::Rate(rate) => rate.to_string(),
        LinkPart::Share(share) => format!("{share} of a link"),
    };
    let mut words =
        format!("\"{}\": priority {}, weight {}", class.name, class.priority, class.weight);
    if let Some(least) = class.guarantee {
        words += &format!(", at least {}", part(least));
    }
    if let Some(most) = class.cap {
        words += &format!(", at most {}", part(most));
    }
    if class.admission.is_some() {
        words += ", admission";
    }
    words
}

fn patience(client: &Client) -> String {
    let patience = &client.patience;
    let spans = [
        ("connect", patience.connect_timeout),
        ("first byte", patience.first_byte_timeout),
        ("attempt", patience.attempt_timeout),
        ("request", patience.request_timeout),
    ];
    let mut words: Vec<String> =
        spans.iter().filter_map(|(of, span)| span.map(|span| format!("{of} {span}"))).collect();
    words.push(format!("{} attempts", client.retry.attempts));
    words.extend(patience.retry_budget.map(|budget| format!("budget {}", budget.tokens)));
    words.extend(patience.max_connections.map(|most| format!("{most} connections a client")));
    words.extend(patience.max_connections_per_node.map(|most| format!("{most} a node")));
    words.extend(patience.hedge.map(|hedge| match hedge {
        Hedge::After(span) => format!("hedge after {span}"),
        Hedge::Quantile(share) => format!("hedge after p{}", share * 100.0),
    }));
    words.join(", ")
}

fn delivery(scenario: &Scenario, delivery: &Delivery) -> String {
    let name = |site| scenario.sites[site].name.as_str();
    format!(
        "\"{}\": \"{}\" from {} to {}, {} objects at once",
        delivery.name,
        scenario.datasets[delivery.dataset].name,
        name(delivery.from),
        name(delivery.to),
        delivery.concurrency
    )
}
