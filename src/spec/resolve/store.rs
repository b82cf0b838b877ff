//! The S3 service.

use super::cluster::{cache, name_of, nic, no_nic};
use super::cpu_s_per_byte;
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use crate::model::{
    Balancer, Controller, Device, Ejection, Media, Placement, Policy, Prices, ReadFirst,
    Redundancy, ReplicaChoice, SlotHeld, Store, Throttle,
};
use crate::spec::reader::Reader;

/// `[store]`. When the table is missing, which `top` has reported, a placeholder.
pub fn store(top: &Reader<'_>) -> Store {
    let Some(r) = top.child("store") else { return no_store() };
    let controller = r.child("controller").map_or_else(no_controller, |c| controller(&c));
    Store {
        name: name_of(&r),
        controllers: r.get("controllers"),
        controller,
        balancer: r.child("balancer").map_or_else(no_balancer, |b| balancer(&b)),
        connection_rate: r.opt("connection_rate"),
        cache: r.child("cache").map(|c| cache(&c)),
        media: r.child("media").map(|m| media(&m)),
        replica_choice: match r.get::<String>("replica_choice").as_str() {
            "least-loaded" => ReplicaChoice::LeastLoaded,
            "cheapest" => ReplicaChoice::Cheapest,
            _ => ReplicaChoice::Nearest,
        },
        prices: r.child("prices").map(|p| prices(&p)).unwrap_or_default(),
    }
}

fn prices(r: &Reader<'_>) -> Prices {
    // Read to check it; it stands in the file for people.
    let _: Option<String> = r.opt("as_of");
    Prices { get: r.get("get"), put: r.get("put") }
}

fn controller(r: &Reader<'_>) -> Controller {
    let nic = nic(r, "nic").unwrap_or_else(no_nic);
    // Read even if it stays unused, so that a slip in it is found.
    let backend: Option<Rate> = r.opt("backend_rate");
    let own = nic.rate.0.saturating_mul(u64::from(nic.ports));
    Controller {
        slots: r.get("slots"),
        slot_held: match r.get::<String>("slot_held").as_str() {
            "service" => SlotHeld::Service,
            _ => SlotHeld::Response,
        },
        queue_limit: r.opt("queue_limit"),
        get_service: r.get("get_service"),
        read_first: read_first(r),
        put_service: r.get("put_service"),
        cpu_cores: r.get("cpu_cores"),
        cpu_s_per_byte: cpu_s_per_byte(r),
        throttle: r.child("throttle").map(|t| throttle(&t)),
        backend_rate: backend.unwrap_or(Rate(own)),
        nic,
    }
}

fn read_first(r: &Reader<'_>) -> Option<ReadFirst> {
    let (unit, rate) = (r.opt("read_unit"), r.opt("read_rate"));
    let (has, lacks) = match (&unit, &rate) {
        (Some(_), None) => ("read_unit", "read_rate"),
        (None, Some(_)) => ("read_rate", "read_unit"),
        _ => return Some(ReadFirst { unit: unit?, rate: rate? }),
    };
    if r.sound() {
        let message = format!("`{has}` needs `{lacks}`");
        let help = format!("add {lacks}, or leave both out: answers stream from the start");
        r.error_at(has, message, "one without the other", help);
    }
    None
}

fn throttle(r: &Reader<'_>) -> Throttle {
    let burst: Span = r.get("burst");
    let throttle = Throttle {
        get_per_s: r.get("get"),
        put_per_s: r.get("put"),
        prefixes: r.get("prefixes"),
        burst_s: burst.as_s(),
    };
    let depth = throttle.get_per_s.min(throttle.put_per_s)
        * throttle.burst_s
        * f64::from(throttle.prefixes);
    if depth < 1.0 && r.sound() {
        let message = "the bucket never holds a whole request".to_string();
        let help = "rate · prefixes · burst must be at least 1; make `burst` longer".to_string();
        r.error_at("burst", message, "too short", help);
    }
    throttle
}

fn balancer(r: &Reader<'_>) -> Balancer {
    let policy = match r.get::<String>("policy").as_str() {
        "round-robin" => Policy::RoundRobin,
        "hash" => Policy::Hash,
        "power-of-two" => Policy::PowerOfTwo,
        "peak-ewma" => Policy::PeakEwma,
        _ => Policy::LeastConnections,
    };
    let decay: Span = r.get("decay");
    let ejection = r.child("ejection").map(|e| Ejection {
        consecutive: e.get("consecutive"),
        interval: e.get("interval"),
        base: e.get("base"),
        longest: e.get("longest"),
        most: e.get("most"),
    });
    let decay = (policy == Policy::PeakEwma).then_some(decay);
    Balancer { policy, latency: r.get("latency"), decay, ejection }
}

fn media(r: &Reader<'_>) -> Media {
    let device = r.child("device").map_or_else(no_device, |d| device(&d));
    let placement = match r.get::<String>("placement").as_str() {
        "round-robin" => Placement::RoundRobin,
        _ => Placement::Hash,
    };
    let media = Media {
        nodes: r.get("nodes"),
        devices_per_node: r.get("devices_per_node"),
        device,
        node_rate: r.get("node_rate"),
        redundancy: r.get("redundancy"),
        placement,
    };
    let devices = u64::from(media.nodes) * u64::from(media.devices_per_node);
    let width = u64::from(media.redundancy.width());
    if width > devices && r.sound() {
        let message = match media.redundancy {
            Redundancy::Replication { copies } => {
                format!("{copies} copies do not fit on {devices} devices")
            }
            Redundancy::Erasure { data, parity } => {
                format!("{data} + {parity} shards do not fit on {devices} devices")
            }
        };
        let help = format!(
            "every shard needs a device of its own: at least {width} devices, here {} nodes × {}",
            media.nodes, media.devices_per_node
        );
        r.error_at("redundancy", message, "too wide", help);
    }
    media
}

fn device(r: &Reader<'_>) -> Device {
    Device {
        name: name_of(r),
        read_rate: r.get("read_rate"),
        write_rate: r.get("write_rate"),
        read_iops: r.get("read_iops"),
        write_iops: r.get("write_iops"),
        read_latency: r.get("read_latency"),
        write_latency: r.get("write_latency"),
        io_size: r.get("io_size"),
        queue_depth: r.get("queue_depth"),
    }
}

fn no_store() -> Store {
    Store {
        name: String::new(),
        controllers: 1,
        controller: no_controller(),
        balancer: no_balancer(),
        connection_rate: None,
        cache: None,
        media: None,
        replica_choice: ReplicaChoice::Nearest,
        prices: Prices::default(),
    }
}

fn no_balancer() -> Balancer {
    Balancer { policy: Policy::RoundRobin, latency: Span::ZERO, decay: None, ejection: None }
}

fn no_controller() -> Controller {
    use crate::kernel::dist::Dist;
    Controller {
        nic: no_nic(),
        slots: 1,
        slot_held: SlotHeld::Response,
        queue_limit: None,
        get_service: Dist::Constant(0.0),
        read_first: None,
        put_service: Dist::Constant(0.0),
        cpu_cores: 1,
        cpu_s_per_byte: 0.0,
        throttle: None,
        backend_rate: Rate(8),
    }
}

fn no_device() -> Device {
    use crate::kernel::dist::Dist;
    use crate::kernel::units::Bytes;
    Device {
        name: String::new(),
        read_rate: Rate(8),
        write_rate: Rate(8),
        read_iops: 1.0,
        write_iops: 1.0,
        read_latency: Dist::Constant(0.0),
        write_latency: Dist::Constant(0.0),
        io_size: Bytes(1),
        queue_depth: 1,
    }
}
