//! What one line of a rule sees: the meanings of the names behind `sees`, where the rule stands.

use super::ir::*;
use super::meaning::{Atom, Env, Meanings, Place, Value};
use super::quantity::{NOT_A_QUANTITY, NOT_A_SIGNAL, is_neuron, is_told};
use super::sort::{Sort, Type};
use super::{Meaning, Resolver, Result};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;

/// What a listed name stands for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Referent {
    /// An argument of the rule.
    Input(Slot),
    Param(ParamId),
    Let(LetId),
}

/// What one line sees.
pub(super) struct View<'a> {
    pub(super) meanings: Meanings<'a>,
    pub(super) line: &'a RuleLine,
    /// The arguments and the indices of the line.
    pub(super) frame: Env,
    /// The indices of the line.
    pub(super) own: Vec<Atom>,
    pub(super) pre: Option<Atom>,
    pub(super) post: Option<Atom>,
    pub(super) listed_pre: Vec<Referent>,
    pub(super) listed_post: Vec<Referent>,
    /// With the hops that each takes.
    pub(super) global: Vec<(Referent, usize)>,
    /// Nothing is listed: every quantity of either neuron counts as listed.
    pub(super) generous: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(
        resolver: &'a Resolver,
        rule: &RuleItem,
        node: &RuleNode,
        line: &'a RuleLine,
        id: LetId,
    ) -> Result<Self> {
        let hides =
            |formal: &&Formal| matches!(resolver.names.get(&formal.binder.name), Some(Meaning::Let(_)));
        if let Some(formal) = rule.arguments.iter().find(hides) {
            return Err(Diagnostic::new(
                Code::Duplicate,
                &formal.binder.span,
                format!("the argument `{}` hides a definition", formal.binder.name),
                "give the argument another name",
            ));
        }
        let (pre, post) = neurons(line)?;
        let meanings = Meanings::new(resolver);
        let formals = &resolver.lets[id].formals;
        let mut frame = Env::new(Some(id), meanings.inputs(&formals[..node.arguments.len()]));
        let mut own = Vec::new();
        for formal in &formals[node.arguments.len()..] {
            let Type::Index(sort) = formal else { unreachable!("the indices of a line are indices") };
            let atom = meanings.atom(*sort, false, None);
            own.push(atom);
            frame.push(Value::Place(Place { atom, action: false, circuit: false }));
        }
        let mut view = Self {
            meanings,
            line,
            frame,
            pre: pre.map(|at| own[at]),
            post: post.map(|at| own[at]),
            own,
            listed_pre: Vec::new(),
            listed_post: Vec::new(),
            global: Vec::new(),
            generous: rule.nonlocal,
        };
        view.list(node, formals)?;
        Ok(view)
    }

    /// Resolves the names behind `sees`, and checks that each is something that can be seen.
    fn list(&mut self, node: &RuleNode, formals: &[Type]) -> Result<()> {
        let refused = |(name, span): &(String, Span), what: &str, help: &str| {
            Err(Diagnostic::new(Code::NotLocal, span, format!("`{name}` {what}"), help))
        };
        let sees = &self.line.sees;
        for (names, pre) in [(&sees.pre, true), (&sees.post, false)] {
            for name in names {
                let Some(referent) =
                    self.referent(&name.0, node).filter(|found| self.is_quantity(*found, formals))
                else {
                    return refused(name, "is not a quantity that a neuron has", NOT_A_QUANTITY);
                };
                if pre { &mut self.listed_pre } else { &mut self.listed_post }.push(referent);
            }
        }
        for name in &sees.global {
            let signal = self
                .referent(&name.0, node)
                .and_then(|found| Some((found, self.signal_hops(found, formals)?)));
            let Some(signal) = signal else {
                return refused(name, "is no signal that could reach every synapse", NOT_A_SIGNAL);
            };
            self.global.push(signal);
        }
        Ok(())
    }

    /// The meaning of a listed name, where the rule stands. The indices of the line hide everything else.
    fn referent(&self, name: &str, node: &RuleNode) -> Option<Referent> {
        if self.line.indices.iter().any(|binder| binder.name == name) {
            return None;
        }
        if let Some(slot) = node.arguments.iter().rposition(|argument| argument == name) {
            return Some(Referent::Input(slot));
        }
        let meaning = *self.meanings.resolver.names.get(name)?;
        Some(match self.meanings.canonical(meaning) {
            Meaning::Param(param) => Referent::Param(param),
            Meaning::Let(id) => Referent::Let(id),
        })
    }

    fn is_quantity(&self, referent: Referent, formals: &[Type]) -> bool {
        match referent {
            Referent::Input(slot) => match &formals[slot] {
                Type::Family(sorts) => sorts.iter().any(|sort| is_neuron(*sort)),
                kind => *kind == Type::Index(Sort::Configuration),
            },
            Referent::Param(param) => self.meanings.parameter_quantity(param).is_some(),
            Referent::Let(id) => self.meanings.definition_quantity(id, self.unapplied(id)).is_some(),
        }
    }

    fn signal_hops(&self, referent: Referent, formals: &[Type]) -> Option<usize> {
        match referent {
            Referent::Input(slot) => match &formals[slot] {
                Type::Number => Some(0),
                Type::Index(sort) => is_told(*sort).then_some(0),
                Type::Family(sorts) => sorts.iter().all(|sort| is_told(*sort)).then_some(0),
                Type::Truth => None,
            },
            Referent::Param(param) => self.is_signal(param).then_some(0),
            Referent::Let(id) => {
                let definition = self.meanings.definition(id);
                let number = definition.formals.len() == definition.arguments
                    && *self.meanings.kind(definition.body) == Type::Number;
                number.then(|| self.meanings.signal(definition.body, &self.unapplied(id)))?
            }
        }
    }

    pub(super) fn is_signal(&self, param: ParamId) -> bool {
        let param = &self.meanings.resolver.params[param];
        !matches!(param.kind, ParamKind::Weights(_)) && param.sorts.iter().all(|sort| is_told(*sort))
    }

    /// The frame of a definition whose arguments may be anything.
    fn unapplied(&self, id: LetId) -> Env {
        let definition = self.meanings.definition(id);
        Env::new(Some(id), self.meanings.inputs(&definition.formals[..definition.arguments]))
    }
}

