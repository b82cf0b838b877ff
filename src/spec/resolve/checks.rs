//! Checks across tables, made where the tables involved could be read.

use super::cables;
use super::graph;
use super::plan;
use super::ports::{self, Hosts, Ports};
use super::shapes;
use crate::kernel::time::{PS_PER_S, Span};
use crate::model::{Compute, FabricSpec, Plan, Redundancy, Scenario, Topology, Training};
use crate::spec::error::Diagnostic;
use crate::spec::fields::grouped;
use crate::spec::reader::Context;

/// Most hosts, GPUs or drives of a scenario.
const MAX_ENTITIES: u64 = 1_000_000;

/// Notes an error at the value of `path`.
fn error(context: &Context, path: &str, message: String, label: &str, help: &str) {
    let finding = Diagnostic::error(&context.place(path), message, label).help(help);
    context.report(path, finding);
}

fn warning(context: &Context, path: &str, message: String, label: &str, help: &str) {
    let finding = Diagnostic::error(&context.place(path), message, label).warning().help(help);
    context.report(path, finding);
}

/// All of them.
pub fn all(context: &Context, scenario: &Scenario, switches: &[Ports]) {
    something_runs(context, scenario);
    horizon(context, scenario);
    sizes(context, scenario);
    for (i, job) in scenario.training.iter().enumerate() {
        if sound_job(context, &format!("training.{i}"), job.dataset.0) {
            training(context, scenario, job, &format!("training.{i}"));
        }
    }
    gpus(context, scenario);
    collectives(context, scenario);
    let hosts_sound = context.sound("nodes") && context.sound("store");
    for (i, fabric) in scenario.fabrics.rows().iter().enumerate() {
        let path = format!("fabric.{}", fabric.name);
        if hosts_sound && context.sound(&path) {
            for site in scenario.places().rows() {
                let hosts = ports::hosts_of(scenario, i, site);
                if hosts.is_empty() || !context.sound(&path) {
                    continue;
                }
                fabric_fits(context, &path, fabric, &hosts);
                shapes::check(context, &path, fabric, site, &hosts);
                if context.sound(&path) {
                    ports::check(context, &path, &switches[i], fabric, &hosts);
                }
            }
            if context.sound(&path) && plan::applies(fabric) {
                let plan = Plan::new(scenario, fabric, i > 0, i == 0);
                plan::check(context, &path, &switches[i], &plan);
            }
        }
    }
    if hosts_sound && context.sound("fabric") {
        cables::check(context, scenario);
    }
}

/// Whether a job, its nodes and its dataset could be read.
fn sound_job(context: &Context, path: &str, dataset: u32) -> bool {
    context.sound(path) && context.sound("nodes") && context.sound(&format!("dataset.{dataset}"))
}

fn something_runs(context: &Context, scenario: &Scenario) {
    let tried = ["training", "load"].iter().any(|key| context.has(key));
    if scenario.training.is_empty() && scenario.loads.is_empty() && !tried {
        let help = "add a [[training]] or a [[load]] table";
        error(context, "", "nothing runs in this scenario".into(), "no job anywhere", help);
    }
}

fn horizon(context: &Context, scenario: &Scenario) {
    if !context.sound("run") {
        return;
    }
    if let Some(horizon) = scenario.horizon
        && scenario.warm_up >= horizon
    {
        let message = format!("the warm-up ({}) fills the horizon ({horizon})", scenario.warm_up);
        error(context, "run.warm_up", message, "too long", "measure for longer than you warm up");
    }
    for (i, load) in scenario.loads.iter().enumerate() {
        let path = format!("load.{i}");
        let endless = load.requests.is_none() && scenario.horizon.is_none();
        if endless && context.sound(&path) {
            let message = format!("[[load]] \"{}\" never ends", load.name);
            let help = "set `requests`, or `horizon` under [run]";
            error(context, &path, message, "without `requests`", help);
        }
    }
}

fn sizes(context: &Context, scenario: &Scenario) {
    let limit = |path: &str, what: &str, n: u64| {
        if n > MAX_ENTITIES {
            let message = format!("{n} {what} are more than {}", grouped(MAX_ENTITIES));
            error(context, path, message, "too many", "simulate a part of the cluster");
        }
    };
    if context.sound("nodes") {
        limit("nodes", "nodes", scenario.nodes());
        limit("nodes", "GPUs", scenario.gpus());
    }
    if context.sound("store")
        && let Some(media) = &scenario.store.media
    {
        let drives = u64::from(media.nodes) * u64::from(media.devices_per_node);
        limit("store.media.devices_per_node", "drives", drives);
        let nodes = u64::from(media.nodes);
        if let Redundancy::Erasure { parity, .. } = media.redundancy
            && parity > 0
            && nodes > 0
            && u64::from(media.redundancy.width()).div_ceil(nodes) > u64::from(parity)
        {
            let message = "the loss of one storage node loses objects".to_string();
            let help = "a node holds more shards of an object than the code may lose";
            warning(context, "store.media.redundancy", message, "wider than the nodes", help);
        }
    }
}

