//! Networks.

use super::cluster::name_of;
use super::explicit;
use super::ports::{self, Ports};
use super::shapes;
use crate::kernel::id::Table;
use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, Rate};
use crate::model::{
    Attachment, CustomLink, FabricId, FabricSpec, HyStart, LossLaw, Rdma, Recovery, SwitchPorts,
    Tcp, Topology, Transport,
};
use crate::spec::error::{Diagnostic, nearest};
use crate::spec::reader::Reader;
use crate::spec::values::Names;

/// `[fabric]`: the networks, the storage fabric first; which of them carries collectives; their
/// switches.
pub fn fabrics(top: &Reader<'_>) -> (Table<FabricId, FabricSpec>, Option<FabricId>, Vec<Ports>) {
    let (mut fabrics, mut switches) = (Table::new(), Vec::new());
    let Some(r) = top.child("fabric") else { return (fabrics, None, switches) };
    let converged: bool = r.get("converged");
    for key in ["storage", "compute"] {
        if let Some(reader) = r.child(key) {
            let switch = reader.child("switch").map_or(Ports::NONE, |s| ports::read(&s));
            fabrics.push(fabric(&reader, key, &switch));
            switches.push(switch);
        }
    }
    if converged && r.has("compute") {
        let message = "a converged fabric has no [fabric.compute]".to_string();
        let help = "remove [fabric.compute], or set converged = false".to_string();
        r.error_at("converged", message, "both are given", help);
    }
    let carrier = match (converged, r.has("compute")) {
        (true, _) => Some(FabricId(0)),
        (false, true) => Some(FabricId(1)),
        (false, false) => None,
    };
    (fabrics, carrier, switches)
}

fn fabric(r: &Reader<'_>, name: &str, switch: &Ports) -> FabricSpec {
    let topology = match r.get::<String>("topology").as_str() {
        "leaf-spine" => Topology::LeafSpine {
            leaves: r.get("leaves"),
            storage_leaves: r.get("storage_leaves"),
            spines: shapes::spines(r),
            uplink: r.opt("uplink").unwrap_or(switch.rate),
            uplinks: r.get("uplinks"),
        },
        "fat-tree" => fat_tree(r, switch.rate),
        "rail-optimised" => shapes::rail_optimised(r, switch.rate),
        "dragonfly" => shapes::dragonfly(r, switch.rate),
        "torus" => shapes::torus(r, switch.rate),
        "three-tier" => shapes::three_tier(r, switch),
        "custom" => custom(r, switch.rate),
        _ => Topology::OneSwitch,
    };
    FabricSpec {
        name: name.into(),
        topology,
        forwarding: switch.forwarding,
        buffer: switch.buffer,
        host_propagation: r.get("host_cable"),
        switch_propagation: r.get("switch_cable"),
        transport: r.child("transport").map_or_else(no_transport, |t| {
            let transport = transport(&t);
            check_buffer(r, &t, switch.buffer, &transport);
            transport
        }),
        planes: r.get("planes"),
        homes: r.get("homes"),
        ports: Some(SwitchPorts { count: switch.count, rate: switch.rate }),
        routing: super::routing::routing(r),
    }
}

/// Whether a port's buffer holds a packet, and the queue that is to stand there.
fn check_buffer(r: &Reader<'_>, t: &Reader<'_>, buffer: Option<Bytes>, transport: &Transport) {
    let (packet, threshold) = match transport {
        Transport::Tcp(tcp) => (tcp.mss, tcp.queue_threshold),
        Transport::Rdma(rdma) => (Bytes(4096), rdma.queue_threshold),
    };
    let Some(buffer) = buffer.filter(|_| t.sound()) else { return };
    if buffer < packet
        && let Some(switch) = r.child("switch")
    {
        let message = format!("`buffer` of a port holds less than one packet of {packet}");
        switch.error_at("buffer", message, "too small", "a port's share of the memory".into());
    }
    if threshold.is_some_and(|threshold| threshold > buffer) {
        let message = "`queue_threshold` is larger than a port's `buffer`".to_string();
        let help = format!("at most {buffer}, the switch's `buffer`");
        t.error_at("queue_threshold", message, "never reached", help);
    }
}

fn fat_tree(r: &Reader<'_>, port_rate: Rate) -> Topology {
    let k: u32 = r.get("k");
    if k % 2 == 1 && r.has("k") && r.context.sound(&r.join("k")) {
        let message = format!("`k` in {} must be even, it is {k}", r.title);
        let help = "half of a switch's ports lead up, half down".to_string();
        r.error_at("k", message, "odd", help);
    }
    Topology::FatTree { k, link: r.opt("link").unwrap_or(port_rate) }
}

