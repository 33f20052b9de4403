//! What a rate tells when it is read backwards.
//!
//! A rate is the exponential of a net input, divided by the sum of these over the circuit. Who
//! knows the net input too can take it out, and is left with the sum; and so can who knows a second
//! rate, of another net input. A rate alone tells nothing of the kind. So where a divisor, a
//! logarithm or an exponential takes a rate, no other rate and nothing that net inputs are made of
//! may stand beside it.

use std::collections::BTreeSet;

use super::ir::*;
use super::meaning::{Atom, Checked, Env, Fault, Meanings, Value};
use super::neuron::is_neuron;
use super::sort::Type;
use super::walk::for_each_child;
use crate::language::ast::Parameter;

pub(super) const ALONE: &str = "divides by a rate, or takes a logarithm or an exponential, beside another rate or a net \
                                input: together they tell a sum over the circuit";

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq)]
enum Stands {
    Plainly,
    /// In a divisor or under a logarithm.
    Below,
    /// In an exponent.
    Above,
}

/// One of the rates that neurons have: its family, and the indices that it is given.
type Rate = (NodeId, Vec<Option<Atom>>);

/// What an expression is made of.
#[derive(Default)]
struct Parts {
    rates: BTreeSet<Rate>,
    /// Biases, parameters of neurons, weights of other synapses.
    inputs: bool,
    /// A rate in a divisor, under a logarithm or in an exponent.
    bent_rate: bool,
    /// A net input in an exponent.
    raised_input: bool,
    /// The first operation of these kinds.
    at: Option<(NodeId, Env)>,
}

impl Meanings<'_> {
    /// No rate is read backwards in a line whose synapse has these indices.
    pub(super) fn rates_stand_alone(&self, node: NodeId, env: &Env, own: &[Atom]) -> Checked {
        let mut parts = Parts::default();
        self.gather(node, env, Stands::Plainly, own, &mut parts);
        let several = parts.rates.len() + usize::from(parts.inputs) > 1;
        let together = parts.bent_rate && several || parts.raised_input && !parts.rates.is_empty();
        match parts.at.filter(|_| together) {
            Some((node, env)) => self.fault(node, &env, ALONE),
            None => Ok(()),
        }
    }

    /// The same of a family that is handed over: what it is used beside is not known.
    pub(super) fn rates_stand_plainly(&self, node: NodeId, env: &Env) -> Checked {
        let mut parts = Parts::default();
        self.gather(node, env, Stands::Plainly, &[], &mut parts);
        match parts.at.filter(|_| parts.bent_rate || parts.raised_input) {
            Some((node, env)) => self.fault(node, &env, ALONE),
            None => Ok(()),
        }
    }

    /// A bias or a weight that a number holds, other than in rates and in Boltzmann factors.
    pub(super) fn tells_input(&self, node: NodeId, env: &Env) -> Option<Fault> {
        if !self.step() {
            return None;
        }
        match self.op(node) {
            Op::Softmax(_) | Op::MeanField { .. } | Op::Exp(_) | Op::Derivative { .. } => None,
            Op::Variable(slot) | Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.tells_input(closure.node, &closure.env),
                _ => None,
            },
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                self.tells_input(self.definition(*id).body, &self.open(*id, arguments, env))
            }
            Op::Param(param, _) | Op::ParamFamily(param) => {
                let held = matches!(self.resolver.params[*param].kind, ParamKind::Weights(_));
                held.then(|| Fault {
                    span: self.span(node, env),
                    why: "is a bias or a weight outside of a rate",
                })
            }
            op => {
                let mut found = None;
                for_each_child(op, |child| found = found.take().or_else(|| self.tells_input(child, env)));
                found
            }
        }
    }

    fn gather(&self, node: NodeId, env: &Env, stands: Stands, own: &[Atom], parts: &mut Parts) {
        if !self.step() {
            return;
        }
        match self.op(node) {
            Op::Variable(slot) | Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.gather(closure.node, &closure.env, stands, own, parts),
                Value::Input(slot) => {
                    if matches!(self.kind(node), Type::Family(sorts) if sorts.iter().any(|sort| is_neuron(*sort)))
                    {
                        parts.bent_rate |= stands != Stands::Plainly;
                        parts.rates.insert((NodeId::MAX - *slot, Vec::new()));
                    }
                }
                _ => {}
            },
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                self.gather(self.definition(*id).body, &self.open(*id, arguments, env), stands, own, parts);
            }
            Op::Entry(family, indices) => {
                let (family, frame) = self.family(*family, env);
                match self.op(family) {
                    Op::LetFamily(id, arguments) => {
                        let mut inner = self.open(*id, arguments, &frame);
                        if !self.indices(*id).is_empty() {
                            indices.iter().for_each(|index| inner.push(self.value(*index, env)));
                        }
                        self.gather(self.definition(*id).body, &inner, stands, own, parts);
                    }
                    Op::ParamFamily(param) => self.gather_entry(*param, indices, env, stands, own, parts),
                    _ => self.gather(family, &frame, stands, own, parts),
                }
            }
            Op::Param(param, indices) => self.gather_entry(*param, indices, env, stands, own, parts),
            Op::ParamFamily(param) => self.gather_entry(*param, &[], env, stands, own, parts),
            Op::Softmax(_) | Op::MeanField { .. } => {
                let told = |slot: &Slot| match env.get(*slot) {
                    Value::Place(place) => Some(place.atom),
                    _ => None,
                };
                parts.bent_rate |= stands != Stands::Plainly;
                parts.rates.insert((node, self.resolver.nodes[node].free.iter().map(told).collect()));
            }
            Op::Div(a, b) => {
                self.gather(*a, env, stands, own, parts);
                self.gather_bent(node, *b, env, Stands::Below, own, parts);
            }
            Op::Power(a, exponent) if *exponent < 0 => {
                self.gather_bent(node, *a, env, Stands::Below, own, parts);
            }
            Op::Ln(a) => self.gather_bent(node, *a, env, Stands::Below, own, parts),
            Op::Exp(a) => self.gather_bent(node, *a, env, Stands::Above, own, parts),
            op => for_each_child(op, |child| self.gather(child, env, stands, own, parts)),
        }
    }

    fn gather_bent(
        &self,
        node: NodeId,
        inner: NodeId,
        env: &Env,
        stands: Stands,
        own: &[Atom],
        parts: &mut Parts,
    ) {
        let before = parts.bent_rate || parts.raised_input;
        self.gather(inner, env, stands, own, parts);
        if !before && (parts.bent_rate || parts.raised_input) {
            parts.at.get_or_insert((node, env.clone()));
        }
    }

    fn gather_entry(
        &self,
        param: ParamId,
        indices: &[NodeId],
        env: &Env,
        stands: Stands,
        own: &[Atom],
        parts: &mut Parts,
    ) {
        let param = &self.resolver.params[param];
        let input = match param.kind {
            ParamKind::Weights(Parameter::Bias) => true,
            ParamKind::Declared { .. } => param.sorts.iter().any(|sort| is_neuron(*sort)),
            ParamKind::Weights(_) => {
                let at =
                    |index: &NodeId| self.place(*index, env).is_some_and(|place| own.contains(&place.atom));
                !(own.len() == 2 && indices.len() == 2 && indices.iter().all(at))
            }
            _ => false,
        };
        parts.inputs |= input;
        parts.raised_input |= input && stands == Stands::Above;
    }
}
