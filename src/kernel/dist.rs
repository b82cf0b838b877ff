//! Probability distributions, sampled by inversion: one uniform draw gives one variate.

use super::stats::{normal_cdf, normal_pdf, normal_quantile};
use super::time::Span;
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

impl Dist {
    /// The variate of the uniform draw `u` in (0, 1), by inversion: the `u`-quantile, which rises
    /// with `u`. A mixture is the exception: the one draw picks the component, and its place
    /// within the component's slice of (0, 1), stretched to (0, 1) again, is the component's draw.
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Dist::Constant(value) => *value,
            Dist::Uniform { low, high } => low + (high - low) * u,
            Dist::Exponential { mean } => -mean * libm::log1p(-u),
            Dist::Lognormal { median, sigma } => median * libm::exp(sigma * normal_quantile(u)),
            Dist::Pareto { minimum, shape } => minimum * libm::exp(-libm::log1p(-u) / shape),
            Dist::Weibull { scale, shape } => scale * libm::pow(-libm::log1p(-u), 1.0 / shape),
            Dist::Normal { mean, sd, floor } => (mean + sd * normal_quantile(u)).max(*floor),
            Dist::Empirical(points) => interpolate(points, u),
            Dist::Mixture(parts) => {
                let (part, u) = pick(parts, u);
                part.quantile(u)
            }
        }
    }

    /// The variate of `u` in seconds, as a length of time to the nearest picosecond.
    pub fn sample_span(&self, u: f64) -> Span {
        Span::from_s(self.quantile(u))
    }

    /// The same of a draw that need not be made if the quantity is always the same.
    #[inline]
    pub fn sample_with(&self, u: impl FnOnce() -> f64) -> Span {
        match self {
            Dist::Constant(value) => Span::from_s(*value),
            _ => self.sample_span(u()),
        }
    }

    /// The mean; infinite for a Pareto of shape 1 or less.
    pub fn mean(&self) -> f64 {
        match self {
            Dist::Constant(value) => *value,
            Dist::Uniform { low, high } => low + 0.5 * (high - low),
            Dist::Exponential { mean } => *mean,
            Dist::Lognormal { median, sigma } => median * libm::exp(0.5 * sigma * sigma),
            Dist::Pareto { shape, .. } if *shape <= 1.0 => f64::INFINITY,
            Dist::Pareto { minimum, shape } => minimum * shape / (shape - 1.0),
            Dist::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Dist::Normal { mean, sd, floor } => censored_mean(*mean, *sd, *floor),
            Dist::Empirical(points) => points
                .windows(2)
                .map(|pair| (pair[1].0 - pair[0].0) * 0.5 * (pair[0].1 + pair[1].1))
                .sum(),
            Dist::Mixture(parts) => {
                let sum: f64 = parts.iter().map(|(weight, part)| weight * part.mean()).sum();
                sum / total_weight(parts)
            }
        }
    }

    /// No variate is below this.
    pub fn min(&self) -> f64 {
        match self {
            Dist::Constant(value) => *value,
            Dist::Uniform { low, .. } => *low,
            Dist::Lognormal { median, sigma: 0.0 } => *median,
            Dist::Exponential { .. } | Dist::Lognormal { .. } | Dist::Weibull { .. } => 0.0,
            Dist::Pareto { minimum, .. } => *minimum,
            Dist::Normal { mean, sd: 0.0, floor } => mean.max(*floor),
            Dist::Normal { floor, .. } => *floor,
            Dist::Empirical(points) => points.first().map_or(0.0, |point| point.1),
            Dist::Mixture(parts) => {
                parts.iter().map(|(_, part)| part.min()).reduce(f64::min).unwrap_or(0.0)
            }
        }
    }

    /// No variate is above this; none if there is no such bound.
    pub fn max(&self) -> Option<f64> {
        match self {
            Dist::Constant(value) => Some(*value),
            Dist::Uniform { high, .. } => Some(*high),
            Dist::Lognormal { median, sigma: 0.0 } => Some(*median),
            Dist::Normal { mean, sd: 0.0, floor } => Some(mean.max(*floor)),
            Dist::Empirical(points) => points.last().map(|point| point.1),
            Dist::Mixture(parts) => parts
                .iter()
                .map(|(_, part)| part.max())
                .reduce(|a, b| Some(a?.max(b?)))
                .unwrap_or(None),
            Dist::Exponential { .. }
            | Dist::Lognormal { .. }
            | Dist::Pareto { .. }
            | Dist::Weibull { .. }
            | Dist::Normal { .. } => None,
        }
    }

    /// The distribution of `k` times the variate, `k` ≥ 0 (a device twice as slow: `k` = 2).
    pub fn scaled(&self, k: f64) -> Dist {
        match self {
            Dist::Constant(value) => Dist::Constant(value * k),
            Dist::Uniform { low, high } => Dist::Uniform { low: low * k, high: high * k },
            Dist::Exponential { mean } => Dist::Exponential { mean: mean * k },
            Dist::Lognormal { median, sigma } => {
                Dist::Lognormal { median: median * k, sigma: *sigma }
            }
            Dist::Pareto { minimum, shape } => Dist::Pareto { minimum: minimum * k, shape: *shape },
            Dist::Weibull { scale, shape } => Dist::Weibull { scale: scale * k, shape: *shape },
            Dist::Normal { mean, sd, floor } => {
                Dist::Normal { mean: mean * k, sd: sd * k, floor: floor * k }
            }
            Dist::Empirical(points) => {
                Dist::Empirical(points.iter().map(|&(p, value)| (p, value * k)).collect())
            }
            Dist::Mixture(parts) => Dist::Mixture(
                parts.iter().map(|(weight, part)| (*weight, part.scaled(k))).collect(),
            ),
        }
    }

    /// Whether the parameters make a distribution of a non-negative quantity; if not, which of
    /// them is wrong and how.
    pub fn validate(&self) -> Result<(), String> {
        match self {
            Dist::Constant(value) => not_negative("value", *value),
            Dist::Uniform { low, high } => {
                not_negative("low", *low)?;
                not_negative("high", *high)?;
                require(low <= high, || format!("low is {low}, above high, which is {high}"))
            }
            Dist::Exponential { mean } => positive("mean", *mean),
            Dist::Lognormal { median, sigma } => {
                positive("median", *median)?;
                not_negative("sigma", *sigma)
            }
            Dist::Pareto { minimum, shape } => {
                positive("minimum", *minimum)?;
                positive("shape", *shape)
            }
            Dist::Weibull { scale, shape } => {
                positive("scale", *scale)?;
                positive("shape", *shape)
            }
            Dist::Normal { mean, sd, floor } => {
                require(mean.is_finite(), || {
                    format!("mean must be a finite number, it is {mean}")
                })?;
                not_negative("sd", *sd)?;
                not_negative("floor", *floor)
            }
            Dist::Empirical(points) => validate_points(points),
            Dist::Mixture(parts) => validate_parts(parts),
        }
    }
}

