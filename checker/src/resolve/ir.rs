//! The resolved document: an arena of typed nodes. Every name is a parameter, a definition or a
//! slot.
//!
//! Equal expressions share a node, so their values are computed once.

use std::collections::BTreeMap;

use dashu_ratio::RBig;

use super::sort::{Sort, Type};
use crate::language::ast::{CompareOp, Conventions, Expected, FoldKind, Parameter, Relation};
use crate::language::source::Span;

/// A node of the arena. Children come before their parents.
pub(crate) type NodeId = usize;
/// Index of a definition.
pub(crate) type LetId = usize;
/// Index of a parameter family.
pub(crate) type ParamId = usize;
/// A position in the frame of bound names.
pub(crate) type Slot = usize;

/// The family that a derivative is taken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    Param(ParamId),
    Let(LetId),
}

/// The set that a bound name runs over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SetNode {
    All(Sort),
    /// The units in the circuit of this unit.
    CircuitOf(NodeId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BinderNode {
    pub(crate) slot: Slot,
    pub(crate) set: SetNode,
    pub(crate) name: String,
}

/// The distribution of an expectation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Weight {
    /// One winner in every circuit, independently, with the probabilities of this family over the
    /// units.
    Circuits(NodeId),
    /// Spikes of one unit, independently at every step of the window, with this probability.
    Spikes(NodeId),
    /// This number, which may contain the variable.
    Number(NodeId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    // numbers
    Constant(RBig),
    Param(ParamId, Vec<NodeId>),
    Call(LetId, Vec<NodeId>),
    Variable(Slot),
    Entry(NodeId, Vec<NodeId>),
    Negate(NodeId),
    Add(NodeId, NodeId),
    Sub(NodeId, NodeId),
    Mul(NodeId, NodeId),
    Div(NodeId, NodeId),
    Power(NodeId, i32),
    Exp(NodeId),
    Ln(NodeId),
    Hold(NodeId),
    Min(NodeId, NodeId),
    Max(NodeId, NodeId),
    If(NodeId, NodeId, NodeId),
    Bracket(NodeId),
    /// Position of an index in its set, from 0.
    Ordinal(NodeId),
    Fold(FoldKind, Vec<BinderNode>, Option<NodeId>, NodeId),
    Expectation {
        slot: Slot,
        sort: Sort,
        weight: Weight,
        condition: Option<NodeId>,
        body: NodeId,
    },
    Derivative {
        body: NodeId,
        target: Target,
        indices: Vec<NodeId>,
    },
    // indices
    Index(Slot),
    ActionOf(NodeId),
    CircuitOf(NodeId),
    // truth
    Compare(CompareOp, NodeId, NodeId),
    SameIndex(bool, NodeId, NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Not(NodeId),
    // families
    ParamFamily(ParamId),
    LetFamily(LetId, Vec<NodeId>),
    VariableFamily(Slot),
    Winners(NodeId),
    TrainFamily(NodeId),
    Softmax(NodeId),
    MeanField {
        states: NodeId,
        action: Option<NodeId>,
        /// Strength of the clamp on the action circuit, 0 to 1; `None` means 1.
        strength: Option<NodeId>,
    },
    Solve {
        unknown: Slot,
        index: Slot,
        sort: Sort,
        body: NodeId,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) kind: Type,
    /// Its first place in the text.
    pub(crate) span: Span,
    /// Slots that the value depends on, sorted.
    pub(crate) free: Vec<Slot>,
}

/// The kind of a parameter family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ParamKind {
    Weights(Parameter),
    States,
    /// Reward of an action.
    Reward,
    /// Scalar advantage.
    Advantage,
    Mask,
    /// 1 in convention `full`, ½ in convention `half`.
    Kappa,
    Declared {
        positive: bool,
    },
}

impl ParamKind {
    /// Every entry is positive, in all tiers.
    pub(crate) fn is_positive(self) -> bool {
        matches!(self, ParamKind::States | ParamKind::Declared { positive: true })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) kind: ParamKind,
    pub(crate) sorts: Vec<Sort>,
}

#[derive(Clone, Debug)]
pub(crate) struct LetNode {
    pub(crate) name: String,
    /// Types of the arguments, then of the indices. They have the first slots of the frame.
    pub(crate) formals: Vec<Type>,
    /// Their names.
    pub(crate) names: Vec<String>,
    pub(crate) arguments: usize,
    pub(crate) frame: usize,
    pub(crate) body: NodeId,
}

#[derive(Clone, Debug)]
pub(crate) struct LinkNode {
    pub(crate) relation: Relation,
    pub(crate) because: Option<String>,
    /// The right side in the text.
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct ChainNode {
    pub(crate) binders: Vec<BinderNode>,
    pub(crate) filter: Option<NodeId>,
    pub(crate) frame: usize,
    /// The sides, in order: one more than links.
    pub(crate) sides: Vec<NodeId>,
    pub(crate) texts: Vec<String>,
    pub(crate) links: Vec<LinkNode>,
    pub(crate) span: Span,
}

impl ChainNode {
    /// The text of a link: `left = right`.
    pub(crate) fn equation(&self, link: usize) -> String {
        let relation = match self.links[link].relation {
            Relation::Equal => "=",
            Relation::LessEqual => "<=",
            Relation::GreaterEqual => ">=",
        };
        format!("{} {relation} {}", self.texts[link], self.texts[link + 1])
    }
}

/// The conditions of a claim: blocks that are zero, and declared numbers with their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Given {
    pub(crate) hidden_hidden: bool,
    pub(crate) hidden_action: bool,
    pub(crate) state_hidden: bool,
    pub(crate) state_action: bool,
    pub(crate) bias_hidden: bool,
    pub(crate) bias_action: bool,
    /// Numbers declared with `param`, and their values.
    pub(crate) declared: Vec<(ParamId, i32)>,
}

#[derive(Clone, Debug)]
pub(crate) struct ClaimNode {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) span: Span,
    pub(crate) given: Given,
    pub(crate) expected: Expected,
    pub(crate) chains: Vec<ChainNode>,
}

#[derive(Clone, Debug)]
pub(crate) struct MeasuredNode {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) by: String,
    pub(crate) span: Span,
}

/// A line of a rule, as a definition.
#[derive(Clone, Debug)]
pub(crate) struct RuleNode {
    pub(crate) arguments: Vec<String>,
    /// True if a synapse sees all its factors.
    pub(crate) local: bool,
    /// Number of synapses that the longest message of a factor crosses; 0 for a rule that is not
    /// local.
    pub(crate) hops: usize,
    pub(crate) place: String,
    pub(crate) lines: BTreeMap<Parameter, LetId>,
}

/// A chapter with every name resolved.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) nodes: Vec<Node>,
    pub(crate) params: Vec<Param>,
    pub(crate) lets: Vec<LetNode>,
    pub(crate) claims: Vec<ClaimNode>,
    pub(crate) measured: Vec<MeasuredNode>,
    pub(crate) rules: BTreeMap<String, RuleNode>,
    pub(crate) conventions: Conventions,
    /// For every node, a bit for each target of derivatives that its value may depend on.
    pub(crate) moved_by: Vec<u64>,
    pub(crate) targets: Vec<Target>,
    /// For every node, whether its form shows that it is 0 or 1: a condition, a mask, a winner, or
    /// a product of these.
    pub(crate) indicators: Vec<bool>,
}
