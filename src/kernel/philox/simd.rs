//! Computes adjacent blocks in the lanes of vectors.

use super::{A, B, GROUP, Place, WEYL_A, WEYL_B};
use crate::kernel::matrix::WIDTH;
use crate::kernel::simd::Simd;

/// The keys of all rounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys([[u32; 2]; 10]);

impl Keys {
    pub(super) fn new(place: &Place) -> Self {
        let mut keys = [[place.seed, place.stream as u32]; 10];
        for round in 1..10 {
            let [a, b] = keys[round - 1];
            keys[round] = [a.wrapping_add(WEYL_A), b.wrapping_add(WEYL_B)];
        }
        Self(keys)
    }
}

/// Number of vectors of blocks that go through the rounds together, to hide the latency.
pub(super) const ABREAST: usize = 2;

/// The four words of the blocks whose numbers are in `blocks`, for each of two vectors.
#[inline(always)]
pub(super) fn words<S: Simd>(
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

/// A consumer of words.
pub(crate) trait Sink<S: Simd> {
    /// Receives the words of `LANES` units from `at` on, and those of the units one line further.
    /// Words from `length` on belong to no unit.
    fn put(&mut self, s: S, at: usize, first: S::U, second: S::U);
}

/// Passes the words of all units below `length`, a multiple of [`WIDTH`], to `sink`. Every `at` is
/// below `length`, so that `LANES` units follow it.
#[inline(always)]
pub(crate) fn draw<S: Simd>(s: S, place: &Place, length: usize, sink: &mut impl Sink<S>) {
    let keys = Keys::new(place);
    let lanes: [u32; WIDTH] = std::array::from_fn(|lane| lane as u32);
    let parts = WIDTH / S::LANES;
    // Vector `t` of blocks: part `t % parts` of the sixteen blocks of group `t / parts`.
    let vectors = length.div_ceil(GROUP) * parts;
    let mut t = 0;
    while t < vectors {
        let mut blocks = [s.splat_bits(0); ABREAST];
        for (v, block) in blocks.iter_mut().enumerate() {
            let (group, lane) = ((t + v) / parts, (t + v) % parts * S::LANES);
            // SAFETY: `lane + LANES <= WIDTH`, as LANES divides WIDTH.
            let numbers = unsafe { s.load_bits(lanes.as_ptr().add(lane)) };
            *block = s.add_bits(numbers, s.splat_bits((group * WIDTH) as u32));
        }
        let w = words(s, &keys, place, blocks);
        let mut half = 0;
        while half < 2 {
            let mut v = 0;
            while v < ABREAST {
                let at = (t + v) / parts * GROUP + half * 2 * WIDTH + (t + v) % parts * S::LANES;
                if at < length {
                    sink.put(s, at, w[v][2 * half], w[v][2 * half + 1]);
                }
                v += 1;
            }
            half += 1;
        }
        t += ABREAST;
    }
}

/// A consumer of the words of series.
pub(crate) trait SeriesSink<S: Simd> {
    /// Receives the four words of each of the `LANES` neurons of the list from `at` on.
    fn put(&mut self, s: S, at: usize, words: [S::U; 4]);
}

/// Passes the series of all `neurons`, a multiple of [`WIDTH`] of them, to `sink`. Every `at` is
/// below their number, so that `LANES` neurons follow it.
#[inline(always)]
pub(crate) fn series<S: Simd>(s: S, place: &Place, neurons: &[u32], sink: &mut impl SeriesSink<S>) {
    let keys = Keys::new(place);
    let length = neurons.len() / WIDTH * WIDTH;
    let mut at = 0;
    while at < length {
        let second = if at + S::LANES < length { at + S::LANES } else { at };
        // SAFETY: both are multiples of LANES below the length, which is a multiple of LANES.
        let blocks =
            unsafe { [s.load_bits(neurons.as_ptr().add(at)), s.load_bits(neurons.as_ptr().add(second))] };
        let [first, other] = words(s, &keys, place, blocks);
        sink.put(s, at, first);
        if second > at {
            sink.put(s, second, other);
        }
        at += ABREAST * S::LANES;
    }
}
