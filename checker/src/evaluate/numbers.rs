//! Evaluation of numbers and definitions.

use std::cmp::Ordering;
use std::rc::Rc;

use dashu_ratio::RBig;

use super::domain::{Domain, Evaluator};
use super::error::{EvalError, Outcome};
use super::frame::{EntryIndices, Frame, SlotValue, Thunk};
use super::mode::{Argument, Mode};
use crate::number::Number;
use crate::resolve::ir::{LetId, NodeId, Op, ParamId, Target};
use crate::resolve::sort::{Sort, Type};

/// Numbers of up to this many words have no extra cost.
const SHORT: u64 = 256;

/// Extra steps for a number of `size` words: the time to reduce a fraction grows with the square of
/// its length.
fn effort(size: u64) -> u64 {
    if size > SHORT { size.saturating_mul(size) / SHORT } else { 0 }
}

impl<D: Domain> Evaluator<'_, D> {
    pub(crate) fn argument(
        &mut self,
        argument: Argument,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        match argument {
            Argument::Node(node) => self.eval(node, frame, mode),
            Argument::Entry(family, unit) => self.entry(family, &[unit], frame, mode),
        }
    }

    pub(crate) fn eval(&mut self, node: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        let value = self.value(node, frame, mode)?;
        self.spend(node, effort(value.size()))?;
        Ok(value)
    }

    fn value(&mut self, node: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        self.spend(node, 1)?;
        let mode = self.effective(node, mode);
        let document = self.document;
        match &document.nodes[node].op {
            Op::Constant(value) => {
                Ok(self.constants.entry(node).or_insert_with(|| D::Number::rational(value)).clone())
            }
            Op::Param(param, indices) => {
                let indices = self.indices(indices, frame);
                Ok(self.param(*param, &indices, mode))
            }
            Op::Call(id, arguments) => {
                let key = self.key(node, frame, mode, &[]);
                self.memoize(key, |ev| {
                    let (inner, arguments) = ev.enter(*id, arguments, &[], frame);
                    ev.call(*id, inner, &arguments, mode)
                })
            }
            Op::Variable(slot) => match frame[*slot].clone() {
                SlotValue::Thunk(thunk) => self.eval(thunk.node, &mut thunk.frame.clone(), mode),
                _ => unreachable!("a number slot holds a thunk"),
            },
            Op::Entry(family, indices) => {
                let indices = self.indices(indices, frame);
                self.entry(*family, &indices, frame, mode)
            }
            Op::Negate(a) => Ok(self.eval(*a, frame, mode)?.neg()),
            Op::Add(a, b) => Ok(self.eval(*a, frame, mode)?.add(&self.eval(*b, frame, mode)?)),
            Op::Sub(a, b) => Ok(self.eval(*a, frame, mode)?.sub(&self.eval(*b, frame, mode)?)),
            Op::Mul(a, b) => {
                let left = self.eval(*a, frame, mode)?;
                // Most products with an indicator are zero. Any other zero does not hide a right
                // factor without a value.
                if document.indicators[*a] && left.is_zero() {
                    return Ok(left);
                }
                Ok(left.mul(&self.eval(*b, frame, mode)?))
            }
            Op::Div(a, b) => {
                let (a, b) = (self.eval(*a, frame, mode)?, self.eval(*b, frame, mode)?);
                self.quotient(&a, &b, node)
            }
            Op::Power(a, exponent) => {
                let a = self.eval(*a, frame, mode)?;
                self.spend(node, effort(u64::from(exponent.unsigned_abs()) * a.size()))?;
                a.power(*exponent).ok_or(EvalError::DivisionByZero(node))
            }
            Op::Exp(a) => D::exp(self, Argument::Node(*a), frame, mode),
            Op::Ln(a) => D::ln(self, node, *a, frame, mode),
            Op::Hold(a) => self.eval(*a, frame, Mode::BASE),
            Op::Min(a, b) | Op::Max(a, b) => {
                let (order, x, y) = self.order(node, *a, *b, frame, mode)?;
                let smaller = matches!(document.nodes[node].op, Op::Min(..));
                let (branch, value) = match order {
                    Ordering::Equal => (*a, x.either(&y)),
                    _ if order.is_lt() == smaller => (*a, x),
                    _ => (*b, y),
                };
                if mode == Mode::BASE { Ok(value) } else { self.eval(branch, frame, mode) }
            }
            Op::If(condition, yes, no) => {
                let branch = if self.truth(*condition, frame, mode)? { *yes } else { *no };
                self.eval(branch, frame, mode)
            }
            Op::Bracket(a) => {
                Ok(if self.truth(*a, frame, mode)? { D::Number::one() } else { D::Number::zero() })
            }
            Op::Ordinal(index) => {
                let place = self.index(*index, frame) - self.start_of(*index);
                Ok(D::Number::rational(&RBig::from(place)))
            }
            Op::Fold(fold, binders, filter, body) => {
                let key = self.key(node, frame, mode, &[]);
                self.memoize(key, |ev| ev.fold(node, *fold, binders, *filter, *body, frame, mode))
            }
            Op::Expectation { slot, sort, weight, condition, body } => {
                let key = self.key(node, frame, mode, &[]);
                self.memoize(key, |ev| {
                    ev.expectation(node, (*slot, *sort), weight, *condition, *body, frame, mode)
                })
            }
            Op::Derivative { body, target, indices } => {
                let indices = self.indices(indices, frame);
                let sorts = self.target_sorts(*target);
                let flat = self.shape.flat(&sorts, &indices);
                let target = document.targets.iter().position(|known| known == target);
                D::derivative(self, node, *body, target.unwrap_or(usize::MAX), flat, frame)
            }
            _ => unreachable!("kinds were checked"),
        }
    }

    pub(crate) fn target_sorts(&self, target: Target) -> Vec<Sort> {
        match target {
            Target::Param(param) => self.document.params[param].sorts.clone(),
            Target::Let(id) => self.document.lets[id]
                .formals
                .iter()
                .filter_map(|formal| match formal {
                    Type::Index(sort) => Some(*sort),
                    _ => None,
                })
                .collect(),
        }
    }

    pub(crate) fn quotient(&self, a: &D::Number, b: &D::Number, node: NodeId) -> Outcome<D::Number> {
        a.div(b).ok_or(EvalError::DivisionByZero(node))
    }

    /// Evaluates the body of a derivative, memoized in its own mode.
    pub(crate) fn body(&mut self, body: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        let key = self.key(body, frame, mode, &[]);
        self.memoize(key, |ev| ev.eval(body, frame, mode))
    }

    pub(crate) fn param(&mut self, param: ParamId, indices: &[usize], mode: Mode) -> D::Number {
        let family = &self.document.params[param];
        let flat = self.shape.flat(&family.sorts, indices);
        let value = self.domain.param(family, param, flat, indices);
        self.seed(value, Target::Param(param), flat, mode)
    }

    fn seed(&mut self, value: D::Number, target: Target, flat: usize, mode: Mode) -> D::Number {
        match mode.target() {
            Some(at) if self.document.targets[at] == target => self.domain.moved(value, flat),
            _ => value,
        }
    }

    /// The frame of a definition with its arguments and indices, and the indices.
    pub(crate) fn enter(
        &mut self,
        id: LetId,
        arguments: &[NodeId],
        indices: &[usize],
        frame: &Frame,
    ) -> (Frame, EntryIndices) {
        let definition = &self.document.lets[id];
        let mut inner = vec![SlotValue::Unset; definition.frame];
        let mut integers = EntryIndices::new();
        for (slot, &argument) in arguments.iter().enumerate() {
            inner[slot] = match definition.formals[slot] {
                Type::Index(_) => {
                    let index = self.index(argument, frame);
                    integers.push(index);
                    SlotValue::Index(index as u32)
                }
                _ => self.thunk(argument, frame),
            };
        }
        for (offset, &index) in indices.iter().enumerate() {
            integers.push(index);
            inner[arguments.len() + offset] = SlotValue::Index(index as u32);
        }
        (inner, integers)
    }

    fn thunk(&self, node: NodeId, frame: &Frame) -> SlotValue {
        if let Op::Variable(slot) | Op::VariableFamily(slot) = self.document.nodes[node].op {
            return frame[slot].clone();
        }
        SlotValue::Thunk(Rc::new(Thunk { node, frame: frame.clone() }))
    }

    /// The value of a definition. If it is the target of the derivative, it is an independent
    /// variable.
    pub(super) fn call(
        &mut self,
        id: LetId,
        mut inner: Frame,
        integers: &[usize],
        mode: Mode,
    ) -> Outcome<D::Number> {
        let body = self.document.lets[id].body;
        if mode.target().is_some_and(|at| self.document.targets[at] == Target::Let(id)) {
            let value = self.eval(body, &mut inner, Mode::BASE)?;
            let sorts = self.target_sorts(Target::Let(id));
            let flat = self.shape.flat(&sorts, integers);
            return Ok(self.seed(value, Target::Let(id), flat, mode));
        }
        self.eval(body, &mut inner, mode)
    }
}
