//! Blocks along a row without overlap.

/// Centres as near to the wanted ones as blocks of `width` in order allow, between two edges.
pub fn spread(wanted: &[f64], width: f64, (left, right): (f64, f64)) -> Vec<f64> {
    let n = wanted.len();
    let room = right - left;
    if n == 0 {
        return Vec::new();
    }
    if n as f64 * width >= room {
        let step = room / n as f64;
        return (0..n).map(|i| left + (i as f64 + 0.5) * step).collect();
    }
    let mut centres = wanted.to_vec();
    let mut least = left + width / 2.0;
    for x in &mut centres {
        *x = x.max(least);
        least = *x + width;
    }
    let mut most = right - width / 2.0;
    for x in centres.iter_mut().rev() {
        *x = x.min(most);
        most = *x - width;
    }
    centres
}

/// Blocks that want the same place beside each other, `step` apart, around it; `wanted` rises.
pub fn fan(wanted: &[f64], step: f64) -> Vec<f64> {
    let mut apart = Vec::with_capacity(wanted.len());
    for like in wanted.chunk_by(|a, b| (a - b).abs() < 1.0) {
        let middle = (like.len() as f64 - 1.0) / 2.0;
        apart.extend(like.iter().enumerate().map(|(i, x)| x + (i as f64 - middle) * step));
    }
    apart.sort_by(f64::total_cmp);
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_never_overlap_and_stay_inside(
            mut wanted in prop::collection::vec(0.0..900.0f64, 1..30), width in 5.0..60.0f64
        ) {
            wanted.sort_by(f64::total_cmp);
            let n = wanted.len() as f64;
            let width = width.min(700.0 / n);
            let at = spread(&wanted, width, (100.0, 800.0));
            let apart = at.windows(2).all(|pair| pair[1] - pair[0] >= width - 1e-6);
            prop_assert!(apart && at[0] >= 100.0 + width / 2.0 - 1e-6);
            prop_assert!(at[at.len() - 1] <= 800.0 - width / 2.0 + 1e-6);
        }
    }
}