fn training(context: &Context, scenario: &Scenario, job: &Training, path: &str) {
    let dataset = &scenario.datasets[job.dataset];
    let own = format!("{path}.dataset");
    let (objects, each) = (u128::from(dataset.objects), u128::from(dataset.samples_per_object));
    if objects * each > 1 << 53 {
        let message = format!("{} samples are more than 2^53", objects * each);
        error(context, &own, message, "this dataset", "fewer objects or samples per object");
        return;
    }
    let steps = job.steps_per_epoch(dataset);
    if steps == 0 {
        let message = format!(
            "[[training]] \"{}\" cannot make one step: its dataset has {} samples, a step takes {}",
            job.name,
            dataset.samples(),
            job.global_batch()
        );
        let help = format!(
            "{} GPUs × batch {}; give the dataset at least {} objects",
            job.gpus,
            job.batch,
            job.global_batch().div_ceil(dataset.samples_per_object)
        );
        error(context, &own, message, "smaller than one global batch", &help);
        return;
    }
    if let Some(wanted) = job.steps.filter(|&wanted| wanted > steps) {
        let message = format!("an epoch has {steps} steps, not {wanted}");
        let help = "the dataset holds no more whole global batches; raise `epochs` instead";
        warning(context, &format!("{path}.steps"), message, "more than there are", help);
    }
    lasts(context, scenario, job, path, steps);
}

/// A job that computes for longer than a clock of picoseconds counts.
fn lasts(context: &Context, scenario: &Scenario, job: &Training, path: &str, steps: u64) {
    let per_step = match &job.compute {
        Compute::PerBatch(dist) => dist.mean(),
        Compute::Flops { flops_per_sample, mfu } => {
            let peak = scenario.groups[job.group].gpu.peak_flops;
            f64::from(job.batch) * flops_per_sample / (peak * mfu)
        }
    };
    let seconds = per_step * steps as f64 * f64::from(job.epochs);
    let most = scenario.horizon.unwrap_or(Span::MAX).0 as f64 / PS_PER_S as f64;
    if scenario.horizon.is_none() && seconds > most {
        let days = seconds / 86_400.0;
        let message = format!("[[training]] \"{}\" computes for {days:.0} days", job.name);
        let help = "a run holds 213 days; set `horizon` under [run], or fewer `steps`";
        error(context, path, message, "longer than a run can be", help);
    }
}

/// GPUs asked for against GPUs there are.
fn gpus(context: &Context, scenario: &Scenario) {
    if !context.sound("nodes") {
        return;
    }
    for (id, group) in scenario.groups.iter() {
        let there = u64::from(group.count) * u64::from(group.gpus);
        let mut asked = 0;
        for (i, job) in scenario.training.iter().enumerate().filter(|(_, job)| job.group == id) {
            let path = format!("training.{i}");
            if !context.sound(&path) {
                continue;
            }
            asked += u64::from(job.gpus);
            if asked <= there {
                continue;
            }
            let key = format!("{path}.gpus");
            let message = format!(
                "[[training]] \"{}\" asks for {} GPUs, nodes \"{}\" have {there}{}",
                job.name,
                job.gpus,
                group.name,
                if asked > u64::from(job.gpus) { " and earlier jobs take some" } else { "" }
            );
            let help =
                format!("{} nodes × {} GPUs; lower `gpus`, or add nodes", group.count, group.gpus);
            error(context, &key, message, "more than there are", &help);
        }
    }
}

/// Gradients need a network, and adapters on it.
fn collectives(context: &Context, scenario: &Scenario) {
    if !context.sound("fabric") || !context.sound("nodes") {
        return;
    }
    for (i, job) in scenario.training.iter().enumerate().filter(|(_, job)| job.gradient.is_some()) {
        let path = format!("training.{i}.gradient");
        let group = &scenario.groups[job.group];
        match scenario.compute_fabric {
            None => {
                let message = format!("the gradient of \"{}\" has no network", job.name);
                let help = "add [fabric.compute], or set converged = true under [fabric]";
                error(context, &path, message, "goes nowhere", help);
            }
            Some(fabric) if fabric != scenario.storage_fabric && group.compute_nic.is_none() => {
                let message = format!("nodes \"{}\" have no `compute_nic`", group.name);
                let help = "the gradient goes over [fabric.compute]; give its nodes an adapter";
                error(context, &path, message, "needs an adapter", help);
            }
            Some(_) => {}
        }
    }
}

/// Hosts that a fat-tree or the switches of a file take.
fn fabric_fits(context: &Context, path: &str, fabric: &FabricSpec, hosts: &[Hosts]) {
    let at = |key: &str| format!("{path}.{key}");
    match &fabric.topology {
        Topology::FatTree { k, .. } => {
            let room = u64::from(*k) * u64::from(*k) * u64::from(*k) / 4;
            let ports: u64 = hosts.iter().map(|h| h.count * h.ports).sum();
            if ports > room {
                let message = format!("{ports} host ports do not fit a fat-tree of k = {k}");
                let next = (2..=256).step_by(2).find(|k: &u64| k * k * k / 4 >= ports);
                let help = match next {
                    Some(k) => format!("it has k³/4 = {room} ports; k = {k} is enough"),
                    None => format!("it has k³/4 = {room} ports"),
                };
                error(context, &at("k"), message, "too small", &help);
            }
        }
        Topology::Custom { switches, links, attachments } => {
            graph::check(context, path, &graph::Graph { switches, links, attachments, hosts });
        }
        _ => {}
    }
}
