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
    /// Entry of a parameter family.
    Entry(usize, usize),
    /// Entry of the state of a fixed point.
    Activity(usize, usize),
    /// The logarithm of what has this value, and at most this degree, at the point.
    Logarithm(Rc<RBig>, u32),
    /// Anything that is no polynomial, known by its value at the point.
    Opaque(Rc<RBig>),
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

    pub(crate) fn opaque(value: Exact) -> Self {
        Self::symbol(Symbol::Opaque(Rc::new(value.value.clone())), value)
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
            return Self::opaque(value);
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
        Some(Self::opaque(self.value.div(&other.value)?))
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
