//! Names inside an expression, with their arguments and indices.

use std::collections::BTreeSet;

use super::ir::*;
use super::resolver::{Bound, Meaning, Resolver, Result};
use super::sort::{Sort, Type};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::notation;
use crate::language::source::Span;
use crate::language::words::{FUNCTIONS, nearest, suggestion};

impl Resolver {
    pub(super) fn name(&mut self, name: &str, span: &Span, arguments: Option<&Vec<Expr>>) -> Result<NodeId> {
        if matches!(name, "action" | "circuit" | "ordinal") {
            return self.builtin(name, span, arguments);
        }
        if let Some(bound) =
            self.outer.iter().chain(&self.scope).rev().find(|bound| bound.name == name).cloned()
        {
            let node = self.bound(&bound, span);
            return match arguments {
                None => Ok(node),
                Some(arguments) => self.entry(node, arguments, span),
            };
        }
        match self.names.get(name).copied() {
            Some(Meaning::Param(param)) => self.param(param, span, arguments),
            Some(Meaning::Let(id)) => self.applied(id, arguments.map_or(&[][..], Vec::as_slice), span),
            None => self.free_letter(name, span),
        }
    }

    pub(super) fn bound(&mut self, bound: &Bound, span: &Span) -> NodeId {
        let op = match bound.kind {
            Type::Number => Op::Variable(bound.slot),
            Type::Family(_) => Op::VariableFamily(bound.slot),
            _ => Op::Index(bound.slot),
        };
        self.node(op, bound.kind.clone(), span, vec![bound.slot])
    }

    fn free_letter(&mut self, name: &str, span: &Span) -> Result<NodeId> {
        if self.has_failed(name) {
            return Err(self.undefined(name, span));
        }
        if let (Some(implicit), Some(sort)) = (&mut self.implicit, Sort::of_letter(name)) {
            // The chain is resolved again with this name bound in front. Until then, any node will
            // do.
            if !implicit.iter().any(|(known, _)| known == name) {
                implicit.push((name.to_owned(), sort));
            }
            return Ok(self.node(Op::Index(Slot::MAX), Type::Index(sort), span, vec![]));
        }
        Err(self.undefined(name, span))
    }

    /// No definition, parameter or bound name has this name.
    pub(super) fn is_undefined(&self, name: &str) -> bool {
        !self.names.contains_key(name)
            && !self.outer.iter().chain(&self.scope).any(|bound| bound.name == name)
    }

    /// The error about a name that is not defined. It suggests the spelling of another notation or
    /// the nearest name.
    pub(super) fn undefined(&mut self, name: &str, span: &Span) -> Diagnostic {
        self.has_failed(name);
        let names = self.names.keys().map(String::as_str);
        let known: BTreeSet<&str> = names.chain(self.scope.iter().map(|bound| bound.name.as_str())).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let help = if self.rules.contains_key(name) {
            format!("`{name}` is a rule: read it as {name}.W[i,j]")
        } else if let Some(help) = self.subscript(name).or_else(|| notation::word(name)) {
            help
        } else if let Some(near) = nearest(name, known.iter().copied().chain(FUNCTIONS.iter().copied())) {
            format!("write `{near}`, or define `{name}` above with let or param")
        } else {
            format!("define it above with let or param; in scope are: {}", known.join(", "))
        };
        Diagnostic::new(Code::UnknownName, span, format!("`{name}` is not defined"), help)
    }

    /// The error text for `W_ij` instead of `W[i,j]`.
    fn subscript(&self, name: &str) -> Option<String> {
        let (head, tail) = name.rsplit_once('_')?;
        let letters: Vec<String> = tail.chars().map(String::from).collect();
        let indices = !letters.is_empty() && letters.iter().all(|letter| Sort::of_letter(letter).is_some());
        let known = self.names.contains_key(head) || self.scope.iter().any(|bound| bound.name == head);
        (indices && known).then(|| notation::written(name, &format!("{head}[{}]", letters.join(","))))
    }

