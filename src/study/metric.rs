//! Named numbers of one run: what studies, gaps and comparisons are about. Units end the names.

pub use crate::spec::brief::is_fraction;

use crate::kernel::units::MIB;
use crate::metrics::summary::{Latency, RequestSummary, RunSummary, TrainingSummary};
use crate::model::Scenario;
use crate::spec::nearest;

/// What a number is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All jobs together.
    Cluster,
    /// One training job.
    Training,
    /// The requests of one job, training or load.
    Requests,
}

/// An entry of the list of metrics.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub scope: Scope,
    /// Its meaning, with its unit.
    pub doc: &'static str,
    of: Of,
}

#[derive(Debug)]
enum Of {
    Cluster(fn(&RunSummary) -> Option<f64>),
    Training(fn(&TrainingSummary) -> Option<f64>),
    Requests(fn(&RequestSummary) -> Option<f64>),
    Latency(fn(&RequestSummary) -> &Latency, fn(&Latency) -> f64),
}

const fn cluster(
    name: &'static str,
    doc: &'static str,
    of: fn(&RunSummary) -> Option<f64>,
) -> Entry {
    Entry { name, scope: Scope::Cluster, doc, of: Of::Cluster(of) }
}

const fn training(
    name: &'static str,
    doc: &'static str,
    of: fn(&TrainingSummary) -> Option<f64>,
) -> Entry {
    Entry { name, scope: Scope::Training, doc, of: Of::Training(of) }
}

const fn requests(
    name: &'static str,
    doc: &'static str,
    of: fn(&RequestSummary) -> Option<f64>,
) -> Entry {
    Entry { name, scope: Scope::Requests, doc, of: Of::Requests(of) }
}

const fn total(name: &'static str, doc: &'static str, of: fn(&Latency) -> f64) -> Entry {
    Entry { name, scope: Scope::Requests, doc, of: Of::Latency(|r| &r.total, of) }
}

const fn first_byte(name: &'static str, doc: &'static str, of: fn(&Latency) -> f64) -> Entry {
    Entry { name, scope: Scope::Requests, doc, of: Of::Latency(|r| &r.first_byte, of) }
}

