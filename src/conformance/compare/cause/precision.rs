//! Number formats with fewer bits than f64.

use crate::conformance::case::Parameters;

/// A binary floating-point format.
#[derive(Clone, Copy)]
pub(super) struct Format {
    pub(super) name: &'static str,
    /// Significant bits, with the leading one.
    bits: i32,
    /// Exponent of the smallest normal number.
    min_exponent: i32,
}

pub(super) const F32: Format = Format { name: "single precision (f32)", bits: 24, min_exponent: -126 };
const F16: Format = Format { name: "half precision (f16)", bits: 11, min_exponent: -14 };
const BF16: Format = Format { name: "half precision (bf16)", bits: 8, min_exponent: -126 };
pub(super) const HALVES: [Format; 2] = [F16, BF16];

impl Format {
    /// The nearest number of the format; overflow is ignored.
    pub(super) fn round(self, x: f64) -> f64 {
        let step = self.step(x);
        (x / step).round_ties_even() * step
    }

    /// The distance of neighbouring numbers of the format at `x`.
    fn step(self, x: f64) -> f64 {
        let exponent = (x.abs().to_bits() >> 52) as i32 - 1023;
        2f64.powi(exponent.max(self.min_exponent) - (self.bits - 1))
    }

    /// Is every number one of the format, so that the numbers were rounded to it? Numbers that
    /// are exact in few bits anyway, such as 0 and 1, are no evidence.
    pub(super) fn holds(self, numbers: impl Iterator<Item = f64>) -> bool {
        let mut is_evident = false;
        for x in numbers {
            if self.round(x) != x {
                return false;
            }
            is_evident |= COARSE.round(x) != x;
        }
        is_evident
    }

    /// Is every number of `found` the true one, rounded once?
    pub(super) fn is_rounded(self, truth: &Parameters, found: &Parameters) -> bool {
        // The true number can be rounded in f64 before.
        let is_near = |(y, x): (f64, f64)| (x - y).abs() <= 0.500001 * self.step(y);
        self.holds(found.values()) && truth.values().zip(found.values()).all(is_near)
    }
}

/// A format so coarse that a rounded number is in it only by chance or because it is simple.
const COARSE: Format = Format { name: "", bits: 4, min_exponent: -126 };

#[cfg(test)]
mod tests {
    use super::{BF16, F16, F32};

    #[test]
    fn rounding_is_that_of_the_formats() {
        for x in [1.0, -0.1, 3.5e-9, 65504.0, 1.0 / 3.0, -2.7e-5] {
            assert_eq!(F32.round(x), f64::from(x as f32));
        }
        // Known numbers of both formats.
        assert_eq!(F16.round(0.1), 0.0999755859375);
        assert_eq!(F16.round(6e-8), 2f64.powi(-24));
        assert_eq!(BF16.round(0.1), 0.10009765625);
        assert_eq!(F16.round(0.0), 0.0);
        assert!(F16.holds([0.0999755859375].into_iter()) && !F16.holds([0.1].into_iter()));
        assert!(!F16.holds([0.0, 1.0, -0.5].into_iter()), "simple numbers are no evidence");
    }
}
