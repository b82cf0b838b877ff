//! Traffic classes.

use super::Defined;
use crate::kernel::id::Table;
use crate::kernel::maxmin::classes::MOST_CLASSES;
use crate::model::{Admission, Beyond, ClassId, LinkPart, TrafficClass, class};
use crate::spec::error::nearest;
use crate::spec::reader::Reader;

/// The class of traffic that names none.
const DEFAULT: &str = "default";

/// All `[[class]]`, that of unnamed traffic first; none if the scenario has none.
pub fn classes(top: &Reader<'_>) -> Table<ClassId, TrafficClass> {
    let mut defined = Defined::default();
    let mut all: Vec<TrafficClass> = Vec::new();
    for (i, r) in top.children("class").iter().enumerate() {
        let class = traffic_class(r);
        defined.add(r, &class.name, "classes");
        if i == MOST_CLASSES {
            let message = format!("there are more than {MOST_CLASSES} classes");
            let help = "IEEE 802.1Q switches have eight: merge some".to_string();
            r.error_at("name", message, "one too many", help);
        }
        all.push(class);
    }
    guarantees(top, &all);
    if let Some(at) = all.iter().position(|class| class.name == DEFAULT) {
        all[..=at].rotate_right(1);
    } else if let Some(last) = all.iter().map(|class| class.priority).max() {
        all.insert(
            0,
            TrafficClass {
                name: DEFAULT.into(),
                priority: last,
                weight: 1,
                guarantee: None,
                cap: None,
                admission: None,
            },
        );
    }
    all.into_iter().collect()
}

/// Classes and a tolerance of rates do not go together.
pub fn check_tolerance(run: &Reader<'_>, classes: &Table<ClassId, TrafficClass>) {
    if !classes.is_empty() && run.get::<f64>("rate_tolerance") > 0.0 {
        let help = "leave `rate_tolerance` out, or all [[class]]".to_string();
        let message = "`rate_tolerance` does not go with classes".into();
        run.error_at("rate_tolerance", message, "their shares need exact rates", help);
    }
}

fn traffic_class(r: &Reader<'_>) -> TrafficClass {
    let beyond = match r.get::<String>("beyond").as_str() {
        "refuse" => Beyond::Refuse,
        _ => Beyond::Queue,
    };
    let admission = r.opt("admit").map(|limit| Admission { limit, beyond });
    if admission.is_none() && r.has("beyond") && r.sound() {
        let help = "for example admit = 64 (requests), or admit = \"20 Gb/s\"".to_string();
        r.error_at("beyond", "`beyond` needs `admit` beside it".into(), "beyond what?", help);
    }
    let (guarantee, cap) = (r.opt::<LinkPart>("guarantee"), r.opt::<LinkPart>("cap"));
    let too_much = match (guarantee, cap) {
        (Some(LinkPart::Rate(rate)), Some(LinkPart::Rate(cap))) => rate > cap,
        (Some(LinkPart::Share(share)), Some(LinkPart::Share(cap))) => share > cap,
        _ => false,
    };
    if too_much && r.sound() {
        let message = format!("{} is guaranteed more than its `cap`", r.title);
        r.error_at("guarantee", message, "above `cap`", "raise `cap`, or leave it out".into());
    }
    TrafficClass {
        name: r.get("name"),
        priority: r.get("priority"),
        weight: r.get("weight"),
        guarantee,
        cap,
        admission,
    }
}

/// No link holds more than all of itself.
fn guarantees(top: &Reader<'_>, all: &[TrafficClass]) {
    let share = |class: &TrafficClass| match class.guarantee {
        Some(LinkPart::Share(share)) => share,
        _ => 0.0,
    };
    let sum: f64 = all.iter().map(share).sum();
    let last = all.iter().rposition(|class| share(class) > 0.0);
    if let Some(last) = last
        && sum > 1.0 + 1e-9
        && top.context.sound("class")
    {
        let reader = &top.children("class")[last];
        let message = format!("guarantees sum to {:.0} % of a link", 100.0 * sum);
        let help = "together they may be at most 1".to_string();
        reader.error_at("guarantee", message, "more than there is", help);
    }
}

/// The class that `key` names, or that of unnamed traffic.
pub fn class_of(r: &Reader<'_>, key: &str, classes: &Table<ClassId, TrafficClass>) -> ClassId {
    let Some(name) = r.opt::<String>(key) else { return ClassId::DEFAULT };
    if let Some(id) = class::named(classes, &name) {
        return id;
    }
    if classes.is_empty() && !r.context.sound("class") {
        return ClassId::DEFAULT;
    }
    let names = classes.rows().iter().map(|class| class.name.as_str());
    let help = match nearest(&name, names.clone()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if classes.is_empty() => format!("add [[class]] with name = \"{name}\""),
        None => format!("defined: {}", names.collect::<Vec<_>>().join(", ")),
    };
    r.error_at(key, format!("there is no [[class]] called \"{name}\""), "unknown name", help);
    ClassId::DEFAULT
}
