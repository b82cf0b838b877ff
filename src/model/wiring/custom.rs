//! Switches and cables as listed.

use super::{Guest, Wiring};
use crate::model::{Attachment, CustomLink};

impl Wiring<'_> {
    pub(super) fn custom(
        &mut self,
        hosts: &[Guest<'_>],
        switches: &[String],
        links: &[CustomLink],
        attachments: &[Attachment],
    ) -> Vec<Vec<u32>> {
        let tiers = tiers(switches.len(), links, attachments);
        let ids: Vec<_> = switches.iter().zip(tiers).map(|(s, t)| self.switch(s, t)).collect();
        for cable in links {
            let (a, b) = (ids[cable.a as usize], ids[cable.b as usize]);
            for _ in 0..cable.cables {
                let other = switches[cable.b as usize].clone();
                self.trunk(a, b, cable.rate, cable.propagation, &other);
            }
        }
        let homes = self.spec.homes as usize;
        let mut dealt = vec![0usize; attachments.len()];
        let mut place = |host: &Guest<'_>| -> Vec<u32> {
            let i = attachments
                .iter()
                .position(|a| matches(&a.hosts, host.name))
                .expect("the reader checks that every host is attached");
            let switches = &attachments[i].switches;
            let first = dealt[i];
            dealt[i] += homes;
            let of_port = |port| switches[(first + port % homes) % switches.len()];
            (0..host.ports as usize).map(|port| ids[of_port(port) as usize]).collect()
        };
        hosts.iter().map(&mut place).collect()
    }
}

/// Switches that hosts may sit on are tier 1, those next to them tier 2, and so on.
fn tiers(count: usize, links: &[CustomLink], attachments: &[Attachment]) -> Vec<u8> {
    let mut tiers = vec![u8::MAX; count];
    for switch in attachments.iter().flat_map(|a| &a.switches) {
        tiers[*switch as usize] = 1;
    }
    for tier in 1..u8::MAX {
        let before = tiers.clone();
        for link in links {
            for (here, there) in [(link.a, link.b), (link.b, link.a)] {
                if before[here as usize] == tier && before[there as usize] == u8::MAX {
                    tiers[there as usize] = tier + 1;
                }
            }
        }
        if tiers == before {
            break;
        }
    }
    tiers
}

/// Whether a host name fits a pattern: equal, or equal up to a final `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}
