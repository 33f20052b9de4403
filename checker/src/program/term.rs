//! The terms of a program: expressions in which every definition is opened and every index is a
//! variable of the program.

use crate::language::ast::{CompareOp, FoldKind};
use crate::language::source::Span;
use crate::resolve::ir::ParamId;
use crate::resolve::sort::Sort;

pub(super) type TermId = usize;
pub(super) type FamilyId = usize;
/// A bound index, by its number.
pub(super) type Var = usize;

/// A configuration: that of the sample, or a bound one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Winners {
    Sample,
    Bound(Var),
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ix {
    Var(Var),
    /// The unit that wins the action circuit.
    Action(Winners),
    /// The circuit of a unit.
    Circuit(Box<Ix>),
}

impl Ix {
    /// The variable that it depends on.
    pub(super) fn var(&self) -> Option<Var> {
        match self {
            Ix::Var(var) | Ix::Action(Winners::Bound(var)) => Some(*var),
            Ix::Action(Winners::Sample) => None,
            Ix::Circuit(of) => of.var(),
        }
    }
}

/// The set that a bound index runs over.
#[derive(Clone, Debug)]
pub(super) enum Set {
    All(Sort),
    CircuitOf(Ix),
}

/// How configurations are drawn: their weights.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weight {
    /// The product of the entries of this family at the winners.
    Circuits(FamilyId),
    Number(TermId),
}

/// The circuits on whose winners an expression depends.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    All,
    /// The circuits of these units, and the action circuit.
    Some {
        units: Vec<Ix>,
        action: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    Constant(f64),
    /// An entry of a family of the network or the sample.
    Param(ParamId, Vec<Ix>),
    /// One if the unit wins, else zero.
    Wins(Winners, Ix),
    Negate(TermId),
    Add(TermId, TermId),
    Sub(TermId, TermId),
    /// With `true`, the form of the left factor shows that it is 0 or 1. A zero then hides the
    /// right factor.
    Mul(TermId, TermId, bool),
    Div(TermId, TermId),
    Power(TermId, i32),
    Exp(TermId),
    Ln(TermId),
    Min(TermId, TermId),
    Max(TermId, TermId),
    If(TermId, TermId, TermId),
    Ordinal(Ix, Sort),
    /// A sum or a product over bound indices.
    Fold(FoldKind, Vec<(Var, Set)>, Option<TermId>, TermId),
    /// An expectation over an index.
    Mean {
        var: Var,
        sort: Sort,
        weight: TermId,
        condition: Option<TermId>,
        body: TermId,
    },
    /// An expectation over configurations.
    Draw {
        var: Var,
        weight: Weight,
        condition: Option<TermId>,
        body: TermId,
        seen: Seen,
    },
    /// An entry of a family.
    Entry(FamilyId, Ix),
    /// An unknown of a linear system.
    Unknown(FamilyId, Ix),
    // conditions: 0 or 1
    Same(bool, Ix, Ix),
    Compare(CompareOp, TermId, TermId),
    And(TermId, TermId),
    Or(TermId, TermId),
    Not(TermId),
}

/// What an operation consists of, each in the order in which it is evaluated.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) indices: Vec<&'a Ix>,
    pub(super) families: Vec<FamilyId>,
    pub(super) terms: Vec<TermId>,
    /// The variables that it binds.
    pub(super) bound: Vec<Var>,
}

impl Op {
    /// The parts. The configuration of [`Op::Wins`] and the system of [`Op::Unknown`] are not among
    /// them.
    pub(super) fn parts(&self) -> Parts<'_> {
        let mut parts = Parts::default();
        match self {
            Op::Constant(_) => {}
            Op::Param(_, indices) => parts.indices.extend(indices),
            Op::Wins(_, ix) | Op::Ordinal(ix, _) | Op::Unknown(_, ix) => parts.indices.push(ix),
            Op::Same(_, a, b) => parts.indices.extend([a, b]),
            Op::Entry(family, ix) => {
                parts.indices.push(ix);
                parts.families.push(*family);
            }
            Op::Fold(_, binders, filter, body) => {
                for (var, set) in binders {
                    if let Set::CircuitOf(ix) = set {
                        parts.indices.push(ix);
                    }
                    parts.bound.push(*var);
                }
                parts.terms.extend(filter.iter().chain([body]));
            }
            Op::Mean { var, weight, condition, body, .. } => {
                parts.bound.push(*var);
                parts.terms.extend(condition.iter().chain([weight, body]));
            }
            Op::Draw { var, weight, condition, body, .. } => {
                parts.bound.push(*var);
                match weight {
                    Weight::Number(weight) => parts.terms.push(*weight),
                    Weight::Circuits(family) => parts.families.push(*family),
                }
                parts.terms.extend(condition.iter().chain([body]));
            }
            Op::Negate(a) | Op::Power(a, _) | Op::Exp(a) | Op::Ln(a) | Op::Not(a) => parts.terms.push(*a),
            Op::If(a, b, c) => parts.terms.extend([a, b, c]),
            Op::Add(a, b)
            | Op::Sub(a, b)
            | Op::Mul(a, b, _)
            | Op::Div(a, b)
            | Op::Min(a, b)
            | Op::Max(a, b)
            | Op::Compare(_, a, b)
            | Op::And(a, b)
            | Op::Or(a, b) => parts.terms.extend([a, b]),
        }
        parts
    }
}

#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) op: Op,
    /// The variables that its value depends on, sorted.
    pub(super) vars: Vec<Var>,
    /// The linear systems whose unknowns it contains, sorted.
    pub(super) unknowns: Vec<FamilyId>,
    pub(super) span: Span,
    /// Number of places in the program that contain it.
    pub(super) uses: usize,
}

/// A family whose entries are computed together.
#[derive(Clone, Debug)]
pub(super) enum FamilyOp {
    /// A softmax of `inner`, whose index is `member`.
    Softmax { member: Var, inner: TermId },
    /// The numbers `inner`, by the unit `member`.
    Listed { member: Var, inner: TermId },
    /// The mean-field state.
    Settled {
        /// The family of states, by its index; `None`: those of the sample.
        states: Option<(Var, TermId)>,
        /// The unit of a clamped action.
        action: Option<Ix>,
        /// The strength of the clamp; `None` means 1.
        strength: Option<TermId>,
    },
    /// The solution of a linear system: entry `member` is `body`.
    Solved { member: Var, sort: Sort, body: TermId },
}

#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) op: FamilyOp,
    /// The variables that it depends on, sorted, without its own index.
    pub(super) vars: Vec<Var>,
    pub(super) unknowns: Vec<FamilyId>,
    pub(super) span: Span,
}
