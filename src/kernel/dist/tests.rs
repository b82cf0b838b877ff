//! Every distribution against its theory.

use super::*;
use crate::kernel::rng::{Purpose, Streams};
use crate::kernel::stats::Tally;
use proptest::prelude::*;

/// One of each, all with a finite fourth moment, so that means settle quickly.
fn one_of_each() -> Vec<Dist> {
    let normal = Dist::Normal { mean: 3.0, sd: 2.0, floor: 2.0 };
    let exponential = Dist::Exponential { mean: 0.25 };
    let pareto = Dist::Pareto { minimum: 2.0, shape: 6.0 };
    vec![
        Dist::Uniform { low: 1.0, high: 5.0 },
        exponential.clone(),
        Dist::Lognormal { median: 2.0, sigma: 0.5 },
        pareto.clone(),
        Dist::Weibull { scale: 3.0, shape: 0.8 },
        normal.clone(),
        Dist::Empirical(vec![(0.0, 1.0), (0.5, 2.0), (0.9, 2.0), (1.0, 10.0)]),
        Dist::Mixture(vec![
            (3.0, exponential),
            (0.5, Dist::Constant(0.4)),
            (1.0, Dist::Mixture(vec![(1.0, normal), (2.0, pareto)])),
        ]),
    ]
}

/// P(X ≤ x), from each distribution's definition.
fn cdf(dist: &Dist, x: f64) -> f64 {
    match dist {
        Dist::Constant(value) => f64::from(u8::from(x >= *value)),
        Dist::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
        Dist::Exponential { mean } => 1.0 - libm::exp(-x / mean),
        Dist::Lognormal { median, sigma } => normal_cdf(libm::log(x / median) / sigma),
        Dist::Pareto { minimum, .. } if x < *minimum => 0.0,
        Dist::Pareto { minimum, shape } => 1.0 - libm::pow(minimum / x, *shape),
        Dist::Weibull { scale, shape } => 1.0 - libm::exp(-libm::pow(x / scale, *shape)),
        Dist::Normal { floor, .. } if x < *floor => 0.0,
        Dist::Normal { mean, sd, .. } => normal_cdf((x - mean) / sd),
        Dist::Empirical(points) => points.windows(2).fold(0.0, |p, pair| {
            let ((p0, v0), (p1, v1)) = (pair[0], pair[1]);
            if x >= v1 {
                p1
            } else if x > v0 {
                p0 + (p1 - p0) * ((x - v0) / (v1 - v0))
            } else {
                p
            }
        }),
        Dist::Mixture(parts) => {
            parts.iter().map(|(w, part)| w * cdf(part, x)).sum::<f64>() / total_weight(parts)
        }
    }
}

fn draws(dist: &Dist, n: usize) -> Vec<f64> {
    let mut stream = Streams::new(5, 0).stream("dist", Purpose::Service);
    (0..n).map(|_| dist.quantile(stream.uniform())).collect()
}

/// The mean of 200,000 draws is within 4.42 standard errors of the theory: by the central
/// limit theorem one false alarm in 100,000 seeds per distribution.
#[test]
fn sample_means_agree_with_theory() {
    for dist in one_of_each() {
        let tally: Tally = draws(&dist, 200_000).into_iter().collect();
        let error = tally.sd().unwrap() / f64::from(200_000).sqrt();
        let (got, theory) = (tally.mean().unwrap(), dist.mean());
        assert!((got - theory).abs() < 4.42 * error, "{dist:?}: {got} against {theory}");
    }
}

/// Kolmogorov and Smirnov: √n·sup|Fn − F| of 20,000 draws stays below 2.225, which it passes
/// with probability 2·exp(−2·2.225²) = 1e-4 per distribution (less where F has jumps).
#[test]
fn draws_follow_the_distribution() {
    for dist in one_of_each() {
        let mut values = draws(&dist, 20_000);
        values.sort_unstable_by(f64::total_cmp);
        let (mut seen, mut worst) = (0, 0.0f64);
        for same in values.chunk_by(|a, b| a == b) {
            let (x, n) = (same[0], values.len() as f64);
            worst = worst.max((seen as f64 / n - cdf(&dist, x.next_down())).abs());
            seen += same.len();
            worst = worst.max((seen as f64 / n - cdf(&dist, x)).abs());
        }
        let statistic = worst * (values.len() as f64).sqrt();
        assert!(statistic < 2.225, "{dist:?}: {statistic}");
    }
}

