//! Binary floating-point numbers of any precision. Operations round towards zero and return a bound
//! on the error.

use std::cmp::Ordering;
use std::sync::OnceLock;

use dashu_base::Sign;
use dashu_int::IBig;

use super::exponential::fixed_exp;
use super::limbs::{Buffer, Limbs, divide, divide_small, give, increase, multiply, subtract, take};

/// `± 0.limbs · 2^exponent`, the most significant limb last.
///
/// The highest bit of the last limb is set and the first limb is not zero: every number has one
/// form. Zero has no limbs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Float {
    negative: bool,
    exponent: i128,
    limbs: Limbs,
}

/// A result, and the `e` of a bound `2^e` on its error. `None`: the result is exact.
pub(super) type Cut = (Float, Option<i128>);

const LIMB: i128 = 64;

/// Numbers of a magnitude beyond `2^MAX_EXPONENT` have no exponential.
pub(super) const MAX_EXPONENT: i128 = 104;

/// Largest number of limbs of an exponential.
const MAX_LIMBS: usize = 64;

impl Float {
    pub(super) fn zero() -> Self {
        Self { negative: false, exponent: 0, limbs: Limbs::new() }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    /// The magnitude is at least `2^(exponent - 1)` and below `2^exponent`.
    pub(super) fn exponent(&self) -> i128 {
        self.exponent
    }

    /// The first 64 bits of the magnitude: it is at least `top · 2^(exponent - 64)` and below
    /// `(top + 1) · 2^(exponent - 64)`.
    pub(super) fn top(&self) -> u64 {
        self.limbs.last().copied().unwrap_or(0)
    }

    pub(super) fn neg(mut self) -> Self {
        self.negative = !self.negative && !self.is_zero();
        self
    }

    /// Times `2^bits`.
    pub(super) fn shifted(mut self, bits: i128) -> Self {
        if !self.is_zero() {
            self.exponent += bits;
        }
        self
    }

    /// `± 0.limbs · 2^exponent` for limbs of any form, in at most `most` limbs.
    fn new(negative: bool, mut exponent: i128, limbs: &[u64], most: usize) -> Cut {
        let Some(top) = limbs.iter().rposition(|&limb| limb != 0) else { return (Self::zero(), None) };
        exponent -= LIMB * (limbs.len() - 1 - top) as i128;
        let shift = limbs[top].leading_zeros();
        exponent -= i128::from(shift);
        // The 64 bits of the shifted number that end with the highest of `limbs[at]`.
        let shifted = |at: usize| match (shift, at) {
            (0, _) => limbs[at],
            (_, 0) => limbs[0] << shift,
            _ => limbs[at] << shift | limbs[at - 1] >> (64 - shift),
        };
        let lowest = (top + 1).saturating_sub(most);
        let cut = lowest > 0
            && (limbs[lowest - 1] << shift != 0 || limbs[..lowest - 1].iter().any(|&limb| limb != 0));
        let first = (lowest..=top).find(|&at| shifted(at) != 0).unwrap_or(top);
        let result = (first..=top).map(shifted).collect();
        let error = cut.then(|| exponent - LIMB * most as i128);
        (Self { negative, exponent, limbs: result }, error)
    }

    /// The same value; zero if `value` is not finite.
    pub(super) fn from_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let (field, fraction) = ((bits >> 52 & 0x7ff) as i128, bits & ((1 << 52) - 1));
        let (significand, exponent) = match field {
            0x7ff => (0, 0),
            0 => (fraction, -1074),
            _ => (fraction | 1 << 52, field - 1075),
        };
        Self::new(value < 0.0, exponent + LIMB, &[significand], 1).0
    }

    pub(super) fn from_integer(value: &IBig, most: usize) -> Cut {
        let (sign, words) = value.as_sign_words();
        Self::new(sign == Sign::Negative, LIMB * words.len() as i128, words, most)
    }

