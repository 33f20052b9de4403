//! The order of operations of `exp`.

use super::{LARGEST, LN_2_HIGH, LN_2_LOW, LOG2_E, P, ROUNDER, SMALLEST};
use crate::kernel::mul_add::mul_add;

/// `e^x`.
pub fn exp(x: f32) -> f32 {
    // In this form, a NaN passes through both comparisons.
    let x = if SMALLEST > x { SMALLEST } else { x };
    let x = if LARGEST < x { LARGEST } else { x };
    let rounded = mul_add(x, LOG2_E, ROUNDER);
    let n = rounded - ROUNDER;
    let r = mul_add(n, -LN_2_LOW, mul_add(n, -LN_2_HIGH, x));
    let mut p = P[5];
    for coefficient in [P[4], P[3], P[2], P[1], P[0]] {
        p = mul_add(p, r, coefficient);
    }
    let power = mul_add(p, r * r, r) + 1.0;
    // n + 256 > 0: a logical shift halves it.
    let n = rounded.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(256);
    let half = n >> 1;
    let rest = n.wrapping_sub(half);
    // 2^m has the bits (m + 127) << 23; here m = half - 128 and rest - 128.
    let factor = |m: u32| f32::from_bits(m.wrapping_sub(1) << 23);
    power * factor(half) * factor(rest)
}
