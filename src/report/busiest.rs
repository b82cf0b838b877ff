//! The busiest boxes, no kind of box crowding out the others.

use crate::study::{Outcome, pattern};

/// A box and its load over time in the first replicate.
pub struct Busy<'a> {
    /// Its name.
    pub name: &'a str,
    /// `network`, `adapter`, `controller`, `device`, `decode`, `cpu`, `cache`.
    pub kind: &'static str,
    /// Whether it is a station (busy servers) rather than a link (bytes per second).
    pub station: bool,
    /// Mean share of its capacity in use over all replicates, 0–1.
    pub mean: f64,
    /// Share in use in each bin of the first replicate, 0–1.
    pub series: &'a [f64],
}

/// At most `most` boxes, at most `alike` of those that differ only by number; these stand
/// together, families in order of their busiest.
pub fn busiest(outcome: &Outcome, most: usize, alike: usize) -> Vec<Busy<'_>> {
    let run = &outcome.runs[0];
    let links = run.links.iter().zip(&outcome.links).map(|(link, all)| Busy {
        name: &link.name,
        kind: link.kind,
        station: false,
        mean: all.utilisation.mean,
        series: &link.load,
    });
    let stations = run.stations.iter().zip(&outcome.stations).map(|(station, all)| Busy {
        name: &station.name,
        kind: station.kind,
        station: true,
        mean: all.utilisation.mean,
        series: &station.busy,
    });
    let mut boxes: Vec<Busy<'_>> = links.chain(stations).collect();
    // Stable: equals stay in file order.
    boxes.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let mut families: Vec<(String, Vec<Busy<'_>>)> = Vec::new();
    for row in boxes {
        let family = pattern(row.name);
        match families.iter_mut().find(|(name, _)| *name == family) {
            Some((_, rows)) if rows.len() < alike => rows.push(row),
            Some(_) => {}
            None => families.push((family, vec![row])),
        }
    }
    families.into_iter().flat_map(|(_, rows)| rows).take(most).collect()
}
