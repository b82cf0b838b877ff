use super::*;
use crate::kernel::maxmin::oracle::{OracleFlow, rates};
use crate::kernel::maxmin::{Owner, UNIT, WEIGHT_ONE};
use proptest::prelude::*;

const MB: u64 = UNIT * 1_000_000;

fn class(priority: u32, weight: u32) -> Class {
    Class { priority, weight, guarantee: Portion::NONE, cap: Portion::ALL }
}

fn over(links: &[ResourceId]) -> Vec<Hop> {
    links.iter().map(|&resource| Hop { resource, divisor: 1 }).collect()
}

/// The link of 10 with ten flows of one class and one of the other that a link of 2 holds: the ten
/// share 8. Filling by the smallest rate per weight would leave them at 5 in all.
#[test]
fn what_a_class_cannot_use_goes_to_the_other() {
    let mut net = ClassMaxMin::new(vec![class(0, 1), class(0, 1)]);
    let wide = net.add_resource(10 * MB, true);
    let narrow = net.add_resource(2 * MB, true);
    let ten: Vec<_> = (0..10).map(|_| net.add(&over(&[wide]), WEIGHT_ONE, None, 0)).collect();
    let one = net.add(&over(&[wide, narrow]), WEIGHT_ONE, None, 1);
    net.solve();
    assert_eq!(net.rate(one), 2 * MB);
    assert!(ten.iter().all(|&flow| net.rate(flow) == 8 * MB / 10));
    assert_eq!(net.load(wide), 10 * MB);
    assert_eq!(net.owner(ten[0]), Owner::Resource(wide));
}

/// Two links of 10; on each ten flows of one class, one of which also crosses the other link. Each
/// class leaves the other what its single flow does not use: 10x + x = 10, so x = 10/11.
#[test]
fn classes_that_hold_each_other_in_turn() {
    let mut net = ClassMaxMin::new(vec![class(0, 1), class(0, 1)]);
    let links = [net.add_resource(10 * MB, true), net.add_resource(10 * MB, true)];
    let mut flows = Vec::new();
    for class in 0..2 {
        flows.push(net.add(&over(&links), WEIGHT_ONE, None, class));
        flows.extend((1..10).map(|_| net.add(&over(&[links[class]]), WEIGHT_ONE, None, class)));
    }
    net.solve();
    let wanted = 10.0 / 11.0 * MB as f64;
    for &flow in &flows {
        assert!((net.rate(flow) as f64 / wanted - 1.0).abs() < 1e-9, "{}", net.rate(flow));
    }
    assert_eq!(net.passes().1, 0);
}

/// One link of 1,000 MB/s with caps of flows, priorities, weights and a guarantee, against hand
/// arithmetic; then the link loses half.
#[test]
fn one_link_is_generalised_processor_sharing() {
    let assured = Class { guarantee: Portion::Share(0.1), ..class(2, 1) };
    let capped = Class { cap: Portion::Units(300 * MB), ..class(0, 1) };
    let mut net = ClassMaxMin::new(vec![capped, class(1, 1), class(1, 3), assured]);
    let link = net.add_resource(1_000 * MB, true);
    let mut of = |class, cap: Option<u64>| net.add(&over(&[link]), WEIGHT_ONE, cap, class);
    let first = [of(0, None), of(0, Some(50 * MB))];
    let second = [of(1, None), of(1, None), of(2, None), of(2, Some(100 * MB))];
    let last = of(3, None);
    net.solve();
    let rates = |net: &ClassMaxMin, of: &[FlowId]| -> Vec<u64> {
        of.iter().map(|&flow| net.rate(flow) / MB).collect()
    };
    // 300 to the capped class, 100 guaranteed to the last, 600 by 1 : 3.
    assert_eq!(rates(&net, &first), [250, 50]);
    assert_eq!(rates(&net, &second), [75, 75, 350, 100]);
    assert_eq!(net.rate(last), 100 * MB);
    net.set_capacity(link, 500 * MB);
    net.solve();
    // 300, a tenth of 500, and 150 by 1 : 3.
    assert_eq!(rates(&net, &first), [250, 50]);
    assert_eq!(rates(&net, &second), [18, 18, 56, 56]);
    assert_eq!(net.rate(last), 50 * MB);
    net.remove(second[2]);
    net.remove(first[0]);
    net.solve();
    // 50, a tenth, and of 400 the weighted 100 are more than 1 : 3 gives, but the cap of the flow.
    assert_eq!(rates(&net, &second[..2]), [150, 150]);
    assert_eq!(net.rate(second[3]), 100 * MB);
}

/// A random network and a random history, as data.
#[derive(Debug, Clone)]
enum Step {
    Add { hops: Vec<(usize, u32)>, weight: u32, cap: Option<u64>, class: usize },
    Remove(usize),
    Reroute(usize, Vec<(usize, u32)>),
    Capacity(usize, u64),
}

