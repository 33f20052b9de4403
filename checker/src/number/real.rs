//! Real numbers enclosed in balls: a binary floating-point middle of any precision and a radius
//! that covers every rounding.

use std::cell::Cell;
use std::cmp::Ordering;

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use dashu_int::IBig;
use dashu_ratio::RBig;

use super::Number;
use super::float::{Cut, Float, power_of_two};
use super::magnitude::Magnitude;

/// First and largest precision in bits, multiples of 64.
pub(crate) const FIRST_PRECISION: usize = 256;
pub(crate) const MAX_PRECISION: usize = 4096;

thread_local! {
    static LIMBS: Cell<usize> = const { Cell::new(FIRST_PRECISION / 64) };
}

/// Sets the precision, in bits, of numbers made on this thread from now on: a multiple of 64.
pub(crate) fn set_precision(bits: usize) {
    LIMBS.set(bits / 64);
}

fn limbs() -> usize {
    LIMBS.get()
}

/// A number within `radius` of `middle`.
#[derive(Clone, Debug)]
pub(crate) struct Real {
    middle: Float,
    radius: Magnitude,
}

/// Exponent beyond which a product or a quotient is not bounded.
const MAX_SIZE: i128 = 1 << 110;

/// Two balls that meet may count as one number if their radius is at most 2^-200 of their size.
const TIE_BITS: i128 = 200;

/// Numbers beyond `2^MAX_PRINTED` are printed by means of their logarithm.
const MAX_PRINTED: i128 = 1 << 20;

impl Real {
    fn exact(middle: Float) -> Self {
        Self::cut(middle.cut(limbs()), Magnitude::ZERO)
    }

    /// A ball that contains every number.
    fn anything() -> Self {
        Self { middle: Float::zero(), radius: Magnitude::INFINITE }
    }

    /// The ball of a result that may have been cut.
    fn cut((middle, error): Cut, radius: Magnitude) -> Self {
        let radius = match error {
            Some(error) => radius.add(Magnitude::power(error)),
            None => radius,
        };
        Self { middle, radius }
    }

    /// The exact value of a finite f64.
    pub(crate) fn from_f64(value: f64) -> Self {
        Self { middle: Float::from_f64(value), radius: Magnitude::ZERO }
    }

    /// The middle, with radius zero.
    pub(crate) fn middle(&self) -> Self {
        Self { middle: self.middle.clone(), radius: Magnitude::ZERO }
    }

    /// The same ball, widened by the largest magnitude of `other`.
    pub(crate) fn widened(&self, other: &Self) -> Self {
        Self { middle: self.middle.clone(), radius: self.radius.add(other.largest()) }
    }

    /// The ball around the same middle with `factor` times the largest magnitude of `other` as its
    /// radius.
    pub(crate) fn with_radius(&self, other: &Self, factor: f64) -> Self {
        let radius = other.largest().mul(Magnitude::from_f64(factor));
        Self { middle: self.middle.clone(), radius }
    }

    fn largest(&self) -> Magnitude {
        Magnitude::of(&self.middle).add(self.radius)
    }

    fn smallest(&self) -> Magnitude {
        let middle = Magnitude::of(&self.middle);
        middle.minus(self.radius)
    }

    /// The largest magnitude in the ball.
    pub(crate) fn magnitude(&self) -> f64 {
        self.largest().to_f64()
    }

    /// The radius relative to the maximum of the number and 1.
    pub(crate) fn radius_share(&self) -> f64 {
        let size = self.largest();
        let one = Magnitude::from_f64(1.0);
        self.radius.div(if size.cmp(one).is_ge() { size } else { one }).to_f64()
    }

    /// The sign, if it is certain; `Equal` if the ball is exactly zero.
    pub(crate) fn sign(&self) -> Option<Ordering> {
        if self.middle.is_zero() {
            return (self.radius.mantissa == 0.0).then_some(Ordering::Equal);
        }
        let sign = if self.middle.is_negative() { Ordering::Less } else { Ordering::Greater };
        (self.smallest().mantissa > 0.0).then_some(sign)
    }

