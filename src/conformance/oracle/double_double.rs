//! Numbers with twice the precision of f64. With them, the oracle's answers are accurate to the
//! last printed bit and the same on every machine.
//!
//! A number is the unevaluated sum `hi + lo` of two f64, where `hi` is the rounded sum: about 106
//! bits (Dekker, Numer. Math. 18, 1971, doi 10.1007/BF01397083). Only `+ − × ÷` of f64 are used for
//! the result, which every platform rounds in the same way. The platform's `exp` is not called, and
//! its `ln` gives only an initial value.
//!
//! Relative error, measured against 256 bits by the tests below: 2⁻¹⁰⁰ for `+ − × ÷` and `exp` of
//! arguments within ±700. Beyond 10²⁹⁹, a product has the precision of f64. Infinities and NaN are
//! those of f64, so comparisons have the results of f64.

use nalgebra::DMatrix;
use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};
use svpg_reference::number::{Matrix, Real, Scalar, eliminate};

/// `hi + lo` with `hi` the nearest f64 of the sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DoubleDouble {
    hi: f64,
    lo: f64,
}

const LN_2: DoubleDouble = DoubleDouble { hi: std::f64::consts::LN_2, lo: 2.319046813846299e-17 };

impl DoubleDouble {
    /// Exactly `x`.
    pub(crate) const fn new(x: f64) -> Self {
        Self { hi: x, lo: 0.0 }
    }

    /// The nearest f64.
    pub(crate) fn hi(self) -> f64 {
        self.hi
    }

