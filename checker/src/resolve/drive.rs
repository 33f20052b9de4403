//! The argument of a softmax in a quantity of a neuron: it must be a net input.
//!
//! A softmax divides by a sum over the circuit. If a neuron knows the argument and its own rate, it
//! can compute that sum. For net inputs, the sum is the usual normalisation of the circuit. With
//! the logarithm of another quantity as the argument, the softmax would tell each neuron the sum of
//! that quantity over the circuit. So the argument must be a net input: a bias, and weighted sums
//! of rates, spikes and states.

use dashu_ratio::RBig;

use super::ir::*;
use super::meaning::{Atom, Dependence, Env, Hops, Meanings, Place, TOO_MANY, Value};
use super::neuron::is_neuron;
use super::sort::Sort;
use crate::language::ast::{FoldKind, Parameter};

const NOT_A_DRIVE: &str = "is not part of a net input: a softmax takes the neuron's bias and weighted sums of rates, spikes and states, times no numeral but 1/2 and 2";

impl Meanings<'_> {
    /// Checks that a family consists of net inputs. Returns the number of hops.
    pub(super) fn drive(&self, node: NodeId, env: &Env) -> Hops {
        if !self.step() {
            return self.fault(node, env, TOO_MANY);
        }
        match self.op(node) {
            Op::ParamFamily(param) if self.is_offset(*param) => Ok(0),
            Op::LetFamily(id, arguments) => {
                let mut inner = self.open(*id, arguments, env);
                let (body, sorts) = (self.definition(*id).body, self.indices(*id));
                if sorts.is_empty() {
                    return self.drive(body, &inner);
                }
                match self.bind_own(*id, &sorts, &mut inner) {
                    Some(own) => self.driven(body, &inner, own),
                    None => self.fault(node, env, NOT_A_DRIVE),
                }
            }
            Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.drive(closure.node, &closure.env),
                _ => self.fault(node, env, NOT_A_DRIVE),
            },
            _ => self.fault(node, env, NOT_A_DRIVE),
        }
    }

    /// A bias, or a declared parameter in its place.
    fn is_offset(&self, param: ParamId) -> bool {
        matches!(
            self.resolver.params[param].kind,
            ParamKind::Weights(Parameter::Bias) | ParamKind::Declared { .. }
        )
    }

    /// Checks that `node` is a part of the net input of the neuron `own`.
    fn driven(&self, node: NodeId, env: &Env, own: Atom) -> Hops {
        if !self.step() {
            return self.fault(node, env, TOO_MANY);
        }
        let here = |node: &NodeId| self.driven(*node, env, own);
        match self.op(node) {
            Op::Add(a, b) | Op::Sub(a, b) => Ok(here(a)?.max(here(b)?)),
            Op::Negate(a) | Op::Hold(a) => here(a),
            Op::Mul(a, b) if self.is_factor(*a, env) => here(b),
            Op::Mul(a, b) | Op::Div(a, b) if self.is_factor(*b, env) => here(a),
            Op::Variable(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.driven(closure.node, &closure.env, own),
                _ if self.is_number(node, env) => Ok(0),
                _ => self.fault(node, env, NOT_A_DRIVE),
            },
            Op::Call(id, arguments) => {
                self.driven(self.definition(*id).body, &self.open(*id, arguments, env), own)
            }
            Op::Entry(family, indices) => self.driven_entry(node, *family, indices, env, own),
            Op::Param(param, indices) if self.is_offset(*param) && self.at_one(*param, indices, env, own) => {
                Ok(0)
            }
            Op::Fold(FoldKind::Sum, binders, None, body) => {
                let mut inner = env.clone();
                let mut senders = Vec::new();
                for binder in binders {
                    let sort = self.sort(&binder.set);
                    let atom = self.atom(sort, sort == Sort::Lag, None);
                    if is_neuron(sort) {
                        senders.push(atom);
                    } else if sort != Sort::Lag {
                        return self.fault(node, env, NOT_A_DRIVE);
                    }
                    inner.set(binder.slot, Value::Place(Place { atom, action: false, circuit: false }));
                }
                match senders[..] {
                    [] => self.driven(*body, &inner, own),
                    [sender] => self.arriving(*body, &inner, own, sender),
                    _ => self.fault(node, env, NOT_A_DRIVE),
                }
            }
            _ if self.is_number(node, env) => Ok(0),
            _ => self.fault(node, env, NOT_A_DRIVE),
        }
    }

    fn driven_entry(&self, node: NodeId, family: NodeId, indices: &[NodeId], env: &Env, own: Atom) -> Hops {
        let (family, frame) = self.family(family, env);
        match self.op(family) {
            Op::ParamFamily(param) if self.is_offset(*param) && self.at_one(*param, indices, env, own) => {
                Ok(0)
            }
            Op::LetFamily(id, arguments) => {
                let mut inner = self.open(*id, arguments, &frame);
                let body = self.definition(*id).body;
                if self.indices(*id).is_empty() {
                    return self.driven_entry(body, body, indices, &inner, own);
                }
                indices.iter().for_each(|index| inner.push(self.value(*index, env)));
                self.driven(body, &inner, own)
            }
            _ => self.fault(node, env, NOT_A_DRIVE),
        }
    }

    /// A number that net inputs may be multiplied by. With a small factor a softmax is almost
    /// linear, so its differences tell the net input. With a large factor it tells the largest one.
    fn is_factor(&self, node: NodeId, env: &Env) -> bool {
        let plain =
            |value: &RBig| [RBig::ONE, RBig::from(2), RBig::from_parts(1.into(), 2u8.into())].contains(value);
        let strong = |op: &Op, _: &Env| match op {
            Op::Constant(value) => !plain(value),
            Op::Power(..) | Op::Exp(_) | Op::Ln(_) => true,
            _ => false,
        };
        self.is_number(node, env) && !self.search(node, env, &strong)
    }

    /// A number that is the same at every neuron.
    fn is_number(&self, node: NodeId, env: &Env) -> bool {
        let mut found = Dependence::new();
        self.depends(node, env, &mut found);
        let common = |(atom, action): &(Atom, bool)| {
            self.common(Place { atom: *atom, action: *action, circuit: false })
        };
        found.iter().all(common) && self.signal(node, env).is_ok()
    }

    /// All indices of neurons are this neuron, and all other indices are common to all neurons.
    fn at_one(&self, param: ParamId, indices: &[NodeId], env: &Env, neuron: Atom) -> bool {
        self.resolver.params[param].sorts.iter().zip(indices).all(|(sort, index)| {
            self.place(*index, env)
                .is_some_and(|place| if is_neuron(*sort) { place.is(neuron) } else { self.common(place) })
        })
    }

    /// Checks the input from one sender: the weight of the synapse times a rate, a spike or a
    /// state.
    fn arriving(&self, node: NodeId, env: &Env, own: Atom, sender: Atom) -> Hops {
        match self.op(node) {
            Op::Add(a, b) | Op::Sub(a, b) if !self.is_weight(node, env, own, sender) => {
                Ok(self.arriving(*a, env, own, sender)?.max(self.arriving(*b, env, own, sender)?))
            }
            Op::Negate(a) => self.arriving(*a, env, own, sender),
            Op::Variable(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.arriving(closure.node, &closure.env, own, sender),
                _ => self.fault(node, env, NOT_A_DRIVE),
            },
            Op::Call(id, arguments) => {
                self.arriving(self.definition(*id).body, &self.open(*id, arguments, env), own, sender)
            }
            _ => {
                let (mut weights, mut hops) = (0, None);
                for factor in self.factors(node, env) {
                    if self.is_weight(factor, env, own, sender) {
                        weights += 1;
                    } else if let (None, Some(found)) = (hops, self.activity(factor, env, sender)) {
                        hops = Some(found);
                    } else if !self.is_factor(factor, env) && !self.is_mask(factor, env, own, sender) {
                        return self.fault(factor, env, NOT_A_DRIVE);
                    }
                }
                match hops {
                    Some(hops) if weights == 1 => Ok(hops + 1),
                    _ => self.fault(node, env, NOT_A_DRIVE),
                }
            }
        }
    }

    /// The factors of a product. A divisor must be a common number, and is not a factor.
    fn factors(&self, node: NodeId, env: &Env) -> Vec<NodeId> {
        match self.op(node) {
            Op::Mul(a, b) => [self.factors(*a, env), self.factors(*b, env)].concat(),
            Op::Div(a, b) if self.is_factor(*b, env) => self.factors(*a, env),
            _ => vec![node],
        }
    }

    fn is_mask(&self, node: NodeId, env: &Env, own: Atom, sender: Atom) -> bool {
        matches!(self.op(node), Op::Param(param, indices)
            if self.resolver.params[*param].kind == ParamKind::Mask && self.between(indices, env, own, sender))
    }

    /// The weight of the synapse between the two neurons, or a sum of its two entries.
    fn is_weight(&self, node: NodeId, env: &Env, own: Atom, sender: Atom) -> bool {
        let is = |node: &NodeId| self.is_weight(*node, env, own, sender);
        match self.op(node) {
            Op::Add(a, b) | Op::Sub(a, b) => is(a) && is(b),
            Op::Negate(a) => is(a),
            Op::Mul(a, b) => is(a) && self.is_factor(*b, env) || is(b) && self.is_factor(*a, env),
            Op::Div(a, b) => is(a) && self.is_factor(*b, env),
            Op::Call(id, arguments) => {
                self.is_weight(self.definition(*id).body, &self.open(*id, arguments, env), own, sender)
            }
            Op::Param(param, indices) => {
                matches!(
                    self.resolver.params[*param].kind,
                    ParamKind::Weights(Parameter::Recurrent | Parameter::State)
                ) && self.between(indices, env, own, sender)
            }
            _ => false,
        }
    }

    fn between(&self, indices: &[NodeId], env: &Env, own: Atom, sender: Atom) -> bool {
        let at = |at: usize, atom| self.place(indices[at], env).is_some_and(|place| place.is(atom));
        at(0, own) && at(1, sender) || at(0, sender) && at(1, own)
    }

    /// The number of hops of a rate, spike or state of a neuron; `None` for anything else.
    fn activity(&self, node: NodeId, env: &Env, neuron: Atom) -> Option<usize> {
        match self.op(node) {
            Op::Hold(a) => self.activity(*a, env, neuron),
            Op::Variable(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.activity(closure.node, &closure.env, neuron),
                _ => None,
            },
            Op::Call(id, arguments) => {
                self.activity(self.definition(*id).body, &self.open(*id, arguments, env), neuron)
            }
            Op::Param(param, indices) => {
                let state = matches!(
                    self.resolver.params[*param].kind,
                    ParamKind::States | ParamKind::Declared { .. }
                );
                (state && self.at_one(*param, indices, env, neuron)).then_some(0)
            }
            Op::Entry(family, indices) => {
                let place = self.place(*indices.last()?, env)?;
                let (family, frame) = self.family(*family, env);
                if let Op::LetFamily(id, arguments) = self.op(family)
                    && !self.indices(*id).is_empty()
                {
                    let mut inner = self.open(*id, arguments, &frame);
                    indices.iter().for_each(|index| inner.push(self.value(*index, env)));
                    return self.activity(self.definition(*id).body, &inner, neuron);
                }
                if place.is(neuron) { self.rate(family, &frame) } else { None }
            }
            _ => None,
        }
    }

    /// The number of hops of a family of rates, spikes or states; `None` for anything else.
    pub(super) fn rate(&self, node: NodeId, env: &Env) -> Option<usize> {
        if !self.step() {
            return None;
        }
        match self.op(node) {
            Op::Winners(_) | Op::Softmax(_) | Op::MeanField { .. } => self.family_quantity(node, env).ok(),
            Op::TrainFamily(_) => Some(0),
            Op::ParamFamily(param) => {
                let kind = self.resolver.params[*param].kind;
                matches!(kind, ParamKind::States | ParamKind::Declared { .. }).then_some(0)
            }
            Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Input(_) => Some(0),
                Value::Closure(closure) => self.rate(closure.node, &closure.env),
                _ => None,
            },
            Op::LetFamily(id, arguments) if self.indices(*id).is_empty() => {
                self.rate(self.definition(*id).body, &self.open(*id, arguments, env))
            }
            _ => None,
        }
    }
}
