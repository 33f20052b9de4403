//! What a neuron has, and what reaches every synapse: the quantities that a rule may list behind `sees`.
//!
//! A neuron has its spikes, its rates, and what is made of them and of sums over its own synapses, each term of which has the
//! weight of the synapse as a factor and as nothing else: a divisor would cancel it, and leave a sum over strangers.

use std::collections::BTreeMap;

use super::ir::{LetId, ParamKind};
use super::locality::{DEEPEST, contains};
use super::sort::{Sort, Type};
use super::{Meaning, Resolver};
use crate::language::ast::*;

pub(super) const NOT_A_QUANTITY: &str = "a neuron has its spikes, its rates, and sums over its own synapses; for anything \
                                         else the rule must say nonlocal";

pub(super) const NOT_A_SIGNAL: &str = "a global signal is a number: an argument of the rule, a parameter, or a definition \
                                       made of rewards, the action circuit's rates and such numbers";

/// An argument of a rule, or of a definition.
#[derive(Clone)]
struct Input {
    name: String,
    /// It ranges over situations, of which there is one at a time: the same for all neurons.
    situation: bool,
}

impl Input {
    fn of(formal: &Formal) -> Self {
        let name = &formal.binder.name;
        let situation = formal.family.is_none()
            && match &formal.binder.set {
                Some(set) => set.name == "situations",
                None => Sort::of_letter(name) == Some(Sort::Situation),
            };
        Self { name: name.clone(), situation }
    }
}

/// What names mean at a place.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) resolver: &'a Resolver,
    pub(super) meanings: &'a BTreeMap<String, Meaning>,
    arguments: Vec<Input>,
}

impl<'a> Scope<'a> {
    /// In the lines of a rule.
    pub(super) fn of_rule(resolver: &'a Resolver, rule: &RuleItem) -> Self {
        let usual = ["v", "A"].map(|name| Input { name: name.to_owned(), situation: false });
        let arguments = if rule.arguments.is_empty() {
            usual.to_vec()
        } else {
            rule.arguments.iter().map(Input::of).collect()
        };
        Self { resolver, meanings: &resolver.names, arguments }
    }

    /// In a claim, where an update is read. What its indices stand for is known, and a neuron may be told.
    pub(super) fn of_claim(resolver: &'a Resolver) -> Self {
        let indices = resolver.scope.iter().chain(&resolver.outer);
        let arguments = indices
            .filter(|bound| matches!(bound.kind, Type::Index(_)))
            .map(|bound| Input { name: bound.name.clone(), situation: false })
            .collect();
        Self { resolver, meanings: &resolver.names, arguments }
    }

    /// Where a definition is opened: its formals stand for what they were given, in terms of the same arguments.
    pub(super) fn opened(&self, id: LetId) -> Self {
        Self { meanings: &self.resolver.environments[&id], ..self.clone() }
    }

    /// Within a definition by itself: names mean there what they meant where it stands.
    fn inside(&self, id: LetId) -> Self {
        Self {
            resolver: self.resolver,
            meanings: &self.resolver.environments[&id],
            arguments: self.resolver.definitions[&id].arguments.iter().map(Input::of).collect(),
        }
    }

