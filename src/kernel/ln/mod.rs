//! `ln` in f32.
//!
//! ```text
//! x = m·2^e, √½ ≤ m < √2              from the bits; a subnormal x is multiplied by 2²³ first
//! f = m − 1                           exact
//! ln m = f + (f²·(−½) + f³·Q(f))      Q of degree 7, minimax for the relative error of ln m: 5.8e-9
//! ln x = ln m + e·ln 2                ln 2 in two parts, the smaller terms first
//! ```
//!
//! Domain: every f32. `ln(±0) = −∞`, `ln(+∞) = +∞`, a negative number and a NaN give a NaN. Largest
//! error over all 2³² inputs: [`MAX_ERROR`], measured by `tests/elementary_functions.rs`.
//! Coefficients: Remez exchange, with 40 digits, rounded to f32.

mod simd;
#[cfg(test)]
mod tests;
pub mod twin;

pub(crate) use simd::{ln, ln_of_normal};

use super::matrix::WIDTH;
use super::simd::{Level, Simd, Work, run};

/// Largest distance from the exact result over all inputs, in ulp of the result.
pub const MAX_ERROR: f64 = 0.923;

pub(super) use super::exp::{LN_2_HIGH, LN_2_LOW};
/// Bits of √½.
pub(super) const ROOT_HALF: u32 = 0x3f35_04f3;
/// Q, lowest degree first.
pub(super) const Q: [f32; 8] = [
    0.333_333_3,
    -0.250_008_2,
    0.200_012_27,
    -0.166_233_57,
    0.142_017_57,
    -0.131_601_83,
    0.127_615_78,
    -0.076_345,
];

struct Slice<'a>(&'a mut [[f32; WIDTH]]);

impl Work for Slice<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for line in self.0 {
            for part in line.chunks_exact_mut(S::LANES) {
                // SAFETY: `part` holds `LANES` numbers.
                unsafe { simd.store(ln(simd, simd.load(part.as_ptr())), part.as_mut_ptr()) }
            }
        }
    }
}

/// Replaces every number by its natural logarithm.
pub fn ln_all(level: Level, numbers: &mut [[f32; WIDTH]]) {
    run(level, Slice(numbers));
}
