//! What an evaluator must be told about a kind of number: parameters, exponentials, fixed points,
//! derivatives.

use std::cmp::Ordering;

use super::{Evaluator, Frame, Outcome};
use crate::number::Number;
use crate::resolve::ir::{NodeId, Param, ParamId};

/// Whether, and by which target, the value is being differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mode(u32);

impl Mode {
    /// Nothing moves.
    pub(crate) const BASE: Mode = Mode(0);

    /// The target with this number in the document moves.
    pub(crate) fn moving(target: usize) -> Mode {
        Mode(target as u32 + 1)
    }

    pub(crate) fn target(self) -> Option<usize> {
        self.0.checked_sub(1).map(|target| target as usize)
    }
}

/// A phase of inference: what the network settles to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    /// The family, where it stands.
    pub(crate) node: NodeId,
    /// The family of states.
    pub(crate) states: NodeId,
    /// The action that the action circuit is clamped to.
    pub(crate) action: Option<usize>,
    /// How strongly, from 0 to 1; `None` is entirely.
    pub(crate) strength: Option<NodeId>,
}

/// The argument of an exponential.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument {
    Node(NodeId),
    /// This entry of a family over the units.
    Entry(NodeId, usize),
}

/// A kind of number, with a network to take values from.
pub(crate) trait Domain: Sized {
    type Number: Number;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Self::Number;

    /// The entry `flat` of the moving target, given its base value.
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

    /// How `x`, the value of `a`, compares with `y`, the value of `b`. `node` is the comparison.
    fn compare(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        a: (NodeId, &Self::Number),
        b: (NodeId, &Self::Number),
        frame: &mut Frame,
    ) -> Outcome<Ordering>;

    /// Whether two numbers that are the same here part when the target moves, as far as these
    /// numbers can tell.
    fn part(_a: &Self::Number, _b: &Self::Number) -> bool {
        false
    }

    /// Whether the two are the same, as far as these numbers can tell.
    fn agree(a: &Self::Number, b: &Self::Number) -> bool;
}
