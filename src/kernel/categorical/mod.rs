//! Winners of circuits from their logits: unit `d` of a circuit wins with probability
//! `softmax(z)_d`.
//!
//! ```text
//! cumulate   C_d = Σ_{d' ≤ d} 2^((z_d' − m)·log₂ e),   m the largest z of the circuit
//! pick       the number of d before the last with C_d ≤ u·C_last,   u uniform on [0,1)
//! ```
//!
//! 1. There is no division: the draw is multiplied by the sum instead.
//! 2. *Interleaved* units: unit `d` of circuit `c` is at the place `d·circuits + c`. Vectors
//!    therefore contain different circuits, and every sum is a sum of complete vectors, in the
//!    order of the units. All circuits have the same number of units here: a shorter circuit is
//!    padded with units whose logit is −∞. These units never win.
//! 3. Powers of 2 need only a polynomial of degree 5 and one shift, because their exponents are
//!    from −124 to 0. This is half the work of `exp`, which takes most of the time of spiking
//!    inference. Logits more than 86 below the largest are treated as 86 below it, that is, as
//!    4.5e-38. Common factors cancel.
//!
//! Cumulative sums: the relative error is at most 1.2e-6 per term, and 3e-7 for logits within 15 of
//! the largest. `u·C_last < C_last` in f32 for every `u ≤ 1 − 2⁻²⁴`, so a winner has a positive
//! probability. In a circuit with a NaN or +∞, the last unit wins, or the first one whose sum
//! exceeds the limit; the same holds for circuits of one unit. Coefficients: Remez exchange of the
//! relative error, 7.5e-8, divided by the first one.

#[cfg(test)]
mod tests;
pub mod twin;

use super::matrix::{WIDTH, padded};
use super::philox::{Place, SeriesSink, series};
use super::simd::{Level, Simd, Work, run};

pub(super) const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// 1.5·2²³: added to a small number, it leaves the nearest integer in the last bits.
pub(super) const ROUNDER: f32 = 12_582_912.0;
/// Smallest difference to the largest logit.
pub(super) const SMALLEST: f32 = -86.0;
/// The polynomial of 2^r for |r| ≤ ½, lowest degree first.
pub(super) const P: [f32; 6] =
    [1.0, 0.693_146_94, 0.240_221_19, 0.055_507_127, 0.009_675_541, 0.001_327_647_1];

/// The shape of interleaved units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interleaved {
    /// Circuits.
    pub circuits: usize,
    /// Units of each circuit.
    pub members: usize,
}

impl Interleaved {
    /// Number of places.
    pub fn units(self) -> usize {
        self.circuits * self.members
    }

    /// Length of a row for all places. Complete lines can be read from the first place of each unit
    /// number.
    pub fn row(self) -> usize {
        padded((self.units() + padded(self.circuits)).saturating_sub(self.circuits))
    }

    /// Length of the cumulative sums: each unit number has one or more complete lines.
    pub fn sums(self) -> usize {
        self.members * padded(self.circuits)
    }
}

struct Cumulate<'a> {
    shape: Interleaved,
    z: &'a [f32],
    sums: &'a mut [f32],
}

/// Fills `sums` (see [`Interleaved::sums`]) from logits in interleaved order. The padding after the
/// circuits has no meaning.
///
/// # Panics
/// If a length disagrees with the shape.
pub fn cumulate(level: Level, shape: Interleaved, z: &[f32], sums: &mut [f32]) {
    assert!(z.len() == shape.row() && sums.len() == shape.sums());
    run(level, Cumulate { shape, z, sums });
}

impl Work for Cumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Interleaved { circuits, members } = self.shape;
        let stride = padded(circuits);
        let mut at = 0;
        while at < circuits {
            // SAFETY: `at` is a multiple of LANES below `stride`, so that LANES numbers follow
            // `d·circuits + at` in `z`, whose length is that of `row`, and `d·stride + at` in
            // `sums`.
            unsafe {
                let z = self.z.as_ptr().add(at);
                let mut largest = s.splat(f32::NEG_INFINITY);
                let mut d = 0;
                while d < members {
                    largest = s.max(s.load(z.add(d * circuits)), largest);
                    d += 1;
                }
                let mut sum = s.splat(0.0);
                d = 0;
                while d < members {
                    sum = s.add(sum, power(s, s.sub(s.load(z.add(d * circuits)), largest)));
                    s.store(sum, self.sums.as_mut_ptr().add(d * stride + at));
                    d += 1;
                }
            }
            at += S::LANES;
        }
    }
}