    pub(super) fn to_f64(&self) -> f64 {
        // 53 bits and a rounding for the rest.
        let magnitude = self.top() as f64;
        let exponent = (self.exponent - LIMB).clamp(-1200, 1200) as i32;
        let half = exponent / 2;
        let value = magnitude * power_of_two(half) * power_of_two(exponent - half);
        if self.negative { -value } else { value }
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (false, false) => {}
            (mine, others) => return others.cmp(&mine),
        }
        self.exponent.cmp(&other.exponent).then_with(|| self.limbs.iter().rev().cmp(other.limbs.iter().rev()))
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }

    pub(super) fn add(&self, other: &Self, most: usize) -> Cut {
        self.signed_sum(other, other.negative, most)
    }

    pub(super) fn sub(&self, other: &Self, most: usize) -> Cut {
        self.signed_sum(other, !other.negative, most)
    }

    /// The sum of `self` and `other` with the sign `others_sign`.
    fn signed_sum(&self, other: &Self, others_sign: bool, most: usize) -> Cut {
        if other.is_zero() {
            return self.clone().cut(most);
        }
        if self.is_zero() {
            return Self { negative: others_sign, ..other.clone() }.cut(most);
        }
        let (large, small, sign) = match self.compare_magnitude(other) {
            Ordering::Less => (other, self, others_sign),
            _ => (self, other, self.negative),
        };
        let distance = large.exponent - small.exponent;
        // Two extra limbs, so that the cut does not show after a cancellation of a few bits.
        // Numbers that cancel more have a small distance, and are not cut.
        let length =
            large.limbs.len().max(most + 2).max(if distance < 64 { small.limbs.len() + 1 } else { 0 });
        let mut sum = Buffer::from_elem(0, length + 1);
        sum[length - large.limbs.len()..length].copy_from_slice(&large.limbs);
        let (limbs, bits) = (distance / LIMB, (distance % LIMB) as u32);
        let mut sticky = false;
        let mut carry = false;
        if limbs >= length as i128 {
            sticky = true;
        } else {
            let limbs = limbs as usize;
            // Limb `at` of the small number, shifted down, has its highest bits at `high(at)` of
            // the sum.
            let lowest = length as isize - limbs as isize - small.limbs.len() as isize;
            let shifted = |at: isize| -> u64 {
                let own = at - lowest;
                let get = |own: isize| {
                    if own < 0 { 0 } else { small.limbs.get(own as usize).copied().unwrap_or(0) }
                };
                if bits == 0 { get(own) } else { get(own) >> bits | get(own + 1) << (64 - bits) }
            };
            sticky |= (lowest - 1..0).any(|at| shifted(at) != 0);
            let subtract = self.negative != others_sign;
            for at in 0.max(lowest - 1)..=length as isize {
                let limb = shifted(at);
                let place = &mut sum[at as usize];
                if subtract { take(place, limb, &mut carry) } else { give(place, limb, &mut carry) }
            }
        }
        let (sum, cut) = Self::new(sign, large.exponent + LIMB, &sum, most);
        let error = match (cut, sticky) {
            (cut, false) => cut,
            (cut, true) => {
                let below = large.exponent - LIMB * length as i128;
                Some(cut.map_or(below, |cut| cut.max(below) + 1))
            }
        };
        (sum, error)
    }

    /// The same number with at most `most` limbs.
    pub(super) fn cut(self, most: usize) -> Cut {
        if self.limbs.len() <= most {
            return (self, None);
        }
        Self::new(self.negative, self.exponent, &self.limbs, most)
    }

    pub(super) fn mul(&self, other: &Self, most: usize) -> Cut {
        if self.is_zero() || other.is_zero() {
            return (Self::zero(), None);
        }
        let mut product = Buffer::from_elem(0, self.limbs.len() + other.limbs.len());
        multiply(&self.limbs, &other.limbs, &mut product);
        Self::new(self.negative != other.negative, self.exponent + other.exponent, &product, most)
    }

    /// The divisor is not zero.
    pub(super) fn div(&self, other: &Self, most: usize) -> Cut {
        if self.is_zero() {
            return (Self::zero(), None);
        }
        let divisor = &other.limbs;
        // Enough limbs of the dividend for one extra limb of the quotient.
        let length = (most + 1 + divisor.len()).max(self.limbs.len() + 1);
        let mut rest = Buffer::from_elem(0, length);
        rest[length - 1 - self.limbs.len()..length - 1].copy_from_slice(&self.limbs);
        let mut quotient = divide(&mut rest, divisor);
        if rest.iter().any(|&limb| limb != 0) {
            // A limb below all that is kept marks the cut.
            quotient.insert(0, 1);
        }
        let exponent = self.exponent - other.exponent + LIMB;
        Self::new(self.negative != other.negative, exponent, &quotient, most)
    }

    /// The exponential, with an error below two units in the last of `most` limbs. `None` beyond
    /// [`MAX_EXPONENT`].
    pub(super) fn exp(&self, most: usize) -> Option<Cut> {
        if self.is_zero() {
            return Some((Self::from_f64(1.0), None));
        }
        if self.exponent > MAX_EXPONENT || most > MAX_LIMBS {
            return None;
        }
        // One extra limb: its 64 bits cover the errors below.
        let length = most + 1;
        let magnitude = self.fixed(length);
        // |x| / ln 2, rounded down or, where x is negative, up: x = k ln 2 + rest with 0 <= rest < 1.
        let share = self.mul(&constants().reciprocal_ln2, 4).0.integer().unsigned_abs();
        let mut count = if self.negative { share + 1 } else { share };
        let rest = loop {
            let multiple = ln2_times(count, length);
            let (larger, smaller) =
                if self.negative { (&multiple, &magnitude) } else { (&magnitude, &multiple) };
            let mut difference = larger.clone();
            if !subtract(&mut difference, smaller) {
                break difference;
            }
            count = if self.negative { count + 1 } else { count - 1 };
        };
        let power = fixed_exp(&rest[..length], length);
        let count = count as i128;
        let exponent = LIMB + if self.negative { -count } else { count };
        let (result, _) = Self::new(false, exponent, &power, most);
        // The cut of the result is below one unit in the last limb. The errors of the fixed-point
        // numbers are much smaller than another unit, so the sum is below two.
        let error = result.exponent - LIMB * most as i128 + 1;
        Some((result, Some(error)))
    }

    /// The magnitude as an integer multiple of `2^(-64 length)`, cut; two limbs before the point.
    fn fixed(&self, length: usize) -> Buffer {
        let mut fixed = Buffer::from_elem(0, length + 2);
        // Bit `b` of limb `l` of the number has the weight 2^(exponent - 64 (limbs - l) + b).
        let lowest = self.exponent - LIMB * self.limbs.len() as i128 + LIMB * length as i128;
        let (limbs, bits) = (lowest.div_euclid(LIMB), lowest.rem_euclid(LIMB) as u32);
        for (at, &limb) in self.limbs.iter().enumerate() {
            let mut put = |place: i128, limb: u64| {
                if limb != 0 && (0..fixed.len() as i128).contains(&place) {
                    fixed[place as usize] |= limb;
                }
            };
            put(limbs + at as i128, limb << bits);
            if bits > 0 {
                put(limbs + at as i128 + 1, limb >> (64 - bits));
            }
        }
        fixed
    }

    /// The integer part, rounded towards zero, of a number below `2^126`.
    pub(super) fn integer(&self) -> i128 {
        let fixed = self.fixed(0);
        let magnitude = (u128::from(fixed[1]) << 64 | u128::from(fixed[0])) as i128;
        if self.negative { -magnitude } else { magnitude }
    }

    pub(super) fn from_i128(value: i128) -> Self {
        let magnitude = value.unsigned_abs();
        Self::new(value < 0, 2 * LIMB, &[magnitude as u64, (magnitude >> 64) as u64], 2).0
    }

    /// ln 2 with `most` limbs. The error is below a unit in the last limb.
    pub(super) fn ln2(most: usize) -> Cut {
        let limbs = &constants().ln2;
        Self::new(false, 0, limbs, most)
    }

    /// The number as significand and exponent.
    pub(super) fn parts(&self) -> (IBig, i128) {
        let magnitude = IBig::from(dashu_int::UBig::from_words(&self.limbs));
        let exponent = self.exponent - LIMB * self.limbs.len() as i128;
        (if self.negative { -magnitude } else { magnitude }, exponent)
    }
}

