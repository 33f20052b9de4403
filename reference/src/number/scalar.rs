//! The two number traits. [`Scalar`] is an ordered field; [`Real`] adds `exp` and `ln`.
//!
//! Rationals are scalars, but not reals, so an exact computation with a logarithm does not compile.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;

use super::{Matrix, eliminate};

/// An ordered field: `f64`, [`BigRational`] or [`Float256`](super::Float256).
pub trait Scalar:
    Clone
    + Debug
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
{
    /// Neutral element of addition.
    fn zero() -> Self;

    /// Neutral element of multiplication.
    fn one() -> Self;

    /// `numerator / denominator`, rounded once if the type rounds. The denominator must not be 0.
    fn ratio(numerator: i64, denominator: i64) -> Self;

    /// The value of `x` without rounding, or `None` if `x` is not finite.
    fn from_f64(x: f64) -> Option<Self>;

    /// A nearest `f64`.
    fn to_f64(&self) -> f64;

    /// Whether this is zero.
    fn is_zero(&self) -> bool;

    /// Whether this is finite: false for an infinity or NaN.
    fn is_finite(&self) -> bool;

    /// The `X` with `AX = B`, or `None` if `A` (`n × n`) is singular; `B` and `X` are `n × m`.
    fn solve(a: &Matrix<Self>, b: &Matrix<Self>) -> Option<Matrix<Self>>;

    /// The absolute value.
    fn abs(&self) -> Self {
        if *self < Self::zero() { -self.clone() } else { self.clone() }
    }

    /// The larger of the two.
    fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

/// A [`Scalar`] with exponential and logarithm, and therefore with rounding.
pub trait Real: Scalar {
    /// `e` to the power of this.
    fn exp(&self) -> Self;

    /// Natural logarithm of a positive number.
    fn ln(&self) -> Self;

    /// Distance from 1 to the next larger number of the type.
    fn epsilon() -> Self;
}

impl Scalar for f64 {
    fn zero() -> Self {
        0.0
    }

    fn one() -> Self {
        1.0
    }

    fn ratio(numerator: i64, denominator: i64) -> Self {
        numerator as f64 / denominator as f64
    }

    fn from_f64(x: f64) -> Option<Self> {
        x.is_finite().then_some(x)
    }

    fn to_f64(&self) -> f64 {
        *self
    }

    fn is_zero(&self) -> bool {
        *self == 0.0
    }

    fn is_finite(&self) -> bool {
        f64::is_finite(*self)
    }

    fn solve(a: &Matrix<Self>, b: &Matrix<Self>) -> Option<Matrix<Self>> {
        let left = nalgebra::DMatrix::from_row_slice(a.rows(), a.cols(), a.entries());
        let right = nalgebra::DMatrix::from_row_slice(b.rows(), b.cols(), b.entries());
        let solution = left.lu().solve(&right)?;
        Some(Matrix::from_fn(b.rows(), b.cols(), |i, j| solution[(i, j)]))
    }
}

impl Real for f64 {
    fn exp(&self) -> Self {
        f64::exp(*self)
    }

    fn ln(&self) -> Self {
        f64::ln(*self)
    }

    fn epsilon() -> Self {
        f64::EPSILON
    }
}

impl Scalar for BigRational {
    fn zero() -> Self {
        num_traits::Zero::zero()
    }

    fn one() -> Self {
        num_traits::One::one()
    }

    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::new(BigInt::from(numerator), BigInt::from(denominator))
    }

    fn from_f64(x: f64) -> Option<Self> {
        Self::from_float(x)
    }

    fn to_f64(&self) -> f64 {
        num_traits::ToPrimitive::to_f64(self).unwrap_or(f64::NAN)
    }

    fn is_zero(&self) -> bool {
        num_traits::Zero::is_zero(self)
    }

    fn is_finite(&self) -> bool {
        true
    }

    fn solve(a: &Matrix<Self>, b: &Matrix<Self>) -> Option<Matrix<Self>> {
        eliminate(a, b)
    }
}

#[cfg(test)]
mod tests {
    use quickcheck::{TestResult, quickcheck};

    use super::*;
    use crate::number::Float256;

    fn ratio(n: i32, d: i32) -> Option<BigRational> {
        (d != 0).then(|| BigRational::ratio(n.into(), d.into()))
    }

