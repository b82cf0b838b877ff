//! The shipped lists: recorded answers, the slow twin, what must hold of any run.

use super::csv::csv;
use super::lab::{INCAST, LEAF_SPINE, READS, Ran, ran, ran_text};
use super::twin;
use crate::lists::{List, draws, incast, leaf_spine};
use std::collections::BTreeMap;
use std::path::Path;

fn shipped(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/flows").join(name)
}

fn of_leaf_spine() -> Ran {
    ran(LEAF_SPINE, &shipped("leaf-spine-64.csv"), &[])
}

fn of_incast() -> Ran {
    ran(INCAST, &shipped("incast-64-8.csv"), &READS)
}

fn near(what: &str, got: f64, wanted: f64, tolerance: f64) {
    let error = (got / wanted - 1.0).abs();
    assert!(error < tolerance, "{what}: {got}, not {wanted} ({error:.1e} relative)");
}

/// SimGrid 3.32 (`network/model:CM02`, `network/crosstraffic:0`), digits recorded to nine places;
/// 1e-6 relative.
#[test]
fn lists_end_when_simgrid_has_them_end() {
    for (ran, makespan_s, completion_s) in
        [(of_leaf_spine(), 0.0679121712, 0.00328074018), (of_incast(), 0.370451125, 0.0815816265)]
    {
        near("makespan", ran.number("/makespan_s"), makespan_s, 1e-6);
        near("mean completion", ran.number("/completion_s/mean"), completion_s, 1e-6);
    }
}

/// Full filling at every start and end. 1e-9 relative; after 16 rounds over many shared cables 1e-8: a
/// unit of 2^-16 B/s on which the two round differently moves an end by a picosecond, and closed loops
/// make more of it.
#[test]
fn lists_end_when_the_slow_twin_has_them_end() {
    let agrees = |ran: &Ran, list: &List, tolerance: f64| {
        let times = twin::play(list);
        let spans = || times.iter().flatten().map(|(start, end)| end - start);
        let makespan = times.iter().flatten().map(|(_, end)| *end).max().unwrap();
        near("makespan", ran.number("/makespan_s"), makespan as f64 / 1e12, tolerance);
        let mean = spans().sum::<u64>() as f64 / spans().count() as f64 / 1e12;
        near("mean completion", ran.number("/completion_s/mean"), mean, tolerance);
    };
    agrees(&of_leaf_spine(), &leaf_spine(64, 4, 16), 1e-8);
    agrees(&of_incast(), &incast(64, 8, 32, 4), 1e-9);
    let one_round = csv(&draws::leaf_spine(64, 4, 1));
    agrees(&ran_text(LEAF_SPINE, &one_round, &[]), &leaf_spine(64, 4, 1), 1e-9);
}

/// The shipped files are what the generator draws.
#[test]
fn shipped_lists_are_as_drawn() {
    for (name, drawn) in [
        ("leaf-spine-64.csv", draws::leaf_spine(64, 4, 16)),
        ("incast-64-8.csv", draws::incast(64, 8, 32, 4)),
    ] {
        let text = std::fs::read_to_string(shipped(name)).unwrap();
        let rows = text.split_inclusive('\n').filter(|line| !line.starts_with('#'));
        assert!(rows.collect::<String>() == csv(&drawn), "{name}");
    }
}

/// What leaves is what arrives, no cable carries more than it can, slots pause nowhere, nobody is faster
/// than alone.
#[test]
fn bytes_and_time_are_conserved() {
    for ran in [of_leaf_spine(), of_incast()] {
        let bytes: u64 = ran.flows.iter().map(|flow| flow.bytes).sum();
        for direction in ["NIC out", "NIC in"] {
            let own = ran.links.iter().filter(|row| row[0].ends_with(direction));
            let carried: f64 = own.map(|row| row[5].parse::<f64>().unwrap()).sum();
            assert_eq!(carried, bytes as f64, "{direction}");
        }
        for row in &ran.links {
            assert!(row[4].parse::<f64>().unwrap() <= 1.0, "{row:?}");
        }
        let mut slots: BTreeMap<u64, Vec<_>> = BTreeMap::new();
        for flow in &ran.flows {
            assert!(flow.slowdown >= 1.0 && flow.end > flow.start, "{flow:?}");
            slots.entry(flow.turn.unwrap().0).or_default().push(flow);
        }
        for mut flows in slots.into_values() {
            flows.sort_by_key(|flow| flow.turn);
            assert_eq!(flows[0].start, 0);
            assert!(flows.windows(2).all(|pair| pair[1].start == pair[0].end), "{flows:?}");
        }
    }
}

/// Destination-modulo: a flow to host d of another leaf rises to spine d mod 16.
#[test]
fn spines_are_chosen_by_the_destination() {
    let ran = of_leaf_spine();
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for flow in &ran.flows {
        let number = |name: &str| name.strip_prefix("host-").unwrap().parse::<u64>().unwrap();
        let (src, dst) = (number(&flow.src), number(&flow.dst));
        if src / 32 != dst / 32 {
            *wanted.entry(format!("leaf-{} → spine-{}", src / 32, dst % 16)).or_default() += 1;
        }
    }
    let rises = ran.links.iter().filter(|row| row[0].starts_with("leaf-"));
    let got: BTreeMap<String, u64> =
        rises.map(|row| (row[0].to_owned(), row[6].parse().unwrap())).collect();
    assert_eq!(got, wanted);
}

/// Every file but `timing.json` is the same on one thread and on two.
#[test]
fn threads_change_nothing() {
    let list = shipped("leaf-spine-64.csv");
    let [one, two] = ["1", "2"].map(|jobs| ran(LEAF_SPINE, &list, &["--jobs", jobs]));
    let mut compared = 0;
    for name in ["flows.csv", "summary.csv", "links.csv", "result.json", "manifest.json"] {
        let [a, b] = [&one, &two].map(|ran| std::fs::read(ran.folder.join(name)).unwrap());
        assert!(a == b, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 5);
    assert_eq!(one.folder.file_name(), two.folder.file_name());
    assert!(one.folder.join("figures/completion_cdf.svg").exists());
    assert!(one.folder.join("timing.json").exists());
}