/// `2^exponent`, for exponents of normal numbers.
pub(super) fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

struct Constants {
    /// A fixed-point fraction, cut.
    ln2: Vec<u64>,
    reciprocal_ln2: Float,
}

fn constants() -> &'static Constants {
    static CONSTANTS: OnceLock<Constants> = OnceLock::new();
    CONSTANTS.get_or_init(|| {
        let length = MAX_LIMBS + 6;
        // ln 2 = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749)
        let mut sum = vec![0; length + 1];
        let mut less = vec![0; length + 1];
        for (factor, of, negative) in [(18, 26u64, false), (2, 4801, true), (8, 8749, false)] {
            let mut power = vec![0; length + 1];
            power[length] = factor;
            divide_small(&mut power, of);
            for odd in (1u64..).step_by(2) {
                let mut term = power.clone();
                divide_small(&mut term, odd);
                if term.iter().all(|&limb| limb == 0) {
                    break;
                }
                increase(if negative { &mut less } else { &mut sum }, &term);
                divide_small(&mut power, of * of);
            }
        }
        subtract(&mut sum, &less);
        // The errors of the series stay in the lowest limb.
        let ln2 = sum[1..length].to_vec();
        let (float, _) = Float::new(false, 0, &ln2, 6);
        let (reciprocal_ln2, _) = Float::from_f64(1.0).div(&float, 5);
        Constants { ln2, reciprocal_ln2 }
    })
}