/// Every metric there is.
pub static METRICS: [Entry; 34] = [
    cluster(
        "goodput_samples_per_s",
        "Samples consumed over the job's duration, start-up included; summed over training jobs.",
        goodput_samples,
    ),
    cluster(
        "goodput_mib_per_s",
        "Payload that training consumes, or that loads are answered if nothing trains, MiB/s.",
        goodput_mib,
    ),
    cluster("useful_share", "Share of allocated GPU time spent computing, 0-1.", |r| {
        share(r, state(r, "useful"))
    }),
    cluster("data_stall_share", "Share of allocated GPU time spent waiting for data, 0-1.", |r| {
        share(r, state(r, "data_stall"))
    }),
    cluster(
        "straggler_wait_share",
        "Share of allocated GPU time spent at barriers for slower ranks, 0-1.",
        |r| share(r, state(r, "straggler_wait")),
    ),
    cluster(
        "lost_to_data_share",
        "Share of allocated GPU time in data stalls and in waits for ranks in a data stall, 0-1.",
        |r| share(r, state(r, "data_stall") + named(&r.straggler_wait_by_cause, "data_stall")),
    ),
    cluster("end_s", "Length of the run, seconds.", |r| Some(r.end_s)),
    training(
        "accelerator_utilisation",
        "Accelerator utilisation as MLPerf Storage v1.0 defines it, 0-1.",
        |j| Some(j.accelerator_utilisation),
    ),
    training("samples_per_s", "Samples per second, start-up included.", |j| Some(j.samples_per_s)),
    training("steady_samples_per_s", "Samples per second without the first step.", |j| {
        Some(j.steady_samples_per_s)
    }),
    training("ceiling_samples_per_s", "Samples per second if no GPU ever waited.", |j| {
        Some(j.ceiling_samples_per_s)
    }),
    training("duration_s", "From first start-up to last barrier (or horizon), seconds.", |j| {
        Some(j.duration_s)
    }),
    training("first_batch_s", "Wait for the first batch, the largest over ranks, seconds.", |j| {
        positive(j.first_batch_s)
    }),
    training("first_batch_mean_s", "Wait for the first batch, mean over ranks, seconds.", |j| {
        positive(j.first_batch_mean_s)
    }),
    requests("requests_per_s", "Requests answered per second.", |r| Some(r.requests_per_s)),
    requests("throughput_mib_per_s", "Payload answered per second, MiB/s.", |r| {
        Some(r.bytes_per_s / MIB)
    }),
    requests("cache_hit_share", "Share of answers from a cache on the node, 0-1.", |r| {
        (r.answered > 0).then(|| r.cache_hits as f64 / r.answered as f64)
    }),
    requests("answered", "Requests answered.", |r| Some(r.answered as f64)),
    requests("refused", "`503` answers.", |r| Some(r.refused as f64)),
    requests("failed", "Requests that used up their attempts.", |r| Some(r.failed as f64)),
    total("latency_ms_mean", "Request latency to the last byte, mean, ms.", |l| l.mean_s),
    total("latency_ms_p50", "Request latency to the last byte, median, ms.", |l| l.p50_s),
    total("latency_ms_p90", "Request latency to the last byte, 90 % quantile, ms.", |l| l.p90_s),
    total("latency_ms_p99", "Request latency to the last byte, 99 % quantile, ms.", |l| l.p99_s),
    total("latency_ms_p999", "Request latency to the last byte, 99.9 % quantile, ms.", |l| {
        l.p999_s
    }),
    total("latency_ms_max", "Request latency to the last byte, largest, ms.", |l| l.max_s),
    first_byte("first_byte_ms_mean", "Latency to the first byte, mean, ms.", |l| l.mean_s),
    first_byte("first_byte_ms_p50", "Latency to the first byte, median, ms.", |l| l.p50_s),
    first_byte("first_byte_ms_p90", "Latency to the first byte, 90 % quantile, ms.", |l| l.p90_s),
    first_byte("first_byte_ms_p99", "Latency to the first byte, 99 % quantile, ms.", |l| l.p99_s),
    first_byte("first_byte_ms_p999", "Latency to the first byte, 99.9 % quantile, ms.", |l| {
        l.p999_s
    }),
    first_byte("first_byte_ms_max", "Latency to the first byte, largest, ms.", |l| l.max_s),
    requests("issued", "Requests taken up by clients.", |r| Some(r.issued as f64)),
    requests("in_flight_end", "Requests still under way at the end.", |r| {
        Some(r.in_flight_end as f64)
    }),
];

fn positive(value: f64) -> Option<f64> {
    (value > 0.0).then_some(value)
}

