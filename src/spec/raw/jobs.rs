//! Keys of what runs: datasets, training jobs, request loads.

use super::fabric::SHARE;
use super::{SOURCE, class};
use crate::spec::fields::{Field, Kind, Section, Shelf};

const OBJECTS: Field = Field::new("objects", Kind::Count(1, 1_000_000_000_000), "Objects.");
const SAMPLES: Field =
    Field::new("samples_per_object", Kind::Count(1, 1_000_000_000), "Samples in one object.")
        .or("1");
const SIZE: Field = Field::new("sample_size", Kind::DistBytes, "Size of one sample.");
const REPLICAS: Field = Field::new(
    "replicas",
    Kind::Names,
    "Sites that hold a copy; left out: every site with a gateway.",
)
.optional();
const REGIONS: Field = Field::new(
    "allowed_regions",
    Kind::Names,
    "Regions that it may be in or pass, such as \"eu-*\"; every other is denied, also one that is \
     not known. Left out: anywhere.",
)
.optional();

/// A dataset with a name.
pub static DATASET: Section = Section {
    title: "[[dataset]]",
    doc: "A set of objects, each holding samples, that several jobs may read.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name; jobs refer to it."),
        OBJECTS,
        SAMPLES,
        SIZE,
        REPLICAS,
        REGIONS,
    ],
};

/// The dataset of one job.
pub static OWN_DATASET: Section = Section {
    title: "a dataset",
    doc: "A set of objects, each holding samples, read by this job alone.",
    preset: None,
    choice: None,
    fields: &[OBJECTS, SAMPLES, SIZE, REPLICAS, REGIONS],
};

/// A training job, and a workload of the catalogue.
pub static TRAINING: Section = Section {
    title: "[[training]]",
    doc: "A data-parallel training job: every rank loads batches, computes, and waits for all.",
    preset: Some(("workload", Shelf::Workloads)),
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Name of the job, for reports."),
        Field::new(
            "workload",
            Kind::Preset(Shelf::Workloads),
            "Workload of the catalogue to start from.",
        )
        .optional(),
        Field::new(
            "nodes",
            Kind::Reference("nodes"),
            "Group of nodes it runs on; may be left out when there is only one.",
        )
        .optional(),
        Field::new(
            "gpus",
            Kind::Count(1, 1_000_000_000),
            "Ranks, one GPU each, filling nodes in order; left out: all GPUs of the group.",
        )
        .optional(),
        Field::new("dataset", Kind::Dataset(&OWN_DATASET), "What it reads."),
        Field::new(
            "framework",
            Kind::Choice(&["pytorch", "tensorflow"]),
            "Who hands out batches: `pytorch` fixes batch i to worker i mod workers, `tensorflow` \
             gives the next batch to the next free worker.",
        ),
        Field::new("workers", Kind::Count(1, 4_096), "Reader workers per rank."),
        Field::new(
            "prefetch",
            Kind::Count(0, 100_000),
            "Batches loaded ahead per rank; in flight are workers · max(1, ceil(prefetch/workers)) \
             with pytorch, workers + prefetch with tensorflow.",
        )
        .or("2"),
        Field::new(
            "parallel_reads",
            Kind::Count(1, 100_000),
            "Samples of one batch that a worker reads at once.",
        )
        .or("1"),
        Field::new("batch", Kind::Count(1, 100_000_000), "Samples per step and rank."),
        Field::new("decode", Kind::DistTime, "CPU time to decode one sample on one core.")
            .or("\"0 s\""),
        Field::new(
            "compute",
            Kind::DistTime,
            "GPU time per batch; or give `flops_per_sample` and `mfu`.",
        )
        .optional(),
        Field::new(
            "flops_per_sample",
            Kind::FlopCount,
            "Operations per sample, forward and backward; needs `mfu`.",
        )
        .optional(),
        Field::new("mfu", SHARE, "Share of the GPU's dense peak that is reached.").optional(),
        Field::new("step_overhead", Kind::DistTime, "Framework time per step, after compute.")
            .or("\"0 s\""),
        Field::new("start_up", Kind::DistTime, "Time before the first read of an epoch.")
            .or("\"0 s\""),
        Field::new("epochs", Kind::Count(1, 1_000_000), "Passes over the dataset.").or("1"),
        Field::new(
            "steps",
            Kind::Count(1, 1_000_000_000_000),
            "Steps in an epoch at most; left out: as many as the dataset holds.",
        )
        .optional(),
        Field::new(
            "order",
            Kind::Choice(&["shuffled", "sequential", "sharded"]),
            "Order of samples; `sharded` shuffles objects and keeps their samples together.",
        )
        .or("\"shuffled\""),
        Field::new(
            "gradient",
            Kind::Bytes,
            "Bytes all-reduced every step; left out: a barrier without traffic.",
        )
        .optional(),
        class::OF,
        Field::new(
            "gradient_class",
            Kind::Reference("class"),
            "Traffic class of the all-reduce; left out: `default`.",
        )
        .optional(),
        Field::new(
            "stop_after_errors",
            Kind::Count(1, 1_000_000_000),
            "The job stops when so many requests have failed; left out: its readers ask anew.",
        )
        .optional(),
        SOURCE,
    ],
};

/// A request load.
pub static LOAD: Section = Section {
    title: "[[load]]",
    doc: "Clients without GPUs: a benchmark, a service, an ingest. Every request is one object.",
    preset: None,
    choice: Some("arrivals"),
    fields: &[
        Field::new("name", Kind::Name, "Name of the load, for reports."),
        Field::new(
            "nodes",
            Kind::Reference("nodes"),
            "Group of nodes its clients run on; may be left out when there is only one.",
        )
        .optional(),
        Field::new("op", Kind::Choice(&["get", "put"]), "Read or overwrite."),
        Field::new("dataset", Kind::Dataset(&OWN_DATASET), "Which objects."),
        Field::new(
            "arrivals",
            Kind::Choice(&["closed", "open"]),
            "`closed`: clients think, ask, wait; `open`: requests come regardless of answers.",
        ),
        Field::new("clients", Kind::Count(1, 10_000_000), "Loops over all nodes of the group.")
            .only(&["closed"]),
        Field::new("think", Kind::DistTime, "Time between answer and next request.")
            .or("\"0 s\"")
            .only(&["closed"]),
        Field::new(
            "interval",
            Kind::DistTime,
            "Time between requests; { exponential = \"1 ms\" } is a Poisson stream of 1,000/s.",
        )
        .only(&["open"]),
        Field::new(
            "requests",
            Kind::Count(1, 1_000_000_000_000),
            "Requests in all; left out: until the horizon.",
        )
        .optional(),
        class::OF,
    ],
};
