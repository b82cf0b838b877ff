//! Constants of procedures that select the best of several systems by simulation.

/// η of Kim and Nelson's fully sequential procedure (*A fully sequential procedure for
/// indifference-zone selection in simulation*, ACM TOMACS 11(3), 2001, c = 1): a pair of systems errs
/// with probability `error` at most after `first` replicates for the variance. With k systems and
/// confidence 1 − α the error of a pair is α/(k − 1), and
/// η = ½ ((2α/(k − 1))^(−2/(n₀ − 1)) − 1).
///
/// # Panics
/// If `error` is not in (0, ½) or there are fewer than two replicates.
pub fn kn_eta(error: f64, first: u32) -> f64 {
    assert!(error > 0.0 && error < 0.5 && first >= 2, "error {error}, {first} replicates");
    0.5 * (libm::pow(2.0 * error, -2.0 / f64::from(first - 1)) - 1.0)
}

/// h² = 2η(n₀ − 1), with which the continuation region is scaled.
pub fn kn_h2(eta: f64, first: u32) -> f64 {
    2.0 * eta * f64::from(first - 1)
}

/// Half the width of the continuation region of a difference's mean after `n` replicates, for an
/// indifference `delta` and a variance of `variance`: W = max(0, δ/2 · (h²s²/(δ²n) − 1)). The sum leaves
/// the region when the mean exceeds it.
pub fn kn_width(h2: f64, variance: f64, delta: f64, n: u32) -> f64 {
    (0.5 * delta * (h2 * variance / (delta * delta * f64::from(n)) - 1.0)).max(0.0)
}

/// Shares of a budget by optimal computing budget allocation (C.-H. Chen, J. Lin, E. Yücesan, S. E.
/// Chick, *Discrete Event Dynamic Systems* 10, 2000): for minimising, N_j ∝ (s_j/δ_bj)² for all but the
/// best b, and N_b = s_b √Σ(N_j/s_j)². Systems without chance take none; of equals with the best the
/// difference counts as `least`.
///
/// # Panics
/// If the lists differ in length or are empty.
pub fn ocba_shares(means: &[f64], sds: &[f64], least: f64) -> Vec<f64> {
    assert!(!means.is_empty() && means.len() == sds.len(), "a mean and a deviation each");
    let best = (0..means.len()).min_by(|&a, &b| means[a].total_cmp(&means[b])).expect("not empty");
    let mut weights: Vec<f64> = means
        .iter()
        .zip(sds)
        .map(|(mean, sd)| {
            let delta = (mean - means[best]).max(least);
            (sd / delta) * (sd / delta)
        })
        .collect();
    weights[best] = 0.0;
    let squares: f64 = weights
        .iter()
        .zip(sds)
        .filter(|(_, sd)| **sd > 0.0)
        .map(|(weight, sd)| (weight / sd) * (weight / sd))
        .sum();
    weights[best] = sds[best] * squares.sqrt();
    let all: f64 = weights.iter().sum();
    if all > 0.0 {
        return weights.into_iter().map(|weight| weight / all).collect();
    }
    vec![1.0 / means.len() as f64; means.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, k = 10, α = 0.05, n₀ = 10: (2·0.05/9)^(−2/9) = 2.718_17, η = 0.859_08, h² = 15.4635.
    #[test]
    fn constants_of_a_pair() {
        let eta = kn_eta(0.05 / 9.0, 10);
        assert!((eta - 0.859_083).abs() < 1e-6, "{eta}");
        assert!((kn_h2(eta, 10) - 15.463_5).abs() < 1e-4);
    }

    /// The region is widest at the beginning and closes at n = h²s²/δ².
    #[test]
    fn the_region_closes() {
        let width = |n| kn_width(10.0, 4.0, 0.5, n);
        assert!(width(10) > width(20) && width(159) > 0.0);
        assert_eq!(width(160), 0.0);
        assert_eq!(kn_width(10.0, 0.0, 0.5, 10), 0.0);
    }

    /// Two systems share by their deviations (Chen et al., remark 3).
    #[test]
    fn two_systems_share_by_deviation() {
        let shares = ocba_shares(&[1.0, 2.0], &[1.0, 3.0], 1e-12);
        assert!((shares[1] / shares[0] - 3.0).abs() < 1e-12);
        assert_eq!(ocba_shares(&[1.0, 2.0], &[0.0, 0.0], 1e-12), [0.5, 0.5]);
    }
}