/// The value at probability `u` on the straight lines through `points`.
fn interpolate(points: &[(f64, f64)], u: f64) -> f64 {
    let above = points.partition_point(|point| point.0 < u).clamp(1, points.len() - 1);
    let ((p0, v0), (p1, v1)) = (points[above - 1], points[above]);
    // Rounding must not push a value past the end of its line.
    (v0 + (v1 - v0) * ((u - p0) / (p1 - p0))).clamp(v0, v1)
}

/// The component that `u` falls in, and its place there, back in the open (0, 1).
fn pick(parts: &[(f64, Dist)], u: f64) -> (&Dist, f64) {
    let target = u * total_weight(parts);
    let mut start = 0.0;
    for (i, (weight, part)) in parts.iter().enumerate() {
        if target < start + weight || i + 1 == parts.len() {
            let place = (target - start) / weight;
            return (part, place.clamp(f64::EPSILON / 4.0, 1.0 - f64::EPSILON / 2.0));
        }
        start += weight;
    }
    unreachable!("a mixture has a component")
}

fn total_weight(parts: &[(f64, Dist)]) -> f64 {
    parts.iter().map(|(weight, _)| weight).sum()
}

/// E max(X, floor) of X = N(mean, sd²): with a = (floor − mean)/sd it is
/// floor·Φ(a) + mean·Φ(−a) + sd·φ(a).
fn censored_mean(mean: f64, sd: f64, floor: f64) -> f64 {
    if sd == 0.0 {
        return mean.max(floor);
    }
    let a = (floor - mean) / sd;
    floor * normal_cdf(a) + mean * normal_cdf(-a) + sd * normal_pdf(a)
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn positive(name: &str, value: f64) -> Result<(), String> {
    require(value > 0.0 && value.is_finite(), || {
        format!("{name} must be a finite number above zero, it is {value}")
    })
}

fn not_negative(name: &str, value: f64) -> Result<(), String> {
    require(value >= 0.0 && value.is_finite(), || {
        format!("{name} must be a finite number, not negative, it is {value}")
    })
}

fn validate_points(points: &[(f64, f64)]) -> Result<(), String> {
    let [first, .., last] = points else {
        return Err(format!("an empirical distribution needs two points, it has {}", points.len()));
    };
    require(first.0 == 0.0, || format!("the first probability must be 0, it is {}", first.0))?;
    require(last.0 == 1.0, || format!("the last probability must be 1, it is {}", last.0))?;
    for (i, &(_, value)) in points.iter().enumerate() {
        not_negative(&format!("value {}", i + 1), value)?;
    }
    for (i, pair) in points.windows(2).enumerate() {
        let ((p0, v0), (p1, v1)) = (pair[0], pair[1]);
        require(p0 < p1, || {
            format!("probability {} must be above the one before, {p0}; it is {p1}", i + 2)
        })?;
        require(v0 <= v1, || {
            format!("value {} must not be below the one before, {v0}; it is {v1}", i + 2)
        })?;
    }
    Ok(())
}

fn validate_parts(parts: &[(f64, Dist)]) -> Result<(), String> {
    require(!parts.is_empty(), || "a mixture needs a component, it has none".to_string())?;
    for (i, (weight, part)) in parts.iter().enumerate() {
        positive("weight", *weight)
            .and_then(|()| part.validate())
            .map_err(|wrong| format!("component {}: {wrong}", i + 1))?;
    }
    require(total_weight(parts).is_finite(), || "the weights add up to infinity".to_string())
}

#[cfg(test)]
mod tests;
