//! What a neuron has: the quantities that a rule may list behind `sees`.
//!
//! A neuron has its spikes, its rates, and what is made of them and of sums over its own synapses,
//! each term of which has the weight of the synapse as a factor. Nothing may take that weight out
//! again, or pick single senders: then the neuron would know what is another's. So a sum over
//! senders has no filter, and no divisor and no logarithm holds a weight. A neuron does not know
//! its number. A sum over the synapses of a sender is a message of two hops, and so on. The
//! functions here return the number of hops, or which part is at fault and why.

use std::collections::BTreeSet;

use super::ir::*;
use super::meaning::{Atom, Env, Hops, Meanings, Place, TOO_MANY, Value};
use super::sort::{Sort, Type};
use crate::language::ast::{FoldKind, Parameter};

pub(super) const NOT_A_QUANTITY: &str = "a neuron has its spikes, its rates, and sums over its own synapses; for anything \
                                         else the rule must say nonlocal";

const ELSEWHERE: &str = "is neither at this neuron nor at one that it has a synapse with";

/// Where a quantity is known.
#[derive(Clone)]
struct At {
    own: Atom,
    /// Neurons that have a synapse with it.
    senders: Vec<Atom>,
}

impl At {
    fn near(&self, atom: Atom) -> bool {
        self.own == atom || self.senders.contains(&atom)
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

/// An index that has a place in an order which every neuron may know. Neurons have none: by their
/// numbers, any of them could be sent a signal of its own.
pub(super) fn is_ordered(sort: Sort) -> bool {
    matches!(sort, Sort::Situation | Sort::Lag)
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
    pub(super) fn family_quantity(&self, node: NodeId, env: &Env) -> Hops {
        if !self.step() {
            return self.fault(node, env, TOO_MANY);
        }
        match self.op(node) {
            Op::ParamFamily(param) => self
                .parameter_quantity(*param)
                .map_or_else(|| self.fault(node, env, "is a parameter that no neuron has"), Ok),
            Op::LetFamily(id, arguments) => self.definition_quantity(*id, self.open(*id, arguments, env)),
            Op::Softmax(inner) => self.drive(*inner, env),
            Op::MeanField { states, action, strength } => {
                if let Some(action) = action
                    && !self.place(*action, env).is_some_and(|place| self.common(place))
                {
                    return self.fault(*action, env, "is a clamp that is not told to every neuron");
                }
                if let Some(strength) = strength {
                    self.signal(*strength, env)?;
                }
                match self.family_quantity(*states, env)? {
                    0 => Ok(0),
                    _ => {
                        self.fault(*states, env, "is no state that comes from outside: it sums over synapses")
                    }
                }
            }
            Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Input(_) => Ok(0),
                Value::Closure(closure) => self.family_quantity(closure.node, &closure.env),
                _ => self.fault(node, env, "is the unknown of a linear system"),
            },
            Op::Winners(configuration) => match self.place(*configuration, env) {
                Some(_) => Ok(0),
                None => self.fault(node, env, "is a configuration that an expectation takes"),
            },
            Op::Solve { .. } => {
                self.fault(node, env, "is the solution of a linear system, which takes the whole network")
            }
            _ => self.fault(node, env, "is no family that neurons have"),
        }
    }

    /// The same of a definition; `env` holds its arguments.
    pub(super) fn definition_quantity(&self, id: LetId, mut env: Env) -> Hops {
        let definition = self.definition(id);
        let body = definition.body;
        let sorts = self.indices(id);
        if sorts.is_empty() {
            return match self.kind(body) {
                Type::Family(found) if found.iter().any(|sort| is_neuron(*sort)) => {
                    self.family_quantity(body, &env)
                }
                _ => self.fault(body, &env, "has no index of a neuron"),
            };
        }
        match self.bind_own(id, &sorts, &mut env) {
            Some(own) => self.made(body, &env, &At { own, senders: Vec::new() }),
            None => self.fault(
                body,
                &env,
                "has not one index of a neuron, beside those of situations and time steps",
            ),
        }
    }

    /// Binds the indices of a definition, one of which is the neuron's own; returns that one.
    pub(super) fn bind_own(&self, id: LetId, sorts: &[Sort], env: &mut Env) -> Option<Atom> {
        let mut own = None;
        for (at, sort) in sorts.iter().enumerate() {
            let neuron = is_neuron(*sort);
            if neuron && own.is_some() || !neuron && !is_told(*sort) {
                return None;
            }
            let atom = self.atom(*sort, !neuron, None);
            if neuron {
                own = Some(atom);
            }
            let place = Place { atom, action: false, circuit: false };
            env.set(self.definition(id).arguments + at, Value::Place(place));
        }
        own
    }

    /// Made of what is known there.
    fn made(&self, node: NodeId, env: &Env, at: &At) -> Hops {
        if !self.step() {
            return self.fault(node, env, TOO_MANY);
        }
        let here = |node: &NodeId| self.made(*node, env, at);
        let both = |a: &NodeId, b: &NodeId| Ok(here(a)?.max(here(b)?));
        match self.op(node) {
            Op::Constant(_) => Ok(0),
            Op::Param(param, indices) => self.made_entry(node, *param, indices, env, at),
            Op::Call(id, arguments) => {
                let (inner, body) = (self.open(*id, arguments, env), self.definition(*id).body);
                let sorts = self.indices(*id);
                if !sorts.is_empty()
                    && let Some(away) =
                        self.seat(&sorts, &arguments[self.definition(*id).arguments..], env, at)
                    && let Ok(hops) = self.definition_quantity(*id, inner.clone())
                {
                    return Ok(hops + away);
                }
                self.made(body, &inner, at)
            }
            Op::Entry(family, indices) => {
                let Type::Family(sorts) = self.kind(*family) else {
                    return self.fault(node, env, "is no family that neurons have");
                };
                let Some(away) = self.seat(sorts, indices, env, at) else {
                    return self.fault(node, env, ELSEWHERE);
                };
                Ok(self.family_quantity(*family, env)? + away)
            }
            Op::Variable(slot) => match env.get(*slot) {
                Value::Input(_) => Ok(0),
                Value::Closure(closure) => self.made(closure.node, &closure.env, at),
                _ => self.fault(node, env, "is the unknown of a linear system"),
            },
            Op::SameIndex(_, a, b) => {
                // A neuron may ask whether it is the action that was taken, not which of its
                // senders is which.
                let places = [self.place(*a, env), self.place(*b, env)].map(|place| {
                    place.filter(|place| self.common(*place) || !place.action && at.near(place.atom))
                });
                let [Some(one), Some(other)] = places else { return self.fault(node, env, ELSEWHERE) };
                let sender = |place: Place| !self.common(place) && place.atom != at.own;
                if sender(one) && !self.common(other) || sender(other) && !self.common(one) {
                    return self.fault(node, env, "picks out single senders");
                }
                Ok(0)
            }
            Op::Ordinal(index) => self.ordered(*index, env).or_else(|fault| self.fault(node, env, fault.why)),
            Op::Ln(a) => self.unweighted(*a, env).and(here(a)),
            Op::Power(a, exponent) if *exponent < 0 => self.unweighted(*a, env).and(here(a)),
            Op::Div(a, b) => self.unweighted(*b, env).and(both(a, b)),
            Op::Negate(a) | Op::Power(a, _) | Op::Exp(a) => here(a),
            Op::Hold(a) | Op::Bracket(a) | Op::Not(a) => here(a),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) => both(a, b),
            Op::Min(a, b) | Op::Max(a, b) | Op::Compare(_, a, b) => both(a, b),
            Op::And(a, b) | Op::Or(a, b) => both(a, b),
            Op::If(condition, a, b) => Ok(here(condition)?.max(both(a, b)?)),
            Op::Fold(fold, binders, filter, body) => {
                self.made_fold(node, *fold, binders, (*filter, *body), env, at)
            }
            Op::Derivative { .. } => self.fault(node, env, "is a derivative, which takes the whole network"),
            Op::Expectation { .. } => {
                self.fault(node, env, "is an expectation, which takes the whole network")
            }
            _ => self.fault(node, env, "is nothing that a neuron knows"),
        }
    }