    fn builtin(&mut self, name: &str, span: &Span, arguments: Option<&Vec<Expr>>) -> Result<NodeId> {
        let Some([argument]) = arguments.map(Vec::as_slice) else {
            let message = format!("`{name}` takes one argument");
            return Err(self.wrong_kind(span, message));
        };
        if name == "ordinal" {
            let index = self.any(argument)?;
            if !matches!(self.kind(index), Type::Index(_)) {
                let message = format!("expected an index, found {}", self.kind(index));
                return Err(self.wrong_kind(&argument.span, message));
            }
            return Ok(self.arithmetic(Op::Ordinal(index), &[index], span));
        }
        let (wanted, found) =
            if name == "action" { (Sort::Configuration, Sort::Action) } else { (Sort::Unit, Sort::Circuit) };
        let used =
            if name == "circuit" { self.unit_of_circuit(argument)? } else { self.index(argument, wanted)? };
        let op = if name == "action" { Op::ActionOf(used) } else { Op::CircuitOf(used) };
        let free = self.free(&[used], &[]);
        Ok(self.node(op, Type::Index(found), span, free))
    }

    pub(super) fn param(
        &mut self,
        param: ParamId,
        span: &Span,
        arguments: Option<&Vec<Expr>>,
    ) -> Result<NodeId> {
        let sorts = self.params[param].sorts.clone();
        if let Some(arguments) = arguments {
            if sorts.is_empty() {
                return Err(not_a_function(&self.params[param].name, span));
            }
            let indices = self.indices(arguments, &sorts, span)?;
            return Ok(self.param_entry(param, indices, span));
        }
        if sorts.is_empty() {
            return Ok(self.param_entry(param, vec![], span));
        }
        Ok(self.node(Op::ParamFamily(param), Type::Family(sorts), span, vec![]))
    }

    pub(super) fn param_entry(&mut self, param: ParamId, indices: Vec<NodeId>, span: &Span) -> NodeId {
        let free = self.free(&indices, &[]);
        self.node(Op::Param(param, indices), Type::Number, span, free)
    }

    pub(super) fn indices(&mut self, found: &[Expr], sorts: &[Sort], span: &Span) -> Result<Vec<NodeId>> {
        if found.len() != sorts.len() {
            let message = format!("expected {}, found {}", indices_in_words(sorts.len()), found.len());
            return Err(self.wrong_kind(span, message));
        }
        found.iter().zip(sorts).map(|(expr, &sort)| self.index(expr, sort)).collect()
    }

    /// A definition with its arguments, and perhaps its indices after them in the same parentheses.
    pub(super) fn applied(&mut self, id: LetId, arguments: &[Expr], span: &Span) -> Result<NodeId> {
        let formals = self.lets[id].formals.clone();
        let wanted = self.lets[id].arguments;
        if formals.is_empty()
            && !arguments.is_empty()
            && matches!(self.kind(self.lets[id].body), Type::Number)
        {
            return Err(not_a_function(&self.lets[id].name, span));
        }
        if arguments.len() != wanted && arguments.len() != formals.len() {
            let name = &self.lets[id].name;
            let message = format!("`{name}` takes {wanted} arguments, found {}", arguments.len());
            return Err(self.wrong_kind(span, message));
        }
        let mut nodes = Vec::with_capacity(arguments.len());
        for (argument, formal) in arguments.iter().zip(&formals) {
            nodes.push(self.argument(argument, formal)?);
        }
        Ok(self.application(id, nodes, span))
    }

    fn application(&mut self, id: LetId, nodes: Vec<NodeId>, span: &Span) -> NodeId {
        let formals = &self.lets[id].formals;
        let rest: Vec<Sort> = formals[nodes.len()..]
            .iter()
            .map(|formal| match formal {
                Type::Index(sort) => *sort,
                _ => unreachable!("indices of a definition are indices"),
            })
            .collect();
        let body = self.kind(self.lets[id].body).clone();
        let free = self.free(&nodes, &[]);
        let (op, kind) = match (rest.is_empty(), body) {
            (false, _) => (Op::LetFamily(id, nodes), Type::Family(rest)),
            (true, Type::Family(sorts)) => (Op::LetFamily(id, nodes), Type::Family(sorts)),
            (true, kind) => (Op::Call(id, nodes), kind),
        };
        self.node(op, kind, span, free)
    }

