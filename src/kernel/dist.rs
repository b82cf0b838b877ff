//! Probability distributions, sampled by inversion: one uniform draw gives one variate.

use serde::Serialize;

/// A distribution of a non-negative quantity (seconds or bytes; the field that holds it says).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dist {
    /// Always the same.
    Constant(f64),
    /// Even between two bounds.
    Uniform {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Memoryless.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// exp(N(ln median, sigma²)).
    Lognormal {
        /// The median.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// P(X > x) = (minimum/x)^shape.
    Pareto {
        /// Smallest value.
        minimum: f64,
        /// Tail exponent; the mean is infinite at 1 and below.
        shape: f64,
    },
    /// P(X > x) = exp(−(x/scale)^shape).
    Weibull {
        /// The 63.2 % quantile.
        scale: f64,
        /// Below 1 heavy-tailed, 1 exponential, above 1 peaked.
        shape: f64,
    },
    /// N(mean, sd²), values below `floor` moved to it (as DLIO draws record sizes).
    Normal {
        /// The mean before the floor.
        mean: f64,
        /// The standard deviation before the floor.
        sd: f64,
        /// Smallest value.
        floor: f64,
    },
    /// Quantile function through points (probability rising from 0 to 1, value not falling),
    /// straight lines between.
    Empirical(Vec<(f64, f64)>),
    /// One of several, by weight.
    Mixture(Vec<(f64, Dist)>),
}