    /// Compares two numbers, if the result is certain.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        self.sub(other).sign()
    }

    /// Both balls meet, and they are so narrow that the numbers are probably equal.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let gap = self.sub(other);
        let size = self.largest().add(other.largest());
        gap.sign().is_none_or(Ordering::is_eq) && gap.radius.cmp(size.shifted(-TIE_BITS)).is_le()
    }

    /// The balls are identical.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.middle == other.middle && self.radius == other.radius
    }

    /// `None` beyond about 10^31, because the exponent of the result is too large.
    pub(crate) fn exp(&self) -> Option<Self> {
        let (middle, error) = self.middle.exp(limbs())?;
        // exp(m + r) - exp(m) <= 2 r exp(m) for r <= 1/2.
        let spread = match self.radius.cmp(Magnitude::from_f64(0.5)) {
            Ordering::Greater => Magnitude::INFINITE,
            _ => Magnitude::of(&middle).mul(self.radius).shifted(1),
        };
        Some(Self::cut((middle, error), spread))
    }

    /// The logarithm of a positive ball: the logarithm of its power of two, of an f64 near the
    /// rest, and a series for the remainder.
    pub(crate) fn ln(&self) -> Option<Self> {
        if self.sign() != Some(Ordering::Greater) {
            return None;
        }
        // From 1/2 to 1; scaled to 0.7 to 1.4, so that numbers near 1 do not cancel.
        let mantissa = self.middle.top() as f64 * power_of_two(-64);
        let power = if mantissa < 0.7 { self.middle.exponent() - 1 } else { self.middle.exponent() };
        let scaled = Self { middle: self.middle.clone().shifted(-power), radius: Magnitude::ZERO };
        let near = Self::from_f64(scaled.to_f64().ln());
        // scaled = exp(near) (1 + rest), and ln(1 + rest) = rest - rest²/2 + rest³/3 - …
        let rest = scaled.mul(&near.neg().exp()?).sub(&Self::one());
        let precision = limbs() as i128 * 64;
        // If an f64 is exact, the rest is only a radius.
        let bits = if rest.largest().mantissa == 0.0 { precision } else { -rest.largest().exponent };
        if bits < 4 {
            return None;
        }
        let terms = precision / bits + 2;
        let ln2 = Self::cut(Float::ln2(limbs()), Magnitude::ZERO);
        let mut sum = ln2.mul(&Self::exact(Float::from_i128(power))).add(&near);
        let mut factor = rest.clone();
        for term in 1..=terms {
            let share = factor.div(&Self::from_f64(term as f64))?;
            sum = if term % 2 == 1 { sum.add(&share) } else { sum.sub(&share) };
            factor = factor.mul(&rest);
        }
        // The omitted terms are below twice the next one. The second part is the effect of the
        // radius.
        let left_out = factor.largest().shifted(1);
        sum.radius = sum.radius.add(left_out).add(self.radius.div(self.smallest()));
        Some(sum)
    }

    pub(crate) fn to_f64(&self) -> f64 {
        self.middle.to_f64()
    }

    /// A lower and an upper bound on the magnitude of the difference, relative to the maximum of
    /// both numbers and 1.
    pub(crate) fn distance(&self, other: &Self) -> (f64, f64) {
        let gap = self.sub(other);
        let (left, right) = (self.largest(), other.largest());
        let larger = if left.cmp(right).is_ge() { left } else { right };
        let one = Magnitude::from_f64(1.0);
        let scale = if larger.cmp(one).is_ge() { larger } else { one };
        let low = gap.smallest();
        let low = if low.mantissa == 0.0 { 0.0 } else { low.div(scale).to_f64() };
        (low, gap.largest().div(scale).to_f64())
    }

    /// `digits` significant decimal digits of the middle.
    pub(crate) fn decimal(&self, digits: usize) -> String {
        if self.middle.exponent().abs() > MAX_PRINTED {
            return self.middle().large_decimal(digits).unwrap_or_else(|| "?".into());
        }
        let (significand, exponent) = self.middle.parts();
        let middle = FBig::<HalfEven, 2>::from_parts(significand, exponent as isize);
        let decimal = middle.with_base_and_precision::<10>(digits).value();
        format!("{decimal:e}")
    }

    /// The digits of a number that is too large or too small for a fraction.
    fn large_decimal(&self, digits: usize) -> Option<String> {
        let sign = if self.middle.is_negative() { "-" } else { "" };
        let size = if self.middle.is_negative() { self.neg() } else { self.clone() };
        let ten = Self::from_f64(10.0).ln()?;
        let exponent = size.ln()?.div(&ten)?;
        let whole = exponent.sub(&Self::from_f64(0.5)).middle.integer();
        let rest = exponent.sub(&Self::exact(Float::from_i128(whole))).mul(&ten).exp()?;
        let rest = rest.middle().decimal(digits);
        // From 1 to 10, or slightly outside.
        let (mantissa, shift) = rest.split_once('e').unwrap_or((&rest, "0"));
        Some(format!("{sign}{mantissa}e{}", whole + shift.parse::<i128>().ok()?))
    }
}

