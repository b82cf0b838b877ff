//! The one JSON object of a gap. Its keys are stable; new ones may join them.

use super::GapContext;
use crate::report::FORMAT_VERSION;
use crate::report::json::estimate;
use crate::study::estimate::CONFIDENCE;
use crate::study::gap::{CauseShare, Gap, conclusion};
use serde_json::{Value, json as object};

/// All of a gap. Goodputs are in `unit`, fractions 0–1; `half_width` is that of a 95 % interval,
/// null with one replicate.
pub fn json(gap: &Gap, context: &GapContext<'_>) -> Value {
    object!({
        "format_version": FORMAT_VERSION,
        "gapcast_version": env!("CARGO_PKG_VERSION"),
        "scenario": context.name,
        "measured": context.scenario.is_none(),
        "seed": context.scenario.map(|scenario| scenario.seed),
        "replicates": gap.replicates(),
        "confidence": CONFIDENCE,
        "unit": gap.runs.unit,
        "method": {
            "exact": gap.orders.is_none(),
            "orders": gap.orders,
            "coalitions": gap.runs.coalitions.len(),
        },
        "lab": estimate(&gap.lab),
        "production": estimate(&gap.production),
        "gap": estimate(&gap.gap),
        "gap_relative": gap.relative.as_ref().map(estimate),
        "interaction": estimate(&gap.interaction),
        "causes": gap.causes.iter().map(|share| cause(gap, share)).collect::<Vec<Value>>(),
        "lead": gap.lead.as_ref().map(estimate),
        "common_random_numbers": gap.pairing.map(|pairing| object!({
            "variance_reduction": pairing.factor,
            "low": pairing.low,
            "high": pairing.high,
        })),
        "conclusion": conclusion(gap),
        "notes": gap.notes,
    })
}

fn cause(gap: &Gap, share: &CauseShare) -> Value {
    object!({
        "name": gap.name(share),
        "kind": gap.runs.causes[share.cause].kind,
        "share": estimate(&share.share),
        "share_of_gap": share.of_gap,
        "half_width_of_orders": share.half_width_of_orders,
        "alone": estimate(&share.alone),
        "without": estimate(&share.without),
        "wins_back": estimate(&share.wins_back),
    })
}
