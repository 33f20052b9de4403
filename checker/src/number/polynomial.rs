//! Polynomials in quantities of which no more is known than whether they are positive.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use dashu_ratio::RBig;

/// A quantity, known by its value at a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol {
    pub(crate) value: [u64; 2],
    /// For all values of the unknowns.
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

/// Coefficients, none of them zero, by monomial: symbols with repetition, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Polynomial(BTreeMap<Vec<Symbol>, RBig>);

/// A product with more terms is a quantity of its own.
const MAX_TERMS: usize = 256;

impl Polynomial {
    pub(crate) fn constant(value: &RBig) -> Self {
        if value.is_zero() { Self::default() } else { Self(BTreeMap::from([(vec![], value.clone())])) }
    }

    pub(crate) fn symbol(symbol: Symbol) -> Self {
        Self(BTreeMap::from([(vec![symbol], RBig::ONE)]))
    }

    pub(crate) fn as_constant(&self) -> Option<RBig> {
        match self.0.len() {
            0 => Some(RBig::ZERO),
            1 => self.0.get(&vec![]).cloned(),
            _ => None,
        }
    }

    fn add_term(&mut self, monomial: Vec<Symbol>, coefficient: RBig) {
        let entry = self.0.entry(monomial.clone()).or_insert(RBig::ZERO);
        *entry += coefficient;
        if entry.is_zero() {
            self.0.remove(&monomial);
        }
    }

    pub(crate) fn scaled(&self, factor: &RBig) -> Self {
        let mut scaled = Self::default();
        for (monomial, coefficient) in &self.0 {
            scaled.add_term(monomial.clone(), coefficient * factor);
        }
        scaled
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        for (monomial, coefficient) in &other.0 {
            sum.add_term(monomial.clone(), coefficient.clone());
        }
        sum
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.add(&other.scaled(&RBig::from(-1)))
    }

    /// `None` where it has too many terms.
    pub(crate) fn mul(&self, other: &Self) -> Option<Self> {
        if self.0.len() * other.0.len() > MAX_TERMS {
            return None;
        }
        let mut product = Self::default();
        for (left, factor) in &self.0 {
            for (right, coefficient) in &other.0 {
                let mut monomial = [left.as_slice(), right.as_slice()].concat();
                monomial.sort_unstable();
                product.add_term(monomial, factor * coefficient);
            }
        }
        Some(product)
    }

    /// How it compares with zero, where that is the same for all values of the unknowns: it is zero, or all its terms are of
    /// positive quantities and have one sign. `None` where this does not show.
    pub(crate) fn sign(&self) -> Option<Ordering> {
        let mut signs = self.0.iter().map(|(monomial, coefficient)| {
            monomial.iter().all(|symbol| symbol.positive).then(|| coefficient.cmp(&RBig::ZERO))
        });
        let Some(first) = signs.next() else { return Some(Ordering::Equal) };
        if signs.all(|sign| sign == first) { first } else { None }
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
        assert_eq!(x.sub(&x).sign(), Some(Ordering::Equal));
        assert_eq!(one.scaled(&RBig::from(-1)).sign(), Some(Ordering::Less));
        assert_eq!(x.mul(&y).unwrap().add(&one).sign(), Some(Ordering::Greater));
        // The values at the point say more than is true of all.
        assert_eq!(y.sub(&x).sign(), None);
        assert_eq!(free.sign(), None);
        assert_eq!(free.add(&one).sign(), None);
        assert_eq!(free.sub(&free).add(&x).sign(), Some(Ordering::Greater));
    }

    #[test]
    fn a_quotient_is_positive_where_both_have_one_sign() {
        let (x, free) = (entry(2, true), entry(4, false));
        let one = Polynomial::constant(&RBig::ONE);
        assert!(x.has_sign_of(&x.add(&one)));
        assert!(!x.has_sign_of(&free) && !free.has_sign_of(&free));
        assert!(!x.scaled(&RBig::from(-1)).has_sign_of(&x));
    }

    #[test]
    fn a_product_with_many_terms_is_none() {
        let sum = (2..40).fold(Polynomial::default(), |sum, at| sum.add(&entry(at, true)));
        assert!(sum.mul(&sum).is_none());
    }
}
