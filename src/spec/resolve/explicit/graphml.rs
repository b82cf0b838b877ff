//! GraphML (Brandes et al., 2002; graphml.graphdrawing.org) as NetworkX and yEd write it.
//!
//! Nodes are switches, or hosts where their `role` says `host`. A name is the data `name` or
//! `label`, yEd's label, or else the id. Edges carry `rate`, `cable` and `cables`.

use super::tables::{count, quantity_of, value};
use super::{Drawn, Seat, Usual};
use crate::spec::error::{Diagnostic, Diagnostics, Place, Source};
use crate::spec::files;
use crate::spec::quantity;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Data of a node or edge by name, with its place.
type Data = BTreeMap<String, (String, Place)>;

struct File<'d> {
    source: Arc<Source>,
    /// Names of data by their key.
    keys: BTreeMap<&'d str, &'d str>,
}

impl<'d> File<'d> {
    fn place(&self, node: Node<'_, '_>) -> Place {
        let span = node.range();
        // The opening tag is enough.
        let text = &self.source.text[span.clone()];
        let end = text.find('>').map_or(span.end, |end| span.start + end + 1);
        Place { source: self.source.clone(), span: span.start..end }
    }

    fn data(&self, node: Node<'d, 'd>) -> Data {
        let mut all = Data::new();
        for data in node.children().filter(|child| child.has_tag_name_local("data")) {
            let key = data.attribute("key").unwrap_or_default();
            let name = self.keys.get(key).copied().unwrap_or(key);
            let label = data.descendants().find(|part| {
                part.has_tag_name_local("NodeLabel") || part.has_tag_name_local("EdgeLabel")
            });
            let (name, part) = label.map_or((name, data), |label| ("label", label));
            let text = part.text().unwrap_or_default().trim();
            if !text.is_empty() {
                all.insert(name.to_owned(), (text.to_owned(), self.place(part)));
            }
        }
        all
    }
}

/// Tag names whatever their name space: yEd's own have one.
trait Local {
    fn has_tag_name_local(&self, name: &str) -> bool;
}

impl Local for Node<'_, '_> {
    fn has_tag_name_local(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

/// Nodes by id: what they are called, and whether they are hosts.
type Names<'d> = BTreeMap<&'d str, (String, bool)>;

/// Cables and hosts of a file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(path: &Path, usual: Usual) -> Result<(Vec<Drawn>, Vec<Seat>), Diagnostics> {
    let help = "a GraphML file, as yEd or NetworkX write it";
    let source = files::read(path).map_err(|wrong| wrong.help(help))?;
    let document = Document::parse(&source.text).map_err(|wrong| not_xml(&source, &wrong))?;
    let keys = all(&document, "key");
    let keys = keys.filter_map(|key| Some((key.attribute("id")?, key.attribute("attr.name")?)));
    let file = File { source: source.clone(), keys: keys.collect() };
    let mut found = Diagnostics::default();
    let names = names(&file, &document, &mut found);
    let (mut drawn, mut seats) = (Vec::new(), Vec::<Seat>::new());
    for edge in all(&document, "edge") {
        let place = file.place(edge);
        let data = file.data(edge);
        let mut end = |key: &str| {
            let id = edge.attribute(key).unwrap_or_default();
            let known = names.get(id).cloned();
            if known.is_none() {
                let message = format!("an edge's {key} \"{id}\" is no node");
                found.push(Diagnostic::error(&place, message, "this edge"));
            }
            known
        };
        let (Some((a, host_a)), Some((b, host_b))) = (end("source"), end("target")) else {
            continue;
        };
        let (a, b) = ((a, place.clone()), (b, place.clone()));
        let (host, switch) = match (host_a, host_b) {
            (false, false) => {
                drawn.push(cable(a, b, &data, usual, &mut found));
                continue;
            }
            (true, false) => (a, b),
            (false, true) => (b, a),
            (true, true) => {
                let message = "two hosts cannot be joined without a switch";
                found.push(Diagnostic::error(&place, message, "this edge"));
                continue;
            }
        };
        match seats.iter_mut().find(|seat| seat.host.0 == host.0) {
            Some(seat) => seat.switches.push(switch),
            None => seats.push(Seat { host, switches: vec![switch] }),
        }
    }
    if found.has_errors() { Err(found) } else { Ok((drawn, seats)) }
}

/// Elements of this name, wherever they are.
fn all<'d>(document: &'d Document<'d>, name: &'static str) -> impl Iterator<Item = Node<'d, 'd>> {
    document.descendants().filter(move |node| node.has_tag_name_local(name))
}

fn not_xml(source: &Arc<Source>, wrong: &roxmltree::Error) -> Diagnostics {
    let before = wrong.pos().row.saturating_sub(1) as usize;
    let start: usize = source.text.split_inclusive('\n').take(before).map(str::len).sum();
    let line = source.text[start..].lines().next().unwrap_or_default();
    let place = Place { source: source.clone(), span: start..start + line.len() };
    let finding = Diagnostic::error(&place, format!("not XML: {wrong}"), "here");
    finding.help("GraphML as yEd or NetworkX write it").into()
}

fn names<'d>(file: &File<'d>, document: &'d Document<'d>, found: &mut Diagnostics) -> Names<'d> {
    let mut names = Names::new();
    for node in all(document, "node") {
        let data = file.data(node);
        let Some(id) = node.attribute("id") else {
            found.push(Diagnostic::error(&file.place(node), "a node without `id`", "this node"));
            continue;
        };
        let name = ["name", "label"].into_iter().find_map(|key| data.get(key));
        let name = name.map_or_else(|| id.to_owned(), |(name, _)| name.clone());
        let role = data.get("role").map_or("switch", |(role, _)| role.as_str());
        if !["host", "switch"].contains(&role) {
            let place = &data["role"].1;
            let finding = Diagnostic::error(place, format!("there is no role `{role}`"), "unknown");
            found.push(finding.help("roles are `host` and `switch`"));
        }
        names.insert(id, (name, role == "host"));
    }
    names
}

fn cable(
    a: (String, Place),
    b: (String, Place),
    data: &Data,
    usual: Usual,
    found: &mut Diagnostics,
) -> Drawn {
    let at = |key: &str| data.get(key).map(|(text, place)| (text.as_str(), place));
    // In yEd a rate is written as the edge's label.
    let rate = at("rate").or_else(|| at("label"));
    let cable = quantity_of(quantity::cable);
    Drawn {
        a,
        b,
        rate: value(rate, usual.rate, "`rate`", quantity_of(quantity::rate), found),
        propagation: value(at("cable"), usual.propagation, "`cable`", cable, found),
        cables: value(at("cables"), 1, "`cables`", count, found),
    }
}
