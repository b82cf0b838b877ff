//! The one JSON object of a study. Its keys are stable; new ones may join them.

use super::{Finished, SWEEP_FORMAT_VERSION};
use crate::study::sweep::{AssertOutcome, KneeFound};
use serde_json::{Map, Value, json};

/// What a finished study says; its points are in `points.csv`.
pub fn json(finished: &Finished<'_>) -> Value {
    let plan = finished.plan;
    json!({
        "format_version": SWEEP_FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "study": plan.study.name,
        "study_hash": plan.study_hash,
        "plan_hash": plan.hash,
        "seed": plan.study.seed,
        "points": plan.points(),
        "runs": finished.runs(),
        "failed": finished.failed(),
        "metrics": metrics(finished),
        "asserts": finished.answers.asserts.iter().map(assert).collect::<Vec<Value>>(),
        "asserts_missed": finished.missed(),
        "knees": finished.answers.knees.iter().map(|k| knee(finished, k)).collect::<Vec<Value>>(),
        "folder": finished.folder.display().to_string(),
    })
}

/// Smallest and largest mean of each metric, null where it is defined nowhere.
fn metrics(finished: &Finished<'_>) -> Value {
    let mut map = Map::new();
    for (i, name) in finished.plan.study.metrics.iter().enumerate() {
        let means = || finished.rows.iter().filter_map(|row| row.metrics[i]).map(|e| e.mean);
        let (least, most) = (means().reduce(f64::min), means().reduce(f64::max));
        map.insert(name.clone(), json!({ "least": least, "most": most }));
    }
    Value::Object(map)
}

fn assert(assert: &AssertOutcome) -> Value {
    let findings: Vec<Value> = assert
        .findings
        .iter()
        .map(|f| json!({ "at": f.place, "found": f.found, "held": f.held }))
        .collect();
    json!({
        "that": assert.that,
        "metric": assert.metric,
        "held": assert.held(),
        "findings": findings,
    })
}

fn knee(finished: &Finished<'_>, found: &KneeFound) -> Value {
    let axis = &finished.plan.study.axes[found.axis];
    let at: Map<String, Value> =
        found.place.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "metric": found.metric,
        "axis": axis.name,
        "at": at,
        "knee": found.knee.map(|(level, _)| axis.list()[level].text.clone()),
        "mean": found.knee.map(|(_, mean)| mean),
    })
}
