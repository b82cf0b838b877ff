//! Routing of a network.

use crate::model::{PathPolicy, Routing, WanMetric};
use crate::spec::reader::Reader;

/// The `routing` table of a fabric; without one, hashing over routes that never change.
pub fn routing(fabric: &Reader<'_>) -> Routing {
    let Some(r) = fabric.child("routing") else { return Routing::default() };
    let policy = match r.get::<String>("policy").as_str() {
        "flowlet" => PathPolicy::Flowlet { gap: r.get("flowlet_gap") },
        "adaptive" => PathPolicy::Adaptive,
        "spray" => PathPolicy::Spray { efficiency: r.get("spray_efficiency") },
        "destination-modulo" => PathPolicy::DestinationModulo,
        _ => PathPolicy::Ecmp,
    };
    let wan_metric = match r.get::<String>("wan_metric").as_str() {
        "price" => WanMetric::Price,
        "widest" => WanMetric::Widest,
        _ => WanMetric::Delay,
    };
    let routing = Routing {
        policy,
        shared_hash_seed: r.get("shared_hash_seed"),
        reconvergence: r.opt("reconvergence"),
        local_repair: r.opt("local_repair"),
        wan_metric,
    };
    check(&r, &routing);
    routing
}

fn check(r: &Reader<'_>, routing: &Routing) {
    if !r.sound() {
        return;
    }
    match (routing.local_repair, routing.reconvergence) {
        (Some(_), None) => {
            let message = "`local_repair` needs `reconvergence`".to_string();
            let help = "add reconvergence = \"500 ms\": when all other routes know".to_string();
            r.error_at("local_repair", message, "routes never change", help);
        }
        (Some(local), Some(all)) if local > all => {
            let message = "`local_repair` is slower than `reconvergence`".to_string();
            let help = "the switch at the cable knows first; leave it out, or make it shorter";
            r.error_at("local_repair", message, "too long", help.into());
        }
        _ => {}
    }
}
