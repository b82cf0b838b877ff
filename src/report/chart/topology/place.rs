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

/// A line so near to a box still passes it.
const TIGHT: f64 = 4.0;

/// Boxes side by side: left and right edges between an upper and a lower edge.
pub struct Hurdle {
    /// Upper and lower edge.
    pub edges: (f64, f64),
    /// Left and right edge of each box.
    pub spans: Vec<(f64, f64)>,
}

/// The way down from one point to another: straight, but `clear` beside the boxes that stand in it.
/// Hurdles come from top to bottom.
pub fn around(from: (f64, f64), to: (f64, f64), hurdles: &[Hurdle], clear: f64) -> Vec<(f64, f64)> {
    let mut points = vec![from];
    for Hurdle { edges: (upper, lower), spans } in hurdles {
        let (x0, y0) = points[points.len() - 1];
        let at = |y: f64| x0 + (to.0 - x0) * (y - y0) / (to.1 - y0);
        let (left, right) = (at(*upper).min(at(*lower)), at(*upper).max(at(*lower)));
        let is_free = |left: f64, right: f64| {
            spans.iter().all(|span| right <= span.0 - TIGHT || left >= span.1 + TIGHT)
        };
        if is_free(left, right) {
            continue;
        }
        let beside = spans.iter().flat_map(|span| [span.0 - clear, span.1 + clear]);
        let off = |x: &f64| (x - (left + right) / 2.0).abs();
        let nearest = beside.filter(|x| is_free(*x, *x)).min_by(|a, b| off(a).total_cmp(&off(b)));
        points.extend(nearest.into_iter().flat_map(|x| [(x, upper - clear), (x, lower + clear)]));
    }
    points.push(to);
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ways_lead_around_boxes() {
        let row = |y: f64, spans: &[(f64, f64)]| Hurdle {
            edges: (y - 10.0, y + 10.0),
            spans: spans.to_vec(),
        };
        let rows = [row(50.0, &[(0.0, 40.0), (60.0, 100.0)]), row(90.0, &[(0.0, 40.0)])];
        let to = |x: f64| around((70.0, 0.0), (x, 140.0), &rows, 8.0);
        let beside = [(70.0, 0.0), (52.0, 32.0), (52.0, 68.0), (60.0, 140.0)];
        assert_eq!(to(60.0), beside, "through the gap");
        assert_eq!(to(400.0), [(70.0, 0.0), (400.0, 140.0)], "nothing in the way");
    }

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
