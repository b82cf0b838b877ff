//! Datasets, training jobs and request loads.

use super::classes::class_of;
use super::{Defined, NO_DATASET, first, look_up, sites};
use crate::kernel::dist::Dist;
use crate::kernel::id::Table;
use crate::model::{
    Arrivals, ClassId, Compute, Dataset, DatasetId, Framework, GroupId, Load, NodeGroup, Op, Order,
    Site, SiteId, TrafficClass, Training,
};
use crate::spec::reader::Reader;
use crate::spec::values::Names;

/// Shared datasets first, then those that jobs bring along.
pub struct Datasets<'s> {
    table: Table<DatasetId, Dataset>,
    sites: &'s Table<SiteId, Site>,
}

impl<'s> Datasets<'s> {
    /// All `[[dataset]]`.
    pub fn read(top: &Reader<'_>, sites: &'s Table<SiteId, Site>) -> Datasets<'s> {
        let mut defined = Defined::default();
        let mut table = Table::new();
        for reader in top.children("dataset") {
            let name: String = reader.get("name");
            defined.add(&reader, &name, "datasets");
            table.push(dataset(&reader, name, sites));
        }
        Datasets { table, sites }
    }

    /// The dataset of a job: one that is shared, or its own, which is called like the job.
    fn of_job(&mut self, r: &Reader<'_>, job: &str) -> DatasetId {
        let Some(node) = r.node("dataset") else { return NO_DATASET };
        if let Some(name) = node.text() {
            // Reading it remembers its place.
            let name = name.to_string();
            let found = look_up(r, "dataset", &name, &self.table, |d| &d.name);
            return found.unwrap_or(NO_DATASET);
        }
        let Some(own) = r.child("dataset") else { return NO_DATASET };
        self.table.push(dataset(&own, job.to_string(), self.sites))
    }

    /// All of them.
    pub fn into_table(self) -> Table<DatasetId, Dataset> {
        self.table
    }
}

fn dataset(r: &Reader<'_>, name: String, sites: &Table<SiteId, Site>) -> Dataset {
    Dataset {
        replicas: sites::replicas(r, sites),
        allowed_regions: r
            .opt("allowed_regions")
            .map(|Names(list)| list.into_iter().map(|(pattern, _)| pattern).collect()),
        name,
        objects: r.get("objects"),
        samples_per_object: r.get("samples_per_object"),
        sample_bytes: r.get("sample_size"),
    }
}

/// The group a job runs on: the one it names, or the only one.
fn group_of(r: &Reader<'_>, groups: &Table<GroupId, NodeGroup>) -> GroupId {
    if let Some(name) = r.opt::<String>("nodes") {
        return look_up(r, "nodes", &name, groups, |g| &g.name).unwrap_or_else(first);
    }
    if groups.len() > 1 && r.sound() && r.context.sound("nodes") {
        let names: Vec<&str> = groups.rows().iter().map(|g| g.name.as_str()).collect();
        let message = format!("{} does not say on which `nodes` it runs", r.title);
        let help = format!("there are several groups: {}", names.join(", "));
        r.error_at("nodes", message, "`nodes` is missing", help);
    }
    first()
}

/// All `[[training]]`.
pub fn training(
    top: &Reader<'_>,
    groups: &Table<GroupId, NodeGroup>,
    classes: &Table<ClassId, TrafficClass>,
    datasets: &mut Datasets<'_>,
    defined: &mut Defined,
) -> Vec<Training> {
    let read = |r: &Reader<'_>| {
        let job = training_job(r, groups, classes, datasets);
        defined.add(r, &job.name, "jobs");
        job
    };
    top.children("training").iter().map(read).collect()
}

fn training_job(
    r: &Reader<'_>,
    groups: &Table<GroupId, NodeGroup>,
    classes: &Table<ClassId, TrafficClass>,
    datasets: &mut Datasets<'_>,
) -> Training {
    let name: String = r.get("name");
    let group = group_of(r, groups);
    let workers: u32 = r.get("workers");
    let prefetch: u32 = r.get("prefetch");
    let (framework, in_flight_batches) = match r.get::<String>("framework").as_str() {
        // DLIO's torch loader gives each worker prefetch_factor = max(1, ceil(prefetch/workers))
        // batches; tf.data reads with `workers` and holds `prefetch` more.
        "pytorch" => (Framework::Pytorch, workers * prefetch.div_ceil(workers).max(1)),
        _ => (Framework::Tensorflow, workers + prefetch),
    };
    let order = match r.get::<String>("order").as_str() {
        "sequential" => Order::Sequential,
        "sharded" => Order::Sharded,
        _ => Order::Shuffled,
    };
    let all_gpus = || {
        let total = groups
            .rows()
            .get(group.0 as usize)
            .map_or(1, |g| u64::from(g.count) * u64::from(g.gpus));
        u32::try_from(total).unwrap_or(u32::MAX)
    };
    Training {
        group,
        gpus: r.opt("gpus").unwrap_or_else(all_gpus),
        dataset: datasets.of_job(r, &name),
        name,
        framework,
        workers,
        in_flight_batches,
        parallel_reads: r.get("parallel_reads"),
        batch: r.get("batch"),
        decode: r.get("decode"),
        compute: compute(r),
        step_overhead: r.get("step_overhead"),
        start_up: r.get("start_up"),
        epochs: r.get("epochs"),
        steps: r.opt("steps"),
        order,
        gradient: r.opt("gradient"),
        class: class_of(r, "class", classes),
        gradient_class: gradient_class(r, classes),
        stop_after_errors: r.opt("stop_after_errors"),
    }
}

