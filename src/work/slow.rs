//! Accelerators that compute more slowly than others.

use crate::kernel::rng::{Keyed, Purpose, Streams};
use crate::kernel::time::{Span, Time};
use crate::model::{Disturb, Scenario};

/// One disturbance of compute: who is slow, and by how much.
#[derive(Debug, Clone)]
pub struct Slow {
    share: f64,
    slowdown: f64,
    redraw: Option<Span>,
    chance: Keyed,
}

impl Slow {
    /// All of them in a scenario.
    pub fn all(scenario: &Scenario, streams: &Streams) -> Vec<Slow> {
        let slow = |d: &crate::model::Disturbance| match d.what {
            Disturb::Stragglers { share, slowdown, redraw } => {
                let chance = streams.keyed(&d.name, Purpose::Victim);
                Some(Slow { share, slowdown, redraw, chance })
            }
            _ => None,
        };
        scenario.disturbances().filter_map(slow).collect()
    }

    /// How many times as long `rank` of the job with this word computes what it begins at `now`.
    pub fn factor(&self, job: u64, rank: u32, now: Time) -> f64 {
        let period = self.redraw.map_or(0, |redraw| now.0 / redraw.0);
        let slow = self.chance.uniform([job, u64::from(rank), period]) < self.share;
        if slow { self.slowdown } else { 1.0 }
    }
}
