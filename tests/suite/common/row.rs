//! Three sites in a row.

use super::lab;
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Rate, UsdPerGb};
use gapcast::metrics::summary::RunSummary;
use gapcast::model::*;

/// A link of 1 GB/s that costs nothing and loses nothing.
pub fn wan(name: &str, a: u32, b: u32, round_trip_ms: u64) -> Wan {
    Wan {
        name: name.into(),
        ends: [SiteId(a), SiteId(b)],
        rate: Rate(8_000_000_000),
        latency: Span(Span::from_ms(round_trip_ms).0 / 2),
        jitter: None,
        loss: 0.0,
        price: UsdPerGb(0),
    }
}

/// Sites a–b–c with so many gateways each; one group of nodes ("node") at a and one ("far") at c;
/// links of 10 and 30 ms round trip; objects of 1 MB.
pub fn row(gateways: [u32; 3]) -> Scenario {
    let mut scenario = lab(1, 64);
    let group = scenario.groups[GroupId(0)].clone();
    scenario.groups.push(NodeGroup { name: "far".into(), ..group });
    let mut next = 0;
    for (i, n) in gateways.into_iter().enumerate() {
        let groups = match i {
            0 => vec![GroupId(0)],
            2 => vec![GroupId(1)],
            _ => Vec::new(),
        };
        scenario.sites.push(Site {
            name: ["a", "b", "c"][i].into(),
            region: Some(["eu-1", "uk-1", "eu-2"][i].into()),
            groups,
            controllers: next..next + n,
            storage_nodes: 0..0,
            trunk: None,
            cache: None,
        });
        next += n;
    }
    scenario.store.controllers = next;
    scenario.wans.push(wan("ab", 0, 1, 10));
    scenario.wans.push(wan("bc", 1, 2, 30));
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(1e6);
    scenario
}

/// Bytes that a link carried.
pub fn bytes(run: &RunSummary, link: &str) -> f64 {
    run.links.iter().find(|l| l.name == link).unwrap_or_else(|| panic!("no {link}")).bytes
}

/// Requests that reached each controller.
pub fn served(run: &RunSummary) -> Vec<u64> {
    run.stations.iter().filter(|s| s.kind == "controller").map(|s| s.arrivals).collect()
}
