//! Arithmetic modulo primes of 61 bits, in Montgomery form (Montgomery 1985, doi
//! 10.1090/S0025-5718-1985-0777282-X).

use dashu_base::{BitTest, DivRem};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::random::{Random, is_prime};

/// Bits of a modulus.
pub(crate) const BITS: u32 = 61;

/// A lower bound on the number of primes that can be drawn, as a logarithm to base 2. There are
/// more than `x / (2 ln x)` primes between `x / 2` and `x` (Rosser and Schoenfeld 1962, doi
/// 10.1215/ijm/1255631807), 2^54.5 of this length. [`is_rooted`] leaves one residue in 256. Primes
/// are distributed evenly over the residues; half a bit is left for deviations.
pub(crate) const LOG_PRIMES: f64 = 46.0;

/// Modulo a prime with such residues, -1 is not a square; 2, 3, 5, 7, 11 and 13 are squares, so the
/// square roots of positive constants that are squares multiply like positive numbers; and every
/// residue has exactly one root of order 3, 5 and 7.
fn is_rooted(prime: u64) -> bool {
    // By quadratic reciprocity. Roots of odd order are unique because the prime is not 1 modulo 3,
    // 5 and 7.
    prime % 8 == 7
        && prime % 3 == 2
        && prime % 5 == 4
        && matches!(prime % 7, 3 | 5 | 6)
        && matches!(prime % 11, 2 | 6 | 7 | 8 | 10)
        && matches!(prime % 13, 1 | 3 | 4 | 9 | 10 | 12)
}

/// The integers modulo an odd prime of 61 bits. A residue stands for `x` as `x * 2^64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    prime: u64,
    /// `-1 / prime` modulo 2^64.
    inverse: u64,
    /// `2^64`, which stands for one.
    one: u64,
    /// `2^128`.
    square: u64,
}

