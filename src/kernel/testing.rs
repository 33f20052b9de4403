//! What the tests of all kernels share: numbers that break things, and the comparison of vector code with its twin on every instruction set.
//!
//! A kernel's `tests.rs` hands [`on_every_level`] what the twin gives and how to ask the vector code for the same.

use super::rows::{Rows, WIDTH, padded};
use super::simd::Level;
use proptest::prelude::*;

/// Numbers at the edges of the format, of `exp` and of `ln`: zeros, subnormals, powers of two, halfway cases, overflow, infinities, NaNs.
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

/// Numbers of every kind: edges, any bits at all, and moderate ones.
pub(crate) fn any_number() -> impl Strategy<Value = f32> {
    prop_oneof![prop::sample::select(&EDGES[..]), any::<u32>().prop_map(f32::from_bits), moderate()]
}

/// Numbers whose sums and products stay finite.
pub(crate) fn moderate() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -4.0f32..4.0, 1 => -1.0e-3f32..1.0e-3, 1 => Just(0.0), 1 => Just(-0.0)]
}

/// Sizes at which vectors of 4, 8 and 16 lanes are full, empty, short by one and long by one.
pub(crate) fn any_length() -> impl Strategy<Value = usize> {
    prop_oneof![
        prop::sample::select(vec![0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65]),
        0..100usize
    ]
}

/// A row of a matrix with its padding filled by NaN: no result may depend on it.
pub(crate) fn poisoned_row(numbers: &[f32]) -> Vec<f32> {
    let mut row = numbers.to_vec();
    row.resize(padded(numbers.len()), f32::NAN);
    row
}

/// Fills the padding of all rows with NaN.
pub(crate) fn poisoned(mut rows: Rows) -> Rows {
    let columns = rows.columns();
    for row in 0..rows.rows() {
        rows.padded_row_mut(row)[columns..].fill(f32::NAN);
    }
    rows
}

/// `numbers` in whole lines, the last filled with ones.
pub(crate) fn lines(numbers: &[f32]) -> Vec<[f32; WIDTH]> {
    let line = |part: &[f32]| std::array::from_fn(|lane| part.get(lane).copied().unwrap_or(1.0));
    numbers.chunks(WIDTH).map(line).collect()
}

/// The same bits, or a NaN both: the sign and the payload of a NaN are outside of the contract.
pub(crate) fn same(left: f32, right: f32) -> bool {
    left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
}

/// Asserts that `vector` gives on every instruction set what the twin gave, bit for bit.
pub(crate) fn on_every_level(twin: &[f32], vector: impl Fn(Level) -> Vec<f32>) {
    for level in Level::all() {
        let found = vector(level);
        assert!(found.len() >= twin.len(), "{}: {} results, not {}", level.isa(), found.len(), twin.len());
        for (at, (&found, &twin)) in found.iter().zip(twin).enumerate() {
            assert!(
                same(found, twin),
                "{}: result {at} is {found:e} ({:#010x}), the twin's {twin:e} ({:#010x})",
                level.isa(),
                found.to_bits(),
                twin.to_bits()
            );
        }
    }
}

#[test]
fn nan_is_one_value_and_zero_is_two() {
    assert!(same(f32::NAN, -f32::NAN) && same(1.0, 1.0) && !same(0.0, -0.0) && !same(1.0, f32::NAN));
}
