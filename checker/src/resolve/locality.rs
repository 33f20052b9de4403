//! What a synapse can see.
//!
//! A line of a rule lists, after `sees`, quantities of the presynaptic and of the postsynaptic
//! neuron, and signals that are the same at every synapse. Every factor of the line must be one of
//! them, at the index of its neuron. The check compares meanings, not names: it resolves the list
//! at the place of the rule, and replaces a definition by its body until all factors are listed. A
//! listed name must be a quantity of a neuron ([`super::neuron`]) or a signal
//! ([`super::signal`]). The arguments of a rule are checked at its calls ([`super::handed`]).

use std::sync::Arc;

use super::ir::*;
use super::meaning::{Atom, Dependence, Env, Place, Value};
use super::neuron::{is_neuron, is_told};
use super::resolver::{Meaning, Resolver, Result};
use super::sight::{Referent, View};
use super::sort::{Sort, Type};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};

/// Checks the lines of a rule. Returns the largest number of hops of a factor; 0 if the rule says
/// `nonlocal`.
pub(super) fn check(
    resolver: &Resolver,
    rule: &RuleItem,
    node: &RuleNode,
) -> std::result::Result<usize, Vec<Diagnostic>> {
    let (mut wrong, mut unseen) = (Vec::new(), Vec::new());
    let mut hops = 0;
    for line in &rule.lines {
        let Some(&id) = node.lines.get(&line.parameter) else { continue };
        match View::new(resolver, rule, node, line, id) {
            Ok(view) => match view.factors(resolver.lets[id].body) {
                Ok(found) => hops = hops.max(found),
                Err(diagnostic) => unseen.push(diagnostic),
            },
            Err(faults) => wrong.extend(faults),
        }
    }
    if rule.nonlocal && wrong.is_empty() {
        if !unseen.is_empty() || node.lines.len() < rule.lines.len() {
            return Ok(0);
        }
        wrong.push(Diagnostic::new(
            Code::LocalAfterAll,
            &rule.span,
            format!("`{}` says nonlocal, but a synapse can see all its factors", rule.name),
            "leave the word out and list the factors after sees, each at the index of its neuron",
        ));
    } else if !rule.nonlocal {
        wrong.append(&mut unseen);
    }
    if wrong.is_empty() { Ok(hops) } else { Err(wrong) }
}

