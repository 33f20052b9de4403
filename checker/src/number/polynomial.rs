//! Polynomials in the entries of the network: the arguments of `exp` in the exact tier.
//!
//! Exponentials of polynomials that are linearly independent over the rationals are algebraically independent of each
//! other and of the entries, so each may be treated as an unknown of its own. To know which are independent, an
//! argument of `exp` is evaluated once more in these numbers, where the entries are symbols.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use dashu_ratio::RBig;

use super::Number;
use super::exact::Exact;

/// An indeterminate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Symbol {
    /// Entry of a parameter family, and whether all entries of that family are positive.
    Entry(usize, usize, bool),
    /// Entry of the state of a fixed point.
    Activity(usize, usize),
    /// The logarithm of what has this value, and at most this degree, at the point.
    Logarithm(Rc<RBig>, u32),
    /// Anything that is no polynomial, known by its value at the point.
    Opaque(Known),
}

/// A value, and whether it is positive for all values of the unknowns. The value alone says what it is.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    value: Rc<RBig>,
    positive: bool,
}

impl Ord for Known {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl PartialOrd for Known {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Known {}

impl Symbol {
    fn is_positive(&self) -> bool {
        matches!(self, Symbol::Entry(_, _, true) | Symbol::Opaque(Known { positive: true, .. }))
    }
}

/// Symbols with repetition, sorted.
pub(crate) type Monomial = Vec<Symbol>;

/// Coefficients, none of them zero, by monomial.
pub(crate) type Polynomial = BTreeMap<Monomial, RBig>;

/// A polynomial and its value at the point.
#[derive(Clone, Debug)]
pub(crate) struct PolynomialNumber {
    pub(crate) polynomial: Rc<Polynomial>,
    pub(crate) value: Exact,
}

/// A product with more terms is treated as one opaque symbol.
const MOST_TERMS: usize = 256;

pub(crate) fn add_scaled(sum: &mut Polynomial, other: &Polynomial, factor: &RBig) {
    for (monomial, coefficient) in other {
        let term = coefficient * factor;
        let entry = sum.entry(monomial.clone()).or_insert(RBig::ZERO);
        *entry += term;
        if entry.is_zero() {
            sum.remove(monomial);
        }
    }
}

impl PolynomialNumber {
    pub(crate) fn new(polynomial: Polynomial, value: Exact) -> Self {
        Self { polynomial: Rc::new(polynomial), value }
    }

    pub(crate) fn symbol(symbol: Symbol, value: Exact) -> Self {
        Self::new(BTreeMap::from([(vec![symbol], RBig::ONE)]), value)
    }

    pub(crate) fn constant(value: &RBig) -> Self {
        let polynomial =
            if value.is_zero() { BTreeMap::new() } else { BTreeMap::from([(vec![], value.clone())]) };
        Self::new(polynomial, Exact::constant(value.clone()))
    }

    /// `positive`: for all values of the unknowns.
    pub(crate) fn opaque(value: Exact, positive: bool) -> Self {
        Self::symbol(Symbol::Opaque(Known { value: Rc::new(value.value.clone()), positive }), value)
    }

    /// How the polynomial compares with zero, where that is the same for all values of the unknowns: it is zero, or
    /// all its terms are of positive indeterminates and have one sign. `None` where this does not show.
    pub(crate) fn sign(&self) -> Option<Ordering> {
        let mut signs = self.polynomial.iter().map(|(monomial, coefficient)| {
            monomial.iter().all(Symbol::is_positive).then(|| coefficient.cmp(&RBig::ZERO))
        });
        let Some(first) = signs.next() else { return Some(Ordering::Equal) };
        if signs.all(|sign| sign == first) { first } else { None }
    }

    /// Both are positive, or both negative, for all values of the unknowns.
    fn has_sign_of(&self, other: &Self) -> bool {
        self.sign().is_some_and(|sign| sign.is_ne() && other.sign() == Some(sign))
    }

    fn as_constant(&self) -> Option<RBig> {
        match self.polynomial.len() {
            0 => Some(RBig::ZERO),
            1 => self.polynomial.get(&vec![]).cloned(),
            _ => None,
        }
    }

