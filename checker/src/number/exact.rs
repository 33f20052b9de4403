//! Exact fractions, for counterexamples that a person can check.

use std::cmp::Ordering;

use dashu_base::BitTest;
use dashu_ratio::RBig;

use super::Number;

/// A fraction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exact(pub(crate) RBig);

impl Number for Exact {
    fn rational(value: &RBig) -> Self {
        Self(value.clone())
    }

    fn add(&self, other: &Self) -> Self {
        Self(&self.0 + &other.0)
    }

    fn sub(&self, other: &Self) -> Self {
        Self(&self.0 - &other.0)
    }

    fn mul(&self, other: &Self) -> Self {
        Self(&self.0 * &other.0)
    }

    fn div(&self, other: &Self) -> Option<Self> {
        (!other.is_zero()).then(|| Self(&self.0 / &other.0))
    }

    fn neg(&self) -> Self {
        Self(-&self.0)
    }

    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    fn order(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }

    /// Short pivots keep the numbers of an elimination short.
    fn pivot_quality(&self) -> f64 {
        if self.is_zero() {
            return 0.0;
        }
        1.0 / (1 + self.0.numerator().bit_len() + self.0.denominator().bit_len()) as f64
    }

    fn size(&self) -> u64 {
        ((self.0.numerator().bit_len() + self.0.denominator().bit_len()) / 64 + 1) as u64
    }
}