    fn made_entry(&self, node: NodeId, param: ParamId, indices: &[NodeId], env: &Env, at: &At) -> Hops {
        let param = &self.resolver.params[param];
        match param.kind {
            ParamKind::Weights(Parameter::Recurrent | Parameter::State) | ParamKind::Mask => {
                let places: Option<Vec<Place>> =
                    indices.iter().map(|index| self.place(*index, env)).collect();
                let near = |place: &Place| place.is(place.atom) && at.near(place.atom);
                match places {
                    Some(places)
                        if places.iter().any(|place| place.is(at.own)) && places.iter().all(near) =>
                    {
                        Ok(0)
                    }
                    _ => self.fault(node, env, "belongs to a synapse of other neurons"),
                }
            }
            ParamKind::Reward => self.fault(node, env, "is a reward: a signal, and no neuron's own"),
            _ => {
                self.seat(&param.sorts, indices, env, at).map_or_else(|| self.fault(node, env, ELSEWHERE), Ok)
            }
        }
    }

    /// The indices are those of this neuron or of a sender, and of what is told to all. Returns how
    /// far away that is.
    fn seat(&self, sorts: &[Sort], indices: &[NodeId], env: &Env, at: &At) -> Option<usize> {
        let mut away = 0;
        for (sort, index) in sorts.iter().zip(indices) {
            let place = self.place(*index, env)?;
            if is_neuron(*sort) {
                if !place.is(place.atom) || !at.near(place.atom) {
                    return None;
                }
                away = away.max(usize::from(at.own != place.atom));
            } else if place.circuit || !self.common(place) {
                return None;
            }
        }
        Some(away)
    }