/// `count · ln 2` in units of `2^(-64 length)`, cut; two limbs before the point.
fn ln2_times(count: u128, length: usize) -> Buffer {
    let all = &constants().ln2;
    let ln2 = &all[all.len() - length - 2..];
    let mut product = Buffer::from_elem(0, length + 4);
    multiply(ln2, &[count as u64, (count >> 64) as u64], &mut product);
    Buffer::from_slice(&product[2..])
}

#[cfg(test)]
mod tests {
    use super::{Cut, Float};
    use dashu_base::Abs;
    use dashu_int::IBig;
    use dashu_ratio::RBig;
    use proptest::prelude::*;
    use std::cmp::Ordering;

    fn exact(x: &Float) -> RBig {
        let (significand, exponent) = x.parts();
        let power = IBig::from(1) << exponent.unsigned_abs() as usize;
        let value = RBig::from(significand);
        if exponent < 0 { value / power } else { value * power }
    }

    fn power(exponent: i128) -> RBig {
        exact(&Float::from_f64(1.0).shifted(exponent))
    }

    /// Integers with long runs of equal bits, and others, times a power of two.
    fn floats() -> impl Strategy<Value = Float> {
        let limb = prop_oneof![Just(0u64), Just(u64::MAX), Just(1u64 << 63), Just(1), any::<u64>()];
        (prop::collection::vec(limb, 0..9), any::<bool>(), -300i128..300)
            .prop_map(|(limbs, negative, exponent)| Float::new(negative, exponent, &limbs, 9).0)
    }

