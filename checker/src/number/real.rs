//! Real numbers enclosed in balls: a binary floating-point middle of any precision and a radius that covers every rounding.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;

use dashu_base::{Abs, BitTest, Sign};
use dashu_float::round::mode::HalfEven;
use dashu_float::{ConstCache, FBig};
use dashu_int::IBig;
use dashu_ratio::RBig;

use super::Number;

type Float = FBig<HalfEven, 2>;

/// Bits at first, and at most.
pub(crate) const FIRST_PRECISION: usize = 256;
pub(crate) const MAX_PRECISION: usize = 4096;

thread_local! {
    static PRECISION: Cell<usize> = const { Cell::new(FIRST_PRECISION) };
    /// ln 2 and its like, which would otherwise be computed for every logarithm. Results are rounded correctly, so that they
    /// do not depend on what is in here.
    static CONSTANTS: RefCell<ConstCache> = const { RefCell::new(ConstCache::new()) };
}

/// Numbers made on this thread from now on have so many bits.
pub(crate) fn set_precision(bits: usize) {
    PRECISION.set(bits);
}

fn precision() -> usize {
    PRECISION.get()
}

/// A bound on a magnitude, rounded up: `mantissa * 2^exponent`, of any size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Magnitude {
    /// From 1 to 2; or zero; or infinite.
    mantissa: f64,
    exponent: i64,
}

/// Covers the roundings of one operation on mantissas.
const UP: f64 = 1.0 + 4.0 * f64::EPSILON;

impl Magnitude {
    const ZERO: Self = Self { mantissa: 0.0, exponent: 0 };
    const INFINITE: Self = Self { mantissa: f64::INFINITY, exponent: 0 };

    fn new(value: f64, exponent: i64) -> Self {
        if value == 0.0 {
            return Self::ZERO;
        }
        if !value.is_finite() || exponent.abs() > 1 << 60 {
            return Self::INFINITE;
        }
        let bits = value.to_bits();
        let own = (bits >> 52) as i64 & 0x7ff;
        if own == 0 {
            return Self::new(value * 2f64.powi(200), exponent - 200);
        }
        let mantissa = f64::from_bits(bits & !(0x7ff << 52) | 1023 << 52);
        Self { mantissa, exponent: exponent + own - 1023 }
    }

    fn of(float: &Float) -> Self {
        let repr = float.repr();
        let significand: &IBig = repr.significand();
        if significand.is_zero() {
            return if repr.is_infinite() { Self::INFINITE } else { Self::ZERO };
        }
        let length = significand.bit_len();
        let shift = length.saturating_sub(60);
        let top: IBig = significand.clone().abs() >> shift;
        let top = u64::try_from(top).unwrap_or(u64::MAX) as f64;
        // What was shifted away is less than one.
        let cut = if shift > 0 { 1.0 } else { 0.0 };
        Self::new((top + cut) * UP, repr.exponent() as i64 + shift as i64)
    }

    fn from_f64(value: f64) -> Self {
        Self::new(value.abs() * UP, 0)
    }

    fn add(self, other: Self) -> Self {
        let (large, small) = if self.cmp(other).is_ge() { (self, other) } else { (other, self) };
        if small.mantissa == 0.0 || !large.mantissa.is_finite() {
            return large;
        }
        let distance = large.exponent - small.exponent;
        let small =
            if distance > 60 { 2f64.powi(-60) } else { small.mantissa * 2f64.powi(-(distance as i32)) };
        Self::new((large.mantissa + small) * UP, large.exponent)
    }

    fn mul(self, other: Self) -> Self {
        if self.mantissa == 0.0 || other.mantissa == 0.0 {
            return Self::ZERO;
        }
        Self::new(self.mantissa * other.mantissa * UP, self.exponent + other.exponent)
    }

    /// By what is at least `other`.
    fn div(self, other: Self) -> Self {
        if self.mantissa == 0.0 {
            return Self::ZERO;
        }
        if other.mantissa == 0.0 {
            return Self::INFINITE;
        }
        Self::new(self.mantissa / other.mantissa * UP, self.exponent - other.exponent)
    }

    fn shifted(self, bits: i64) -> Self {
        if self.mantissa == 0.0 { self } else { Self::new(self.mantissa, self.exponent + bits) }
    }

    fn cmp(self, other: Self) -> Ordering {
        let key = |m: Self| (m.mantissa != 0.0, m.mantissa.is_infinite(), m.exponent);
        key(self).cmp(&key(other)).then(self.mantissa.total_cmp(&other.mantissa))
    }

    /// `self - other`, rounded down, not below zero.
    fn minus(self, other: Self) -> Self {
        if self.cmp(other).is_le() || !other.mantissa.is_finite() {
            return Self::ZERO;
        }
        let distance = self.exponent - other.exponent;
        let small =
            if distance > 60 { 2f64.powi(-60) } else { other.mantissa * 2f64.powi(-(distance as i32)) };
        let left = self.mantissa / (UP * UP) - small * UP;
        if left <= 0.0 { Self::ZERO } else { Self::new(left, self.exponent) }
    }

