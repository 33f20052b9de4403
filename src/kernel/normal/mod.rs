//! Standard normal draws, in pairs.
//!
//! ```text
//! two words:  u = (w₀ + ½)·2⁻³² in (0,1],   φ = 2π·w₁·2⁻³²
//! two draws:  √(−2 ln u)·cos φ,   √(−2 ln u)·sin φ
//! ```
//!
//! `w₀` is rounded to f32, and then `u`. Words 0 and 1 of a block make a pair, and words 2 and 3
//! (see [`philox`](super::philox)). The angle is reduced in integers: the nearest quarter turn from
//! the upper bits of `w₁`, and the rest in `[−π/4, π/4)`, for which sine and cosine are polynomials
//! (relative errors 3.6e-9 and 9.5e-11 before rounding). Largest draw: √(66·ln 2) = 6.76. Source:
//! Box, Muller 1958, doi 10.1214/aoms/1177706645.

mod simd;
#[cfg(test)]
mod tests;
pub mod twin;

pub(crate) use simd::pair;

use super::matrix::WIDTH;
use super::simd::{Level, Simd, Work, run};

/// 2π·2⁻³².
pub(super) const TURN: f32 = (2.0 * std::f64::consts::PI / 4_294_967_296.0) as f32;
/// sin x = x + x³·S(x²).
pub(super) const S: [f32; 3] = [-0.166_666_55, 0.008_332_178, -0.000_195_172_67];
/// cos x = 1 − x²/2 + x⁴·C(x²).
pub(super) const C: [f32; 3] = [0.041_666_646, -0.001_388_736_8, 2.443_841_5e-5];

struct Pairs<'a> {
    words: [&'a [[u32; WIDTH]]; 2],
    out: [&'a mut [[f32; WIDTH]]; 2],
}

impl Work for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let [w0, w1] = self.words.map(<[[u32; WIDTH]]>::as_flattened);
        let [cosines, sines] = self.out.map(<[[f32; WIDTH]]>::as_flattened_mut);
        let mut at = 0;
        while at < w0.len() {
            // SAFETY: all four are as long, a multiple of 16 and so of LANES: LANES numbers follow
            // `at`.
            unsafe {
                let (c, sn) = pair(s, s.load_bits(w0.as_ptr().add(at)), s.load_bits(w1.as_ptr().add(at)));
                s.store(c, cosines.as_mut_ptr().add(at));
                s.store(sn, sines.as_mut_ptr().add(at));
            }
            at += S::LANES;
        }
    }
}

/// The two draws of every pair of words, first and second.
///
/// # Panics
/// If the lengths differ.
pub fn pairs(
    level: Level,
    w0: &[[u32; WIDTH]],
    w1: &[[u32; WIDTH]],
    cosines: &mut [[f32; WIDTH]],
    sines: &mut [[f32; WIDTH]],
) {
    assert!([w1.len(), cosines.len(), sines.len()] == [w0.len(); 3]);
    run(level, Pairs { words: [w0, w1], out: [cosines, sines] });
}
