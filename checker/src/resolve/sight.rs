//! What one line of a rule sees: the meanings of the names after `sees`, at the place of the rule.

use super::ir::*;
use super::meaning::{Atom, Env, Fault, Meanings, Place, Value};
use super::neuron::{NOT_A_QUANTITY, is_neuron, is_told};
use super::resolver::{Meaning, Resolver, Result};
use super::signal::NOT_A_SIGNAL;
use super::sort::{Sort, Type};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;

/// The meaning of a listed name.
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
    /// The signals, each with its number of hops.
    pub(super) global: Vec<(Referent, usize)>,
    /// The rule says `nonlocal`: every quantity of the two neurons counts as listed.
    pub(super) generous: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(
        resolver: &'a Resolver,
        rule: &RuleItem,
        node: &RuleNode,
        line: &'a RuleLine,
        id: LetId,
    ) -> std::result::Result<Self, Vec<Diagnostic>> {
        let hides =
            |formal: &&Formal| matches!(resolver.names.get(&formal.binder.name), Some(Meaning::Let(_)));
        if let Some(formal) = rule.arguments.iter().find(hides) {
            return Err(vec![Diagnostic::new(
                Code::Duplicate,
                &formal.binder.span,
                format!("the argument `{}` hides a definition", formal.binder.name),
                "give the argument another name",
            )]);
        }
        let (pre, post) = neurons(line).map_err(|fault| vec![fault])?;
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
        let faults = view.list(node, formals);
        if faults.is_empty() { Ok(view) } else { Err(faults) }
    }

    /// Resolves the names after `sees`, and checks that a synapse can see each of them.
    fn list(&mut self, node: &RuleNode, formals: &[Type]) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        let sees = &self.line.sees;
        for (names, pre) in [(&sees.pre, true), (&sees.post, false)] {
            for name in names {
                let refused = "is not a quantity that a neuron has";
                match self.listed_as(name, node, (refused, NOT_A_QUANTITY), |view, found| {
                    view.quantity(found, formals)
                }) {
                    Ok((referent, _)) => {
                        if pre { &mut self.listed_pre } else { &mut self.listed_post }.push(referent)
                    }
                    Err(fault) => faults.push(fault),
                }
            }
        }
        for name in &sees.global {
            let refused = "is not a signal that reaches every synapse";
            match self.listed_as(name, node, (refused, NOT_A_SIGNAL), |view, found| {
                view.signal_hops(found, formals)
            }) {
                Ok(signal) => self.global.push(signal),
                Err(fault) => faults.push(fault),
            }
        }
        faults
    }

    /// The meaning of a listed name, and its number of hops.
    fn listed_as(
        &self,
        (name, span): &(String, Span),
        node: &RuleNode,
        (what, help): (&str, &str),
        hops: impl Fn(&Self, Referent) -> std::result::Result<usize, Option<Fault>>,
    ) -> Result<(Referent, usize)> {
        let refused = |why: Option<Fault>| {
            let why = why.map_or_else(String::new, |fault| format!(": {}", fault.told(span)));
            Diagnostic::new(Code::NotLocal, span, format!("`{name}` {what}{why}"), help)
        };
        let referent = self.referent(name, node).ok_or(None).map_err(refused)?;
        Ok((referent, hops(self, referent).map_err(refused)?))
    }

    /// The meaning of a listed name at the place of the rule. An index of the line hides every
    /// other meaning.
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

    fn quantity(&self, referent: Referent, formals: &[Type]) -> std::result::Result<usize, Option<Fault>> {
        match referent {
            Referent::Input(slot) => match &formals[slot] {
                Type::Family(sorts) if sorts.iter().any(|sort| is_neuron(*sort)) => Ok(0),
                Type::Index(Sort::Configuration) => Ok(0),
                _ => Err(None),
            },
            Referent::Param(param) => self.meanings.parameter_quantity(param).ok_or(None),
            Referent::Let(id) => self.meanings.definition_quantity(id, self.unapplied(id)).map_err(Some),
        }
    }

    fn signal_hops(&self, referent: Referent, formals: &[Type]) -> std::result::Result<usize, Option<Fault>> {
        let told = |told: bool| if told { Ok(0) } else { Err(None) };
        match referent {
            Referent::Input(slot) => match &formals[slot] {
                Type::Number => Ok(0),
                Type::Index(sort) => told(is_told(*sort)),
                Type::Family(sorts) => told(sorts.iter().all(|sort| is_told(*sort))),
                Type::Truth => Err(None),
            },
            Referent::Param(param) => told(self.meanings.is_signal(param)),
            Referent::Let(id) => {
                let definition = self.meanings.definition(id);
                if definition.formals.len() > definition.arguments
                    || *self.meanings.kind(definition.body) != Type::Number
                {
                    return Err(None);
                }
                self.meanings.signal(definition.body, &self.unapplied(id)).map_err(Some)
            }
        }
    }

    /// The frame of a definition with free arguments.
    fn unapplied(&self, id: LetId) -> Env {
        let definition = self.meanings.definition(id);
        Env::new(Some(id), self.meanings.inputs(&definition.formals[..definition.arguments]))
    }
}

/// The indices of the presynaptic and of the postsynaptic neuron, by position in the line.
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
                let message = format!("`{name}` is not an index of this line");
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
        let named = sees.post_index.as_ref().or(sees.pre_index.as_ref());
        let span = named.map_or(&line.span, |(_, span)| span);
        let help = "name one index in pre(…) and the other in post(…)";
        return Err(refused(span, "the same index names both neurons".to_owned(), help));
    }
    Ok((pre, post))
}