/// `e^x` up to a common factor, for x ≤ 0.
#[inline(always)]
fn power<S: Simd>(s: S, x: S::F) -> S::F {
    let x = s.max(s.splat(SMALLEST), x);
    let rounded = s.mul_add(x, s.splat(LOG2_E), s.splat(ROUNDER));
    let r = s.mul_add(x, s.splat(LOG2_E), s.sub(s.splat(ROUNDER), rounded));
    let mut p = s.splat(P[5]);
    p = s.mul_add(p, r, s.splat(P[4]));
    p = s.mul_add(p, r, s.splat(P[3]));
    p = s.mul_add(p, r, s.splat(P[2]));
    p = s.mul_add(p, r, s.splat(P[1]));
    p = s.mul_add(p, r, s.splat(P[0]));
    s.float(s.add_bits(s.bits(p), s.shift_left::<23>(s.bits(rounded))))
}

struct Pick<'a> {
    shape: Interleaved,
    sums: &'a [f32],
    draws: &'a [f32],
    winners: &'a mut [u32],
}

/// Fills `winners` with the places of the winners, `d·circuits + c`; Draws and winners are by
/// circuit, padded to complete lines. The padding has no meaning.
///
/// # Panics
/// If a length disagrees with the shape.
pub fn pick(level: Level, shape: Interleaved, sums: &[f32], draws: &[f32], winners: &mut [u32]) {
    let stride = padded(shape.circuits);
    assert!(sums.len() == shape.sums() && draws.len() == stride && winners.len() == stride);
    assert!(shape.members > 0 && shape.units() < 1 << 23);
    run(level, Pick { shape, sums, draws, winners });
}

impl Work for Pick<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Interleaved { circuits, members } = self.shape;
        let (stride, last) = (padded(circuits), members - 1);
        let lanes: [f32; WIDTH] = std::array::from_fn(|lane| lane as f32);
        let (zero, step) = (s.splat(0.0), s.splat(circuits as f32));
        // 2²³: added to a small number, the last bits of the sum are an integer.
        let base = s.splat(8_388_608.0);
        let mut at = 0;
        while at < circuits {
            // SAFETY: `at` is a multiple of LANES below `stride`, a multiple of LANES, so that
            // LANES numbers follow it in draws and winners, and `d·stride + at` in `sums`.
            // `at % WIDTH + LANES <= WIDTH`.
            unsafe {
                let sums = self.sums.as_ptr().add(at);
                let limit = s.mul(s.load(self.draws.as_ptr().add(at)), s.load(sums.add(last * stride)));
                let first =
                    s.add(s.load(lanes.as_ptr().add(at % WIDTH)), s.splat((at / WIDTH * WIDTH) as f32));
                let mut place = s.add(base, first);
                let mut d = 0;
                while d < last {
                    let won = s.less(limit, s.load(sums.add(d * stride)));
                    place = s.add(place, s.select(won, zero, step));
                    d += 1;
                }
                let place = s.float(s.sub_bits(s.bits(place), s.bits(base)));
                s.store(place, self.winners.as_mut_ptr().add(at).cast());
            }
            at += S::LANES;
        }
    }
}

/// Number of time steps per call of [`draws`].
pub const TIMES: usize = 4;

struct Draws<'a> {
    place: Place,
    circuits: &'a [u32],
    out: &'a mut [f32],
}

/// Uniform draws of circuits at four time steps, as consecutive rows of padded length. Time `t`
/// uses the upper 24 bits of the word `t mod 4` of the series whose place has the iteration
/// `⌊t/4⌋`.
///
/// # Panics
/// If the length of the list of circuits is not a multiple of 16, or if `out` does not have four
/// times this length.
pub fn draws(level: Level, place: Place, circuits: &[u32], out: &mut [f32]) {
    assert!(circuits.len().is_multiple_of(WIDTH) && out.len() == TIMES * circuits.len());
    run(level, Draws { place, circuits, out });
}

impl Work for Draws<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (place, circuits) = (self.place, self.circuits);
        series(s, &place, circuits, &mut self);
    }
}

impl<S: Simd> SeriesSink<S> for Draws<'_> {
    #[inline(always)]
    fn put(&mut self, s: S, at: usize, words: [S::U; 4]) {
        let stride = self.circuits.len();
        debug_assert!(at + S::LANES <= stride);
        let mut time = 0;
        while time < TIMES {
            let x = s.mul(s.convert(s.shift_right::<8>(words[time])), s.splat(1.0 / 16_777_216.0));
            // SAFETY: `at` is a multiple of LANES below the number of circuits, a multiple of
            // LANES; `out` has four rows of that number of entries.
            unsafe { s.store(x, self.out.as_mut_ptr().add(time * stride + at)) }
            time += 1;
        }
    }
}
