//! The cases that are part of the program, with their scenarios and measured rows.

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../scenarios/validation/", $path)))),+]
    };
}

/// Files of the folder `scenarios/validation`: (path in it, text).
pub static SHIPPED: &[(&str, &str)] = files![
    "live-s3-8mib.toml",
    "live-s3-4kib.toml",
    "live-training.toml",
    "mlperf-ceilings.toml",
    "mlperf-startup.toml",
    "ns3-tcp.toml",
    "scenarios/live-s3-8mib.toml",
    "scenarios/live-s3-4kib.toml",
    "scenarios/live-training.toml",
    "scenarios/mlperf-ceilings.toml",
    "scenarios/mlperf-startup.toml",
    "scenarios/ns3-tcp.toml",
    "data/live_s3.csv",
    "data/live_training.csv",
    "data/mlperf_startup.csv",
    "data/mlperf_workloads.csv",
    "data/ns3_tcp.csv",
];

/// Names of the cases, in the order in which they are run.
pub fn names() -> impl Iterator<Item = &'static str> {
    let case = |(path, _): &(&'static str, &'static str)| {
        path.strip_suffix(".toml").filter(|name| !name.contains('/'))
    };
    SHIPPED.iter().filter_map(case)
}
