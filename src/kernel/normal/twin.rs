//! The order of operations of a pair of normal draws.

use super::{C, S, TURN};
use crate::kernel::ln::twin::ln_of_normal;
use crate::kernel::mul_add::mul_add;
use crate::kernel::philox::{GROUP, Place, twin::word};

/// Two independent standard normal numbers from two words.
pub fn pair(w0: u32, w1: u32) -> (f32, f32) {
    let word = mul_add((w0 >> 16) as f32, 65_536.0, (w0 & 0xffff) as f32);
    let u = mul_add(word, 1.0 / 4_294_967_296.0, 0.5 / 4_294_967_296.0);
    let radius = (-2.0 * ln_of_normal(u, 0.0)).sqrt();
    // u may round to just above 1, where the logarithm is zero or, never, positive.
    let quarter = w1.wrapping_add(1 << 29) >> 30;
    let x = w1.wrapping_sub(quarter << 30).cast_signed() as f32 * TURN;
    let y = x * x;
    let sine = mul_add(mul_add(mul_add(S[2], y, S[1]), y, S[0]), x * y, x);
    let cosine = mul_add(mul_add(mul_add(C[2], y, C[1]), y, C[0]), y * y, mul_add(y, -0.5, 1.0));
    // cos(x + q·π/2): cos, −sin, −cos, sin; sin(x + q·π/2): sin, cos, −sin, −cos.
    let (c, s) = if quarter & 1 == 0 { (cosine, sine) } else { (sine, cosine) };
    let c = f32::from_bits(c.to_bits() ^ (quarter.wrapping_add(1) & 2) << 30);
    let s = f32::from_bits(s.to_bits() ^ (quarter & 2) << 30);
    (radius * c, radius * s)
}

/// The draw of a unit.
pub fn normal(place: &Place, unit: usize) -> f32 {
    let second = unit % GROUP / 16 % 2;
    let first = unit - 16 * second;
    let pair = pair(word(place, first), word(place, first + 16));
    if second == 0 { pair.0 } else { pair.1 }
}
