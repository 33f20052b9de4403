//! Signals that are the same at every synapse. A rule may list them as global.
//!
//! A signal is made of rewards, numbers, and the rates and spikes of the action circuit. Biases,
//! weights and net inputs are not signals. A logarithm of a rate reveals a net input, so it is not
//! a signal either, with two exceptions: the surprise of the action that was taken, and the
//! entropy, in which a rate weights its own logarithm.

use super::ir::*;
use super::meaning::{Env, Hops, Meanings, TOO_MANY, Value};
use super::neuron::is_told;
use super::sort::{Sort, Type};
use crate::language::ast::Parameter;

pub(super) const NOT_A_SIGNAL: &str = "a global signal is a number: an argument of the rule, a parameter, or a definition \
                                       made of rewards, the action circuit's rates and spikes, and such numbers";

const NOT_TOLD: &str = "is not known to every neuron";

impl Meanings<'_> {
    /// The parameter is a signal: all its indices are known at every synapse.
    pub(super) fn is_signal(&self, param: ParamId) -> bool {
        let param = &self.resolver.params[param];
        !matches!(param.kind, ParamKind::Weights(_) | ParamKind::Mask)
            && param.sorts.iter().all(|sort| is_told(*sort))
    }

    /// Checks that a number is a signal. Returns the number of hops of its rates.
    pub(super) fn signal(&self, node: NodeId, env: &Env) -> Hops {
        if !self.step() {
            return self.fault(node, env, TOO_MANY);
        }
        let here = |node: &NodeId| self.signal(*node, env);
        let both = |a: &NodeId, b: &NodeId| Ok(here(a)?.max(here(b)?));
        let told = |node: &NodeId| match self.place(*node, env) {
            Some(place) if self.common(place) => Ok(0),
            _ => self.fault(*node, env, NOT_TOLD),
        };
        match self.op(node) {
            Op::Constant(_) => Ok(0),
            Op::Variable(slot) => match env.get(*slot) {
                Value::Input(_) => Ok(0),
                Value::Closure(closure) => self.signal(closure.node, &closure.env),
                _ => self.fault(node, env, "is the unknown of a linear system"),
            },
            Op::Param(param, indices) => self.signal_parameter(node, *param, indices, env),
            Op::Call(id, arguments) => {
                self.signal(self.definition(*id).body, &self.open(*id, arguments, env))
            }
            Op::Entry(family, indices) => self.signal_entry(node, *family, env, (indices, env)),
            Op::SameIndex(_, a, b) => told(a).and(told(b)),
            Op::Ordinal(index) => self.ordered(*index, env).or_else(|fault| self.fault(node, env, fault.why)),
            Op::Mul(..) => {
                let factors = self.product(node);
                factors.iter().try_fold(0, |hops, factor| {
                    let entropy = match self.op(*factor) {
                        Op::Ln(rate) if factors.contains(rate) => *rate,
                        _ => *factor,
                    };
                    Ok(self.signal(entropy, env)?.max(hops))
                })
            }
            Op::Ln(a) if self.tells_net_input(*a, env) => self.fault(
                node,
                env,
                "is a logarithm of rates, which reveals net inputs; it is allowed only for the rate of the action \
                 that was taken, and in the entropy",
            ),
            Op::Negate(a) | Op::Power(a, _) | Op::Exp(a) | Op::Ln(a) => here(a),
            Op::Hold(a) | Op::Bracket(a) | Op::Not(a) => here(a),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Div(a, b) => both(a, b),
            Op::Min(a, b) | Op::Max(a, b) | Op::Compare(_, a, b) => both(a, b),
            Op::And(a, b) | Op::Or(a, b) => both(a, b),
            Op::If(condition, a, b) => Ok(here(condition)?.max(both(a, b)?)),
            Op::Fold(_, binders, filter, body) => {
                let mut inner = env.clone();
                for binder in binders {
                    let sort = self.sort(&binder.set);
                    let told = !matches!(binder.set, SetNode::CircuitOf(_))
                        && is_told(sort)
                        && sort != Sort::Situation;
                    if !told {
                        return self.fault(node, env, "runs over more than actions and time steps");
                    }
                    inner.set(binder.slot, self.index(sort, true));
                }
                let condition = filter.map_or(Ok(0), |filter| self.signal(filter, &inner))?;
                Ok(self.signal(*body, &inner)?.max(condition))
            }
            Op::Derivative { .. } => self.fault(node, env, "is a derivative, which depends on the whole network"),
            Op::Expectation { .. } => {
                self.fault(node, env, "is an expectation, which depends on the whole network")
            }
            _ => self.fault(node, env, "is not known at every synapse"),
        }
    }

    /// The factors of a product.
    pub(super) fn product(&self, node: NodeId) -> Vec<NodeId> {
        match self.op(node) {
            Op::Mul(a, b) => [self.product(*a), self.product(*b)].concat(),
            _ => vec![node],
        }
    }

    /// The logarithm of `node` reveals more than the surprise of the action that was taken.
    fn tells_net_input(&self, node: NodeId, env: &Env) -> bool {
        let surprise = match self.op(node) {
            Op::Entry(family, indices) => {
                self.rate(*family, env).is_some()
                    && indices.iter().all(|index| {
                        self.place(*index, env).is_some_and(|place| self.known(place.atom).input.is_some())
                    })
            }
            _ => false,
        };
        let rate = |op: &Op, _: &Env| matches!(op, Op::MeanField { .. } | Op::Softmax(_));
        !surprise && self.search(node, env, &rate)
    }

    fn signal_parameter(&self, node: NodeId, param: ParamId, indices: &[NodeId], env: &Env) -> Hops {
        let common = |index: &NodeId| {
            self.place(*index, env).is_some_and(|place| self.common(place) && !place.circuit)
        };
        match self.resolver.params[param].kind {
            ParamKind::Weights(Parameter::Bias) => self.fault(node, env, "is a bias, not a signal"),
            ParamKind::Weights(_) | ParamKind::Mask => self.fault(node, env, "is a weight, not a signal"),
            _ if !self.is_signal(param) => self.fault(node, env, "is a parameter of neurons, not a signal"),
            _ if !indices.iter().all(common) => self.fault(node, env, NOT_TOLD),
            _ => Ok(0),
        }
    }

    fn signal_entry(
        &self,
        node: NodeId,
        family: NodeId,
        env: &Env,
        (indices, place): (&[NodeId], &Env),
    ) -> Hops {
        let (family, frame) = self.family(family, env);
        let told = |index: &NodeId| {
            self.place(*index, place).is_some_and(|place| self.common(place) && !place.circuit)
        };
        match self.op(family) {
            Op::ParamFamily(param) => return self.signal_parameter(node, *param, indices, place),
            Op::LetFamily(id, arguments) => {
                let mut inner = self.open(*id, arguments, &frame);
                let body = self.definition(*id).body;
                if self.indices(*id).is_empty() {
                    return self.signal_entry(node, body, &inner, (indices, place));
                }
                indices.iter().for_each(|index| inner.push(self.value(*index, place)));
                return self.signal(body, &inner);
            }
            _ => {}
        }
        if !indices.iter().all(told) {
            return self.fault(node, place, NOT_TOLD);
        }
        match self.op(family) {
            Op::VariableFamily(_) => match self.kind(family) {
                Type::Family(sorts) if sorts.iter().all(|sort| is_told(*sort)) => Ok(0),
                _ => self.fault(node, place, "is an entry of an argument of the rule, which may be rates, spikes or another quantity of neurons"),
            },
            _ => self.family_quantity(family, &frame),
        }
    }
}
