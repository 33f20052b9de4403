//! Floating point with 256 bits.

use std::cmp::Ordering;

use dashu_base::Abs;
use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use dashu_ratio::RBig;

use super::Number;

/// Precision of every operation, in bits.
pub(crate) const PRECISION: usize = 256;

type Float = FBig<HalfEven, 2>;

/// A number of 256 bits.
#[derive(Clone, Debug)]
pub(crate) struct High(Float);

/// What the roundings of one quantity in two ways differ by at most, relative to it.
const ROUNDED: f64 = 1e-60;

const LARGEST_EXPONENT: f64 = (1u64 << 24) as f64;

impl High {
    /// A result of the precision of all others; an exact one, such as `exp 0`, comes without any.
    fn of(float: Float) -> Self {
        Self(float.with_precision(PRECISION).value())
    }

    /// The same value; every finite f64 has one.
    pub(crate) fn from_f64(value: f64) -> Self {
        let float = Float::try_from(value).unwrap_or(Float::ZERO);
        Self(float.with_precision(PRECISION).value())
    }

    /// `None` where the result would have an exponent of more than some ten million.
    pub(crate) fn exp(&self) -> Option<Self> {
        (self.to_f64().abs() < LARGEST_EXPONENT).then(|| Self::of(self.0.exp()))
    }

    /// `None` where the argument is not positive.
    pub(crate) fn ln(&self) -> Option<Self> {
        (self.order(&Self::zero()) == Ordering::Greater).then(|| Self::of(self.0.ln()))
    }

    pub(crate) fn to_f64(&self) -> f64 {
        self.0.to_f64().value()
    }

    pub(crate) fn abs(&self) -> Self {
        Self(self.0.clone().abs())
    }

    /// `digits` significant decimal digits.
    pub(crate) fn decimal(&self, digits: usize) -> String {
        let decimal = self.0.clone().with_base_and_precision::<10>(digits).value();
        format!("{decimal:e}")
    }
}

impl Number for High {
    fn zero() -> Self {
        Self(Float::ZERO.with_precision(PRECISION).value())
    }

    fn one() -> Self {
        Self(Float::ONE.with_precision(PRECISION).value())
    }

    fn rational(value: &RBig) -> Self {
        let top = Float::from(value.numerator().clone()).with_precision(PRECISION).value();
        if value.is_int() {
            return Self(top);
        }
        let bottom = Float::from(dashu_int::IBig::from(value.denominator().clone()));
        Self(top / bottom.with_precision(PRECISION).value())
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
        self.0.repr().significand().is_zero()
    }

    fn order(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }

    fn ties(&self, other: &Self) -> bool {
        let size = if self.abs().order(&other.abs()).is_lt() { other.abs() } else { self.abs() };
        self.sub(other).abs().order(&size.mul(&Self::from_f64(ROUNDED))).is_le()
    }

    fn pivot_quality(&self) -> f64 {
        self.to_f64().abs()
    }
}
