//! Quantities of a neuron, which a rule may list after `sees`.
//!
//! A neuron has its spikes, its rates, and expressions of these and of sums over its own synapses.
//! Each term of such a sum has the weight of the synapse as a factor. Nothing may remove that
//! weight or pick single senders: then the neuron would know a value of another neuron. So a sum
//! over senders has no filter, and no divisor and no logarithm contains a weight. A neuron does not
//! know its number. A sum over the synapses of a sender is a message of two hops, and so on. The
//! functions here return the number of hops, or the part that is not allowed and why.

use std::collections::BTreeSet;

use super::ir::*;
use super::meaning::{Atom, Env, Hops, Meanings, Place, TOO_MANY, Value};
use super::sort::{Sort, Type};
use super::walk::for_each_child;
use crate::language::ast::{FoldKind, Parameter};

pub(super) const NOT_A_QUANTITY: &str = "a neuron has its spikes, its rates, and sums over its own synapses; for anything \
                                         else the rule must say nonlocal";

const ELSEWHERE: &str = "is neither at this neuron nor at one that it has a synapse with";

/// The neurons at which a quantity is known.
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

/// An index that every synapse can know.
pub(super) fn is_told(sort: Sort) -> bool {
    matches!(sort, Sort::Action | Sort::Situation | Sort::Lag)
}

/// An index with a position in an order that every neuron may know. Numbers of neurons are not
/// known: with them, each neuron could get its own signal.
pub(super) fn is_ordered(sort: Sort) -> bool {
    matches!(sort, Sort::Situation | Sort::Lag)
}

impl Meanings<'_> {
    /// The index is the same for every neuron: a situation, a time step, or the action taken.
    pub(super) fn common(&self, place: Place) -> bool {
        let known = self.known(place.atom);
        known.common && (is_told(known.sort) || place.action && known.sort == Sort::Configuration)
    }

    /// 0 hops if the parameter has an entry for each neuron that the neuron knows; `None`
    /// otherwise.
    pub(super) fn parameter_quantity(&self, param: ParamId) -> Option<usize> {
        let param = &self.resolver.params[param];
        let own = match param.kind {
            ParamKind::States | ParamKind::Weights(Parameter::Bias) => true,
            ParamKind::Declared { .. } => param.sorts.iter().any(|sort| is_neuron(*sort)),
            _ => false,
        };
        own.then_some(0)
    }

    /// Checks that each neuron has its entry of a family.
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
                    return self.fault(*action, env, "is a clamp that is not known to every neuron");
                }
                if let Some(strength) = strength {
                    self.signal(*strength, env)?;
                }
                match self.family_quantity(*states, env)? {
                    0 => Ok(0),
                    _ => self.fault(*states, env, "is not a state from outside: it sums over synapses"),
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
            Op::Solve { .. } => self.fault(
                node,
                env,
                "is the solution of a linear system, which depends on the whole network",
            ),
            _ => self.fault(node, env, "is not a family with an entry for each neuron"),
        }
    }

    /// Checks that each neuron has its entry of a definition. `env`: the arguments.
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
                "must have exactly one index of a neuron; its other indices must be situations, actions or time steps",
            ),
        }
    }

    /// Binds the indices of a definition, exactly one of which must be a neuron. Returns that
    /// index.
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

    /// Checks that an expression uses only what is known at these neurons.
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
                    return self.fault(node, env, "is not a family with an entry for each neuron");
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
                // A neuron may ask whether it is the action that was taken. It may not tell its
                // senders apart.
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
            Op::Derivative { .. } => {
                self.fault(node, env, "is a derivative, which depends on the whole network")
            }
            Op::Expectation { .. } => {
                self.fault(node, env, "is an expectation, which depends on the whole network")
            }
            _ => self.fault(node, env, "is not known to a neuron"),
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
            ParamKind::Reward => self.fault(node, env, "is a reward: a signal, not a quantity of one neuron"),
            _ => {
                self.seat(&param.sorts, indices, env, at).map_or_else(|| self.fault(node, env, ELSEWHERE), Ok)
            }
        }
    }

    /// Checks that the indices are this neuron or a sender, and common indices. Returns 0 for this
    /// neuron, 1 for a sender.
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
                return self.fault(node, env, "runs over more than the neuron's own synapses and time steps");
            }
            if is_neuron(sort) && fold != FoldKind::Sum {
                return self.fault(node, env, "is a product over neurons; a neuron receives only sums");
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
                "picks senders out of a sum; a sum over senders has no filter",
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
        // A sum at a sender uses only what the sender knows, without this neuron and its other
        // senders.
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

    /// Checks that every neuron knows the position of an index.
    pub(super) fn ordered(&self, index: NodeId, env: &Env) -> Hops {
        match self.place(index, env) {
            Some(place) if self.common(place) && is_ordered(self.known(place.atom).sort) => Ok(0),
            _ => self.fault(index, env, "is the number of a neuron or a circuit, which no neuron knows"),
        }
    }

    /// The term contains the weight of the synapse between the two neurons as a factor.
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

    /// Checks that the value contains no weight. As a divisor or in a logarithm, it could remove a
    /// weight from a sum. Weights inside a rate do not count.
    pub(super) fn unweighted(&self, node: NodeId, env: &Env) -> Hops {
        if self.holds_weight(node, env, &mut BTreeSet::new()) {
            return self.fault(
                node,
                env,
                "contains a weight; as a divisor or in a logarithm, it could cancel a weight of a sum",
            );
        }
        Ok(0)
    }

    /// The value contains a weight outside of rates. Adds the arguments of the rule that it
    /// contains.
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
                for_each_child(op, |child| found |= self.holds_weight(child, env, arguments));
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