fn named(list: &[(&'static str, f64)], name: &str) -> f64 {
    list.iter().find(|(n, _)| *n == name).map_or(0.0, |(_, value)| *value)
}

fn state(run: &RunSummary, name: &str) -> f64 {
    named(&run.gpu_seconds.by_state, name)
}

/// `spent` GPU-seconds as a share of those in which jobs held their accelerators.
fn share(run: &RunSummary, spent: f64) -> Option<f64> {
    let allocated = run.gpu_seconds.owned - state(run, "unallocated");
    (allocated > 0.0).then(|| spent / allocated)
}

fn goodput_samples(run: &RunSummary) -> Option<f64> {
    let rate =
        |job: &TrainingSummary| (job.duration_s > 0.0).then(|| job.samples as f64 / job.duration_s);
    let rates: Option<Vec<f64>> = run.training.iter().map(rate).collect();
    rates.filter(|rates| !rates.is_empty()).map(|rates| rates.iter().sum())
}

fn goodput_mib(run: &RunSummary) -> Option<f64> {
    let rates: Vec<f64> = match run.training.is_empty() {
        false => run.training.iter().map(|job| job.bytes_per_s).collect(),
        true => run.requests.iter().map(|load| load.bytes_per_s).collect(),
    };
    (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / MIB)
}

/// One metric of one scenario.
#[derive(Debug, Clone)]
pub struct Metric {
    /// As written: `accelerator_utilisation`, `readers.latency_ms_p99`.
    pub name: String,
    entry: &'static Entry,
    job: Option<String>,
}

/// Why a text names no metric of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {help}")]
pub struct UnknownMetric {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Metric {
    /// The metric called `name`: `METRIC`, or `JOB.METRIC` where several jobs have it.
    ///
    /// # Errors
    /// No such metric or job, or a choice between jobs that is left open.
    pub fn parse(name: &str, scenario: &Scenario) -> Result<Metric, UnknownMetric> {
        // Names of jobs may hold points, those of metrics do not.
        let (job, bare) = match name.rsplit_once('.') {
            Some((job, bare)) => (Some(job), bare),
            None => (None, name),
        };
        let entry = METRICS.iter().find(|entry| entry.name == bare).ok_or_else(|| unknown(bare))?;
        let training = scenario.training.iter().map(|job| job.name.as_str());
        let loads = scenario.loads.iter().map(|load| load.name.as_str());
        let jobs: Vec<&str> = match entry.scope {
            Scope::Cluster => Vec::new(),
            Scope::Training => training.collect(),
            Scope::Requests => training.chain(loads).collect(),
        };
        let error = |message: String, help: String| Err(UnknownMetric { message, help });
        let job = match (entry.scope, job, jobs.as_slice()) {
            (Scope::Cluster, Some(job), _) => {
                let message = format!("`{bare}` is of the whole cluster, not of \"{job}\"");
                return error(message, format!("write {bare}"));
            }
            (Scope::Cluster, None, _) => None,
            (_, Some(job), _) if jobs.contains(&job) => Some(job.to_owned()),
            (_, _, []) => {
                let message = format!("the scenario has no job with `{bare}`");
                return error(message, "it has no [[training]]; take a metric of requests".into());
            }
            (_, Some(job), _) => {
                let help = match nearest(job, jobs.iter().copied()) {
                    Some(near) => format!("did you mean `{near}.{bare}`?"),
                    None => format!("jobs with it: {}", jobs.join(", ")),
                };
                return error(format!("there is no job \"{job}\" with `{bare}`"), help);
            }
            (_, None, [only]) => Some((*only).to_owned()),
            (_, None, several) => {
                let all: Vec<String> = several.iter().map(|job| format!("{job}.{bare}")).collect();
                let help = format!("write one of {}", all.join(", "));
                return error(format!("`{bare}`: of which job?"), help);
            }
        };
        Ok(Metric { name: name.to_owned(), entry, job })
    }

    /// Its value in a run; none where it is not defined (a latency without an answer, a share of
    /// no GPU time). Never NaN or infinite.
    pub fn of(&self, run: &RunSummary) -> Option<f64> {
        let job = self.job.as_deref().unwrap_or_default();
        let requests = || run.requests.iter().find(|r| r.job == job);
        let value = match &self.entry.of {
            Of::Cluster(of) => of(run),
            Of::Training(of) => run.training.iter().find(|t| t.name == job).and_then(of),
            Of::Requests(of) => requests().and_then(of),
            Of::Latency(which, of) => {
                requests().map(which).filter(|l| l.count > 0).map(|l| of(l) * 1e3)
            }
        };
        value.filter(|value| value.is_finite())
    }

    /// Its meaning, with its unit.
    pub fn doc(&self) -> &'static str {
        self.entry.doc
    }

    /// What stands on an axis: `accelerator utilisation`, `readers: latency p99, ms`.
    pub fn label(&self) -> String {
        label(&self.name)
    }

    /// Whether it is a fraction, 0–1.
    pub fn is_fraction(&self) -> bool {
        is_fraction(&self.name)
    }
}

/// The words of a metric's name, its unit last.
pub fn label(name: &str) -> String {
    let (job, bare) = match name.rsplit_once('.') {
        Some((job, bare)) => (format!("{job}: "), bare),
        None => (String::new(), name),
    };
    let words = |text: &str| text.replace('_', " ");
    let said = if let Some((what, quantile)) = bare.split_once("_ms_") {
        format!("{} {quantile}, ms", words(what))
    } else if let Some(what) = bare.strip_suffix("_samples_per_s") {
        format!("{} samples/s", words(what))
    } else if let Some(what) = bare.strip_suffix("_mib_per_s") {
        format!("{}, MiB/s", words(what))
    } else if let Some(what) = bare.strip_suffix("_per_s") {
        format!("{}/s", words(what))
    } else if let Some(what) = bare.strip_suffix("_s") {
        format!("{}, s", words(what))
    } else {
        words(bare)
    };
    job + &said
}

fn unknown(bare: &str) -> UnknownMetric {
    let help = match nearest(bare, METRICS.iter().map(|entry| entry.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`gapcast sweep --metrics` lists them all".to_owned(),
    };
    UnknownMetric { message: format!("there is no metric `{bare}`"), help }
}

/// The list of metrics with their meanings, for people.
pub fn list() -> String {
    let mut text = String::new();
    for (scope, title) in [
        (Scope::Cluster, "Of the whole cluster:"),
        (Scope::Training, "Of a training job (JOB.metric where there are several):"),
        (Scope::Requests, "Of the requests of a job, training or load:"),
    ] {
        text += &format!("{title}\n");
        for entry in METRICS.iter().filter(|entry| entry.scope == scope) {
            text += &format!("  {:24} {}\n", entry.name, entry.doc);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::summary::{GpuSeconds, TimeAxis};
    use crate::spec;
    use std::path::Path;

    fn scenario(name: &str) -> Scenario {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
        spec::load(&root).expect("a shipped scenario").scenario
    }

    /// A run of 10 s in which 100 GPU-seconds are owned, 80 allocated, 40 useful, 10 stalled.
    fn run() -> RunSummary {
        let job = TrainingSummary {
            name: "unet3d".into(),
            gpus: 10,
            finished: true,
            steps: 5,
            samples: 700,
            duration_s: 7.0,
            accelerator_utilisation: 0.5,
            samples_per_s: 101.0,
            steady_samples_per_s: 110.0,
            bytes_per_s: 2.0 * MIB,
            first_batch_s: 0.0,
            first_batch_mean_s: 0.25,
            ceiling_samples_per_s: 200.0,
        };
        let by_state = vec![("useful", 40.0), ("data_stall", 10.0), ("unallocated", 20.0)];
        RunSummary {
            replicate: 0,
            fingerprint: String::new(),
            end_s: 10.0,
            events: 1,
            training: vec![job],
            requests: Vec::new(),
            classes: Vec::new(),
            gpu_seconds: GpuSeconds { owned: 100.0, by_state },
            straggler_wait_by_cause: vec![("data_stall", 6.0)],
            health: Vec::new(),
            stall_by_stage: Vec::new(),
            stall_by_bottleneck: Vec::new(),
            lost_by_stage: Vec::new(),
            lost_by_bottleneck: Vec::new(),
            stations: Vec::new(),
            links: Vec::new(),
            accounts: Vec::new(),
            axis: TimeAxis::default(),
            gpu_state_over_time: Vec::new(),
            bytes_over_time: Vec::new(),
            goodput_over_time: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// By hand: 700/7, 40/80, 10/80, (10 + 6)/80. What is not there is none, never 0 or NaN.
    #[test]
    fn values_are_those_worked_out_by_hand() {
        let scenario = scenario("quickstart.toml");
        let of = |name: &str| Metric::parse(name, &scenario).expect("a metric").of(&run());
        assert_eq!(of("goodput_samples_per_s"), Some(100.0));
        assert_eq!(of("goodput_mib_per_s"), Some(2.0));
        assert_eq!(of("useful_share"), Some(0.5));
        assert_eq!(of("data_stall_share"), Some(0.125));
        assert_eq!(of("lost_to_data_share"), Some(0.2));
        assert_eq!(of("unet3d.samples_per_s"), Some(101.0));
        assert_eq!(of("first_batch_s"), None);
        assert_eq!(of("latency_ms_p99"), None);
    }

    #[test]
    fn names_that_are_wrong_say_what_is_right() {
        let (one, two) = (scenario("quickstart.toml"), scenario("load-closed.toml"));
        let why = |name: &str, of: &Scenario| Metric::parse(name, of).unwrap_err().help;
        assert_eq!(why("acelerator_utilisation", &one), "did you mean `accelerator_utilisation`?");
        assert_eq!(why("unet3.samples_per_s", &one), "did you mean `unet3d.samples_per_s`?");
        assert_eq!(why("unet3d.end_s", &one), "write end_s");
        let both = "write one of readers.latency_ms_p99, writers.latency_ms_p99";
        assert_eq!(why("latency_ms_p99", &two), both);
        assert!(why("samples_per_s", &two).contains("[[training]]"));
        assert!(Metric::parse("readers.latency_ms_p99", &two).is_ok());
    }

    #[test]
    fn labels_end_with_the_unit() {
        assert_eq!(label("readers.latency_ms_p99"), "readers: latency p99, ms");
        assert_eq!(label("goodput_samples_per_s"), "goodput samples/s");
        assert_eq!(label("throughput_mib_per_s"), "throughput, MiB/s");
        assert_eq!(label("samples_per_s"), "samples/s");
        assert_eq!(label("end_s"), "end, s");
    }
}