    quickcheck! {
        fn every_type_computes_what_the_rationals_compute(a: i32, b: i32, c: i32, d: i32) -> TestResult {
            let (Some(x), Some(y)) = (ratio(a, b), ratio(c, d)) else { return TestResult::discard() };
            fn all<T: Scalar>(x: T, y: T) -> Vec<T> {
                let quotient = if y.is_zero() { T::one() } else { x.clone() / y.clone() };
                let mut sum = x.clone();
                sum += y.clone();
                let difference = x.clone() - y.clone();
                vec![sum, difference, x.clone() * y.clone(), quotient, -x.clone(), x.abs(), x.max(y)]
            }
            let exact = all(x, y);
            let wide = all(Float256::ratio(a.into(), b.into()), Float256::ratio(c.into(), d.into()));
            let double = all(f64::ratio(a.into(), b.into()), f64::ratio(c.into(), d.into()));
            // In a difference, everything except the rounding of its terms can cancel.
            let scale = exact.iter().fold(1.0, |most: f64, x| most.max(x.abs().to_f64()));
            TestResult::from_bool(exact.iter().zip(&wide).zip(&double).all(|((exact, wide), double)| {
                (exact.to_f64() - double).abs() <= 4.0 * f64::EPSILON * scale
                    && (exact.to_f64() - wide.to_f64()).abs() <= f64::EPSILON * exact.abs().to_f64()
            }))
        }

        fn a_double_is_held_exactly(x: f64) -> bool {
            if !x.is_finite() {
                return BigRational::from_f64(x).is_none() && Float256::from_f64(x).is_none() && f64::from_f64(x).is_none();
            }
            BigRational::from_f64(x).unwrap().to_f64() == x
                && Float256::from_f64(x).unwrap().to_f64() == x
                && f64::from_f64(x).map(|same| Scalar::to_f64(&same)) == Some(x)
        }
    }

    #[test]
    fn a_type_knows_zero_one_and_infinity() {
        assert!(
            f64::zero().is_zero() && BigRational::ratio(0, 3).is_zero() && Float256::ratio(0, 3).is_zero()
        );
        assert!(!f64::one().is_zero() && !BigRational::one().is_zero() && !Float256::one().is_zero());
        assert!(f64::one().is_finite() && BigRational::one().is_finite() && Float256::one().is_finite());
        assert!(!Scalar::is_finite(&f64::INFINITY) && !Scalar::is_finite(&f64::NAN));
        assert_eq!(Scalar::abs(&-0.0f64).to_bits() << 1, 0);
        assert_eq!(Float256::ratio(-7, 2).to_f64(), -3.5);
    }

    #[test]
    fn exp_and_ln_agree_with_their_series() {
        // e = Σ 1/n!, ln 2 = Σ 1/(n 2ⁿ), summed exactly.
        let (mut e, mut ln_2) = (BigRational::zero(), BigRational::zero());
        let (mut factorial, mut power) = (BigRational::one(), BigRational::one());
        for n in 1..300 {
            e += factorial.clone();
            factorial /= BigRational::ratio(n, 1);
            power *= BigRational::ratio(1, 2);
            ln_2 += power.clone() / BigRational::ratio(n, 1);
        }
        let wide = |x: &BigRational| {
            let scale = BigInt::from(1) << 300;
            let scaled = (x * BigRational::from(scale)).to_integer();
            let digits = scaled.to_u64_digits().1.into_iter().rev();
            let radix = Float256::from_f64(18446744073709551616.0).unwrap();
            let mut value = Float256::zero();
            for digit in digits {
                let (high, low) = ((digit >> 32) as i64, (digit & 0xffff_ffff) as i64);
                let digit = Float256::ratio(high, 1) * Float256::ratio(1 << 32, 1) + Float256::ratio(low, 1);
                value = value * radix.clone() + digit;
            }
            (0..300).fold(value, |value, _| value * Float256::ratio(1, 2))
        };
        let close = |a: Float256, b: Float256| (a - b).abs() <= Float256::ratio(4, 1) * Float256::epsilon();
        assert!(close(Float256::one().exp(), wide(&e)));
        assert!(close(Float256::ratio(2, 1).ln(), wide(&ln_2)));
        assert_eq!((Real::exp(&1.0f64), Real::ln(&2.0f64)), (e.to_f64(), ln_2.to_f64()));
    }

    #[test]
    fn epsilon_is_the_gap_above_one() {
        fn check<T: Real>() {
            let half = T::ratio(1, 2);
            assert!(T::one() + T::epsilon() > T::one());
            assert!(T::one() + T::epsilon() * half == T::one());
        }
        check::<f64>();
        check::<Float256>();
    }
}
