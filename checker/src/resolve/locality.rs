//! What a synapse can see.
//!
//! A line of a rule lists, behind `sees`, the quantities of the presynaptic and of the postsynaptic neuron and the
//! signals that reach every synapse. Every factor of the line must be among them, at the right index; definitions
//! are opened until their factors are. What is listed must be a quantity that a neuron has: a spike or a rate of its
//! own, or something made of its own synapses' weights and the activities that arrive at them. What takes a
//! derivative, a linear solution or an expectation to know is not ([`super::quantity`]).
//!
//! A call may pass to a local rule only what the rule could have listed: else the list would say nothing.

use std::collections::BTreeMap;

use super::ir::{LetId, NodeId, RuleNode};
use super::quantity::{NOT_A_QUANTITY, NOT_A_SIGNAL, Scope};
use super::sort::{Sort, Type};
use super::{Meaning, Resolver, Result};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;

/// Definitions are opened to this depth.
pub(super) const DEEPEST: usize = 32;

/// Checks a rule, with the names as they are where it stands.
pub(super) fn check(resolver: &Resolver, rule: &RuleItem) -> Result<()> {
    let mut first: Option<Diagnostic> = None;
    for line in &rule.lines {
        let view = View::new(resolver, rule, line, rule.nonlocal)?;
        if let Err(diagnostic) = view.visible(&line.body, &BTreeMap::new(), 0) {
            first.get_or_insert(diagnostic);
        }
    }
    match first {
        Some(diagnostic) if !rule.nonlocal => Err(diagnostic),
        None if rule.nonlocal => Err(Diagnostic::new(
            Code::LocalAfterAll,
            &rule.span,
            format!("`{}` says nonlocal, but a synapse can see all its factors", rule.name),
            "leave the word out and list the factors behind sees, each at the index of its neuron",
        )),
        _ => Ok(()),
    }
}

/// Checks what a call hands to a local rule: families that neurons have, and numbers that are the same at every synapse.
/// `indices` are those of the synapse.
pub(super) fn check_call(
    resolver: &Resolver,
    rule: &RuleNode,
    arguments: &[(&Expr, NodeId)],
    indices: &[NodeId],
) -> Result<()> {
    let scope = Scope::of_claim(resolver);
    let own = resolver.free(indices, &[]);
    for ((argument, node), name) in arguments.iter().zip(&rule.arguments) {
        let (what, help) = match resolver.kind(*node) {
            Type::Family(_) if !scope.family(argument, 0) => (
                format!("is not a quantity that a neuron has, and `{name}` of a local rule is one"),
                NOT_A_QUANTITY,
            ),
            Type::Number if resolver.nodes[*node].free.iter().any(|slot| own.contains(slot)) => (
                format!("depends on an index of the synapse, and `{name}` reaches every synapse alike"),
                "average over the index or bind it under another name; a rule that needs more says nonlocal",
            ),
            _ => continue,
        };
        let message = format!("{} {what}", argument.span.text());
        return Err(Diagnostic::new(Code::NotLocal, &argument.span, message, help));
    }
    Ok(())
}

/// What one line sees.
#[derive(Clone)]
struct View<'a> {
    /// What the names mean here.
    scope: Scope<'a>,
    line: &'a RuleLine,
    pre: Option<String>,
    post: Option<String>,
    /// Nothing is listed: every quantity of either neuron counts as listed.
    generous: bool,
}

/// What the names of an opened definition stand for, in the line.
type Names = BTreeMap<String, Expr>;