impl Field {
    pub(crate) fn new(prime: u64) -> Self {
        let mut inverse: u64 = 1;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(prime.wrapping_mul(inverse)));
        }
        let one = ((1u128 << 64) % u128::from(prime)) as u64;
        let square = (u128::from(one) * u128::from(one) % u128::from(prime)) as u64;
        Self { prime, inverse: inverse.wrapping_neg(), one, square }
    }

    /// The integers modulo a random prime of 61 bits that [`is_rooted`] accepts. A square also has
    /// roots of order 2, 4, ….
    pub(crate) fn random(random: &mut Random) -> Self {
        Self::with_subgroup(random, 1)
    }

    /// The same with a subgroup of order `factor`: a prime from 17 to 2^32, or 1.
    pub(crate) fn with_subgroup(random: &mut Random, factor: u64) -> Self {
        let low = (1u64 << (BITS - 1)) / (2 * factor);
        loop {
            let candidate = 2 * factor * (low + 1 + random.below(low - 1)) + 1;
            if is_rooted(candidate) && candidate >> (BITS - 1) == 1 && is_prime(candidate) {
                return Self::new(candidate);
            }
        }
    }

    /// The root of this order, which is a product of 2, 3, 5 and 7; `None` if there is none.
    pub(crate) fn root(&self, residue: u64, order: u64) -> Option<u64> {
        let (mut order, mut root) = (order, residue);
        while order.is_multiple_of(2) {
            let square = root;
            // Of the two square roots, take the one that is a square.
            root = self.power(square, (self.prime + 1) / 4);
            if self.mul(root, root) != square {
                return None;
            }
            order /= 2;
        }
        for odd in [3, 5, 7] {
            let inverse = (1..odd).map(|k| k * (self.prime - 1) + 1).find(|n| n.is_multiple_of(odd))? / odd;
            while order.is_multiple_of(odd) {
                root = self.power(root, inverse);
                order /= odd;
            }
        }
        (order == 1).then_some(root)
    }

    pub(crate) fn prime(&self) -> u64 {
        self.prime
    }

    #[inline]
    fn reduce(&self, product: u128) -> u64 {
        let factor = (product as u64).wrapping_mul(self.inverse);
        let sum = ((product + u128::from(factor) * u128::from(self.prime)) >> 64) as u64;
        if sum >= self.prime { sum - self.prime } else { sum }
    }

    pub(crate) fn one(&self) -> u64 {
        self.one
    }

    #[inline]
    pub(crate) fn add(&self, a: u64, b: u64) -> u64 {
        let sum = a + b;
        if sum >= self.prime { sum - self.prime } else { sum }
    }

    #[inline]
    pub(crate) fn sub(&self, a: u64, b: u64) -> u64 {
        if a >= b { a - b } else { a + self.prime - b }
    }

    #[inline]
    pub(crate) fn neg(&self, a: u64) -> u64 {
        if a == 0 { 0 } else { self.prime - a }
    }

    #[inline]
    pub(crate) fn mul(&self, a: u64, b: u64) -> u64 {
        self.reduce(u128::from(a) * u128::from(b))
    }

    /// The residue of a sum of products; the sum may have any size.
    #[inline]
    pub(crate) fn reduce_sum(&self, sum: u128) -> u64 {
        // The reduction requires less than 2^64 times the prime. The part above counts as a
        // multiple of 2^64.
        let high = ((sum >> 64) as u64) % self.prime;
        self.reduce(u128::from(high) << 64 | u128::from(sum as u64))
    }

    pub(crate) fn power(&self, base: u64, exponent: u64) -> u64 {
        if exponent == 1 { base } else { self.powers([base], exponent)[0] }
    }

    /// The same power of several residues, computed side by side.
    pub(crate) fn powers<const N: usize>(&self, bases: [u64; N], exponent: u64) -> [u64; N] {
        let mul = |a: [u64; N], b: [u64; N]| -> [u64; N] { std::array::from_fn(|n| self.mul(a[n], b[n])) };
        let mut result = [self.one; N];
        for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
            result = mul(result, result);
            if exponent >> bit & 1 == 1 {
                result = mul(result, bases);
            }
        }
        result
    }

    /// `None` for zero.
    pub(crate) fn inverse(&self, a: u64) -> Option<u64> {
        (a != 0).then(|| inverses([self], [a])[0])
    }

    pub(crate) fn integer(&self, value: i64) -> u64 {
        let residue = self.mul(value.unsigned_abs() % self.prime, self.square);
        if value < 0 { self.neg(residue) } else { residue }
    }

    fn natural(&self, value: &UBig) -> u64 {
        let (_, rest) = value.div_rem(self.prime);
        self.mul(rest, self.square)
    }

    /// `None` if the denominator is a multiple of the prime.
    pub(crate) fn rational(&self, value: &RBig) -> Option<u64> {
        let numerator: &IBig = value.numerator();
        if let (Ok(top), Ok(bottom)) = (i64::try_from(numerator), u64::try_from(value.denominator())) {
            let top = self.integer(top);
            if bottom == 1 {
                return Some(top);
            }
            let bottom = self.mul(bottom % self.prime, self.square);
            return Some(self.mul(top, self.inverse(bottom)?));
        }
        let negative = *numerator < IBig::ZERO;
        let (_, magnitude) = numerator.clone().into_parts();
        let top = self.natural(&magnitude);
        let top = if negative { self.neg(top) } else { top };
        if value.is_int() {
            return Some(top);
        }
        Some(self.mul(top, self.inverse(self.natural(value.denominator()))?))
    }

    /// A residue drawn uniformly.
    pub(crate) fn draw(&self, random: &mut Random) -> u64 {
        random.below(self.prime)
    }

    /// The integer between zero and the prime that a residue stands for.
    pub(crate) fn standard(&self, residue: u64) -> u64 {
        self.reduce(u128::from(residue))
    }

    /// The fraction with numerator and denominator of at most `bound` that a residue stands for
    /// (Wang, Guy, Davenport 1982, doi 10.1145/1089292.1089293).
    pub(crate) fn fraction(&self, residue: u64, bound: u64) -> Option<(i64, u64)> {
        let (mut r0, mut r1) = (i128::from(self.prime), i128::from(self.standard(residue)));
        let (mut t0, mut t1) = (0i128, 1i128);
        while r1 > i128::from(bound) {
            let quotient = r0 / r1;
            (r0, r1) = (r1, r0 - quotient * r1);
            (t0, t1) = (t1, t0 - quotient * t1);
        }
        if t1 == 0 || t1.abs() > i128::from(bound) {
            return None;
        }
        let sign = if t1 < 0 { -1 } else { 1 };
        Some(((sign * r1) as i64, t1.unsigned_abs() as u64))
    }
}

/// Bits of the exponent of an inverse that are processed at a time.
const WINDOW: u32 = 4;

/// The inverses of residues of several fields, computed side by side (Fermat). The inverse of zero
/// is zero here.
pub(crate) fn inverses<const N: usize>(fields: [&Field; N], residues: [u64; N]) -> [u64; N] {
    let mul = |a: [u64; N], b: [u64; N]| -> [u64; N] { std::array::from_fn(|n| fields[n].mul(a[n], b[n])) };
    let mut powers = [fields.map(|field| field.one); 1 << WINDOW];
    for exponent in 1..1 << WINDOW {
        powers[exponent] = mul(powers[exponent - 1], residues);
    }
    let windows = u64::BITS / WINDOW;
    let mut result = fields.map(|field| field.one);
    for window in (0..windows).rev() {
        if window + 1 < windows {
            for _ in 0..WINDOW {
                result = mul(result, result);
            }
        }
        let own = |n: usize| {
            let digit = (fields[n].prime - 2) >> (window * WINDOW) & ((1 << WINDOW) - 1);
            powers[digit as usize][n]
        };
        result = mul(result, std::array::from_fn(own));
    }
    result
}

/// Bits of the longest constant that is followed as a fraction. A longer one could be anything.
pub(crate) const MAX_CONSTANT_BITS: f32 = 16_384.0;

/// Bits of numerator and denominator.
pub(crate) fn heights(value: &RBig) -> (f32, f32) {
    let numerator: &IBig = value.numerator();
    (numerator.bit_len() as f32, value.denominator().bit_len() as f32)
}

