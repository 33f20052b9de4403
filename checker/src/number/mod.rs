//! The number types in which expressions are evaluated.

pub(crate) mod ball;
pub(crate) mod dual;
pub(crate) mod exact;
pub(crate) mod lanes;
pub(crate) mod linear;
pub(crate) mod modular;
pub(crate) mod polynomial;
pub(crate) mod primes;
pub(crate) mod random;
pub(crate) mod real;
pub(crate) mod unknowns;

mod discrete_logarithm;
mod echelon;
mod exponential;
mod float;
mod limbs;
mod logarithms;
mod magnitude;

use std::cmp::Ordering;

use dashu_ratio::RBig;

/// A field, or an approximation of one.
pub(crate) trait Number: Clone {
    fn rational(value: &RBig) -> Self;
    fn add(&self, other: &Self) -> Self;
    fn sub(&self, other: &Self) -> Self;
    fn mul(&self, other: &Self) -> Self;
    /// `None` if `other` is zero or, for an approximation, not certainly different from zero.
    fn div(&self, other: &Self) -> Option<Self>;
    fn neg(&self) -> Self;
    fn is_zero(&self) -> bool;
    fn order(&self, other: &Self) -> Ordering;

    /// A common value for two numbers that may be equal.
    fn either(&self, _other: &Self) -> Self {
        self.clone()
    }

    fn zero() -> Self {
        Self::rational(&RBig::ZERO)
    }

    fn one() -> Self {
        Self::rational(&RBig::ONE)
    }

    fn power(&self, exponent: i32) -> Option<Self> {
        let times = exponent.unsigned_abs();
        let Some(highest) = times.checked_ilog2() else { return Some(Self::one()) };
        let mut result = self.clone();
        // By squaring, from the highest bit: products of long fractions are expensive.
        for bit in (0..highest).rev() {
            result = result.mul(&result);
            if times >> bit & 1 == 1 {
                result = result.mul(self);
            }
        }
        if exponent < 0 { Self::one().div(&result) } else { Some(result) }
    }

    /// Quality as a pivot in an elimination: 0 cannot be a pivot, larger is better.
    fn pivot_quality(&self) -> f64;

    /// Corrects the bounds of a solution of a linear system, which are better than those of the
    /// operations.
    fn after_solving(self, _degree: f64, _height: f64) -> Self {
        self
    }

    /// Length in machine words, for numbers that grow.
    fn size(&self) -> u64 {
        1
    }

    /// A bound on the degree of numerator and denominator, if it is tracked.
    fn degree(&self) -> f64 {
        0.0
    }

    /// A bound on the bits of the coefficients of numerator and denominator, if it is tracked.
    fn height(&self) -> f64 {
        0.0
    }
}
