//! GraphML (Brandes et al., 2002; graphml.graphdrawing.org) as NetworkX and yEd write it.
//!
//! Nodes are switches, or hosts where their `role` says `host`. A name is the data `name` or
//! `label`, yEd's label, or else the id. Edges carry `rate`, `cable` and `cables`.

use super::tables::cable;
use super::{Drawn, Seat, Usual};
use crate::spec::error::{Diagnostic, Diagnostics, Place, Source, nearest};
use crate::spec::files;
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

/// Cables and hosts of a file, and what is wrong with some of them.
///
/// # Errors
/// The file cannot be read, or is not XML.
pub fn read(
    path: &Path,
    usual: Usual,
) -> Result<(Vec<Drawn>, Vec<Seat>, Diagnostics), Diagnostics> {
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
        let ends = ["source", "target"].map(|key| end(edge, key, &names, &place, &mut found));
        let [Some((a, host_a)), Some((b, host_b))] = ends else { continue };
        let (a, b) = ((a, place.clone()), (b, place.clone()));
        let (host, switch) = match (host_a, host_b) {
            (false, false) => {
                let data = file.data(edge);
                let at = |key: &str| data.get(key).map(|(text, place)| (text.as_str(), place));
                // In yEd a rate is written as the edge's label.
                let rate = at("rate").or_else(|| at("label"));
                let more = [rate, at("cable"), at("cables")];
                drawn.push(cable([a, b], more, usual, &mut found));
                continue;
            }
            (true, false) => (a, b),
            (false, true) => (b, a),
            (true, true) => {
                let message = "two hosts cannot be joined without a switch";
                let help = "join each to a switch: a node whose role is not `host`";
                found.push(Diagnostic::error(&place, message, "this edge").help(help));
                continue;
            }
        };
        match seats.iter_mut().find(|seat| seat.host.0 == host.0) {
            Some(seat) => seat.switches.push(switch),
            None => seats.push(Seat { host, switches: vec![switch] }),
        }
    }
    Ok((drawn, seats, found))
}

/// The node at one end of an edge.
fn end(
    edge: Node<'_, '_>,
    key: &str,
    names: &Names<'_>,
    place: &Place,
    found: &mut Diagnostics,
) -> Option<(String, bool)> {
    let id = edge.attribute(key);
    let known = names.get(id.unwrap_or_default()).cloned();
    if known.is_none() {
        let message = match id {
            Some(id) => format!("an edge's {key} \"{id}\" is no node"),
            None => format!("an edge without `{key}`"),
        };
        let help = match id.and_then(|id| nearest(id, names.keys().copied())) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "write the `id` of a node".to_owned(),
        };
        found.push(Diagnostic::error(place, message, "this edge").help(help));
    }
    known
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
    let (mut ids, mut called) = (BTreeMap::new(), BTreeMap::new());
    let again = |message: String, place: &Place, first: &Place| {
        let finding = Diagnostic::error(place, message, "again").related(first, "first here");
        finding.help("nodes are told apart by id and name: change one of them")
    };
    for node in all(document, "node") {
        let (data, place) = (file.data(node), file.place(node));
        let Some(id) = node.attribute("id") else {
            let finding = Diagnostic::error(&place, "a node without `id`", "this node");
            found.push(finding.help("edges name their ends by it: write id = \"…\""));
            continue;
        };
        if let Some(first) = ids.insert(id, place.clone()) {
            found.push(again(format!("there are two nodes with the id \"{id}\""), &place, &first));
            continue;
        }
        let name = ["name", "label"].into_iter().find_map(|key| data.get(key)).cloned();
        let (name, place) = name.unwrap_or_else(|| (id.to_owned(), place));
        let role = data.get("role").map_or("switch", |(role, _)| role.as_str());
        if !["host", "switch"].contains(&role) {
            let place = &data["role"].1;
            let finding = Diagnostic::error(place, format!("there is no role `{role}`"), "unknown");
            found.push(finding.help("roles are `host` and `switch`"));
        }
        let is_host = role == "host";
        if let Some(first) = called.insert((name.clone(), is_host), place.clone()) {
            let kind = if is_host { "hosts" } else { "switches" };
            found.push(again(format!("there are two {kind} called \"{name}\""), &place, &first));
        }
        names.insert(id, (name, is_host));
    }
    names
}
