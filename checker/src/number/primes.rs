//! The random primes of a document, and how many lanes each of them has.

use std::rc::Rc;

use super::discrete_logarithm::{Lazy, ORDER};
use super::lanes::MAIN;
use super::modular::Field;
use super::random::Random;

/// Number of points at which a relation of exponents is confirmed, modulo a separate prime.
pub(super) const CHECKS: usize = 3;

/// Largest number of lanes for the dependencies of exponents, and of logarithms.
pub(crate) const MAX_LINEAR: usize = 768;
pub(crate) const MAX_LOGARITHMS: usize = 96;

/// Lanes for logarithms that share a prime.
pub(super) const POINTS: usize = 4;

/// The random primes of a document.
#[derive(Debug)]
pub(crate) struct Primes {
    pub(super) main: [Field; MAIN],
    pub(super) check: Field,
    pub(super) linear: Field,
    pub(super) logarithms: Vec<Lazy>,
    pub(super) order: Field,
}

impl Primes {
    /// `logarithms`: the document has logarithms.
    pub(crate) fn new(mut random: Random, logarithms: bool) -> Self {
        let count = if logarithms { MAX_LOGARITHMS / POINTS } else { 0 };
        Self {
            main: std::array::from_fn(|_| Field::random(&mut random)),
            check: Field::random(&mut random),
            linear: Field::random(&mut random),
            logarithms: (0..count).map(|at| Lazy::new(Random::new(&[random.word(), at as u64]))).collect(),
            order: Field::new(ORDER),
        }
    }
}

/// The number of lanes of each kind, and what earlier attempts at the same point learned.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    pub(super) linear: usize,
    pub(super) logarithms: usize,
    /// By exponential, in order of appearance: the order of the root that is its unknown.
    pub(super) roots: Vec<u64>,
    /// All entries are squares, so their products have roots.
    pub(crate) squares: bool,
    /// By lane, the number of points that it gave up.
    pub(crate) salts: Vec<u64>,
    /// The independent exponentials and logarithms so far.
    pub(crate) met: Met,
}

/// Numbers of independent exponentials and logarithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) exponentials: usize,
    pub(crate) logarithms: usize,
}

impl Learned {
    /// With lanes for the expected unknowns. `logarithms`: the expressions have logarithms.
    pub(crate) fn new(expected: Met, logarithms: bool) -> Self {
        let lanes = |count: usize, most: usize| (count + 4).next_multiple_of(POINTS).clamp(12, most);
        Self {
            linear: lanes(expected.exponentials, MAX_LINEAR),
            logarithms: if logarithms { lanes(expected.logarithms, MAX_LOGARITHMS) } else { 0 },
            roots: Vec::new(),
            squares: false,
            salts: Vec::new(),
            met: Met::default(),
        }
    }

    /// The part that is valid for other points.
    pub(crate) fn elsewhere(mut self) -> Self {
        self.salts.clear();
        self
    }

    /// The moduli of all lanes.
    pub(crate) fn fields(&self, primes: &Primes) -> Rc<[Field]> {
        let logarithms = primes.logarithms[..self.logarithms / POINTS]
            .iter()
            .flat_map(|logarithm| std::iter::repeat_n(logarithm.get().field, POINTS));
        primes
            .main
            .into_iter()
            .chain([primes.check; CHECKS])
            .chain(std::iter::repeat_n(primes.linear, self.linear))
            .chain(logarithms)
            .collect()
    }
}
