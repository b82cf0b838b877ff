//! Switches and cables as listed.

use super::{PlanHost, Wiring};
use crate::model::{Attachment, CustomLink};

impl Wiring<'_> {
    pub(super) fn custom(
        &mut self,
        hosts: &[PlanHost<'_>],
        switches: &[String],
        links: &[CustomLink],
        attachments: &[Attachment],
    ) -> Vec<Vec<u32>> {
        let ids: Vec<_> = switches.iter().map(|s| self.switch(s, 1)).collect();
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
        hosts.iter().map(|host| vec![place(&host.local); host.nic.ports as usize]).collect()
    }
}

/// Whether a host name fits a pattern: equal, or equal up to a final `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}
