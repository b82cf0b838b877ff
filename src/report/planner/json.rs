//! The answer as one JSON object.

use super::{PlanContext, sureness};
use crate::study::planner::{Answer, Goal};
use serde_json::{Map, Value, json as object};

/// The object.
pub fn json(answer: &Answer, context: &PlanContext<'_>) -> Value {
    let brief = context.brief;
    let name = |design: usize| answer.known().name(design);
    let labels = |design: usize| -> Value {
        let labels = answer.columns.iter().zip(&answer.designs[design].labels);
        labels
            .map(|(column, label)| (column.clone(), Value::from(label.clone())))
            .collect::<Map<_, _>>()
            .into()
    };
    let figures = |design: usize| -> Value {
        let row = &answer.rows[design];
        let each = brief.study.metrics.iter().zip(&row.figures);
        each.map(|(name, figure)| (name.clone(), object!(figure))).collect::<Map<_, _>>().into()
    };
    let sign = match answer.terms.goal {
        Goal::Figure(_, true, _) => -1.0,
        _ => 1.0,
    };
    let worth = answer.worth.iter().map(|worth| {
        object!({
            "constraint": answer.terms.constraints[worth.constraint].code(),
            "change": worth.change.name(),
            "bound": worth.bound,
            "best": worth.best.map(name),
            "objective": worth.value.map(|value| sign * value),
            "reaches": worth.reaches,
        })
    });
    let misses = near_misses(answer, &labels, &figures);
    let survivals = answer.survivals.iter().map(|one| {
        object!({
            "under": one.what,
            "survives": one.keeps && one.best == answer.best(),
            "best": one.best.map(name),
        })
    });
    let step = |step: &crate::study::planner::Step| object!({ "design": labels(step.design), "cost_usd": step.cost_usd });
    object!({
        "plan": brief.study.name,
        "designs": context.designs,
        "looked_at": answer.designs.len(),
        "replicates_for_the_choice": answer.replicates[1],
        "replicates": answer.replicates[0],
        "feasible": answer.best().is_some(),
        "guaranteed": answer.solved.choice.guaranteed,
        "sureness": sureness(answer, brief),
        "recommended": answer.best().map(|best| object!({
            "design": labels(best),
            "figures": figures(best),
        })),
        "runner_up": answer.runner_up.as_ref().map(|next| object!({
            "design": labels(next.design),
            "difference": next.difference,
        })),
        "worth": worth.collect::<Vec<_>>(),
        "near_misses": misses,
        "robustness": survivals.collect::<Vec<_>>(),
        "pareto": answer.fronts[1].iter().map(|&design| labels(design)).collect::<Vec<_>>(),
        "upgrade": answer.upgrade.as_ref().map(|upgrade| object!({
            "steps": upgrade.steps.iter().map(step).collect::<Vec<_>>(),
            "best": upgrade.best.as_ref().map(step),
            "guaranteed": upgrade.guaranteed,
        })),
    })
}

/// The designs that come nearest to keeping all bounds, where none does.
fn near_misses(
    answer: &Answer,
    labels: &dyn Fn(usize) -> Value,
    figures: &dyn Fn(usize) -> Value,
) -> Vec<Value> {
    let misses = answer.near_misses();
    let misses = misses.iter().take(if answer.best().is_some() { 0 } else { 10 });
    let miss = |row: &&crate::study::planner::Row| {
        object!({
            "design": labels(row.design),
            "verdict": row.verdict(&answer.terms),
            "figures": figures(row.design),
        })
    };
    misses.map(miss).collect()
}
