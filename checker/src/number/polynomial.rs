//! Polynomials in quantities. Only the value at a point and whether it is positive are known of a
//! quantity.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use dashu_ratio::RBig;

use super::modular::{MAX_CONSTANT_BITS, heights};

/// A quantity, identified by its value at a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol {
    pub(crate) value: [u64; 2],
    /// It is positive for all values of the unknowns.
    pub(crate) positive: bool,
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Symbol {}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A constant, and nonzero coefficients by monomial: symbols with repetition, sorted. Most
/// polynomials are constants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Polynomial {
    constant: RBig,
    terms: BTreeMap<Vec<Symbol>, RBig>,
}

impl Default for Polynomial {
    fn default() -> Self {
        Self { constant: RBig::ZERO, terms: BTreeMap::new() }
    }
}

/// Largest number of terms of a product. A product with more is a quantity.
const MAX_TERMS: usize = 256;

/// Integers do not need a common denominator.
fn sum(a: &RBig, b: &RBig) -> RBig {
    if a.is_int() && b.is_int() { RBig::from(a.numerator() + b.numerator()) } else { a + b }
}

fn product(a: &RBig, b: &RBig) -> RBig {
    match (a.is_one(), b.is_one()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        _ => a * b,
    }
}

impl Polynomial {
    pub(crate) fn constant(value: &RBig) -> Self {
        Self { constant: value.clone(), ..Self::default() }
    }

    pub(crate) fn symbol(symbol: Symbol) -> Self {
        Self { terms: BTreeMap::from([(vec![symbol], RBig::ONE)]), ..Self::default() }
    }

    pub(crate) fn as_constant(&self) -> Option<RBig> {
        self.terms.is_empty().then(|| self.constant.clone())
    }

    fn add_term(&mut self, monomial: Vec<Symbol>, coefficient: &RBig) {
        let entry = self.terms.entry(monomial.clone()).or_insert(RBig::ZERO);
        *entry = sum(entry, coefficient);
        if entry.is_zero() {
            self.terms.remove(&monomial);
        }
    }

    /// Adds `factor` times another polynomial.
    pub(crate) fn increase(&mut self, other: &Self, factor: &RBig) {
        if !other.constant.is_zero() {
            self.constant = sum(&self.constant, &product(&other.constant, factor));
        }
        for (monomial, coefficient) in &other.terms {
            self.add_term(monomial.clone(), &product(coefficient, factor));
        }
    }

    pub(crate) fn scaled(&self, factor: &RBig) -> Self {
        let mut scaled = Self::default();
        scaled.increase(self, factor);
        scaled
    }

    pub(crate) fn add(mut self, other: &Self) -> Self {
        self.increase(other, &RBig::ONE);
        self
    }

    pub(crate) fn sub(mut self, other: &Self) -> Self {
        self.increase(other, &RBig::from(-1));
        self
    }

    /// Bits of the longest coefficient.
    fn height(&self) -> f32 {
        let longest = |value: &RBig| {
            let (top, bottom) = heights(value);
            top.max(bottom)
        };
        self.terms.values().chain([&self.constant]).map(longest).fold(0.0, f32::max)
    }

    /// `None` if the product has too many terms, or coefficients that are too long.
    pub(crate) fn mul(&self, other: &Self) -> Option<Self> {
        if self.height() + other.height() > MAX_CONSTANT_BITS {
            return None;
        }
        if let Some(factor) = other.as_constant() {
            return Some(self.scaled(&factor));
        }
        if (self.terms.len() + 1) * (other.terms.len() + 1) > MAX_TERMS {
            return None;
        }
        let mut result = other.scaled(&self.constant);
        for (left, factor) in &self.terms {
            if !other.constant.is_zero() {
                result.add_term(left.clone(), &product(factor, &other.constant));
            }
            for (right, coefficient) in &other.terms {
                let mut monomial = [left.as_slice(), right.as_slice()].concat();
                monomial.sort_unstable();
                result.add_term(monomial, &product(factor, coefficient));
            }
        }
        Some(result)
    }

