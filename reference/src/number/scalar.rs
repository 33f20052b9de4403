//! The two number traits. [`Scalar`] is an ordered field; [`Real`] adds `exp` and `ln`.
//!
//! Rationals are scalars and not reals, so the compiler refuses an exact computation that would need a logarithm.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

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

    /// `numerator / denominator`, rounded once where the type rounds. The denominator must not be 0.
    fn ratio(numerator: i64, denominator: i64) -> Self;

    /// The value of `x` without rounding, or `None` where `x` is not finite.
    fn from_f64(x: f64) -> Option<Self>;

    /// A nearest `f64`.
    fn to_f64(&self) -> f64;

    /// Whether this is zero.
    fn is_zero(&self) -> bool;

    /// Whether this is a number of the field: false for an infinity or NaN.
    fn is_finite(&self) -> bool;

    /// The `X` with `AX = B`, or `None` where `A` (`n × n`) is singular; `B` and `X` are `n × m`.
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

/// A [`Scalar`] with exponential and logarithm, hence rounding.
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
        Zero::zero()
    }

    fn one() -> Self {
        One::one()
    }

    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::new(BigInt::from(numerator), BigInt::from(denominator))
    }

    fn from_f64(x: f64) -> Option<Self> {
        Self::from_float(x)
    }

    fn to_f64(&self) -> f64 {
        ToPrimitive::to_f64(self).unwrap_or(f64::NAN)
    }

    fn is_zero(&self) -> bool {
        Zero::is_zero(self)
    }

    fn is_finite(&self) -> bool {
        true
    }

    fn solve(a: &Matrix<Self>, b: &Matrix<Self>) -> Option<Matrix<Self>> {
        eliminate(a, b)
    }
}
