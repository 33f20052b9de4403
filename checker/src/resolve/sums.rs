//! Constructs that bind names: sums, products, expectations and linear systems.

use super::ir::*;
use super::resolver::{Meaning, Resolver, Result};
use super::sort::{Sort, Type};
use super::walk::for_each_child;
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::language::words::suggestion;

impl Resolver {
    /// Binds each name. A set after a name also counts for the bare names before it, if their
    /// letter allows it.
    pub(super) fn binders(&mut self, binders: &Binders) -> Result<(Vec<BinderNode>, Option<NodeId>)> {
        let mut bound: Vec<BinderNode> = Vec::new();
        for (position, binder) in binders.list.iter().enumerate() {
            if bound.iter().any(|other| other.name == binder.name) {
                return Err(Diagnostic::new(
                    Code::Duplicate,
                    &binder.span,
                    format!("the index `{}` is bound twice", binder.name),
                    "choose another name",
                ));
            }
            let following = binders.list[position..].iter().find_map(|later| later.set.as_ref());
            // An index cannot lie in its own circuit before it is bound.
            let known = self.scope.iter().chain(&self.outer).any(|other| other.name == binder.name);
            let own = |set: &&SetExpr| {
                let argument = set.argument.as_ref().filter(|_| !known && binder.set.is_none());
                argument.is_none_or(|argument| argument.span.text() != binder.name)
            };
            let following = following.filter(own);
            let (set, sort) = match (&binder.set, following) {
                (Some(set), _) => self.set(set)?,
                (None, Some(later)) => {
                    let (set, sort) = self.set(later)?;
                    match Sort::of_letter(&binder.name) {
                        Some(own) if !sort.within(own) => (SetNode::All(own), own),
                        _ => (set, sort),
                    }
                }
                (None, None) => self.letter(binder)?,
            };
            let slot = self.bind(&binder.name, Type::Index(sort));
            bound.push(BinderNode { slot, set, name: binder.name.clone() });
        }
        let filter = binders.filter.as_ref().map(|filter| self.truth(filter)).transpose()?;
        Ok((bound, filter))
    }

    pub(super) fn letter(&self, binder: &Binder) -> Result<(SetNode, Sort)> {
        let Some(sort) = Sort::of_letter(&binder.name) else {
            return Err(Diagnostic::new(
                Code::WrongSet,
                &binder.span,
                format!("the index `{}` has no set", binder.name),
                format!("write `in` and a set after it: {}", Sort::NAMES.join(", ")),
            ));
        };
        Ok((SetNode::All(sort), sort))
    }

    pub(super) fn set(&mut self, set: &SetExpr) -> Result<(SetNode, Sort)> {
        if let ("circuit", Some(argument)) = (set.name.as_str(), &set.argument) {
            let unit = self.unit_of_circuit(argument)?;
            let sort = match self.kind(unit) {
                Type::Index(sort) => *sort,
                _ => Sort::Unit,
            };
            return Ok((SetNode::CircuitOf(unit), sort));
        }
        match (Sort::named(&set.name), &set.argument) {
            (Some(sort), None) => Ok((SetNode::All(sort), sort)),
            _ => Err(Diagnostic::new(
                Code::UnknownName,
                &set.span,
                format!("the set `{}` is unknown", set.span.text()),
                suggestion(&set.name, Sort::NAMES, "the sets are"),
            )),
        }
    }

    pub(super) fn fold(
        &mut self,
        fold: FoldKind,
        binders: &Binders,
        body: &Expr,
        span: &Span,
    ) -> Result<NodeId> {
        let depth = self.scope.len();
        let (bound, filter) = self.binders(binders)?;
        let body = self.number(body)?;
        self.scope.truncate(depth);
        let slots: Vec<Slot> = bound.iter().map(|binder| binder.slot).collect();
        let op = Op::Fold(fold, bound, filter, body);
        let mut used = Vec::new();
        for_each_child(&op, |child| used.push(child));
        let free = self.free(&used, &slots);
        Ok(self.node(op, Type::Number, span, free))
    }

    pub(super) fn expectation(
        &mut self,
        variable: &Binder,
        distribution: &Expr,
        condition: Option<&Expr>,
        body: &Expr,
        span: &Span,
    ) -> Result<NodeId> {
        let depth = self.scope.len();
        let (sort, slot, weight) = if let Kind::Bernoulli(rate) = &*distribution.kind {
            let rate = self.number(rate)?;
            (Sort::Train, self.bind(&variable.name, Type::Index(Sort::Train)), Weight::Spikes(rate))
        } else {
            let sort = match &variable.set {
                Some(set) => self.set(set)?.1,
                None => self.letter(variable)?.1,
            };
            let slot = self.bind(&variable.name, Type::Index(sort));
            (sort, slot, self.weight(variable, sort, distribution)?)
        };
        let condition = condition.map(|condition| self.truth(condition)).transpose()?;
        let body = self.number(body)?;
        self.scope.truncate(depth);
        let op = Op::Expectation { slot, sort, weight, condition, body };
        let mut used = Vec::new();
        for_each_child(&op, |child| used.push(child));
        let free = self.free(&used, &[slot]);
        Ok(self.node(op, Type::Number, span, free))
    }

    /// The distribution: a family of firing probabilities, a definition with the variable as its
    /// argument, or a number that contains it.
    pub(super) fn weight(&mut self, variable: &Binder, sort: Sort, distribution: &Expr) -> Result<Weight> {
        let itself = || Expr::new(Kind::Name(variable.name.clone()), variable.span.clone());
        if let Kind::Name(name) = &*distribution.kind
            && let Some(&Meaning::Let(id)) = self.names.get(name)
            && self.lets[id].arguments == 1
            && self.lets[id].formals.len() == 1
        {
            return Ok(Weight::Number(self.applied(id, &[itself()], &distribution.span)?));
        }
        let node = self.any(distribution)?;
        let node = self.as_family(node, &distribution.span);
        match (self.kind(node).clone(), sort) {
            (Type::Number, _) => Ok(Weight::Number(node)),
            (Type::Family(sorts), Sort::Configuration) if sorts == [Sort::Unit] => Ok(Weight::Circuits(node)),
            (Type::Family(sorts), _) if sorts.len() == 1 && sort.within(sorts[0]) => {
                Ok(Weight::Number(self.entry(node, &[itself()], &distribution.span)?))
            }
            (other, _) => {
                let message = format!("{other} is not a distribution over {sort}");
                Err(self.wrong_kind(&distribution.span, message))
            }
        }
    }

    pub(super) fn solve(&mut self, unknown: &Binder, name: &str, body: &Expr, span: &Span) -> Result<NodeId> {
        let depth = self.scope.len();
        let (set, sort) = match &unknown.set {
            Some(set) => self.set(set)?,
            None => self.letter(unknown)?,
        };
        if !matches!(set, SetNode::All(_)) || matches!(sort, Sort::Configuration | Sort::Train) {
            return Err(self.wrong_kind(
                &unknown.span,
                "the unknowns of solve have one index, of units, states, circuits, situations or time steps",
            ));
        }
        let family = self.bind(name, Type::Family(vec![sort]));
        let index = self.bind(&unknown.name, Type::Index(sort));
        let body = self.number(body)?;
        self.scope.truncate(depth);
        let free = self.free(&[body], &[family, index]);
        let op = Op::Solve { unknown: family, index, sort, body };
        Ok(self.node(op, Type::Family(vec![sort]), span, free))
    }
}