    /// Compares it with zero, if the result is the same for all values of the unknowns: it is zero,
    /// or all its terms have one sign and one of them, with positive quantities only, is never
    /// zero. `None` otherwise.
    pub(crate) fn sign(&self) -> Option<Ordering> {
        let constant = self.constant.cmp(&RBig::ZERO);
        // Apart from positive quantities, a term with one sign consists of squares.
        let terms = self.terms.iter().map(|(monomial, coefficient)| {
            let mut alike = monomial.chunk_by(|a, b| a == b);
            let positive = monomial.iter().all(|symbol| symbol.positive);
            let signed = alike.all(|alike| alike[0].positive || alike.len().is_multiple_of(2));
            (signed.then(|| coefficient.cmp(&RBig::ZERO)), positive)
        });
        let terms = constant.is_ne().then_some((Some(constant), true)).into_iter().chain(terms);
        let (mut all, mut never_zero) = (None, false);
        for (sign, positive) in terms {
            let sign = sign?;
            if *all.get_or_insert(sign) != sign {
                return None;
            }
            never_zero |= positive;
        }
        match all {
            None => Some(Ordering::Equal),
            Some(sign) => never_zero.then_some(sign),
        }
    }

    pub(crate) fn is_positive(&self) -> bool {
        self.sign() == Some(Ordering::Greater)
    }

    /// Both are positive, or both negative, for all values of the unknowns.
    pub(crate) fn has_sign_of(&self, other: &Self) -> bool {
        self.sign().is_some_and(|sign| sign.is_ne() && other.sign() == Some(sign))
    }
}

#[cfg(test)]
mod tests {
    use super::{Polynomial, Symbol};
    use dashu_ratio::RBig;
    use std::cmp::Ordering;

    fn entry(at: u64, positive: bool) -> Polynomial {
        Polynomial::symbol(Symbol { value: [at, at], positive })
    }

    #[test]
    fn a_sign_is_that_of_all_values() {
        let (x, y, free) = (entry(2, true), entry(3, true), entry(4, false));
        let one = Polynomial::constant(&RBig::ONE);
        assert_eq!(x.clone().sub(&x).sign(), Some(Ordering::Equal));
        assert_eq!(one.scaled(&RBig::from(-1)).sign(), Some(Ordering::Less));
        assert_eq!(x.mul(&y).unwrap().add(&one).sign(), Some(Ordering::Greater));
        // Values at one point are not enough: the result must hold at all points.
        assert_eq!(y.clone().sub(&x).sign(), None);
        assert_eq!(free.sign(), None);
        assert_eq!(free.clone().add(&one).sign(), None);
        assert_eq!(free.clone().sub(&free).add(&x).sign(), Some(Ordering::Greater));
    }

    #[test]
    fn a_square_is_not_negative() {
        let (x, free) = (entry(2, true), entry(4, false));
        let one = Polynomial::constant(&RBig::ONE);
        let square = free.mul(&free).unwrap();
        assert_eq!(square.sign(), None);
        assert_eq!(square.clone().add(&one).sign(), Some(Ordering::Greater));
        assert_eq!(square.mul(&x).unwrap().add(&x).sign(), Some(Ordering::Greater));
        assert_eq!(square.scaled(&RBig::from(-2)).sub(&one).sign(), Some(Ordering::Less));
        assert_eq!(square.clone().sub(&one).sign(), None);
        assert_eq!(square.mul(&free).unwrap().add(&one).sign(), None);
    }

    #[test]
    fn a_quotient_is_positive_where_both_have_one_sign() {
        let (x, free) = (entry(2, true), entry(4, false));
        let one = Polynomial::constant(&RBig::ONE);
        assert!(x.has_sign_of(&x.clone().add(&one)));
        assert!(!x.has_sign_of(&free) && !free.has_sign_of(&free));
        assert!(!x.scaled(&RBig::from(-1)).has_sign_of(&x));
    }

    #[test]
    fn a_product_with_many_terms_is_none() {
        let sum = (2..40).fold(Polynomial::default(), |sum, at| sum.add(&entry(at, true)));
        assert!(sum.mul(&sum).is_none());
    }
}
