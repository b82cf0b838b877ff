//! Sobol's low-discrepancy points.

/// Most dimensions.
pub const DIMENSIONS: usize = 21;

/// Bits of a coordinate.
const BITS: u32 = 32;

/// Primitive polynomials (s, a) and first direction numbers m of dimensions 2 and up:
/// `new-joe-kuo-6.21201` of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better
/// two-dimensional projections", SIAM J. Sci. Comput. 30 (2008) 2635–2654.
const NUMBERS: [(u32, u32, &[u32]); DIMENSIONS - 1] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
    (6, 19, &[1, 1, 1, 15, 7, 5]),
    (6, 22, &[1, 3, 1, 15, 13, 25]),
    (6, 25, &[1, 1, 5, 5, 19, 61]),
    (7, 1, &[1, 3, 7, 11, 23, 15, 103]),
    (7, 4, &[1, 3, 7, 13, 13, 15, 69]),
];

/// Coordinate `dimension` (from 0) of point `index` (from 0, which is the origin), as 32 bits
/// behind the binary point. Points come in Gray-code order, as in Joe and Kuo's program.
///
/// # Panics
/// If there is no such dimension.
pub fn bits(index: u32, dimension: usize) -> u32 {
    let directions = directions(dimension);
    let gray = index ^ (index >> 1);
    let taken = |bit: &u32| gray >> bit & 1 == 1;
    (0..BITS).filter(taken).fold(0, |x, bit| x ^ directions[bit as usize])
}

/// The same as a number in [0, 1).
pub fn coordinate(index: u32, dimension: usize) -> f64 {
    f64::from(bits(index, dimension)) / 4_294_967_296.0
}

/// Direction numbers v_1 … v_32 of a dimension, each shifted to the top of its word.
fn directions(dimension: usize) -> [u32; BITS as usize] {
    assert!(dimension < DIMENSIONS, "there are {DIMENSIONS} dimensions, not {dimension} and more");
    let mut v = [0; BITS as usize];
    let Some((s, a, m)) = dimension.checked_sub(1).map(|i| NUMBERS[i]) else {
        // The first dimension is van der Corput's sequence.
        return std::array::from_fn(|i| 1 << (BITS - 1 - i as u32));
    };
    let s = s as usize;
    for i in 0..v.len() {
        v[i] = match i.checked_sub(s) {
            None => m[i] << (BITS - 1 - i as u32),
            Some(back) => {
                let start = v[back] ^ (v[back] >> s);
                (1..s).fold(start, |x, k| x ^ ((a >> (s - 1 - k) & 1) * v[i - k]))
            }
        };
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(index: u32) -> Vec<f64> {
        (0..DIMENSIONS).map(|dimension| coordinate(index, dimension)).collect()
    }

    /// The sequence as Joe and Kuo's `sobol.cc` prints it (and SciPy's unscrambled `Sobol`): the
    /// first eight points of five dimensions, and points 7 and 1000 in all. Exact.
    #[test]
    fn agrees_with_the_published_sequence() {
        let first = [
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25, 0.25, 0.75],
            [0.25, 0.75, 0.75, 0.75, 0.25],
            [0.375, 0.375, 0.625, 0.875, 0.375],
            [0.875, 0.875, 0.125, 0.375, 0.875],
            [0.625, 0.125, 0.875, 0.625, 0.625],
            [0.125, 0.625, 0.375, 0.125, 0.125],
        ];
        for (i, expected) in (0..).zip(first) {
            assert_eq!(point(i)[..5], expected, "point {i}");
        }
        let seventh = [
            0.125, 0.625, 0.375, 0.125, 0.125, 0.375, 0.625, 0.625, 0.625, 0.875, 0.625, 0.125,
            0.625, 0.375, 0.125, 0.125, 0.125, 0.125, 0.625, 0.875, 0.875,
        ];
        assert_eq!(point(7), seventh);
        // In 1024ths.
        let thousandth = [
            225, 99, 531, 693, 287, 929, 47, 921, 513, 71, 87, 261, 165, 393, 147, 379, 737, 353,
            1015, 743, 535,
        ];
        assert_eq!(point(1000), thousandth.map(|n| f64::from(n) / 1024.0));
    }

    /// Every one of the first 2^m points has its own slice of width 2^-m in every dimension.
    #[test]
    fn every_slice_of_every_dimension_holds_one_point() {
        for dimension in 0..DIMENSIONS {
            let mut slices: Vec<u32> = (0..256).map(|i| bits(i, dimension) >> 24).collect();
            slices.sort_unstable();
            assert_eq!(slices, (0..256).collect::<Vec<_>>(), "dimension {dimension}");
        }
    }
}
