//! Designs that no other beats in every figure of a trade-off.

use super::row::Row;

/// A point of a trade-off: position of the row, and its figures, each to be made small.
type Point = (usize, Vec<f64>);

/// Rows that no other beats in all figures: (position of the metric, whether more is better). Ordered by
/// the first figure. Rows without one of the figures are left out; of equals all stay.
pub fn front<'a>(rows: impl Iterator<Item = &'a Row>, sides: &[(usize, bool)]) -> Vec<usize> {
    let point = |row: &Row| -> Option<Point> {
        let side = |&(metric, more): &(usize, bool)| {
            row.mean(metric).map(|mean| if more { -mean } else { mean })
        };
        Some((row.design, sides.iter().map(side).collect::<Option<Vec<f64>>>()?))
    };
    let points: Vec<Point> = rows.filter_map(point).collect();
    let beaten = |one: &Point| {
        points.iter().any(|other| {
            let pairs = || other.1.iter().zip(&one.1);
            pairs().all(|(a, b)| a <= b) && pairs().any(|(a, b)| a < b)
        })
    };
    let mut left: Vec<&Point> = points.iter().filter(|one| !beaten(one)).collect();
    left.sort_by(|a, b| {
        let order = a.1.iter().zip(&b.1).map(|(a, b)| a.total_cmp(b));
        order.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a.0.cmp(&b.0))
    });
    left.into_iter().map(|(design, _)| *design).collect()
}
