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
    /// A derivative at a point where two branches meet with different slopes.
    Kink(NodeId),
    /// This tier cannot evaluate the construct.
    Unsupported(NodeId),
    /// The exact tier cannot compare two numbers: the result depends on values of unknowns.
    Open(NodeId),
    /// Too few bits to decide: evaluate with more.
    Imprecise(NodeId),
    /// Evaluate the point again: it has learned about its unknowns.
    Again,
}

pub(crate) type Outcome<T> = Result<T, EvalError>;
