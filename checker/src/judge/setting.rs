//! What every part of a check needs: the document, the plan, the primes and the random points.

use super::analysis::constants;
use super::classes::Class;
use crate::evaluate::geometry::Shape;
use crate::evaluate::high::Ties;
use crate::evaluate::point::{Convention, Point};
use crate::number::modular::heights;
use crate::number::primes::Primes;
use crate::number::random::Random;
use crate::number::real::{FIRST_PRECISION, MAX_PRECISION};
use crate::plan::Plan;
use crate::resolve::ir::{ChainNode, Document, Given, NodeId, Op};

/// Numerals with more bits require balls with many bits.
const LARGE_NUMERAL: f64 = 40.0;

/// The document, the plan, the primes and the random points of a check.
pub(crate) struct Setting<'a> {
    pub(crate) document: &'a Document,
    pub(crate) plan: &'a Plan,
    pub(crate) primes: &'a Primes,
    /// The key of all random choices, from the text of the document and the seed.
    pub(crate) key: [u64; 4],
    /// Largest number of bits of a ball: more if the document has very large or very small
    /// numerals.
    pub(crate) bits: usize,
}

impl<'a> Setting<'a> {
    pub(crate) fn new(document: &'a Document, plan: &'a Plan, primes: &'a Primes, key: [u64; 4]) -> Self {
        let all: Vec<NodeId> = (0..document.nodes.len()).collect();
        let large = constants(document, &all).iter().any(|value| {
            let (top, bottom) = heights(value);
            f64::from(top.max(bottom)) > LARGE_NUMERAL
        });
        let bits = if large { MAX_PRECISION } else { FIRST_PRECISION * 4 };
        Self { document, plan, primes, key, bits }
    }

    /// Evaluation steps that one chain may take at one point. Estimates are rough, so this is 16
    /// times the budget.
    pub(super) fn steps(&self) -> u64 {
        self.plan.budget * 16
    }

    /// How to treat two numbers that balls of so many bits do not separate.
    pub(super) fn ties(&self, bits: usize) -> Ties {
        if bits < self.bits { Ties::Open } else { Ties::Allowed }
    }

    /// The random point with this number in a class.
    pub(super) fn point(&self, given: &Given, class: &Class, number: usize) -> Point {
        let Shape { states, hidden_circuits, hidden_size, actions, situations, window } = class.shape;
        let sizes = [states, hidden_circuits, hidden_size, actions, situations, window].map(|n| n as u64);
        let half = u64::from(class.convention == Convention::Half);
        let key = [&self.key[..], &sizes, &[class.wiring.0, half, number as u64]].concat();
        Point::new(class.shape, class.wiring, class.convention, given.clone(), key)
    }
}

/// A chain, its claim and its position in the claim.
#[derive(Clone, Copy)]
pub(crate) struct Keyed<'a> {
    pub(crate) key: (usize, usize),
    pub(crate) chain: &'a ChainNode,
    /// A side has a logarithm.
    pub(super) logarithms: bool,
    /// A side has a derivative.
    pub(super) derivatives: bool,
    /// A side reads the position of a unit or a state.
    pub(super) positions: bool,
    /// Number of points of other sizes in a class, if the link depends on sizes; and if it depends
    /// on signs.
    pub(super) samples: usize,
    pub(super) signed_samples: usize,
}

/// Draws the random primes of a document.
pub(crate) fn primes(document: &Document, key: &[u64; 4]) -> Primes {
    let logarithms = document.nodes.iter().any(|node| matches!(node.op, Op::Ln(_)));
    Primes::new(Random::new(&[&key[..], &[20]].concat()), logarithms)
}
