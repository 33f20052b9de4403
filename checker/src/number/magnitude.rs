//! Bounds on magnitudes, rounded up.

use std::cmp::Ordering;

use super::float::{Float, power_of_two};

/// A bound on a magnitude, rounded up: `mantissa * 2^exponent`, of any size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Magnitude {
    /// 1 to 2, or zero, or infinite.
    pub(super) mantissa: f64,
    pub(super) exponent: i128,
}

/// Covers the roundings of one operation on mantissas.
const UP: f64 = 1.0 + 4.0 * f64::EPSILON;

/// Magnitudes with larger exponents count as infinite.
const MAX_BINARY_EXPONENT: i128 = 1 << 120;

impl Magnitude {
    pub(super) const ZERO: Self = Self { mantissa: 0.0, exponent: 0 };
    pub(super) const INFINITE: Self = Self { mantissa: f64::INFINITY, exponent: 0 };

    pub(super) fn new(value: f64, exponent: i128) -> Self {
        if value == 0.0 {
            return Self::ZERO;
        }
        if !value.is_finite() || exponent.abs() > MAX_BINARY_EXPONENT {
            return Self::INFINITE;
        }
        let bits = value.to_bits();
        let own = (bits >> 52) as i128 & 0x7ff;
        if own == 0 {
            return Self::new(value * power_of_two(200), exponent - 200);
        }
        let mantissa = f64::from_bits(bits & !(0x7ff << 52) | 1023 << 52);
        Self { mantissa, exponent: exponent + own - 1023 }
    }

    /// An upper bound on the magnitude of the number, at most `UP²` times it.
    pub(super) fn of(float: &Float) -> Self {
        if float.is_zero() {
            return Self::ZERO;
        }
        // Covers the conversion and the bits below the first 64.
        Self::new(float.top() as f64 * UP, float.exponent() - 64)
    }

    pub(super) fn power(exponent: i128) -> Self {
        Self { mantissa: 1.0, exponent }
    }

    pub(super) fn from_f64(value: f64) -> Self {
        Self::new(value.abs() * UP, 0)
    }

    pub(super) fn add(self, other: Self) -> Self {
        let (large, small) = if self.cmp(other).is_ge() { (self, other) } else { (other, self) };
        if small.mantissa == 0.0 || !large.mantissa.is_finite() {
            return large;
        }
        Self::new((large.mantissa + small.beside(large)) * UP, large.exponent)
    }

    /// An upper bound on its mantissa with the exponent of a larger magnitude.
    pub(super) fn beside(self, large: Self) -> f64 {
        let distance = (large.exponent - self.exponent).min(60);
        self.mantissa * power_of_two(-(distance as i32))
    }

    pub(super) fn mul(self, other: Self) -> Self {
        if self.mantissa == 0.0 || other.mantissa == 0.0 {
            return Self::ZERO;
        }
        Self::new(self.mantissa * other.mantissa * UP, self.exponent + other.exponent)
    }

    /// An upper bound on the quotient; `other` is a lower bound of the divisor.
    pub(super) fn div(self, other: Self) -> Self {
        if self.mantissa == 0.0 {
            return Self::ZERO;
        }
        if other.mantissa == 0.0 {
            return Self::INFINITE;
        }
        Self::new(self.mantissa / other.mantissa * UP, self.exponent - other.exponent)
    }

    pub(super) fn shifted(self, bits: i128) -> Self {
        if self.mantissa == 0.0 { self } else { Self::new(self.mantissa, self.exponent + bits) }
    }

    pub(super) fn cmp(self, other: Self) -> Ordering {
        let key = |m: Self| (m.mantissa != 0.0, m.mantissa.is_infinite(), m.exponent);
        key(self).cmp(&key(other)).then(self.mantissa.total_cmp(&other.mantissa))
    }

    /// `self - other`, rounded down, at least zero.
    pub(super) fn minus(self, other: Self) -> Self {
        if self.cmp(other).is_le() || !other.mantissa.is_finite() {
            return Self::ZERO;
        }
        let small = if other.mantissa == 0.0 { 0.0 } else { other.beside(self) };
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
            exponent => self.mantissa * power_of_two(exponent as i32) * UP,
        }
    }
}
