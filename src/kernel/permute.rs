//! A seeded permutation of 0..n that costs no memory, whatever n.

use super::rng::Keyed;

const ROUNDS: u64 = 6;

/// A pseudo-random permutation of `0..n`: a balanced Feistel network over the smallest even number
/// of bits that holds n, walked until it lands below n (Black & Rogaway, CT-RSA 2002).
#[derive(Debug, Clone, Copy)]
pub struct Permutation {
    n: u64,
    half_bits: u32,
    keyed: Keyed,
    tweak: u64,
}

impl Permutation {
    /// The permutation of `0..n` that `keyed` and `tweak` (an epoch, say) name.
    pub fn new(n: u64, keyed: Keyed, tweak: u64) -> Permutation {
        assert!(n > 0, "nothing to permute");
        let bits = (64 - (n - 1).leading_zeros()).max(2);
        Permutation { n, half_bits: bits.div_ceil(2), keyed, tweak }
    }

    /// Where `i` goes.
    pub fn at(&self, i: u64) -> u64 {
        debug_assert!(i < self.n);
        let mask = (1u64 << self.half_bits) - 1;
        let mut x = i;
        loop {
            let (mut left, mut right) = (x >> self.half_bits, x & mask);
            for round in 0..ROUNDS {
                let mixed = left ^ (self.keyed.bits([self.tweak, round, right]) & mask);
                (left, right) = (right, mixed);
            }
            x = left << self.half_bits | right;
            if x < self.n {
                return x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::{Purpose, Streams};

    #[test]
    fn every_number_comes_once_and_another_tweak_is_another_order() {
        let keyed = Streams::new(1, 0).keyed("dataset", Purpose::Order);
        for n in [1, 2, 3, 7, 64, 1000, 4097] {
            let permutation = Permutation::new(n, keyed, 0);
            let mut seen = vec![false; n as usize];
            for i in 0..n {
                let to = permutation.at(i) as usize;
                assert!(!std::mem::replace(&mut seen[to], true));
            }
        }
        let first: Vec<_> = (0..100).map(|i| Permutation::new(100, keyed, 0).at(i)).collect();
        let second: Vec<_> = (0..100).map(|i| Permutation::new(100, keyed, 1).at(i)).collect();
        assert_ne!(first, second);
    }
}
