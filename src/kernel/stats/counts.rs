//! Counts over the last few intervals, and over as many before them.

use std::collections::VecDeque;

/// `N` counts of things that happen, by interval.
#[derive(Debug, Clone)]
pub struct WindowedCounts<const N: usize> {
    window: usize,
    now: [u64; N],
    /// Closed intervals, at most twice `window` of them; the sums of the newer and the older half.
    closed: VecDeque<[u64; N]>,
    recent: [u64; N],
    before: [u64; N],
}

impl<const N: usize> WindowedCounts<N> {
    /// Windows of `window` intervals.
    ///
    /// # Panics
    /// If that is zero.
    pub fn new(window: u64) -> WindowedCounts<N> {
        assert!(window > 0, "a window needs a length");
        WindowedCounts {
            window: window as usize,
            now: [0; N],
            closed: VecDeque::new(),
            recent: [0; N],
            before: [0; N],
        }
    }

    /// One more of the kind `what` in the interval under way.
    pub fn count(&mut self, what: usize) {
        self.now[what] += 1;
    }

    /// The interval is over.
    pub fn roll(&mut self) {
        let closed = std::mem::replace(&mut self.now, [0; N]);
        self.closed.push_back(closed);
        add(&mut self.recent, &closed);
        if self.closed.len() > self.window {
            let ages = self.closed[self.closed.len() - 1 - self.window];
            take(&mut self.recent, &ages);
            add(&mut self.before, &ages);
        }
        if self.closed.len() > 2 * self.window {
            let gone = self.closed.pop_front().expect("a window is not empty");
            take(&mut self.before, &gone);
        }
    }

    /// Counts of the last window; `None` before there was a whole one.
    pub fn recent(&self) -> Option<[u64; N]> {
        (self.closed.len() >= self.window).then_some(self.recent)
    }

    /// Counts of the window before that; `None` before there was a whole one.
    pub fn before(&self) -> Option<[u64; N]> {
        (self.closed.len() >= 2 * self.window).then_some(self.before)
    }
}

fn add<const N: usize>(to: &mut [u64; N], what: &[u64; N]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += what);
}

fn take<const N: usize>(from: &mut [u64; N], what: &[u64; N]) {
    from.iter_mut().zip(what).for_each(|(from, what)| *from -= what);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// As sums over slices of all intervals; integers.
        #[test]
        fn as_sums_of_slices(
            window in 1..5u64, all in prop::collection::vec((0..9u64, 0..9u64), 0..30),
        ) {
            let mut counts = WindowedCounts::<2>::new(window);
            let w = window as usize;
            for (i, &(a, b)) in all.iter().enumerate() {
                (0..a).for_each(|_| counts.count(0));
                (0..b).for_each(|_| counts.count(1));
                counts.roll();
                let sum = |slice: &[(u64, u64)]| {
                    [slice.iter().map(|c| c.0).sum::<u64>(), slice.iter().map(|c| c.1).sum()]
                };
                let seen = &all[..=i];
                let recent = seen.len().checked_sub(w).map(|from| sum(&seen[from..]));
                let before = seen.len().checked_sub(2 * w);
                let before = before.map(|from| sum(&seen[from..from + w]));
                prop_assert_eq!((counts.recent(), counts.before()), (recent, before));
            }
        }
    }
}
