//! Indices, conditions, and loops over bound names.

use std::cmp::Ordering;

use super::domain::{Domain, Evaluator};
use super::error::{EvalError, Outcome};
use super::frame::{EntryIndices, Frame, SlotValue};
use super::mode::Mode;
use crate::language::ast::CompareOp;
use crate::resolve::ir::{BinderNode, NodeId, Op, SetNode};

impl<D: Domain> Evaluator<'_, D> {
    pub(crate) fn index(&mut self, node: NodeId, frame: &Frame) -> usize {
        match self.document.nodes[node].op {
            Op::Index(slot) => match frame[slot] {
                SlotValue::Index(index) => index as usize,
                _ => unreachable!("an index slot holds an index"),
            },
            Op::ActionOf(configuration) => {
                let configuration = self.index(configuration, frame);
                self.shape.winner(configuration, self.shape.hidden_circuits)
            }
            Op::CircuitOf(unit) => {
                let unit = self.index(unit, frame);
                self.shape.circuit_of(unit)
            }
            _ => unreachable!("kinds were checked"),
        }
    }

    pub(super) fn indices(&mut self, nodes: &[NodeId], frame: &Frame) -> EntryIndices {
        nodes.iter().map(|&node| self.index(node, frame)).collect()
    }

    pub(crate) fn truth(&mut self, node: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<bool> {
        match self.document.nodes[node].op {
            Op::SameIndex(same, a, b) => Ok((self.index(a, frame) == self.index(b, frame)) == same),
            Op::Compare(op, a, b) => {
                let (order, ..) = self.order(node, a, b, frame, mode)?;
                Ok(match op {
                    CompareOp::Equal => order.is_eq(),
                    CompareOp::NotEqual => order.is_ne(),
                    CompareOp::LessEqual => order.is_le(),
                    CompareOp::GreaterEqual => order.is_ge(),
                    CompareOp::Less => order.is_lt(),
                    CompareOp::Greater => order.is_gt(),
                })
            }
            Op::And(a, b) => Ok(self.truth(a, frame, mode)? && self.truth(b, frame, mode)?),
            Op::Or(a, b) => Ok(self.truth(a, frame, mode)? || self.truth(b, frame, mode)?),
            Op::Not(a) => Ok(!self.truth(a, frame, mode)?),
            _ => unreachable!("kinds were checked"),
        }
    }

    /// Compares two numbers at the base, and returns their values. A derivative stays in the branch
    /// of its base, so a finite difference does not step over a kink.
    pub(super) fn order(
        &mut self,
        node: NodeId,
        a: NodeId,
        b: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<(Ordering, D::Number, D::Number)> {
        let (x, y) = (self.eval(a, frame, Mode::BASE)?, self.eval(b, frame, Mode::BASE)?);
        let order = D::compare(self, node, (a, &x), (b, &y), frame)?;
        if order.is_eq() && mode != Mode::BASE {
            let (x, y) = (self.eval(a, frame, mode)?, self.eval(b, frame, mode)?);
            if D::part(&x, &y) {
                return Err(EvalError::Kink(node));
            }
        }
        Ok((order, x, y))
    }

    fn set(&mut self, set: &SetNode, frame: &Frame) -> std::ops::Range<usize> {
        match *set {
            SetNode::All(sort) => self.shape.range(sort),
            SetNode::CircuitOf(unit) => {
                let unit = self.index(unit, frame);
                self.shape.members(self.shape.circuit_of(unit))
            }
        }
    }

    /// Calls `visit` for every choice of the bound names that passes the filter.
    pub(crate) fn each(
        &mut self,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        (frame, mode): (&mut Frame, Mode),
        at: NodeId,
        visit: &mut dyn FnMut(&mut Self, &mut Frame) -> Outcome<()>,
    ) -> Outcome<()> {
        let Some((first, rest)) = binders.split_first() else {
            self.spend(at, 1)?;
            let passes = match filter {
                Some(filter) => self.truth(filter, frame, mode)?,
                None => true,
            };
            return if passes { visit(self, frame) } else { Ok(()) };
        };
        for index in self.set(&first.set, frame) {
            frame[first.slot] = SlotValue::Index(index as u32);
            self.each(rest, filter, (frame, mode), at, visit)?;
        }
        frame[first.slot] = SlotValue::Unset;
        Ok(())
    }
}