    fn is_within(cut: &Cut, truth: &RBig, most: usize) -> Result<(), TestCaseError> {
        let (result, error) = cut;
        prop_assert!(result.limbs.len() <= most);
        prop_assert!(result.limbs.last().is_none_or(|&limb| limb >> 63 == 1));
        prop_assert!(result.limbs.first() != Some(&0));
        let gap = (exact(result) - truth).abs();
        match error {
            None => prop_assert_eq!(gap, RBig::ZERO),
            Some(error) => {
                prop_assert!(gap < power(*error));
                prop_assert!(*error <= result.exponent - 64 * most as i128 + 1);
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_field_operations_are_cut_within_their_error(a in floats(), b in floats(), most in 1usize..6) {
            let (x, y) = (exact(&a), exact(&b));
            is_within(&a.add(&b, most), &(&x + &y), most)?;
            is_within(&a.sub(&b, most), &(&x - &y), most)?;
            is_within(&a.mul(&b, most), &(&x * &y), most)?;
            if !b.is_zero() {
                is_within(&a.div(&b, most), &(&x / &y), most)?;
            }
            prop_assert_eq!(a.compare(&b), x.cmp(&y));
        }

        #[test]
        fn numbers_that_nearly_cancel(a in floats(), ulps in -3i32..4, most in 1usize..6) {
            let below = Float::from_f64(f64::from(ulps)).shifted(a.exponent - 64 * 5);
            let b = a.add(&below, 12).0;
            is_within(&a.sub(&b, most), &(exact(&a) - exact(&b)), most)?;
        }

        #[test]
        fn doubles_and_integers_are_exact(x in any::<f64>().prop_filter("finite", |x| x.is_finite()), n in any::<i128>()) {
            prop_assert_eq!(Float::from_f64(x).to_f64(), x);
            prop_assert_eq!(exact(&Float::from_i128(n)), RBig::from(n));
            prop_assert_eq!(Float::from_i128(n >> 2).integer(), n >> 2);
            prop_assert_eq!(Float::from_integer(&IBig::from(n), 4).0, Float::from_i128(n));
        }

        /// A result with few bits is within its error bound of a result with more bits.
        #[test]
        fn exponentials_with_few_bits_are_near_those_with_many(x in -1e6f64..1e6, scale in -40i128..4, most in 1usize..20) {
            let x = Float::from_f64(x).shifted(scale);
            let (few, error) = x.exp(most).unwrap();
            let (many, _) = x.exp(most + 3).unwrap();
            let gap = few.sub(&many, 30).0;
            prop_assert!(gap.is_zero() || gap.exponent() <= error.unwrap());
        }
    }

    /// Compares with another implementation.
    #[test]
    fn exponentials_agree_with_dashu() {
        use dashu_float::{Context, round::mode::HalfEven};
        for bits in [256, 1024, 4096] {
            let context = Context::<HalfEven>::new(bits + 64);
            for x in [1.0, -1.0, 0.3, -17.25, 1e-9, 700.0, -12345.678, 1.0e6, std::f64::consts::LN_2] {
                let value = dashu_float::FBig::<HalfEven, 2>::try_from(x).unwrap();
                let other = context.exp(value.repr(), None).unwrap().value();
                let significand = Float::from_integer(other.repr().significand(), 80).0;
                let other = significand.shifted(other.repr().exponent() as i128);
                let (own, error) = Float::from_f64(x).exp(bits / 64).unwrap();
                let gap = own.sub(&other, 80).0;
                assert!(gap.is_zero() || gap.exponent() <= error.unwrap(), "{x} with {bits} bits");
            }
        }
    }

    #[test]
    fn exponentials_of_large_numbers_multiply() {
        let large = Float::from_f64(1e30);
        let (up, _) = large.exp(6).unwrap();
        let (down, _) = large.clone().neg().exp(6).unwrap();
        let gap = up.mul(&down, 6).0.sub(&Float::from_f64(1.0), 6).0;
        assert!(gap.exponent() < -380 && up.exponent() > 1 << 100, "{}", gap.exponent());
        assert!(Float::from_f64(1e40).exp(4).is_none());
    }

    #[test]
    fn magnitudes_compare_before_signs() {
        let x = Float::from_f64(3.0);
        assert_eq!(x.compare(&x.clone().neg()), Ordering::Greater);
        assert_eq!(Float::zero().compare(&x), Ordering::Less);
        assert_eq!(Float::zero().compare(&x.neg()), Ordering::Greater);
    }
}
