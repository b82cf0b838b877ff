//! One sentence of advice. It claims only what follows from the run's numbers: capacities that
//! the GPUs' ceiling takes, requests that Little's law takes, upper bounds on what can be won.

use super::bottleneck::{Culprit, Finding, WORTH_NAMING};
use super::family::Set;
use super::outcome::{LinkOutcome, Outcome, RequestOutcome};
use super::words::{bits_per_s, bytes_per_s, figures, percent, seconds, thousands};

/// A first batch that takes at least this share of that time is worth saying.
const START_DOMINATES: f64 = 0.5;

/// How much faster than in the run training would take data at its ceiling; none if it took none.
fn speed_up(outcome: &Outcome) -> Option<f64> {
    let jobs = || outcome.jobs.iter().filter(|job| job.samples_per_s.mean > 0.0);
    let now: f64 = jobs().map(|job| job.bytes_per_s.mean).sum();
    let ceiling: f64 = jobs()
        .map(|job| job.bytes_per_s.mean * job.ceiling_samples_per_s.mean / job.samples_per_s.mean)
        .sum();
    (now > 0.0).then_some(ceiling / now)
}

/// Share of all answered bytes that training took (the rest belongs to loads, whose demand does
/// not grow with the GPUs' pace), 0–1.
fn training_share(outcome: &Outcome) -> f64 {
    let bytes = |trains: bool| {
        let is_job = |r: &&RequestOutcome| outcome.jobs.iter().any(|job| job.name == r.job);
        let of = outcome.requests.iter().filter(|r| is_job(r) == trains);
        of.map(|r| r.bytes as f64).sum::<f64>()
    };
    let (training, loads) = (bytes(true), bytes(false));
    if training + loads > 0.0 { training / (training + loads) } else { 1.0 }
}

/// Capacity that the GPUs' ceiling takes of the culprit's boxes, over what they have.
pub(super) fn capacity_factor(outcome: &Outcome, culprit: &Culprit) -> Option<f64> {
    let growth = 1.0 + training_share(outcome) * (speed_up(outcome)? - 1.0);
    Some(culprit.set.as_ref()?.utilisation() * growth)
}

/// The sentence for a run whose GPUs wait for data.
pub(super) fn sentence(outcome: &Outcome, finding: &Finding, culprit: &Culprit) -> String {
    let stall = percent(finding.stall_of_gpu_time);
    let share = percent(finding.share_of_stall);
    let lead = match (&culprit.set, culprit.kind) {
        (Some(set), _) if finding.stage == "transfer" => {
            format!("{share} of that time is transfers held by {} ({})", set.name, set.busy())
        }
        (Some(set), _) => {
            let stage = finding.stage.replace('_', " ");
            format!("{share} of that time is {stage} at {} ({})", set.name, set.busy())
        }
        (None, "transport") => {
            format!("{share} of that time is transfers held by {}", culprit.name)
        }
        (None, _) => format!("{share} of that time is {}", culprit.name),
    };
    // A rank that waits for data holds all others at the barrier: that time is lost to data too.
    let others = match finding.waiting_for_stalled {
        share if share >= WORTH_NAMING => format!(", waiting for stalled ranks {}", percent(share)),
        _ => String::new(),
    };
    let mut text = format!("Data stalls take {stall} of GPU time{others}; {lead}");
    if let Some(follows) = consequence(outcome, finding, culprit) {
        text = format!("{text}: {follows}");
    }
    if finding.first_batch_share >= START_DOMINATES && culprit.kind != "start_up" {
        let first = percent(finding.first_batch_share);
        text =
            format!("{text}; {first} of that time is the first batch, which a longer run dilutes");
    }
    text + "."
}

