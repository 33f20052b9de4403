//! Difficult operands, and the comparison of results, for the tests of all kernels and for
//! `verify`.

use super::matrix::{AlignedMatrix, WIDTH};

/// Numbers at the edges of the format, of `exp` and of `ln`: zeros, subnormals, powers of two,
/// halfway cases, overflow, infinities, NaNs.
pub(crate) const EDGES: [f32; 36] = [
    0.0,
    -0.0,
    f32::from_bits(1),
    f32::from_bits(0x8000_0001),
    f32::from_bits(0x007f_ffff),
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    f32::from_bits(0x0080_0001),
    5.960_464_5e-8,
    1.0e-20,
    -1.0e-20,
    0.5,
    -0.5,
    0.346_573_6,
    0.707_106_77,
    std::f32::consts::FRAC_1_SQRT_2,
    std::f32::consts::SQRT_2,
    1.0 - f32::EPSILON / 2.0,
    1.0,
    -1.0,
    1.0 + f32::EPSILON,
    2.0,
    8_388_608.0,
    16_777_217.0,
    88.722_84,
    88.722_85,
    -87.336_55,
    -103.278_93,
    -103.972_08,
    -104.0,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::from_bits(0xffa0_0001),
];

/// Random words for which the radius of a pair of normal draws is smallest or largest, or its angle
/// is at the border of a quarter turn.
pub(crate) const WORDS: [u32; 16] = [
    0,
    1,
    2,
    127,
    0xffff,
    0x1_0000,
    0x01ff_ffff,
    0x1fff_ffff,
    0x2000_0000,
    0x3fff_ffff,
    0x6000_0000,
    0x8000_0000,
    0xa000_0000,
    0xdfff_ffff,
    0xffff_ff7f,
    u32::MAX,
];

/// Fills the padding of all rows with NaN.
pub(crate) fn poisoned(mut rows: AlignedMatrix) -> AlignedMatrix {
    let columns = rows.columns();
    for row in 0..rows.rows() {
        rows.padded_row_mut(row)[columns..].fill(f32::NAN);
    }
    rows
}

/// `numbers` in complete lines. The last line is padded with ones.
pub(crate) fn lines(numbers: &[f32]) -> Vec<[f32; WIDTH]> {
    let line = |part: &[f32]| std::array::from_fn(|lane| part.get(lane).copied().unwrap_or(1.0));
    numbers.chunks(WIDTH).map(line).collect()
}

/// Are the bits equal, or are both a NaN? The contract does not include the sign and the payload of
/// a NaN.
pub(crate) fn same(left: f32, right: f32) -> bool {
    left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn nan_is_one_value_and_zero_is_two() {
        assert!(same(f32::NAN, -f32::NAN) && same(1.0, 1.0) && !same(0.0, -0.0) && !same(1.0, f32::NAN));
    }
}
