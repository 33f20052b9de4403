//! Exponentials in the exact tier: a random prime (or a power of one) for every linearly independent argument.

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::exact::Exact;
use super::logarithm::Logarithm;
use super::polynomial::{Monomial, Polynomial, Symbol, add_scaled};
use super::random::Random;

/// Why an exponential has no value at this point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoExponential {
    /// An argument turned out to be a fraction of an earlier one; begin again, now that this is known.
    Again,
    /// An exponent beyond what fractions should grow to.
    TooLarge,
}

/// Largest power of a prime.
const LARGEST_POWER: i64 = 4096;

#[derive(Debug)]
struct Argument {
    prime: u64,
    /// `exp` of this argument is the prime to this power, so that fractions of the argument have values too.
    power: i64,
}

/// A reduced argument, and the combination of arguments that it is.
#[derive(Debug)]
struct Row {
    pivot: Monomial,
    reduced: Polynomial,
    combination: Vec<(usize, RBig)>,
}

/// All arguments of `exp` seen at a point.
#[derive(Debug)]
pub(crate) struct Unknowns {
    random: Random,
    bits: u32,
    /// Half of the exponentials are inverse primes, so that some are below one.
    inverses: bool,
    arguments: Vec<Argument>,
    rows: Vec<Row>,
    powers: Vec<u32>,
    primes: Vec<u64>,
    pub(crate) logarithm: Logarithm,
}

/// The value of an exponential; `fresh` names an argument whose logarithm must still be set.
#[derive(Debug)]
pub(crate) struct Exponential {
    pub(crate) value: Exact,
    pub(crate) fresh: Option<usize>,
}

impl Unknowns {
    /// `powers` is what earlier points of the same evaluation learned (see [`Unknowns::powers`]).
    pub(crate) fn new(key: &[u64], bits: u32, inverses: bool, powers: Vec<u32>) -> Self {
        let logarithm = Logarithm::new(Random::new(&[key, &[1]].concat()), bits);
        Self {
            random: Random::new(&[key, &[2]].concat()),
            bits,
            inverses,
            arguments: Vec::new(),
            rows: Vec::new(),
            powers,
            primes: Vec::new(),
            logarithm,
        }
    }

    /// Which fractions of the arguments have been met, in the order in which the arguments appear.
    pub(crate) fn powers(&self) -> &[u32] {
        &self.powers
    }

    /// How many independent arguments there are.
    pub(crate) fn arguments(&self) -> usize {
        self.arguments.len()
    }

    fn prime(&mut self) -> u64 {
        let mut bits = self.bits;
        let mut tries = 0;
        loop {
            let prime = self.random.prime(bits);
            if !self.primes.contains(&prime) {
                self.primes.push(prime);
                return prime;
            }
            tries += 1;
            if tries % 8 == 0 {
                bits += 1;
            }
        }
    }

    /// `exp` of a polynomial.
    pub(crate) fn exp(&mut self, argument: &Polynomial) -> Result<Exponential, NoExponential> {
        let mut rest = argument.clone();
        let mut value = Exact::constant(RBig::ONE);
        for (monomial, coefficient) in argument {
            if let ([Symbol::Logarithm(of, degree)], Ok(power)) = (monomial.as_slice(), integer(coefficient))
            {
                rest.remove(monomial);
                multiply(&mut value, of, power, f64::from(*degree))?;
            }
        }
        if rest.is_empty() {
            return Ok(Exponential { value, fresh: None });
        }
        let (reduced, combination) = self.reduce(&rest);
        let Some(pivot) = reduced.keys().next().cloned() else {
            self.product(&combination, &mut value)?;
            return Ok(Exponential { value, fresh: None });
        };
        let index = self.arguments.len();
        let prime = self.prime();
        if self.powers.len() <= index {
            self.powers.resize(index + 1, 1);
        }
        let inverse = self.inverses && self.random.word() & 1 == 1;
        let power = i64::from(self.powers[index]) * if inverse { -1 } else { 1 };
        self.arguments.push(Argument { prime, power });
        let mut whole: Vec<(usize, RBig)> = combination.into_iter().map(|(at, c)| (at, -c)).collect();
        whole.push((index, RBig::ONE));
        self.rows.push(Row { pivot, reduced, combination: whole });
        multiply(&mut value, &RBig::from(prime), power, 1.0)?;
        Ok(Exponential { value, fresh: Some(index) })
    }

    /// Says what the argument with this number is worth at the point, so that `ln exp` is the identity.
    pub(crate) fn set_logarithm(&mut self, index: usize, worth: &Exact) -> bool {
        let Argument { prime, power } = self.arguments[index];
        let logarithm = Exact { value: &worth.value / RBig::from(power), ..*worth };
        self.logarithm.set(prime, logarithm)
    }