#[test]
fn means_have_their_closed_forms() {
    assert_eq!(Dist::Constant(4.0).mean(), 4.0);
    assert_eq!(Dist::Pareto { minimum: 1.0, shape: 1.0 }.mean(), f64::INFINITY);
    assert_eq!(Dist::Pareto { minimum: 1.0, shape: 2.0 }.mean(), 2.0);
    // A floor at the mean leaves the mean plus half the mean deviation, sd/√(2π).
    let half = Dist::Normal { mean: 5.0, sd: 2.0, floor: 5.0 }.mean();
    assert!((half - (5.0 + 2.0 / (2.0 * std::f64::consts::PI).sqrt())).abs() < 1e-14);
    assert_eq!(Dist::Normal { mean: 1.0, sd: 0.0, floor: 3.0 }.mean(), 3.0);
    assert_eq!(Dist::Empirical(vec![(0.0, 1.0), (0.5, 3.0), (1.0, 3.0)]).mean(), 2.5);
}

#[test]
fn bad_parameters_are_named() {
    let point = |p, v| (p, v);
    let wrong = |dist: Dist| dist.validate().unwrap_err();
    for (dist, says) in [
        (Dist::Constant(-1.0), "value must be a finite number, not negative, it is -1"),
        (Dist::Uniform { low: 3.0, high: 2.0 }, "low is 3, above high, which is 2"),
        (Dist::Exponential { mean: 0.0 }, "mean must be a finite number above zero, it is 0"),
        (Dist::Lognormal { median: 1.0, sigma: f64::NAN }, "sigma must be"),
        (Dist::Pareto { minimum: 1.0, shape: -2.0 }, "shape must be"),
        (Dist::Weibull { scale: f64::INFINITY, shape: 1.0 }, "scale must be"),
        (Dist::Normal { mean: f64::NAN, sd: 1.0, floor: 0.0 }, "mean must be a finite number"),
        (Dist::Normal { mean: 1.0, sd: 1.0, floor: -1.0 }, "floor must be"),
        (Dist::Empirical(vec![point(0.0, 1.0)]), "needs two points, it has 1"),
        (Dist::Empirical(vec![point(0.1, 1.0), point(1.0, 2.0)]), "first probability must be"),
        (Dist::Empirical(vec![point(0.0, 1.0), point(0.9, 2.0)]), "last probability must be"),
        (
            Dist::Empirical(vec![point(0.0, 1.0), point(0.0, 2.0), point(1.0, 3.0)]),
            "probability 2 must be above the one before, 0; it is 0",
        ),
        (
            Dist::Empirical(vec![point(0.0, 3.0), point(1.0, 2.0)]),
            "value 2 must not be below the one before, 3; it is 2",
        ),
        (Dist::Mixture(vec![]), "needs a component"),
        (Dist::Mixture(vec![(0.0, Dist::Constant(1.0))]), "component 1: weight must be"),
        (
            Dist::Mixture(vec![(1.0, Dist::Constant(1.0)), (1.0, Dist::Constant(-1.0))]),
            "component 2: value must be",
        ),
    ] {
        let said = wrong(dist);
        assert!(said.contains(says), "{said:?} does not say {says:?}");
    }
    one_of_each().iter().for_each(|dist| dist.validate().unwrap());
}

#[test]
fn seconds_become_picoseconds() {
    assert_eq!(Dist::Constant(0.004).sample_span(0.5), Span::from_ms(4));
    assert_eq!(Dist::Constant(0.004).scaled(2.0).sample_span(0.5), Span::from_ms(8));
}

proptest! {
    /// A quantile function never falls, but for a mixture's, which is not one.
    #[test]
    fn quantiles_do_not_fall(a in 1e-12..1.0f64, b in 1e-12..1.0f64) {
        for dist in &one_of_each()[..7] {
            prop_assert!(dist.quantile(a.min(b)) <= dist.quantile(a.max(b)), "{:?}", dist);
        }
    }

    /// Variates keep to the support, and scaling the distribution scales the variate, the
    /// mean and the bounds (1e-12 relative).
    #[test]
    fn variates_keep_the_support_and_scale(u in 1e-12..1.0f64, k in 0.1..10.0f64) {
        for dist in one_of_each() {
            let (value, scaled) = (dist.quantile(u), dist.scaled(k));
            prop_assert!(value >= dist.min() && dist.max().is_none_or(|max| value <= max));
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs();
            prop_assert!(close(scaled.quantile(u), k * value), "{:?}", dist);
            prop_assert!(close(scaled.mean(), k * dist.mean()), "{:?}", dist);
            prop_assert!(close(scaled.min(), k * dist.min()), "{:?}", dist);
            prop_assert_eq!(scaled.max().is_some(), dist.max().is_some());
        }
    }
}