impl<'a> View<'a> {
    fn new(resolver: &'a Resolver, rule: &RuleItem, line: &'a RuleLine, generous: bool) -> Result<Self> {
        let sees = &line.sees;
        let index = |found: &Option<(String, Span)>, usual: Option<&Binder>| -> Result<Option<String>> {
            match found {
                None => Ok(usual.map(|binder| binder.name.clone())),
                Some((name, _)) if line.indices.iter().any(|binder| binder.name == *name) => {
                    Ok(Some(name.clone()))
                }
                Some((name, span)) => Err(Diagnostic::new(
                    Code::NotLocal,
                    span,
                    format!("`{name}` is no index of this line"),
                    "name one of the indices before +=",
                )),
            }
        };
        let (pre, post) = match line.parameter {
            Parameter::Recurrent => (line.indices.get(1), line.indices.first()),
            Parameter::State => (line.indices.first(), line.indices.get(1)),
            Parameter::Bias => (None, line.indices.first()),
        };
        if let Some(formal) = rule
            .arguments
            .iter()
            .find(|formal| matches!(resolver.names.get(&formal.binder.name), Some(Meaning::Let(_))))
        {
            return Err(Diagnostic::new(
                Code::Duplicate,
                &formal.binder.span,
                format!("the argument `{}` hides a definition", formal.binder.name),
                "give the argument another name",
            ));
        }
        if let (Parameter::Bias, Some((_, span))) = (line.parameter, &sees.pre_index) {
            return Err(Diagnostic::new(
                Code::NotLocal,
                span,
                "a bias has no presynaptic neuron",
                "list its quantities in post(…)",
            ));
        }
        let view = Self {
            scope: Scope::of_rule(resolver, rule),
            line,
            pre: index(&sees.pre_index, pre)?,
            post: index(&sees.post_index, post)?,
            generous,
        };
        if line.indices.len() == 2 && view.pre == view.post {
            return Err(Diagnostic::new(
                Code::NotLocal,
                sees.post_index.as_ref().map_or(&line.span, |(_, span)| span),
                "one index for both neurons",
                "name one index in pre(…) and the other in post(…)",
            ));
        }
        for (name, span) in sees.pre.iter().chain(&sees.post) {
            if !view.scope.of_neuron(name, 0) {
                return Err(Diagnostic::new(
                    Code::NotLocal,
                    span,
                    format!("`{name}` is not a quantity that a neuron has"),
                    NOT_A_QUANTITY,
                ));
            }
        }
        for (name, span) in &sees.global {
            if !view.scope.broadcast(name) {
                return Err(Diagnostic::new(
                    Code::NotLocal,
                    span,
                    format!("`{name}` is no signal that could reach every synapse"),
                    NOT_A_SIGNAL,
                ));
            }
        }
        Ok(view)
    }

    fn not_local(&self, expr: &Expr, why: &str) -> Diagnostic {
        let indices: Vec<&str> = self.line.indices.iter().map(|binder| binder.name.as_str()).collect();
        Diagnostic::new(
            Code::NotLocal,
            &expr.span,
            format!(
                "the synapse {}[{}] cannot see {}: {why}",
                self.line.parameter.letter(),
                indices.join(","),
                expr.span.text()
            ),
            "list it behind sees at the index of its neuron, or say rule … nonlocal",
        )
    }