    fn scaled(&self, factor: &RBig) -> Self {
        let mut polynomial = Polynomial::new();
        add_scaled(&mut polynomial, &self.polynomial, factor);
        Self::new(polynomial, self.value.mul(&Exact::constant(factor.clone())))
    }
}

impl Number for PolynomialNumber {
    fn rational(value: &RBig) -> Self {
        Self::constant(value)
    }

    fn add(&self, other: &Self) -> Self {
        let mut polynomial = (*self.polynomial).clone();
        add_scaled(&mut polynomial, &other.polynomial, &RBig::ONE);
        Self::new(polynomial, self.value.add(&other.value))
    }

    fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    fn mul(&self, other: &Self) -> Self {
        if let Some(factor) = other.as_constant() {
            return self.scaled(&factor);
        }
        if let Some(factor) = self.as_constant() {
            return other.scaled(&factor);
        }
        let value = self.value.mul(&other.value);
        if self.polynomial.len() * other.polynomial.len() > MOST_TERMS {
            return Self::opaque(value, self.has_sign_of(other));
        }
        let mut polynomial = Polynomial::new();
        for (left, factor) in &*self.polynomial {
            let shifted = other
                .polynomial
                .iter()
                .map(|(right, coefficient)| {
                    let mut monomial = [left.as_slice(), right.as_slice()].concat();
                    monomial.sort();
                    (monomial, coefficient.clone())
                })
                .collect();
            add_scaled(&mut polynomial, &shifted, factor);
        }
        Self::new(polynomial, value)
    }

    fn div(&self, other: &Self) -> Option<Self> {
        if let Some(divisor) = other.as_constant() {
            return (!divisor.is_zero()).then(|| self.scaled(&(RBig::ONE / divisor)));
        }
        Some(Self::opaque(self.value.div(&other.value)?, self.has_sign_of(other)))
    }

    fn neg(&self) -> Self {
        self.scaled(&(-RBig::ONE))
    }

    fn is_zero(&self) -> bool {
        self.polynomial.is_empty()
    }

    fn order(&self, other: &Self) -> Ordering {
        self.value.order(&other.value)
    }

    fn pivot_quality(&self) -> f64 {
        self.value.pivot_quality()
    }

    fn size(&self) -> u64 {
        self.value.size() + self.polynomial.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::{PolynomialNumber, Symbol};
    use crate::number::Number;
    use crate::number::exact::Exact;
    use dashu_ratio::RBig;
    use std::cmp::Ordering;

    fn entry(at: usize, positive: bool) -> PolynomialNumber {
        PolynomialNumber::symbol(Symbol::Entry(0, at, positive), Exact::unknown(RBig::from(at + 2)))
    }

    #[test]
    fn a_sign_is_that_of_all_values() {
        let (x, y, free) = (entry(0, true), entry(1, true), entry(2, false));
        let one = PolynomialNumber::one();
        assert_eq!(x.sub(&x).sign(), Some(Ordering::Equal));
        assert_eq!(one.neg().sign(), Some(Ordering::Less));
        assert_eq!(x.mul(&y).add(&one).sign(), Some(Ordering::Greater));
        // The values at the point say more than is true of all.
        assert_eq!(y.sub(&x).sign(), None);
        assert_eq!(free.sign(), None);
        assert_eq!(free.add(&one).sign(), None);
        assert_eq!(free.sub(&free).add(&x).sign(), Some(Ordering::Greater));
    }

    #[test]
    fn a_quotient_of_what_is_positive_is_positive() {
        let (x, free) = (entry(0, true), entry(2, false));
        let one = PolynomialNumber::one();
        let share = x.div(&x.add(&one)).unwrap();
        assert_eq!(share.add(&x).sign(), Some(Ordering::Greater));
        assert_eq!(x.neg().div(&x.add(&one).neg()).unwrap().sign(), Some(Ordering::Greater));
        assert_eq!(x.neg().div(&x.add(&one)).unwrap().sign(), None);
        assert_eq!(free.div(&x).unwrap().sign(), None);
        assert_eq!(one.sub(&share).sign(), None);
    }
}
