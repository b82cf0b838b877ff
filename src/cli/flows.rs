//! `gapcast flows`: a list of flows over a scenario's network, alone.

use super::common::{Changes, Output, colour, failed, progress, timing};
use super::{Outcome, complain, print};
use crate::report::flows::{self as report, FlowsContext, Parts};
use crate::spec::{Diagnostics, Loaded};
use crate::study::flows::{Asked, FlowList, FlowNetwork, FlowsOutcome, Plan, Ran};
use std::path::PathBuf;
use std::time::Instant;

/// What a list looks like, below the help.
pub const LIST: &str = "\
The list is a CSV file with columns src, dst and bytes, and either start_s (each flow starts at its
time, seconds) or slot and order (flows of a slot run one after another; all slots start at time 0).
Hosts go by name (host-3, controller-0) or by number from 0: of every site the compute nodes in the
order of the scenario, then the gateways. No latency, no transport, no store.";

/// Run a list of flows over a scenario's network.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// List of flows
    #[arg(value_name = "FLOWS.csv")]
    list: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Network of the scenario: storage or compute [default: storage]
    #[arg(long, value_name = "NAME")]
    fabric: Option<String>,
    /// Rate of cables instead of the scenario's, for example --link "leaf-0 -> spine-*=40 Gb/s"
    #[arg(long = "link", value_name = "CABLES=RATE")]
    links: Vec<String>,
    /// Group of hosts that numbers in src count, for example controller [default: all hosts]
    #[arg(long, value_name = "GROUP")]
    sources: Option<String>,
    /// Group of hosts that numbers in dst count [default: all hosts]
    #[arg(long, value_name = "GROUP")]
    destinations: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// What was read, and how long that and the rest took.
struct Replayed {
    list: FlowList,
    network: FlowNetwork,
    plan: Plan,
    ran: Ran,
    parts: Parts,
}

/// Reads the list, runs it, writes the output folder, prints.
pub fn run(arguments: &Arguments) -> Outcome {
    let began = Instant::now();
    let loaded = match arguments.changes.load(&arguments.scenario) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let asked = Asked {
        fabric: arguments.fabric.clone(),
        links: arguments.links.clone(),
        sources: arguments.sources.clone(),
        destinations: arguments.destinations.clone(),
    };
    let Replayed { list, network, plan, ran, parts } =
        match replay(arguments, &loaded, &asked, began) {
            Ok(replayed) => replayed,
            Err(outcome) => return outcome,
        };
    let outcome = FlowsOutcome::new(&list, &network, &plan, &ran);
    let name = arguments.list.file_name().unwrap_or_default().to_string_lossy();
    let context = FlowsContext {
        scenario: &loaded.scenario,
        canonical: &loaded.canonical,
        list: &name,
        text: list.text(),
        asked: &asked,
        out_root: &arguments.output.out,
        timing: timing(began, arguments.output.jobs, u64::MAX),
        parts,
    };
    let folder = match report::write(&outcome, &context) {
        Ok(folder) => folder,
        Err(error) => return failed(&error),
    };
    if !arguments.output.json {
        return print(&report::screen(&outcome, &context, colour()));
    }
    let printed = print(&format!("{:#}\n", report::json(&outcome, &context)));
    if !arguments.output.quiet {
        eprintln!("written to {}", folder.display());
    }
    printed
}

fn replay(
    arguments: &Arguments,
    loaded: &Loaded,
    asked: &Asked,
    began: Instant,
) -> Result<Replayed, Outcome> {
    let invalid = |found: Diagnostics| {
        complain(&found);
        Outcome::Invalid
    };
    let mut found = Diagnostics::default();
    let network = FlowNetwork::new(&loaded.scenario, asked, &mut found);
    let list = network.as_ref().and_then(|it| FlowList::read(&arguments.list, it, &mut found));
    let (Some(list), Some(network), false) = (list, network, found.has_errors()) else {
        return Err(invalid(found));
    };
    let read_s = began.elapsed().as_secs_f64();
    let routing = Instant::now();
    let plan = Plan::new(&list, &network, arguments.output.jobs)
        .map_err(|error| failed(&error))?
        .map_err(invalid)?;
    let route_s = routing.elapsed().as_secs_f64();
    let bar = progress(plan.len() as u64, "flows", arguments.output.quiet);
    let (running, cpu) = (Instant::now(), cpu_s());
    let ran = plan.run(&list, &network, &|ended| bar.inc(ended));
    let (replay_s, cpu_after) = (running.elapsed().as_secs_f64(), cpu_s());
    bar.finish_and_clear();
    let ran = ran.map_err(|error| failed(&error))?;
    let replay_cpu_s = cpu.zip(cpu_after).map(|(before, after)| after - before);
    let parts = Parts { read_s, route_s, replay_s, replay_cpu_s };
    Ok(Replayed { list, network, plan, ran, parts })
}

/// Processor time of this thread, where the system tells (Linux: schedstat).
fn cpu_s() -> Option<f64> {
    // The system books a running thread at ticks alone, and when it gives way.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let ns: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(ns as f64 * 1e-9)
}
