//! Where a curve stops paying.

/// Share of the way from the first value to the best that must be made.
pub const KNEE_SHARE: f64 = 0.95;

/// Share of that way that may not be lost again later.
const KEPT: f64 = 0.8;

/// Below this relative change a curve is flat and has no knee.
const FLAT: f64 = 0.01;

/// Position of the knee of a curve, its values in order of x: the first by which 95 % of the way
/// from the first value to the best one is made. The best is the largest if the curve ends above
/// where it begins, else the smallest. None for a curve that is flat (changes by less than 1 % of
/// its largest value), that gets there with its last value only (it may go on), that later loses a
/// fifth of the way again (no plateau follows), or that has fewer than three values.
///
/// Simpler than Kneedle (V. Satopää et al., "Finding a 'Kneedle' in a haystack", ICDCSW 2011),
/// whose answer moves with the range that was looked at and with a smoothing parameter; this one
/// moves only if the best value does.
pub fn knee(values: &[f64]) -> Option<usize> {
    let (&first, &last) = (values.first()?, values.last()?);
    if values.len() < 3 {
        return None;
    }
    let rising = last >= first;
    let better = |a: f64, b: f64| if rising { a.max(b) } else { a.min(b) };
    let best = values.iter().copied().fold(first, better);
    let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    if (best - first).abs() < FLAT * largest || best == first {
        return None;
    }
    let way = |value: &f64| (value - first) / (best - first);
    let at = values.iter().position(|value| way(value) >= KNEE_SHARE)?;
    let plateau = &values[at + 1..];
    (!plateau.is_empty() && plateau.iter().all(|value| way(value) >= KEPT)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(of: impl Fn(f64) -> f64, n: u32, step: f64) -> Vec<f64> {
        (0..n).map(|i| of(f64::from(i) * step)).collect()
    }

    /// A ramp to a plateau at x = 7 makes 95 % of its rise at 6.65: the knee is 7 in steps of 1,
    /// 6.7 in steps of 0.1. 1 − exp(−x) on 0..10 makes 95 % of 1 − exp(−10) at
    /// −ln(1 − 0.95·(1 − exp(−10))) = 2.9949.
    #[test]
    fn agrees_with_closed_forms() {
        let ramp = |x: f64| 3.0 + x.min(7.0);
        assert_eq!(knee(&curve(ramp, 12, 1.0)), Some(7));
        assert_eq!(knee(&curve(ramp, 120, 0.1)), Some(67));
        let rise = |x: f64| 1.0 - libm::exp(-x);
        assert_eq!(knee(&curve(rise, 1001, 0.01)), Some(300));
        let fall = |x: f64| libm::exp(-x);
        assert_eq!(knee(&curve(fall, 1001, 0.01)), Some(300));
    }

    #[test]
    fn flat_short_and_unfinished_curves_have_none() {
        assert_eq!(knee(&[1.0, 2.0, 3.0, 4.0]), None);
        assert_eq!(knee(&[1.0, 2.0, 1.2, 1.5]), None);
        assert_eq!(knee(&[1.0, 2.0, 1.9, 1.95]), Some(1));
        assert_eq!(knee(&[0.970, 0.971, 0.972, 0.971]), None);
        assert_eq!(knee(&[5.0; 4]), None);
        assert_eq!(knee(&[0.0, 1.0]), None);
        assert_eq!(knee(&[]), None);
    }

    /// A longer plateau does not move the knee.
    #[test]
    fn the_knee_stays_when_the_range_grows() {
        let ramp = |x: f64| x.min(7.0);
        for n in 9..40 {
            assert_eq!(knee(&curve(ramp, n, 1.0)), Some(7));
        }
    }
}
