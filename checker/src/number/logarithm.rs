//! Logarithms of exact fractions: a homomorphism from the positive rationals, under multiplication, to the
//! rationals, under addition.
//!
//! On the unknown that stands for `exp(L)` it takes the value of `L`; on everything else it is random. It then
//! respects every multiplicative relation and no other, as logarithms of functions do.

use dashu_base::Gcd;
use dashu_int::UBig;
use dashu_ratio::RBig;

use super::Number;
use super::exact::Exact;
use super::random::Random;

/// Pairwise coprime numbers with their logarithms.
#[derive(Debug)]
pub(crate) struct Logarithm {
    base: Vec<(UBig, Exact)>,
    random: Random,
    bits: u32,
}

/// Small primes are split off at once: two random numbers often share one.
const SMALL_PRIMES: [u8; 25] =
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97];

impl Logarithm {
    pub(crate) fn new(random: Random, bits: u32) -> Self {
        Self { base: Vec::new(), random, bits }
    }

    fn fresh(&mut self) -> Exact {
        Exact::unknown(RBig::from(self.random.below(1 << self.bits)))
    }

    /// Fixes the logarithm of a number that is coprime to all that are known. `false` where it is not.
    pub(crate) fn set(&mut self, number: u64, logarithm: Exact) -> bool {
        let number = UBig::from(number);
        if self.base.iter().any(|(known, _)| !(&number).gcd(known).is_one()) {
            return false;
        }
        self.base.push((number, logarithm));
        true
    }

    /// The logarithm of a positive fraction; `None` where it is not positive.
    pub(crate) fn of(&mut self, value: &RBig) -> Option<Exact> {
        if *value <= RBig::ZERO {
            return None;
        }
        let top: UBig = value.numerator().clone().try_into().ok()?;
        let top = self.of_integer(top)?;
        let bottom = self.of_integer(value.denominator().clone())?;
        Some(top.sub(&bottom))
    }

    fn of_integer(&mut self, mut number: UBig) -> Option<Exact> {
        let mut sum = Exact::zero();
        let mut at = 0;
        while at < self.base.len() && !number.is_one() {
            let common = (&number).gcd(&self.base[at].0);
            if common.is_one() {
                at += 1;
            } else if common == self.base[at].0 {
                number /= &common;
                sum = sum.add(&self.base[at].1);
            } else {
                self.split(at, common)?;
            }
        }
        for prime in SMALL_PRIMES {
            let prime = UBig::from(prime);
            if (&number % &prime).is_zero() {
                let logarithm = self.fresh();
                while (&number % &prime).is_zero() {
                    number /= &prime;
                    sum = sum.add(&logarithm);
                }
                self.base.push((prime, logarithm));
            }
        }
        if !number.is_one() {
            let logarithm = self.fresh();
            sum = sum.add(&logarithm);
            self.base.push((number, logarithm));
        }
        Some(sum)
    }

    /// Replaces a known number by coprime factors of it, their logarithms adding up to its own.
    fn split(&mut self, at: usize, factor: UBig) -> Option<()> {
        let (mut rest, logarithm) = self.base.swap_remove(at);
        let mut parts = coprime(vec![&rest / &factor, factor]);
        // All parts but the first get random logarithms; that of the first is what is left.
        let first = parts.pop()?;
        let mut left = logarithm;
        for part in parts {
            let own = self.fresh();
            while (&rest % &part).is_zero() {
                rest /= &part;
                left = left.sub(&own);
            }
            self.base.push((part, own));
        }
        let mut power = 0u32;
        while !rest.is_one() && (&rest % &first).is_zero() {
            rest /= &first;
            power += 1;
        }
        let left = left.div(&Exact::constant(RBig::from(power)))?;
        self.base.push((first, left));
        Some(())
    }
}

/// Pairwise coprime numbers, none of them one, of which all the given ones are products.
fn coprime(mut numbers: Vec<UBig>) -> Vec<UBig> {
    let mut done: Vec<UBig> = Vec::new();
    while let Some(number) = numbers.pop() {
        if number.is_one() {
            continue;
        }
        match done.iter().position(|known| !known.gcd(&number).is_one()) {
            None => done.push(number),
            Some(at) => {
                let known = done.swap_remove(at);
                let common = (&known).gcd(&number);
                if known == number {
                    done.push(known);
                } else {
                    numbers.extend([&known / &common, &number / &common, common]);
                }
            }
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::Logarithm;
    use crate::number::{Number, random::Random};
    use dashu_ratio::RBig;
    use proptest::prelude::*;

    fn fraction(top: u64, bottom: u64) -> RBig {
        RBig::from_parts(top.into(), bottom.into())
    }

    proptest! {
        #[test]
        fn it_turns_products_into_sums(pairs in prop::collection::vec((1u64..500_000, 1u64..500_000), 2..6)) {
            let mut logarithm = Logarithm::new(Random::new(&[3]), 30);
            let factors: Vec<RBig> = pairs.iter().map(|&(a, b)| fraction(a, b)).collect();
            let product = factors.iter().fold(RBig::ONE, |p, f| p * f);
            let square = logarithm.of(&(&product * &product)).unwrap();
            let each: Vec<_> = factors.iter().map(|f| logarithm.of(f).unwrap()).collect();
            let sum = each.iter().fold(super::Exact::zero(), |s, l| s.add(l));
            prop_assert_eq!(&logarithm.of(&product).unwrap().value, &sum.value);
            prop_assert_eq!(square.value, sum.add(&sum).value);
        }
    }

    #[test]
    fn earlier_answers_stay_true_when_a_number_is_split() {
        let mut logarithm = Logarithm::new(Random::new(&[5]), 30);
        let whole = logarithm.of(&fraction(101 * 103, 1)).unwrap();
        let first = logarithm.of(&fraction(101, 1)).unwrap();
        let second = logarithm.of(&fraction(103, 1)).unwrap();
        assert_eq!(whole.value, first.add(&second).value);
        assert!(logarithm.of(&fraction(0, 1)).is_none());
    }
}
