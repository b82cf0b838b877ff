//! `gapcast check`: what scenario files mean, or everything that is wrong with them.

use super::{Outcome, complain, print};
use crate::kernel::time::Span;
use crate::model::{
    Arrivals, Compute, LossLaw, NodeGroup, Op, Scenario, Store, Training, Transport,
};
use crate::spec;
use std::fmt::Write;
use std::path::PathBuf;

/// Say what scenario, study and plan files mean, or everything that is wrong with them.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario files, study files, plan files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Checks every file; one bad file makes the outcome bad.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut outcome = Outcome::Done;
    for (i, file) in arguments.files.iter().enumerate() {
        if spec::brief::is_plan(file) {
            outcome = outcome.max(super::plan::check(file, i == 0));
            continue;
        }
        if spec::study::is_study(file) {
            outcome = outcome.max(super::sweep::check(file, i == 0));
            continue;
        }
        match spec::load(file) {
            Ok(loaded) => {
                complain(&loaded.warnings);
                let gap = if i == 0 { "" } else { "\n" };
                let words = describe(&loaded.scenario);
                let printed = print(&format!("{gap}{}: valid\n{words}", file.display()));
                outcome = outcome.max(printed);
            }
            Err(found) => {
                complain(&found);
                outcome = outcome.max(Outcome::Invalid);
            }
        }
    }
    outcome
}

/// The scenario in a screenful.
fn describe(scenario: &Scenario) -> String {
    let mut text = String::new();
    let mut line = |label: &str, words: String| {
        let _ = writeln!(text, "  {label:10} {words}");
    };
    let colon = if scenario.description.is_empty() { "" } else { ": " };
    line("name", format!("{}{colon}{}", scenario.name, scenario.description));
    for group in scenario.groups.rows() {
        line("nodes", nodes(group));
    }
    for (id, fabric) in scenario.fabrics.iter() {
        let shared = id == scenario.storage_fabric && scenario.compute_fabric == Some(id);
        let label = if shared { "fabric" } else { fabric.name.as_str() };
        line(label, super::shape::shape(scenario, fabric));
        line("", transport(&fabric.transport));
    }
    line("store", store(&scenario.store));
    line("reads", read_bounds(scenario));
    for job in &scenario.training {
        line("training", training(scenario, job));
        line("", demand(scenario, job));
    }
    for load in &scenario.loads {
        line("load", loads(scenario, load));
    }
    for (label, words) in super::data_path::lines(scenario) {
        line(label, words);
    }
    for verdict in scenario.verdicts() {
        line("residency", verdict);
    }
    for disturbance in &scenario.production {
        let (name, kind) = (&disturbance.name, disturbance.what.kind());
        let what =
            if name == kind { String::new() } else { format!(": {}", kind.replace('_', " ")) };
        let off = if disturbance.on { "" } else { " (off)" };
        line("production", format!("{name}{what}{off}"));
    }
    let horizon = match scenario.horizon {
        Some(horizon) => format!("until {horizon}"),
        None => "until all jobs have finished".into(),
    };
    let (n, seed) = (scenario.replicates, scenario.seed);
    line("run", format!("{horizon}, {n} replicates, seed {seed}"));
    text
}

fn nodes(group: &NodeGroup) -> String {
    let nic = &group.storage_nic;
    let gpus = match u64::from(group.count) * u64::from(group.gpus) {
        0 => "no GPUs".to_string(),
        all => format!("{} {} each ({all} GPUs)", group.gpus, group.gpu.name),
    };
    format!(
        "\"{}\": {} nodes, {gpus}, {} cores, storage ports {} × {}",
        group.name, group.count, group.cpu_cores, nic.ports, nic.rate
    )
}

fn transport(transport: &Transport) -> String {
    match transport {
        Transport::Tcp(tcp) => {
            let law = match tcp.loss_law {
                LossLaw::None => "ignored".to_string(),
                _ => format!("{}", tcp.loss),
            };
            format!(
                "{}: window to {}, set-up {} round trips, loss {law}",
                tcp.name, tcp.window_limit, tcp.setup_round_trips
            )
        }
        Transport::Rdma(rdma) => format!("{}: line rate after {}", rdma.name, rdma.startup),
    }
}

fn store(store: &Store) -> String {
    let nic = &store.controller.nic;
    let mut words = format!(
        "\"{}\": {} controllers of {} × {}, {} slots each",
        store.name, store.controllers, nic.ports, nic.rate, store.controller.slots
    );
    if let Some(media) = &store.media {
        let drives = u64::from(media.nodes) * u64::from(media.devices_per_node);
        let _ = write!(words, "; {} nodes, {drives} × {}", media.nodes, media.device.name);
    }
    if let Some(limit) = &store.controller.throttle {
        let prefixes = f64::from(limit.prefixes);
        let _ = write!(
            words,
            "; at most {} GET/s and {} PUT/s",
            limit.get_per_s * prefixes,
            limit.put_per_s * prefixes
        );
    }
    words
}

