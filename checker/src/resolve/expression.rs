//! Names and kinds inside an expression.

use std::collections::BTreeSet;

use super::ir::*;
use super::sort::{Sort, Type};
use super::{Bound, Meaning, Resolver, Result};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::notation;
use crate::language::source::Span;
use crate::language::words::{FUNCTIONS, nearest, suggestion};
use crate::limits::MAX_TARGETS;

impl Resolver {
    /// An expression of any kind.
    pub(super) fn any(&mut self, expr: &Expr) -> Result<NodeId> {
        let span = &expr.span;
        match &*expr.kind {
            Kind::Number(value) => Ok(self.node(Op::Constant(value.clone()), Type::Number, span, vec![])),
            Kind::Name(name) => self.name(name, span, None),
            Kind::Call(callee, arguments) => match &*callee.kind {
                Kind::Name(name) => self.name(name, span, Some(arguments)),
                _ => Err(self.wrong_kind(span, "only a name can take arguments")),
            },
            Kind::Rule { .. } => {
                Err(self.wrong_kind(span, "the line of the rule has no indices: write rule.W[i,j]"))
            }
            Kind::Index(base, indices) => self.indexed(base, indices, span),
            Kind::Negate(a) => {
                let a = self.number(a)?;
                Ok(self.arithmetic(Op::Negate(a), &[a], span))
            }
            Kind::Binary(op, a, b) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                let op = match op {
                    BinaryOp::Add => Op::Add(a, b),
                    BinaryOp::Sub => Op::Sub(a, b),
                    BinaryOp::Mul => Op::Mul(a, b),
                    BinaryOp::Div => Op::Div(a, b),
                };
                Ok(self.arithmetic(op, &[a, b], span))
            }
            Kind::Power(a, exponent) => {
                let a = self.number(a)?;
                Ok(self.arithmetic(Op::Power(a, *exponent), &[a], span))
            }
            Kind::Compare(op, a, b) => self.comparison(*op, a, b, span),
            Kind::And(a, b) => {
                let (a, b) = (self.truth(a)?, self.truth(b)?);
                let free = self.free(&[a, b], &[]);
                Ok(self.node(Op::And(a, b), Type::Truth, span, free))
            }
            Kind::Or(a, b) => {
                let (a, b) = (self.truth(a)?, self.truth(b)?);
                let free = self.free(&[a, b], &[]);
                Ok(self.node(Op::Or(a, b), Type::Truth, span, free))
            }
            Kind::Not(a) => {
                let a = self.truth(a)?;
                let free = self.free(&[a], &[]);
                Ok(self.node(Op::Not(a), Type::Truth, span, free))
            }
            Kind::Function(function, arguments) => self.function(*function, arguments, span),
            Kind::Fold { fold, binders, body } => self.fold(*fold, binders, body, span),
            Kind::Expectation { variable, distribution, condition, body } => {
                self.expectation(variable, distribution, condition.as_ref(), body, span)
            }
            Kind::Derivative { body, target } => self.derivative(body, target, span),
            Kind::Softmax(inner) => {
                let inner = self.family(inner, &[Sort::Unit])?;
                let free = self.free(&[inner], &[]);
                Ok(self.node(Op::Softmax(inner), Type::Family(vec![Sort::Unit]), span, free))
            }
            Kind::MeanField { states, action, strength } => {
                let states = self.family(states, &[Sort::State])?;
                let action = action.as_ref().map(|action| self.index(action, Sort::Action)).transpose()?;
                let strength = strength.as_ref().map(|strength| self.number(strength)).transpose()?;
                let mut used = vec![states];
                used.extend(action);
                used.extend(strength);
                let free = self.free(&used, &[]);
                let op = Op::MeanField { states, action, strength };
                Ok(self.node(op, Type::Family(vec![Sort::Unit]), span, free))
            }
            Kind::Bernoulli(_) => Err(self.wrong_kind(span, "bernoulli(…) stands only behind `~`")),
            Kind::Solve { unknown, name, body } => self.solve(unknown, name, body, span),
        }
    }

    pub(super) fn wrong_kind(&self, span: &Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(
            Code::WrongKind,
            span,
            message,
            "the kinds of every construct are in docs/derivation-language.md",
        )
    }

    fn arithmetic(&mut self, op: Op, used: &[NodeId], span: &Span) -> NodeId {
        let free = self.free(used, &[]);
        self.node(op, Type::Number, span, free)
    }

    /// A number; a condition counts as its indicator.
    pub(super) fn number(&mut self, expr: &Expr) -> Result<NodeId> {
        let node = self.any(expr)?;
        match self.kind(node) {
            Type::Number => Ok(node),
            Type::Truth => Ok(self.arithmetic(Op::Bracket(node), &[node], &expr.span)),
            other => {
                let (message, index) = (format!("expected a number, found {other}"), other.clone());
                let mut diagnostic = self.wrong_kind(&expr.span, message);
                if let (Kind::Name(name), Type::Index(sort)) = (&*expr.kind, index)
                    && Sort::of_letter(name) == Some(sort)
                {
                    diagnostic.help = format!(
                        "`{name}` is a letter for {sort}: as an argument that is a number, write {name}: number"
                    );
                }
                Err(diagnostic)
            }
        }
    }

    fn truth(&mut self, expr: &Expr) -> Result<NodeId> {
        let node = self.any(expr)?;
        match self.kind(node) {
            Type::Truth => Ok(node),
            other => {
                let message = format!("expected a condition, found {other}");
                Err(self.wrong_kind(&expr.span, message))
            }
        }
    }

    /// A family over exactly these sets; a configuration is one over the units.
    fn family(&mut self, expr: &Expr, sorts: &[Sort]) -> Result<NodeId> {
        let node = self.any(expr)?;
        let node = self.as_family(node, &expr.span);
        match self.kind(node) {
            Type::Family(found) if found == sorts => Ok(node),
            other => {
                let wanted = Type::Family(sorts.to_vec());
                let message = format!("expected {wanted}, found {other}");
                Err(self.wrong_kind(&expr.span, message))
            }
        }
    }

    fn as_family(&mut self, node: NodeId, span: &Span) -> NodeId {
        let (op, sort) = match self.kind(node) {
            Type::Index(Sort::Configuration) => (Op::Winners(node), Sort::Unit),
            Type::Index(Sort::Train) => (Op::TrainFamily(node), Sort::Lag),
            _ => return node,
        };
        let free = self.free(&[node], &[]);
        self.node(op, Type::Family(vec![sort]), span, free)
    }

    /// An index that lies in `sort` whatever its value.
    pub(super) fn index(&mut self, expr: &Expr, sort: Sort) -> Result<NodeId> {
        let node = self.any(expr)?;
        self.index_at(node, expr, sort)
    }

    fn index_at(&self, node: NodeId, expr: &Expr, sort: Sort) -> Result<NodeId> {
        match self.kind(node) {
            Type::Index(found) if found.within(sort) => Ok(node),
            Type::Index(found) => Err(Diagnostic::new(
                Code::WrongSet,
                &expr.span,
                format!("expected an index of {sort}, found one of {found}"),
                format!("bind it with `in`, or use an index of {sort}"),
            )),
            other => {
                let message = format!("expected an index of {sort}, found {other}");
                Err(self.wrong_kind(&expr.span, message))
            }
        }
    }

    /// The unit whose circuit is meant. `circuit(c)` for a circuit `c` is a frequent mistake.
    fn unit_of_circuit(&mut self, expr: &Expr) -> Result<NodeId> {
        let node = self.any(expr)?;
        self.index_at(node, expr, Sort::Unit).map_err(|mut diagnostic| {
            if *self.kind(node) == Type::Index(Sort::Circuit) {
                diagnostic.help = format!(
                    "circuit(i) is the circuit of a unit i; for the units of circuit {expr}, write i where circuit(i) == {expr}"
                );
            }
            diagnostic
        })
    }

    // ---- names ----

    fn name(&mut self, name: &str, span: &Span, arguments: Option<&Vec<Expr>>) -> Result<NodeId> {
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

    fn bound(&mut self, bound: &Bound, span: &Span) -> NodeId {
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
            // The chain is resolved once more with this name bound in front; until then any node
            // will do.
            if !implicit.iter().any(|(known, _)| known == name) {
                implicit.push((name.to_owned(), sort));
            }
            return Ok(self.node(Op::Index(Slot::MAX), Type::Index(sort), span, vec![]));
        }
        Err(self.undefined(name, span))
    }

    /// Nothing in scope has this name.
    fn is_undefined(&self, name: &str) -> bool {
        !self.names.contains_key(name)
            && !self.outer.iter().chain(&self.scope).any(|bound| bound.name == name)
    }

    /// A name that nothing defines: how it is written, where another notation has it, or what is
    /// near it.
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

    /// `W_ij` for `W[i,j]`.
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

    fn param(&mut self, param: ParamId, span: &Span, arguments: Option<&Vec<Expr>>) -> Result<NodeId> {
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

    fn param_entry(&mut self, param: ParamId, indices: Vec<NodeId>, span: &Span) -> NodeId {
        let free = self.free(&indices, &[]);
        self.node(Op::Param(param, indices), Type::Number, span, free)
    }

    fn indices(&mut self, found: &[Expr], sorts: &[Sort], span: &Span) -> Result<Vec<NodeId>> {
        if found.len() != sorts.len() {
            let message = format!("expected {}, found {}", indices_in_words(sorts.len()), found.len());
            return Err(self.wrong_kind(span, message));
        }
        found.iter().zip(sorts).map(|(expr, &sort)| self.index(expr, sort)).collect()
    }

    /// A definition with its arguments (and perhaps its indices, written behind them in
    /// parentheses).
    fn applied(&mut self, id: LetId, arguments: &[Expr], span: &Span) -> Result<NodeId> {
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

    pub(super) fn application(&mut self, id: LetId, nodes: Vec<NodeId>, span: &Span) -> NodeId {
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

    fn argument(&mut self, expr: &Expr, formal: &Type) -> Result<NodeId> {
        match formal {
            Type::Number | Type::Truth => self.number(expr),
            Type::Index(sort) => self.index(expr, *sort),
            Type::Family(sorts) => self.family(expr, sorts),
        }
    }

    fn indexed(&mut self, base: &Expr, indices: &[Expr], span: &Span) -> Result<NodeId> {
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

    fn entry(&mut self, node: NodeId, indices: &[Expr], span: &Span) -> Result<NodeId> {
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

    // ---- conditions and functions ----

    fn comparison(&mut self, op: CompareOp, a: &Expr, b: &Expr, span: &Span) -> Result<NodeId> {
        let (left, right) = (self.any(a)?, self.any(b)?);
        let free = self.free(&[left, right], &[]);
        let op = match (self.kind(left), self.kind(right), op) {
            (Type::Index(x), Type::Index(y), CompareOp::Equal | CompareOp::NotEqual) => {
                if x.base() != y.base() {
                    let message = format!("an index of {x} never equals one of {y}");
                    return Err(Diagnostic::new(Code::WrongSet, span, message, "compare indices of one set"));
                }
                Op::SameIndex(op == CompareOp::Equal, left, right)
            }
            (Type::Number, Type::Number, op) => Op::Compare(op, left, right),
            (Type::Index(_), Type::Index(_), _) => {
                return Err(Diagnostic::new(
                    Code::WrongKind,
                    span,
                    "indices have no order",
                    "compare their places: ordinal(i) < ordinal(j)",
                ));
            }
            (x, y, _) => {
                let message = format!("{x} and {y} cannot be compared in this way");
                return Err(self.wrong_kind(span, message));
            }
        };
        Ok(self.node(op, Type::Truth, span, free))
    }

    fn function(&mut self, function: Function, arguments: &[Expr], span: &Span) -> Result<NodeId> {
        if let (Function::If, [condition, yes, no]) = (function, arguments) {
            let (condition, yes, no) = (self.truth(condition)?, self.number(yes)?, self.number(no)?);
            return Ok(self.arithmetic(Op::If(condition, yes, no), &[condition, yes, no], span));
        }
        let nodes = arguments.iter().map(|argument| self.number(argument)).collect::<Result<Vec<_>>>()?;
        let op = match (function, nodes.as_slice()) {
            (Function::Exp, &[a]) => Op::Exp(a),
            (Function::Ln, &[a]) => Op::Ln(a),
            (Function::Hold, &[a]) => Op::Hold(a),
            (Function::Min, &[a, b]) => Op::Min(a, b),
            (Function::Max, &[a, b]) => Op::Max(a, b),
            (Function::Clip, &[x, low, high]) => {
                let raised = self.arithmetic(Op::Max(x, low), &[x, low], span);
                Op::Min(raised, high)
            }
            _ => return Err(self.wrong_kind(span, "the number of arguments is wrong")),
        };
        let mut used = Vec::new();
        super::for_each_child(&op, |child| used.push(child));
        Ok(self.arithmetic(op, &used, span))
    }

    // ---- binding constructs ----

    /// Binds each name; a set behind one counts for the bare names before it of a compatible kind.
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
            // Nothing lies in its own circuit before it is bound.
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

    fn letter(&self, binder: &Binder) -> Result<(SetNode, Sort)> {
        let Some(sort) = Sort::of_letter(&binder.name) else {
            return Err(Diagnostic::new(
                Code::WrongSet,
                &binder.span,
                format!("the index `{}` has no set", binder.name),
                format!("write `in` and a set behind it: {}", Sort::NAMES.join(", ")),
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

    fn fold(&mut self, fold: FoldKind, binders: &Binders, body: &Expr, span: &Span) -> Result<NodeId> {
        let depth = self.scope.len();
        let (bound, filter) = self.binders(binders)?;
        let body = self.number(body)?;
        self.scope.truncate(depth);
        let slots: Vec<Slot> = bound.iter().map(|binder| binder.slot).collect();
        let op = Op::Fold(fold, bound, filter, body);
        let mut used = Vec::new();
        super::for_each_child(&op, |child| used.push(child));
        let free = self.free(&used, &slots);
        Ok(self.node(op, Type::Number, span, free))
    }

    fn expectation(
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
        super::for_each_child(&op, |child| used.push(child));
        let free = self.free(&used, &[slot]);
        Ok(self.node(op, Type::Number, span, free))
    }

    /// A family of firing probabilities, a definition that takes the variable, or a number in which
    /// it stands.
    fn weight(&mut self, variable: &Binder, sort: Sort, distribution: &Expr) -> Result<Weight> {
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

    fn derivative(&mut self, body: &Expr, target: &Expr, span: &Span) -> Result<NodeId> {
        if self.in_derivative {
            return Err(self.nested(span));
        }
        let (name, indices): (&str, &[Expr]) = match &*target.kind {
            Kind::Name(name) => (name, &[]),
            Kind::Index(base, indices) => match &*base.kind {
                Kind::Name(name) => (name, indices),
                _ => return Err(self.not_a_target(&target.span)),
            },
            _ => return Err(self.not_a_target(&target.span)),
        };
        let (by, sorts) = match self.names.get(name) {
            Some(&Meaning::Param(param))
                if !matches!(self.params[param].kind, ParamKind::Mask | ParamKind::Kappa) =>
            {
                (Target::Param(param), self.params[param].sorts.clone())
            }
            Some(&Meaning::Let(id)) if self.lets[id].arguments == 0 && !self.lets[id].formals.is_empty() => {
                let sorts = self.lets[id].formals.iter().filter_map(|formal| match formal {
                    Type::Index(sort) => Some(*sort),
                    _ => None,
                });
                (Target::Let(id), sorts.collect())
            }
            None if self.is_undefined(name) => return Err(self.undefined(name, &target.span)),
            _ => return Err(self.not_a_target(&target.span)),
        };
        if !self.targets.contains(&by) {
            if self.targets.len() == MAX_TARGETS {
                return Err(Diagnostic::new(
                    Code::NotATarget,
                    &target.span,
                    format!("the file differentiates by more than {MAX_TARGETS} families"),
                    "move claims into another file",
                ));
            }
            self.targets.push(by);
        }
        self.in_derivative = true;
        let body = self.number(body);
        self.in_derivative = false;
        let body = body?;
        if self.contains_derivative(body) {
            return Err(self.nested(span));
        }
        let indices = self.indices(indices, &sorts, &target.span)?;
        let mut used = indices.clone();
        used.push(body);
        let free = self.free(&used, &[]);
        Ok(self.node(Op::Derivative { body, target: by, indices }, Type::Number, span, free))
    }

    fn nested(&self, span: &Span) -> Diagnostic {
        Diagnostic::new(
            Code::NestedDerivative,
            span,
            "the derivative contains a derivative",
            "the language has first derivatives only: write the inner one out by hand and claim that it is right",
        )
    }

    fn not_a_target(&self, span: &Span) -> Diagnostic {
        Diagnostic::new(
            Code::NotATarget,
            span,
            "expected an entry of a family behind `/ d`",
            "write one entry of a parameter, or of a definition with indices and no arguments, as in / d W[i,j]",
        )
    }

    pub(super) fn contains_derivative(&self, node: NodeId) -> bool {
        let op = &self.nodes[node].op;
        match op {
            Op::Derivative { .. } => return true,
            Op::Call(id, _) | Op::LetFamily(id, _) if self.differentiated[*id] => return true,
            Op::Hold(_) => return false,
            _ => {}
        }
        let mut found = false;
        super::for_each_child(op, |child| found |= self.contains_derivative(child));
        found
    }

    fn solve(&mut self, unknown: &Binder, name: &str, body: &Expr, span: &Span) -> Result<NodeId> {
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