    /// Every factor of the expression can be seen by the synapse.
    fn visible(&self, expr: &Expr, names: &Names, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(self.not_local(expr, "it is defined too deeply to tell"));
        }
        match &*expr.kind {
            Kind::Number(_) => Ok(()),
            Kind::Name(name) => match names.get(name) {
                Some(actual) => self.visible(actual, &BTreeMap::new(), depth + 1),
                None => self.visible_name(expr, name, depth),
            },
            Kind::Negate(a) | Kind::Power(a, _) | Kind::Not(a) => self.visible(a, names, depth),
            Kind::Binary(_, a, b) | Kind::And(a, b) | Kind::Or(a, b) => {
                self.visible(a, names, depth)?;
                self.visible(b, names, depth)
            }
            Kind::Compare(_, a, b) => {
                match (self.is_index(a, names), self.is_index(b, names)) {
                    (true, true) => return Ok(()),
                    (true, false) => {}
                    (false, _) => self.visible(a, names, depth)?,
                }
                self.visible(b, names, depth)
            }
            Kind::Function(_, arguments) => {
                arguments.iter().try_for_each(|argument| self.visible(argument, names, depth))
            }
            Kind::Index(base, indices) => self.visible_entry(expr, base, indices, names, depth),
            Kind::Call(callee, arguments) => match &*callee.kind {
                Kind::Name(name) if self.is_global(name) => Ok(()),
                Kind::Name(name) if name == "circuit" || name == "ordinal" => Ok(()),
                Kind::Name(name) => match self.scope.definition(name) {
                    Some(id) if self.scope.resolver.definitions[&id].indices.is_empty() => {
                        self.open(id, arguments, &[], names, depth)
                    }
                    _ => Err(self.not_local(expr, "it is not listed")),
                },
                _ => Err(self.not_local(expr, "it is not listed")),
            },
            Kind::Fold { binders, body, .. } if binders.list.iter().all(|b| self.is_lag(b)) => {
                if let Some(filter) = &binders.filter {
                    self.visible(filter, names, depth)?;
                }
                self.visible(body, names, depth)
            }
            Kind::Fold { .. } => Err(self.not_local(expr, "it sums over more than its own two neurons")),
            Kind::Expectation { .. } => Err(self.not_local(expr, "an expectation takes every configuration")),
            Kind::Derivative { .. } => Err(self.not_local(expr, "a derivative takes the whole network")),
            Kind::Solve { .. } => Err(self.not_local(expr, "a linear solution takes the whole network")),
            Kind::Rule { .. } | Kind::Softmax(_) | Kind::MeanField { .. } | Kind::Bernoulli(_) => {
                Err(self.not_local(expr, "name it with let and list it behind sees"))
            }
        }
    }

    fn visible_name(&self, expr: &Expr, name: &str, depth: usize) -> Result<()> {
        if name == "kappa" || self.is_global(name) {
            return Ok(());
        }
        match self.scope.definition(name) {
            Some(id) if self.scope.resolver.lets[id].formals.is_empty() => {
                self.open(id, &[], &[], &BTreeMap::new(), depth)
            }
            _ => Err(self.not_local(expr, "it is not listed as global")),
        }
    }

    fn visible_entry(
        &self,
        expr: &Expr,
        base: &Expr,
        indices: &[Expr],
        names: &Names,
        depth: usize,
    ) -> Result<()> {
        let (name, arguments): (&str, &[Expr]) = match &*base.kind {
            Kind::Name(name) => (name, &[]),
            Kind::Call(callee, arguments) => match &*callee.kind {
                Kind::Name(name) => (name, arguments),
                _ => return Err(self.not_local(expr, "it is not listed")),
            },
            _ => return Err(self.not_local(expr, "name it with let and list it behind sees")),
        };
        if let Some(actual) = names.get(name) {
            return self.visible_entry(
                expr,
                actual,
                &substituted(indices, names),
                &BTreeMap::new(),
                depth + 1,
            );
        }
        let at: Vec<Option<String>> = indices.iter().map(|index| self.index_name(index, names)).collect();
        let own = |index: &Option<String>| {
            index.as_ref().is_some_and(|index| self.line.indices.iter().any(|binder| binder.name == *index))
        };
        if name == "mask" || name == self.line.parameter.letter() {
            return if at.iter().all(own) {
                Ok(())
            } else {
                Err(self.not_local(expr, "it belongs to another synapse"))
            };
        }
        if arguments.is_empty() && self.is_global(name) {
            return Ok(());
        }
        let neurons: Vec<&String> = at
            .iter()
            .flatten()
            .filter(|index| !self.is_lag_name(index) && !self.scope.is_situation(index))
            .collect();
        let known = at.iter().all(Option::is_some);
        let inputs = arguments.iter().all(|argument| {
            self.index_name(argument, names).is_some_and(|name| self.scope.is_argument(&name))
        });
        if inputs && known {
            let at_pre = neurons.iter().all(|index| Some(*index) == self.pre.as_ref());
            let at_post = neurons.iter().all(|index| Some(*index) == self.post.as_ref());
            let listed = |list: &[(String, Span)]| list.iter().any(|(listed, _)| listed == name);
            let sees = &self.line.sees;
            if at_pre && listed(&sees.pre) || at_post && listed(&sees.post) {
                return Ok(());
            }
            if self.generous && (at_pre || at_post) && self.scope.of_neuron(name, 0) {
                return Ok(());
            }
        }
        match self.scope.definition(name) {
            Some(id) if !self.scope.resolver.definitions[&id].indices.is_empty() => {
                self.open(id, arguments, indices, names, depth)
            }
            _ => {
                let listed = self.line.sees.pre.iter().chain(&self.line.sees.post).any(|(l, _)| l == name);
                let why = if listed { "it is not listed at these indices" } else { "it is not listed" };
                Err(self.not_local(expr, why))
            }
        }
    }

    fn open(
        &self,
        id: LetId,
        arguments: &[Expr],
        indices: &[Expr],
        names: &Names,
        depth: usize,
    ) -> Result<()> {
        let definition = &self.scope.resolver.definitions[&id];
        let formals = definition.arguments.iter().chain(&definition.indices);
        let actuals = arguments.iter().chain(indices);
        let inner: Names = formals
            .zip(substituted(&actuals.cloned().collect::<Vec<_>>(), names))
            .map(|(formal, actual)| (formal.binder.name.clone(), actual))
            .collect();
        self.inside(id).visible(&definition.body, &inner, depth + 1)
    }

    fn is_global(&self, name: &str) -> bool {
        let number = self.scope.is_argument(name);
        self.line.sees.global.iter().any(|(listed, _)| listed == name)
            || self.generous && (number && self.scope.broadcast(name) || self.scope.scalar_param(name))
    }

    fn is_index(&self, expr: &Expr, names: &Names) -> bool {
        match &*expr.kind {
            Kind::Call(callee, _) => {
                matches!(&*callee.kind, Kind::Name(name) if name == "circuit" || name == "action")
            }
            _ => self.index_name(expr, names).is_some_and(|name| {
                self.is_lag_name(&name)
                    || self.line.indices.iter().any(|binder| binder.name == name)
                    || self.scope.is_argument(&name) && self.is_global(&name)
            }),
        }
    }

    /// The line's index, or the bound time step, that an index expression is.
    fn index_name(&self, expr: &Expr, names: &Names) -> Option<String> {
        let Kind::Name(name) = &*expr.kind else { return None };
        match names.get(name) {
            Some(actual) => self.index_name(actual, &BTreeMap::new()),
            None => Some(name.clone()),
        }
    }

    fn is_lag(&self, binder: &Binder) -> bool {
        match &binder.set {
            Some(set) => set.name == "window",
            None => self.is_lag_name(&binder.name),
        }
    }

    fn is_lag_name(&self, name: &str) -> bool {
        Sort::of_letter(name) == Some(Sort::Lag) && !self.scope.meanings.contains_key(name)
    }

    /// The view from within a definition: names mean there what they meant where it stands.
    fn inside(&self, id: LetId) -> Self {
        Self { scope: self.scope.opened(id), ..self.clone() }
    }
}

fn substituted(exprs: &[Expr], names: &Names) -> Vec<Expr> {
    fn replace(expr: &mut Expr, names: &Names) {
        if let Kind::Name(name) = &*expr.kind {
            if let Some(actual) = names.get(name) {
                *expr = actual.clone();
            }
            return;
        }
        expr.children_mut().into_iter().for_each(|child| replace(child, names));
    }
    let mut exprs = exprs.to_vec();
    exprs.iter_mut().for_each(|expr| replace(expr, names));
    exprs
}

/// Some part of the expression is of this kind.
pub(crate) fn contains(expr: &Expr, wanted: &dyn Fn(&Kind) -> bool) -> bool {
    wanted(&expr.kind) || expr.children().into_iter().any(|child| contains(child, wanted))
}