impl View<'_> {
    fn not_local(&self, node: NodeId, env: &Env, why: &str) -> Diagnostic {
        let span = self.meanings.span(node, env);
        let indices: Vec<&str> = self.line.indices.iter().map(|binder| binder.name.as_str()).collect();
        let (letter, indices) = (self.line.parameter.letter(), indices.join(","));
        Diagnostic::new(
            Code::NotLocal,
            &span,
            format!("the synapse {letter}[{indices}] cannot see {}: {why}", span.text()),
            "list it after sees, at the index of its neuron, or say rule … nonlocal",
        )
    }

    /// The error about a factor that has no name yet.
    fn unnamed(&self, node: NodeId, env: &Env, why: &str) -> Diagnostic {
        let help = "name it with let and list that name after sees, or say rule … nonlocal".to_owned();
        Diagnostic { help, ..self.not_local(node, env, why) }
    }

    /// The error about a factor that no list can contain.
    fn never_local(&self, node: NodeId, env: &Env, why: &str) -> Diagnostic {
        let help = "leave it out, or say rule … nonlocal".to_owned();
        Diagnostic { help, ..self.not_local(node, env, why) }
    }

    /// Checks that the synapse sees every factor of the line, and that they tell no more than a
    /// neuron may know. Returns the largest number of hops.
    fn factors(&self, line: NodeId) -> Result<usize> {
        let hops = self.visible(line, &self.frame)?;
        self.meanings.rates_stand_alone(line, &self.frame, &self.own).map_err(|fault| {
            let help = "use one rate alone there, or hand the quotient over as a number; a rule that needs more must \
                        say nonlocal";
            let message = format!("{}: {}", self.meanings.span(line, &self.frame).text(), fault.told(&self.line.span));
            Diagnostic::new(Code::NotLocal, &self.line.span, message, help)
        })?;
        Ok(hops)
    }

    /// Checks that the synapse sees every factor of the expression. Returns the largest number of
    /// hops.
    fn visible(&self, node: NodeId, env: &Env) -> Result<usize> {
        if !self.meanings.step() {
            return Err(self.not_local(node, env, "it uses too many definitions to follow"));
        }
        let both = |a: &NodeId, b: &NodeId| Ok(self.visible(*a, env)?.max(self.visible(*b, env)?));
        match self.meanings.op(node) {
            Op::Constant(_) => Ok(0),
            Op::Variable(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.visible(closure.node, &closure.env),
                Value::Input(slot) if self.generous || self.hears(Referent::Input(*slot)).is_some() => Ok(0),
                _ => Err(self.not_local(node, env, "it is not listed as global")),
            },
            Op::Param(param, indices) => self.parameter(node, env, *param, indices),
            Op::Call(id, arguments) => self.call(node, *id, arguments, env),
            Op::Entry(family, indices) => self.entry(node, *family, indices, env),
            Op::Div(a, b) => Ok(both(a, b)?.max(self.unweighted(*b, env)?)),
            Op::Ln(a) => Ok(self.visible(*a, env)?.max(self.unweighted(*a, env)?)),
            Op::Power(a, exponent) if *exponent < 0 => {
                Ok(self.visible(*a, env)?.max(self.unweighted(*a, env)?))
            }
            Op::Negate(a) | Op::Power(a, _) | Op::Exp(a) => self.visible(*a, env),
            Op::Hold(a) | Op::Bracket(a) | Op::Not(a) => self.visible(*a, env),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) => both(a, b),
            Op::Min(a, b) | Op::Max(a, b) | Op::Compare(_, a, b) => both(a, b),
            Op::And(a, b) | Op::Or(a, b) => both(a, b),
            Op::If(condition, a, b) => Ok(self.visible(*condition, env)?.max(both(a, b)?)),
            Op::SameIndex(_, a, b) => {
                self.told(*a, env)?;
                self.told(*b, env)
            }
            Op::Ordinal(index) => {
                self.told(*index, env)?;
                self.meanings.ordered(*index, env).map_err(|_| {
                    self.never_local(
                        node,
                        env,
                        "a neuron does not know its number or the number of its circuit",
                    )
                })
            }
            Op::Fold(_, binders, filter, body) if self.over_time(binders) => {
                let mut inner = env.clone();
                for binder in binders {
                    inner.set(binder.slot, self.meanings.index(Sort::Lag, true));
                }
                let condition = filter.map_or(Ok(0), |filter| self.visible(filter, &inner))?;
                Ok(self.visible(*body, &inner)?.max(condition))
            }
            Op::Fold(..) => Err(self.unnamed(node, env, "it sums over more than its own two neurons")),
            Op::Expectation { .. } => {
                Err(self.not_local(node, env, "an expectation depends on every configuration"))
            }
            Op::Derivative { .. } => {
                Err(self.not_local(node, env, "a derivative depends on the whole network"))
            }
            _ => Err(self.unnamed(node, env, "a list contains names only")),
        }
    }

    /// A weighted sum divided by another one could reveal the value of a single sender.
    fn unweighted(&self, node: NodeId, env: &Env) -> Result<usize> {
        let why = "as a divisor or in a logarithm, a weight could cancel a weight of a sum";
        self.meanings.unweighted(node, env).map_err(|_| self.never_local(node, env, why))
    }

    fn over_time(&self, binders: &[BinderNode]) -> bool {
        binders.iter().all(|binder| self.meanings.sort(&binder.set) == Sort::Lag)
    }

    /// Checks that the synapse knows the index: its own, a time step, or one listed as global.
    fn told(&self, node: NodeId, env: &Env) -> Result<usize> {
        let known = self.meanings.place(node, env).is_some_and(|place| {
            let known = self.meanings.known(place.atom);
            !place.action
                && match known.input {
                    Some(slot) => {
                        self.hears(Referent::Input(slot)).is_some() || self.generous && is_told(known.sort)
                    }
                    None => true,
                }
        });
        if known { Ok(0) } else { Err(self.not_local(node, env, "the index is not listed as global")) }
    }

    fn hears(&self, referent: Referent) -> Option<usize> {
        self.global.iter().find(|(listed, _)| *listed == referent).map(|(_, hops)| *hops)
    }

    /// The index is the same for all synapses: an argument of the rule, or bound to a time step.
    fn shared(&self, node: NodeId, env: &Env) -> bool {
        self.meanings.place(node, env).is_some_and(|place| self.meanings.common(place) && !place.circuit)
    }

    /// The number of hops of an entry that is listed, at the index of its neuron or as a signal;
    /// `None` if it is not listed.
    fn listed(
        &self,
        referent: Referent,
        sorts: &[Sort],
        (indices, env): (&[NodeId], &Env),
        hops: impl Fn() -> Option<usize>,
    ) -> Option<usize> {
        let mut neurons = Vec::new();
        for (sort, index) in sorts.iter().zip(indices) {
            if is_neuron(*sort) {
                neurons.push(self.meanings.place(*index, env)?);
            } else if !is_told(*sort) || !self.shared(*index, env) {
                return None;
            }
        }
        let at = |neuron: Option<Atom>| {
            !neurons.is_empty() && neuron.is_some_and(|atom| neurons.iter().all(|place| place.is(atom)))
        };
        if at(self.pre) && self.listed_pre.contains(&referent)
            || at(self.post) && self.listed_post.contains(&referent)
        {
            return hops();
        }
        if self.generous && (at(self.pre) || at(self.post)) {
            return hops();
        }
        let shared = indices.iter().all(|index| self.shared(*index, env));
        let generous =
            self.generous && matches!(referent, Referent::Param(param) if self.meanings.is_signal(param));
        self.hears(referent).or(generous.then_some(0)).filter(|_| shared)
    }

    /// An entry of a parameter.
    fn parameter(&self, node: NodeId, env: &Env, param: ParamId, indices: &[NodeId]) -> Result<usize> {
        let family = &self.meanings.resolver.params[param];
        if family.kind == ParamKind::Kappa {
            return Ok(0);
        }
        let own = family.kind == ParamKind::Weights(self.line.parameter)
            || family.kind == ParamKind::Mask && self.line.parameter == Parameter::Recurrent;
        let at: Vec<Option<Place>> = indices.iter().map(|index| self.meanings.place(*index, env)).collect();
        let has = |atom: &Atom| at.iter().flatten().any(|place| place.is(*atom));
        if own && self.own.iter().all(has) {
            return Ok(0);
        }
        if self.meanings.is_synaptic(param) {
            return Err(self.not_local(node, env, "it belongs to another synapse"));
        }
        let hops = || self.meanings.parameter_quantity(param);
        let referent = Referent::Param(param);
        self.listed(referent, &family.sorts, (indices, env), hops)
            .ok_or_else(|| self.not_local(node, env, self.why(referent)))
    }

    fn is_listed(&self, referent: Referent) -> bool {
        self.listed_pre.contains(&referent) || self.listed_post.contains(&referent)
    }

    fn why(&self, referent: Referent) -> &'static str {
        if self.is_listed(referent) { "it is not listed at these indices" } else { "it is not listed" }
    }

    /// A definition with all its arguments and indices: it is listed, or its body is checked.
    fn call(&self, node: NodeId, id: LetId, nodes: &[NodeId], env: &Env) -> Result<usize> {
        let (arguments, indices) = nodes.split_at(self.meanings.definition(id).arguments);
        match self.applied(id, (arguments, env), &self.meanings.indices(id), (indices, env)) {
            Some(hops) => Ok(hops),
            None if self.meanings.exhausted() => {
                Err(self.not_local(node, env, "it uses too many definitions to follow"))
            }
            None => self.inside((node, env), id, (arguments, env), &self.meanings.open(id, nodes, env)),
        }
    }

    /// Checks the body of a definition. An error in another file is reported at the use in this
    /// file. So is an error in a definition that is listed at other indices.
    fn inside(
        &self,
        (node, env): (NodeId, &Env),
        id: LetId,
        (arguments, outer): (&[NodeId], &Env),
        inner: &Env,
    ) -> Result<usize> {
        let file = self.line.span.source();
        let referent = self.canonical(id);
        let elsewhere =
            || self.is_listed(referent) && arguments.iter().all(|argument| self.given(*argument, outer));
        self.visible(self.meanings.definition(id).body, inner).map_err(|diagnostic| match &diagnostic.span {
            _ if elsewhere() => self.not_local(node, env, self.why(referent)),
            Some(span)
                if !Arc::ptr_eq(span.source(), file)
                    && Arc::ptr_eq(self.meanings.span(node, env).source(), file) =>
            {
                self.not_local(node, env, &format!("its definition uses {} at {span}", span.text()))
            }
            _ => diagnostic,
        })
    }

    fn canonical(&self, id: LetId) -> Referent {
        match self.meanings.canonical(Meaning::Let(id)) {
            Meaning::Param(param) => Referent::Param(param),
            Meaning::Let(id) => Referent::Let(id),
        }
    }

    /// The number of hops of a definition that is listed.
    fn applied(
        &self,
        id: LetId,
        (arguments, outer): (&[NodeId], &Env),
        sorts: &[Sort],
        indices: (&[NodeId], &Env),
    ) -> Option<usize> {
        let referent = self.canonical(id);
        if !arguments.iter().all(|argument| self.given(*argument, outer)) {
            return None;
        }
        let frame = || self.meanings.open(id, arguments, outer);
        self.listed(referent, sorts, indices, || self.meanings.definition_quantity(id, frame()).ok())
    }

    /// The argument is allowed for a listed definition: an argument of the rule, a signal, or a
    /// quantity of neurons.
    fn given(&self, argument: NodeId, env: &Env) -> bool {
        match self.meanings.kind(argument) {
            Type::Index(_) => self.meanings.place(argument, env).is_some_and(|place| {
                let known = self.meanings.known(place.atom);
                !place.circuit
                    && (self.meanings.common(place) || known.common && known.sort == Sort::Configuration)
            }),
            Type::Family(_) => self.meanings.family_quantity(argument, env).is_ok(),
            _ => {
                let mut found = Dependence::new();
                self.meanings.depends(argument, env, &mut found);
                !found.iter().any(|(atom, _)| self.own.contains(atom)) && self.visible(argument, env).is_ok()
            }
        }
    }

    /// An entry of a family: an argument, a parameter, or a definition whose body is a family.
    fn entry(&self, node: NodeId, family: NodeId, indices: &[NodeId], env: &Env) -> Result<usize> {
        let (mut family, mut frame) = self.meanings.family(family, env);
        loop {
            let Type::Family(sorts) = self.meanings.kind(family) else {
                return Err(self.not_local(node, env, "it is not listed"));
            };
            let input = match self.meanings.op(family) {
                Op::VariableFamily(slot) => match frame.get(*slot) {
                    Value::Input(slot) => Some(*slot),
                    _ => None,
                },
                Op::Winners(configuration) => {
                    let place = self.meanings.place(*configuration, &frame);
                    place.and_then(|place| self.meanings.known(place.atom).input)
                }
                Op::ParamFamily(param) => return self.parameter(node, env, *param, indices),
                Op::LetFamily(id, arguments) => {
                    if let Some(hops) = self.applied(*id, (arguments, &frame), sorts, (indices, env)) {
                        return Ok(hops);
                    }
                    let mut inner = self.meanings.open(*id, arguments, &frame);
                    if !self.meanings.indices(*id).is_empty() {
                        indices.iter().for_each(|index| inner.push(self.meanings.value(*index, env)));
                        return self.inside((node, env), *id, (arguments, &frame), &inner);
                    }
                    (family, frame) = self.meanings.family(self.meanings.definition(*id).body, &inner);
                    continue;
                }
                _ => return Err(self.unnamed(node, env, "a list contains names only")),
            };
            let referent = input.map(Referent::Input);
            return referent
                .and_then(|referent| self.listed(referent, sorts, (indices, env), || Some(0)))
                .ok_or_else(|| {
                    self.not_local(node, env, referent.map_or("it is not listed", |found| self.why(found)))
                });
        }
    }
}
