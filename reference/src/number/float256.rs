//! Binary floating point with 256 bits of precision, round to nearest, ties to even, after every
//! operation.

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;

use super::{Matrix, Real, Scalar, eliminate};

const PRECISION: usize = 256;

/// A 256-bit float: about 77 decimal digits, practically without overflow or underflow.
#[derive(Clone, Debug)]
pub struct Float256(FBig<HalfEven, 2>);

impl Float256 {
    // Without this rounding, a value would keep its own precision in the results.
    fn round(value: FBig<HalfEven, 2>) -> Self {
        Self(value.with_precision(PRECISION).value())
    }
}

impl PartialEq for Float256 {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl PartialOrd for Float256 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

impl Add for Float256 {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Float256 {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Float256 {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Div for Float256 {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
}

impl Neg for Float256 {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Float256 {
    fn add_assign(&mut self, other: Self) {
        *self = self.clone() + other;
    }
}

impl Scalar for Float256 {
    fn zero() -> Self {
        Self::round(FBig::ZERO)
    }

    fn one() -> Self {
        Self::round(FBig::ONE)
    }

    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::round(FBig::from(numerator)) / Self::round(FBig::from(denominator))
    }

    fn from_f64(x: f64) -> Option<Self> {
        x.is_finite().then(|| FBig::try_from(x).ok().map(Self::round))?
    }

    fn to_f64(&self) -> f64 {
        self.0.to_f64().value()
    }

    fn is_zero(&self) -> bool {
        self.0 == FBig::<HalfEven, 2>::ZERO
    }

    fn is_finite(&self) -> bool {
        true
    }

    fn solve(a: &Matrix<Self>, b: &Matrix<Self>) -> Option<Matrix<Self>> {
        eliminate(a, b)
    }
}

impl Real for Float256 {
    fn exp(&self) -> Self {
        Self::round(self.0.exp())
    }

    fn ln(&self) -> Self {
        Self::round(self.0.ln())
    }

    fn epsilon() -> Self {
        Self(Self::one().0 >> (PRECISION as isize - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::Float256;
    use crate::number::{Real, Scalar};

    #[test]
    fn numbers_that_differ_in_the_last_bit_are_not_equal() {
        let one = Float256::one();
        assert_eq!(one, Float256::ratio(3, 3));
        assert_ne!(one.clone() + Float256::epsilon(), one);
    }
}
