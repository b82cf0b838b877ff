//! Sums without rounding on the way: what cancels cancels to nothing, and the order of adding
//! cannot be seen in the result.

/// A sum kept exactly, as floats that do not overlap (Shewchuk, "Adaptive precision floating-point
/// arithmetic and fast robust geometric predicates", Discrete & Computational Geometry 18, 1997,
/// §2.3), and rounded once, when it is asked for. Terms and their products lie between 1e-150 and
/// 1e150, or are 0: then nothing over- or underflows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactSum {
    /// Smallest first.
    parts: Vec<f64>,
}

impl ExactSum {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        let mut sum = number;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let (large, small) = ordered(sum, self.parts[i]);
            sum = large + small;
            let lost = small - (sum - large);
            if lost != 0.0 {
                self.parts[kept] = lost;
                kept += 1;
            }
        }
        self.parts.truncate(kept);
        if sum != 0.0 {
            self.parts.push(sum);
        }
    }

    /// Adds `a · b`, as the product's nearest float and what it misses.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        self.add(product);
        self.add(libm::fma(a, b, -product));
    }

    /// The float nearest to the sum (ties to even); 0 if there is nothing.
    pub fn value(&self) -> f64 {
        let mut parts = self.parts.iter().rev().copied();
        let mut sum = parts.next().unwrap_or(0.0);
        let mut lost = 0.0;
        for part in parts.by_ref() {
            let before = sum;
            sum = before + part;
            lost = part - (sum - before);
            if lost != 0.0 {
                break;
            }
        }
        // What comes after decides a tie that rounding to even has settled the wrong way.
        if parts.next().is_some_and(|next| (next < 0.0) == (lost < 0.0)) {
            let twice = lost * 2.0;
            let away = sum + twice;
            if away - sum == twice {
                sum = away;
            }
        }
        sum
    }
}

fn ordered(a: f64, b: f64) -> (f64, f64) {
    if a.abs() < b.abs() { (b, a) } else { (a, b) }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> ExactSum {
        let mut sum = ExactSum::default();
        numbers.into_iter().for_each(|number| sum.add(number));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::{Purpose, Streams};

    #[test]
    fn what_cancels_leaves_what_is_left() {
        let sum: ExactSum = [1e100, 1.0, -1e100, 1e-20].into_iter().collect();
        assert_eq!(sum.value(), 1.0);
        let nothing: ExactSum = [0.1, 0.2, -0.2, -0.1].into_iter().collect();
        assert_eq!(nothing.value().to_bits(), 0.0_f64.to_bits());
        assert_eq!(ExactSum::default().value().to_bits(), 0.0_f64.to_bits());
        let mut product = ExactSum::default();
        product.add_product(0.1, 3.0);
        product.add_product(-0.1, 3.0);
        assert_eq!(product, ExactSum::default());
    }

    /// 2^53 + 1 lies halfway between floats; a crumb decides.
    #[test]
    fn ties_are_settled_by_what_comes_after() {
        let half = 9_007_199_254_740_992.0; // 2^53
        let sum = |crumb: f64| [half, 1.0, crumb].into_iter().collect::<ExactSum>().value();
        assert_eq!(sum(0.0), half);
        assert_eq!(sum(1e-30), half + 2.0);
        assert_eq!(sum(-1e-30), half);
    }

    /// Slow twin: integers of 128 bits. Products of 26-bit and 50-bit integers scaled by powers of
    /// two have exact sums; the nearest float of an i128 is what `as` gives. No tolerance.
    #[test]
    fn sums_of_products_are_those_of_integers() {
        let keyed = Streams::new(7, 0).keyed("exact", Purpose::Size);
        for case in 0..1_000_u64 {
            let (mut sum, mut twin) = (ExactSum::default(), 0_i128);
            for i in 0..40_u64 {
                let draw = |what: u64, bits: u32| {
                    let size = keyed.bits([case, i, what]) >> (64 - bits);
                    let sign = if keyed.bits([case, i, what, 1]) & 1 == 0 { 1 } else { -1 };
                    size as i128 * sign
                };
                let (a, b) = (draw(0, 26), draw(1, 50));
                sum.add_product(a as f64, b as f64);
                twin += a * b;
            }
            assert_eq!(sum.value(), twin as f64, "case {case}");
        }
    }
}
