//! The busiest boxes, no kind of box crowding out the others.

use crate::study::Outcome;

/// Of boxes that differ only by number, at most this many are taken.
const ALIKE: usize = 3;

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

/// At most `most` boxes, busiest first.
pub fn busiest(outcome: &Outcome, most: usize) -> Vec<Busy<'_>> {
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
    let mut taken: Vec<(String, usize)> = Vec::new();
    boxes.retain(|row| {
        let family = crate::study::pattern(row.name);
        match taken.iter_mut().find(|(name, _)| *name == family) {
            Some((_, count)) => {
                *count += 1;
                *count <= ALIKE
            }
            None => {
                taken.push((family, 1));
                true
            }
        }
    });
    boxes.truncate(most);
    boxes
}
