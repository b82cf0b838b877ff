//! Output analysis: what a steady state's mean is, how sure we are of it, and where its warm-up
//! ends.

use super::{Tally, t_quantile};
use serde::Serialize;

/// Observations MSER-5 averages into one batch, which evens out their autocorrelation.
const MSER_BATCH: usize = 5;

/// A mean and how far the truth may be from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half the width of the confidence interval about it; none where one value says nothing of
    /// the spread.
    pub half_width: Option<f64>,
    /// The values it rests on.
    pub n: u64,
}

/// Where a warm-up ends, by MSER-5.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Truncation {
    /// Batches of five to leave out at the start.
    pub batches: u64,
    /// The observations in them.
    pub observations: u64,
    /// The statistic that is least there: Σ(z − mean)²/(batches kept)².
    pub statistic: f64,
    /// The mean of the batches kept.
    pub truncated_mean: f64,
}

/// The mean of independent `values` and its Student t interval at `confidence` (0.95 for 95 %).
/// The truth lies outside with probability 1 − `confidence` if the values are normal.
///
/// # Panics
/// If there are no values, or `confidence` is not inside (0, 1).
pub fn mean_interval(values: &[f64], confidence: f64) -> Estimate {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence of {confidence}");
    let tally: Tally = values.iter().copied().collect();
    let n = tally.count();
    let half_width = tally
        .sd()
        .map(|sd| t_quantile(0.5 + 0.5 * confidence, (n - 1) as f64) * sd / (n as f64).sqrt());
    Estimate { mean: tally.mean().expect("a mean of no values"), half_width, n }
}

/// The mean of an autocorrelated series and its interval, from the means of `batches` batches of
/// equal length, taken as independent; what does not fill the last batch is left out at the end.
/// None if there are fewer observations than batches, or no batches.
pub fn batch_means(values: &[f64], batches: usize, confidence: f64) -> Option<Estimate> {
    let length = values.len().checked_div(batches)?;
    if length == 0 {
        return None;
    }
    let means: Vec<f64> = values.chunks_exact(length).take(batches).map(mean).collect();
    Some(mean_interval(&means, confidence))
}

/// Where the warm-up of a series ends: the truncation, of the first half at most, that makes the
/// marginal standard error of the rest least; of equals the shortest. Observations that do not
/// fill the last batch of five are left out. None if there are fewer than five.
///
/// K. P. White, M. J. Cobb, S. C. Spratt, "A comparison of five steady-state truncation
/// heuristics for simulation", Proceedings of the 2000 Winter Simulation Conference, 755–760.
pub fn mser5(values: &[f64]) -> Option<Truncation> {
    let batches: Vec<f64> = values.chunks_exact(MSER_BATCH).map(mean).collect();
    // From the end backwards each suffix is the one after it and one value more.
    let mut suffix = Tally::new();
    let mut best: Option<Truncation> = None;
    for (cut, &batch) in batches.iter().enumerate().rev() {
        suffix.add(batch);
        let kept = suffix.count() as f64;
        let squares = suffix.variance().map_or(0.0, |variance| variance * (kept - 1.0));
        let statistic = squares / (kept * kept);
        let in_first_half = cut <= batches.len() / 2;
        if in_first_half && best.is_none_or(|best| statistic <= best.statistic) {
            best = Some(Truncation {
                batches: cut as u64,
                observations: (cut * MSER_BATCH) as u64,
                statistic,
                truncated_mean: suffix.mean()?,
            });
        }
    }
    best
}

/// The mean of a batch, which is not empty.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::{Purpose, Streams};
    use crate::kernel::stats::normal_quantile;

    /// A named number of tests/data/statistics_vectors.csv.
    fn vector(name: &str) -> f64 {
        let file = include_str!("../../../tests/data/statistics_vectors.csv");
        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let rows = reader.records().map(|row| row.expect("the file is well formed"));
        let row = rows.into_iter().find(|row| &row[0] == name).expect("no such vector");
        row[1].parse().expect("not a number")
    }

    /// The series the vectors describe: a decaying start and a sine, to six decimals.
    fn series() -> Vec<f64> {
        let term = |i: f64| 10.0 + 6.0 * libm::exp(-i / 7.0) + libm::sin(1.7 * i);
        (0..100).map(|i| libm::round(term(f64::from(i)) * 1e6) / 1e6).collect()
    }

    /// Tolerance 1e-12 absolute throughout.
    #[test]
    fn mser5_reproduces_the_reference_vectors() {
        let cut = mser5(&series()).unwrap();
        assert_eq!(cut.batches as f64, vector("mser5_truncation_batches"));
        assert_eq!(cut.observations as f64, vector("mser5_truncation_obs"));
        assert!((cut.statistic - vector("mser5_min_statistic")).abs() < 1e-12);
        assert!((cut.truncated_mean - vector("truncated_batch_mean")).abs() < 1e-12);
    }

    /// Tolerance 1e-12 absolute throughout.
    #[test]
    fn batch_means_reproduce_the_reference_vectors() {
        let series = series();
        let cut = mser5(&series).unwrap();
        let batches = vector("batch_means_k") as usize;
        let estimate = batch_means(&series[cut.observations as usize..], batches, 0.95).unwrap();
        assert!((estimate.mean - vector("batch_means_mean")).abs() < 1e-12);
        let half_width = estimate.half_width.unwrap();
        assert!((half_width - vector("batch_means_halfwidth_95")).abs() < 1e-12);
        assert_eq!(estimate.n, 10);
    }

    #[test]
    fn too_little_says_so() {
        assert_eq!(mean_interval(&[2.5], 0.95), Estimate { mean: 2.5, half_width: None, n: 1 });
        assert_eq!(batch_means(&[1.0; 9], 10, 0.95), None);
        assert_eq!(batch_means(&[1.0; 9], 0, 0.95), None);
        assert_eq!(mser5(&[1.0; 4]), None);
    }

    #[test]
    fn a_constant_series_has_no_warm_up() {
        let cut = mser5(&[3.25; 103]).unwrap();
        assert_eq!((cut.batches, cut.statistic, cut.truncated_mean), (0, 0.0, 3.25));
    }

    /// No cut beyond half, however long the trend: a falling line is cut exactly there.
    #[test]
    fn a_trend_is_cut_at_half() {
        let line: Vec<f64> = (0..100).map(|i| f64::from(100 - i)).collect();
        assert_eq!(mser5(&line).unwrap().observations, 50);
    }

    /// A 95 % interval holds the truth in 95 % of samples: of 2,000 samples of five normals
    /// 1,900 ± 4.42·√(2,000 · 0.95 · 0.05) = 1,900 ± 43 do; false alarms one seed in 100,000.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let mut stream = Streams::new(11, 0).stream("coverage", Purpose::Service);
        let mut covered = 0;
        for _ in 0..2_000 {
            let sample = [0; 5].map(|_| 7.0 + 3.0 * normal_quantile(stream.uniform()));
            let estimate = mean_interval(&sample, 0.95);
            covered += i32::from((estimate.mean - 7.0).abs() <= estimate.half_width.unwrap());
        }
        assert!((covered - 1_900).abs() <= 43, "{covered} of 2,000");
    }
}
