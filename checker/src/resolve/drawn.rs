//! The weights of configurations and actions that are arguments of a local rule.
//!
//! A claim may average an update over configurations or actions only with the probabilities of a
//! network. Free weights would give each neuron its own signal: the average spike of an action unit
//! is the probability of that action, and free weights could make it any number. So a factor that
//! depends on a drawn configuration or action must consist of rewards, rates, spikes and declared
//! parameters, or of Boltzmann factors of the energy. The same holds, without Boltzmann factors,
//! for a number that depends on an action and is an argument of a rule.

use std::collections::BTreeSet;

use super::ir::*;
use super::meaning::{Atom, Checked, Dependence, Env, Meanings, Place, TOO_MANY, Value};
use super::neuron::is_ordered;
use super::sort::Type;
use super::walk::for_each_child;
use crate::language::ast::{FoldKind, Parameter};

/// The indices that are drawn, and what may depend on them.
#[derive(Clone)]
pub(super) struct Drawn {
    pub(super) atoms: BTreeSet<Atom>,
    /// Boltzmann factors may depend on them.
    pub(super) energies: bool,
}

impl Drawn {
    fn with(&self, atoms: impl IntoIterator<Item = Atom>) -> Self {
        let mut inner = self.clone();
        inner.atoms.extend(atoms);
        inner
    }
}

