//! `ln` for vectors, in the twin's order.

use super::{LN_2_HIGH, LN_2_LOW, Q, ROOT_HALF};
use crate::kernel::simd::Simd;

#[inline(always)]
pub(crate) fn ln<S: Simd>(s: S, x: S::F) -> S::F {
    let subnormal = s.less(x, s.splat(f32::MIN_POSITIVE));
    let scaled = s.select(subnormal, s.mul(x, s.splat(8_388_608.0)), x);
    let shift = s.select(subnormal, s.splat(-23.0), s.splat(0.0));
    let result = ln_of_normal(s, scaled, shift);
    let zero = s.splat(0.0);
    let infinite = s.splat(f32::INFINITY);
    let positive = s.select(s.less(zero, x), result, s.splat(f32::NAN));
    let result = s.select(s.same_bits(s.bits(x), s.bits(infinite)), infinite, positive);
    let magnitude = s.and(s.bits(x), s.splat_bits(0x7fff_ffff));
    s.select(s.same_bits(magnitude, s.splat_bits(0)), s.splat(f32::NEG_INFINITY), result)
}

/// `ln x + shift·ln 2` for positive, normal, finite `x`.
#[inline(always)]
pub(crate) fn ln_of_normal<S: Simd>(s: S, x: S::F, shift: S::F) -> S::F {
    let bits = s.bits(x);
    let offset = s.add_bits(s.sub_bits(bits, s.splat_bits(ROOT_HALF)), s.splat_bits(128 << 23));
    let exponent = s.sub_bits(s.shift_right::<23>(offset), s.splat_bits(128));
    let mantissa = s.sub_bits(bits, s.shift_left::<23>(exponent));
    let e = s.add(s.convert(exponent), shift);
    let f = s.sub(s.float(mantissa), s.splat(1.0));
    let square = s.mul(f, f);
    let low = s.mul_add(
        s.mul_add(s.splat(Q[3]), f, s.splat(Q[2])),
        square,
        s.mul_add(s.splat(Q[1]), f, s.splat(Q[0])),
    );
    let high = s.mul_add(
        s.mul_add(s.splat(Q[7]), f, s.splat(Q[6])),
        square,
        s.mul_add(s.splat(Q[5]), f, s.splat(Q[4])),
    );
    let q = s.mul_add(high, s.mul(square, square), low);
    let tail = s.mul_add(e, s.splat(LN_2_LOW), s.mul(square, s.mul_add(f, q, s.splat(-0.5))));
    s.mul_add(e, s.splat(LN_2_HIGH), s.add(f, tail))
}