/// What follows for the culprit, if the numbers allow a claim.
fn consequence(outcome: &Outcome, finding: &Finding, culprit: &Culprit) -> Option<String> {
    if let (Some(set), Some(factor)) = (&culprit.set, finding.capacity_factor) {
        return Some(capacity(set, factor));
    }
    match culprit.kind {
        "start_up" => Some("it recurs once an epoch, so longer epochs dilute it".to_owned()),
        "throttle" => throttle(outcome),
        "transport" => {
            let factor = figures(speed_up(outcome)?);
            Some(format!(
                "links are not what binds; the GPUs' ceiling takes {factor}× today's rate, by \
                 more connections at once or a higher limit on each"
            ))
        }
        "outage" => None,
        "pool" => Some("a higher `max_connections` lets more requests out at once".to_owned()),
        _ => more_in_flight(outcome),
    }
}

fn capacity(set: &Set, factor: f64) -> String {
    if factor <= 1.0 {
        return format!(
            "at the GPUs' ceiling their mean load would be {}, so bursts, not mean demand, fill \
             them",
            percent(factor)
        );
    }
    let (now, needed) = (set.capacity(), set.capacity() * factor);
    let amount = |value: f64| match set.members[0].kind {
        "network" | "wan" | "firewall" | "adapter" if now > 1e6 => bits_per_s(value),
        "controller" => format!("{} slots", thousands(libm::ceil(value))),
        "decode" => format!("{} cores", thousands(libm::ceil(value))),
        _ if now > 1e6 => bytes_per_s(value),
        _ => format!("{} in service", thousands(libm::ceil(value))),
    };
    format!(
        "the GPUs' ceiling takes at least {}× their capacity ({}, now {})",
        figures(factor),
        amount(needed),
        amount(now)
    )
}

/// The training requests that matter: those of the job that moves most bytes.
fn main_requests(outcome: &Outcome) -> Option<&RequestOutcome> {
    let training = outcome.requests.iter().filter(|r| outcome.jobs.iter().any(|j| j.name == r.job));
    training.reduce(|best, r| if r.bytes > best.bytes { r } else { best })
}

fn throttle(outcome: &Outcome) -> Option<String> {
    let requests = main_requests(outcome)?;
    let needed = requests.requests_per_s.mean * speed_up(outcome)?;
    Some(format!(
        "the GPUs' ceiling takes {} requests/s, {} were answered: larger requests or more prefixes",
        figures(needed),
        figures(requests.requests_per_s.mean)
    ))
}

/// Little's law: at this latency the ceiling takes so many requests in flight.
fn more_in_flight(outcome: &Outcome) -> Option<String> {
    let requests = main_requests(outcome).filter(|r| r.answered > 0)?;
    let now = requests.requests_per_s.mean * requests.total.mean_s;
    let needed = now * speed_up(outcome)?;
    Some(format!(
        "at {} a request the GPUs' ceiling takes {} requests in flight (Little's law), the run \
         kept {}",
        seconds(requests.total.mean_s),
        figures(needed),
        figures(now)
    ))
}

/// The sentence for a run whose GPUs do not wait for data.
pub(super) fn nothing_stalls(outcome: &Outcome, of_gpu_time: f64) -> String {
    let busiest = busiest_link(outcome)
        .map(|link| format!("; the busiest link is {}, {} busy", link.name, busy(link)))
        .unwrap_or_default();
    if outcome.jobs.is_empty() {
        return format!("No training job runs{busiest}.");
    }
    let allocated = outcome.allocated();
    let others = outcome
        .gpu_seconds
        .iter()
        .filter(|(name, _)| !["useful", "data_stall", "unallocated"].contains(name))
        .reduce(|best, state| if state.1.mean > best.1.mean { state } else { best })
        .filter(|(_, spent)| spent.mean >= 0.05 * allocated)
        .map(|(name, spent)| {
            let name = name.replace('_', " ");
            format!("; most idle time is {name}, {}", percent(spent.mean / allocated))
        })
        .unwrap_or_default();
    format!("Data stalls take {} of GPU time{others}{busiest}.", percent(of_gpu_time))
}

fn busiest_link(outcome: &Outcome) -> Option<&LinkOutcome> {
    let busier =
        |best: &LinkOutcome, link: &LinkOutcome| link.utilisation.mean > best.utilisation.mean;
    outcome.links.iter().reduce(|best, link| if busier(best, link) { link } else { best })
}

fn busy(link: &LinkOutcome) -> String {
    percent(link.utilisation.mean)
}
