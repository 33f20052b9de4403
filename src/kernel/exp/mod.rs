//! `exp` in f32.
//!
//! ```text
//! x = n·ln 2 + r, |r| ≤ ln 2 / 2      n by adding and subtracting 1.5·2²³; ln 2 in two parts, so that n·(first part) is exact
//! e^r = 1 + (r + r²·P(r))             P of degree 5, minimax for the relative error of e^r: 5.6e-11
//! e^x = e^r · 2^(n/2) · 2^(n - n/2)   two factors: the first keeps all bits, the second rounds a subnormal result once
//! ```
//!
//! Domain: every f32. `exp(NaN)` is a NaN, `exp(+∞) = +∞`, `exp(−∞) = 0`, overflow gives `+∞`,
//! results below 2⁻¹⁵⁰ give 0. Largest error over all 2³² inputs: [`MAX_ERROR`], measured by
//! `tests/elementary_functions.rs`. Coefficients: Remez exchange, with 40 digits, rounded to f32.

mod simd;
#[cfg(test)]
mod tests;
pub mod twin;

pub(crate) use simd::exp;

use super::matrix::WIDTH;
use super::simd::{Level, Simd, Work, run};

/// Largest distance from the exact result over all inputs, in ulp of the result (a subnormal
/// result's ulp is 2⁻¹⁴⁹).
pub const MAX_ERROR: f64 = 0.988;

pub(super) const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// The leading bits of ln 2, few enough for an exact product with `n`.
pub(super) const LN_2_HIGH: f32 = 0.693_145_75;
/// The remainder of ln 2.
pub(super) const LN_2_LOW: f32 = 1.428_606_8e-6;
/// Added to a small number, it leaves the nearest integer in the last bits.
pub(super) const ROUNDER: f32 = 12_582_912.0;
/// Beyond these bounds, `exp` is zero or infinite.
pub(super) const SMALLEST: f32 = -104.0;
pub(super) const LARGEST: f32 = 89.0;
/// P, lowest degree first.
pub(super) const P: [f32; 6] =
    [0.5, 0.166_666_66, 0.041_666_28, 0.008_333_504, 0.001_394_575_2, 0.000_197_892_62];

struct Slice<'a>(&'a mut [[f32; WIDTH]]);

impl Work for Slice<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for line in self.0 {
            for part in line.chunks_exact_mut(S::LANES) {
                // SAFETY: `part` holds `LANES` numbers.
                unsafe { simd.store(exp(simd, simd.load(part.as_ptr())), part.as_mut_ptr()) }
            }
        }
    }
}

/// Replaces every number by its exponential.
pub fn exp_all(level: Level, numbers: &mut [[f32; WIDTH]]) {
    run(level, Slice(numbers));
}
