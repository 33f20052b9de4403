//! Standard normal draws, in pairs.
//!
//! ```text
//! two words:  u = (w₀ + ½)·2⁻³² in (0,1],   φ = 2π·w₁·2⁻³²
//! two draws:  √(−2 ln u)·cos φ,   √(−2 ln u)·sin φ
//! ```
//!
//! `w₀` is rounded to f32, and then `u`. Words 0 and 1 of a block make a pair, and words 2 and 3 (see [`philox`](super::philox)). The angle is reduced in integers: the nearest quarter turn from the upper bits
//! of `w₁`, the rest in `[−π/4, π/4)`, where sine and cosine are polynomials (relative errors 3.6e-9 and 9.5e-11 before rounding). Largest draw: √(66·ln 2) = 6.76.
//! Source: Box, Muller 1958, doi 10.1214/aoms/1177706645.

mod simd;
#[cfg(test)]
mod tests;
pub mod twin;

pub(crate) use simd::pair;

/// 2π·2⁻³².
pub(super) const TURN: f32 = (2.0 * std::f64::consts::PI / 4_294_967_296.0) as f32;
/// sin x = x + x³·S(x²).
pub(super) const S: [f32; 3] = [-0.166_666_55, 0.008_332_178, -0.000_195_172_67];
/// cos x = 1 − x²/2 + x⁴·C(x²).
pub(super) const C: [f32; 3] = [0.041_666_646, -0.001_388_736_8, 2.443_841_5e-5];
