//! Money and hours are conserved over random scenarios, and depreciation over the life.

use super::root;
use gapcast::cost::{Costs, Hours, Ledger, Moved};
use gapcast::spec;
use proptest::prelude::*;

/// An example with fields set to random values.
fn costs(example: &str, fields: &[(String, String)], ledger: &Ledger) -> Costs {
    let path = root().join(format!("scenarios/cost/{example}.toml"));
    let loaded = spec::load_with(&path, fields).unwrap_or_else(|wrong| panic!("{wrong}"));
    Costs::new(&loaded.scenario, ledger)
}

/// A ledger of `gpus` GPUs whose states take these parts of the time.
fn ledger(gpus: f64, hours: f64, parts: &[f64]) -> Ledger {
    let names =
        ["useful", "data_stall", "straggler_wait", "comm_exposed", "unallocated", "failure"];
    let whole: f64 = parts.iter().sum();
    let row = |(name, part): (&&str, &f64)| Hours {
        state: (*name).to_string(),
        detail: String::new(),
        gpu_hours: gpus * hours * part / whole,
    };
    Ledger {
        hours,
        states: names.iter().zip(parts).map(row).collect(),
        unit: "samples".into(),
        units: Some(1e9),
        gets: 1e9,
        puts: 1e6,
        moved: vec![Moved { link: "link".into(), bytes: 1e15 }],
        internet_bytes: 3e13,
        ..Ledger::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// Lines sum to the total, idle by cause to idle, hours to owned hours, to 1e-12 relative,
    /// whatever things cost and whatever the GPUs did. `conserved` adds each up by another way than
    /// the model does; exact theory, rounding only.
    #[test]
    fn money_and_hours_are_conserved(
        node in 0.0..1e6_f64,
        kwh in 0.0..2.0_f64,
        life in 1.0..12.0_f64,
        salvage in 0.0..0.9_f64,
        pue in 1.0..3.0_f64,
        depreciation in prop::sample::select(vec!["straight-line", "declining-balance", "annuity"]),
        tenure in prop::sample::select(vec!["owned", "on-demand", "reserved", "spot"]),
        hours in 0.01..20_000.0_f64,
        parts in prop::collection::vec(0.0..1.0_f64, 2..=6),
    ) {
        prop_assume!(parts.iter().sum::<f64>() > 0.0);
        let rent = |price: f64| format!("{{ amount = \"{price} USD/GPU-h\", source = \"s\", as_of = \"2026\" }}");
        let mut fields = vec![
            ("price.node".to_string(), format!("{node}")),
            ("price.electricity".into(), format!("{kwh}")),
            ("finance.life".into(), format!("{life}")),
            ("finance.salvage".into(), format!("{salvage:?}")),
            ("finance.depreciation".into(), format!("\"{depreciation}\"")),
            ("finance.cluster".into(), format!("\"{tenure}\"")),
            ("finance.wacc".into(), "0.08".into()),
            ("finance.spot_interruptions".into(), "0.01".into()),
            ("finance.spot_lost".into(), "2".into()),
            ("facility.pue".into(), format!("{{ amount = {pue:?} }}")),
        ];
        for (key, price) in [("on_demand", 3.0), ("reserved", 2.0), ("spot", 1.0)] {
            fields.push((format!("price.rent_{key}"), rent(price)));
        }
        let costs = costs("cluster-512", &fields, &ledger(512.0, hours, &parts));
        let values = costs.sheet.evaluate(&[]);
        prop_assert_eq!(costs.conserved(&values), Ok(()));
        prop_assert!(values[costs.cell("total_cost_per_hour")] >= 0.0);
    }

    /// The same with bytes, requests, tiers of object storage and a rented cluster.
    #[test]
    fn bytes_and_requests_are_conserved(
        hours in 0.01..20_000.0_f64,
        parts in prop::collection::vec(0.01..1.0_f64, 2..=6),
        get in 0.0..0.01_f64,
    ) {
        let fields = [("store.prices.get".to_string(), format!("{get:.6} USD/1000"))];
        let costs = costs("copy-or-read", &fields, &ledger(64.0, hours, &parts));
        let values = costs.sheet.evaluate(&[]);
        prop_assert_eq!(costs.conserved(&values), Ok(()));
    }
}

/// What is written off over the life is the price less the salvage, by every method; an annuity pays
/// interest besides. Double declining balance of 1 over 5 years with a tenth left: 0.4, 0.24, 0.144,
/// then the larger of 0.4 × 0.216 and half of 0.116, but no more than what is above the salvage.
#[test]
fn depreciation_writes_off_the_price() {
    let rate = |method: &str, year: u32| {
        let fields = [
            ("finance.depreciation", format!("\"{method}\"")),
            ("finance.life", "5".into()),
            ("finance.salvage", "0.1".into()),
            ("finance.wacc", "0.1".into()),
            ("finance.year", year.to_string()),
        ]
        .map(|(key, value)| (key.to_string(), value));
        let costs = costs("cluster-512", &fields, &ledger(512.0, 1.0, &[1.0, 1.0]));
        costs.sheet.evaluate(&[])[costs.cell("depreciation_rate")]
    };
    let declining: Vec<f64> = (1..=5).map(|year| rate("declining-balance", year)).collect();
    let expected = [0.4, 0.24, 0.144, 0.0864, 0.0296];
    for (found, expected) in declining.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{declining:?}");
    }
    assert!((declining.iter().sum::<f64>() - 0.9).abs() < 1e-12);
    assert!((5.0 * rate("straight-line", 1) - 0.9).abs() < 1e-12);
    // (1 − 0.1/1.1⁵) / ((1 − 1.1⁻⁵)/0.1)
    let annuity = (1.0 - 0.1 / 1.61051) / ((1.0 - 1.0 / 1.61051) / 0.1);
    assert!((rate("annuity", 1) - annuity).abs() < 1e-12);
}

