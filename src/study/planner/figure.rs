//! Figures that a plan can ask for: metrics of the simulation, figures of its costs, counts of parts.

use super::bill;
use crate::cost::{Costs, Hours, Ledger, Moved, What};
use crate::cost::{Part, ledger::UNALLOCATED, ledger::USEFUL};
use crate::metrics::summary::RunSummary;
use crate::model::{Parts, Scenario, Tenure};
use crate::spec::nearest;
use crate::study::Metric;
use crate::study::cost::ledgers;
use crate::study::metric;

/// Counts of parts, the height of them all, and what they take to be bought beside what there is.
const PARTS: [&str; 10] = [
    "gpus",
    "nodes",
    "switches",
    "cables",
    "optics",
    "controllers",
    "storage_nodes",
    "devices",
    "rack_units",
    "upgrade_cost",
];

/// Figures of the cost model that a rented design has none of: it is not bought, and somebody else's power.
const BOUGHT: [&str; 2] = ["capex", "contracted_it_kw"];

/// A figure.
#[derive(Debug, Clone)]
pub enum Figure {
    /// Of the simulation.
    Run(Metric),
    /// A cell of the cost model.
    Cost(String),
    /// A count, known without a run.
    Part(&'static str),
}

impl Figure {
    /// The figure called `name` of a scenario.
    ///
    /// # Errors
    /// What is wrong with the name, and what to write instead.
    pub fn parse(name: &str, scenario: &Scenario) -> Result<Figure, (String, String)> {
        if let Some(part) = PARTS.iter().find(|part| **part == name) {
            return Ok(Figure::Part(part));
        }
        let wrong = match Metric::parse(name, scenario) {
            Ok(metric) => return Ok(Figure::Run(metric)),
            Err(wrong) => wrong,
        };
        // A metric's name that is not clear is not looked for elsewhere.
        let bare = name.rsplit('.').next().unwrap_or(name);
        if metric::METRICS.iter().any(|entry| entry.name == bare) {
            return Err((wrong.message, wrong.help));
        }
        let keys = cost_keys(scenario);
        if keys.iter().any(|key| key == name) {
            return Ok(Figure::Cost(name.to_owned()));
        }
        let all = metric::METRICS.iter().map(|entry| entry.name).chain(PARTS);
        let all: Vec<&str> = all.chain(keys.iter().map(String::as_str)).collect();
        let help = match nearest(name, all) {
            Some(near) => format!("did you mean `{near}`?"),
            None if keys.is_empty() => "the base has no [price] table, so it has no costs; \
                                        `gapcast sweep --metrics` lists what a simulation tells"
                .to_owned(),
            None => "`gapcast sweep --metrics` lists what a simulation tells, and \
                     unit_economics.csv of `gapcast cost` what it costs"
                .to_owned(),
        };
        Err((format!("there is no figure `{name}`"), help))
    }

    /// Its value in a run; none where it is not defined.
    pub fn of(&self, scenario: &Scenario, run: &Run) -> Option<f64> {
        match self {
            Figure::Run(metric) => metric.of(&run.summary),
            Figure::Cost(key) => cost_of(scenario, run.ledger.as_ref()?, key),
            Figure::Part(_) => None,
        }
        .filter(|value| value.is_finite())
    }

    /// Its value if no run is needed to know it.
    pub fn fixed(&self, scenario: &Scenario, beside: Beside<'_>) -> Option<f64> {
        match self {
            Figure::Run(_) => None,
            Figure::Cost(key) => {
                let money = scenario.money.as_ref()?;
                if BOUGHT.contains(&key.as_str()) && money.tenure != Tenure::Owned {
                    return Some(0.0);
                }
                let costs = Costs::new(scenario, &guess(scenario, 1.0, UNALLOCATED));
                let cell = costs.sheet.find(key)?;
                let needed = costs.sheet.needed(&[cell]);
                let told = needed.iter().any(|&id| {
                    let cell = &costs.sheet.cells()[id];
                    cell.part == Part::Ledger && matches!(cell.what, What::Input(_))
                });
                (!told).then(|| costs.evaluate(&[])[cell]).filter(|value| value.is_finite())
            }
            Figure::Part("upgrade_cost") => Some(bill::upgrade(beside.existing?, scenario)),
            Figure::Part(part) => {
                Some(count(part, scenario, beside.rack_units.unwrap_or_default()))
            }
        }
    }
}

/// What figures need to know beside the scenario.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Rack units of a node, switch, gateway and storage node.
    pub rack_units: Option<[f64; 4]>,
    /// What there is already.
    pub existing: Option<&'a Scenario>,
}

/// What is kept of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// What the simulation tells.
    pub summary: RunSummary,
    /// What money asks, if the scenario has prices.
    pub ledger: Option<Ledger>,
}

