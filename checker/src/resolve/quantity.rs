//! What a neuron has, and what reaches every synapse: the quantities that a rule may list behind `sees`.
//!
//! A neuron has its spikes, its rates, and what is made of them and of sums over its own synapses, each term of which has the
//! weight of the synapse as a factor and as nothing else: a divisor would cancel it, and leave a sum over strangers.
//! A sum over the synapses of a sender is a message of two hops, and so on. The functions here return the number of hops,
//! or nothing where it is not such a quantity.

use super::ir::*;
use super::meaning::{Atom, Dependence, Env, Meanings, Place, Value};
use super::sort::{Sort, Type};
use crate::language::ast::{FoldKind, Parameter};

pub(super) const NOT_A_QUANTITY: &str = "a neuron has its spikes, its rates, and sums over its own synapses; for anything \
                                         else the rule must say nonlocal";

pub(super) const NOT_A_SIGNAL: &str = "a global signal is a number: an argument of the rule, a parameter, or a definition \
                                       made of rewards, the action circuit's rates and such numbers";

/// Where a quantity is known.
#[derive(Clone)]
struct At {
    /// The neuron; none for a signal, which the action circuit sends.
    own: Option<Atom>,
    /// Neurons that have a synapse with it, or the units of the action circuit.
    senders: Vec<Atom>,
}

impl At {
    fn near(&self, atom: Atom) -> bool {
        self.own == Some(atom) || self.senders.contains(&atom)
    }
}

/// An index of a neuron.
pub(super) fn is_neuron(sort: Sort) -> bool {
    matches!(sort.base(), Sort::Unit | Sort::State)
}

/// An index that can be told to every synapse.
pub(super) fn is_told(sort: Sort) -> bool {
    matches!(sort, Sort::Action | Sort::Situation | Sort::Lag)
}