    /// `a + b` of any two f64, exactly (Knuth).
    #[inline]
    fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let part = hi - a;
        Self { hi, lo: (a - (hi - part)) + (b - part) }
    }

    /// `a + b` where `|a| ≥ |b|` or `a` is 0, exactly (Dekker).
    #[inline]
    fn ordered_sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        Self { hi, lo: b - (hi - a) }
    }

    /// `a · b`, exactly unless it overflows or underflows (Veltkamp's split: not every machine has
    /// a fused multiply-add, and its software replacement is slower).
    #[inline]
    fn product(a: f64, b: f64) -> Self {
        const SPLIT: f64 = 134_217_729.0; // 2²⁷ + 1
        let halves = |x: f64| {
            let wide = SPLIT * x;
            let upper = wide - (wide - x);
            (upper, x - upper)
        };
        let hi = a * b;
        let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
        let lo = ((a1 * b1 - hi) + a1 * b2 + a2 * b1) + a2 * b2;
        // The split overflows before the product does. The result is then the product in f64.
        Self { hi, lo: if lo.is_finite() { lo } else { 0.0 } }
    }

    /// The number times 2 to the `power`. The result can be subnormal.
    fn times_power_of_two(self, power: i32) -> Self {
        // Three steps, because 2^power can overflow or underflow even if the result does not.
        let step = power / 3;
        let factors =
            [step, step, power - 2 * step].map(|p| f64::from_bits(((1023 + i64::from(p)) as u64) << 52));
        let scale = |x: f64| x * factors[0] * factors[1] * factors[2];
        Self::ordered_sum(scale(self.hi), scale(self.lo))
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let upper = Self::sum(self.hi, other.hi);
        if !upper.hi.is_finite() {
            return Self::new(upper.hi);
        }
        let lower = Self::sum(self.lo, other.lo);
        let partial = Self::ordered_sum(upper.hi, upper.lo + lower.hi);
        Self::ordered_sum(partial.hi, partial.lo + lower.lo)
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        let upper = Self::product(self.hi, other.hi);
        if !upper.hi.is_finite() {
            return Self::new(upper.hi);
        }
        Self::ordered_sum(upper.hi, upper.lo + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for DoubleDouble {
    type Output = Self;

    /// Long division, three digits of 53 bits.
    #[inline]
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        if !first.is_finite() || other.hi.is_infinite() {
            return Self::new(first);
        }
        let rest = self - other * Self::new(first);
        let second = rest.hi / other.hi;
        let rest = rest - other * Self::new(second);
        let third = rest.hi / other.hi;
        Self::ordered_sum(first, second) + Self::new(third)
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }
}

impl AddAssign for DoubleDouble {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl PartialOrd for DoubleDouble {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.hi.partial_cmp(&other.hi) {
            Some(Ordering::Equal) => self.lo.partial_cmp(&other.lo),
            order => order,
        }
    }
}

impl Scalar for DoubleDouble {
    fn zero() -> Self {
        Self::new(0.0)
    }

    fn one() -> Self {
        Self::new(1.0)
    }

    fn ratio(numerator: i64, denominator: i64) -> Self {
        // An i64 can need 63 bits: the upper and the lower half are one f64 each.
        let exact = |n: i64| {
            let upper = n & !0xffff_ffff;
            Self::sum(upper as f64, (n - upper) as f64)
        };
        exact(numerator) / exact(denominator)
    }

    fn from_f64(x: f64) -> Option<Self> {
        x.is_finite().then_some(Self::new(x))
    }

    fn to_f64(&self) -> f64 {
        self.hi
    }

    fn is_zero(&self) -> bool {
        self.hi == 0.0
    }

    fn is_finite(&self) -> bool {
        self.hi.is_finite() && self.lo.is_finite()
    }

    /// LU decomposition in f64, then refinement with residuals in double-double. The cost is one
    /// factorisation in f64 and a few matrix-vector products. If the matrix is too ill-conditioned,
    /// elimination in double-double.
    fn solve(a: &Matrix<Self>, b: &Matrix<Self>) -> Option<Matrix<Self>> {
        let n = a.rows();
        let factors = DMatrix::from_fn(n, n, |i, j| a[(i, j)].hi).lu();
        let mut x = Matrix::<Self>::zeros(n, b.cols());
        let mut previous = f64::INFINITY;
        loop {
            let residual = DMatrix::from_fn(n, b.cols(), |i, m| {
                let row = a.row(i).iter().enumerate();
                row.fold(b[(i, m)], |rest, (j, &entry)| rest - entry * x[(j, m)]).hi
            });
            let Some(step) = factors.solve(&residual) else { return eliminate(a, b) };
            let size = step.amax();
            let scale = x.entries().iter().fold(0.0f64, |most, entry| most.max(entry.hi.abs()));
            if !size.is_finite() || size > 0.25 * previous {
                return eliminate(a, b);
            }
            for i in 0..n {
                for m in 0..b.cols() {
                    x[(i, m)] += Self::new(step[(i, m)]);
                }
            }
            if size <= 1e-26 * scale || size == 0.0 {
                return Some(x);
            }
            previous = size;
        }
    }
}

impl Real for DoubleDouble {
    /// `exp(k ln 2 + 512 r) = 2^k (1 + expm1(r))^512`: a short series, then nine doublings of
    /// `expm1`.
    fn exp(&self) -> Self {
        if self.hi > 709.78 {
            return Self::new(f64::INFINITY);
        }
        if self.hi < -745.2 {
            return Self::zero();
        }
        if self.hi.is_nan() {
            return *self;
        }
        const DOUBLINGS: i32 = 9;
        let k = (self.hi / LN_2.hi).round();
        let r = (*self - LN_2 * Self::new(k)).times_power_of_two(-DOUBLINGS);
        // |r| < 7e-4: the term after the last is below 2⁻¹¹⁰ of r.
        let mut series = Self::one();
        for denominator in (2..=10).rev() {
            series = Self::one() + series * r / Self::new(f64::from(denominator));
        }
        let mut less_one = series * r;
        for _ in 0..DOUBLINGS {
            less_one = less_one * (less_one + Self::new(2.0));
        }
        (Self::one() + less_one).times_power_of_two(k as i32)
    }

    /// One Newton step on `exp(y) = x` from the platform's `ln`. The last bits of the platform's
    /// `ln` do not affect the result.
    fn ln(&self) -> Self {
        if self.hi <= 0.0 || !self.hi.is_finite() {
            return Self::new(self.hi.ln());
        }
        // Near the ends of the exponent range exp(-y) would overflow.
        let shift = match self.hi {
            x if x < 1e-200 => 512,
            x if x > 1e200 => -512,
            _ => 0,
        };
        let x = self.times_power_of_two(shift);
        let guess = Self::new(x.hi.ln());
        guess + (x * (-guess).exp() - Self::one()) - LN_2 * Self::new(f64::from(shift))
    }

    fn epsilon() -> Self {
        Self::new(f64::EPSILON * f64::EPSILON)
    }
}

#[cfg(test)]
mod tests {
    use super::DoubleDouble;
    use crate::random::SplitMix64;
    use svpg_reference::number::{Float256, Matrix, Real, Scalar};

    fn wide(x: DoubleDouble) -> Float256 {
        Float256::from_f64(x.hi).unwrap() + Float256::from_f64(x.lo).unwrap()
    }

    fn relative_error(found: DoubleDouble, expected: &Float256) -> f64 {
        ((wide(found) - expected.clone()) / expected.clone()).to_f64().abs()
    }

    /// A number that uses all 106 bits.
    fn number(random: &mut SplitMix64, scale: f64) -> DoubleDouble {
        DoubleDouble::new(random.symmetric(scale))
            + DoubleDouble::new(random.symmetric(scale * 2f64.powi(-53)))
    }

    const BOUND: f64 = 1.0 / (1u128 << 100) as f64;

    #[test]
    fn arithmetic_is_good_to_100_bits() {
        let mut random = SplitMix64::new(11);
        for _ in 0..2_000 {
            let (a, b) = (number(&mut random, 3.0), number(&mut random, 5.0));
            assert!(relative_error(a * b, &(wide(a) * wide(b))) < BOUND);
            assert!(relative_error(a / b, &(wide(a) / wide(b))) < BOUND);
            assert!(relative_error(a + b, &(wide(a) + wide(b))) < BOUND);
            assert!(relative_error(a - b, &(wide(a) - wide(b))) < BOUND);
        }
    }

    #[test]
    fn exponential_and_logarithm_are_good_to_98_bits() {
        let mut random = SplitMix64::new(12);
        for scale in [1e-20, 1e-3, 1.0, 30.0, 600.0] {
            for _ in 0..100 {
                let x = number(&mut random, scale);
                // If an argument of size 600 has the relative error 2⁻¹⁰⁶, the exponential has the
                // relative error 2⁻⁹⁷.
                let bound = 4.0 * BOUND * (1.0 + scale);
                assert!(relative_error(x.exp(), &wide(x).exp()) < bound, "exp {x:?}");
                let y = x.exp();
                if scale > 0.5 {
                    let error = (wide(y.ln()) - wide(y).ln()).to_f64().abs();
                    assert!(error < bound, "ln {y:?}: {error:e}");
                }
            }
        }
    }

    #[test]
    fn infinities_are_those_of_f64() {
        let infinity = DoubleDouble::new(1000.0).exp();
        for (found, expected) in [
            (infinity * DoubleDouble::new(-2.0), f64::NEG_INFINITY),
            (infinity + DoubleDouble::new(-2.0), f64::INFINITY),
            (DoubleDouble::one() / infinity, 0.0),
            (DoubleDouble::one() / DoubleDouble::zero(), f64::INFINITY),
            (DoubleDouble::new(1e300) * DoubleDouble::new(3.0), 3e300),
            (DoubleDouble::new(1e300) * DoubleDouble::new(1e300), f64::INFINITY),
        ] {
            assert_eq!((found.hi, found.lo), (expected, 0.0));
        }
        assert!((infinity - infinity).hi.is_nan());
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(DoubleDouble::new(-800.0).exp().hi, 0.0);
        assert_eq!(DoubleDouble::new(800.0).exp().hi, f64::INFINITY);
        assert!(DoubleDouble::new(f64::NAN).exp().hi.is_nan());
        assert_eq!(DoubleDouble::zero().ln().hi, f64::NEG_INFINITY);
        let subnormal = DoubleDouble::new(-740.0).exp();
        assert!((subnormal.hi - 4.199_558e-322).abs() < 1e-323);
        let tiny = DoubleDouble::new(f64::MIN_POSITIVE);
        assert!((tiny.ln().hi - f64::MIN_POSITIVE.ln()).abs() < 1e-12);
    }

    #[test]
    fn solve_is_exact_beyond_f64_also_where_lu_in_f64_is_not() {
        // The Hilbert matrix of order 10 has condition 1.6e13; of order 14, 6e17: f64 would lose
        // every digit.
        for n in [1, 3, 10, 14] {
            let a = Matrix::from_fn(n, n, |i, j| DoubleDouble::ratio(1, (i + j + 1) as i64));
            let x = Matrix::from_fn(n, 1, |i, _| DoubleDouble::ratio(1, i as i64 + 3));
            let b = Matrix::from_fn(n, 1, |i, _| {
                (0..n).fold(DoubleDouble::zero(), |sum, j| sum + a[(i, j)] * x[(j, 0)])
            });
            let found = DoubleDouble::solve(&a, &b).unwrap();
            for i in 0..n {
                assert!((found[(i, 0)].hi - x[(i, 0)].hi).abs() < 1e-11, "order {n}");
            }
        }
        let singular = Matrix::from_fn(2, 2, |_, _| DoubleDouble::one());
        assert!(
            DoubleDouble::solve(&singular, &Matrix::from_fn(2, 1, |i, _| DoubleDouble::new(i as f64)))
                .is_none()
        );
    }
}