/// What bounds the read bandwidth of the whole store, the tightest first.
fn read_bounds(scenario: &Scenario) -> String {
    let store = &scenario.store;
    let controllers = f64::from(store.controllers);
    let nic = &store.controller.nic;
    let mut bounds =
        vec![("controller ports", controllers * nic.rate.bytes_per_s() * f64::from(nic.ports))];
    if store.controller.cpu_s_per_byte > 0.0 {
        let core = 1.0 / store.controller.cpu_s_per_byte;
        bounds.push(("controller CPU", controllers * f64::from(store.controller.cpu_cores) * core));
    }
    if let Some(media) = &store.media {
        let backend = store.controller.backend_rate.bytes_per_s();
        bounds.push(("back-end ports", controllers * backend));
        let nodes = f64::from(media.nodes);
        bounds.push(("storage node ports", nodes * media.node_rate.bytes_per_s()));
        let drives = nodes * f64::from(media.devices_per_node);
        bounds.push(("drives", drives * media.device.streaming_read()));
    }
    let clients: f64 = scenario
        .groups
        .rows()
        .iter()
        .map(|g| {
            let nic = &g.storage_nic;
            f64::from(g.count) * nic.rate.bytes_per_s() * f64::from(nic.ports)
        })
        .sum();
    bounds.push(("client ports", clients));
    bounds.sort_by(|a, b| a.1.total_cmp(&b.1));
    let words: Vec<String> =
        bounds.iter().map(|(what, rate)| format!("{what} {}", per_s(*rate))).collect();
    format!("at most {}", words.join(", "))
}

fn training(scenario: &Scenario, job: &Training) -> String {
    let dataset = &scenario.datasets[job.dataset];
    let bytes = dataset.sample_bytes.mean() * dataset.samples() as f64;
    format!(
        "\"{}\": {} GPUs on \"{}\", {} × {} steps of {} samples; dataset {} objects, {}",
        job.name,
        job.gpus,
        scenario.groups[job.group].name,
        job.epochs,
        job.steps_per_epoch(dataset),
        job.global_batch(),
        dataset.objects,
        size(bytes)
    )
}

/// What the job would read if its GPUs never waited.
fn demand(scenario: &Scenario, job: &Training) -> String {
    let dataset = &scenario.datasets[job.dataset];
    let (compute, how) = match &job.compute {
        Compute::PerBatch(dist) => (dist.mean(), ""),
        Compute::Flops { flops_per_sample, mfu } => {
            let peak = scenario.groups[job.group].gpu.peak_flops;
            (f64::from(job.batch) * flops_per_sample / (peak * mfu), " (from FLOPs)")
        }
    };
    let step = compute + job.step_overhead.mean();
    if step <= 0.0 {
        return "computes in no time: asks for all it can get".into();
    }
    let samples = job.global_batch() as f64 / step;
    format!(
        "asks for {} samples/s, {} if no GPU waits; {} a step{how}, {} batches in flight a GPU",
        digits(samples),
        per_s(samples * dataset.sample_bytes.mean()),
        Span::from_s(step),
        job.in_flight_batches
    )
}

fn loads(scenario: &Scenario, load: &crate::model::Load) -> String {
    let dataset = &scenario.datasets[load.dataset];
    let object = dataset.sample_bytes.mean() * dataset.samples_per_object as f64;
    let op = if load.op == Op::Get { "GET" } else { "PUT" };
    let arrivals = match &load.arrivals {
        Arrivals::Closed { clients, .. } => format!("{clients} clients in closed loops"),
        Arrivals::Open { interval } => {
            let rate = 1.0 / interval.mean();
            format!("{} {op}/s, {}", digits(rate), per_s(rate * object))
        }
    };
    let count = load.requests.map_or("until the horizon".into(), |n| format!("{n} requests"));
    format!("\"{}\": {op}s of {} on average, {arrivals}, {count}", load.name, size(object))
}

/// Bytes a second, for people: three digits.
fn per_s(bytes_per_s: f64) -> String {
    format!("{}/s", size(bytes_per_s))
}

/// Bytes, for people: three digits.
fn size(bytes: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1e3;
        unit += 1;
    }
    format!("{} {}", digits(value), units[unit])
}

/// Three digits or all of the whole part.
fn digits(value: f64) -> String {
    let decimals = match value {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.9995 => 2,
        _ => 4,
    };
    format!("{value:.decimals$}")
}