/// The bills of jobs, and what no job holds, sum to the run's cost on whatever terms the cluster is had;
/// on the spot market hours without a job cost nothing but what is paid whatever happens. Exact theory.
#[test]
fn chargeback_sums_to_the_run() {
    for tenure in ["owned", "on-demand", "reserved", "spot"] {
        let rent = |price: f64| {
            format!("{{ amount = \"{price} USD/GPU-h\", source = \"s\", as_of = \"2026\" }}")
        };
        let mut fields = vec![
            ("finance.cluster".to_string(), format!("\"{tenure}\"")),
            ("finance.spot_interruptions".into(), "0.01".into()),
            ("finance.spot_lost".into(), "2".into()),
            ("finance.wacc".into(), "0.08".into()),
        ];
        for (key, price) in [("on_demand", 3.0), ("reserved", 2.0), ("spot", 1.0)] {
            fields.push((format!("price.rent_{key}"), rent(price)));
        }
        let mut ledger = ledger(512.0, 10.0, &[3.0, 1.0, 0.5, 0.5, 2.0, 1.0]);
        let held = ledger.held();
        ledger.jobs = vec![("a".into(), 0.25 * held), ("b".into(), 0.75 * held)];
        let costs = costs("cluster-512", &fields, &ledger);
        let values = costs.evaluate(&[]);
        let bill = costs.more.iter().find(|grid| grid.name == "chargeback").expect("a bill");
        let usd: Vec<f64> = bill.cells("usd_per_run").map(|cell| values[cell]).collect();
        let run = values[costs.cell("run_total_cost")];
        assert!((usd.iter().sum::<f64>() - run).abs() < 1e-9 * run, "{tenure}: {usd:?} of {run}");
        assert!((usd[1] - 3.0 * usd[0]).abs() < 1e-9 * run, "{tenure}: by the hours they hold");
        let fixed = values[costs.cell("fixed_per_hour")];
        let idle = values[costs.cell("variable_per_idle_gpu_hour")];
        let nobody = (1.0 - held / 5120.0) * (fixed + 512.0 * idle) * 10.0;
        assert!(
            (usd[2] - nobody).abs() < 1e-9 * run,
            "{tenure}: {} of nobody, not {nobody}",
            usd[2]
        );
    }
}
