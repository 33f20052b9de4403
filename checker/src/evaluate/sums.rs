//! Sums, products and expectations.

use super::domain::{Domain, Evaluator};
use super::error::Outcome;
use super::frame::{Frame, SlotValue};
use super::mode::Mode;
use crate::language::ast::FoldKind;
use crate::number::Number;
use crate::resolve::ir::{BinderNode, NodeId, Slot, Weight};
use crate::resolve::sort::Sort;

impl<D: Domain> Evaluator<'_, D> {
    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, used here alone")]
    pub(super) fn fold(
        &mut self,
        node: NodeId,
        fold: FoldKind,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let mut total = match fold {
            FoldKind::Sum => D::Number::zero(),
            FoldKind::Product => D::Number::one(),
        };
        let mut count = 0;
        self.each(binders, filter, (frame, mode), node, &mut |ev, frame| {
            count += 1;
            let term = ev.eval(body, frame, mode)?;
            total = match fold {
                FoldKind::Sum => total.add(&term),
                FoldKind::Product => total.mul(&term),
            };
            Ok(())
        })?;
        self.observations.folded(node, count > 0);
        Ok(total)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, used here alone")]
    pub(super) fn expectation(
        &mut self,
        node: NodeId,
        (slot, sort): (Slot, Sort),
        weight: &Weight,
        condition: Option<NodeId>,
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let mut sum = D::Number::zero();
        let mut mass = D::Number::zero();
        let mut count = 0;
        for index in self.shape.range(sort) {
            frame[slot] = SlotValue::Index(index as u32);
            if let Some(condition) = condition
                && !self.truth(condition, frame, mode)?
            {
                continue;
            }
            count += 1;
            let weight = self.weight(weight, index, frame, mode)?;
            let term = self.eval(body, frame, mode)?;
            sum = sum.add(&weight.mul(&term));
            if condition.is_some() {
                mass = mass.add(&weight);
            }
        }
        frame[slot] = SlotValue::Unset;
        self.observations.folded(node, count > 0);
        if condition.is_some() { self.quotient(&sum, &mass, node) } else { Ok(sum) }
    }

    fn weight(&mut self, weight: &Weight, index: usize, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        match *weight {
            Weight::Number(node) => self.eval(node, frame, mode),
            Weight::Circuits(family) => {
                let mut product = D::Number::one();
                for circuit in 0..self.shape.circuits() {
                    let unit = self.shape.winner(index, circuit);
                    product = product.mul(&self.entry(family, &[unit], frame, mode)?);
                }
                Ok(product)
            }
            Weight::Spikes(rate) => {
                let rate = self.eval(rate, frame, mode)?;
                let silence = D::Number::one().sub(&rate);
                let factors =
                    (0..self.shape.window).map(|t| if index >> t & 1 == 1 { &rate } else { &silence });
                Ok(factors.fold(D::Number::one(), |product, factor| product.mul(factor)))
            }
        }
    }
}