/// A power of a constant, where it is not too long.
pub(crate) fn power(value: &RBig, exponent: i32) -> Option<RBig> {
    let times = exponent.unsigned_abs();
    let (top, bottom) = heights(value);
    if top.max(bottom) * times as f32 > MAX_CONSTANT_BITS || exponent < 0 && value.is_zero() {
        return None;
    }
    let power = value.pow(times as isize);
    Some(if exponent < 0 { RBig::ONE / power } else { power })
}

#[cfg(test)]
mod tests {
    use super::{BITS, Field, LOG_PRIMES, is_rooted};
    use crate::number::random::{Random, is_prime};
    use dashu_ratio::RBig;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn residues_follow_the_rationals(a in -1000i64..1000, b in 1u64..1000, c in -1000i64..1000, d in 1u64..1000) {
            let field = Field::random(&mut Random::new(&[9]));
            let (x, y) = (RBig::from_parts(a.into(), b.into()), RBig::from_parts(c.into(), d.into()));
            let (s, t) = (field.rational(&x).unwrap(), field.rational(&y).unwrap());
            prop_assert_eq!(field.add(s, t), field.rational(&(&x + &y)).unwrap());
            prop_assert_eq!(field.sub(s, t), field.rational(&(&x - &y)).unwrap());
            prop_assert_eq!(field.mul(s, t), field.rational(&(&x * &y)).unwrap());
            if !y.is_zero() {
                let inverse = field.inverse(t).unwrap();
                prop_assert_eq!(field.mul(s, inverse), field.rational(&(&x / &y)).unwrap());
            }
            let (top, bottom) = field.fraction(s, 1 << 20).unwrap();
            prop_assert_eq!(RBig::from_parts(top.into(), bottom.into()), x);
        }
    }

    #[test]
    fn a_random_residue_is_no_small_fraction() {
        let mut random = Random::new(&[4]);
        let field = Field::random(&mut random);
        let found = (0..1000).filter(|_| field.fraction(field.draw(&mut random), 1 << 16).is_some()).count();
        assert_eq!(found, 0);
    }

    #[test]
    fn roots_are_roots() {
        let mut random = Random::new(&[6]);
        let field = Field::random(&mut random);
        for _ in 0..50 {
            let x = field.draw(&mut random);
            let square = field.mul(x, x);
            for order in [2, 3, 4, 5, 6, 7, 8, 12, 30, 49] {
                let root = field.root(square, order).unwrap();
                assert_eq!(field.power(root, order), square, "{order}");
            }
            assert!(field.root(field.neg(square), 2).is_none() || x == 0);
            assert!(field.root(square, 11).is_none());
        }
    }

    #[test]
    fn positive_constants_have_roots_that_multiply() {
        let mut random = Random::new(&[8]);
        for field in [Field::random(&mut random), Field::with_subgroup(&mut random, 131_101)] {
            let root = |x: i64| field.root(field.integer(x), 2);
            for x in [2, 3, 5, 7, 11, 13] {
                assert!(root(x).is_some() && root(-x).is_none(), "{x}");
                assert_eq!(root(x * x), Some(field.integer(x)));
            }
            assert_eq!(
                field.mul(root(6).unwrap(), root(10).unwrap()),
                field.mul(field.integer(2), root(15).unwrap())
            );
            assert_eq!(root(-1), None);
        }
    }

    /// `is_rooted` accepts one residue in 256, as [`LOG_PRIMES`] assumes.
    #[test]
    fn enough_primes_have_roots() {
        let modulus: u64 = 8 * 3 * 5 * 7 * 11 * 13;
        let coprime = (0..modulus).filter(|n| [2, 3, 5, 7, 11, 13].iter().all(|p| n % p != 0)).count();
        let rooted = (0..modulus).filter(|&n| is_rooted(n)).count();
        assert_eq!(rooted * 256, coprime);
        let largest = f64::from(BITS).exp2();
        assert!((largest / (2.0 * largest.ln()) / 256.0).log2() > LOG_PRIMES + 0.5);
        // The share of such primes among the numbers of this length agrees.
        let mut random = Random::new(&[11]);
        let (tried, low) = (1u64 << 20, 1u64 << (BITS - 1));
        let found = (0..tried).filter(|_| {
            let candidate = low + 8 * random.below(low / 8) + 7;
            is_rooted(candidate) && is_prime(candidate)
        });
        let share = found.count() as f64 / tried as f64 / 8.0;
        assert!((share * low as f64).log2() > LOG_PRIMES);
    }

    #[test]
    fn a_subgroup_has_the_order_asked_for() {
        let mut random = Random::new(&[5]);
        let field = Field::with_subgroup(&mut random, 1_048_583);
        assert_eq!((field.prime() - 1) % 1_048_583, 0);
        let x = field.power(field.draw(&mut random), (field.prime() - 1) / 1_048_583);
        assert_eq!(field.power(x, 1_048_583), field.one());
    }
}
