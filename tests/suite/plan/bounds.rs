//! No design that is ruled out without a run would have kept its bounds.

use super::root;
use crate::common::recipe::{Recipe, cook, recipes, sixty_runs};
use gapcast::sim;
use gapcast::spec::brief::Bound;
use gapcast::study::Metric;
use gapcast::study::planner::{Bounds, Design, Least, Project, Ruled, Runs, Terms};
use proptest::prelude::*;
use std::sync::Arc;

/// What no figure may exceed, against what it is, in random scenarios. Exact: bounds leave 1e-9.
fn holds(recipe: &Recipe, rate_tolerance: f64) -> Result<(), TestCaseError> {
    let mut scenario = cook(recipe);
    if scenario.classes.is_empty() {
        scenario.rate_tolerance = rate_tolerance;
    }
    let scenario = Arc::new(scenario);
    let bounds = Bounds::of(&scenario, &Least::new(2));
    for replicate in 0..2 {
        let Ok(run) = sim::try_replicate(&scenario, replicate) else { continue };
        let jobs =
            scenario.training.iter().map(|job| format!("{}.accelerator_utilisation", job.name));
        let names = ["goodput_samples_per_s", "useful_share"].map(str::to_owned);
        for name in names.into_iter().chain(jobs) {
            let Some(bound) = bounds.figure(&name) else { continue };
            let Ok(metric) = Metric::parse(&name, &scenario) else { continue };
            if let Some(value) = metric.of(&run) {
                prop_assert!(value <= bound, "{name}: {value} above {bound}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(sixty_runs())]

    #[test]
    fn no_figure_exceeds_its_bound(
        recipe in recipes(),
        rate_tolerance in prop::sample::select(vec![0.0, 0.01, 0.05]),
    ) {
        holds(&recipe, rate_tolerance)?;
    }
}

/// Designs of two shipped plans that are ruled out by bounds, fifteen of each, are run: each breaks the
/// constraint that it was ruled out by. The bounds are not idle: they rule out a tenth of the designs
/// at least.
#[test]
fn what_is_ruled_out_is_infeasible() {
    for plan in ["cheapest-samples", "fix-my-cluster"] {
        let path = root().join(format!("scenarios/plans/{plan}.toml"));
        let (project, _) = Project::read(&path).expect("a plan");
        let nobody = || {};
        let mut runs = Runs::new(&project.plan, None, 0, &nobody).expect("threads");
        runs.existing = project.existing(&project.brief.from).expect("a cluster");
        let terms = Terms::of(&project.brief);
        let designs = project.designs(&terms, &mut runs).expect("designs");
        let out: Vec<(&Design, usize)> = designs
            .iter()
            .filter_map(|design| {
                let why = design.ruled(&project.columns, &terms.constraints);
                let by = why.iter().find(|(_, why)| matches!(why, Ruled::Bound(_)))?;
                Some((design, by.0?))
            })
            .collect();
        assert!(10 * out.len() > designs.len(), "{plan}: {} of {}", out.len(), designs.len());
        let step = out.len().div_ceil(15);
        for (design, constraint) in out.iter().step_by(step) {
            runs.ensure(&[(design.point, 0, 2)]).expect("runs");
            let Bound::Number(limit) = &terms.constraints[*constraint].bound else { continue };
            for values in runs.known(design.point) {
                let value = values[limit.metric].expect("a value");
                assert!(limit.slack(value) < 0.0, "{plan} {:?}: {value}", design.labels);
            }
        }
    }
}

/// Lower bounds of costs hold, and are near: forty designs of a plan over their whole range.
#[test]
fn no_cost_is_below_its_floor() {
    let path = root().join("scenarios/plans/cheapest-samples.toml");
    let (project, _) = Project::read(&path).expect("a plan");
    let nobody = || {};
    let mut runs = Runs::new(&project.plan, None, 0, &nobody).expect("threads");
    let designs = project.designs(&Terms::of(&project.brief), &mut runs).expect("designs");
    let metric = project.brief.objectives[0].metric;
    let mut nearest = f64::INFINITY;
    for design in designs.iter().step_by(designs.len() / 40) {
        runs.ensure(&[(design.point, 0, 2)]).expect("runs");
        for values in runs.known(design.point) {
            let (value, floor) = (values[metric].expect("a value"), design.bounds[metric].0);
            assert!(value >= floor, "{:?}: {value} below {floor}", design.labels);
            nearest = nearest.min(value / floor);
        }
    }
    assert!(nearest < 1.2, "the nearest is {nearest} times its floor");
}