fn gradient_class(r: &Reader<'_>, classes: &Table<ClassId, TrafficClass>) -> ClassId {
    if r.has("gradient_class") && !r.has("gradient") && r.sound() {
        let message = "`gradient_class` needs `gradient` beside it".to_string();
        let help = "say how many bytes are all-reduced: gradient = \"2 GiB\"".to_string();
        r.error_at("gradient_class", message, "nothing is all-reduced", help);
    }
    class_of(r, "gradient_class", classes)
}

/// Exactly one of `compute` and `flops_per_sample` with `mfu`.
fn compute(r: &Reader<'_>) -> Compute {
    let per_batch: Option<Dist> = r.opt("compute");
    let flops: Option<f64> = r.opt("flops_per_sample");
    let mfu: Option<f64> = r.opt("mfu");
    match (per_batch, flops, mfu) {
        (Some(dist), None, None) => Compute::PerBatch(dist),
        (None, Some(flops_per_sample), Some(mfu)) => Compute::Flops { flops_per_sample, mfu },
        (Some(dist), _, _) => {
            let key = if r.has("flops_per_sample") { "flops_per_sample" } else { "mfu" };
            let message = format!("{} gives its compute time twice", r.title);
            let help = "keep either `compute`, or `flops_per_sample` with `mfu`; to replace the \
                        preset's, set compute = \"none\"";
            r.error_at(key, message, "and `compute` is given too", help.into());
            Compute::PerBatch(dist)
        }
        (None, flops, mfu) => {
            if r.context.sound(&r.path) {
                let (key, message) = match (flops, mfu) {
                    (Some(_), _) => {
                        ("flops_per_sample", "`flops_per_sample` needs `mfu` beside it")
                    }
                    (_, Some(_)) => ("mfu", "`mfu` needs `flops_per_sample` beside it"),
                    _ => ("compute", "the job does not say how long a batch computes"),
                };
                let help = "give compute = \"323 ms\", or flops_per_sample = \"1.2 TFLOP\" and \
                            mfu = 0.4";
                r.error_at(key, message.into(), "incomplete", help.into());
            }
            Compute::PerBatch(Dist::Constant(1.0))
        }
    }
}

/// All `[[load]]`.
pub fn loads(
    top: &Reader<'_>,
    groups: &Table<GroupId, NodeGroup>,
    classes: &Table<ClassId, TrafficClass>,
    datasets: &mut Datasets<'_>,
    defined: &mut Defined,
) -> Vec<Load> {
    let read = |r: &Reader<'_>| {
        let load = load(r, groups, classes, datasets);
        defined.add(r, &load.name, "jobs");
        load
    };
    top.children("load").iter().map(read).collect()
}

fn load(
    r: &Reader<'_>,
    groups: &Table<GroupId, NodeGroup>,
    classes: &Table<ClassId, TrafficClass>,
    datasets: &mut Datasets<'_>,
) -> Load {
    let name: String = r.get("name");
    let op = if r.get::<String>("op") == "put" { Op::Put } else { Op::Get };
    let arrivals = if r.get::<String>("arrivals") == "open" {
        Arrivals::Open { interval: r.get("interval") }
    } else {
        Arrivals::Closed { clients: r.get("clients"), think: r.get("think") }
    };
    if let Arrivals::Open { interval } = &arrivals
        && interval.mean() <= 0.0
        && r.sound()
    {
        let message = "the time between requests is zero".to_string();
        let help = "for example interval = { exponential = \"1 ms\" }".to_string();
        r.error_at("interval", message, "endless requests in no time", help);
    }
    Load {
        group: group_of(r, groups),
        op,
        dataset: datasets.of_job(r, &name),
        name,
        arrivals,
        requests: r.opt("requests"),
        class: class_of(r, "class", classes),
    }
}
