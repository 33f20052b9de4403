//! The evaluator, and the trait for a kind of number: parameters, exponentials, fixed points,
//! derivatives.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::cache::{Cache, Key, push_key};
use super::error::{EvalError, Outcome};
use super::frame::Frame;
use super::geometry::Shape;
use super::mode::{Argument, Mode, Phase};
use super::observations::Observations;
use crate::number::Number;
use crate::resolve::ir::{Document, NodeId, Param, ParamId};

/// A kind of number, on a network.
pub(crate) trait Domain: Sized {
    type Number: Number;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Self::Number;

    /// The entry `flat` of the moving target; `value` is its base value.
    fn moved(&mut self, value: Self::Number, flat: usize) -> Self::Number;

    fn exp(
        ev: &mut Evaluator<'_, Self>,
        argument: Argument,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Self::Number>;

    fn ln(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Self::Number>;

    fn mean_field(
        ev: &mut Evaluator<'_, Self>,
        phase: &Phase,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Self::Number>;

    fn derivative(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        body: NodeId,
        target: usize,
        flat: usize,
        frame: &mut Frame,
    ) -> Outcome<Self::Number>;

    /// Compares `x`, the value of `a`, with `y`, the value of `b`. `node`: the comparison.
    fn compare(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        a: (NodeId, &Self::Number),
        b: (NodeId, &Self::Number),
        frame: &mut Frame,
    ) -> Outcome<Ordering>;

    /// Whether two numbers that are equal here differ when the target moves. May be false if this
    /// kind of number does not show it.
    fn part(_a: &Self::Number, _b: &Self::Number) -> bool {
        false
    }

    /// Whether two numbers are equal, within the accuracy of this kind of number.
    fn agree(a: &Self::Number, b: &Self::Number) -> bool;
}

/// Evaluates expressions of one document on one network.
pub(crate) struct Evaluator<'a, D: Domain> {
    pub(crate) document: &'a Document,
    pub(crate) shape: &'a Shape,
    pub(crate) domain: D,
    pub(crate) observations: Observations,
    pub(super) constants: FxHashMap<NodeId, D::Number>,
    pub(super) base: Cache<D::Number>,
    pub(super) moved: Cache<D::Number>,
    pub(super) assigned: Vec<Vec<D::Number>>,
    work: u64,
    budget: u64,
}

impl<'a, D: Domain> Evaluator<'a, D> {
    pub(crate) fn new(document: &'a Document, shape: &'a Shape, domain: D, budget: u64) -> Self {
        Self {
            document,
            shape,
            domain,
            observations: Observations::default(),
            constants: FxHashMap::default(),
            base: Cache::default(),
            moved: Cache::default(),
            assigned: Vec::new(),
            work: 0,
            budget,
        }
    }

    /// Resets the budget for the next claim. The cache stays.
    pub(crate) fn renew_budget(&mut self) {
        self.work = 0;
    }

    /// Clears the cache of values inside derivatives.
    pub(crate) fn forget_moved(&mut self) {
        self.moved = Cache::default();
    }

    pub(super) fn spend(&mut self, node: NodeId, work: u64) -> Outcome<()> {
        self.work += work;
        if self.work > self.budget { Err(EvalError::Budget(node)) } else { Ok(()) }
    }

    /// The mode for a node: the base if the target cannot move it.
    pub(super) fn effective(&self, node: NodeId, mode: Mode) -> Mode {
        match mode.target() {
            Some(target) if self.document.moved_by[node] >> target & 1 == 1 => mode,
            _ => Mode::BASE,
        }
    }

    pub(super) fn cache(&mut self, mode: Mode) -> &mut Cache<D::Number> {
        if mode == Mode::BASE { &mut self.base } else { &mut self.moved }
    }

    pub(crate) fn key(&self, node: NodeId, frame: &Frame, mode: Mode, extra: &[u32]) -> Key {
        let mut key = SmallVec::new();
        push_key(self.document, node, frame, &mut key);
        key.extend_from_slice(extra);
        (node, mode, key)
    }

    pub(super) fn memoize(
        &mut self,
        key: Key,
        compute: impl FnOnce(&mut Self) -> Outcome<D::Number>,
    ) -> Outcome<D::Number> {
        if let Some(known) = self.cache(key.1).numbers.get(&key) {
            return Ok(known.clone());
        }
        let value = compute(self)?;
        self.cache(key.1).numbers.insert(key, value.clone());
        Ok(value)
    }
}