/// Which of the line's indices are those of the presynaptic and of the postsynaptic neuron.
fn neurons(line: &RuleLine) -> Result<(Option<usize>, Option<usize>)> {
    let refused =
        |span: &Span, message: String, help: &str| Diagnostic::new(Code::NotLocal, span, message, help);
    let sees = &line.sees;
    if let (Parameter::Bias, Some((_, span))) = (line.parameter, &sees.pre_index) {
        return Err(refused(
            span,
            "a bias has no presynaptic neuron".to_owned(),
            "list its quantities in post(…)",
        ));
    }
    let index = |found: &Option<(String, Span)>, usual: Option<usize>| match found {
        None => Ok(usual),
        Some((name, span)) => match line.indices.iter().position(|binder| binder.name == *name) {
            None => {
                let message = format!("`{name}` is no index of this line");
                Err(refused(span, message, "name one of the indices before +="))
            }
            position => Ok(position),
        },
    };
    let (pre, post) = match line.parameter {
        Parameter::Recurrent => (Some(1), Some(0)),
        Parameter::State => (Some(0), Some(1)),
        Parameter::Bias => (None, Some(0)),
    };
    let (pre, post) = (index(&sees.pre_index, pre)?, index(&sees.post_index, post)?);
    let same =
        |(one, other): (usize, usize)| one == other || line.indices[one].name == line.indices[other].name;
    if pre.zip(post).is_some_and(same) {
        let span = sees.post_index.as_ref().map_or(&line.span, |(_, span)| span);
        let help = "name one index in pre(…) and the other in post(…)";
        return Err(refused(span, "one index for both neurons".to_owned(), help));
    }
    Ok((pre, post))
}
