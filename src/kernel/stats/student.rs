//! Quantiles of Student's t distribution.

use std::f64::consts::PI;

/// The t with P(T ≤ t) = `p` for Student's T with `df` > 0 degrees of freedom (which need not be
/// whole) and `p` in (0, 1), good to 1e-11 relative for `df` up to a thousand and to 1e-10 up to a
/// million.
///
/// P comes from the incomplete beta function, by its continued fraction (NIST DLMF 8.17.22,
/// evaluated by Lentz's method), and t from P by bisection down to neighbouring floats: slower
/// than a series, but called a few times a report.
///
/// # Panics
/// If `p` is not inside (0, 1) or `df` is not positive.
pub fn t_quantile(p: f64, df: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "a quantile's probability lies inside (0, 1), not {p}");
    assert!(df > 0.0, "degrees of freedom are positive, not {df}");
    if p == 0.5 {
        return 0.0;
    }
    // Solved for |T|, on whichever side of 1/2 the probability has most digits.
    let outside = 2.0 * p.min(1.0 - p);
    let inside = 2.0 * (p - 0.5).abs();
    let too_low = |t: f64| {
        let (in_t, out_t) = two_sided(t, df);
        if outside < 0.5 { out_t > outside } else { in_t < inside }
    };
    let (mut low, mut high) = (0.0, 1.0);
    while too_low(high) {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return if p < 0.5 { -middle } else { middle };
        }
        if too_low(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// P(|T| ≤ t) and P(|T| > t) for `t` > 0.
fn two_sided(t: f64, df: f64) -> (f64, f64) {
    let a = 0.5 * df;
    let square = t * t;
    // P(|T| > t) = I_x(a, 1/2) with x = df/(df + t²); y = 1 − x without the cancellation.
    let (x, y) = (df / (df + square), square / (df + square));
    // x^a · y^(1/2) / B(a, 1/2)
    let front = libm::exp(-a * libm::log1p(square / df)) * (y / PI).sqrt() * gamma_ratio(a);
    if x < (a + 1.0) / (a + 2.5) {
        let outside = front * beta_fraction(a, 0.5, x) / a;
        (1.0 - outside, outside)
    } else {
        let inside = front * beta_fraction(0.5, a, y) / 0.5;
        (inside, 1.0 - inside)
    }
}

/// Γ(a + 1/2)/Γ(a). Above 20 by the asymptotic series of its logarithm (from DLMF 5.11.8 with
/// h = 1/2 and h = 0; the first term left out is below 2e-17), because lgamma's own rounding
/// grows with its value.
fn gamma_ratio(a: f64) -> f64 {
    if a < 20.0 {
        return libm::exp(libm::lgamma(a + 0.5) - libm::lgamma(a));
    }
    let r = 1.0 / a;
    let r2 = r * r;
    let series = 17.0 / 14_336.0 - r2 * (31.0 / 18_432.0);
    let series = 1.0 / 8.0 - r2 * (1.0 / 192.0 - r2 * (1.0 / 640.0 - r2 * series));
    a.sqrt() * libm::exp(-r * series)
}

/// The continued fraction of the incomplete beta function, for x < (a + 1)/(a + b + 2), where it
/// converges in about √max(a, b) terms.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    /// In place of a zero denominator, as Lentz's method asks.
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..1_000_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::stats::normal_quantile;
    use proptest::prelude::*;

    /// Reference values, rounded from 40-digit arithmetic (mpmath's incomplete beta, bisected
    /// 90 times); the two-decimal tables in textbooks agree. Tolerance 1e-11 relative.
    #[test]
    fn agrees_with_the_tables() {
        for (p, df, t) in [
            (0.6, 1.0, 0.32491969623290634),
            (0.9, 2.0, 1.8856180831641267),
            (0.975, 1.0, 12.706204736174705),
            (0.975, 2.5, 3.5746548420036834),
            (0.975, 5.0, 2.5705818356363155),
            (0.975, 9.0, 2.2621571627982053),
            (0.975, 19.0, 2.0930240544083096),
            (0.975, 39.0, 2.0226909200367613),
            (0.975, 40.0, 2.0210753903062733),
            (0.975, 41.0, 2.0195409704413763),
            (0.975, 99.0, 1.9842169515864174),
            (0.975, 1000.0, 1.9623390808264085),
            (0.995, 29.0, 2.7563859036706053),
            (0.6, 1000.0, 0.25341451583949876),
            (0.9995, 1.0, 636.6192487687197),
            (0.9995, 1000.0, 3.300282648423913),
        ] {
            let got = t_quantile(p, df);
            assert!((got / t - 1.0f64).abs() < 1e-11, "t({p}, {df}) = {got}, table {t}");
        }
    }

    /// One degree of freedom is Cauchy's tan(π(p − 1/2)), two are (2p − 1)/√(2p(1 − p)), both to
    /// 1e-11 relative; a million are nearly normal, here to 1e-10 with two terms of Fisher's
    /// expansion (Abramowitz & Stegun 26.7.5; the third is below 1e-16).
    #[test]
    fn agrees_with_the_closed_forms() {
        for p in [1e-6, 0.01, 0.3, 0.499, 0.500001, 0.7, 0.95, 0.999] {
            let tail = f64::min(p, 1.0 - p);
            let far = tail < 0.25;
            // Near a tangent's pole its reciprocal keeps the digits.
            let size = if far { 1.0 / libm::tan(PI * tail) } else { libm::tan(PI * (p - 0.5)) };
            let cauchy = if far && p < 0.5 { -size } else { size };
            assert!((t_quantile(p, 1.0) / cauchy - 1.0).abs() < 1e-11, "{p}");
            let two = 2.0 * (p - 0.5) / (2.0 * p * (1.0 - p)).sqrt();
            assert!((t_quantile(p, 2.0) / two - 1.0).abs() < 1e-11, "{p}");
            let z = normal_quantile(p);
            let square = z * z;
            let first = z * (square + 1.0) / 4.0;
            let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
            let many = z + (first + second / 1e6) / 1e6;
            assert!((t_quantile(p, 1e6) - many).abs() < 1e-10, "{p}");
        }
    }

    proptest! {
        /// Odd about p = 1/2 (where 1 − p is exact) and rising with p.
        #[test]
        fn odd_and_rising(k in 1u32..2047, df in 0.5..200.0f64) {
            let p = f64::from(k) / 4096.0;
            prop_assert_eq!(t_quantile(p, df), -t_quantile(1.0 - p, df));
            prop_assert!(t_quantile(p, df) < t_quantile(p + 1.0 / 4096.0, df));
        }
    }
}
