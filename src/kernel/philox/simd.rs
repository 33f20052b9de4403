//! Blocks side by side in the lanes of vectors.

use super::{A, B, Place, WEYL_A, WEYL_B};
use crate::kernel::simd::Simd;

/// The keys of all rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys([[u32; 2]; 10]);

impl Keys {
    pub(crate) fn new(place: &Place) -> Self {
        let mut keys = [[place.seed, place.stream as u32]; 10];
        for round in 1..10 {
            let [a, b] = keys[round - 1];
            keys[round] = [a.wrapping_add(WEYL_A), b.wrapping_add(WEYL_B)];
        }
        Self(keys)
    }
}

/// Vectors of blocks that go through the rounds together: one alone would wait for its own results.
pub(crate) const ABREAST: usize = 2;

/// The four words of the blocks whose numbers are in `blocks`, for each of two vectors.
#[inline(always)]
pub(crate) fn words<S: Simd>(
    s: S,
    keys: &Keys,
    place: &Place,
    blocks: [S::U; ABREAST],
) -> [[S::U; 4]; ABREAST] {
    let rest = [s.splat_bits(place.sample), s.splat_bits(place.iteration), s.splat_bits(place.step)];
    let mut c = blocks.map(|block| [block, rest[0], rest[1], rest[2]]);
    let (a, b) = (s.splat_bits(A), s.splat_bits(B));
    let mut round = 0;
    while round < 10 {
        let [k0, k1] = [s.splat_bits(keys.0[round][0]), s.splat_bits(keys.0[round][1])];
        for [c0, c1, c2, c3] in &mut c {
            let (first_high, first_low) = s.widening_mul(*c0, a);
            let (second_high, second_low) = s.widening_mul(*c2, b);
            *c0 = s.xor(s.xor(second_high, *c1), k0);
            *c2 = s.xor(s.xor(first_high, *c3), k1);
            *c1 = second_low;
            *c3 = first_low;
        }
        round += 1;
    }
    c
}
