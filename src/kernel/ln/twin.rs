//! The order of operations of `ln`.

use super::{LN_2_HIGH, LN_2_LOW, Q, ROOT_HALF};
use crate::kernel::mul_add::mul_add;

/// `ln x`.
pub fn ln(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 8_388_608.0 } else { x };
    let result = ln_of_normal(scaled, if subnormal { -23.0 } else { 0.0 });
    if x < 0.0 || x.is_nan() {
        f32::NAN
    } else if x == 0.0 {
        f32::NEG_INFINITY
    } else if x == f32::INFINITY {
        f32::INFINITY
    } else {
        result
    }
}

/// `ln x + shift·ln 2` for a positive, normal, finite `x`.
pub fn ln_of_normal(x: f32, shift: f32) -> f32 {
    // Exponents are relative to √½: with 128 added, the difference is positive for normal numbers.
    let offset = x.to_bits().wrapping_sub(ROOT_HALF).wrapping_add(128 << 23);
    let exponent = offset >> 23;
    let mantissa = x.to_bits().wrapping_sub(exponent.wrapping_sub(128) << 23);
    let e = (exponent.wrapping_sub(128) as i32) as f32 + shift;
    let f = f32::from_bits(mantissa) - 1.0;
    let square = f * f;
    let low = mul_add(mul_add(Q[3], f, Q[2]), square, mul_add(Q[1], f, Q[0]));
    let high = mul_add(mul_add(Q[7], f, Q[6]), square, mul_add(Q[5], f, Q[4]));
    let q = mul_add(high, square * square, low);
    let tail = mul_add(e, LN_2_LOW, square * mul_add(f, q, -0.5));
    mul_add(e, LN_2_HIGH, f + tail)
}
