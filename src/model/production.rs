//! What production has and the laboratory has not: disturbances, each with a name and a switch.
//!
//! The laboratory is never written down: it is the scenario with every disturbance off
//! ([`Scenario::with_disturbances`](super::Scenario::with_disturbances)).

use super::{ClassId, FaultCourse, Op};
use crate::kernel::dist::Dist;
use crate::kernel::time::Span;
use serde::Serialize;

/// One disturbance of a scenario's `[production]` table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disturbance {
    /// Its name: the address of its chance, and what reports call it.
    pub name: String,
    /// Whether it happens.
    pub on: bool,
    /// What it does.
    pub what: Disturb,
}

/// What a disturbance does. Times are seconds, shares are 0–1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disturb {
    /// Every path between a client and the store is longer.
    Latency {
        /// Added to the round trip, half each way; drawn once per connection.
        added: Dist,
    },
    /// Delay that varies, each way on its own.
    Jitter(Jitter),
    /// From time to time every path between clients and store is longer for a while.
    Spikes {
        /// From the end of one spike to the next onset (exponential: Poisson onsets).
        interval: Dist,
        /// How long a spike lasts.
        duration: Dist,
        /// Added to the round trip meanwhile, half each way.
        height: Dist,
    },
    /// Packets are lost at random on the storage fabric.
    Loss {
        /// Share of packets (loss events) lost, in addition to what the transport has.
        rate: f64,
    },
    /// Traffic of others takes a part of cables.
    Background {
        /// Which cables: see [`CablePattern`].
        cables: Vec<CablePattern>,
        /// How much, when.
        course: Course,
    },
    /// Requests of others at the controllers.
    NoisyNeighbour {
        /// GET or PUT.
        op: Op,
        /// Requests per second, all controllers together (Poisson).
        requests_per_s: f64,
        /// Bytes of a request.
        size: Dist,
        /// Traffic class of the requests.
        #[serde(skip_serializing_if = "ClassId::is_default")]
        class: ClassId,
    },
    /// Caches start empty instead of holding what an epoch leaves.
    ColdCache,
    /// Drives fail, and rebuilding them takes bandwidth from the others.
    Rebuild {
        /// From the end of one rebuild to the next failure, whole store.
        interval: Dist,
        /// How long a rebuild lasts.
        duration: Dist,
        /// Drives that fail at once.
        devices: u32,
        /// Share of every other drive's and storage adapter's bandwidth that the rebuild takes.
        share: f64,
    },
    /// Cables go down, flap or run degraded.
    LinkFaults {
        /// Which cables, each on its own course.
        cables: Vec<CablePattern>,
        /// Up time between faults.
        interval: Dist,
        /// How long a fault lasts.
        duration: Dist,
        /// Share of the rate that is left meanwhile; 0: down.
        remaining: f64,
    },
    /// Controllers crash and come back.
    ControllerFaults {
        /// Up time of one controller between faults.
        interval: Dist,
        /// How long it is away.
        duration: Dist,
        /// How long the load balancer takes to notice, either way.
        detection: Span,
    },
    /// Boxes, cables or whole sites fail and are repaired; who is down does not answer.
    Faults {
        /// When each is down.
        course: FaultCourse,
        /// How long the load balancer takes to notice, either way.
        detection: Span,
    },
    /// Some GPUs compute more slowly.
    Stragglers {
        /// Share of GPUs that are slow at any time.
        share: f64,
        /// Compute takes this many times as long on them (≥ 1).
        slowdown: f64,
        /// Who is slow is drawn again after this long; `None`: the same ones for the whole run.
        redraw: Option<Span>,
    },
    /// Others use the nodes' CPUs.
    DecodeShortage {
        /// Share of every node's cores that is taken (at least one core is left).
        cores_taken: f64,
        /// Decoding a sample takes this many times as long (≥ 1).
        slowdown: f64,
    },
    /// Open loads arrive in bursts of the same mean rate.
    Burstiness {
        /// Length of a burst.
        burst: Dist,
        /// Rate within a burst over the mean rate (> 1).
        peak: f64,
    },
}

/// A noisy neighbour, as [`Disturb::NoisyNeighbour`] says, with its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour<'a> {
    /// The disturbance's name.
    pub name: &'a str,
    /// GET or PUT.
    pub op: Op,
    /// Requests per second, all controllers together.
    pub requests_per_s: f64,
    /// Bytes of a request.
    pub size: &'a Dist,
    /// Traffic class of the requests.
    pub class: ClassId,
}

/// A delay process of paths between clients and the store.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Jitter {
    /// Added one way, before [`shift_s`](Self::shift_s).
    pub delay: Dist,
    /// Taken off again, seconds, so that "± d" is a uniform delay of 0..2d shifted by d; a path
    /// never gets shorter than nothing.
    pub shift_s: f64,
    /// How long the delay keeps its value; zero: every packet draws its own.
    pub correlation: Span,
    /// Whether packets keep their order: none overtakes one that left before it on its connection.
    pub keeps_order: bool,
}

