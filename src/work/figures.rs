//! Figures of an epoch, as MLPerf Storage defines them.

use crate::kernel::time::Span;

/// What MLPerf's definitions need of a rank in the current epoch.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// From the epoch's start to the first batch.
    pub first_load: Span,
    /// From the epoch's start to the end of the first compute.
    pub first_step: Span,
    /// Compute of all later steps, ps.
    pub compute_after_first: u128,
}

/// Figures of one finished epoch, as MLPerf Storage defines them.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochFigures {
    /// Accelerator utilisation, mean over ranks: Σ compute after the first step / (T − first step).
    pub accelerator_utilisation: f64,
    /// N·batch/T summed over ranks (v1.0).
    pub samples_per_s: f64,
    /// (N−2)·batch/(T − first step) summed over ranks (newer DLIO); 0 below three steps.
    pub steady_samples_per_s: f64,
    /// First batch, largest over ranks, s.
    pub first_batch_s: f64,
    /// First batch, mean over ranks, s.
    pub first_batch_mean_s: f64,
    /// Length of the epoch, s.
    pub duration_s: f64,
}

impl EpochFigures {
    /// The figures of an epoch of `steps` steps that took `total`, from its ranks' tallies.
    pub fn new(
        ranks: impl ExactSizeIterator<Item = Tally>,
        total: Span,
        steps: u64,
        batch: u32,
    ) -> EpochFigures {
        let count = ranks.len() as f64;
        let (mut utilisation, mut steady) = (0.0, 0.0);
        let (mut first_max, mut first_sum) = (Span::ZERO, 0.0);
        for rank in ranks {
            let after_first = total.saturating_sub(rank.first_step).as_s();
            if after_first > 0.0 && rank.first_step > Span::ZERO {
                utilisation += rank.compute_after_first as f64 / 1e12 / after_first;
                steady += steps.saturating_sub(2) as f64 * f64::from(batch) / after_first;
            }
            first_max = first_max.max(rank.first_load);
            first_sum += rank.first_load.as_s();
        }
        let samples = steps as f64 * f64::from(batch) * count;
        EpochFigures {
            accelerator_utilisation: utilisation / count,
            samples_per_s: if total > Span::ZERO { samples / total.as_s() } else { 0.0 },
            steady_samples_per_s: steady,
            first_batch_s: first_max.as_s(),
            first_batch_mean_s: first_sum / count,
            duration_s: total.as_s(),
        }
    }
}