    /// What is left of a polynomial when known arguments are taken from it, and which were taken.
    fn reduce(&self, argument: &Polynomial) -> (Polynomial, Vec<(usize, RBig)>) {
        let mut rest = argument.clone();
        let mut taken: Vec<(usize, RBig)> = Vec::new();
        for row in &self.rows {
            let Some(coefficient) = rest.get(&row.pivot) else { continue };
            let factor = coefficient / &row.reduced[&row.pivot];
            add_scaled(&mut rest, &row.reduced, &(-factor.clone()));
            for (at, share) in &row.combination {
                let share = share * &factor;
                match taken.iter_mut().find(|(known, _)| known == at) {
                    Some((_, sum)) => *sum += share,
                    None => taken.push((*at, share)),
                }
            }
        }
        taken.retain(|(_, share)| !share.is_zero());
        (rest, taken)
    }

    fn product(&mut self, combination: &[(usize, RBig)], value: &mut Exact) -> Result<(), NoExponential> {
        let mut again = false;
        for (at, share) in combination {
            let Argument { prime, power } = self.arguments[*at];
            match integer(&(share * RBig::from(power))) {
                Ok(power) => multiply(value, &RBig::from(prime), power, 1.0)?,
                Err(denominator) => {
                    self.powers[*at] = u32::try_from(denominator)
                        .ok()
                        .and_then(|denominator| self.powers[*at].checked_mul(denominator))
                        .filter(|&power| i64::from(power) <= LARGEST_POWER)
                        .ok_or(NoExponential::TooLarge)?;
                    again = true;
                }
            }
        }
        if again { Err(NoExponential::Again) } else { Ok(()) }
    }
}

/// The number as an integer, else its denominator.
fn integer(number: &RBig) -> Result<i64, UBig> {
    if !number.is_int() {
        return Err(number.denominator().clone());
    }
    let numerator: &IBig = number.numerator();
    Ok(i64::try_from(numerator.clone()).unwrap_or(i64::MAX))
}

fn multiply(value: &mut Exact, base: &RBig, power: i64, degree: f64) -> Result<(), NoExponential> {
    if power.abs() > LARGEST_POWER {
        return Err(NoExponential::TooLarge);
    }
    let exponent = power.unsigned_abs() as usize;
    let factor = RBig::from_parts(base.numerator().pow(exponent), base.denominator().pow(exponent));
    let (top, bottom) =
        (exponent as f64 * degree, if base.is_int() { 0.0 } else { exponent as f64 * degree });
    if power >= 0 {
        value.value *= factor;
        value.top += top;
        value.bottom += bottom;
    } else {
        value.value /= factor;
        value.bottom += top;
        value.top += bottom;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{NoExponential, Unknowns};
    use crate::number::polynomial::{Polynomial, Symbol};
    use dashu_ratio::RBig;

    fn polynomial(terms: &[(usize, i64, u64)]) -> Polynomial {
        terms
            .iter()
            .map(|&(symbol, top, bottom)| {
                (vec![Symbol::Entry(0, symbol, false)], RBig::from_parts(top.into(), bottom.into()))
            })
            .collect()
    }

    #[test]
    fn exponentials_of_sums_are_products() {
        let mut unknowns = Unknowns::new(&[1], 20, false, vec![]);
        let x = unknowns.exp(&polynomial(&[(0, 1, 1)])).unwrap().value.value;
        let xy = unknowns.exp(&polynomial(&[(0, 1, 1), (1, 1, 1)])).unwrap().value.value;
        let y = unknowns.exp(&polynomial(&[(1, 1, 1)])).unwrap().value.value;
        let both = unknowns.exp(&polynomial(&[(0, 3, 1), (1, -2, 1)])).unwrap().value.value;
        assert_eq!(xy, &x * &y);
        assert_eq!(both, &x * &x * &x / (&y * &y));
        assert_ne!(x, y);
    }

    #[test]
    fn a_fraction_of_an_argument_is_learned() {
        let mut unknowns = Unknowns::new(&[1], 20, false, vec![]);
        unknowns.exp(&polynomial(&[(0, 1, 1)])).unwrap();
        let half = unknowns.exp(&polynomial(&[(0, 1, 2)]));
        assert_eq!(half.unwrap_err(), NoExponential::Again);
        let mut again = Unknowns::new(&[1], 20, false, unknowns.powers().to_vec());
        let whole = again.exp(&polynomial(&[(0, 1, 1)])).unwrap().value.value;
        let half = again.exp(&polynomial(&[(0, 1, 2)])).unwrap().value.value;
        assert_eq!(whole, &half * &half);
    }
}
