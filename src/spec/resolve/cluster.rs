//! Compute nodes.

use super::Defined;
use super::client::{no_client, read_client};
use crate::kernel::id::Table;
use crate::kernel::units::Bytes;
use crate::model::{CACHE_HOST, CacheSpec, Client, Gpu, GroupId, Nic, NodeGroup, Retry};
use crate::spec::reader::Reader;

/// All `[[nodes]]`.
pub fn groups(top: &Reader<'_>) -> Table<GroupId, NodeGroup> {
    let mut defined = Defined::default();
    let mut groups = Table::new();
    for reader in top.children("nodes") {
        let group = group(&reader);
        defined.add(&reader, &group.name, "groups of nodes");
        groups.push(group);
    }
    groups
}

fn group(r: &Reader<'_>) -> NodeGroup {
    let gpus: u32 = r.get("gpus");
    let name: String = r.get("name");
    let taken = ["cache", "controller", "storage", "balancer", "leaf", "spine", "switch"];
    if taken.contains(&name.as_str()) {
        let message = format!("a group of nodes cannot be called \"{name}\"");
        let help = format!("the program names its own hosts `{name}-0`, `{name}-1`, …");
        r.error_at("name", message, "reserved", help);
    }
    let gpu = match r.child("gpu") {
        Some(gpu) => read_gpu(&gpu),
        None => {
            if gpus > 0 && r.has("gpus") && r.sound() {
                let message = format!("{} has {gpus} GPUs a node but no `gpu`", r.title);
                let help = "name one of the catalogue: gpu = \"h100-sxm\"".to_string();
                r.error_at("gpus", message, "GPUs of which kind?", help);
            }
            Gpu { name: "none".into(), peak_flops: 0.0, memory: Bytes(0), power_w: 0.0 }
        }
    };
    NodeGroup {
        name,
        count: r.get("count"),
        gpus,
        gpu,
        cpu_cores: r.get("cpu_cores"),
        storage_nic: nic(r, "storage_nic").unwrap_or_else(no_nic),
        compute_nic: nic(r, "compute_nic"),
        client: r.child("client").map_or_else(no_client, |client| read_client(&client)),
        caches: r.children("cache").iter().map(cache).collect(),
    }
}

fn read_gpu(r: &Reader<'_>) -> Gpu {
    Gpu {
        name: name_of(r),
        peak_flops: r.get("peak"),
        memory: r.get("memory"),
        power_w: r.get("power"),
    }
}

/// The catalogue name of what `r` reads, or `custom`.
pub fn name_of(r: &Reader<'_>) -> String {
    r.preset.clone().unwrap_or_else(|| "custom".into())
}

/// The adapter at `key`.
pub fn nic(r: &Reader<'_>, key: &str) -> Option<Nic> {
    let nic = r.child(key)?;
    Some(Nic { name: name_of(&nic), rate: nic.get("rate"), ports: nic.get("ports") })
}

/// Stands in after an error.
pub fn no_nic() -> Nic {
    Nic { name: String::new(), rate: crate::kernel::units::Rate(8), ports: 1 }
}

/// The node that a site's cache is: it has as many cores and connections as it takes.
pub fn cache_host(storage_nic: Nic) -> NodeGroup {
    NodeGroup {
        name: CACHE_HOST.into(),
        count: 1,
        gpus: 0,
        gpu: Gpu { name: "none".into(), peak_flops: 0.0, memory: Bytes(0), power_w: 0.0 },
        cpu_cores: 1,
        storage_nic,
        compute_nic: None,
        client: Client { retry: CACHE_RETRY, ..no_client() },
        caches: Vec::new(),
    }
}

/// What a site's cache does after `503`: the defaults of `[retry]`.
const CACHE_RETRY: Retry = Retry {
    attempts: 10,
    base: crate::kernel::time::Span::from_ms(100),
    cap: crate::kernel::time::Span::from_secs(20),
};

/// A cache tier.
pub fn cache(r: &Reader<'_>) -> CacheSpec {
    CacheSpec {
        name: r.get("name"),
        capacity: r.get("capacity"),
        read_rate: r.get("read_rate"),
        latency: r.get("latency"),
    }
}