impl Number for Real {
    fn zero() -> Self {
        Self { middle: Float::zero(), radius: Magnitude::ZERO }
    }

    fn one() -> Self {
        Self::from_f64(1.0)
    }

    fn rational(value: &RBig) -> Self {
        let integer = |value: &IBig| Self::cut(Float::from_integer(value, limbs()), Magnitude::ZERO);
        let top = integer(value.numerator());
        if value.is_int() {
            return top;
        }
        let bottom = integer(&IBig::from(value.denominator().clone()));
        top.div(&bottom).unwrap_or_else(Self::anything)
    }

    fn add(&self, other: &Self) -> Self {
        Self::cut(self.middle.add(&other.middle, limbs()), self.radius.add(other.radius))
    }

    fn sub(&self, other: &Self) -> Self {
        Self::cut(self.middle.sub(&other.middle, limbs()), self.radius.add(other.radius))
    }

    fn mul(&self, other: &Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::zero();
        }
        if (self.middle.exponent() + other.middle.exponent()).abs() > MAX_SIZE {
            return Self::anything();
        }
        let spread = if self.radius.mantissa == 0.0 && other.radius.mantissa == 0.0 {
            Magnitude::ZERO
        } else {
            let (a, b) = (Magnitude::of(&self.middle), Magnitude::of(&other.middle));
            a.add(self.radius).mul(other.radius).add(b.mul(self.radius))
        };
        Self::cut(self.middle.mul(&other.middle, limbs()), spread)
    }

    fn div(&self, other: &Self) -> Option<Self> {
        let low = other.smallest();
        if low.mantissa == 0.0 {
            return None;
        }
        if (self.middle.exponent() - other.middle.exponent()).abs() > MAX_SIZE {
            return Some(Self::anything());
        }
        let (middle, error) = self.middle.div(&other.middle, limbs());
        // |a/b - m/n| <= (|a - m| + |m/n| |b - n|) / |b|, and |m/n| is at most the computed
        // quotient plus its error.
        let mut size = Magnitude::of(&middle);
        if let Some(error) = error {
            size = size.add(Magnitude::power(error));
        }
        let spread = self.radius.add(size.mul(other.radius)).div(low);
        Some(Self::cut((middle, error), spread))
    }

    fn neg(&self) -> Self {
        Self { middle: self.middle.clone().neg(), radius: self.radius }
    }

    fn is_zero(&self) -> bool {
        self.middle.is_zero() && self.radius.mantissa == 0.0
    }

    fn order(&self, other: &Self) -> Ordering {
        self.middle.compare(&other.middle)
    }

    fn either(&self, other: &Self) -> Self {
        self.widened(&self.sub(other))
    }

    fn pivot_quality(&self) -> f64 {
        self.smallest().to_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::{Real, set_precision};
    use crate::number::Number;
    use dashu_ratio::RBig;
    use proptest::prelude::*;
    use std::cmp::Ordering;

    fn rational(top: i64, bottom: u64) -> RBig {
        RBig::from_parts(top.into(), bottom.into())
    }

    proptest! {
        /// A result with few bits encloses a result with many.
        #[test]
        fn balls_hold_the_value(a in -1000i64..1000, b in 1u64..1000, c in -1000i64..1000, d in 1u64..1000) {
            let compute = |bits: usize| {
                set_precision(bits);
                let (x, y) = (Real::rational(&rational(a, b)), Real::rational(&rational(c, d)));
                let sum = x.add(&y).mul(&x).sub(&y);
                let share = sum.div(&y.mul(&y).add(&Real::one())).unwrap();
                let level = share.mul(&Real::rational(&rational(1, 100))).exp().unwrap();
                let result = level.ln().unwrap().add(&level);
                set_precision(super::FIRST_PRECISION);
                result
            };
            let (few, many) = (compute(64), compute(512));
            prop_assert_eq!(few.sub(&many).sign().is_none_or(Ordering::is_eq), true);
            prop_assert!(few.radius_share() < 1e-9);
        }
    }

    #[test]
    fn cancellation_shows_in_the_radius() {
        set_precision(256);
        let power = RBig::from(dashu_int::IBig::from(10).pow(78));
        let large = Real::rational(&power);
        let third = Real::rational(&rational(1, 3));
        let left = third.add(&large).sub(&large);
        assert!(left.distance(&third).0 == 0.0 && left.distance(&third).1 > 1e-3);
        set_precision(512);
        let (large, third) = (Real::rational(&power), Real::rational(&rational(1, 3)));
        let left = third.add(&large).sub(&large);
        assert!(left.distance(&third).1 < 1e-70);
        set_precision(super::FIRST_PRECISION);
    }

    #[test]
    fn a_logarithm_undoes_an_exponential() {
        for bits in [256, 1024] {
            set_precision(bits);
            for (top, bottom) in [(1, 3), (-7, 2), (9999, 1), (-5000, 3), (1, 1 << 40), (0, 1)] {
                let x = Real::rational(&rational(top, bottom));
                let found = x.exp().unwrap().ln().unwrap();
                let (low, high) = found.distance(&x);
                assert!(low == 0.0 && high < 2f64.powi(40 - bits as i32), "{top}/{bottom}: {low} {high}");
            }
        }
        set_precision(super::FIRST_PRECISION);
    }

    #[test]
    fn signs_are_sure_or_not_given() {
        let third = Real::rational(&rational(1, 3));
        assert_eq!(third.sign(), Some(Ordering::Greater));
        assert_eq!(third.neg().sign(), Some(Ordering::Less));
        assert_eq!(Real::zero().sign(), Some(Ordering::Equal));
        assert_eq!(third.sub(&third).sign(), None);
        assert_eq!(third.compare(&third), None);
        assert!(third.meets(&third) && !third.meets(&third.neg()));
        assert_eq!(Real::one().compare(&Real::one()), Some(Ordering::Equal));
        assert!(Real::one().div(&third.sub(&third)).is_none());
        assert!(third.sub(&third).ln().is_none() && third.neg().ln().is_none());
    }

    #[test]
    fn numbers_beyond_the_range_of_f64_are_written_in_decimal() {
        let x = Real::rational(&rational(1000, 1)).exp().unwrap();
        assert_eq!(x.decimal(6), "1.97007e434");
        let digits = |x: f64| Real::from_f64(x).exp().unwrap().decimal(6);
        assert_eq!(digits(1e8), "1.54998e43429448");
        assert_eq!(digits(-1e8), "6.45171e-43429449");
        // The f64 nearest to 10^30, divided by ln 10.
        assert_eq!(digits(1e30), "1.7582e434294481903251836286911761061");
        assert_eq!(Real::from_f64(1e8).exp().unwrap().neg().decimal(3), "-1.55e43429448");
    }

    #[test]
    fn logarithms_undo_exponentials_of_large_numbers() {
        let large = Real::rational(&RBig::from(dashu_int::IBig::from(10).pow(30)));
        let third = Real::rational(&rational(1, 3));
        let sum = large.add(&third).exp().unwrap().add(&large.exp().unwrap());
        let soft = sum.ln().unwrap().sub(&large);
        let expected = third.exp().unwrap().add(&Real::one()).ln().unwrap();
        let (low, high) = soft.distance(&expected);
        assert!(low == 0.0 && high < 1e-40, "{low} {high}");
    }

    /// The results have the same bits after other computations and on every thread.
    #[test]
    fn results_do_not_depend_on_earlier_ones() {
        let third = Real::rational(&rational(1, 3));
        let both = |x: &Real| (x.exp().unwrap().middle, x.ln().unwrap().middle);
        let fresh = std::thread::scope(|scope| scope.spawn(|| both(&third)).join().unwrap());
        for k in 1..200 {
            let other = Real::rational(&rational(k, 7));
            assert!(both(&other).0.compare(&Real::one().middle).is_gt());
            assert_eq!(both(&third), fresh);
        }
    }
}
