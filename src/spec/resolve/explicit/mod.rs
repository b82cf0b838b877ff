//! Explicit graphs from files: cables from a CSV or GraphML file, hosts from a CSV file.

mod graphml;
mod tables;

use super::report_file;
use crate::kernel::time::Span;
use crate::kernel::units::Rate;
use crate::model::{Attachment, CustomLink};
use crate::spec::error::{Diagnostic, Place, nearest};
use crate::spec::reader::Reader;

/// A cable as a file names it.
pub struct Drawn {
    a: (String, Place),
    b: (String, Place),
    rate: Rate,
    propagation: Span,
    cables: u32,
}

/// A host and its switches as a file names them.
pub struct Seat {
    host: (String, Place),
    switches: Vec<(String, Place)>,
}

/// What stands for cells that are left out.
#[derive(Clone, Copy)]
pub struct Usual {
    /// Line rate of a cable.
    pub rate: Rate,
    /// Propagation of a cable.
    pub propagation: Span,
}

/// Adds what the files of a custom topology say to what its tables say.
pub fn read(
    r: &Reader<'_>,
    usual: Usual,
    switches: &mut Vec<String>,
    links: &mut Vec<CustomLink>,
    attachments: &mut Vec<Attachment>,
) {
    let (mut drawn, mut seats) = (Vec::new(), Vec::new());
    let file = |key: &str| r.opt::<String>(key).map(|name| r.context.base.join(name));
    if let Some(path) = file("links_file") {
        let wrong = tables::links(&path, usual).map(|(cables, wrong)| {
            drawn.extend(cables);
            wrong
        });
        report_file(r, "links_file", &path, wrong.unwrap_or_else(|wrong| wrong));
    }
    if let Some(path) = file("hosts_file") {
        let wrong = tables::hosts(&path).map(|(hosts, wrong)| {
            seats.extend(hosts);
            wrong
        });
        report_file(r, "hosts_file", &path, wrong.unwrap_or_else(|wrong| wrong));
    }
    if let Some(path) = file("graph_file") {
        let wrong = graphml::read(&path, usual).map(|(cables, hosts, wrong)| {
            drawn.extend(cables);
            seats.extend(hosts);
            wrong
        });
        report_file(r, "graph_file", &path, wrong.unwrap_or_else(|wrong| wrong));
    }
    let mut number = |name: &str| -> u32 {
        let at = switches.iter().position(|known| known == name).unwrap_or_else(|| {
            switches.push(name.to_owned());
            switches.len() - 1
        });
        u32::try_from(at).expect("a file of 4 MiB names fewer switches")
    };
    for cable in drawn {
        let (a, b) = (number(&cable.a.0), number(&cable.b.0));
        let (rate, propagation, cables) = (cable.rate, cable.propagation, cable.cables);
        links.push(CustomLink { a, b, rate, propagation, cables });
    }
    for seat in seats {
        let place = &seat.host.1;
        r.context.remember(&format!("{}.seats.{}", r.path, attachments.len()), place);
        let known = |(name, place): (String, Place)| {
            let at = switches.iter().position(|known| *known == name);
            let lacking =
                ["links_file", "graph_file"].iter().any(|key| !r.context.sound(&r.join(key)));
            if at.is_none() && !lacking {
                let message = format!("there is no switch called \"{name}\"");
                let near = nearest(&name, switches.iter().map(String::as_str));
                let finding = Diagnostic::error(&place, message, "no cable leads to it");
                let help = near.map_or_else(
                    || "switches are the ends of cables".to_owned(),
                    |near| format!("did you mean \"{near}\"?"),
                );
                r.context.report(&r.path, finding.help(help));
            }
            at.unwrap_or(0) as u32
        };
        let switches = seat.switches.into_iter().map(known).collect();
        attachments.push(Attachment { hosts: seat.host.0, switches });
    }
}
