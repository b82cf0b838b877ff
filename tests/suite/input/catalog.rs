//! What wins: embedded entries < included files in order < the scenario's own entries < keys in
//! place. And whatever is written, the reader answers; it never panics.

use gapcast::kernel::dist::Dist;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::{Compute, Transport};
use gapcast::spec::{self, Loaded};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;

const QUICKSTART: &str = include_str!("../../../scenarios/quickstart.toml");

fn read(text: &str) -> Loaded {
    spec::parse_str("test.toml", text, None).unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn later_and_nearer_entries_win_key_by_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("written");
    };
    write("a.toml", "[catalog.gpus.h100-sxm]\npower = \"500 W\"\nmemory = \"90 GB\"\n");
    write("b.toml", "include = [\"c.toml\"]\n[catalog.gpus.h100-sxm]\npower = \"510 W\"\n");
    write("c.toml", "[catalog.gpus.h100-sxm]\npower = \"1 W\"\npeak = \"1 PFLOPS\"\n");
    let gpu = |extra: &str, in_place: &str| {
        let text = format!("include = [\"a.toml\", \"b.toml\"]\n{QUICKSTART}\n{extra}");
        let text = text.replace("count = 8\n", &format!("count = 8\n{in_place}\n"));
        let loaded = spec::parse_str("test.toml", &text, Some(folder.path()));
        let loaded = loaded.unwrap_or_else(|wrong| panic!("{wrong}"));
        loaded.scenario.groups.rows()[0].gpu.clone()
    };
    let included = gpu("", "");
    assert_eq!(included.power_w, 510.0, "b.toml comes after a.toml, and after what it includes");
    assert_eq!(included.memory, Bytes(90_000_000_000), "b.toml does not touch a.toml's other keys");
    assert_eq!(included.peak_flops, 1e15, "what b.toml includes counts too");
    let own = "[catalog.gpus.h100-sxm]\npower = \"600 W\"\n";
    assert_eq!(gpu(own, "").power_w, 600.0);
    let in_place = gpu(own, "gpu = { power = \"650 W\" }");
    assert_eq!((in_place.power_w, in_place.name.as_str()), (650.0, "h100-sxm"));
    assert_eq!(gpu(own, "gpu = { preset = \"a100-sxm\", power = \"1 W\" }").name, "a100-sxm");
}

#[test]
fn another_kind_of_transport_replaces_the_first() {
    let text = QUICKSTART.to_string()
        + "\n[catalog.transports.tcp-cubic-9000]\nkind = \"rdma\"\nstartup = \"1 us\"\n";
    let loaded = read(&text);
    let Transport::Rdma(rdma) = &loaded.scenario.fabrics.rows()[0].transport else {
        panic!("still TCP")
    };
    assert_eq!(rdma.efficiency, 0.99, "keys that apply to both kinds stay");
}

#[test]
fn none_switches_a_feature_of_the_preset_off() {
    let with = |value: &str| {
        let text = QUICKSTART.replace("count = 8\n", &format!("count = 8\n{value}\n"));
        read(&text).scenario.groups.rows()[0].client.clone()
    };
    assert!(with("client = \"pytorch-s3\"").range_size.is_some());
    let off = with("client = { preset = \"pytorch-s3\", range_size = \"none\" }");
    assert_eq!(off.range_size, None);
    assert_eq!(off.parallel_ranges, 25);
    let managed = QUICKSTART.replace("controllers = 7\n", "controllers = 7\nmedia = \"none\"\n");
    assert!(read(&managed).scenario.store.media.is_none());
}

#[test]
fn in_flight_batches_follow_the_framework() {
    let with = |keys: &str| {
        let text = QUICKSTART.replace("epochs = 1\n", &format!("epochs = 1\n{keys}\n"));
        read(&text).scenario.training[0].in_flight_batches
    };
    assert_eq!(with("workers = 4\nprefetch = 2"), 4);
    assert_eq!(with("workers = 4\nprefetch = 9"), 12);
    assert_eq!(with("workers = 4\nprefetch = 0"), 4);
    assert_eq!(with("workers = 4\nprefetch = 2\nframework = \"tensorflow\""), 6);
}

#[test]
fn the_backend_is_as_fast_as_the_front_unless_stated() {
    let store = read(QUICKSTART).scenario.store;
    assert_eq!(store.controller.backend_rate, Rate(200_000_000_000));
}

/// The workloads are the benchmark's own numbers: `data/mlperf_workloads.csv` lists its DLIO
/// configurations, each with the file it was read from.
#[test]
fn workloads_are_the_published_ones() {
    let rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("scenarios/validation/data/mlperf_workloads.csv"),
    );
    let mut compared = 0;
    for row in rows.expect("readable").deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let (workload, accelerator) = (&row["workload"], &row["accelerator"]);
        let name = format!("mlperf/{workload}-{accelerator}");
        let ours = ["a100", "h100", "b200"].contains(&accelerator.as_str());
        if !ours || row["round"] == "v0.5" {
            continue;
        }
        let text = QUICKSTART.replace("mlperf/unet3d-h100", &name).replace("steps = 60\n", "");
        let text = text.replace("dataset = { objects = 28000 }", "gpus = 1");
        let scenario = read(&text).scenario;
        let job = &scenario.training[0];
        let dataset = &scenario.datasets[job.dataset];
        let number = |key: &str| row[key].parse::<f64>().expect("a number");
        assert_eq!(f64::from(job.batch), number("batch_size"), "{name}");
        assert_eq!(f64::from(job.workers), number("read_threads_default"), "{name}");
        assert_eq!(job.compute, Compute::PerBatch(Dist::Constant(number("computation_time_s"))));
        assert_eq!(dataset.objects as f64, number("num_files_train_template"), "{name}");
        assert_eq!(dataset.samples_per_object as f64, number("num_samples_per_file"), "{name}");
        let record = number("record_length_bytes").round();
        match (&dataset.sample_bytes, row["record_length_stdev_bytes"].parse::<f64>()) {
            (Dist::Normal { mean, sd, .. }, Ok(stdev)) => {
                assert_eq!((*mean, *sd), (record, stdev), "{name}");
            }
            (Dist::Constant(bytes), Err(_)) => assert_eq!(*bytes, record, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} rows compared");
}

/// A few random edits of a valid scenario: cut, doubled or replaced pieces.
fn edits() -> impl Strategy<Value = Vec<(usize, usize, String)>> {
    let pieces = prop_oneof![
        Just(String::new()),
        "[\\x00-\\x7f]{1,6}",
        "[0-9]{1,25}",
        Just("[[nodes]]\n".to_string()),
        Just("\"none\"".to_string()),
        Just("{}".to_string()),
        Just("[]".to_string()),
        Just("= -0.0".to_string()),
        Just("µ".to_string()),
    ];
    proptest::collection::vec((0..4_000_usize, 0..40_usize, pieces), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_the_reader_answers(
        template in 0..3_usize,
        edits in edits(),
    ) {
        let mut text = [
            QUICKSTART,
            include_str!("../../../scenarios/custom-topology.toml"),
            include_str!("../../../scenarios/load-open.toml"),
        ][template].to_string();
        for (at, length, piece) in edits {
            let mut from = at.min(text.len());
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            let mut to = (from + length).min(text.len());
            while !text.is_char_boundary(to) {
                to += 1;
            }
            text.replace_range(from..to, &piece);
        }
        if let Err(wrong) = spec::parse_str("test.toml", &text, None) {
            let shown = gapcast::cli::render(&wrong, 100, false);
            prop_assert!(!shown.is_empty());
        }
    }
}
