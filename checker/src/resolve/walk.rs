//! Walks over the nodes of a document.

use super::ir::{ChainNode, Document, NodeId, Op, SetNode, Weight};

/// Calls `visit` for every direct child of `op`.
pub(crate) fn for_each_child(op: &Op, mut visit: impl FnMut(NodeId)) {
    match op {
        Op::Constant(_) | Op::Variable(_) | Op::Index(_) | Op::ParamFamily(_) | Op::VariableFamily(_) => {}
        Op::Param(_, nodes) | Op::Call(_, nodes) | Op::LetFamily(_, nodes) => {
            nodes.iter().copied().for_each(visit);
        }
        Op::Entry(family, nodes) => {
            visit(*family);
            nodes.iter().copied().for_each(visit);
        }
        Op::Negate(a)
        | Op::Power(a, _)
        | Op::Exp(a)
        | Op::Ln(a)
        | Op::Hold(a)
        | Op::Bracket(a)
        | Op::Ordinal(a)
        | Op::ActionOf(a)
        | Op::CircuitOf(a)
        | Op::Not(a)
        | Op::Winners(a)
        | Op::TrainFamily(a)
        | Op::Softmax(a) => visit(*a),
        Op::Add(a, b)
        | Op::Sub(a, b)
        | Op::Mul(a, b)
        | Op::Div(a, b)
        | Op::Min(a, b)
        | Op::Max(a, b)
        | Op::Compare(_, a, b)
        | Op::SameIndex(_, a, b)
        | Op::And(a, b)
        | Op::Or(a, b) => {
            visit(*a);
            visit(*b);
        }
        Op::If(condition, a, b) => {
            visit(*condition);
            visit(*a);
            visit(*b);
        }
        Op::Fold(_, binders, filter, body) => {
            for binder in binders {
                if let SetNode::CircuitOf(unit) = binder.set {
                    visit(unit);
                }
            }
            filter.iter().copied().for_each(&mut visit);
            visit(*body);
        }
        Op::Expectation { weight, condition, body, .. } => {
            let (Weight::Circuits(node) | Weight::Spikes(node) | Weight::Number(node)) = weight;
            visit(*node);
            condition.iter().copied().for_each(&mut visit);
            visit(*body);
        }
        Op::Derivative { body, indices, .. } => {
            visit(*body);
            indices.iter().copied().for_each(visit);
        }
        Op::MeanField { states, action, strength } => {
            visit(*states);
            action.iter().chain(strength).copied().for_each(visit);
        }
        Op::Solve { body, .. } => visit(*body),
    }
}

/// All nodes that the evaluation of the given nodes reaches, through definitions too.
pub(crate) fn reachable(document: &Document, mut queue: Vec<NodeId>) -> Vec<NodeId> {
    let mut seen = vec![false; document.nodes.len()];
    let mut found = Vec::new();
    while let Some(node) = queue.pop() {
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        found.push(node);
        if let Op::Call(id, _) | Op::LetFamily(id, _) = document.nodes[node].op {
            queue.push(document.lets[id].body);
        }
        for_each_child(&document.nodes[node].op, |child| queue.push(child));
    }
    found
}

/// All nodes that a chain evaluates, through definitions too.
pub(crate) fn evaluated(document: &Document, chain: &ChainNode) -> Vec<NodeId> {
    reachable(document, chain.sides.iter().copied().chain(chain.filter).collect())
}

pub(crate) fn takes_logarithms(document: &Document, nodes: &[NodeId]) -> bool {
    nodes.iter().any(|&node| matches!(document.nodes[node].op, Op::Ln(_)))
}

pub(crate) fn takes_derivatives(document: &Document, nodes: &[NodeId]) -> bool {
    nodes.iter().any(|&node| matches!(document.nodes[node].op, Op::Derivative { .. }))
}
