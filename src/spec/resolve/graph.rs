//! Custom topologies: every host has a switch, and every reader a way to the store.

use super::ports::Hosts;
use crate::model::{Attachment, CustomLink};
use crate::spec::error::Diagnostic;
use crate::spec::reader::Context;

/// Most hosts of a custom topology: each is compared with every pattern.
const MAX_HOSTS: u64 = 20_000;
/// Most patterns.
const MAX_PATTERNS: usize = 5_000;

/// A custom topology with what is plugged into it.
pub struct Graph<'a> {
    /// Names of the switches.
    pub switches: &'a [String],
    /// Cables between them.
    pub links: &'a [CustomLink],
    /// Where hosts sit.
    pub attachments: &'a [Attachment],
    /// The hosts.
    pub hosts: &'a [Hosts],
}

/// Reports hosts without a switch, hosts that cannot reach the others, and idle patterns.
pub fn check(context: &Context, path: &str, graph: &Graph<'_>) {
    let at = format!("{path}.attach");
    let total: u64 = graph.hosts.iter().map(|kind| kind.count).sum();
    if total > MAX_HOSTS || graph.attachments.len() > MAX_PATTERNS {
        let message = format!(
            "a custom topology holds {MAX_HOSTS} hosts and {MAX_PATTERNS} patterns at most"
        );
        context.report(&at, Diagnostic::error(&context.place(&at), message, "too many"));
        return;
    }
    let mut used = vec![false; graph.attachments.len()];
    let mut seats = Vec::new();
    for kind in graph.hosts {
        for i in 0..kind.count {
            let name = host_name(kind, i);
            let Some(found) = graph.attachments.iter().position(|a| fits(&a.hosts, &name)) else {
                let message = format!("host \"{name}\" has no switch");
                let help = format!(
                    "add [[{path}.attach]] with hosts = \"{}\" and switches = [\"{}\"]",
                    name.trim_end_matches(|c: char| c.is_ascii_digit()).to_string() + "*",
                    graph.switches.first().map_or("", String::as_str)
                );
                let finding = Diagnostic::error(&context.place(&at), message, "no pattern fits it");
                context.report(&at, finding.help(help));
                break;
            };
            used[found] = true;
            seats.extend(graph.attachments[found].switches.iter().map(|&s| (name.clone(), s)));
        }
    }
    for (i, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
        let at = format!("{path}.seats.{i}");
        let message = format!("no host is called \"{}\"", graph.attachments[i].hosts);
        let finding = Diagnostic::error(&context.place(&at), message, "matches nothing").warning();
        let names: Vec<String> = graph.hosts.iter().map(|kind| host_name(kind, 0)).collect();
        let help = format!("hosts are called {}, …; the first pattern wins", names.join(", "));
        context.report(&at, finding.help(help));
    }
    connected(context, path, graph, &seats);
}

pub(super) fn host_name(kind: &Hosts, i: u64) -> String {
    if kind.is_store {
        return format!("controller-{i}");
    }
    let group = kind.name.trim_start_matches("nodes ").trim_matches('"');
    format!("{group}-{i}")
}

/// Whether a host name fits a pattern: equal, or equal up to a final `*`.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// All switches with hosts must be one piece; the store's piece is named first.
fn connected(context: &Context, path: &str, graph: &Graph<'_>, seats: &[(String, u32)]) {
    let mut piece: Vec<usize> = (0..graph.switches.len()).collect();
    for link in graph.links {
        let (a, b) = (root(&mut piece, link.a as usize), root(&mut piece, link.b as usize));
        piece[a] = b;
    }
    let store = seats.iter().find(|(name, _)| name.starts_with("controller-"));
    let Some((home, switch)) = store.or(seats.first()) else { return };
    let main = root(&mut piece, *switch as usize);
    for (name, switch) in seats {
        if root(&mut piece, *switch as usize) == main {
            continue;
        }
        let key = if graph.links.is_empty() { "attach" } else { "links" };
        let at = format!("{path}.{key}");
        let what = if home.starts_with("controller-") { "unreachable store" } else { "two pieces" };
        let message = format!("{what}: no path leads from \"{name}\" to \"{home}\"");
        let help = format!(
            "switch \"{}\" has no way to the others; add a cable under [[{path}.links]]",
            graph.switches[*switch as usize]
        );
        let finding = Diagnostic::error(&context.place(&at), message, "the network is in pieces");
        context.report(&at, finding.help(help));
        return;
    }
}

/// The piece that switch `i` belongs to (union–find with path halving).
pub(super) fn root(piece: &mut [usize], mut i: usize) -> usize {
    while piece[i] != i {
        piece[i] = piece[piece[i]];
        i = piece[i];
    }
    i
}
