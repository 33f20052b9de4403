//! Why an expression has no value.

use crate::resolve::ir::NodeId;

/// Why an expression has no value at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum EvalError {
    DivisionByZero(NodeId),
    NotPositive(NodeId),
    NoFixedPoint(NodeId),
    NoSolution(NodeId),
    Budget(NodeId),
    /// A derivative where two branches meet with different slopes.
    Kink(NodeId),
    /// The tier has no value for this construct.
    Unsupported(NodeId),
    /// The exact tier does not know which of two numbers is the larger: that depends on the values.
    Open(NodeId),
    /// Too few bits to tell: evaluate with more.
    Imprecise(NodeId),
    /// Evaluate the point once more: it has learned something about its unknowns.
    Again,
}

pub(crate) type Outcome<T> = Result<T, EvalError>;