    pub(super) fn is_argument(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument.name == name)
    }

    pub(super) fn is_situation(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument.name == name && argument.situation)
    }

    pub(super) fn definition(&self, name: &str) -> Option<LetId> {
        match self.meanings.get(name) {
            Some(&Meaning::Let(id)) => Some(id),
            _ => None,
        }
    }

    pub(super) fn scalar_param(&self, name: &str) -> bool {
        matches!(self.meanings.get(name),
            Some(&Meaning::Param(param)) if self.resolver.params[param].sorts.is_empty())
    }

    /// A number that could be broadcast: an argument, a parameter, a definition made of the action circuit's
    /// rates and such numbers. A reward may be looked up by the action.
    pub(super) fn broadcast(&self, name: &str) -> bool {
        if self.is_argument(name) {
            return name != "v" && Sort::of_letter(name) != Some(Sort::Configuration);
        }
        match self.meanings.get(name) {
            Some(&Meaning::Param(param)) => {
                let family = &self.resolver.params[param];
                family.sorts.is_empty() || family.kind == ParamKind::Reward
            }
            Some(&Meaning::Let(id)) => {
                self.resolver.lets[id].formals.is_empty() && !self.needs_the_network(id, 0)
            }
            None => false,
        }
    }

    /// Knowing it takes a derivative, a linear solution, an expectation, or a sum over more than the actions or the
    /// window, here or in a definition that it leans on.
    fn needs_the_network(&self, id: LetId, depth: usize) -> bool {
        if depth > DEEPEST || !matches!(self.resolver.nodes[self.resolver.lets[id].body].kind, Type::Number) {
            return true;
        }
        let inside = self.inside(id);
        contains(&self.resolver.definitions[&id].body, &|kind| match kind {
            Kind::Solve { .. } | Kind::Derivative { .. } | Kind::Expectation { .. } => true,
            Kind::Fold { binders, .. } => !binders.list.iter().all(|binder| match &binder.set {
                Some(set) => set.name == "A" || set.name == "actions" || set.name == "window",
                None => matches!(Sort::of_letter(&binder.name), Some(Sort::Action | Sort::Lag)),
            }),
            Kind::Name(name) => match inside.definition(name) {
                Some(inner) => !inside.of_neuron(name, 0) && inside.needs_the_network(inner, depth + 1),
                None => false,
            },
            _ => false,
        })
    }

    /// The family is one that a neuron has an entry of.
    pub(super) fn of_neuron(&self, name: &str, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        if self.is_argument(name) {
            return true;
        }
        match self.meanings.get(name) {
            Some(&Meaning::Param(param)) => {
                matches!(
                    self.resolver.params[param].kind,
                    ParamKind::States | ParamKind::Declared { .. } | ParamKind::Weights(Parameter::Bias)
                )
            }
            Some(&Meaning::Let(id)) => self.inside(id).activity(&self.resolver.definitions[&id], depth),
            None => false,
        }
    }

    fn activity(&self, definition: &Definition, depth: usize) -> bool {
        match definition.indices.as_slice() {
            [] => self.family(&definition.body, depth),
            [index] => self.at_neuron(&definition.body, &index.binder.name, &[], depth + 1),
            _ => false,
        }
    }

    /// The expression is a family of which a neuron has an entry.
    pub(super) fn family(&self, expr: &Expr, depth: usize) -> bool {
        match &*expr.kind {
            Kind::Name(name) => self.of_neuron(name, depth + 1),
            Kind::Softmax(inner) | Kind::MeanField { states: inner, .. } => self.family(inner, depth + 1),
            Kind::Call(callee, actuals) => {
                let Kind::Name(name) = &*callee.kind else { return false };
                let Some(id) = self.definition(name) else { return false };
                let formals = &self.resolver.definitions[&id].arguments;
                self.of_neuron(name, depth + 1)
                    && formals.iter().zip(actuals).all(|(formal, actual)| self.passes(formal, actual, depth))
            }
            _ => false,
        }
    }

    /// A definition of a quantity stays one with this argument.
    fn passes(&self, formal: &Formal, actual: &Expr, depth: usize) -> bool {
        let letter = formal.binder.set.is_some() || Sort::of_letter(&formal.binder.name).is_some();
        match &formal.family {
            Some(family) if family.name != "number" => self.family(actual, depth + 1),
            None if letter => true,
            _ => match &*actual.kind {
                Kind::Number(_) => true,
                Kind::Name(name) => name == "kappa" || self.broadcast(name),
                _ => false,
            },
        }
    }

    /// An index of the neuron, of a sender, or of an argument, or its circuit.
    fn is_place(&self, expr: &Expr, own: &str, senders: &[String]) -> bool {
        match &*expr.kind {
            Kind::Name(name) => name == own || senders.contains(name) || self.is_argument(name),
            Kind::Call(callee, inner) => {
                matches!(&*callee.kind, Kind::Name(name) if name == "circuit" || name == "action")
                    && inner.iter().all(|index| self.is_place(index, own, senders))
            }
            _ => false,
        }
    }

    /// Made of what arrives at the neuron `own`; `senders` are bound to neurons that have a synapse with it.
    fn at_neuron(&self, expr: &Expr, own: &str, senders: &[String], depth: usize) -> bool {
        let here = |e: &Expr| self.at_neuron(e, own, senders, depth);
        match &*expr.kind {
            Kind::Number(_) => true,
            Kind::Name(name) => {
                name == "kappa"
                    || self.scalar_param(name)
                    || self.is_argument(name)
                    || self.definition(name).is_some_and(|id| {
                        self.resolver.lets[id].formals.is_empty()
                            && self.inside(id).at_neuron(
                                &self.resolver.definitions[&id].body,
                                own,
                                senders,
                                depth + 1,
                            )
                    })
            }
            Kind::Negate(a) | Kind::Power(a, _) | Kind::Not(a) => here(a),
            Kind::Binary(_, a, b) | Kind::And(a, b) | Kind::Or(a, b) => here(a) && here(b),
            // Which unit, circuit or situation it is does not have to arrive.
            Kind::Compare(_, a, b) => {
                [a, b].into_iter().all(|side| self.is_place(side, own, senders) || here(side))
            }
            Kind::Function(_, arguments) => arguments.iter().all(here),
            Kind::Index(base, indices) => {
                let at: Option<Vec<&String>> = indices
                    .iter()
                    .map(|index| match &*index.kind {
                        Kind::Name(name) => Some(name),
                        _ => None,
                    })
                    .collect();
                let Some(at) = at else { return false };
                let near = |index: &String| index == own || senders.contains(index);
                match &*base.kind {
                    Kind::Name(name) if matches!(name.as_str(), "W" | "U" | "mask") => {
                        at.iter().any(|index| *index == own) && at.into_iter().all(near)
                    }
                    _ => {
                        at.iter().any(|index| near(index))
                            && at.iter().all(|index| near(index) || self.is_situation(index))
                            && self.family(base, depth)
                    }
                }
            }
            Kind::Fold { fold: FoldKind::Sum, binders, body } => {
                let mut inner = senders.to_vec();
                inner.extend(binders.list.iter().map(|binder| binder.name.clone()));
                binders.list.iter().all(|binder| weighted(body, own, &binder.name))
                    && !unweighted(body)
                    && self.at_neuron(body, own, &inner, depth + 1)
            }
            _ => false,
        }
    }
}

