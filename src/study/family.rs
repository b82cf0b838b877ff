//! Boxes that differ only by number, and how to name several of them at once.

use super::estimate::estimate;
use super::outcome::{Outcome, StallShare};
use super::words::percent_range;
use crate::metrics::summary::RunSummary;

/// Of a family, those that hold at least this share of what the worst of them holds form the set
/// that is named.
const ALIKE: f64 = 0.5;

/// One box, or cables reported together.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What ranks it: GPU-seconds held, or utilisation.
    pub weight: f64,
    /// Share of its capacity in use, 0–1.
    pub utilisation: f64,
    /// What it could do: bytes per second, or servers.
    pub capacity: f64,
    /// `network`, `adapter`, `controller` …
    pub kind: &'static str,
}

/// Those of a family that hold the work up alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// `leaf-3 → spine uplinks`, `all 8 controller-* NIC out`.
    pub name: String,
    /// The boxes, heaviest first.
    pub members: Vec<Member>,
}

impl Set {
    /// Their capacity together.
    pub fn capacity(&self) -> f64 {
        self.members.iter().map(|member| member.capacity).sum()
    }

    /// Their load together.
    pub fn load(&self) -> f64 {
        self.members.iter().map(|member| member.capacity * member.utilisation).sum()
    }

    /// Their utilisation together, 0–1.
    pub fn utilisation(&self) -> f64 {
        if self.capacity() > 0.0 { self.load() / self.capacity() } else { 0.0 }
    }

    /// `97–99 % busy`.
    pub fn busy(&self) -> String {
        let each = || self.members.iter().map(|member| member.utilisation);
        let (low, high) = (each().fold(f64::MAX, f64::min), each().fold(0.0, f64::max));
        format!("{} busy", percent_range(low, high))
    }

    /// Sum of the members' weights.
    pub fn weight(&self) -> f64 {
        self.members.iter().map(|member| member.weight).sum()
    }
}

/// A name with the numbers of its boxes left out: `leaf-3 → spine-0` is `leaf-* → spine-*`.
pub fn pattern(name: &str) -> String {
    let mut text = String::new();
    let mut in_number = false;
    for symbol in name.chars() {
        in_number = symbol.is_ascii_digit() && (in_number || text.ends_with('-'));
        if !in_number {
            text.push(symbol);
        } else if !text.ends_with('*') {
            text.push('*');
        }
    }
    text
}

/// Names those members of one family that weigh alike; `family_size` counts the idle ones too.
pub fn name_set(mut members: Vec<Member>, family_size: usize) -> Set {
    members.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let least = members.first().map_or(0.0, |worst| worst.weight * ALIKE);
    members.retain(|member| member.weight >= least);
    let name = match members.as_slice() {
        [] => String::new(),
        [only] => only.name.clone(),
        [first, ..] if members.len() >= family_size => {
            format!("all {} {}", members.len(), pattern(&first.name))
        }
        [first, ..] => format!("{} of {family_size} {}", members.len(), pattern(&first.name)),
    };
    Set { name, members }
}

/// What a link group (or link) called `name` can carry and carries; none if there is no such link.
fn link_member(outcome: &Outcome, name: &str, weight: f64) -> Option<Member> {
    let links = || outcome.links.iter().filter(|link| link.group == name || link.name == name);
    let kind = links().next()?.kind;
    let capacity: f64 = links().map(|link| link.capacity_bytes_per_s).sum();
    let load: f64 = links().map(|link| link.capacity_bytes_per_s * link.utilisation.mean).sum();
    let utilisation = if capacity > 0.0 { load / capacity } else { 0.0 };
    Some(Member { name: name.to_owned(), weight, utilisation, capacity, kind })
}