impl Meanings<'_> {
    fn varies(&self, node: NodeId, env: &Env, drawn: &Drawn) -> bool {
        let mut found = Dependence::new();
        self.depends(node, env, &mut found);
        found.iter().any(|(atom, _)| drawn.atoms.contains(atom))
    }

    /// Checks that the parts that vary with `drawn` are rewards, rates, spikes, declared parameters
    /// and Boltzmann factors.
    pub(super) fn fair(&self, node: NodeId, env: &Env, drawn: &Drawn) -> Checked {
        if !self.step() {
            return self.fault(node, env, TOO_MANY);
        }
        if !self.varies(node, env, drawn) {
            return Ok(());
        }
        let here = |node: &NodeId| self.fair(*node, env, drawn);
        match self.op(node) {
            Op::Variable(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.fair(closure.node, &closure.env, drawn),
                _ => Ok(()),
            },
            Op::Param(param, _) => self.fair_parameter(node, *param, env),
            Op::Call(id, arguments) => {
                self.fair(self.definition(*id).body, &self.open(*id, arguments, env), drawn)
            }
            Op::Entry(family, indices) => self.fair_entry(node, *family, env, (indices, env), drawn),
            Op::Exp(a) => match here(a) {
                Err(_) if drawn.energies && self.energy(*a, env, drawn, &[]).is_ok() => Ok(()),
                result => result,
            },
            Op::Fold(_, binders, filter, body) => {
                let (inner, drawn) = self.bound(binders, env, drawn);
                filter.map_or(Ok(()), |filter| self.fair(filter, &inner, &drawn))?;
                self.fair(*body, &inner, &drawn)
            }
            Op::Expectation { slot, sort, weight, condition, body } => {
                let mut inner = env.clone();
                let atom = self.atom(*sort, true, None);
                inner.set(*slot, Value::Place(Place { atom, action: false, circuit: false }));
                let drawn = drawn.with([atom]);
                self.fair_weight(weight, &inner, &drawn)?;
                condition.map_or(Ok(()), |condition| self.fair(condition, &inner, &drawn))?;
                self.fair(*body, &inner, &drawn)
            }
            Op::Ordinal(index) => match self.place(*index, env) {
                Some(place) if is_ordered(self.known(place.atom).sort) => Ok(()),
                _ => self.fault(node, env, "is a number that tells a neuron from others"),
            },
            Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.fair(closure.node, &closure.env, drawn),
                _ => Ok(()),
            },
            Op::LetFamily(id, arguments) => {
                let mut inner = self.open(*id, arguments, env);
                self.indices(*id).into_iter().for_each(|sort| inner.push(self.index(sort, true)));
                self.fair(self.definition(*id).body, &inner, drawn)
            }
            Op::Softmax(_) | Op::MeanField { .. } => self.family_quantity(node, env).map(|_| ()),
            Op::Solve { .. } => self.fault(node, env, "is the solution of a linear system"),
            Op::Derivative { .. } => self.fault(node, env, "is a derivative"),
            op => {
                let mut result = Ok(());
                for_each_child(op, |child| {
                    if result.is_ok() && matches!(self.kind(child), Type::Number | Type::Truth) {
                        result = self.fair(child, env, drawn);
                    }
                });
                result
            }
        }
    }

    /// Checks the distribution of an expectation.
    pub(super) fn fair_weight(&self, weight: &Weight, env: &Env, drawn: &Drawn) -> Checked {
        match weight {
            Weight::Circuits(family) => self.family_quantity(*family, env).map(|_| ()),
            Weight::Spikes(number) | Weight::Number(number) => self.fair(*number, env, drawn),
        }
    }

    fn bound(&self, binders: &[BinderNode], env: &Env, drawn: &Drawn) -> (Env, Drawn) {
        let mut inner = env.clone();
        let mut atoms = Vec::new();
        for binder in binders {
            let atom = self.atom(self.sort(&binder.set), true, None);
            inner.set(binder.slot, Value::Place(Place { atom, action: false, circuit: false }));
            atoms.push(atom);
        }
        (inner, drawn.with(atoms))
    }

    fn fair_parameter(&self, node: NodeId, param: ParamId, env: &Env) -> Checked {
        match self.resolver.params[param].kind {
            ParamKind::Weights(Parameter::Bias) => self.fault(node, env, "is a bias"),
            ParamKind::Weights(_) | ParamKind::Mask => self.fault(node, env, "is a weight"),
            _ => Ok(()),
        }
    }

    fn fair_entry(
        &self,
        node: NodeId,
        family: NodeId,
        env: &Env,
        (indices, place): (&[NodeId], &Env),
        drawn: &Drawn,
    ) -> Checked {
        let (family, frame) = self.family(family, env);
        match self.op(family) {
            Op::ParamFamily(param) => self.fair_parameter(node, *param, place),
            Op::LetFamily(id, arguments) => {
                let mut inner = self.open(*id, arguments, &frame);
                let body = self.definition(*id).body;
                if self.indices(*id).is_empty() {
                    return self.fair_entry(node, body, &inner, (indices, place), drawn);
                }
                indices.iter().for_each(|index| inner.push(self.value(*index, place)));
                self.fair(body, &inner, drawn)
            }
            Op::VariableFamily(_) | Op::TrainFamily(_) | Op::Winners(_) => Ok(()),
            _ => self.family_quantity(family, &frame).map(|_| ()),
        }
    }

    /// Checks that `node` is an energy: each term is a parameter of the network times rates, spikes
    /// or states of the neurons of that parameter. `active`: the neurons whose activity is already
    /// a factor.
    fn energy(&self, node: NodeId, env: &Env, drawn: &Drawn, active: &[Atom]) -> Checked {
        const NOT_AN_ENERGY: &str = "is not part of an energy";
        if !self.step() {
            return self.fault(node, env, TOO_MANY);
        }
        let here = |node: &NodeId| self.energy(*node, env, drawn, active);
        match self.op(node) {
            _ if !self.varies(node, env, drawn) && active.is_empty() => Ok(()),
            Op::Add(a, b) | Op::Sub(a, b) => here(a).and(here(b)),
            Op::Negate(a) | Op::Hold(a) => here(a),
            Op::Div(a, b) if !self.varies(*b, env, drawn) => here(a),
            Op::Mul(a, b) => {
                for (factor, rest) in [(*a, *b), (*b, *a)] {
                    if let Some(mut neurons) = self.active(factor, env) {
                        neurons.extend(active);
                        return self.energy(rest, env, drawn, &neurons);
                    }
                    if !self.varies(factor, env, drawn) {
                        return here(&rest);
                    }
                }
                self.fault(node, env, NOT_AN_ENERGY)
            }
            Op::Param(param, indices) => {
                let kind = self.resolver.params[*param].kind;
                let parameter = matches!(kind, ParamKind::Weights(_) | ParamKind::Declared { .. });
                let at: Vec<Atom> =
                    indices.iter().filter_map(|index| Some(self.place(*index, env)?.atom)).collect();
                if parameter && active.iter().all(|neuron| at.contains(neuron)) {
                    Ok(())
                } else {
                    self.fault(node, env, NOT_AN_ENERGY)
                }
            }
            Op::Variable(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.energy(closure.node, &closure.env, drawn, active),
                _ => self.fault(node, env, NOT_AN_ENERGY),
            },
            Op::Call(id, arguments) => {
                self.energy(self.definition(*id).body, &self.open(*id, arguments, env), drawn, active)
            }
            Op::Entry(family, indices) => {
                let (family, frame) = self.family(*family, env);
                let Op::LetFamily(id, arguments) = self.op(family) else {
                    return self.fault(node, env, NOT_AN_ENERGY);
                };
                let mut inner = self.open(*id, arguments, &frame);
                indices.iter().for_each(|index| inner.push(self.value(*index, env)));
                self.energy(self.definition(*id).body, &inner, drawn, active)
            }
            Op::Fold(FoldKind::Sum, binders, filter, body) => {
                let (inner, drawn) = self.bound(binders, env, drawn);
                filter.map_or(Ok(()), |filter| self.fair(filter, &inner, &drawn))?;
                self.energy(*body, &inner, &drawn, active)
            }
            _ => self.fault(node, env, NOT_AN_ENERGY),
        }
    }

    /// The neurons of a rate, a spike, a state or a mask.
    fn active(&self, node: NodeId, env: &Env) -> Option<Vec<Atom>> {
        match self.op(node) {
            Op::Entry(family, indices) => {
                self.rate(*family, env)?;
                Some(vec![self.place(*indices.last()?, env)?.atom])
            }
            Op::Param(param, indices)
                if matches!(self.resolver.params[*param].kind, ParamKind::States | ParamKind::Mask) =>
            {
                indices.iter().map(|index| Some(self.place(*index, env)?.atom)).collect()
            }
            _ => None,
        }
    }
}