impl Meanings<'_> {
    /// The index is the same for every neuron: a situation, a time step, the action taken.
    pub(super) fn common(&self, place: Place) -> bool {
        let known = self.known(place.atom);
        known.common && (is_told(known.sort) || place.action && known.sort == Sort::Configuration)
    }

    /// The parameter has an entry for each neuron, which the neuron has.
    pub(super) fn parameter_quantity(&self, param: ParamId) -> Option<usize> {
        let param = &self.resolver.params[param];
        let own = match param.kind {
            ParamKind::States | ParamKind::Weights(Parameter::Bias) => true,
            ParamKind::Declared { .. } => param.sorts.iter().any(|sort| is_neuron(*sort)),
            _ => false,
        };
        own.then_some(0)
    }

    /// A family of which each neuron has its entry.
    pub(super) fn family_quantity(&self, node: NodeId, env: &Env) -> Option<usize> {
        if !self.step() {
            return None;
        }
        match self.op(node) {
            Op::ParamFamily(param) => self.parameter_quantity(*param),
            Op::LetFamily(id, arguments) => self.definition_quantity(*id, self.open(*id, arguments, env)),
            Op::Softmax(inner) => self.family_quantity(*inner, env),
            Op::MeanField { states, action, strength } => {
                let told = action
                    .is_none_or(|action| self.place(action, env).is_some_and(|place| self.common(place)));
                let alike = strength.is_none_or(|strength| self.signal(strength, env).is_some());
                (told && alike).then(|| self.family_quantity(*states, env))?
            }
            Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Input(_) => Some(0),
                Value::Closure(closure) => self.family_quantity(closure.node, &closure.env),
                _ => None,
            },
            Op::Winners(configuration) => self.place(*configuration, env).map(|_| 0),
            _ => None,
        }
    }

    /// The same of a definition; `env` holds its arguments.
    pub(super) fn definition_quantity(&self, id: LetId, mut env: Env) -> Option<usize> {
        let definition = self.definition(id);
        let sorts = self.indices(id);
        if sorts.is_empty() {
            let Type::Family(found) = self.kind(definition.body) else { return None };
            return if found.iter().any(|sort| is_neuron(*sort)) {
                self.family_quantity(definition.body, &env)
            } else {
                None
            };
        }
        let mut own = None;
        for (at, sort) in sorts.into_iter().enumerate() {
            let neuron = is_neuron(sort);
            if neuron && own.is_some() || !neuron && !is_told(sort) {
                return None;
            }
            let atom = self.atom(sort, !neuron, None);
            if neuron {
                own = Some(atom);
            }
            let place = Place { atom, action: false, circuit: false };
            env.set(definition.arguments + at, Value::Place(place));
        }
        own?;
        self.made(definition.body, &env, &At { own, senders: Vec::new() })
    }

    /// A number that can be told to every synapse, made of rewards, numbers and the rates of the action circuit.
    pub(super) fn signal(&self, node: NodeId, env: &Env) -> Option<usize> {
        self.made(node, env, &At { own: None, senders: Vec::new() })
    }

    /// Made of what is known there.
    fn made(&self, node: NodeId, env: &Env, at: &At) -> Option<usize> {
        if !self.step() {
            return None;
        }
        let here = |node: &NodeId| self.made(*node, env, at);
        let known = |node: &NodeId| {
            let place = self.place(*node, env)?;
            (!place.action && at.near(place.atom) || self.common(place)).then_some(0)
        };
        match self.op(node) {
            Op::Constant(_) => Some(0),
            Op::Param(param, indices) => self.made_entry(*param, indices, env, at),
            Op::Call(id, arguments) => {
                let (inner, body) = (self.open(*id, arguments, env), self.definition(*id).body);
                let sorts = self.indices(*id);
                if !sorts.is_empty()
                    && let Some(away) =
                        self.seat(&sorts, &arguments[self.definition(*id).arguments..], env, at)
                    && let Some(hops) = self.definition_quantity(*id, inner.clone())
                {
                    return Some(hops + away);
                }
                self.made(body, &inner, at)
            }
            Op::Entry(family, indices) => {
                let Type::Family(sorts) = self.kind(*family) else { return None };
                let away = self.seat(sorts, indices, env, at)?;
                Some(self.family_quantity(*family, env)? + away)
            }
            Op::Variable(slot) => match env.get(*slot) {
                Value::Input(_) => Some(0),
                Value::Closure(closure) => self.made(closure.node, &closure.env, at),
                _ => None,
            },
            Op::SameIndex(_, a, b) => known(a).and(known(b)),
            Op::Ordinal(index) => known(index),
            Op::Negate(a) | Op::Power(a, _) | Op::Exp(a) | Op::Ln(a) => here(a),
            Op::Hold(a) | Op::Bracket(a) | Op::Not(a) => here(a),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) => Some(here(a)?.max(here(b)?)),
            Op::Min(a, b) | Op::Max(a, b) | Op::Compare(_, a, b) => Some(here(a)?.max(here(b)?)),
            Op::And(a, b) | Op::Or(a, b) => Some(here(a)?.max(here(b)?)),
            Op::If(condition, a, b) => Some(here(condition)?.max(here(a)?).max(here(b)?)),
            Op::Fold(fold, binders, filter, body) => self.made_fold(*fold, binders, *filter, *body, env, at),
            _ => None,
        }
    }

    fn made_entry(&self, param: ParamId, indices: &[NodeId], env: &Env, at: &At) -> Option<usize> {
        let param = &self.resolver.params[param];
        match param.kind {
            ParamKind::Weights(Parameter::Recurrent | Parameter::State) | ParamKind::Mask => {
                let places: Vec<Place> =
                    indices.iter().map(|index| self.place(*index, env)).collect::<Option<_>>()?;
                let own = |place: &Place| at.own.is_some_and(|own| place.is(own));
                let near = |place: &Place| place.is(place.atom) && at.near(place.atom);
                (places.iter().any(own) && places.iter().all(near)).then_some(0)
            }
            ParamKind::Reward if at.own.is_some() => None,
            _ => self.seat(&param.sorts, indices, env, at),
        }
    }

    /// The indices are those of this neuron or of a sender, and of what is told to all. Returns how far away that is.
    fn seat(&self, sorts: &[Sort], indices: &[NodeId], env: &Env, at: &At) -> Option<usize> {
        let mut away = 0;
        for (sort, index) in sorts.iter().zip(indices) {
            let place = self.place(*index, env)?;
            let near = place.is(place.atom) && at.near(place.atom);
            if is_neuron(*sort) && near {
                away = away.max(usize::from(at.own.is_some_and(|own| own != place.atom)));
            } else if is_neuron(*sort) && at.own.is_some() || place.circuit || !self.common(place) {
                return None;
            }
        }
        Some(away)
    }

    fn made_fold(
        &self,
        fold: FoldKind,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        body: NodeId,
        env: &Env,
        at: &At,
    ) -> Option<usize> {
        let mut inner = env.clone();
        let mut bound = Vec::new();
        for binder in binders {
            let sort = self.sort(&binder.set);
            let told = match at.own {
                Some(_) => sort == Sort::Lag,
                None => is_told(sort) && sort != Sort::Situation,
            };
            if !told && (at.own.is_none() || !is_neuron(sort) || fold != FoldKind::Sum) {
                return None;
            }
            if let SetNode::CircuitOf(unit) = binder.set {
                let place = self.place(unit, &inner)?;
                if !at.near(place.atom) && !bound.contains(&place.atom) && !self.common(place) {
                    return None;
                }
            }
            let atom = self.atom(sort, sort == Sort::Lag, None);
            if sort != Sort::Lag {
                bound.push(atom);
            }
            inner.set(binder.slot, Value::Place(Place { atom, action: false, circuit: false }));
        }
        let mut there = at.clone();
        let mut away = 0;
        if at.own.is_some() && !bound.is_empty() {
            let weighted =
                |neuron: &Atom| bound.iter().all(|other| self.weighted(body, &inner, *neuron, *other));
            let neuron = at.own.into_iter().chain(at.senders.iter().copied()).find(weighted)?;
            if self.cancels(body, &inner, &bound) {
                return None;
            }
            // What a sender sums up, it knows by itself: neither this neuron nor its other senders take part.
            if at.own != Some(neuron) {
                there = At { own: Some(neuron), senders: Vec::new() };
                away = 1;
            }
        }
        let least = usize::from(at.own.is_some() && !bound.is_empty());
        there.senders.extend(bound);
        let condition = filter.map_or(Some(0), |filter| self.made(filter, &inner, &there))?;
        Some(away + self.made(body, &inner, &there)?.max(condition).max(least))
    }

    pub(super) fn sort(&self, set: &SetNode) -> Sort {
        match set {
            SetNode::All(sort) => *sort,
            SetNode::CircuitOf(unit) => match self.kind(*unit) {
                Type::Index(sort) => *sort,
                _ => Sort::Unit,
            },
        }
    }

    /// The term has the weight of the synapse between the two neurons as a factor.
    fn weighted(&self, term: NodeId, env: &Env, own: Atom, other: Atom) -> bool {
        if !self.step() {
            return false;
        }
        let has = |node: &NodeId| self.weighted(*node, env, own, other);
        match self.op(term) {
            Op::Mul(a, b) => has(a) || has(b),
            Op::Add(a, b) | Op::Sub(a, b) => has(a) && has(b),
            Op::Div(a, _) | Op::Negate(a) | Op::Hold(a) => has(a),
            Op::Power(a, exponent) => *exponent > 0 && has(a),
            Op::Fold(FoldKind::Sum, _, _, body) => has(body),
            Op::Variable(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.weighted(closure.node, &closure.env, own, other),
                _ => false,
            },
            Op::Call(id, arguments) => {
                self.weighted(self.definition(*id).body, &self.open(*id, arguments, env), own, other)
            }
            Op::Param(param, indices) => {
                let at =
                    |index: usize, atom| self.place(indices[index], env).is_some_and(|place| place.is(atom));
                self.is_synaptic(*param)
                    && self.resolver.params[*param].kind != ParamKind::Mask
                    && (at(0, own) && at(1, other) || at(0, other) && at(1, own))
            }
            _ => false,
        }
    }

    /// The term may cancel a weight that is a factor of it: it divides by something made of weights that is another for each
    /// sender, or takes its logarithm.
    fn cancels(&self, term: NodeId, env: &Env, senders: &[Atom]) -> bool {
        let weight = |node: NodeId, env: &Env| {
            let mut found = Dependence::new();
            self.depends(node, env, &mut found);
            found.iter().any(|(atom, _)| senders.contains(atom))
                && self.search(node, env, &|op, _| match op {
                    Op::Param(param, _) | Op::ParamFamily(param) => self.is_synaptic(*param),
                    _ => false,
                })
        };
        self.search(term, env, &|op, env| match op {
            Op::Div(_, divisor) => weight(*divisor, env),
            Op::Power(base, exponent) => *exponent < 0 && weight(*base, env),
            Op::Ln(inner) => weight(*inner, env),
            _ => false,
        })
    }

    pub(super) fn is_synaptic(&self, param: ParamId) -> bool {
        matches!(
            self.resolver.params[param].kind,
            ParamKind::Weights(Parameter::Recurrent | Parameter::State) | ParamKind::Mask
        )
    }
}
