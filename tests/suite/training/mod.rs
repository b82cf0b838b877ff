//! The input pipeline of training jobs.

mod disturbances_resources;
mod live_training;
mod mlperf_pipeline;
mod mlperf_semantics;
mod mlperf_startup;
