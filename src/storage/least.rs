//! Who has least, in turn: the leaves of a tree in which every knot holds the least below it.

/// Numbers of `0..n`, of which the first least one from anywhere on is found in logarithmic time.
#[derive(Debug, Clone)]
pub struct Least {
    /// The root is at 1, the children of `i` at `2 i` and `2 i + 1`, the leaves at the end.
    tree: Vec<u32>,
    leaves: usize,
}

impl Least {
    /// What is never the least.
    pub const NONE: u32 = u32::MAX;

    /// `n` of them, all [`NONE`](Self::NONE).
    pub fn new(n: usize) -> Least {
        let leaves = n.next_power_of_two();
        Least { tree: vec![Least::NONE; 2 * leaves], leaves }
    }

    /// Number `i` becomes `value`.
    pub fn set(&mut self, i: usize, value: u32) {
        let mut at = self.leaves + i;
        self.tree[at] = value;
        while at > 1 {
            at /= 2;
            let least = self.tree[2 * at].min(self.tree[2 * at + 1]);
            if std::mem::replace(&mut self.tree[at], least) == least {
                return;
            }
        }
    }

    /// The first of the least from `start` on, and around.
    pub fn from(&self, start: usize) -> usize {
        let least = self.tree[1];
        // Up, to the first subtree behind `start` that holds one.
        let mut at = self.leaves + start;
        while self.tree[at] != least {
            while at & 1 == 1 {
                at /= 2;
            }
            if at == 0 {
                at = 1;
                break;
            }
            at += 1;
        }
        // And down to its first leaf.
        while at < self.leaves {
            at = if self.tree[2 * at] == least { 2 * at } else { 2 * at + 1 };
        }
        at - self.leaves
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Twin: a search all around.
        #[test]
        fn as_a_search_all_around(
            n in 1usize..20, ops in prop::collection::vec((0usize..20, 0u32..4, 0usize..20), 1..100),
        ) {
            let (mut least, mut twin) = (Least::new(n), vec![Least::NONE; n]);
            for (i, value, start) in ops {
                least.set(i % n, value);
                twin[i % n] = value;
                let around = (0..n).map(|k| (start + k) % n).min_by_key(|&i| twin[i]).unwrap();
                prop_assert_eq!(least.from(start % n), around);
            }
        }
    }
}
