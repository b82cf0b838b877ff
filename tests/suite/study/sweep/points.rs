//! Points are those the study names, and their values those of single runs.

use super::lab::{Lab, STUDY};
use gapcast::kernel::stats::mean_interval;
use gapcast::study::Metric;
use gapcast::study::sweep::Plan;
use gapcast::{sim, spec};
use std::sync::Arc;

fn plan(lab: &Lab) -> Plan {
    Plan::read(&lab.path("study.toml")).unwrap_or_else(|wrong| panic!("{wrong}")).0
}

/// The texts of every point.
fn points(study: &str) -> Vec<Vec<String>> {
    let lab = Lab::new(study);
    let plan = plan(&lab);
    let texts = |i| plan.point(i).levels.into_iter().map(|level| level.text).collect();
    (0..plan.points()).map(texts).collect()
}

fn study(axes: &str) -> String {
    format!("base = \"base.toml\"\nmetrics = [\"latency_ms_p99\"]\n{axes}")
}

const CLIENTS: &str = "[[axis]]\nname = \"clients\"\nfield = \"load.readers.clients\"\n";
const SIZE: &str = "[[axis]]\nname = \"size\"\nfield = \"dataset.objects.sample_size\"\n";
const STORE: &str = "[[axis]]\nname = \"store\"\nfield = \"store.controllers\"\n";

#[test]
fn axes_are_crossed_the_last_fastest() {
    let axes = format!("{CLIENTS}values = [1, 2]\n{SIZE}values = [\"1 MiB\", \"2 MiB\", \"4 MB\"]");
    let all = points(&study(&axes));
    let expected = [
        ["1", "1 MiB"],
        ["1", "2 MiB"],
        ["1", "4 MB"],
        ["2", "1 MiB"],
        ["2", "2 MiB"],
        ["2", "4 MB"],
    ];
    assert_eq!(all, expected);
}

#[test]
fn zipped_axes_advance_together() {
    let axes = format!(
        "{CLIENTS}values = [1, 2]\nzip = \"load\"\n{STORE}values = [3, 4, 5]\n\
         {SIZE}values = [\"1 MiB\", \"2 MiB\"]\nzip = \"load\""
    );
    let all = points(&study(&axes));
    assert_eq!(all.len(), 6);
    assert_eq!(all[0], ["1", "3", "1 MiB"]);
    assert_eq!(all[2], ["1", "5", "1 MiB"]);
    assert_eq!(all[3], ["2", "3", "2 MiB"]);
}

/// `fields` take one value together, or one each.
#[test]
fn several_fields_move_together() {
    let axis = "[[axis]]\nname = \"both\"\nfields = [\"store.controllers\", \"run.warm_up\"]\n\
                values = [[1, \"1 ms\"], [2, \"2 ms\"]]";
    let lab = Lab::new(&study(axis));
    let plan = plan(&lab);
    let fields = plan.fields(&plan.point(1));
    let pair = |field: &str, value: &str| (field.to_owned(), value.to_owned());
    assert_eq!(fields[..2], [pair("store.controllers", "2"), pair("run.warm_up", "2 ms")]);
    assert_eq!(plan.point(1).levels[0].text, "2 / 2 ms");
}

/// Every eighth of every axis holds one of eight points; another seed has other points.
#[test]
fn a_latin_hypercube_fills_every_slice_of_every_axis() {
    let axes = |seed: u32| {
        format!(
            "{CLIENTS}linear = {{ from = 1, to = 801 }}\n{STORE}values = [1, 2]\n\
             {SIZE}log = {{ from = \"1 KiB\", to = \"256 KiB\" }}\n\
             [sample]\nmethod = \"latin-hypercube\"\npoints = 8\nseed = {seed}"
        )
    };
    let all = points(&study(&axes(1)));
    assert_eq!(all.len(), 8);
    let number = |text: &str| spec::study::Level::of(text.to_owned(), 1).number.expect("a number");
    let mut slices: Vec<u32> =
        all.iter().map(|p| ((number(&p[0]) - 1.0) / 100.0).min(7.9) as u32).collect();
    slices.sort_unstable();
    assert_eq!(slices, (0..8).collect::<Vec<_>>());
    let mut octaves: Vec<i64> =
        all.iter().map(|p| (number(&p[2]) / 1024.0).ilog2_floor()).collect();
    octaves.sort_unstable();
    assert_eq!(octaves, (0..8).collect::<Vec<_>>());
    assert_eq!(all.iter().filter(|point| point[1] == "1").count(), 4);
    assert_ne!(all, points(&study(&axes(2))));
}

trait Octave {
    fn ilog2_floor(self) -> i64;
}