const LINKS: usize = 8;

fn way(hops: &[(usize, u32)]) -> Vec<Hop> {
    let hop = |&(r, divisor): &(usize, u32)| Hop { resource: ResourceId(r as u32), divisor };
    hops.iter().map(hop).collect()
}

fn step() -> impl Strategy<Value = Step> {
    let divisor = prop_oneof![6 => Just(1u32), 1 => 2..5u32];
    let hops = prop::collection::btree_map(0..LINKS, divisor, 1..5);
    let way = hops.clone().prop_map(|hops| hops.into_iter().collect());
    let add = (
        hops,
        prop_oneof![3 => Just(WEIGHT_ONE), 1 => 64..2000u32],
        prop::option::weighted(0.3, (1u64 << 24)..(1 << 38)),
        0..4usize,
    )
        .prop_map(|(hops, weight, cap, class)| Step::Add {
            hops: hops.into_iter().collect(),
            weight,
            cap,
            class,
        });
    prop_oneof![
        6 => add,
        3 => any::<prop::sample::Index>().prop_map(|i| Step::Remove(i.index(1 << 20))),
        1 => (any::<prop::sample::Index>(), way)
            .prop_map(|(i, way)| Step::Reroute(i.index(1 << 20), way)),
        1 => (0..LINKS, prop_oneof![3 => (1u64 << 28)..(1 << 40), 1 => Just(0u64)])
            .prop_map(|(r, c)| Step::Capacity(r, c)),
    ]
}

fn any_class() -> impl Strategy<Value = Class> {
    let portion = prop_oneof![
        (0.02..0.25f64).prop_map(Portion::Share),
        ((1u64 << 26)..(1 << 36)).prop_map(Portion::Units)
    ];
    let guarantee = prop_oneof![2 => Just(Portion::NONE), 1 => portion];
    let cap = prop_oneof![
        3 => Just(Portion::ALL),
        1 => (0.1..0.9f64).prop_map(Portion::Share),
        1 => ((1u64 << 30)..(1 << 38)).prop_map(Portion::Units)
    ];
    (0..3u32, 1..9u32, guarantee, cap).prop_map(|(priority, weight, guarantee, cap)| Class {
        priority,
        weight,
        guarantee,
        cap,
    })
}

#[derive(Debug, Clone)]
struct Alive {
    id: FlowId,
    hops: Vec<(usize, u32)>,
    weight: u32,
    cap: u64,
    class: usize,
}

struct World {
    net: ClassMaxMin,
    classes: Vec<Class>,
    capacities: Vec<u64>,
    honours: Vec<bool>,
    alive: Vec<Alive>,
}

impl World {
    fn new(classes: &[Class], links: &[(u64, bool)]) -> World {
        let mut net = ClassMaxMin::new(classes.to_vec());
        for &(capacity, honours) in links {
            net.add_resource(capacity, honours);
        }
        World {
            net,
            classes: classes.to_vec(),
            capacities: links.iter().map(|l| l.0).collect(),
            honours: links.iter().map(|l| l.1).collect(),
            alive: Vec::new(),
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Add { hops, weight, cap, class } => {
                let class = class % self.classes.len().max(1);
                let id = self.net.add(&way(hops), *weight, *cap, class);
                let (hops, cap) = (hops.clone(), cap.unwrap_or(u64::MAX));
                self.alive.push(Alive { id, hops, weight: *weight, cap, class });
            }
            Step::Remove(i) if !self.alive.is_empty() => {
                let flow = self.alive.swap_remove(i % self.alive.len());
                self.net.remove(flow.id);
            }
            Step::Reroute(i, hops) if !self.alive.is_empty() => {
                let i = i % self.alive.len();
                self.alive[i].hops.clone_from(hops);
                self.net.reroute(self.alive[i].id, &way(hops));
            }
            Step::Capacity(r, capacity) => {
                self.capacities[*r] = *capacity;
                self.net.set_capacity(ResourceId(*r as u32), *capacity);
            }
            Step::Remove(_) | Step::Reroute(..) => {}
        }
    }

    fn used(&self, link: usize, class: usize) -> u64 {
        let uses = self.alive.iter().filter(|flow| flow.class == class).flat_map(|flow| {
            let rate = self.net.rate(flow.id);
            flow.hops.iter().filter(|h| h.0 == link).map(move |&(_, d)| rate / u64::from(d))
        });
        uses.sum()
    }

