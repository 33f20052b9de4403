//! Floating point with 256 bits.

use std::cell::RefCell;
use std::cmp::Ordering;

use dashu_base::Abs;
use dashu_float::round::mode::HalfEven;
use dashu_float::{ConstCache, FBig};
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

thread_local! {
    /// ln 2 and its like, which would otherwise be computed for every logarithm. Results are rounded correctly, so that they
    /// do not depend on what is in here.
    static CONSTANTS: RefCell<ConstCache> = const { RefCell::new(ConstCache::new()) };
}

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
        if self.to_f64().abs() >= LARGEST_EXPONENT {
            return None;
        }
        CONSTANTS.with_borrow_mut(|constants| {
            let exponential = self.0.context().exp(self.0.repr(), Some(constants));
            exponential.ok().map(|rounded| Self::of(rounded.value()))
        })
    }

    /// `None` where the argument is not positive.
    pub(crate) fn ln(&self) -> Option<Self> {
        if self.order(&Self::zero()) != Ordering::Greater {
            return None;
        }
        CONSTANTS.with_borrow_mut(|constants| {
            let logarithm = self.0.context().ln(self.0.repr(), Some(constants));
            logarithm.ok().map(|rounded| Self::of(rounded.value()))
        })
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

#[cfg(test)]
mod tests {
    use super::High;
    use crate::number::Number;
    use dashu_ratio::RBig;

    /// The same bits whatever was computed before, and on whichever thread.
    #[test]
    fn results_do_not_depend_on_what_is_remembered() {
        let third = High::rational(&RBig::from_parts(1.into(), 3u8.into()));
        let both = |x: &High| (x.exp().unwrap().0, x.ln().unwrap().0);
        let fresh = std::thread::scope(|scope| scope.spawn(|| both(&third)).join().unwrap());
        for k in 1..200 {
            let other = High::rational(&RBig::from_parts(k.into(), 7u8.into()));
            let (exponential, logarithm) = both(&other);
            assert_eq!(both(&third), fresh);
            assert_eq!((other.0.exp(), other.0.ln()), (exponential, logarithm), "{k}/7");
        }
    }
}