/// Holders of transfers, family by family, heaviest first.
pub fn families_of_holders(outcome: &Outcome) -> Vec<(String, Vec<&StallShare>)> {
    let mut families: Vec<(String, Vec<&StallShare>)> = Vec::new();
    for share in outcome.stall_by_bottleneck.iter().filter(|s| s.gpu_seconds.mean > 0.0) {
        let key = pattern(&share.name);
        match families.iter_mut().find(|(name, _)| *name == key) {
            Some((_, list)) => list.push(share),
            None => families.push((key, vec![share])),
        }
    }
    let weight = |list: &[&StallShare]| list.iter().map(|s| s.gpu_seconds.mean).sum::<f64>();
    families.sort_by(|a, b| weight(&b.1).total_cmp(&weight(&a.1)));
    families
}

/// What held transfers, boxes that differ only by number together (`controller-* NIC out (7)`),
/// heaviest first.
pub fn holders_by_family(outcome: &Outcome) -> Vec<StallShare> {
    let together = |(family, members): (String, Vec<&StallShare>)| {
        let of = |run: &RunSummary| {
            let all = run.stall_by_bottleneck.iter().filter(|s| pattern(&s.name) == family);
            all.map(|s| s.gpu_seconds).sum::<f64>()
        };
        StallShare {
            name: match members.as_slice() {
                [only] => only.name.clone(),
                several => format!("{family} ({})", several.len()),
            },
            gpu_seconds: estimate(outcome.runs.iter().map(of)),
            share: members.iter().map(|member| member.share).sum(),
        }
    };
    families_of_holders(outcome).into_iter().map(together).collect()
}

/// The links of a family of holders that hold alike; none if it is no link (TCP window, loss …).
pub fn link_set(outcome: &Outcome, family: &str, holders: &[&StallShare]) -> Option<Set> {
    let members: Vec<Member> = holders
        .iter()
        .filter_map(|share| link_member(outcome, &share.name, share.gpu_seconds.mean))
        .collect();
    if members.is_empty() {
        return None;
    }
    let by_group = outcome.links.iter().any(|link| link.group == holders[0].name);
    let mut names: Vec<&str> = outcome
        .links
        .iter()
        .map(|link| if by_group { link.group.as_str() } else { link.name.as_str() })
        .filter(|name| pattern(name) == family)
        .collect();
    names.sort_unstable();
    names.dedup();
    Some(name_set(members, names.len()))
}

/// The busiest stations of a kind, those alike together; none if there are no such stations.
pub fn station_set(outcome: &Outcome, kind: &str) -> Option<Set> {
    let of_kind = || outcome.stations.iter().filter(|station| station.kind == kind);
    // A controller also has adapters and cores, so it is said that its slots are meant.
    let what = if kind == "controller" { " slots" } else { "" };
    let members: Vec<Member> = of_kind()
        .map(|station| Member {
            name: format!("{}{what}", station.name),
            weight: station.utilisation.mean,
            utilisation: station.utilisation.mean,
            capacity: station.servers as f64,
            kind: station.kind,
        })
        .collect();
    if members.is_empty() { None } else { Some(name_set(members, of_kind().count())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, weight: f64) -> Member {
        Member { name: name.to_owned(), weight, utilisation: 0.9, capacity: 1.0, kind: "adapter" }
    }

    #[test]
    fn patterns_leave_numbers_of_boxes_out() {
        assert_eq!(pattern("leaf-3 → spine uplinks"), "leaf-* → spine uplinks");
        assert_eq!(pattern("storage-12/device-3 read"), "storage-*/device-* read");
        assert_eq!(pattern("S3 window"), "S3 window");
    }

    #[test]
    fn one_heavy_box_is_named_alone() {
        let set = name_set(vec![member("leaf-1 up", 1.0), member("leaf-3 up", 9.0)], 4);
        assert_eq!(set.name, "leaf-3 up");
    }

    #[test]
    fn equals_are_named_together() {
        let three = || (0..3).map(|i| member(&format!("controller-{i} NIC out"), 5.0)).collect();
        assert_eq!(name_set(three(), 3).name, "all 3 controller-* NIC out");
        assert_eq!(name_set(three(), 8).name, "3 of 8 controller-* NIC out");
    }
}
