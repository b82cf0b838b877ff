use super::*;
use crate::kernel::rng::{Purpose, Streams};

/// A gap of made-up goodputs v(coalition, replicate).
fn gap(
    causes: usize,
    replicates: u64,
    orders: Option<&Orders>,
    v: impl Fn(Coalition, u64) -> f64,
) -> Gap {
    let needed: Vec<Coalition> = match orders {
        None => (0..=all(causes)).collect(),
        Some(orders) => {
            let mut met = orders.coalitions();
            met.extend((0..causes).flat_map(|i| [1 << i, all(causes) & !(1 << i)]));
            met.into_iter().collect()
        }
    };
    let run = |coalition, r| Run { goodput: v(coalition, r), simulated: None };
    let of = |coalition| CoalitionRuns {
        coalition,
        runs: (0..replicates).map(|r| run(coalition, r)).collect(),
    };
    let runs = Runs {
        causes: (0..causes).map(|i| Cause { name: format!("c{i}"), kind: "measured" }).collect(),
        unit: "samples/s".to_owned(),
        replicates: (0..replicates).collect(),
        coalitions: needed.into_iter().map(of).collect(),
    };
    Gap::new(runs, orders, Vec::new())
}

fn chance(coalition: Coalition, replicate: u64) -> f64 {
    let keyed = Streams::new(9, 0).keyed("gaps", Purpose::Size);
    1_000.0 - 50.0 * f64::from(coalition.count_ones()) * keyed.uniform([coalition, replicate])
}

/// Means over replicates keep what holds in each: shares sum to the gap, also in its interval's
/// middle. Rounding alone: 1e-12.
#[test]
fn mean_shares_sum_to_the_mean_gap() {
    let orders = Orders::draw(10, 6, 1);
    for gap in [gap(5, 7, None, chance), gap(10, 7, Some(&orders), chance)] {
        let sum: f64 = gap.causes.iter().map(|cause| cause.share.mean).sum();
        assert!((sum - gap.gap.mean).abs() <= 1e-12 * gap.gap.mean, "{sum} {}", gap.gap.mean);
        let alone: f64 = gap.causes.iter().map(|cause| cause.alone.mean).sum();
        assert!((alone + gap.interaction.mean - gap.gap.mean).abs() <= 1e-12 * gap.gap.mean);
        for pair in gap.causes.windows(2) {
            assert!(pair[0].share.mean >= pair[1].share.mean, "not sorted");
        }
    }
}

/// Chance that all coalitions of a replicate share leaves the gap and its parts alone: their
/// intervals have no width, while the laboratory's has.
#[test]
fn common_chance_cancels() {
    let gap = gap(3, 4, None, |s, r| 1_000.0 + 64.0 * r as f64 - 8.0 * f64::from(s.count_ones()));
    assert!(gap.lab.half_width.unwrap() > 50.0);
    assert_eq!((gap.gap.mean, gap.gap.half_width), (24.0, Some(0.0)));
    assert!(gap.causes.iter().all(|c| (c.share.mean, c.share.half_width) == (8.0, Some(0.0))));
    assert!(gap.causes.iter().all(|c| (c.alone.mean, c.wins_back.mean) == (8.0, 8.0)));
    assert_eq!(gap.interaction.mean, 0.0);
    assert_eq!(gap.pairing, None, "the difference has no variance to divide by");
}

/// Two causes of 8 and 4 whose shares move by ±1 against each other: 10 ± 1 loses to 4 ∓ 1 in no
/// replicate, and the lead of 4, 6, 4, 6 has Student's interval t(0.975, 3) · sqrt(4/3)/2.
#[test]
fn the_lead_is_taken_in_pairs() {
    let cost = |s: Coalition, r: u64| {
        let swing = if r.is_multiple_of(2) { 0.5 } else { -0.5 };
        (s & 1) as f64 * (9.0 - swing) + (s >> 1 & 1) as f64 * (4.0 + swing)
    };
    let gap = gap(2, 4, None, |s, r| 100.0 - cost(s, r));
    let lead = gap.lead.unwrap();
    assert!((lead.mean - 5.0).abs() < 1e-12);
    let t = 3.182_446_305_284_263;
    assert!((lead.half_width.unwrap() - t * (4.0_f64 / 3.0).sqrt() / 2.0).abs() < 1e-9);
    assert!(conclusion(&gap).contains("`c0` takes most of the gap"), "{}", conclusion(&gap));
}

/// With sampled orders the half-width is that of replicates and that of orders, squared and added.
#[test]
fn sampled_orders_widen_the_interval() {
    let orders = Orders::draw(9, 5, 2);
    let both = gap(9, 6, Some(&orders), chance);
    let values = Values::new(&both.runs);
    for cause in &both.causes {
        let of_replicates: Vec<f64> =
            (0..6).map(|r| orders.shares(|s| values.of(s)[r])[cause.cause]).collect();
        let replicates = mean(&of_replicates).half_width.unwrap();
        let orders = cause.half_width_of_orders.unwrap();
        assert!(orders > 0.0);
        let half = cause.share.half_width.unwrap();
        assert!((half - (replicates * replicates + orders * orders).sqrt()).abs() < 1e-12 * half);
    }
    let one = gap(9, 1, Some(&orders), chance);
    assert!(one.causes.iter().all(|c| c.share.half_width.is_none()), "one replicate: not known");
    assert!(one.causes.iter().all(|c| c.half_width_of_orders.is_some()));
}

#[test]
fn the_sentence_claims_no_more_than_the_numbers() {
    let said = |causes, replicates, v: fn(Coalition, u64) -> f64| {
        conclusion(&gap(causes, replicates, None, v))
    };
    let has = |text: String, what: &str| assert!(text.contains(what), "{text}");
    has(said(2, 3, |_, _| 7.0), "no cause costs anything");
    has(said(1, 3, |s, r| 10.0 + (s * (r + 1)) as f64), "cannot be told from none");
    has(said(2, 3, |s, _| 10.0 + s as f64), "3 samples/s more than the laboratory");
    has(said(1, 1, |s, _| 10.0 - s as f64), "is all of the gap");
    has(said(1, 1, |s, _| 10.0 - s as f64), "does not tell how sure");
    has(said(2, 2, |s, _| 10.0 - f64::from(s.count_ones())), "cannot be told from `c1`");
    // Either one alone does all the harm: removing one wins nothing.
    let either = |s: Coalition, _| if s == 0 { 10.0 } else { 4.0 };
    has(said(2, 2, either), "no more than now for sure: the others hold it back");
}

#[test]
fn coalitions_have_names() {
    assert_eq!(say(0b101, &["a", "b", "c"]), "a+c");
    assert_eq!(say(0, &["a"]), "");
}
