//! What common random numbers are worth: by how many times more independent runs the difference of
//! two designs would be known as well, with its 95 % interval (`study::paired`).
//!
//! `cargo run --release --example common_random_numbers [REPLICATES]` compares the quick start with
//! 7 and 8 gateways, with service times 10 % apart, and with the laboratory's twin of a jittery one;
//! and one accelerator's input pipeline at round trips of 20 and 22 ms.

use gapcast::model::{Disturb, Disturbance, Jitter, Scenario};
use gapcast::study::metric::Metric;
use gapcast::study::paired::variance_reduction;
use gapcast::{kernel, sim, spec};
use std::path::Path;
use std::sync::Arc;

fn read(file: &str, fields: &[(&str, &str)]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let fields: Vec<(String, String)> =
        fields.iter().map(|(f, v)| (f.to_string(), v.to_string())).collect();
    spec::load_with(&path, &fields).expect("a shipped scenario").scenario
}

/// The quick start, cut to 12 steps.
fn load(fields: &[(&str, &str)]) -> Scenario {
    read("quickstart.toml", &[fields, &[("training.unet3d.steps", "12")]].concat())
}

/// A pipeline that a round trip holds back.
fn pipeline(rtt: &str) -> Scenario {
    read("validation/scenarios/live-training.toml", &[("production.latency.added", rtt)])
}

fn goodputs(mut scenario: Scenario, replicates: u32) -> Vec<f64> {
    scenario.replicates = replicates;
    let metric = Metric::parse("goodput_samples_per_s", &scenario).expect("a metric");
    let runs = sim::run(&Arc::new(scenario), 0, &|_| {}).expect("runs");
    runs.iter().map(|run| metric.of(run).expect("defined")).collect()
}

fn main() {
    let replicates = std::env::args().nth(1).map_or(40, |n| n.parse().expect("a number"));
    let service = |ms: &'static str| load(&[("store.controller.get_service", ms)]);
    let jitter = Disturb::Jitter(Jitter {
        delay: kernel::dist::Dist::Exponential { mean: 1e-3 },
        shift_s: 0.0,
        correlation: kernel::time::Span::ZERO,
        keeps_order: true,
    });
    let mut production = load(&[]);
    production.production.push(Disturbance { name: "jitter".into(), on: true, what: jitter });
    let pairs = [
        ("7 gateways or 8", load(&[]), load(&[("store.controllers", "8")])),
        (
            "GET service 1.0 ms or 1.1 ms",
            service("{ exponential = \"1.0 ms\" }"),
            service("{ exponential = \"1.1 ms\" }"),
        ),
        ("round trip 20 ms or 22 ms", pipeline("20 ms"), pipeline("22 ms")),
        ("laboratory or production (jitter)", production.with_disturbances(|_| false), production),
    ];
    println!("{replicates} replicates each; difference of mean goodput, samples/s");
    for (name, a, b) in pairs {
        let (a, b) = (goodputs(a, replicates), goodputs(b, replicates));
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let by = variance_reduction(&a, &b).expect("chance in the difference");
        println!(
            "{name}: {:+.2}; variance reduction {:.1} ({:.1} to {:.1})",
            mean(&b) - mean(&a),
            by.factor,
            by.low,
            by.high
        );
    }
}