    /// The rate class `c` has at a level (stage, x), straight from the definition.
    fn at(&self, link: usize, c: usize, stage: usize, x: f64) -> f64 {
        let (class, capacity) = (&self.classes[c], self.capacities[link]);
        let cap = class.cap.of(capacity) as f64;
        let guarantee = (class.guarantee.of(capacity) as f64).min(cap);
        match stage.cmp(&(class.priority as usize + 1)) {
            std::cmp::Ordering::Less if stage == 0 => guarantee * x.min(1.0),
            std::cmp::Ordering::Less => guarantee,
            std::cmp::Ordering::Equal => cap.min(guarantee + x * f64::from(class.weight)),
            std::cmp::Ordering::Greater => cap,
        }
    }

    /// The least level at which class `c` has `used` on a link.
    fn level(&self, link: usize, c: usize, used: f64) -> (usize, f64) {
        let (class, capacity) = (&self.classes[c], self.capacities[link]);
        let guarantee = class.guarantee.of(capacity).min(class.cap.of(capacity)) as f64;
        if used <= guarantee && guarantee > 0.0 {
            (0, used / guarantee)
        } else if used <= 0.0 {
            (0, 0.0)
        } else {
            (class.priority as usize + 1, (used - guarantee) / f64::from(class.weight))
        }
    }

    /// Conditions 1 and 2 of the module for class `c` on a link that honours classes.
    fn class_stands(&self, link: usize, c: usize, slack: f64) -> bool {
        let uses: Vec<f64> = (0..self.classes.len()).map(|c| self.used(link, c) as f64).collect();
        let capacity = self.capacities[link];
        if uses[c] + slack >= self.classes[c].cap.of(capacity) as f64 {
            return true;
        }
        let full = uses.iter().sum::<f64>() + slack >= capacity as f64;
        let (stage, x) = self.level(link, c, uses[c] + slack);
        full && (0..uses.len())
            .all(|other| other == c || uses[other] <= self.at(link, other, stage, x) + slack)
    }

    fn loads_fit(&self) -> Result<(), TestCaseError> {
        for link in 0..self.capacities.len() {
            let load: u64 = (0..self.classes.len()).map(|c| self.used(link, c)).sum();
            prop_assert_eq!(load, self.net.load(ResourceId(link as u32)), "the load of {}", link);
            prop_assert!(
                load <= self.capacities[link] + 64,
                "{} carries too much: {} of {}",
                link,
                load,
                self.capacities[link]
            );
            for c in 0..self.classes.len() {
                let most = self.classes[c].cap.of(self.capacities[link]);
                prop_assert!(!self.honours[link] || self.used(link, c) <= most + 8, "cap of {}", c);
            }
        }
        Ok(())
    }

    fn all_are_held(&self) -> Result<(), TestCaseError> {
        // Levels are rounded down by a unit a member, entitlements by one, increases below 2^-28 are
        // left out, and the float of a level keeps 2^-52: all below 1e-7 of the capacity.
        let slack = |link: usize| 1e-7 * self.capacities[link] as f64 + 65_536.0;
        for flow in &self.alive {
            let rate = self.net.rate(flow.id);
            prop_assert!(rate <= flow.cap);
            let per_weight =
                |other: &Alive| self.net.rate(other.id) as f64 / f64::from(other.weight);
            let held = flow.hops.iter().any(|&(link, divisor)| {
                let with = |other: &&Alive| {
                    other.hops.iter().any(|h| h.0 == link)
                        && (!self.honours[link] || other.class == flow.class)
                };
                let most = self.alive.iter().filter(with).map(per_weight).fold(0.0, f64::max);
                // In units of rate: what the link's slack means to a flow of which 1/d crosses it.
                let slack = slack(link);
                let first =
                    most * f64::from(flow.weight) <= rate as f64 + slack * f64::from(divisor);
                let load = self.net.load(ResourceId(link as u32)) as f64;
                first
                    && if self.honours[link] {
                        self.class_stands(link, flow.class, slack)
                    } else {
                        load + slack >= self.capacities[link] as f64
                    }
            });
            prop_assert!(held || rate == flow.cap, "nothing holds {:?} at {}", flow, rate);
        }
        Ok(())
    }
}

