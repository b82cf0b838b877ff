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
        let mut dealt = vec![0usize; attachments.len()];
        let mut place = |name: &str| {
            let i = attachments
                .iter()
                .position(|a| matches(&a.hosts, name))
                .expect("the reader checks that every host is attached");
            let switch = attachments[i].switches[dealt[i] % attachments[i].switches.len()];
            dealt[i] += 1;
            ids[switch as usize]
        };
        hosts.iter().map(|host| vec![place(host.name); host.ports as usize]).collect()
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
