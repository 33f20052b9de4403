//! f64 with a running error bound, for the finite-difference tier.

use std::cmp::Ordering;

use dashu_ratio::RBig;

use super::Number;

/// A number within `radius` of `middle`.
///
/// The radius follows the standard model of floating-point arithmetic, with the unit roundoff taken
/// twice, so that the roundings of the radius itself are covered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ball {
    pub(crate) middle: f64,
    pub(crate) radius: f64,
}

const ROUNDOFF: f64 = f64::EPSILON;

impl Ball {
    pub(crate) fn new(middle: f64, radius: f64) -> Self {
        Self { middle, radius }
    }

    pub(crate) fn exact(middle: f64) -> Self {
        Self { middle, radius: 0.0 }
    }

    fn rounded(middle: f64, radius: f64) -> Self {
        Self { middle, radius: radius + ROUNDOFF * middle.abs() }
    }

    /// `exp` of the standard library, within 1 ulp.
    pub(crate) fn exp(self) -> Self {
        let middle = self.middle.exp();
        Self::rounded(middle, middle * self.radius.exp_m1() + ROUNDOFF * middle)
    }

    /// `None` if the ball reaches zero.
    pub(crate) fn ln(self) -> Option<Self> {
        let low = self.middle - self.radius;
        if low <= 0.0 {
            return None;
        }
        let middle = self.middle.ln();
        Some(Self::rounded(middle, self.radius / low + ROUNDOFF * middle.abs()))
    }

    /// Whether the two may be one number with different rounding errors.
    pub(crate) fn ties(&self, other: &Self) -> bool {
        (self.middle - other.middle).abs() <= self.radius + other.radius
    }
}

impl Number for Ball {
    fn zero() -> Self {
        Self::exact(0.0)
    }

    fn one() -> Self {
        Self::exact(1.0)
    }

    fn rational(value: &RBig) -> Self {
        if let (true, Ok(small)) = (value.is_int(), i32::try_from(value.numerator())) {
            return Self::exact(f64::from(small));
        }
        Self::rounded(value.to_f64().value(), 0.0)
    }

    fn add(&self, other: &Self) -> Self {
        Self::rounded(self.middle + other.middle, self.radius + other.radius)
    }

    fn sub(&self, other: &Self) -> Self {
        Self::rounded(self.middle - other.middle, self.radius + other.radius)
    }

    fn mul(&self, other: &Self) -> Self {
        let radius =
            self.middle.abs() * other.radius + other.middle.abs() * self.radius + self.radius * other.radius;
        Self::rounded(self.middle * other.middle, radius)
    }

    fn div(&self, other: &Self) -> Option<Self> {
        let low = other.middle.abs() - other.radius;
        if low <= 0.0 {
            return None;
        }
        let middle = self.middle / other.middle;
        Some(Self::rounded(middle, (self.radius + middle.abs() * other.radius) / low))
    }

    fn neg(&self) -> Self {
        Self { middle: -self.middle, radius: self.radius }
    }

    fn is_zero(&self) -> bool {
        self.middle == 0.0 && self.radius == 0.0
    }

    fn order(&self, other: &Self) -> Ordering {
        self.middle.total_cmp(&other.middle)
    }

    fn pivot_quality(&self) -> f64 {
        (self.middle.abs() - self.radius).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Ball;
    use crate::number::Number;
    use dashu_ratio::RBig;

    /// The exact result of a chain of operations lies in the ball.
    #[test]
    fn the_exact_result_is_inside() {
        for n in 1..200i64 {
            let third = Ball::rational(&RBig::from_parts(n.into(), 3u8.into()));
            let seventh = Ball::rational(&RBig::from_parts(n.into(), 7u8.into()));
            let result = third.mul(&seventh).sub(&third).div(&seventh.add(&third)).unwrap();
            let exact = RBig::from_parts((n * n - 7 * n).into(), (10 * n as u64).into());
            let error = (result.middle - exact.to_f64().value()).abs();
            assert!(error <= result.radius && result.radius < 1e-13, "{n}: {error} {}", result.radius);
        }
    }

    #[test]
    fn division_by_a_ball_around_zero_is_refused() {
        assert!(Ball::exact(1.0).div(&Ball::new(1e-20, 1e-18)).is_none());
        assert!(Ball::new(1e-20, 1e-18).ln().is_none());
    }
}
