//! Residency against brute force: every way written down, over all small networks of sites.

use crate::common;

use common::row::{row, wan};
use gapcast::kernel::id::Table;
use gapcast::kernel::units::UsdPerGb;
use gapcast::model::*;

const SITES: u32 = 4;

/// Six possible links among four sites. Delays and prices are powers of two, so that no two sets of
/// links cost the same and the best way is one alone.
fn network(links: u32, allowed: u32) -> Scenario {
    let mut scenario = row([1, 1, 1]);
    let first = scenario.sites[SiteId(0)].clone();
    scenario.sites = (0..SITES)
        .map(|i| {
            let may = allowed >> i & 1 == 1;
            let region = if may { format!("eu-{i}") } else { format!("us-{i}") };
            Site { name: format!("s{i}"), region: Some(region), ..first.clone() }
        })
        .collect();
    scenario.wans = Table::new();
    let pairs = (0..SITES).flat_map(|a| (a + 1..SITES).map(move |b| (a, b)));
    for (i, (a, b)) in pairs.enumerate().filter(|(i, _)| links >> i & 1 == 1) {
        let price = UsdPerGb(1 << (5 - i));
        scenario.wans.push(Wan { price, ..wan(&format!("w{i}"), a, b, 2 << i) });
    }
    scenario.datasets[DatasetId(0)].allowed_regions = Some(vec!["eu-*".into()]);
    scenario
}

/// Every way without a site twice: sites, delay, price.
fn all(scenario: &Scenario, from: SiteId, to: SiteId) -> Vec<(Vec<SiteId>, u64, i128)> {
    let mut found = Vec::new();
    let mut stack = vec![(vec![from], 0, 0)];
    while let Some((sites, delay, price)) = stack.pop() {
        let at = sites[sites.len() - 1];
        if at == to {
            found.push((sites, delay, price));
            continue;
        }
        for wan in scenario.wans.rows() {
            let Some(next) = wan.across(at).filter(|next| !sites.contains(next)) else { continue };
            let mut longer = sites.clone();
            longer.push(next);
            stack.push((longer, delay + wan.latency.0, price + wan.price.0));
        }
    }
    found
}

/// All 64 networks of four sites, all 16 sets of allowed sites, all pairs of ends: a movement is
/// allowed exactly if every site of the network's way (the quickest) is; the offending hop is the
/// first that is not; the alternative is the cheapest of all ways whose sites are all allowed.
#[test]
fn rules_agree_with_all_ways_written_down() {
    let dataset = DatasetId(0);
    let (mut refused, mut rescued) = (0, 0);
    for (links, allowed) in (0..64).flat_map(|l| (0..1 << SITES).map(move |a| (l, a))) {
        let scenario = network(links, allowed);
        let may = |site: &SiteId| allowed >> site.0 & 1 == 1;
        for (from, to) in (0..SITES).flat_map(|a| (0..SITES).map(move |b| (SiteId(a), SiteId(b)))) {
            let ways = all(&scenario, from, to);
            let quickest = ways.iter().min_by_key(|way| way.1);
            let passage = scenario.passage(from, to);
            assert_eq!(passage.as_ref().map(|p| &p.sites), quickest.map(|way| &way.0));
            let Some((sites, _, _)) = quickest else {
                assert!(!scenario.may_pass(dataset, from, to));
                continue;
            };
            let fine = sites.iter().all(may);
            assert_eq!(scenario.may_pass(dataset, from, to), fine);
            let first = sites.iter().position(|site| !may(site));
            assert_eq!(scenario.offence(dataset, &passage.unwrap()), first);
            let cheapest = ways.iter().filter(|way| way.0.iter().all(may)).min_by_key(|w| w.2);
            let offered = scenario.cheapest_allowed(dataset, &[from], to);
            assert_eq!(offered.map(|p| (p.sites, p.price)), cheapest.map(|w| (w.0.clone(), w.2)));
            refused += u32::from(!fine);
            rescued += u32::from(!fine && cheapest.is_some());
        }
    }
    assert!(refused > 1_000 && rescued > 100, "{refused} refused, {rescued} with another way");
}

#[test]
fn what_is_not_known_is_denied() {
    let eu = ["eu-*".to_string(), "ch-1".to_string()];
    assert!(allows(&eu, Some("eu-west-1")) && allows(&eu, Some("ch-1")));
    for denied in [Some("ch-10"), Some("us-east-1"), Some("EU-west-1"), Some(""), None] {
        assert!(!allows(&eu, denied), "{denied:?}");
    }
    assert!(!allows(&[], Some("eu-west-1")));
}