impl Run {
    /// A run's figures.
    pub fn new(scenario: &Scenario, summary: RunSummary) -> Run {
        let priced = scenario.money.is_some() && scenario.gpus() > 0;
        let of = || ledgers(scenario, std::slice::from_ref(&summary)).pop();
        let ledger = if priced { of() } else { None };
        Run { summary, ledger }
    }
}

/// The cell called `key` with this ledger.
pub fn cost_of(scenario: &Scenario, ledger: &Ledger, key: &str) -> Option<f64> {
    let costs = Costs::new(scenario, ledger);
    let cell = costs.sheet.find(key)?;
    Some(costs.evaluate(&[])[cell])
}

fn cost_keys(scenario: &Scenario) -> Vec<String> {
    if scenario.money.is_none() || scenario.gpus() == 0 {
        return Vec::new();
    }
    let costs = Costs::new(scenario, &guess(scenario, 1.0, UNALLOCATED));
    let cells = costs.sheet.cells().rows().iter().map(|cell| cell.key.clone());
    cells.filter(|key| !key.is_empty()).collect()
}

/// A ledger of one hour in which this share of GPU time is useful, the rest in one state, no bytes
/// move and no requests are made.
fn guess(scenario: &Scenario, useful: f64, rest: &str) -> Ledger {
    let gpus = scenario.gpus() as f64;
    let hours = |state: &str, gpu_hours: f64| Hours {
        state: state.to_owned(),
        detail: String::new(),
        gpu_hours,
    };
    let nothing = |wan: &crate::model::Wan| Moved { link: wan.name.clone(), bytes: 0.0 };
    let moved: Vec<Moved> = scenario.wans.rows().iter().map(nothing).collect();
    let asked = scenario.money.as_ref().is_some_and(|money| money.replicate.is_some());
    Ledger {
        hours: 1.0,
        states: vec![hours(USEFUL, gpus * useful), hours(rest, gpus * (1.0 - useful))],
        unit: "samples".to_owned(),
        units: (!scenario.training.is_empty()).then_some(1.0),
        epochs: asked.then_some(1.0),
        dataset_gets: asked.then_some(0.0),
        dataset_moved: asked.then(|| moved.clone()),
        moved,
        ..Ledger::default()
    }
}

fn count(part: &str, scenario: &Scenario, [node, switch, controller, storage]: [f64; 4]) -> f64 {
    let parts = Parts::of(scenario);
    let nodes: u64 = parts.groups.iter().map(|(_, nodes, _)| nodes).sum();
    let counts = match part {
        "gpus" => parts.gpus(),
        "nodes" => nodes,
        "switches" => parts.switches,
        "cables" => parts.cables,
        "optics" => parts.optics,
        "controllers" => parts.controllers,
        "storage_nodes" => parts.storage_nodes,
        "devices" => parts.devices,
        _ => {
            return node * nodes as f64
                + switch * parts.switches as f64
                + controller * parts.controllers as f64
                + storage * parts.storage_nodes as f64;
        }
    };
    counts as f64
}

/// A lower bound of a cost that holds for every run in which useful time is at most `useful` of the
/// GPU time (in all, allocated or not) and at most `samples` are consumed a second; none is known of
/// other costs.
///
/// Costs of an hour are C(u) = A + B·u for a useful share u, plus bytes and requests, which cost
/// nothing or something; A holds what is fixed and, of the states in which the rest is spent, a
/// mixture, so that C is not below the least of C over states and over the ends of u's range. A
/// useful GPU-hour costs C/(GPUs·u) = A/u + B over GPUs, which falls with u as A is not negative.
pub fn least_cost(scenario: &Scenario, key: &str, useful: f64, samples: f64) -> Option<f64> {
    scenario.money.as_ref()?;
    let states = ["data_stall", UNALLOCATED];
    let at = |key: &str, u: f64| {
        let costs = states.iter().map(|state| cost_of(scenario, &guess(scenario, u, state), key));
        costs.collect::<Option<Vec<f64>>>().map(|all| all.into_iter().fold(f64::INFINITY, f64::min))
    };
    // Rounding of sums in another order.
    let bound = |value: f64| Some(value - 1e-9 * value.abs()).filter(|value| value.is_finite());
    let hour = || Some(at("total_cost_per_hour", 0.0)?.min(at("total_cost_per_hour", useful)?));
    match key {
        "cost_per_useful_gpu_hour" if useful > 0.0 => bound(at(key, useful)?),
        "total_cost_per_hour" => bound(hour()?),
        "total_cost_per_year" => bound(hour()? * crate::cost::HOURS_PER_YEAR),
        "cost_per_sample" if samples > 0.0 => bound(hour()? / (3600.0 * samples)),
        "cost_per_million_samples" if samples > 0.0 => bound(hour()? / (3600.0 * samples) * 1e6),
        _ => None,
    }
}