    pub(crate) fn to_f64(self) -> f64 {
        if self.mantissa == 0.0 || !self.mantissa.is_finite() {
            return self.mantissa;
        }
        match self.exponent {
            1024.. => f64::INFINITY,
            ..=-1022 => f64::MIN_POSITIVE,
            exponent => self.mantissa * 2f64.powi(exponent as i32) * UP,
        }
    }
}

/// A number known to lie within `radius` of `middle`.
#[derive(Clone, Debug)]
pub(crate) struct Real {
    middle: Float,
    radius: Magnitude,
}

/// An exponent beyond this has no exponential.
const MAX_EXPONENT: f64 = (1u64 << 24) as f64;

/// A number with more bits before or behind the point than this could be anything.
const MAX_SIZE: i64 = 1 << 40;

/// Balls whose radius is below this part of them, and that overlap, count as one number.
const TIE_BITS: i64 = 200;

impl Real {
    fn exact(middle: Float) -> Self {
        Self { middle: middle.with_precision(precision()).value(), radius: Magnitude::ZERO }
    }

    /// Nothing is known of it.
    fn anything() -> Self {
        Self { middle: Float::ZERO, radius: Magnitude::INFINITE }
    }

    /// The exponent, rounded, of a number that is not zero.
    fn exponent(&self) -> i64 {
        Magnitude::of(&self.middle).exponent
    }

    /// The result of one correctly rounded operation.
    fn rounded(middle: Float, radius: Magnitude) -> Self {
        let half = Magnitude::of(&middle).shifted(-(precision() as i64));
        Self { middle: middle.with_precision(precision()).value(), radius: radius.add(half) }
    }

    /// The same value; every finite f64 has one.
    pub(crate) fn from_f64(value: f64) -> Self {
        Self::exact(Float::try_from(value).unwrap_or(Float::ZERO))
    }

    /// The middle alone.
    pub(crate) fn middle(&self) -> Self {
        Self { middle: self.middle.clone(), radius: Magnitude::ZERO }
    }

    /// The same ball, wider by all of `other`.
    pub(crate) fn widened(&self, other: &Self) -> Self {
        Self { middle: self.middle.clone(), radius: self.radius.add(other.largest()) }
    }

    /// The ball around the same middle with `factor` times the largest magnitude of `other` as its radius.
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

    /// The radius beside the larger of the number and one.
    pub(crate) fn radius_share(&self) -> f64 {
        let size = self.largest();
        let one = Magnitude::from_f64(1.0);
        self.radius.div(if size.cmp(one).is_ge() { size } else { one }).to_f64()
    }

    /// Zero is surely not in the ball, surely the only number in it, or neither.
    pub(crate) fn sign(&self) -> Option<Ordering> {
        if self.middle.repr().significand().is_zero() {
            return (self.radius.mantissa == 0.0).then_some(Ordering::Equal);
        }
        let positive = self.middle.sign() == Sign::Positive;
        let sign = if positive { Ordering::Greater } else { Ordering::Less };
        (self.smallest().mantissa > 0.0).then_some(sign)
    }

    /// How two numbers compare: surely, or because they differ by no more than a rounding. `None`: too few bits to tell.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        let gap = self.sub(other);
        gap.sign().or_else(|| {
            let size = self.largest().add(other.largest());
            gap.radius.cmp(size.shifted(-TIE_BITS)).is_le().then_some(Ordering::Equal)
        })
    }

    /// `None` where the result would have an exponent of more than some ten million.
    pub(crate) fn exp(&self) -> Option<Self> {
        if self.to_f64().abs() >= MAX_EXPONENT {
            return None;
        }
        let middle = CONSTANTS.with_borrow_mut(|constants| {
            let exponential = self.middle.context().exp(self.middle.repr(), Some(constants));
            exponential.ok().map(dashu_base::Approximation::value)
        })?;
        // exp(m + r) - exp(m) <= 2 r exp(m) for r <= 1.
        let spread = match self.radius.cmp(Magnitude::from_f64(0.5)) {
            Ordering::Greater => Magnitude::INFINITE,
            _ => Magnitude::of(&middle).mul(self.radius).shifted(1),
        };
        Some(Self::rounded(middle, spread))
    }

    /// The logarithm of a number whose ball is positive: that of its nearest f64, and a series of what is left.
    pub(crate) fn ln(&self) -> Option<Self> {
        if self.sign() != Some(Ordering::Greater) {
            return None;
        }
        let size = Magnitude::of(&self.middle);
        let near = Self::from_f64(size.mantissa.ln() + size.exponent as f64 * std::f64::consts::LN_2);
        // middle = exp(near) (1 + rest), and ln(1 + rest) = rest - rest²/2 + rest³/3 - …
        let rest = self.middle().mul(&near.neg().exp()?).sub(&Self::one());
        // The rest of a number that an f64 holds may be nothing but a radius.
        let bits = if rest.largest().mantissa == 0.0 { precision() as i64 } else { -rest.largest().exponent };
        if bits < 4 {
            return None;
        }
        let terms = precision() as i64 / bits + 2;
        let mut sum = near;
        let mut power = rest.clone();
        for term in 1..=terms {
            let share = power.div(&Self::from_f64(term as f64))?;
            sum = if term % 2 == 1 { sum.add(&share) } else { sum.sub(&share) };
            power = power.mul(&rest);
        }
        // The terms left out are smaller than the next power, twice taken; the rest is what the radius may do.
        let left_out = power.largest().shifted(1);
        sum.radius = sum.radius.add(left_out).add(self.radius.div(self.smallest()));
        Some(sum)
    }

    pub(crate) fn to_f64(&self) -> f64 {
        self.middle.to_f64().value()
    }

    /// The magnitude of the difference beside the larger of both numbers and one: a lower and an upper bound.
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

    /// `digits` significant decimal digits.
    pub(crate) fn decimal(&self, digits: usize) -> String {
        let decimal = self.middle.clone().with_base_and_precision::<10>(digits).value();
        format!("{decimal:e}")
    }
}

