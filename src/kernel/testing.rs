//! Shared code of the tests of all kernels: numbers of every kind, and the comparison of vector
//! code with its twin on every instruction set.
//!
//! The `tests.rs` of a kernel calls [`on_every_level`] with the results of the twin and a function
//! for those of the vector code.

pub(crate) use super::edges::{EDGES, lines, poisoned, same};
use super::matrix::padded;
use super::simd::Level;
use proptest::prelude::*;

/// Numbers of every kind: edges, arbitrary bits, and moderate numbers.
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

/// Asserts that `vector` has the same results as the twin on every instruction set, bit for bit.
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
