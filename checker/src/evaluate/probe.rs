//! State that the two evaluators of a point in the exact tier share.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::analytic::Settled;
use super::error::EvalError;
use super::point::Point;
use crate::number::Number;
use crate::number::lanes::{Bound, Lanes};
use crate::number::unknowns::{Missing, Product, Unknowns};
use crate::resolve::ir::{NodeId, Param, ParamId};

/// A fixed point, in all lanes.
#[derive(Debug)]
pub(super) struct FixedPoint {
    pub(super) states: Vec<Lanes>,
    /// The clamped action, and the strength of the clamp.
    pub(super) clamp: Option<(usize, Lanes)>,
    pub(super) settled: Settled<Lanes>,
    /// Its softmax is known in the clamped circuit too.
    pub(super) relaxed: bool,
    /// The exponential of the net input of each unit, as a product of unknowns.
    pub(super) products: Vec<Option<Product>>,
}

/// State that both evaluators of a point share.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    pub(super) point: Point,
    pub(super) unknowns: Unknowns<'a>,
    pub(super) fixed_points: Vec<FixedPoint>,
    /// Logarithms whose argument may be negative.
    pub(super) signed: FxHashSet<NodeId>,
}

impl Shared<'_> {
    /// The value of an entry.
    pub(super) fn entry(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Lanes {
        if let Some(fixed) = self.point.fixed(family, param, indices) {
            return Lanes::rational(&fixed);
        }
        let entry = self.point.canonical(family.kind, flat, indices);
        let purpose = [12, param as u64, entry as u64];
        let mut common = self.point.random(&purpose);
        let learned = &self.unknowns.learned;
        let values =
            self.unknowns.fields().iter().zip(&learned.salts).enumerate().map(|(lane, (field, &salt))| {
                let value = match salt {
                    0 => field.draw(&mut common),
                    _ => field.draw(&mut self.point.random(&[&purpose[..], &[salt, common.word()]].concat())),
                };
                // Positive numbers are squares. Other numbers are squares at every second point
                // only.
                let everything = || self.point.random(&[21, lane as u64, salt]).word() & 1 == 0;
                let square = learned.squares && (family.kind.is_positive() || everything());
                if square { field.mul(value, value) } else { value }
            });
        Lanes::new(values.collect(), Bound::UNKNOWN)
    }
}

pub(super) fn eval_error(missing: Missing, node: NodeId) -> EvalError {
    match missing {
        Missing::Again => EvalError::Again,
        Missing::Zero => EvalError::NotPositive(node),
        Missing::TooLarge => EvalError::Unsupported(node),
    }
}

/// Values in all lanes.
pub(crate) struct Probe<'a> {
    pub(super) shared: Rc<RefCell<Shared<'a>>>,
    pub(super) entries: FxHashMap<(ParamId, usize), Lanes>,
    pub(super) settled: Vec<Settled<Lanes>>,
}