impl Number for Real {
    fn zero() -> Self {
        Self::exact(Float::ZERO)
    }

    fn one() -> Self {
        Self::exact(Float::ONE)
    }

    fn rational(value: &RBig) -> Self {
        let top = Float::from(value.numerator().clone());
        let top = if top.precision() <= precision() {
            Self::exact(top)
        } else {
            Self::rounded(top.with_precision(precision()).value(), Magnitude::ZERO)
        };
        if value.is_int() {
            return top;
        }
        let bottom = Float::from(IBig::from(value.denominator().clone()));
        let bottom = if bottom.precision() <= precision() {
            Self::exact(bottom)
        } else {
            Self::rounded(bottom.with_precision(precision()).value(), Magnitude::ZERO)
        };
        top.div(&bottom).unwrap_or_else(Self::zero)
    }

    fn add(&self, other: &Self) -> Self {
        if other.is_zero() {
            return self.clone();
        }
        if self.is_zero() {
            return other.clone();
        }
        Self::rounded(&self.middle + &other.middle, self.radius.add(other.radius))
    }

    fn sub(&self, other: &Self) -> Self {
        if other.is_zero() {
            return self.clone();
        }
        Self::rounded(&self.middle - &other.middle, self.radius.add(other.radius))
    }

    fn mul(&self, other: &Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::zero();
        }
        if (self.exponent() + other.exponent()).abs() > MAX_SIZE {
            return Self::anything();
        }
        let (a, b) = (Magnitude::of(&self.middle), Magnitude::of(&other.middle));
        let spread = a.mul(other.radius).add(b.mul(self.radius)).add(self.radius.mul(other.radius));
        Self::rounded(&self.middle * &other.middle, spread)
    }

    fn div(&self, other: &Self) -> Option<Self> {
        let low = other.smallest();
        if low.mantissa == 0.0 {
            return None;
        }
        if (self.exponent() - other.exponent()).abs() > MAX_SIZE {
            return Some(Self::anything());
        }
        let middle = &self.middle / &other.middle;
        let spread = self.radius.add(Magnitude::of(&middle).mul(other.radius)).div(low);
        Some(Self::rounded(middle, spread))
    }

    fn neg(&self) -> Self {
        Self { middle: -&self.middle, radius: self.radius }
    }

    fn is_zero(&self) -> bool {
        self.middle.repr().significand().is_zero() && self.radius.mantissa == 0.0
    }

    fn order(&self, other: &Self) -> Ordering {
        self.middle.cmp(&other.middle)
    }

    fn ties(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Equal)
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
        /// What is computed with few bits encloses what is computed with many.
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
        assert_eq!(third.compare(&third), Some(Ordering::Equal));
        assert!(Real::one().div(&third.sub(&third)).is_none());
        assert!(third.sub(&third).ln().is_none() && third.neg().ln().is_none());
    }

    /// The same bits whatever was computed before, and on whichever thread.
    #[test]
    fn results_do_not_depend_on_what_is_remembered() {
        let third = Real::rational(&rational(1, 3));
        let both = |x: &Real| (x.exp().unwrap().middle, x.ln().unwrap().middle);
        let fresh = std::thread::scope(|scope| scope.spawn(|| both(&third)).join().unwrap());
        for k in 1..200 {
            let other = Real::rational(&rational(k, 7));
            assert!(both(&other).0 > Real::one().middle);
            assert_eq!(both(&third), fresh);
        }
    }
}