/// Which cables: `leaf-0` (all cables of that host or switch), `leaf-*`, or one direction only,
/// `leaf-* -> spine-*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CablePattern {
    /// Name of one end, or of the sending end if `to` is given; a final `*` stands for anything.
    pub from: String,
    /// Name of the receiving end.
    pub to: Option<String>,
}

impl CablePattern {
    /// Reads `a` or `a -> b`.
    pub fn parse(text: &str) -> CablePattern {
        match text.split_once("->") {
            Some((from, to)) => {
                CablePattern { from: from.trim().to_string(), to: Some(to.trim().to_string()) }
            }
            None => CablePattern { from: text.trim().to_string(), to: None },
        }
    }

    /// Whether it means the direction from `from` to `to`.
    pub fn fits(&self, from: &str, to: &str) -> bool {
        let fits = |pattern: &str, name: &str| {
            pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
        };
        match &self.to {
            Some(end) => fits(&self.from, from) && fits(end, to),
            None => fits(&self.from, from) || fits(&self.from, to),
        }
    }
}

/// How much of a cable others use over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// On and off, each cable on its own.
    OnOff {
        /// Mean share of the rate in use.
        load: f64,
        /// Share in use during a burst (> `load`).
        peak: f64,
        /// Length of a burst; pauses are exponential with the mean that makes `load`.
        burst: Dist,
    },
    /// Share in use from each time on (seconds, share), the same for all cables, repeated with
    /// period `period_s`.
    Trace {
        /// Steps, by time, the first at 0.
        steps: Vec<(f64, f64)>,
        /// Length of the trace, seconds.
        period_s: f64,
    },
}

impl Disturb {
    /// The same, twice as bad: twice the delay or loss, faults twice as often, twice as many slow GPUs
    /// or twice the load of others, as far as there is room. None where that has no meaning.
    pub fn doubled(&self) -> Option<Disturb> {
        let mut twice = self.clone();
        match &mut twice {
            Disturb::Latency { added } => *added = added.scaled(2.0),
            Disturb::Jitter(jitter) => {
                jitter.delay = jitter.delay.scaled(2.0);
                jitter.shift_s *= 2.0;
            }
            Disturb::Spikes { height, .. } => *height = height.scaled(2.0),
            Disturb::Loss { rate } => *rate = (2.0 * *rate).min(0.5),
            Disturb::Background { course, .. } => match course {
                Course::OnOff { load, peak, .. } => *load = (2.0 * *load).min(0.99 * *peak),
                Course::Trace { steps, .. } => {
                    steps.iter_mut().for_each(|(_, share)| *share = (2.0 * *share).min(0.99));
                }
            },
            Disturb::NoisyNeighbour { requests_per_s, .. } => *requests_per_s *= 2.0,
            Disturb::Rebuild { interval, .. }
            | Disturb::LinkFaults { interval, .. }
            | Disturb::ControllerFaults { interval, .. } => *interval = interval.scaled(0.5),
            Disturb::Faults { course: FaultCourse::Renewal { time_to_failure, .. }, .. } => {
                *time_to_failure = time_to_failure.scaled(0.5);
            }
            Disturb::Stragglers { share, .. } => *share = (2.0 * *share).min(1.0),
            Disturb::DecodeShortage { cores_taken, slowdown } => {
                *cores_taken = (2.0 * *cores_taken).min(0.95);
                *slowdown = 1.0 + 2.0 * (*slowdown - 1.0);
            }
            Disturb::Burstiness { peak, .. } => *peak *= 2.0,
            Disturb::Faults { course: FaultCourse::Events(_), .. } | Disturb::ColdCache => {
                return None;
            }
        }
        Some(twice)
    }

    /// What it is called in scenario files.
    pub fn kind(&self) -> &'static str {
        match self {
            Disturb::Latency { .. } => "latency",
            Disturb::Jitter(_) => "jitter",
            Disturb::Spikes { .. } => "spikes",
            Disturb::Loss { .. } => "loss",
            Disturb::Background { .. } => "background",
            Disturb::NoisyNeighbour { .. } => "noisy_neighbour",
            Disturb::ColdCache => "cold_cache",
            Disturb::Rebuild { .. } => "rebuild",
            Disturb::LinkFaults { .. } => "link_faults",
            Disturb::ControllerFaults { .. } => "controller_faults",
            Disturb::Faults { .. } => "faults",
            Disturb::Stragglers { .. } => "stragglers",
            Disturb::DecodeShortage { .. } => "decode_shortage",
            Disturb::Burstiness { .. } => "burstiness",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_an_end_or_a_direction() {
        let fits = |text: &str, from: &str, to: &str| CablePattern::parse(text).fits(from, to);
        assert!(fits("leaf-0", "leaf-0", "spine-1") && fits("leaf-0", "spine-1", "leaf-0"));
        assert!(!fits("leaf-1", "leaf-0", "spine-1") && !fits("leaf-1", "leaf-10", "spine-1"));
        assert!(fits("leaf-*->spine-*", "leaf-3", "spine-1"));
        assert!(!fits("leaf-* -> spine-*", "spine-1", "leaf-3"));
    }
}