fn custom(r: &Reader<'_>, port_rate: Rate) -> Topology {
    let Names(switches) = r.get("switches");
    for (i, (name, place)) in switches.iter().enumerate() {
        if let Some((_, first)) = switches[..i].iter().find(|(other, _)| other == name) {
            let finding = Diagnostic::error(
                place,
                format!("there are two switches called \"{name}\""),
                "the same name again",
            );
            r.context.report(&r.join("switches"), finding.related(first, "first named here"));
        }
    }
    let mut names: Vec<String> = switches.into_iter().map(|(name, _)| name).collect();
    let (mut links, mut attachments) = (Vec::new(), Vec::new());
    let usual = explicit::Usual { rate: port_rate, propagation: r.get("switch_cable") };
    explicit::read(r, usual, &mut names, &mut links, &mut attachments);
    if names.is_empty() && r.sound() {
        let help = "name at least one switch: switches = [\"core\"]".to_string();
        r.error_at("switches", "a custom topology needs a switch".into(), "empty", help);
    }
    links.extend(r.children("links").iter().map(|link| custom_link(link, &names)));
    for attach in r.children("attach") {
        let seat = format!("{}.seats.{}", r.path, attachments.len());
        r.context.remember(&seat, &attach.place_of("hosts"));
        attachments.push(attachment(&attach, &names));
    }
    Topology::Custom { switches: names, links, attachments }
}

fn custom_link(r: &Reader<'_>, names: &[String]) -> CustomLink {
    let end = |key: &str| {
        let name: String = r.get(key);
        find_switch(r, key, &name, &r.place_of(key), names)
    };
    let (a, b) = (end("a"), end("b"));
    if a == b && r.sound() {
        let message = "a cable leads from a switch to itself".to_string();
        r.error_at("b", message, "the same switch", "name another switch".into());
    }
    CustomLink { a, b, rate: r.get("rate"), propagation: r.get("cable"), cables: r.get("cables") }
}

fn attachment(r: &Reader<'_>, names: &[String]) -> Attachment {
    let Names(switches) = r.get("switches");
    if switches.is_empty() && r.sound() {
        let help = "name the switches these hosts are cabled to".to_string();
        r.error_at("switches", "hosts need a switch".into(), "empty", help);
    }
    let hosts: String = r.get("hosts");
    if hosts.trim_end_matches('*').contains('*') || hosts.ends_with("**") {
        let help = "write a prefix and one star: \"train-*\"".to_string();
        r.error_at("hosts", "a star may stand at the end only".into(), "not a pattern", help);
    }
    Attachment {
        hosts,
        switches: switches
            .iter()
            .map(|(name, place)| find_switch(r, "switches", name, place, names))
            .collect(),
    }
}

fn find_switch(
    r: &Reader<'_>,
    key: &str,
    name: &str,
    place: &crate::spec::error::Place,
    names: &[String],
) -> u32 {
    if let Some(at) = names.iter().position(|other| other == name) {
        return u32::try_from(at).expect("a file of 4 MiB names fewer switches");
    }
    if r.context.sound(&r.join(key)) {
        let message = format!("there is no switch called \"{name}\"");
        let finding = Diagnostic::error(place, message, "not in `switches`");
        let help = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("switches: {}", names.join(", ")),
        };
        r.context.report(&r.join(key), finding.help(help));
    }
    0
}

fn transport(r: &Reader<'_>) -> Transport {
    let name = name_of(r);
    let efficiency = r.get("efficiency");
    if r.get::<String>("kind") == "rdma" {
        let recovery = match r.get::<String>("recovery").as_str() {
            "selective" => Recovery::Selective,
            _ => Recovery::GoBackN,
        };
        return Transport::Rdma(Rdma {
            name,
            startup: r.get("startup"),
            rate_cap: r.opt("rate_cap"),
            efficiency,
            loss: r.get("loss"),
            recovery,
            queue_threshold: r.opt("queue_threshold"),
        });
    }
    let loss_law = match r.get::<String>("loss_law").as_str() {
        "cubic" => LossLaw::Cubic,
        "mathis" => LossLaw::Mathis,
        "pftk" => LossLaw::Pftk,
        "bbr3" => LossLaw::Bbr3,
        _ => LossLaw::None,
    };
    let hystart = match r.get::<String>("hystart").as_str() {
        "linux" => HyStart::Linux,
        "ns-3" => HyStart::Ns3,
        _ => HyStart::Off,
    };
    let tcp = Tcp {
        name,
        mss: r.get("mss"),
        initial_window: r.get("initial_window"),
        growth: r.get("growth"),
        window_limit: r.get("window_limit"),
        min_rto: r.get("min_rto"),
        idle_restart: r.get("idle_restart"),
        setup_round_trips: r.get("setup_round_trips"),
        loss: r.get("loss"),
        loss_law,
        hystart,
        queue_threshold: r.opt("queue_threshold"),
        efficiency,
    };
    if tcp.window_limit < tcp.mss && r.sound() {
        let message = "`window_limit` is smaller than one segment".to_string();
        r.error_at("window_limit", message, "too small", "at least `mss`".into());
    }
    Transport::Tcp(tcp)
}

fn no_transport() -> Transport {
    Transport::Rdma(Rdma {
        name: String::new(),
        startup: Span::ZERO,
        rate_cap: None,
        efficiency: 1.0,
        loss: 0.0,
        recovery: Recovery::GoBackN,
        queue_threshold: None,
    })
}