fn network() -> impl Strategy<Value = Vec<(u64, bool)>> {
    prop::collection::vec(((1u64 << 28)..(1 << 40), prop::bool::weighted(0.8)), LINKS)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// After every step of a random history, every flow is at its cap or held as the module says,
    /// loads fit and classes keep to their caps. Exact up to the rounding stated in `check`.
    #[test]
    fn every_flow_is_held_by_its_cap_or_its_class(
        classes in prop::collection::vec(any_class(), 1..5),
        links in network(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(&classes, &links);
        for step in &steps {
            world.apply(step);
            world.net.solve();
            world.loads_fit()?;
            // A solve that did not settle is feasible and no more.
            if world.net.passes().1 == 0 {
                world.all_are_held()?;
            }
        }
    }

    /// Without classes, and with one that asks for nothing special, the rates are those of the plain
    /// solver to the unit.
    #[test]
    fn one_class_is_plain_max_min(
        links in network(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut plain = MaxMin::new();
        let mut none = World::new(&[], &links);
        let mut one = World::new(&[class(0, 1)], &links);
        for &(capacity, _) in &links { plain.add_resource(capacity); }
        for step in &steps {
            let which = match step {
                Step::Remove(i) | Step::Reroute(i, _) if !one.alive.is_empty() => {
                    Some(one.alive[i % one.alive.len()].id)
                }
                _ => None,
            };
            none.apply(step);
            one.apply(step);
            match step {
                Step::Add { hops, weight, cap, .. } => {
                    plain.add(&way(hops), *weight, *cap);
                }
                Step::Remove(_) => if let Some(id) = which { plain.remove(id) },
                Step::Reroute(_, hops) => if let Some(id) = which {
                    plain.reroute(id, &way(hops));
                },
                Step::Capacity(r, c) => plain.set_capacity(ResourceId(*r as u32), *c),
            }
            plain.solve();
            none.net.solve();
            one.net.solve();
            for flow in &one.alive {
                prop_assert_eq!(one.net.rate(flow.id), plain.rate(flow.id));
                prop_assert_eq!(none.net.rate(flow.id), plain.rate(flow.id));
            }
        }
    }

    /// Strict priorities alone: class by class on what those before leave, by the plain solver's slow
    /// twin in floating point.
    #[test]
    fn strict_priority_is_class_by_class_on_the_rest(
        links in network(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let links: Vec<_> = links.into_iter().map(|(capacity, _)| (capacity, true)).collect();
        let classes: Vec<_> = (0..4).map(|priority| class(3 - priority, 1)).collect();
        let mut world = World::new(&classes, &links);
        for step in &steps {
            world.apply(step);
            world.net.solve();
        }
        let mut left: Vec<f64> = world.capacities.iter().map(|&c| c as f64).collect();
        for c in (0..4).rev() {
            let own: Vec<_> = world.alive.iter().filter(|flow| flow.class == c).collect();
            let flows: Vec<_> = own.iter().map(|flow| OracleFlow {
                hops: flow.hops.clone(),
                weight: f64::from(flow.weight) / 256.0,
                cap: flow.cap as f64,
            }).collect();
            for (flow, wanted) in own.iter().zip(rates(&left, &flows)) {
                let got = world.net.rate(flow.id) as f64;
                // What is left of a link is a difference of sums of its size.
                prop_assert!((got - wanted).abs() <= 1e-9 * wanted + 1e-9 * (1u64 << 40) as f64,
                    "{:?}: {} instead of {}", flow, got, wanted);
                for &(link, divisor) in &flow.hops {
                    left[link] = (left[link] - wanted / f64::from(divisor)).max(0.0);
                }
            }
        }
        prop_assert_eq!(world.net.passes().1, 0);
    }

    /// One link: with every flow at its cap or its class's level, found by bisection over the level
    /// straight from the definition. Relative 1e-9 of the link; no false alarms.
    #[test]
    fn one_link_is_at_the_level_that_fills_it(
        classes in prop::collection::vec(any_class(), 1..5),
        capacity in (1u64 << 28)..(1 << 40),
        caps in prop::collection::vec((0..4usize, (1u64 << 24)..(1 << 39)), 1..20),
    ) {
        let mut world = World::new(&classes, &[(capacity, true)]);
        for (class, cap) in caps {
            let hops = vec![(0, 1)];
            world.apply(&Step::Add { hops, weight: WEIGHT_ONE, cap: Some(cap), class });
        }
        world.net.solve();
        let wants: Vec<f64> = (0..classes.len())
            .map(|c| world.alive.iter().filter(|f| f.class == c).map(|f| f.cap as f64).sum())
            .collect();
        let at = |stage: usize, x: f64| -> Vec<f64> {
            wants.iter().enumerate().map(|(c, want)| want.min(world.at(0, c, stage, x))).collect()
        };
        let fits = |stage, x| at(stage, x).iter().sum::<f64>() <= capacity as f64;
        let end = |stage: usize| if stage == 0 { 1.0 } else { capacity as f64 };
        let stage = (0..4).find(|&stage| !fits(stage, end(stage))).unwrap_or(3);
        let (mut low, mut high) = (0.0, end(stage));
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            if fits(stage, middle) { low = middle } else { high = middle }
        }
        for (c, wanted) in at(stage, low).into_iter().enumerate() {
            let got = world.used(0, c) as f64;
            prop_assert!((got - wanted).abs() <= 1e-9 * capacity as f64 + 64.0,
                "class {}: {} instead of {}", c, got, wanted);
        }
    }
}
