//! Multiply-add with one rounding, in software: `mul_add(a, b, c) = round(a·b + c)`, with the same
//! bits as the hardware instruction.
//!
//! The product of two f32 is exact in f64. The sum of product and addend is rounded to odd in f64
//! and then to nearest in f32; with at least two more bits in between, that is the correctly
//! rounded result, subnormal results included (Boldo, Melquiond 2008, doi 10.1109/TC.2007.70819,
//! theorem 3). No platform library is used, because some had errors for subnormal numbers.

/// `a·b + c` with a single rounding to nearest even. Any NaN or undefined operation gives a NaN
/// with unspecified sign and payload.
#[inline(always)]
pub fn mul_add(a: f32, b: f32, c: f32) -> f32 {
    let product = f64::from(a) * f64::from(b);
    let addend = f64::from(c);
    let sum = product + addend;
    // Knuth's TwoSum: `sum + error` is the exact value. If a term is infinite, the error is a NaN.
    let rest = sum - product;
    let error = (product - (sum - rest)) + (addend - rest);
    let bits = sum.to_bits();
    let even = bits & 1 == 0;
    // If the error has the sign of the sum, round away from zero, else towards zero: in bits, one
    // up or one down.
    let towards = if (error > 0.0) == (sum > 0.0) { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
    let inexact = error.abs() > 0.0;
    let odd = if inexact && even { towards } else { bits };
    f64::from_bits(odd) as f32
}

#[cfg(test)]
mod tests {
    use super::mul_add;
    use crate::random::SplitMix64;
    use num_rational::BigRational;

    /// The f32 nearest to a rational, ties to even, by trying the neighbours of an approximation.
    fn nearest(value: &BigRational, guess: f32) -> f32 {
        let distance = |x: f32| {
            let x = BigRational::from_float(x).expect("finite");
            if x > *value { x - value } else { value - x }
        };
        let mut best = guess;
        for candidate in [guess.next_down(), guess.next_up()] {
            if !candidate.is_finite() {
                continue;
            }
            let (new, old) = (distance(candidate), distance(best));
            if new < old || (new == old && candidate.to_bits() & 1 == 0) {
                best = candidate;
            }
        }
        best
    }

    /// Operands with exponents for three cases: cancellation, an addend of very different size,
    /// subnormal results.
    fn operand(random: &mut SplitMix64) -> f32 {
        let word = random.bits();
        let exponent = (word >> 32) % 60;
        let near = match (word >> 60) % 5 {
            0 => exponent,
            1 => 97 + exponent % 30,
            2 => 127,
            3 => exponent % 3,
            _ => 52 + exponent % 20,
        };
        let mantissa = match word >> 58 & 3 {
            0 => 0,
            1 => 0x7f_ffff,
            _ => word as u32 & 0x7f_ffff,
        };
        f32::from_bits((word as u32 & 0x8000_0000) | (near as u32) << 23 | mantissa)
    }

    #[test]
    fn is_the_nearest_number_to_the_exact_value() {
        let mut random = SplitMix64::new(1);
        let exact = |x: f32| BigRational::from_float(x).expect("finite");
        let mut subnormal = 0;
        for _ in 0..200_000 {
            let (a, b, c) = (operand(&mut random), operand(&mut random), operand(&mut random));
            let value = exact(a) * exact(b) + exact(c);
            let found = mul_add(a, b, c);
            assert_eq!(found, nearest(&value, found), "mul_add({a:e}, {b:e}, {c:e})");
            subnormal += usize::from(found.is_subnormal());
        }
        assert!(subnormal > 1000, "only {subnormal} results are subnormal");
    }

    /// Operands for which double rounding through f64 is wrong: in f64, the sum is halfway between
    /// two f32, and the deciding part is lost.
    #[test]
    fn does_not_round_twice() {
        let twice = |a: f32, b: f32, c: f32| (f64::from(a) * f64::from(b) + f64::from(c)) as f32;
        let one = 1.0 + f32::EPSILON;
        // 1 + 2^-23 + 2^-24 - 2^-70, just below the middle of 1 + 2^-23 and 1 + 2^-22.
        let (a, b) = (2f32.powi(-12) * one, 2f32.powi(-12) * (1.0 - f32::EPSILON));
        assert_eq!(mul_add(a, b, one), one);
        assert_eq!(twice(a, b, one), one + f32::EPSILON);
        assert_eq!(mul_add(-a, b, -one), -one);
        // A much smaller product has no effect.
        let tiny = 2f32.powi(-80);
        assert_eq!(mul_add(tiny, tiny, one), one);
    }

    #[test]
    fn special_values() {
        assert_eq!(mul_add(0.0, 5.0, -0.0).to_bits(), 0.0f32.to_bits());
        assert_eq!(mul_add(-0.0, 5.0, -0.0).to_bits(), (-0.0f32).to_bits());
        assert_eq!(mul_add(f32::MAX, 2.0, 0.0), f32::INFINITY);
        assert_eq!(mul_add(f32::MAX, 2.0, f32::NEG_INFINITY), f32::NEG_INFINITY);
        assert!(mul_add(f32::INFINITY, 0.0, 1.0).is_nan());
        assert!(mul_add(f32::INFINITY, 1.0, f32::NEG_INFINITY).is_nan());
        assert!(mul_add(f32::NAN, 0.0, 0.0).is_nan());
    }
}
