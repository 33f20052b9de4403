//! Estimates of the work of a claim, before its evaluation.

use crate::evaluate::geometry::Shape;
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};
use crate::resolve::walk::for_each_child;

/// Estimates of one document.
pub(crate) struct Estimate<'a> {
    document: &'a Document,
    shape: &'a Shape,
    /// Number of evaluations of each node.
    visits: Vec<f64>,
}

impl<'a> Estimate<'a> {
    /// Evaluation steps of all instances of these chains at one point of the shape.
    pub(crate) fn of(document: &'a Document, shape: &'a Shape, chains: &[ChainNode]) -> f64 {
        chains.iter().map(|chain| Self::of_chain(document, shape, chain)).sum()
    }

    fn of_chain(document: &'a Document, shape: &'a Shape, chain: &ChainNode) -> f64 {
        let mut estimate = Self { document, shape, visits: vec![0.0; document.nodes.len()] };
        let all = estimate.product(&chain.binders);
        for &side in &chain.sides {
            estimate.visits[side] += all;
        }
        if let Some(filter) = chain.filter {
            estimate.visits[filter] += all;
        }
        all + estimate.total()
    }

    fn size(&self, sort: Sort) -> f64 {
        match sort {
            Sort::Train => (self.shape.window as f64).exp2(),
            Sort::Configuration => {
                let hidden = (self.shape.hidden_size as f64).powi(self.shape.hidden_circuits as i32);
                hidden * self.shape.actions as f64
            }
            sort => self.shape.range(sort).len() as f64,
        }
    }

    fn product(&self, binders: &[BinderNode]) -> f64 {
        binders
            .iter()
            .map(|binder| match binder.set {
                SetNode::All(sort) => self.size(sort),
                SetNode::CircuitOf(_) => self.shape.hidden_size.max(self.shape.actions) as f64,
            })
            .product()
    }

    /// Goes from parents to children. A memoized node is evaluated once for each value of its free
    /// slots.
    fn total(mut self) -> f64 {
        let mut total = 0.0;
        for node in (0..self.document.nodes.len()).rev() {
            let visits = self.visits[node];
            if visits == 0.0 {
                continue;
            }
            total += visits;
            let inside = visits.min(self.different(node));
            let op = &self.document.nodes[node].op;
            let times = match op {
                Op::Fold(_, binders, ..) => self.product(binders),
                Op::Expectation { sort, .. } => self.size(*sort),
                Op::Solve { sort, .. } => self.size(*sort) * (self.size(*sort) + 4.0),
                Op::Softmax(_) => 1.0 + self.shape.hidden_size.max(self.shape.actions) as f64,
                _ => 1.0,
            };
            if let Op::MeanField { .. } = op {
                total += inside * (self.shape.units() as f64).powi(2);
            }
            if let Op::Derivative { .. } = op {
                total += inside * (self.shape.units() as f64).powi(2);
            }
            if let Op::Call(id, _) | Op::LetFamily(id, _) = op {
                self.visits[self.document.lets[*id].body] += inside;
            }
            for_each_child(op, |child| self.visits[child] += inside * times);
        }
        total
    }

    /// Number of different values of a memoized node; infinite for other nodes.
    fn different(&self, node: NodeId) -> f64 {
        let found = &self.document.nodes[node];
        let memoized = matches!(
            found.op,
            Op::Call(..)
                | Op::LetFamily(..)
                | Op::Fold(..)
                | Op::Expectation { .. }
                | Op::Solve { .. }
                | Op::MeanField { .. }
                | Op::Softmax(_)
        );
        if !memoized {
            return f64::INFINITY;
        }
        let own = match &found.kind {
            Type::Family(sorts) => sorts.iter().map(|&sort| self.size(sort)).product(),
            _ => 1.0,
        };
        // A slot may hold an index of any set.
        let slots = found.free.len() as i32;
        own * self.largest().powi(slots)
    }

    fn largest(&self) -> f64 {
        let units = self.shape.units();
        let sets = units.max(self.shape.states).max(self.shape.situations).max(self.shape.window) as f64;
        sets.max(self.size(Sort::Configuration))
    }
}
