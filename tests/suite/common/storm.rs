//! Faults and the policies of clients that bear them, from a string of bytes; zeros mean neither.

use super::recipe::{Recipe, SPREAD, cook, spread};
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::model::*;

/// How many bytes a storm has.
pub const STORM: usize = 12;

pub fn exponential(mean: f64) -> Dist {
    Dist::Exponential { mean }
}

pub fn target(text: &str) -> FaultTarget {
    FaultTarget::parse(text).expect("a target")
}

pub fn faults(name: &str, course: FaultCourse) -> Disturbance {
    let what = Disturb::Faults { course, detection: Span::from_ms(100) };
    Disturbance { name: name.into(), on: true, what }
}

pub fn by_law(targets: &[&str], failure: Dist, repair: Dist) -> FaultCourse {
    FaultCourse::Renewal {
        targets: targets.iter().map(|text| target(text)).collect(),
        time_to_failure: failure,
        time_to_repair: repair,
    }
}

/// A recipe's scenario, spread, in a storm.
pub fn in_a_storm(recipe: &Recipe, apart: &[u8; SPREAD], bytes: &[u8; STORM]) -> Scenario {
    let mut scenario = cook(recipe);
    spread(&mut scenario, apart);
    storm(&mut scenario, bytes);
    scenario
}

/// What a storm is made of, from a few bytes: who fails by which law, and how clients bear it.
pub fn storm(scenario: &mut Scenario, bytes: &[u8; STORM]) {
    let below = |i: usize, n: u8| f64::from(bytes[i] % n);
    let ms = |i: usize, n: u8| Span::from_s(0.001 * (1.0 + below(i, n)));
    let some = |i: usize, span: Span| (bytes[i] & 0x80 != 0).then_some(span);
    let scale = scenario.horizon.map_or(0.2, Span::as_s).min(0.2);
    let all = ["controller:*", "storage_node:*", "device:*", "switch:*", "link:*"];
    for (i, who) in all.iter().enumerate() {
        if bytes[i] & 1 == 1 {
            let failure = exponential(scale * (0.1 + below(i, 40) / 10.0));
            let repair = exponential(scale * (0.01 + below(i, 16) / 40.0));
            let course = by_law(&[who], failure, repair);
            scenario.production.push(faults(&format!("storm-{i}"), course));
        }
    }
    let patience = Patience {
        connect_timeout: some(5, ms(5, 10)),
        first_byte_timeout: some(6, ms(6, 30)),
        attempt_timeout: some(7, ms(7, 60)),
        request_timeout: some(8, ms(8, 120)),
        retry_budget: (bytes[9] & 0x80 != 0).then_some(RetryBudget {
            tokens: 20,
            cost: 5,
            timeout_cost: 10,
            refund: 1,
        }),
        max_connections: (bytes[10] & 0x80 != 0).then_some(1 + u32::from(bytes[10] % 4)),
        max_connections_per_node: (bytes[10] & 0x40 != 0).then_some(1 + u32::from(bytes[10] % 8)),
        hedge: match bytes[11] % 3 {
            0 => None,
            1 => Some(Hedge::After(ms(11, 20))),
            _ => Some(Hedge::Quantile(0.8)),
        },
    };
    scenario.groups.iter_mut().for_each(|(_, group)| group.client.patience = patience);
    // Readers that ask for what never comes in time would go on for ever.
    scenario.horizon = Some(scenario.horizon.unwrap_or(Span::from_secs(2)).min(Span::from_secs(2)));
    for job in &mut scenario.training {
        job.stop_after_errors = (bytes[9] & 1 == 1).then_some(20);
    }
}
