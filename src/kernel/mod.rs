//! Floor 1: time, units, ids, queue, chance, statistics and max-min sharing. Imports nothing of
//! ours from above, so it could leave one day.

pub mod agenda;
pub mod dist;
pub mod id;
pub mod maxflow;
pub mod maxmin;
pub mod permute;
pub mod queue;
pub mod rng;
pub mod sobol;
pub mod stats;
pub mod time;
pub mod units;