    fn made_fold(
        &self,
        node: NodeId,
        fold: FoldKind,
        binders: &[BinderNode],
        (filter, body): (Option<NodeId>, NodeId),
        env: &Env,
        at: &At,
    ) -> Hops {
        let mut inner = env.clone();
        let mut bound = Vec::new();
        for binder in binders {
            let sort = self.sort(&binder.set);
            if sort != Sort::Lag && !is_neuron(sort) {
                return self.fault(
                    node,
                    env,
                    "takes more than a neuron has: only its own synapses and time steps",
                );
            }
            if is_neuron(sort) && fold != FoldKind::Sum {
                return self.fault(node, env, "is a product over neurons; what arrives is a sum");
            }
            if let SetNode::CircuitOf(unit) = binder.set
                && !self.place(unit, &inner).is_some_and(|place| {
                    at.near(place.atom) || bound.contains(&place.atom) || self.common(place)
                })
            {
                return self.fault(node, env, ELSEWHERE);
            }
            let atom = self.atom(sort, sort == Sort::Lag, None);
            if sort != Sort::Lag {
                bound.push(atom);
            }
            inner.set(binder.slot, Value::Place(Place { atom, action: false, circuit: false }));
        }
        if bound.is_empty() {
            let condition = filter.map_or(Ok(0), |filter| self.made(filter, &inner, at))?;
            return Ok(self.made(body, &inner, at)?.max(condition));
        }
        if let Some(filter) = filter {
            return self.fault(
                filter,
                &inner,
                "picks senders out of a sum; it may run over a set without a filter",
            );
        }
        let weighted = |neuron: &Atom| bound.iter().all(|other| self.weighted(body, &inner, *neuron, *other));
        let Some(neuron) = std::iter::once(at.own).chain(at.senders.iter().copied()).find(weighted) else {
            return self.fault(
                node,
                env,
                "sums over neurons without the weight of the synapse as a factor of each term",
            );
        };
        // What a sender sums up, it knows by itself: neither this neuron nor its other senders take
        // part.
        let away = usize::from(at.own != neuron);
        let mut there = if away > 0 { At { own: neuron, senders: Vec::new() } } else { at.clone() };
        there.senders.extend(bound);
        Ok(away + self.made(body, &inner, &there)?.max(1))
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

    /// The place of an index in an order that every neuron knows.
    pub(super) fn ordered(&self, index: NodeId, env: &Env) -> Hops {
        match self.place(index, env) {
            Some(place) if self.common(place) && is_ordered(self.known(place.atom).sort) => Ok(0),
            _ => self.fault(index, env, "is the number of a neuron or a circuit, which no neuron knows"),
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

    /// Divided by, or under a logarithm, the value takes no weight out of a sum: it holds none. A
    /// rate is one value, as a spike is, whatever its neuron made it of.
    pub(super) fn unweighted(&self, node: NodeId, env: &Env) -> Hops {
        if self.holds_weight(node, env, &mut BTreeSet::new()) {
            return self.fault(
                node,
                env,
                "holds a weight, and as a divisor or under a logarithm it could cancel one",
            );
        }
        Ok(0)
    }

    /// The value holds a weight, outside of rates. Adds the arguments of the rule that it holds.
    pub(super) fn holds_weight(&self, node: NodeId, env: &Env, arguments: &mut BTreeSet<Slot>) -> bool {
        if !self.step() {
            return true;
        }
        match self.op(node) {
            Op::Param(param, _) | Op::ParamFamily(param) => self.is_synaptic(*param),
            Op::MeanField { .. } | Op::Softmax(_) | Op::Winners(_) => false,
            Op::Variable(slot) | Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.holds_weight(closure.node, &closure.env, arguments),
                Value::Input(slot) => {
                    arguments.insert(*slot);
                    false
                }
                _ => false,
            },
            Op::Call(id, nodes) | Op::LetFamily(id, nodes) => {
                self.holds_weight(self.definition(*id).body, &self.open(*id, nodes, env), arguments)
            }
            op => {
                let mut found = false;
                super::for_each_child(op, |child| found |= self.holds_weight(child, env, arguments));
                found
            }
        }
    }

    pub(super) fn is_synaptic(&self, param: ParamId) -> bool {
        matches!(
            self.resolver.params[param].kind,
            ParamKind::Weights(Parameter::Recurrent | Parameter::State) | ParamKind::Mask
        )
    }
}