/// The term has the weight of the synapse between the two neurons as a factor.
fn weighted(body: &Expr, own: &str, other: &str) -> bool {
    match &*body.kind {
        Kind::Binary(BinaryOp::Mul, a, b) => weighted(a, own, other) || weighted(b, own, other),
        Kind::Binary(BinaryOp::Add | BinaryOp::Sub, a, b) => {
            weighted(a, own, other) && weighted(b, own, other)
        }
        Kind::Binary(BinaryOp::Div, a, _) | Kind::Negate(a) => weighted(a, own, other),
        Kind::Index(base, indices) => {
            let named = |at: usize, name: &str| matches!(indices.get(at).map(|index| &*index.kind), Some(Kind::Name(found)) if found == name);
            matches!(&*base.kind, Kind::Name(name) if name == "W" || name == "U")
                && (named(0, own) && named(1, other) || named(0, other) && named(1, own))
        }
        _ => false,
    }
}

/// The term may cancel a weight that is a factor of it: it divides by one, or takes its logarithm.
fn unweighted(term: &Expr) -> bool {
    let weight = |expr: &Expr| {
        contains(
            expr,
            &|kind| matches!(kind, Kind::Name(name) if matches!(name.as_str(), "W" | "U" | "mask")),
        )
    };
    contains(term, &|kind| match kind {
        Kind::Binary(BinaryOp::Div, _, divisor) => weight(divisor),
        Kind::Power(base, exponent) => *exponent < 0 && weight(base),
        Kind::Function(Function::Ln, arguments) => arguments.iter().any(weight),
        _ => false,
    })
}