    pub(super) fn argument(&mut self, expr: &Expr, formal: &Type) -> Result<NodeId> {
        match formal {
            Type::Number | Type::Truth => self.number(expr),
            Type::Index(sort) => self.index(expr, *sort),
            Type::Family(sorts) => self.family(expr, sorts),
        }
    }

    pub(super) fn indexed(&mut self, base: &Expr, indices: &[Expr], span: &Span) -> Result<NodeId> {
        if let Kind::Rule { name, arguments, parameter } = &*base.kind {
            return self.rule_line(name, arguments.as_deref(), *parameter, indices, span);
        }
        if let Kind::Index(inner, first) = &*base.kind {
            let list: Vec<String> = first.iter().chain(indices).map(Expr::to_string).collect();
            return Err(Diagnostic::new(
                Code::WrongKind,
                span,
                "an entry takes no index",
                notation::written(&span.text(), &format!("{inner}[{}]", list.join(","))),
            ));
        }
        let node = self.any(base)?;
        self.entry(node, indices, span)
    }

    pub(super) fn entry(&mut self, node: NodeId, indices: &[Expr], span: &Span) -> Result<NodeId> {
        let node = self.as_family(node, span);
        let Type::Family(sorts) = self.kind(node).clone() else {
            let message = format!("{} takes no index", self.kind(node));
            return Err(self.wrong_kind(span, message));
        };
        let indices = self.indices(indices, &sorts, span)?;
        match self.nodes[node].op.clone() {
            Op::ParamFamily(param) => Ok(self.param_entry(param, indices, span)),
            Op::LetFamily(id, mut arguments) if self.lets[id].formals.len() > self.lets[id].arguments => {
                arguments.extend(indices);
                Ok(self.application(id, arguments, span))
            }
            _ => {
                let mut used = indices.clone();
                used.push(node);
                let free = self.free(&used, &[]);
                Ok(self.node(Op::Entry(node, indices), Type::Number, span, free))
            }
        }
    }

    fn rule_line(
        &mut self,
        name: &str,
        arguments: Option<&[Expr]>,
        parameter: Parameter,
        indices: &[Expr],
        span: &Span,
    ) -> Result<NodeId> {
        let Some(rule) = self.rules.get(name).cloned() else {
            self.has_failed(name);
            let known: Vec<&str> = self.rules.keys().map(String::as_str).collect();
            return Err(Diagnostic::new(
                Code::UnknownName,
                span,
                format!("the rule `{name}` is not defined"),
                suggestion(name, &known, "the rules in scope are"),
            ));
        };
        let Some(&id) = rule.lines.get(&parameter) else {
            let message = format!("the rule `{name}` has no line for {}", parameter.letter());
            return Err(self.wrong_kind(span, message));
        };
        let mut all: Vec<Expr> = match arguments {
            Some(arguments) if arguments.len() == rule.arguments.len() => arguments.to_vec(),
            Some(arguments) => {
                let message =
                    format!("`{name}` takes {} arguments, found {}", rule.arguments.len(), arguments.len());
                return Err(self.wrong_kind(span, message));
            }
            None => rule
                .arguments
                .iter()
                .map(|argument| Expr::new(Kind::Name(argument.clone()), span.clone()))
                .collect(),
        };
        all.extend_from_slice(indices);
        if all.len() != self.lets[id].formals.len() {
            let wanted = self.lets[id].formals.len() - rule.arguments.len();
            let message = format!(
                "a line for {} has {}, found {}",
                parameter.letter(),
                indices_in_words(wanted),
                indices.len()
            );
            return Err(self.wrong_kind(span, message));
        }
        let line = self.applied(id, &all, span)?;
        self.handed.insert(line, all.iter().map(|expr| expr.span.clone()).collect());
        Ok(line)
    }
}

fn not_a_function(name: &str, span: &Span) -> Diagnostic {
    Diagnostic::new(
        Code::WrongKind,
        span,
        format!("`{name}` is a number and takes no arguments"),
        format!("a product has the sign *: {name}*(…)"),
    )
}

fn indices_in_words(count: usize) -> String {
    if count == 1 { "1 index".to_owned() } else { format!("{count} indices") }
}
