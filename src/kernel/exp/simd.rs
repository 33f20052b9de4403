//! `exp` for vectors, in the twin's order.

use super::{LARGEST, LN_2_HIGH, LN_2_LOW, LOG2_E, P, ROUNDER, SMALLEST};
use crate::kernel::simd::Simd;

#[inline(always)]
pub(crate) fn exp<S: Simd>(s: S, x: S::F) -> S::F {
    let x = s.max(s.splat(SMALLEST), x);
    let x = s.min(s.splat(LARGEST), x);
    let rounder = s.splat(ROUNDER);
    let rounded = s.mul_add(x, s.splat(LOG2_E), rounder);
    let n = s.sub(rounded, rounder);
    let r = s.mul_add(n, s.splat(-LN_2_LOW), s.mul_add(n, s.splat(-LN_2_HIGH), x));
    let mut p = s.splat(P[5]);
    p = s.mul_add(p, r, s.splat(P[4]));
    p = s.mul_add(p, r, s.splat(P[3]));
    p = s.mul_add(p, r, s.splat(P[2]));
    p = s.mul_add(p, r, s.splat(P[1]));
    p = s.mul_add(p, r, s.splat(P[0]));
    let power = s.add(s.mul_add(p, s.mul(r, r), r), s.splat(1.0));
    let n = s.add_bits(s.sub_bits(s.bits(rounded), s.bits(rounder)), s.splat_bits(256));
    let half = s.shift_right::<1>(n);
    let rest = s.sub_bits(n, half);
    let one = s.splat_bits(1);
    let first = s.float(s.shift_left::<23>(s.sub_bits(half, one)));
    let second = s.float(s.shift_left::<23>(s.sub_bits(rest, one)));
    s.mul(s.mul(power, first), second)
}
