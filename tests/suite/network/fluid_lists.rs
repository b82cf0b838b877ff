//! The fluid network against recorded answers on whole lists of flows: SimGrid 3.32
//! (`network/model:CM02`, `network/crosstraffic:0`), latency 0. Digits were recorded to nine
//! places; the lists are short enough for rounding not to grow. Tolerance 1e-6 relative.

use crate::lists::{List, incast, leaf_spine, play};

fn agrees(list: &List, makespan_s: f64, mean_completion_s: f64) {
    let ends = play(list);
    let spans: Vec<f64> =
        ends.iter().flat_map(|(_, ended)| ended).map(|(_, took)| took.as_s()).collect();
    let flows: usize = list.slots.iter().map(Vec::len).sum();
    assert_eq!(spans.len(), flows, "every flow ends");
    for (what, got, wanted) in [
        ("makespan", ends[ends.len() - 1].0.as_s(), makespan_s),
        ("mean completion", spans.iter().sum::<f64>() / flows as f64, mean_completion_s),
    ] {
        let error = (got / wanted - 1.0).abs();
        assert!(error < 1e-6, "{what}: {got} s, SimGrid has {wanted} s ({error:.1e} relative)");
    }
}

#[test]
fn leaf_spine_of_64_hosts_with_16_rounds() {
    agrees(&leaf_spine(64, 4, 16), 0.0679121712, 0.00328074018);
}

#[test]
fn leaf_spine_of_512_hosts() {
    agrees(&leaf_spine(512, 4, 1), 0.0124902858, 0.00424050985);
    agrees(&leaf_spine(512, 4, 4), 0.0356414476, 0.0051540134);
}

#[test]
fn incast_of_64_clients_on_8_servers() {
    agrees(&incast(64, 8, 32, 4), 0.370451125, 0.0815816265);
}
