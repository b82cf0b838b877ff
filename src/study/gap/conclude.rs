//! What the numbers say, in one sentence; it claims no more than its intervals allow.

use super::Gap;
use crate::study::Estimate;
use crate::study::words::{figures, percent, thousands};

/// The unit in which goodputs of one gap are said.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// Its name; may be empty.
    pub unit: String,
    /// So many of the unit of the runs make one.
    per: f64,
    /// Decimals that show the gap, to three figures, between two goodputs.
    decimals: usize,
}

impl Scale {
    /// Bytes per second become MB/s or GB/s, by the laboratory's goodput; other units stay.
    pub fn of(gap: &Gap) -> Scale {
        let (unit, per) = match gap.runs.unit.as_str() {
            "B/s" if gap.lab.mean >= 1e9 => ("GB/s", 1e9),
            "B/s" if gap.lab.mean >= 1e6 => ("MB/s", 1e6),
            unit => (unit, 1.0),
        };
        let (mut decimals, mut shown) = (0, (gap.gap.mean / per).abs());
        while shown > 0.0 && shown < 99.95 && decimals < 9 {
            (decimals, shown) = (decimals + 1, shown * 10.0);
        }
        Scale { unit: unit.to_owned(), per, decimals }
    }

    /// A goodput without its unit, precise enough to tell the laboratory's from production's.
    pub fn level(&self, value: f64) -> String {
        let text = format!("{:.*}", self.decimals, self.convert(value));
        let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
        whole.parse().map_or(text.clone(), |whole| thousands(whole) + rest)
    }

    /// A goodput with its interval.
    pub fn level_plus_minus(&self, estimate: &Estimate) -> String {
        let mean = self.level(estimate.mean);
        estimate.half_width.map_or(mean.clone(), |half| format!("{mean} ± {}", self.bare(half)))
    }

    /// A value in this unit.
    pub fn convert(&self, value: f64) -> f64 {
        value / self.per
    }

    /// The value without its unit.
    pub fn bare(&self, value: f64) -> String {
        figures(self.convert(value))
    }

    /// `mean ± half-width` without the unit.
    pub fn plus_minus(&self, estimate: &Estimate) -> String {
        let mean = self.bare(estimate.mean);
        estimate.half_width.map_or(mean.clone(), |half| format!("{mean} ± {}", self.bare(half)))
    }

    /// A text with the unit after it.
    pub fn with_unit(&self, text: String) -> String {
        if self.unit.is_empty() { text } else { format!("{text} {}", self.unit) }
    }
}

/// Whether the interval of an estimate holds 0; without interval nobody knows.
pub fn may_be_nothing(estimate: &Estimate) -> bool {
    estimate.half_width.is_some_and(|half| estimate.mean.abs() <= half)
}

/// The sentence.
pub fn conclusion(gap: &Gap) -> String {
    let scale = Scale::of(gap);
    let Some(first) = gap.causes.first() else { return String::new() };
    let size = scale.with_unit(scale.plus_minus(&gap.gap));
    if gap.causes.iter().all(|cause| cause.share.mean == 0.0) {
        return "Production gives what the laboratory gives: no cause costs anything.".to_owned();
    }
    if may_be_nothing(&gap.gap) {
        return format!(
            "The gap of {size} cannot be told from none{}.",
            more_replicates(gap).map_or(String::new(), |what| format!(": {what} would tell"))
        );
    }
    if gap.gap.mean <= 0.0 {
        let more = scale.with_unit(scale.bare(-gap.gap.mean));
        return format!("Production gives {more} more than the laboratory: there is no gap.");
    }
    let share = scale.plus_minus(&first.share);
    let of_gap = first.of_gap.map_or(String::new(), percent);
    let name = gap.name(first);
    let lead = match gap.causes.len() {
        1 => format!("`{name}` is all of the gap of {size}"),
        _ => {
            let part = if first.of_gap > Some(0.5) { "most" } else { "the largest part" };
            format!("`{name}` takes {part} of the gap of {size}: {share} ({of_gap})")
        }
    };
    format!("{lead}{}; {}{}.", doubt(gap, &scale), fix(gap, &scale), sureness(gap))
}

/// What can be run more of; nothing if the goodputs were measured.
fn more_replicates(gap: &Gap) -> Option<&'static str> {
    let simulated = gap.runs.coalitions[0].runs[0].simulated.is_some();
    simulated.then_some("more replicates (--replicates)")
}

/// Whether the first cause is told from none, and from the second.
fn doubt(gap: &Gap, scale: &Scale) -> String {
    let first = &gap.causes[0];
    if may_be_nothing(&first.share) {
        return ", which cannot be told from none".to_owned();
    }
    let (Some(second), Some(lead)) = (gap.causes.get(1), &gap.lead) else { return String::new() };
    let ahead = may_be_nothing(lead) || lead.mean == 0.0;
    match ahead {
        true => format!(
            ", though it cannot be told from `{}` ({})",
            gap.name(second),
            scale.plus_minus(&second.share)
        ),
        false => String::new(),
    }
}

/// What removing the first cause alone would give.
fn fix(gap: &Gap, scale: &Scale) -> String {
    let first = &gap.causes[0];
    let without = scale.with_unit(scale.level(first.without.mean));
    let won = &first.wins_back;
    if may_be_nothing(won) || won.mean == 0.0 {
        let others = if gap.causes.len() > 1 { ": the others hold it back" } else { "" };
        return format!(
            "removing it alone would give {without}, no more than now for sure{others}"
        );
    }
    if won.mean < 0.0 {
        return format!("removing it alone would give {without}, less than now");
    }
    let of_gap = percent(won.mean / gap.gap.mean);
    format!("removing it alone would give {without}, which closes {of_gap} of the gap")
}

fn sureness(gap: &Gap) -> String {
    match (gap.gap.half_width, more_replicates(gap)) {
        (Some(_), _) => String::new(),
        (None, Some(_)) => "; one replicate does not tell how sure this is".to_owned(),
        (None, None) => "; one measurement each does not tell how sure this is".to_owned(),
    }
}
