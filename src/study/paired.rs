//! What common random numbers are worth (Law, *Simulation Modeling and Analysis*, §11.2): two
//! designs that see the same chance differ by less chance.

use super::estimate::CONFIDENCE;
use crate::kernel::stats::{Tally, t_quantile};
use serde::Serialize;

/// Variance of a difference between independent runs over that between paired runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VarianceReduction {
    /// (s²_a + s²_b)/s²_(a−b): above 1 where pairing pays. So many times as many independent runs
    /// would be as sure.
    pub factor: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The variance reduction of designs whose replicate i is `a[i]` and `b[i]`; none with fewer than
/// two replicates, or without chance in the difference.
///
/// The interval: with S = a + b and D = a − b, s²_S + s²_D = 2(s²_a + s²_b), so the factor is
/// (F + 1)/2 with F = s²_S/s²_D (Pitman and Morgan's turn of 1939). If a and b are normal with equal
/// variances, S and D are independent, and F over its true value has Fisher's distribution with
/// n − 1 and n − 1 degrees of freedom; its quantile is (x + sqrt(1 + x²))² with x = t/sqrt(n − 1)
/// (Cacoullos, "A relation between t and F-distributions", JASA 60, 1965). With unequal variances S
/// and D are correlated, F varies less, and the interval covers more than it says. Chosen over a
/// jackknife because a handful of replicates is usual, where the jackknife of a ratio undercovers.
///
/// # Panics
/// If the designs do not have the same number of replicates.
pub fn variance_reduction(a: &[f64], b: &[f64]) -> Option<VarianceReduction> {
    assert_eq!(a.len(), b.len(), "paired runs come in pairs");
    let variance = |of: &dyn Fn(f64, f64) -> f64| {
        a.iter().zip(b).map(|(&a, &b)| of(a, b)).collect::<Tally>().variance()
    };
    let (sum, difference) = (variance(&|a, b| a + b)?, variance(&|a, b| a - b)?);
    if difference <= 0.0 {
        return None;
    }
    let freedom = (a.len() - 1) as f64;
    let x = t_quantile(0.5 + 0.5 * CONFIDENCE, freedom) / freedom.sqrt();
    let root = x + (1.0 + x * x).sqrt();
    let (ratio, quantile) = (sum / difference, root * root);
    let factor = |ratio: f64| 0.5 * (ratio + 1.0);
    Some(VarianceReduction {
        factor: factor(ratio),
        low: factor(ratio / quantile),
        high: factor(ratio * quantile),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::{Purpose, Streams};
    use crate::kernel::stats::normal_quantile;

    #[test]
    fn it_is_the_ratio_of_variances() {
        let (a, b) = ([1.0, 2.0, 4.0], [1.5, 2.0, 3.0]);
        // Variances 7/3 and 7/12; of the differences −0.5, 0, 1 it is 7/12.
        let found = variance_reduction(&a, &b).unwrap();
        assert!((found.factor - 5.0).abs() < 1e-12, "{found:?}");
        // F = 9 with 2 and 2 degrees of freedom, whose 97.5 % quantile is 0.975/0.025 = 39.
        assert!((found.low - (9.0 / 39.0 + 1.0) / 2.0).abs() < 1e-8, "{found:?}");
        assert!((found.high - (9.0 * 39.0 + 1.0) / 2.0).abs() < 1e-6, "{found:?}");
        assert!(found.low < found.factor && found.factor < found.high);
        assert_eq!(variance_reduction(&[1.0], &[2.0]), None);
        assert_eq!(variance_reduction(&[1.0, 2.0], &[0.0, 1.0]), None);
    }

    /// Coverage over 4,000 sets of 6 normal pairs. Equal variances, correlation 0.9: exactly 95 %,
    /// within 3.29 sigma = 1.13 % points (one false alarm in a thousand seeds). Standard deviations
    /// 1 and 4: at least that.
    #[test]
    fn its_interval_covers() {
        let keyed = Streams::new(3, 0).keyed("pairs", Purpose::Size);
        let normal = |set: u64, i: u64, what: u64| normal_quantile(keyed.uniform([set, i, what]));
        let coverage = |scale: f64| {
            let (rho, case) = (0.9_f64, scale.to_bits());
            let truth = (1.0 + scale * scale) / (1.0 + scale * scale - 2.0 * rho * scale);
            let covers = |set: &u64| {
                let a: Vec<f64> = (0..6).map(|i| normal(*set, i, case)).collect();
                let own = |i: u64| (1.0 - rho * rho).sqrt() * normal(*set, i, case + 1);
                let b: Vec<f64> = (0..6).map(|i| scale * (rho * a[i as usize] + own(i))).collect();
                let found = variance_reduction(&a, &b).unwrap();
                found.low <= truth && truth <= found.high
            };
            (0..4_000).filter(covers).count() as f64 / 4_000.0
        };
        let (equal, unequal) = (coverage(1.0), coverage(4.0));
        assert!((equal - 0.95).abs() < 0.0113, "coverage {equal}");
        assert!(unequal > 0.95 - 0.0113, "coverage {unequal} with unequal variances");
    }
}
