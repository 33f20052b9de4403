//! Exact fractions that carry a bound on their degree in the unknowns, for the Schwartz–Zippel bound.

use std::cmp::Ordering;

use dashu_base::BitTest;
use dashu_ratio::RBig;

use super::Number;

/// A fraction: the value at a random point of a rational function `P/Q` of the unknowns.
#[derive(Clone, Debug)]
pub(crate) struct Exact {
    pub(crate) value: RBig,
    /// At least the degree of `P`.
    pub(crate) top: f64,
    /// At least the degree of `Q`.
    pub(crate) bottom: f64,
}

impl Exact {
    pub(crate) fn constant(value: RBig) -> Self {
        Self { value, top: 0.0, bottom: 0.0 }
    }

    /// An unknown, here `value`.
    pub(crate) fn unknown(value: RBig) -> Self {
        Self { value, top: 1.0, bottom: 0.0 }
    }

    /// `self - other`, brought to one denominator: the degree of the numerator that is zero in an identity.
    pub(crate) fn difference_degree(&self, other: &Self) -> f64 {
        (self.top + other.bottom).max(other.top + self.bottom)
    }

    fn sum(value: RBig, a: &Self, b: &Self) -> Self {
        Self { value, top: (a.top + b.bottom).max(b.top + a.bottom), bottom: a.bottom + b.bottom }
    }
}

impl Number for Exact {
    fn rational(value: &RBig) -> Self {
        Self::constant(value.clone())
    }

    fn add(&self, other: &Self) -> Self {
        if self.is_zero() && self.top == 0.0 {
            return other.clone();
        }
        if other.is_zero() && other.top == 0.0 {
            return self.clone();
        }
        Self::sum(&self.value + &other.value, self, other)
    }

    fn sub(&self, other: &Self) -> Self {
        Self::sum(&self.value - &other.value, self, other)
    }

    fn mul(&self, other: &Self) -> Self {
        if self.is_zero() && self.top == 0.0 {
            return self.clone();
        }
        if other.is_zero() && other.top == 0.0 {
            return other.clone();
        }
        Self {
            value: &self.value * &other.value,
            top: self.top + other.top,
            bottom: self.bottom + other.bottom,
        }
    }

    fn div(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        Some(Self {
            value: &self.value / &other.value,
            top: self.top + other.bottom,
            bottom: self.bottom + other.top,
        })
    }

    fn neg(&self) -> Self {
        Self { value: -&self.value, ..*self }
    }

    fn is_zero(&self) -> bool {
        self.value.is_zero()
    }

    fn order(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }

    /// The shortest fraction keeps the numbers of an elimination short.
    fn pivot_quality(&self) -> f64 {
        if self.is_zero() {
            return 0.0;
        }
        1.0 / (1 + self.value.numerator().bit_len() + self.value.denominator().bit_len()) as f64
    }

    fn after_solving(self, degree: f64) -> Self {
        Self { top: self.top.min(degree), bottom: self.bottom.min(degree), ..self }
    }

    fn size(&self) -> u64 {
        ((self.value.numerator().bit_len() + self.value.denominator().bit_len()) / 64 + 1) as u64
    }

    fn degree(&self) -> f64 {
        self.top.max(self.bottom)
    }
}
