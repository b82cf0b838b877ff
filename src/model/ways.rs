//! Ways between sites: which link a site sends into on the way to another. The network routes by
//! it, and residency is checked against it.

use super::{Site, SiteId, Wan, WanId, WanMetric};
use crate::kernel::id::{Id, Table};
use std::cmp::Reverse;

/// The best way from a site: what it costs, how long it takes (picoseconds), how many links it has,
/// and the first of them. Smaller is better.
type Best = (u128, u128, u32, WanId);

/// For every site, the link it sends into on its way to `to`: on the best way by `metric` over links
/// that `usable` (of a link and the site that sends into it) allows; ties go to less delay, then
/// fewer links, then the link that stands first in the file. By cost and delay alone ways would be
/// found by Dijkstra; the widest ones are found width by width, since a wide way's tail need not be
/// the quickest wide way (Wang & Crowcroft, IEEE JSAC 14(7), 1996).
pub fn towards(
    sites: usize,
    wans: &Table<WanId, Wan>,
    metric: WanMetric,
    to: SiteId,
    usable: &dyn Fn(WanId, SiteId) -> bool,
) -> Vec<Option<WanId>> {
    let first = |best: Vec<Option<Best>>| best.into_iter().map(|b| b.map(|b| b.3)).collect();
    match metric {
        WanMetric::Delay => first(search(sites, wans, to, usable, &|_| 0)),
        WanMetric::Price => first(search(sites, wans, to, usable, &price)),
        WanMetric::Widest => {
            let mut widths: Vec<u64> = wans.rows().iter().map(|wan| wan.rate.0).collect();
            widths.sort_unstable_by_key(|width| Reverse(*width));
            widths.dedup();
            let mut found = vec![None; sites];
            for width in widths {
                let wide = |id: WanId, from: SiteId| wans[id].rate.0 >= width && usable(id, from);
                let best = search(sites, wans, to, &wide, &|_| 0);
                for (site, best) in found.iter_mut().zip(best).filter(|(site, _)| site.is_none()) {
                    *site = best.map(|best| best.3);
                }
            }
            found
        }
    }
}

fn price(wan: &Wan) -> u128 {
    u128::try_from(wan.price.0).expect("prices are not negative")
}

/// The best ways to `to` by additive cost (Bellman & Ford: there are few sites).
fn search(
    sites: usize,
    wans: &Table<WanId, Wan>,
    to: SiteId,
    usable: &dyn Fn(WanId, SiteId) -> bool,
    cost: &dyn Fn(&Wan) -> u128,
) -> Vec<Option<Best>> {
    let mut best: Vec<Option<Best>> = vec![None; sites];
    let mut changed = true;
    while changed {
        changed = false;
        for (id, wan) in wans.iter() {
            for (from, next) in [(wan.ends[0], wan.ends[1]), (wan.ends[1], wan.ends[0])] {
                if from == to || !usable(id, from) {
                    continue;
                }
                let ahead = match (next == to, best[next.index()]) {
                    (true, _) => (0, 0, 0),
                    (false, Some((cost, delay, links, _))) => (cost, delay, links),
                    (false, None) => continue,
                };
                let way =
                    (ahead.0 + cost(wan), ahead.1 + u128::from(wan.latency.0), ahead.2 + 1, id);
                if best[from.index()].is_none_or(|old| way < old) {
                    best[from.index()] = Some(way);
                    changed = true;
                }
            }
        }
    }
    best
}

/// The links from one site to another, in order; none if there is no way.
pub fn way(
    sites: &Table<SiteId, Site>,
    wans: &Table<WanId, Wan>,
    metric: WanMetric,
    (from, to): (SiteId, SiteId),
    usable: &dyn Fn(WanId, SiteId) -> bool,
) -> Option<Vec<WanId>> {
    let next = towards(sites.len(), wans, metric, to, usable);
    let mut links = Vec::new();
    let mut at = from;
    while at != to {
        let link = next[at.index()]?;
        links.push(link);
        at = wans[link].across(at).expect("a site's own link");
    }
    Some(links)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Span;
    use crate::kernel::units::{Rate, UsdPerGb};
    use proptest::prelude::*;

    /// Every way without a site twice, as (width, price, delay, links).
    fn all(wans: &Table<WanId, Wan>, from: SiteId, to: SiteId) -> Vec<(u64, i128, u64, usize)> {
        let mut found = Vec::new();
        let mut stack = vec![(vec![from], (u64::MAX, 0, 0))];
        while let Some((seen, (width, price, delay))) = stack.pop() {
            let at = seen[seen.len() - 1];
            if at == to {
                found.push((width, price, delay, seen.len() - 1));
                continue;
            }
            for wan in wans.rows() {
                let Some(next) = wan.across(at).filter(|next| !seen.contains(next)) else {
                    continue;
                };
                let mut longer = seen.clone();
                longer.push(next);
                let way = (width.min(wan.rate.0), price + wan.price.0, delay + wan.latency.0);
                stack.push((longer, way));
            }
        }
        found
    }

    proptest! {
        /// Twin: all ways written down. By delay and by price the way is the best of all; the widest
        /// is as wide as any (hop by hop it may be longer than the quickest of the widest).
        #[test]
        fn the_best_way_is_the_best_of_all(
            links in prop::collection::vec((0u32..5, 0u32..5, 1u64..4, 0i128..4, 0u64..4), 0..9),
        ) {
            let mut wans = Table::new();
            for (a, b, rate, price, delay) in links.into_iter().filter(|l| l.0 != l.1) {
                wans.push(Wan {
                    name: "wan".into(),
                    ends: [SiteId(a), SiteId(b)],
                    rate: Rate(rate),
                    latency: Span(delay),
                    jitter: None,
                    loss: 0.0,
                    price: UsdPerGb(price),
                });
            }
            let sites: Table<SiteId, Site> = (0..5).map(|i| Site {
                name: format!("s{i}"),
                region: None,
                groups: Vec::new(),
                controllers: 0..0,
                storage_nodes: 0..0,
                trunk: None,
                cache: None,
            }).collect();
            for (from, to) in (0..5).flat_map(|a| (0..5).map(move |b| (SiteId(a), SiteId(b)))) {
                if from == to {
                    continue;
                }
                let ways = all(&wans, from, to);
                for metric in [WanMetric::Delay, WanMetric::Price, WanMetric::Widest] {
                    let way = way(&sites, &wans, metric, (from, to), &|_, _| true);
                    prop_assert_eq!(way.is_some(), !ways.is_empty());
                    let Some(way) = way else { continue };
                    let width = way.iter().map(|w| wans[*w].rate.0).min().unwrap();
                    let price: i128 = way.iter().map(|w| wans[*w].price.0).sum();
                    let delay: u64 = way.iter().map(|w| wans[*w].latency.0).sum();
                    let all = ways.iter();
                    match metric {
                        WanMetric::Delay => {
                            let best = all.map(|w| (w.2, w.3)).min().unwrap();
                            prop_assert_eq!((delay, way.len()), best);
                        }
                        WanMetric::Price => {
                            let best = all.map(|w| (w.1, w.2, w.3)).min().unwrap();
                            prop_assert_eq!((price, delay, way.len()), best);
                        }
                        WanMetric::Widest => {
                            prop_assert_eq!(width, all.map(|w| w.0).max().unwrap());
                        }
                    }
                }
            }
        }
    }
}