impl Octave for f64 {
    fn ilog2_floor(self) -> i64 {
        libm::floor(libm::log2(self) + 1e-9) as i64
    }
}

/// The first points of Sobol's sequence in two dimensions, without and with a seed.
#[test]
fn sobol_points_are_the_published_ones() {
    let axes = |seed: &str| {
        format!(
            "{CLIENTS}linear = {{ from = 0, to = 8000 }}\n{STORE}linear = {{ from = 0, to = 8000 }}\n\
             [sample]\nmethod = \"sobol\"\npoints = 8\n{seed}"
        )
    };
    let all = points(&study(&axes("")));
    let expected = [
        ["0", "0"],
        ["4000", "4000"],
        ["6000", "2000"],
        ["2000", "6000"],
        ["3000", "3000"],
        ["7000", "7000"],
        ["5000", "1000"],
        ["1000", "5000"],
    ];
    assert_eq!(all, expected);
    // A digital shift keeps one point in every slice.
    let shifted = points(&study(&axes("seed = 7")));
    assert_ne!(shifted, all);
    let mut slices: Vec<u64> =
        shifted.iter().map(|p| p[0].parse::<u64>().expect("whole") / 1000).collect();
    slices.sort_unstable();
    assert_eq!(slices, (0..8).collect::<Vec<_>>());
}

/// Slow twin: every value of `replicates.csv` is that of a run of its own, on the base's seed at
/// every point; means and intervals are those of its replicates. Exact.
#[test]
fn values_are_those_of_single_runs() {
    let lab = Lab::new(&format!("seed = 11\nset = {{ \"load.readers.requests\" = 30 }}\n{STUDY}"));
    lab.sweep(&["-q"], 0);
    let (_, replicates) = lab.csv("outputs", "replicates.csv");
    let (_, points) = lab.csv("outputs", "points.csv");
    let pair = |field: &str, value: &str| (field.to_owned(), value.to_owned());
    for index in [0usize, 9, 23] {
        let (clients, size) = (&points[index][1], &points[index][2]);
        let fields = [
            pair("load.readers.requests", "30"),
            pair("load.readers.clients", clients),
            pair("dataset.objects.sample_size", size),
            pair("run.seed", "11"),
        ];
        let loaded = spec::load_with(&lab.path("base.toml"), &fields).expect("a scenario");
        let scenario = Arc::new(loaded.scenario);
        let metric = Metric::parse("throughput_mib_per_s", &scenario).expect("a metric");
        let runs = sim::run(&scenario, 1, &|_| ()).expect("it ends");
        let mut values = Vec::new();
        for run in &runs {
            let row = &replicates[index * 3 + run.replicate as usize];
            assert_eq!(row[0], index.to_string());
            assert_eq!(row[4], run.fingerprint);
            let value = metric.of(run).expect("defined");
            assert_eq!(row[5].parse::<f64>().expect("a number").to_bits(), value.to_bits());
            values.push(value);
        }
        let estimate = mean_interval(&values, 0.95);
        assert_eq!(points[index][4], format!("{}", estimate.mean));
        assert_eq!(points[index][5], format!("{}", estimate.half_width.expect("three runs")));
    }
}

/// With a precision each point ends at the first prefix that is precise, whatever the threads;
/// recomputed here from the replicates themselves.
#[test]
fn precision_is_decided_on_prefixes() {
    let precision = "[precision]\nmetric = \"throughput_mib_per_s\"\nrelative = 0.04\nat_least = 3\nat_most = 12\n";
    let lab = Lab::new(&format!("{STUDY}\n{precision}"));
    for jobs in ["1", "8"] {
        lab.sweep(&["--jobs", jobs, "--out", jobs, "-q"], 0);
    }
    assert_eq!(lab.files("1"), lab.files("8"));
    let (_, points) = lab.csv("1", "points.csv");
    let (_, replicates) = lab.csv("1", "replicates.csv");
    let mut lengths = Vec::new();
    for point in &points {
        let n: usize = point[3].parse().expect("a count");
        let values: Vec<f64> = replicates
            .iter()
            .filter(|row| row[0] == point[0])
            .map(|row| row[5].parse().expect("a number"))
            .collect();
        assert_eq!(values.len(), n);
        let precise = |k: usize| {
            let e = mean_interval(&values[..k], 0.95);
            e.half_width.expect("several") <= e.mean * 0.04 / 1.04
        };
        let expected = (3..=12).find(|&k| k == 12 || precise(k)).expect("at most twelve");
        assert_eq!(n, expected, "point {}", point[0]);
        lengths.push(n);
    }
    let (least, most) = (lengths.iter().min(), lengths.iter().max());
    assert!(least < most, "all points took {least:?}: the test shows nothing");
}
