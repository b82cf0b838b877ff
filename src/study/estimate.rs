//! Means over replicates, in replicate order, with how far the truth may be from them.

pub use crate::kernel::stats::Estimate;
use crate::kernel::stats::mean_interval;
use crate::metrics::summary::Latency;
use serde::Serialize;

/// Confidence of every interval in a report.
pub const CONFIDENCE: f64 = 0.95;

/// Points a pooled distribution keeps for figures.
const CDF_POINTS: usize = 200;

/// The mean of one number per replicate and its 95 % Student t interval.
pub fn estimate(values: impl IntoIterator<Item = f64>) -> Estimate {
    let values: Vec<f64> = values.into_iter().collect();
    mean_interval(&values, CONFIDENCE)
}

/// A distribution of times over all replicates, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LatencyOutcome {
    /// How many, over all replicates.
    pub count: u64,
    /// Mean of all of them.
    pub mean_s: f64,
    /// Median: like all quantiles the mean of the replicates' own, weighted by their counts.
    pub p50_s: f64,
    /// 90 % quantile.
    pub p90_s: f64,
    /// 99 % quantile.
    pub p99_s: f64,
    /// 99.9 % quantile.
    pub p999_s: f64,
    /// Largest.
    pub max_s: f64,
    /// Points (seconds, share at or below) of the pooled distribution; ≤ 200.
    #[serde(skip)]
    pub cdf: Vec<(f64, f64)>,
}

/// Pools the distributions of all replicates.
pub fn pool<'a>(parts: impl IntoIterator<Item = &'a Latency>) -> LatencyOutcome {
    let parts: Vec<&Latency> = parts.into_iter().filter(|part| part.count > 0).collect();
    let count: u64 = parts.iter().map(|part| part.count).sum();
    if count == 0 {
        return LatencyOutcome::default();
    }
    let weighted = |of: fn(&Latency) -> f64| {
        parts.iter().map(|part| of(part) * part.count as f64).sum::<f64>() / count as f64
    };
    LatencyOutcome {
        count,
        mean_s: weighted(|l| l.mean_s),
        p50_s: weighted(|l| l.p50_s),
        p90_s: weighted(|l| l.p90_s),
        p99_s: weighted(|l| l.p99_s),
        p999_s: weighted(|l| l.p999_s),
        max_s: parts.iter().map(|part| part.max_s).fold(0.0, f64::max),
        cdf: pool_cdf(&parts, count),
    }
}

/// The mixture of the replicates' distribution functions, thinned to what a figure can show.
fn pool_cdf(parts: &[&Latency], count: u64) -> Vec<(f64, f64)> {
    if let [only] = parts {
        return only.cdf.clone();
    }
    let mut times: Vec<f64> =
        parts.iter().flat_map(|part| part.cdf.iter().map(|point| point.0)).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let step = times.len().div_ceil(CDF_POINTS).max(1);
    let last = times.len().saturating_sub(1);
    let share = |time: f64| {
        let below = |part: &&Latency| share_at(&part.cdf, time) * part.count as f64;
        parts.iter().map(below).sum::<f64>() / count as f64
    };
    let keep = |i: usize| i == 0 || i == last || (i.is_multiple_of(step) && i + step <= last);
    times.iter().enumerate().filter(|(i, _)| keep(*i)).map(|(_, &t)| (t, share(t))).collect()
}

/// Share at or below `time`, with straight lines between the points.
fn share_at(cdf: &[(f64, f64)], time: f64) -> f64 {
    let after = cdf.partition_point(|point| point.0 <= time);
    match (after.checked_sub(1).map(|i| cdf[i]), cdf.get(after)) {
        (None, _) => 0.0,
        (Some((_, share)), None) => share,
        (Some((t0, s0)), Some(&(t1, s1))) => s0 + (s1 - s0) * (time - t0) / (t1 - t0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_replicate_has_no_interval() {
        let one = estimate([0.5]);
        assert_eq!((one.mean, one.half_width), (0.5, None));
    }

    #[test]
    fn two_replicates_have_students_interval() {
        // Half-width t(0.975, 1) · s/sqrt(2) with s = sqrt(2)/2 · |a − b|; t(0.975, 1) = 12.7062.
        let two = estimate([0.4, 0.6]);
        assert!((two.mean - 0.5).abs() < 1e-15);
        assert!((two.half_width.unwrap() - 12.706_204_736 * 0.1).abs() < 1e-9);
    }

    #[test]
    fn pooling_weighs_by_count() {
        let make =
            |count, mean_s, cdf| Latency { count, mean_s, max_s: mean_s, cdf, ..<_>::default() };
        let a = make(1, 1.0, vec![(1.0, 0.0), (2.0, 1.0)]);
        let b = make(3, 3.0, vec![(2.0, 0.0), (4.0, 1.0)]);
        let pooled = pool([&a, &b, &Latency::default()]);
        assert_eq!((pooled.count, pooled.mean_s, pooled.max_s), (4, 2.5, 3.0));
        assert_eq!(pooled.cdf, [(1.0, 0.0), (2.0, 0.25), (4.0, 1.0)]);
    }
}
